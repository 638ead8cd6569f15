//! `exceptions:` — what somebody allowed, for a reason, until a day.

use std::collections::BTreeMap;

use super::Source;
use super::error::{Errors, Mistake, nearest, quote};
use super::expression::Ids;
use super::pattern::Pattern;
use super::reader::{Fields, Item};
use super::words::{Field, Word as _};

/// A permission that a rule or gate would not give.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// Its name.
    pub id: String,
    /// Rule or gate of the same file.
    pub rule: String,
    /// Which of the rule's hits it covers: every field must match one of its globs. Never empty,
    /// because an exception from the whole rule is a rule that should be deleted.
    pub matches: BTreeMap<Field, Vec<Pattern>>,
    /// Who allowed it.
    pub granted_by: String,
    /// Why: a ticket, a sentence.
    pub reason: String,
    /// Nanoseconds since 1970, UTC, of the first instant at which it no longer holds.
    pub expires: i64,
    /// As written.
    pub source: Source,
}

impl Exception {
    /// True where it covers a hit whose fields are `get`, at `ts_ns`. An absent field is not
    /// covered: an exception must not widen by missing evidence.
    #[must_use]
    pub fn covers<'f>(&self, ts_ns: i64, get: impl Fn(Field) -> Option<&'f str>) -> bool {
        ts_ns < self.expires
            && self.matches.iter().all(|(field, patterns)| {
                get(*field).is_some_and(|text| patterns.iter().any(|p| p.matches(text)))
            })
    }
}

const KEYS: &[&str] = &["id", "rule", "match", "granted_by", "reason", "expires"];

/// Reads one entry.
pub(super) fn read(
    item: &Item<'_>,
    text: &str,
    ids: &Ids,
    errors: &mut Errors,
) -> Option<Exception> {
    let fields = item.fields(KEYS, errors)?;
    let id = fields.need("id", errors, Item::id);
    let rule = fields.need("rule", errors, |item, errors| reference(item, ids, errors));
    let matches = fields.need("match", errors, patterns);
    let granted_by = fields.need("granted_by", errors, Item::text);
    open(
        &fields,
        "reason",
        "does not say why",
        "a ticket or a sentence",
        errors,
    );
    open(
        &fields,
        "expires",
        "does not say until when",
        "a date such as `2026-12-31`",
        errors,
    );
    let reason = fields.maybe("reason", errors, Item::text);
    let expires = fields.maybe("expires", errors, |item, errors| item.time(true, errors));
    Some(Exception {
        id: id?,
        rule: rule?,
        matches: matches?,
        granted_by: granted_by?,
        reason: reason?,
        expires: expires?,
        source: item.source(text),
    })
}

fn open(fields: &Fields<'_>, key: &str, lacks: &str, example: &str, errors: &mut Errors) {
    if !fields.has(key) {
        let problem = format!("The exception {lacks}.");
        let hint = format!("Add `{key}:` with {example}.");
        fields
            .item
            .note(Mistake::OpenException, problem, hint, errors);
    }
}

fn reference(item: &Item<'_>, ids: &Ids, errors: &mut Errors) -> Option<String> {
    let id = item.text(errors)?;
    if ids.rules.contains(&id) || ids.gates.contains(&id) {
        return Some(id);
    }
    let known = ids.rules.iter().chain(&ids.gates).map(String::as_str);
    let near = if errors.is_full() {
        None
    } else {
        nearest(&id, known)
    };
    let hint = match near {
        Some(near) => format!("Write {}, if that is what is meant.", quote(near)),
        None => "Write the id of a rule or gate of this file.".to_owned(),
    };
    item.note(
        Mistake::UnknownReference,
        format!("There is no rule or gate {}.", quote(&id)),
        hint,
        errors,
    );
    None
}

fn patterns(item: &Item<'_>, errors: &mut Errors) -> Option<BTreeMap<Field, Vec<Pattern>>> {
    let known: Vec<&str> = Field::ALL.iter().map(|(word, _)| *word).collect();
    let fields = item.fields(&known, errors)?;
    let mut patterns = BTreeMap::new();
    for (word, field) in Field::ALL {
        if let Some(globs) = fields.maybe(word, errors, Item::patterns) {
            patterns.insert(*field, globs);
        }
    }
    if item.entries(errors)?.is_empty() {
        let hint = "Name what it covers, such as `dst: ['host:443']`.";
        item.note(
            Mistake::Empty,
            "The exception covers everything.",
            hint,
            errors,
        );
    }
    (!patterns.is_empty()).then_some(patterns)
}

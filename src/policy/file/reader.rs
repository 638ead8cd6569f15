//! Typed reading of nodes: each question either answers or notes what is wrong and answers nothing.
//!
//! A caller asks for everything that a rule has before it gives up on it; so all the rule's mistakes
//! are noted at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate};

use super::Source;
use super::error::{Errors, Mistake, Place, choose, harmless, quote};
use super::pattern::{LONGEST, Pattern};
use super::words::Word;
use super::yaml::{Key, Node, Value};

const SECOND: i64 = 1_000_000_000;
/// Longest duration in seconds: ten years.
const LONGEST_DURATION: i64 = 10 * 366 * 86_400;

/// Appends a key to a path; a key of the file may be any text.
pub(super) fn push(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&harmless(key, 60));
}

/// A node and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Item<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// A mapping whose keys were checked.
#[derive(Debug)]
pub(super) struct Fields<'n> {
    pub(super) item: Item<'n>,
    entries: BTreeMap<&'n str, (&'n Key, &'n Node)>,
}

impl<'n> Item<'n> {
    fn wrong(&self, wanted: &str, hint: &str, errors: &mut Errors) {
        let problem = format!("This must be {wanted}; found {}.", self.node.describe());
        self.note(Mistake::WrongType, problem, hint, errors);
    }

    /// Notes a mistake here.
    pub(super) fn note(
        &self,
        mistake: Mistake,
        problem: impl Into<String>,
        hint: impl Into<String>,
        errors: &mut Errors,
    ) {
        errors.add(mistake, self.node.place, &self.path, problem, hint);
    }

    /// The item's bytes, line and digest.
    pub(super) fn source(&self, text: &str) -> Source {
        let bytes = self.node.bytes.clone();
        let text = text.get(bytes).unwrap_or("").trim_end();
        Source::new(text, self.node.place.line)
    }

    /// True where one value stands, and neither a list nor a mapping.
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self.node.value, Value::Scalar { .. })
    }

    /// Lines of the file before the first one of the value's text.
    pub(super) fn lines_before(&self, text: &str) -> usize {
        let written = text.get(self.node.bytes.clone()).unwrap_or("");
        let is_block = written.starts_with(['|', '>']);
        self.node.place.line - usize::from(!is_block)
    }

    fn scalar(&self, wanted: &str, hint: &str, errors: &mut Errors) -> Option<(&'n str, bool)> {
        if let Value::Scalar { text, is_plain } = &self.node.value {
            return Some((text, *is_plain));
        }
        self.wrong(wanted, hint, errors);
        None
    }

    /// A text with something in it. Plain numbers and truth values count as what they are written as.
    pub(super) fn text(&self, errors: &mut Errors) -> Option<String> {
        let (text, _) = self.scalar("a text", "Write one text, in quotes if need be.", errors)?;
        if text.trim().is_empty() {
            self.note(
                Mistake::Empty,
                "This text is empty.",
                "Write something, or leave the key out.",
                errors,
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that other entries refer to: a letter, then letters, digits and `_`.
    pub(super) fn id(&self, errors: &mut Errors) -> Option<String> {
        let text = self.text(errors)?;
        let is_id = text.len() <= 64
            && text.starts_with(|l: char| l.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_id || super::expression::is_reserved(&text) {
            let problem = if is_id {
                format!(
                    "{} means something in expressions and cannot be an id.",
                    quote(&text)
                )
            } else {
                format!("{} is not an id.", quote(&text))
            };
            let hint = "Write a letter, then letters, digits or `_`, at most 64, such as `R01`.";
            self.note(Mistake::BadText, problem, hint, errors);
            return None;
        }
        Some(text)
    }

    /// A number within `range`.
    pub(super) fn number(&self, range: RangeInclusive<f64>, errors: &mut Errors) -> Option<f64> {
        const HINT: &str = "Write a number without quotes, such as `0.95`.";
        let (text, is_plain) = self.scalar("a number", HINT, errors)?;
        let number = text
            .parse::<f64>()
            .ok()
            .filter(|n| is_plain && n.is_finite());
        let Some(number) = number else {
            self.wrong("a number", HINT, errors);
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        let problem = format!("{} is out of range.", quote(text));
        let hint = format!("Write a number from {} to {}.", range.start(), range.end());
        self.note(Mistake::OutOfRange, problem, hint, errors);
        None
    }

    /// A whole number within `range`.
    pub(super) fn whole(&self, range: RangeInclusive<u64>, errors: &mut Errors) -> Option<u64> {
        const HINT: &str = "Write a whole number without quotes, such as `3`.";
        let (text, is_plain) = self.scalar("a whole number", HINT, errors)?;
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_plain || !is_whole {
            self.wrong("a whole number", HINT, errors);
            return None;
        }
        if let Some(number) = text.parse().ok().filter(|n| range.contains(n)) {
            return Some(number);
        }
        let problem = format!("{} is out of range.", quote(text));
        let hint = format!(
            "Write a whole number from {} to {}.",
            range.start(),
            range.end()
        );
        self.note(Mistake::OutOfRange, problem, hint, errors);
        None
    }

    /// `true` or `false`.
    pub(super) fn truth(&self, errors: &mut Errors) -> Option<bool> {
        const HINT: &str = "Write `true` or `false`, without quotes.";
        match self.scalar("`true` or `false`", HINT, errors)? {
            ("true", true) => Some(true),
            ("false", true) => Some(false),
            _ => {
                self.wrong("`true` or `false`", HINT, errors);
                None
            }
        }
    }

    /// A duration in seconds: `30s`, `10m`, `24h`, `7d`.
    pub(super) fn duration(&self, errors: &mut Errors) -> Option<i64> {
        const HINT: &str = "Write a whole number and `s`, `m`, `h` or `d`, such as `10m`.";
        let (text, _) = self.scalar("a duration", HINT, errors)?;
        let seconds = duration(text);
        if seconds.is_none() {
            let problem = format!("{} is not a duration of at most ten years.", quote(text));
            self.note(Mistake::BadTime, problem, HINT, errors);
        }
        seconds
    }

    /// A time in nanoseconds since 1970, UTC. A date without a time is its start, or with
    /// `whole_day` the start of the next day: what expires on a day holds throughout that day.
    pub(super) fn time(&self, whole_day: bool, errors: &mut Errors) -> Option<i64> {
        const HINT: &str =
            "Write a date such as `2026-12-31`, or a time such as `2026-12-31T18:00:00Z`.";
        let (text, _) = self.scalar("a time", HINT, errors)?;
        let time = match (date(text), whole_day) {
            (Some(start), false) => Some(start),
            (Some(start), true) => start.checked_add(86_400 * SECOND),
            (None, _) => instant(text),
        };
        if time.is_none() {
            self.note(
                Mistake::BadTime,
                format!("{} is not a time.", quote(text)),
                HINT,
                errors,
            );
        }
        time
    }

    /// A word of a closed list.
    pub(super) fn word<W: Word>(&self, errors: &mut Errors) -> Option<W> {
        let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
        let hint = format!("Write one of {}.", words.join(", "));
        let (text, _) = self.scalar(W::WHAT, &hint, errors)?;
        let found = W::ALL.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let hint = choose(text, &words, errors);
            self.note(
                Mistake::UnknownWord,
                format!("{} is not {}.", quote(text), W::WHAT),
                hint,
                errors,
            );
        }
        found.map(|(_, word)| *word)
    }

    /// The elements of a list; a single value counts as a list of one. Never empty.
    pub(super) fn some(&self, errors: &mut Errors) -> Vec<Item<'n>> {
        if matches!(self.node.value, Value::Scalar { .. }) {
            return vec![self.clone()];
        }
        let items = self.list(errors);
        if items.is_empty() && matches!(self.node.value, Value::List(_)) {
            self.note(
                Mistake::Empty,
                "This list is empty.",
                "Write at least one value.",
                errors,
            );
        }
        items
    }

    /// The elements of a list, which may be empty. Elements with an `id` are named by it in paths.
    pub(super) fn list(&self, errors: &mut Errors) -> Vec<Item<'n>> {
        match &self.node.value {
            Value::Null => Vec::new(),
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, node)| {
                    let name = id_of(node)
                        .map_or_else(|| format!("#{}", index + 1), |(id, _)| harmless(id, 60));
                    Item {
                        node,
                        path: format!("{}[{name}]", self.path),
                    }
                })
                .collect(),
            _ => {
                self.wrong("a list", "Begin each entry with `- `.", errors);
                Vec::new()
            }
        }
    }

    /// Words of a closed list; at least one.
    pub(super) fn words<W: Word>(&self, errors: &mut Errors) -> Option<Vec<W>> {
        let items = self.some(errors);
        let words: Vec<W> = items.iter().filter_map(|item| item.word(errors)).collect();
        (!words.is_empty()).then_some(words)
    }

    /// Texts; at least one.
    pub(super) fn texts(&self, errors: &mut Errors) -> Option<Vec<String>> {
        let items = self.some(errors);
        let texts: Vec<String> = items.iter().filter_map(|item| item.text(errors)).collect();
        (!texts.is_empty()).then_some(texts)
    }

    /// A glob.
    pub(super) fn pattern(&self, errors: &mut Errors) -> Option<Pattern> {
        let text = self.text(errors)?;
        let pattern = Pattern::new(&text);
        if pattern.is_none() {
            let problem = format!("This pattern has {} bytes.", text.len());
            let hint = format!("Write at most {LONGEST}.");
            self.note(Mistake::TooLarge, problem, hint, errors);
        }
        pattern
    }

    /// Globs; at least one.
    pub(super) fn patterns(&self, errors: &mut Errors) -> Option<Vec<Pattern>> {
        let items = self.some(errors);
        let patterns: Vec<Pattern> = items
            .iter()
            .filter_map(|item| item.pattern(errors))
            .collect();
        (!patterns.is_empty()).then_some(patterns)
    }

    /// A path within the policy's bundle: relative, and never above it.
    pub(super) fn file(&self, errors: &mut Errors) -> Option<String> {
        let text = self.text(errors)?;
        let leaves = text.starts_with(['/', '\\', '~'])
            || text.contains(['\0', ':'])
            || text.split(['/', '\\']).any(|part| part == "..");
        if leaves {
            let problem = format!("{} leads out of the bundle.", quote(&text));
            self.note(
                Mistake::BadText,
                problem,
                "Write a path relative to the policy file, without `..`.",
                errors,
            );
            return None;
        }
        Some(text)
    }

    /// A SHA-256 as 64 lower-case hex digits; `sha256:` before it and upper case are accepted.
    pub(super) fn sha256(&self, errors: &mut Errors) -> Option<String> {
        let text = self.text(errors)?;
        let hex = text
            .strip_prefix("sha256:")
            .unwrap_or(&text)
            .to_ascii_lowercase();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Some(hex);
        }
        let problem = format!("{} is not a SHA-256.", quote(&text));
        self.note(
            Mistake::BadText,
            problem,
            "Write 64 hex digits, in quotes.",
            errors,
        );
        None
    }

    /// A mapping with no keys but `known`.
    pub(super) fn fields(&self, known: &[&str], errors: &mut Errors) -> Option<Fields<'n>> {
        let entries = self.entries(errors)?;
        for (key, _) in entries {
            if !known.contains(&key.text.as_str()) {
                let mut path = self.path.clone();
                push(&mut path, &key.text);
                let problem = format!("The key {} means nothing here.", quote(&key.text));
                errors.add(
                    Mistake::UnknownKey,
                    key.place,
                    &path,
                    problem,
                    choose(&key.text, known, errors),
                );
            }
        }
        let entries = entries
            .iter()
            .map(|(key, node)| (key.text.as_str(), (key, node)))
            .collect();
        Some(Fields {
            item: self.clone(),
            entries,
        })
    }

    /// The entries of a mapping whose keys are free.
    pub(super) fn entries(&self, errors: &mut Errors) -> Option<&'n [(Key, Node)]> {
        let Value::Map(entries) = &self.node.value else {
            self.wrong("a mapping", "Write `key: value` lines.", errors);
            return None;
        };
        Some(entries)
    }
}

impl<'n> Fields<'n> {
    /// The value of `key`; `None` where it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<Item<'n>> {
        let (_, node) = self.entries.get(key)?;
        if matches!(node.value, Value::Null) {
            return None;
        }
        let mut path = self.item.path.clone();
        push(&mut path, key);
        Some(Item { node, path })
    }

    /// True where `key` is written with a value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key that may be absent. A value that cannot be read is noted.
    pub(super) fn maybe<T>(
        &self,
        key: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Item<'n>, &mut Errors) -> Option<T>,
    ) -> Option<T> {
        read(&self.get(key)?, errors)
    }

    /// The value of a key that must be there.
    pub(super) fn need<T>(
        &self,
        key: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Item<'n>, &mut Errors) -> Option<T>,
    ) -> Option<T> {
        if let Some(item) = self.get(key) {
            return read(&item, errors);
        }
        self.missing(key, errors);
        None
    }

    /// Notes that `key` is missing.
    pub(super) fn missing(&self, key: &str, errors: &mut Errors) {
        let problem = format!("The key `{key}` is missing.");
        self.item.note(
            Mistake::MissingKey,
            problem,
            format!("Add `{key}:` here."),
            errors,
        );
    }

    /// Notes that `key` does not go with the rest; `problem` is a sentence about it.
    pub(super) fn conflict(
        &self,
        key: &str,
        problem: impl Into<String>,
        hint: &str,
        errors: &mut Errors,
    ) {
        let place = self
            .entries
            .get(key)
            .map_or(self.item.node.place, |(key, _)| key.place);
        let mut path = self.item.path.clone();
        push(&mut path, key);
        errors.add(Mistake::Conflict, place, &path, problem, hint);
    }
}

/// The `id` of a mapping, with its place.
pub(super) fn id_of(node: &Node) -> Option<(&str, Place)> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    entries.iter().find_map(|(key, node)| match &node.value {
        Value::Scalar { text, .. } if key.text == "id" => Some((text.as_str(), node.place)),
        _ => None,
    })
}

/// Seconds of `30s`, `10m`, `24h`, `7d`; at most ten years.
pub(super) fn duration(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<i64>().ok()?.checked_mul(unit)?;
    (seconds <= LONGEST_DURATION).then_some(seconds)
}

/// Nanoseconds of an RFC 3339 time, which always has an offset.
pub(super) fn instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .ok()?
        .timestamp_nanos_opt()
}

/// Nanoseconds of the start of a day, UTC.
pub(super) fn date(text: &str) -> Option<i64> {
    let is_date = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| is_date)?;
    date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt()
}

//! `rollback:` — what is done when, decided before the release.

use super::Source;
use super::error::Errors;
use super::expression::{Expression, Ids, Scope};
use super::reader::Item;
use super::words::{Action, Tier};

/// A condition and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Its name.
    pub id: String,
    /// The condition.
    pub when: Expression,
    /// What to do.
    pub action: Action,
    /// Seconds within which to do it; `None` where the policy sets no time.
    pub within: Option<i64>,
    /// Tiers that it is for; all four where the policy names none. Sorted, each once.
    pub tiers: Vec<Tier>,
    /// As written.
    pub source: Source,
}

const KEYS: &[&str] = &["id", "title", "when", "action", "within", "tiers"];

/// Reads one entry.
pub(super) fn read(
    item: &Item<'_>,
    text: &str,
    ids: &Ids,
    errors: &mut Errors,
) -> Option<Criterion> {
    let fields = item.fields(KEYS, errors)?;
    let id = fields.need("id", errors, Item::id);
    // For the reader of the file; the condition says it already.
    let _ = fields.maybe("title", errors, Item::text);
    let when = fields.need("when", errors, |item, errors| {
        super::expression_of(item, text, Scope::Criterion, ids, errors)
    });
    let action = fields.need("action", errors, Item::word);
    let within = fields.maybe("within", errors, Item::duration);
    let tiers = fields.maybe("tiers", errors, tiers);
    Some(Criterion {
        id: id?,
        when: when?,
        action: action?,
        within,
        tiers: tiers.unwrap_or_else(all_tiers),
        source: item.source(text),
    })
}

/// Tiers, sorted, each once.
pub(super) fn tiers(item: &Item<'_>, errors: &mut Errors) -> Option<Vec<Tier>> {
    let mut tiers: Vec<Tier> = item.words(errors)?;
    tiers.sort_unstable();
    tiers.dedup();
    Some(tiers)
}

/// All four.
pub(super) fn all_tiers() -> Vec<Tier> {
    vec![Tier::Low, Tier::Medium, Tier::High, Tier::Critical]
}

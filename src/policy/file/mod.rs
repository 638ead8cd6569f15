//! The policy file: what a team expects of its releases, written down before they are made.
//!
//! A verdict is worth what its expectations are worth, and those must be readable by an auditor,
//! comparable by digest, and older than the release. Hence a file and not settings: YAML with a
//! closed vocabulary (`apiVersion: assurance/v1`, reference/domain.md 4.3). Each section has a file
//! of its own here; `reader` and `yaml` are what they share, and `expression` is the small language
//! of `when:` and `where:`.
//!
//! All mistakes are reported at once, each with its line, its key and what to do: the author of a
//! policy mends it in an evening, not in a night, and a rule that is half understood is worse than
//! none. So there are no warnings: a key that does nothing is a mistake, a misspelt name is a
//! mistake, an exception without end is a mistake. The order is that of the file.
//!
//! The file is untrusted: it may come with the evidence. Its size, nesting, aliases, patterns,
//! expressions and even its list of mistakes are bounded, and paths never lead above it. What it
//! is not: it judges nothing and reads nothing but its text. Queries (`sql:`), Rego and Sigma are
//! kept as written for the engines that run them; whether they can run is theirs to say.
//!
//! Whole file and rules keep a SHA-256 of their text as written, so that a verdict can name exactly
//! what it applied. A comment changes the file's digest, and a rule's where it stands within it;
//! that is meant: two texts that differ are two texts.

mod criteria;
mod error;
mod exceptions;
mod expression;
mod gates;
mod keys;
mod pattern;
mod reader;
mod rego;
mod runtime;
#[cfg(test)]
mod tests;
mod tiers;
mod words;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::id::sha256_hex;

pub use criteria::Criterion;
pub use error::{Mistake, PolicyError};
pub use exceptions::Exception;
pub use expression::{
    Comparison, CountFilter, Counted, Expression, Facts, Filter, Margin, NAMES, Name, Outcome,
    Scope, Truth, Type, Unit, Value,
};
pub use gates::{
    Approval, Attestation, Gate, GateCheck, GateDecision, HOPS, Link, PREDICATES, PolicyDigest,
    Predicate,
};
pub use keys::Key;
pub use pattern::Pattern;
pub use rego::{Rego, RegoText};
pub use runtime::{Check, Lists, Metric, Novelty, Rule, Shift, ShiftTest};
pub use tiers::{Demands, Escalation, Tiers};
pub use words::{
    Absent, Action, Autonomy, Bound, Channel, Decision, Direction, Doubt, Family, Field, Gap,
    Level, Party, Severity, Tier, Word,
};

use error::{Errors, Place};
use expression::Ids;
use reader::{Fields, Item};

/// The policy of a team that has none, commented for copying.
pub const DEFAULT: &str = include_str!("../default.yaml");

/// Largest file in bytes.
pub const LARGEST: usize = 1 << 20;

/// Largest `sql:` in bytes.
const LARGEST_SQL: usize = 64 * 1024;

/// What an entry of the file was written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its text, from its first key to its last value.
    pub text: String,
    /// Line of the file on which it begins, from 1.
    pub line: usize,
    /// SHA-256 of `text`, 64 lower-case hex digits: recorded with what the entry decided.
    pub digest: String,
}

impl Source {
    fn new(text: &str, line: usize) -> Self {
        Self {
            text: text.to_owned(),
            line,
            digest: sha256_hex(text.as_bytes()),
        }
    }
}

/// A policy that was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// Version, from 1.
    pub version: u64,
    /// Who answers for it.
    pub owner: String,
    /// Nanoseconds since 1970, UTC, of the first instant at which it no longer holds; `None` where
    /// it does not end.
    pub expires: Option<i64>,
    /// Nanoseconds since 1970, UTC; `None` where the file does not say. A release that began
    /// earlier was not made under this policy.
    pub defined_at: Option<i64>,
    /// Tiers.
    pub tiers: Tiers,
    /// Public keys.
    pub keys: Vec<Key>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Rules about behaviour.
    pub runtime: Vec<Rule>,
    /// What is done when: the key `rollback:`.
    pub criteria: Vec<Criterion>,
    /// What somebody allowed.
    pub exceptions: Vec<Exception>,
    /// SHA-256 of the whole file, 64 lower-case hex digits.
    pub digest: String,
}

const KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "defined_at",
    "tiers",
    "keys",
    "gates",
    "runtime",
    "rollback",
    "exceptions",
];

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every mistake of the file by line and column; at most 200, then one that counts the rest. A
    /// file that is no YAML, or larger than [`LARGEST`], is one mistake.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        let mut errors = Errors::default();
        let policy = read(text, &mut errors);
        match policy {
            Some(policy) if errors.is_empty() => Ok(policy),
            _ => Err(errors.finish()),
        }
    }

    /// The built-in policy.
    ///
    /// # Errors
    /// Never in a release: a test reads it.
    pub fn built_in() -> Result<Self, Vec<PolicyError>> {
        Self::parse(DEFAULT)
    }

    /// Names of the metrics that its rules take for outcomes.
    #[must_use]
    pub fn outcomes(&self) -> BTreeSet<String> {
        let named = |rule: &Rule| match &rule.check {
            Check::Shift(Shift {
                metric: Metric::Outcome(name),
                ..
            }) => Some(name.clone()),
            _ => None,
        };
        self.runtime.iter().filter_map(named).collect()
    }

    /// The rule `id`.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.runtime.iter().find(|rule| rule.id == id)
    }

    /// The gate `id`.
    #[must_use]
    pub fn gate(&self, id: &str) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == id)
    }
}

fn read(text: &str, errors: &mut Errors) -> Option<Policy> {
    if text.len() > LARGEST {
        let problem = format!(
            "The file has {} bytes; a policy has at most {LARGEST}.",
            text.len()
        );
        let start = Place { line: 1, column: 1 };
        let hint = "Check that this is the policy.";
        errors.add(Mistake::TooLarge, start, "", problem, hint);
        return None;
    }
    let root = yaml::read(text, errors)?;
    let root = Item {
        node: &root,
        path: String::new(),
    };
    let fields = root.fields(KEYS, errors)?;
    version(&fields, errors);
    let ids = ids(&fields, errors);
    let metadata = fields.need("metadata", errors, metadata);
    let defined_at = fields.maybe("defined_at", errors, |item, errors| {
        item.time(false, errors)
    });
    let tiers = fields.need("tiers", errors, tiers::read);
    let keys = entries(&fields, "keys", errors, keys::read);
    let gates = entries(&fields, "gates", errors, |item, errors| {
        gates::read(item, text, errors)
    });
    let runtime = entries(&fields, "runtime", errors, |item, errors| {
        runtime::read(item, text, errors)
    });
    let criteria = entries(&fields, "rollback", errors, |item, errors| {
        criteria::read(item, text, &ids, errors)
    });
    let exceptions = entries(&fields, "exceptions", errors, |item, errors| {
        exceptions::read(item, text, &ids, errors)
    });
    let metadata = metadata?;
    Some(Policy {
        name: metadata.name,
        version: metadata.version,
        owner: metadata.owner,
        expires: metadata.expires,
        defined_at,
        tiers: tiers?,
        keys,
        gates,
        runtime,
        criteria,
        exceptions,
        digest: sha256_hex(text.as_bytes()),
    })
}

fn version(fields: &Fields<'_>, errors: &mut Errors) {
    for (key, only) in [("apiVersion", "assurance/v1"), ("kind", "Policy")] {
        fields.need(key, errors, |item, errors| {
            let found = item.text(errors)?;
            if found != only {
                let problem = format!("`{key}` {} is not supported.", error::quote(&found));
                item.note(
                    Mistake::Version,
                    problem,
                    format!("Write `{only}`."),
                    errors,
                );
            }
            Some(())
        });
    }
}

struct Metadata {
    name: String,
    version: u64,
    owner: String,
    expires: Option<i64>,
}

fn metadata(item: &Item<'_>, errors: &mut Errors) -> Option<Metadata> {
    let fields = item.fields(&["name", "version", "owner", "expires"], errors)?;
    let name = fields.need("name", errors, Item::text);
    let version = fields.need("version", errors, |item, errors| {
        item.whole(1..=1_000_000, errors)
    });
    let owner = fields.need("owner", errors, Item::text);
    let expires = fields.maybe("expires", errors, |item, errors| item.time(true, errors));
    Some(Metadata {
        name: name?,
        version: version?,
        owner: owner?,
        expires,
    })
}

/// The ids of rules and gates, before the sections are read: a criterion may stand above its rules.
/// Notes ids that occur twice. Keys have ids of their own.
fn ids(fields: &Fields<'_>, errors: &mut Errors) -> Ids {
    let mut ids = Ids::default();
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for section in ["keys", "gates", "runtime", "rollback", "exceptions"] {
        let Some(list) = fields.get(section) else {
            continue;
        };
        // What is no list is noted when the section is read.
        let entries = list.list(&mut Errors::default());
        for entry in entries {
            let Some((id, place)) = reader::id_of(entry.node) else {
                continue;
            };
            let seen = if section == "keys" {
                &mut keys
            } else {
                &mut others
            };
            if let Some(first) = seen.get(id) {
                let problem = format!(
                    "The id {} is already used on line {first}.",
                    error::quote(id)
                );
                let path = format!("{}.id", entry.path);
                let hint = "Give each entry an id of its own.";
                errors.add(Mistake::Duplicate, place, &path, problem, hint);
            } else {
                seen.insert(id.to_owned(), place.line);
            }
            match section {
                "gates" => ids.gates.insert(id.to_owned()),
                "runtime" => ids.rules.insert(id.to_owned()),
                _ => false,
            };
        }
    }
    ids
}

/// The entries of a section, which may be absent.
fn entries<T>(
    fields: &Fields<'_>,
    section: &str,
    errors: &mut Errors,
    read: impl Fn(&Item<'_>, &mut Errors) -> Option<T>,
) -> Vec<T> {
    let items = fields
        .get(section)
        .map_or_else(Vec::new, |item| item.list(errors));
    items.iter().filter_map(|item| read(item, errors)).collect()
}

/// Notes where not exactly one of `heads` is there.
fn one_of(fields: &Fields<'_>, heads: &[&str], errors: &mut Errors) {
    let mut found = heads.iter().filter(|head| fields.has(head));
    let Some(first) = found.next() else {
        let problem = "This checks nothing.";
        let hint = format!("Add one of `{}`.", heads.join("`, `"));
        fields.item.note(Mistake::MissingKey, problem, hint, errors);
        return;
    };
    for head in found {
        let problem = format!("`{head}` and `{first}` exclude one another.");
        fields.conflict(head, problem, "Make two entries of them.", errors);
    }
}

/// A query: not empty, bounded.
fn sql(item: &Item<'_>, errors: &mut Errors) -> Option<String> {
    let text = item.text(errors)?;
    if text.len() > LARGEST_SQL {
        let problem = format!("This query has {} bytes.", text.len());
        let hint = format!("Write at most {LARGEST_SQL}.");
        item.note(Mistake::TooLarge, problem, hint, errors);
        return None;
    }
    Some(text)
}

/// A condition; faults are placed at their character where the scalar stands on one line as it is
/// read, and at the scalar's start otherwise.
fn expression_of(
    item: &Item<'_>,
    text: &str,
    scope: Scope,
    ids: &Ids,
    errors: &mut Errors,
) -> Option<Expression> {
    // Each unknown name of it would be compared with all known ones, for nothing.
    if errors.is_full() {
        return None;
    }
    let condition = item.text(errors)?;
    let faults = match expression::parse(&condition, scope, ids) {
        Ok(expression) => return Some(expression),
        Err(faults) => faults,
    };
    let written = text.get(item.node.bytes.clone()).unwrap_or("");
    let opening = usize::from(written.starts_with(['\'', '"']));
    let is_literal = written
        .get(opening..)
        .is_some_and(|written| written.starts_with(condition.as_str()))
        && !condition.contains('\n');
    for fault in faults {
        let before = condition.get(..fault.at).unwrap_or(&condition);
        let characters = before.chars().count();
        let (place, problem) = if is_literal {
            let column = item.node.place.column + opening + characters;
            (
                Place {
                    column,
                    ..item.node.place
                },
                fault.problem,
            )
        } else {
            let problem = format!("At character {}: {}", characters + 1, fault.problem);
            (item.node.place, problem)
        };
        errors.add(fault.mistake, place, &item.path, problem, fault.hint);
    }
    None
}

//! What a trust floor changes: how many links it leaves out, which verdicts differ from those at any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verdict;
use crate::model::Floor;
use crate::model::verdict::Verdict;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/floor.sql");

/// What the reader's floor changes in a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Effect {
    /// Links of the case.
    pub links: i64,
    /// Those that do not count.
    pub left_out: i64,
    /// Verdicts of the case.
    pub verdicts: i64,
    /// Those that are others at this floor.
    pub differ: i64,
}

impl Effect {
    /// One sentence.
    #[must_use]
    pub fn told(&self, floor: Floor) -> String {
        let Self {
            links,
            left_out,
            verdicts,
            differ,
        } = self;
        match floor {
            Floor::Any => format!("trust any: {}", floor.about()),
            _ => format!(
                "trust {}: {left_out} of {links} links left out, {differ} of {verdicts} verdicts differ; {}",
                floor.word(),
                floor.about()
            ),
        }
    }
}

/// What the reader's floor changes.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader) -> Result<Effect, StoreError> {
    let found: Vec<Effect> = reader.ask("the trust floor", SQL, &[])?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// A rule or gate that is told otherwise at a floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The rule, gate or hop.
    pub rule: String,
    /// `for`, `against`, `missing` or `silent` where every link counts.
    pub any: &'static str,
    /// The same at the floor.
    pub now: &'static str,
}

/// How the argument of a verdict differs from the one where every link counts, which the load judged;
/// empty where the case was not judged.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn changed(reader: &Reader, now: &Verdict) -> Result<Vec<Changed>, StoreError> {
    let floor = reader.floor();
    reader.set_floor(Floor::Any)?;
    let any = verdict::ask(reader, &now.release);
    reader.set_floor(floor)?;
    let Some(any) = any? else {
        return Ok(Vec::new());
    };
    let (before, after) = (sides(&any), sides(now));
    let mut rules: Vec<&String> = before.keys().chain(after.keys()).collect();
    rules.sort();
    rules.dedup();
    let side = |of: &BTreeMap<String, &'static str>, rule: &String| {
        of.get(rule).copied().unwrap_or("silent")
    };
    Ok(rules
        .into_iter()
        .map(|rule| Changed {
            rule: rule.clone(),
            any: side(&before, rule),
            now: side(&after, rule),
        })
        .filter(|one| one.any != one.now)
        .collect())
}

/// On which side each rule speaks; the worse one where it speaks on two.
fn sides(verdict: &Verdict) -> BTreeMap<String, &'static str> {
    let mut sides = BTreeMap::new();
    for point in &verdict.pro {
        sides.insert(point.rule.clone(), "for");
    }
    for lack in &verdict.missing {
        sides.insert(lack.what.clone(), "missing");
    }
    for point in &verdict.against {
        sides.insert(point.rule.clone(), "against");
    }
    sides
}

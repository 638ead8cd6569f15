//! Behaviour A and B beside each other: what a release did, against what the other releases of its
//! service did, most surprising first.
//!
//! `shipwake diff` runs the detectors anew. A pane may not: it takes what the load found, and beside it
//! the counts of every behaviour. What no finding speaks of gets its chance from the counts alone
//! (binomial, over instance-blocks), so that rarely done things do not look as if they had stopped.

use serde::Deserialize;
use serde_json::Value;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::answer;
use super::findings::{self, Wanted};
use crate::model::finding::{Finding, Severity};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/contrast.sql");
pub(super) const EXPOSURE: &str = include_str!("../store/sql/queries/contrast_exposure.sql");

/// Differences with a chance above this are none.
const LIKELY: f64 = 0.05;
/// From this likeness on, a message that is new and one that is gone are one in other words.
const REWORDED: f64 = 0.8;

/// One behaviour on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `new`, `gone`, `up`, `down`, `reworded`.
    pub change: &'static str,
    /// network, secret, privilege, error, template, rate, latency, …
    pub family: String,
    /// What it was done to, or where it was done.
    pub what: String,
    /// Events of the release.
    pub count: f64,
    /// Events of the others.
    pub before: f64,
    /// Instances of the release that did it.
    pub instances: i64,
    /// The argument in numbers, one sentence.
    pub says: String,
    /// Chance if nothing had changed.
    pub p: Option<f64>,
    /// True where the release's diff names it, absent where there is no diff or nobody asked.
    pub explained: Option<bool>,
    /// The finding that speaks of it: id, title, severity, state.
    pub finding: Option<Found>,
    /// Where it is said.
    pub citation: Option<Value>,
}

/// The finding that speaks of a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its state.
    pub state: String,
}

/// A release beside the others of its service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contrast {
    /// The release.
    pub release: String,
    /// Instance-blocks of the release.
    pub exposure: i64,
    /// Instance-blocks of the others.
    pub usual: i64,
    /// How many others there are.
    pub others: i64,
    /// What differs, most surprising first.
    pub differences: Vec<Difference>,
    /// Behaviours that do not differ.
    pub same: usize,
}

#[derive(Deserialize)]
struct Exposure {
    own: i64,
    usual: i64,
    releases: i64,
}

#[derive(Deserialize)]
struct Counted {
    family: String,
    key: String,
    subject: String,
    events: i64,
    blocks: i64,
    instances: i64,
    before: i64,
    before_blocks: i64,
    #[serde(skip)]
    citation: Option<Value>,
}

/// What the release `id` did beside the others of its service.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str) -> Result<Contrast, StoreError> {
    let params = [("release", id.into())];
    let mut contrast = Contrast {
        release: id.to_owned(),
        ..Contrast::default()
    };
    if let Some(seen) = reader
        .ask::<Exposure>("the exposure", EXPOSURE, &params)?
        .pop()
    {
        contrast.exposure = seen.own;
        contrast.usual = seen.usual;
        contrast.others = seen.releases;
    }
    let wanted = Wanted {
        release: Some(id.to_owned()),
        ..Wanted::default()
    };
    let mut found = findings::ask(reader, &wanted)?;
    let mut counted = Vec::new();
    for row in reader.rows("both sides", SQL, &params)?.objects() {
        let citation = answer::citation(&row, "c_");
        let mut one: Counted =
            serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
                act: "cannot read a behaviour".to_owned(),
                message: error.to_string(),
            })?;
        one.citation = citation;
        counted.push(one);
    }
    let gone: Vec<String> = counted
        .iter()
        .filter(|one| one.family == "template" && one.events == 0)
        .map(|one| one.subject.clone())
        .collect();
    for one in counted {
        let speaks = found
            .iter()
            .position(|finding| finding.family == one.family && finding.subject == one.subject)
            .map(|at| found.remove(at));
        match difference(one, speaks, &contrast, &gone) {
            Some(difference) => contrast.differences.push(difference),
            None => contrast.same += 1,
        }
    }
    contrast.differences.extend(found.into_iter().map(shift));
    contrast.differences.sort_by(|a, b| {
        let severity = |one: &Difference| {
            one.finding
                .as_ref()
                .map_or(Severity::Info, |found| found.severity)
        };
        severity(a)
            .cmp(&severity(b))
            .then_with(|| surprise(b).total_cmp(&surprise(a)))
            .then_with(|| (&a.family, &a.what).cmp(&(&b.family, &b.what)))
    });
    Ok(contrast)
}

/// In bits: what chance says, less where the release's own diff speaks of it.
fn surprise(one: &Difference) -> f64 {
    let bits = one.p.map_or(0.0, |p| -p.max(1e-300).log2());
    if one.explained == Some(true) {
        bits / 4.0
    } else {
        bits
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of events")]
fn difference(
    one: Counted,
    speaks: Option<Finding>,
    contrast: &Contrast,
    gone: &[String],
) -> Option<Difference> {
    let p = chance(&one, contrast);
    let likely = p.is_none_or(|p| p > LIKELY);
    let share = |blocks: i64, all: i64| blocks as f64 / (all.max(1)) as f64;
    let more = share(one.blocks, contrast.exposure) > share(one.before_blocks, contrast.usual);
    let reworded = match &speaks {
        // The detector compares templates better than words alone can.
        Some(finding) => finding.why.contains("it replaces the message"),
        None => one.family == "template" && gone.iter().any(|old| alike(old, &one.subject)),
    };
    let change = match (one.events, one.before) {
        (1.., 0) if reworded => "reworded",
        (1.., 0) => "new",
        _ if likely && speaks.is_none() => return None,
        (0, _) => "gone",
        _ if more => "up",
        _ => "down",
    };
    let says = format!(
        "{} events in {} of {} instance-blocks; before {} in {} of {}",
        one.events, one.blocks, contrast.exposure, one.before, one.before_blocks, contrast.usual
    );
    Some(Difference {
        change,
        // The same error on two paths is two things.
        what: if one.family == "error" {
            one.key
        } else {
            one.subject
        },
        family: one.family,
        count: one.events as f64,
        before: one.before as f64,
        instances: one.instances,
        says,
        p: speaks.as_ref().map_or(p, |finding| finding.p),
        explained: speaks
            .as_ref()
            .and_then(|finding| finding.explained_by_diff),
        citation: speaks
            .as_ref()
            .and_then(|finding| finding.citations.first().cloned())
            .or(one.citation),
        finding: speaks.map(found),
    })
}

/// A finding about something that is not counted as a behaviour: a rate, a latency, an instance.
fn shift(finding: Finding) -> Difference {
    Difference {
        change: match finding.effect {
            _ if matches!(finding.family.as_str(), "rate" | "latency" | "outcome") => {
                if finding.effect.is_some_and(|effect| effect < 1.0) && finding.family == "rate" {
                    "down"
                } else {
                    "up"
                }
            }
            _ => "new",
        },
        family: finding.family.clone(),
        what: finding.subject.clone(),
        count: finding.count,
        before: finding.baseline.count,
        instances: finding.instances,
        says: finding.why.clone(),
        p: finding.p,
        explained: finding.explained_by_diff,
        citation: finding.citations.first().cloned(),
        finding: Some(found(finding)),
    }
}

fn found(finding: Finding) -> Found {
    Found {
        id: finding.id,
        title: finding.title,
        severity: finding.severity,
        state: finding.state,
    }
}

/// The chance of so uneven a division of the blocks if they fell on both sides alike.
fn chance(one: &Counted, contrast: &Contrast) -> Option<f64> {
    if contrast.exposure <= 0 || contrast.usual <= 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of blocks")]
    let share = contrast.exposure as f64 / (contrast.exposure + contrast.usual) as f64;
    let own = one.blocks.unsigned_abs();
    let all = own + one.before_blocks.unsigned_abs();
    let law = Binomial::new(share, all).ok()?;
    let fewer = law.cdf(own);
    let more = if own == 0 { 1.0 } else { law.sf(own - 1) };
    Some((2.0 * fewer.min(more)).min(1.0))
}

/// True where most words of the one message are words of the other.
fn alike(old: &str, new: &str) -> bool {
    let mut rest: Vec<&str> = old.split_whitespace().collect();
    let (before, after) = (rest.len(), new.split_whitespace().count());
    let common = new
        .split_whitespace()
        .filter(|word| {
            let place = rest.iter().position(|other| other == word);
            place.map(|at| rest.swap_remove(at)).is_some()
        })
        .count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words")]
    let likeness = 2.0 * common as f64 / (before + after).max(1) as f64;
    before > 1 && likeness >= REWORDED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(blocks: i64, before_blocks: i64) -> Counted {
        Counted {
            family: "network".to_owned(),
            key: "a.example:443".to_owned(),
            subject: "a.example".to_owned(),
            events: blocks * 2,
            blocks,
            instances: 1,
            before: before_blocks * 2,
            before_blocks,
            citation: None,
        }
    }

    fn sides() -> Contrast {
        Contrast {
            exposure: 100,
            usual: 900,
            ..Contrast::default()
        }
    }

    #[test]
    fn what_chance_brings_about_is_no_difference() {
        let change = |blocks, before| {
            difference(counted(blocks, before), None, &sides(), &[]).map(|one| one.change)
        };
        assert_eq!(change(3, 0), Some("new"));
        assert_eq!(change(0, 400), Some("gone"));
        assert_eq!(change(0, 3), None);
        assert_eq!(change(90, 300), Some("up"));
        assert_eq!(change(10, 800), Some("down"));
        assert_eq!(change(50, 450), None);
    }

    #[test]
    fn one_message_in_other_words_is_reworded() {
        assert!(alike(
            "charge failed for order <*>",
            "charge failed for basket <*>"
        ));
        assert!(!alike("charge failed", "pool exhausted"));
    }
}

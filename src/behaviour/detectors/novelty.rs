//! What was never done before.
//!
//! A key that the baseline does not hold says little by itself: with equal windows three events "never
//! seen before" happen by chance one time in eight. So each comes with the chance of seeing it only now
//! (`pi^k`, domain.md 3.4; k counts steps of five minutes, as events come in bursts), with the number of new keys to be expected without any change (Good and
//! Toulmin, 1956), and with the days that the baseline covers. Under seven days nothing is called new.

use std::collections::BTreeMap;

use super::Detector;
use crate::behaviour::blame;
use crate::behaviour::compare::{Comparison, KeyUse, Pod};
use crate::behaviour::drain::{self, Template};
use crate::behaviour::load::busyness;
use crate::behaviour::observation::Observation;
use crate::behaviour::stats::novelty::{chance, good_toulmin, needed_to_be_seen};
use crate::behaviour::window::{DAY, NOVELTY_DAYS};
use crate::model::finding::{Baseline, Channel};

/// Likeness from which on a message counts as another wording (domain.md 3.8).
const REWORDED: f64 = 0.7;

/// Looks for keys that the baseline does not hold.
pub struct Novelty;

impl Detector for Novelty {
    fn name(&self) -> &'static str {
        "novelty"
    }

    fn about(&self) -> &'static str {
        "hosts, secrets, rights, error paths and log templates that no earlier release of the service has; chance pi^k, expected number by Good and Toulmin"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let expected = expected(comparison);
        // An afternoon weighs more than its minutes; that a night weighs less is no evidence.
        let busy = busyness(comparison).max(1.0);
        let known: Vec<&KeyUse> = comparison
            .keys
            .iter()
            .filter(|key| key.before > 0)
            .collect();
        comparison
            .keys
            .iter()
            .filter(|key| key.events > 0 && key.before == 0)
            .map(|key| Observation {
                p: by_chance(comparison, key, busy),
                ..observe(comparison, key, &known, expected.get(&key.family).copied())
            })
            .collect()
    }
}

fn observe(
    comparison: &Comparison,
    key: &KeyUse,
    known: &[&KeyUse],
    expected: Option<f64>,
) -> Observation {
    let (exposure, before) = (comparison.exposure, comparison.baseline_exposure);
    let since = comparison.families.get(&key.family).copied();
    let days = since.map_or(0, |since| (comparison.window.began - since) / DAY);
    // What instances do when they start cannot be new where no other release was seen starting.
    let unstarted = matches!(key.family.as_str(), "secret" | "privilege")
        && key.late == 0
        && starts_before(comparison, since) == 0;
    let thin = days < NOVELTY_DAYS || unstarted;
    let events = real(key.events);
    let reworded = (key.family == "template")
        .then(|| {
            let new = Template::parse(&key.subject);
            known
                .iter()
                .filter(|other| other.family == "template" && other.events == 0)
                .map(|other| {
                    (
                        drain::similarity(&new, &Template::parse(&other.subject)),
                        *other,
                    )
                })
                .filter(|(likeness, _)| *likeness >= REWORDED)
                .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.key.cmp(&a.1.key)))
        })
        .flatten();
    let burst = key.blocks <= 1 && key.instances <= 1;
    Observation {
        detector: "novelty",
        channel: Channel::Novelty,
        family: key.family.clone(),
        key: key.key.clone(),
        subject: key.subject.clone(),
        change: if reworded.is_some() {
            "reworded"
        } else {
            "new"
        },
        title: title(key),
        why: [
            format!(
                "{} of {} did it {} on {} in {}; {} says nothing of it in {}",
                comparison
                    .release
                    .version
                    .as_deref()
                    .unwrap_or("this release"),
                comparison.release.service,
                plural(key.events, "time"),
                plural(key.instances.max(1), "instance"),
                plural(key.blocks, "step of five minutes")
                    .replace("step of five minutess", "steps of five minutes"),
                comparison
                    .against
                    .as_deref()
                    .unwrap_or("the evidence of its other releases"),
                plural(days.max(0), "day"),
            ),
            match &reworded {
                Some((_, old)) => format!("; it replaces the message {:?}", old.subject),
                None => String::new(),
            },
            if burst {
                "; a single burst".to_owned()
            } else {
                String::new()
            },
            ".".to_owned(),
            sampled(comparison, key),
        ]
        .concat(),
        first_ns: key.first_ns,
        last_ns: key.last_ns,
        count: events,
        instances: key.instances,
        blocks: key.blocks,
        baseline: Baseline {
            count: 0.0,
            exposure: before,
            of: match &comparison.against {
                Some(release) => release.clone(),
                None => format!(
                    "other releases of {}, {} days",
                    comparison.release.service,
                    days.max(0)
                ),
            },
            cut: comparison.said.clone(),
        },
        exposure,
        expected,
        thin,
        // Failing and complaining are what others may cause; calling and reading are not.
        excused: matches!(key.family.as_str(), "error" | "template")
            .then(|| blame::elsewhere_at(comparison, key.first_ns?))
            .flatten(),
        ..Observation::default()
    }
}

/// What sampling hides of what only spans tell.
fn sampled(comparison: &Comparison, key: &KeyUse) -> String {
    let told_by_spans = matches!(key.family.as_str(), "network" | "error");
    let (own, before) = comparison.sampling();
    let often = own.filter(|_| told_by_spans).map(|share| {
        format!(
            " Spans hold {:.1} % of the release's requests, so where only they tell of it, it happened some {:.0} times.",
            100.0 * share,
            real(key.events) / share,
        )
    });
    let unseen = before.filter(|_| told_by_spans).and_then(|share| {
        Some(format!(
            " They hold {:.1} % of those before it, so what was done fewer than {} times there may have gone unseen (95 %).",
            100.0 * share,
            needed_to_be_seen(share)?,
        ))
    });
    [often, unseen].into_iter().flatten().collect()
}

/// The chance that all of a key's steps fall into the release's time although nothing changed. Events
/// of one step are one visit, a batch or a loop; by events, four fifths of clean releases would do
/// something impossible (docs/statistics.md).
fn by_chance(comparison: &Comparison, key: &KeyUse, busy: f64) -> Option<f64> {
    let (exposure, before) = (comparison.exposure, comparison.baseline_exposure);
    let steps = key.blocks.max(1).unsigned_abs();
    (exposure > 0.0 && before > 0.0)
        .then(|| chance(steps, exposure * busy, before))
        .flatten()
}

/// Starts of other releases' instances that the evidence of the family could tell of.
fn starts_before(comparison: &Comparison, since: Option<i64>) -> usize {
    let told = |pod: &&Pod| {
        pod.release != comparison.release.id
            && pod.started_ns.is_some_and(|started| {
                since.is_some_and(|since| started >= since) && started < comparison.window.began
            })
    };
    comparison.pods.iter().filter(told).count()
}

fn title(key: &KeyUse) -> String {
    match key.family.as_str() {
        "network" => format!("calls {} for the first time", key.key),
        "secret" => format!(
            "{} a secret never touched before: {}",
            verb(&key.key),
            key.subject
        ),
        "privilege" if key.key.starts_with("grant ") => {
            format!("is granted {}", key.key.trim_start_matches("grant "))
        }
        "privilege" => format!("uses a right for the first time: {}", key.subject),
        "error" => format!("fails in a way never seen before: {}", key.key),
        "template" => format!("logs a message never seen before: {}", key.subject),
        family => format!("{family} never seen before: {}", key.key),
    }
}

fn verb(key: &str) -> &'static str {
    match key.split(' ').next() {
        Some("list") => "lists",
        Some("write") => "writes",
        Some("decrypt") => "decrypts with",
        Some("denied") => "is refused",
        _ => "reads",
    }
}

/// `1 time`, `2 times`.
pub(super) fn plural(count: i64, what: &str) -> String {
    if count == 1 {
        format!("{count} {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// New keys of each family to be expected without any change; by steps, as events come in bursts.
fn expected(comparison: &Comparison) -> BTreeMap<String, f64> {
    let mut families: BTreeMap<String, (i64, i64, BTreeMap<u64, u64>)> = BTreeMap::new();
    for key in &comparison.keys {
        let (now, before, frequencies) = families.entry(key.family.clone()).or_default();
        *now += key.blocks;
        *before += key.before_blocks;
        if key.before > 0 {
            let steps = key.before_blocks.max(1).unsigned_abs();
            *frequencies.entry(steps).or_default() += 1;
        }
    }
    families
        .into_iter()
        .filter_map(|(family, (now, before, frequencies))| {
            let frequencies: Vec<(u64, u64)> = frequencies.into_iter().collect();
            let expected = good_toulmin(&frequencies, real(now) / real(before))?;
            Some((family, expected))
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of events lie far below 2^53"
)]
/// A count as a real number.
#[must_use]
pub fn real(count: i64) -> f64 {
    count as f64
}

//! Whether requests fail more often.
//!
//! Failures come in clusters, so plain Poisson or binomial tests call one clean release in seven bad
//! (measured, domain.md 3.5). The dispersion between steps of five minutes is estimated and divides the
//! evidence. What is told besides the test is a number that people can read: how sure it is that the
//! rate is more than half as high again.
//!
//! A rise that the minutes before the release show as well is no doing of the release.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::novelty::plural;
use crate::behaviour::blame;
use crate::behaviour::compare::{Comparison, Served};
use crate::behaviour::observation::{Observation, Rate};
use crate::behaviour::placebo;
use crate::behaviour::stats::counts::{
    Counts, RateShift, dispersion_of_shares, few_clusters, freedom_of_shares, probability_above,
    quasi_binomial, two_by_two,
};
use crate::behaviour::stats::many::Placebo;
use crate::behaviour::window::{BLOCK, Control, HOUR};
use crate::model::finding::{Baseline, Channel};

/// Fewest requests on either side.
const FEWEST: f64 = 30.0;
/// Clusters of failures on a side below which they are counted instead of taken for a bell curve.
const FEW_CLUSTERS: f64 = 10.0;
/// Chance below which the time before a release was worse than usual.
const ELEVATED: f64 = 0.02;
/// Ratio that the readable probability is about.
pub const TOLERATED: f64 = 1.5;

/// Looks for shares of failed requests that moved.
pub struct ErrorRate;

impl Detector for ErrorRate {
    fn name(&self) -> &'static str {
        "error_rate"
    }

    fn about(&self) -> &'static str {
        "share of failed requests, by operation and in all; quasi-binomial test with dispersion between steps, Fisher where counts are small, and the Jeffreys probability that it rose by more than half"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        // Metrics count every request; spans are what sampling left of them.
        ["metric", "span"]
            .into_iter()
            .map(|source| of_source(comparison, source))
            .find(|seen| !seen.is_empty())
            .unwrap_or_default()
    }
}

fn of_source(comparison: &Comparison, source: &str) -> Vec<Observation> {
    let operations: BTreeSet<&str> = comparison
        .requests
        .iter()
        .filter(|served| served.source == source && served.release == comparison.release.id)
        .map(|served| served.operation.as_str())
        .filter(|operation| !operation.is_empty())
        .collect();
    let one = operations.len() == 1;
    std::iter::once("")
        .chain(operations)
        .filter(|operation| !(one && operation.is_empty()))
        .filter_map(|operation| observe(comparison, source, operation))
        .collect()
}

/// The numbers of all operations together, by one source.
#[must_use]
pub fn all_operations(comparison: &Comparison, source: &str) -> Option<Rate> {
    observe(comparison, source, "").and_then(|seen| seen.rate)
}

/// Which steps are asked for.
type Wanted<'w> = &'w dyn Fn(&Served) -> bool;
/// Gives the steps that are asked for.
type Select<'s> = &'s dyn Fn(Wanted<'_>) -> Steps;

/// Steps of one side: errors and requests.
type Steps = BTreeMap<i64, (f64, f64)>;

fn steps_of(comparison: &Comparison, source: &str, operation: &str, wanted: Wanted<'_>) -> Steps {
    let mut steps = Steps::new();
    for served in comparison
        .requests
        .iter()
        .filter(|served| served.source == source)
        .filter(|served| operation.is_empty() || served.operation == operation)
        .filter(|served| wanted(served))
    {
        let step = steps.entry(served.block_ns).or_default();
        step.0 += served.errors;
        step.1 += served.requests;
    }
    steps
}

fn observe(comparison: &Comparison, source: &str, operation: &str) -> Option<Observation> {
    let window = comparison.window;
    let of = |wanted: Wanted<'_>| steps_of(comparison, source, operation, wanted);
    let candidate = of(&|served| {
        served.release == comparison.release.id
            && served.block_ns >= window.since - BLOCK
            && served.block_ns < window.until
    });
    let (control, baseline) = beside(comparison, &of, &candidate)?;
    let (now, then) = (sum(&candidate), sum(&baseline));
    if now.exposure < FEWEST {
        return None;
    }
    let phi = dispersion_of_shares(&pairs(&baseline), &pairs(&candidate));
    let shift = quasi_binomial(now, then, phi)?;
    let p = tested(&candidate, &baseline, phi, &shift);
    let ratio =
        (now.events + 0.5) / (now.exposure + 1.0) / ((then.events + 0.5) / (then.exposure + 1.0));
    let sure = probability_above(now, then, phi, TOLERATED)?;
    let placebo = as_placebo(comparison, control, &of, shift.z, [&candidate, &baseline]);
    let rises = shift.difference > 0.0;
    let before = rises
        .then(|| {
            began_before(comparison, &of, now, then).or_else(|| nearer_to_another(comparison, &of))
        })
        .flatten();
    let name = if operation.is_empty() {
        "all operations"
    } else {
        operation
    };
    let failing: Vec<i64> = candidate
        .iter()
        .filter(|(_, step)| step.0 > 0.0)
        .map(|(at, _)| *at)
        .collect();
    Some(Observation {
        detector: "error_rate",
        channel: Channel::Shift,
        family: "rate".to_owned(),
        key: operation.to_owned(),
        subject: name.to_owned(),
        change: if rises { "up" } else { "down" },
        title: format!(
            "{} of {name} fail instead of {}",
            percent(now),
            percent(then)
        ),
        why: format!(
            "{} of {} failed by {source}s, {} of {} in {} ({}); steps vary {phi:.1} times as much as chance alone; {:.1} % sure that the share rose by more than half.{}",
            now.events,
            plural(count(now.exposure), "request"),
            then.events,
            plural(count(then.exposure), "request"),
            control.words(),
            if window.is_warm {
                "the first ten minutes left out"
            } else {
                "it did not live longer than its warm-up"
            },
            100.0 * sure,
            placebo::words(placebo),
        ),
        first_ns: failing.first().copied(),
        last_ns: failing.last().map(|at| at + BLOCK),
        count: now.events,
        instances: comparison.release.instances,
        blocks: i64::try_from(candidate.len()).unwrap_or(i64::MAX),
        baseline: Baseline {
            count: then.events,
            exposure: then.exposure,
            of: control.words().to_owned(),
            cut: comparison.said.clone(),
        },
        exposure: now.exposure,
        p: Some(p),
        effect: Some(ratio),
        excused: before,
        rate: Some(Rate {
            candidate: now,
            baseline: then,
            phi,
        }),
        placebo,
        ..Observation::default()
    })
}

/// The first control with enough requests.
fn beside(comparison: &Comparison, of: Select<'_>, candidate: &Steps) -> Option<(Control, Steps)> {
    let window = comparison.window;
    Control::OF_SHARES.iter().find_map(|control| {
        let steps = of(&|served| {
            comparison.is_baseline(&served.release, served.block_ns)
                && control.has(&window, served.block_ns)
        });
        let enough = sum(&steps).exposure >= FEWEST.max(sum(candidate).exposure / 4.0)
            || (*control == Control::WeekBefore && sum(&steps).exposure >= FEWEST);
        enough.then_some((*control, steps))
    })
}

/// The p of a shift, by the bell curve or, where that is too narrow, by counting.
fn tested(candidate: &Steps, baseline: &Steps, phi: f64, shift: &RateShift) -> f64 {
    let (now, then) = (sum(candidate), sum(baseline));
    // Where few requests failed, or all of them in a few clusters, the bell curve promises too much.
    let fewest = now.events.min(then.events);
    if fewest < 10.0 && phi < 1.5 {
        two_by_two(
            whole(now.events),
            whole(now.exposure),
            whole(then.events),
            whole(then.exposure),
        )
        .map_or(shift.p, |exact| exact.p.max(shift.p))
    } else {
        let p = shift.p_with_freedom(freedom_of_shares(&pairs(baseline), &pairs(candidate)));
        let few = fewest < FEW_CLUSTERS * phi;
        few.then(|| few_clusters(now, then, phi))
            .flatten()
            .map_or(p, |exact| exact.max(p))
    }
}

/// Where the shift stands among those that releases at other times would have shown, by its z.
fn as_placebo(
    comparison: &Comparison,
    control: Control,
    of: Select<'_>,
    z: f64,
    sides: [&Steps; 2],
) -> Option<Placebo> {
    let window = comparison.window;
    let week = of(&|served| {
        comparison.is_baseline(&served.release, served.block_ns)
            && Control::WeekBefore.has(&window, served.block_ns)
    });
    placebo::rank(comparison, control, z, &|fake| {
        let part = |wanted: &dyn Fn(i64) -> bool| -> Steps {
            let steps = week.iter().filter(|(at, _)| wanted(**at));
            steps.map(|(at, step)| (*at, *step)).collect()
        };
        let now = part(&|at| at >= fake.since.saturating_sub(BLOCK) && at < fake.until);
        let then = part(&|at| control.has(fake, at));
        let enough = [(&now, sides[0]), (&then, sides[1])]
            .iter()
            .all(|(fake, real)| fake.len() * 2 >= real.len() && sum(fake).exposure >= FEWEST);
        let phi = dispersion_of_shares(&pairs(&then), &pairs(&now));
        enough
            .then(|| Some(quasi_binomial(sum(&now), sum(&then), phi)?.z))
            .flatten()
    })
}

/// Says so where the time before the release fails as often as the release does.
fn began_before(
    comparison: &Comparison,
    of: Select<'_>,
    now: Counts,
    usual: Counts,
) -> Option<String> {
    let began = comparison.window.began;
    let rate = |counts: Counts| counts.events / counts.exposure.max(1.0);
    [HOUR / 2, HOUR].into_iter().find_map(|long| {
        let then = sum(&of(&|served| {
            served.release != comparison.release.id
                && served.block_ns >= began - long
                && served.block_ns + BLOCK <= began
        }));
        let elevated = two_by_two(
            whole(then.events),
            whole(then.exposure),
            whole((usual.events - then.events).max(0.0)),
            whole((usual.exposure - then.exposure).max(0.0)),
        )
        .is_some_and(|test| test.difference > 0.0 && test.p <= ELEVATED);
        (elevated && rate(then) * TOLERATED >= rate(now)).then(|| {
            format!(
                "The {} minutes before the release failed as often ({} of {}).",
                long / 60_000_000_000,
                then.events,
                plural(count(then.exposure), "request")
            )
        })
    })
}

/// Says so where the share rose with another change rather than with the release.
fn nearer_to_another(comparison: &Comparison, of: Select<'_>) -> Option<String> {
    let window = comparison.window;
    let around =
        of(&|served| served.block_ns >= window.began - 6 * HOUR && served.block_ns < window.until);
    let steps: Vec<(i64, f64, f64)> = around
        .into_iter()
        .map(|(at, (errors, requests))| (at, errors, requests))
        .collect();
    blame::likelier(comparison, &steps)
}

/// Errors and requests of each step.
fn pairs(steps: &Steps) -> Vec<(f64, f64)> {
    steps.values().copied().collect()
}

fn sum(steps: &Steps) -> Counts {
    Counts {
        events: steps.values().map(|step| step.0).sum(),
        exposure: steps.values().map(|step| step.1).sum(),
    }
}

fn percent(counts: Counts) -> String {
    format!("{:.1} %", 100.0 * counts.events / counts.exposure.max(1.0))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of requests lie far below 2^53"
)]
fn count(real: f64) -> i64 {
    real as i64
}

fn whole(real: f64) -> u64 {
    count(real).unsigned_abs()
}

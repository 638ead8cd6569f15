//! Whether a business outcome moved: orders, sign-ups, payouts, whatever the policy names.
//!
//! A counter is held against the requests of its steps, because fewer visitors buy less under any
//! release; without requests, against the steps themselves. Its counts come in clusters like failures
//! do, so dispersion divides the evidence (quasi-Poisson). A gauge has no events to count: its steps are
//! compared by ranks, as durations are, with the same allowance for steps that hang together.
//!
//! Which way is bad is for the policy to say.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::novelty::real;
use crate::behaviour::compare::{Comparison, Outcome};
use crate::behaviour::observation::{Observation, Rate};
use crate::behaviour::stats::counts::{Counts, dispersion_of_rates, few_clusters, quasi_poisson};
use crate::behaviour::stats::ranks::{correlated, mann_whitney, persistence};
use crate::behaviour::window::{BLOCK, Control};
use crate::model::finding::{Baseline, Channel};

/// Fewest steps of a gauge on either side.
const FEWEST_STEPS: usize = 8;
/// Fewest steps of a counter, whose events say more than its steps.
const FEWEST_COUNTED: usize = 4;
/// Clusters of events on a side below which they are counted instead of taken for a bell curve.
const FEW_CLUSTERS: f64 = 10.0;
/// Steps of a stretch in which the time of day makes no difference that matters: three hours.
const STRETCH: i64 = 36;
/// What steps are taken to owe to their neighbours where too few of them stand side by side to tell.
const UNKNOWN: f64 = 0.3;

/// Looks for outcomes that moved, among the metrics that the policy names.
pub struct Outcomes;

impl Detector for Outcomes {
    fn name(&self) -> &'static str {
        "outcome"
    }

    fn about(&self) -> &'static str {
        "metrics that the policy names: counters per request by a quasi-Poisson test, gauges by ranks of steps of five minutes"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let metrics: BTreeSet<(&str, bool)> = comparison
            .outcomes
            .iter()
            .map(|one| (one.metric.as_str(), one.is_counter))
            .collect();
        metrics
            .into_iter()
            .filter_map(|(metric, is_counter)| observe(comparison, metric, is_counter))
            .collect()
    }
}

/// A step: what the metric came to, and what that is held against.
type Steps = BTreeMap<i64, (f64, f64)>;

fn observe(comparison: &Comparison, metric: &str, is_counter: bool) -> Option<Observation> {
    let window = comparison.window;
    let of = |wanted: &dyn Fn(&Outcome) -> bool| -> Steps {
        let mut steps = Steps::new();
        for one in comparison
            .outcomes
            .iter()
            .filter(|one| one.metric == metric && one.is_counter == is_counter && wanted(one))
        {
            let step = steps.entry(one.block_ns).or_default();
            step.0 += one.total;
            step.1 += real(one.points);
        }
        steps
    };
    let candidate = of(&|one| {
        one.release == comparison.release.id
            && one.block_ns >= window.since.saturating_sub(BLOCK)
            && one.block_ns < window.until
    });
    let fewest = if is_counter {
        FEWEST_COUNTED
    } else {
        FEWEST_STEPS
    };
    if candidate.len() < fewest {
        return None;
    }
    let (control, baseline) = Control::OF_DURATIONS.into_iter().find_map(|control| {
        let steps = of(&|one| {
            comparison.is_baseline(&one.release, one.block_ns) && control.has(&window, one.block_ns)
        });
        (steps.len() >= fewest).then_some((control, steps))
    })?;
    let shift = if is_counter {
        counted(comparison, control, &candidate, &baseline)
    } else {
        measured(&candidate, &baseline)
    }?;
    Some(Observation {
        detector: "outcome",
        channel: Channel::Shift,
        family: "outcome".to_owned(),
        key: metric.to_owned(),
        subject: metric.to_owned(),
        change: if shift.effect >= 0.0 { "up" } else { "down" },
        title: format!(
            "{metric} moved by {:+.0} %, to {}",
            100.0 * shift.effect,
            shift.now
        ),
        why: format!(
            "{} ({} steps of five minutes) against {} ({} steps of {}).",
            shift.now,
            candidate.len(),
            shift.then,
            baseline.len(),
            control.words(),
        ),
        first_ns: Some(window.since),
        last_ns: Some(window.until),
        count: shift.candidate.events,
        instances: comparison.release.instances,
        blocks: i64::try_from(candidate.len()).unwrap_or(i64::MAX),
        baseline: Baseline {
            count: shift.baseline.events,
            exposure: shift.baseline.exposure,
            of: control.words().to_owned(),
            cut: comparison.said.clone(),
        },
        exposure: shift.candidate.exposure,
        p: Some(shift.p),
        effect: Some(shift.effect),
        rate: shift.phi.map(|phi| Rate {
            candidate: shift.candidate,
            baseline: shift.baseline,
            phi,
        }),
        ..Observation::default()
    })
}

/// How an outcome moved.
struct Moved {
    candidate: Counts,
    baseline: Counts,
    /// Dispersion of a counter's steps.
    phi: Option<f64>,
    p: f64,
    /// Relative to the baseline.
    effect: f64,
    now: String,
    then: String,
}

/// A counter: events against requests, or against steps where requests are not known.
fn counted(
    comparison: &Comparison,
    control: Control,
    candidate: &Steps,
    baseline: &Steps,
) -> Option<Moved> {
    let window = comparison.window;
    let requests = |wanted: &dyn Fn(&str, i64) -> bool| -> BTreeMap<i64, f64> {
        let of = |source: &str| -> BTreeMap<i64, f64> {
            let mut steps = BTreeMap::new();
            for served in comparison.requests.iter().filter(|served| {
                served.source == source && wanted(&served.release, served.block_ns)
            }) {
                *steps.entry(served.block_ns).or_default() += served.requests;
            }
            steps
        };
        // Metrics count every request; spans are what sampling left of them.
        let counted = of("metric");
        if counted.is_empty() {
            of("span")
        } else {
            counted
        }
    };
    let now = requests(&|release, _| release == comparison.release.id);
    let then =
        requests(&|release, at| comparison.is_baseline(release, at) && control.has(&window, at));
    let held = |steps: &Steps, requests: &BTreeMap<i64, f64>| -> Vec<(f64, f64)> {
        let step = |(at, step): (&i64, &(f64, f64))| {
            requests
                .get(at)
                .map(|requests| (step.0.max(0.0), *requests))
        };
        steps.iter().filter_map(step).collect()
    };
    let (mut a, mut b) = (held(candidate, &now), held(baseline, &then));
    let per_request = a.len() >= FEWEST_COUNTED && b.len() >= FEWEST_COUNTED;
    if !per_request {
        let alone = |steps: &Steps| steps.values().map(|step| (step.0.max(0.0), 1.0)).collect();
        (a, b) = (alone(candidate), alone(baseline));
    }
    let phi = dispersion_of_rates(&b, &a);
    let (now, then) = (sum(&a), sum(&b));
    let shift = quasi_poisson(now, then, phi)?;
    let p = shift.p_with_degrees((a.len() + b.len()).saturating_sub(2));
    let p = (now.events.min(then.events) < FEW_CLUSTERS * phi)
        .then(|| few_clusters(now, then, phi))
        .flatten()
        .map_or(p, |exact| exact.max(p));
    let words = |side: Counts| {
        let (each, unit) = if per_request {
            (100.0, "a hundred requests")
        } else {
            (1.0, "a step")
        };
        format!("{:.2} for {unit}", each * side.events / side.exposure)
    };
    Some(Moved {
        effect: (now.events + 0.5)
            / (now.exposure + 1.0)
            / ((then.events + 0.5) / (then.exposure + 1.0))
            - 1.0,
        now: words(now),
        then: words(then),
        candidate: now,
        baseline: then,
        phi: Some(phi),
        p,
    })
}

/// A gauge: the mean of each step, by ranks.
fn measured(candidate: &Steps, baseline: &Steps) -> Option<Moved> {
    let means = |steps: &Steps| -> Vec<(i64, f64)> {
        let mean =
            |(at, step): (&i64, &(f64, f64))| (at.div_euclid(BLOCK), step.0 / step.1.max(1.0));
        steps.iter().map(mean).collect()
    };
    let values = |steps: &[(i64, f64)]| steps.iter().map(|step| step.1).collect::<Vec<f64>>();
    let (now, then) = (means(candidate), means(baseline));
    let rho = persistence(&then, STRETCH).unwrap_or(UNKNOWN);
    let shift = mann_whitney(&values(&then), &values(&now))?;
    let typical = |steps: &[(i64, f64)]| {
        let mut sorted = values(steps);
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
    };
    let usual = typical(&then);
    let side = |steps: &[(i64, f64)]| Counts {
        events: real(i64::try_from(steps.len()).unwrap_or(i64::MAX)),
        exposure: real(i64::try_from(steps.len()).unwrap_or(i64::MAX)),
    };
    Some(Moved {
        candidate: side(&now),
        baseline: side(&then),
        phi: None,
        p: correlated(shift.p, rho),
        effect: shift.shift / usual.abs().max(f64::EPSILON),
        now: format!("{:.2}", usual + shift.shift),
        then: format!("{usual:.2}"),
    })
}

fn sum(steps: &[(f64, f64)]) -> Counts {
    Counts {
        events: steps.iter().map(|step| step.0).sum(),
        exposure: steps.iter().map(|step| step.1).sum(),
    }
}

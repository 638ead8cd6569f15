//! Whether requests take longer.
//!
//! Requests of one minute share its fate, so a test over single requests calls half of all clean
//! releases bad (measured, domain.md 3.6). What is compared is one number per step of five minutes: the
//! 95th percentile, by Mann and Whitney, with the shift of Hodges and Lehmann. Fewer than eight steps on
//! a side are too few to say anything.
//!
//! Steps depend on their neighbours too: what slows requests down lasts for minutes. How much they do
//! is estimated from the baseline and takes its part of the evidence away (docs/statistics.md).

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::novelty::real;
use crate::behaviour::compare::Comparison;
use crate::behaviour::observation::Observation;
use crate::behaviour::placebo;
use crate::behaviour::stats::ranks::{correlated, mann_whitney, persistence};
use crate::behaviour::window::{BLOCK, Control, MINUTE};
use crate::model::finding::{Baseline, Channel};

/// Fewest steps on either side.
const FEWEST_STEPS: usize = 8;
/// Fewest requests of a step whose percentile means anything.
const FEWEST_REQUESTS: f64 = 10.0;
/// Lengths of a step that are tried, in blocks of five minutes.
const STEPS: [i64; 4] = [1, 2, 3, 6];
/// Steps of a stretch in which the time of day makes no difference that matters: three hours.
const STRETCH: i64 = 36;
/// What steps are taken to owe to their neighbours where too few of them stand side by side to tell.
const UNKNOWN: f64 = 0.3;
/// The percentile.
const SHARE: f64 = 0.95;

/// Looks for operations whose slow requests became slower or faster.
pub struct Latency;

impl Detector for Latency {
    fn name(&self) -> &'static str {
        "latency"
    }

    fn about(&self) -> &'static str {
        "95th percentile of duration per operation and step of five minutes; Mann-Whitney with the Hodges-Lehmann shift"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let operations: BTreeSet<&str> = comparison
            .latencies
            .iter()
            .map(|took| (took.release.as_str(), took.operation.as_str()))
            .chain(
                comparison
                    .quantiles
                    .iter()
                    .map(|one| (one.release.as_str(), one.operation.as_str())),
            )
            .filter(|(release, _)| *release == comparison.release.id)
            .map(|(_, operation)| operation)
            .collect();
        operations
            .into_iter()
            .filter_map(|operation| observe(comparison, operation))
            .collect()
    }
}

fn observe(comparison: &Comparison, operation: &str) -> Option<Observation> {
    let window = comparison.window;
    let is_candidate = |release: &str, at: i64| {
        release == comparison.release.id
            && at >= window.since.saturating_sub(BLOCK)
            && at < window.until
    };
    let is_control = |control: Control, release: &str, at: i64| {
        comparison.is_baseline(release, at) && control.has(&window, at)
    };
    let Sides {
        control,
        baseline,
        candidate,
        minutes: step,
        rho,
        week,
    } = by_metrics(comparison, operation, &is_candidate, &is_control)
        .or_else(|| by_spans(comparison, operation, &is_candidate, &is_control))?;
    let shift = mann_whitney(&baseline, &candidate)?;
    let typical = median(&baseline);
    let relative = shift.shift / typical.max(1.0);
    let placebo = placebo::rank(comparison, control, relative, &|fake| {
        let of = |wanted: &dyn Fn(i64) -> bool| -> Vec<f64> {
            let steps = week
                .iter()
                .filter(|(at, _)| wanted(at.saturating_mul(step * MINUTE)));
            steps.map(|(_, value)| *value).collect()
        };
        let now = of(&|at| at >= fake.since.saturating_sub(BLOCK) && at < fake.until);
        let then = of(&|at| control.has(fake, at));
        let enough = now.len().max(1) * 2 >= candidate.len() && then.len() * 2 >= baseline.len();
        (enough && now.len() >= FEWEST_STEPS && then.len() >= FEWEST_STEPS)
            .then(|| Some(mann_whitney(&then, &now)?.shift / median(&then).max(1.0)))
            .flatten()
    });
    let ms = |ns: f64| format!("{:.1} ms", ns / 1e6);
    Some(Observation {
        detector: "latency",
        channel: Channel::Shift,
        family: "latency".to_owned(),
        key: operation.to_owned(),
        subject: operation.to_owned(),
        change: if relative >= 0.0 { "up" } else { "down" },
        title: format!(
            "p95 of {operation} moved by {:+.0} % to {}",
            100.0 * relative,
            ms(typical + shift.shift)
        ),
        why: format!(
            "The 95th percentile per step of {step} minutes moved by {} ({} steps against {} of {}); a step of the release is slower than one of the baseline with probability {:.2}.{}",
            ms(shift.shift),
            candidate.len(),
            baseline.len(),
            control.words(),
            shift.a12,
            placebo::words(placebo),
        ),
        first_ns: Some(window.since),
        last_ns: Some(window.until),
        count: real(i64::try_from(candidate.len()).unwrap_or(i64::MAX)),
        instances: comparison.release.instances,
        blocks: i64::try_from(candidate.len()).unwrap_or(i64::MAX),
        baseline: Baseline {
            count: real(i64::try_from(baseline.len()).unwrap_or(i64::MAX)),
            exposure: typical,
            of: control.words().to_owned(),
            cut: comparison.said.clone(),
        },
        exposure: typical + shift.shift,
        p: Some(correlated(shift.p, rho)),
        effect: Some(relative),
        placebo,
        ..Observation::default()
    })
}

/// What is compared.
struct Sides {
    control: Control,
    /// Its steps.
    baseline: Vec<f64>,
    /// The release's.
    candidate: Vec<f64>,
    /// Length of a step.
    minutes: i64,
    /// What a step owes to the one before.
    rho: f64,
    /// Numbered steps of the week before.
    week: Steps,
}

/// Numbered steps of an operation, by release.
type Steps = Vec<(i64, f64)>;
/// Reads the steps of the releases and times that are wanted.
type Read<'r> = &'r dyn Fn(&dyn Fn(&str, i64) -> bool) -> Steps;

/// The first control with enough steps, where the release has enough.
fn sides(
    blocks: i64,
    is_candidate: &dyn Fn(&str, i64) -> bool,
    is_control: &dyn Fn(Control, &str, i64) -> bool,
    of: Read<'_>,
) -> Option<Sides> {
    let values = |steps: Steps| steps.into_iter().map(|step| step.1).collect::<Vec<f64>>();
    let candidate = of(is_candidate);
    (candidate.len() >= FEWEST_STEPS).then_some(())?;
    let (control, baseline) = Control::OF_DURATIONS.into_iter().find_map(|control| {
        let steps = of(&|release, at| is_control(control, release, at));
        (steps.len() >= FEWEST_STEPS).then_some((control, steps))
    })?;
    // The longest series tells most about how steps hang together, whatever the control is.
    let week = of(&|release, at| is_control(Control::WeekBefore, release, at));
    let rho = [&week, &baseline]
        .into_iter()
        .find_map(|steps| persistence(steps, (STRETCH / blocks).max(8)))
        .unwrap_or(UNKNOWN);
    Some(Sides {
        control,
        baseline: values(baseline),
        candidate: values(candidate),
        minutes: 5 * blocks,
        rho,
        week,
    })
}

/// The percentile as metrics tell it, which count every request.
fn by_metrics(
    comparison: &Comparison,
    operation: &str,
    is_candidate: &dyn Fn(&str, i64) -> bool,
    is_control: &dyn Fn(Control, &str, i64) -> bool,
) -> Option<Sides> {
    let of = |wanted: &dyn Fn(&str, i64) -> bool| -> Steps {
        let mut steps: Steps = comparison
            .quantiles
            .iter()
            .filter(|one| one.operation == operation && wanted(&one.release, one.block_ns))
            .map(|one| (one.block_ns.div_euclid(BLOCK), one.value_ns))
            .collect();
        steps.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        steps
    };
    sides(1, is_candidate, is_control, &of)
}

/// The percentile read off spans, in steps just long enough to hold enough of them.
fn by_spans(
    comparison: &Comparison,
    operation: &str,
    is_candidate: &dyn Fn(&str, i64) -> bool,
    is_control: &dyn Fn(Control, &str, i64) -> bool,
) -> Option<Sides> {
    let of = |blocks: i64, wanted: &dyn Fn(&str, i64) -> bool| -> Steps {
        let mut steps: BTreeMap<i64, Vec<(f64, f64, f64)>> = BTreeMap::new();
        for took in comparison
            .latencies
            .iter()
            .filter(|took| took.operation == operation && wanted(&took.release, took.block_ns))
        {
            let bucket = (took.bucket_ns, took.width_ns, took.requests);
            let step = took.block_ns.div_euclid(blocks * BLOCK);
            steps.entry(step).or_default().push(bucket);
        }
        let read = |(step, buckets)| Some((step, percentile(buckets)?));
        steps.into_iter().filter_map(read).collect()
    };
    STEPS.into_iter().find_map(|blocks| {
        sides(blocks, is_candidate, is_control, &|wanted| {
            of(blocks, wanted)
        })
    })
}

/// The percentile of one step, read off its buckets with requests spread evenly inside each.
fn percentile(mut buckets: Vec<(f64, f64, f64)>) -> Option<f64> {
    let total: f64 = buckets.iter().map(|bucket| bucket.2).sum();
    if total < FEWEST_REQUESTS {
        return None;
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = SHARE * total;
    let mut seen = 0.0;
    for (low, width, requests) in buckets {
        if seen + requests >= wanted {
            return Some(low + width * (wanted - seen) / requests);
        }
        seen += requests;
    }
    None
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_read_off_buckets() {
        let even: Vec<(f64, f64, f64)> = (0..10).map(|at| (real(at) * 10.0, 10.0, 10.0)).collect();
        let read = percentile(even).unwrap();
        assert!((read - 95.0).abs() < 1e-9, "{read}");
        assert_eq!(percentile(vec![(0.0, 10.0, 9.0)]), None);
    }
}

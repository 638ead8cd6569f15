//! Whether an instance runs and says nothing.
//!
//! No errors from an instance that sends no telemetry is not health. Silence counts only against
//! other sources: the cluster shows the pod, and its neighbours of the same release do speak. It also has
//! to be longer than the pauses that instances of this service make anyway, and unlikely for an instance
//! that says as little as this one did.

use super::Detector;
use super::novelty::{plural, real};
use crate::behaviour::compare::{Comparison, Pod};
use crate::behaviour::observation::Observation;
use crate::behaviour::window::{BLOCK, MINUTE};
use crate::model::finding::{Baseline, Channel};
use crate::model::time;

/// What an instance may take before it speaks, and how long it may have nothing to say while others
/// have.
const PATIENCE: i64 = 30 * MINUTE;
/// How long a pod is taken to live that nothing says has ended.
const ASSUMED: i64 = 6 * 60 * MINUTE;
/// Steps in which each neighbour that counts has spoken.
const STEADY: i64 = 3;
/// How many times as long as the longest pause of any instance a silence has to be.
const PAUSES: i64 = 2;
/// Chance of silence among speaking neighbours below which it is none.
const UNLIKELY: f64 = 1e-3;

/// Looks for instances that the cluster shows and telemetry does not.
pub struct Silence;

impl Detector for Silence {
    fn name(&self) -> &'static str {
        "silence"
    }

    fn about(&self) -> &'static str {
        "instances that the cluster shows and that send no telemetry while their neighbours do"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let ours: Vec<&Pod> = comparison
            .pods
            .iter()
            .filter(|pod| pod.release == comparison.release.id)
            .collect();
        ours.iter()
            .filter_map(|pod| silence(comparison, &ours, pod))
            .collect()
    }
}

/// The silence of a pod, where it cannot be chance: with equal shares each of the neighbours' steps
/// would have been its own one time in as many as there are pods.
fn silence(comparison: &Comparison, ours: &[&Pod], pod: &Pod) -> Option<Observation> {
    let started = pod.started_ns?;
    let since = pod.fell_silent_ns.unwrap_or(started).max(started);
    // What nobody says has ended is there until its release was replaced, where it never spoke; one
    // that spoke and stopped may have ended unseen, unless another source shows it.
    let there = match (pod.ended_ns, pod.fell_silent_ns) {
        (Some(ended), _) => ended,
        (None, Some(_)) => pod.acted_ns.max(pod.seen_ns)?,
        (None, None) => comparison
            .release
            .finished_ns
            .unwrap_or(comparison.as_of)
            .min(
                pod.acted_ns
                    .max(pod.seen_ns)
                    .unwrap_or(started)
                    .saturating_add(ASSUMED),
            ),
    };
    let speaking: Vec<&&Pod> = ours
        .iter()
        .filter(|other| other.pod != pod.pod && other.blocks >= STEADY)
        .collect();
    let until = speaking
        .iter()
        .filter_map(|other| other.fell_silent_ns)
        .max()?
        .min(there)
        .min(comparison.as_of);
    let pause = ours.iter().filter_map(|pod| pod.pause_ns).max();
    if until - since < PATIENCE.max(PAUSES * pause.unwrap_or(0)) {
        return None;
    }
    // Steps of the neighbours in that time, as far as their lives overlap with it.
    let steps: f64 = speaking
        .iter()
        .map(|other| {
            let (from, to) = (
                other.spoke_ns.unwrap_or(0),
                other.fell_silent_ns.unwrap_or(0),
            );
            let overlap = (to.min(until) - from.max(since)).max(0);
            #[expect(
                clippy::cast_precision_loss,
                reason = "a share needs no exact nanoseconds"
            )]
            let share = overlap as f64 / (to - from).max(1) as f64;
            real(other.blocks) * share
        })
        .sum();
    let pods = real(i64::try_from(speaking.len()).unwrap_or(i64::MAX)) + 1.0;
    let chance = f64::max(
        (1.0 - 1.0 / pods).powf(steps),
        by_habit(pod, started, since, until),
    );
    (chance < UNLIKELY).then(|| silent(pod, since, until, chance))
}

/// The chance that an instance says nothing from `since` until `until` that spoke in as many steps of its
/// life before as it did: beta-binomial, with Jeffreys' prior. The last step that it spoke in is not
/// counted, as the silence was chosen to begin there. 0 where it never spoke: that is no habit.
fn by_habit(pod: &Pod, started: i64, since: i64, until: i64) -> f64 {
    if pod.blocks == 0 {
        return 0.0;
    }
    let lived = ((since - started) / BLOCK - 1).max(0);
    let spoke = (pod.blocks - 1).min(lived);
    (0..(until - since) / BLOCK)
        .map(|step| (real(lived - spoke + step) + 0.5) / (real(lived + step) + 1.0))
        .product()
}

fn silent(pod: &Pod, since: i64, until: i64, chance: f64) -> Observation {
    let minutes = (until - since) / MINUTE;
    Observation {
        detector: "silence",
        channel: Channel::Gap,
        family: "coverage".to_owned(),
        key: format!("silent {}", pod.pod),
        subject: pod.pod.clone(),
        title: format!(
            "{} runs and sends no telemetry for {}",
            pod.pod,
            plural(minutes, "minute")
        ),
        why: format!(
            "It was placed and nothing says that it ended before {}; its neighbours sent telemetry in that time, it sent none after {}. By chance that happens once in {:.0}.",
            time::short(until),
            time::short(since),
            1.0 / chance.max(1e-12),
        ),
        first_ns: Some(since),
        last_ns: Some(until),
        count: 1.0,
        instances: 1,
        blocks: (until - since) / BLOCK,
        baseline: Baseline {
            of: "the other instances of the release".to_owned(),
            ..Baseline::default()
        },
        p: Some(chance),
        citations: pod.citation.clone().into_iter().collect(),
        ..Observation::default()
    }
}

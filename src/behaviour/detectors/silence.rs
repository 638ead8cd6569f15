//! Whether an instance runs and says nothing.
//!
//! No errors from an instance that sends no telemetry is not health. Silence counts only against
//! other sources: the cluster shows the pod, and its neighbours of the same release do speak.

use super::Detector;
use super::novelty::plural;
use crate::behaviour::compare::{Comparison, Pod};
use crate::behaviour::observation::Observation;
use crate::behaviour::window::{BLOCK, MINUTE};
use crate::model::finding::{Baseline, Channel};
use crate::model::time;

/// What an instance may take before it speaks, and how long it may have nothing to say while others
/// have.
const PATIENCE: i64 = 30 * MINUTE;
/// Steps in which each neighbour that counts has spoken.
const STEADY: i64 = 3;

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
        let ours = |pod: &&Pod| pod.release == comparison.release.id;
        let speaking: Vec<&Pod> = comparison
            .pods
            .iter()
            .filter(ours)
            .filter(|pod| pod.blocks >= STEADY)
            .collect();
        // A single speaker may be the only one that is exported; sparse telemetry leaves gaps.
        let steady = speaking.len() >= 2
            && speaking.iter().all(|pod| {
                let lived = pod.fell_silent_ns.unwrap_or(0) - pod.spoke_ns.unwrap_or(0);
                pod.blocks * 2 >= lived / BLOCK
            });
        if !steady {
            return Vec::new();
        }
        comparison
            .pods
            .iter()
            .filter(ours)
            .filter_map(|pod| {
                let started = pod.started_ns?;
                let there = pod.ended_ns.or(pod.seen_ns)?.min(comparison.as_of);
                let neighbours_until = speaking
                    .iter()
                    .filter(|other| other.pod != pod.pod)
                    .filter_map(|other| other.fell_silent_ns)
                    .max()?;
                let until = there.min(neighbours_until);
                let since = pod.fell_silent_ns.unwrap_or(started).max(started);
                (until - since >= PATIENCE).then(|| silent(pod, since, until))
            })
            .collect()
    }
}

fn silent(pod: &Pod, since: i64, until: i64) -> Observation {
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
            "The cluster shows it until {}, its neighbours sent telemetry in that time, it sent none after {}.",
            time::short(until),
            time::short(since),
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
        citations: pod.citation.clone().into_iter().collect(),
        ..Observation::default()
    }
}

//! Whether a release is still running after it was replaced.
//!
//! One machine of eight kept the old code and cost a company its life (Knight Capital, 2012): "version
//! deployed" is no answer, a census of instances is. An instance of the release that shows itself a
//! quarter of an hour after another one took its place was left behind.

use super::Detector;
use super::novelty::plural;
use crate::behaviour::compare::{Comparison, Pod};
use crate::behaviour::observation::Observation;
use crate::behaviour::window::{BLOCK, MINUTE};
use crate::model::finding::{Baseline, Channel};
use crate::model::time;

/// What a rollout may take.
pub const GRACE: i64 = 15 * MINUTE;

/// Looks for instances that outlive their release.
pub struct LeftBehind;

/// When an instance certainly was there last: telemetry of a step may be from its first second.
fn shown(pod: &Pod) -> Option<i64> {
    let spoke = pod.fell_silent_ns.map(|end| end.saturating_sub(BLOCK));
    pod.seen_ns.max(spoke).max(pod.acted_ns)
}

impl Detector for LeftBehind {
    fn name(&self) -> &'static str {
        "left_behind"
    }

    fn about(&self) -> &'static str {
        "instances of a release that show themselves a quarter of an hour after another one took its place"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let Some(finished) = comparison.release.finished_ns else {
            return Vec::new();
        };
        let late = |pod: &&Pod| {
            pod.release == comparison.release.id
                && shown(pod).is_some_and(|last| last > finished + GRACE)
                && pod.ended_ns.is_none_or(|ended| ended > finished + GRACE)
        };
        let all = comparison
            .pods
            .iter()
            .filter(|pod| pod.release == comparison.release.id)
            .count();
        comparison
            .pods
            .iter()
            .filter(late)
            .map(|pod| {
                let last = shown(pod).unwrap_or(finished);
                let minutes = (last - finished) / MINUTE;
                Observation {
                    detector: "left_behind",
                    channel: Channel::Policy,
                    family: "coverage".to_owned(),
                    key: format!("left behind {}", pod.pod),
                    subject: pod.pod.clone(),
                    title: format!(
                        "{} still runs {} after it was replaced",
                        pod.pod,
                        plural(minutes, "minute")
                    ),
                    why: format!(
                        "The release was replaced at {}, and {} of its {} showed itself until {}.",
                        time::short(finished),
                        pod.pod,
                        plural(i64::try_from(all).unwrap_or(i64::MAX), "instance"),
                        time::short(last),
                    ),
                    first_ns: Some(finished + GRACE),
                    last_ns: Some(last),
                    count: 1.0,
                    instances: 1,
                    blocks: 1,
                    baseline: Baseline {
                        of: "the time at which another release took its place".to_owned(),
                        ..Baseline::default()
                    },
                    citations: pod.citation.clone().into_iter().collect(),
                    ..Observation::default()
                }
            })
            .collect()
    }
}

//! How many of a release's instances telemetry shows.
//!
//! Whatever is concluded from telemetry holds for the instances that sent any. The others may have
//! done anything.

use super::Detector;
use super::novelty::{plural, real};
use crate::behaviour::compare::Comparison;
use crate::behaviour::observation::Observation;
use crate::behaviour::window::WARM_UP;
use crate::model::finding::{Baseline, Channel};

/// Looks for instances without any telemetry.
pub struct Coverage;

/// Instances of the release that lived longer than a warm-up, and how many of them spoke.
#[must_use]
pub fn covered(comparison: &Comparison) -> (i64, i64) {
    let lived = comparison.pods.iter().filter(|pod| {
        pod.release == comparison.release.id
            && match (pod.started_ns, pod.ended_ns.or(pod.last_sign())) {
                (Some(started), Some(last)) => last - started > WARM_UP,
                _ => pod.blocks > 0,
            }
    });
    lived.fold((0, 0), |(all, spoke), pod| {
        (all + 1, spoke + i64::from(pod.blocks > 0))
    })
}

impl Detector for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn about(&self) -> &'static str {
        "share of a release's instances that sent any telemetry"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        let (all, spoke) = covered(comparison);
        if all == 0 || spoke == all {
            return Vec::new();
        }
        vec![Observation {
            detector: "coverage",
            channel: Channel::Gap,
            family: "coverage".to_owned(),
            key: "instance coverage".to_owned(),
            subject: "instance coverage".to_owned(),
            title: format!("{} of {} sent telemetry", spoke, plural(all, "instance")),
            why: "What telemetry does not show is not known; it is not shown to be well."
                .to_owned(),
            first_ns: Some(comparison.window.began),
            last_ns: Some(comparison.window.until),
            count: real(all - spoke),
            instances: all - spoke,
            baseline: Baseline {
                count: real(all),
                of: "instances that the cluster shows".to_owned(),
                ..Baseline::default()
            },
            effect: Some(real(spoke) / real(all)),
            ..Observation::default()
        }]
    }
}

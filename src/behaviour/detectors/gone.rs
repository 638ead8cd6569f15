//! What was done steadily before and is done no more.
//!
//! Rarely an alarm and often the explanation: a cache that is no longer asked, a message that was
//! reworded. It is called gone only where its absence could not be chance: under the old rate at least
//! five steps with it were to be expected in the release's time (`e^-5` is less than one in a hundred).
//! Steps of five minutes, because events come in bursts: a nightly batch of thousands is one of them.

use super::Detector;
use super::novelty::{plural, real};
use crate::behaviour::compare::Comparison;
use crate::behaviour::load::busyness;
use crate::behaviour::observation::Observation;
use crate::model::finding::{Baseline, Channel};

/// Steps with it that were to be expected.
const EXPECTED: f64 = 5.0;

/// Looks for keys of the baseline that the release lacks.
pub struct Gone;

impl Detector for Gone {
    fn name(&self) -> &'static str {
        "gone"
    }

    fn about(&self) -> &'static str {
        "behaviour of the baseline that the release lacks although at least five steps with it were to be expected"
    }

    fn look(&self, comparison: &Comparison) -> Vec<Observation> {
        if comparison.baseline_exposure <= 0.0 || comparison.exposure <= 0.0 {
            return Vec::new();
        }
        // A night brings less of everything; that an afternoon brings more is no evidence.
        let quiet = busyness(comparison).min(1.0);
        let share = quiet * comparison.exposure / comparison.baseline_exposure;
        comparison
            .keys
            .iter()
            .filter(|key| key.events == 0 && real(key.before_blocks) * share >= EXPECTED)
            // What stopped before the release is no doing of it.
            .filter(|key| {
                key.before_ns.is_some_and(|last| {
                    last > comparison.window.began - crate::behaviour::window::DAY
                })
            })
            .map(|key| Observation {
                detector: "gone",
                channel: Channel::Shift,
                family: key.family.clone(),
                key: key.key.clone(),
                subject: key.subject.clone(),
                change: "gone",
                title: format!("no longer does: {}", key.key),
                why: format!(
                    "{} before, in {} steps of five minutes; {:.0} such steps were to be expected in the time of this release, and there are none.",
                    plural(key.before, "event"),
                    key.before_blocks,
                    real(key.before_blocks) * share
                ),
                last_ns: key.before_ns,
                baseline: Baseline {
                    count: real(key.before),
                    exposure: comparison.baseline_exposure,
                    of: format!("other releases of {}", comparison.release.service),
                    cut: comparison.said.clone(),
                },
                exposure: comparison.exposure,
                p: Some((-real(key.before_blocks) * share).exp()),
                effect: Some(0.0),
                ..Observation::default()
            })
            .collect()
    }
}

//! Detectors: each looks at a release beside its baseline and says what differs.
//!
//! A detector has no thresholds of taste. It reports whatever it can show with numbers and lets the
//! policy decide what matters; so the same observation can be a kill switch for payments and a note
//! for a blog. It asks nothing: a comparison is in memory, which makes it testable with made-up
//! numbers, and the calibration in docs/statistics.md runs these very functions.
//!
//! What they are not: explanations. Whether the diff names what was seen is asked afterwards, once,
//! for all of them.

mod coverage;
mod gone;
mod latency;
mod left_behind;
mod novelty;
mod outcome;
mod rate;
mod silence;
#[cfg(test)]
mod tests;

use super::compare::Comparison;
use super::observation::Observation;

pub use coverage::covered;
pub use novelty::real;
pub use rate::all_operations;

/// Looks at a release.
pub trait Detector: Sync {
    /// `snake_case`, as rules and outputs name it.
    fn name(&self) -> &'static str;
    /// What it looks for, and by which method.
    fn about(&self) -> &'static str;
    /// What it sees, in an order that depends on the evidence alone.
    fn look(&self, comparison: &Comparison) -> Vec<Observation>;
}

/// Every detector.
pub const ALL: &[&dyn Detector] = &[
    &novelty::Novelty,
    &rate::ErrorRate,
    &latency::Latency,
    &outcome::Outcomes,
    &left_behind::LeftBehind,
    &silence::Silence,
    &gone::Gone,
    &coverage::Coverage,
];

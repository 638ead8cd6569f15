//! Worlds in which requests fail: in clusters, under a day's load, with instances that restart.

use shipwake::behaviour::Comparison;
use shipwake::behaviour::compare::Served;

use crate::dice::Dice;
use crate::world::{self, NEW, steps};

/// How much more failures of a step vary than chance alone.
const PHI: f64 = 6.0;
/// Operations and their parts of the requests.
const OPERATIONS: [(&str, f64); 3] = [("GET /cart", 0.6), ("POST /order", 0.3), ("GET /bill", 0.1)];
/// Chance that an instance restarts within a step.
const RESTARTS: f64 = 1.0 / 144.0;
/// Part of the requests that fail, apart from restarts.
pub const BASE: f64 = 0.01;

/// One world.
#[derive(Clone, Copy)]
pub struct Rates {
    /// `metric` or `span`.
    pub source: &'static str,
    /// Part of the requests that spans tell of.
    pub sampled: f64,
    /// Requests of a step, before sampling, on average.
    pub volume: f64,
    /// Life of the release.
    pub hours: i64,
    /// What the release multiplies the failing part by.
    pub ratio: f64,
}

impl Rates {
    /// A comparison of it.
    pub fn make(&self, dice: &mut Dice) -> Comparison {
        let mut comparison = world::empty(dice, self.hours);
        for (at, release, part) in steps(&comparison) {
            let restarts = dice.hits(RESTARTS * part);
            for (operation, share) in OPERATIONS {
                let mean = self.volume * self.sampled * share * part * world::load(at);
                let requests = dice.poisson(if restarts { 0.85 * mean } else { mean });
                let ratio = if release == NEW { self.ratio } else { 1.0 };
                // Sampling by coin thins the clusters as well.
                let phi = 1.0 + (PHI - 1.0) * self.sampled;
                let lost = if restarts { 0.01 * requests } else { 0.0 };
                let errors = dice.clustered(requests * BASE * ratio, phi) + dice.poisson(lost);
                if requests > 0.0 {
                    comparison.requests.push(Served {
                        source: self.source.to_owned(),
                        release: release.to_owned(),
                        operation: operation.to_owned(),
                        block_ns: at,
                        requests,
                        errors: errors.min(requests),
                    });
                }
            }
        }
        comparison
    }
}

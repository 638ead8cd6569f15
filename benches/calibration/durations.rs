//! Worlds in which requests take time: those of one minute share its fate, and so do minutes in a row.

use std::collections::BTreeMap;

use shipwake::behaviour::Comparison;
use shipwake::behaviour::compare::{Quantile, Took};
use shipwake::behaviour::window::{BLOCK, DAY, MINUTE};

use crate::dice::Dice;
use crate::world::{self, INSTANCES, NEW, OLD};

/// How much a minute's deviation says about the next one's.
const RHO: f64 = 0.7;
/// Standard deviation of the minutes, in logarithms.
const MINUTES: f64 = 0.15;
/// Standard deviation of the requests of one minute, in logarithms.
const REQUESTS: f64 = 0.6;
/// The median request.
const MEDIAN: f64 = 80e6;
/// How much longer requests take at twice the load, in logarithms.
const LOADED: f64 = 0.05;
/// How much longer those of an instance take that has just restarted, in logarithms.
const COLD: f64 = 0.4;

/// One world.
#[derive(Clone, Copy)]
pub struct Durations {
    /// Whether metrics tell the percentile, or spans each duration.
    pub metrics: bool,
    /// Requests of a minute, on average.
    pub volume: f64,
    /// Life of the release.
    pub hours: i64,
    /// What the release multiplies durations by.
    pub ratio: f64,
    /// Days of telemetry before the release.
    pub before: i64,
    /// Standard deviation of whole days, in logarithms.
    pub days: f64,
}

impl Durations {
    /// A comparison of it.
    pub fn make(&self, dice: &mut Dice) -> Comparison {
        let mut comparison = world::empty(dice, self.hours);
        let (began, until) = (comparison.window.began, comparison.window.until);
        let first = (began - self.before * DAY).div_euclid(MINUTE);
        let mut state = dice.normal();
        let mut cold = 0;
        let mut days: BTreeMap<i64, f64> = BTreeMap::new();
        let mut steps: BTreeMap<(i64, &str), Vec<f64>> = BTreeMap::new();
        for at in (first..until.div_euclid(MINUTE)).map(|minute| minute * MINUTE) {
            state = RHO * state + (1.0 - RHO * RHO).sqrt() * dice.normal();
            let day = days
                .entry(at.div_euclid(DAY))
                .or_insert_with(|| self.days * dice.normal());
            let busy = LOADED * (world::load(at) - 1.0);
            cold = if dice.hits(1.0 / 720.0) { 5 } else { cold - 1 };
            let release = if at >= began { NEW } else { OLD };
            let ratio = if release == NEW { self.ratio } else { 1.0 };
            let usual = MEDIAN.ln() + MINUTES * state + *day + busy + ratio.ln();
            for request in 0..dice.poisson(self.volume * world::load(at)) as i64 {
                let slow = if cold > 0 && request % INSTANCES == 0 {
                    COLD
                } else {
                    0.0
                };
                let took = (usual + slow + REQUESTS * dice.normal()).exp();
                let step = at.div_euclid(BLOCK) * BLOCK;
                steps.entry((step, release)).or_default().push(took);
            }
        }
        for ((at, release), took) in steps {
            self.tell(&mut comparison, at, release, took);
        }
        comparison
    }

    fn tell(&self, comparison: &mut Comparison, at: i64, release: &str, mut took: Vec<f64>) {
        if self.metrics {
            took.sort_by(f64::total_cmp);
            let place = (0.95 * took.len() as f64).ceil() as usize;
            comparison.quantiles.push(Quantile {
                release: release.to_owned(),
                operation: "GET /cart".to_owned(),
                block_ns: at,
                value_ns: took[place.saturating_sub(1).min(took.len() - 1)],
            });
            return;
        }
        let mut buckets: BTreeMap<(i64, i64), f64> = BTreeMap::new();
        for one in took {
            let width = width(one);
            let one = one as i64;
            *buckets.entry((one - one % width, width)).or_default() += 1.0;
        }
        comparison
            .latencies
            .extend(buckets.into_iter().map(|((bucket, width), requests)| Took {
                release: release.to_owned(),
                operation: "GET /cart".to_owned(),
                block_ns: at,
                bucket_ns: bucket as f64,
                width_ns: width as f64,
                requests,
            }));
    }
}

/// The bucket's width as `stages/latency.sql` has it: two significant digits.
fn width(took: f64) -> i64 {
    [1e6, 1e7, 1e8, 1e9, 1e10]
        .iter()
        .zip([10_000, 100_000, 1_000_000, 10_000_000, 100_000_000])
        .find(|(upto, _)| took < **upto)
        .map_or(1_000_000_000, |(_, width)| width)
}

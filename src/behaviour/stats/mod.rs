//! The arithmetic behind every "more than before".
//!
//! Each file holds one question as pure functions over slices and numbers: `counts` (is a rate
//! higher?), `ranks` (is a latency longer?), `onset` (when did it start?), `novelty` (could this
//! have been there unseen?), `mix` (did the share of a template move?), `many` (how many such
//! answers come by chance?). Nothing here knows a table, a clock or a random number, so a test
//! can check every figure against published tables or another program.
//!
//! The methods are the plain ones that an auditor can redo: Fisher, G, Wilson, Mann-Whitney, Page.
//! What decides is not the method but the unit: requests of one minute share that minute's fate, so
//! a test on single requests cries wolf (52.7 % false alarms at a nominal 1 %, measured).
//! Therefore counts come with a dispersion factor, and latencies come as block statistics.
//!
//! A question that has no answer gives `None`: no exposure, more errors than requests, a value that
//! is not a number. Zero events in a real exposure is an answer. A p-value is never bent to mean
//! "unknown"; 1 means that the data agree fully with "no change".
//!
//! What it is not: a judge. Thresholds, minimum exposures, "at least eight blocks a side" and
//! severities belong to the detectors and the policy. Nor is it a general statistics library: each
//! function is here because a detector asks for it.
//!
//! Sources and the measurements quoted: the domain notes, sections 3.4 to 3.9; papers stand at the
//! functions.

pub mod counts;
pub mod many;
pub mod mix;
#[cfg(test)]
mod noise;
pub mod novelty;
pub mod onset;
pub mod ranks;
mod special;

/// The standard normal quantile that leaves 2.5 % above it; it makes 95 % intervals.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A closed interval; its unit is that of the estimate it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, not below `low`.
    pub high: f64,
}

/// A number of items as a real number; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no slice has 2^53 items")]
fn real(n: usize) -> f64 {
    n as f64
}

/// A count as a real number; above 2^53 it is rounded, which no p-value here can tell.
#[expect(clippy::cast_precision_loss, reason = "one part in 2^53")]
fn whole(n: u64) -> f64 {
    n as f64
}

/// The median of values that are already in ascending order; `None` where there are none.
fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

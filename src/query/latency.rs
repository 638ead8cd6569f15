//! How long the requests of a service took over time: counts by step of time and range of durations.
//!
//! A percentile hides that there are two kinds of answers, fast ones and ones that wait for a timeout; counts by
//! range show both.

use serde::Deserialize;

use super::timeline::{self, Marker};
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/latency.sql");

/// Steps of time that a window is divided into.
pub const STEPS: usize = 96;

/// A range of durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The shortest, in nanoseconds.
    pub from_ns: i64,
    /// The next range's shortest, in nanoseconds.
    pub to_ns: i64,
    /// Requests in each step of time.
    pub requests: Vec<u64>,
    /// Those that failed.
    pub errors: Vec<u64>,
}

/// The requests of a release's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// The release.
    pub release: String,
    /// From, and before when, in nanoseconds.
    pub window: (i64, i64),
    /// How long a step is, in nanoseconds.
    pub step_ns: i64,
    /// The ranges, from the shortest to the longest that was seen, without a gap.
    pub ranges: Vec<Range>,
    /// What changed in that time.
    pub markers: Vec<Marker>,
}

impl Latency {
    /// The time that a step covers, in nanoseconds.
    #[must_use]
    pub fn step(&self, step: usize) -> (i64, i64) {
        let begin = |step: usize| {
            let step = i64::try_from(step).unwrap_or(i64::MAX);
            let from = self.window.0;
            from.saturating_add(self.step_ns.saturating_mul(step))
        };
        (begin(step), begin(step + 1).min(self.window.1))
    }
}

#[derive(Deserialize)]
struct Cell {
    step: usize,
    range: u32,
    requests: u64,
    errors: u64,
}

/// Where range `number` begins, in nanoseconds: 1, 2 and 5 in every power of ten.
fn begins(number: u32) -> i64 {
    let digit = [1, 2, 5][number as usize % 3];
    10_i64.saturating_pow(number / 3).saturating_mul(digit)
}

/// How long the requests of the service of release `id` took in `window`.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str, window: (i64, i64)) -> Result<Latency, StoreError> {
    let (since, until) = window;
    let width = until.saturating_sub(since).max(1);
    let steps = i64::try_from(STEPS).unwrap_or(1);
    // The last step ends with the window or after it.
    let step_ns = width.saturating_add(steps - 1) / steps;
    let stretch = [("since", Param::Int(since)), ("until", Param::Int(until))];
    let asked = [("release", Param::from(id)), ("step", Param::Int(step_ns))];
    let params: Vec<_> = stretch.iter().cloned().chain(asked).collect();
    let cells: Vec<Cell> = reader.ask("how long requests took", SQL, &params)?;
    let numbers = || cells.iter().map(|cell| cell.range);
    let ranges = numbers().min().zip(numbers().max());
    let mut ranges: Vec<Range> = ranges.map_or_else(Vec::new, |(first, last)| {
        let empty = |number| Range {
            from_ns: begins(number),
            to_ns: begins(number + 1),
            requests: vec![0; STEPS],
            errors: vec![0; STEPS],
        };
        (first..=last).map(empty).collect()
    });
    for cell in &cells {
        let range = ranges
            .iter_mut()
            .find(|range| range.from_ns == begins(cell.range));
        if let Some(range) = range.filter(|_| cell.step < STEPS) {
            range.requests[cell.step] += cell.requests;
            range.errors[cell.step] += cell.errors;
        }
    }
    Ok(Latency {
        release: id.to_owned(),
        window,
        step_ns,
        ranges,
        markers: reader.ask("the changes", timeline::MARKERS, &stretch)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_at_one_two_and_five() {
        let all: Vec<i64> = (18..25).map(begins).collect();
        let ms = 1_000_000;
        assert_eq!(
            all,
            [ms, 2 * ms, 5 * ms, 10 * ms, 20 * ms, 50 * ms, 100 * ms]
        );
        assert_eq!(begins(u32::MAX), i64::MAX);
    }
}

//! How each operation of a release's service fared over time: the share of errors and the 95th
//! percentile, with the band in which the other releases' values lay.
//!
//! The band is the median ± 1.4826 times the median absolute deviation: as wide as a standard deviation
//! where values are normal, and not moved by a few wild ones.

use serde::Deserialize;
use serde_json::Value;

use super::timeline::{self, Marker};
use super::{answer, detail};
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/metrics.sql");

/// Five minutes in nanoseconds.
pub const STEP: i64 = 300_000_000_000;
/// One hour in nanoseconds.
const HOUR: i64 = 3_600_000_000_000;
/// Steps from which on a band says anything.
const LEAST: usize = 6;
/// The least spread that shares of errors are measured by.
const LEAST_SPREAD: f64 = 0.01;
/// Makes the median absolute deviation comparable with a standard deviation.
const NORMAL: f64 = 1.4826;

/// Five minutes of one operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Point {
    source: String,
    operation: String,
    /// Start, nanoseconds.
    pub block_ns: i64,
    /// True for the release, false for the others of its service.
    pub is_own: bool,
    /// Requests.
    pub requests: Option<i64>,
    /// Failed ones.
    pub errors: Option<i64>,
    /// 95th percentile of durations, nanoseconds.
    pub p95_ns: Option<i64>,
    /// Where it is said: a failed request where there is one.
    #[serde(skip)]
    pub citation: Option<Value>,
}

impl Point {
    /// Errors of requests.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
    pub fn share(&self) -> Option<f64> {
        let requests = self.requests.filter(|requests| *requests > 0)?;
        Some(self.errors.unwrap_or(0) as f64 / requests as f64)
    }

    /// The 95th percentile in seconds.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds need no exact nanoseconds"
    )]
    pub fn p95(&self) -> Option<f64> {
        self.p95_ns.map(|ns| ns as f64 / 1e9)
    }
}

/// What is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Median.
    pub median: f64,
    /// 1.4826 times the median absolute deviation.
    pub spread: f64,
}

impl Band {
    /// The band of `values`; none where they are too few to say.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        if values.len() < LEAST {
            return None;
        }
        let median = middle(&mut values);
        let mut apart: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        Some(Self {
            median,
            spread: NORMAL * middle(&mut apart),
        })
    }

    /// The upper end.
    #[must_use]
    pub fn upper(self) -> f64 {
        self.median + self.spread
    }
}

fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        values[half]
    } else {
        f64::midpoint(values[half - 1], values[half])
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// `span` or `metric`.
    pub source: String,
    /// Name.
    pub name: String,
    /// In order of time.
    pub points: Vec<Point>,
    /// The usual share of errors.
    pub errors: Option<Band>,
    /// The usual 95th percentile, in seconds.
    pub p95: Option<Band>,
}

/// All of a release's service.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// The release.
    pub release: String,
    /// The time worth looking at: from before the release to after it.
    pub window: (i64, i64),
    /// The operations: those furthest out of their bands first.
    pub operations: Vec<Operation>,
    /// Changes and findings in that time.
    pub markers: Vec<Marker>,
}

/// How the service of release `id` fared, around the release or in `window`.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str, window: Option<(i64, i64)>) -> Result<Metrics, StoreError> {
    let params = [("release", Param::from(id))];
    let mut operations: Vec<Operation> = Vec::new();
    for row in reader.rows("metrics", SQL, &params)?.objects() {
        let citation = answer::citation(&row, "c_");
        let mut point: Point =
            serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
                act: "cannot read a metric".to_owned(),
                message: error.to_string(),
            })?;
        point.citation = citation;
        match operations.last_mut() {
            Some(last) if last.source == point.source && last.name == point.operation => {
                last.points.push(point);
            }
            _ => operations.push(Operation {
                source: point.source.clone(),
                name: point.operation.clone(),
                points: vec![point],
                errors: None,
                p95: None,
            }),
        }
    }
    for operation in &mut operations {
        let usual = || operation.points.iter().filter(|point| !point.is_own);
        let errors = Band::of(usual().filter_map(Point::share));
        let p95 = Band::of(usual().filter_map(Point::p95));
        (operation.errors, operation.p95) = (errors, p95);
    }
    operations.sort_by(|a, b| {
        b.excess()
            .total_cmp(&a.excess())
            .then_with(|| (&a.source, &a.name).cmp(&(&b.source, &b.name)))
    });
    let window = match window {
        Some(window) => window,
        None => lived(reader, id, &operations)?,
    };
    let stretch = [
        ("since", Param::Int(window.0)),
        ("until", Param::Int(window.1)),
    ];
    Ok(Metrics {
        release: id.to_owned(),
        window,
        markers: reader.ask("the changes", timeline::MARKERS, &stretch)?,
        operations,
    })
}

/// From six hours before the release to an hour after its end, a day at most.
fn lived(reader: &Reader, id: &str, operations: &[Operation]) -> Result<(i64, i64), StoreError> {
    let release = detail::record(reader, &format!("release:{id}"))?.unwrap_or_default();
    let time = |name: &str| release.get(name).and_then(Value::as_i64);
    let points = || operations.iter().flat_map(|one| &one.points);
    let last = points()
        .map(|point| point.block_ns.saturating_add(STEP))
        .max();
    let from = time("started_ns")
        .or_else(|| points().map(|point| point.block_ns).min())
        .unwrap_or(0);
    let end = time("finished_ns").or(last).unwrap_or(from);
    let to = end
        .min(from.saturating_add(24 * HOUR))
        .saturating_add(HOUR)
        .min(last.unwrap_or(end).max(from.saturating_add(HOUR)));
    Ok((from.saturating_sub(6 * HOUR), to))
}

/// What the release's steps of an operation come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Start of the first step that is far out of the usual share of errors, nanoseconds.
    pub began: Option<i64>,
    /// End of the last one, nanoseconds.
    pub ended: Option<i64>,
    /// True where the release went on without such a step; `None` where there was none.
    pub is_over: Option<bool>,
    /// Requests.
    pub requests: i64,
    /// Failed ones.
    pub errors: i64,
    /// Errors of requests.
    pub share: Option<f64>,
    /// Median of the steps' 95th percentiles, in seconds.
    pub p95: Option<f64>,
    /// Where the worst step is told.
    pub citation: Option<Value>,
}

/// How many spreads above the median is far.
const FAR: f64 = 3.0;

impl Operation {
    /// What the release's own steps come to; `None` where it has none.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        let own: Vec<&Point> = self.points.iter().filter(|point| point.is_own).collect();
        let last = own.last()?.block_ns;
        let bound = self
            .errors
            .map(|band| band.median + FAR * band.spread.max(LEAST_SPREAD));
        let far: Vec<i64> = own
            .iter()
            .filter(|point| {
                let share = point.share();
                share.zip(bound).is_some_and(|(share, bound)| share > bound)
            })
            .map(|point| point.block_ns)
            .collect();
        let sum = |of: &dyn Fn(&Point) -> Option<i64>| -> i64 {
            own.iter().filter_map(|point| of(point)).sum()
        };
        let (requests, errors) = (sum(&|point| point.requests), sum(&|point| point.errors));
        let mut p95: Vec<f64> = own.iter().filter_map(|point| point.p95()).collect();
        let share = |point: &Point| point.share().unwrap_or(-1.0);
        let worst = own
            .iter()
            .max_by(|a, b| share(a).total_cmp(&share(b)))
            .and_then(|point| point.citation.clone());
        #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
        let all = (requests > 0).then(|| errors as f64 / requests as f64);
        Some(Summary {
            began: far.first().copied(),
            ended: far.last().map(|at| at.saturating_add(STEP)),
            is_over: far.last().map(|at| *at < last),
            requests,
            errors,
            share: all,
            p95: (!p95.is_empty()).then(|| middle(&mut p95)),
            citation: worst,
        })
    }

    /// How far the release's share of errors lies above the usual one, in spreads.
    #[must_use]
    pub fn excess(&self) -> f64 {
        let Some(band) = self.errors else { return 0.0 };
        let own = self.points.iter().filter(|point| point.is_own);
        let (requests, errors) = own.fold((0, 0), |(requests, errors), point| {
            (
                requests + point.requests.unwrap_or(0),
                errors + point.errors.unwrap_or(0),
            )
        });
        #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
        let share = errors as f64 / requests.max(1) as f64;
        // A service that never fails has a spread of nothing.
        (share - band.median) / band.spread.max(LEAST_SPREAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_value_does_not_move_the_band() {
        let band = Band::of([1.0, 2.0, 2.0, 3.0, 2.0, 1000.0].into_iter()).unwrap();
        assert!((band.median - 2.0).abs() < 1e-9);
        assert!(band.upper() < 3.5);
        assert_eq!(Band::of([1.0, 2.0].into_iter()), None);
    }
}

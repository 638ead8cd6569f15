//! Metric series and their points.
//!
//! OTLP repeats name, unit and labels with every export; the tables hold a series once and its
//! points by id. The id is the SHA-256 of what identifies the series, so every chunk and file
//! gives the same one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::Context;
use super::attributes::{Object, Pairs};
use super::value::Value;
use crate::model::runtime::{MetricPoint, MetricSeries};
use crate::model::{Sink, Span, Stamp, id};

/// What a metric says of all its points.
#[derive(Default)]
pub struct Metric<'a> {
    pub name: Option<Cow<'a, str>>,
    pub unit: Option<Cow<'a, str>>,
    pub kind: Option<&'static str>,
    pub temporality: Option<&'static str>,
    pub is_monotonic: Option<bool>,
    /// The metric's own bytes, cited for its series.
    pub at: Span,
}

/// The series met in one chunk: the text that identifies each, and its id.
#[derive(Default)]
pub struct Series {
    ids: HashMap<String, u64>,
    identity: String,
    /// Id and labels of those that are still to be recorded.
    fresh: Vec<(u64, String)>,
}

impl Series {
    /// The id of the series of `name` and `labels`.
    fn id(&mut self, name: &str, resource_id: Option<u64>, labels: &Pairs<'_>) -> u64 {
        self.identity.clear();
        self.identity.push_str(name);
        self.identity.push('\0');
        if let Some(resource_id) = resource_id {
            // Writing to a String cannot fail.
            let _ = write!(self.identity, "{resource_id}");
        }
        self.identity.push('\0');
        let start = self.identity.len();
        labels.write(&mut self.identity);
        if let Some(known) = self.ids.get(&self.identity) {
            return *known;
        }
        let series_id = id::content_id(self.identity.as_bytes());
        let labels = self.identity.get(start..).unwrap_or_default().to_owned();
        self.ids.insert(self.identity.clone(), series_id);
        self.fresh.push((series_id, labels));
        series_id
    }

    /// Pushes the records of the series that `metric` brought.
    pub fn record(&mut self, metric: &Metric<'_>, context: &Context<'_>, sink: &mut dyn Sink) {
        for (series_id, labels) in self.fresh.drain(..) {
            let series = MetricSeries {
                series_id: Some(series_id),
                name: metric.name.as_deref().map(Cow::Borrowed),
                unit: metric.unit.as_deref().map(Cow::Borrowed),
                kind: Some(metric.kind.unwrap_or("unknown").into()),
                temporality: metric.temporality.map(Cow::Borrowed),
                is_monotonic: metric.is_monotonic,
                resource_id: context.resource_id,
                service_name: context.service_name.map(Cow::Borrowed),
                attributes: Some(labels.into()),
                ..MetricSeries::default()
            };
            sink.record(Stamp::new(metric.at, None), &series);
        }
    }
}

/// A data point of any kind as its format tells it. Lists of numbers are JSON text, empty where there
/// is no list.
#[derive(Default)]
pub struct PointParts<'a> {
    pub attributes: Pairs<'a>,
    pub value: Option<f64>,
    pub count: Option<i64>,
    pub min: Value<'a>,
    pub max: Value<'a>,
    pub explicit_bounds: String,
    pub bucket_counts: String,
    pub scale: Value<'a>,
    pub zero_count: Value<'a>,
    /// Offset and counts of the buckets of an exponential histogram.
    pub positive: (Option<i64>, String),
    pub negative: (Option<i64>, String),
    /// Quantiles of a summary, each with its value.
    pub quantiles: Vec<(Value<'a>, Value<'a>)>,
}

impl PointParts<'_> {
    /// The record, of the series of `name` and the point's own labels.
    pub fn record(
        mut self,
        name: &str,
        context: &Context<'_>,
        series: &mut Series,
    ) -> MetricPoint<'static> {
        self.attributes.sort();
        MetricPoint {
            series_id: Some(series.id(name, context.resource_id, &self.attributes)),
            value: self.value.filter(|value| !value.is_nan()),
            count: self.count,
            buckets: self.buckets().map(Cow::Owned),
            ..MetricPoint::default()
        }
    }

    /// Bounds and counts, scale and counts, or quantiles and values: whichever the point has.
    fn buckets(self) -> Option<String> {
        let number = |value: Value<'_>| {
            // Zero is left out of the forms of Protocol Buffers.
            if value == Value::Null {
                Value::Int(0)
            } else {
                // A number as JSON; owned, so that it outlives the text it was read from.
                let mut json = String::new();
                value.into_number().write(&mut json);
                Value::Json(json.into())
            }
        };
        let (quantiles, values): (Vec<Value<'static>>, Vec<Value<'static>>) = self
            .quantiles
            .into_iter()
            .map(|(quantile, value)| (number(quantile), number(value)))
            .unzip();
        let mut buckets = Object::default();
        buckets.put_json("bounds", self.explicit_bounds);
        buckets.put_json("counts", self.bucket_counts);
        buckets.put_json("positive", exponential(self.positive));
        buckets.put_json("negative", exponential(self.negative));
        buckets.put_json("quantiles", list(&quantiles));
        buckets.put_json("values", list(&values));
        let scalars = [
            ("scale", self.scale),
            ("zero_count", self.zero_count),
            ("min", self.min),
            ("max", self.max),
        ];
        for (name, value) in scalars {
            if value != Value::Null {
                buckets.put(&name.into(), &value.into_number());
            }
        }
        buckets.finish()
    }
}

fn exponential((offset, counts): (Option<i64>, String)) -> String {
    let mut buckets = Object::default();
    if !counts.is_empty() {
        buckets.put(&"offset".into(), &Value::Int(offset.unwrap_or(0)));
        buckets.put_json("counts", counts);
    }
    buckets.finish().unwrap_or_default()
}

fn list(values: &[Value<'_>]) -> String {
    if values.is_empty() {
        String::new()
    } else {
        Value::list(values)
    }
}

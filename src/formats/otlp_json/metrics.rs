//! Metrics and their points, as JSON.

use super::message::Reader;
use crate::formats::read::Cursor;
use crate::formats::read::cursor::Stop;
use crate::formats::read::json::Outcome;
use crate::formats::read::otel::Context;
use crate::formats::read::otel::attributes::{Attributes, Pairs};
use crate::formats::read::otel::field;
use crate::formats::read::otel::metric::{Metric, PointParts, Series};
use crate::formats::read::otel::value::{Plain, Value};
use crate::model::{Sink, Span, Stamp};

/// The kind of a metric, from the name of the member that holds its points.
fn kind(member: &str) -> Option<&'static str> {
    match member {
        "gauge" => Some("gauge"),
        "sum" => Some("sum"),
        "histogram" => Some("histogram"),
        "exponentialHistogram" | "exponential_histogram" => Some("exponential_histogram"),
        "summary" => Some("summary"),
        _ => None,
    }
}

impl<'a> Reader<'a, '_> {
    /// A metric and its points. What else it says may stand behind them, so new series are recorded
    /// when all of it has been read; only the name is needed for their ids.
    pub(super) fn metric(
        &mut self,
        context: &Context<'_>,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Stop> {
        let start = cursor.position();
        let mut metric = Metric::default();
        let mut waiting = None;
        let mut walked = cursor.object(|key, cursor| {
            match (key, kind(key)) {
                ("name", _) => metric.name = cursor.value::<Plain<'a>>()?.0.into_text(),
                ("unit", _) => metric.unit = cursor.value::<Plain<'a>>()?.0.into_text(),
                (_, Some(kind)) => {
                    metric.kind = Some(kind);
                    if metric.name.is_some() {
                        return self.points(&mut metric, context, cursor);
                    }
                    waiting = Some(cursor.position());
                    return cursor.skip();
                }
                _ => return cursor.skip(),
            }
            Ok(())
        });
        let end = cursor.position();
        if let Some(at) = waiting {
            cursor.go_to(at);
            walked = walked.and(self.points(&mut metric, context, cursor));
            cursor.go_to(end);
        }
        metric.at = self.source.cite(start, end);
        self.series.record(&metric, context, self.sink);
        walked
    }

    fn points(
        &mut self,
        metric: &mut Metric<'a>,
        context: &Context<'_>,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Stop> {
        // False is left out of the JSON form of Protocol Buffers.
        metric.is_monotonic = (metric.kind == Some("sum")).then_some(false);
        cursor.object(|key, cursor| {
            match key {
                "aggregationTemporality" | "aggregation_temporality" => {
                    let Plain(value) = cursor.value()?;
                    metric.temporality =
                        value.word("AGGREGATION_TEMPORALITY_", &["", "delta", "cumulative"]);
                }
                "isMonotonic" | "is_monotonic" => {
                    let Plain(value) = cursor.value()?;
                    metric.is_monotonic = Some(value == Value::Bool(true));
                }
                "dataPoints" | "data_points" => {
                    let name = metric.name.as_deref().unwrap_or_default();
                    return cursor.array(|cursor| {
                        self.unit(cursor, |point: PointMessage<'a>, at, reader| {
                            point.push(at, name, context, &mut reader.series, reader.sink)
                        })
                    });
                }
                _ => return cursor.skip(),
            }
            Ok(())
        })
    }
}

/// A data point of any kind as it stands in the file.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PointMessage<'a> {
    #[serde(borrow)]
    attributes: Attributes<Pairs<'a>>,
    #[serde(alias = "time_unix_nano", deserialize_with = "field::time")]
    time_unix_nano: Option<i64>,
    #[serde(alias = "as_int", deserialize_with = "field::float")]
    as_int: Option<f64>,
    #[serde(alias = "as_double", deserialize_with = "field::float")]
    as_double: Option<f64>,
    #[serde(deserialize_with = "field::int")]
    count: Option<i64>,
    #[serde(deserialize_with = "field::float")]
    sum: Option<f64>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    min: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    max: Value<'a>,
    #[serde(alias = "explicit_bounds", deserialize_with = "field::numbers")]
    explicit_bounds: String,
    #[serde(alias = "bucket_counts", deserialize_with = "field::numbers")]
    bucket_counts: String,
    #[serde(borrow, deserialize_with = "field::scalar")]
    scale: Value<'a>,
    #[serde(borrow, alias = "zero_count", deserialize_with = "field::scalar")]
    zero_count: Value<'a>,
    #[serde(borrow, deserialize_with = "field::message")]
    positive: Buckets<'a>,
    #[serde(borrow, deserialize_with = "field::message")]
    negative: Buckets<'a>,
    #[serde(borrow, alias = "quantile_values", deserialize_with = "field::list")]
    quantile_values: Vec<Quantile<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Buckets<'a> {
    #[serde(borrow, deserialize_with = "field::scalar")]
    offset: Value<'a>,
    #[serde(alias = "bucket_counts", deserialize_with = "field::numbers")]
    bucket_counts: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Quantile<'a> {
    #[serde(borrow, deserialize_with = "field::scalar")]
    quantile: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    value: Value<'a>,
}

impl PointMessage<'_> {
    /// Pushes the point.
    fn push(
        self,
        at: Span,
        name: &str,
        context: &Context<'_>,
        series: &mut Series,
        sink: &mut dyn Sink,
    ) -> Outcome {
        let parts = PointParts {
            attributes: self.attributes.0,
            value: self.as_double.or(self.as_int).or(self.sum),
            count: self.count,
            min: self.min,
            max: self.max,
            explicit_bounds: self.explicit_bounds,
            bucket_counts: self.bucket_counts,
            scale: self.scale,
            zero_count: self.zero_count,
            positive: (self.positive.offset.int(), self.positive.bucket_counts),
            negative: (self.negative.offset.int(), self.negative.bucket_counts),
            quantiles: self
                .quantile_values
                .into_iter()
                .map(|pair| (pair.quantile, pair.value))
                .collect(),
        };
        let point = parts.record(name, context, series);
        sink.record(Stamp::new(at, self.time_unix_nano), &point);
        Outcome::Kept
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::otlp_json::{OtlpJson, cited};
    use crate::formats::testing::{Seen, parse};

    fn message(metric: &str) -> String {
        let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}"#;
        format!(
            r#"{{"resourceMetrics":[{{"resource":{resource},"scopeMetrics":[{{"scope":{{}},"metrics":[{metric}]}}]}}]}}"#
        )
    }

    fn read(metric: &str) -> Seen {
        parse(&OtlpJson, "x", message(metric).as_bytes())
    }

    #[test]
    fn a_counter_has_one_series_for_each_label_set() {
        let point = |region: &str, value: &str| {
            format!(
                r#"{{"attributes":[{{"key":"z","value":{{"stringValue":"1"}}}},{{"key":"region","value":{{"stringValue":"{region}"}}}}],"timeUnixNano":"5","asInt":{value}}}"#
            )
        };
        let points = [
            point("eu", r#""7""#),
            point("us", "8"),
            point("eu", r#""9""#),
        ]
        .join(",");
        let metric = format!(
            r#"{{"sum":{{"dataPoints":[{points}],"aggregationTemporality":2,"isMonotonic":true}},"name":"orders","unit":"1"}}"#
        );
        let text = format!("{0}\n{0}", message(&metric));
        let seen = parse(&OtlpJson, "x", text.as_bytes());
        let series = seen.of("metric_series");
        assert_eq!((series.len(), seen.kept), (2, 6));
        assert_eq!(
            (
                &*series[0]["name"],
                &*series[0]["kind"],
                &*series[0]["temporality"]
            ),
            ("orders", "sum", "cumulative")
        );
        assert_eq!(
            (&*series[0]["is_monotonic"], &*series[0]["service_name"]),
            ("true", "shop")
        );
        assert_eq!(series[0]["attributes"], r#"{"region":"eu","z":"1"}"#);
        let points = seen.of("metric_point");
        assert_eq!(
            (&*points[2]["value"], &points[2]["series_id"]),
            ("9", &series[0]["series_id"])
        );
        let at = seen
            .rows
            .iter()
            .find(|(table, ..)| *table == "metric_series")
            .unwrap()
            .1
            .span;
        assert_eq!(cited(&text, at), metric);
    }

    #[test]
    fn temporality_may_be_a_name_and_false_is_left_out() {
        let seen = read(
            r#"{"name":"n","sum":{"dataPoints":[{"asDouble":1.5}],"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}"#,
        );
        let series = seen.of("metric_series")[0];
        assert_eq!(
            (&*series["temporality"], &*series["is_monotonic"]),
            ("delta", "false")
        );
        let odd = read(
            r#"{"name":"n","gauge":{"dataPoints":[{"asDouble":"NaN"}],"aggregationTemporality":"ODD"}}"#,
        );
        assert!(!odd.of("metric_series")[0].contains_key("temporality"));
        assert!(!odd.of("metric_point")[0].contains_key("value"));
    }

    #[test]
    fn histograms_and_summaries_keep_their_buckets() {
        let point = |metric: &str| read(metric).of("metric_point")[0].clone();
        let row = point(
            r#"{"name":"h","histogram":{"dataPoints":[{"count":"3","sum":4.5,"bucketCounts":["1","2"],"explicitBounds":[10],"min":1,"max":2.5}]}}"#,
        );
        assert_eq!((&*row["count"], &*row["value"]), ("3", "4.5"));
        assert_eq!(
            row["buckets"],
            r#"{"bounds":[10],"counts":[1,2],"min":1,"max":2.5}"#
        );
        let row = point(
            r#"{"name":"e","exponential_histogram":{"data_points":[{"count":3,"scale":-1,"zero_count":"1","positive":{"offset":2,"bucketCounts":["3"]},"negative":{}}]}}"#,
        );
        assert_eq!(
            row["buckets"],
            r#"{"positive":{"offset":2,"counts":[3]},"scale":-1,"zero_count":1}"#
        );
        let row = point(
            r#"{"name":"s","summary":{"dataPoints":[{"count":5,"sum":18.0,"quantileValues":[{"value":2.0},{"quantile":0.9,"value":5.5}]}]}}"#,
        );
        assert_eq!(
            row["buckets"],
            r#"{"quantiles":[0,0.9],"values":[2.0,5.5]}"#
        );
        let row = point(
            r#"{"name":"h","histogram":{"dataPoints":[{"count":"0","bucketCounts":[],"explicitBounds":[]}]}}"#,
        );
        assert!(!row.contains_key("buckets"));
    }
}

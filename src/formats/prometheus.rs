//! Answers of the Prometheus query API: `query_range` (a matrix) and `query` (a vector), as
//! `curl …/api/v1/query_range?…` saves them, and the bare list that `promtool query -o json` prints
//! (specification: Prometheus HTTP API, "Expression queries").
//!
//! A label set is a series and each `[time, value]` pair a point, which is read and cited on its
//! own; a range query over a week is one JSON value, so it is walked rather than built. Values are
//! strings, because JSON has no `NaN`: a sample that is not a number keeps its point, without a
//! value, since it says that the series was alive. What it is not: a reader of the text exposition
//! format or of storage dumps, nor of native histograms, which are passed over.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, Unexpected, Visitor};
use serde_json::Value;

use super::read::cursor::Stop;
use super::read::{Cursor, Item, series, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::runtime::MetricPoint;
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Prometheus query answers.
pub struct Prometheus;

impl Format for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus_query"
    }

    fn about(&self) -> &'static str {
        "Prometheus query answers: `curl` of /api/v1/query_range or /api/v1/query, `promtool query range -o json`"
    }

    fn unit(&self) -> &'static str {
        "sample"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["metric_series", "metric_point"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`status` and `data` with `resultType` `matrix`, `vector` or `scalar`; or series of `metric`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"status":"success","data":{"resultType":"matrix","result":[
 {"metric":{"__name__":"http_requests_total","service":"checkout"},"values":[[1772546527,"42"]]}]}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.any(is_answer) {
            CERTAIN
        } else if peek.share(is_series) > 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader {
            bytes: &[],
            offset: 0,
            sink,
            recorded: HashSet::new(),
        };
        for item in values::<IgnoredAny>(chunk) {
            match item {
                Item::Value(_, span, bytes) => reader.read(bytes, span, None),
                Item::Broken(span, why) => reader.read(chunk.slice(span), span, Some(&why)),
            }
        }
    }
}

/// Loki answers with the same envelope but a result type of `streams`.
fn is_answer(value: &Value) -> bool {
    let data = &value["data"];
    let metric = matches!(
        data["resultType"].as_str(),
        Some("matrix" | "vector" | "scalar")
    );
    has(value, &["status"])
        && (metric
            || data["result"]
                .as_array()
                .is_some_and(|list| list.iter().any(is_series)))
}

fn is_series(value: &Value) -> bool {
    let pair = |pair: &Value| {
        pair.as_array()
            .is_some_and(|pair| pair.len() == 2 && pair.first().is_some_and(Value::is_number))
    };
    value["metric"].is_object() && (pair(&value["value"]) || pair(&value["values"][0]))
}

/// Walks one answer after another.
struct Reader<'a, 's> {
    /// The answer at hand, and where it stands in the file.
    bytes: &'a [u8],
    offset: u64,
    sink: &'s mut dyn Sink,
    /// Series whose record was pushed.
    recorded: HashSet<u64>,
}

impl<'a> Reader<'a, '_> {
    /// Reads one answer. What stands whole before a break is kept; the rest is one reject.
    fn read(&mut self, bytes: &'a [u8], span: Span, broken: Option<&str>) {
        (self.bytes, self.offset) = (bytes, span.offset);
        let mut cursor = Cursor::new(bytes);
        let walked = match cursor.peek() {
            Some(b'[') => self.result(&mut cursor),
            _ => self.answer(&mut cursor),
        };
        let stop = match (walked, broken) {
            (Err(stop), _) => Some((stop.at, stop.why)),
            (Ok(()), Some(why)) => Some((cursor.position(), why.to_owned())),
            (Ok(()), None) => None,
        };
        if let Some((at, why)) = stop {
            let from = if at < bytes.len() { at } else { 0 };
            self.sink.read(1);
            self.sink.reject(self.cite(from, bytes.len()), &why);
        }
    }

    /// `{"status": …, "data": {"resultType": …, "result": […]}}`
    fn answer(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        let mut found = false;
        cursor.object(|key, cursor| {
            if key != "data" || cursor.peek() != Some(b'{') {
                return cursor.skip();
            }
            cursor.object(|key, cursor| {
                if key != "result" {
                    return cursor.skip();
                }
                found = true;
                self.result(cursor)
            })
        })?;
        if !found {
            self.sink.read(1);
            let at = self.cite(start, cursor.position());
            self.sink
                .reject(at, "the answer has no result (did the query fail?)");
        }
        Ok(())
    }

    /// The list of series. A scalar result is a pair of bare values and belongs to no series.
    fn result(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let mut scalar = false;
        cursor.array(|cursor| {
            if cursor.peek() == Some(b'{') {
                return self.series(cursor);
            }
            scalar = true;
            cursor.skip()
        })?;
        if scalar {
            self.sink.read(1);
            self.sink.ignore(1, "scalar result");
        }
        Ok(())
    }

    /// `{"metric": {…}, "values": [[…], …]}`. The labels may stand behind the samples.
    fn series(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let (mut series, mut waiting, mut histogram) = (None, Vec::new(), false);
        let walked = cursor.object(|key, cursor| match (key, &series) {
            ("metric", _) => {
                series = Some(self.labels(cursor)?);
                Ok(())
            }
            ("value" | "values", Some(series)) => self.samples(key == "values", *series, cursor),
            ("value" | "values", None) => {
                waiting.push((key == "values", cursor.position()));
                cursor.skip()
            }
            _ => {
                histogram |= key.starts_with("histogram");
                cursor.skip()
            }
        });
        let end = cursor.position();
        for (many, at) in waiting {
            cursor.go_to(at);
            self.samples(many, series.unwrap_or_default(), cursor)?;
        }
        cursor.go_to(end);
        if histogram {
            self.sink.read(1);
            self.sink.ignore(1, "native histogram");
        }
        walked
    }

    /// Reads a label set and gives the id of its series. The first time it is met, its record is
    /// pushed.
    fn labels(&mut self, cursor: &mut Cursor<'a>) -> Result<u64, Stop> {
        let start = cursor.position();
        let labels: BTreeMap<String, Value> = cursor.value()?;
        let mut labels: BTreeMap<String, String> = labels
            .into_iter()
            .map(|(key, value)| (key, text(value)))
            .collect();
        let at = self.cite(start, cursor.position());
        let name = labels.remove("__name__");
        let series_id = series::record(
            name.as_deref(),
            &labels,
            &series::Said::default(),
            at,
            &mut self.recorded,
            self.sink,
        );
        Ok(series_id)
    }

    /// One `[time, value]` pair, or a list of them.
    fn samples(&mut self, many: bool, series_id: u64, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        if many {
            cursor.array(|cursor| self.sample(series_id, cursor))
        } else {
            self.sample(series_id, cursor)
        }
    }

    fn sample(&mut self, series_id: u64, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        let read = cursor.value::<Sample>().map_err(|stop| stop.why);
        if read.is_err() {
            cursor.skip()?;
        }
        let at = self.cite(start, cursor.position());
        self.sink.read(1);
        match read.and_then(|sample| sample.point(series_id)) {
            Ok((ts_ns, point)) => {
                self.sink.record(Stamp::new(at, Some(ts_ns)), &point);
                self.sink.keep(1);
            }
            Err(why) => self.sink.reject(at, &why),
        }
        Ok(())
    }

    /// The citation of `start..end`, without blanks at its end.
    fn cite(&self, start: usize, end: usize) -> Span {
        let length = self
            .bytes
            .get(start..end)
            .unwrap_or_default()
            .trim_ascii_end()
            .len();
        Span::new(self.offset.saturating_add(start as u64), length as u64)
    }
}

fn text(value: Value) -> String {
    if let Value::String(text) = value {
        text
    } else {
        value.to_string()
    }
}

/// Seconds as a float, and a number as a string.
#[derive(serde::Deserialize)]
struct Sample(f64, #[serde(deserialize_with = "number")] f64);

impl Sample {
    fn point(&self, series_id: u64) -> Result<(i64, MetricPoint<'static>), String> {
        let ts_ns = time::seconds_float(self.0).ok_or("the sample's time is out of range")?;
        let value = Some(self.1).filter(|value| !value.is_nan());
        Ok((
            ts_ns,
            MetricPoint {
                series_id: Some(series_id),
                value,
                ..MetricPoint::default()
            },
        ))
    }
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    struct Number;

    impl Visitor<'_> for Number {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number in a string")
        }

        /// Rust reads `NaN`, `+Inf` and `-Inf` as Prometheus writes them.
        fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
            text.parse()
                .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
            self.visit_str(&value.to_string())
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
            self.visit_str(&value.to_string())
        }
    }

    from.deserialize_any(Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const LABELS: &str = r#"{"__name__":"up","job":"node","instance":"a:9100"}"#;

    fn matrix() -> String {
        let samples = r#"[1435781430.781,"1"],[1435781445.781,"NaN"], [1435781460.781,"+Inf"]"#;
        format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{LABELS},"values":[{samples}]}}]}}}}"#
        )
    }

    fn read(text: &str) -> Seen {
        parse(&Prometheus, "x", text.as_bytes())
    }

    #[test]
    fn a_matrix_is_series_and_points() {
        let text = matrix();
        let seen = read(&text);
        let series = seen.of("metric_series")[0];
        assert_eq!(
            (&*series["name"], &*series["kind"], &*series["service_name"]),
            ("up", "unknown", "node")
        );
        assert_eq!(
            series["attributes"],
            r#"{"instance":"a:9100","job":"node"}"#
        );
        let points = seen.of("metric_point");
        assert_eq!((seen.kept, points.len()), (3, 3));
        assert_eq!(
            (
                &*points[0]["value"],
                points[1].get("value"),
                &*points[2]["value"]
            ),
            ("1", None, "inf")
        );
        assert_eq!(points[0]["series_id"], series["series_id"]);
        assert_eq!(
            seen.times("metric_point")[0],
            "2015-07-01T20:10:30.781000000Z"
        );
        let at = seen.rows[2].1.span;
        let [offset, length] = [at.offset, at.length].map(|n| usize::try_from(n).unwrap());
        assert_eq!(&text[offset..offset + length], r#"[1435781445.781,"NaN"]"#);
    }

    #[test]
    fn a_vector_and_a_bare_list_are_read_too() {
        let series = format!(r#"{{"value":[1435781451,"0.5"],"metric":{LABELS}}}"#);
        let vector = format!(
            r#"{{"data":{{"result":[{series},{series}],"resultType":"vector"}},"status":"success"}}"#
        );
        for text in [vector, format!("[{series},{series}]")] {
            let seen = read(&text);
            assert_eq!(
                (seen.kept, seen.of("metric_series").len()),
                (2, 1),
                "{text}"
            );
            assert_eq!(seen.of("metric_point")[1]["value"], "0.5");
            assert!(sniff(&Prometheus, text.as_bytes()) >= LIKELY);
        }
    }

    #[test]
    fn what_holds_no_samples_is_accounted_for() {
        let scalar = read(
            r#"{"status":"success","data":{"resultType":"scalar","result":[1435781451,"1"]}}"#,
        );
        assert_eq!(scalar.ignored["scalar result"], 1);
        let native = read(&format!(
            r#"[{{"metric":{LABELS},"histograms":[[1435781451,{{"count":"1"}}]]}}]"#
        ));
        assert_eq!(native.ignored["native histogram"], 1);
        let failed = read(r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#);
        assert_eq!(failed.rejects.len(), 1);
        assert_eq!(
            read(r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#).read,
            0
        );
    }

    #[test]
    fn a_broken_sample_costs_only_itself() {
        let seen = read(
            &matrix()
                .replace(r#""NaN""#, r#""many""#)
                .replace("1435781460.781", "null"),
        );
        assert_eq!((seen.kept, seen.rejects.len()), (1, 2));
    }

    #[test]
    fn a_torn_answer_costs_its_rest() {
        let whole = matrix();
        let (torn, _) = whole.split_once("Inf").unwrap();
        let text = format!("{torn}\n{whole}");
        let seen = read(&text);
        assert_eq!((seen.kept, seen.rejects.len()), (5, 1));
    }

    #[test]
    fn any_damage_is_survived() {
        let text = matrix();
        for at in 0..text.len() {
            read(&text[..at]);
            for byte in [b'{', b'}', b'[', b']', b'"', b',', b'\\', b'9', 0xff] {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = byte;
                parse(&Prometheus, "x", &damaged);
            }
        }
        read(&"[".repeat(5_000));
        read(r#"[{"metric":{},"values":[[1e300,"1"],[-1e300,"1"],[1,2],[1,-2],[1,1e400]]}]"#);
    }

    #[test]
    fn only_metrics_are_claimed() {
        assert_eq!(sniff(&Prometheus, matrix().as_bytes()), CERTAIN);
        let loki = r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x"]]}]}}"#;
        assert_eq!(sniff(&Prometheus, loki.as_bytes()), NO);
        for (path, bytes) in samples("prometheus")
            .into_iter()
            .chain(samples("otlp"))
            .chain(samples("sniff-fixtures-rsigma"))
        {
            assert_eq!(sniff(&Prometheus, &bytes), NO, "{path}");
        }
    }
}

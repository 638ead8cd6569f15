//! Log records.

use std::borrow::Cow;

use serde::Deserializer;

use crate::formats::read::json::Outcome;
use crate::formats::read::otel::Context;
use crate::formats::read::otel::attributes::Attributes;
use crate::formats::read::otel::field;
use crate::formats::read::otel::log::{LogAttributes, LogParts};
use crate::formats::read::otel::value::Value;
use crate::model::{Sink, Span, Stamp};

/// A log record as it stands in the file.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogMessage<'a> {
    #[serde(alias = "time_unix_nano", deserialize_with = "field::time")]
    time_unix_nano: Option<i64>,
    #[serde(alias = "observed_time_unix_nano", deserialize_with = "field::time")]
    observed_time_unix_nano: Option<i64>,
    #[serde(alias = "severity_number", deserialize_with = "severity_number")]
    severity_number: Option<i64>,
    #[serde(borrow, alias = "severity_text", deserialize_with = "field::text")]
    severity_text: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "event_name", deserialize_with = "field::text")]
    event_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Value<'a>,
    #[serde(borrow)]
    attributes: Attributes<LogAttributes<'a>>,
    #[serde(alias = "trace_id", deserialize_with = "field::trace")]
    trace_id: Option<u128>,
    #[serde(alias = "span_id", deserialize_with = "field::span")]
    span_id: Option<u64>,
}

/// 1 to 24, or `SEVERITY_NUMBER_INFO2` and the like. Zero is "unspecified".
fn severity_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let value = field::scalar(from)?;
    let by_name = || {
        let Value::Text(name) = &value else {
            return None;
        };
        let name = name.strip_prefix("SEVERITY_NUMBER_").unwrap_or(name);
        let (level, step) = match name.strip_suffix(['2', '3', '4']) {
            Some(level) => (level, name.strip_prefix(level)?.parse::<i64>().ok()?),
            None => (name, 1),
        };
        let group = LEVELS
            .iter()
            .zip(0..)
            .find(|(known, _)| **known == level)?
            .1;
        Some(group * 4 + step)
    };
    Ok(value
        .int()
        .or_else(by_name)
        .filter(|number| (1..=24).contains(number)))
}

impl LogMessage<'_> {
    /// Pushes the record. Its time is when it happened, else when the collector saw it.
    pub(super) fn push(self, at: Span, context: &Context<'_>, sink: &mut dyn Sink) -> Outcome {
        let time = self.time_unix_nano.or(self.observed_time_unix_nano);
        let parts = LogParts {
            severity_number: self.severity_number,
            severity_text: self.severity_text,
            event_name: self.event_name,
            body: self.body,
            attributes: self.attributes.0,
            trace_id: self.trace_id,
            span_id: self.span_id,
        };
        sink.record(Stamp::new(at, time), &parts.record(context));
        Outcome::Kept
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::otlp_json::OtlpJson;
    use crate::formats::testing::{Seen, parse};

    fn read(record: &str) -> Seen {
        let text = format!(
            r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{{"scope":{{}},"logRecords":[{record}]}}]}}]}}"#
        );
        parse(&OtlpJson, "x", text.as_bytes())
    }

    #[test]
    fn the_time_is_the_events_else_the_observers() {
        let time = |record: &str| read(record).rows[0].1.ts_ns;
        assert_eq!(
            time(r#"{"timeUnixNano":"7","observedTimeUnixNano":"9"}"#),
            Some(7)
        );
        assert_eq!(
            time(r#"{"timeUnixNano":"0","observedTimeUnixNano":"9"}"#),
            Some(9)
        );
        assert_eq!(time(r#"{"observedTimeUnixNano":9}"#), Some(9));
        assert_eq!(
            time(r#"{"timeUnixNano":"9223372036854775808","body":{"stringValue":"far"}}"#),
            None
        );
    }

    #[test]
    fn a_record_fills_its_columns() {
        let seen = read(
            r#"{"traceId":"","spanId":"","severityNumber":"SEVERITY_NUMBER_INFO2","severityText":"INFO","body":{"stringValue":"a \"b\""},
            "attributes":[{"key":"event.name","value":{"stringValue":"cart.full"}},{"key":"k8s.pod.name","value":{"stringValue":"cart-1"}},
            {"key":"code.line","value":{"intValue":"12"}}]}"#,
        );
        let row = seen.of("log")[0];
        assert_eq!(
            (&*row["severity_number"], &*row["severity_text"]),
            ("10", "INFO")
        );
        assert_eq!(
            (&*row["body"], &*row["event_name"], &*row["k8s_pod_name"]),
            ("a \"b\"", "cart.full", "cart-1")
        );
        assert_eq!(row["attributes"], r#"{"code.line":12}"#);
        assert!(!row.contains_key("trace_id"));
    }

    #[test]
    fn severity_has_a_number_in_every_spelling() {
        let number = |text: &str| {
            read(&format!(r#"{{"severityNumber":{text}}}"#)).of("log")[0]
                .get("severity_number")
                .cloned()
        };
        for (text, expected) in [
            ("17", "17"),
            (r#""17""#, "17"),
            (r#""SEVERITY_NUMBER_TRACE""#, "1"),
            (r#""FATAL4""#, "24"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["0", "25", r#""SEVERITY_NUMBER_ODD""#, "null", "[]"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_body_that_is_no_text_becomes_json() {
        let body = |text: &str| {
            read(&format!(r#"{{"body":{text}}}"#)).of("log")[0]
                .get("body")
                .cloned()
        };
        let map = r#"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}},{"key":"b","value":{"stringValue":"c"}}]}}"#;
        assert_eq!(body(map).as_deref(), Some(r#"{"a":1,"b":"c"}"#));
        assert_eq!(body(r#"{"doubleValue":2}"#).as_deref(), Some("2"));
        assert_eq!(body(r#""bare""#).as_deref(), Some("bare"));
        assert_eq!(body("{}"), None);
        let long = format!(r#"{{"stringValue":"{}"}}"#, "ä".repeat(40_000));
        assert_eq!(body(&long).map(|text| text.len()), Some(65_536));
    }
}

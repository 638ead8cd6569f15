//! OTLP in JSON: what the OpenTelemetry Collector's `file` exporter, a raw OTLP/HTTP body, Tempo and
//! Jaeger's v3 API hand out (specification: opentelemetry-proto and the OTLP file exporter).
//!
//! A line is a whole message with hundreds of spans, and a file mixes traces, logs and metrics. So
//! the message is walked, and each span, log record or data point in it is parsed once, on its own,
//! into a struct that borrows from the chunk: that gives every unit its exact citation and keeps
//! the cost of a broken one to itself. What explains a list may stand behind it (the resource after
//! `scopeSpans`, the scope after `spans`); then the list is passed over and visited again.
//!
//! What it is not: a validator. Enums by name, ids in base64, `snake_case` names, integers as strings
//! or numbers and names of older versions are all read; a resource without attributes is none.

#[cfg(test)]
mod genai_tests;
mod logs;
mod message;
mod metrics;
#[cfg(test)]
mod resource_tests;
mod traces;

use serde_json::Value as Json;

use self::message::{RESOURCE_LISTS, Reader, WRAPPERS, lists_scopes};
use super::read::otel::TABLES;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::{EvidenceClass, Sink};

/// OTLP/JSON: traces, logs and metrics in one file.
pub struct OtlpJson;

impl Format for OtlpJson {
    fn name(&self) -> &'static str {
        "otlp_json"
    }

    fn about(&self) -> &'static str {
        "OpenTelemetry traces, logs and metrics as JSON: the Collector's `file` exporter, OTLP/HTTP bodies, Tempo and Jaeger v3 downloads"
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        TABLES
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`resourceSpans`, `resourceLogs` or `resourceMetrics` at the top"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},
 "scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",
  "name":"POST /pay","startTimeUnixNano":"1772546527000000000","endTimeUnixNano":"1772546527250000000"}]}]}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.share(is_message) >= 50 {
            CERTAIN
        } else if peek.any(is_message) || opens_as_message(peek.head) {
            LIKELY
        } else if peek.lines().any(|line| opens_as_message(line.as_bytes())) {
            PERHAPS
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        Reader::new(chunk, sink).read();
    }
}

/// True for a message, one that an API wrapped, and a resource that stands alone.
fn is_message(value: &Json) -> bool {
    let has_scopes = |value: &Json| {
        value.as_object().is_some_and(|members| {
            members
                .iter()
                .any(|(key, list)| list.is_array() && lists_scopes(key))
        })
    };
    let has_resources = |value: &Json| {
        RESOURCE_LISTS.iter().any(|key| match value.get(key) {
            Some(Json::Array(items)) => *key != "batches" || items.first().is_some_and(has_scopes),
            _ => false,
        })
    };
    let wrapped = || {
        WRAPPERS
            .iter()
            .filter_map(|key| value.get(key))
            .any(has_resources)
    };
    has_resources(value) || has_scopes(value) || wrapped()
}

/// True where the first key is one of a message, for a head that is no sound JSON.
fn opens_as_message(head: &[u8]) -> bool {
    let key = head
        .trim_ascii_start()
        .strip_prefix(b"{")
        .map(<[u8]>::trim_ascii_start);
    let Some(key) = key.and_then(|key| key.strip_prefix(b"\"")) else {
        return false;
    };
    let mut names = RESOURCE_LISTS
        .iter()
        .filter(|name| name.starts_with("resource"));
    names.any(|name| {
        key.strip_prefix(name.as_bytes())
            .is_some_and(|rest| rest.starts_with(b"\""))
    })
}

/// The text that a citation leads to.
#[cfg(test)]
fn cited(text: &str, at: crate::model::Span) -> &str {
    let [offset, length] = [at.offset, at.length].map(|n| usize::try_from(n).unwrap());
    &text[offset..offset + length]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const SPAN: &str = r#"{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"a","events":[{"name":"e"}]}"#;
    const RESOURCE: &str =
        r#"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}"#;

    fn traces() -> String {
        format!(
            r#"{{"resourceSpans":[{{"resource":{RESOURCE},"scopeSpans":[{{"scope":{{"name":"lib"}},"spans":[{SPAN},{SPAN}]}}]}}]}}"#
        )
    }

    fn logs() -> String {
        format!(
            r#"{{"resourceLogs":[{{"resource":{RESOURCE},"scopeLogs":[{{"scope":{{}},"logRecords":[{{"body":{{"stringValue":"x"}}}}]}}]}}]}}"#
        )
    }

    fn metrics() -> String {
        format!(
            r#"{{"resourceMetrics":[{{"resource":{RESOURCE},"scopeMetrics":[{{"scope":{{}},"metrics":[{{"name":"m","gauge":{{"dataPoints":[{{"asInt":1}}]}}}}]}}]}}]}}"#
        )
    }

    fn read(text: &str) -> Seen {
        parse(&OtlpJson, "x", text.as_bytes())
    }

    fn pretty(text: &str) -> String {
        serde_json::to_string_pretty(&serde_json::from_str::<Json>(text).unwrap()).unwrap()
    }

    #[test]
    fn messages_are_found_in_every_layout() {
        let (traces, logs, metrics) = (traces(), logs(), metrics());
        for text in [
            format!("{traces}\n{logs}\n{metrics}\n"),
            format!("\u{feff}{traces}{logs}{metrics}"),
            format!("[{traces},{logs},{metrics}]"),
            format!("{}\n{}{}", pretty(&traces), pretty(&logs), pretty(&metrics)),
            format!("{traces},\r\n{logs},\r\n{metrics},"),
        ] {
            let seen = read(&text);
            assert_eq!(
                (seen.read, seen.kept, seen.of("resource").len()),
                (4, 4, 1),
                "{text}"
            );
            assert_eq!(
                (
                    seen.of("span").len(),
                    seen.of("span_event").len(),
                    seen.of("log").len()
                ),
                (2, 2, 1)
            );
            assert_eq!(seen.of("span")[1]["service_name"], "shop");
        }
    }

    #[test]
    fn what_explains_a_list_may_stand_behind_it() {
        let text = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{SPAN}],"scope":{{"name":"lib"}}}}],"schemaUrl":"x","resource":{RESOURCE}}}]}}"#
        );
        let seen = read(&text);
        let row = seen.of("span")[0];
        assert_eq!(
            (&*row["service_name"], &*row["scope_name"]),
            ("shop", "lib")
        );
        let at = seen
            .rows
            .iter()
            .find(|(table, ..)| *table == "span")
            .unwrap()
            .1
            .span;
        assert_eq!(cited(&text, at), SPAN);
    }

    #[test]
    fn older_names_and_wrappers_are_read() {
        let old = traces()
            .replace("resourceSpans", "batches")
            .replace("scopeSpans", "instrumentationLibrarySpans");
        let old = old.replace(r#""scope":"#, r#""instrumentationLibrary":"#);
        let snake = traces()
            .replace("resourceSpans", "resource_spans")
            .replace("scopeSpans", "scope_spans");
        let alone = format!(
            r#"{{"scopeSpans":[{{"scope":{{"name":"lib"}},"spans":[{SPAN},{SPAN}]}}],"resource":{RESOURCE}}}"#
        );
        for text in [
            old,
            snake,
            alone,
            format!(r#"{{"result":{}}}"#, traces()),
            format!(r#"{{"trace":{}}}"#, traces()),
        ] {
            let seen = read(&text);
            assert_eq!(
                (
                    seen.kept,
                    seen.rejects.len(),
                    &*seen.of("span")[0]["scope_name"]
                ),
                (2, 0, "lib"),
                "{text}"
            );
            assert_eq!(sniff(&OtlpJson, text.as_bytes()), CERTAIN, "{text}");
        }
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let whole = traces();
        let torn = whole.strip_suffix("]}]}]}").unwrap();
        let text = format!(
            "{torn},{{\"traceId\":\"5B8E\n{}\nplain text\n{{\"other\":1}}\n{{}}\n{}",
            traces(),
            &logs()[..90]
        );
        let seen = read(&text);
        // Torn after two spans, text, another object, and the tail; the empty message is nothing.
        assert_eq!(
            (seen.kept, seen.rejects.len(), seen.ignored["empty message"]),
            (4, 4, 1)
        );
        let at = seen.rejects[0].0;
        assert_eq!(cited(&text, at), r#"{"traceId":"5B8E"#);
    }

    #[test]
    fn a_message_of_another_shape_is_one_reject() {
        for text in [
            r#"{"resourceSpans":5}"#,
            r#"{"resourceSpans":[{"scopeSpans":[7]}]}"#,
            "5",
            r#"{"resourceLogs":{"a":[]}}"#,
        ] {
            let seen = read(&format!("{text}\n{}", logs()));
            assert_eq!((seen.kept, seen.rejects.len()), (1, 1), "{text}");
        }
        let seen = read(&format!(
            "[5,{}]",
            logs().replace(":[{\"res", ":[{\"scopeLogs\":7},{\"res")
        ));
        assert_eq!((seen.kept, seen.rejects.len()), (1, 2));
    }

    #[test]
    fn bytes_that_are_no_text_cost_their_unit() {
        let mut text = format!("{}\n{}", traces(), logs()).into_bytes();
        let at = text.iter().position(|b| *b == b'5').unwrap();
        text[at] = 0xff;
        let seen = parse(&OtlpJson, "x", &text);
        assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    }

    #[test]
    fn any_damage_is_survived() {
        let text = format!("{}\n{}\n{}", traces(), pretty(&metrics()), logs());
        for end in 0..text.len() {
            read(&text[..end]);
        }
        for at in 0..text.len() {
            for byte in [b'{', b'}', b'[', b']', b'"', b',', b'\\', b'0', b'\n', 0xff] {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = byte;
                parse(&OtlpJson, "x", &damaged);
            }
        }
        for deep in [
            "[".repeat(5_000),
            r#"{"result":"#.repeat(5_000),
            r#"{"resourceSpans":["#.repeat(5_000),
            "{\"a\":[\n".repeat(5_000),
        ] {
            read(&deep);
        }
    }

    #[test]
    fn other_json_is_not_claimed() {
        for text in [
            r#"{"data":[{"traceID":"1","spans":[]}]}"#,
            r#"{"batches":[{"id":1}]}"#,
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            r#"{"result":{"spans":[]}}"#,
            "resourceSpans",
        ] {
            assert_eq!(sniff(&OtlpJson, text.as_bytes()), NO, "{text}");
        }
        for (path, bytes) in samples("sniff-fixtures-rsigma") {
            assert_eq!(sniff(&OtlpJson, &bytes), NO, "{path}");
        }
    }

    /// How many units a document has, counted without the reader.
    fn count(value: &Json) -> usize {
        match value {
            Json::Array(items) => items.iter().map(count).sum(),
            Json::Object(members) => {
                let units = |(key, value): (&String, &Json)| match (key.as_str(), value) {
                    ("spans" | "logRecords" | "dataPoints", Json::Array(units)) => units.len(),
                    _ => count(value),
                };
                members.iter().map(units).sum()
            }
            _ => 0,
        }
    }

    #[test]
    fn real_samples_are_kept_whole() {
        for (path, bytes) in samples("otlp").into_iter().chain(samples("jaeger")) {
            let otlp = path.contains("/otlp/")
                || bytes.windows(15).any(|part| part == b"\"resourceSpans\"");
            let json = matches!(path.rsplit('.').next(), Some("json" | "jsonl"));
            let likelihood = sniff(&OtlpJson, &bytes);
            assert_eq!(likelihood > NO, otlp && json, "{path}");
            if likelihood < CERTAIN || path.contains("invalid") || path.contains("malformed") {
                continue;
            }
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Json>();
            let expected: usize = values.map(|value| count(&value.unwrap())).sum();
            let seen = parse(&OtlpJson, &path, &bytes);
            assert_eq!(
                (seen.kept, seen.rejects.len()),
                (expected as u64, 0),
                "{path}"
            );
            if path.contains("otel-demo") {
                let timed = |table: &str| {
                    seen.times(table)
                        .iter()
                        .filter(|time| !time.is_empty())
                        .count()
                };
                assert_eq!(
                    (timed("span"), timed("log"), timed("metric_point")),
                    (547, 23, 4_551)
                );
            }
        }
    }

    #[test]
    fn invalid_samples_are_told_from_lenient_ones() {
        for (path, bytes) in samples("otlp") {
            let Some((_, name)) = path.rsplit_once('/') else {
                continue;
            };
            let expected = match name {
                "malformed.jsonl" => (1, 3),
                "multifile_malformed_traces.jsonl"
                | "malformed.json"
                | "trace_invalid_base64.json"
                | "trace_mixed_encoding.json" => (0, 1),
                // Only an enum is invalid, which reads as absent.
                "trace_invalid_kind.json"
                | "log_invalid_severity.json"
                | "metrics_invalid_temporality.json" => (1, 0),
                _ => continue,
            };
            let seen = parse(&OtlpJson, &path, &bytes);
            assert_eq!((seen.kept, seen.rejects.len()), expected, "{path}");
        }
    }
}

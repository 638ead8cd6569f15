//! Loki: the answers of `query_range` (`resultType` `streams`), bodies that are pushed to it, the
//! lines of `logcli -o jsonl`, and what Grafana's Explore downloads as JSON (specification: Loki HTTP
//! API; source: `grafana/loki` `pkg/logcli/output`).
//!
//! A stream is a set of labels and its values `[nanoseconds, line, metadata?]`; each value is read
//! and cited on its own. The labels say where the line comes from, under whatever names the agent
//! gave them, so they are read by the same dictionary as the members of a JSON log, and the line
//! itself as any log line. Metadata may be flat or under `structuredMetadata` and `parsed`.
//!
//! What it is not: a reader of metric queries, which answer as Prometheus does.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::read::cursor::Stop;
use super::read::log::clock::moment;
use super::read::log::envelope::{Envelope, owned};
use super::read::log::object;
use super::read::{Cursor, Item, bounded, pod, raw, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// Loki's streams.
pub struct Loki;

impl Format for Loki {
    fn name(&self) -> &'static str {
        "loki"
    }

    fn about(&self) -> &'static str {
        "Loki logs: `curl` of /loki/api/v1/query_range, `logcli query -o jsonl`, Explore's download as JSON"
    }

    fn unit(&self) -> &'static str {
        "line"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`resultType` `streams`; `stream` with `values`; or `line` with `timestamp` and `labels`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"status":"success","data":{"resultType":"streams","result":[
 {"stream":{"app":"checkout","level":"info"},"values":[["1772546527000000000","charged order 142"]]}]}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.any(|value| value["data"]["resultType"] == "streams") {
            CERTAIN
        } else if peek.share(|value| is_line(value) || holds_streams(value)) > 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader {
            bytes: &[],
            offset: 0,
            pod: pod::of_path(chunk.path),
            sink,
        };
        for item in values::<IgnoredAny>(chunk) {
            match item {
                Item::Value(_, span, bytes) => reader.read(bytes, span, None),
                Item::Broken(span, why) => reader.read(chunk.slice(span), span, Some(why)),
            }
        }
    }
}

fn is_stream(value: &Value) -> bool {
    let pair = |pair: &Value| {
        pair.as_array()
            .is_some_and(|pair| pair.len() >= 2 && pair.iter().take(2).all(Value::is_string))
    };
    value["stream"].is_object() && pair(&value["values"][0])
}

/// A body that is pushed, or a stream out of one.
fn holds_streams(value: &Value) -> bool {
    let list = value["streams"].as_array();
    is_stream(value) || list.is_some_and(|list| list.iter().any(is_stream))
}

/// A line of logcli or of Grafana.
fn is_line(value: &Value) -> bool {
    let labels = value.get("labels").or_else(|| value.get("fields"));
    let labelled = labels.is_some_and(|labels| labels.is_object() || labels.is_string());
    has(value, &["timestamp"]) && value["line"].is_string() && labelled
}

/// Walks one value after another.
struct Reader<'a, 's> {
    bytes: &'a [u8],
    offset: u64,
    pod: Option<&'a str>,
    sink: &'s mut dyn Sink,
}

/// A line with the labels beside it.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, alias = "fields")]
    labels: Option<&'a RawValue>,
    #[serde(borrow, rename = "line")]
    text: Cow<'a, str>,
    #[serde(borrow)]
    timestamp: &'a RawValue,
}

impl<'a> Reader<'a, '_> {
    /// Reads one value. What stands whole before a break is kept; the rest is one reject.
    fn read(&mut self, bytes: &'a [u8], span: Span, broken: Option<String>) {
        (self.bytes, self.offset) = (bytes, span.offset);
        let mut cursor = Cursor::new(bytes);
        let walked = match cursor.peek() {
            Some(b'[') => cursor.array(|cursor| self.value(cursor)),
            _ => self.value(&mut cursor),
        };
        let stop = match (walked, broken) {
            (Err(stop), _) => Some((stop.at, stop.why)),
            (Ok(()), Some(why)) => Some((cursor.position(), why)),
            (Ok(()), None) => None,
        };
        if let Some((at, why)) = stop {
            let from = if at < bytes.len() { at } else { 0 };
            self.reject(from, bytes.len(), &why);
        }
    }

    /// An answer, a body, a stream, or a line with its labels.
    fn value(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        if cursor.peek() != Some(b'{') {
            cursor.skip()?;
            self.reject(start, cursor.position(), "no line of a log");
            return Ok(());
        }
        let (mut found, mut is_line, mut is_stream) = (false, false, false);
        let walked = cursor.object(|key, cursor| {
            let next = cursor.peek();
            match (key, next) {
                ("streams", Some(b'[')) => {
                    found = true;
                    return cursor.array(|cursor| self.stream(cursor));
                }
                ("data", Some(b'{')) => {
                    return cursor.object(|key, cursor| {
                        if key != "result" || cursor.peek() != Some(b'[') {
                            return cursor.skip();
                        }
                        found = true;
                        cursor.array(|cursor| self.stream(cursor))
                    });
                }
                ("line", _) => is_line = true,
                ("stream", _) => is_stream = true,
                _ => {}
            }
            cursor.skip()
        });
        let end = cursor.position();
        if is_stream && !found {
            cursor.go_to(start);
            return self.stream(cursor);
        }
        walked?;
        if is_line {
            self.line(start, end);
        } else if !found {
            self.reject(start, end, "the answer has no result (did the query fail?)");
        }
        Ok(())
    }

    /// `{"stream": {…}, "values": [[…], …]}`. The labels may stand behind the values.
    fn stream(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let (mut labels, mut waiting) = (None, None);
        let walked = cursor.object(|key, cursor| match (key, &labels) {
            ("stream", _) => {
                labels = Some(Labels::of(text(cursor.raw()?)));
                Ok(())
            }
            ("values", Some(labels)) => self.pairs(labels, cursor),
            ("values", None) => {
                waiting = Some(cursor.position());
                cursor.skip()
            }
            _ => cursor.skip(),
        });
        let end = cursor.position();
        if let Some(at) = waiting {
            cursor.go_to(at);
            self.pairs(&labels.unwrap_or_default(), cursor)?;
        }
        cursor.go_to(end);
        walked
    }

    fn pairs(&mut self, labels: &Labels, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        cursor.array(|cursor| {
            let start = cursor.position();
            let bytes = cursor.raw()?;
            let at = self.cite(start, cursor.position());
            self.sink.read(1);
            let parts: Vec<&RawValue> = serde_json::from_slice(bytes).unwrap_or_default();
            let (stamp, line, metadata) = match parts.as_slice() {
                [stamp, line] => (raw::text(stamp), raw::text(line), None),
                [stamp, line, metadata, ..] => {
                    let metadata = serde_json::from_str(metadata.get()).ok();
                    (raw::text(stamp), raw::text(line), metadata)
                }
                _ => (None, None, None),
            };
            let (Some(stamp), Some(line)) = (stamp, line) else {
                let why = "the value is no pair of a time and a line";
                self.sink.reject(at, why);
                return Ok(());
            };
            match stamp.parse() {
                Ok(ts_ns) => self.push(at, Some(ts_ns), line, &labels.with(metadata)),
                Err(_) => self
                    .sink
                    .reject(at, "the line's time is no number of nanoseconds"),
            }
            Ok(())
        })
    }

    /// A line that brings its labels along.
    fn line(&mut self, start: usize, end: usize) {
        let at = self.cite(start, end);
        self.sink.read(1);
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        match serde_json::from_slice::<Line<'a>>(bytes) {
            Ok(line) => {
                let labels = line.labels.map(RawValue::get).unwrap_or_default();
                let labels = match serde_json::from_str::<String>(labels) {
                    Ok(selector) => Labels::of_selector(&selector),
                    Err(_) => Labels::of(labels),
                };
                self.push(at, moment(line.timestamp), line.text, &labels);
            }
            Err(error) => self.sink.reject(at, &super::read::json::explain(&error)),
        }
    }

    fn push(&mut self, at: Span, ts_ns: Option<i64>, line: Cow<'a, str>, labels: &Labels) {
        let envelope = Envelope {
            ts_ns,
            ..labels.envelope.clone()
        };
        let line = match line {
            Cow::Borrowed(line) => Cow::Borrowed(bounded(line)),
            Cow::Owned(line) => Cow::Owned(bounded(&line).to_owned()),
        };
        let (ts_ns, mut log) = envelope.open(line);
        pod::hint(&mut log, self.pod);
        self.sink.record(Stamp::new(at, ts_ns), &log);
        self.sink.keep(1);
    }

    fn reject(&mut self, start: usize, end: usize, why: &str) {
        self.sink.read(1);
        self.sink.reject(self.cite(start, end), why);
    }

    /// The citation of `start..end`, without blanks at its end.
    fn cite(&self, start: usize, end: usize) -> Span {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let length = bytes.trim_ascii_end().len() as u64;
        Span::new(self.offset.saturating_add(start as u64), length)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A set of labels, and what they say of their lines.
#[derive(Default, Clone)]
struct Labels {
    labels: Map<String, Value>,
    envelope: Envelope<'static>,
}

/// Longest labels that are repeated with every line, as JSON; Loki's own limits are of this order. A
/// file of long labels and short lines must not grow without bound.
const LONGEST: usize = 4 * 1024;

/// Labels that name a service, the most telling first. `job` is often `namespace/app`.
const SERVICE: [&str; 6] = [
    "service_name",
    "app_kubernetes_io_name",
    "app",
    "service",
    "container",
    "job",
];

impl Labels {
    fn of(json: &str) -> Self {
        Self::new(serde_json::from_str(json).unwrap_or_default())
    }

    fn new(mut labels: Map<String, Value>) -> Self {
        let mut json = serde_json::to_string(&labels).unwrap_or_default();
        if json.len() > LONGEST {
            labels.retain(|name, value| {
                name.len() + value.as_str().map_or(LONGEST, str::len) < LONGEST / 16
            });
            json = serde_json::to_string(&labels).unwrap_or_default();
        }
        if json.len() > LONGEST {
            return Self::default();
        }
        let named = |names: &[&str]| {
            let told = |name: &&str| labels.get(*name)?.as_str().filter(|text| !text.is_empty());
            names.iter().find_map(told)
        };
        let service =
            named(&SERVICE).map(|name| name.rsplit('/').next().unwrap_or(name).to_owned());
        let facts = object::entry(&json).map(|(_, log)| owned(log));
        let facts = facts.unwrap_or_default();
        let level = facts
            .severity_text
            .or_else(|| named(&["detected_level"]).map(|level| level.to_owned().into()))
            .filter(|level| level != "unknown");
        let envelope = Envelope {
            ts_ns: None,
            service_name: service.map(Cow::Owned),
            k8s_pod_name: facts.k8s_pod_name,
            severity: level,
            trace_id: facts.trace_id,
            span_id: facts.span_id,
            attributes: (!labels.is_empty()).then_some(json),
        };
        Self { labels, envelope }
    }

    /// Labels as they are written in queries: `{app="cart", pod="cart-0"}`.
    fn of_selector(text: &str) -> Self {
        let mut labels = Map::new();
        let mut rest = text.trim().trim_start_matches('{');
        while let Some((name, after)) = rest.split_once('=') {
            let mut values = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let Some(Ok(value)) = values.next() else {
                break;
            };
            labels.insert(name.trim_matches([',', ' ']).to_owned(), value.into());
            rest = after.get(values.byte_offset()..).unwrap_or_default();
        }
        Self::new(labels)
    }

    /// The same with a line's own metadata.
    fn with(&self, metadata: Option<Value>) -> Cow<'_, Self> {
        let Some(Value::Object(mut metadata)) = metadata.filter(|value| *value != json!({})) else {
            return Cow::Borrowed(self);
        };
        for part in ["structuredMetadata", "parsed"] {
            if let Some(Value::Object(inner)) = metadata.shift_remove(part) {
                metadata.extend(inner);
            }
        }
        let mut labels = self.labels.clone();
        labels.extend(metadata);
        Cow::Owned(Self::new(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const LABELS: &str = r#"{"job":"shop/till","app":"cart","namespace":"shop","pod":"cart-0","detected_level":"warn"}"#;

    fn answer() -> String {
        format!(
            r#"{{"status":"success","data":{{"resultType":"streams","result":[{{"stream":{LABELS},"values":[
            ["1762178527000000001","level=error msg=\"no stock\""],["1762178528000000002","plain",{{"trace_id":"{TRACE}"}}],
            ["1762178529000000003","{{\"msg\":\"up\",\"n\":1}}",{{"structuredMetadata":{{"a":"b"}},"parsed":{{}}}}]]}}],"stats":{{}}}}}}"#
        )
    }

    fn read(text: &str) -> Seen {
        parse(&Loki, "x", text.as_bytes())
    }

    #[test]
    fn each_value_is_a_record_of_its_stream() {
        let text = answer();
        let seen = read(&text);
        assert_eq!((seen.read, seen.kept), (3, 3));
        let rows = seen.of("log");
        assert!(
            rows.iter()
                .all(|row| row["service_name"] == "cart" && row["k8s_pod_name"] == "cart-0")
        );
        assert_eq!(
            seen.times("log"),
            [
                "2025-11-03T14:02:07.000000001Z",
                "2025-11-03T14:02:08.000000002Z",
                "2025-11-03T14:02:09.000000003Z"
            ]
        );
        let cells = |at: usize| {
            (
                rows[at]["body"].as_str(),
                rows[at]["severity_text"].as_str(),
            )
        };
        assert_eq!(
            [cells(0), cells(1), cells(2)],
            [("no stock", "error"), ("plain", "warn"), ("up", "warn")]
        );
        assert_eq!(rows[1]["trace_id"], TRACE);
        assert_eq!(rows[0]["attributes"], LABELS);
        assert!(rows[2]["attributes"].ends_with(r#""a":"b","n":1}"#));
        let at = seen.rows[1].1.span;
        let start = usize::try_from(at.offset).unwrap();
        assert!(text[start..].starts_with(r#"["1762178528000000002""#));
        assert_eq!(sniff(&Loki, text.as_bytes()), CERTAIN);
    }

    #[test]
    fn labels_may_stand_behind_the_values() {
        let text = format!(
            r#"{{"streams":[{{"values":[["1762178527000000001","x"]],"stream":{LABELS}}}]}}"#
        );
        let seen = read(&text);
        assert_eq!(seen.of("log")[0]["service_name"], "cart");
        assert_eq!(sniff(&Loki, text.as_bytes()), LIKELY);
    }

    #[test]
    fn lines_of_logcli_and_of_explore_bring_their_labels() {
        let selector = r#""{app=\"cart\", pod=\"cart-0\", quote=\"a \\\"b\\\"\"}""#;
        let object = r#"{"app":"cart","pod":"cart-0","quote":"a \"b\""}"#;
        for text in [
            format!(
                r#"{{"labels":{object},"line":"ERROR x","timestamp":"2025-11-03T15:02:07.000000001+01:00"}}"#
            ),
            format!(
                r#"{{"labels":{selector},"line":"ERROR x","timestamp":"2025-11-03T14:02:07.000000001Z"}}"#
            ),
            format!(
                r#"[{{"line":"ERROR x","timestamp":"1762178527000000001","date":"2025-11-03T14:02:07Z","fields":{object}}}]"#
            ),
        ] {
            let seen = read(&text);
            assert_eq!((seen.kept, seen.rejects.len()), (1, 0), "{text}");
            let row = seen.of("log")[0];
            assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.000000001Z"]);
            assert_eq!(
                (
                    &*row["service_name"],
                    &*row["severity_number"],
                    &*row["attributes"]
                ),
                ("cart", "17", object)
            );
            assert_eq!(sniff(&Loki, text.as_bytes()), LIKELY, "{text}");
        }
    }

    #[test]
    fn long_labels_are_not_repeated_without_bound() {
        let long = "x".repeat(100_000);
        let seen = read(&format!(
            r#"{{"streams":[{{"stream":{{"long":"{long}","app":"cart"}},"values":[["1","a"],["2","b",{{"c":"d"}}]]}}]}}"#
        ));
        let rows = seen.of("log");
        assert_eq!(rows[0]["attributes"], r#"{"app":"cart"}"#);
        assert_eq!(rows[1]["attributes"], r#"{"app":"cart","c":"d"}"#);
    }

    #[test]
    fn what_is_broken_costs_only_itself() {
        let text = answer().replace("1762178528000000002", "soon");
        let seen = read(&text);
        assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
        let seen = read(
            r#"{"status":"error","error":"parse error"} 5 {"line":7,"labels":{},"timestamp":1}"#,
        );
        assert_eq!((seen.kept, seen.rejects.len()), (0, 3));
        let whole = answer();
        let torn = &whole[..whole.find("\"plain").unwrap()];
        let seen = read(&format!("{torn}\n{whole}"));
        assert_eq!((seen.kept, seen.rejects.len()), (4, 1));
        assert_eq!(
            read(r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#).read,
            0
        );
    }

    #[test]
    fn any_damage_is_survived() {
        let text = answer();
        for at in 0..text.len() {
            read(&text[..at]);
            for byte in [b'{', b'}', b'[', b']', b'"', b',', b'\\', 0xff] {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = byte;
                parse(&Loki, "x", &damaged);
            }
        }
        for text in ["{app=", "{=\"", "{a=\"b\",,,", "====", "{"] {
            Labels::of_selector(text);
        }
    }

    #[test]
    fn metrics_and_other_logs_are_left_alone() {
        for text in [
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}"#,
            r#"{"timestamp":1,"line":7,"labels":{}}"#,
            r#"{"stream":"stdout","log":"x","time":"y"}"#,
        ] {
            assert_eq!(sniff(&Loki, text.as_bytes()), NO, "{text}");
        }
        for folder in [
            "app-logs",
            "k8s-pod-logs",
            "journald",
            "prometheus",
            "hubble",
        ] {
            for (path, bytes) in samples(folder) {
                assert_eq!(sniff(&Loki, &bytes), NO, "{path}");
            }
        }
    }
}

//! OTLP in JSON: what the OpenTelemetry Collector's `file` exporter, a raw OTLP/HTTP body, Tempo and
//! Jaeger's v3 API hand out (specification: opentelemetry-proto and the OTLP file exporter).
//!
//! A line is a whole message with hundreds of spans, and a file mixes traces, logs and metrics. So
//! the message is walked, and each span, log record or data point in it is parsed once, on its own,
//! into a struct that borrows from the chunk: that gives every unit its exact citation and keeps
//! the cost of a broken one to itself. What explains a list may stand behind it (the resource after
//! `scopeSpans`, the scope after `spans`); then the list is passed over and visited again.
//!
//! What it is not: a validator. Enums by name, ids in base64, snake_case names, integers as strings
//! or numbers and names of older versions are all read; a resource without attributes is none.

mod attributes;
mod field;
mod keys;
mod logs;
mod metrics;
mod resource;
mod traces;
mod value;

use std::borrow::Cow;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use self::field::Lenient;
use self::logs::LogMessage;
use self::metrics::Series;
use self::resource::{Emitter, Resources};
use self::traces::SpanMessage;
use super::read::{self, Cursor};
use super::read::cursor::Stop;
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::{EvidenceClass, Sink, Span};

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
        &["resource", "span", "span_event", "log", "metric_series", "metric_point"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
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

/// Members of a message, each a list of resources with what they emitted.
const RESOURCE_LISTS: [&str; 7] = [
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource_spans",
    "resource_logs",
    "resource_metrics",
    "batches",
];

/// Members under which Jaeger's and Tempo's APIs wrap a message.
const WRAPPERS: [&str; 2] = ["result", "trace"];

/// What a list of a scope holds.
#[derive(Clone, Copy)]
enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    /// By the member of a scope. `logs` is what log records were called before OTLP 0.16.
    fn of(member: &str) -> Option<Self> {
        match member {
            "spans" => Some(Self::Traces),
            "logRecords" | "log_records" | "logs" => Some(Self::Logs),
            "metrics" => Some(Self::Metrics),
            _ => None,
        }
    }
}

/// True for a member of a resource that lists scopes, under its name of any version.
fn lists_scopes(member: &str) -> bool {
    let member = member.strip_prefix("scope").or_else(|| member.strip_prefix("instrumentation"));
    let member = member.map(|rest| rest.strip_prefix("Library").or_else(|| rest.strip_prefix("_library")).unwrap_or(rest));
    matches!(member, Some("Spans" | "Logs" | "Metrics" | "_spans" | "_logs" | "_metrics"))
}

/// True for a message, one that an API wrapped, and a resource that stands alone.
fn is_message(value: &Json) -> bool {
    let has_scopes = |value: &Json| {
        value.as_object().is_some_and(|members| members.iter().any(|(key, list)| list.is_array() && lists_scopes(key)))
    };
    let has_resources = |value: &Json| {
        RESOURCE_LISTS.iter().any(|key| match value.get(key) {
            Some(Json::Array(items)) => *key != "batches" || items.first().is_some_and(has_scopes),
            _ => false,
        })
    };
    let wrapped = || WRAPPERS.iter().filter_map(|key| value.get(key)).any(has_resources);
    has_resources(value) || has_scopes(value) || wrapped()
}

/// True where the first key is one of a message, for a head that is no sound JSON.
fn opens_as_message(head: &[u8]) -> bool {
    let key = head.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let Some(key) = key.and_then(|key| key.strip_prefix(b"\"")) else { return false };
    let mut names = RESOURCE_LISTS.iter().filter(|name| name.starts_with("resource"));
    names.any(|name| key.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"\"")))
}

/// Bytes of a file and where they stand in it.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    /// The same, where all of it is UTF-8.
    text: Option<&'a str>,
    offset: u64,
}

impl<'a> Source<'a> {
    /// The bytes `start..end`, without blanks at their end.
    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default().trim_ascii_end()
    }

    /// Where they stand in the file.
    fn cite(&self, start: usize, end: usize) -> Span {
        Span::new(self.offset.saturating_add(start as u64), self.slice(start, end).len() as u64)
    }

    /// A part of these bytes that serde_json lent out. It borrows from its input, so the part's
    /// address tells its position.
    fn part(&self, part: &'a RawValue) -> Self {
        let bytes = part.get().as_bytes();
        let start = bytes.as_ptr().addr().saturating_sub(self.bytes.as_ptr().addr());
        Self { bytes, text: Some(part.get()), offset: self.offset.saturating_add(start as u64) }
    }

    /// Reads the value here and moves past it, as the cursor does, but without checking again that
    /// every string is UTF-8.
    fn value<T: Deserialize<'a>>(&self, cursor: &mut Cursor<'a>) -> Result<T, Stop> {
        let at = cursor.position();
        let Some(text) = self.text.and_then(|text| text.get(at..)) else { return cursor.value() };
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<T>();
        match stream.next() {
            Some(Ok(value)) => {
                cursor.go_to(at + stream.byte_offset());
                Ok(value)
            }
            Some(Err(error)) => Err(Stop { why: read::json::explain(&error), at }),
            None => cursor.value(),
        }
    }

    /// Reads the element here. One that is JSON but no `T` is a broken unit, and passed over.
    fn element<T: Deserialize<'a>>(
        &self,
        cursor: &mut Cursor<'a>,
        sink: &mut dyn Sink,
    ) -> Result<Option<(T, Span)>, Stop> {
        let start = cursor.position();
        match self.value::<T>(cursor) {
            Ok(value) => Ok(Some((value, self.cite(start, cursor.position())))),
            Err(stop) => {
                cursor.skip()?;
                sink.read(1);
                sink.reject(self.cite(start, cursor.position()), &stop.why);
                Ok(None)
            }
        }
    }
}

/// What a unit needs to know of the lists that it stands in.
struct Context<'c> {
    resource_id: Option<u64>,
    service_name: Option<&'c str>,
    scope_name: Option<&'c str>,
}

/// An instrumentation scope.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Scope<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    name: Option<Cow<'a, str>>,
}

/// Walks the messages of one chunk.
struct Reader<'a, 's> {
    source: Source<'a>,
    sink: &'s mut dyn Sink,
    resources: Resources<'a>,
    series: Series,
    /// Where the last unit that was kept ends: what comes before is not read again.
    kept_until: usize,
}

impl<'a, 's> Reader<'a, 's> {
    fn new(chunk: &Chunk<'a>, sink: &'s mut dyn Sink) -> Self {
        let source = Source { bytes: chunk.bytes, text: std::str::from_utf8(chunk.bytes).ok(), offset: chunk.offset };
        Self { source, sink, resources: Resources::default(), series: Series::default(), kept_until: 0 }
    }

    /// Reads all messages: one a line, pretty-printed, glued, or in an array.
    fn read(mut self) {
        let bytes = self.source.bytes;
        let mut at = if self.source.offset == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        loop {
            // The depth that a cursor counts is of one message, so each gets its own.
            let mut cursor = Cursor::new(bytes);
            cursor.go_to(at);
            let start = cursor.position();
            let walked = match cursor.peek() {
                None => return,
                Some(b',') => {
                    cursor.go_to(start + 1);
                    Ok(())
                }
                Some(b'[') => cursor.array(|cursor| self.message(cursor)),
                Some(_) => self.message(&mut cursor),
            };
            at = match walked {
                Ok(()) => cursor.position(),
                Err(stop) => self.recover(start, &stop),
            };
        }
    }

    /// Counts what is broken and tells where to go on: behind the value where it is sound JSON of
    /// another shape, else at the next line that starts a value.
    fn recover(&mut self, start: usize, stop: &Stop) -> usize {
        let bytes = self.source.bytes;
        let mut cursor = Cursor::new(bytes);
        cursor.go_to(start);
        let end = if cursor.skip().is_ok() {
            cursor.position()
        } else {
            let from = self.kept_until.max(start);
            let mut newlines = memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default());
            let opens = |newline: &usize| matches!(bytes.get(from + newline + 1), Some(b'{' | b'['));
            newlines.find(opens).map_or(bytes.len(), |newline| from + newline + 1)
        };
        let from = if stop.at < end { stop.at } else { start };
        self.sink.read(1);
        self.sink.reject(self.source.cite(from, end), &stop.why);
        end
    }

    fn message(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        let (mut members, mut known, mut alone) = (0, false, false);
        let walked = cursor.object(|key, cursor| {
            members += 1;
            if RESOURCE_LISTS.contains(&key) {
                known = true;
                return cursor.array(|cursor| self.resource(cursor));
            }
            if WRAPPERS.contains(&key) && cursor.peek() == Some(b'{') {
                known = true;
                return self.message(cursor);
            }
            alone |= lists_scopes(key);
            cursor.skip()
        });
        if alone {
            cursor.go_to(start);
            return self.resource(cursor);
        }
        walked?;
        if !known {
            self.sink.read(1);
            let at = self.source.cite(start, cursor.position());
            match members {
                0 => self.sink.ignore(1, "empty message"),
                _ => self.sink.reject(at, "the message has no spans, logs or metrics of a resource"),
            }
        }
        Ok(())
    }

    /// A resource and its scopes.
    fn resource(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let mut emitter = None;
        let mut waiting = Vec::new();
        let walked = cursor.object(|key, cursor| {
            if key == "resource" {
                emitter = Some(self.emitter(cursor)?);
                return Ok(());
            }
            match &emitter {
                Some(emitter) if lists_scopes(key) => cursor.array(|cursor| self.scope(emitter, cursor)),
                None if lists_scopes(key) => {
                    waiting.push(cursor.position());
                    cursor.skip()
                }
                _ => cursor.skip(),
            }
        });
        let end = cursor.position();
        let emitter = emitter.unwrap_or_default();
        for at in waiting {
            cursor.go_to(at);
            cursor.array(|cursor| self.scope(&emitter, cursor))?;
        }
        cursor.go_to(end);
        walked
    }

    fn emitter(&mut self, cursor: &mut Cursor<'a>) -> Result<Rc<Emitter>, Stop> {
        let start = cursor.position();
        cursor.skip()?;
        let end = cursor.position();
        let (raw, at) = (self.source.slice(start, end), self.source.cite(start, end));
        Ok(self.resources.emitter(raw, at, self.sink).unwrap_or_else(|error| {
            self.sink.read(1);
            self.sink.reject(at, &read::json::explain(&error));
            Rc::default()
        }))
    }

    /// A scope and its units.
    fn scope(&mut self, emitter: &Emitter, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let mut scope = None;
        let mut waiting = Vec::new();
        let walked = cursor.object(|key, cursor| {
            if matches!(key, "scope" | "instrumentationLibrary" | "instrumentation_library") {
                let read = self.source.element::<Lenient<Scope<'_>>>(cursor, self.sink)?;
                scope = Some(read.map(|(Lenient(scope), _)| scope).unwrap_or_default());
                return Ok(());
            }
            match (Signal::of(key), &scope) {
                (Some(signal), Some(scope)) => self.units(signal, &emitter.context(scope), cursor),
                (Some(signal), None) => {
                    waiting.push((signal, cursor.position()));
                    cursor.skip()
                }
                (None, _) => cursor.skip(),
            }
        });
        let end = cursor.position();
        let scope = scope.unwrap_or_default();
        for (signal, at) in waiting {
            cursor.go_to(at);
            self.units(signal, &emitter.context(&scope), cursor)?;
        }
        cursor.go_to(end);
        walked
    }

    fn units(&mut self, signal: Signal, context: &Context<'_>, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        cursor.array(|cursor| match signal {
            Signal::Traces => self.unit(cursor, |span: SpanMessage<'a>, at, reader| {
                span.push(at, context, &reader.source, reader.sink)
            }),
            Signal::Logs => self.unit(cursor, |log: LogMessage<'a>, at, reader| log.push(at, context, reader.sink)),
            Signal::Metrics => self.metric(context, cursor),
        })
    }

    /// Reads one unit and accounts for it.
    fn unit<T: Deserialize<'a>>(
        &mut self,
        cursor: &mut Cursor<'a>,
        push: impl FnOnce(T, Span, &mut Self) -> Outcome,
    ) -> Result<(), Stop> {
        let Some((message, at)) = self.source.element::<T>(cursor, self.sink)? else { return Ok(()) };
        self.sink.read(1);
        match push(message, at, self) {
            Outcome::Kept => {
                self.sink.keep(1);
                self.kept_until = self.kept_until.max(cursor.position());
            }
            Outcome::Ignored(rule) => self.sink.ignore(1, rule),
            Outcome::Rejected(why) => self.sink.reject(at, &why),
        }
        Ok(())
    }
}

impl Emitter {
    fn context<'c>(&'c self, scope: &'c Scope<'_>) -> Context<'c> {
        Context {
            resource_id: self.resource_id,
            service_name: self.service_name.as_deref(),
            scope_name: scope.name.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const SPAN: &str = r#"{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"a","events":[{"name":"e"}]}"#;
    const RESOURCE: &str = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}"#;

    fn traces() -> String {
        format!(r#"{{"resourceSpans":[{{"resource":{RESOURCE},"scopeSpans":[{{"scope":{{"name":"lib"}},"spans":[{SPAN},{SPAN}]}}]}}]}}"#)
    }

    fn logs() -> String {
        format!(r#"{{"resourceLogs":[{{"resource":{RESOURCE},"scopeLogs":[{{"scope":{{}},"logRecords":[{{"body":{{"stringValue":"x"}}}}]}}]}}]}}"#)
    }

    fn metrics() -> String {
        format!(r#"{{"resourceMetrics":[{{"resource":{RESOURCE},"scopeMetrics":[{{"scope":{{}},"metrics":[{{"name":"m","gauge":{{"dataPoints":[{{"asInt":1}}]}}}}]}}]}}]}}"#)
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
            assert_eq!((seen.read, seen.kept, seen.of("resource").len()), (4, 4, 1), "{text}");
            assert_eq!((seen.of("span").len(), seen.of("span_event").len(), seen.of("log").len()), (2, 2, 1));
            assert_eq!(seen.of("span")[1]["service_name"], "shop");
        }
    }

    #[test]
    fn what_explains_a_list_may_stand_behind_it() {
        let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{SPAN}],"scope":{{"name":"lib"}}}}],"schemaUrl":"x","resource":{RESOURCE}}}]}}"#);
        let seen = read(&text);
        let row = seen.of("span")[0];
        assert_eq!((&*row["service_name"], &*row["scope_name"]), ("shop", "lib"));
        let at = seen.rows.iter().find(|(table, ..)| *table == "span").unwrap().1.span;
        assert_eq!(&text[at.offset as usize..(at.offset + at.length) as usize], SPAN);
    }

    #[test]
    fn older_names_and_wrappers_are_read() {
        let old = traces().replace("resourceSpans", "batches").replace("scopeSpans", "instrumentationLibrarySpans");
        let old = old.replace(r#""scope":"#, r#""instrumentationLibrary":"#);
        let snake = traces().replace("resourceSpans", "resource_spans").replace("scopeSpans", "scope_spans");
        let alone = format!(r#"{{"scopeSpans":[{{"scope":{{"name":"lib"}},"spans":[{SPAN},{SPAN}]}}],"resource":{RESOURCE}}}"#);
        for text in [old, snake, alone, format!(r#"{{"result":{}}}"#, traces()), format!(r#"{{"trace":{}}}"#, traces())] {
            let seen = read(&text);
            assert_eq!((seen.kept, seen.rejects.len(), &*seen.of("span")[0]["scope_name"]), (2, 0, "lib"), "{text}");
            assert_eq!(sniff(&OtlpJson, text.as_bytes()), CERTAIN, "{text}");
        }
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let whole = traces();
        let torn = whole.strip_suffix("]}]}]}").unwrap();
        let text = format!("{torn},{{\"traceId\":\"5B8E\n{}\nplain text\n{{\"other\":1}}\n{{}}\n{}", traces(), &logs()[..90]);
        let seen = read(&text);
        // Torn after two spans, text, another object, and the tail; the empty message is nothing.
        assert_eq!((seen.kept, seen.rejects.len(), seen.ignored["empty message"]), (4, 4, 1));
        let at = seen.rejects[0].0;
        assert_eq!(&text[at.offset as usize..(at.offset + at.length) as usize], r#"{"traceId":"5B8E"#);
    }

    #[test]
    fn a_message_of_another_shape_is_one_reject() {
        for text in [r#"{"resourceSpans":5}"#, r#"{"resourceSpans":[{"scopeSpans":[7]}]}"#, "5", r#"{"resourceLogs":{"a":[]}}"#] {
            let seen = read(&format!("{text}\n{}", logs()));
            assert_eq!((seen.kept, seen.rejects.len()), (1, 1), "{text}");
        }
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
        for deep in ["[".repeat(5_000), r#"{"result":"#.repeat(5_000), r#"{"resourceSpans":["#.repeat(5_000)] {
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
            let otlp = path.contains("/otlp/") || bytes.windows(15).any(|part| part == b"\"resourceSpans\"");
            let json = path.ends_with(".json") || path.ends_with(".jsonl");
            let likelihood = sniff(&OtlpJson, &bytes);
            assert_eq!(likelihood > NO, otlp && json, "{path}");
            if likelihood < CERTAIN || path.contains("invalid") || path.contains("malformed") {
                continue;
            }
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Json>();
            let expected: usize = values.map(|value| count(&value.unwrap())).sum();
            let seen = parse(&OtlpJson, &path, &bytes);
            assert_eq!((seen.kept, seen.rejects.len()), (expected as u64, 0), "{path}");
            if path.contains("otel-demo") {
                let timed = |table: &str| seen.times(table).iter().filter(|time| !time.is_empty()).count();
                assert_eq!((timed("span"), timed("log"), timed("metric_point")), (547, 23, 4_551));
            }
        }
    }

    #[test]
    fn invalid_samples_are_told_from_lenient_ones() {
        for (path, bytes) in samples("otlp") {
            let Some((_, name)) = path.rsplit_once('/') else { continue };
            let expected = match name {
                "malformed.jsonl" => (1, 3),
                "multifile_malformed_traces.jsonl" | "malformed.json" => (0, 1),
                "trace_invalid_base64.json" | "trace_mixed_encoding.json" => (0, 1),
                // Only an enum is invalid, which reads as absent.
                "trace_invalid_kind.json" | "log_invalid_severity.json" | "metrics_invalid_temporality.json" => (1, 0),
                _ => continue,
            };
            let seen = parse(&OtlpJson, &path, &bytes);
            assert_eq!((seen.kept, seen.rejects.len()), expected, "{path}");
        }
    }
}

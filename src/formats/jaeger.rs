//! Jaeger traces as JSON: the download of the user interface and the answers of `/api/traces`, spans
//! in Elasticsearch or OpenSearch, batches of the agent, and the domain model's own JSON (source:
//! `jaegertracing/jaeger`, `internal/uimodel` and `internal/converter`).
//!
//! A trace holds its spans and, once for all of them, the processes that they name; elsewhere a span
//! brings its process along. Spans are spelled `traceID` or `traceId`, ids are hex, base64 or two
//! integers, times microseconds or text, tags a list with a type beside each value, a list with a
//! member per type, or a map with `@` for dots. There is no parent but a reference; the first
//! `CHILD_OF` of the same trace is it, as in Jaeger itself. Status, kind and scope are tags, which
//! OpenTelemetry's exporters write back; `error` may be `true` or `"true"`.
//!
//! Whatever the spelling, a span becomes the same row as from OTLP. What it is not: a reader of the
//! answers of Jaeger's v3 API, which are OTLP.

#[cfg(test)]
mod tests;

mod span;

use std::collections::HashMap;
use std::rc::Rc;

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use self::span::{Process, SpanMessage};
use super::read::cursor::Stop;
use super::read::otel::attributes::{Collect as _, Pairs};
use super::read::otel::field::Lenient;
use super::read::otel::resource::{Emitter, Resources};
use super::read::otel::value::Value as Attribute;
use super::read::{Cursor, Item, raw, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span};

/// Jaeger traces.
pub struct Jaeger;

impl Format for Jaeger {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn about(&self) -> &'static str {
        "Jaeger traces: `Download JSON` of a trace, `curl` of /api/traces?service=…, spans out of Elasticsearch"
    }

    fn unit(&self) -> &'static str {
        "span"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["resource", "span", "span_event"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "spans with `traceID`, `spanID`, `operationName` and `startTime`; or `processes`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"data":[{"traceID":"0af7651916cd43dd8448eb211c80319c",
 "spans":[{"traceID":"0af7651916cd43dd8448eb211c80319c","spanID":"b7ad6b7169203331","processID":"p1",
  "operationName":"POST /pay","startTime":1772546527000000,"duration":250000}],
 "processes":{"p1":{"serviceName":"checkout"}}}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let best = |value: &Value| judge(value, DEPTH);
        if peek.share(|value| best(value) == CERTAIN) >= 50 {
            CERTAIN
        } else if peek.share(|value| best(value) > NO) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader {
            bytes: &[],
            offset: 0,
            done: 0,
            resources: Resources::default(),
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

/// How many holders may lie around a trace: an answer of Elasticsearch has three.
const DEPTH: usize = 6;

/// Members that hold traces or spans: of Jaeger's answers, and of Elasticsearch's.
const HOLDERS: [&str; 3] = ["data", "hits", "_source"];

/// How likely a value is a span, or holds some.
fn judge(value: &Value, depth: usize) -> Likelihood {
    let id = has(value, &["spanID"]) || has(value, &["spanId"]);
    let trace = ["traceID", "traceId", "traceIdLow"];
    if id && trace.iter().any(|key| has(value, &[key])) {
        let timed = has(value, &["startTime"]) || has(value, &["startTimeMillis"]);
        return match (has(value, &["operationName"]) && timed, value.get("spanID")) {
            (true, _) => CERTAIN,
            (false, Some(_)) if has(value, &["duration"]) || timed => LIKELY,
            _ => NO,
        };
    }
    if depth == 0 {
        return NO;
    }
    let list = |list: &Value| {
        let first = list.as_array().and_then(|list| list.first());
        first.map_or(NO, |first| judge(first, depth - 1))
    };
    // The head may be cut off before the first span says anything.
    let named = value["processes"].is_object() && value["traceID"].is_string();
    let spans = value.get("spans").map_or(NO, list);
    let held = HOLDERS.iter().filter_map(|key| value.get(key));
    let held = held.map(|held| match held {
        Value::Array(_) => list(held),
        held => judge(held, depth - 1),
    });
    let held = held.max().unwrap_or(NO);
    spans.max(held).max(if named { CERTAIN } else { NO })
}

/// Walks the values of a chunk.
struct Reader<'a, 's> {
    /// The value at hand, and where it stands in the file.
    bytes: &'a [u8],
    offset: u64,
    /// Where in it the last span that was met ends.
    done: usize,
    resources: Resources<'a>,
    sink: &'s mut dyn Sink,
}

/// The processes of a trace, by the names that its spans call them.
type Processes = HashMap<String, Rc<Emitter>>;

/// Where the members of an object stand that decide what it is.
#[derive(Default)]
struct Places {
    is_span: bool,
    spans: Option<usize>,
    processes: Option<usize>,
    process: Option<usize>,
    held: Option<usize>,
}

impl<'a> Reader<'a, '_> {
    /// Reads one value of the chunk. What stands whole before a break is kept; the rest is one reject.
    fn read(&mut self, bytes: &'a [u8], span: Span, broken: Option<String>) {
        (self.bytes, self.offset, self.done) = (bytes, span.offset, 0);
        let stop = self.value(&mut Cursor::new(bytes), DEPTH).err();
        let broken = broken.filter(|_| self.done == 0);
        if let Some(why) = stop.map(|stop| stop.why).or(broken) {
            self.reject(self.done, bytes.len(), &why);
        }
    }

    fn value(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), Stop> {
        let start = cursor.position();
        match cursor.peek().filter(|_| depth > 0) {
            Some(b'[') => cursor.array(|cursor| self.value(cursor, depth - 1)),
            Some(b'{') => self.object(cursor, depth - 1),
            Some(b'n') => cursor.skip(),
            _ => {
                cursor.skip()?;
                self.reject(start, cursor.position(), "no trace and no span");
                Ok(())
            }
        }
    }

    /// A span, a trace, or what holds traces.
    fn object(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), Stop> {
        let start = cursor.position();
        let mut places = Places::default();
        let walked = cursor.object(|key, cursor| {
            let at = Some(cursor.position());
            match key {
                "spanID" | "spanId" => places.is_span = true,
                "spans" => places.spans = at,
                "processes" => places.processes = at,
                "process" => places.process = at,
                key if HOLDERS.contains(&key) => places.held = at,
                _ => {}
            }
            cursor.skip()
        });
        let end = cursor.position();
        if places.is_span {
            walked?;
            self.span(start, end, &Processes::new(), None);
            return Ok(());
        }
        if let Some(at) = places.spans {
            self.trace(cursor, at, &places)?;
        } else if let Some(at) = places.held {
            cursor.go_to(at);
            self.value(cursor, depth)?;
        } else if walked.is_ok() {
            self.reject(start, end, "no trace and no span");
        }
        cursor.go_to(end);
        walked
    }

    /// The spans at `at`, with the processes that stand beside them.
    fn trace(&mut self, cursor: &mut Cursor<'a>, at: usize, places: &Places) -> Result<(), Stop> {
        let mut processes = Processes::new();
        if let Some(at) = places.processes {
            let mut cursor = Cursor::new(self.bytes);
            cursor.go_to(at);
            // Torn or odd processes leave their spans without a service, no more.
            let _ = cursor.object(|key, cursor| {
                let emitter = self.emitter(cursor.raw()?);
                processes.insert(key.to_owned(), emitter);
                Ok(())
            });
        }
        let shared = places.process.and_then(|at| {
            let mut cursor = Cursor::new(self.bytes);
            cursor.go_to(at);
            Some(self.emitter(cursor.raw().ok()?))
        });
        cursor.go_to(at);
        cursor.array(|cursor| {
            let start = cursor.position();
            cursor.skip()?;
            self.span(start, cursor.position(), &processes, shared.as_ref());
            Ok(())
        })
    }

    /// The span that `start..end` holds.
    fn span(
        &mut self,
        start: usize,
        end: usize,
        processes: &Processes,
        shared: Option<&Rc<Emitter>>,
    ) {
        let bytes = self.slice(start, end);
        let at = self.cite(start, end);
        self.done = end;
        self.sink.read(1);
        let message: SpanMessage<'a> = match serde_json::from_slice(bytes) {
            Ok(message) => message,
            Err(error) => {
                let why = super::read::json::explain(&error);
                return self.sink.reject(at, &why);
            }
        };
        let own = message
            .process
            .map(|process| self.emitter(process.get().as_bytes()));
        let named = || processes.get(message.process_id.as_deref()?);
        let emitter = own.as_ref().or_else(named).or(shared);
        match message.push(at, bytes, emitter.map(Rc::as_ref), self.sink) {
            Ok(()) => self.sink.keep(1),
            Err(why) => self.sink.reject(at, &why),
        }
    }

    /// The resource that a process is.
    fn emitter(&mut self, bytes: &'a [u8]) -> Rc<Emitter> {
        let at = raw::place(self.bytes, self.offset, bytes);
        let emitter = self.resources.emitter(bytes, at, resource, &mut *self.sink);
        emitter.unwrap_or_default()
    }

    fn reject(&mut self, start: usize, end: usize, why: &str) {
        self.done = self.done.max(end);
        self.sink.read(1);
        self.sink.reject(self.cite(start, end), why);
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        bytes.trim_ascii_end()
    }

    /// The citation of `start..end`, without blanks at its end.
    fn cite(&self, start: usize, end: usize) -> Span {
        let length = self.slice(start, end).len() as u64;
        Span::new(self.offset.saturating_add(start as u64), length)
    }
}

/// The attributes of a process. Jaeger's own clients call a host `hostname`.
fn resource(bytes: &[u8]) -> Result<Pairs<'_>, serde_json::Error> {
    let process: Process<'_> = serde_json::from_slice(bytes)?;
    let mut pairs = Pairs::default();
    if let Some(name) = process.service_name {
        pairs.put("service.name".into(), Attribute::Text(name));
    }
    let mut host = None;
    for (key, value) in process
        .tags
        .into_iter()
        .flat_map(tags)
        .chain(process.tag.into_iter().flat_map(tag_map))
    {
        match key.as_ref() {
            "hostname" => host = Some(value),
            _ => pairs.put(key, value),
        }
    }
    if let Some(host) = host {
        pairs.put("host.name".into(), host);
    }
    Ok(pairs)
}

/// Tags as a list; none where they are no list.
fn tags(raw: &RawValue) -> impl Iterator<Item = span::Tag<'_>> {
    let tags: Vec<Lenient<span::TagMessage<'_>>> =
        serde_json::from_str(raw.get()).unwrap_or_default();
    tags.into_iter().filter_map(|Lenient(tag)| tag.read())
}

/// Tags as Elasticsearch holds those that are searched: a map whose keys have `@` for dots.
fn tag_map(raw: &RawValue) -> impl Iterator<Item = span::Tag<'_>> {
    let span::Map(tags) = serde_json::from_str(raw.get()).unwrap_or_default();
    tags.into_iter().map(|(key, value)| {
        if key.contains('@') {
            (key.replace('@', ".").into(), value)
        } else {
            (key, value)
        }
    })
}

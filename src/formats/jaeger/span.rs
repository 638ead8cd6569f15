//! One span of Jaeger in any of its spellings.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{tag_map, tags};
use crate::formats::read::json::explain;
use crate::formats::read::otel::attributes::{Attributes, Collect};
use crate::formats::read::otel::field;
use crate::formats::read::otel::resource::Emitter;
use crate::formats::read::otel::span::{
    EventAttributes, EventParts, KINDS, Link, SpanAttributes, SpanParts,
};
use crate::formats::read::otel::value::{Value, Word};
use crate::formats::read::{Cursor, raw};
use crate::model::runtime::Span;
use crate::model::{self, Sink, Stamp, id, time};

/// A tag: its key and its value.
pub(super) type Tag<'a> = (Cow<'a, str>, Value<'a>);

/// A span as it stands in the file.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SpanMessage<'a> {
    #[serde(borrow, alias = "traceID", deserialize_with = "field::scalar")]
    trace_id: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    trace_id_low: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    trace_id_high: Value<'a>,
    #[serde(borrow, alias = "spanID", deserialize_with = "field::scalar")]
    span_id: Value<'a>,
    #[serde(borrow, alias = "parentSpanID", deserialize_with = "field::scalar")]
    parent_span_id: Value<'a>,
    #[serde(borrow, deserialize_with = "field::text")]
    operation_name: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "field::list")]
    references: Vec<Reference<'a>>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    start_time: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    start_time_millis: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    duration: Value<'a>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    tag: Option<&'a RawValue>,
    #[serde(borrow)]
    logs: Option<&'a RawValue>,
    #[serde(borrow)]
    warnings: Option<&'a RawValue>,
    /// The process, where the span brings it along.
    #[serde(borrow)]
    pub(super) process: Option<&'a RawValue>,
    /// What the trace calls the process.
    #[serde(borrow, alias = "processID", deserialize_with = "field::text")]
    pub(super) process_id: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    ref_type: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "traceID", deserialize_with = "field::scalar")]
    trace_id: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    trace_id_low: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    trace_id_high: Value<'a>,
    #[serde(borrow, alias = "spanID", deserialize_with = "field::scalar")]
    span_id: Value<'a>,
}

/// A process: a service, and what is said of it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Process<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    pub(super) service_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) tags: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tag: Option<&'a RawValue>,
}

/// A tag or a field of a log, its value beside its type or under it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TagMessage<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    key: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        rename = "type",
        alias = "vType",
        deserialize_with = "field::text"
    )]
    kind: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        alias = "vStr",
        alias = "vBool",
        alias = "vInt64",
        alias = "vLong",
        alias = "vFloat64",
        alias = "vDouble",
        alias = "vBinary",
        deserialize_with = "field::scalar"
    )]
    value: Value<'a>,
}

/// An object of any members.
#[derive(Default)]
pub(super) struct Map<'a>(pub(super) Vec<Tag<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Map<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Attributes(members) = Attributes::<Map<'a>>::deserialize(from)?;
        Ok(members)
    }
}

impl<'de: 'a, 'a> Collect<'de> for Map<'a> {
    fn put(&mut self, key: Cow<'de, str>, value: Value<'de>) {
        self.0.push((key, value));
    }
}

impl<'a> TagMessage<'a> {
    /// The tag. Elasticsearch holds all values as text, with their type beside them; the domain
    /// model leaves out what is zero.
    pub(super) fn read(self) -> Option<Tag<'a>> {
        let kind = self.kind.as_deref().unwrap_or_default();
        let has_kind = |kinds: &[&str]| kinds.iter().any(|word| word.eq_ignore_ascii_case(kind));
        let value = if has_kind(&["int64", "float64", "long", "double"]) {
            match self.value {
                Value::Null => Value::Int(0),
                value => value.into_number(),
            }
        } else if has_kind(&["bool"]) {
            match self.value {
                Value::Text(text) => Value::Bool(text == "true"),
                Value::Null => Value::Bool(false),
                value => value,
            }
        } else {
            self.value
        };
        Some((self.key?, value))
    }
}

/// What tags say that OTLP has fields for.
#[derive(Default)]
struct Said<'a> {
    kind: Option<Word>,
    status_code: Option<Word>,
    status_message: Option<Cow<'a, str>>,
    scope_name: Option<Cow<'a, str>>,
    failed: bool,
}

impl<'a> SpanMessage<'a> {
    /// Pushes the span, whose text `bytes` is, and its events.
    pub(super) fn push(
        self,
        at: model::Span,
        bytes: &'a [u8],
        emitter: Option<&Emitter>,
        sink: &mut dyn Sink,
    ) -> Result<(), String> {
        let (mut attributes, mut said) = (SpanAttributes::default(), Said::default());
        let all = self.tags.into_iter().flat_map(tags);
        for (key, value) in all.chain(self.tag.into_iter().flat_map(tag_map)) {
            said.take(key, value, &mut attributes);
        }
        if let Some(warnings) = self.warnings.filter(|raw| raw.get().starts_with("[\"")) {
            let warnings = raw::json(warnings).unwrap_or("[]");
            attributes.put("warnings".into(), Value::Json(warnings.into()));
        }
        let trace_id = trace(&self.trace_id, &self.trace_id_high, &self.trace_id_low);
        let (parent, links) = related(self.references, trace_id);
        let start =
            moment(&self.start_time).or_else(|| time::millis(self.start_time_millis.int()?));
        let parts = SpanParts {
            trace_id,
            span_id: span(&self.span_id),
            parent_span_id: parent.or_else(|| span(&self.parent_span_id)),
            name: self.operation_name,
            kind: said.kind,
            duration_ns: elapsed(&self.duration),
            status_code: said.status_code.or(said.failed.then_some("error")),
            status_message: said.status_message,
            attributes,
            links,
        };
        let context = emitter
            .map(|emitter| emitter.context(None))
            .unwrap_or_default();
        let mut span = parts.record(&context)?;
        span.scope_name = said.scope_name;
        sink.record(Stamp::new(at, start), &span);
        if let Some(logs) = self.logs {
            let list = logs.get().as_bytes();
            let place = raw::place(bytes, at.offset, list);
            events(list, place, &span, sink);
        }
        Ok(())
    }
}

impl<'a> Said<'a> {
    /// Takes one tag: what OTLP has a field for here, all else into `attributes`.
    fn take(&mut self, key: Cow<'a, str>, value: Value<'a>, attributes: &mut SpanAttributes<'a>) {
        match key.as_ref() {
            "span.kind" => self.kind = value.word("", KINDS),
            "otel.status_code" => {
                self.status_code = value.word("", &["unset", "ok", "error"]);
            }
            "otel.status_description" => self.status_message = value.into_text(),
            "otel.scope.name" | "otel.library.name" => self.scope_name = value.into_text(),
            "error" if truth(&value).is_some() => self.failed |= truth(&value) == Some(true),
            _ => attributes.put(key, value),
        }
    }
}

/// A truth value, also as text.
fn truth(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A trace id as text, or its two halves as integers.
fn trace(text: &Value<'_>, high: &Value<'_>, low: &Value<'_>) -> Option<u128> {
    if let Value::Text(text) = text {
        return id::trace(text);
    }
    let both = u128::from(bits(high).unwrap_or(0)) << 64 | u128::from(bits(low)?);
    (both != 0).then_some(both)
}

/// A span id as text, or as an integer.
fn span(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Text(text) => id::span(text),
        value => bits(value).filter(|bits| *bits != 0),
    }
}

/// The bits of an integer: Thrift has no unsigned ones.
fn bits(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Int(value) => Some(value.cast_unsigned()),
        Value::Uint(value) => Some(*value),
        _ => None,
    }
}

/// Microseconds, or text of RFC 3339.
fn moment(value: &Value<'_>) -> Option<i64> {
    match value.int() {
        Some(0) => None,
        Some(micros) => time::micros(micros),
        None => match value {
            Value::Text(text) => time::parse(text),
            _ => None,
        },
    }
}

/// Microseconds, or text with a unit: `22938000ns`, `0.022938s`.
fn elapsed(value: &Value<'_>) -> Option<i64> {
    if let Some(micros) = value.int() {
        return time::micros(micros);
    }
    let Value::Text(text) = value else {
        return None;
    };
    if let Some(ns) = text.strip_suffix("ns") {
        return ns.parse().ok();
    }
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    time::seconds_float(seconds)
}

/// The parent, and links to all others. The first reference to a parent in the same trace is the
/// parent; a span that only follows another has that one.
fn related(
    references: Vec<Reference<'_>>,
    trace_id: Option<u128>,
) -> (Option<u64>, Option<Value<'static>>) {
    let mut others: Vec<(Option<u128>, Option<u64>, Cow<'_, str>)> = references
        .into_iter()
        .map(|reference| {
            let own = trace(
                &reference.trace_id,
                &reference.trace_id_high,
                &reference.trace_id_low,
            );
            let kind = reference.ref_type.unwrap_or("CHILD_OF".into());
            (own, span(&reference.span_id), kind)
        })
        .collect();
    let of = |kind: &str| {
        others.iter().position(|(trace, span, word)| {
            *trace == trace_id && span.is_some() && word.eq_ignore_ascii_case(kind)
        })
    };
    let parent = of("CHILD_OF").or_else(|| of("FOLLOWS_FROM"));
    let parent = parent.map(|at| others.remove(at)).and_then(|found| found.1);
    let links = Link::list(others.into_iter().map(|(trace_id, span_id, kind)| {
        let mut link = Link {
            trace_id,
            span_id,
            ..Link::default()
        };
        let kind = Value::Text(kind.to_ascii_lowercase().into());
        link.attributes.put(&"opentracing.ref_type".into(), &kind);
        link
    }));
    (parent, links)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LogMessage<'a> {
    #[serde(borrow, deserialize_with = "field::scalar")]
    timestamp: Value<'a>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
}

/// Pushes the events of `span` that stand in `list`, which stands at `place`.
fn events<'a>(list: &'a [u8], place: model::Span, span: &Span<'_>, sink: &mut dyn Sink) {
    let walked = Cursor::new(list).array(|cursor| {
        let bytes = cursor.raw()?;
        let at = raw::place(list, place.offset, bytes);
        match serde_json::from_slice::<LogMessage<'a>>(bytes) {
            Ok(log) => {
                let stamp = Stamp::new(at, moment(&log.timestamp));
                sink.record(stamp, &event(log.fields).record(span));
            }
            Err(error) => {
                sink.read(1);
                sink.reject(at, &explain(&error));
            }
        }
        Ok(())
    });
    if let Err(stop) = walked {
        sink.read(1);
        sink.reject(place, &stop.why);
    }
}

/// An event: its name is the field `event`. An OpenTracing error has its own names for what
/// OpenTelemetry calls an exception.
fn event(fields: Option<&RawValue>) -> EventParts<'_> {
    let fields: Vec<Tag<'_>> = fields.into_iter().flat_map(tags).collect();
    let is_error = fields.iter().any(|(key, value)| {
        key == "event" && matches!(value, Value::Text(text) if text == "error")
    });
    let mut parts = EventParts {
        name: None,
        attributes: EventAttributes::default(),
    };
    for (key, value) in fields {
        let key = match key.as_ref() {
            "event" if parts.name.is_none() => {
                parts.name = value.into_text();
                continue;
            }
            "error.kind" if is_error => "exception.type".into(),
            "message" if is_error => "exception.message".into(),
            "stack" if is_error => "exception.stacktrace".into(),
            _ => key,
        };
        parts.attributes.put(key, value);
    }
    parts
}

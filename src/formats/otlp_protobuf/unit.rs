//! Spans, log records and metrics: which of them some bytes are, and what they say.
//!
//! A message does not name its signal, and the lists of all three have the same numbers down to the
//! scope. What is in a scope tells: a span opens with ids of 16 and 8 bytes, a log record with a time
//! of fixed width, a metric with a name and the data of one kind.

use std::borrow::Cow;

use super::Source;
use super::value::{number, put, some, value};
use super::wire::{Wire, whole};
use crate::formats::read::otel::Context;
use crate::formats::read::otel::attributes::Pairs;
use crate::formats::read::otel::genai::Told;
use crate::formats::read::otel::log::LogParts;
use crate::formats::read::otel::metric::{Metric, PointParts};
use crate::formats::read::otel::span::{EventParts, KINDS, Link, STATUS_CODES, SpanParts};
use crate::formats::read::otel::value::{Value, Word};
use crate::model::{Sink, Stamp};

/// Why bytes could not be read.
type Why = &'static str;

/// What a unit of a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Span,
    Log,
    Metric,
}

impl Signal {
    /// By the fields of the unit, as far as it goes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let (mut trace, mut span, mut log, mut name, mut data) = (false, false, 0, false, false);
        for field in whole(bytes) {
            match field {
                Ok((1, Wire::Bytes(id))) => (trace, name) = (id.len() == 16, true),
                Ok((2, Wire::Bytes(id))) => span = id.len() == 8,
                Ok((1 | 11, Wire::Fixed64(_)) | (2, Wire::Varint(_)) | (8, Wire::Fixed32(_))) => {
                    log += 1;
                }
                Ok((5, Wire::Bytes(_))) if log > 0 => log += 1,
                Ok((5 | 7 | 9 | 10 | 11, Wire::Bytes(_))) if name => data = true,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        match (trace && span, log, name && data) {
            (true, 0, _) => Some(Self::Span),
            (false, 1.., _) if !name => Some(Self::Log),
            (false, 0, true) => Some(Self::Metric),
            // A record may have a body and nothing else.
            (false, 0, false) if !name && !bytes.is_empty() => whole(bytes)
                .all(|field| match field {
                    Ok((9, Wire::Bytes(id))) => id.len() == 16,
                    Ok((10, Wire::Bytes(id))) => id.len() == 8,
                    field => matches!(field, Ok((3 | 5 | 6 | 12, Wire::Bytes(_)))),
                })
                .then_some(Self::Log),
            _ => None,
        }
    }
}

/// Nanoseconds since the epoch. Zero means "not set"; past `i64` is no time either.
fn moment(bits: u64) -> Option<i64> {
    i64::try_from(bits).ok().filter(|ns| *ns > 0)
}

fn trace(bytes: &[u8]) -> Option<u128> {
    let id = u128::from_be_bytes(bytes.try_into().ok()?);
    (id != 0).then_some(id)
}

fn span_id(bytes: &[u8]) -> Option<u64> {
    let id = u64::from_be_bytes(bytes.try_into().ok()?);
    (id != 0).then_some(id)
}

fn word(words: &[Word], number: u64) -> Option<Word> {
    let word = words.get(usize::try_from(number).ok()?)?;
    (!word.is_empty()).then_some(*word)
}

/// Pushes a span and its events.
///
/// # Errors
/// The bytes are no span.
pub(super) fn push_span<'a>(
    source: &Source<'a>,
    bytes: &'a [u8],
    context: &Context<'a>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let mut parts = SpanParts::default();
    let (mut start, mut end) = (None, None);
    let (mut events, mut links) = (Vec::new(), Vec::new());
    for field in whole(bytes) {
        match field? {
            (1, Wire::Bytes(id)) => parts.trace_id = trace(id),
            (2, Wire::Bytes(id)) => parts.span_id = span_id(id),
            (4, Wire::Bytes(id)) => parts.parent_span_id = span_id(id),
            (5, Wire::Bytes(name)) => parts.name = some(name),
            (6, Wire::Varint(number)) => parts.kind = word(KINDS, number),
            (7, Wire::Fixed64(bits)) => start = moment(bits),
            (8, Wire::Fixed64(bits)) => end = moment(bits),
            (9, Wire::Bytes(pair)) => put(pair, &mut parts.attributes)?,
            (11, Wire::Bytes(event)) => events.push(event),
            (13, Wire::Bytes(bytes)) => links.push(link(bytes)?),
            (15, Wire::Bytes(status)) => {
                for field in whole(status) {
                    match field? {
                        (2, Wire::Bytes(message)) => parts.status_message = some(message),
                        (3, Wire::Varint(code)) => parts.status_code = word(STATUS_CODES, code),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    parts.links = Link::list(links.into_iter());
    parts.duration_ns = start
        .zip(end)
        .and_then(|(start, end)| end.checked_sub(start));
    let told = Told::of(&parts, context, end);
    let span = parts.record(context)?;
    let at = source.cite(bytes);
    sink.record(Stamp::new(at, start), &span);
    for bytes in events {
        let at = source.cite(bytes);
        match event(bytes) {
            Ok((ts_ns, parts)) => sink.record(Stamp::new(at, ts_ns), &parts.record(&span)),
            Err(why) => {
                sink.read(1);
                sink.reject(at, why);
            }
        }
    }
    if let Some(told) = told {
        told.push(at, start, sink);
    }
    Ok(())
}

fn event(bytes: &[u8]) -> Result<(Option<i64>, EventParts<'_>), Why> {
    let (mut ts_ns, mut parts) = (None, EventParts::default());
    for field in whole(bytes) {
        match field? {
            (1, Wire::Fixed64(bits)) => ts_ns = moment(bits),
            (2, Wire::Bytes(name)) => parts.name = some(name),
            (3, Wire::Bytes(pair)) => put(pair, &mut parts.attributes)?,
            _ => {}
        }
    }
    Ok((ts_ns, parts))
}

fn link(bytes: &[u8]) -> Result<Link, Why> {
    let mut link = Link::default();
    for field in whole(bytes) {
        match field? {
            (1, Wire::Bytes(id)) => link.trace_id = trace(id),
            (2, Wire::Bytes(id)) => link.span_id = span_id(id),
            (4, Wire::Bytes(pair)) => put(pair, &mut link.attributes)?,
            _ => {}
        }
    }
    Ok(link)
}

/// Pushes a log record.
///
/// # Errors
/// The bytes are none.
pub(super) fn push_log<'a>(
    source: &Source<'a>,
    bytes: &'a [u8],
    context: &Context<'a>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let mut parts = LogParts::default();
    let (mut happened, mut observed) = (None, None);
    for field in whole(bytes) {
        match field? {
            (1, Wire::Fixed64(bits)) => happened = moment(bits),
            (2, Wire::Varint(number)) => {
                let number = i64::try_from(number).ok();
                parts.severity_number = number.filter(|number| (1..=24).contains(number));
            }
            (3, Wire::Bytes(level)) => parts.severity_text = some(level),
            (5, Wire::Bytes(body)) => parts.body = value(body)?,
            (6, Wire::Bytes(pair)) => put(pair, &mut parts.attributes)?,
            (9, Wire::Bytes(id)) => parts.trace_id = trace(id),
            (10, Wire::Bytes(id)) => parts.span_id = span_id(id),
            (11, Wire::Fixed64(bits)) => observed = moment(bits),
            (12, Wire::Bytes(name)) => parts.event_name = some(name),
            _ => {}
        }
    }
    let stamp = Stamp::new(source.cite(bytes), happened.or(observed));
    sink.record(stamp, &parts.record(context));
    Ok(())
}

/// What a metric says of its points, and the points.
///
/// # Errors
/// The bytes are no metric.
pub(super) fn metric<'a>(
    source: &Source<'a>,
    bytes: &'a [u8],
) -> Result<(Metric<'a>, Vec<&'a [u8]>), Why> {
    let mut metric = Metric {
        at: source.cite(bytes),
        ..Metric::default()
    };
    let mut data = None;
    for field in whole(bytes) {
        match field? {
            (1, Wire::Bytes(name)) => metric.name = some(name),
            (3, Wire::Bytes(unit)) => metric.unit = some(unit),
            (number, Wire::Bytes(bytes)) => {
                let kind = match number {
                    5 => "gauge",
                    7 => "sum",
                    9 => "histogram",
                    10 => "exponential_histogram",
                    11 => "summary",
                    _ => continue,
                };
                metric.kind = Some(kind);
                data = Some(bytes);
            }
            _ => {}
        }
    }
    // False is left out of the forms of Protocol Buffers.
    metric.is_monotonic = (metric.kind == Some("sum")).then_some(false);
    let mut points = Vec::new();
    for field in data.into_iter().flat_map(whole) {
        match field? {
            (1, Wire::Bytes(point)) => points.push(point),
            (2, Wire::Varint(number)) => {
                metric.temporality = word(&["", "delta", "cumulative"], number);
            }
            (3, Wire::Varint(truth)) => metric.is_monotonic = Some(truth != 0),
            _ => {}
        }
    }
    Ok((metric, points))
}

/// The point that `bytes` are, of a metric of this kind.
///
/// # Errors
/// They are none.
pub(super) fn point<'a>(
    bytes: &'a [u8],
    kind: Option<&str>,
) -> Result<(Option<i64>, PointParts<'a>), Why> {
    let mut ts_ns = None;
    let mut parts = PointParts::default();
    let (mut counts, mut bounds) = (Vec::new(), Vec::new());
    let plain = matches!(kind, Some("gauge" | "sum"));
    for field in whole(bytes) {
        let (number_of, wire) = field?;
        match (kind, number_of, wire) {
            (_, 3, Wire::Fixed64(bits)) => ts_ns = moment(bits),
            // The attributes have another number in each kind of point.
            (Some("histogram"), 9, Wire::Bytes(pair))
            | (Some("exponential_histogram"), 1, Wire::Bytes(pair))
            | (Some("gauge" | "sum" | "summary"), 7, Wire::Bytes(pair)) => {
                put(pair, &mut parts.attributes)?;
            }
            (_, 4, Wire::Fixed64(bits)) if plain => parts.value = Some(f64::from_bits(bits)),
            #[expect(clippy::cast_precision_loss, reason = "the column holds floats")]
            (_, 6, Wire::Fixed64(bits)) if plain => parts.value = Some(bits.cast_signed() as f64),
            (_, 4, Wire::Fixed64(bits)) => parts.count = i64::try_from(bits).ok(),
            (_, 5, Wire::Fixed64(bits)) => parts.value = Some(f64::from_bits(bits)),
            (Some("histogram"), 6, wire) => {
                counts.extend(fixed(wire).map(Value::Uint));
            }
            (Some("histogram"), 7, wire) => {
                bounds.extend(fixed(wire).map(|bits| number(f64::from_bits(bits))));
            }
            (Some("histogram"), 11, Wire::Fixed64(bits))
            | (Some("exponential_histogram"), 12, Wire::Fixed64(bits)) => {
                parts.min = number(f64::from_bits(bits));
            }
            (Some("histogram"), 12, Wire::Fixed64(bits))
            | (Some("exponential_histogram"), 13, Wire::Fixed64(bits)) => {
                parts.max = number(f64::from_bits(bits));
            }
            (Some("exponential_histogram"), 6, Wire::Varint(bits)) => {
                parts.scale = Value::Int(zigzag(bits));
            }
            (Some("exponential_histogram"), 7, Wire::Fixed64(bits)) => {
                parts.zero_count = Value::Uint(bits);
            }
            (Some("exponential_histogram"), 8, Wire::Bytes(bytes)) => {
                parts.positive = buckets(bytes)?;
            }
            (Some("exponential_histogram"), 9, Wire::Bytes(bytes)) => {
                parts.negative = buckets(bytes)?;
            }
            (Some("summary"), 6, Wire::Bytes(bytes)) => parts.quantiles.push(quantile(bytes)?),
            _ => {}
        }
    }
    parts.bucket_counts = list(&counts);
    parts.explicit_bounds = list(&bounds);
    Ok((ts_ns, parts))
}

/// Numbers of fixed width, packed or one a field.
fn fixed(wire: Wire<'_>) -> impl Iterator<Item = u64> {
    let (one, many) = match wire {
        Wire::Fixed64(bits) => (Some(bits), &[][..]),
        Wire::Bytes(bytes) => (None, bytes),
        _ => (None, &[][..]),
    };
    let packed = many
        .chunks_exact(8)
        .filter_map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    one.into_iter().chain(packed)
}

/// Offset and counts of the buckets of an exponential histogram.
fn buckets(bytes: &[u8]) -> Result<(Option<i64>, String), Why> {
    let (mut offset, mut counts) = (None, Vec::new());
    for field in whole(bytes) {
        match field? {
            (1, Wire::Varint(bits)) => offset = Some(zigzag(bits)),
            (2, Wire::Varint(count)) => counts.push(Value::Uint(count)),
            (2, Wire::Bytes(mut packed)) => {
                while let Some((count, rest)) = super::wire::varint(packed) {
                    counts.push(Value::Uint(count));
                    packed = rest;
                }
            }
            _ => {}
        }
    }
    Ok((offset, list(&counts)))
}

fn quantile(bytes: &[u8]) -> Result<(Value<'static>, Value<'static>), Why> {
    let (mut quantile, mut found) = (Value::Null, Value::Null);
    for field in whole(bytes) {
        match field? {
            (1, Wire::Fixed64(bits)) => quantile = number(f64::from_bits(bits)),
            (2, Wire::Fixed64(bits)) => found = number(f64::from_bits(bits)),
            _ => {}
        }
    }
    Ok((quantile, found))
}

/// The sign is the last bit.
fn zigzag(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed()
}

fn list(values: &[Value<'_>]) -> String {
    if values.is_empty() {
        String::new()
    } else {
        Value::list(values)
    }
}

/// The name of an instrumentation scope.
pub(super) fn scope_name(bytes: &[u8]) -> Option<Cow<'_, str>> {
    whole(bytes).find_map(|field| match field {
        Ok((1, Wire::Bytes(name))) => some(name),
        _ => None,
    })
}

/// The attributes of a resource.
///
/// # Errors
/// The bytes are none.
pub(super) fn resource(bytes: &[u8]) -> Result<Pairs<'_>, Why> {
    let mut pairs = Pairs::default();
    for field in whole(bytes) {
        if let (1, Wire::Bytes(pair)) = field? {
            put(pair, &mut pairs)?;
        }
    }
    Ok(pairs)
}

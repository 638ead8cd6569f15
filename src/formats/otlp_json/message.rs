//! The walk through a message: resources, their scopes, their units.
//!
//! It knows which lists hold what, under the names of every version, and which bytes each unit
//! stands in. What a unit means is for [`super::traces`], [`super::logs`] and [`super::metrics`].

use std::borrow::Cow;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::logs::LogMessage;
use super::traces::SpanMessage;
use crate::formats::Chunk;
use crate::formats::read::Cursor;
use crate::formats::read::cursor::Stop;
use crate::formats::read::json::{Outcome, explain};
use crate::formats::read::otel::Context;
use crate::formats::read::otel::attributes::{Attributes, Pairs};
use crate::formats::read::otel::field::{self, Lenient};
use crate::formats::read::otel::metric::Series;
use crate::formats::read::otel::resource::{Emitter, Resources};
use crate::model::{Sink, Span};

/// Members of a message, each a list of resources with what they emitted.
pub(super) const RESOURCE_LISTS: [&str; 7] = [
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource_spans",
    "resource_logs",
    "resource_metrics",
    "batches",
];

/// Members under which Jaeger's and Tempo's APIs wrap a message.
pub(super) const WRAPPERS: [&str; 2] = ["result", "trace"];

/// After so many torn values in a row the rest of a chunk is given up: each may have been read to
/// the chunk's end in vain.
const TORN_LIMIT: usize = 256;

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
pub(super) fn lists_scopes(member: &str) -> bool {
    let member = member
        .strip_prefix("scope")
        .or_else(|| member.strip_prefix("instrumentation"));
    let member = member.map(|rest| {
        rest.strip_prefix("Library")
            .or_else(|| rest.strip_prefix("_library"))
            .unwrap_or(rest)
    });
    matches!(
        member,
        Some("Spans" | "Logs" | "Metrics" | "_spans" | "_logs" | "_metrics")
    )
}

/// Bytes of a file and where they stand in it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) bytes: &'a [u8],
    /// The same, where all of it is UTF-8.
    text: Option<&'a str>,
    offset: u64,
}

impl<'a> Source<'a> {
    /// The bytes `start..end`, without blanks at their end.
    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes
            .get(start..end)
            .unwrap_or_default()
            .trim_ascii_end()
    }

    /// Where they stand in the file.
    pub(super) fn cite(&self, start: usize, end: usize) -> Span {
        Span::new(
            self.offset.saturating_add(start as u64),
            self.slice(start, end).len() as u64,
        )
    }

    /// A part of these bytes that `serde_json` lent out. It borrows from its input, so the part's
    /// address tells its position.
    pub(super) fn part(&self, part: &'a RawValue) -> Self {
        let bytes = part.get().as_bytes();
        let start = bytes
            .as_ptr()
            .addr()
            .saturating_sub(self.bytes.as_ptr().addr());
        Self {
            bytes,
            text: Some(part.get()),
            offset: self.offset.saturating_add(start as u64),
        }
    }

    /// Reads the value here and moves past it, as the cursor does, but without checking again that
    /// every string is UTF-8.
    fn value<T: Deserialize<'a>>(&self, cursor: &mut Cursor<'a>) -> Result<T, Stop> {
        let at = cursor.position();
        let Some(text) = self.text.and_then(|text| text.get(at..)) else {
            return cursor.value();
        };
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<T>();
        match stream.next() {
            Some(Ok(value)) => {
                cursor.go_to(at + stream.byte_offset());
                Ok(value)
            }
            Some(Err(error)) => Err(Stop {
                why: explain(&error),
                at,
            }),
            None => cursor.value(),
        }
    }

    /// Reads the element here. One that is JSON but no `T` is a broken unit, and passed over.
    pub(super) fn element<T: Deserialize<'a>>(
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

/// A resource as it stands in the file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceMessage<'a> {
    #[serde(borrow)]
    attributes: Attributes<Pairs<'a>>,
}

/// An instrumentation scope.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Scope<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    name: Option<Cow<'a, str>>,
}

/// Walks the messages of one chunk.
pub(super) struct Reader<'a, 's> {
    pub(super) source: Source<'a>,
    pub(super) sink: &'s mut dyn Sink,
    /// The series met so far.
    pub(super) series: Series,
    resources: Resources<'a>,
    /// Where the last unit that was kept ends: what comes before is not read again.
    kept_until: usize,
    /// Torn values since then.
    torn: usize,
}

impl<'a, 's> Reader<'a, 's> {
    /// A reader of `chunk`.
    pub(super) fn new(chunk: &Chunk<'a>, sink: &'s mut dyn Sink) -> Self {
        let source = Source {
            bytes: chunk.bytes,
            text: std::str::from_utf8(chunk.bytes).ok(),
            offset: chunk.offset,
        };
        Self {
            source,
            sink,
            resources: Resources::default(),
            series: Series::default(),
            kept_until: 0,
            torn: 0,
        }
    }

    /// Reads all messages: one a line, pretty-printed, glued, or in an array.
    pub(super) fn read(mut self) {
        let bytes = self.source.bytes;
        let mut at = if self.source.offset == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        loop {
            let mut cursor = Cursor::new(bytes);
            cursor.go_to(at);
            let start = cursor.position();
            let walked = match cursor.peek() {
                None => return,
                Some(b',') => {
                    cursor.go_to(start + 1);
                    Ok(())
                }
                Some(b'[') => cursor.array(|cursor| self.apart(cursor, Self::message)),
                Some(_) => self.apart(&mut cursor, Self::message),
            };
            at = match walked {
                Ok(()) => cursor.position(),
                Err(stop) => self.resume(start, &stop),
            };
        }
    }

    /// Walks the element here. One of another shape than expected is one broken unit, and passed
    /// over; the walk stops only where the bytes are no JSON.
    fn apart(
        &mut self,
        cursor: &mut Cursor<'a>,
        walk: impl FnOnce(&mut Self, &mut Cursor<'a>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let start = cursor.position();
        // A cursor that stopped has lost count of its depth, so each element gets its own.
        let mut inner = Cursor::new(self.source.bytes);
        inner.go_to(start);
        if let Err(stop) = walk(self, &mut inner) {
            cursor.skip().map_err(|_| stop.clone())?;
            self.reject(start, cursor.position(), &stop);
        } else {
            cursor.go_to(inner.position());
        }
        Ok(())
    }

    /// Counts a torn value and tells where to go on: at the next line that starts one.
    fn resume(&mut self, start: usize, stop: &Stop) -> usize {
        let bytes = self.source.bytes;
        self.torn += 1;
        let from = self.kept_until.max(start);
        let mut newlines = memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default());
        let opens = |newline: &usize| matches!(bytes.get(from + newline + 1), Some(b'{' | b'['));
        let next = newlines.find(opens).filter(|_| self.torn < TORN_LIMIT);
        let end = next.map_or(bytes.len(), |newline| from + newline + 1);
        self.reject(start, end, stop);
        end
    }

    /// Counts what is broken of `start..end`: all from where the walk stopped.
    fn reject(&mut self, start: usize, end: usize, stop: &Stop) {
        let from = if (start..end).contains(&stop.at) {
            stop.at
        } else {
            start
        };
        self.sink.read(1);
        self.sink.reject(self.source.cite(from, end), &stop.why);
    }

    fn message(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        let (mut members, mut known, mut alone) = (0, false, false);
        let walked = cursor.object(|key, cursor| {
            members += 1;
            if RESOURCE_LISTS.contains(&key) {
                known = true;
                return cursor.array(|cursor| self.apart(cursor, Self::resource));
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
                _ => self.sink.reject(
                    at,
                    "the message has no spans, logs or metrics of a resource",
                ),
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
                Some(emitter) if lists_scopes(key) => {
                    cursor.array(|cursor| self.scope(emitter, cursor))
                }
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
        Ok(self
            .resources
            .emitter(
                raw,
                at,
                |raw| {
                    serde_json::from_slice(raw)
                        .map(|message: ResourceMessage<'_>| message.attributes.0)
                },
                self.sink,
            )
            .unwrap_or_else(|error| {
                self.sink.read(1);
                self.sink.reject(at, &explain(&error));
                Rc::default()
            }))
    }

    /// A scope and its units.
    fn scope(&mut self, emitter: &Emitter, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let mut scope = None;
        let mut waiting = Vec::new();
        let walked = cursor.object(|key, cursor| {
            if matches!(
                key,
                "scope" | "instrumentationLibrary" | "instrumentation_library"
            ) {
                let read = self
                    .source
                    .element::<Lenient<Scope<'_>>>(cursor, self.sink)?;
                scope = Some(read.map(|(Lenient(scope), _)| scope).unwrap_or_default());
                return Ok(());
            }
            match (Signal::of(key), &scope) {
                (Some(signal), Some(scope)) => {
                    self.units(signal, &emitter.context(scope.name.as_deref()), cursor)
                }
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
            self.units(signal, &emitter.context(scope.name.as_deref()), cursor)?;
        }
        cursor.go_to(end);
        walked
    }

    fn units(
        &mut self,
        signal: Signal,
        context: &Context<'_>,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Stop> {
        cursor.array(|cursor| match signal {
            Signal::Traces => self.unit(cursor, |span: SpanMessage<'a>, at, reader| {
                span.push(at, context, &reader.source, reader.sink)
            }),
            Signal::Logs => self.unit(cursor, |log: LogMessage<'a>, at, reader| {
                log.push(at, context, reader.sink)
            }),
            Signal::Metrics => self.metric(context, cursor),
        })
    }

    /// Reads one unit and accounts for it.
    pub(super) fn unit<T: Deserialize<'a>>(
        &mut self,
        cursor: &mut Cursor<'a>,
        push: impl FnOnce(T, Span, &mut Self) -> Outcome,
    ) -> Result<(), Stop> {
        let Some((message, at)) = self.source.element::<T>(cursor, self.sink)? else {
            return Ok(());
        };
        self.sink.read(1);
        match push(message, at, self) {
            Outcome::Kept => {
                self.sink.keep(1);
                self.kept_until = self.kept_until.max(cursor.position());
                self.torn = 0;
            }
            Outcome::Ignored(rule) => self.sink.ignore(1, rule),
            Outcome::Rejected(why) => self.sink.reject(at, &why),
        }
        Ok(())
    }
}

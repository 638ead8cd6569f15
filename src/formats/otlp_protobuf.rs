//! OTLP as Protocol Buffers: bodies of OTLP/HTTP and gRPC, and what the Collector's `file` exporter
//! writes with `format: proto` or a compression (specification: opentelemetry-proto 1.9, the
//! OTLP file exporter).
//!
//! A file is one message, or messages each behind its length: four bytes in big endian from the
//! Collector, a varint from Java's `writeDelimitedTo`. A compressed message becomes a file of its own, so that
//! what is cited in it are plain bytes. Nothing names the signal; what stands in a scope tells, so
//! that a file may mix all three. A span is cited by its own bytes, and fills the same columns, with
//! the same ids of resources and series, as from OTLP's JSON.
//!
//! A message that ends too early keeps what stands whole before the break. What it is not: a reader
//! of other messages of Protocol Buffers, or of profiles.

#[cfg(test)]
mod tests;

mod unit;
mod value;
mod wire;

use std::io::Read as _;

use self::unit::Signal;
use self::wire::{Fields, Step, Wire, varint};
use super::read::otel::metric::Series;
use super::read::otel::resource::Resources;
use super::read::otel::{Context, TABLES};
use super::read::raw;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::{EvidenceClass, Nested, Sink, Span, Stamp};

/// OTLP as Protocol Buffers.
pub struct OtlpProtobuf;

impl Format for OtlpProtobuf {
    fn name(&self) -> &'static str {
        "otlp_protobuf"
    }

    fn about(&self) -> &'static str {
        "OpenTelemetry traces, logs and metrics as Protocol Buffers: the Collector's `file` exporter with `format: proto`, OTLP/HTTP bodies"
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

    // Nothing marks where a message begins, so only reading from the start tells where one ends.
    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "Protocol Buffers: a resource of named attributes, then scopes of spans, logs or metrics"
    }

    fn example(&self) -> &'static [u8] {
        // One span of the service `checkout`; its ids are text only here.
        b"\n[\n\x1c\n\x1a\n\x0cservice.name\x12\n\n\x08checkout\
          \x12;\x129\n\x10checkout-trace-1\
          \x12\x08span-one*\tPOST /pay\
          9\0\xf6\xaf\xc9\xacY\x99\x18A\x80\xa8\x96\xd8\xacY\x99\x18"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        match Layout::of(peek.head) {
            Some((_, likelihood)) => likelihood,
            None => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        if chunk.bytes.trim_ascii().is_empty() {
            return;
        }
        let mut reader = Reader {
            source: Source {
                bytes: chunk.bytes,
                offset: chunk.offset,
            },
            resources: Resources::default(),
            series: Series::default(),
            rejected: 0,
            sink,
        };
        match Layout::of(chunk.head).map(|(layout, _)| layout) {
            None | Some(Layout::Message) => reader.message(chunk.bytes),
            Some(layout) => reader.frames(layout),
        }
    }
}

/// How messages stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// One message, all of the file.
    Message,
    /// A length of four bytes before each.
    Fixed,
    /// A length as a varint before each.
    Varint,
}

impl Layout {
    /// By the head of a file, and how sure that is.
    fn of(head: &[u8]) -> Option<(Self, Likelihood)> {
        let all = [Self::Message, Self::Fixed, Self::Varint];
        let judged = all.into_iter().filter_map(|layout| {
            let message = match layout {
                Self::Message => head,
                layout => {
                    let (length, rest) = layout.length(head)?;
                    if length == 0 {
                        return None;
                    }
                    rest.get(..length).unwrap_or(rest)
                }
            };
            let likelihood = judge(message);
            (likelihood > NO).then_some((layout, likelihood))
        });
        // Of equals the first wins.
        judged.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The length that `bytes` open with, and what follows.
    fn length(self, bytes: &[u8]) -> Option<(usize, &[u8])> {
        match self {
            Self::Message => Some((bytes.len(), bytes)),
            Self::Fixed => {
                let (length, rest) = bytes.split_first_chunk()?;
                Some((usize::try_from(u32::from_be_bytes(*length)).ok()?, rest))
            }
            Self::Varint => {
                let (length, rest) = varint(bytes)?;
                Some((usize::try_from(length).ok()?, rest))
            }
        }
    }
}

/// How a compressed message begins.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How likely `bytes`, which may be cut off, are a message.
fn judge(bytes: &[u8]) -> Likelihood {
    if bytes.starts_with(ZSTD) {
        return PERHAPS;
    }
    let Some((1, bytes)) = first(bytes) else {
        return NO;
    };
    let (mut resource, mut unit) = (false, false);
    for (number, bytes) in submessages(bytes) {
        match number {
            1 => resource = is_resource(bytes),
            2 => {
                let mut parts = submessages(bytes);
                unit =
                    unit || parts.any(|(number, bytes)| number == 2 && Signal::of(bytes).is_some());
            }
            3 => {}
            _ => return NO,
        }
    }
    match (resource, unit) {
        (true, true) => CERTAIN,
        (true, false) | (false, true) => LIKELY,
        (false, false) => NO,
    }
}

/// The first field, where it is a message.
fn first(bytes: &[u8]) -> Option<(u32, &[u8])> {
    submessages(bytes)
        .next()
        .filter(|(_, inner)| !inner.is_empty())
}

/// The fields that are messages, the last as far as it goes; nothing behind a field of another type.
fn submessages(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    Fields::of(bytes).map_while(|step| match step {
        Step::Field(number, Wire::Bytes(bytes)) | Step::Torn(number, bytes) => {
            Some((number, bytes))
        }
        _ => None,
    })
}

/// True where the first attribute has a name that one may have.
fn is_resource(bytes: &[u8]) -> bool {
    let Some((1, pair)) = first(bytes) else {
        return false;
    };
    let Some((1, name)) = first(pair) else {
        return false;
    };
    let sound = |b: &u8| b.is_ascii_alphanumeric() || b"._-/:".contains(b);
    name.iter().all(sound)
}

/// Bytes of a file and where they stand in it.
struct Source<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Source<'a> {
    /// Where `part` of these bytes stands in the file.
    fn cite(&self, part: &'a [u8]) -> Span {
        raw::place(self.bytes, self.offset, part)
    }
}

/// Walks the messages of a file.
struct Reader<'a, 's> {
    source: Source<'a>,
    resources: Resources<'a>,
    series: Series,
    rejected: u64,
    sink: &'s mut dyn Sink,
}

impl<'a> Reader<'a, '_> {
    /// Messages behind their lengths.
    fn frames(&mut self, layout: Layout) {
        let mut rest = self.source.bytes;
        while !rest.is_empty() {
            let Some((length, after)) = layout.length(rest) else {
                return self.reject(rest, "a message's length is torn");
            };
            let Some((message, next)) = after.split_at_checked(length) else {
                return self.torn(after, Self::message);
            };
            rest = next;
            if message.is_empty() {
                self.sink.read(1);
                self.sink.ignore(1, "empty message");
            } else if message.starts_with(ZSTD) {
                self.unfold(message);
            } else {
                self.message(message);
            }
        }
    }

    /// A compressed message becomes a file of its own.
    fn unfold(&mut self, message: &'a [u8]) {
        /// Longest message; the Collector's own limit is far below.
        const LONGEST: u64 = 64 << 20;
        let mut bytes = Vec::new();
        let read = zstd::Decoder::new(message)
            .and_then(|decoder| decoder.take(LONGEST + 1).read_to_end(&mut bytes));
        let span = self.source.cite(message);
        if read.is_err() {
            return self.reject(message, "the compressed message is torn");
        }
        if bytes.len() as u64 > LONGEST {
            return self.reject(message, "the message unfolds to more than 64 MiB");
        }
        self.sink.read(1);
        self.sink.nested(Nested {
            name: format!("message-{}", span.offset),
            bytes,
            span,
        });
        self.sink.keep(1);
    }

    /// A list of resources with what they emitted.
    fn message(&mut self, bytes: &'a [u8]) {
        self.each(bytes, 1, Self::resource);
    }

    /// Calls `walk` with every field of this number that is a message. What is torn is walked as far
    /// as it goes; what is broken is a reject.
    fn each(&mut self, bytes: &'a [u8], number: u32, walk: impl Fn(&mut Self, &'a [u8])) {
        let mut met = false;
        for step in Fields::of(bytes) {
            match step {
                Step::Field(found, Wire::Bytes(bytes)) if found == number => {
                    met = true;
                    walk(self, bytes);
                }
                Step::Torn(found, bytes) if found == number => {
                    met = true;
                    self.torn(bytes, &walk);
                }
                Step::Torn(_, bytes) => self.reject(bytes, "a field ends behind its message"),
                Step::Broken(bytes) => self.reject(bytes, "the bytes are no field"),
                Step::Field(..) => {}
            }
        }
        if !met && number == 1 && self.rejected == 0 {
            self.reject(
                bytes,
                "the message has no spans, logs or metrics of a resource",
            );
        }
    }

    /// Walks what is left of a message and counts that it is torn.
    fn torn(&mut self, bytes: &'a [u8], walk: impl Fn(&mut Self, &'a [u8])) {
        let before = self.rejected;
        walk(self, bytes);
        if self.rejected == before {
            self.reject(bytes, "the message is cut off");
        }
    }

    /// A resource and its scopes.
    fn resource(&mut self, bytes: &'a [u8]) {
        let mut described: &[u8] = &[];
        for step in Fields::of(bytes) {
            if let Step::Field(1, Wire::Bytes(bytes)) = step {
                described = bytes;
            }
        }
        let at = self.source.cite(described);
        let emitter = if described.is_empty() {
            Ok(std::rc::Rc::default())
        } else {
            self.resources
                .emitter(described, at, unit::resource, &mut *self.sink)
        };
        let emitter = emitter.unwrap_or_else(|why| {
            self.reject(described, why);
            std::rc::Rc::default()
        });
        self.each(bytes, 2, |reader, bytes| {
            let scope = submessages(bytes).find(|(number, _)| *number == 1);
            let name = scope.and_then(|(_, bytes)| unit::scope_name(bytes));
            let context = emitter.context(name.as_deref());
            reader.each(bytes, 2, |reader, bytes| reader.unit(bytes, &context));
        });
    }

    fn unit(&mut self, bytes: &'a [u8], context: &Context<'_>) {
        let pushed = match Signal::of(bytes) {
            Some(Signal::Metric) => return self.metric(bytes, context),
            Some(Signal::Span) => unit::push_span(&self.source, bytes, context, self.sink),
            Some(Signal::Log) => unit::push_log(&self.source, bytes, context, self.sink),
            None => Err("the bytes are no span, log record or metric".to_owned()),
        };
        match pushed {
            Ok(()) => {
                self.sink.read(1);
                self.sink.keep(1);
            }
            Err(why) => self.reject(bytes, &why),
        }
    }

    /// A metric: each of its points is a unit.
    fn metric(&mut self, bytes: &'a [u8], context: &Context<'_>) {
        let (metric, points) = match unit::metric(&self.source, bytes) {
            Ok(read) => read,
            Err(why) => return self.reject(bytes, why),
        };
        let name = metric.name.as_deref().unwrap_or_default();
        for bytes in points {
            match unit::point(bytes, metric.kind) {
                Ok((ts_ns, parts)) => {
                    let point = parts.record(name, context, &mut self.series);
                    self.sink.read(1);
                    let stamp = Stamp::new(self.source.cite(bytes), ts_ns);
                    self.sink.record(stamp, &point);
                    self.sink.keep(1);
                }
                Err(why) => self.reject(bytes, why),
            }
        }
        self.series.record(&metric, context, self.sink);
    }

    fn reject(&mut self, bytes: &'a [u8], why: &str) {
        self.rejected += 1;
        self.sink.read(1);
        self.sink.reject(self.source.cite(bytes), why);
    }
}

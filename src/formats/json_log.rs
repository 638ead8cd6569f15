//! JSON application logs: one object a record, with whatever keys the logging library chose.
//!
//! There is no standard, only habits: zap and slog say `ts`/`msg`, bunyan and pino `time`/`msg`
//! with integer levels, ECS `@timestamp`/`log.level`/`trace.id`, Serilog `@t`/`@m`, Google Cloud
//! `severity`/`logging.googleapis.com/trace`, Datadog `dd.trace_id` in decimal. So keys are
//! compared with case and punctuation folded away (`trace_id`, `traceId` and `trace.id` are one
//! name), the members of a few well-known wrappers are read like the record's own, and where two
//! members could fill a column the more telling name wins. Whatever filled no column stays in
//! `attributes`.
//!
//! Severities become OpenTelemetry severity numbers. A level or a trace id that no member gives is
//! looked for in the message, and a message that has a form of its own (a JSON record, logfmt, klog,
//! an access log's line, as collectors wrap them) is taken apart. What a proxy logs of a request gets
//! the body that an access log has; any other record without a message its own text, so that it can
//! be searched and read. Plain text between the objects (a banner, a stack trace) is read as lines.
//!
//! What it is not: a reader for JSON formats that have a name. It scores below every one of them.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::read::json::Outcome;
use super::read::log::object::{Fields, Reading, Shape};
use super::read::log::record::records;
use super::read::{Holders, Item, elements, pod, values};
use super::{Chunk, FALLBACK, Format, Framing, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// JSON application logs.
pub struct JsonLog;

impl Format for JsonLog {
    fn name(&self) -> &'static str {
        "json_log"
    }

    fn about(&self) -> &'static str {
        "JSON application logs (pino, bunyan, zap, ECS): `kubectl logs deploy/shop > shop.log`"
    }

    fn unit(&self) -> &'static str {
        "record"
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
        "objects that have a message, a time and a level under any of their usual names"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"time":"2026-03-03T14:02:07Z","level":"info","msg":"charged order 142","service":"checkout"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let texts: Vec<String> = peek.values.iter().map(Value::to_string).collect();
        let found: Vec<Reading<'_>> = texts.iter().filter_map(|text| Reading::of(text)).collect();
        let most = |test: fn(&Reading<'_>) -> bool| {
            let hits = found.iter().filter(|reading| test(reading)).count();
            hits > 0 && hits * 2 >= texts.len()
        };
        // Never more than half sure: every JSON format that has a name knows better.
        if most(|r| r.time.is_some() && (r.request || (r.body.is_some() && r.severity.is_some()))) {
            FALLBACK * 3
        } else if most(|r| r.body.is_some() && (r.time.is_some() || r.severity.is_some())) {
            FALLBACK * 2
        } else if texts.len() > 1 && most(|r| r.time.is_some()) {
            FALLBACK
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let pod = pod::of_path(chunk.path);
        let mut text: Option<Span> = None;
        for item in values::<Shape<'_>>(chunk) {
            if let Item::Broken(span, _) = &item
                && chunk.slice(*span).first() != Some(&b'{')
            {
                text = Some(text.map_or(*span, |text| join(text, *span)));
                continue;
            }
            plain(chunk, text.take(), sink);
            match item {
                Item::Value(Shape::Object(fields), span, raw) => {
                    sink.read(1);
                    keep(&fields, raw, span, pod, sink).tally(span, sink);
                }
                Item::Value(Shape::Array, span, _) => batch(&chunk.part(span), pod, sink),
                Item::Broken(span, why) => {
                    sink.read(1);
                    sink.reject(span, &why);
                }
            }
        }
        plain(chunk, text, sink);
    }
}

fn keep<'a>(
    fields: &Fields<'a>,
    raw: &'a [u8],
    span: Span,
    pod: Option<&'a str>,
    sink: &mut dyn Sink,
) -> Outcome {
    let (ts_ns, mut log) = fields.log(std::str::from_utf8(raw).unwrap_or_default());
    pod::hint(&mut log, pod);
    sink.record(Stamp::new(span, ts_ns), &log);
    Outcome::Kept
}

/// The elements of a top-level array, as `gcloud logging read --format=json` writes them.
fn batch<'a>(array: &Chunk<'a>, pod: Option<&'a str>, sink: &mut dyn Sink) {
    elements(
        array,
        &Holders::default(),
        sink,
        |element, sink| match element.read::<Shape<'_>>() {
            Ok(Shape::Object(fields)) => keep(&fields, element.bytes, element.span, pod, sink),
            Ok(Shape::Array) => Outcome::Rejected("arrays inside arrays are no log".into()),
            Err(why) => Outcome::Rejected(why),
        },
    );
}

/// Reads a stretch of text between the objects as lines. The file's head says nothing of them.
fn plain(chunk: &Chunk<'_>, text: Option<Span>, sink: &mut dyn Sink) {
    if let Some(span) = text {
        let head = &[];
        records(
            &Chunk {
                head,
                ..chunk.part(span)
            },
            sink,
        );
    }
}

fn join(first: Span, next: Span) -> Span {
    let end = next.offset.saturating_add(next.length);
    Span::new(first.offset, end.saturating_sub(first.offset))
}

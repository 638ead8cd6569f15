//! Text logs: whatever a process wrote to its standard output, line by line.
//!
//! The last resort for text, and the usual state of `kubectl logs`. A record is a line that starts
//! one, with the lines that go on with it: a line that opens with a blank, and after a line with a
//! time every line without one. So a stack trace stays with the message that it explains.
//! What is recognised in front of the message: the prefixes of `kubectl logs --prefix` and of
//! Docker Compose, and a leading time in the forms of RFC 3339, Python, Go, glog, syslog, logfmt
//! and access logs. Times without a zone are read as UTC; times without a year are none, since a
//! guess would be worse. Levels and trace ids are found in the text where it names them. A line
//! that holds a JSON object behind its prefix is read as [`json_log`](super::json_log) reads it,
//! but with the time that stands before it: that one is the runtime's.
//!
//! Chunks are read apart, so a continuation at the start of a chunk has nothing to belong to and
//! becomes a record of its own. A record that has grown to 64 KiB takes no further lines.
//!
//! What it is not: a template miner, or a reader for text formats that have a name.

mod line;
#[cfg(test)]
mod tests;

pub(super) use line::{clock, ids, level};

use std::borrow::Cow;

use self::line::{Front, Kind};
use super::json_log;
use super::read::{self, TEXT_LIMIT, pod};
use super::{Chunk, FALLBACK, Format, Framing, Likelihood, NO, Peek};
use crate::model::runtime::Log;
use crate::model::{EvidenceClass, Sink, Span, Stamp, id};

/// Text logs.
pub struct PlainLog;

impl Format for PlainLog {
    fn name(&self) -> &'static str {
        "plain_log"
    }

    fn about(&self) -> &'static str {
        "Text logs, a record a line: `kubectl logs --timestamps POD > POD.log`"
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
        Framing::Lines
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let text = peek.head.trim_ascii_start();
        // Syslog opens with `<34>`, markup with a letter or a mark.
        let markup =
            text.first() == Some(&b'<') && !text.get(1).is_some_and(|byte| byte.is_ascii_digit());
        let plain = !text.is_empty() && peek.values.is_empty() && peek.is_text() && !markup;
        if plain { FALLBACK } else { NO }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let pod = pod::of_path(chunk.path);
        let column = line::column(chunk.head);
        let mut open: Option<Record<'_>> = None;
        for (line, span) in read::lines(chunk) {
            let line = line::without_colour(line);
            if line.trim().is_empty() {
                continue;
            }
            let front = Front::of(&line, column);
            if let Some(record) = &mut open
                && record.goes_on_with(&front)
            {
                record.append(&front, span);
                continue;
            }
            let next = Record {
                prefix: front.prefix.to_owned(),
                kind: front.kind,
                ts_ns: front.ts_ns,
                message: line.len() - front.message.len(),
                line,
                more: String::new(),
                span,
            };
            if let Some(record) = open.replace(next) {
                record.push(pod, sink);
            }
        }
        if let Some(record) = open {
            record.push(pod, sink);
        }
    }
}

/// What one record of a container's output says, be it text or a JSON object: for formats that
/// wrap each line in an envelope of their own. The envelope's time is the better one.
pub(super) fn entry(text: &str) -> (Option<i64>, Log<'_>) {
    let front = Front::of(text, None);
    let (own, log) = read_message(front.kind, front.message);
    (front.ts_ns.or(own), log)
}

fn read_message(kind: Kind, message: &str) -> (Option<i64>, Log<'_>) {
    let object = if kind == Kind::Json {
        json_log::entry(message)
    } else {
        None
    };
    object.unwrap_or_else(|| (None, read_text(message)))
}

fn read_text(text: &str) -> Log<'_> {
    let level = level(text);
    let (trace_id, span_id) = ids(text);
    Log {
        trace_id,
        span_id,
        severity_number: level.and_then(json_log::severity),
        severity_text: level.map(Cow::Borrowed),
        body: Some(read::bounded(text).into()),
        ..Log::default()
    }
}

/// A record whose lines are still coming in.
struct Record<'a> {
    /// The first line, and where in it the message starts.
    line: Cow<'a, str>,
    message: usize,
    prefix: String,
    kind: Kind,
    ts_ns: Option<i64>,
    /// The messages of the lines after it, each behind a newline.
    more: String,
    span: Span,
}

impl Record<'_> {
    fn goes_on_with(&self, next: &Front<'_>) -> bool {
        let follows = match self.kind {
            Kind::Json => false,
            Kind::Dated => next.kind == Kind::Bare || next.indented,
            Kind::Bare => next.indented,
        };
        let room = self.more.len() < TEXT_LIMIT;
        follows && room && next.kind != Kind::Json && self.prefix == next.prefix
    }

    fn append(&mut self, next: &Front<'_>, span: Span) {
        self.more.push('\n');
        self.more.push_str(next.message);
        let end = span.offset.saturating_add(span.length);
        self.span.length = end.saturating_sub(self.span.offset);
    }

    fn push(self, pod: Option<&str>, sink: &mut dyn Sink) {
        let first = self.line.get(self.message..).unwrap_or_default();
        let message = match self.more.as_str() {
            "" => Cow::Borrowed(first),
            more => Cow::Owned([first, more].concat()),
        };
        let (own, mut log) = read_message(self.kind, &message);
        label(&self.prefix, &mut log);
        pod::hint(&mut log, pod);
        sink.read(1);
        sink.record(Stamp::new(self.span, self.ts_ns.or(own)), &log);
        sink.keep(1);
    }
}

/// Fills what a line's prefix says of its source: the pod and container of `kubectl logs --prefix`,
/// or the service of Docker Compose.
fn label<'a>(prefix: &'a str, log: &mut Log<'a>) {
    let inner = prefix
        .strip_prefix("[pod/")
        .and_then(|rest| rest.strip_suffix("] "));
    if let Some((pod, container)) = inner.and_then(|inner| inner.split_once('/')) {
        log.k8s_pod_name = Some(pod.into());
        if log.service_name.is_none() {
            log.service_name = id::workload(pod).map(Cow::Borrowed);
        }
        let attribute = format!(
            "{{\"k8s.container.name\":{}",
            serde_json::Value::from(container)
        );
        let others = log
            .attributes
            .as_deref()
            .and_then(|json| json.strip_prefix('{'));
        let rest = others.map_or_else(|| "}".to_owned(), |others| format!(",{others}"));
        log.attributes = Some(Cow::Owned(attribute + &rest));
    } else if let Some((service, _)) = prefix.split_once('|')
        && log.service_name.is_none()
    {
        log.service_name = Some(line::without_replica(service.trim_end()).into());
    }
}

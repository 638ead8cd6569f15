//! Log records out of text lines.
//!
//! A record is a line that starts one, with the lines that go on with it: a line that opens with a
//! blank, and after a line with a time every line without one. So a stack trace stays with the
//! message that it explains. Chunks are read apart, so a continuation at the start of a chunk has
//! nothing to belong to and becomes a record of its own. A record that has grown to 64 KiB takes no
//! further lines.

use std::borrow::Cow;

use super::line::{self, Front, Kind};
use super::{dialect, ids, object, severity};
use crate::formats::Chunk;
use crate::formats::read::{TEXT_LIMIT, bounded, lines, pod};
use crate::model::runtime::Log;
use crate::model::{Sink, Span, Stamp, id};

/// Reads the lines of `chunk` as log records, each counted as one unit.
pub fn records(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let pod = pod::of_path(chunk.path);
    let column = line::column(chunk.head);
    let mut open: Option<Record<'_>> = None;
    for (line, span) in lines(chunk) {
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

/// How many of `lines` show that they are a log's: a time before the message, or a level in it. `head`
/// is the start of their file.
pub fn openings<'l>(head: &[u8], lines: impl Iterator<Item = &'l str>) -> usize {
    let column = line::column(head);
    let opens = |line: &&str| {
        let line = line::without_colour(Cow::Borrowed(line));
        let front = Front::of(&line, column);
        front.kind != Kind::Bare
            || !front.prefix.is_empty()
            || is_syslog(front.message)
            || severity::word_in(front.message).is_some()
    };
    lines.filter(opens).count()
}

/// `<34>`, the priority of RFC 3164 and RFC 5424.
fn is_syslog(message: &str) -> bool {
    message
        .strip_prefix('<')
        .and_then(|rest| rest.split_once('>'))
        .is_some_and(|(priority, _)| priority.parse::<u8>().is_ok())
}

fn read_message(kind: Kind, message: &str) -> (Option<i64>, Log<'_>) {
    let object = if kind == Kind::Json {
        object::entry(message)
    } else {
        None
    };
    object.unwrap_or_else(|| (None, read_text(message)))
}

/// What a line of no known form says.
pub fn read_text(text: &str) -> Log<'_> {
    let level = severity::word_in(text);
    let (trace_id, span_id) = ids::named(text);
    Log {
        trace_id,
        span_id,
        severity_number: level.and_then(severity::number),
        severity_text: level.map(Cow::Borrowed),
        body: Some(bounded(text).into()),
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
        let whole = self.line.get(self.prefix.len()..).unwrap_or_default();
        let named = match self.kind {
            Kind::Json => None,
            _ => dialect::read(whole).or_else(|| dialect::read(first)),
        };
        let message = match self.more.as_str() {
            "" => Cow::Borrowed(first),
            more => Cow::Owned([first, more].concat()),
        };
        let (own, mut log) = match named {
            Some((own, mut log)) => {
                if let Some(body) = log.body.as_mut().filter(|_| !self.more.is_empty()) {
                    let text = [body.as_ref(), &self.more].concat();
                    *body = bounded(&text).to_owned().into();
                }
                (own, log)
            }
            None => read_message(self.kind, &message),
        };
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

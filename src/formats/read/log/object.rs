//! A JSON object as a log record: each member offered to the column that its name suggests.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::{RawValue, Value};

use super::clock::moment;
use super::members::{Role, fold, role, wrapper};
use super::{dialect, envelope, ids, severity};
use crate::formats::read::{TEXT_LIMIT, bounded, raw};
use crate::model::id;
use crate::model::runtime::Log;

/// How deep wrappers inside wrappers are followed (`resource.labels.pod_name`).
const DEPTH: u8 = 3;

/// A JSON value, as far as logs care.
pub enum Shape<'a> {
    /// A record.
    Object(Fields<'a>),
    /// A list of records, read and forgotten.
    Array,
}

/// An object's members in order, each value still as text.
pub struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Shape<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a log record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            fields.push((key, value));
        }
        Ok(Shape::Object(Fields(fields)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::Array)
    }
}

/// What a JSON object says as a log record; `None` where `text` is no object.
pub fn entry(text: &str) -> Option<(Option<i64>, Log<'_>)> {
    match serde_json::from_str(text).ok()? {
        Shape::Object(fields) => Some(fields.log(text)),
        Shape::Array => None,
    }
}

/// The same for an object that says something: one that names no message is data, not a record.
pub fn message(text: &str) -> Option<(Option<i64>, Log<'_>)> {
    let text = text.trim();
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let Ok(Shape::Object(fields)) = serde_json::from_str(text) else {
        return None;
    };
    let mut found = Reading::default();
    found.look(&fields, "", 0, DEPTH);
    found.body.is_some().then(|| fields.log(text))
}

impl<'a> Fields<'a> {
    /// The record, `text` being the object's own text, and when it happened.
    pub fn log(&self, text: &'a str) -> (Option<i64>, Log<'a>) {
        let mut found = Reading::default();
        found.look(self, "", 0, DEPTH);
        let attributes = self.attributes(&found.used());
        let body = found.body.map(|best| without_line_end(best.value));
        let mut trace_id = found.trace.map(|best| best.value);
        let mut span_id = found.span.map(|best| best.value);
        if let (None, Some(body)) = (trace_id, &body) {
            let (trace, span) = ids::named(body);
            (trace_id, span_id) = (trace, span_id.or(span));
        }
        let severity = found.severity.map(|best| best.value).or_else(|| {
            let level = severity::word_in(body.as_deref()?)?;
            Some((severity::number(level), level.to_owned().into()))
        });
        let (severity_number, severity_text) = severity.unzip();
        let log = Log {
            trace_id,
            span_id,
            service_name: found.service.map(|best| best.value),
            severity_number: severity_number.flatten(),
            severity_text,
            event_name: found.event.map(|best| best.value),
            body: Some(
                body.or_else(|| self.request().map(Cow::Owned))
                    .unwrap_or_else(|| bounded(text).into()),
            ),
            k8s_pod_name: found.pod.map(|best| best.value),
            scope_name: found.scope.map(|best| best.value),
            attributes: attributes.map(Cow::Owned),
            ..Log::default()
        };
        let time = found.time.map(|best| best.value);
        // What a collector wrapped has a form of its own.
        let inner = log.body.as_deref().and_then(dialect::inner);
        match inner.map(|(own, inner)| (own, envelope::owned(inner))) {
            Some((own, inner)) => (time.or(own), envelope::wrap(log, inner)),
            None => (time, log),
        }
    }

    /// The request and its status as an access log writes them, where a proxy logs requests as JSON
    /// and no message: Cloudflare's Logpush, and what nginx is usually told to write.
    fn request(&self) -> Option<String> {
        let member = |name: &str| {
            let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
            raw::scalar(value)
        };
        let (request, status) = if let Some(method) = member("ClientRequestMethod") {
            let target = member("ClientRequestURI")?;
            let protocol = member("ClientRequestProtocol").unwrap_or_default();
            let request = format!("{method} {target} {protocol}");
            (request, member("EdgeResponseStatus")?)
        } else {
            let request = member("request").filter(|request| request.contains(" HTTP/"))?;
            (request.into_owned(), member("status")?)
        };
        Some(bounded(&format!("\"{}\" {status}", request.trim_end())).to_owned())
    }

    /// The members that filled no column. One that would make the cell too long is left out; the
    /// citation still covers it.
    fn attributes(&self, used: &[usize]) -> Option<String> {
        let mut object = String::new();
        for (at, (key, value)) in self.0.iter().enumerate() {
            let length = key.len() + value.get().len();
            if used.contains(&at) || object.len() + length > TEXT_LIMIT {
                continue;
            }
            if let Some(value) = raw::json(value) {
                object.push(if object.is_empty() { '{' } else { ',' });
                object.push_str(&Value::from(key.as_ref()).to_string());
                object.push(':');
                object.push_str(value);
            }
        }
        (!object.is_empty()).then(|| object + "}")
    }

    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }
}

/// The best candidate for one column.
pub struct Best<T> {
    /// Lower is more telling.
    rank: u8,
    /// The top-level member that it is; `None` where it stands inside a wrapper.
    member: Option<usize>,
    value: T,
}

/// The columns that a record fills.
#[derive(Default)]
pub struct Reading<'a> {
    /// When.
    pub time: Option<Best<i64>>,
    /// How grave: the number where the level is known, and the level as written.
    pub severity: Option<Best<(Option<i64>, Cow<'a, str>)>>,
    /// What.
    pub body: Option<Best<Cow<'a, str>>>,
    /// It tells of a request, and so needs no message.
    pub request: bool,
    trace: Option<Best<u128>>,
    span: Option<Best<u64>>,
    service: Option<Best<Cow<'a, str>>>,
    pod: Option<Best<Cow<'a, str>>>,
    scope: Option<Best<Cow<'a, str>>>,
    event: Option<Best<Cow<'a, str>>>,
}

impl<'a> Reading<'a> {
    /// The columns of the record that `text` is, if it is an object.
    pub fn of(text: &'a str) -> Option<Self> {
        let Ok(Shape::Object(fields)) = serde_json::from_str(text) else {
            return None;
        };
        let mut reading = Self {
            request: fields.request().is_some(),
            ..Self::default()
        };
        reading.look(&fields, "", 0, DEPTH);
        Some(reading)
    }

    /// Offers every member to the column that its name suggests, and goes into wrappers.
    fn look(&mut self, fields: &Fields<'a>, prefix: &str, handicap: u8, depth: u8) {
        let top = depth == DEPTH;
        let is_bunyan = top && fields.has("pid") && fields.has("hostname");
        for (at, (key, value)) in fields.0.iter().enumerate() {
            let name = fold(prefix, key);
            // `name` names a logger in bunyan's records only.
            if name == "name" && !is_bunyan {
                continue;
            }
            if let Some((role, rank)) = role(&name) {
                self.offer(role, rank + handicap, top.then_some(at), &name, value);
            }
            if let (Some((prefix, cost)), 1..) = (wrapper(&name), depth)
                && let Ok(Shape::Object(inner)) = serde_json::from_str(value.get())
            {
                self.look(&inner, prefix, handicap + cost, depth - 1);
            }
        }
    }

    fn offer(
        &mut self,
        role: Role,
        rank: u8,
        member: Option<usize>,
        name: &str,
        value: &'a RawValue,
    ) {
        let words = || raw::text(value);
        match role {
            Role::Time => put(&mut self.time, rank, member, moment(value)),
            Role::Severity => put(
                &mut self.severity,
                rank,
                member,
                severity::of_member(name, value),
            ),
            Role::Body => put(&mut self.body, rank, member, words()),
            Role::Trace => put(&mut self.trace, rank, member, ids::trace(name, value)),
            Role::Span => put(&mut self.span, rank, member, ids::span(name, value)),
            Role::Service => put(&mut self.service, rank, member, words()),
            Role::Pod => put(&mut self.pod, rank, member, words()),
            // A container's host name is its pod's name.
            Role::Host => {
                let pod = words().filter(|host| id::workload(host).is_some());
                put(&mut self.pod, rank, member, pod);
            }
            Role::Scope => put(&mut self.scope, rank, member, words()),
            Role::Event => put(&mut self.event, rank, member, words()),
        }
    }

    /// The top-level members that filled a column and so need not be repeated in `attributes`.
    fn used(&self) -> Vec<usize> {
        fn of<T>(best: Option<&Best<T>>) -> Option<usize> {
            best.and_then(|best| best.member)
        }
        let texts = [
            &self.body,
            &self.service,
            &self.pod,
            &self.scope,
            &self.event,
        ];
        let others = [
            of(self.time.as_ref()),
            of(self.severity.as_ref()),
            of(self.trace.as_ref()),
            of(self.span.as_ref()),
        ];
        texts
            .into_iter()
            .map(|best| of(best.as_ref()))
            .chain(others)
            .flatten()
            .collect()
    }
}

/// Fills `slot` where `value` is one and more telling than what is there.
fn put<T>(slot: &mut Option<Best<T>>, rank: u8, member: Option<usize>, value: Option<T>) {
    if let Some(value) = value
        && slot.as_ref().is_none_or(|best| rank < best.rank)
    {
        *slot = Some(Best {
            rank,
            member,
            value,
        });
    }
}

/// A message without the newline that ended its line, which Docker keeps.
fn without_line_end(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => text.trim_end_matches(['\r', '\n']).into(),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
            text.into()
        }
    }
}

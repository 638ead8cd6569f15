//! What a wrapper says of a line, and the line inside it.
//!
//! Container runtimes, journald, Loki and CloudWatch put a time, a source and sometimes a level
//! around a line that has a form of its own. The time is the wrapper's: what a process prints is
//! often local time. Of what the line says itself, the level, ids and message win; a wrapper's level
//! is mostly that of its stream.

use std::borrow::Cow;

use super::{dialect, line, record, severity};
use crate::formats::read::TEXT_LIMIT;
use crate::model::runtime::Log;

/// What a wrapper says.
#[derive(Debug, Default, Clone)]
pub struct Envelope<'a> {
    pub ts_ns: Option<i64>,
    pub service_name: Option<Cow<'a, str>>,
    pub k8s_pod_name: Option<Cow<'a, str>>,
    /// The level, as the wrapper writes it.
    pub severity: Option<Cow<'a, str>>,
    pub trace_id: Option<u128>,
    pub span_id: Option<u64>,
    /// All else, as a JSON object.
    pub attributes: Option<String>,
}

impl<'a> Envelope<'a> {
    /// The record of `text` in this envelope, and when it happened.
    pub fn open(self, text: Cow<'a, str>) -> (Option<i64>, Log<'a>) {
        let (own, inner) = match line::without_colour(text) {
            Cow::Borrowed(text) => message(text),
            Cow::Owned(text) => {
                let (own, inner) = message(&text);
                (own, owned(inner))
            }
        };
        let outer = Log {
            trace_id: self.trace_id,
            span_id: self.span_id,
            service_name: self.service_name,
            severity_number: self.severity.as_deref().and_then(severity::number),
            severity_text: self.severity,
            k8s_pod_name: self.k8s_pod_name,
            attributes: self.attributes.map(Cow::Owned),
            ..Log::default()
        };
        (self.ts_ns.or(own), wrap(outer, inner))
    }
}

/// What a message says, be it JSON, a dialect, or text behind a time.
fn message(text: &str) -> (Option<i64>, Log<'_>) {
    let text = text.trim_end_matches(['\r', '\n']);
    if let Some(read) = dialect::inner(text) {
        return read;
    }
    let (first, more) = text.find('\n').map_or((text, ""), |at| text.split_at(at));
    let front = line::Front::of(first, None);
    let start = first.len() - front.message.len();
    match (front.ts_ns, text.get(start..)) {
        (Some(ts_ns), Some(rest)) if start > 0 && front.prefix.is_empty() => {
            let (own, log) = dialect::inner(rest)
                .filter(|_| more.is_empty())
                .unwrap_or_else(|| (None, record::read_text(rest)));
            (Some(ts_ns).or(own), log)
        }
        (own, _) => (own, record::read_text(text)),
    }
}

/// `inner` in its wrapper: what it says itself wins, but for the pod.
pub fn wrap<'a>(outer: Log<'a>, inner: Log<'a>) -> Log<'a> {
    let (severity_number, severity_text) = if inner.severity_text.is_some() {
        (inner.severity_number, inner.severity_text)
    } else {
        (outer.severity_number, outer.severity_text)
    };
    Log {
        trace_id: inner.trace_id.or(outer.trace_id),
        span_id: inner.span_id.or(outer.span_id),
        resource_id: outer.resource_id,
        service_name: inner.service_name.or(outer.service_name),
        severity_number,
        severity_text,
        event_name: inner.event_name.or(outer.event_name),
        body: inner.body.or(outer.body),
        k8s_pod_name: outer.k8s_pod_name.or(inner.k8s_pod_name),
        scope_name: inner.scope_name.or(outer.scope_name),
        attributes: joined(outer.attributes, inner.attributes),
        ..Log::default()
    }
}

/// The members of two objects in one. What would make the cell too long is left out; the citation
/// still covers it.
fn joined<'a>(outer: Option<Cow<'a, str>>, inner: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
    let (Some(left), Some(right)) = (&outer, &inner) else {
        return outer.or(inner);
    };
    let members = left.strip_suffix('}').zip(right.strip_prefix('{'));
    match members {
        Some((left, right)) if left.len() + right.len() < TEXT_LIMIT => {
            let empty = left.trim_end().ends_with('{') || right.trim_start().starts_with('}');
            Some(format!("{left}{}{right}", if empty { "" } else { "," }).into())
        }
        _ => outer,
    }
}

/// The same record, borrowing from nothing.
pub fn owned(log: Log<'_>) -> Log<'static> {
    let own = |cell: Option<Cow<'_, str>>| cell.map(|text| Cow::Owned(text.into_owned()));
    Log {
        trace_id: log.trace_id,
        span_id: log.span_id,
        resource_id: log.resource_id,
        service_name: own(log.service_name),
        severity_number: log.severity_number,
        severity_text: own(log.severity_text),
        event_name: own(log.event_name),
        body: own(log.body),
        k8s_pod_name: own(log.k8s_pod_name),
        scope_name: own(log.scope_name),
        attributes: own(log.attributes),
        ..Log::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_joined_member_by_member() {
        let join = |left: &'static str, right: &'static str| {
            joined(Some(left.into()), Some(right.into()))
                .unwrap()
                .into_owned()
        };
        assert_eq!(join(r#"{"a":1}"#, r#"{"b":2}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(join("{}", r#"{"b":2}"#), r#"{"b":2}"#);
        assert_eq!(join(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
        assert_eq!(joined(None, Some("{}".into())).as_deref(), Some("{}"));
    }

    #[test]
    fn the_line_says_what_and_the_wrapper_when_and_where() {
        let envelope = Envelope {
            ts_ns: Some(7),
            k8s_pod_name: Some("cart-0".into()),
            severity: Some("info".into()),
            attributes: Some(r#"{"a":1}"#.into()),
            ..Envelope::default()
        };
        let open = |text: &'static str| envelope.clone().open(text.into());
        let (ts_ns, log) =
            open(r#"{"ts":1762178527,"level":"error","msg":"no stock","pod":"x","b":2}"#);
        assert_eq!((ts_ns, log.body.as_deref()), (Some(7), Some("no stock")));
        assert_eq!(
            (log.severity_number, log.k8s_pod_name.as_deref()),
            (Some(17), Some("cart-0"))
        );
        assert_eq!(log.attributes.as_deref(), Some(r#"{"a":1,"b":2}"#));
        let (_, log) = open("2025-11-03 22:02:07,123 plain words\n");
        assert_eq!(
            (log.body.as_deref(), log.severity_number),
            (Some("plain words"), Some(9))
        );
    }
}

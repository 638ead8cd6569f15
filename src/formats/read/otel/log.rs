//! Log records of OTLP.

use std::borrow::Cow;

use super::Context;
use super::attributes::Sorted;
use super::keys::keys;
use super::value::Value;
use crate::model::runtime::Log;

keys! {
    /// Attributes of a log record that fill columns.
    LogKey {
        OldEventName "event.name",
        Pod "k8s.pod.name",
    }
}

/// A log record's attributes, those that fill columns set aside.
pub type LogAttributes<'a> = Sorted<'a, LogKey>;

/// A log record as its format tells it.
#[derive(Default)]
pub struct LogParts<'a> {
    pub severity_number: Option<i64>,
    pub severity_text: Option<Cow<'a, str>>,
    pub event_name: Option<Cow<'a, str>>,
    pub body: Value<'a>,
    pub attributes: LogAttributes<'a>,
    pub trace_id: Option<u128>,
    pub span_id: Option<u64>,
}

impl<'a> LogParts<'a> {
    /// The record.
    pub fn record(self, context: &Context<'a>) -> Log<'a> {
        let mut attributes = self.attributes;
        Log {
            trace_id: self.trace_id,
            span_id: self.span_id,
            resource_id: context.resource_id,
            service_name: context.service_name.map(Cow::Borrowed),
            severity_number: self.severity_number,
            severity_text: self.severity_text,
            event_name: self
                .event_name
                .or_else(|| attributes.take_text(&[LogKey::OldEventName])),
            body: self.body.into_text(),
            k8s_pod_name: attributes.take_text(&[LogKey::Pod]),
            scope_name: context.scope_name.map(Cow::Borrowed),
            attributes: attributes.rest(None).map(Cow::Owned),
            ..Log::default()
        }
    }
}

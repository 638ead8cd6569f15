//! The audit log of the Kubernetes API server: who asked for what, whether it was granted, and with
//! which body. Source: `audit.k8s.io/v1` (and `v1beta1`) of the Kubernetes API reference.
//!
//! Met as JSON lines (the log backend), as `EventList` (the webhook backend), and inside other
//! logs: EKS puts each event as text into a CloudWatch `message`, AKS into `properties.log`. The
//! unit is the event. Each event that tells an outcome becomes an `access`; a successful write to a
//! workload, a role or a config map becomes a `change` too, and a created pod its `instance` rows.
//!
//! One request is logged once per stage, under one `auditID`. The outcome stands in
//! `ResponseComplete`, or `Panic`. Requests that stay open (watches, exec, port forwarding) may
//! have reached only `ResponseStarted` when the log ends, so that stage is kept for them too, with
//! the stage among the attributes: whoever counts such requests counts distinct `event_id`s.
//!
//! What it is not: the cluster's Events, which share the kind `Event` but regard an object.

mod access;
mod change;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::read::cursor::Stop;
use super::read::json::{Outcome, explain};
use super::read::{Cursor, Item, bounded, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Span, time};

/// Audit events of the Kubernetes API server.
pub struct K8sAudit;

impl Format for K8sAudit {
    fn name(&self) -> &'static str {
        "k8s_audit"
    }

    fn about(&self) -> &'static str {
        "Kubernetes API audit log: file of --audit-log-path, webhook, EKS or AKS export"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change", "instance"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let holds = |wanted: Likelihood| peek.share(|value| judge(value) >= wanted) >= 50;
        [CERTAIN, LIKELY]
            .into_iter()
            .find(|wanted| holds(*wanted))
            .unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        for found in values::<Event<'_>>(chunk) {
            match found {
                Item::Value(event, span, raw)
                    if event.inside.is_none() && raw.starts_with(b"{") =>
                {
                    account(Ok(&event), span, sink);
                }
                Item::Value(_, span, raw) => envelope(raw, span, None, sink),
                Item::Broken(span, why) => envelope(bytes_of(chunk, span), span, Some(why), sink),
            }
        }
    }
}

/// How likely a value is an audit event, or holds some.
fn judge(value: &Value) -> Likelihood {
    let held = ["items", "logEvents", "records"]
        .iter()
        .find_map(|key| value.get(key)?.as_array());
    if let Some(held) = held {
        return held.iter().map(judge_event).max().unwrap_or(NO);
    }
    judge_event(value)
}

fn judge_event(value: &Value) -> Likelihood {
    if let Some(wrapped) = wrapped(value.get("message"), value.get("properties")) {
        return if wrapped.contains("\"audit.k8s.io/") {
            CERTAIN
        } else {
            NO
        };
    }
    match text(value, "/apiVersion") {
        Some(version) if version.starts_with("audit.k8s.io/") => CERTAIN,
        None if has(value, &["auditID", "stage", "user"]) => LIKELY,
        _ => NO,
    }
}

/// An audit event, or a wrapper that holds events. What is not needed for every event stays text.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Event<'a> {
    #[serde(rename = "auditID")]
    audit_id: Value,
    stage: Value,
    verb: Value,
    user: Value,
    impersonated_user: Value,
    user_agent: Value,
    object_ref: Value,
    response_status: Value,
    annotations: Value,
    #[serde(rename = "requestURI")]
    request_uri: Value,
    #[serde(rename = "sourceIPs")]
    source_ips: Value,
    request_received_timestamp: Value,
    stage_timestamp: Value,
    /// Of `v1beta1`.
    timestamp: Value,
    #[serde(borrow)]
    request_object: Option<&'a RawValue>,
    #[serde(borrow)]
    response_object: Option<&'a RawValue>,
    /// CloudWatch's text.
    message: Value,
    /// Azure's: `log` is the text.
    properties: Value,
    /// Events inside this value.
    #[serde(alias = "items", alias = "logEvents", alias = "records")]
    inside: Option<IgnoredAny>,
}

/// The bytes of `chunk` that stand at `span`.
fn bytes_of<'a>(chunk: &Chunk<'a>, span: Span) -> &'a [u8] {
    let at = |offset: u64| usize::try_from(offset.saturating_sub(chunk.offset)).ok();
    let ends = at(span.offset).zip(at(span.offset.saturating_add(span.length)));
    ends.and_then(|(from, to)| chunk.bytes.get(from..to))
        .unwrap_or_default()
}

/// Reads what is whole of an `EventList`, a log export or an array. What stops the walk, or makes
/// `raw` none of these, is one rejected unit.
fn envelope(raw: &[u8], span: Span, broken: Option<String>, sink: &mut dyn Sink) {
    let mut rest = 0;
    let mut cursor = Cursor::new(raw);
    let mut element = |cursor: &mut Cursor<'_>| -> Result<(), Stop> {
        let start = cursor.position();
        let event = cursor.value::<Event<'_>>();
        if event.is_err() {
            cursor.skip()?;
        }
        rest = cursor.position();
        let span = Span::new(
            span.offset + start as u64,
            rest.saturating_sub(start) as u64,
        );
        account(event.as_ref().map_err(|stop| stop.why.as_str()), span, sink);
        Ok(())
    };
    let walked = if cursor.peek() == Some(b'[') {
        cursor.array(element)
    } else {
        cursor.object(|key, cursor| match key {
            "items" | "logEvents" | "records" => cursor.array(&mut element),
            _ => cursor.skip(),
        })
    };
    let why = walked
        .err()
        .map(|stop| stop.why)
        .or(broken.filter(|_| rest == 0));
    if let Some(why) = why {
        let rest = rest as u64;
        sink.read(1);
        sink.reject(
            Span::new(span.offset + rest, span.length.saturating_sub(rest)),
            &why,
        );
    }
}

fn account(event: Result<&Event<'_>, &str>, span: Span, sink: &mut dyn Sink) {
    sink.read(1);
    let outcome = match event {
        Ok(event) => unit(event, span, sink),
        Err(why) => Outcome::Rejected(why.to_owned()),
    };
    match outcome {
        Outcome::Kept => sink.keep(1),
        Outcome::Ignored(rule) => sink.ignore(1, rule),
        Outcome::Rejected(why) => sink.reject(span, &why),
    }
}

fn unit(event: &Event<'_>, span: Span, sink: &mut dyn Sink) -> Outcome {
    let Some(wrapped) = wrapped(Some(&event.message), Some(&event.properties)) else {
        return record(event, span, sink);
    };
    if !wrapped.trim_start().starts_with('{') {
        // The scheduler, the authenticator and others write to the same log group.
        return Outcome::Ignored("log line of another component");
    }
    match serde_json::from_str::<Event<'_>>(wrapped) {
        Ok(event) => record(&event, span, sink),
        Err(error) => Outcome::Rejected(explain(&error)),
    }
}

/// The text of an event inside an element of CloudWatch's or Azure's export.
fn wrapped<'v>(message: Option<&'v Value>, properties: Option<&'v Value>) -> Option<&'v str> {
    message
        .and_then(Value::as_str)
        .or_else(|| properties?.get("log")?.as_str())
}

fn record(event: &Event<'_>, span: Span, sink: &mut dyn Sink) -> Outcome {
    if event.audit_id.is_null() && event.request_uri.is_null() {
        return Outcome::Rejected(
            "not an audit event: it has neither auditID nor requestURI".into(),
        );
    }
    if !event.tells_outcome() {
        return Outcome::Ignored("earlier stage of the same request");
    }
    let body = event.body();
    access::record(event, &body, span, sink);
    change::record(event, &body, span, sink);
    Outcome::Kept
}

impl Event<'_> {
    fn tells_outcome(&self) -> bool {
        match self.stage.as_str() {
            Some("ResponseStarted") => self.stays_open(),
            Some("RequestReceived") => false,
            _ => true,
        }
    }

    fn stays_open(&self) -> bool {
        match self.object("/subresource") {
            Some("exec" | "attach" | "portforward") => true,
            Some("log") => self
                .request_uri
                .as_str()
                .is_some_and(|uri| uri.contains("follow=true")),
            _ => self.verb.as_str() == Some("watch"),
        }
    }

    /// A field of `objectRef`.
    fn object(&self, pointer: &str) -> Option<&str> {
        text(&self.object_ref, pointer)
    }

    fn resource(&self) -> &str {
        self.object("/resource").unwrap_or_default()
    }

    /// When the request arrived, or the nearest time that the event tells.
    fn time(&self) -> Option<i64> {
        let times = [
            &self.request_received_timestamp,
            &self.stage_timestamp,
            &self.timestamp,
        ];
        times
            .into_iter()
            .find_map(|value| time::parse(value.as_str()?))
    }

    fn is_write(&self) -> bool {
        matches!(
            self.verb.as_str(),
            Some("create" | "update" | "patch" | "delete" | "deletecollection")
        )
    }

    /// `success`, `denied` or `error`; absent where the response was not logged.
    fn result(&self) -> Option<&'static str> {
        let code = self.response_status.get("code").and_then(Value::as_i64);
        let decision = text(&self.annotations, "/authorization.k8s.io~1decision");
        match (code, self.stage.as_str()) {
            (Some(401 | 403), _) => Some("denied"),
            _ if decision == Some("forbid") => Some("denied"),
            (Some(400..), _) | (_, Some("Panic")) => Some("error"),
            (Some(_), _) => Some("success"),
            (None, _) if text(&self.response_status, "/status") == Some("Failure") => Some("error"),
            (None, _) => None,
        }
    }

    /// The object that a write left behind, where the audit level includes it: the response, else
    /// the request, which for a patch is only a part.
    fn body(&self) -> Value {
        if !self.is_write() {
            return Value::Null;
        }
        let bodies = [self.response_object, self.request_object]
            .into_iter()
            .flatten();
        let parsed = bodies.filter_map(|raw| serde_json::from_str::<Value>(raw.get()).ok());
        let is_object = |body: &Value| {
            body.is_object() && !matches!(text(body, "/kind"), Some("Status" | "DeleteOptions"))
        };
        parsed.into_iter().find(is_object).unwrap_or_default()
    }
}

/// The parts that are there, joined: `secrets/shop/db`.
fn path(parts: &[Option<&str>]) -> String {
    parts
        .iter()
        .copied()
        .flatten()
        .collect::<Vec<_>>()
        .join("/")
}

/// `namespace/name` of the service account behind a user name.
fn service_account(user: &str) -> Option<String> {
    let (namespace, name) = user
        .strip_prefix("system:serviceaccount:")?
        .split_once(':')?;
    Some(format!("{namespace}/{name}"))
}

/// The text at a JSON pointer, bounded; absent where empty.
fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(bounded)
}

/// The text at a JSON pointer as a cell.
fn cell<'v>(value: &'v Value, pointer: &str) -> Text<'v> {
    text(value, pointer).map(Cow::from)
}

#[cfg(test)]
mod tests;

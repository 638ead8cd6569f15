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

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::read::field::text;
use super::read::json::{Outcome, explain};
use super::read::{Holders, elements};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
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
        elements(chunk, &Holders::of(&LISTS), sink, |element, sink| {
            let read = element.read();
            read.map_or_else(Outcome::Rejected, |event| {
                unit(&event, element.text(), element.span, sink)
            })
        });
    }
}

/// The members that hold a list of events.
const LISTS: [&str; 3] = ["items", "logEvents", "records"];

/// How likely a value is an audit event, or holds some.
fn judge(value: &Value) -> Likelihood {
    let held = LISTS.iter().find_map(|key| value.get(key)?.as_array());
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

/// An audit event, or what a log export wraps around one. What is not needed for every event stays
/// text.
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
}

fn unit(event: &Event<'_>, raw: &str, span: Span, sink: &mut dyn Sink) -> Outcome {
    let Some(wrapped) = wrapped(Some(&event.message), Some(&event.properties)) else {
        return record(event, raw, span, sink);
    };
    if !wrapped.trim_start().starts_with('{') {
        // The scheduler, the authenticator and others write to the same log group.
        return Outcome::Ignored("log line of another component");
    }
    match serde_json::from_str::<Event<'_>>(wrapped) {
        Ok(event) => record(&event, wrapped, span, sink),
        Err(error) => Outcome::Rejected(explain(&error)),
    }
}

/// The text of an event inside an element of CloudWatch's or Azure's export.
fn wrapped<'v>(message: Option<&'v Value>, properties: Option<&'v Value>) -> Option<&'v str> {
    message
        .and_then(Value::as_str)
        .or_else(|| properties?.get("log")?.as_str())
}

fn record(event: &Event<'_>, raw: &str, span: Span, sink: &mut dyn Sink) -> Outcome {
    if event.audit_id.is_null() && event.request_uri.is_null() {
        return Outcome::Rejected(
            "not an audit event: it has neither auditID nor requestURI".into(),
        );
    }
    if !event.tells_outcome() {
        return Outcome::Ignored("earlier stage of the same request");
    }
    let body = event.body();
    access::record(event, &body, raw, span, sink);
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

#[cfg(test)]
mod tests;

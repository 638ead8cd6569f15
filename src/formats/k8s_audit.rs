//! The audit log of the Kubernetes API server: who asked for what, whether it was granted, and with
//! which body. Source: `audit.k8s.io/v1` (and `v1beta1`) of the Kubernetes API reference.
//!
//! Met as JSON lines (the log backend), as `EventList` (the webhook backend), and inside other
//! logs: EKS puts each event as text into a CloudWatch `message` (`aws logs filter-log-events`), AKS
//! into `properties.log`. The unit is the event. Each event that tells an outcome becomes an
//! `access`; a successful write to a workload, a role or a config map becomes a `change` too, and a
//! created pod its `instance` rows.
//!
//! One request is logged once per stage, under one `auditID`. The outcome stands in
//! `ResponseComplete`, or `Panic`. Requests that stay open (watches, exec, port forwarding) may
//! have reached only `ResponseStarted` when the log ends, so that stage is kept for them too, with
//! the stage among the attributes: whoever counts such requests counts distinct `event_id`s.
//!
//! What it is not: the cluster's Events, which share the kind `Event` but regard an object.

use serde_json::Value;

use super::read::apiserver::{Event, record};
use super::read::field::text;
use super::read::json::{Outcome, explain};
use super::read::{Holders, elements};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span};

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

    fn signs(&self) -> &'static str {
        "`apiVersion: audit.k8s.io/…`, or `auditID` with `stage` and `user`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a-1","stage":"ResponseComplete","verb":"get",
 "requestURI":"/api/v1/namespaces/shop/secrets/pay","user":{"username":"ines@acme.example"},
 "objectRef":{"resource":"secrets","namespace":"shop","name":"pay"},"responseStatus":{"code":200},
 "requestReceivedTimestamp":"2026-03-03T14:02:07.000000Z"}"#
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
const LISTS: [&str; 4] = ["items", "logEvents", "records", "events"];

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

#[cfg(test)]
mod tests;

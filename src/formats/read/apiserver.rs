//! Audit events of the Kubernetes API server, as every service that hosts clusters passes them on.
//!
//! The server's own files, EKS in CloudWatch, AKS in Azure's diagnostic logs and GKE in Google's
//! audit log tell of the same requests, so they make the same rows: an `access`, for a successful
//! write a `change` too, and for a created pod its `instance` rows.

mod access;
mod change;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::field::text;
use super::json::Outcome;
use crate::model::{Sink, Span, time};

/// An audit event, or what a log export wraps around one. What is not needed for every event stays
/// text.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event<'a> {
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
    pub message: Value,
    /// Azure's: `log` is the text.
    pub properties: Value,
}

/// Pushes what the event tells.
pub fn record(event: &Event<'_>, raw: &str, span: Span, sink: &mut dyn Sink) -> Outcome {
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

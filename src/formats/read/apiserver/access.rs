//! One `access` per request that has an outcome.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Event, path, service_account};
use crate::formats::read::class::{API_ACTIVITY, USER_ACCESS_MANAGEMENT};
use crate::formats::read::field::{cell, text};
use crate::formats::read::whole;
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{Sink, Span, Stamp};

/// Subjects of a binding that are told; bindings of more are not written by hand.
const SUBJECTS: usize = 64;

/// Pushes the request.
pub(super) fn record(event: &Event<'_>, body: &Value, raw: &str, span: Span, sink: &mut dyn Sink) {
    let principal = text(&event.user, "/username");
    let result = event.result();
    let access = Access {
        kind: Some(kind(event).into()),
        provider: Some("kubernetes".into()),
        event_id: cell(&event.audit_id, ""),
        class_uid: Some(class(event)),
        principal: cell(&event.user, "/username"),
        on_behalf_of: cell(&event.impersonated_user, "/username"),
        object: object(event, body),
        verb: cell(&event.verb, ""),
        result: result.map(Cow::from),
        error: error(event).filter(|_| result != Some("success")),
        source_address: cell(&event.source_ips, "/0"),
        user_agent: cell(&event.user_agent, ""),
        region: event.object("/namespace").map(Cow::from),
        k8s_pod_name: pod(event),
        service_account: principal.and_then(service_account).map(Cow::from),
        grantee: grantee(event, body).map(Cow::from),
        granted: granted(event, body).map(Cow::from),
        is_read: is_read(event),
        attributes: attributes(event, body).map(Cow::from),
        event: whole(raw).map(Cow::from),
        ..Default::default()
    };
    sink.record(Stamp::new(span, event.time()), &access);
}

fn kind(event: &Event<'_>) -> &'static str {
    let subresource = event.object("/subresource");
    let privileged = match (event.resource(), subresource) {
        ("rolebindings" | "clusterrolebindings" | "roles" | "clusterroles", _) => event.is_write(),
        ("serviceaccounts", Some("token")) => event.verb.as_str() == Some("create"),
        ("pods", Some("exec" | "attach" | "ephemeralcontainers")) => true,
        _ => event.impersonated_user.is_object(),
    };
    match event.resource() {
        "secrets" => "secret",
        _ if privileged => "privilege",
        _ => "api",
    }
}

fn class(event: &Event<'_>) -> i64 {
    if grants(event) {
        USER_ACCESS_MANAGEMENT
    } else {
        API_ACTIVITY
    }
}

/// True where the request gives or takes roles.
fn grants(event: &Event<'_>) -> bool {
    event.is_write() && matches!(event.resource(), "rolebindings" | "clusterrolebindings")
}

/// Whom a binding names: service accounts as `namespace/name`, others with their kind.
fn grantee(event: &Event<'_>, body: &Value) -> Option<String> {
    let subjects = body.get("subjects").filter(|_| grants(event))?.as_array()?;
    let names: Vec<String> = subjects
        .iter()
        .take(SUBJECTS)
        .filter_map(|subject| {
            let name = text(subject, "/name")?;
            let (kind, namespace) = (text(subject, "/kind"), text(subject, "/namespace"));
            Some(match (kind, namespace.or(event.object("/namespace"))) {
                (Some("ServiceAccount"), Some(namespace)) => format!("{namespace}/{name}"),
                (kind, _) => format!("{}:{name}", kind.unwrap_or("subject")),
            })
        })
        .collect();
    (!names.is_empty() && event.verb.as_str() != Some("delete")).then(|| names.join(" "))
}

/// The role that a binding gives.
fn granted(event: &Event<'_>, body: &Value) -> Option<String> {
    let role = body.get("roleRef").filter(|_| grants(event))?;
    let name = text(role, "/name")?;
    let kind = text(role, "/kind").unwrap_or("Role");
    Some(match (kind, event.object("/namespace")) {
        (kind, Some(namespace)) => format!("{kind} {namespace}/{name}"),
        (kind, None) => format!("{kind} {name}"),
    })
}

/// `secrets/shop/db`, `pods/exec/shop/basket-1`; the path of the URI where there is no resource.
fn object<'v>(event: &'v Event<'_>, body: &'v Value) -> Text<'v> {
    let Some(resource) = event.object("/resource") else {
        let uri = text(&event.request_uri, "")?;
        return Some(uri.split('?').next().unwrap_or(uri).into());
    };
    // The server draws the name where the request only asks for a prefix.
    let name = event
        .object("/name")
        .or_else(|| text(body, "/metadata/name"));
    Some(
        path(&[
            Some(resource),
            event.object("/subresource"),
            event.object("/namespace"),
            name,
        ])
        .into(),
    )
}

fn error<'v>(event: &'v Event<'_>) -> Text<'v> {
    cell(&event.response_status, "/message").or_else(|| cell(&event.response_status, "/reason"))
}

/// The pod whose token was used. Some log pipelines rewrite the slash of the key.
fn pod<'v>(event: &'v Event<'_>) -> Text<'v> {
    let extra = event.user.get("extra")?.as_object()?;
    let (_, names) = extra
        .iter()
        .find(|(key, _)| key.starts_with("authentication") && key.ends_with("pod-name"))?;
    cell(names, "/0")
}

/// Reading, and asking for a review, change nothing. Newer clients open an exec session with GET.
fn is_read(event: &Event<'_>) -> Option<bool> {
    let reads = matches!(event.verb.as_str()?, "get" | "list" | "watch");
    let enters = matches!(
        event.object("/subresource"),
        Some("exec" | "attach" | "portforward")
    );
    Some((reads && !enters) || event.resource().ends_with("reviews"))
}

fn attributes(event: &Event<'_>, body: &Value) -> Option<String> {
    let of_binding = |key| body.get(key).filter(|_| grants(event));
    let mut attributes = json!({
        "requestURI": cell(&event.request_uri, ""),
        "stage": event.stage.as_str().filter(|stage| *stage != "ResponseComplete"),
        "reason": cell(&event.annotations, "/authorization.k8s.io~1reason"),
        // EKS: the AWS identity behind the user.
        "arn": cell(&event.user, "/extra/arn/0"),
        "accessKeyId": cell(&event.user, "/extra/accessKeyId/0"),
        "impersonatedGroups": event.impersonated_user.get("groups"),
        "roleRef": of_binding("roleRef"),
        "subjects": of_binding("subjects"),
    });
    let members = attributes.as_object_mut()?;
    members.retain(|_, value| !value.is_null());
    (!members.is_empty()).then(|| attributes.to_string())
}

//! Successful writes that alter what runs or who may do what: workloads, roles, configuration; and
//! the pods that were created.

use std::borrow::Cow;

use serde_json::Value;

use super::{Event, path};
use crate::formats::read::field::{cell, text};
use crate::formats::read::labels;
use crate::model::delivery::{Change, Instance};
use crate::model::{Sink, Span, Stamp, id};

/// Names of the controller of deployments, with and without an account of its own.
const CONTROLLERS: [&str; 2] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:deployment-controller",
];

/// Pushes the change or the pod that the request made, if it made one.
pub(super) fn record(event: &Event<'_>, body: &Value, span: Span, sink: &mut dyn Sink) {
    let is_rehearsal = event
        .request_uri
        .as_str()
        .is_some_and(|uri| uri.contains("dryRun="));
    if !event.is_write() || is_rehearsal || event.result() != Some("success") {
        return;
    }
    match (event.resource(), event.object("/subresource")) {
        ("deployments" | "statefulsets" | "daemonsets", None | Some("scale" | "rollback"))
            if !is_bookkeeping(event) =>
        {
            change(event, body, "deploy", span, sink);
        }
        ("rolebindings" | "clusterrolebindings" | "roles" | "clusterroles", None) => {
            change(event, body, "iam", span, sink);
        }
        ("configmaps", None) if !is_election(body) => change(event, body, "config", span, sink),
        ("pods", None) if event.verb.as_str() == Some("create") => pod(event, body, span, sink),
        _ => {}
    }
}

/// The controller writes the revision into the deployment after each rollout that somebody made.
fn is_bookkeeping(event: &Event<'_>) -> bool {
    let by = text(&event.user, "/username").unwrap_or_default();
    CONTROLLERS.contains(&by)
}

/// Old components elect their leader by writing to a config map every other second.
fn is_election(body: &Value) -> bool {
    body.pointer("/metadata/annotations/control-plane.alpha.kubernetes.io~1leader")
        .is_some()
}

fn change(event: &Event<'_>, body: &Value, kind: &str, span: Span, sink: &mut dyn Sink) {
    let is_deploy = kind == "deploy";
    let name = event
        .object("/name")
        .or_else(|| text(body, "/metadata/name"));
    let template = body.pointer("/spec/template").unwrap_or(&Value::Null);
    let image = text(template, "/spec/containers/0/image");
    let service = || labels::service(body).or_else(|| labels::service(template));
    let environment = labels::environment(body).or_else(|| labels::environment(template));
    let version = labels::version(body).or_else(|| labels::version(template));
    let change = Change {
        kind: Some(kind.into()),
        provider: Some("kubernetes".into()),
        change_id: cell(&event.audit_id, ""),
        service: name.filter(|_| is_deploy).or_else(service).map(Cow::from),
        environment: environment.map(Cow::from),
        version: version
            .map(Cow::from)
            .or_else(|| id::image(image?).1.map(Cow::from)),
        sha: labels::commit(body)
            .or_else(|| labels::commit(template))
            .map(Cow::from),
        digest: image.and_then(id::digest).map(Cow::from),
        image: image.map(Cow::from),
        action: action(event, body).map(Cow::from),
        acted_as: cell(&event.user, "/username"),
        requested_by: cell(&event.impersonated_user, "/username"),
        object: Some(path(&[Some(event.resource()), event.object("/namespace"), name]).into()),
        description: cell(body, "/metadata/annotations/kubernetes.io~1change-cause"),
        started_ns: event.time(),
        ..Default::default()
    };
    sink.record(Stamp::new(span, event.time()), &change);
}

/// `rollback`, `restart` and `scale` where the request shows it, else the verb.
fn action<'v>(event: &'v Event<'_>, body: &Value) -> Option<&'v str> {
    let subresource = event.object("/subresource");
    let patch = asked(event);
    let says = |text: &str| text.contains("rollout undo") || text.contains("rollback");
    let cause = text(body, "/metadata/annotations/kubernetes.io~1change-cause");
    let said = cause.is_some_and(says) || event.user_agent.as_str().is_some_and(says);
    if said || subresource == Some("rollback") || is_undo(&patch) {
        return Some("rollback");
    }
    let restarted = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    if patch.pointer(restarted).is_some() {
        return Some("restart");
    }
    subresource.or(event.verb.as_str())
}

/// The patch that the client sent.
fn asked(event: &Event<'_>) -> Value {
    let patch = event
        .request_object
        .filter(|_| event.verb.as_str() == Some("patch"));
    patch
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default()
}

/// What `kubectl rollout undo` sends: for a deployment a JSON patch of the template and the
/// annotations, for the others a merge patch that replaces the template as a whole.
fn is_undo(patch: &Value) -> bool {
    let replaces = |path| {
        let operations = patch.as_array().into_iter().flatten();
        operations
            .filter(|operation| text(operation, "/op") == Some("replace"))
            .any(|operation| text(operation, "/path") == Some(path))
    };
    let merged = text(patch, "/spec/template/$patch") == Some("replace");
    merged || (replaces("/spec/template") && replaces("/metadata/annotations"))
}

/// The containers of a pod that was just created, none of which runs yet.
fn pod(event: &Event<'_>, body: &Value, span: Span, sink: &mut dyn Sink) {
    let Some(uid) = cell(body, "/metadata/uid") else {
        return;
    };
    let name = text(body, "/metadata/name");
    let namespace = event
        .object("/namespace")
        .or_else(|| text(body, "/metadata/namespace"));
    let account = namespace
        .zip(text(body, "/spec/serviceAccountName"))
        .map(|(namespace, name)| format!("{namespace}/{name}"));
    let owner = text(body, "/metadata/ownerReferences/0/kind")
        .zip(text(body, "/metadata/ownerReferences/0/name"))
        .map(|(kind, name)| format!("{}s/{name}", kind.to_lowercase()));
    let containers = body.pointer("/spec/containers").and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let image = cell(container, "/image");
        let instance = Instance {
            namespace: namespace.map(Cow::from),
            name: name.map(Cow::from),
            uid: Some(uid.clone()),
            container: cell(container, "/name"),
            service: labels::service(body)
                .or_else(|| id::workload(name?))
                .map(Cow::from),
            environment: labels::environment(body).map(Cow::from),
            version: labels::version(body).map(Cow::from),
            digest: image.as_deref().and_then(id::digest).map(Cow::from),
            image,
            owner: owner.clone().map(Cow::from),
            service_account: account.clone().map(Cow::from),
            node: cell(body, "/spec/nodeName"),
            state: Some("pending".into()),
            ..Default::default()
        };
        sink.record(Stamp::new(span, event.time()), &instance);
    }
}

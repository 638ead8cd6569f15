//! Service accounts, and what role bindings grant to whom.

use std::borrow::Cow;

use serde_json::Value;

use super::object::Object;
use crate::formats::read::field::text;
use crate::formats::read::json::Outcome;
use crate::model::record::Text;
use crate::model::runtime::Identity;
use crate::model::{Sink, Stamp};

/// Annotations by which a cloud lets a service account act as a role of its own.
const CLOUD_ROLES: [&str; 3] = [
    "/metadata/annotations/eks.amazonaws.com~1role-arn",
    "/metadata/annotations/iam.gke.io~1gcp-service-account",
    "/metadata/annotations/azure.workload.identity~1client-id",
];

/// Pushes a service account with the cloud roles that it may take.
pub(super) fn account(object: &Object<'_>, sink: &mut dyn Sink) -> Outcome {
    let namespace = object.namespace().unwrap_or("default");
    let roles: Vec<&str> = CLOUD_ROLES
        .iter()
        .filter_map(|pointer| object.text(pointer))
        .collect();
    let grants = (!roles.is_empty()).then(|| roles.join(" ").into());
    push(
        object,
        service_account(namespace, object.name()),
        grants,
        sink,
    );
    Outcome::Kept
}

/// Pushes one identity per subject of a role binding.
pub(super) fn binding(object: &Object<'_>, sink: &mut dyn Sink) -> Outcome {
    let subjects = object.value.get("subjects").and_then(Value::as_array);
    for subject in subjects.into_iter().flatten() {
        let Some(name) = text(subject, "/name") else {
            continue;
        };
        let namespace = text(subject, "/namespace")
            .or(object.namespace())
            .unwrap_or("default");
        let identity = match text(subject, "/kind") {
            Some("ServiceAccount") => service_account(namespace, name),
            kind => person(kind.unwrap_or("user"), name),
        };
        push(object, identity, object.cell("/roleRef/name"), sink);
    }
    Outcome::Kept
}

fn service_account(namespace: &str, name: &str) -> Identity<'static> {
    Identity {
        principal: Some(format!("system:serviceaccount:{namespace}:{name}").into()),
        kind: Some("service_account".into()),
        service_account: Some(format!("{namespace}/{name}").into()),
        ..Default::default()
    }
}

fn person<'v>(kind: &str, name: &'v str) -> Identity<'v> {
    Identity {
        principal: Some(name.into()),
        kind: Some(Cow::from(kind.to_lowercase())),
        ..Default::default()
    }
}

fn push<'v>(object: &Object<'_>, identity: Identity<'v>, grants: Text<'v>, sink: &mut dyn Sink) {
    let identity = Identity {
        provider: Some("kubernetes".into()),
        grants,
        ..identity
    };
    sink.record(Stamp::new(object.span, object.created()), &identity);
}

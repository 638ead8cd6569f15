//! `ReplicaSet` and `ControllerRevision`: each is one template that a workload was rolled out with,
//! and the time when that happened first. Kubernetes keeps the last ten.
//!
//! A rollback reuses the old one, so its time is not here; the audit log has it.

use std::borrow::Cow;

use super::object::{Object, path};
use crate::formats::read::field::text;
use crate::formats::read::json::Outcome;
use crate::model::delivery::Change;
use crate::model::{Sink, Stamp, id};

/// Pushes the rollout as a deploy of the workload that owns it.
pub(super) fn record(rollout: &Object<'_>, sink: &mut dyn Sink) -> Outcome {
    let (name, namespace) = (rollout.name(), rollout.namespace());
    let template = rollout
        .value
        .pointer("/spec/template")
        .or_else(|| rollout.value.pointer("/data/spec/template"));
    let image = template.and_then(|template| text(template, "/spec/containers/0/image"));
    let tag = || image.and_then(|image| id::image(image).1);
    let (owner_kind, owner) = rollout.owner().unwrap_or((rollout.kind, name));
    let started_ns = rollout.created();
    let change = Change {
        kind: Some("deploy".into()),
        provider: Some("kubernetes".into()),
        change_id: Some(path(rollout.kind, namespace, name).into()),
        service: Some(owner.into()),
        environment: rollout.environment(template),
        version: rollout
            .version(template)
            .map(Cow::from)
            .or_else(|| tag().map(Cow::from)),
        sha: rollout.commit(template).map(Cow::from),
        digest: image.and_then(id::digest).map(Cow::from),
        image: image.map(Cow::from),
        action: Some("deploy".into()),
        object: Some(path(owner_kind, namespace, owner).into()),
        description: rollout.cell("/metadata/annotations/kubernetes.io~1change-cause"),
        started_ns,
        ..Default::default()
    };
    sink.record(Stamp::new(rollout.span, started_ns), &change);
    Outcome::Kept
}

//! Deployments and their statuses.
//!
//! A deployment has no state of its own; its statuses have. `inactive` means that a later
//! deployment took its place. The run behind a deployment is told by the event around it, by the
//! log address of a status, or by the payload.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use super::payload::{Payload, version_of_ref};
use crate::formats::has;
use crate::formats::read::github::address::{id_after, run_in};
use crate::formats::read::github::field::{PROVIDER, cell, commit, instant, key, lower, text};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::delivery::{Change, ChangeStatus};
use crate::model::record::Text;

/// A deployment by itself.
pub fn is_deployment(value: &Value) -> bool {
    has(value, &["id", "sha", "ref", "environment"])
        && (value.get("task").is_some() || value.get("statuses_url").is_some())
}

/// A deployment status by itself.
pub fn is_status(value: &Value) -> bool {
    text(value, "/deployment_url").is_some() && text(value, "/state").is_some()
}

/// Pushes a `change` row.
pub fn change(unit: &Unit<'_>, deployment: &Value, sink: &mut dyn Sink) -> Outcome {
    let Some(change_id) = key(deployment, "/id") else {
        return Outcome::Rejected("a deployment without an id".to_owned());
    };
    let payload = Payload::of(deployment);
    let tag = text(deployment, "/ref").and_then(version_of_ref);
    let created = instant(deployment, "/created_at");
    let row = Change {
        kind: Some(Cow::Borrowed("deploy")),
        provider: PROVIDER,
        change_id: Some(change_id),
        repository: unit.repository(),
        service: payload.service().map(Cow::Owned),
        environment: cell(deployment, "/environment"),
        version: payload.version().map(Cow::Owned).or(tag.map(Cow::Borrowed)),
        sha: commit(deployment, "/sha"),
        source_ref: cell(deployment, "/ref"),
        digest: payload.digest().map(Cow::Owned),
        image: payload.image().map(Cow::Owned),
        run_id: run(unit.event).or_else(|| payload.run().map(Cow::Owned)),
        action: cell(deployment, "/task"),
        requested_by: cell(deployment, "/creator/login"),
        acted_as: cell(deployment, "/performed_via_github_app/slug"),
        description: cell(deployment, "/description"),
        started_ns: created,
        url: cell(deployment, "/url"),
        ..Default::default()
    };
    sink.record(unit.stamp(created), &row);
    Outcome::Kept
}

/// Pushes a `change_status` row.
pub fn status(unit: &Unit<'_>, status: &Value, sink: &mut dyn Sink) -> Outcome {
    let address = || id_after(text(status, "/deployment_url")?, "/deployments/").map(Cow::Borrowed);
    let Some(change_id) = key(unit.event, "/deployment/id").or_else(address) else {
        return Outcome::Rejected("a status of no deployment".to_owned());
    };
    let environment = cell(status, "/environment");
    let row = ChangeStatus {
        provider: PROVIDER,
        repository: unit.repository(),
        change_id: Some(change_id),
        status_id: key(status, "/id"),
        state: lower(status, "/state"),
        environment: environment.or_else(|| cell(unit.event, "/deployment/environment")),
        description: cell(status, "/description"),
        run_id: run(unit.event),
        actor: cell(status, "/creator/login"),
        ..Default::default()
    };
    let created = instant(status, "/created_at").or_else(|| instant(status, "/updated_at"));
    sink.record(unit.stamp(created), &row);
    Outcome::Kept
}

/// The run that the event, or the status by itself, says it comes from.
pub fn run(event: &Value) -> Text<'_> {
    const ADDRESSES: &[&str] = &[
        "/deployment_status/log_url",
        "/deployment_status/target_url",
        "/log_url",
        "/target_url",
        "/deployment_callback_url",
    ];
    let address = |at: &&str| text(event, at).and_then(run_in).map(Cow::Borrowed);
    key(event, "/workflow_run/id")
        .or_else(|| key(event, "/workflow_job/run_id"))
        .or_else(|| ADDRESSES.iter().find_map(address))
}

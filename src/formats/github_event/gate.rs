//! Decisions on protected environments: reviews of waiting deployments and protection rules.
//!
//! The event that asks names its environment; the one that decides names it only in the jobs that
//! were let go. The list that REST gives (`/actions/runs/ID/approvals`) has neither time nor run:
//! the run is taken from the file's path, where whoever saved it left it there.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use super::deployment::run;
use crate::formats::has;
use crate::formats::read::github::address::{id_after, repository_in};
use crate::formats::read::github::field::{cell, commit, holds, instant, key, latest, list, text};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::decision::Decision;
use crate::model::delivery::GateDecision;
use crate::model::record::Text;

/// How people write a run's id into a path.
const PATHS: &[&str] = &[
    "runs/",
    "runs-",
    "runs_",
    "run/",
    "run-",
    "run_",
    "approvals-",
    "approvals_",
];

/// A `deployment_review` event.
pub fn is_review(event: &Value) -> bool {
    let keys = [
        "requestor",
        "approver",
        "reviewers",
        "workflow_job_run",
        "workflow_job_runs",
    ];
    let decided = matches!(
        text(event, "/action"),
        Some("approved" | "rejected" | "requested")
    );
    decided && holds(event, "workflow_run") && keys.iter().any(|key| event.get(key).is_some())
}

/// A `deployment_protection_rule` event.
pub fn is_rule(event: &Value) -> bool {
    has(event, &["deployment_callback_url", "environment"])
}

/// An element of a run's approvals.
pub fn is_approval(value: &Value) -> bool {
    value.get("environments").is_some_and(Value::is_array) && has(value, &["state", "user"])
}

/// Pushes a `gate_decision` row for each environment that the review is about.
pub fn review(unit: &Unit<'_>, event: &Value, sink: &mut dyn Sink) -> Outcome {
    let sha = commit(event, "/workflow_run/head_sha");
    let run_id = key(event, "/workflow_run/id");
    let decision = decision(event, "/action");
    let is_request = decision == Decision::Requested;
    let approver = cell(event, "/approver/login").or_else(|| cell(event, "/sender/login"));
    let requestor = cell(event, "/requestor/login")
        .or_else(|| cell(event, "/workflow_run/triggering_actor/login"));
    let jobs = list(event, "/workflow_job_runs")
        .iter()
        .filter_map(|job| instant(job, "/updated_at"));
    let ts_ns = latest(
        event,
        &[
            "/since",
            "/workflow_run/updated_at",
            "/workflow_job_run/updated_at",
        ],
    )
    .max(jobs.max());
    for environment in environments(event) {
        let row = GateDecision {
            gate: environment.clone(),
            repository: unit.repository(),
            subject: sha.clone().or_else(|| run_id.clone()),
            run_id: run_id.clone(),
            sha: sha.clone(),
            environment,
            decision: Some(decision.token().into()),
            approver: approver.clone().filter(|_| !is_request),
            requestor: requestor.clone(),
            comment: cell(event, "/comment"),
            ..Default::default()
        };
        sink.record(unit.stamp(ts_ns), &row);
    }
    Outcome::Kept
}

/// The decision at `pointer`.
fn decision(event: &Value, pointer: &str) -> Decision {
    text(event, pointer).map_or(Decision::Unknown, Decision::of)
}

/// Pushes the `gate_decision` row of a protection rule that was asked.
pub fn rule(unit: &Unit<'_>, event: &Value, sink: &mut dyn Sink) -> Outcome {
    let sha = commit(event, "/deployment/sha").or_else(|| commit(event, "/sha"));
    let run_id = run(event);
    let row = GateDecision {
        gate: cell(event, "/environment"),
        repository: unit.repository(),
        subject: sha.clone().or_else(|| run_id.clone()),
        run_id,
        sha,
        environment: cell(event, "/environment"),
        // The gate is asked: a delivery that says nothing else is the question.
        decision: Some(
            Decision::of(text(event, "/action").unwrap_or("requested"))
                .token()
                .into(),
        ),
        requestor: cell(event, "/sender/login"),
        ..Default::default()
    };
    let times = ["/deployment/updated_at", "/deployment/created_at"];
    sink.record(unit.stamp(latest(event, &times)), &row);
    Outcome::Kept
}

/// Pushes a `gate_decision` row for each environment of an approval.
pub fn approval(unit: &Unit<'_>, approval: &Value, sink: &mut dyn Sink) -> Outcome {
    let run_id = PATHS
        .iter()
        .find_map(|marker| id_after(unit.place.path, marker))
        .map(Cow::Borrowed);
    let environments = list(approval, "/environments");
    if environments.is_empty() {
        return Outcome::Rejected("an approval for no environment".to_owned());
    }
    for environment in environments {
        let address = ["/url", "/html_url"]
            .into_iter()
            .find_map(|at| repository_in(text(environment, at)?));
        let row = GateDecision {
            gate: cell(environment, "/name"),
            repository: unit.repository().or(address.map(Cow::Owned)),
            subject: run_id.clone(),
            run_id: run_id.clone(),
            environment: cell(environment, "/name"),
            decision: Some(decision(approval, "/state").token().into()),
            approver: cell(approval, "/user/login"),
            comment: cell(approval, "/comment"),
            ..Default::default()
        };
        sink.record(unit.stamp(None), &row);
    }
    Outcome::Kept
}

/// The distinct environments of a review; one absent name where it gives none.
fn environments(event: &Value) -> Vec<Text<'_>> {
    let single = ["/environment", "/workflow_job_run/environment"].map(|at| cell(event, at));
    let jobs = list(event, "/workflow_job_runs")
        .iter()
        .map(|job| cell(job, "/environment"));
    let mut names: Vec<Cow<'_, str>> = single.into_iter().chain(jobs).flatten().collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return vec![None];
    }
    names.into_iter().map(Some).collect()
}

//! Workflow runs and their jobs.
//!
//! A re-run keeps the run's id and raises `run_attempt`. `name` of a run is the workflow's name, or
//! empty, or the title that `run-name` made; the event's `workflow.name` is preferred. A job that
//! waits has a `started_at` already, and a skipped one may end before it starts.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use crate::formats::read::github::address::run_in;
use crate::formats::read::github::field::{
    PROVIDER, cell, commit, instant, int, key, latest, lower, steps, text,
};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::delivery::{Build, Job};
use crate::model::record::Text;

/// A workflow run by itself.
pub fn is_run(value: &Value) -> bool {
    let keys = ["run_number", "run_attempt", "workflow_id", "check_suite_id"];
    value.get("head_sha").is_some()
        && keys.iter().filter(|key| value.get(key).is_some()).count() >= 2
}

/// A job by itself.
pub fn is_job(value: &Value) -> bool {
    let keys = ["run_url", "steps", "runner_name", "labels"];
    value.get("run_id").is_some()
        && value.get("head_sha").is_some()
        && keys.iter().any(|key| value.get(key).is_some())
}

/// Pushes a `build` row.
pub fn run(unit: &Unit<'_>, run: &Value, sink: &mut dyn Sink) -> Outcome {
    let Some(run_id) = key(run, "/id") else {
        return Outcome::Rejected("a workflow run without an id".to_owned());
    };
    let status = lower(run, "/status");
    let updated = instant(run, "/updated_at");
    let row = Build {
        provider: PROVIDER,
        repository: unit.repository(),
        run_id: Some(run_id),
        attempt: int(run, "/run_attempt"),
        workflow: cell(unit.event, "/workflow/name").or_else(|| cell(run, "/name")),
        workflow_path: path(run, "/path").or_else(|| path(unit.event, "/workflow/path")),
        event: cell(run, "/event"),
        sha: commit(run, "/head_sha"),
        branch: cell(run, "/head_branch"),
        finished_ns: updated.filter(|_| status.as_deref() == Some("completed")),
        status,
        conclusion: lower(run, "/conclusion"),
        actor: cell(run, "/triggering_actor/login").or_else(|| cell(run, "/actor/login")),
        title: cell(run, "/display_title"),
        change_request: int(run, "/pull_requests/0/number"),
        started_ns: instant(run, "/run_started_at").or_else(|| instant(run, "/created_at")),
        url: cell(run, "/html_url"),
        ..Default::default()
    };
    let times = ["/updated_at", "/run_started_at", "/created_at"];
    sink.record(unit.stamp(latest(run, &times)), &row);
    Outcome::Kept
}

/// Pushes a `job` row.
pub fn job(unit: &Unit<'_>, job: &Value, sink: &mut dyn Sink) -> Outcome {
    let run_id = key(job, "/run_id").or_else(|| {
        ["/html_url", "/run_url"]
            .into_iter()
            .find_map(|at| Some(run_in(text(job, at)?)?.into()))
    });
    let (Some(job_id), Some(run_id)) = (key(job, "/id"), run_id) else {
        return Outcome::Rejected("a job without its id or its run's".to_owned());
    };
    let status = lower(job, "/status");
    let has_begun = matches!(status.as_deref(), Some("in_progress" | "completed"));
    let row = Job {
        provider: PROVIDER,
        repository: unit.repository(),
        run_id: Some(run_id),
        attempt: int(job, "/run_attempt"),
        job_id: Some(job_id),
        name: cell(job, "/name"),
        status,
        conclusion: lower(job, "/conclusion"),
        runner: cell(job, "/runner_name"),
        started_ns: instant(job, "/started_at").filter(|_| has_begun),
        finished_ns: instant(job, "/completed_at"),
        steps: steps(job),
        url: cell(job, "/html_url"),
        ..Default::default()
    };
    let times = ["/completed_at", "/started_at", "/created_at"];
    sink.record(unit.stamp(latest(job, &times)), &row);
    Outcome::Kept
}

/// The path of the workflow file, without the `@ref` of a shared workflow.
fn path<'a>(value: &'a Value, pointer: &str) -> Text<'a> {
    let path = text(value, pointer)?;
    Some(Cow::Borrowed(
        path.split_once('@').map_or(path, |(path, _)| path),
    ))
}

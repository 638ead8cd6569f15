//! Azure DevOps: service hooks, an `eventType` and its `resource`.

use std::borrow::Cow;

use serde_json::Value;

use super::{NOT_USED, commit, instant, short};
use crate::formats::has;
use crate::formats::read::event::Event;
use crate::formats::read::field::{cell, text};
use crate::formats::read::github::field::{commit as full, int, message};
use crate::formats::read::json::Outcome;
use crate::model::code::{ChangeRequest, Commit, Review};
use crate::model::delivery::{Build, Change, ChangeStatus};
use crate::model::record::Text;
use crate::model::{Sink, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("azure_devops"));

pub(super) fn fits(value: &Value) -> bool {
    has(value, &["eventType", "publisherId", "resource"])
}

pub(super) fn read(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let kind = event.text("/eventType").unwrap_or_default();
    match kind {
        _ if kind.starts_with("git.pullrequest.") => pull_request(event, sink),
        "git.push" => push(event, sink),
        "build.complete" => build(event, sink),
        _ if kind.starts_with("ms.vss-release.deployment-") => deployment(event, kind, sink),
        _ => NOT_USED,
    }
}

/// `dev.azure.com/organisation/project/_git/name`, as people write it.
fn repository(event: &Event<'_>) -> Text<'static> {
    const AT: [&str; 3] = [
        "/resource/repository/remoteUrl",
        "/resource/repository/webUrl",
        "/resource/pullRequest/repository/remoteUrl",
    ];
    AT.iter()
        .find_map(|at| id::repository(event.text(at)?))
        .map(Cow::from)
}

fn pull_request(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(number) = event.int("/resource/pullRequestId") else {
        return Outcome::Rejected("a pull request without its number".to_owned());
    };
    let state = match event.text("/resource/status") {
        Some("completed") => "merged",
        Some("abandoned") => "closed",
        _ => "open",
    };
    let is_merged = state == "merged";
    let closed = instant(event, &["/resource/closedDate"]);
    let ts_ns = instant(event, &["/createdDate"]).or(closed);
    let row = ChangeRequest {
        repository: repository(event),
        number: Some(number),
        title: event.cell("/resource/title"),
        body: event.cell("/resource/description"),
        state: Some(state.into()),
        author: event.first(&[
            "/resource/createdBy/uniqueName",
            "/resource/createdBy/displayName",
        ]),
        merged_by: event
            .first(&[
                "/resource/closedBy/uniqueName",
                "/resource/closedBy/displayName",
            ])
            .filter(|_| is_merged),
        head_ref: event
            .text("/resource/sourceRefName")
            .map(|name| short(name).into()),
        base_ref: event
            .text("/resource/targetRefName")
            .map(|name| short(name).into()),
        head_sha: event.commit("/resource/lastMergeSourceCommit/commitId"),
        // Before it is completed this is the merge that was tried.
        merge_sha: event
            .commit("/resource/lastMergeCommit/commitId")
            .filter(|_| is_merged),
        opened_ns: instant(event, &["/resource/creationDate"]),
        merged_ns: closed.filter(|_| is_merged),
        url: event.first(&["/resource/_links/web/href", "/resource/url"]),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &row);
    for reviewer in event.list("/resource/reviewers") {
        let state = match int(reviewer, "/vote") {
            Some(5 | 10) => "approved",
            Some(-10 | -5) => "changes_requested",
            _ => continue,
        };
        let review = Review {
            repository: repository(event),
            number: Some(number),
            reviewer: cell(reviewer, "/uniqueName").or_else(|| cell(reviewer, "/displayName")),
            state: Some(state.into()),
            sha: event.commit("/resource/lastMergeSourceCommit/commitId"),
            ..Default::default()
        };
        sink.record(event.stamp(ts_ns), &review);
    }
    Outcome::Kept
}

fn push(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let commits = event.list("/resource/commits");
    if commits.is_empty() {
        return Outcome::Ignored("push without commits");
    }
    for value in commits {
        let (subject, body) = message(text(value, "/comment").unwrap_or_default());
        let instant = |at: &str| text(value, at).and_then(time::parse);
        let row = Commit {
            repository: repository(event),
            sha: full(value, "/commitId"),
            author_name: cell(value, "/author/name"),
            author_email: cell(value, "/author/email"),
            authored_ns: instant("/author/date"),
            committer_name: cell(value, "/committer/name"),
            committer_email: cell(value, "/committer/email"),
            committed_ns: instant("/committer/date"),
            subject,
            body,
            ..Default::default()
        };
        commit(event, &row, sink);
    }
    Outcome::Kept
}

fn build(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let conclusion = event
        .text("/resource/result")
        .or_else(|| event.text("/resource/status"))
        .map(|word| match word {
            "succeeded" => "success",
            "failed" | "partiallySucceeded" => "failure",
            "canceled" | "stopped" => "cancelled",
            word => word,
        });
    let finished = instant(event, &["/resource/finishTime"]);
    let row = Build {
        provider: PROVIDER,
        repository: repository(event),
        run_id: event.key("/resource/id"),
        workflow: event.cell("/resource/definition/name"),
        event: event.cell("/resource/reason"),
        sha: event
            .commit("/resource/sourceVersion")
            .or_else(|| event.commit("/resource/sourceGetVersion")),
        branch: event
            .text("/resource/sourceBranch")
            .map(|name| short(name).into()),
        status: Some("completed".into()),
        conclusion: conclusion.map(Cow::from),
        actor: event.first(&[
            "/resource/requestedFor/uniqueName",
            "/resource/requests/0/requestedFor/uniqueName",
        ]),
        title: event.cell("/resource/buildNumber"),
        started_ns: instant(event, &["/resource/startTime"]),
        finished_ns: finished,
        url: event.first(&["/resource/_links/web/href", "/resource/url"]),
        ..Default::default()
    };
    sink.record(
        event.stamp(finished.or_else(|| instant(event, &["/createdDate"]))),
        &row,
    );
    Outcome::Kept
}

fn deployment(event: &Event<'_>, kind: &str, sink: &mut dyn Sink) -> Outcome {
    let change_id = event
        .key("/resource/deployment/id")
        .or_else(|| event.key("/resource/environment/id"));
    let Some(change_id) = change_id else {
        return NOT_USED;
    };
    let state = match event
        .text("/resource/environment/status")
        .or_else(|| event.text("/resource/deployment/deploymentStatus"))
    {
        Some("succeeded") => "success",
        Some("rejected" | "failed") => "failure",
        Some("canceled") => "error",
        _ if kind.contains("started") => "in_progress",
        _ => "pending",
    };
    let ts_ns = instant(event, &["/createdDate"]);
    let environment = event.first(&[
        "/resource/environment/name",
        "/resource/deployment/releaseEnvironment/name",
    ]);
    let release = event.first(&[
        "/resource/deployment/release/name",
        "/resource/release/name",
        "/resource/environment/release/name",
    ]);
    let change = Change {
        kind: Some("deploy".into()),
        provider: PROVIDER,
        change_id: Some(change_id.clone()),
        service: event.first(&[
            "/resource/deployment/releaseDefinition/name",
            "/resource/environment/releaseDefinition/name",
        ]),
        environment: environment.clone(),
        version: release,
        action: Some("deploy".into()),
        requested_by: event.first(&[
            "/resource/deployment/requestedFor/uniqueName",
            "/resource/deployment/requestedFor/displayName",
        ]),
        description: event.cell("/message/text"),
        started_ns: instant(event, &["/resource/deployment/startedOn"]).or(ts_ns),
        finished_ns: instant(event, &["/resource/deployment/completedOn"]),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &change);
    let status = ChangeStatus {
        provider: PROVIDER,
        change_id: Some(change_id),
        state: Some(state.into()),
        environment,
        description: event.cell("/message/text"),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &status);
    Outcome::Kept
}

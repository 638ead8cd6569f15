//! GitLab: payloads with an `object_kind`, and audit events.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{NOT_USED, commit, filled, instant};
use crate::formats::has;
use crate::formats::read::class::API_ACTIVITY;
use crate::formats::read::event::{Event, attributes};
use crate::formats::read::field::{cell, text};
use crate::formats::read::git::refs::named;
use crate::formats::read::github::field::{commit as full, key, message};
use crate::formats::read::json::Outcome;
use crate::model::code::{ChangeRequest, Commit, GitRef, Request, Review};
use crate::model::delivery::{Build, Change, ChangeStatus, Job};
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{Sink, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("gitlab"));

pub(super) fn fits(value: &Value) -> bool {
    let is_hook = text(value, "/object_kind").is_some()
        && [
            "project",
            "project_id",
            "object_attributes",
            "user",
            "user_username",
            "commit",
        ]
        .iter()
        .any(|key| value.get(*key).is_some());
    is_hook || is_audit(value)
}

fn is_audit(value: &Value) -> bool {
    has(value, &["author_id", "entity_type", "details"])
        && (has(value, &["entity_path"]) || has(value, &["entity_id"]))
}

pub(super) fn read(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    if is_audit(event.value) {
        audit(event, sink);
        return Outcome::Kept;
    }
    match event.text("/object_kind") {
        Some("push" | "tag_push") => push(event, sink),
        Some("merge_request") => merge_request(event, sink),
        Some("issue" | "work_item") => issue(event, sink),
        Some("pipeline") => pipeline(event, sink),
        Some("build") => build(event, sink),
        Some("deployment") => deployment(event, sink),
        Some("release") => release(event, sink),
        Some("feature_flag") => flag(event, sink),
        _ => NOT_USED,
    }
}

fn repository(event: &Event<'_>) -> Text<'static> {
    const AT: [&str; 5] = [
        "/project/web_url",
        "/project/git_http_url",
        "/repository/git_http_url",
        "/repository/homepage",
        "/project/homepage",
    ];
    AT.iter()
        .find_map(|at| id::repository(event.text(at)?))
        .map(Cow::from)
}

fn user<'a>(event: &Event<'a>) -> Text<'a> {
    event.first(&[
        "/user/username",
        "/user_username",
        "/user/name",
        "/user_name",
    ])
}

fn push(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let object = |at: &str| event.text(at).and_then(named).map(Into::into);
    // GitLab does not say whether a push was forced, nor when it was.
    let moved = GitRef {
        repository: repository(event),
        name: event.cell("/ref"),
        sha: object("/after"),
        old_sha: object("/before"),
        actor: user(event),
        ..GitRef::default()
    };
    let is_told = moved.sha.is_some() || moved.old_sha.is_some();
    if is_told {
        sink.record(event.stamp(None), &moved);
    }
    let commits = event.list("/commits");
    if commits.is_empty() && !is_told {
        return Outcome::Ignored("push without commits");
    }
    for value in commits {
        let (subject, body) = message(text(value, "/message").unwrap_or_default());
        let row = Commit {
            repository: repository(event),
            sha: full(value, "/id"),
            author_name: cell(value, "/author/name"),
            author_email: cell(value, "/author/email"),
            authored_ns: text(value, "/timestamp").and_then(time::parse),
            subject,
            body,
            ..Default::default()
        };
        commit(event, &row, sink);
    }
    Outcome::Kept
}

fn merge_request(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let at = "/object_attributes";
    let Some(number) = event.int("/object_attributes/iid") else {
        return Outcome::Rejected("a merge request without its number".to_owned());
    };
    let own = |name: &str| event.cell(&format!("{at}/{name}"));
    let updated = instant(
        event,
        &[
            "/object_attributes/updated_at",
            "/object_attributes/created_at",
        ],
    );
    let action = event.text("/object_attributes/action").unwrap_or_default();
    let state = match event.text("/object_attributes/state") {
        Some("opened" | "reopened" | "locked") | None => "open",
        Some(state) => state,
    };
    let is_merged = state == "merged";
    let row = ChangeRequest {
        repository: repository(event),
        number: Some(number),
        title: own("title"),
        body: own("description"),
        state: Some(state.into()),
        author: user(event).filter(|_| action == "open"),
        merged_by: user(event).filter(|_| action == "merge"),
        head_ref: own("source_branch"),
        base_ref: own("target_branch"),
        head_sha: event.commit("/object_attributes/last_commit/id"),
        merge_sha: event
            .commit("/object_attributes/merge_commit_sha")
            .or_else(|| event.commit("/object_attributes/squash_commit_sha")),
        opened_ns: instant(event, &["/object_attributes/created_at"]),
        merged_ns: instant(event, &["/object_attributes/merged_at"])
            .or(updated.filter(|_| is_merged)),
        url: own("url"),
        ..Default::default()
    };
    sink.record(event.stamp(updated), &row);
    // `approval` is one of several that a rule wants, `approved` the last of them.
    let decision = match action {
        "approved" | "approval" => "approved",
        "unapproved" | "unapproval" => "dismissed",
        _ => return Outcome::Kept,
    };
    let review = Review {
        repository: repository(event),
        number: Some(number),
        reviewer: user(event),
        state: Some(decision.into()),
        sha: event.commit("/object_attributes/last_commit/id"),
        url: own("url"),
        ..Default::default()
    };
    sink.record(event.stamp(updated), &review);
    Outcome::Kept
}

fn issue(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(number) = event.int("/object_attributes/iid") else {
        return Outcome::Rejected("an issue without its number".to_owned());
    };
    let own = |name: &str| event.cell(&format!("/object_attributes/{name}"));
    let row = Request {
        tracker: PROVIDER,
        key: Some(format!("#{number}").into()),
        repository: repository(event),
        title: own("title"),
        body: own("description"),
        url: own("url"),
        state: own("state").map(|state| {
            if state == "opened" {
                "open".into()
            } else {
                state
            }
        }),
        author: user(event).filter(|_| event.text("/object_attributes/action") == Some("open")),
        closed_ns: instant(event, &["/object_attributes/closed_at"]),
        ..Default::default()
    };
    sink.record(
        event.stamp(instant(event, &["/object_attributes/created_at"])),
        &row,
    );
    Outcome::Kept
}

/// GitLab's status as status and conclusion.
fn status(word: &str) -> (&'static str, Text<'_>) {
    match word {
        "success" | "failed" | "canceled" | "skipped" => {
            let conclusion = match word {
                "failed" => "failure",
                "canceled" => "cancelled",
                word => word,
            };
            ("completed", Some(conclusion.into()))
        }
        "running" | "canceling" => ("in_progress", None),
        _ => ("queued", None),
    }
}

fn pipeline(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(run_id) = event.key("/object_attributes/id") else {
        return Outcome::Rejected("a pipeline without its id".to_owned());
    };
    let (state, conclusion) = status(event.text("/object_attributes/status").unwrap_or_default());
    let started = instant(
        event,
        &[
            "/object_attributes/started_at",
            "/object_attributes/created_at",
        ],
    );
    let finished = instant(event, &["/object_attributes/finished_at"]);
    let build = Build {
        provider: PROVIDER,
        repository: repository(event),
        run_id: Some(run_id.clone()),
        workflow: event.cell("/object_attributes/name"),
        event: event.cell("/object_attributes/source"),
        sha: event.commit("/object_attributes/sha"),
        branch: event.cell("/object_attributes/ref"),
        status: Some(state.into()),
        conclusion,
        actor: user(event),
        title: event.first(&["/commit/title", "/commit/message"]),
        change_request: event.int("/merge_request/iid"),
        started_ns: started,
        finished_ns: finished,
        url: event.cell("/object_attributes/url"),
        ..Default::default()
    };
    sink.record(event.stamp(finished.or(started)), &build);
    for value in event.list("/builds") {
        let (state, conclusion) = status(text(value, "/status").unwrap_or_default());
        let instant = |at: &str| text(value, at).and_then(time::parse);
        let row = Job {
            provider: PROVIDER,
            repository: repository(event),
            run_id: Some(run_id.clone()),
            job_id: key(value, "/id"),
            name: cell(value, "/name"),
            status: Some(state.into()),
            conclusion,
            runner: cell(value, "/runner/description"),
            started_ns: instant("/started_at"),
            finished_ns: instant("/finished_at"),
            ..Default::default()
        };
        let times = ["/finished_at", "/started_at", "/created_at"];
        sink.record(event.stamp(times.into_iter().find_map(instant)), &row);
    }
    Outcome::Kept
}

fn build(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(job_id) = event.key("/build_id") else {
        return Outcome::Rejected("a job without its id".to_owned());
    };
    let (state, conclusion) = status(event.text("/build_status").unwrap_or_default());
    let started = instant(event, &["/build_started_at"]);
    let finished = instant(event, &["/build_finished_at"]);
    let row = Job {
        provider: PROVIDER,
        repository: repository(event),
        run_id: event.key("/pipeline_id"),
        job_id: Some(job_id),
        name: event.cell("/build_name"),
        status: Some(state.into()),
        conclusion,
        runner: event.cell("/runner/description"),
        started_ns: started,
        finished_ns: finished,
        ..Default::default()
    };
    let created = instant(event, &["/build_created_at"]);
    sink.record(event.stamp(finished.or(started).or(created)), &row);
    Outcome::Kept
}

/// The commit in an address such as `…/-/commit/<sha>`.
fn commit_in(address: &str) -> Option<String> {
    let (_, rest) = address.rsplit_once("/commit/")?;
    id::commit(rest.split(['/', '?', '#']).next()?)
}

fn deployment(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(change_id) = event.key("/deployment_id") else {
        return Outcome::Rejected("a deployment without its id".to_owned());
    };
    let state = match event.text("/status").unwrap_or_default() {
        "success" => "success",
        "failed" => "failure",
        "canceled" => "error",
        "running" => "in_progress",
        _ => "queued",
    };
    let ts_ns = instant(event, &["/status_changed_at"]);
    let reference = event.text("/ref");
    let is_version = |name: &&str| {
        name.trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
            && name.contains('.')
    };
    let change = Change {
        kind: Some("deploy".into()),
        provider: PROVIDER,
        change_id: Some(change_id.clone()),
        repository: repository(event),
        environment: event.cell("/environment"),
        version: reference.filter(is_version).map(Cow::from),
        sha: event.text("/commit_url").and_then(commit_in).map(Cow::from),
        source_ref: event.cell("/ref"),
        action: Some("deploy".into()),
        requested_by: user(event),
        description: event.cell("/commit_title"),
        started_ns: ts_ns,
        url: event.first(&["/environment_external_url", "/deployable_url"]),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &change);
    let status = ChangeStatus {
        provider: PROVIDER,
        repository: repository(event),
        change_id: Some(change_id),
        state: Some(state.into()),
        environment: event.cell("/environment"),
        actor: user(event),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &status);
    Outcome::Kept
}

/// A release tells of the commit that got a tag.
fn release(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(sha) = event.commit("/commit/id") else {
        return Outcome::Ignored("release without a commit");
    };
    let (subject, body) = message(event.text("/commit/message").unwrap_or_default());
    let row = Commit {
        repository: repository(event),
        sha: Some(sha),
        author_name: event.cell("/commit/author/name"),
        author_email: event.cell("/commit/author/email"),
        authored_ns: instant(event, &["/commit/timestamp"]),
        refs: event.text("/tag").map(|tag| format!("tag: {tag}").into()),
        subject,
        body,
        ..Default::default()
    };
    commit(event, &row, sink);
    Outcome::Kept
}

fn flag(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let name = event.cell("/object_attributes/name");
    let is_on = event.flag("/object_attributes/active");
    let state = is_on.map(|on| if on { "on" } else { "off" });
    let row = Change {
        kind: Some("flag".into()),
        provider: PROVIDER,
        change_id: event.key("/object_attributes/id"),
        repository: repository(event),
        action: state.map(Cow::from),
        acted_as: user(event),
        object: name.map(|name| format!("flags/{name}").into()),
        description: event.cell("/object_attributes/description"),
        ..Default::default()
    };
    // The payload has no time; the order of deliveries is all there is.
    sink.record(event.stamp(None), &row);
    Outcome::Kept
}

fn audit(event: &Event<'_>, sink: &mut dyn Sink) {
    let detail = |name: &str| event.text(&format!("/details/{name}"));
    let action = event
        .text("/event_type")
        .or_else(|| {
            ["custom_message", "change", "add", "remove"]
                .iter()
                .find_map(|name| detail(name))
        })
        .unwrap_or("audit_event");
    let about = [
        "member",
        "access",
        "token",
        "key",
        "role",
        "permission",
        "password",
        "two_factor",
        "saml",
    ];
    let lower = action.to_ascii_lowercase();
    let is_privilege = about.iter().any(|word| lower.contains(word)) || detail("as").is_some();
    let is_secret = lower.contains("variable") || lower.contains("secret");
    let ts_ns = instant(event, &["/created_at"]);
    let object = event.any(&["/entity_path", "/details/entity_path"]);
    let target = event.any(&["/target_details", "/details/target_details"]);
    let access = Access {
        kind: Some(
            if is_secret {
                "secret"
            } else if is_privilege {
                "privilege"
            } else {
                "api"
            }
            .into(),
        ),
        provider: PROVIDER,
        event_id: event.key("/id"),
        class_uid: Some(API_ACTIVITY),
        principal: event.first(&[
            "/author_name",
            "/details/author_name",
            "/details/author_email",
        ]),
        object: object.map(|object| {
            target.map_or_else(
                || object.into(),
                |target| format!("{object}/{target}").into(),
            )
        }),
        verb: Some(action.into()),
        result: Some(
            if lower.contains("fail") {
                "denied"
            } else {
                "success"
            }
            .into(),
        ),
        source_address: event.first(&["/ip_address", "/details/ip_address"]),
        grantee: target.filter(|_| detail("as").is_some()).and_then(filled),
        granted: detail("as").map(Cow::from),
        is_read: Some(false),
        attributes: attributes(json!({
            "entity_type": event.text("/entity_type"),
            "target_type": event.any(&["/target_type", "/details/target_type"]),
            "target": target,
            "from": detail("from"),
            "to": detail("to"),
            "message": detail("custom_message"),
        })),
        event: event.whole(),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &access);
    let is_config = [
        "protected",
        "approval",
        "setting",
        "update",
        "change",
        "create",
        "destroy",
        "remove",
        "added",
    ];
    if is_privilege || is_secret || is_config.iter().any(|word| lower.contains(word)) {
        audited_change(event, action, is_privilege, sink);
    }
}

fn audited_change(event: &Event<'_>, action: &str, is_privilege: bool, sink: &mut dyn Sink) {
    let ts_ns = instant(event, &["/created_at"]);
    let change = Change {
        kind: Some(if is_privilege { "iam" } else { "config" }.into()),
        provider: PROVIDER,
        change_id: event.key("/id"),
        action: Some(action.into()),
        acted_as: event.first(&["/author_name", "/details/author_name"]),
        object: event.first(&["/entity_path", "/details/entity_path"]),
        description: event.cell("/details/custom_message"),
        started_ns: ts_ns,
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &change);
}

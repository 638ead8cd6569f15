//! Bitbucket: Cloud's payloads (`actor`, `repository`, `push` or `pullrequest`) and Data Center's
//! (`eventKey`).

use std::borrow::Cow;

use serde_json::Value;

use super::{NOT_USED, commit, instant, person, short};
use crate::formats::has;
use crate::formats::read::event::Event;
use crate::formats::read::field::{cell, list, text};
use crate::formats::read::github::field::{commit as full, message};
use crate::formats::read::json::Outcome;
use crate::model::code::{ChangeRequest, Commit, Review};
use crate::model::delivery::Build;
use crate::model::record::Text;
use crate::model::{Sink, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("bitbucket"));

pub(super) fn fits(value: &Value) -> bool {
    let is_server = text(value, "/eventKey")
        .is_some_and(|key| key.starts_with("pr:") || key.starts_with("repo:"));
    let is_hook = ["push", "pullrequest", "commit_status", "comment"]
        .iter()
        .any(|key| value.get(*key).is_some());
    let is_cloud = has(value, &["actor", "repository"])
        && is_hook
        && text(value, "/repository/full_name").is_some()
        && value.get("sender").is_none()
        && (value.pointer("/repository/links").is_some()
            || value.pointer("/repository/scm").is_some());
    is_server || is_cloud
}

pub(super) fn read(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    match event.text("/eventKey") {
        Some("repo:refs_changed") => return pushed(event, sink),
        Some(key) if key.starts_with("pr:") && event.get("/pullRequest").is_some() => {
            return server_pull_request(event, key, sink);
        }
        Some(_) => return NOT_USED,
        None => {}
    }
    if event.get("/push").is_some() {
        return push(event, sink);
    }
    if event.get("/pullrequest").is_some() {
        return pull_request(event, sink);
    }
    if event.get("/commit_status").is_some() {
        return status(event, sink);
    }
    NOT_USED
}

fn repository(event: &Event<'_>) -> Text<'static> {
    let web = event
        .text("/repository/links/html/href")
        .and_then(id::repository);
    web.or_else(|| {
        id::repository(&format!(
            "bitbucket.org/{}",
            event.text("/repository/full_name")?
        ))
    })
    .map(Cow::from)
}

fn actor<'a>(event: &Event<'a>) -> Text<'a> {
    event.first(&["/actor/nickname", "/actor/display_name", "/actor/name"])
}

fn push(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let mut kept = false;
    for change in event.list("/push/changes") {
        let listed = list(change, "/commits");
        let target = change.pointer("/new/target");
        let commits: Vec<&Value> = if listed.is_empty() {
            target.into_iter().collect()
        } else {
            listed.iter().collect()
        };
        for value in commits {
            let (subject, body) = message(text(value, "/message").unwrap_or_default());
            let (author_name, author_email) =
                person(text(value, "/author/raw").unwrap_or_default());
            let row = Commit {
                repository: repository(event),
                sha: full(value, "/hash"),
                author_name,
                author_email,
                authored_ns: text(value, "/date").and_then(time::parse),
                refs: cell(change, "/new/name").filter(|_| listed.is_empty()),
                subject,
                body,
                ..Default::default()
            };
            kept |= row.sha.is_some();
            commit(event, &row, sink);
        }
    }
    if kept {
        Outcome::Kept
    } else {
        Outcome::Ignored("push without commits")
    }
}

/// Data Center names the commits that references moved to, and nothing else about them.
fn pushed(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let mut kept = false;
    for change in event.list("/changes") {
        let row = Commit {
            repository: server_repository(event, "/repository"),
            sha: full(change, "/toHash"),
            refs: cell(change, "/ref/displayId"),
            ..Default::default()
        };
        kept |= row.sha.is_some();
        commit(event, &row, sink);
    }
    if kept {
        Outcome::Kept
    } else {
        Outcome::Ignored("push without commits")
    }
}

fn pull_request(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(number) = event.int("/pullrequest/id") else {
        return Outcome::Rejected("a pull request without its number".to_owned());
    };
    let own = |name: &str| event.cell(&format!("/pullrequest/{name}"));
    let updated = instant(
        event,
        &["/pullrequest/updated_on", "/pullrequest/created_on"],
    );
    let state = match event.text("/pullrequest/state") {
        Some("MERGED") => "merged",
        Some("DECLINED" | "SUPERSEDED") => "closed",
        _ => "open",
    };
    let is_merged = state == "merged";
    let row = ChangeRequest {
        repository: repository(event),
        number: Some(number),
        title: own("title"),
        body: own("description"),
        state: Some(state.into()),
        author: event.first(&[
            "/pullrequest/author/nickname",
            "/pullrequest/author/display_name",
        ]),
        merged_by: event
            .first(&[
                "/pullrequest/closed_by/nickname",
                "/pullrequest/closed_by/display_name",
            ])
            .filter(|_| is_merged),
        head_ref: own("source/branch/name"),
        base_ref: own("destination/branch/name"),
        head_sha: event.commit("/pullrequest/source/commit/hash"),
        merge_sha: event.commit("/pullrequest/merge_commit/hash"),
        opened_ns: instant(event, &["/pullrequest/created_on"]),
        merged_ns: updated.filter(|_| is_merged),
        url: own("links/html/href"),
        ..Default::default()
    };
    sink.record(event.stamp(updated), &row);
    let decided = [
        ("/approval", "approved"),
        ("/changes_request", "changes_requested"),
    ];
    if let Some((at, state)) = decided.into_iter().find(|(at, _)| event.get(at).is_some()) {
        let review = Review {
            repository: repository(event),
            number: Some(number),
            reviewer: event.first(&[
                &format!("{at}/user/nickname"),
                &format!("{at}/user/display_name"),
            ]),
            state: Some(state.into()),
            sha: event.commit("/pullrequest/source/commit/hash"),
            url: own("links/html/href"),
            ..Default::default()
        };
        sink.record(
            event.stamp(instant(event, &[&format!("{at}/date")]).or(updated)),
            &review,
        );
    }
    Outcome::Kept
}

fn status(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let (state, conclusion) = match event.text("/commit_status/state") {
        Some("SUCCESSFUL") => ("completed", Some("success")),
        Some("FAILED") => ("completed", Some("failure")),
        Some("STOPPED") => ("completed", Some("cancelled")),
        _ => ("in_progress", None),
    };
    let address = event
        .text("/commit_status/links/commit/href")
        .unwrap_or_default();
    let sha = address
        .rsplit_once('/')
        .and_then(|(_, sha)| id::commit(sha));
    let updated = instant(event, &["/commit_status/updated_on"]);
    let row = Build {
        provider: PROVIDER,
        repository: repository(event),
        run_id: event.cell("/commit_status/key"),
        workflow: event.cell("/commit_status/name"),
        sha: sha
            .map(Cow::from)
            .or_else(|| event.commit("/commit_status/commit/hash")),
        branch: event.cell("/commit_status/refname"),
        status: Some(state.into()),
        conclusion: conclusion.map(Cow::from),
        actor: actor(event),
        title: event.cell("/commit_status/description"),
        started_ns: instant(event, &["/commit_status/created_on"]),
        finished_ns: updated.filter(|_| state == "completed"),
        url: event.cell("/commit_status/url"),
        ..Default::default()
    };
    sink.record(event.stamp(updated), &row);
    Outcome::Kept
}

/// `host/project/name`, the host from whichever address the payload carries.
fn server_repository(event: &Event<'_>, at: &str) -> Text<'static> {
    let project = event.text(&format!("{at}/project/key"))?;
    let name = event.text(&format!("{at}/slug"))?;
    let address = event.any(&[
        "/pullRequest/links/self/0/href",
        &format!("{at}/links/self/0/href"),
        "/actor/links/self/0/href",
    ]);
    let host = address
        .and_then(|address| address.split_once("://")?.1.split('/').next())
        .unwrap_or("bitbucket");
    id::repository(&format!("https://{host}/{project}/{name}")).map(Cow::from)
}

fn server_pull_request(event: &Event<'_>, kind: &str, sink: &mut dyn Sink) -> Outcome {
    let Some(number) = event.int("/pullRequest/id") else {
        return Outcome::Rejected("a pull request without its number".to_owned());
    };
    let millis = |at: &str| event.int(at).and_then(time::millis);
    let repository = server_repository(event, "/pullRequest/toRef/repository");
    let ts_ns = instant(event, &["/date"]).or_else(|| millis("/pullRequest/updatedDate"));
    let state = match event.text("/pullRequest/state") {
        Some("MERGED") => "merged",
        Some("DECLINED") => "closed",
        _ => "open",
    };
    let row = ChangeRequest {
        repository: repository.clone(),
        number: Some(number),
        title: event.cell("/pullRequest/title"),
        body: event.cell("/pullRequest/description"),
        state: Some(state.into()),
        author: event.cell("/pullRequest/author/user/name"),
        merged_by: actor(event).filter(|_| kind == "pr:merged"),
        head_ref: event
            .text("/pullRequest/fromRef/id")
            .map(|name| short(name).into()),
        base_ref: event
            .text("/pullRequest/toRef/id")
            .map(|name| short(name).into()),
        head_sha: event.commit("/pullRequest/fromRef/latestCommit"),
        merge_sha: event.commit("/pullRequest/properties/mergeCommit/id"),
        opened_ns: millis("/pullRequest/createdDate"),
        merged_ns: millis("/pullRequest/closedDate").filter(|_| state == "merged"),
        url: event.cell("/pullRequest/links/self/0/href"),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &row);
    let decision = match kind {
        "pr:reviewer:approved" => "approved",
        "pr:reviewer:needs_work" | "pr:reviewer:changes_requested" => "changes_requested",
        "pr:reviewer:unapproved" => "dismissed",
        _ => return Outcome::Kept,
    };
    let review = Review {
        repository,
        number: Some(number),
        reviewer: event.first(&["/participant/user/name", "/actor/name"]),
        state: Some(decision.into()),
        sha: event
            .commit("/participant/lastReviewedCommit")
            .or_else(|| event.commit("/pullRequest/fromRef/latestCommit")),
        ..Default::default()
    };
    sink.record(event.stamp(ts_ns), &review);
    Outcome::Kept
}

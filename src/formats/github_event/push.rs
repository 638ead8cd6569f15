//! Commits: those that a push brought, and those that REST lists.
//!
//! What a commit says about itself is its author's word wherever it is repeated, so its rows are
//! asserted. A push gives one time for each commit and leaves the committer's out of what can be
//! relied on; REST gives both.

use serde_json::Value;

use super::Unit;
use crate::formats::has;
use crate::formats::read::bounded;
use crate::formats::read::git::refs::named;
use crate::formats::read::git::signature;
use crate::formats::read::github::field::{cell, commit, holds, instant, list, message, text};
use crate::formats::read::json::Outcome;
use crate::model::code::{Commit, GitObject, GitRef};
use crate::model::record::Text;
use crate::model::{Sink, Span, Stamp};

/// A `push` event; the events API calls `after` `head`, and collectors drop fields.
pub fn is_push(event: &Value) -> bool {
    let keys = ["before", "after", "head", "head_commit", "pusher"];
    text(event, "/ref").is_some()
        && event.get("commits").is_some_and(Value::is_array)
        && keys.iter().any(|key| event.get(key).is_some())
}

/// A commit by itself.
pub fn is_commit(value: &Value) -> bool {
    text(value, "/sha").is_some() && holds(value, "commit") && has(value, &["parents"])
}

/// Pushes a `commit` row for each commit of a push, cited by itself.
pub fn push(unit: &Unit<'_>, event: &Value, sink: &mut dyn Sink) -> Outcome {
    let moved = moved(unit, event, sink);
    let commits = list(event, "/commits");
    if commits.is_empty() {
        // A new branch or tag at a commit that was pushed before.
        let head = event.get("head_commit").filter(|head| head.is_object());
        return match head {
            Some(head) => outcome(pushed(unit, head, unit.place.span, sink) || moved),
            None if moved => Outcome::Kept,
            None => Outcome::Ignored("push without commits"),
        };
    }
    let mut kept = moved;
    for (value, span) in commits
        .iter()
        .zip(unit.place.elements("commits", commits.len()))
    {
        kept |= pushed(unit, value, span, sink);
    }
    outcome(kept)
}

/// Pushes the `git_ref` row of a push, and says whether it names what was moved.
fn moved(unit: &Unit<'_>, event: &Value, sink: &mut dyn Sink) -> bool {
    let object = |at: &str| text(event, at).and_then(named).map(Into::into);
    let row = GitRef {
        repository: unit.repository(),
        name: text(event, "/ref").map(|name| bounded(name).into()),
        sha: object("/after").or_else(|| object("/head")),
        old_sha: object("/before"),
        forced: event.get("forced").and_then(Value::as_bool),
        actor: cell(event, "/pusher/name").or_else(|| cell(event, "/sender/login")),
        ..GitRef::default()
    };
    let is_told = row.sha.is_some() || row.old_sha.is_some();
    if is_told {
        // The only time of a push is its repository's, in seconds.
        let seconds = event
            .pointer("/repository/pushed_at")
            .and_then(Value::as_i64);
        let at = seconds.and_then(|seconds| seconds.checked_mul(1_000_000_000));
        sink.record(unit.stamp(at), &row);
    }
    is_told
}

/// Pushes the `commit` row of a REST commit.
pub fn rest(unit: &Unit<'_>, value: &Value, sink: &mut dyn Sink) -> Outcome {
    let (subject, body) = message(text(value, "/commit/message").unwrap_or_default());
    let committed_ns = instant(value, "/commit/committer/date");
    let row = Commit {
        repository: unit.repository(),
        sha: commit(value, "/sha"),
        tree: commit(value, "/commit/tree/sha"),
        parents: parents(value),
        author_name: cell(value, "/commit/author/name"),
        author_email: cell(value, "/commit/author/email"),
        authored_ns: instant(value, "/commit/author/date"),
        committer_name: cell(value, "/commit/committer/name"),
        committer_email: cell(value, "/commit/committer/email"),
        committed_ns,
        subject,
        body,
        ..Default::default()
    };
    if row.sha.is_none() {
        return outcome(false);
    }
    sink.record(unit.stamp(committed_ns).asserted(), &row);
    let verification = value.pointer("/commit/verification");
    let part = |name: &str| verification.and_then(|found| found.get(name)?.as_str());
    if let (Some(_), Some(armour)) = (part("payload"), part("signature")) {
        let object = GitObject {
            kind: Some("commit".into()),
            sha: row.sha,
            repository: unit.repository(),
            author_email: row.committer_email,
            signature: signature::kind(armour).map(Into::into),
            ..GitObject::default()
        };
        sink.record(unit.stamp(committed_ns).asserted(), &object);
    }
    Outcome::Kept
}

fn pushed(unit: &Unit<'_>, value: &Value, span: Span, sink: &mut dyn Sink) -> bool {
    let (subject, body) = message(text(value, "/message").unwrap_or_default());
    let authored_ns = instant(value, "/timestamp");
    let row = Commit {
        repository: unit.repository(),
        sha: commit(value, "/id").or_else(|| commit(value, "/sha")),
        author_name: cell(value, "/author/name"),
        author_email: cell(value, "/author/email"),
        authored_ns,
        subject,
        body,
        ..Default::default()
    };
    let sound = row.sha.is_some();
    if sound {
        sink.record(Stamp::new(span, authored_ns).asserted(), &row);
    }
    sound
}

fn parents(value: &Value) -> Text<'static> {
    let shas: Vec<_> = list(value, "/parents")
        .iter()
        .filter_map(|parent| commit(parent, "/sha"))
        .collect();
    (!shas.is_empty()).then(|| shas.join(" ").into())
}

fn outcome(kept: bool) -> Outcome {
    if kept {
        Outcome::Kept
    } else {
        Outcome::Rejected("no full commit id".to_owned())
    }
}

//! Commits: those that a push brought, and those that REST lists.
//!
//! What a commit says about itself is its author's word wherever it is repeated, so its rows are
//! asserted. A push gives one time for each commit and leaves the committer's out of what can be
//! relied on; REST gives both.

use serde_json::Value;

use super::Unit;
use crate::formats::has;
use crate::formats::read::github::field::{cell, commit, holds, instant, list, message, text};
use crate::formats::read::json::Outcome;
use crate::model::code::Commit;
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
    let commits = list(event, "/commits");
    if commits.is_empty() {
        // A new branch or tag at a commit that was pushed before.
        let head = event.get("head_commit").filter(|head| head.is_object());
        let Some(head) = head else {
            return Outcome::Ignored("push without commits");
        };
        return outcome(pushed(unit, head, unit.place.span, sink));
    }
    let mut kept = false;
    for (value, span) in commits
        .iter()
        .zip(unit.place.elements("commits", commits.len()))
    {
        kept |= pushed(unit, value, span, sink);
    }
    outcome(kept)
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

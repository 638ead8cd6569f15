//! Pull requests: one row per state that GitHub showed.
//!
//! `merge_commit_sha` of an open pull request is a test merge that nothing keeps, so it is taken
//! only from a merged one. A list leaves `merged` out; `merged_at` tells then.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use crate::formats::read::github::address::number_in;
use crate::formats::read::github::field::{cell, commit, holds, instant, int, latest, lower, text};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::code::ChangeRequest;

/// A pull request by itself.
pub fn fits(value: &Value) -> bool {
    int(value, "/number").is_some() && holds(value, "head") && holds(value, "base")
}

/// Pushes a `change_request` row.
pub fn record(unit: &Unit<'_>, pull: &Value, sink: &mut dyn Sink) -> Outcome {
    let Some(number) = number(unit.event, pull) else {
        return Outcome::Rejected("a pull request without a number".to_owned());
    };
    let merged_ns = instant(pull, "/merged_at");
    let is_merged =
        merged_ns.is_some() || pull.get("merged").and_then(Value::as_bool) == Some(true);
    let row = ChangeRequest {
        repository: unit.repository(),
        number: Some(number),
        title: cell(pull, "/title"),
        body: cell(pull, "/body"),
        state: if is_merged {
            Some(Cow::Borrowed("merged"))
        } else {
            lower(pull, "/state")
        },
        author: cell(pull, "/user/login"),
        merged_by: cell(pull, "/merged_by/login"),
        head_ref: cell(pull, "/head/ref"),
        base_ref: cell(pull, "/base/ref"),
        head_sha: commit(pull, "/head/sha"),
        merge_sha: commit(pull, "/merge_commit_sha").filter(|_| is_merged),
        opened_ns: instant(pull, "/created_at"),
        merged_ns,
        url: cell(pull, "/html_url"),
        ..Default::default()
    };
    let times = ["/updated_at", "/merged_at", "/closed_at", "/created_at"];
    sink.record(unit.stamp(latest(pull, &times)), &row);
    Outcome::Kept
}

/// The number of `pull`, which an event repeats beside it.
pub fn number(event: &Value, pull: &Value) -> Option<i64> {
    int(pull, "/number")
        .or_else(|| int(event, "/number"))
        .or_else(|| {
            ["/html_url", "/url"]
                .into_iter()
                .find_map(|at| number_in(text(pull, at)?))
        })
}

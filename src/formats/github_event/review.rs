//! Reviews of pull requests.
//!
//! A review keeps its submission time when it is dismissed later, so a dismissal is dated by the
//! pull request around it. A pending review is a draft that only its author sees.

use serde_json::Value;

use super::Unit;
use super::pull_request;
use crate::formats::read::github::address::number_in;
use crate::formats::read::github::field::{cell, commit, instant, key, lower, text};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::code::Review;

/// A review by itself; a review comment has a `diff_hunk`.
pub fn fits(value: &Value) -> bool {
    text(value, "/pull_request_url").is_some()
        && text(value, "/state").is_some()
        && value.get("diff_hunk").is_none()
}

/// Pushes a `review` row.
pub fn record(unit: &Unit<'_>, review: &Value, sink: &mut dyn Sink) -> Outcome {
    let state = lower(review, "/state");
    if state.as_deref() == Some("pending") {
        return Outcome::Ignored("pending review");
    }
    let number = unit
        .event
        .get("pull_request")
        .and_then(|pull| pull_request::number(unit.event, pull))
        .or_else(|| {
            ["/pull_request_url", "/html_url"]
                .into_iter()
                .find_map(|at| number_in(text(review, at)?))
        });
    let Some(number) = number else {
        return Outcome::Rejected("a review of no pull request".to_owned());
    };
    let submitted = instant(review, "/submitted_at");
    let dismissed = (state.as_deref() == Some("dismissed"))
        .then(|| instant(unit.event, "/pull_request/updated_at"))
        .flatten();
    let row = Review {
        repository: unit.repository(),
        number: Some(number),
        review_id: key(review, "/id"),
        reviewer: cell(review, "/user/login"),
        state,
        sha: commit(review, "/commit_id"),
        body: cell(review, "/body"),
        url: cell(review, "/html_url"),
        ..Default::default()
    };
    sink.record(unit.stamp(submitted.max(dismissed)), &row);
    Outcome::Kept
}

//! Issues: the requests that work answers.
//!
//! REST lists pull requests among the issues; those have a `pull_request` and are read elsewhere. A
//! row is dated by the issue's opening, the time at which the work was asked for.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use crate::formats::has;
use crate::formats::read::github::field::{PROVIDER, cell, instant, int, lower};
use crate::formats::read::json::Outcome;
use crate::model::Sink;
use crate::model::code::Request;

/// An issue by itself.
pub fn fits(value: &Value) -> bool {
    let keys = ["repository_url", "comments_url", "labels_url"];
    has(value, &["number", "title", "state", "user"])
        && keys.iter().any(|key| value.get(key).is_some())
        && value.get("head").is_none()
}

/// Pushes a `request` row.
pub fn record(unit: &Unit<'_>, issue: &Value, sink: &mut dyn Sink) -> Outcome {
    if issue
        .get("pull_request")
        .is_some_and(|pull| !pull.is_null())
    {
        return Outcome::Ignored("pull request listed as an issue");
    }
    let Some(number) = int(issue, "/number") else {
        return Outcome::Rejected("an issue without a number".to_owned());
    };
    let row = Request {
        tracker: PROVIDER,
        key: Some(Cow::Owned(format!("#{number}"))),
        repository: unit.repository(),
        title: cell(issue, "/title"),
        body: cell(issue, "/body"),
        url: cell(issue, "/html_url"),
        state: lower(issue, "/state"),
        author: cell(issue, "/user/login"),
        closed_ns: instant(issue, "/closed_at"),
        ..Default::default()
    };
    sink.record(unit.stamp(instant(issue, "/created_at")), &row);
    Outcome::Kept
}

//! The ranges of a record, each with the bytes that state it.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::formats::read::{Cursor, Element, field};
use crate::model::Span;

/// How many sessions of one record get rows.
pub(super) const MOST_SESSIONS: usize = 64;

/// One range of lines.
pub(super) struct Range<'a> {
    pub(super) path: &'a str,
    /// First and last line.
    pub(super) lines: (Option<i64>, Option<i64>),
    pub(super) author: &'a str,
    pub(super) model: Option<&'a str>,
    pub(super) session_id: Option<&'a str>,
}

/// Every range of a record, with its place where it was found.
pub(super) fn ranges<'a>(
    value: &'a Value,
    element: &Element<'_>,
) -> Vec<(Range<'a>, Option<Span>)> {
    let mut spans = spans(element).into_iter();
    let mut found = Vec::new();
    for file in field::list(value, "/files") {
        let path = field::text(file, "/path").unwrap_or_default();
        for conversation in field::list(file, "/conversations") {
            let session_id = field::text(conversation, "/url").and_then(last_part);
            for range in field::list(conversation, "/ranges") {
                let span = spans.next();
                // A range may name another writer than its conversation does.
                let own = range.get("contributor").is_some();
                let writer = if own { range } else { conversation };
                let number = |key: &str| range.get(key).and_then(Value::as_i64);
                let range = Range {
                    path,
                    lines: (number("start_line"), number("end_line")),
                    author: field::text(writer, "/contributor/type").unwrap_or_default(),
                    model: field::text(writer, "/contributor/model_id"),
                    session_id,
                };
                if !path.is_empty() {
                    found.push((range, span));
                }
            }
        }
    }
    found
}

/// The last part of an address's path.
fn last_part(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, last) = path.rsplit_once('/')?;
    (!last.is_empty() && !before.ends_with(':') && !before.ends_with('/')).then_some(last)
}

/// Where the ranges stand, in the order in which they are written.
fn spans(element: &Element<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut cursor = Cursor::new(element.bytes);
    // The text is sound; the walk ends early only where a member is of another type, and then the
    // ranges that are left are cited by their record.
    let _ = cursor.each_of("files", &mut |cursor| {
        cursor.each_of("conversations", &mut |cursor| {
            cursor.each_of("ranges", &mut |cursor| {
                let start = cursor.position() as u64;
                let text: &RawValue = cursor.value()?;
                found.push(Span::new(
                    element.span.offset + start,
                    text.get().len() as u64,
                ));
                Ok(())
            })
        })
    });
    found
}

/// The pseudo path that is no file, if `path` is one.
pub(super) fn pseudo(path: &str) -> Option<&str> {
    matches!(path, ".sessions" | ".shell-history" | ".unknown").then_some(path)
}

/// A contributor's type as the table has it.
pub(super) fn author(kind: &str) -> &'static str {
    match kind {
        "ai" => "ai",
        "human" => "human",
        "mixed" => "mixed",
        _ => "unknown",
    }
}

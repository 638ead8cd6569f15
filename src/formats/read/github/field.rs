//! Cells out of GitHub's JSON, where ids are numbers or texts and the case of a word depends on the
//! interface that was asked.

use std::borrow::Cow;

use serde_json::Value;

pub use super::super::field::{cell, list, text};
use super::super::{TEXT_LIMIT, bounded};
use crate::model::record::Text;
use crate::model::{id, time};

/// The provider column of every record that this forge made.
pub const PROVIDER: Text<'static> = Some(Cow::Borrowed("github"));

/// The text at `pointer` in lower case: REST shouts `APPROVED` where a webhook says `approved`.
pub fn lower(value: &Value, pointer: &str) -> Text<'static> {
    text(value, pointer).map(|text| Cow::Owned(text.to_ascii_lowercase()))
}

/// The id at `pointer`, whether it is written as a number or as text.
pub fn key<'a>(value: &'a Value, pointer: &str) -> Text<'a> {
    match value.pointer(pointer)? {
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => cell(value, pointer),
    }
}

/// The integer at `pointer`, whether it is written as a number or as text.
pub fn int(value: &Value, pointer: &str) -> Option<i64> {
    let value = value.pointer(pointer)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The RFC 3339 time at `pointer`. The year 1, Go's zero time, is out of range and so none.
pub fn instant(value: &Value, pointer: &str) -> Option<i64> {
    time::parse(text(value, pointer)?)
}

/// The latest of the times at `pointers`.
pub fn latest(value: &Value, pointers: &[&str]) -> Option<i64> {
    pointers
        .iter()
        .filter_map(|pointer| instant(value, pointer))
        .max()
}

/// The full commit id at `pointer`.
pub fn commit(value: &Value, pointer: &str) -> Text<'static> {
    id::commit(text(value, pointer)?).map(Cow::Owned)
}

/// True where `key` holds an object.
pub fn holds(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(Value::is_object)
}

/// A job's steps as JSON text; dropped where they are none or too long to be kept whole.
pub fn steps(job: &Value) -> Text<'static> {
    let steps = job
        .get("steps")
        .filter(|steps| steps.as_array().is_some_and(|s| !s.is_empty()))?;
    let json = steps.to_string();
    (json.len() <= TEXT_LIMIT).then_some(Cow::Owned(json))
}

/// A commit message as its first line and the rest.
pub fn message(text: &str) -> (Text<'_>, Text<'_>) {
    let (subject, body) = text.split_once('\n').unwrap_or((text, ""));
    (filled(subject.trim_end()), filled(body.trim()))
}

fn filled(text: &str) -> Text<'_> {
    (!text.is_empty()).then(|| Cow::Borrowed(bounded(text)))
}

//! Cells out of GitHub's loosely typed JSON.
//!
//! Pointers into a parsed value rather than a struct per object: an event repeats the same objects
//! at several depths, field types differ between API versions, and a wrong type in one field must
//! cost that field, not the record.

use std::borrow::Cow;

use serde_json::Value;

use super::super::read::bounded;
use crate::model::record::Text;
use crate::model::{id, time};

/// The provider column of every record that this forge made.
pub const PROVIDER: Text<'static> = Some(Cow::Borrowed("github"));

/// The text at `pointer`; an empty one is none, because GitHub writes `""` for "not set".
pub fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// The text at `pointer` as a cell.
pub fn cell<'a>(value: &'a Value, pointer: &str) -> Text<'a> {
    text(value, pointer).map(|text| Cow::Borrowed(bounded(text)))
}

/// The text at `pointer` in lower case: REST shouts `APPROVED` where a webhook says `approved`.
pub fn lower(value: &Value, pointer: &str) -> Text<'static> {
    text(value, pointer).map(|text| Cow::Owned(bounded(text).to_ascii_lowercase()))
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

/// The elements of the array at `pointer`; none where there is no array.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
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
    (json.len() <= super::super::read::TEXT_LIMIT).then_some(Cow::Owned(json))
}

/// A commit message as its first line and the rest.
pub fn message(text: &str) -> (Text<'_>, Text<'_>) {
    let (subject, body) = text.split_once('\n').unwrap_or((text, ""));
    (filled(subject.trim_end()), filled(body.trim()))
}

fn filled(text: &str) -> Text<'_> {
    (!text.is_empty()).then(|| Cow::Borrowed(bounded(text)))
}

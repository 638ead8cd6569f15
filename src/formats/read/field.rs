//! Cells out of loosely typed JSON, by JSON pointer.
//!
//! Pointers into a parsed value rather than a struct per object: field types differ between versions
//! of an API, and a wrong type in one field must cost that field, not the record.

use std::borrow::Cow;

use serde_json::Value;

use super::bounded;
use crate::model::record::Text;

/// The text at `pointer`, bounded. An empty one is none: writers put `""` for "not set".
pub fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(bounded)
}

/// The text at `pointer` as a cell.
pub fn cell<'v>(value: &'v Value, pointer: &str) -> Text<'v> {
    text(value, pointer).map(Cow::Borrowed)
}

/// The elements of the array at `pointer`; none where there is no array.
pub fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

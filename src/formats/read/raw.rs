//! Cells out of JSON values that are still text, so that what no column wants is never parsed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::{RawValue, Value};

use super::{TEXT_LIMIT, bounded};
use crate::model::Span;

/// The text of a JSON string, cut to [`TEXT_LIMIT`]; `None` for any other value. Lone surrogates,
/// which JavaScript writes where it cut a string inside a character, are replaced: they must not
/// cost the record.
pub fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    if let Ok(plain) = serde_json::from_str::<&str>(raw.get()) {
        return Some(bounded(plain).into());
    }
    let Lossy(text) = serde_json::from_str(raw.get()).ok()?;
    Some(
        if text.len() > TEXT_LIMIT {
            bounded(&text).to_owned()
        } else {
            text
        }
        .into(),
    )
}

/// The value's own text for a JSON cell. `None` where it is longer than a cell may be (cut, it
/// would be no JSON) or escapes what is no character.
pub fn json(raw: &RawValue) -> Option<&str> {
    let text = raw.get();
    let sound = !text.contains("\\u") || serde_json::from_str::<Value>(text).is_ok();
    (text.len() <= TEXT_LIMIT && sound).then_some(text)
}

/// A string's text, or a number as written.
pub fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    let number = || {
        raw.get()
            .starts_with(|c: char| c.is_ascii_digit() || c == '-')
    };
    text(raw).or_else(|| number().then(|| raw.get().into()))
}

/// Where `part` stands in the file, `serde_json` having lent it out of `bytes`, which start at
/// `offset`. It borrows from its input, so the part's address tells its position.
pub fn place(bytes: &[u8], offset: u64, part: &[u8]) -> Span {
    let start = part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
    let start = start.min(bytes.len().saturating_sub(part.len()));
    Span::new(offset.saturating_add(start as u64), part.len() as u64)
}

/// A JSON string whose escapes need not be characters.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(LossyVisitor)
    }
}

struct LossyVisitor;

impl Visitor<'_> for LossyVisitor {
    type Value = Lossy;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
        Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
    }
}

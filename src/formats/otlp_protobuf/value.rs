//! Attributes and their values. A value reads as the same cell as from OTLP's JSON: bytes are base64,
//! a number without a fraction is an integer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::{Wire, whole};
use crate::formats::read::bounded;
use crate::formats::read::otel::attributes::{Collect, Object};
use crate::formats::read::otel::value::Value;

/// How deep lists and maps may nest, as `serde_json` has it for OTLP's JSON at half the rate.
const DEPTH: u8 = 60;

/// Text as a cell. Only what needs no escapes in JSON may stay borrowed; see [`Value::Text`].
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let escapes = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.iter().any(escapes) => Cow::Borrowed(bounded(text)),
        _ => Cow::Owned(bounded(&String::from_utf8_lossy(bytes)).to_owned()),
    }
}

/// The same where it is not empty.
pub(super) fn some(bytes: &[u8]) -> Option<Cow<'_, str>> {
    (!bytes.is_empty()).then(|| text(bytes))
}

/// A number as JSON has it: Protocol Buffers' JSON writes 2.0 as 2.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked before the cast"
)]
pub(super) fn number(value: f64) -> Value<'static> {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::Int(value as i64);
    }
    if value.is_finite() {
        return Value::Float(value);
    }
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    Value::Text(name.into())
}

/// Adds the attribute that `bytes`, a `KeyValue`, are.
///
/// # Errors
/// They are none.
pub(super) fn put<'a, C: Collect<'a>>(bytes: &'a [u8], into: &mut C) -> Result<(), &'static str> {
    pair(bytes, into, DEPTH)
}

fn pair<'a, C: Collect<'a>>(bytes: &'a [u8], into: &mut C, depth: u8) -> Result<(), &'static str> {
    let (mut key, mut found) = (None, Value::Null);
    for field in whole(bytes) {
        match field? {
            (1, Wire::Bytes(bytes)) => key = some(bytes),
            (2, Wire::Bytes(bytes)) => found = value_at(bytes, depth)?,
            _ => {}
        }
    }
    if let Some(key) = key {
        into.put(key, found);
    }
    Ok(())
}

/// The value that `bytes`, an `AnyValue`, are.
///
/// # Errors
/// They are none.
pub(super) fn value(bytes: &[u8]) -> Result<Value<'_>, &'static str> {
    value_at(bytes, DEPTH)
}

fn value_at(bytes: &[u8], depth: u8) -> Result<Value<'_>, &'static str> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err("a value is nested too deep");
    };
    let mut found = Value::Null;
    for field in whole(bytes) {
        found = match field? {
            (1, Wire::Bytes(bytes)) => Value::Text(text(bytes)),
            (2, Wire::Varint(truth)) => Value::Bool(truth != 0),
            (3, Wire::Varint(bits)) => Value::Int(bits.cast_signed()),
            (4, Wire::Fixed64(bits)) => number(f64::from_bits(bits)),
            (5, Wire::Bytes(bytes)) => {
                let mut values = Vec::new();
                for field in whole(bytes) {
                    if let (1, Wire::Bytes(bytes)) = field? {
                        values.push(value_at(bytes, depth)?);
                    }
                }
                Value::Json(Value::list(&values).into())
            }
            (6, Wire::Bytes(bytes)) => {
                let mut object = Object::default();
                for field in whole(bytes) {
                    if let (1, Wire::Bytes(bytes)) = field? {
                        pair(bytes, &mut object, depth)?;
                    }
                }
                Value::Json(object.finish().unwrap_or_else(|| "{}".to_owned()).into())
            }
            (7, Wire::Bytes(bytes)) => {
                Value::Text(Cow::Owned(bounded(&STANDARD.encode(bytes)).to_owned()))
            }
            _ => continue,
        };
    }
    Ok(found)
}

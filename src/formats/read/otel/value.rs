//! One value: a scalar that may be written in several ways, or a list or map as JSON text.
//!
//! OTLP wraps every attribute's value in an object that names its type (`{"intValue":"12"}`); some
//! exporters leave the wrapping out. Both read alike here. Text stays borrowed from the chunk where
//! the JSON has no escapes in it, which is nearly always.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::attributes::{Attributes, Object};
use super::field::{self, Lenient};
use super::keys::{Member, keys};
use crate::formats::read::bounded;

/// An OTLP `AnyValue`, or a bare JSON value. Lists and maps are JSON text at once, because that is
/// how the tables hold them.
#[derive(Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// Nothing, or nothing that can be read.
    #[default]
    Null,
    /// Text, bounded. Borrowed only from JSON, where it stood without escapes.
    Text(Cow<'a, str>),
    /// Any integer that fits.
    Int(i64),
    /// An integer past `i64`.
    Uint(u64),
    /// A finite number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A list or map, as JSON.
    Json(Box<str>),
}

/// What an enum's value is called in the tables. An alias, because serde takes a field that is
/// spelled as a reference for one that borrows.
pub type Word = &'static str;

impl<'a> Value<'a> {
    /// As the text of a cell; nothing where the text is empty.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Text(text) => (!text.is_empty()).then_some(Cow::Borrowed(text)),
            Self::Json(json) => Some(Cow::Borrowed(bounded(json))),
            scalar => {
                let mut text = String::new();
                scalar.write(&mut text);
                Some(Cow::Owned(text))
            }
        }
    }

    /// The same, borrowed from the chunk where that is possible.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => (!text.is_empty()).then_some(text),
            other => other.text().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// As a signed integer, from text too.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            Self::Float(value) => integral(*value)?.parse().ok(),
            _ => None,
        }
    }

    /// As an unsigned integer, from text too.
    pub fn uint(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::Uint(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            Self::Float(value) => integral(*value)?.parse().ok(),
            _ => None,
        }
    }

    /// As a float, from text too (`NaN` and `Infinity` are written so).
    #[expect(clippy::cast_precision_loss, reason = "the column holds floats")]
    pub fn float(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Uint(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The word for an enum: by number, or by its name with or without `prefix`. The empty word
    /// stands for "unspecified".
    pub fn word(&self, prefix: &str, words: &[Word]) -> Option<Word> {
        let by_number = || words.get(usize::try_from(self.uint()?).ok()?).copied();
        let by_name = || {
            let Self::Text(name) = self else { return None };
            let name = name.strip_prefix(prefix).unwrap_or(name);
            words
                .iter()
                .find(|word| word.eq_ignore_ascii_case(name))
                .copied()
        };
        by_number().or_else(by_name).filter(|word| !word.is_empty())
    }

    /// Appends it as JSON.
    pub fn write(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => out.write_str("null"),
            Self::Text(text) => {
                quote(out, text);
                Ok(())
            }
            Self::Int(value) => write!(out, "{value}"),
            Self::Uint(value) => write!(out, "{value}"),
            Self::Float(value) => write!(out, "{value:?}"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Json(json) => out.write_str(json),
        };
    }

    /// As a number where the text is one: `"12"` is 12, `"NaN"` stays text.
    pub fn into_number(self) -> Self {
        let Self::Text(text) = &self else { return self };
        let int = || text.parse().ok().map(Self::Int);
        let uint = || text.parse().ok().map(Self::Uint);
        let float = || {
            text.parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .map(Self::Float)
        };
        int().or_else(uint).or_else(float).unwrap_or(self)
    }

    /// The JSON text of a list.
    pub fn list(values: &[Self]) -> String {
        let mut json = String::from("[");
        for (index, value) in values.iter().enumerate() {
            json.push_str(if index == 0 { "" } else { "," });
            value.write(&mut json);
        }
        json.push(']');
        json
    }
}

/// Appends `text` as a JSON string. Text that is borrowed from JSON had no escapes and needs none.
#[expect(
    clippy::ptr_arg,
    reason = "a borrowed text was written without escapes"
)]
pub fn quote(out: &mut String, text: &Cow<'_, str>) {
    match text {
        Cow::Borrowed(text) => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        Cow::Owned(text) => out.push_str(&serde_json::to_string(text).unwrap_or_default()),
    }
}

/// The digits of a float that stands for an integer.
fn integral(value: f64) -> Option<String> {
    (value.fract() == 0.0).then(|| format!("{value:.0}"))
}

/// Reads any JSON value. `ANY` tells how an object is read: as an `AnyValue`, or passed over.
struct Reader<const ANY: bool>;

impl<'de, const ANY: bool> Visitor<'de> for Reader<ANY> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(bounded(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(bounded(text).to_owned())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Uint(value), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut values = Vec::new();
        if ANY {
            while let Some(value) = seq.next_element()? {
                values.push(value);
            }
            return Ok(Value::Json(Value::list(&values).into()));
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        if ANY {
            return any_value(map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }
}

/// Lists within lists are bounded by `serde_json`, which refuses to nest deeper than 128.
fn any_value<'de, A: MapAccess<'de>>(mut map: A) -> Result<Value<'de>, A::Error> {
    let mut found = Value::Null;
    while let Some(Member(case)) = map.next_key()? {
        found = match case {
            Some(Case::Scalar) => map.next_value::<Plain<'de>>()?.0,
            Some(Case::Number) => map.next_value::<Plain<'de>>()?.0.into_number(),
            Some(Case::List) => {
                let Lenient(List { values }) = map.next_value()?;
                Value::Json(Value::list(&values).into())
            }
            Some(Case::Map) => {
                let Lenient(Map {
                    values: Attributes(object),
                }) = map.next_value()?;
                Value::Json(object.finish().unwrap_or_else(|| "{}".to_owned()).into())
            }
            None => {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
        };
    }
    Ok(found)
}

keys! {
    /// Members of `AnyValue`, of which one is set.
    Case {
        Scalar "stringValue" | "string_value" | "boolValue" | "bool_value" | "bytesValue" | "bytes_value",
        Number "intValue" | "int_value" | "doubleValue" | "double_value",
        List "arrayValue" | "array_value",
        Map "kvlistValue" | "kvlist_value",
    }
}

/// An `ArrayValue`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct List<'a> {
    #[serde(borrow, deserialize_with = "field::list")]
    values: Vec<Value<'a>>,
}

/// A `KeyValueList`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Map {
    values: Attributes<Object>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader::<true>)
    }
}

/// A bare JSON scalar; anything else reads as [`Value::Null`].
pub struct Plain<'a>(pub Value<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Plain<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader::<false>).map(Self)
    }
}

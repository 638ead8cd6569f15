//! Fields as exporters really write them: 64-bit integers as strings or numbers, enums as numbers
//! or names, ids in hex or base64, `null` where a message is meant.
//!
//! These are the functions behind `deserialize_with`. A field of the wrong type reads as absent; it
//! never costs its record.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::value::{Plain, Value, Word};
use crate::model::id;

/// Text; absent where empty.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    scalar(from).map(Value::into_text)
}

/// A signed integer.
pub fn int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    scalar(from).map(|value| value.int())
}

/// A float.
pub fn float<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    scalar(from).map(|value| value.float())
}

/// Nanoseconds since the epoch. Zero means "not set" in OTLP; past `i64` is no time either.
pub fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    scalar(from).map(|value| {
        value
            .uint()
            .filter(|ns| *ns > 0)
            .and_then(|ns| i64::try_from(ns).ok())
    })
}

/// A trace id.
pub fn trace<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u128>, D::Error> {
    scalar(from).map(|value| {
        if let Value::Text(text) = value {
            id::trace(&text)
        } else {
            None
        }
    })
}

/// A span id.
pub fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    scalar(from).map(|value| {
        if let Value::Text(text) = value {
            id::span(&text)
        } else {
            None
        }
    })
}

/// The word for an enum; see [`Value::word`].
pub fn word<'de, D: Deserializer<'de>>(
    from: D,
    prefix: &str,
    words: &[Word],
) -> Result<Option<Word>, D::Error> {
    scalar(from).map(|value| value.word(prefix, words))
}

/// A list of numbers as JSON text; empty where there is no list.
pub fn numbers<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let numbers = list::<D, Plain<'de>>(from)?;
    let mut json = String::new();
    for (index, Plain(number)) in numbers.into_iter().enumerate() {
        json.push(if index == 0 { '[' } else { ',' });
        number.into_number().write(&mut json);
    }
    if !json.is_empty() {
        json.push(']');
    }
    Ok(json)
}

/// A message; its default where the JSON is no object.
pub fn message<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Lenient::deserialize(from).map(|Lenient(message)| message)
}

/// A list; empty where the JSON is no array.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(List(PhantomData))
}

/// A message that reads as its default where the JSON is no object.
#[derive(Default)]
pub struct Lenient<T>(pub T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Message(PhantomData)).map(Self)
    }
}

/// Any scalar as it stands.
pub fn scalar<'de, D: Deserializer<'de>>(from: D) -> Result<Value<'de>, D::Error> {
    Plain::deserialize(from).map(|Plain(value)| value)
}

/// Visits for scalars that a message or a list cannot be read from.
macro_rules! pass_over {
    ($($visit:ident $value:ty),+) => {
        $(fn $visit<E: Error>(self, _: $value) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })+

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}
pub(in crate::formats) use pass_over;

struct Message<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Message<T> {
    type Value = T;

    pass_over!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    pass_over!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Vec::new())
    }
}

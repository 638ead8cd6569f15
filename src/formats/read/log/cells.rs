//! What the values of members say: texts, times, levels, ids.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::{RawValue, Value};

use super::keys::severity;
use crate::formats::plain_log;
use crate::formats::read::{self, TEXT_LIMIT};
use crate::model::{id, time};

/// The text of a JSON string, cut to [`TEXT_LIMIT`]; `None` for any other value. Lone surrogates,
/// which JavaScript writes where it cut a string inside a character, are replaced: they must not
/// cost the record.
pub(in crate::formats) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    if let Ok(plain) = serde_json::from_str::<&str>(raw.get()) {
        return Some(read::bounded(plain).into());
    }
    let Lossy(text) = serde_json::from_str(raw.get()).ok()?;
    Some(
        if text.len() > TEXT_LIMIT {
            read::bounded(&text).to_owned()
        } else {
            text
        }
        .into(),
    )
}

/// The value's own text for a JSON cell. `None` where it is longer than a cell may be (cut, it
/// would be no JSON) or escapes what is no character.
pub(in crate::formats) fn json(raw: &RawValue) -> Option<&str> {
    let text = raw.get();
    let sound = !text.contains("\\u") || serde_json::from_str::<Value>(text).is_ok();
    (text.len() <= TEXT_LIMIT && sound).then_some(text)
}

/// A time as text, as a number of any unit, or in parts as Log4j, protobuf and MongoDB write it.
pub(super) fn moment(raw: &RawValue) -> Option<i64> {
    #[derive(Deserialize)]
    struct Parts<'a> {
        #[serde(alias = "epochSecond")]
        seconds: Option<i64>,
        #[serde(alias = "nanoOfSecond")]
        nanos: Option<i64>,
        #[serde(rename = "$date", borrow)]
        date: Option<Cow<'a, str>>,
    }
    match raw.get().as_bytes().first()? {
        b'"' => {
            let text = text(raw)?;
            plain_log::clock(&text).or_else(|| epoch(&text))
        }
        b'{' => {
            let parts: Parts<'_> = serde_json::from_str(raw.get()).ok()?;
            let whole = parts.seconds.and_then(time::seconds);
            let sum = whole.and_then(|ns| ns.checked_add(parts.nanos.unwrap_or(0)));
            sum.or_else(|| time::parse(&parts.date?))
        }
        _ => epoch(raw.get()),
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since the epoch, with or without a fraction.
pub(in crate::formats) fn epoch(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let guessed = time::guess_unit(whole)?;
    let in_seconds = time::seconds(whole) == Some(guessed);
    if in_seconds && !fraction.is_empty() {
        return time::seconds_float(text.parse().ok()?);
    }
    Some(guessed)
}

pub(super) fn level<'a>(name: &str, raw: &'a RawValue) -> Option<(Option<i64>, Cow<'a, str>)> {
    let written = scalar(raw)?;
    let number = match written.parse::<i64>() {
        Ok(number) if name == "severitynumber" => (1..=24).contains(&number).then_some(number),
        _ => severity(&written),
    };
    // One letter is a level only where it reads as one.
    (number.is_some() || name.len() > 1).then_some((number, written))
}

/// A trace id: hex, the end of a Google Cloud path, a `traceparent`, an X-Ray id, or decimal.
pub(super) fn trace(name: &str, raw: &RawValue) -> Option<u128> {
    let written = scalar(raw)?;
    let text = written.rsplit('/').next()?;
    if let Some(number) = decimal(name, text) {
        return Some(number.into());
    }
    let parts: Vec<&str> = text.split('-').collect();
    match (parts.as_slice(), text.len()) {
        ([_, trace, _, _], _) => id::trace(trace),
        (["1", seconds, rest], 35) => id::trace(&format!("{seconds}{rest}")),
        ([_, _, _, _, _], 36) => id::trace(&parts.concat()),
        ([hex], 15 | 16 | 24 | 31 | 32) => id::trace(hex),
        _ => None,
    }
}

pub(super) fn span(name: &str, raw: &RawValue) -> Option<u64> {
    let written = scalar(raw)?;
    let hex = || {
        matches!(written.len(), 12 | 15 | 16)
            .then(|| id::span(&written))
            .flatten()
    };
    decimal(name, &written).or_else(hex)
}

/// Datadog writes ids in decimal, and a decimal of 17 digits or more is no hex id.
fn decimal(name: &str, text: &str) -> Option<u64> {
    let plausible = name.starts_with("dd") || text.len() >= 17;
    let number = text.parse().ok().filter(|number| *number != 0);
    number.filter(|_| plausible && text.len() <= 20)
}

/// A string's text, or a number as written.
fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    let number = || {
        raw.get()
            .starts_with(|c: char| c.is_ascii_digit() || c == '-')
    };
    text(raw).or_else(|| number().then(|| raw.get().into()))
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

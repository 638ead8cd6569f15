//! Times as log libraries write them.

use std::borrow::Cow;

use chrono::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::formats::read::raw;
use crate::model::time;

/// Masks of times that open a line: `0` stands for a digit, `A` for a letter, `?` for anything.
pub const FULL: [&str; 3] = [
    "0000-00-00T00:00:00",
    "0000-00-00 00:00:00",
    "0000/00/00 00:00:00",
];

/// The same without a year or a day: glog, syslog of RFC 3164, a clock.
pub const PARTIAL: [&str; 4] = ["A0000 00:00:00", "AAA ?0 00:00:00", "00:00:00", "[00:00:00"];

/// A time as log libraries write it as text: [`time::parse`]'s forms, or an access log's.
pub fn clock(text: &str) -> Option<i64> {
    let access = || DateTime::parse_from_str(text, "%d/%b/%Y:%H:%M:%S %z").ok();
    time::parse(text).or_else(|| access()?.timestamp_nanos_opt())
}

/// A time as text, as a number of any unit, or in parts as Log4j, protobuf and MongoDB write it.
pub fn moment(raw: &RawValue) -> Option<i64> {
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
            let text = raw::text(raw)?;
            clock(&text).or_else(|| epoch(&text))
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
pub fn epoch(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let guessed = time::guess_unit(whole)?;
    let in_seconds = time::seconds(whole) == Some(guessed);
    if in_seconds && !fraction.is_empty() {
        return time::seconds_float(text.parse().ok()?);
    }
    Some(guessed)
}

/// True where `text` starts as `mask` has it.
pub fn fits(text: &str, mask: &str) -> bool {
    let same = |(byte, mask): (u8, u8)| match mask {
        b'0' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        b'?' => true,
        _ => byte == mask,
    };
    text.len() >= mask.len() && text.bytes().zip(mask.bytes()).all(same)
}

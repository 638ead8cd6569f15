//! Severities: as members of a record, and as words of its message.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::clock::{PARTIAL, fits};
use super::near;
use crate::formats::read::raw::scalar;

/// OpenTelemetry severity number of what is told in passing.
pub const INFO: i64 = 9;
/// The same of what may be wrong: gaps in what a source tells, failed attempts.
pub const WARN: i64 = 13;
/// The same of what went wrong.
pub const ERROR: i64 = 17;

/// The OpenTelemetry severity number of a level: a word of any logging library, or the integers of
/// bunyan and pino. OpenTelemetry's own steps (`DEBUG2`) count on from the word.
pub fn number(level: &str) -> Option<i64> {
    let level = level.trim();
    if let Ok(number) = level.parse::<i64>() {
        return matches!(number, 10 | 20 | 30 | 40 | 50 | 60).then(|| (number / 10 - 1) * 4 + 1);
    }
    let word = level.trim_end_matches(|c: char| c.is_ascii_digit());
    let step = match level.strip_prefix(word) {
        Some("2") => 1,
        Some("3") => 2,
        Some("4") => 3,
        _ => 0,
    };
    let base = match word.to_ascii_lowercase().as_str() {
        "trace" | "trc" | "t" | "verbose" | "silly" | "finest" | "finer" => 1,
        "debug" | "dbg" | "d" | "fine" => 5,
        "info" | "inf" | "i" | "information" | "informational" | "config" => 9,
        "notice" => 10,
        "warn" | "warning" | "wrn" | "w" => 13,
        "error" | "err" | "e" | "severe" => 17,
        "fatal" | "ftl" | "f" | "critical" | "crit" | "panic" | "dpanic" => 21,
        "alert" => 22,
        "emergency" | "emerg" => 24,
        _ => return None,
    };
    Some(if matches!(base, 1 | 5 | 9 | 13 | 17 | 21) {
        base + step
    } else {
        base
    })
}

/// What a member called `name` says of the severity: the number, and the level as written.
pub fn of_member<'a>(name: &str, raw: &'a RawValue) -> Option<(Option<i64>, Cow<'a, str>)> {
    let written = scalar(raw)?;
    let step = match written.parse::<i64>() {
        Ok(step) if name == "severitynumber" => (1..=24).contains(&step).then_some(step),
        _ => number(&written),
    };
    // One letter is a level only where it reads as one.
    (step.is_some() || name.len() > 1).then_some((step, written))
}

/// The level that a message names near its start.
pub fn word_in(text: &str) -> Option<&str> {
    let near = near(text);
    if fits(near, PARTIAL[0]) {
        return near.get(..1).filter(|letter| "IWEF".contains(letter));
    }
    let mut start = 0;
    let mut value_next = false;
    for word in near.split(|c: char| !c.is_ascii_alphanumeric()) {
        // A word ends at a character that may be longer than a byte.
        let at = near
            .get(start..)
            .and_then(|rest| rest.find(word))
            .map_or(start, |n| start + n);
        start = at + word.len();
        if word.is_empty() {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| near.as_bytes().get(at));
        let after = near.as_bytes().get(start);
        if value_next || is_level(word, before, after) {
            return Some(word).filter(|word| number(word).is_some());
        }
        value_next = after == Some(&b'=') && matches!(word, "level" | "lvl" | "severity");
    }
    None
}

/// A level stands in capitals, in brackets, or before a colon at the start of the message; not in a
/// path or a longer name.
fn is_level(word: &str, before: Option<&u8>, after: Option<&u8>) -> bool {
    let capitals = !word.bytes().any(|b| b.is_ascii_lowercase());
    let bracketed = matches!(before, Some(b'[' | b'<' | b'('));
    let closed = matches!(after, Some(b']' | b'>' | b')'));
    let telling = capitals || (bracketed && closed) || (before.is_none() && after == Some(&b':'));
    let inside = [before, after]
        .into_iter()
        .flatten()
        .any(|byte| b"/_".contains(byte));
    telling && !inside && word.len() > 2 && number(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_out_or_are_none() {
        for (text, found) in [
            ("INFO  c.e.Basket#139 added", Some("INFO")),
            ("[error] 31#31: open failed", Some("error")),
            ("ts=1 level=warn msg=x", Some("warn")),
            ("panic: out of range", Some("panic")),
            ("E0517 15:04:22.619632 1952 basket.cc:253] no", Some("E")),
            ("14:02:07 DBG é cart", Some("DBG")),
            ("an error was expected, level=high", None),
            ("GET /INFORMATION 200", None),
            ("é", None),
        ] {
            assert_eq!(word_in(text), found, "{text}");
        }
    }
}

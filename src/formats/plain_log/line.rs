//! One line of text: what stands in front of its message, and what the message names.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::DateTime;
use regex::Regex;

use crate::formats::json_log;
use crate::model::{id, time};

/// How far into a message a level or a time is looked for.
const NEAR: usize = 160;

/// Times that open a line: `0` stands for a digit, `A` for a letter, `?` for anything.
const FULL: [&str; 3] = [
    "0000-00-00T00:00:00",
    "0000-00-00 00:00:00",
    "0000/00/00 00:00:00",
];

/// The same without a year or a day: glog, syslog of RFC 3164, a clock.
const PARTIAL: [&str; 4] = ["A0000 00:00:00", "AAA ?0 00:00:00", "00:00:00", "[00:00:00"];

/// A trace id behind its name.
static TRACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)trace(?:[_.\- ]?id)?["']?\s*[=:]\s*["']?([0-9a-f]{16,})"#));

/// A span id behind its name.
static SPAN: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)span[_.\- ]?id["']?\s*[=:]\s*["']?([0-9a-f]{16})"#));

/// A trace id and a span id side by side: `[shop,TRACE,SPAN]` and `[TRACE-SPAN]` of Spring, and
/// the `traceparent` of W3C.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"[\[,-]([0-9a-f]{32}|[0-9a-f]{16})[,-]([0-9a-f]{16})[\],-]"));

/// What a terminal takes for colour.
static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\x1b\[[0-9;]*[A-Za-z]"));

/// A pattern that does not compile finds nothing; a test holds that all compile.
fn pattern(source: &str) -> Option<Regex> {
    Regex::new(source).ok()
}

/// What a line is to the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A JSON object, complete in itself.
    Json,
    /// It carries a time, full or partial, so lines without one may go on with it.
    Dated,
    /// Anything else.
    Bare,
}

/// A line taken apart.
#[derive(Debug)]
pub(super) struct Front<'t> {
    /// The prefix of `kubectl logs --prefix` or Docker Compose with its delimiter, or nothing.
    pub(super) prefix: &'t str,
    pub(super) ts_ns: Option<i64>,
    pub(super) kind: Kind,
    /// True where the message goes on with the line before.
    pub(super) indented: bool,
    /// The rest of the line.
    pub(super) message: &'t str,
}

impl<'t> Front<'t> {
    /// Takes `line` apart; `column` is where Docker Compose puts its bar in this file, if it does.
    pub(super) fn of(line: &'t str, column: Option<usize>) -> Self {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let (prefix, rest) = split_prefix(line, column);
        let (ts_ns, message, indented) = match leading_time(rest) {
            Some((ts_ns, after)) => {
                // One blank divides. A tab or four blanks more are a stack trace that the runtime
                // has put its own time before.
                let message = after.strip_prefix([' ', '\t']).unwrap_or(after);
                let indented = message.starts_with('\t') || message.starts_with("    ");
                let start = if indented {
                    message
                } else {
                    message.trim_start()
                };
                (Some(ts_ns), start, indented)
            }
            None => (inner_time(rest), rest, rest.starts_with([' ', '\t'])),
        };
        let indented = indented || message.starts_with("Caused by: ");
        let kind = if message.starts_with('{') && message.trim_end().ends_with('}') {
            Kind::Json
        } else if ts_ns.is_some() || PARTIAL.iter().any(|mask| fits(rest, mask)) {
            Kind::Dated
        } else {
            Kind::Bare
        };
        Self {
            prefix,
            ts_ns,
            kind,
            indented,
            message,
        }
    }
}

/// The line without the escapes that colour it in a terminal.
pub(super) fn without_colour(line: Cow<'_, str>) -> Cow<'_, str> {
    match COLOUR.as_ref() {
        Some(colour) if line.contains('\u{1b}') => {
            colour.replace_all(&line, "").into_owned().into()
        }
        _ => line,
    }
}

/// Where the bar of Docker Compose's prefix stands (`api-1  | `): it pads names, so the column is
/// the same on every line. `None` where the head of the file says otherwise.
pub(super) fn column(head: &[u8]) -> Option<usize> {
    let lines = head
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let mut lines = lines.take(64).peekable();
    let column = memchr::memchr(b'|', lines.peek()?)?;
    let mut seen = 0;
    let all = lines.all(|line| {
        seen += 1;
        std::str::from_utf8(line).is_ok_and(|line| service_before(line, column).is_some())
    });
    (all && seen > 1).then_some(column)
}

/// A Compose service without the number of its replica.
pub(super) fn without_replica(name: &str) -> &str {
    match name.rsplit_once(['-', '_']) {
        Some((service, replica)) if replica.bytes().all(|b| b.is_ascii_digit()) => service,
        _ => name,
    }
}

/// A time as log libraries write it as text: [`time::parse`]'s forms, or an access log's.
pub(in crate::formats) fn clock(text: &str) -> Option<i64> {
    let access = || DateTime::parse_from_str(text, "%d/%b/%Y:%H:%M:%S %z").ok();
    time::parse(text).or_else(|| access()?.timestamp_nanos_opt())
}

/// The trace and span that a message names.
pub(in crate::formats) fn ids(text: &str) -> (Option<u128>, Option<u64>) {
    labelled(text).or_else(|| paired(text)).unwrap_or_default()
}

/// The level that a message names near its start.
pub(in crate::formats) fn level(text: &str) -> Option<&str> {
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
            return Some(word).filter(|word| json_log::severity(word).is_some());
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
    telling && !inside && word.len() > 2 && json_log::severity(word).is_some()
}

fn labelled(text: &str) -> Option<(Option<u128>, Option<u64>)> {
    let hex = TRACE.as_ref()?.captures(text)?.get(1)?.as_str();
    let trace = matches!(hex.len(), 16 | 32)
        .then(|| id::trace(hex))
        .flatten()?;
    let span = SPAN
        .as_ref()?
        .captures(text)
        .and_then(|found| id::span(found.get(1)?.as_str()));
    Some((Some(trace), span))
}

fn paired(text: &str) -> Option<(Option<u128>, Option<u64>)> {
    let found = PAIR.as_ref()?.captures(text)?;
    let trace = id::trace(found.get(1)?.as_str())?;
    Some((Some(trace), id::span(found.get(2)?.as_str())))
}

fn split_prefix(line: &str, column: Option<usize>) -> (&str, &str) {
    let end = if line.starts_with("[pod/") {
        line.find("] ").map(|at| at + 2)
    } else {
        // The bar and the blank after it, which an empty line may lack.
        let bar = column.filter(|column| service_before(line, *column).is_some());
        bar.map(|bar| bar + 1 + usize::from(line.get(bar + 1..bar + 2) == Some(" ")))
    };
    end.and_then(|end| line.split_at_checked(end))
        .unwrap_or(("", line))
}

/// The name before a bar at `column`.
fn service_before(line: &str, column: usize) -> Option<&str> {
    let (name, rest) = line.split_at_checked(column)?;
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let name = name
        .strip_suffix(' ')
        .filter(|_| rest.starts_with('|'))?
        .trim_end();
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(sound)).then_some(name)
}

/// The time that opens `text`, behind a syslog priority or a bracket, and what follows.
fn leading_time(text: &str) -> Option<(i64, &str)> {
    let priority = |text: &str| {
        let (number, rest) = text.strip_prefix('<')?.split_once('>')?;
        number
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then_some(rest.len())
    };
    let text = match priority(text).and_then(|length| text.len().checked_sub(length)) {
        Some(start) => {
            let text = text.get(start..)?;
            text.strip_prefix("1 ").unwrap_or(text)
        }
        None => text,
    };
    let inner = text.strip_prefix('[').unwrap_or(text);
    let mask = FULL.iter().find(|mask| fits(inner, mask))?;
    let end = mask.len() + fraction(inner.get(mask.len()..)?);
    let end = end + zone(inner.get(end..)?);
    let (stamp, after) = inner.split_at_checked(end)?;
    let after = if inner.len() < text.len() {
        after.strip_prefix(']').unwrap_or(after)
    } else {
        after
    };
    Some((time::parse(&stamp.replace(',', "."))?, after))
}

/// How long the decimals at the start of `text` are.
fn fraction(text: &str) -> usize {
    let digits = text.strip_prefix(['.', ',']).unwrap_or_default();
    match digits.bytes().take_while(u8::is_ascii_digit).count() {
        0 => 0,
        count => count + 1,
    }
}

/// How long the zone at the start of `text` is.
fn zone(text: &str) -> usize {
    let masks = [
        "+00:00", "-00:00", " +00:00", " -00:00", "+0000", "-0000", " +0000", " -0000",
    ];
    match text.as_bytes() {
        [b'Z', ..] => 1,
        [b' ', b'U', b'T', b'C', ..] => 4,
        _ => masks
            .iter()
            .find(|mask| fits(text, mask))
            .map_or(0, |mask| mask.len()),
    }
}

/// A time inside `text`: among the first pairs of logfmt, or in an access log's brackets.
fn inner_time(text: &str) -> Option<i64> {
    let near = near(text);
    if let Some(value) = logfmt(near)
        .take(5)
        .find(|(key, _)| is_time(key))
        .map(|(_, value)| value)
    {
        return clock(value).or_else(|| json_log::epoch(value));
    }
    let inside = near
        .match_indices('[')
        .filter_map(|(at, _)| near.get(at + 1..));
    let stamp = inside
        .filter(|rest| fits(rest, "00/AAA/0000:00:00:00 "))
        .find_map(|rest| rest.split(']').next());
    clock(stamp?)
}

fn is_time(key: &str) -> bool {
    matches!(key, "time" | "ts" | "t" | "timestamp")
}

/// The `key=value` pairs that `text` opens with.
fn logfmt(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (key, after) = rest.split_once('=')?;
        let sound = |b: u8| b.is_ascii_alphanumeric() || b"_.".contains(&b);
        if key.is_empty() || !key.bytes().all(sound) {
            return None;
        }
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at_checked(after.find(' ').unwrap_or(after.len()))?,
        };
        rest = next.trim_start();
        Some((key, value))
    })
}

/// True where `text` starts as `mask` has it.
fn fits(text: &str, mask: &str) -> bool {
    let same = |(byte, mask): (u8, u8)| match mask {
        b'0' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        b'?' => true,
        _ => byte == mask,
    };
    text.len() >= mask.len() && text.bytes().zip(mask.bytes()).all(same)
}

fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NEAR)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(
            [&TRACE, &SPAN, &PAIR, &COLOUR]
                .iter()
                .all(|pattern| pattern.is_some())
        );
    }

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
            assert_eq!(level(text), found, "{text}");
        }
    }

    #[test]
    fn ids_are_found_by_name_or_side_by_side() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let span = "00f067aa0ba902b7";
        let expected = (id::trace(trace), id::span(span));
        for text in [
            format!("TraceID: {trace} SpanID: {span} done"),
            format!("msg=x trace_id={trace} span_id={span}"),
            format!("\"traceId\":\"{trace}\",\"spanId\":\"{span}\""),
            format!("INFO [basket,{trace},{span}] 1 --- done"),
            format!("INFO [{trace}-{span}] done"),
            format!("traceparent 00-{trace}-{span}-01"),
        ] {
            assert_eq!(ids(&text), expected, "{text}");
        }
        assert_eq!(ids(&format!("trace={span}")), (id::trace(span), None));
        assert_eq!(
            ids("trace=4bf92f3577b34da6a3 stack trace: abc"),
            (None, None)
        );
    }
}

//! One line of text: what stands in front of its message.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::clock::{FULL, PARTIAL, clock, epoch, fits};
use super::{near, pattern};
use crate::model::time;

/// What a terminal takes for colour.
static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\x1b\[[0-9;]*[A-Za-z]"));

/// What a line is to the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A JSON object, complete in itself.
    Json,
    /// It carries a time, full or partial, so lines without one may go on with it.
    Dated,
    /// Anything else.
    Bare,
}

/// A line taken apart.
#[derive(Debug)]
pub struct Front<'t> {
    /// The prefix of `kubectl logs --prefix` or Docker Compose with its delimiter, or nothing.
    pub prefix: &'t str,
    pub ts_ns: Option<i64>,
    pub kind: Kind,
    /// True where the message goes on with the line before.
    pub indented: bool,
    /// The rest of the line.
    pub message: &'t str,
}

impl<'t> Front<'t> {
    /// Takes `line` apart; `column` is where Docker Compose puts its bar in this file, if it does.
    pub fn of(line: &'t str, column: Option<usize>) -> Self {
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

/// What follows the time that opens `line`, be it full or without a year or a day.
pub fn after_time(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}');
    let partial = || {
        let mask = PARTIAL.iter().find(|mask| fits(line, mask))?;
        let rest = line.get(mask.len()..)?;
        rest.get(fraction(rest)..)
    };
    match leading_time(line) {
        Some((_, after)) => Some(after),
        None => partial(),
    }
}

/// The line without the escapes that colour it in a terminal.
pub fn without_colour(line: Cow<'_, str>) -> Cow<'_, str> {
    match COLOUR.as_ref() {
        Some(colour) if line.contains('\u{1b}') => {
            colour.replace_all(&line, "").into_owned().into()
        }
        _ => line,
    }
}

/// Where the bar of Docker Compose's prefix stands (`api-1  | `): it pads names, so the column is
/// the same on every line. `None` where the head of the file says otherwise.
pub fn column(head: &[u8]) -> Option<usize> {
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
pub fn without_replica(name: &str) -> &str {
    match name.rsplit_once(['-', '_']) {
        Some((service, replica)) if replica.bytes().all(|b| b.is_ascii_digit()) => service,
        _ => name,
    }
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
        return clock(value).or_else(|| epoch(value));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_colours_compiles() {
        assert!(COLOUR.is_some());
    }
}

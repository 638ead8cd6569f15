//! JSON values one after another: one a line, glued on a line, or pretty-printed.
//!
//! Line-by-line reading is wrong for real exports: Vault audit files arrive pretty-printed, agent
//! transcripts have two objects glued on a line, copies of live files end in a torn line. This
//! reader goes on after each value wherever it ends. After broken bytes it looks for the next line
//! that starts a value, and hands the broken range out so that it becomes a reject with a citation.
//!
//! An attempt that fails may have read far past the line where reading goes on: a bracket that is
//! never closed is found out at the end of the file. A file of such lines would be read once per
//! line, so what is read in vain is counted, and when that comes to a few times the chunk, no value
//! may reach past the next line that starts one. Reading stays linear whatever the bytes; all that a
//! chunk of that kind loses is values that span lines which begin with a bracket.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::Chunk;
use crate::model::{Sink, Span};

/// How many times the length of a chunk may be read in vain.
const PATIENCE: usize = 4;

/// One thing found in a stream of JSON values.
pub enum Item<'a, T> {
    /// A value and the bytes it was read from.
    Value(T, Span, &'a [u8]),
    /// Bytes that are no value, and why.
    Broken(Span, String),
}

/// Every value of `chunk`, read as `T`, in order. `T` may borrow from the chunk.
///
/// A value that is sound JSON but not a `T` is `Broken` too, and reading goes on right after it.
#[must_use]
pub fn values<'a, T: Deserialize<'a>>(chunk: &Chunk<'a>) -> Values<'a, T> {
    let has_mark = chunk.offset == 0 && chunk.bytes.starts_with(b"\xef\xbb\xbf");
    Values {
        bytes: chunk.bytes,
        base: chunk.offset,
        at: if has_mark { 3 } else { 0 },
        vain: 0,
        fence: 0,
        kind: PhantomData,
    }
}

/// The iterator of [`values`].
pub struct Values<'a, T> {
    bytes: &'a [u8],
    base: u64,
    at: usize,
    /// Bytes that failed attempts read past the place where reading went on.
    vain: usize,
    /// Where the next line starts a value, once patience has run out.
    fence: usize,
    kind: PhantomData<T>,
}

impl<'a, T: Deserialize<'a>> Iterator for Values<'a, T> {
    type Item = Item<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        // Commas between values occur where somebody cut an array's brackets off.
        let rest = &self.bytes[self.at..];
        self.at += rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace() || **byte == b',')
            .count();
        let (start, window) = (self.at, self.window());
        let mut stream = serde_json::Deserializer::from_slice(window).into_iter::<T>();
        Some(match stream.next()? {
            Ok(value) => {
                self.at += stream.byte_offset();
                Item::Value(value, self.since(start), &self.bytes[start..self.at])
            }
            Err(error) => {
                self.at += self.resume(window, &error);
                Item::Broken(self.since(start), explain(&error))
            }
        })
    }
}

impl<'a, T> Values<'a, T> {
    /// What the next value may reach: all that is left, or after too much was read in vain the
    /// bytes before the next line that starts a value.
    fn window(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        if self.vain <= self.bytes.len().saturating_mul(PATIENCE) {
            return rest;
        }
        if self.fence <= self.at {
            self.fence = self.at + next_start(rest);
        }
        &self.bytes[self.at..self.fence]
    }

    /// How far to go on after an error: past the value where the bytes are sound JSON of another
    /// shape, else to the next line that starts a value, else to the end.
    fn resume(&mut self, window: &[u8], error: &serde_json::Error) -> usize {
        let mut read = reached(window, error);
        if error.is_data() {
            let mut any = serde_json::Deserializer::from_slice(window).into_iter::<IgnoredAny>();
            match any.next() {
                Some(Err(error)) => read += reached(window, &error),
                _ => return any.byte_offset().max(1),
            }
        }
        let next = next_start(window);
        self.vain += read.saturating_sub(next);
        next
    }

    fn since(&self, start: usize) -> Span {
        Span::new(self.base + start as u64, (self.at - start) as u64)
    }
}

/// Where the first line after this one starts a value, else the end.
fn next_start(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes)
        .find(|newline| matches!(bytes.get(newline + 1), Some(b'{' | b'[')))
        .map_or(bytes.len(), |newline| newline + 1)
}

/// How many of `bytes` were read before `error` was met.
fn reached(bytes: &[u8], error: &serde_json::Error) -> usize {
    let line = match error.line().checked_sub(2) {
        Some(before) => memchr::memchr_iter(b'\n', bytes).nth(before),
        None => return error.column().min(bytes.len()),
    };
    line.map_or(bytes.len(), |newline| newline + 1 + error.column())
        .min(bytes.len())
}

/// `serde_json`'s message without its line and column, which count from the value's own start.
#[must_use]
pub fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text).to_owned();
    if error.is_eof() {
        format!("the value is cut off ({text})")
    } else {
        text
    }
}

/// Reads `text` as a value. Escapes that are no character, which JavaScript writes where it cut a
/// string inside one, are replaced: they must not cost the record.
///
/// # Errors
/// The text is no JSON; the reason as a clause.
pub fn value(text: &[u8]) -> Result<serde_json::Value, String> {
    serde_json::from_slice(text).or_else(|error| {
        let repaired = without_lone_surrogates(text).ok_or_else(|| explain(&error))?;
        serde_json::from_slice(&repaired).map_err(|error| explain(&error))
    })
}

/// `text` with every surrogate that stands alone replaced, where there is one.
fn without_lone_surrogates(text: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut repaired: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', text.get(at..)?).map(|next| at + next) {
        at = found + 2;
        let Some(first) = unit(found) else { continue };
        at = found + 6;
        match first {
            0xd800..=0xdbff if matches!(unit(at), Some(0xdc00..=0xdfff)) => at += 6,
            0xd800..=0xdfff => {
                let bytes = repaired.get_or_insert_with(|| text.to_vec());
                bytes
                    .get_mut(found + 2..found + 6)?
                    .copy_from_slice(b"fffd");
            }
            _ => {}
        }
        if at > text.len() {
            break;
        }
    }
    repaired
}

/// What became of one unit.
pub enum Outcome {
    /// Its records were pushed.
    Kept,
    /// A rule of the format passes over it.
    Ignored(&'static str),
    /// It is broken, and why.
    Rejected(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::Rejected, |()| Self::Kept)
    }
}

impl Outcome {
    /// Tells `sink` what became of the unit at `span`, which was counted as read.
    pub fn tally(self, span: Span, sink: &mut dyn Sink) {
        match self {
            Self::Kept => sink.keep(1),
            Self::Ignored(rule) => sink.ignore(1, rule),
            Self::Rejected(why) => sink.reject(span, &why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn chunk(bytes: &[u8]) -> Chunk<'_> {
        Chunk {
            bytes,
            offset: 100,
            last: true,
            path: "x",
            head: bytes,
        }
    }

    fn read(text: &[u8]) -> Vec<(bool, u64, u64)> {
        values::<Value>(&chunk(text))
            .map(|item| match item {
                Item::Value(_, span, raw) => {
                    assert_eq!(raw.len() as u64, span.length);
                    (true, span.offset - 100, span.length)
                }
                Item::Broken(span, _) => (false, span.offset - 100, span.length),
            })
            .collect()
    }

    #[test]
    fn glued_pretty_and_lined_values_are_all_found() {
        assert_eq!(
            read(b"{\"a\":1}{\"a\":2}\n{\n \"a\": 3\n}\n"),
            [(true, 0, 7), (true, 7, 7), (true, 15, 11)]
        );
    }

    #[test]
    fn half_a_character_costs_only_itself() {
        let text = br#"{"a":"\ud83d\ude00 \ud83d x\\ud83d \ude00"}"#;
        assert_eq!(
            value(text).unwrap()["a"],
            "\u{1f600} \u{fffd} x\\ud83d \u{fffd}"
        );
        for torn in [&br#"{"a":"\ud83d"#[..], br#""\"#, br#"{"a":"\ud8"}"#, b""] {
            assert!(value(torn).is_err());
        }
    }

    #[test]
    fn a_broken_line_costs_only_itself() {
        assert_eq!(
            read(b"{\"a\":1}\n{\"a\":oops}\n{\"a\":3}\n"),
            [(true, 0, 7), (false, 8, 11), (true, 19, 7)]
        );
    }

    #[test]
    fn a_torn_tail_is_broken_not_lost() {
        assert_eq!(
            read(b"{\"a\":1}\n{\"a\":\"to"),
            [(true, 0, 7), (false, 8, 8)]
        );
    }

    #[test]
    fn an_array_that_is_never_closed_gives_its_lines() {
        assert_eq!(
            read(b"[\n{\"a\":1},\n{\"a\":2},\n{\"a\":"),
            [(false, 0, 2), (true, 2, 7), (true, 11, 7), (false, 20, 5)]
        );
    }

    /// Values found, broken ranges found, and bytes read in vain.
    fn effort(text: &[u8]) -> (usize, usize, usize) {
        let mut values = values::<IgnoredAny>(&chunk(text));
        let (mut sound, mut broken) = (0, 0);
        for item in values.by_ref() {
            match item {
                Item::Value(..) => sound += 1,
                Item::Broken(..) => broken += 1,
            }
        }
        (sound, broken, values.vain)
    }

    #[test]
    fn lines_that_never_close_are_read_in_linear_effort() {
        const LINES: usize = 200_000;
        let open = "{\"a\":[\n".repeat(LINES);
        // The second ends in bytes that are no JSON at all, so that no attempt meets the end.
        for text in [open.clone(), format!("{open}?")] {
            let (sound, broken, vain) = effort(text.as_bytes());
            assert_eq!((sound, broken), (0, LINES));
            // Without the bound it would be half the square of the length.
            let bound = (PATIENCE + 2) * text.len();
            assert!(vain > text.len() && vain <= bound, "{vain} of {bound}");
        }
    }

    #[test]
    fn what_is_sound_among_lines_that_never_close_is_still_found() {
        const LINES: usize = 20_000;
        let text = "{\"a\":[\n{\"n\":1},{\"n\":2},\n".repeat(LINES);
        let (sound, broken, vain) = effort(text.as_bytes());
        assert_eq!((sound, broken), (2 * LINES, LINES));
        assert!(vain > PATIENCE * text.len(), "patience ran out");
        let last = values::<IgnoredAny>(&chunk(text.as_bytes())).last();
        assert!(matches!(last, Some(Item::Value(_, _, raw)) if raw == b"{\"n\":2}"));
    }
}

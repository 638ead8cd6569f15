//! JSON values one after another: one a line, glued on a line, or pretty-printed.
//!
//! Line-by-line reading is wrong for real exports: Vault audit files arrive pretty-printed, agent
//! transcripts have two objects glued on a line, copies of live files end in a torn line. This
//! reader goes on after each value wherever it ends. After broken bytes it looks for the next line
//! that starts a value, and hands the broken range out so that it becomes a reject with a citation.

use serde::de::DeserializeOwned;
use serde::Deserialize;

use super::super::Chunk;
use crate::model::{Sink, Span};

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
pub fn values<'a, T: Deserialize<'a>>(chunk: &Chunk<'a>) -> impl Iterator<Item = Item<'a, T>> + use<'a, T> {
    let (bytes, base) = (chunk.bytes, chunk.offset);
    let mut at = if base == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    std::iter::from_fn(move || {
        // Commas between values occur where somebody cut an array's brackets off.
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        let rest = &bytes[at..];
        if rest.is_empty() {
            return None;
        }
        let start = at;
        let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<T>();
        let outcome = stream.next();
        let item = match outcome {
            Some(Ok(value)) => {
                at += stream.byte_offset();
                let span = Span::new(base + start as u64, (at - start) as u64);
                Item::Value(value, span, &bytes[start..at])
            }
            Some(Err(error)) => {
                at = start + resume(rest, &error);
                let span = Span::new(base + start as u64, (at - start) as u64);
                Item::Broken(span, explain(&error))
            }
            None => return None,
        };
        Some(item)
    })
}

/// How far to go on after an error: past the value where the bytes are sound JSON of another
/// shape, else to the next line that starts a value, else to the end.
fn resume(rest: &[u8], error: &serde_json::Error) -> usize {
    if error.is_data() {
        let mut any = serde_json::Deserializer::from_slice(rest).into_iter::<serde::de::IgnoredAny>();
        if let Some(Ok(_)) = any.next() {
            return any.byte_offset().max(1);
        }
    }
    memchr::memchr_iter(b'\n', rest)
        .find(|newline| matches!(rest.get(newline + 1), Some(b'{' | b'[')))
        .map_or(rest.len(), |newline| newline + 1)
}

/// serde_json's message without its line and column, which count from the value's own start.
#[must_use]
pub fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text).to_owned();
    if error.is_eof() { format!("the value is cut off ({text})") } else { text }
}

/// Reads every value of `chunk` as a `T` that owns its text, counting each as one unit. `each`
/// answers whether the unit was kept (`Ok`), or why not.
pub fn each_owned<T: DeserializeOwned>(
    chunk: &Chunk<'_>,
    sink: &mut dyn Sink,
    mut each: impl FnMut(T, Span, &mut dyn Sink) -> Outcome,
) {
    for item in values::<T>(chunk) {
        sink.read(1);
        match item {
            Item::Value(value, span, _) => match each(value, span, sink) {
                Outcome::Kept => sink.keep(1),
                Outcome::Ignored(rule) => sink.ignore(1, rule),
                Outcome::Rejected(why) => sink.reject(span, &why),
            },
            Item::Broken(span, why) => sink.reject(span, &why),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(text: &[u8]) -> Vec<(bool, u64, u64)> {
        let chunk = Chunk { bytes: text, offset: 100, last: true, path: "x", head: text };
        values::<Value>(&chunk)
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
        assert_eq!(read(b"{\"a\":1}{\"a\":2}\n{\n \"a\": 3\n}\n"), [(true, 0, 7), (true, 7, 7), (true, 15, 11)]);
    }

    #[test]
    fn a_broken_line_costs_only_itself() {
        assert_eq!(read(b"{\"a\":1}\n{\"a\":oops}\n{\"a\":3}\n"), [(true, 0, 7), (false, 8, 11), (true, 19, 7)]);
    }

    #[test]
    fn a_torn_tail_is_broken_not_lost() {
        assert_eq!(read(b"{\"a\":1}\n{\"a\":\"to"), [(true, 0, 7), (false, 8, 8)]);
    }
}

//! The objects of an attestation file: alone, one a line, in an array, or inside what the tool that
//! fetched them put around them.
//!
//! Envelopes, bundles and statements travel in the same few wrappers, so they share this walk. It
//! goes down arrays and the wrapper keys that a format names, and hands out each object with the
//! bytes it stands in. It does not judge what an object is.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::formats::Chunk;
use crate::formats::read::cursor::Stop;
use crate::formats::read::{Cursor, Item, values};
use crate::model::{Sink, Span};

/// How many wrappers may lie around an object; real ones have at most five.
const DEPTH: usize = 6;

/// One object and where it stands.
pub(crate) struct Unit<'a> {
    /// Its JSON text.
    pub(crate) text: &'a str,
    /// The bytes of that text in the file.
    pub(crate) span: Span,
    number: u64,
}

impl Unit<'_> {
    /// What its decoded payload is called: `payload` for the first object of a file, `payload-N`
    /// for the Nth. A chunk from the middle of a file cannot know how many objects came before it,
    /// so its objects are numbered by their offset, which is greater than any such count.
    pub(crate) fn payload_name(&self) -> String {
        match self.number {
            1 => "payload".to_owned(),
            number => format!("payload-{number}"),
        }
    }
}

/// Calls `read` for every object of `chunk`, going down the members called `wrappers`, and keeps
/// the accounts: `read` answers why an object is broken, before it has pushed anything.
pub(crate) fn each(
    chunk: &Chunk<'_>,
    wrappers: &[&str],
    sink: &mut dyn Sink,
    mut read: impl FnMut(&Unit<'_>, &mut dyn Sink) -> Result<(), String>,
) {
    let mut met = 0_u64;
    for item in values::<IgnoredAny>(chunk) {
        let (span, bytes) = match item {
            Item::Value(_, span, bytes) => (span, bytes),
            Item::Broken(span, why) => {
                met += 1;
                sink.read(1);
                sink.reject(span, &why);
                continue;
            }
        };
        let mut found = |at: usize, text: &str| {
            met += 1;
            let span = Span::new(span.offset + at as u64, text.len() as u64);
            let number = if chunk.offset == 0 { met } else { span.offset };
            sink.read(1);
            match read(&Unit { text, span, number }, &mut *sink) {
                Ok(()) => sink.keep(1),
                Err(why) => sink.reject(span, &why),
            }
        };
        if let Err(stop) = walk(&mut Cursor::new(bytes), wrappers, DEPTH, &mut found) {
            met += 1;
            sink.read(1);
            sink.reject(span, &stop.why);
        }
    }
}

/// Hands the object at the cursor to `found`, or those in the array or wrapper that stands there.
fn walk(
    cursor: &mut Cursor<'_>,
    wrappers: &[&str],
    depth: usize,
    found: &mut dyn FnMut(usize, &str),
) -> Result<(), Stop> {
    if depth > 0 && cursor.peek() == Some(b'[') {
        return cursor.array(|cursor| walk(cursor, wrappers, depth - 1, found));
    }
    let start = cursor.position();
    if depth > 0
        && cursor.peek() == Some(b'{')
        && let Some(inside) = wrapped(cursor, wrappers)?
    {
        let end = cursor.position();
        cursor.go_to(inside);
        walk(cursor, wrappers, depth - 1, found)?;
        cursor.go_to(end);
        return Ok(());
    }
    cursor.go_to(start);
    let object: &RawValue = cursor.value()?;
    found(start, object.get());
    Ok(())
}

/// Where the value of the first of `wrappers` stands in the object at the cursor, which is passed.
fn wrapped(cursor: &mut Cursor<'_>, wrappers: &[&str]) -> Result<Option<usize>, Stop> {
    let mut inside = None;
    cursor.object(|key, cursor| {
        if inside.is_none() && wrappers.contains(&key) {
            inside = Some(cursor.position());
        }
        cursor.skip()
    })?;
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::Seen;

    fn names(bytes: &[u8], offset: u64) -> (Vec<(String, String, u64)>, Seen) {
        let chunk = Chunk {
            bytes,
            offset,
            last: true,
            path: "x",
            head: bytes,
        };
        let (mut seen, mut sink) = (Vec::new(), Seen::default());
        each(&chunk, &["list", "item"], &mut sink, |unit, _| {
            seen.push((unit.payload_name(), unit.text.to_owned(), unit.span.offset));
            if unit.text == "0" {
                Err("zero".into())
            } else {
                Ok(())
            }
        });
        (seen, sink.balanced())
    }

    #[test]
    fn wrappers_are_opened_and_positions_kept() {
        let text = br#"{"a":1} {"list":[{"item": {"b":2},"x":[9]},{"c":3}]} [0]"#;
        let (found, sink) = names(text, 0);
        let expected = [
            ("payload", r#"{"a":1}"#, 0),
            ("payload-2", r#"{"b":2}"#, 26),
            ("payload-3", r#"{"c":3}"#, 43),
            ("payload-4", "0", 54),
        ];
        let expected = expected.map(|(name, text, at)| (name.to_owned(), text.to_owned(), at));
        assert_eq!(found, expected);
        assert_eq!((sink.kept, sink.rejects.len()), (3, 1));
    }

    #[test]
    fn a_later_chunk_numbers_by_offset() {
        let (found, _) = names(b"{\"a\":1}\n{\"b\":2}", 4096);
        assert_eq!(
            (found[0].0.as_str(), found[1].0.as_str()),
            ("payload-4096", "payload-4104")
        );
    }

    #[test]
    fn depth_is_bounded_and_broken_values_count() {
        let (found, sink) = names(b"[[[[[[[[[[1]]]]]]]]]]\n{\"torn\":", 0);
        assert_eq!(found[0].1, "[[[[1]]]]");
        assert_eq!((sink.kept, sink.rejects.len()), (1, 1));
    }
}

//! Finds the objects of a GitHub export, each with its exact bytes.
//!
//! One export is a single object, objects one a line, an array, a page `{"total_count", "jobs":
//! […]}`, or what `gh api --paginate` makes of several pages: arrays glued together, or (`--slurp`)
//! an array of pages. The walk goes down to the objects so that each is cited by itself, and so
//! that an array that was cut off loses its last element only.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::Chunk;
use super::super::read::Cursor;
use super::super::read::cursor::Stop;
use super::super::read::json::{self, Item, Outcome};
use crate::model::{Sink, Span};

/// How many arrays and pages may lie around an object.
const NESTING: usize = 4;

/// Keys under which a stored delivery holds its payload as an object.
const ENVELOPES: &[&str] = &["payload", "body", "request", "event"];

/// Where an object stands.
pub struct Place<'a> {
    /// The object's range in the file.
    pub span: Span,
    /// The object's bytes.
    pub bytes: &'a [u8],
    /// Path of the file in the bundle.
    pub path: &'a str,
}

impl Place<'_> {
    /// Where the `count` elements of the array under `key` stand, in the object itself or in its
    /// envelope. Where they have no bytes of their own (a payload inside a string) or are not told
    /// apart (a repeated key), each is given the whole object.
    pub fn elements(&self, key: &str, count: usize) -> Vec<Span> {
        let mut found = Vec::new();
        let walk = self.collect(&mut Cursor::new(self.bytes), key, 0, &mut found);
        if walk.is_err() || found.len() != count {
            found = vec![self.span; count];
        }
        found
    }

    fn collect(
        &self,
        cursor: &mut Cursor<'_>,
        key: &str,
        depth: usize,
        found: &mut Vec<Span>,
    ) -> Result<(), Stop> {
        cursor.object(|name, cursor| match cursor.peek() {
            Some(b'[') if name == key => cursor.array(|cursor| {
                let start = cursor.position();
                cursor.skip()?;
                found.push(range(
                    self.bytes,
                    self.span.offset,
                    start,
                    cursor.position(),
                ));
                Ok(())
            }),
            Some(b'{') if depth < NESTING && ENVELOPES.contains(&name) => {
                self.collect(cursor, key, depth + 1, found)
            }
            _ => cursor.skip(),
        })
    }
}

/// Calls `each` with every object of `chunk`, counting each as one unit. `lists` are the keys under
/// which a page holds its objects.
pub fn units(
    chunk: &Chunk<'_>,
    lists: &[&str],
    sink: &mut dyn Sink,
    each: fn(&Value, &Place<'_>, &mut dyn Sink) -> Outcome,
) {
    for item in json::values::<IgnoredAny>(chunk) {
        // Broken bytes are walked too: what stands before the break is sound.
        let (Item::Value(_, span, _) | Item::Broken(span, _)) = item;
        let start = usize::try_from(span.offset.saturating_sub(chunk.offset)).unwrap_or(usize::MAX);
        let rest = chunk.bytes.get(start..).unwrap_or_default();
        let length = usize::try_from(span.length).unwrap_or(rest.len());
        let bytes = rest.get(..length).unwrap_or(rest);
        let mut walk = Walk {
            bytes,
            offset: span.offset,
            path: chunk.path,
            lists,
            each,
            sink,
        };
        if let Err(stop) = walk.value(&mut Cursor::new(bytes), 0) {
            let broken = range(bytes, span.offset, stop.at, bytes.len());
            sink.read(1);
            sink.reject(if broken.length == 0 { span } else { broken }, &stop.why);
        }
    }
}

struct Walk<'a, 's> {
    bytes: &'a [u8],
    offset: u64,
    path: &'a str,
    lists: &'a [&'a str],
    each: fn(&Value, &Place<'_>, &mut dyn Sink) -> Outcome,
    sink: &'s mut dyn Sink,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), Stop> {
        if depth >= NESTING {
            return self.unit(cursor);
        }
        if cursor.peek() == Some(b'[') {
            return cursor.array(|cursor| self.value(cursor, depth + 1));
        }
        let start = cursor.position();
        let Some(list) = self.page(cursor) else {
            cursor.go_to(start);
            return self.unit(cursor);
        };
        cursor.go_to(list);
        cursor.array(|cursor| self.value(cursor, depth + 1))?;
        cursor.go_to(start);
        cursor.skip()
    }

    /// Where the list of the page here stands; `None` where the value is no page.
    fn page(&self, cursor: &mut Cursor<'a>) -> Option<usize> {
        if self.lists.is_empty() || cursor.peek() != Some(b'{') {
            return None;
        }
        let (mut list, mut counted) = (None, false);
        // A page that is cut off is still a page.
        let _ = cursor.object(|key, cursor| {
            counted |= key == "total_count";
            if self.lists.contains(&key) && cursor.peek() == Some(b'[') {
                list = Some(cursor.position());
            }
            cursor.skip()
        });
        list.filter(|_| counted)
    }

    fn unit(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Stop> {
        let start = cursor.position();
        let value = cursor.value::<Value>();
        if value.is_err() {
            // Torn bytes end the walk here; sound JSON that nests too deep costs only itself.
            cursor.skip()?;
        }
        let end = cursor.position();
        let span = range(self.bytes, self.offset, start, end);
        let bytes = self
            .bytes
            .get(start..end)
            .unwrap_or_default()
            .trim_ascii_end();
        self.sink.read(1);
        let outcome = match value {
            Ok(value) if value.is_object() => (self.each)(
                &value,
                &Place {
                    span,
                    bytes,
                    path: self.path,
                },
                self.sink,
            ),
            Ok(_) => Outcome::Rejected("not an object".to_owned()),
            Err(stop) => Outcome::Rejected(stop.why),
        };
        match outcome {
            Outcome::Kept => self.sink.keep(1),
            Outcome::Ignored(rule) => self.sink.ignore(1, rule),
            Outcome::Rejected(why) => self.sink.reject(span, &why),
        }
        Ok(())
    }
}

/// The range from `start` to `end` in `bytes`, which stand at `offset`, without blanks at its end.
fn range(bytes: &[u8], offset: u64, start: usize, end: usize) -> Span {
    let length = bytes
        .get(start..end)
        .unwrap_or_default()
        .trim_ascii_end()
        .len();
    let offset = offset.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
    Span::new(offset, u64::try_from(length).unwrap_or(u64::MAX))
}

//! Finds the objects of a GitHub export, each with its exact bytes.
//!
//! One export is a single object, objects one a line, an array, a page `{"total_count", "jobs":
//! […]}`, or what `gh api --paginate` makes of several pages: arrays glued together, or (`--slurp`)
//! an array of pages.

use serde_json::Value;

use super::super::cursor::{Cursor, Stop};
use super::super::json::Outcome;
use super::super::{Holders, elements};
use crate::formats::Chunk;
use crate::model::{Sink, Span};

/// How many objects may lie around a stored payload.
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
                let length = cursor.raw()?.len();
                found.push(Span::new(self.span.offset + start as u64, length as u64));
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
    let pages = Holders {
        beside: Some("total_count"),
        ..Holders::of(lists)
    };
    elements(chunk, &pages, sink, |element, sink| {
        let place = Place {
            span: element.span,
            bytes: element.bytes,
            path: chunk.path,
        };
        match element.read::<Value>() {
            Ok(value) if value.is_object() => each(&value, &place, sink),
            Ok(_) => Outcome::Rejected("not an object".to_owned()),
            Err(why) => Outcome::Rejected(why),
        }
    });
}

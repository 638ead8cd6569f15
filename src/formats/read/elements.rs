//! Records that come alone, in arrays, or inside what an exporter put around them.
//!
//! One export is a single record, records one a line, an array, a page `{"total_count", "jobs": […]}`
//! or a list object (`{"Records": […]}`, a Kubernetes `List`), or several of these glued together.
//! This walk goes down to the records and hands out each with its exact bytes, so that each is cited
//! by itself. Where bytes are torn, what stands whole before the break is handed out all the same,
//! and what is left is one reject.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cursor::{Cursor, Stop};
use super::json::{Item, Outcome, explain, values};
use crate::formats::Chunk;
use crate::model::{Sink, Span};

/// How many arrays and holders may lie around a record; real ones have at most five.
const DEPTH: usize = 6;

/// What a format's records may be held in, apart from arrays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holders<'k> {
    /// Members of an object that hold records: an array of them, or a single one.
    pub members: &'k [&'k str],
    /// A member that a holder must have too, where `members` alone do not tell it.
    pub beside: Option<&'k str>,
    /// A member whose text is said once for all records of a holder.
    pub label: Option<&'k str>,
}

impl<'k> Holders<'k> {
    /// Objects that hold records under one of these names.
    #[must_use]
    pub const fn of(members: &'k [&'k str]) -> Self {
        Self {
            members,
            beside: None,
            label: None,
        }
    }

    /// True where sound `bytes` are a record by themselves, which most are: they hold none of the
    /// names, so that there is nothing to look into.
    fn is_single(&self, bytes: &[u8]) -> bool {
        let named = |name: &&str| memchr::memmem::find(bytes, name.as_bytes()).is_some();
        bytes.first() != Some(&b'[') && !self.members.iter().any(named)
    }
}

/// One record and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// Its JSON text.
    pub bytes: &'a [u8],
    /// Where that text stands in the file.
    pub span: Span,
    /// What its holder says of all its records.
    pub label: Option<&'a str>,
    number: u64,
}

impl<'a> Element<'a> {
    /// Its JSON as text; empty where it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &'a str {
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// Reads the record as a `T`.
    ///
    /// # Errors
    /// The text is no `T`; the reason as a clause.
    pub fn read<T: Deserialize<'a>>(&self) -> Result<T, String> {
        serde_json::from_slice(self.bytes).map_err(|error| explain(&error))
    }

    /// What a file inside this record is called: `stem` for the first record of a file, `stem-N`
    /// for the Nth. A chunk from the middle of a file cannot know how many records came before it,
    /// so its records are numbered by their offset, which is greater than any such count.
    #[must_use]
    pub fn nested_name(&self, stem: &str) -> String {
        match self.number {
            1 => stem.to_owned(),
            number => format!("{stem}-{number}"),
        }
    }
}

/// Calls `each` for every record of `chunk` and keeps the accounts: a record is a unit, and so is a
/// stretch of bytes that holds none.
pub fn elements<'a>(
    chunk: &Chunk<'a>,
    holders: &Holders<'_>,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&Element<'a>, &mut dyn Sink) -> Outcome,
) {
    let mut walk = Walk {
        bytes: &[],
        offset: chunk.offset,
        done: 0,
        met: 0,
        is_first: chunk.offset == 0,
        holders,
        each: &mut each,
        sink,
    };
    for item in values::<IgnoredAny>(chunk) {
        match item {
            Item::Value(_, span, bytes) => walk.start(bytes, span, None),
            Item::Broken(span, why) => walk.start(chunk.slice(span), span, Some(why)),
        }
    }
}

/// What becomes of each record.
type Each<'a, 'w> = &'w mut dyn FnMut(&Element<'a>, &mut dyn Sink) -> Outcome;

/// The walk through the values of a chunk.
struct Walk<'a, 'w> {
    /// The value at hand, and where it stands in the file.
    bytes: &'a [u8],
    offset: u64,
    /// Where in it the last record that was handed out ends.
    done: usize,
    /// Units met in the chunk.
    met: u64,
    is_first: bool,
    holders: &'w Holders<'w>,
    each: Each<'a, 'w>,
    sink: &'w mut dyn Sink,
}

/// Where a holder's records stand, and what it says of them.
type Held<'a> = (usize, Option<&'a str>);

impl<'a> Walk<'a, '_> {
    /// Hands out what one value of the chunk holds. What is left of a broken one is a reject.
    fn start(&mut self, bytes: &'a [u8], span: Span, broken: Option<String>) {
        (self.bytes, self.offset, self.done) = (bytes, span.offset, 0);
        if broken.is_none() && self.holders.is_single(bytes) {
            return self.hand_out(0, bytes.len(), None);
        }
        let stop = self.value(&mut Cursor::new(bytes), None, DEPTH).err();
        let broken = broken.filter(|_| self.done == 0);
        if let Some(why) = stop.map(|stop| stop.why).or(broken) {
            let done = self.done as u64;
            let rest = Span::new(span.offset + done, span.length - done);
            self.met += 1;
            self.sink.read(1);
            self.sink.reject(rest, &why);
        }
    }

    /// Hands out the value at the cursor, or the records inside it, and moves past it.
    fn value(
        &mut self,
        cursor: &mut Cursor<'a>,
        label: Option<&'a str>,
        depth: usize,
    ) -> Result<(), Stop> {
        let start = cursor.position();
        match cursor.peek().filter(|_| depth > 0) {
            Some(b'[') => return cursor.array(|cursor| self.value(cursor, label, depth - 1)),
            Some(b'{') if !self.holders.members.is_empty() => {
                let (held, seen) = self.look(cursor);
                let end = cursor.position();
                if let Some((at, own)) = held {
                    cursor.go_to(at);
                    self.value(cursor, own.or(label), depth - 1)?;
                    cursor.go_to(end);
                    return seen;
                }
                seen?;
            }
            _ => cursor.skip()?,
        }
        self.hand_out(start, cursor.position(), label);
        Ok(())
    }

    /// Passes over the object at the cursor. An object that is cut off may be a holder too.
    fn look(&self, cursor: &mut Cursor<'a>) -> (Option<Held<'a>>, Result<(), Stop>) {
        let holders = self.holders;
        let (mut list, mut label) = (None, None);
        let mut fits = holders.beside.is_none();
        let seen = cursor.object(|key, cursor| {
            fits |= holders.beside == Some(key);
            let next = cursor.peek();
            // Go writes `null` for a list without elements.
            if list.is_none() && holders.members.contains(&key) && next != Some(b'n') {
                list = Some(cursor.position());
            }
            if holders.label == Some(key) && next == Some(b'"') {
                label = cursor.clone().value().ok();
            }
            cursor.skip()
        });
        (list.filter(|_| fits).map(|at| (at, label)), seen)
    }

    fn hand_out(&mut self, start: usize, end: usize, label: Option<&'a str>) {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let bytes = bytes.trim_ascii_end();
        let span = Span::new(self.offset + start as u64, bytes.len() as u64);
        self.done = start + bytes.len();
        self.met += 1;
        let number = if self.is_first { self.met } else { span.offset };
        let element = Element {
            bytes,
            span,
            label,
            number,
        };
        self.sink.read(1);
        (self.each)(&element, self.sink).tally(span, self.sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::Seen;

    const LISTS: Holders<'_> = Holders {
        label: Some("kind"),
        ..Holders::of(&["list", "item"])
    };

    /// Name, text, offset and label of every element.
    type Found = Vec<(String, String, u64, Option<String>)>;

    fn read(bytes: &[u8], offset: u64, holders: &Holders<'_>) -> (Found, Seen) {
        let chunk = Chunk {
            bytes,
            offset,
            last: true,
            path: "x",
            head: bytes,
        };
        let (mut found, mut sink) = (Vec::new(), Seen::default());
        elements(&chunk, holders, &mut sink, |element, _| {
            let text = String::from_utf8_lossy(element.bytes).into_owned();
            let label = element.label.map(str::to_owned);
            found.push((element.nested_name("p"), text, element.span.offset, label));
            Outcome::Kept
        });
        (found, sink.balanced())
    }

    fn texts(bytes: &str, holders: &Holders<'_>) -> (Vec<String>, Vec<(Span, String)>) {
        let (found, seen) = read(bytes.as_bytes(), 0, holders);
        (
            found.into_iter().map(|(_, text, ..)| text).collect(),
            seen.rejects,
        )
    }

    #[test]
    fn holders_are_opened_and_positions_kept() {
        let text = br#"{"a":1} {"list":[{"item": {"b":2},"x":[9]},{"c":3} ]} [0]"#;
        let (found, sink) = read(text, 0, &LISTS);
        let expected = [
            ("p", r#"{"a":1}"#, 0),
            ("p-2", r#"{"b":2}"#, 26),
            ("p-3", r#"{"c":3}"#, 43),
            ("p-4", "0", 55),
        ];
        let expected =
            expected.map(|(name, text, at)| (name.to_owned(), text.to_owned(), at, None));
        assert_eq!(found, expected);
        assert_eq!((sink.kept, sink.rejects.len()), (4, 0));
    }

    #[test]
    fn a_later_chunk_numbers_by_offset() {
        let (found, _) = read(b"{\"a\":1}\n{\"b\":2}", 4096, &LISTS);
        assert_eq!(
            (found[0].0.as_str(), found[1].0.as_str()),
            ("p-4096", "p-4104")
        );
    }

    #[test]
    fn a_label_goes_with_the_records_of_its_holder() {
        let text = br#"{"kind":"PodList","list":[{"a":1},{"kind":"X","list":[2]}]}{"a":3}"#;
        let labels: Vec<_> = read(text, 0, &LISTS).0.into_iter().map(|it| it.3).collect();
        assert_eq!(labels, [Some("PodList".into()), Some("X".into()), None]);
    }

    #[test]
    fn only_what_has_the_other_member_too_is_a_holder() {
        let pages = Holders {
            beside: Some("total"),
            ..LISTS
        };
        let text = r#"{"list":[1]}{"list":[2,3],"total":2}{"list":null,"total":0}"#;
        let (found, rejects) = texts(text, &pages);
        assert_eq!(
            found,
            [r#"{"list":[1]}"#, "2", "3", r#"{"list":null,"total":0}"#]
        );
        assert!(rejects.is_empty());
    }

    #[test]
    fn what_is_torn_costs_only_itself() {
        for (text, whole, rest) in [
            (r#"{"list":[{"a":1},{"b":2},{"c"#, 2, r#",{"c"#),
            (r#"[{"a":1} ,{"b":2} "#, 2, " "),
            (r#"{"a":"#, 0, r#"{"a":"#),
            (r#"{"list":[{"a":1}],"x":"#, 1, r#"],"x":"#),
        ] {
            let (found, rejects) = texts(text, &LISTS);
            assert_eq!(found.len(), whole, "{text}");
            let [(span, why)] = rejects.as_slice() else {
                panic!("{text}: {rejects:?}");
            };
            let start = usize::try_from(span.offset).unwrap();
            assert_eq!((&text[start..], span.length), (rest, rest.len() as u64));
            assert!(why.contains("cut off"), "{text}: {why}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let (found, rejects) = texts("[[[[[[[[[[1]]]]]]]]]]\n{\"torn\":", &LISTS);
        assert_eq!((found, rejects.len()), (vec!["[[[[1]]]]".to_owned()], 1));
        let deep = "[".repeat(100_000);
        assert_eq!(texts(&deep, &LISTS).1.len(), 1);
        let holders = r#"{"list":"#.repeat(100_000);
        assert_eq!(texts(&holders, &LISTS).1.len(), 1);
    }
}

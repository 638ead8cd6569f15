//! What holds of every format, whatever it reads.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::testing::Seen;
use super::{ALL, Chunk, Format, Peek, find};
use crate::model::TABLES;

const GUIDE: &str = include_str!("../../docs/formats.md");

/// Pieces of what formats read: joined at random they get further than random bytes do.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\n",
    " ",
    "\t",
    "\0",
    "\\",
    "\u{feff}",
    "é",
    "---\n",
    "null",
    "0",
    "-1",
    "1e999",
    "\"a\"",
    "\\ud800",
    "\u{1e}",
    "\u{1f}",
    "commit ",
    "diff --git a/x b/x\n",
    "@@ -1 +1,9 @@\n",
    "9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345",
    "2025-11-03T14:02:07Z ",
    "[pod/a/b] ",
    "{\"items\":[",
    "\"kind\":\"Pod\",",
    "{\"Records\":[",
    "{\"resourceSpans\":[",
    "\"spans\":[",
    "\"payload\":\"e30=\",",
    "\"signatures\":[",
    "\"total_count\":1,",
    "\"type\":\"response\",",
    "apiVersion: v1\nkind: ",
    "- a: b\n",
    "\"message\":",
    "\"metric\":{",
    "\"values\":[[1,\"2\"]",
    "{\"data\":[{\"spans\":[",
    "\"spanID\":\"1\",\"traceID\":\"1\",",
    "\"tags\":[{\"key\":",
    "{\"traceId\":\"1\",\"id\":\"1\",",
    "{\"streams\":[{\"stream\":{",
    "\"line\":",
    "{\"events\":[{\"message\":",
    "\"results\":[[{\"field\":",
    " stdout P ",
    " stderr F ",
    "__REALTIME_TIMESTAMP=1\n",
    "<34>1 ",
    "Nov  3 14:02:07 ",
    "E0517 15:04:22.6 1 a.c:1] ",
    " - - [03/Nov/2025:14:02:07 +0000] \"GET / HTTP/1.1\" 200 1",
    "level=info msg=",
    "# TYPE a counter\n",
    "a{b=\"c\"} 1 # {",
];

/// Reads `bytes` with every format, as a whole file, as a later piece and as the middle of one, and
/// checks the accounts and the citations of each.
fn read_with_all(bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let peek = Peek::new("any", head);
    for format in ALL {
        let name = format.name();
        assert!(format.sniff(&peek) <= 100, "{name}");
        for (offset, last) in [(0, true), (0, false), (4096, true)] {
            let path = "logs/shop_cart-6d5f9c7b8-x2x4q_server.log!payload";
            let chunk = Chunk {
                bytes,
                offset,
                last,
                path,
                head,
            };
            let mut seen = Seen::default();
            format.parse(&chunk, &mut seen);
            let end = offset + bytes.len() as u64;
            let nested = seen.nested.iter().map(|nested| nested.span);
            let rejects = seen.rejects.iter().map(|(span, _)| *span);
            let rows = seen.rows.iter().map(|(_, stamp, _)| stamp.span);
            for span in rows.chain(rejects).chain(nested) {
                let inside = span.offset >= offset && span.offset + span.length <= end;
                assert!(
                    inside,
                    "{name} cites {span:?}, which is not in {offset}..{end}"
                );
            }
            seen.balanced();
        }
    }
}

#[test]
fn names_are_unique_tokens() {
    let mut names = BTreeSet::new();
    for format in ALL {
        let name = format.name();
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(sound),
            "{name}"
        );
        assert!(names.insert(name), "two formats are called {name}");
        assert_eq!(find(name).map(Format::name), Some(name));
    }
    assert!(find("no_such_format").is_none());
}

#[test]
fn each_says_in_a_line_what_it_is() {
    for format in ALL {
        let name = format.name();
        for text in [format.about(), format.unit()] {
            assert!(!text.is_empty() && text == text.trim(), "{name}");
            assert!(
                !text.contains(char::is_control),
                "{name} says more than a line"
            );
        }
    }
}

#[test]
fn each_fills_tables_that_there_are() {
    let known: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
    for format in ALL {
        let (name, tables) = (format.name(), format.tables());
        let unique: BTreeSet<&str> = tables.iter().copied().collect();
        assert!(!tables.is_empty() && unique.len() == tables.len(), "{name}");
        assert!(unique.is_subset(&known), "{name} fills {unique:?}");
    }
}

#[test]
fn what_is_nothing_is_claimed_by_none() {
    for nothing in [&b""[..], b" \n\t\r\n", b"\xef\xbb\xbf", b"\0\0\0\0"] {
        read_with_all(nothing);
        let sniffed = super::sniff("any", nothing);
        assert!(sniffed.format.is_none(), "{nothing:?} is claimed");
    }
}

#[test]
fn deep_nesting_and_long_lines_do_no_harm() {
    for text in [
        "[".repeat(3_000),
        "{\"a\":".repeat(3_000),
        "{\"items\":[".repeat(3_000),
        "{\"a\":[\n".repeat(3_000),
        "x".repeat(200_000),
        "\n".repeat(3_000),
        "- ".repeat(3_000),
    ] {
        read_with_all(text.as_bytes());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_with_all(&bytes);
    }

    #[test]
    fn any_pieces_are_survived_and_accounted_for(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)
    ) {
        read_with_all(pieces.concat().as_bytes());
    }
}

#[test]
fn the_guide_lists_every_format_as_it_is() {
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<&str>> = rows
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let listed: Vec<&str> = rows.iter().map(|cells| cells[1]).collect();
    let names: Vec<String> = ALL
        .iter()
        .map(|format| format!("`{}`", format.name()))
        .collect();
    assert_eq!(
        listed, names,
        "docs/formats.md lists the formats in the order of ALL"
    );
    for (format, cells) in ALL.iter().zip(rows) {
        let tables: Vec<String> = format
            .tables()
            .iter()
            .map(|table| format!("`{table}`"))
            .collect();
        let [_, name, what, unit, filled, quirks, _] = cells.as_slice() else {
            panic!("{} cells: {cells:?}", cells.len());
        };
        assert!(!what.is_empty() && !quirks.is_empty(), "{name}");
        assert_eq!(
            (*unit, *filled),
            (format.unit(), tables.join(" ").as_str()),
            "{name}"
        );
    }
}

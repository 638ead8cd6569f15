//! Text that is no log, though a log may look like it: tables, Markdown, keys.
//!
//! Tables hold times and levels in their cells, and a log in a column is still a table: read as
//! lines, its cells would be prose and its header a record. What decides is the line that opens
//! with a time and goes on as a message: where one does, the text is a log whatever stands above.

use std::collections::BTreeSet;

use csv::{Position, ReaderBuilder, StringRecord};

use crate::formats::Peek;
use crate::formats::read::log::line;

/// What may part the cells of a table.
const DELIMITERS: [u8; 3] = *b",;\t";

/// How many rows are looked at.
const ROWS: usize = 64;

/// True where the text is of a kind that no process writes to its output.
pub fn is_no_log(peek: &Peek<'_>) -> bool {
    let dated = || peek.lines().any(|line| line::after_time(line).is_some());
    let is_table = DELIMITERS.iter().any(|it| is_table(peek.head, *it));
    is_table || ((is_markdown(peek) || is_armoured(peek)) && !dated())
}

/// A header of names, and rows that are as wide, none of which reads like a line of a log.
fn is_table(head: &[u8], delimiter: u8) -> bool {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let mut records = reader.records().take(ROWS).map_while(Result::ok);
    let Some(header) = records.next().filter(is_header) else {
        return false;
    };
    let (mut wide, mut all) = (0, 0);
    for record in records {
        let start = record.position().map_or(0, Position::byte);
        let start = usize::try_from(start).unwrap_or(head.len());
        if is_message(head.get(start..).unwrap_or_default(), delimiter) {
            return false;
        }
        all += 1;
        wide += usize::from(record.len() == header.len());
    }
    // The last row may be cut off.
    all > 0 && (wide + 1) * 10 >= all * 9 && wide > 0
}

/// Two names or more, each of them once. A sentence with a comma has blanks.
fn is_header(record: &StringRecord) -> bool {
    let is_name = |cell: &str| {
        let sound = |b: u8| b.is_ascii_alphanumeric() || b"_-.()%/:@#".contains(&b);
        cell.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '@')
            && cell.bytes().all(sound)
    };
    let unique: BTreeSet<&str> = record.iter().collect();
    record.len() > 1 && unique.len() == record.len() && record.iter().all(is_name)
}

/// True where the line at the start of `text` opens with a time that a message follows, and not the
/// next cell.
fn is_message(text: &[u8], delimiter: u8) -> bool {
    let line = text.split(|byte| *byte == b'\n').next();
    let line = line.and_then(|line| std::str::from_utf8(line).ok());
    let after = line.and_then(line::after_time).map(without_clock);
    after.is_some_and(|after| !after.is_empty() && !after.as_bytes().starts_with(&[delimiter]))
}

/// What follows a time as Go prints one: ` UTC m=+0.934442642`, with its monotonic clock.
fn without_clock(after: &str) -> &str {
    let after = after.strip_prefix(" UTC").unwrap_or(after);
    let clock = after.strip_prefix(" m=").unwrap_or(after);
    let is_number = |c: char| c.is_ascii_digit() || "+-.".contains(c);
    let after = if clock.len() < after.len() {
        clock.trim_start_matches(is_number)
    } else {
        after
    };
    after.trim_end()
}

/// A heading between empty lines. A comment in a log has lines around it.
fn is_markdown(peek: &Peek<'_>) -> bool {
    let is_heading = |line: &str| {
        let text = line.trim_start_matches('#');
        (1..=6).contains(&(line.len() - text.len()))
            && text.starts_with(' ')
            && !text.trim().is_empty()
    };
    let lines: Vec<&str> = peek.lines().collect();
    let is_empty = |at: Option<usize>| {
        let line = at.and_then(|at| lines.get(at));
        line.is_none_or(|line| line.trim().is_empty())
    };
    let mut numbered = lines.iter().enumerate();
    numbered
        .any(|(at, line)| is_heading(line) && is_empty(at.checked_sub(1)) && is_empty(Some(at + 1)))
}

/// A key, certificate or signature in ASCII armour (RFC 7468, OpenPGP).
fn is_armoured(peek: &Peek<'_>) -> bool {
    peek.lines().any(|line| line.starts_with("-----BEGIN "))
}

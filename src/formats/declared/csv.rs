//! Records of a CSV export, with the bytes that each stands in.

use std::borrow::Cow;
use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

use super::row::Fields;
use crate::formats::Chunk;
use crate::formats::read::json::Outcome;
use crate::model::{Sink, Span};

/// The names of the columns: those that are declared, or those in the first line.
pub(super) fn header(head: &[u8], delimiter: u8, columns: &[String]) -> Option<Vec<String>> {
    if !columns.is_empty() {
        return Some(columns.to_vec());
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(head);
    let mut record = ByteRecord::new();
    let found = reader.read_byte_record(&mut record).ok()?;
    let names = record
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned());
    found.then(|| names.collect())
}

/// Calls `each` for every record of the chunk and keeps the accounts.
pub(super) fn read(
    chunk: &Chunk<'_>,
    delimiter: u8,
    columns: &[String],
    sink: &mut dyn Sink,
    mut each: impl FnMut(&dyn Fields, Span, &mut dyn Sink) -> Outcome,
) {
    let Some(names) = header(chunk.head, delimiter, columns) else {
        return;
    };
    let places: HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at))
        .collect();
    let mark = if chunk.offset == 0 && chunk.bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let bytes = chunk.bytes.get(mark..).unwrap_or_default();
    let base = chunk.offset + mark as u64;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut is_header = columns.is_empty() && chunk.offset == 0;
    loop {
        let before = reader.position().byte();
        // Reading from a slice cannot fail, and bytes need be no text.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            return;
        }
        let start = record
            .position()
            .map_or(before, csv::Position::byte)
            .max(before);
        let end = reader.position().byte();
        let raw = bytes.get(place(start)..place(end)).unwrap_or_default();
        let length = raw.trim_ascii_end().len();
        let skipped = raw.len() - raw.trim_ascii_start().len();
        let skipped = if skipped < length { skipped } else { 0 };
        let span = Span::new(
            base + start + skipped as u64,
            length.saturating_sub(skipped) as u64,
        );
        if std::mem::take(&mut is_header) {
            continue;
        }
        sink.read(1);
        let outcome = if record.len() == names.len() {
            let line = Line {
                record: &record,
                places: &places,
                names: &names,
            };
            each(&line, span, sink)
        } else {
            Outcome::Rejected(format!(
                "{} fields instead of {}",
                record.len(),
                names.len()
            ))
        };
        outcome.tally(span, sink);
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// One record.
struct Line<'r> {
    record: &'r ByteRecord,
    places: &'r HashMap<&'r str, usize>,
    names: &'r [String],
}

impl Line<'_> {
    fn value(&self, at: usize) -> Option<Value> {
        let bytes = self.record.get(at).filter(|bytes| !bytes.is_empty())?;
        Some(Value::String(String::from_utf8_lossy(bytes).into_owned()))
    }
}

impl Fields for Line<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.value(*self.places.get(name)?).map(Cow::Owned)
    }

    fn rest(&self, taken: &[&str], object: &mut Map<String, Value>) {
        for (at, name) in self.names.iter().enumerate() {
            if !taken.contains(&name.as_str())
                && let Some(value) = self.value(at)
            {
                object.insert(name.clone(), value);
            }
        }
    }
}

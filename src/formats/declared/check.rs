//! The samples of a declaration: each is read as a file would be, and must give what it says.

use std::ops::Range;

use super::error::meant;
use super::toml::Reader;
use super::{DECLARED, Declared};
use crate::formats::{Chunk, Format as _, Peek};
use crate::model::record::{self, Record};
use crate::model::{Column, Kind, Nested, Sink, Span, Stamp, time};

/// How many rows of a sample are looked at.
const MOST_ROWS: usize = 1000;

/// A sample and what it must give.
pub(super) struct Sample {
    pub(super) text: String,
    pub(super) at: Range<usize>,
    /// Cells by name, row by row.
    pub(super) expected: Vec<Vec<(String, String, Range<usize>)>>,
}

/// Notes where a sample does not give what it should.
pub(super) fn sample(declared: &Declared, sample: &Sample, reader: &mut Reader<'_>) {
    let bytes = sample.text.as_bytes();
    let head = bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default();
    let key = "sample.text";
    if declared.sniff(&Peek::new("sample", head)) < DECLARED {
        let why = "is not recognised by what `recognise` says";
        return reader.wrong(sample.at.clone(), key, why, None);
    }
    let mut seen = Seen::default();
    let chunk = Chunk {
        bytes,
        offset: 0,
        last: true,
        path: "sample",
        head,
    };
    declared.parse(&chunk, &mut seen);
    if let Some((span, why)) = seen.rejects.first() {
        let place = usize::try_from(span.offset).unwrap_or(0);
        let line = sample
            .text
            .get(..place)
            .unwrap_or_default()
            .matches('\n')
            .count()
            + 1;
        let why = format!("is rejected in its line {line}: {why}");
        return reader.wrong(sample.at.clone(), key, why, None);
    }
    let main = *declared.tables().last().unwrap_or(&"");
    let rows: Vec<&Row> = seen.rows.iter().filter(|row| row.table == main).collect();
    if rows.len() < sample.expected.len() || rows.is_empty() {
        let why = format!(
            "gives {} rows, and {} are expected",
            rows.len(),
            sample.expected.len()
        );
        return reader.wrong(sample.at.clone(), key, why, None);
    }
    for (row, cells) in rows.iter().zip(&sample.expected) {
        for (name, expected, at) in cells {
            expect(row, name, expected, at, reader);
        }
    }
}

fn expect(row: &Row, name: &str, expected: &str, at: &Range<usize>, reader: &mut Reader<'_>) {
    let key = format!("sample.expect.{name}");
    let is_time = name == "time"
        || row
            .columns
            .iter()
            .any(|column| column.name == name && column.kind == Kind::Time);
    let found = if name == "time" {
        row.ts_ns.map(time::rfc3339)
    } else if row.columns.iter().any(|column| column.name == name) {
        let cell = row
            .cells
            .iter()
            .find(|(column, _)| *column == name)
            .map(|(_, text)| text.clone());
        match cell {
            Some(text) if is_time => text.parse().ok().map(time::rfc3339),
            cell => cell,
        }
    } else {
        let names: Vec<&str> = row
            .columns
            .iter()
            .map(|column| column.name)
            .chain(["time"])
            .collect();
        let help = Some(meant(name, names.iter().copied()));
        return reader.wrong(at.clone(), &key, "is not a column", help);
    };
    let wanted = if is_time {
        time::parse(expected).map(time::rfc3339)
    } else {
        Some(expected.to_owned())
    };
    let is_absent = expected.is_empty() && found.is_none();
    if !is_absent && found != wanted {
        let found = found.map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"));
        reader.wrong(
            at.clone(),
            &key,
            format!("is {found}"),
            Some(format!("expected `{expected}`")),
        );
    }
}

/// A row as text.
struct Row {
    table: &'static str,
    columns: &'static [Column],
    ts_ns: Option<i64>,
    cells: Vec<(&'static str, String)>,
}

/// Everything that a sample gave.
#[derive(Default)]
struct Seen {
    rows: Vec<Row>,
    rejects: Vec<(Span, String)>,
}

impl Sink for Seen {
    fn read(&mut self, _: u64) {}

    fn keep(&mut self, _: u64) {}

    fn record(&mut self, stamp: Stamp, record: &dyn Record) {
        if self.rows.len() >= MOST_ROWS {
            return;
        }
        let table = record.table();
        self.rows.push(Row {
            table: table.name,
            columns: table.columns,
            ts_ns: stamp.ts_ns,
            cells: record::texts(record),
        });
    }

    fn reject(&mut self, span: Span, why: &str) {
        self.rejects.push((span, why.to_owned()));
    }

    fn ignore(&mut self, _: u64, _: &'static str) {}

    fn nested(&mut self, _: Nested) {}
}

//! A sink that remembers, for the tests of formats.

use std::collections::{BTreeMap, BTreeSet};

use super::{Chunk, Format};
use crate::model::decision::Decision;
use crate::model::record::{self, Record};
use crate::model::{EvidenceClass, Nested, Newer, Sink, Span, Stamp, time};

/// One row as text: column name to shown value, absent cells left out. Times stay integers.
pub(crate) type Row = BTreeMap<&'static str, String>;

/// Everything that a parser pushed.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) read: u64,
    pub(crate) kept: u64,
    pub(crate) rows: Vec<(&'static str, Stamp, Row)>,
    pub(crate) rejects: Vec<(Span, String)>,
    pub(crate) ignored: BTreeMap<&'static str, u64>,
    pub(crate) nested: Vec<Nested>,
    pub(crate) newer: BTreeSet<Newer>,
}

impl Seen {
    /// The rows of one table.
    pub(crate) fn of(&self, table: &str) -> Vec<&Row> {
        self.rows
            .iter()
            .filter(|(name, _, _)| *name == table)
            .map(|(_, _, row)| row)
            .collect()
    }

    /// The rows of one table in a line each: these cells, with bars between them.
    pub(crate) fn told(&self, table: &str, keys: &[&str]) -> Vec<String> {
        let line = |row: &Row| {
            let cells = keys
                .iter()
                .map(|key| row.get(key).map_or("", String::as_str));
            cells.collect::<Vec<_>>().join("|")
        };
        self.of(table).into_iter().map(line).collect()
    }

    /// The RFC 3339 times of one table's rows.
    pub(crate) fn times(&self, table: &str) -> Vec<String> {
        let stamps = self.rows.iter().filter(|(name, _, _)| *name == table);
        stamps
            .map(|(_, stamp, _)| stamp.ts_ns.map(time::rfc3339).unwrap_or_default())
            .collect()
    }

    /// The classes of one table's rows, where a record overrides its format's.
    pub(crate) fn classes(&self, table: &str) -> Vec<Option<EvidenceClass>> {
        self.rows
            .iter()
            .filter(|(name, _, _)| *name == table)
            .map(|(_, stamp, _)| stamp.class)
            .collect()
    }

    /// Asserts that every unit that was met is accounted for.
    pub(crate) fn balanced(self) -> Self {
        let ignored: u64 = self.ignored.values().sum();
        assert_eq!(
            self.read,
            self.kept + self.rejects.len() as u64 + ignored,
            "read = kept + rejected + ignored"
        );
        self
    }
}

/// Parses `bytes` as one chunk, as a file at `path`, and checks the accounting.
pub(crate) fn parse(format: &dyn Format, path: &str, bytes: &[u8]) -> Seen {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let mut seen = Seen::default();
    format.parse(
        &Chunk {
            bytes,
            offset: 0,
            last: true,
            path,
            head,
        },
        &mut seen,
    );
    for (table, stamp, _) in &seen.rows {
        assert!(
            stamp.span.offset + stamp.span.length <= bytes.len() as u64,
            "a citation of {table} leaves the file"
        );
        assert!(
            format.tables().contains(table),
            "{} fills {table} without saying so",
            format.name()
        );
    }
    for row in seen.of("gate_decision") {
        let word = row.get("decision").map_or("", String::as_str);
        let known = Decision::ALL.map(Decision::token).contains(&word);
        assert!(known, "{} decides `{word}`", format.name());
    }
    seen.balanced()
}

/// Parses `bytes` cut off at each place, and with each byte changed, checking the accounting.
pub(crate) fn torn_and_flipped(format: &dyn Format, bytes: &[u8]) {
    for end in 0..bytes.len() {
        parse(format, "torn", &bytes[..end]);
    }
    for at in 0..bytes.len() {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 0x15;
        parse(format, "flipped", &flipped);
    }
}

/// The likelihood that `format` gives to `bytes`.
pub(crate) fn sniff(format: &dyn Format, bytes: &[u8]) -> u8 {
    format.sniff(&super::Peek::new(
        "file",
        &bytes[..bytes.len().min(64 * 1024)],
    ))
}

/// Every sample file under `../shared/samples/<folder>` with its bytes; empty, saying so, where the
/// samples are absent.
pub(crate) fn samples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/samples")
        .join(folder);
    if !root.exists() {
        eprintln!("skipped: no samples at {}", root.display());
        return Vec::new();
    }
    let mut pending = vec![root];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.file_name().is_some_and(|name| name != "SOURCES.md") {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

impl Sink for Seen {
    fn read(&mut self, n: u64) {
        self.read += n;
    }

    fn keep(&mut self, n: u64) {
        self.kept += n;
    }

    fn record(&mut self, stamp: Stamp, record: &dyn Record) {
        let row = record::texts(record).into_iter().collect();
        self.rows.push((record.table().name, stamp, row));
    }

    fn reject(&mut self, span: Span, why: &str) {
        self.rejects.push((span, why.to_owned()));
    }

    fn ignore(&mut self, n: u64, rule: &'static str) {
        *self.ignored.entry(rule).or_default() += n;
    }

    fn nested(&mut self, nested: Nested) {
        self.nested.push(nested);
    }

    fn newer(&mut self, newer: Newer) {
        self.newer.insert(newer);
    }
}

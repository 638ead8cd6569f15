//! What the database knows of the evidence files.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::TABLES;

const KNOWN_FILES: &str = include_str!("sql/queries/known_files.sql");
const UNCLAIMED: &str = include_str!("sql/queries/unclaimed.sql");
const FORGET: &str = include_str!("sql/schema/forget_unclaimed.sql");
const SET_DERIVED: &str = include_str!("sql/schema/set_derived.sql");
const IS_DERIVED: &str = include_str!("sql/queries/is_derived.sql");
const TABLE_DIGEST: &str = include_str!("sql/queries/table_digest.sql");
const COUNT_ROWS: &str = include_str!("sql/queries/count_rows.sql");

/// The files that were met.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// SHA-256 to the paths under which they were met; empty for what could not be read.
    paths: HashMap<String, HashSet<String>>,
    /// SHA-256 of those whose records are in the tables.
    parsed: HashSet<String>,
}

impl Known {
    /// True where no file was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// True where the file was met under this path.
    #[must_use]
    pub fn has(&self, sha256: &str, path: &str) -> bool {
        self.paths
            .get(sha256)
            .is_some_and(|paths| paths.contains(path))
    }

    /// True where the file's records are in the tables.
    #[must_use]
    pub fn is_parsed(&self, sha256: &str) -> bool {
        self.parsed.contains(sha256)
    }

    /// Takes a file for one that was never met, so that it is looked at again.
    pub fn forget(&mut self, sha256: &str) {
        self.paths.remove(sha256);
        self.parsed.remove(sha256);
    }

    /// Notes a file.
    pub fn add(&mut self, sha256: &str, path: &str, parsed: bool) {
        self.paths
            .entry(sha256.to_owned())
            .or_default()
            .insert(path.to_owned());
        if parsed && !sha256.is_empty() {
            self.parsed.insert(sha256.to_owned());
        }
    }
}

/// The files that no format claimed: path, SHA-256, bytes.
///
/// # Errors
/// The engine refuses.
pub fn unclaimed(reader: &Reader) -> Result<Vec<(String, String, u64)>, StoreError> {
    let rows = reader.rows("files of no format", UNCLAIMED, &[])?.rows;
    let text = |row: &[serde_json::Value], at: usize| Some(row.get(at)?.as_str()?.to_owned());
    Ok(rows
        .iter()
        .filter_map(|row| Some((text(row, 0)?, text(row, 1)?, row.get(2)?.as_u64()?)))
        .collect())
}

/// Forgets what was said of files that no format claimed and that were looked at again since: not before,
/// so that a load that is withdrawn loses nothing.
///
/// # Errors
/// The engine refuses.
pub fn forget_unclaimed(writer: &Writer) -> Result<(), StoreError> {
    writer
        .execute("cannot forget files of no format", FORGET, &[])
        .map(|_| ())
}

/// The files that were met in loads before.
///
/// # Errors
/// The engine refuses.
pub fn known_files(reader: &Reader) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for row in reader.rows("which files are known", KNOWN_FILES, &[])?.rows {
        if let [sha256, path, parsed] = row.as_slice() {
            known.add(
                sha256.as_str().unwrap_or(""),
                path.as_str().unwrap_or(""),
                parsed.as_bool() == Some(true),
            );
        }
    }
    Ok(known)
}

/// Notes whether the derived tables fit the loaded ones: not while a load runs, nor after one that
/// was killed.
///
/// # Errors
/// The engine refuses.
pub fn set_derived(writer: &Writer, derived: bool) -> Result<(), StoreError> {
    writer.run(&SET_DERIVED.replace("{value}", if derived { "yes" } else { "no" }))
}

/// True where the derived tables fit the loaded ones.
///
/// # Errors
/// The engine refuses.
pub fn is_derived(reader: &Reader) -> Result<bool, StoreError> {
    let rows = reader
        .rows("whether the last load ended", IS_DERIVED, &[])?
        .rows;
    Ok(rows
        .first()
        .and_then(|row| row.first()?.as_bool())
        .unwrap_or(false))
}

/// Rows in each table that loading fills.
///
/// # Errors
/// The engine refuses.
pub fn row_counts(reader: &Reader) -> Result<BTreeMap<String, u64>, StoreError> {
    let count = |table: &str| {
        let rows = reader
            .rows("how many rows", &COUNT_ROWS.replace("{table}", table), &[])?
            .rows;
        Ok(rows
            .first()
            .and_then(|row| row.first()?.as_u64())
            .unwrap_or(0))
    };
    TABLES
        .iter()
        .map(|table| Ok((table.name.to_owned(), count(table.name)?)))
        .collect()
}

/// Tables that are derived from the records and compared with them.
const TIED: [&str; 3] = ["entity", "link", "release"];

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// A sum over what they hold.
    pub digest: String,
}

/// How many rows each table of records and links has, and a sum over what they hold. Equal tables have equal
/// sums; the sums mean nothing beyond this version of the engine.
///
/// # Errors
/// The engine refuses.
pub fn digests(reader: &Reader) -> Result<Vec<Held>, StoreError> {
    let tables = TABLES.iter().map(|table| table.name).chain(TIED);
    tables
        .map(|table| {
            let sql = TABLE_DIGEST.replace("{table}", table);
            let rows = reader.rows("what a table holds", &sql, &[])?.rows;
            let row = rows.first().map(Vec::as_slice).unwrap_or_default();
            Ok(Held {
                table: table.to_owned(),
                rows: row.first().and_then(Value::as_u64).unwrap_or(0),
                digest: row.get(1).and_then(Value::as_str).unwrap_or("").to_owned(),
            })
        })
        .collect()
}

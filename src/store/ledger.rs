//! What the database knows of the evidence files.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::TABLES;

const KNOWN_FILES: &str = include_str!("sql/queries/known_files.sql");
const SET_DERIVED: &str = include_str!("sql/schema/set_derived.sql");
const IS_DERIVED: &str = include_str!("sql/queries/is_derived.sql");
const COUNT_ROWS: &str = include_str!("sql/queries/count_rows.sql");

/// The files whose records are in the tables: SHA-256 to the paths under which they were met.
pub type Known = HashMap<String, HashSet<String>>;

/// The files whose records are in the tables.
///
/// # Errors
/// The engine refuses.
pub fn known_files(reader: &Reader) -> Result<Known, StoreError> {
    let mut known = Known::new();
    for row in reader.rows("which files are known", KNOWN_FILES, &[])?.rows {
        let text = |at: usize| row.get(at).and_then(serde_json::Value::as_str).map(str::to_owned);
        if let (Some(sha256), Some(path)) = (text(0), text(1)) {
            known.entry(sha256).or_default().insert(path);
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
    let rows = reader.rows("whether the last load ended", IS_DERIVED, &[])?.rows;
    Ok(rows.first().and_then(|row| row.first()?.as_bool()).unwrap_or(false))
}

/// Rows in each table that loading fills.
///
/// # Errors
/// The engine refuses.
pub fn row_counts(reader: &Reader) -> Result<BTreeMap<String, u64>, StoreError> {
    let count = |table: &str| {
        let rows = reader.rows("how many rows", &COUNT_ROWS.replace("{table}", table), &[])?.rows;
        Ok(rows.first().and_then(|row| row.first()?.as_u64()).unwrap_or(0))
    };
    TABLES.iter().map(|table| Ok((table.name.to_owned(), count(table.name)?))).collect()
}

//! What the database knows of the evidence files.

use std::collections::{BTreeMap, HashSet};

use super::error::StoreError;
use super::reader::Reader;
use crate::model::TABLES;

const KNOWN_FILES: &str = include_str!("sql/queries/known_files.sql");
const COUNT_ROWS: &str = include_str!("sql/queries/count_rows.sql");

/// The SHA-256 of every file whose records are in the tables.
///
/// # Errors
/// The engine refuses.
pub fn known_files(reader: &Reader) -> Result<HashSet<String>, StoreError> {
    let rows = reader.rows("which files are known", KNOWN_FILES, &[])?.rows;
    Ok(rows.into_iter().flatten().filter_map(|cell| cell.as_str().map(str::to_owned)).collect())
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

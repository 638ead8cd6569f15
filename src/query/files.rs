//! Every file that was met, with what became of it.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/files.sql");

/// Every file that was met, with what became of it.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "files",
        SQL,
        &window.params(),
    )?))
}

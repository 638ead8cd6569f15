//! What could not be read, and why.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/rejects.sql");

/// What could not be read, and why.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "rejects",
        SQL,
        &window.params(),
    )?))
}

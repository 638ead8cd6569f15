//! The commits of the case, in the order in which they were committed.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/commits.sql");

/// The commits of the case, in the order in which they were committed.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "commits",
        SQL,
        &window.params(),
    )?))
}

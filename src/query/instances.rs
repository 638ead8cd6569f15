//! What runs where: each instance with the release whose bytes it runs, odd ones first.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/instances.sql");

/// The instances of the case, odd ones first.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "what runs where",
        SQL,
        &window.params(),
    )?))
}

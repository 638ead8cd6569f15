//! The deployments of the case, in time order, with the last state that was reported.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/deployments.sql");

/// The deployments of the case, in time order, with the last state that was reported.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "deployments",
        SQL,
        &window.params(),
    )?))
}

//! Everything that can be found by name.

use super::resolve::Candidate;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/finder.sql");

/// Every entity, newest first, resources and access events last.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader) -> Result<Vec<Candidate>, StoreError> {
    reader.ask("the finder", SQL, &[])
}

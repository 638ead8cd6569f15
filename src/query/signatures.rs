//! What the checks of signatures said, as the load made them.

use super::{Reader, StoreError, answer};
use crate::model::signature::Signature;

pub(super) const SQL: &str = include_str!("../store/sql/queries/signatures.sql");

/// The checks of the signatures on a statement (`sha256:hex` of its bytes), the best one first.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn of(reader: &Reader, statement: &str) -> Result<Vec<Signature>, StoreError> {
    let rows = reader.rows("signatures", SQL, &[("statement", statement.into())])?;
    answer::documents("a signature", rows)
}

//! What the checks of signatures said, as the load made them.

use super::{Reader, StoreError};
use crate::model::signature::Signature;

pub(super) const SQL: &str = include_str!("../store/sql/queries/signatures.sql");

/// The checks of the signatures on a statement (`sha256:hex` of its bytes), the best one first.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn of(reader: &Reader, statement: &str) -> Result<Vec<Signature>, StoreError> {
    let rows = reader.rows("signatures", SQL, &[("statement", statement.into())])?;
    let read = |row: Vec<serde_json::Value>| {
        let text = row
            .first()
            .and_then(|cell| cell.as_str())
            .unwrap_or_default();
        serde_json::from_str(text).map_err(|error| StoreError::Sql {
            act: "cannot read a signature".to_owned(),
            message: error.to_string(),
        })
    };
    rows.rows.into_iter().map(read).collect()
}

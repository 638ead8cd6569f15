//! What the evidence should hold and does not, as the load found it.

use super::answer::Window;
use crate::model::gap::Gap;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/gaps.sql");

/// The gaps, by release in order of time, then along the chain.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(
    reader: &Reader,
    window: &Window,
    release: Option<&str>,
) -> Result<Vec<Gap>, StoreError> {
    let mut params = window.params();
    params.push(("release", release.into()));
    let rows = reader.rows("gaps", SQL, &params)?.rows;
    let read = |row: Vec<serde_json::Value>| {
        let text = row
            .first()
            .and_then(|cell| cell.as_str())
            .unwrap_or_default();
        serde_json::from_str(text).map_err(|error| StoreError::Sql {
            act: "cannot read a gap".to_owned(),
            message: error.to_string(),
        })
    };
    rows.into_iter().map(read).collect()
}

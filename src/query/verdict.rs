//! What follows for a release, as the load judged it.

use crate::model::verdict::Verdict;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/verdicts.sql");

/// The verdict of the release `id`; `None` where the case was not judged.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str) -> Result<Option<Verdict>, StoreError> {
    let rows = reader.rows("the verdict", SQL, &[("release", id.into())])?;
    rows.rows
        .first()
        .and_then(|row| row.first()?.as_str())
        .map(|document| {
            serde_json::from_str(document).map_err(|error| StoreError::Sql {
                act: "cannot read a verdict".to_owned(),
                message: error.to_string(),
            })
        })
        .transpose()
}

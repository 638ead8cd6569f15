//! What follows for a release, as the load judged it.

use super::answer;
use crate::model::verdict::Verdict;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/verdicts.sql");

/// The verdict of the release `id`; `None` where the case was not judged.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str) -> Result<Option<Verdict>, StoreError> {
    let rows = reader.rows("the verdict", SQL, &[("release", id.into())])?;
    Ok(answer::documents("a verdict", rows)?.pop())
}

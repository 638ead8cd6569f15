//! What the evidence should hold and does not, as the load found it.

use super::answer::{self, Window};
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
    let rows = reader.rows("gaps", SQL, &params)?;
    answer::documents("a gap", rows)
}

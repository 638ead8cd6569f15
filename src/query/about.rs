//! Which release something is about: what a pane needs that shows one release whatever was chosen.

use super::entity;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/releases_of.sql");
pub(super) const AT_STAKE: &str = include_str!("../store/sql/queries/release_at_stake.sql");

/// The releases that `entity` belongs to; where it says of none, those of what is related to it.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn releases(
    reader: &Reader,
    entity: &str,
    related: &[String],
) -> Result<Vec<String>, StoreError> {
    let own = of(reader, &[entity.to_owned()])?;
    if own.is_empty() && !related.is_empty() {
        return of(reader, related);
    }
    Ok(own)
}

/// The one release to show: that of the first of `entities` that has one, else of what is related,
/// else the one with the worst finding.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn release(
    reader: &Reader,
    entities: &[String],
    related: &[String],
) -> Result<Option<String>, StoreError> {
    for entity in entities {
        if let Some(release) = of(reader, std::slice::from_ref(entity))?.into_iter().next() {
            return Ok(Some(release));
        }
    }
    if let Some(release) = of(reader, related)?.into_iter().next() {
        return Ok(Some(release));
    }
    let rows = reader.rows("the release at stake", AT_STAKE, &[])?.rows;
    Ok(rows
        .first()
        .and_then(|row| row.first()?.as_str().map(str::to_owned)))
}

fn of(reader: &Reader, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let rows = reader.rows("its releases", SQL, &[("ids", entity::list(ids))])?;
    Ok(rows
        .rows
        .into_iter()
        .filter_map(|row| row.first()?.as_str().map(str::to_owned))
        .collect())
}

//! What a release has in common with others: commits, sessions, builders, accounts, secrets, hosts.

use serde_json::{Map, Value};

use super::answer;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/shared.sql");

/// Each thing that `release` is made of or uses, with the other releases that have it too.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, release: &str) -> Result<Vec<Map<String, Value>>, StoreError> {
    Ok(answer::objects(reader.rows(
        "what is shared",
        SQL,
        &[("release", release.into())],
    )?))
}

//! Who calls whom, by the spans of a window of time.

use serde::Deserialize;

use super::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/service_map.sql");

/// Calls of one service to another, or to a host that sent no spans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Calls {
    /// Who calls.
    pub caller: String,
    /// Who is called.
    pub callee: String,
    /// True for a host that sent no spans.
    pub is_external: bool,
    /// Calls.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// How long the slowest twentieth took at least, in nanoseconds.
    pub p95_ns: Option<i64>,
}

/// The calls from `since` on, before `until`, in the order of their names; at most 2,000 pairs.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(
    reader: &Reader,
    since: Option<i64>,
    until: Option<i64>,
) -> Result<Vec<Calls>, StoreError> {
    let window = [("since", since.into()), ("until", until.into())];
    reader.ask("who calls whom", SQL, &window)
}

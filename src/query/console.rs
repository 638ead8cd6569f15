//! The user's own question: one read-only statement.

use std::time::Instant;

use crate::store::console::{self, Limits};
use crate::store::{Reader, Rows, StoreError};

/// What the screen fetches; the line under the result says when there is more.
const ON_SCREEN: Limits = Limits {
    rows: 2_000,
    millis: 30_000,
};

/// Runs `sql` with the screen's limits; gives the rows and a line about them.
///
/// # Errors
/// The statement is refused, fails, takes too long, or was withdrawn.
pub fn ask(reader: &Reader, sql: &str) -> Result<(Rows, String), StoreError> {
    let began = Instant::now();
    let rows = console::run(reader, sql, ON_SCREEN)?;
    let elapsed = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let summary = console::summary(&rows, elapsed);
    Ok((rows, summary))
}

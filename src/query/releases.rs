//! The releases of the case, in time order.

use serde_json::{Map, Value};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/releases.sql");

/// The releases of the case, in time order, with the number of findings by severity and the verdict.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    let mut rows = answer::objects(reader.rows("releases", SQL, &window.params())?);
    for row in &mut rows {
        if let Some(findings) = row.get_mut("findings") {
            let counted = findings.as_str().map(serde_json::from_str::<Value>);
            *findings = counted.and_then(Result::ok).unwrap_or_default();
        }
    }
    Ok(rows)
}

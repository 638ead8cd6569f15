//! The releases of the case, in time order.

use serde_json::{Map, Value, json};

use super::answer::{self, Window};
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/releases.sql");

/// The releases of the case, in time order. Findings and verdict are given as the contract wants them
/// before anything judges: none, and inconclusive.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, window: &Window) -> Result<Vec<Map<String, Value>>, StoreError> {
    let mut rows = answer::objects(reader.rows("releases", SQL, &window.params())?);
    for row in &mut rows {
        let citations = row.remove("citations");
        row.insert("findings".to_owned(), json!({}));
        row.insert("verdict".to_owned(), json!("inconclusive"));
        row.insert("citations".to_owned(), citations.unwrap_or_default());
    }
    Ok(rows)
}

//! Entities by id: what a node is called, when it was, where it is said.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer;
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/entities.sql");

/// A node of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// `commit`, `session`, `build`, …
    pub kind: String,
    /// `kind:natural-key`.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// When, RFC 3339.
    pub ts: Option<String>,
    /// `attested`, `observed` or `asserted`.
    pub class: Option<String>,
    /// Where it is said.
    pub citations: Vec<Value>,
}

/// The entities with these ids, sorted by id; unknown ids are left out.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, ids: &[String]) -> Result<Vec<Node>, StoreError> {
    let rows = reader.rows("entities", SQL, &[("ids", list(ids))])?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Ok(answer::objects(rows)
        .into_iter()
        .map(|row| Node {
            kind: text(row.get("kind")).unwrap_or_default(),
            id: text(row.get("id")).unwrap_or_default(),
            label: text(row.get("label")).unwrap_or_default(),
            ts: text(row.get("ts")),
            class: text(row.get("class")),
            citations: row
                .get("citations")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
        })
        .collect())
}

/// A list of texts as one parameter.
pub(super) fn list(ids: &[String]) -> Param {
    Param::Text(Value::from(ids.to_vec()).to_string())
}

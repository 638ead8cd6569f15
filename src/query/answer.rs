//! What the contracts ask of every answer: cited rows, times as text, a window and a limit.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use crate::model::citation::of_row as citation;
use crate::model::time;
use crate::store::{Param, Rows, StoreError};

/// The part of the evidence that a question is about.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// From this time on, in nanoseconds.
    pub since: Option<i64>,
    /// Up to before this time, in nanoseconds.
    pub until: Option<i64>,
    /// Only this service.
    pub service: Option<String>,
    /// At most this many rows.
    pub limit: Option<u32>,
}

impl Window {
    /// As named parameters.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        vec![
            ("since", self.since.into()),
            ("until", self.until.into()),
            ("service", self.service.clone().into()),
            (
                "limit",
                Param::Int(self.limit.map_or(i64::from(u32::MAX), i64::from)),
            ),
        ]
    }
}

/// The documents in the first column: what the load stored whole, as the contracts print it.
///
/// # Errors
/// One is no `T`.
pub(super) fn documents<T: DeserializeOwned>(what: &str, rows: Rows) -> Result<Vec<T>, StoreError> {
    rows.rows
        .into_iter()
        .filter_map(|row| row.into_iter().next())
        .map(|cell| {
            let document = cell.as_str().unwrap_or_default();
            serde_json::from_str(document).map_err(|error| StoreError::Sql {
                act: format!("cannot read {what}"),
                message: error.to_string(),
            })
        })
        .collect()
}

/// The rows as the contracts print them: `*_ns` columns become RFC 3339 text without the ending, and
/// the citation's columns become `citations`.
#[must_use]
pub fn objects(rows: Rows) -> Vec<Map<String, Value>> {
    rows.objects().map(object).collect()
}

fn object(row: Map<String, Value>) -> Map<String, Value> {
    let mut shown = Map::new();
    let citation = citation(&row, "c_");
    let cites = row.contains_key("c_sha256");
    for (name, value) in row {
        match name.strip_suffix("_ns") {
            _ if name.starts_with("c_") => {}
            Some(stem) if stem != "duration" => {
                shown.insert(
                    stem.to_owned(),
                    value
                        .as_i64()
                        .map_or(Value::Null, |ns| time::rfc3339(ns).into()),
                );
            }
            _ => {
                shown.insert(name, value);
            }
        }
    }
    if cites {
        shown.insert("citations".to_owned(), citation.into_iter().collect());
    }
    shown
}

//! Releases down, expected evidence across: what is missing where.

use std::collections::BTreeMap;

use super::completeness::EXPECTED;
use crate::model::gap::Gap;
use crate::model::time;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/gap_matrix.sql");

/// What is expected besides the hops of a chain.
const BESIDES: &[&str] = &["signature", "traces", "telemetry"];

/// The gaps of a case, by release and expected evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Day on which it began, and id of each release, newest first.
    pub releases: Vec<(String, String)>,
    /// What is expected: along the chain, then besides.
    pub expected: Vec<String>,
    /// Gaps by release and expected evidence.
    pub cells: BTreeMap<(usize, usize), Vec<Gap>>,
}

/// The matrix of every release.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader) -> Result<Matrix, StoreError> {
    let rows = reader.rows(
        "the matrix of gaps",
        SQL,
        &[("release", None::<&str>.into())],
    )?;
    let hops = EXPECTED.iter().map(|(hop, _)| *hop);
    let mut matrix = Matrix {
        expected: hops
            .chain(BESIDES.iter().copied())
            .map(str::to_owned)
            .collect(),
        ..Matrix::default()
    };
    for row in rows.rows {
        let text = |at: usize| row.get(at).and_then(|cell| cell.as_str());
        let Some(id) = text(0) else { continue };
        if matrix.releases.last().is_none_or(|(_, last)| last != id) {
            let began = row.get(1).and_then(serde_json::Value::as_i64);
            let day = began.map(|ns| time::short(ns)[5..10].to_owned());
            matrix
                .releases
                .push((day.unwrap_or_default(), id.to_owned()));
        }
        let Some(document) = text(2) else { continue };
        let gap: Gap = serde_json::from_str(document).map_err(|error| StoreError::Sql {
            act: "cannot read a gap".to_owned(),
            message: error.to_string(),
        })?;
        let known = matrix.expected.iter().position(|one| *one == gap.expected);
        let column = known.unwrap_or_else(|| {
            matrix.expected.push(gap.expected.clone());
            matrix.expected.len() - 1
        });
        let place = (matrix.releases.len() - 1, column);
        matrix.cells.entry(place).or_default().push(gap);
    }
    Ok(matrix)
}

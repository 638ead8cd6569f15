//! How far a release's behaviour can be reconstructed: five ratios and no magic number (domain.md 2.4).

use serde::Serialize;
use serde_json::Value;

use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/reconstructability.sql");

/// Name and meaning of each ratio, in the order of the answer's columns.
const RATIOS: [(&str, &str); 5] = [
    ("instance_coverage", "instances that sent any telemetry"),
    (
        "span_coverage",
        "requests counted by metrics that spans hold",
    ),
    (
        "log_continuity",
        "steps of five minutes in which it logged anything",
    ),
    ("trace_log_join", "log records whose trace is here"),
    (
        "audit_sources",
        "kinds of access that were recorded while it ran: secrets, network, rights",
    ),
];

/// One ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// `instance_coverage`, `span_coverage`, `log_continuity`, `trace_log_join`, `audit_sources`.
    pub name: &'static str,
    /// What is counted.
    pub of: &'static str,
    /// How many of them.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
    /// Part of whole; `None` where there is nothing to take a part of.
    pub share: Option<f64>,
}

/// The five ratios of the release `id`; none where there is no such release.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: &str) -> Result<Vec<Ratio>, StoreError> {
    let found = reader.rows("reconstructability", SQL, &[("release", id.into())])?;
    let Some(row) = found.rows.first() else {
        return Ok(Vec::new());
    };
    let number = |at: usize| row.get(at).and_then(Value::as_i64).unwrap_or(0);
    let ratios = RATIOS.iter().enumerate().map(|(at, (name, of))| {
        let (part, whole) = (number(2 * at), number(2 * at + 1));
        #[expect(clippy::cast_precision_loss, reason = "a share needs no exact count")]
        let share = (whole > 0).then(|| part as f64 / whole as f64);
        Ratio {
            name,
            of,
            part,
            whole,
            share,
        }
    });
    Ok(ratios.collect())
}

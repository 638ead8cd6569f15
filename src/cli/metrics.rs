//! `shipwake metrics`: when each operation left what is usual, whether it is back, and how much was hit.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Common, Failure, Output, code, judging, session};
use crate::model::time;
use crate::query::metrics;

/// The source and the 95th percentiles stand in the other formats.
const COLUMNS: &[&str] = &[
    "operation",
    "began",
    "ended",
    "is_over",
    "requests",
    "errors",
    "share",
    "usual_share",
];

/// Tell how each operation of a release fared beside the other releases: since when, until when, how many
#[derive(Debug, Args)]
pub(super) struct Metrics {
    /// The case directory.
    case: PathBuf,
    /// The release, or anything that belongs to one release.
    release: String,
}

impl Metrics {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let release = judging::release(&reader, &self.release)?;
        let found = metrics::ask(&reader, &release, None)?;
        let rows: Vec<Map<String, Value>> = found
            .operations
            .iter()
            .filter_map(|operation| {
                let told = operation.summary()?;
                let when = |at: Option<i64>| at.map(time::rfc3339);
                let row = json!({
                    "source": operation.source, "operation": operation.name, "release": release,
                    "began": when(told.began), "ended": when(told.ended), "is_over": told.is_over,
                    "requests": told.requests, "errors": told.errors, "share": told.share.map(digits),
                    "usual_share": operation.errors.map(|band| digits(band.median)),
                    "p95_seconds": told.p95.map(digits), "usual_p95_seconds": operation.p95.map(|band| digits(band.median)),
                    "citations": told.citation.into_iter().collect::<Vec<_>>(),
                });
                row.as_object().cloned()
            })
            .collect();
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

/// What a share or a time in seconds is worth telling.
fn digits(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

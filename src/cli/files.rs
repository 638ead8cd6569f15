//! `shipwake files`: every file that was met, with what became of it.

use clap::Args;
use serde_json::{Map, Value, json};

use super::arguments::Format;
use super::{Case, Common, Failure, Output, code, session};
use crate::links;
use crate::query::files;
use crate::store::ledger;

const COLUMNS: &[&str] = &[
    "path", "bytes", "format", "read", "kept", "rejected", "ignored", "state", "note",
];

/// List the evidence files with their format, counts and state
#[derive(Debug, Args)]
pub(super) struct Files {
    #[command(flatten)]
    case: Case,
}

impl Files {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows: Vec<Map<String, Value>> = files::ask(&reader, &self.case.window(None, None))?;
        self.case.cut(&mut rows);
        let out = Output::new(common);
        if out.format() != Format::Json {
            out.rows(&rows, COLUMNS)?;
            return Ok(code::DONE);
        }
        // The shape of the load report, for the case as it stands.
        let report = json!({"files": rows, "tables": ledger::row_counts(&reader)?, "links": links::counts(&reader)?, "seconds": null});
        out.document(&report, String::new)?;
        Ok(code::DONE)
    }
}

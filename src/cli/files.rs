//! `shipwake files`: every file that was met, with what became of it.

use clap::Args;

use super::{Arguments, Common, Failure, Output, code, session};
use crate::query::files;

const COLUMNS: &[&str] = &["path", "bytes", "format", "read", "kept", "rejected", "ignored", "state", "note"];

/// List the evidence files with their format, counts and state
#[derive(Debug, Args)]
pub(super) struct Files {
    #[command(flatten)]
    arguments: Arguments,
}

impl Files {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.arguments.case, common)?;
        let rows = files::ask(&reader, &self.arguments.window())?;
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

//! `shipwake rejects`: what could not be read, and why.

use clap::Args;

use super::{Arguments, Common, Failure, Output, code, session};
use crate::query::rejects;

const COLUMNS: &[&str] = &["format", "why", "citations"];

/// List what could not be read, with citations
#[derive(Debug, Args)]
pub(super) struct Rejects {
    #[command(flatten)]
    arguments: Arguments,
}

impl Rejects {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.arguments.case, common)?;
        let rows = rejects::ask(&reader, &self.arguments.window())?;
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

//! `shipwake rejects`: what could not be read, and why.

use clap::Args;

use super::{Case, Common, Failure, Output, code, session};
use crate::query::rejects;

const COLUMNS: &[&str] = &["format", "why", "citations"];

/// List what could not be read, with citations
#[derive(Debug, Args)]
pub(super) struct Rejects {
    #[command(flatten)]
    case: Case,
}

impl Rejects {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows = rejects::ask(&reader, &self.case.window(None, None))?;
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

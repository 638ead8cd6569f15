//! `shipwake commits`: the commits of the case.

use clap::Args;

use super::{Arguments, Common, Failure, Output, code, session};
use crate::query::commits;

const COLUMNS: &[&str] = &["committed", "sha", "author_name", "files", "session", "subject"];

/// List the commits of the case in time order
#[derive(Debug, Args)]
pub(super) struct Commits {
    #[command(flatten)]
    arguments: Arguments,
}

impl Commits {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.arguments.case, common)?;
        let rows = commits::ask(&reader, &self.arguments.window())?;
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

//! `shipwake commits`: the commits of the case.

use clap::Args;

use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::commits;

const COLUMNS: &[&str] = &["committed", "sha", "author_name", "files", "subject"];

/// List the commits of the case in time order
#[derive(Debug, Args)]
pub(super) struct Commits {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    times: Times,
}

impl Commits {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows = commits::ask(&reader, &self.case.window(Some(&self.times), None))?;
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

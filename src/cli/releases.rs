//! `shipwake releases`: what went live, in time order.

use clap::Args;

use super::{Arguments, Common, Failure, Output, code, session};
use crate::query::releases;

const COLUMNS: &[&str] = &["started", "service", "version", "environment", "status", "commit", "digest", "level", "verdict"];

/// List the releases of the case in time order
#[derive(Debug, Args)]
pub(super) struct Releases {
    #[command(flatten)]
    arguments: Arguments,
}

impl Releases {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.arguments.case, common)?;
        let rows = releases::ask(&reader, &self.arguments.window())?;
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

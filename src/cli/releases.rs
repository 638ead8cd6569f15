//! `shipwake releases`: what went live, in time order.

use clap::Args;

use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::releases;

const COLUMNS: &[&str] = &[
    "started",
    "service",
    "version",
    "environment",
    "status",
    "commit",
    "digest",
    "level",
    "verdict",
];

/// List the releases of the case in time order
#[derive(Debug, Args)]
pub(super) struct Releases {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    times: Times,
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
}

impl Releases {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows = releases::ask(
            &reader,
            &self.case.window(Some(&self.times), self.service.as_deref()),
        )?;
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

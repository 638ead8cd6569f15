//! `shipwake deployments`: the deployments of the case.

use clap::Args;

use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::deployments;

const COLUMNS: &[&str] = &[
    "started",
    "provider",
    "service",
    "version",
    "environment",
    "state",
    "action",
    "sha",
    "change_id",
];

/// List the deployments of the case in time order
#[derive(Debug, Args)]
pub(super) struct Deployments {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    times: Times,
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
}

impl Deployments {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows = deployments::ask(
            &reader,
            &self.case.window(Some(&self.times), self.service.as_deref()),
        )?;
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

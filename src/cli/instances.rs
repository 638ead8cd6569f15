//! `shipwake instances`: what runs where, and what is odd about it.

use clap::Args;

use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::instances;

const COLUMNS: &[&str] = &[
    "odd", "service", "version", "instance", "digest", "started", "ended", "seen",
];

/// List which bytes ran where, odd instances first
#[derive(Debug, Args)]
pub(super) struct Instances {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    times: Times,
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
}

impl Instances {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let mut rows = instances::ask(
            &reader,
            &self.case.window(Some(&self.times), self.service.as_deref()),
        )?;
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

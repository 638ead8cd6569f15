//! `shipwake deployments`: the deployments of the case.

use clap::Args;

use super::{Arguments, Common, Failure, Output, code, session};
use crate::query::deployments;

const COLUMNS: &[&str] = &["started", "provider", "service", "version", "environment", "state", "sha", "requested_by", "change_id"];

/// List the deployments of the case in time order
#[derive(Debug, Args)]
pub(super) struct Deployments {
    #[command(flatten)]
    arguments: Arguments,
}

impl Deployments {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.arguments.case, common)?;
        let rows = deployments::ask(&reader, &self.arguments.window())?;
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

//! `shipwake demo`: the sample incident in the workbench.

use clap::Args;

use super::{Common, Failure};

/// Open the sample incident in the workbench
#[derive(Debug, Args)]
pub(super) struct Demo {}

impl Demo {
    pub(super) fn run(&self, _common: &Common) -> Result<u8, Failure> {
        Err(Failure::usage("the workbench is not built yet", "Use the subcommands"))
    }
}

//! `shipwake PATH…`: open bundles, or one case, in the workbench.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure};

#[derive(Debug, Args)]
pub(super) struct Open {
    /// Bundles (files, directories, archives) or one case to open in the workbench.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(super) fn run(&self, _common: &Common) -> Result<u8, Failure> {
        Err(Failure::usage("the workbench is not built yet", "Use the subcommands"))
    }
}

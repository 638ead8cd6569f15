//! `shipwake shared`: what else has the same commit, session, builder, account, secret or host.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure, Output, code, judging, session};
use crate::query::shared;

const COLUMNS: &[&str] = &["kind", "others", "thing", "releases"];

/// List what a release has in common with others: commits, sessions, builders, accounts, secrets, hosts
#[derive(Debug, Args)]
pub(super) struct Shared {
    /// The case directory.
    case: PathBuf,
    /// The release, or anything that belongs to one release.
    release: String,
}

impl Shared {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let release = judging::release(&reader, &self.release)?;
        Output::new(common).rows(&shared::ask(&reader, &release)?, COLUMNS)?;
        Ok(code::DONE)
    }
}

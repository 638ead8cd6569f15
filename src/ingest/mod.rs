//! From paths to sealed, parsed, stored evidence.
//!
//! ```text
//! paths ─walk─> inputs ─seal─> evidence ─sniff─> format ─chunks─> parse workers ─batches─> writer
//!                         └─ archives, compressed files and envelopes: their members go round again
//! ```
//!
//! A file is sealed first and then parsed *from its sealed form*: what the tables say is what the
//! evidence holds, even where the original is a live log or a pipe. One thread feeds, several parse,
//! one writes; channels between them are short, so memory stays bounded. Files go in groups, each
//! group one transaction: after a kill the case holds whole files only, and a second load goes on
//! where the first one stopped, because a file that is there already costs only its hash.
//!
//! What it is not: linking and judging, which see all files at once, come after (`load`).

mod archive;
mod chunks;
mod group;
mod limits;
mod members;
mod open;
mod progress;
mod report;
mod walk;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use limits::Limits;
pub use progress::Progress;
pub use report::{FileReport, Report};
pub use walk::{STDIN, Sealed};

use crate::case::{Case, CaseError};
use crate::formats::Declared;
use crate::store::ledger::Known;
use crate::store::{StoreError, Writer};

/// Why a load stopped before its end. Broken files do not stop it; they are states in the report.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The case cannot be written.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The database cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user withdrew; files that were complete stay.
    #[error("the load was cancelled")]
    Cancelled,
}

/// How to load.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Parse workers; 0 means one per core.
    pub threads: usize,
    /// Bounds on hostile input.
    pub limits: Limits,
    /// Formats that the user declared, which come before those of the program.
    pub declared: Vec<&'static Declared>,
}

/// Loads `paths` into `case`: every file below them that is not there already.
///
/// `known` are the files that the database has; `sealed` are files that are evidence already and whose
/// rows are to be made again.
///
/// # Errors
/// The case or database cannot be written, or the user withdrew.
pub fn ingest(
    case: &Case,
    writer: &mut Writer,
    known: Known,
    sealed: &[Sealed],
    paths: &[PathBuf],
    options: &Options,
    progress: &Arc<Progress>,
) -> Result<Report, IngestError> {
    let mut inputs = walk::walk(paths);
    inputs.extend(sealed.iter().map(walk::sealed));
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    progress.found(
        inputs.len() as u64,
        inputs.iter().map(|input| input.bytes).sum(),
    );
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        threads => threads,
    };
    case.evidence().sweep();
    workers::with(threads, writer, progress, |pool| {
        let mut feeder = group::Feeder::new(case, pool, known, options, progress)?;
        for input in inputs {
            if progress.cancelled.load(Ordering::Relaxed) {
                return Err(IngestError::Cancelled);
            }
            feeder.input(input)?;
        }
        feeder.finish()
    })
}

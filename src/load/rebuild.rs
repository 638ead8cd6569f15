//! Makes the database of a case again from its evidence and journal, beside the case, and compares.
//!
//! The database is derived, so nobody has to believe it: an auditor who holds the sealed files and the
//! journal can derive it once more. What is compared are the rows of every table that cites evidence and
//! of the links; findings and verdicts follow from them and from the policy. Nothing of the case is
//! written to, so that this works from read-only media.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::{LoadError, Loading};
use crate::case::Case;
use crate::ingest::{Options, Progress};
use crate::store::{Access, Settings, Store, ledger};

/// A table as it is and as it was made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Its name.
    #[serde(rename = "name")]
    pub table: String,
    /// Its rows in the case.
    pub rows: u64,
    /// Its rows made again.
    pub again: u64,
    /// True where both hold the same rows.
    pub same: bool,
}

/// Compares the database of `case` with one made again in `folder`, which must be empty.
///
/// # Errors
/// The case cannot be read, `folder` cannot be written, or the user withdrew through `progress`.
pub fn compare(
    case: &Case,
    folder: &Path,
    settings: &Settings,
    progress: &Arc<Progress>,
) -> Result<Vec<Compared>, LoadError> {
    let told = {
        let store = Store::open(&case.database(), Access::Read, settings)?;
        ledger::digests(&store.reader()?)?
    };
    let twin = case.twin(folder)?;
    Loading::begin(&twin, settings)?.run(&[], &Options::default(), progress)?;
    let store = Store::open(&twin.database(), Access::Read, settings)?;
    let again = ledger::digests(&store.reader()?)?;
    Ok(told
        .into_iter()
        .zip(again)
        .map(|(told, again)| Compared {
            same: told == again,
            table: told.table,
            rows: told.rows,
            again: again.rows,
        })
        .collect())
}

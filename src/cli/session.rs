//! Opening a case for reading, and finding what a reference means in it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::{Common, Failure, output};
use crate::case::Case;
use crate::model::Floor;
use crate::query::resolve::{self, Meaning};
use crate::store::{Access, Reader, Store, StoreError, ledger};

/// The release that a commit, artifact or deployment belongs to.
pub(super) fn release_of(reader: &Reader, id: &str) -> Result<String, Failure> {
    let mut releases: Vec<String> = crate::query::links::ask(reader, &[id.to_owned()])?
        .iter()
        .filter(|link| link.to == id && link.state != "contradicted")
        .filter_map(|link| link.from.strip_prefix("release:").map(str::to_owned))
        .collect();
    releases.sort();
    releases.dedup();
    match releases.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::usage(
            &format!("{id} belongs to no release"),
            "List the releases with `shipwake releases CASE`",
        )),
        many => Err(Failure::usage(
            &format!("{id} belongs to several releases: {}", many.join(", ")),
            "Take one of these",
        )),
    }
}

/// A reader on the case at `path`.
pub(super) fn reader(path: &Path, common: &Common) -> Result<Reader, Failure> {
    let case = Case::open(path)?;
    loop {
        match Store::open(&case.database(), Access::Read, &common.settings()) {
            Ok(store) => {
                let reader = store.reader()?;
                reader.set_floor(common.trust)?;
                if common.trust > Floor::Any {
                    let effect = crate::query::floor::ask(&reader)?;
                    output::narrate(&format!("shipwake: {}", effect.told(common.trust)));
                }
                if !ledger::is_derived(&reader)? {
                    output::narrate(
                        "shipwake: the last load did not end; load again to go on and to link what came in",
                    );
                }
                return Ok(reader);
            }
            Err(StoreError::Held(_)) if common.wait => {
                std::thread::sleep(Duration::from_millis(250));
            }
            Err(error @ StoreError::Held(_)) => {
                // The lock file knows more than the engine does.
                case.lock()?;
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The one entity that `text` means, and the entities to walk from.
pub(super) fn reference(reader: &Reader, text: &str) -> Result<(String, Vec<String>), Failure> {
    match resolve::ask(reader, text)? {
        Meaning::One { id, parts } => Ok((id, parts)),
        Meaning::Nothing => {
            let message = format!("nothing in the case is called {text:?}");
            Err(Failure::usage(
                &message,
                "Give a sha, digest, session, run, deployment, pod, trace id, request key, release or path:line",
            ))
        }
        Meaning::Several(candidates) => {
            let most = 20;
            let mut message = format!("{text:?} could mean {} things:", candidates.len());
            for candidate in candidates.iter().take(most) {
                // Writing to a String cannot fail.
                let _ = write!(
                    message,
                    "\n    {}  {}",
                    candidate.id,
                    crate::ui::text::safe(&candidate.label)
                );
            }
            if candidates.len() > most {
                let _ = write!(message, "\n    and {} more", candidates.len() - most);
            }
            Err(Failure::usage(&message, "Take one of these ids"))
        }
    }
}

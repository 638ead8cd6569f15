//! Where the last session of a case ended: one small file per case below `$XDG_STATE_HOME/shipwake/sessions`.
//!
//! It is a convenience, so nothing here can fail: what cannot be read is not there, what cannot be written is not
//! kept. A filter may quote what is confidential, so only its owner can read it.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use crate::app::Whereabouts;
use crate::case::Case;

/// Far more than any place takes.
const MOST: u64 = 64 << 10;

/// Where the last session ended, if it is known.
pub(super) fn read(case: &Case) -> Option<Whereabouts> {
    let file = std::fs::File::open(place(case)?).ok()?;
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes down where this one did.
pub(super) fn write(case: &Case, whereabouts: &Whereabouts) {
    let written = || -> Option<()> {
        let place = place(case)?;
        let folder = place.parent()?;
        std::fs::create_dir_all(folder).ok()?;
        let text = serde_json::to_vec(whereabouts).ok()?;
        // A temporary file of this kind is its owner's alone, and takes its place whole.
        let mut file = tempfile::NamedTempFile::new_in(folder).ok()?;
        file.write_all(&text).ok()?;
        file.persist(place).ok()?;
        Some(())
    };
    // Nobody is kept from leaving because of it.
    let _ = written();
}

/// The case's own name for itself says which file; where that is no name, there is none.
fn place(case: &Case) -> Option<PathBuf> {
    let id = &case.manifest().id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let variable = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value))
    };
    let base =
        variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")))?;
    let name = format!("{id}.json");
    Some(base.join("shipwake").join("sessions").join(name))
}

//! Finding the files: directories in sorted order, loops and special files named instead of opened.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The argument that means standard input.
pub const STDIN: &str = "-";

/// Something that a path led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    /// Path in the bundle.
    pub(super) path: String,
    /// Where it is.
    pub(super) place: Place,
    /// Its size as the file system says, for progress only.
    pub(super) bytes: u64,
}

/// Where the bytes of an input are, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    File(PathBuf),
    Stdin,
    /// Evidence already, by its SHA-256.
    Evidence(String),
    Refused {
        state: &'static str,
        note: String,
    },
}

/// A file that is evidence already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed {
    /// Path that it had in its bundle.
    pub path: String,
    /// SHA-256.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// A sealed file as an input.
pub(super) fn sealed(file: &Sealed) -> Input {
    Input {
        path: file.path.clone(),
        place: Place::Evidence(file.sha256.clone()),
        bytes: file.bytes,
    }
}

/// Every input below `paths`, sorted by path in the bundle. A directory is a bundle of its own: its
/// files are named from its root.
pub(super) fn walk(paths: &[PathBuf]) -> Vec<Input> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for path in paths {
        if path.as_os_str() == STDIN {
            found.push(Input {
                path: "stdin".to_owned(),
                place: Place::Stdin,
                bytes: 0,
            });
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let label = if path.is_dir() { String::new() } else { name };
        // What the user names may be a link; what lies in a bundle may not lead out of it.
        let root = path.canonicalize().unwrap_or_else(|_| path.clone());
        visit(path, &label, &root, &mut seen, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn visit(
    path: &Path,
    label: &str,
    root: &Path,
    seen: &mut HashSet<PathBuf>,
    found: &mut Vec<Input>,
) {
    let refuse = |state, note: String| Input {
        path: if label.is_empty() {
            path.display().to_string()
        } else {
            label.to_owned()
        },
        place: Place::Refused { state, note },
        bytes: 0,
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return found.push(refuse("unreadable", format!("cannot read it: {error}"))),
    };
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if !real.starts_with(root) {
        return found.push(refuse(
            "outside",
            "a link that leads out of the bundle; not followed".to_owned(),
        ));
    }
    if metadata.is_file() {
        return found.push(Input {
            path: label.to_owned(),
            place: Place::File(path.to_owned()),
            bytes: metadata.len(),
        });
    }
    if !metadata.is_dir() {
        return found.push(refuse(
            "special_file",
            "neither a file nor a directory; not opened".to_owned(),
        ));
    }
    if crate::case::Case::is_at(path) {
        return found.push(refuse(
            "case",
            "a case of this program; open it instead of loading it".to_owned(),
        ));
    }
    // A link back to a directory that was visited would go round for ever.
    if !seen.insert(real) {
        return found.push(refuse(
            "loop",
            "leads back to a directory that was read already".to_owned(),
        ));
    }
    let mut entries: Vec<_> = match fs::read_dir(path) {
        Ok(entries) => entries.flatten().collect(),
        Err(error) => return found.push(refuse("unreadable", format!("cannot list it: {error}"))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let label = if label.is_empty() {
            name
        } else {
            format!("{label}/{name}")
        };
        visit(&entry.path(), &label, root, seen, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_and_loops_are_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/c")).unwrap();
        fs::write(folder.path().join("b/c/two"), "2").unwrap();
        fs::write(folder.path().join("a"), "1").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/up")).unwrap();
        let found = walk(&[folder.path().to_owned()]);
        let states: Vec<_> = found
            .iter()
            .map(|input| (input.path.as_str(), matches!(input.place, Place::File(_))))
            .collect();
        assert_eq!(states, [("a", true), ("b/c/two", true), ("b/up", false)]);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_bundle_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        fs::create_dir(&bundle).unwrap();
        fs::write(folder.path().join("shadow"), "secret").unwrap();
        fs::write(bundle.join("own"), "1").unwrap();
        std::os::unix::fs::symlink("../shadow", bundle.join("out")).unwrap();
        std::os::unix::fs::symlink("own", bundle.join("within")).unwrap();
        std::os::unix::fs::symlink(&bundle, folder.path().join("named")).unwrap();
        for root in [bundle, folder.path().join("named")] {
            let found = walk(&[root]);
            let refused: Vec<_> = found
                .iter()
                .map(|input| match &input.place {
                    Place::Refused { state, .. } => (input.path.as_str(), *state),
                    _ => (input.path.as_str(), ""),
                })
                .collect();
            assert_eq!(refused, [("out", "outside"), ("own", ""), ("within", "")]);
        }
    }
}

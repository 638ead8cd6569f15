//! What the tests share: cases that vanish, hand-made evidence, the program, a terminal around it.
//!
//! Both test binaries take these files in and each uses its part.

#![allow(dead_code, reason = "each test binary uses its part of these helpers")]

pub mod bundle;
pub mod bytes;
pub mod cases;
pub mod incident;
pub mod lost;
pub mod program;
pub mod rust_source;
pub mod terminal;
pub mod workbench;

use std::path::{Path, PathBuf};

/// The committed sample incident.
pub fn sample_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// Real exports of many tools; `None`, saying so, where they are not at hand.
pub fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no samples at {}", folder.display());
    None
}

/// Every regular file below `folder`, as a path from it with `/` between its parts, sorted.
pub fn files_below(folder: &Path) -> Vec<String> {
    fn visit(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                visit(&entry.path(), &format!("{name}/"), found);
            } else if entry.file_type().unwrap().is_file() {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    visit(folder, "", &mut found);
    found.sort();
    found
}

/// An empty folder for what all tests of a binary share. Statics are never dropped, so it stays when
/// they end, below cargo's own folder, and is emptied by the next run.
pub fn shared_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Where it cannot be removed, making it says why.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes `bytes` to `folder/path`, making the folders between.
pub fn put(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

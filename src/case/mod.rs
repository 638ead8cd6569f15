//! The case: a directory that holds everything an investigation knows.
//!
//! ```text
//! incident.wake/
//!   case.toml             id, title, investigator, created, tool version, display time zone
//!   evidence/<sha>.zst    every input byte for byte, in independent zstd frames with an index
//!   case.duckdb           everything derived; can be deleted and made again from the rest
//!   journal.jsonl         append-only, hash-chained: what was done, when, by whom
//!   lock                  who is writing
//! ```
//!
//! Why a directory of plain files: an auditor must be able to check it years later without us.
//! `zstd -d` restores the evidence, `sha256sum` names it, the journal is text. What it is not: the
//! database (that is the store's) and the way in (that is ingest's).

pub mod evidence;
pub mod journal;
mod lock;
mod manifest;

use std::fs;
use std::path::{Path, PathBuf};

pub use evidence::{Evidence, Sealer};
pub use journal::Journal;
pub use lock::{Holder, WriteLock};
pub use manifest::Manifest;

/// Why a case could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The path is no case.
    #[error("{0} is not a case: it has no case.toml")]
    NotACase(PathBuf),
    /// Another process is loading.
    #[error("{path} is being written by {holder}")]
    Held {
        /// The case.
        path: PathBuf,
        /// Who writes.
        holder: Holder,
    },
    /// An evidence file is absent.
    #[error("no evidence file starts with {0}")]
    NoEvidence(String),
    /// A prefix names several evidence files.
    #[error("{prefix} names {count} evidence files")]
    AmbiguousEvidence {
        /// What was asked for.
        prefix: String,
        /// How many have it.
        count: usize,
    },
    /// A range leaves the file.
    #[error("{sha256} has {size} bytes; {offset}:{length} leaves it")]
    OutOfRange {
        /// The file.
        sha256: String,
        /// Its size.
        size: u64,
        /// Asked offset.
        offset: u64,
        /// Asked length.
        length: u64,
    },
    /// The sealed form is broken.
    #[error("evidence {sha256} is damaged: {why}")]
    Damaged {
        /// The file.
        sha256: String,
        /// What is wrong.
        why: String,
    },
    /// The journal or manifest cannot be understood.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The file system said no.
    #[error("cannot {act} {path}")]
    Io {
        /// What was attempted.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl CaseError {
    fn io(act: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { act, path, source }
    }
}

/// A case directory.
#[derive(Debug, Clone)]
pub struct Case {
    root: PathBuf,
    manifest: Manifest,
}

impl Case {
    /// Opens the case at `root`.
    ///
    /// # Errors
    /// `root` is no case, or its manifest cannot be read.
    pub fn open(root: &Path) -> Result<Self, CaseError> {
        if !root.join(manifest::NAME).is_file() {
            return Err(CaseError::NotACase(root.to_owned()));
        }
        Ok(Self {
            root: root.to_owned(),
            manifest: Manifest::read(root)?,
        })
    }

    /// Opens the case at `root`, or makes an empty one there.
    ///
    /// # Errors
    /// The directory cannot be made, or holds something that is no case.
    pub fn open_or_create(root: &Path, title: &str) -> Result<Self, CaseError> {
        if root.join(manifest::NAME).is_file() {
            return Self::open(root);
        }
        let occupied = fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some());
        if occupied {
            return Err(CaseError::NotACase(root.to_owned()));
        }
        make_private_directory(root)?;
        make_private_directory(&root.join(evidence::FOLDER))?;
        let manifest = Manifest::new(title, root);
        manifest.write(root)?;
        Ok(Self {
            root: root.to_owned(),
            manifest,
        })
    }

    /// A case in the empty `folder` with this one's journal and evidence, the evidence by reference: what
    /// is derived from it anew leaves this one as it is.
    ///
    /// # Errors
    /// `folder` cannot be written.
    pub fn twin(&self, folder: &Path) -> Result<Self, CaseError> {
        self.manifest.write(folder)?;
        let journal = folder.join(journal::NAME);
        let from = self.root.join(journal::NAME);
        if from.is_file() {
            fs::copy(&from, &journal).map_err(CaseError::io("copy", &from))?;
        }
        let evidence = folder.join(evidence::FOLDER);
        let target = self.root.join(evidence::FOLDER);
        let target = fs::canonicalize(&target).map_err(CaseError::io("find", &target))?;
        refer(&target, &evidence).map_err(CaseError::io("refer to", &target))?;
        Self::open(folder)
    }

    /// True where `path` is a case.
    #[must_use]
    pub fn is_at(path: &Path) -> bool {
        path.join(manifest::NAME).is_file()
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `case.toml` says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the derived database stands.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("case.duckdb")
    }

    /// The sealed files.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence::at(&self.root)
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> Journal {
        Journal::at(&self.root)
    }

    /// Takes the right to write; released when dropped or when the process dies.
    ///
    /// # Errors
    /// Somebody else holds it (the error says who), or the file system refuses.
    pub fn lock(&self) -> Result<WriteLock, CaseError> {
        WriteLock::take(&self.root)
    }
}

/// Makes `path` lead to the folder `target`.
#[cfg(unix)]
fn refer(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Makes `path` lead to the folder `target`.
#[cfg(windows)]
fn refer(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(target, path)
}

/// Evidence holds secrets: only its owner may read it.
fn make_private_directory(path: &Path) -> Result<(), CaseError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(CaseError::io("make the directory", path))
}

/// The present time in nanoseconds UTC; `SHIPWAKE_NOW` (RFC 3339) freezes it for tests and replays.
#[must_use]
pub fn now_ns() -> i64 {
    let frozen = std::env::var("SHIPWAKE_NOW")
        .ok()
        .and_then(|text| crate::model::time::parse(&text));
    frozen.unwrap_or_else(|| chrono::Utc::now().timestamp_nanos_opt().unwrap_or(i64::MAX))
}

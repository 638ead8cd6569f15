//! One writer at a time.
//!
//! The lock is an advisory file lock, which the system releases when its holder dies: a killed load
//! leaves no stale lock to clear by hand. The file's text says who holds it, for the message that
//! the next one sees.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::CaseError;
use crate::model::time;

/// Who writes: as much as the lock file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(String);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The right to write to a case.
#[derive(Debug)]
pub struct WriteLock {
    file: File,
}

impl WriteLock {
    pub(super) fn take(root: &Path) -> Result<Self, CaseError> {
        let path = root.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(CaseError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it is a courtesy; that it is held is the answer.
                let _ = (&mut file).take(4096).read_to_string(&mut text);
                let holder = Holder(if text.trim().is_empty() {
                    "another process".to_owned()
                } else {
                    text.trim().to_owned()
                });
                return Err(CaseError::Held {
                    path: root.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(CaseError::Io {
                    act: "lock",
                    path,
                    source,
                });
            }
        }
        let text = format!(
            "process {} of {} since {}\n",
            std::process::id(),
            super::manifest::investigator(),
            time::short(super::now_ns()),
        );
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .map_err(CaseError::io("write", &path))?;
        Ok(Self { file })
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // The lock falls with the file handle; an emptied file tells readers that nobody writes.
        let _ = self.file.set_len(0);
    }
}

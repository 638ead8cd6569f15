//! How far a load is: read by the screen and the progress line, written by the load's threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Shared between the load and whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Set to withdraw the load.
    pub cancelled: AtomicBool,
    files_found: AtomicU64,
    files_done: AtomicU64,
    bytes_found: AtomicU64,
    bytes_done: AtomicU64,
    rows: AtomicU64,
    rejects: AtomicU64,
    /// Raised whenever more became visible to readers.
    commits: AtomicU64,
    step: Mutex<String>,
}

/// One look at a load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glance {
    /// Files found so far.
    pub files_found: u64,
    /// Files done.
    pub files_done: u64,
    /// Bytes found.
    pub bytes_found: u64,
    /// Bytes sealed.
    pub bytes_done: u64,
    /// Rows stored.
    pub rows: u64,
    /// Rejects so far.
    pub rejects: u64,
    /// How often more became visible to readers.
    pub commits: u64,
    /// The file or step at hand.
    pub step: String,
}

impl Progress {
    /// What can be said now.
    #[must_use]
    pub fn glance(&self) -> Glance {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Glance {
            files_found: read(&self.files_found),
            files_done: read(&self.files_done),
            bytes_found: read(&self.bytes_found),
            bytes_done: read(&self.bytes_done),
            rows: read(&self.rows),
            rejects: read(&self.rejects),
            commits: read(&self.commits),
            step: self
                .step
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    /// Withdraws the load.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Names the file or step at hand.
    pub fn step(&self, text: &str) {
        text.clone_into(&mut self.step.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Says that readers can see more than before.
    pub fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn found(&self, files: u64, bytes: u64) {
        self.files_found.fetch_add(files, Ordering::Relaxed);
        self.bytes_found.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn sealed(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn file_done(&self) {
        self.files_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stored(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(super) fn rejected(&self, units: u64) {
        self.rejects.fetch_add(units, Ordering::Relaxed);
    }
}

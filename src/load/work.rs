//! A load on a thread of its own, for whoever wants to go on meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use super::{LoadError, Loading};
use crate::case::Case;
use crate::ingest::{Options, Progress, Report};
use crate::store::{Access, Settings, Store};

/// A running load.
pub struct Work {
    thread: JoinHandle<Result<Report, LoadError>>,
    progress: Arc<Progress>,
    case: Case,
    settings: Settings,
    seen: u64,
}

impl Work {
    /// Starts to load `paths`.
    #[must_use]
    pub fn start(
        loading: Loading,
        case: Case,
        paths: Vec<PathBuf>,
        options: Options,
        settings: Settings,
    ) -> Self {
        let progress = Arc::new(Progress::default());
        let watched = Arc::clone(&progress);
        let thread = std::thread::spawn(move || loading.run(&paths, &options, &watched));
        Self {
            thread,
            progress,
            case,
            settings,
            seen: 0,
        }
    }

    /// One line on how far it is, and whether readers can see more than at the last look.
    pub fn glance(&mut self) -> (String, bool) {
        let now = self.progress.glance();
        let line = format!(
            "{} of {} files, {} rows, {}",
            now.files_done, now.files_found, now.rows, now.step
        );
        let fresh = now.commits != self.seen;
        self.seen = now.commits;
        (line, fresh)
    }

    /// True where it has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Withdraws the load; false where it was withdrawn before.
    #[must_use]
    pub fn withdraw(&self) -> bool {
        !self.progress.cancelled.swap(true, Ordering::SeqCst)
    }

    /// What the load did, in a line, and the case opened for reading.
    ///
    /// # Errors
    /// The load failed, or the case cannot be opened again.
    pub fn finish(self) -> Result<(String, Store), LoadError> {
        let outcome = self
            .thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let message = match outcome {
            Ok(report) => {
                let rows: u64 = report.tables.values().sum();
                let warning = report
                    .warning()
                    .map(|text| format!("; {text}"))
                    .unwrap_or_default();
                format!(
                    "{} files loaded, {rows} rows in {:.1} s{warning}",
                    report.files.len(),
                    report.seconds
                )
            }
            Err(LoadError::Cancelled) => {
                "the load was cancelled; complete files are in the case".to_owned()
            }
            Err(error) => return Err(error),
        };
        Ok((
            message,
            Store::open(&self.case.database(), Access::Read, &self.settings)?,
        ))
    }

    /// Withdraws and waits: the case must be sound before the program ends.
    pub fn end(self) {
        self.progress.cancel();
        // Its outcome has nobody left to hear it.
        let _ = self.thread.join();
    }
}

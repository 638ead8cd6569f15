//! What can go wrong with the database, told apart where callers act differently.

use std::path::{Path, PathBuf};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The question was withdrawn; nobody needs to hear of it.
    #[error("the query was cancelled")]
    Interrupted,
    /// The question took longer than it may.
    #[error("the query took longer than its deadline")]
    Deadline,
    /// Another process holds the database.
    #[error("{0} is held by another process")]
    Held(PathBuf),
    /// The case has no database yet.
    #[error("the case has no {0}")]
    Absent(PathBuf),
    /// The database was made by another version of the program.
    #[error("{path} has schema {found}, this program writes {expected}")]
    Version {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: String,
        /// Ours.
        expected: &'static str,
    },
    /// A statement that the console does not run.
    #[error("{0}")]
    Refused(String),
    /// The engine says no.
    #[error("{act}: {message}")]
    Sql {
        /// What was attempted.
        act: String,
        /// The engine's message.
        message: String,
    },
}

impl StoreError {
    /// Wraps an engine error; the texts are matched here and nowhere else, since the engine gives
    /// every interrupt the code "unknown".
    pub(super) fn sql(act: &str) -> impl FnOnce(duckdb::Error) -> Self {
        move |error| {
            let message = error.to_string();
            if message.contains("exceeded maximum execution time") {
                Self::Deadline
            } else if message.contains("INTERRUPT Error") {
                Self::Interrupted
            } else {
                Self::Sql {
                    act: act.to_owned(),
                    message,
                }
            }
        }
    }

    pub(super) fn open(path: &Path) -> impl FnOnce(duckdb::Error) -> Self {
        move |error| {
            let message = error.to_string();
            if message.contains("Could not set lock") || message.contains("Conflicting lock") {
                Self::Held(path.to_owned())
            } else {
                Self::Sql {
                    act: format!("cannot open {}", path.display()),
                    message,
                }
            }
        }
    }
}

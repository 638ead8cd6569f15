//! A failure as a person meets it: one sentence, the causes that it does not already name, a hint in
//! the imperative, and an exit code.

use super::code;
use crate::case::CaseError;
use crate::load::LoadError;
use crate::store::StoreError;

/// Why a subcommand ended.
#[derive(Debug)]
pub struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// Something went wrong.
    #[must_use]
    pub fn failed(error: anyhow::Error) -> Self {
        Self {
            error,
            hint: None,
            code: code::FAILED,
        }
    }

    /// What was asked for cannot be answered as it was asked.
    #[must_use]
    pub fn usage(message: &str, hint: &str) -> Self {
        Self {
            error: anyhow::anyhow!(message.to_owned()),
            hint: Some(hint.to_owned()),
            code: code::USAGE,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hinted(self, hint: &str) -> Self {
        Self {
            hint: Some(hint.to_owned()),
            ..self
        }
    }

    /// Prints it and gives the exit code.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "this is where failures are narrated")]
    pub fn tell(&self) -> u8 {
        eprintln!("shipwake: {:#}", self.error);
        if let Some(hint) = &self.hint {
            eprintln!("  hint: {hint}");
        }
        self.code
    }
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Self {
        let hint = match &error {
            CaseError::NotACase(_) => {
                "Make one with `shipwake load CASE PATH…`, or give the directory that holds case.toml"
            }
            CaseError::Held { .. } => "Wait for it to end, or add --wait",
            CaseError::NoEvidence(_) | CaseError::AmbiguousEvidence { .. } => {
                "List the files with `shipwake files CASE`"
            }
            CaseError::OutOfRange { .. } => "Take the citation as it was printed",
            CaseError::Damaged { .. } => "Load the original again, or restore the case from a copy",
            CaseError::Unreadable { .. } | CaseError::Io { .. } => {
                "Check the path, its permissions and the free space"
            }
        };
        let code = match &error {
            CaseError::NoEvidence(_)
            | CaseError::AmbiguousEvidence { .. }
            | CaseError::OutOfRange { .. } => code::USAGE,
            _ => code::FAILED,
        };
        Self {
            error: error.into(),
            hint: Some(hint.to_owned()),
            code,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Held(_) => {
                Some("Another process loads into this case; wait for it to end, or add --wait")
            }
            StoreError::Absent(_) => {
                Some("Load evidence into the case first: `shipwake load CASE PATH…`")
            }
            StoreError::Version { .. } => Some(
                "Load once more with this version; the database is made again from the evidence",
            ),
            StoreError::Deadline => Some("Narrow the question, or ask for fewer rows"),
            StoreError::Refused(_) => Some("Write one SELECT; see `shipwake list tables`"),
            StoreError::Interrupted | StoreError::Sql { .. } => None,
        };
        let code = match &error {
            StoreError::Refused(_) => code::USAGE,
            StoreError::Interrupted => code::INTERRUPTED,
            _ => code::FAILED,
        };
        Self {
            error: error.into(),
            hint: hint.map(str::to_owned),
            code,
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Case(error) => error.into(),
            LoadError::Store(error) => error.into(),
            LoadError::Trust(error) => Self {
                error: error.into(),
                hint: Some("Give a public key in PEM, or a trusted_root.json".to_owned()),
                code: code::USAGE,
            },
            LoadError::Policy(_) => Self {
                error: error.into(),
                hint: Some("Mend these lines; docs/policy.md names every key".to_owned()),
                code: code::USAGE,
            },
            LoadError::Declaration(_) => Self {
                error: error.into(),
                hint: Some("Mend these lines; docs/formats/declared.md tells every key".to_owned()),
                code: code::USAGE,
            },
            LoadError::Cancelled => Self {
                error: error.into(),
                hint: Some("Run the same load again to go on where it stopped".to_owned()),
                code: code::INTERRUPTED,
            },
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.into())
    }
}

//! What a link between two records can be: its class, its state, its weight.
//!
//! The classes and states follow reference practice in record linkage: an exact identifier is not a
//! digest, and no number of weak hints makes an identifier. A contradiction is never averaged away.

use serde::Serialize;

/// How strong the join is in kind. Ordered from weakest to strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Class {
    /// Time or heuristic: service and window, author and time, overlapping files.
    T,
    /// Identifier equality, or a unique prefix of one.
    I,
    /// Digest equality or a verified signature over both ends.
    S,
}

impl Class {
    /// Parses `S`, `I` or `T`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "S" => Some(Self::S),
            "I" => Some(Self::I),
            "T" => Some(Self::T),
            _ => None,
        }
    }

    /// The letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::I => "I",
            Self::T => "T",
        }
    }

    /// The highest confidence that links of this class can reach together.
    #[must_use]
    pub fn cap(self) -> f64 {
        match self {
            Self::S => 0.99,
            Self::I => 0.95,
            Self::T => 0.60,
        }
    }
}

/// The states of a link, as tokens of the contracts.
pub const STATES: &[(&str, &str)] = &[
    (
        "verified",
        "checked here: a signature or digest was recomputed",
    ),
    ("matched", "both values are equal; no signature was checked"),
    ("inferred", "joined by time or heuristic"),
    ("ambiguous", "several targets are equally good"),
    ("contradicted", "another fact says otherwise"),
    ("missing", "nothing in the evidence ties these"),
    (
        "not_collected",
        "the source that would tie these is not in the case",
    ),
    (
        "expired",
        "the source that would tie these no longer existed at export",
    ),
];

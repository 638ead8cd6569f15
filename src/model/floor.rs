//! The trust floor: how well evidence has to be tied together to count.
//!
//! Some questions may rest on whatever the records say, others only on what a signature vouches for.
//! A floor leaves out the links below it, and everything that is told through links (chains, levels,
//! gates, verdicts) is told again without them. A contradiction counts at every floor: leaving it out
//! would make evidence look better than it is.

use serde::{Deserialize, Serialize};

/// A trust floor. Ordered from the lowest.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// Every link counts.
    #[default]
    Any,
    /// Links by equal identifiers or digests: not those by time or likeness, nor ambiguous ones.
    Matched,
    /// Links that a valid signature of an expected signer vouches for.
    Verified,
}

impl Floor {
    /// From the lowest to the highest.
    pub const ALL: [Self; 3] = [Self::Any, Self::Matched, Self::Verified];

    /// The word of contracts and of the option `--trust`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Matched => "matched",
            Self::Verified => "verified",
        }
    }

    /// Parses the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|floor| floor.word() == text)
    }

    /// What counts at it, for people.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Any => "every link counts",
            Self::Matched => "only equal identifiers and digests count",
            Self::Verified => "only what an expected signer vouches for counts",
        }
    }

    /// The next higher one, and after the highest the lowest.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Any => Self::Matched,
            Self::Matched => Self::Verified,
            Self::Verified => Self::Any,
        }
    }
}

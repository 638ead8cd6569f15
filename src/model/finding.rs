//! What was found out about a release, and what follows from it.
//!
//! The shapes of DESIGN section 8: other programs read them, so they only grow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How bad a finding is, worst first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody has to be woken.
    Critical,
    /// The release should go back unless somebody can say why not.
    High,
    /// Somebody has to look before the next release.
    Medium,
    /// Worth knowing.
    Low,
    /// For completeness.
    #[default]
    Info,
}

impl Severity {
    /// All, worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// The word that outputs print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    /// One step milder.
    #[must_use]
    pub fn milder(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}

/// By which kind of argument something was found; the three are never mixed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A rule forbids it; one event suffices.
    #[default]
    Policy,
    /// It was never seen in the baseline.
    Novelty,
    /// A rate, mix or latency moved.
    Shift,
    /// A signature or identity is not as expected.
    Trust,
    /// Evidence that should be there is not.
    Gap,
}

impl Channel {
    /// The word that outputs print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Novelty => "novelty",
            Self::Shift => "shift",
            Self::Trust => "trust",
            Self::Gap => "gap",
        }
    }
}

/// The release that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct OfRelease {
    /// `service@version/environment`.
    pub id: String,
    /// Service.
    pub service: String,
    /// Version, where known.
    pub version: Option<String>,
    /// Commit, where known.
    pub commit: Option<String>,
    /// Digest, where known.
    pub digest: Option<String>,
}

/// What a finding is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Baseline {
    /// Events in the baseline.
    pub count: f64,
    /// What they are counted over: instance-blocks of five minutes, or requests.
    pub exposure: f64,
    /// Which records the baseline is made of.
    pub of: String,
    /// What was cut out of it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<String>,
}

/// Something that a release did and its predecessors did not, or that a rule forbids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Finding {
    /// Made of what the finding says, so that the same evidence gives the same id.
    pub id: String,
    /// The policy rule, or the detector where no rule took it up.
    pub rule: String,
    /// By which kind of argument.
    pub channel: Channel,
    /// secret, network, privilege, error, template, rate, latency, outcome, coverage, …
    pub family: String,
    /// How bad.
    pub severity: Severity,
    /// `open`; `excepted` by the policy; `explained` by the release's own diff; `unsure` where the
    /// evidence is too thin to say.
    pub state: String,
    /// The release.
    pub release: OfRelease,
    /// What it is about: host, secret, role, error type, operation, instance.
    pub subject: String,
    /// One line.
    pub title: String,
    /// The argument in sentences.
    pub why: String,
    /// First event, RFC 3339.
    pub first_seen: Option<String>,
    /// Last event, RFC 3339.
    pub last_seen: Option<String>,
    /// Events.
    pub count: f64,
    /// Instances that did it.
    pub instances: i64,
    /// What it is compared with.
    pub baseline: Baseline,
    /// What the events are counted over, in the unit of the baseline's exposure.
    pub exposure: f64,
    /// Chance of the observation if nothing had changed.
    pub p: Option<f64>,
    /// The same, adjusted for how many things were looked at (Benjamini and Hochberg).
    pub q: Option<f64>,
    /// New keys of this family that would be expected without any change (Good and Toulmin).
    pub expected_by_chance: Option<f64>,
    /// Effect: ratio of rates, or shift of latency relative to the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// True where the release's added lines name the subject, false where they do not, absent where
    /// there is no diff to judge by.
    pub explained_by_diff: Option<bool>,
    /// Controls that the finding supports evidence for.
    pub standards: Vec<String>,
    /// Where the evidence says so.
    pub citations: Vec<Value>,
    /// First event in nanoseconds, for judging.
    #[serde(skip)]
    pub first_ns: Option<i64>,
    /// Last event in nanoseconds, for judging.
    #[serde(skip)]
    pub last_ns: Option<i64>,
}

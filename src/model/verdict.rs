//! What follows for a release, as an argument: for, against, missing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Floor;

/// Three values; there is no fourth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Nothing that the policy forbids, and what it asks for is there.
    Pass,
    /// Something that the policy forbids.
    Fail,
    /// Nothing forbidden was seen, and too little was seen to say so.
    #[default]
    Inconclusive,
}

impl Conclusion {
    /// The word that outputs print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One line of the argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Rule, gate or demand that it belongs to.
    pub rule: String,
    /// One sentence.
    pub says: String,
    /// Findings that say it, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Where it is said, where it is said by no finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Value>,
}

impl Point {
    /// A sentence by a rule, gate or demand alone.
    #[must_use]
    pub fn new(rule: &str, says: String) -> Self {
        Self {
            rule: rule.to_owned(),
            says,
            findings: Vec::new(),
            citations: Vec::new(),
        }
    }
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// What is missing.
    pub what: String,
    /// What cannot be claimed without it.
    pub blocks: String,
}

/// A criterion for going back, stopping or holding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its id in the policy.
    pub id: String,
    /// `rollback`, `kill_switch`, `freeze`, …
    pub action: String,
    /// The condition as written.
    pub when: String,
    /// True where it held at any time; absent where the evidence does not say.
    pub fired: Option<bool>,
    /// When it first held, RFC 3339.
    pub first_fired: Option<String>,
    /// How far it is from firing, or beyond.
    pub margin: Option<String>,
    /// What would have to be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// Whether a rollback did what it was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// When another release took its place, RFC 3339.
    pub at: String,
    /// Instances that kept running the release.
    pub left_behind: Vec<String>,
    /// True where no instance did.
    pub reached_every_instance: bool,
    /// True where failures went back to what they were; absent where too little is known.
    pub behaviour_back: Option<bool>,
    /// The numbers behind that.
    pub why: String,
}

/// The policy that a verdict was given under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct UnderPolicy {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u64,
    /// SHA-256 of the file.
    pub digest: String,
    /// True for the policy of a team that has none.
    pub built_in: bool,
    /// SHA-256 of each rule and gate as written, by id.
    pub rules: Value,
}

/// What follows for a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Verdict {
    /// `service@version/environment`.
    pub release: String,
    /// The conclusion.
    pub verdict: Conclusion,
    /// The trust floor that it was judged at.
    #[serde(default)]
    pub trust: Floor,
    /// The tier that it was judged by, after escalation.
    pub tier: String,
    /// How completely its chain can be told, `C0` to `C5`.
    #[serde(default)]
    pub level: String,
    /// What speaks for it.
    #[serde(rename = "for")]
    pub pro: Vec<Point>,
    /// What speaks against it.
    pub against: Vec<Point>,
    /// What is not known.
    pub missing: Vec<Lack>,
    /// Criteria for going back.
    pub criteria: Vec<Criterion>,
    /// The release that is safe to return to.
    pub safe_return: Option<String>,
    /// True where that release's own build is attested.
    pub safe_return_attested: Option<bool>,
    /// Whether a rollback that happened did what it was for.
    pub rollback: Option<Rollback>,
    /// The policy.
    pub policy: UnderPolicy,
    /// The time at which was judged, RFC 3339.
    pub as_of: String,
    /// What evidence would change it.
    pub would_change: Vec<String>,
    /// Where the release is told.
    #[serde(default)]
    pub citations: Vec<Value>,
}

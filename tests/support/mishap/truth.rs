//! What is true of a bundle: the answer sheet that findings are measured against.

use serde::{Deserialize, Serialize};

use super::time::Ns;

/// What happened, as the generator knows it. Times are nanoseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The seed that gives this bundle.
    pub seed: u64,
    /// First moment of the evidence.
    pub begin_ns: Ns,
    /// Last moment of the evidence.
    pub end_ns: Ns,
    /// From here to the end, traces are one request in 8; before, one in 128.
    pub dense_ns: Ns,
    /// The last release of the service that the bundle is about, bad or not.
    pub focus: ReleaseRef,
    /// The bad release, which is then `focus`; none in a clean bundle.
    pub bad: Option<ReleaseRef>,
    /// What an investigation should name as the cause: the bad release's deployment; in a bundle
    /// without one but with a `config_change` decoy, that change of configuration; else none.
    pub culprit: Option<Culprit>,
    /// When the bad release was rolled back, if it was.
    pub rollback_ns: Option<Ns>,
    /// What the bad release does that it should not. Each should be found, at medium or above.
    pub injected: Vec<Injected>,
    /// What looks like a misdeed and is none. None should be a finding at medium or above against a
    /// release, but as [`Expect`] allows.
    pub decoys: Vec<Decoy>,
    /// Every release that goes live within the evidence, in time order.
    pub releases: Vec<ReleaseRef>,
}

impl Truth {
    /// True where the evidence shows every misdeed and every decoy.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        let seen = |decoy: &Decoy| decoy.first_ns < Ns::MAX;
        self.injected.iter().all(Injected::is_visible) && self.decoys.iter().all(seen)
    }

    /// The truth as pretty JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, integers and lists: nothing here can fail to serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRef {
    /// Service.
    pub service: String,
    /// Version with its `v`.
    pub version: String,
    /// Image digest, `sha256:…`.
    pub digest: String,
    /// Commit, 40 hex digits.
    pub sha: String,
    /// When the cluster was told to run it.
    pub deployed_ns: Ns,
}

/// A recorded change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Culprit {
    /// `deploy` or `config`.
    pub kind: String,
    /// The record's node id: `deployment:github:<id>`, `deployment:kubernetes:<auditID>` or
    /// `change:config:kubernetes:<auditID>`.
    pub key: String,
    /// Other records of the same act: the cluster's audit event beside the forge's deployment.
    pub also: Vec<String>,
    /// `service version`, or `configmaps/<namespace>/<name>`.
    pub object: String,
    /// When.
    pub time_ns: Ns,
}

/// The detector family that a misdeed belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A secret was read.
    Secret,
    /// A host was called.
    Network,
    /// A right was given or used.
    Privilege,
    /// A way to fail that was not there before.
    Error,
    /// More failures, or more requests, than before.
    Rate,
    /// Slower than before.
    Latency,
    /// A log line that was not there before.
    Template,
    /// Something runs that should not, or is not heard of.
    Coverage,
}

/// One misdeed of the bad release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injected {
    /// Kind, in snake case: the list is in this folder's essay.
    pub kind: String,
    /// Family.
    pub family: Family,
    /// Families under which it may just as well be found.
    pub also: Vec<Family>,
    /// A token that the finding's subject or title must hold.
    pub subject: String,
    /// Tokens of which any will do in place of `subject`.
    pub aliases: Vec<String>,
    /// Service.
    pub service: String,
    /// Version with its `v`.
    pub version: String,
    /// Its first record in the evidence (for a shift: the first record under it).
    pub first_ns: Ns,
    /// How many records of the evidence show it (requests as sampled, audit events, pods).
    pub records: usize,
    /// Findings that are true as well because of it: neither asked for nor false.
    pub consequences: Vec<Consequence>,
}

impl Injected {
    /// True where the evidence shows enough of it to be found: five requests, for what only sampled
    /// traces and their logs show.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        let sampled = matches!(
            self.family,
            Family::Network | Family::Error | Family::Template
        );
        !sampled || self.records >= 5
    }
}

/// A true finding that is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// Family.
    pub family: Family,
    /// A token that such a finding holds.
    pub subject: String,
}

/// What may be said of a decoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Nothing at medium or above.
    Silent,
    /// A finding, if it says that the release's own diff explains it.
    Explained,
    /// A finding, if it blames the decoy's `culprit` and no release.
    NotTheRelease,
}

/// Something that looks like a misdeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoy {
    /// Kind, in snake case: the list is in this folder's essay.
    pub kind: String,
    /// The family that might be misled.
    pub family: Family,
    /// A token that the misled finding would hold.
    pub subject: String,
    /// Service.
    pub service: String,
    /// Version that might be blamed, with its `v`.
    pub version: String,
    /// When it begins.
    pub first_ns: Ns,
    /// What may be said.
    pub expect: Expect,
    /// The true cause, where a record tells it.
    pub culprit: Option<Culprit>,
}

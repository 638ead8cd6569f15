//! Everything about one release that judging looks at.

use super::file::{Autonomy, Demands, Escalation, Level, Policy, Tier};
use super::gates::{self, Fault};
use super::reach::{Absence, Reach};
use super::trail::{self, Trail};
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use crate::behaviour::compare::Comparison;
use crate::behaviour::observation::Observation;
use crate::model::finding::{Finding, OfRelease};
use crate::model::signature::Signature;
use crate::query::chain::{self, Chain};
use crate::store::{Param, Reader, StoreError};

const LINES: &str = include_str!("queries/lines.sql");
const MINUTES: &str = include_str!("queries/minutes.sql");

/// The questions of this room that are asked for one release.
pub const QUERIES: &[(&str, &str)] = &[("lines of the release", LINES), ("minutes", MINUTES)];

/// Requests and failures of one minute.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
pub struct Minute {
    /// Start of the minute, nanoseconds.
    pub minute_ns: i64,
    /// Requests.
    pub requests: f64,
    /// Failed ones.
    pub errors: f64,
}

/// Everything about one release.
pub struct Dossier {
    /// The release beside its baseline.
    pub comparison: Comparison,
    /// What the detectors saw.
    pub seen: Vec<Observation>,
    /// What belongs to it.
    pub chain: Chain,
    /// The tier, after escalation.
    pub tier: Tier,
    /// Requests and failures minute by minute, where a rate moved.
    pub minutes: Vec<Minute>,
    /// Added lines by a model, and all, where attributions are known.
    pub lines: Option<(i64, i64)>,
    /// Which records would tell of it.
    pub reach: Rc<Reach>,
    /// Its paper trail.
    pub trail: Trail,
    /// Approvals that do not count, where none does.
    pub approvals: Vec<Fault>,
    /// What the checks of the signatures on its attestations said.
    pub signatures: Vec<Signature>,
    /// Findings, once the rules have been applied.
    pub findings: Vec<Finding>,
}

/// The chain through a release.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn chain_of(reader: &Reader, release: &str) -> Result<Chain, StoreError> {
    let parts = crate::query::resolve::release(reader, release)?;
    chain::ask(reader, &format!("release:{release}"), &parts)
}

impl Dossier {
    /// Gathers it.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn gather(
        reader: &Reader,
        policy: &Policy,
        comparison: Comparison,
        chain: Chain,
        reach: Rc<Reach>,
    ) -> Result<Self, StoreError> {
        let seen = comparison.observe(reader)?;
        let release = &comparison.release;
        let moved = seen.iter().any(|seen| {
            seen.family == "rate" && seen.change == "up" && seen.q.is_some_and(|q| q < 0.1)
        });
        let minutes = if moved {
            reader.ask(
                "minutes",
                MINUTES,
                &[
                    ("release", Param::from(release.id.as_str())),
                    ("since", comparison.window.began.into()),
                    ("until", comparison.as_of.into()),
                ],
            )?
        } else {
            Vec::new()
        };
        let commits: BTreeSet<&str> = chain
            .nodes
            .iter()
            .filter_map(|node| node.id.strip_prefix("commit:"))
            .collect();
        let shas = Value::from(commits.into_iter().collect::<Vec<_>>()).to_string();
        let lines = reader.rows("lines of the release", LINES, &[("shas", shas.into())])?;
        let lines = lines
            .rows
            .first()
            .and_then(|row| Some((row.first()?.as_i64()?, row.get(1)?.as_i64()?)));
        let mut dossier = Self {
            reach,
            tier: Tier::Medium,
            comparison,
            seen,
            chain,
            minutes,
            lines,
            trail: Trail::default(),
            approvals: Vec::new(),
            signatures: Vec::new(),
            findings: Vec::new(),
        };
        dossier.tier = dossier.tier_by(policy);
        Ok(dossier)
    }

    /// What it means that no `hop` is linked to the release.
    #[must_use]
    pub fn absence(&self, hop: &str) -> Absence {
        let release = &self.comparison.release;
        self.reach
            .absence(&release.service, &release.id, release.started_ns, hop)
    }

    /// Reads its paper trail, with the checks of its signatures out of all those of the case, and hears
    /// the witnesses.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn with_papers(mut self, reader: &Reader, all: &[Signature]) -> Result<Self, StoreError> {
        let commits = self.chain.nodes.iter();
        let commits = commits.filter_map(|node| node.id.strip_prefix("commit:"));
        let shas = Value::from(commits.collect::<Vec<_>>()).to_string();
        self.trail = Trail::read(reader, &self.comparison.release.id, &shas)?;
        self.approvals = gates::faults_of_approvals(reader, &self)?;
        let linked: BTreeSet<&str> = self
            .chain
            .nodes
            .iter()
            .filter_map(|node| node.id.strip_prefix("attestation:"))
            .collect();
        self.signatures = all
            .iter()
            .filter(|signature| linked.contains(signature.statement.as_str()))
            .cloned()
            .collect();
        self.seen.extend(trail::look(&self));
        Ok(self)
    }

    /// The release, as findings name it.
    #[must_use]
    pub fn of_release(&self) -> OfRelease {
        let release = &self.comparison.release;
        OfRelease {
            id: release.id.clone(),
            service: release.service.clone(),
            version: release.version.clone(),
            commit: release.sha.clone(),
            digest: release.digest.clone(),
        }
    }

    /// The tier by the policy's list, lifted once where any condition holds.
    fn tier_by(&self, policy: &Policy) -> Tier {
        let service = &self.comparison.release.service;
        let tier = policy
            .tiers
            .listed(service)
            .unwrap_or(policy.tiers.fallback);
        let lifted = policy.tiers.escalate.iter().any(|one| match one {
            Escalation::ReadsSecret(wanted) => self.reads_secret() == *wanted,
            Escalation::Autonomy(wanted) => self.autonomy() == Some(*wanted),
            // No export that is read today says which data a service handles, or who can reach it.
            Escalation::DataClass(_) | Escalation::InternetExposed(_) => false,
        });
        if lifted { tier.higher() } else { tier }
    }

    /// What the tier demands.
    #[must_use]
    pub fn demands<'p>(&self, policy: &'p Policy) -> Option<&'p Demands> {
        policy.tiers.demands(self.tier)
    }

    /// True where the service was seen touching a secret.
    #[must_use]
    pub fn reads_secret(&self) -> bool {
        self.comparison
            .keys
            .iter()
            .any(|key| key.family == "secret")
    }

    /// Whether a person took part: nobody reviewed and a session is known.
    #[must_use]
    pub fn autonomy(&self) -> Option<Autonomy> {
        let has = |kind: &str| self.chain.nodes.iter().any(|node| node.kind == kind);
        match (has("session"), has("review") || has("gate_decision")) {
            (true, false) => Some(Autonomy::Unattended),
            (_, true) => Some(Autonomy::Attended),
            (false, false) => None,
        }
    }

    /// Share of instances that sent telemetry; `None` where no instance is known.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        let (all, spoke) = crate::behaviour::detectors::covered(&self.comparison);
        #[expect(clippy::cast_precision_loss, reason = "counts of pods are small")]
        (all > 0).then(|| spoke as f64 / all as f64)
    }

    /// Requests that the release served.
    #[must_use]
    pub fn requests(&self) -> f64 {
        let of = |source: &str| -> f64 {
            self.comparison
                .requests
                .iter()
                .filter(|served| served.source == source)
                .filter(|served| served.release == self.comparison.release.id)
                .map(|served| served.requests)
                .sum()
        };
        of("metric").max(of("span"))
    }

    /// How completely the chain can be told.
    #[must_use]
    pub fn level(&self) -> Level {
        Level::of(&self.chain.level).unwrap_or(Level::C0)
    }

    /// True where the build of the release is attested at all.
    #[must_use]
    pub fn is_attested(&self) -> bool {
        self.chain
            .nodes
            .iter()
            .any(|node| node.kind == "attestation")
    }

    /// The times between which instances of the release ran beside instances of another digest. What
    /// outlives its own release is held against that release alone: with `outliving` also where this
    /// release's own instances do.
    #[must_use]
    pub fn mixed(&self, outliving: bool) -> Vec<(i64, i64)> {
        let pods: Vec<_> = self
            .comparison
            .pods
            .iter()
            .filter_map(|pod| {
                Some((
                    pod.digest.as_deref()?,
                    pod.started_ns?,
                    pod.ended_ns.or(pod.last_sign())?,
                ))
            })
            .collect();
        let mine = self.comparison.release.digest.as_deref();
        let mut stretches: Vec<(i64, i64)> = Vec::new();
        for (digest, from, to) in pods.iter().filter(|pod| Some(pod.0) == mine) {
            for (other, began, ended) in &pods {
                let (start, end) = (*from.max(began), *to.min(ended));
                let outlived = |digest: &str| {
                    self.comparison
                        .finished
                        .get(digest)
                        .is_some_and(|finished| start >= *finished)
                };
                let told = !outlived(other) && (outliving || !outlived(digest));
                if other != digest && start < end && told {
                    stretches.push((start, end));
                }
            }
        }
        merged(stretches)
    }
}

/// Stretches of time without overlaps, in order.
fn merged(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in stretches {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(
            merged(vec![(5, 9), (1, 3), (3, 4), (8, 12)]),
            [(1, 4), (5, 12)]
        );
    }
}

//! Everything about one release that judging looks at.

use super::file::{Autonomy, Demands, Escalation, Level, Policy, Tier};
use super::gates::{self, Fault};
use super::reach::{Absence, Reach};
use super::trail::{self, Trail};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::behaviour::compare::Comparison;
use crate::behaviour::observation::Observation;
use crate::model::finding::{Finding, OfRelease};
use crate::model::signature::Signature;
use crate::query::chain::{self, Chain};
use crate::query::graph::Graph;
use crate::store::{Param, Reader, StoreError};

const LINES: &str = include_str!("queries/lines.sql");
const MINUTES: &str = include_str!("queries/minutes.sql");

/// The questions of this room that are asked for one release.
pub const QUERIES: &[(&str, &str)] = &[("lines of commits", LINES), ("minutes", MINUTES)];

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

/// What judging every release needs of the whole case: read once, not once a release.
#[derive(Debug, Default)]
pub struct Background {
    /// Which records would tell of each release.
    reach: Rc<Reach>,
    /// Lines by a model, and all added lines, by commit; `None` where the case tells of none.
    lines: Option<BTreeMap<String, (i64, i64)>>,
    /// The links of the case, where many chains are walked.
    graph: Option<Graph>,
}

impl Background {
    /// Reads what judging many releases needs.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn of_many(reader: &Reader) -> Result<Self, StoreError> {
        Ok(Self {
            graph: Some(Graph::read(reader)?),
            ..Self::of_one(reader)?
        })
    }

    /// Reads what judging a single release needs.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn of_one(reader: &Reader) -> Result<Self, StoreError> {
        let lines = reader.rows("lines of commits", LINES, &[])?.rows;
        let known = !lines.is_empty();
        let lines: BTreeMap<String, (i64, i64)> = lines
            .iter()
            .filter_map(|row| {
                let number = |at: usize| row.get(at).and_then(Value::as_i64);
                Some((row.first()?.as_str()?.to_owned(), (number(1)?, number(2)?)))
            })
            .collect();
        Ok(Self {
            reach: Rc::default(),
            lines: known.then_some(lines),
            graph: None,
        })
    }

    /// The same, knowing what would tell of each release: what its repository has, and what the other
    /// releases of its service are tied to.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn reaching<'c>(
        mut self,
        reader: &Reader,
        chains: impl Iterator<Item = (&'c str, &'c str, &'c Chain)>,
    ) -> Result<Self, StoreError> {
        let mut reach = Reach::read(reader)?;
        for (service, release, chain) in chains {
            reach.add(service, release, chain);
        }
        self.reach = Rc::new(reach);
        Ok(self)
    }

    /// True where what is absent from a release means the same as before another background.
    #[must_use]
    pub fn is_as(&self, other: &Self, watched: &Watched) -> bool {
        let release = &watched.comparison.release;
        let (service, started) = (&release.service, release.started_ns);
        self.reach
            .is_as(&other.reach, service, &release.id, started)
    }

    /// The chains of some releases, in their order.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn chains(&self, reader: &Reader, releases: &[&str]) -> Result<Vec<Chain>, StoreError> {
        let mut wanted = Vec::new();
        for release in releases {
            let id = format!("release:{release}");
            let ties = self
                .graph
                .as_ref()
                .and_then(|graph| graph.ties(std::slice::from_ref(&id)));
            let parts = match ties {
                Some(ties) => ties
                    .into_iter()
                    .filter(|tie| tie.from == id && tie.method.starts_with("release_"))
                    .map(|tie| tie.to)
                    .collect(),
                None => crate::query::resolve::release(reader, release)?,
            };
            wanted.push((id, parts));
        }
        match &self.graph {
            Some(graph) => chain::ask_all(reader, graph, &wanted),
            None => wanted
                .iter()
                .map(|(id, parts)| chain::ask(reader, id, parts))
                .collect(),
        }
    }
}

/// What was observed of a release: the same whatever its records are trusted to say.
pub struct Watched {
    comparison: Rc<Comparison>,
    seen: Vec<Observation>,
    minutes: Vec<Minute>,
    trail: Trail,
}

impl Watched {
    /// Asks the detectors, and for minutes where a rate moved. `trail` is of the papers that name it.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn of(reader: &Reader, comparison: Comparison, trail: Trail) -> Result<Self, StoreError> {
        let seen = comparison.observe(reader)?;
        let moved = seen.iter().any(|seen| {
            seen.family == "rate" && seen.change == "up" && seen.q.is_some_and(|q| q < 0.1)
        });
        let minutes = if moved {
            reader.ask(
                "minutes",
                MINUTES,
                &[
                    ("release", Param::from(comparison.release.id.as_str())),
                    ("since", comparison.window.began.into()),
                    ("until", comparison.as_of.into()),
                ],
            )?
        } else {
            Vec::new()
        };
        Ok(Self {
            trail,
            comparison: Rc::new(comparison),
            seen,
            minutes,
        })
    }
}

/// What the checks of the signatures of a case said, by what was signed.
pub struct Checks<'s> {
    all: &'s [Signature],
    places: BTreeMap<&'s str, Vec<usize>>,
}

impl<'s> Checks<'s> {
    /// Of all of them.
    #[must_use]
    pub fn new(all: &'s [Signature]) -> Self {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, signature) in all.iter().enumerate() {
            places.entry(&signature.statement).or_default().push(at);
        }
        Self { all, places }
    }

    /// Those of some statements and commits, in the order in which they were checked.
    fn of<'i>(&self, signed: impl Iterator<Item = &'i str>) -> Vec<Signature> {
        let places: BTreeSet<usize> = signed
            .filter_map(|statement| self.places.get(statement))
            .flatten()
            .copied()
            .collect();
        places.into_iter().map(|at| self.all[at].clone()).collect()
    }
}

/// The commits of a chain.
pub fn commits_of(chain: &Chain) -> impl Iterator<Item = &str> {
    let nodes = chain.nodes.iter();
    nodes.filter_map(|node| node.id.strip_prefix("commit:"))
}

/// Everything about one release.
pub struct Dossier {
    /// The release beside its baseline.
    pub comparison: Rc<Comparison>,
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

impl Dossier {
    /// Gathers it around the release's chain.
    #[must_use]
    pub fn gather(
        policy: &Policy,
        watched: &Watched,
        chain: Chain,
        background: &Background,
    ) -> Self {
        let commits: BTreeSet<&str> = commits_of(&chain).collect();
        let lines = background.lines.as_ref().map(|lines| {
            let of = commits.iter().filter_map(|sha| lines.get(*sha));
            of.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        });
        let mut dossier = Self {
            reach: Rc::clone(&background.reach),
            tier: Tier::Medium,
            comparison: Rc::clone(&watched.comparison),
            seen: watched.seen.clone(),
            chain,
            minutes: watched.minutes.clone(),
            lines,
            trail: watched.trail.clone(),
            approvals: Vec::new(),
            signatures: Vec::new(),
            findings: Vec::new(),
        };
        dossier.tier = dossier.tier_by(policy);
        dossier
    }

    /// What it means that no `hop` is linked to the release.
    #[must_use]
    pub fn absence(&self, hop: &str) -> Absence {
        let release = &self.comparison.release;
        self.reach
            .absence(&release.service, &release.id, release.started_ns, hop)
    }

    /// Completes its paper trail by what is said of its commits, with the checks of its signatures out of all those of the case, and hears
    /// the witnesses.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn with_papers(
        mut self,
        reader: &Reader,
        policy: &Policy,
        checks: &Checks<'_>,
        commits: &trail::Commits,
    ) -> Result<Self, StoreError> {
        let shas: Vec<&str> = commits_of(&self.chain).collect();
        self.trail = self.trail.of_commits(commits, &shas);
        let (faults, is_approved) = gates::faults_of_approvals(reader, &self)?;
        self.approvals = faults;
        let linked: BTreeSet<Cow<'_, str>> = self
            .chain
            .nodes
            .iter()
            .filter_map(|node| match node.id.split_once(':')? {
                ("attestation", statement) => Some(statement.into()),
                ("commit", sha) => Some(format!("gitCommit:{sha}").into()),
                _ => None,
            })
            .collect();
        self.signatures = checks.of(linked.iter().map(Cow::as_ref));
        self.seen.extend(trail::look(&self));
        if let Some(level) = self.above_digests(policy, is_approved) {
            level.token().clone_into(&mut self.chain.level);
        }
        Ok(self)
    }

    /// C4 or C5, where a chain that is bound by digests is signed by whom the policy expects, approved and
    /// let through; and for C5 can be told from the request to the outcome (domain.md 2.4).
    fn above_digests(&self, policy: &Policy, is_approved: bool) -> Option<Level> {
        let has = |kind: &str| self.chain.nodes.iter().any(|node| node.kind == kind);
        let authorised = self
            .signatures
            .iter()
            .any(|signature| signature.authorised && signature.kind != "git_commit");
        if self.level() != Level::C3 || !authorised || !is_approved || !has("gate_decision") {
            return None;
        }
        let watched = self
            .demands(policy)
            .zip(self.coverage())
            .is_some_and(|(demands, coverage)| coverage >= demands.instance_coverage);
        let told = has("request") && has("session") && watched;
        Some(if told && !self.comparison.outcomes.is_empty() {
            Level::C5
        } else {
            Level::C4
        })
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

//! Applies a policy to every release of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::dossier::{Background, Checks, Dossier, Watched, commits_of};
use super::file::{Check, Policy};
use super::trail::{Commits, Trail};
use super::{gaps, gates, hits, rules, verdict};
use crate::behaviour::Releases;
use crate::behaviour::compare::Released;
use crate::model::Floor;
use crate::model::finding::Finding;
use crate::model::gap::Gap;
use crate::model::signature::Signature;
use crate::model::verdict::Verdict;
use crate::query::chain::Chain;
use crate::store::{Reader, StoreError};

/// What a policy makes of a case.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The trust floor at which it holds.
    pub floor: Floor,
    /// Findings, worst first, then by id.
    pub findings: Vec<Finding>,
    /// What should be there and is not, by release.
    pub gaps: Vec<Gap>,
    /// Verdicts in the order in which the releases started.
    pub verdicts: Vec<Verdict>,
}

/// How to judge.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'t> {
    /// The policy.
    pub policy: &'t Policy,
    /// The files that it names, by their path below its folder.
    pub files: &'t BTreeMap<String, String>,
    /// True where it is the built-in one.
    pub built_in: bool,
    /// What the checks of signatures said.
    pub signatures: &'t [Signature],
    /// The time of judging in nanoseconds; the last time of the evidence unless given.
    pub as_of: Option<i64>,
    /// The release that one is compared with, instead of its own baseline.
    pub against: Option<&'t str>,
    /// Only this release.
    pub only: Option<&'t str>,
}

impl<'t> Terms<'t> {
    /// By a policy of somebody's own and the files beside it, on all releases, at the end of the evidence,
    /// with no signature checked.
    #[must_use]
    pub fn of(policy: &'t Policy, files: &'t BTreeMap<String, String>) -> Self {
        Self {
            policy,
            files,
            built_in: false,
            signatures: &[],
            as_of: None,
            against: None,
            only: None,
        }
    }
}

/// Releases whose chains and papers are asked for together: few enough to hold, and so many that going over
/// all links for them is rare.
const TOGETHER: usize = 512;
/// Releases whose behaviour is held while they are judged at one floor after the other.
const WATCHED: usize = 16;

/// Judges every release of the case, or one.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn judge(
    reader: &Reader,
    terms: Terms<'_>,
    step: impl FnMut(&str),
) -> Result<Judgement, StoreError> {
    let floor = reader.floor();
    let mut judged = judge_at(reader, terms, &[floor], step)?;
    Ok(judged.pop().unwrap_or_default())
}

/// The same at each of some trust floors. What was observed is the same at all of them; what belongs to a
/// release is not.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn judge_at(
    reader: &Reader,
    terms: Terms<'_>,
    floors: &[Floor],
    mut step: impl FnMut(&str),
) -> Result<Vec<Judgement>, StoreError> {
    let reader = &reader.beside(Floor::Any)?;
    let mut releases = Releases::read(reader, terms.as_of)?;
    releases.outcomes = terms.policy.outcomes();
    let wanted = terms.only.and_then(|only| releases.get(only));
    let judged: Vec<&Released> = releases
        .all
        .iter()
        // A safe return needs the verdicts of the service's other releases.
        .filter(|release| wanted.is_none_or(|wanted| wanted.service == release.service))
        .collect();
    let hits = hits::ask(reader, terms.policy, terms.files)?;
    let mut courts: Vec<Court<'_>> = Vec::new();
    for floor in floors {
        courts.push(Court::convene(reader, terms, *floor, &judged, &hits)?);
    }
    for (first, releases_of) in judged.chunks(TOGETHER).enumerate() {
        let first = first * TOGETHER;
        let ids: Vec<&str> = releases_of.iter().map(|one| one.id.as_str()).collect();
        let mut trails = Trail::of_releases(reader, &ids)?.into_iter();
        for court in &mut courts {
            court.open(first..first + releases_of.len())?;
        }
        for (at, together) in releases_of.chunks(WATCHED).enumerate() {
            let at = first + at * WATCHED;
            let mut watched = Vec::new();
            for (release, trail) in together.iter().zip(&mut trails) {
                step(&release.id);
                let against = terms
                    .against
                    .filter(|_| terms.only == Some(release.id.as_str()));
                let comparison = releases.compare(reader, release, against)?;
                watched.push(Watched::of(reader, comparison, trail)?);
            }
            hear(&mut courts, at, &watched)?;
        }
    }
    let of_nobody = hits.of_nobody();
    Ok(courts
        .into_iter()
        .map(|court| court.close(&releases, &of_nobody))
        .collect())
}

/// Lets each court judge some releases, the first of which is at place `at`, or take over the ruling of the
/// court below it.
fn hear(courts: &mut [Court<'_>], at: usize, watched: &[Watched]) -> Result<(), StoreError> {
    for court in 0..courts.len() {
        let (lower, court) = courts.split_at_mut(court);
        let (lower, court) = (lower.last(), &mut court[0]);
        for (place, watched) in (at..).zip(watched) {
            let ruling = match lower.filter(|lower| court.sees_as(lower, place, watched)) {
                Some(lower) => lower.rulings[place].clone(),
                None => court.judge(place, watched)?,
            };
            court.rulings.push(ruling);
        }
    }
    Ok(())
}

/// What judging one release after the other at one floor needs.
struct Court<'c> {
    /// Answers at its floor.
    reader: Reader,
    terms: Terms<'c>,
    hits: &'c hits::Hits,
    checks: Checks<'c>,
    background: Background,
    /// In the order of the releases.
    chains: Vec<Chain>,
    /// What is said of the commits of the releases that are judged next.
    commits: Commits,
    /// In the same order, as far as they were given.
    rulings: Vec<Ruling>,
    judgement: Judgement,
}

/// What a court made of one release.
#[derive(Clone)]
struct Ruling {
    verdict: Verdict,
    gaps: Vec<Gap>,
    findings: Vec<Finding>,
    is_attested: bool,
}

impl<'c> Court<'c> {
    fn convene(
        reader: &Reader,
        terms: Terms<'c>,
        floor: Floor,
        judged: &[&Released],
        hits: &'c hits::Hits,
    ) -> Result<Self, StoreError> {
        let reader = reader.beside(floor)?;
        let background = Background::of_many(&reader)?;
        let mut chains = Vec::new();
        for together in judged.chunks(TOGETHER) {
            let ids: Vec<&str> = together.iter().map(|release| release.id.as_str()).collect();
            chains.extend(background.chains(&reader, &ids)?);
        }
        let told = judged
            .iter()
            .zip(&chains)
            .map(|(release, chain)| (release.service.as_str(), release.id.as_str(), chain));
        let background = background.reaching(&reader, told)?;
        Ok(Self {
            reader,
            terms,
            hits,
            checks: Checks::new(terms.signatures),
            background,
            chains,
            commits: Commits::default(),
            rulings: Vec::new(),
            judgement: Judgement {
                floor,
                ..Judgement::default()
            },
        })
    }

    /// Reads what is said of the commits of the releases at these places.
    fn open(&mut self, places: Range<usize>) -> Result<(), StoreError> {
        let shas = self.chains[places].iter().flat_map(commits_of).collect();
        self.commits = Commits::read(&self.reader, &shas)?;
        Ok(())
    }

    /// True where a release looks the same here as at another floor, so that the ruling is the same.
    fn sees_as(&self, other: &Self, place: usize, watched: &Watched) -> bool {
        self.chains[place] == other.chains[place]
            && self.background.is_as(&other.background, watched)
    }

    /// Judges the release at `place`.
    fn judge(&self, place: usize, watched: &Watched) -> Result<Ruling, StoreError> {
        let (reader, policy) = (&self.reader, self.terms.policy);
        let chain = self.chains[place].clone();
        let mut dossier = Dossier::gather(policy, watched, chain, &self.background).with_papers(
            reader,
            policy,
            &self.checks,
            &self.commits,
        )?;
        let mut unrun = unrun(self.hits);
        let mut own: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for rule in &policy.runtime {
            let found = match &rule.check {
                Check::Sql(sql) => match hits::statement(reader, rule, sql, &dossier) {
                    Ok(found) => found,
                    Err(StoreError::Interrupted) => return Err(StoreError::Interrupted),
                    Err(error) => {
                        unrun.push(format!("rule {}: {error}", rule.id));
                        continue;
                    }
                },
                Check::Sigma { .. } => self.hits.of(rule, &dossier),
                _ => continue,
            };
            own.insert(rule.id.clone(), found);
        }
        dossier.findings = rules::apply(policy, &dossier, &|rule| {
            own.get(&rule.id).cloned().unwrap_or_default()
        });
        let mut answers = Vec::new();
        for gate in policy
            .gates
            .iter()
            .filter(|gate| gate.tiers.is_empty() || gate.tiers.contains(&dossier.tier))
        {
            answers.push(gates::replay(
                reader,
                policy,
                self.terms.files,
                gate,
                &dossier,
            )?);
        }
        let verdict = verdict::weigh(policy, self.terms.built_in, &dossier, &answers, &unrun);
        Ok(Ruling {
            verdict,
            gaps: gaps::of(&dossier),
            is_attested: dossier.is_attested(),
            findings: dossier.findings,
        })
    }

    /// What it comes to, once every release was judged.
    fn close(self, releases: &Releases, of_nobody: &[Finding]) -> Judgement {
        let Self {
            rulings,
            mut judgement,
            terms,
            ..
        } = self;
        let mut attested = BTreeSet::new();
        for ruling in rulings {
            if ruling.is_attested {
                attested.insert(ruling.verdict.release.clone());
            }
            judgement.verdicts.push(Verdict {
                trust: judgement.floor,
                ..ruling.verdict
            });
            judgement.gaps.extend(ruling.gaps);
            judgement.findings.extend(ruling.findings);
        }
        verdict::safe_returns(releases, &mut judgement.verdicts, &|id| {
            attested.contains(id)
        });
        judgement.findings.extend_from_slice(of_nobody);
        if let Some(only) = terms.only {
            judgement.verdicts.retain(|verdict| verdict.release == only);
            judgement.gaps.retain(|gap| gap.release == only);
            judgement
                .findings
                .retain(|finding| finding.release.id == only);
        }
        judgement
            .findings
            .sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
        judgement
    }
}

/// What did not run, for every verdict to say.
fn unrun(hits: &hits::Hits) -> Vec<String> {
    let told = |what: &str, names: &[String]| {
        let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
        let more = names.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!names.is_empty()).then(|| {
            format!(
                "{} of {} Sigma rules {what}: {}{more}",
                names.len(),
                names.len() + hits.ran,
                shown.join(", ")
            )
        })
    };
    [
        told("that were refused", &hits.refused),
        told("that no record here can answer", &hits.not_evaluable),
    ]
    .into_iter()
    .flatten()
    .collect()
}

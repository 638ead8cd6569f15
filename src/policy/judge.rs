//! Applies a policy to every release of a case.

use std::collections::{BTreeMap, BTreeSet};

use super::dossier::{Background, Dossier};
use super::file::{Check, Policy};
use super::{gaps, gates, hits, rules, verdict};
use crate::behaviour::Releases;
use crate::behaviour::compare::Released;
use crate::model::finding::Finding;
use crate::model::gap::Gap;
use crate::model::signature::Signature;
use crate::model::verdict::Verdict;
use crate::query::chain::Chain;
use crate::store::{Reader, StoreError};

/// What a policy makes of a case.
#[derive(Debug, Default)]
pub struct Judgement {
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

/// Releases whose chains are asked for together: few enough to hold.
const TOGETHER: usize = 64;

/// Judges every release of the case, or one.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn judge(
    reader: &Reader,
    terms: Terms<'_>,
    mut step: impl FnMut(&str),
) -> Result<Judgement, StoreError> {
    let mut releases = Releases::read(reader, terms.as_of)?;
    releases.outcomes = terms.policy.outcomes();
    let wanted = terms.only.and_then(|only| releases.get(only));
    let judged: Vec<&Released> = releases
        .all
        .iter()
        // A safe return needs the verdicts of the service's other releases.
        .filter(|release| wanted.is_none_or(|wanted| wanted.service == release.service))
        .collect();
    let background = Background::of_many(reader)?;
    let mut chains = Vec::new();
    for together in judged.chunks(TOGETHER) {
        let ids: Vec<&str> = together.iter().map(|release| release.id.as_str()).collect();
        chains.extend(background.chains(reader, &ids)?);
    }
    let told = judged
        .iter()
        .zip(&chains)
        .map(|(release, chain)| (release.service.as_str(), release.id.as_str(), chain));
    let mut court = Court {
        reader,
        terms,
        releases: &releases,
        hits: hits::ask(reader, terms.policy, terms.files)?,
        background: background.reaching(reader, told)?,
        attested: BTreeSet::new(),
        judgement: Judgement::default(),
    };
    for (release, chain) in judged.iter().zip(chains) {
        step(&release.id);
        court.judge(release, chain)?;
    }
    let Court {
        hits,
        attested,
        mut judgement,
        ..
    } = court;
    verdict::safe_returns(&releases, &mut judgement.verdicts, &|id| {
        attested.contains(id)
    });
    judgement.findings.extend(hits.of_nobody());
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
    Ok(judgement)
}

/// What judging one release after the other needs.
struct Court<'c> {
    reader: &'c Reader,
    terms: Terms<'c>,
    releases: &'c Releases,
    hits: hits::Hits,
    background: Background,
    attested: BTreeSet<String>,
    judgement: Judgement,
}

impl Court<'_> {
    fn judge(&mut self, release: &Released, chain: Chain) -> Result<(), StoreError> {
        let (reader, policy) = (self.reader, self.terms.policy);
        let against = self
            .terms
            .against
            .filter(|_| self.terms.only == Some(release.id.as_str()));
        let comparison = self.releases.compare(reader, release, against)?;
        let mut dossier = Dossier::gather(reader, policy, comparison, chain, &self.background)?
            .with_papers(reader, policy, self.terms.signatures)?;
        if dossier.is_attested() {
            self.attested.insert(release.id.clone());
        }
        let mut unrun = unrun(&self.hits);
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
        self.judgement.verdicts.push(verdict::weigh(
            policy,
            self.terms.built_in,
            &dossier,
            &answers,
            &unrun,
        ));
        self.judgement.gaps.extend(gaps::of(&dossier));
        self.judgement.findings.append(&mut dossier.findings);
        Ok(())
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

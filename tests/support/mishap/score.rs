//! How well what was found fits what was done.

use std::collections::BTreeMap;

use shipwake::model::finding::{Finding, Severity};

use super::{Expect, Family, Truth};

/// Counts over any number of bundles.
#[derive(Debug, Default)]
pub struct Score {
    /// Misdeeds by kind: found, done.
    pub misdeeds: BTreeMap<String, (usize, usize)>,
    /// Findings of medium and worse that are true.
    pub right: usize,
    /// Those that are not, with what misled, and the bundle.
    pub wrong: Vec<String>,
    /// Misdeeds that were not found.
    pub missed: Vec<String>,
    /// Bundles whose culprit was named first, and those that have one.
    pub culprits: (usize, usize),
    /// Culprits that were not named first.
    pub blamed: Vec<String>,
}

impl Score {
    /// Adds one bundle: its findings, and the ids of the change that was ranked first.
    pub fn add(&mut self, truth: &Truth, findings: &[Finding], first: &[String]) {
        let loud: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.severity <= Severity::Medium)
            .filter(|finding| matches!(finding.state.as_str(), "open" | "explained"))
            .collect();
        for deed in &truth.injected {
            let found = loud.iter().any(|finding| {
                is_of(finding, &deed.service, &deed.version)
                    && families(deed.family, &deed.also).any(|family| family == finding.family)
                    && tells(finding, std::iter::once(&deed.subject).chain(&deed.aliases))
            });
            let count = self.misdeeds.entry(deed.kind.clone()).or_default();
            count.1 += 1;
            if found {
                count.0 += 1;
            } else {
                self.missed.push(format!(
                    "seed {}: {} {} ({} records)",
                    truth.seed, deed.kind, deed.subject, deed.records
                ));
            }
        }
        for finding in loud {
            let true_one = truth.injected.iter().any(|deed| {
                is_of(finding, &deed.service, &deed.version)
                    && families(deed.family, &deed.also).any(|family| family == finding.family)
                    && tells(finding, std::iter::once(&deed.subject).chain(&deed.aliases))
            });
            let consequence = truth
                .injected
                .iter()
                .flat_map(|deed| &deed.consequences)
                .any(|one| {
                    word(one.family) == finding.family
                        && tells(finding, std::iter::once(&one.subject))
                });
            let allowed = truth.decoys.iter().any(|decoy| {
                decoy.expect == Expect::Explained
                    && finding.explained_by_diff == Some(true)
                    && tells(finding, std::iter::once(&decoy.subject))
            });
            if true_one {
                self.right += 1;
            } else if !consequence && !allowed {
                let decoy = truth
                    .decoys
                    .iter()
                    .find(|decoy| tells(finding, std::iter::once(&decoy.subject)));
                self.wrong.push(format!(
                    "seed {}: {} {} {} | {} | {}",
                    truth.seed,
                    finding.severity.word(),
                    finding.rule,
                    finding.release.id,
                    finding.title,
                    decoy.map_or("no decoy", |decoy| decoy.kind.as_str())
                ));
            }
        }
        if let Some(culprit) = &truth.culprit {
            self.culprits.1 += 1;
            if first
                .iter()
                .any(|id| *id == culprit.key || culprit.also.contains(id))
            {
                self.culprits.0 += 1;
            } else {
                self.blamed.push(format!(
                    "seed {}: {} instead of {} {}",
                    truth.seed,
                    first.first().map_or("nothing", String::as_str),
                    culprit.key,
                    culprit.object
                ));
            }
        }
    }

    /// Share of misdeeds that were found.
    pub fn recall(&self) -> f64 {
        let (found, done) = self
            .misdeeds
            .values()
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        found as f64 / done.max(1) as f64
    }

    /// Share of findings of medium and worse that are true.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong.len()).max(1) as f64
    }

    /// Share of bundles whose culprit was named first.
    pub fn named(&self) -> f64 {
        self.culprits.0 as f64 / self.culprits.1.max(1) as f64
    }
}

fn is_of(finding: &Finding, service: &str, version: &str) -> bool {
    finding.release.service == service
        && finding
            .release
            .version
            .as_deref()
            .is_some_and(|own| own.trim_start_matches('v') == version.trim_start_matches('v'))
}

fn families(family: Family, also: &[Family]) -> impl Iterator<Item = &'static str> {
    std::iter::once(word(family)).chain(also.iter().map(|family| word(*family)))
}

fn tells<'t>(finding: &Finding, mut tokens: impl Iterator<Item = &'t String>) -> bool {
    tokens.any(|token| {
        finding.subject.contains(token.as_str()) || finding.title.contains(token.as_str())
    })
}

fn word(family: Family) -> &'static str {
    match family {
        Family::Secret => "secret",
        Family::Network => "network",
        Family::Privilege => "privilege",
        Family::Error => "error",
        Family::Rate => "rate",
        Family::Latency => "latency",
        Family::Template => "template",
        Family::Coverage => "coverage",
    }
}

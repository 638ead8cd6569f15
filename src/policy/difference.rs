//! Behaviour A and B side by side: every observation, ranked by how surprising it is.

use super::dossier::{Background, Dossier, Watched};
use super::file::Policy;
use super::rules;
use super::trail::Trail;
use crate::behaviour::Comparison;
use crate::behaviour::observation::Observation;
use crate::model::finding::{Finding, Severity};
use crate::model::time;
use crate::store::{Reader, StoreError};

/// Shifts with a chance above this are no difference.
const LIKELY: f64 = 0.05;

/// What differs, most surprising first: the kind of change, and the observation in the form of a
/// finding. What a rule took up carries its rule and severity.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(
    reader: &Reader,
    policy: &Policy,
    comparison: Comparison,
) -> Result<Vec<(&'static str, Finding)>, StoreError> {
    let background = Background::of_one(reader)?;
    let chain = background
        .chains(reader, &[&comparison.release.id])?
        .pop()
        .unwrap_or_default();
    // No gate is replayed and no witness heard here, so nothing is asked about absent records or papers.
    let watched = Watched::of(reader, comparison, Trail::default())?;
    let mut dossier = Dossier::gather(policy, &watched, chain, &background);
    dossier.findings = rules::apply(policy, &dossier, &|_| Vec::new());
    let mut differences: Vec<(&'static str, Finding, f64)> = dossier
        .seen
        .iter()
        .filter(|seen| seen.change == "new" || seen.p.is_none_or(|p| p <= LIKELY))
        .map(|seen| {
            let taken = dossier.findings.iter().find(|finding| {
                finding.family == seen.family
                    && finding.subject == seen.subject
                    && finding.count.total_cmp(&seen.count).is_eq()
            });
            let finding = taken.cloned().unwrap_or_else(|| plain(&dossier, seen));
            (seen.change, finding, surprise(seen))
        })
        .collect();
    differences.sort_by(|a, b| {
        (a.1.severity, b.2)
            .partial_cmp(&(b.1.severity, a.2))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then_with(|| a.1.id.cmp(&b.1.id))
    });
    Ok(differences
        .into_iter()
        .map(|(change, finding, _)| (change, finding))
        .collect())
}

/// How surprising an observation is, in bits: what chance says, and whether the diff speaks of it.
fn surprise(seen: &Observation) -> f64 {
    let bits = seen.p.map_or(0.0, |p| -p.max(1e-300).log2());
    match seen.explained {
        Some(true) => bits / 4.0,
        _ => bits,
    }
}

fn plain(dossier: &Dossier, seen: &Observation) -> Finding {
    Finding {
        id: format!("{}:{}", seen.family, seen.key),
        rule: seen.detector.to_owned(),
        channel: seen.channel,
        family: seen.family.clone(),
        severity: Severity::Info,
        state: if seen.thin { "unsure" } else { "seen" }.to_owned(),
        release: dossier.of_release(),
        subject: seen.subject.clone(),
        title: seen.title.clone(),
        why: seen.why.clone(),
        first_seen: seen.first_ns.map(time::rfc3339),
        last_seen: seen.last_ns.map(time::rfc3339),
        count: seen.count,
        instances: seen.instances,
        baseline: seen.baseline.clone(),
        exposure: seen.exposure,
        p: seen.p,
        q: seen.q,
        expected_by_chance: seen.expected,
        effect: seen.effect,
        explained_by_diff: seen.explained,
        standards: Vec::new(),
        citations: seen.citations.clone(),
        first_ns: seen.first_ns,
        last_ns: seen.last_ns,
    }
}

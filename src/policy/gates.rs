//! Gates, replayed on what the chain of a release holds.
//!
//! A gate passes, fails, or cannot be judged. Absent evidence fails a gate only where there is other
//! evidence of its kind, so that the gate would have been seen if it had been passed; where nothing of
//! the kind was collected, nothing is known.

use super::file::{
    Absent, Approval, Attestation, Bound, Decision, Gate, GateCheck, GateDecision, Party, Pattern,
    Policy, PolicyDigest, Truth,
};
use serde::Deserialize;
use serde_json::Value;

use super::criteria;
use super::dossier::Dossier;
use crate::model::link::Class;
use crate::store::{Reader, StoreError};

const ATTESTATIONS: &str = include_str!("queries/attestations.sql");
const APPROVALS: &str = include_str!("queries/approvals.sql");
const DECISIONS: &str = include_str!("queries/decisions.sql");

/// The questions of the gates.
pub const QUERIES: &[(&str, &str)] = &[
    ("attestations of the release", ATTESTATIONS),
    ("approvals of the release", APPROVALS),
    ("decisions of the release", DECISIONS),
];

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What it asks for is there.
    Passed(String),
    /// It is not, or it is something else.
    Failed(String),
    /// The evidence does not say, and why.
    Unknown(String),
    /// It is not there, and the policy only notes that.
    Noted(String),
}

/// Replays `gate`.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn replay(
    reader: &Reader,
    policy: &Policy,
    gate: &Gate,
    dossier: &Dossier,
) -> Result<Answer, StoreError> {
    if let Some(condition) = &gate.when {
        let outcome = criteria::holds(condition, policy, dossier);
        match outcome.truth {
            Truth::True => {}
            Truth::False => {
                let why = format!("not asked for, since not {}", condition.text());
                return Ok(Answer::Noted(why));
            }
            Truth::Unknown => {
                let why = format!(
                    "whether it applies is not known: {}",
                    outcome.unknown.join(", ")
                );
                return Ok(Answer::Unknown(why));
            }
        }
    }
    let answer = match &gate.check {
        GateCheck::Link(link) => linked(dossier, link.link, link.class_min),
        GateCheck::Attestation(wanted) => attested(reader, dossier, wanted)?,
        GateCheck::Approval(wanted) => approved(reader, dossier, wanted)?,
        GateCheck::GateDecision(wanted) => decided(reader, dossier, wanted)?,
        GateCheck::Sql(_) => Answer::Unknown("statements in gates are not run yet".to_owned()),
        GateCheck::Rego { .. } => Answer::Unknown("Rego gates are not run yet".to_owned()),
    };
    Ok(match (answer, gate.absent) {
        (Answer::Unknown(why), Absent::Note) => Answer::Noted(why),
        (answer, _) => answer,
    })
}

fn linked(dossier: &Dossier, hop: &str, least: Class) -> Answer {
    let chain = &dossier.chain;
    let node = |id: &str| {
        chain
            .nodes
            .iter()
            .any(|node| node.id == id && node.kind == hop)
    };
    let best = chain
        .links
        .iter()
        .filter(|link| node(&link.from) || node(&link.to))
        .filter(|link| link.state != "contradicted")
        .max_by_key(|link| link.strength());
    match best {
        Some(link) if Class::parse(&link.class).is_some_and(|class| class >= least) => {
            Answer::Passed(format!(
                "{} is linked by {} ({})",
                hop, link.method, link.class
            ))
        }
        Some(link) => Answer::Failed(format!(
            "{hop} is linked by {} only, which is of class {}",
            link.method, link.class
        )),
        None => absent(dossier, hop, &format!("no {hop} is linked")),
    }
}

/// What the absence of a hop means: nothing where the case has none of its kind at all.
fn absent(dossier: &Dossier, hop: &str, why: &str) -> Answer {
    let collected = dossier
        .chain
        .missing
        .iter()
        .any(|missing| missing.hop == hop && missing.state == "missing");
    // Records that begin after the release say nothing of it.
    let early = dossier.since.get(hop).is_some_and(|since| {
        dossier
            .comparison
            .release
            .started_ns
            .is_none_or(|started| started < *since)
    });
    if early {
        Answer::Unknown(format!(
            "{why}, and records of the kind begin after the release"
        ))
    } else if collected {
        Answer::Failed(format!("{why}, though the case has others"))
    } else {
        Answer::Unknown(format!("{why}, and none was collected"))
    }
}

/// What the records of a kind in the chain say; of none, nothing is asked.
fn of_kind<T: serde::de::DeserializeOwned>(
    reader: &Reader,
    dossier: &Dossier,
    kind: &str,
    name: &str,
    sql: &str,
) -> Result<Vec<T>, StoreError> {
    let ids: Vec<&str> = dossier
        .chain
        .nodes
        .iter()
        .filter(|node| node.kind == kind)
        .map(|node| node.id.as_str())
        .collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    reader.ask(name, sql, &[("ids", Value::from(ids).to_string().into())])
}

#[derive(Deserialize)]
struct Attested {
    predicate_type: Option<String>,
    builder_id: Option<String>,
    repository: Option<String>,
    source_ref: Option<String>,
    event: Option<String>,
    signer: Option<String>,
    signature_state: Option<String>,
}

fn attested(
    reader: &Reader,
    dossier: &Dossier,
    wanted: &Attestation,
) -> Result<Answer, StoreError> {
    let found: Vec<Attested> = of_kind(
        reader,
        dossier,
        "attestation",
        "attestations of the release",
        ATTESTATIONS,
    )?;
    let fitting: Vec<&Attested> = found
        .iter()
        .filter(|one| {
            let kind = one.predicate_type.as_deref().unwrap_or("");
            wanted.kind.iter().any(|wanted| wanted.matches(kind))
        })
        .collect();
    if fitting.is_empty() {
        return Ok(absent(
            dossier,
            "attestation",
            "no attestation of that kind is linked",
        ));
    }
    let mut faults = Vec::new();
    for one in fitting {
        match fault(one, wanted) {
            Fault::None => {
                return Ok(Answer::Passed(
                    "an attestation says what is expected".to_owned(),
                ));
            }
            fault => faults.push(fault),
        }
    }
    // One that might be right decides more than one that is wrong.
    Ok(faults
        .iter()
        .find_map(|fault| match fault {
            Fault::Unknown(why) => Some(Answer::Unknown(why.clone())),
            _ => None,
        })
        .or_else(|| {
            faults.into_iter().find_map(|fault| match fault {
                Fault::Wrong(why) => Some(Answer::Failed(why)),
                _ => None,
            })
        })
        .unwrap_or_else(|| Answer::Unknown("no attestation could be judged".to_owned())))
}

enum Fault {
    None,
    Unknown(String),
    Wrong(String),
}

fn fault(one: &Attested, wanted: &Attestation) -> Fault {
    let fields = [
        ("builder", one.builder_id.as_deref(), &wanted.builder_id),
        ("source ref", one.source_ref.as_deref(), &wanted.source_ref),
        ("event", one.event.as_deref(), &wanted.event),
    ];
    for (name, value, patterns) in fields {
        match value {
            Some(value) if !any(patterns, value) => {
                return Fault::Wrong(format!("the {name} is {value}"));
            }
            None if !patterns.is_empty() => {
                return Fault::Unknown(format!("the attestation names no {name}"));
            }
            _ => {}
        }
    }
    // Repositories are compared in the form that all records share, without scheme.
    if let Some(repository) = one.repository.as_deref() {
        let forms = ["", "https://", "git+https://"].map(|scheme| format!("{scheme}{repository}"));
        if !forms.iter().any(|form| any(&wanted.repository, form)) {
            return Fault::Wrong(format!("the repository is {repository}"));
        }
    }
    if let Some(event) = one.event.as_deref()
        && wanted
            .event_not
            .iter()
            .any(|pattern| pattern.matches(event))
    {
        return Fault::Wrong(format!("the build was started by {event}"));
    }
    match one.signature_state.as_deref() {
        Some("valid") => match one.signer.as_deref() {
            Some(signer) if !any(&wanted.signer, signer) => {
                Fault::Wrong(format!("it is signed by {signer}"))
            }
            None if !wanted.signer.is_empty() => {
                Fault::Unknown("the signer is not known".to_owned())
            }
            _ => Fault::None,
        },
        Some("absent") if wanted.verified => Fault::Wrong("it is not signed".to_owned()),
        Some(state) if wanted.verified && state != "not_checked" => {
            Fault::Wrong(format!("its signature is {state}"))
        }
        _ if wanted.verified => Fault::Unknown("its signature was not checked".to_owned()),
        _ => Fault::None,
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

#[derive(Deserialize)]
struct Review {
    author: Option<String>,
    head_sha: Option<String>,
    merge_sha: Option<String>,
    reviewer: Option<String>,
    state: Option<String>,
    sha: Option<String>,
    authors: Option<String>,
    merge_tree: Option<String>,
    reviewed_tree: Option<String>,
}

fn approved(reader: &Reader, dossier: &Dossier, wanted: &Approval) -> Result<Answer, StoreError> {
    let reviews: Vec<Review> = of_kind(
        reader,
        dossier,
        "change_request",
        "approvals of the release",
        APPROVALS,
    )?;
    if reviews.is_empty() {
        return Ok(absent(dossier, "review", "no change request is linked"));
    }
    let approvals: Vec<&Review> = reviews
        .iter()
        .filter(|review| {
            review
                .state
                .as_deref()
                .is_some_and(|state| state.eq_ignore_ascii_case("approved"))
        })
        .collect();
    let (mut good, mut faults) = (std::collections::BTreeSet::new(), Vec::new());
    for review in &approvals {
        let reviewer = review.reviewer.as_deref().unwrap_or("somebody");
        if let Some(party) = is_party(review, reviewer, &wanted.approver_not) {
            faults.push(format!("{reviewer} approved and is {party}"));
        } else if let Some(fault) = unbound(review, wanted.bound_to) {
            faults.push(format!("{reviewer} approved {fault}"));
        } else {
            good.insert(reviewer.to_owned());
        }
    }
    let least = usize::try_from(wanted.approvals_min).unwrap_or(usize::MAX);
    Ok(if good.len() >= least {
        Answer::Passed(format!(
            "approved by {}",
            good.into_iter().collect::<Vec<_>>().join(", ")
        ))
    } else if !faults.is_empty() {
        Answer::Failed(faults.join("; "))
    } else if approvals.is_empty() && dossier.chain.nodes.iter().any(|node| node.kind == "review") {
        Answer::Failed("reviews are known, and none of them approves".to_owned())
    } else {
        absent(dossier, "review", "no approval is known")
    })
}

fn is_party(review: &Review, reviewer: &str, parties: &[Party]) -> Option<&'static str> {
    let same = |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(reviewer));
    let wrote = review.authors.as_deref().is_some_and(|authors| {
        authors
            .split('|')
            .any(|author| author.eq_ignore_ascii_case(reviewer))
    });
    parties.iter().find_map(|party| match party {
        Party::Author | Party::Committer if same(review.author.as_deref()) || wrote => {
            Some("the author")
        }
        Party::Agent if reviewer.ends_with("[bot]") => Some("a program"),
        _ => None,
    })
}

/// What was approved instead of what was merged.
fn unbound(review: &Review, bound: Bound) -> Option<String> {
    let sha = review.sha.as_deref()?;
    let short = sha.get(..7).unwrap_or(sha);
    let same_tree = review.reviewed_tree.is_some() && review.reviewed_tree == review.merge_tree;
    match bound {
        Bound::Any => None,
        _ if same_tree || review.merge_sha.as_deref() == Some(sha) => None,
        // A merge commit has a tree of its own; the last commit of the branch is what went in.
        _ if review.head_sha.as_deref() == Some(sha) => None,
        _ => Some(format!(
            "{short}, after which {} was pushed",
            review
                .head_sha
                .as_deref()
                .and_then(|head| head.get(..7))
                .unwrap_or("another commit")
        )),
    }
}

#[derive(Deserialize)]
struct Decided {
    decision: Option<String>,
    environment: Option<String>,
    approver: Option<String>,
    requestor: Option<String>,
    policy_digest: Option<String>,
}

fn decided(
    reader: &Reader,
    dossier: &Dossier,
    wanted: &GateDecision,
) -> Result<Answer, StoreError> {
    let decisions: Vec<Decided> = of_kind(
        reader,
        dossier,
        "gate_decision",
        "decisions of the release",
        DECISIONS,
    )?;
    if decisions.is_empty() {
        return Ok(absent(
            dossier,
            "gate_decision",
            "no decision of a gate is linked",
        ));
    }
    let environment = |one: &Decided| match (&wanted.environment, &one.environment) {
        (Some(pattern), Some(environment)) => pattern.matches(environment),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let said = |one: &Decided| {
        one.decision.as_deref().is_some_and(|decision| {
            let words: &[&str] = match wanted.decision {
                Decision::Pass => &["pass", "passed", "approved", "allow", "allowed", "success"],
                Decision::Approved => &["approved"],
            };
            words.iter().any(|word| decision.eq_ignore_ascii_case(word))
        })
    };
    let digest = |one: &Decided| match &wanted.policy_digest {
        None => true,
        Some(PolicyDigest::Present) => one.policy_digest.is_some(),
        Some(PolicyDigest::Exactly(digest)) => one.policy_digest.as_deref() == Some(digest),
    };
    Ok(
        match decisions
            .iter()
            .find(|one| environment(one) && said(one) && digest(one))
        {
            Some(one) if one.approver.is_some() && one.approver == one.requestor => {
                Answer::Failed(format!(
                    "{} approved what they had asked for",
                    one.approver.as_deref().unwrap_or("somebody")
                ))
            }
            Some(one) => Answer::Passed(format!(
                "decided by {}",
                one.approver.as_deref().unwrap_or("the gate")
            )),
            None => Answer::Failed(
                "a decision is known, and it is not the one that is asked for".to_owned(),
            ),
        },
    )
}

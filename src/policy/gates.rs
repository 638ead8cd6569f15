//! Gates, replayed on what the chain of a release holds.
//!
//! A gate passes, fails, or cannot be judged. Absent evidence fails a gate only where it is in reach of
//! the release, so that the gate would have been seen if it had been passed; where nothing of the kind
//! was collected, nothing is known.

mod attestation;

use std::collections::{BTreeMap, BTreeSet};

use super::file::{
    Absent, Approval, Bound, Decision, Gate, GateCheck, GateDecision, Party, Pattern, Policy,
    PolicyDigest, Truth,
};
use serde::Deserialize;
use serde_json::Value;

use super::criteria;
use super::dossier::Dossier;
use super::reach::Absence;
use super::written;
use crate::model::citation;
use crate::model::link::Class;
use crate::model::time;
use crate::store::{Reader, StoreError};

const APPROVALS: &str = include_str!("queries/approvals.sql");
const DECISIONS: &str = include_str!("queries/decisions.sql");

/// The questions of the gates.
pub const QUERIES: &[(&str, &str)] = &[
    ("attestations of the release", attestation::ATTESTATIONS),
    ("whether a commit is on a branch", attestation::REACHABLE),
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

/// A gate with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Its id in the policy.
    pub id: String,
    /// What it asks, for people.
    pub title: String,
    /// What it says.
    pub answer: Answer,
    /// Where that is said; at most a few of many.
    pub citations: Vec<Value>,
}

/// Replays `gate`; `files` are those beside the policy, by their path.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn replay(
    reader: &Reader,
    policy: &Policy,
    files: &BTreeMap<String, String>,
    gate: &Gate,
    dossier: &Dossier,
) -> Result<Replayed, StoreError> {
    let (answer, citations) = match unasked(policy, gate, dossier) {
        Some(answer) => (answer, Vec::new()),
        None => match &gate.check {
            GateCheck::Link(link) => (linked(dossier, link.link, link.class_min), Vec::new()),
            GateCheck::Attestation(wanted) => {
                (attestation::attested(reader, dossier, wanted)?, Vec::new())
            }
            GateCheck::Approval(wanted) => (approved(reader, dossier, wanted)?, Vec::new()),
            GateCheck::GateDecision(wanted) => (decided(reader, dossier, wanted)?, Vec::new()),
            GateCheck::Sql(sql) => written::statement(reader, sql, dossier)?,
            GateCheck::Rego(rego) => {
                let recorded = recorded(reader, dossier)?;
                (
                    written::rego(rego, gate, files, dossier, &recorded),
                    Vec::new(),
                )
            }
        },
    };
    Ok(Replayed {
        id: gate.id.clone(),
        title: gate.title.clone(),
        answer: match (answer, gate.absent) {
            (Answer::Unknown(why), Absent::Note) => Answer::Noted(why),
            (answer, _) => answer,
        },
        citations,
    })
}

/// The answer of a gate that does not apply to the release, or not for sure.
fn unasked(policy: &Policy, gate: &Gate, dossier: &Dossier) -> Option<Answer> {
    let condition = gate.when.as_ref()?;
    let outcome = criteria::holds(condition, policy, dossier);
    match outcome.truth {
        Truth::True => None,
        Truth::False => {
            let why = format!("not asked for, since not {}", condition.text());
            Some(Answer::Noted(why))
        }
        Truth::Unknown => {
            let why = format!(
                "whether it applies is not known: {}",
                outcome.unknown.join(", ")
            );
            Some(Answer::Unknown(why))
        }
    }
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

/// What the absence of a hop means: nothing where it would not have been seen.
fn absent(dossier: &Dossier, hop: &str, why: &str) -> Answer {
    match dossier.absence(hop) {
        Absence::Telling => Answer::Failed(format!("{why}, though its service has others")),
        Absence::TooEarly => Answer::Unknown(format!(
            "{why}, and records of the kind begin after the release"
        )),
        Absence::NotCollected => {
            Answer::Unknown(format!("{why}, and none was collected for its service"))
        }
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
    match ids(dossier, kind) {
        Some(ids) => reader.ask(name, sql, &[("ids", ids.into())]),
        None => Ok(Vec::new()),
    }
}

/// The chain's records of a kind, as a JSON array; `None` where it has none.
fn ids(dossier: &Dossier, kind: &str) -> Option<String> {
    let nodes = dossier.chain.nodes.iter();
    let ids: Vec<&str> = nodes
        .filter(|node| node.kind == kind)
        .map(|node| node.id.as_str())
        .collect();
    (!ids.is_empty()).then(|| Value::from(ids).to_string())
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Review {
    change_request: Option<String>,
    ts_ns: Option<i64>,
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

/// An approval that does not count.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// The change request.
    pub change_request: String,
    /// Who gave it, or what was bypassed.
    pub by: String,
    /// What is wrong with it.
    pub says: String,
    /// When it was given, nanoseconds.
    pub ts_ns: Option<i64>,
    /// Where it stands.
    pub citation: Option<Value>,
}

/// Approvals that count, by who gave them, and those that do not.
struct Approvals {
    /// True where the change request is known at all.
    is_known: bool,
    given: usize,
    good: BTreeSet<String>,
    faults: Vec<Fault>,
}

fn approvals(
    reader: &Reader,
    dossier: &Dossier,
    wanted: &Approval,
) -> Result<Approvals, StoreError> {
    let mut found = Approvals {
        is_known: false,
        given: 0,
        good: BTreeSet::new(),
        faults: Vec::new(),
    };
    let Some(ids) = ids(dossier, "change_request") else {
        return Ok(found);
    };
    let rows = reader.rows(
        "approvals of the release",
        APPROVALS,
        &[("ids", ids.into())],
    )?;
    for row in rows.objects() {
        let citation = citation::of_row(&row, "c_");
        let review: Review = serde_json::from_value(Value::Object(row)).unwrap_or_default();
        found.is_known = true;
        let state = review.state.as_deref().unwrap_or("");
        if !state.eq_ignore_ascii_case("approved") {
            continue;
        }
        found.given += 1;
        let reviewer = review.reviewer.as_deref().unwrap_or("somebody");
        let says = if let Some(party) = is_party(&review, reviewer, &wanted.approver_not) {
            format!("{reviewer} approved and is {party}")
        } else if let Some(flaw) = unbound(&review, wanted.bound_to) {
            format!("{reviewer} approved {flaw}")
        } else {
            found.good.insert(reviewer.to_owned());
            continue;
        };
        found.faults.push(Fault {
            change_request: review.change_request.clone().unwrap_or_default(),
            by: reviewer.to_owned(),
            says,
            ts_ns: review.ts_ns,
            citation,
        });
    }
    Ok(found)
}

/// The approvals of a release that do not count, where no other one does: of another revision, or by
/// whoever wrote it. And the gates that were bypassed. True where one approval does count.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn faults_of_approvals(
    reader: &Reader,
    dossier: &Dossier,
) -> Result<(Vec<Fault>, bool), StoreError> {
    let wanted = Approval {
        approvals_min: 1,
        approver_not: vec![Party::Author, Party::Committer, Party::Agent],
        bound_to: Bound::MergeTree,
    };
    let found = approvals(reader, dossier, &wanted)?;
    let is_approved = !found.good.is_empty();
    let mut faults = if found.good.is_empty() {
        found.faults
    } else {
        Vec::new()
    };
    let bypassed = dossier
        .chain
        .nodes
        .iter()
        .filter(|node| node.kind == "gate_decision" && node.id.contains("/bypassed"));
    faults.extend(bypassed.map(|node| Fault {
        change_request: node.id.clone(),
        by: node.label.clone(),
        says: format!("went past a gate that was bypassed: {}", node.label),
        ts_ns: node.ts.as_deref().and_then(time::parse),
        citation: node.citations.first().cloned(),
    }));
    Ok((faults, is_approved))
}

fn approved(reader: &Reader, dossier: &Dossier, wanted: &Approval) -> Result<Answer, StoreError> {
    let found = approvals(reader, dossier, wanted)?;
    if !found.is_known {
        return Ok(absent(dossier, "review", "no change request is linked"));
    }
    let least = usize::try_from(wanted.approvals_min).unwrap_or(usize::MAX);
    Ok(if found.good.len() >= least {
        let who: Vec<String> = found.good.into_iter().collect();
        Answer::Passed(format!("approved by {}", who.join(", ")))
    } else if !found.faults.is_empty() {
        let says: Vec<String> = found.faults.into_iter().map(|fault| fault.says).collect();
        Answer::Failed(says.join("; "))
    } else if found.given == 0 && dossier.chain.nodes.iter().any(|node| node.kind == "review") {
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

/// A decision that the pipeline recorded.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Decided {
    /// The gate's name.
    pub(super) gate: Option<String>,
    /// As the pipeline wrote it.
    pub(super) decision: Option<String>,
    /// What it was for.
    pub(super) environment: Option<String>,
    /// Who decided, where a person did.
    pub(super) approver: Option<String>,
    requestor: Option<String>,
    /// Digest of the policy that decided.
    pub(super) policy_digest: Option<String>,
}

/// Words for a decision that lets something pass.
pub(super) const PASSES: &[&str] = &["pass", "passed", "approved", "allow", "allowed", "success"];

/// The decisions about the release, in order of their ids.
fn recorded(reader: &Reader, dossier: &Dossier) -> Result<Vec<Decided>, StoreError> {
    of_kind(
        reader,
        dossier,
        "gate_decision",
        "decisions of the release",
        DECISIONS,
    )
}

fn decided(
    reader: &Reader,
    dossier: &Dossier,
    wanted: &GateDecision,
) -> Result<Answer, StoreError> {
    let decisions = recorded(reader, dossier)?;
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
                Decision::Pass => PASSES,
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

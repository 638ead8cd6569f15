//! Gates that a team wrote itself: statements whose rows are violations, and Rego.
//!
//! Both are other people's code. What cannot be run is unknown, with the reason; it never passes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::dossier::Dossier;
use super::file::{Gate, Rego, RegoText};
use super::gates::{Answer, Decided, PASSES};
use super::hits::{self, LIMITS, MOST_CITATIONS};
use super::rego::{self, Limits, Module, Question, Ruling};
use crate::model::{id, time};
use crate::store::console;
use crate::store::{Param, Reader, Row, StoreError};

/// Deployments of a release that a statement is run for.
const MOST_DEPLOYMENTS: usize = 20;
/// Rows that an answer tells.
const MOST_TOLD: usize = 3;
/// Characters of one row that are told.
const LONGEST_ROW: usize = 160;

/// Runs a gate's statement: its rows are violations, cited where they have `file_id`, `"offset"` and
/// `length`. It may name `$release`, `$as_of` (nanoseconds) and `$deployment`; naming the latter, it is
/// run once for each deployment of the release.
///
/// # Errors
/// The question was withdrawn.
pub(super) fn statement(
    reader: &Reader,
    sql: &str,
    dossier: &Dossier,
) -> Result<(Answer, Vec<Value>), StoreError> {
    let deployments: Vec<&str> = dossier
        .chain
        .nodes
        .iter()
        .filter(|node| node.kind == "deployment")
        .map(|node| node.id.as_str())
        .collect();
    let per_deployment = sql.contains("$deployment");
    if per_deployment && deployments.is_empty() {
        let why = "no deployment is linked that its statement could be asked about";
        return Ok((Answer::Unknown(why.to_owned()), Vec::new()));
    }
    if per_deployment && deployments.len() > MOST_DEPLOYMENTS {
        let why = format!("the release has more than {MOST_DEPLOYMENTS} deployments");
        return Ok((Answer::Unknown(why), Vec::new()));
    }
    let runs: Vec<Option<&str>> = if per_deployment {
        deployments.into_iter().map(Some).collect()
    } else {
        vec![None]
    };
    let (mut many, mut told, mut citations) = (0_usize, Vec::new(), Vec::new());
    let mut is_cut = false;
    for deployment in runs {
        let params = [
            (
                "release",
                Param::from(dossier.comparison.release.id.as_str()),
            ),
            ("as_of", dossier.comparison.as_of.into()),
            ("deployment", deployment.map_or(Param::Null, Param::from)),
        ];
        let rows = match console::rule(reader, sql, &params, LIMITS) {
            Ok(rows) => rows,
            Err(StoreError::Interrupted) => return Err(StoreError::Interrupted),
            Err(error) => {
                let why = format!("its statement could not be run: {error}");
                return Ok((Answer::Unknown(why), Vec::new()));
            }
        };
        many += rows.rows.len();
        is_cut |= rows.truncated;
        for row in rows.objects() {
            if told.len() < MOST_TOLD {
                told.push(shown(&row));
            }
            if citations.len() < MOST_CITATIONS {
                citations.extend(hits::cited(reader, &row)?);
            }
        }
    }
    if many == 0 {
        let why = "its statement gives no row".to_owned();
        return Ok((Answer::Passed(why), citations));
    }
    let why = format!(
        "its statement gives {many} {}{}: {}{}",
        if many == 1 { "row" } else { "rows" },
        if is_cut { " or more" } else { "" },
        told.join("; "),
        if many > told.len() { "; …" } else { "" },
    );
    Ok((Answer::Failed(why), citations))
}

/// A row as one line: its subject, else what it holds apart from its place.
fn shown(row: &Row) -> String {
    let line = match row.get("subject").and_then(Value::as_str) {
        Some(subject) => subject.to_owned(),
        None => row
            .iter()
            .filter(|(name, value)| {
                !matches!(name.as_str(), "file_id" | "offset" | "length") && !value.is_null()
            })
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name} {text}"),
                value => format!("{name} {value}"),
            })
            .collect::<Vec<_>>()
            .join(", "),
    };
    rego::clean(&line, LONGEST_ROW)
}

/// Asks a gate's Rego about the chain of the release, and tells what was decided then beside it.
pub(super) fn rego(
    rego: &Rego,
    gate: &Gate,
    files: &BTreeMap<String, String>,
    dossier: &Dossier,
    recorded: &[Decided],
) -> Answer {
    let (input, facts) = match documents(dossier) {
        Ok(documents) => documents,
        Err(error) => return Answer::Unknown(format!("the chain cannot be written: {error}")),
    };
    let place = format!("gate {}, line {} of the policy", gate.id, gate.source.line);
    let modules: Vec<Module<'_>> = match &rego.text {
        RegoText::Inline { text, before } => vec![Module {
            name: "policy",
            text,
            before: *before,
        }],
        RegoText::Files(names) => {
            let absent = names.iter().find(|name| !files.contains_key(*name));
            if let Some(absent) = absent {
                return Answer::Unknown(format!(
                    "{absent} is not beside the policy, or is larger than is read ({place})"
                ));
            }
            names
                .iter()
                .filter_map(|name| {
                    let text = files.get(name)?;
                    Some(Module {
                        name,
                        text,
                        before: 0,
                    })
                })
                .collect()
        }
    };
    let question = Question {
        modules: &modules,
        package: rego.package.as_deref(),
        query: rego.query.as_deref(),
        input: &input,
        facts: &facts,
    };
    let digests: Vec<String> = modules
        .iter()
        .map(|module| id::sha256_hex(module.text.as_bytes()))
        .collect();
    let then = then(gate, recorded, &digests);
    match rego::ask(&question, Limits::default()) {
        // What was cut off may be what it forbids.
        Ruling::Allowed(_) if dossier.chain.truncated => Answer::Unknown(format!(
            "recorded then: {then}; now: not known, since the chain is too large to be shown whole"
        )),
        Ruling::Allowed(by) => Answer::Passed(format!("recorded then: {then}; now: allow, {by}")),
        Ruling::Denied(told) => Answer::Failed(format!("recorded then: {then}; now: deny: {told}")),
        Ruling::Unknown(why) => Answer::Unknown(format!(
            "recorded then: {then}; now: not known: {why} ({place})"
        )),
    }
}

/// `input` and `data.shipwake`.
fn documents(dossier: &Dossier) -> Result<(Value, Value), serde_json::Error> {
    let as_of = dossier.comparison.as_of;
    let facts = json!({
        "as_of": time::rfc3339(as_of),
        "as_of_ns": as_of,
        "release": serde_json::to_value(dossier.of_release())?,
        "tier": dossier.tier.token(),
    });
    Ok((serde_json::to_value(&dossier.chain)?, facts))
}

/// What was decided then, as one phrase: by the gate of this name or the policy of this digest where
/// there is such a record, else by any gate of the release.
fn then(gate: &Gate, recorded: &[Decided], digests: &[String]) -> String {
    let hex = |digest: &str| {
        let digest = digest.trim().to_ascii_lowercase();
        digest
            .strip_prefix("sha256:")
            .map_or(digest.clone(), str::to_owned)
    };
    let is_own = |one: &&Decided| {
        one.gate.as_deref().is_some_and(|name| {
            name.eq_ignore_ascii_case(&gate.id) || name.eq_ignore_ascii_case(&gate.title)
        }) || one
            .policy_digest
            .as_deref()
            .is_some_and(|digest| digests.contains(&hex(digest)))
    };
    // What was only asked for was not decided.
    let decided = |one: &&Decided| {
        one.decision
            .as_deref()
            .is_some_and(|word| !word.eq_ignore_ascii_case("requested"))
    };
    let own: Vec<&Decided> = recorded.iter().filter(decided).filter(is_own).collect();
    let told = if own.is_empty() {
        recorded.iter().filter(decided).collect()
    } else {
        own
    };
    let phrases: BTreeSet<String> = told
        .into_iter()
        .map(|one| {
            let word = one.decision.as_deref().unwrap_or_default();
            let said = if PASSES.iter().any(|pass| word.eq_ignore_ascii_case(pass)) {
                "allow"
            } else if ["rejected", "reject", "failed", "fail", "deny", "denied"]
                .iter()
                .any(|no| word.eq_ignore_ascii_case(no))
            {
                "deny"
            } else {
                word
            };
            let mut by: Vec<String> = Vec::new();
            if let Some(gate) = one.gate.as_deref().or(one.environment.as_deref()) {
                by.push(format!("gate {gate}"));
            }
            if let Some(approver) = &one.approver {
                by.push(format!("by {approver}"));
            }
            match one.policy_digest.as_deref() {
                Some(digest) if digests.contains(&hex(digest)) => {
                    by.push("by this text".to_owned());
                }
                Some(digest) => {
                    let short: String = digest.chars().take(19).collect();
                    by.push(format!("by another text, {short}"));
                }
                None => {}
            }
            let by = if by.is_empty() {
                String::new()
            } else {
                format!(" ({})", by.join(", "))
            };
            rego::clean(&format!("{said}{by}"), LONGEST_ROW)
        })
        .collect();
    if phrases.is_empty() {
        return "nothing".to_owned();
    }
    let all = phrases.len();
    let mut shown: Vec<String> = phrases.into_iter().take(MOST_TOLD).collect();
    if all > shown.len() {
        shown.push(format!("{} more", all - shown.len()));
    }
    shown.join(" and ")
}

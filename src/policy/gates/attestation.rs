//! The gate that asks for an attestation: of that kind, signed by that party, about that source.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, absent, any, of_kind};
use crate::model::signature::Signature;
use crate::policy::dossier::Dossier;
use crate::policy::file::Attestation;
use crate::store::{Param, Reader, StoreError};

pub(super) const ATTESTATIONS: &str = include_str!("../queries/attestations.sql");
pub(super) const REACHABLE: &str = include_str!("../queries/reachable.sql");

#[derive(Deserialize)]
struct Attested {
    id: String,
    predicate_type: Option<String>,
    builder_id: Option<String>,
    repository: Option<String>,
    source_ref: Option<String>,
    sha: Option<String>,
    event: Option<String>,
}

/// The answer of a gate that asks for an attestation.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub(super) fn attested(
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
        let mut fault = flaw(one, wanted, signature_of(dossier, one));
        if let (Flaw::None, Some(branch)) = (&fault, &wanted.source_commit_reachable_from) {
            fault = stray(reader, one.sha.as_deref(), branch)?;
        }
        match fault {
            Flaw::None => {
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
            Flaw::Unknown(why) => Some(Answer::Unknown(why.clone())),
            _ => None,
        })
        .or_else(|| {
            faults.into_iter().find_map(|fault| match fault {
                Flaw::Wrong(why) => Some(Answer::Failed(why)),
                _ => None,
            })
        })
        .unwrap_or_else(|| Answer::Unknown("no attestation could be judged".to_owned())))
}

enum Flaw {
    None,
    Unknown(String),
    Wrong(String),
}

/// The check of the statement's best signature.
fn signature_of<'d>(dossier: &'d Dossier, one: &Attested) -> Option<&'d Signature> {
    let statement = one.id.strip_prefix("attestation:")?;
    let of = dossier.signatures.iter();
    of.filter(|signature| signature.statement == statement)
        .min_by_key(|signature| (!signature.authorised, signature.result != "valid"))
}

fn flaw(one: &Attested, wanted: &Attestation, signature: Option<&Signature>) -> Flaw {
    let fields = [
        ("builder", one.builder_id.as_deref(), &wanted.builder_id),
        ("source ref", one.source_ref.as_deref(), &wanted.source_ref),
        ("event", one.event.as_deref(), &wanted.event),
    ];
    for (name, value, patterns) in fields {
        match value {
            Some(value) if !any(patterns, value) => {
                return Flaw::Wrong(format!("the {name} is {value}"));
            }
            None if !patterns.is_empty() => {
                return Flaw::Unknown(format!("the attestation names no {name}"));
            }
            _ => {}
        }
    }
    // Repositories are compared in the form that all records share, without scheme.
    if let Some(repository) = one.repository.as_deref() {
        let forms = ["", "https://", "git+https://"].map(|scheme| format!("{scheme}{repository}"));
        if !forms.iter().any(|form| any(&wanted.repository, form)) {
            return Flaw::Wrong(format!("the repository is {repository}"));
        }
    }
    if let Some(event) = one.event.as_deref()
        && wanted
            .event_not
            .iter()
            .any(|pattern| pattern.matches(event))
    {
        return Flaw::Wrong(format!("the build was started by {event}"));
    }
    if !wanted.verified {
        return Flaw::None;
    }
    let Some(signature) = signature else {
        return Flaw::Unknown("its signature was not checked".to_owned());
    };
    let told = |word: &str| match signature.detail.as_str() {
        "" => word.to_owned(),
        detail => format!("{word}: {detail}"),
    };
    match signature.result.as_str() {
        "valid" if signature.authorised || wanted.signer.is_empty() => Flaw::None,
        "valid" => Flaw::Wrong(format!(
            "it is signed by {}, whom the policy does not expect",
            signature.signer.as_deref().unwrap_or("somebody")
        )),
        "absent" => Flaw::Wrong("it is not signed".to_owned()),
        "not_checked" | "not_checkable" | "untrusted_root" => Flaw::Unknown(told(&format!(
            "its signature is {}",
            signature.result.replace('_', " ")
        ))),
        result => Flaw::Wrong(told(&format!(
            "its signature: {}",
            result.replace('_', " ")
        ))),
    }
}

/// Whether the source commit is on a branch, as far as the history here tells.
fn stray(reader: &Reader, sha: Option<&str>, branch: &str) -> Result<Flaw, StoreError> {
    let Some(sha) = sha else {
        return Ok(Flaw::Unknown(
            "the attestation names no source commit".to_owned(),
        ));
    };
    let params = [("sha", Param::from(sha)), ("branch", branch.into())];
    let found = reader.rows("whether a commit is on a branch", REACHABLE, &params)?;
    let is = |at: usize| {
        let row = found.rows.first();
        row.and_then(|row| row.get(at)).and_then(Value::as_bool)
    };
    let short = sha.get(..7).unwrap_or(sha);
    Ok(match (is(0), is(1), is(2)) {
        (Some(true), _, _) => Flaw::None,
        (_, Some(true), Some(true)) => {
            Flaw::Wrong(format!("{short} is not reachable from {branch}"))
        }
        (_, Some(true), _) => Flaw::Unknown(format!(
            "{short} is not among the commits of {branch} that are here, and its history is cut off"
        )),
        _ => Flaw::Unknown(format!(
            "no commit here says that it is the tip of {branch}"
        )),
    })
}

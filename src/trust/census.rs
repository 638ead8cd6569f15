//! Every signature of a case, checked.
//!
//! What is checked is the sealed bytes behind each row, not the row: a parser reads what an envelope
//! says, and the envelope itself must hold. Keys and roots come from the user and the policy; a key
//! that lies in the evidence counts where the policy pins its digest, and not because it is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Checked, Clock, Expected, MAX_OBJECT, Part, RootError, Roots, Signer, verify};
use crate::case::{CaseError, Evidence};
use crate::model::signature::{Difference, Signature};
use crate::model::{EvidenceClass, Span, Stamp, citation, id, judgement, time};
use crate::store::{Batch, Reader, StoreError};

const ENVELOPES: &str = include_str!("queries/envelopes.sql");

/// The questions of this room.
pub const QUERIES: &[(&str, &str)] = &[("envelopes", ENVELOPES)];

/// A file that a policy pins or a user gave: a public key, a list of them, a trust root, or allowed
/// signers. Which, its content says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The policy's name for it, or the path that the user gave.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why signatures could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The evidence cannot be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A trusted file is no key and no trust root.
    #[error("cannot use {name} as a key or trust root: {why}")]
    Trusted {
        /// The file.
        name: String,
        /// The reason.
        why: RootError,
    },
}

/// The built-in roots, and what is trusted besides.
///
/// # Errors
/// A trusted file is no key and no trust root.
pub fn roots(trusted: &[Trusted]) -> Result<Roots, TrustError> {
    let refused = |name: &str| {
        let name = name.to_owned();
        move |why: RootError| TrustError::Trusted { name, why }
    };
    let mut roots = Roots::embedded().map_err(refused("the built-in roots"))?;
    for file in trusted {
        let is_root = serde_json::from_slice::<Value>(&file.bytes).is_ok_and(|value| {
            value.get("certificateAuthorities").is_some() || value.get("tlogs").is_some()
        });
        if is_root {
            roots.give_root(&file.name, &file.bytes)
        } else {
            let keys = roots.give_keys(&file.name, &file.bytes);
            // What is no key may be a list of who may sign commits.
            keys.map(|_| ()).or_else(|why| {
                let signers = roots.give_allowed_signers(&file.name, &file.bytes);
                signers.map_err(|_| why)
            })
        }
        .map_err(refused(&file.name))?;
    }
    Ok(roots)
}

/// Checks every signed object of a case; `expected` says, by predicate type, who should have signed,
/// and which rules ask for it.
///
/// # Errors
/// The case cannot be read. An object that cannot is a result, not an error.
pub fn check(
    reader: &Reader,
    evidence: &Evidence,
    roots: &Roots,
    expected: &dyn Fn(&str) -> (Expected, Vec<String>),
) -> Result<Vec<Signature>, TrustError> {
    let mut wanted: BTreeMap<String, (Expected, Vec<String>)> = BTreeMap::new();
    let mut signatures = Vec::new();
    for row in reader.rows("envelopes", ENVELOPES, &[])?.objects() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("");
        let number = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or(0);
        let predicate = text("predicate_type");
        let (expected, required_by) = wanted
            .entry(predicate.to_owned())
            .or_insert_with(|| expected(predicate));
        let length = number("c_length").min(MAX_OBJECT as u64 + 1);
        let bytes = evidence.read(text("c_sha256"), number("c_offset"), length)?;
        let checked = verify(&bytes, roots, expected);
        signatures.push(Signature {
            statement: text("statement").to_owned(),
            required_by: required_by.clone(),
            predicate_type: (!predicate.is_empty()).then(|| predicate.to_owned()),
            // An envelope names its key even where no such key was given.
            signer: signer(&checked)
                .or_else(|| Some(text("signer").to_owned()).filter(|it| !it.is_empty())),
            citations: citation::of_row(&row, "c_").into_iter().collect(),
            ..told(&checked)
        });
    }
    Ok(signatures)
}

fn signer(checked: &Checked) -> Option<String> {
    checked
        .proven
        .signer
        .as_ref()
        .map(|signer| signer.name().to_owned())
}

/// A check in the words of the contract.
#[must_use]
pub fn told(checked: &Checked) -> Signature {
    let proven = &checked.proven;
    let subject = |at: usize| {
        let subject = proven.subjects.get(at)?;
        Some(match subject.name.as_str() {
            "" => "an unnamed subject".to_owned(),
            name => name.to_owned(),
        })
    };
    Signature {
        subject: match (subject(0), proven.subjects.len()) {
            (None, _) => String::new(),
            (Some(first), 1) => first,
            (Some(first), all) => format!("{first} and {} more", all - 1),
        },
        kind: checked.kind.to_owned(),
        signer: signer(checked),
        issuer: match &proven.signer {
            Some(Signer::Certificate { issuer, .. }) if !issuer.is_empty() => Some(issuer.clone()),
            _ => None,
        },
        root: proven.root.as_ref().map(|root| root.name.clone()),
        root_sha256: proven.root.as_ref().map(|root| root.sha256.clone()),
        root_newest: proven.root.as_ref().map(|root| root.newest.clone()),
        clock: match proven.clock {
            Clock::None => "none",
            Clock::Claimed => "claimed",
            Clock::Log => "log_entry",
            Clock::Authority => "timestamp_authority",
            Clock::LogAndAuthority => "log_entry_and_timestamp_authority",
        }
        .to_owned(),
        signed: proven.times_ns.first().map(|at| time::rfc3339(*at)),
        result: checked.outcome.token().to_owned(),
        reason: checked.reason.map(|reason| reason.token().to_owned()),
        detail: checked.detail.clone(),
        authorised: checked.authorises(),
        differences: checked
            .differences
            .iter()
            .map(|one| Difference {
                result: one.outcome.token().to_owned(),
                field: one.field.to_owned(),
                found: one.found.clone(),
                expected: one.expected.clone(),
                at: one.found_at.as_ref().map(|place| {
                    let part = match place.part {
                        Part::Object => "",
                        Part::Payload => "payload",
                    };
                    format!("{part}{}", place.pointer)
                }),
            })
            .collect(),
        ..Signature::default()
    }
}

/// The checks as rows, each cited to its object.
#[must_use]
pub fn rows(signatures: &[Signature]) -> Batch {
    let mut batch = Batch::new();
    for signature in signatures {
        let cited = signature.citations.first();
        let number = |name: &str| cited.and_then(|cited| cited[name].as_u64()).unwrap_or(0);
        let file = cited
            .and_then(|cited| cited["sha256"].as_str())
            .map_or(0, id::file_id);
        let document = serde_json::to_string(signature).unwrap_or_default();
        let rank = super::Outcome::from_token(&signature.result)
            .and_then(|outcome| super::Outcome::ALL.iter().position(|one| *one == outcome));
        let text = |cell: &Option<String>| cell.clone().map(Into::into);
        batch.begin(file, EvidenceClass::Observed);
        batch.push(
            Stamp::new(Span::new(number("offset"), number("length")), None),
            &judgement::Signature {
                statement: Some(signature.statement.as_str().into()),
                kind: Some(signature.kind.as_str().into()),
                result: Some(signature.result.as_str().into()),
                rank: rank.and_then(|rank| i64::try_from(rank).ok()),
                signer: text(&signature.signer),
                root: text(&signature.root),
                authorised: Some(signature.authorised),
                detail: Some(signature.detail.as_str().into()),
                document: Some(document.into()),
                ..judgement::Signature::default()
            },
        );
    }
    batch
}

//! Every signature of a case, checked.
//!
//! What is checked is the sealed bytes behind each row, not the row: a parser reads what an envelope
//! says, and the envelope itself must hold. Keys and roots come from the user and the policy; a key
//! that lies in the evidence counts where the policy pins its digest, and not because it is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Checked, Clock, Expected, Key, MAX_OBJECT, Outcome, Part, Reason, RootError, Roots, Signer,
    verify,
};
use crate::case::{CaseError, Evidence};
use crate::model::signature::{Difference, Signature};
use crate::model::{EvidenceClass, Span, Stamp, citation, id, judgement, time};
use crate::store::{Batch, Reader, StoreError};

const ENVELOPES: &str = include_str!("queries/envelopes.sql");

const KEYS: &str = include_str!("queries/keys.sql");

/// The questions of this room.
pub const QUERIES: &[(&str, &str)] = &[
    ("envelopes", ENVELOPES),
    ("key files", KEYS),
    super::history::QUERY,
];

/// What a file of public keys in PEM begins with.
const PEM: &[u8] = b"-----BEGIN ";

/// What OpenPGP certificates in armour begin with (RFC 9580, 6.2).
const OPENPGP: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// A file that a policy pins or a user gave: a public key, a list of them, a trust root, allowed signers, or
/// OpenPGP certificates. Which, its content says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The policy's name for it, or the path that the user gave.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Trusted {
    /// True where `sha256` (hex) is the digest of the file, or of a key in it.
    #[must_use]
    pub fn is(&self, sha256: &str) -> bool {
        let id = format!("sha256:{sha256}");
        id::sha256_hex(&self.bytes) == sha256
            || Key::read(&self.name, &self.bytes)
                .is_ok_and(|keys| keys.iter().any(|key| key.id == id))
    }
}

/// The public keys that lie in the evidence, vouched for by nobody.
///
/// # Errors
/// The case cannot be read.
pub fn keys(reader: &Reader, evidence: &Evidence) -> Result<Vec<Trusted>, TrustError> {
    let mut found = Vec::new();
    for row in reader.rows("key files", KEYS, &[])?.objects() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("");
        let size = row.get("bytes").and_then(Value::as_u64).unwrap_or(0);
        let bytes = evidence.read(text("sha256"), 0, size)?;
        let name = text("path").to_owned();
        let is_key = || bytes.starts_with(OPENPGP) || Key::read(&name, &bytes).is_ok();
        if bytes.starts_with(PEM) && is_key() {
            found.push(Trusted { name, bytes });
        }
    }
    Ok(found)
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
        } else if file.bytes.trim_ascii_start().starts_with(OPENPGP) {
            roots.give_openpgp(&file.name, &file.bytes)
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

/// Checks every signed object of a case, its commits and tags after its statements; `expected` says, by predicate type, who should have signed,
/// and which rules ask for it. What only a key in `found` verifies has an untrusted root; what such a key
/// refuses is bad all the same.
///
/// # Errors
/// The case cannot be read. An object that cannot is a result, not an error.
pub fn check(
    reader: &Reader,
    evidence: &Evidence,
    roots: &Roots,
    found: &[Trusted],
    expected: &dyn Fn(&str) -> (Expected, Vec<String>),
) -> Result<Vec<Signature>, TrustError> {
    let mut wanted: BTreeMap<String, (Expected, Vec<String>)> = BTreeMap::new();
    let mut signatures = Vec::new();
    let mut strangers = Roots::none();
    for file in found {
        // What is no key after all vouches for nothing.
        let _ = strangers.give_keys(&file.name, &file.bytes);
    }
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
        let checked = match checked.reason {
            Some(Reason::NoKey) => by_stranger(&bytes, &strangers).unwrap_or(checked),
            _ => checked,
        };
        signatures.push(Signature {
            statement: text("statement").to_owned(),
            required_by: required_by.clone(),
            predicate_type: (!predicate.is_empty()).then(|| predicate.to_owned()),
            // An envelope names its key even where no such key was given.
            signer: signer(&checked)
                .or_else(|| Some(text("signer").to_owned()).filter(|it| !it.is_empty())),
            citations: citation::of_row(&row, "c_").into_iter().collect(),
            ..rooted(told(&checked), &checked, roots)
        });
    }
    signatures.extend(super::history::check(reader, evidence, roots)?);
    Ok(signatures)
}

/// What the keys say that lie in the evidence: nothing in favour.
fn by_stranger(bytes: &[u8], strangers: &Roots) -> Option<Checked> {
    let mut checked = verify(bytes, strangers, &Expected::default());
    match checked.outcome {
        Outcome::Valid => {
            checked.outcome = Outcome::UntrustedRoot;
            checked.detail = format!(
                "verifies by the key {} that lies in the evidence; nobody vouches for it",
                signer(&checked).unwrap_or_default()
            );
            Some(checked)
        }
        Outcome::BadSignature => Some(checked),
        _ => None,
    }
}

/// What a given key verified has that key's file for its root.
fn rooted(signature: Signature, checked: &Checked, roots: &Roots) -> Signature {
    let given = match (&checked.proven.signer, checked.proven.chain) {
        (Some(Signer::Key(id)), true) => roots.keys().iter().find(|key| key.id == *id),
        _ => None,
    };
    let source = given.map(|key| format!("key {}", key.source));
    Signature {
        root: signature.root.clone().or(source),
        ..signature
    }
}

pub(super) fn signer(checked: &Checked) -> Option<String> {
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
        let rank = Outcome::from_token(&signature.result)
            .and_then(|outcome| Outcome::ALL.iter().position(|one| *one == outcome));
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

//! Who should have signed, by the policy.

use super::file::{GateCheck, Pattern, Policy};
use crate::trust::{Expected, Identity, Pattern as Expectation, Roots};

/// Issuers of the identities that workflows sign with, by where their names begin. A name means nothing
/// without who vouched for it, so a policy that leaves the issuer out gets the only one that may.
const ISSUERS: &[(&str, &str)] = &[
    (
        "https://github.com/",
        "https://token.actions.githubusercontent.com",
    ),
    ("https://gitlab.com/", "https://gitlab.com"),
];

/// Who should have signed a statement of type `predicate`, and what else is expected of it; and the
/// gates that ask for a valid signature.
#[must_use]
pub fn of(policy: &Policy, roots: &Roots, predicate: &str) -> (Expected, Vec<String>) {
    let mut expected = Expected::default();
    let mut required_by = Vec::new();
    for gate in &policy.gates {
        let GateCheck::Attestation(wanted) = &gate.check else {
            continue;
        };
        if !wanted.verified || !wanted.kind.iter().any(|kind| kind.matches(predicate)) {
            continue;
        }
        required_by.push(gate.id.clone());
        for signer in &wanted.signer {
            expected
                .signers
                .extend(identities(policy, roots, signer, wanted.issuer.as_deref()));
        }
        let patterns = |globs: &[Pattern]| globs.iter().filter_map(expectation).collect::<Vec<_>>();
        expected.builders.extend(patterns(&wanted.builder_id));
        expected.repositories.extend(patterns(&wanted.repository));
        expected.refs.extend(patterns(&wanted.source_ref));
        expected.triggers.extend(patterns(&wanted.event));
    }
    if expected.signers.is_empty() {
        // A key that the policy names may sign what it says.
        let keys = policy
            .keys
            .iter()
            .filter(|key| key.signs.iter().any(|signs| signs.matches(predicate)));
        for key in keys {
            expected.signers.extend(of_key(roots, &key.id));
        }
    }
    (expected, required_by)
}

/// A signer as the policy writes it: a key's name or digest, or a certificate's name.
fn identities(
    policy: &Policy,
    roots: &Roots,
    signer: &Pattern,
    issuer: Option<&str>,
) -> Vec<Identity> {
    let named = policy
        .keys
        .iter()
        .filter(|key| signer.matches(&key.id) || signer.matches(&format!("sha256:{}", key.sha256)));
    let keys: Vec<Identity> = named.flat_map(|key| of_key(roots, &key.id)).collect();
    if !keys.is_empty() || signer.as_str().starts_with("sha256:") {
        return keys;
    }
    let usual = ISSUERS
        .iter()
        .find(|(start, _)| signer.as_str().starts_with(start))
        .map(|(_, issuer)| *issuer);
    let certificate = |issuer: &str| {
        Some(Identity::Certificate {
            san: expectation(signer)?,
            issuer: Expectation::exact(issuer),
        })
    };
    issuer
        .or(usual)
        .and_then(certificate)
        .into_iter()
        .chain([Identity::Key(Expectation::exact(signer.as_str()))])
        .collect()
}

/// The keys of the file that the policy calls `name`.
fn of_key(roots: &Roots, name: &str) -> Vec<Identity> {
    let keys = roots.keys().iter().filter(|key| key.source == name);
    keys.map(|key| Identity::Key(Expectation::exact(key.id.as_str())))
        .collect()
}

/// A glob as a pattern of the trust room.
fn expectation(glob: &Pattern) -> Option<Expectation> {
    if glob.is_literal() {
        return Some(Expectation::exact(glob.as_str()));
    }
    let regex: String = glob
        .as_str()
        .chars()
        .map(|c| match c {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            c => regex::escape(&c.to_string()),
        })
        .collect();
    Expectation::regex(&regex).ok()
}

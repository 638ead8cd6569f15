//! From "the mathematics holds" to a result: the certificate against the predicate, signer and
//! source against what was expected, the wrapper against the statement, the subjects against the
//! digests at hand. Every difference is kept; the gravest names the outcome.

use serde_json::Value;

use super::claims::{self, Fact};
use super::expected::{Expected, Identity, Pattern};
use super::result::{Checked, Difference, Judged, Outcome, Place, Signer};
use super::subject;

/// What the checks of one object share: where its parts stand.
pub(super) struct Places {
    /// The certificate, or the key's hint.
    pub signer: Place,
    /// Subject number `n`, for statements and for plain messages.
    pub subject: fn(usize) -> Place,
}

/// The pointer of a statement's subject.
pub(super) fn subject_of_statement(index: usize) -> Place {
    Place::payload(format!("/subject/{index}/digest"))
}

/// Judges an object whose signature and chain hold. A difference turns the outcome, whatever it
/// was; without one, it stays.
pub(super) fn finish(
    mut checked: Checked,
    statement: Option<&Value>,
    expected: &Expected,
    places: &Places,
) -> Checked {
    let facts = statement.map(claims::of_statement).unwrap_or_default();
    let certificate = &checked.proven.claims;
    let contradictions = claims::contradictions(certificate, &facts, &places.signer);
    let mut found = Vec::new();
    checked
        .remarks
        .extend(claims::other_builder(certificate, &facts, &places.signer));
    identity(&mut checked, &facts, expected, places, &mut found);
    predicate_type(&checked, expected, &mut found);
    checked.differences.append(&mut found);
    // A predicate about another repository's build is a lie, unless the policy lets this very signer
    // speak for others and asks for no repository. About its own repository, nobody may be wrong.
    let elsewhere = contradictions
        .iter()
        .any(|it| it.field == "source repository");
    let may_speak = checked.identity == Judged::AsExpected && expected.repositories.is_empty();
    if elsewhere && may_speak {
        checked.remarks.extend(contradictions);
    } else {
        checked.differences.extend(contradictions);
    }
    subject::judge(&mut checked, &expected.digests, &places.subject);
    conclude(checked)
}

/// Lets the gravest difference name the outcome.
pub(super) fn conclude(mut checked: Checked) -> Checked {
    const GRAVITY: [Outcome; 6] = [
        Outcome::BadSignature,
        Outcome::UntrustedRoot,
        Outcome::Expired,
        Outcome::ContradictsCertificate,
        Outcome::WrongIdentity,
        Outcome::WrongSubject,
    ];
    let rank = |difference: &Difference| GRAVITY.iter().position(|it| *it == difference.outcome);
    checked.differences.sort_by_key(rank);
    if let Some(gravest) = checked.differences.first() {
        checked.outcome = gravest.outcome;
        checked.reason = None;
        let found = gravest.found.as_deref().unwrap_or("nothing");
        checked.detail = match gravest.expected.as_deref() {
            Some(expected) => format!("{}: {found}, expected {expected}", gravest.field),
            None => format!("{}: {found}", gravest.field),
        };
    }
    checked
}

fn identity(
    checked: &mut Checked,
    facts: &[Fact],
    expected: &Expected,
    places: &Places,
    found: &mut Vec<Difference>,
) {
    let before = found.len();
    if !expected.signers.is_empty() && !names(&expected.signers, checked.proven.signer.as_ref()) {
        let signer = checked.proven.signer.as_ref();
        found.push(Difference {
            outcome: Outcome::WrongIdentity,
            field: "signer",
            found: signer.map(|signer| match signer.issuer() {
                Some(issuer) => format!("{} issued by {issuer}", signer.name()),
                None => signer.name().to_owned(),
            }),
            expected: Some(list(expected.signers.iter().map(Identity::text))),
            found_at: Some(places.signer.clone()),
            expected_at: None,
        });
    }
    let asked = [
        ("builder", &expected.builders),
        ("workflow", &expected.workflows),
        ("trigger", &expected.triggers),
        ("source repository", &expected.repositories),
        ("source ref", &expected.refs),
    ];
    for (name, patterns) in asked {
        if patterns.is_empty() {
            continue;
        }
        let stated = stated(checked, facts, name, places);
        let value = stated.as_ref().map(|(value, _)| value.as_str());
        if !value.is_some_and(|value| matches(patterns, value)) {
            let (value, at) = stated.unzip();
            found.push(Difference {
                outcome: Outcome::WrongIdentity,
                field: name,
                found: value,
                expected: Some(list(patterns.iter().map(Pattern::text))),
                found_at: at,
                expected_at: None,
            });
        }
    }
    // `builder.id` is the signer's own word. It counts if the certificate says the same, or if the
    // signer is one that may say so.
    if !expected.builders.is_empty() && expected.signers.is_empty() {
        found.append(&mut checked.remarks);
    }
    checked.identity = if found.len() > before {
        Judged::Differs
    } else if expected.signers.is_empty() {
        Judged::NotJudged
    } else {
        Judged::AsExpected
    };
}

fn names(signers: &[Identity], signer: Option<&Signer>) -> bool {
    let Some(signer) = signer else { return false };
    signers.iter().any(|identity| match (identity, signer) {
        (
            Identity::Certificate { san, issuer },
            Signer::Certificate {
                san: name,
                issuer: by,
            },
        ) => san.matches(name) && issuer.matches(by),
        (Identity::Key(id), Signer::Key(key)) => id.matches(key),
        (Identity::Principal(name), Signer::Principal { principals, .. }) => principals
            .split(',')
            .any(|principal| name.matches(principal)),
        _ => false,
    })
}

/// The certificate's word if it has one, else the predicate's.
fn stated(
    checked: &Checked,
    facts: &[Fact],
    name: &'static str,
    places: &Places,
) -> Option<(String, Place)> {
    if let Some(claim) = checked.proven.claims.get(name) {
        return Some((claim.clone(), claims::narrowed(&places.signer, name)));
    }
    let fact = facts.iter().find(|fact| fact.name == name)?;
    let value = if name == "source repository" {
        let uri = fact.value.strip_prefix("git+").unwrap_or(&fact.value);
        uri.split('@').next().unwrap_or_default().to_owned()
    } else {
        fact.value.clone()
    };
    Some((value, Place::payload(fact.pointer.clone())))
}

fn predicate_type(checked: &Checked, expected: &Expected, found: &mut Vec<Difference>) {
    let signed = checked.proven.predicate_type.as_deref();
    let asked = &expected.predicate_types;
    if !asked.is_empty() && !signed.is_some_and(|signed| matches(asked, signed)) {
        found.push(Difference {
            outcome: Outcome::WrongSubject,
            field: "predicate type",
            found: signed.map(ToOwned::to_owned),
            expected: Some(list(asked.iter().map(Pattern::text))),
            found_at: Some(Place::payload("/predicateType")),
            expected_at: None,
        });
    }
}

/// What a registry writes beside a bundle is signed by nobody: it must say what the statement says.
pub(super) fn wrapper(mut checked: Checked, outer: &str, at: &str) -> Checked {
    let signed = checked.proven.predicate_type.clone();
    if signed.as_deref() == Some(outer) || !checked.proven.signature {
        return checked;
    }
    checked.differences.push(Difference {
        outcome: Outcome::WrongSubject,
        field: "predicate type",
        found: Some(outer.to_owned()),
        expected: signed,
        found_at: Some(Place::object(at)),
        expected_at: Some(Place::payload("/predicateType")),
    });
    conclude(checked)
}

fn matches(patterns: &[Pattern], value: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(value))
}

fn list(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(" or ")
}

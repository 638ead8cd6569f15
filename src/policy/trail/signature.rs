//! A signature that does not hold.

use super::{Witness, doubt};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;
use crate::trust::Outcome;

/// Results that say that something is wrong, not that something could not be looked at.
const WRONG: &[Outcome] = &[
    Outcome::BadSignature,
    Outcome::WrongIdentity,
    Outcome::WrongSubject,
    Outcome::Expired,
    Outcome::ContradictsCertificate,
];

/// Looks for signatures on the release's statements that do not hold.
pub struct BadSignature;

impl Witness for BadSignature {
    fn name(&self) -> &'static str {
        "bad_signature"
    }

    fn about(&self) -> &'static str {
        "a signature on a statement about the release that does not verify, or is not by whom, about what, or from where it should be"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        dossier
            .signatures
            .iter()
            .filter_map(|signature| {
                let outcome = Outcome::from_token(&signature.result)?;
                WRONG.contains(&outcome).then_some(())?;
                let differs = signature.differences.first().map(|one| {
                    format!(
                        " {} is {}, expected {}.",
                        one.field,
                        one.found.as_deref().unwrap_or("not stated"),
                        one.expected.as_deref().unwrap_or("something else")
                    )
                });
                Some(Observation {
                    citations: signature.citations.clone(),
                    ..doubt(
                        self,
                        dossier,
                        "provenance",
                        &signature.subject,
                        format!("has an attestation with a {}", outcome.word()),
                        format!(
                            "The signature on {} says {}: {}.{}",
                            signature.predicate_type.as_deref().unwrap_or("a statement"),
                            outcome.word(),
                            signature.detail,
                            differs.unwrap_or_default()
                        ),
                    )
                })
            })
            .collect()
    }
}

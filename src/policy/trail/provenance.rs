//! A release without provenance, where others have it.

use super::{Witness, doubt};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;
use crate::policy::reach::Absence;

/// Looks for the absence of provenance that would have been seen.
pub struct NoProvenance;

impl Witness for NoProvenance {
    fn name(&self) -> &'static str {
        "no_provenance"
    }

    fn about(&self) -> &'static str {
        "no provenance of the release, where its service or repository has provenance since before it"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let has = dossier
            .trail
            .statements
            .iter()
            .any(super::Statement::is_provenance);
        if has || dossier.absence("attestation") != Absence::Telling {
            return Vec::new();
        }
        let release = &dossier.comparison.release;
        let subject = release.digest.as_deref().unwrap_or(&release.id);
        vec![doubt(
            self,
            dossier,
            "provenance",
            subject,
            "has no provenance, though other releases have".to_owned(),
            "No statement is about its digest, nor about its name and commit; releases before it have such statements.".to_owned(),
        )]
    }
}

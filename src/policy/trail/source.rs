//! Provenance that names another source than the one that was shipped.

use super::{Witness, doubt, short};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for provenance of another commit.
pub struct OtherSource;

impl Witness for OtherSource {
    fn name(&self) -> &'static str {
        "other_source"
    }

    fn about(&self) -> &'static str {
        "provenance of the shipped bytes that names another commit than the one that was to be deployed"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let Some(deployed) = dossier.comparison.release.sha.as_deref() else {
            return Vec::new();
        };
        dossier
            .trail
            .statements
            .iter()
            .filter(|one| one.is_linked && one.is_provenance())
            .filter_map(|one| {
                let attested = one.sha.as_deref()?;
                let same = attested.starts_with(deployed) || deployed.starts_with(attested);
                (!same).then(|| Observation {
                    citations: one.citation.clone().into_iter().collect(),
                    ..doubt(
                        self,
                        dossier,
                        "provenance",
                        attested,
                        format!(
                            "was built from {}, not from {}, which was to be deployed",
                            short(attested),
                            short(deployed)
                        ),
                        format!(
                            "The provenance of the bytes that ran names commit {attested}; the deployment names {deployed}."
                        ),
                    )
                })
            })
            .collect()
    }
}

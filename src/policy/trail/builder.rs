//! A builder that built none of the repository's other releases.

use super::{Witness, doubt};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Fewest statements of another builder before a new one is odd.
const FEWEST: i64 = 2;

/// Looks for provenance by an unusual builder.
pub struct OtherBuilder;

impl Witness for OtherBuilder {
    fn name(&self) -> &'static str {
        "other_builder"
    }

    fn about(&self) -> &'static str {
        "provenance by a builder that built no other release of the repository, where all others have one builder"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let [usual] = dossier.trail.builders.as_slice() else {
            return Vec::new();
        };
        dossier
            .trail
            .statements
            .iter()
            .filter(|one| one.is_provenance() && usual.records >= FEWEST)
            .filter_map(|one| {
                let builder = one.builder_id.as_deref().filter(|it| *it != usual.value)?;
                Some(Observation {
                    citations: one.citation.clone().into_iter().collect(),
                    ..doubt(
                        self,
                        dossier,
                        "provenance",
                        builder,
                        format!("was built by {builder}, which built no other release"),
                        format!(
                            "{} other statements about the repository name {} as their builder.",
                            usual.records, usual.value
                        ),
                    )
                })
            })
            .collect()
    }
}

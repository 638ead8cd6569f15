//! History that shipped and was written anew.

use super::{Witness, doubt, short};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for pushes that forced a branch or tag off one of the release's commits.
pub struct Rewritten;

impl Witness for Rewritten {
    fn name(&self) -> &'static str {
        "rewritten"
    }

    fn about(&self) -> &'static str {
        "a forced push that moved a branch or tag off a commit of the release"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let pushes = dossier.trail.forced.iter();
        pushes
            .map(|push| {
                let commit = short(&push.value);
                Observation {
                    citations: push.citation.clone().into_iter().collect(),
                    first_ns: push.ts_ns,
                    ..doubt(
                        self,
                        dossier,
                        "provenance",
                        &push.source,
                        format!("shipped commit {commit}, which {} was forced off", push.source),
                        "What was reviewed and shipped is no longer what the branch or tag leads to.".to_owned(),
                    )
                }
            })
            .collect()
    }
}

//! A version that meant two things.

use std::collections::BTreeMap;

use super::{Said, Witness, doubt, short};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for a version that named several commits or several digests, or whose tag was moved.
pub struct TagMoved;

impl Witness for TagMoved {
    fn name(&self) -> &'static str {
        "tag_moved"
    }

    fn about(&self) -> &'static str {
        "records that tie one version of the service to several commits or digests, or its tag to several commits"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let mut kinds: BTreeMap<&str, Vec<&Said>> = BTreeMap::new();
        for said in &dossier.trail.named {
            kinds.entry(said.source.as_str()).or_default().push(said);
        }
        let moved = kinds.into_iter().filter(|(_, said)| said.len() > 1);
        moved
            .map(|(kind, said)| {
                let values: Vec<&str> = said.iter().map(|one| short(&one.value)).collect();
                let version = dossier.comparison.release.version.as_deref().unwrap_or("");
                Observation {
                    citations: said.iter().filter_map(|one| one.citation.clone()).take(4).collect(),
                    first_ns: said.iter().filter_map(|one| one.ts_ns).max(),
                    ..doubt(
                        self,
                        dossier,
                        "provenance",
                        version,
                        format!("was called {version} with several {kind}s: {}", values.join(", ")),
                        "A tag is a name that can be moved; what it named when it was approved is not what it names now.".to_owned(),
                    )
                }
            })
            .collect()
    }
}

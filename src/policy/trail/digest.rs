//! The digest census: attested = deployed = running?

use super::{Witness, doubt, short};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for bytes that ran under the release's name and are none that were attested or deployed.
pub struct OtherDigest;

impl Witness for OtherDigest {
    fn name(&self) -> &'static str {
        "other_digest"
    }

    fn about(&self) -> &'static str {
        "a digest that ran, or was deployed, under the release's version, and is no subject of the statements about that version"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        let attested: Vec<&str> = dossier
            .trail
            .statements
            .iter()
            .filter(|one| one.is_provenance())
            .flat_map(|one| one.digests.split_whitespace())
            .collect();
        if attested.is_empty() {
            return Vec::new();
        }
        dossier
            .trail
            .ran
            .iter()
            .filter(|said| !attested.contains(&said.value.as_str()))
            .map(|said| Observation {
                citations: said
                    .citation
                    .iter()
                    .chain(dossier.trail.statements.iter().filter_map(|one| one.citation.as_ref()))
                    .take(4)
                    .cloned()
                    .collect(),
                first_ns: said.ts_ns,
                ..doubt(
                    self,
                    dossier,
                    "provenance",
                    &said.value,
                    format!("ran {}, which its provenance is not about", short(&said.value)),
                    format!(
                        "{} records of the kind {} name {} under this version; the statements about it are about {}.",
                        said.records,
                        said.source,
                        said.value,
                        attested.iter().map(|digest| short(digest)).collect::<Vec<_>>().join(", ")
                    ),
                )
            })
            .collect()
    }
}

//! Code that an agent wrote in a session that nobody has.

use super::{Witness, doubt, short};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for commits with an agent's trace and no session.
pub struct NoSession;

impl Witness for NoSession {
    fn name(&self) -> &'static str {
        "no_session"
    }

    fn about(&self) -> &'static str {
        "a commit of the release that names an agent's session, where that session is not in the evidence and others are"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        dossier
            .trail
            .written
            .iter()
            .map(|said| Observation {
                citations: said.citation.clone().into_iter().collect(),
                first_ns: said.ts_ns,
                ..doubt(
                    self,
                    dossier,
                    "agent",
                    &said.value,
                    format!(
                        "holds code by an agent whose session is missing ({})",
                        short(&said.value)
                    ),
                    format!(
                        "{} names session {}; no transcript of it is in the evidence.",
                        said.source, said.value
                    ),
                )
            })
            .collect()
    }
}

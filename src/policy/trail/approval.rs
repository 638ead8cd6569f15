//! Approvals that approve nothing: of another revision, or by whoever wrote it.

use super::{Witness, doubt};
use crate::behaviour::observation::Observation;
use crate::policy::dossier::Dossier;

/// Looks for approvals that do not count.
pub struct Approval;

impl Witness for Approval {
    fn name(&self) -> &'static str {
        "approval"
    }

    fn about(&self) -> &'static str {
        "an approval of an earlier revision than was shipped, or by the author or a program, where no other approval counts; a gate that was bypassed"
    }

    fn look(&self, dossier: &Dossier) -> Vec<Observation> {
        dossier
            .approvals
            .iter()
            .map(|fault| Observation {
                citations: fault.citation.clone().into_iter().collect(),
                first_ns: fault.ts_ns,
                key: format!("{}: {} {}", self.name(), fault.change_request, fault.by),
                ..doubt(
                    self,
                    dossier,
                    "approval",
                    &fault.by,
                    fault.says.clone(),
                    "No other approval of the revision that was shipped is known.".to_owned(),
                )
            })
            .collect()
    }
}

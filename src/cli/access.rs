//! `shipwake access`: who used which secret, host or right, and what was new.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Case, Common, Failure, Output, code, judging, session};
use crate::model::time;
use crate::query::access_matrix;

const COLUMNS: &[&str] = &[
    "new",
    "family",
    "subject",
    "release",
    "instance",
    "events",
    "first_seen",
];

/// List which release used which secret, host or right, and whether it was the first to
#[derive(Debug, Args)]
pub(super) struct Access {
    #[command(flatten)]
    case: Case,
    /// Only this release: its id, or service@version.
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Only this family: secret, network, privilege, process, file.
    #[arg(long)]
    family: Option<String>,
    /// Only what no earlier release of the service used.
    #[arg(long)]
    new: bool,
}

impl Access {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let release = self
            .release
            .as_deref()
            .map(|text| judging::release(&reader, text))
            .transpose()?;
        let mut uses = access_matrix::ask(&reader)?;
        uses.retain(|one| {
            release.as_deref().is_none_or(|id| one.release == id)
                && self
                    .family
                    .as_deref()
                    .is_none_or(|family| one.family == family)
                && (!self.new || one.is_new())
        });
        uses.sort_by_key(|one| !one.is_new());
        let mut rows: Vec<Map<String, Value>> = uses
            .iter()
            .filter_map(|one| {
                let row = json!({
                    "family": one.family, "subject": one.subject, "service": one.service, "release": one.release,
                    "instance": one.instance, "events": one.events, "first_seen": time::rfc3339(one.first_ns),
                    "new": one.is_new(), "citations": one.citation().into_iter().collect::<Vec<_>>(),
                });
                row.as_object().cloned()
            })
            .collect();
        self.case.cut(&mut rows);
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

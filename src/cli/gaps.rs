//! `shipwake gaps`: what the evidence should hold and does not.

use clap::Args;

use super::{Case, Common, Failure, Output, Times, code, judging, session};
use crate::query::gaps;

const COLUMNS: &[&str] = &["release", "expected", "state", "why", "how_to_get"];

/// List what the evidence of each release should hold and does not, and how to get it
#[derive(Debug, Args)]
pub(super) struct Gaps {
    #[command(flatten)]
    case: Case,
    #[command(flatten)]
    times: Times,
    /// Only this release: its id, or service@version.
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
}

impl Gaps {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let release = self
            .release
            .as_deref()
            .map(|text| judging::release(&reader, text))
            .transpose()?;
        let window = self.case.window(Some(&self.times), self.service.as_deref());
        let mut found = if judging::is_asked(common) {
            let judged = judging::judge(&self.case.path, &reader, common, release.as_deref())?;
            let mut found = judged.gaps;
            let wanted = self.service.as_deref();
            found.retain(|gap| {
                wanted.is_none_or(|service| gap.release.split('@').next() == Some(service))
            });
            found
        } else {
            gaps::ask(&reader, &window, release.as_deref())?
        };
        self.case.cut(&mut found);
        let rows: Vec<_> = found
            .iter()
            .filter_map(|gap| serde_json::to_value(gap).ok()?.as_object().cloned())
            .collect();
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

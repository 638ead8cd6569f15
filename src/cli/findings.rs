//! `shipwake findings`: what releases did that they had no business doing.

use clap::{Args, ValueEnum};

use super::{Case, Common, Failure, Output, Times, code, judging, session};
use crate::model::finding::Severity;
use crate::query::findings::{self, Wanted};

const COLUMNS: &[&str] = &[
    "severity",
    "state",
    "first_seen",
    "family",
    "channel",
    "rule",
    "title",
    "id",
];

/// List what releases did that they had no business doing, worst first
#[derive(Debug, Args)]
pub(super) struct Findings {
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
    /// Only this family: secret, network, privilege, error, template, rate, latency, coverage, …
    #[arg(long)]
    family: Option<String>,
    /// Only this severity and worse.
    #[arg(long, value_enum)]
    severity: Option<Worst>,
}

/// The mildest severity that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Worst {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Findings {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case.path, common)?;
        let release = self
            .release
            .as_deref()
            .map(|text| judging::release(&reader, text))
            .transpose()?;
        let wanted = Wanted {
            window: self.case.window(Some(&self.times), self.service.as_deref()),
            release,
            family: self.family.clone(),
            severity: self.severity.map(|worst| match worst {
                Worst::Critical => Severity::Critical,
                Worst::High => Severity::High,
                Worst::Medium => Severity::Medium,
                Worst::Low => Severity::Low,
                Worst::Info => Severity::Info,
            }),
        };
        let mut found = if judging::is_asked(common) {
            let judged =
                judging::judge(&self.case.path, &reader, common, wanted.release.as_deref())?;
            let mut found = judged.findings;
            found.retain(|finding| findings::is_wanted(finding, &wanted));
            found
        } else {
            findings::ask(&reader, &wanted)?
        };
        self.case.cut(&mut found);
        let rows: Vec<_> = found
            .iter()
            .filter_map(|finding| serde_json::to_value(finding).ok()?.as_object().cloned())
            .collect();
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

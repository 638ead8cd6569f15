//! `shipwake diff`: what a release does that another one does not.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Common, Failure, Output, code, judging, session};
use crate::behaviour::Releases;
use crate::policy::difference;

const COLUMNS: &[&str] = &[
    "change",
    "family",
    "subject",
    "count",
    "effect",
    "p",
    "explained_by_diff",
    "title",
];

/// Compare the behaviour of a release with what was before it, most surprising first
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The case directory.
    case: PathBuf,
    /// The release.
    release: String,
    /// Compare with this release alone instead of everything before.
    #[arg(long, value_name = "RELEASE")]
    against: Option<String>,
}

impl Diff {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let id = judging::release(&reader, &self.release)?;
        let against = self
            .against
            .as_deref()
            .map(|text| judging::release(&reader, text))
            .transpose()?;
        let (policy, _, _) = judging::policy(&self.case, common)?;
        let mut releases = Releases::read(&reader, common.as_of)?;
        releases.outcomes = policy.outcomes();
        let Some(release) = releases.get(&id) else {
            return Err(Failure::usage(
                &format!("no release {id}"),
                "List the releases with `shipwake releases CASE`",
            ));
        };
        let comparison = releases.compare(&reader, release, against.as_deref())?;
        let found = difference::ask(&reader, &policy, comparison)?;
        let rows: Vec<Map<String, Value>> = found
            .iter()
            .filter_map(|(change, finding)| {
                let mut row = serde_json::to_value(finding).ok()?.as_object().cloned()?;
                row.insert("change".to_owned(), json!(change));
                Some(row)
            })
            .collect();
        Output::new(common).rows(&rows, COLUMNS)?;
        Ok(code::DONE)
    }
}

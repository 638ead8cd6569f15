//! `shipwake sql`: one read-only statement over the case.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::{Common, Failure, Output, code, output, session};
use crate::store::console::{self, Limits};

/// Run one read-only SQL statement over the case
#[derive(Debug, Args)]
pub(super) struct Sql {
    /// The case directory.
    case: PathBuf,
    /// The statement; see `shipwake list tables` for what there is.
    #[arg(allow_hyphen_values = true)]
    query: String,
    /// At most this many rows.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// At most this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    deadline: u64,
}

impl Sql {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let limits = Limits {
            rows: self.limit.unwrap_or(1_000_000),
            millis: self.deadline.saturating_mul(1_000),
        };
        let began = Instant::now();
        let answer = console::run(&reader, &self.query, limits)?;
        let elapsed = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let out = Output::new(common);
        if answer.truncated || out.is_table() {
            output::narrate(&console::summary(&answer, elapsed));
        }
        let columns = answer.columns.clone();
        let rows: Vec<_> = answer.objects().collect();
        out.rows(
            &rows,
            &columns.iter().map(String::as_str).collect::<Vec<_>>(),
        )?;
        Ok(code::DONE)
    }
}

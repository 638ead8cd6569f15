//! `shipwake changes`: what changed before a moment, ranked.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::arguments::moment;
use super::{Common, Failure, Output, code, session};
use crate::query::changes::{self, Wanted};
use crate::ui::text;

/// Rank everything that changed before a moment: deployments, configuration, permissions, flags
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// The case directory.
    case: PathBuf,
    /// The moment (RFC 3339 or a day); the first event of the worst finding unless given.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    before: Option<i64>,
    /// The service that suffers; that of the worst finding unless given.
    #[arg(long)]
    service: Option<String>,
    /// How far back to look, in hours.
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    hours: u32,
}

impl Changes {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let wanted = Wanted {
            before: self.before,
            service: self.service.clone(),
            release: None,
            hours: Some(self.hours),
        };
        let found = changes::ask(&reader, &wanted)?;
        if found.before.is_none() {
            return Err(Failure::usage(
                "nothing was found in this case to begin with",
                "Give the moment with --before, and the service with --service",
            ));
        }
        Output::new(common).document(&found, || table(&found))?;
        Ok(code::DONE)
    }
}

fn table(found: &changes::Changes) -> String {
    let mut out = format!(
        "before {} for {}{}\n",
        found.before.as_deref().unwrap_or("?"),
        text::safe(found.service.as_deref().unwrap_or("any service")),
        found
            .because
            .as_deref()
            .map_or(String::new(), |because| format!(
                ": {}",
                text::safe(because)
            ))
    );
    for (rank, change) in found.changes.iter().enumerate() {
        let _ = writeln!(
            out,
            "{:>3}  {}  {:<7} {}  by {}",
            rank + 1,
            change.took_effect.get(..19).unwrap_or("").replace('T', " "),
            change.kind,
            text::safe(&change.what),
            text::safe(&change.who)
        );
        for (sign, says) in change
            .pro
            .iter()
            .map(|says| ('+', says))
            .chain(change.against.iter().map(|says| ('-', says)))
        {
            let _ = writeln!(out, "       {sign} {}", text::safe(says));
        }
    }
    if found.changes.is_empty() {
        out.push_str("nothing is known to have changed in that time\n");
    }
    out
}

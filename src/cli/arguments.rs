//! Options that several subcommands share, and what they mean.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::model::{Floor, time};
use crate::query::answer::Window;
use crate::store::Settings;

/// Options that every subcommand takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// How to print: table, json, jsonl or csv; table on a terminal, json otherwise.
    #[arg(long, global = true, value_enum, hide_possible_values = true)]
    pub format: Option<Format>,
    /// Threads to use; one per core when not given.
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for the database, such as 512MiB or 2GiB; a quarter of the machine when not given.
    #[arg(long, global = true, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Trust signatures by this public key, list of keys or list of allowed signers; may be given again.
    #[arg(long, global = true, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Trust this Sigstore trust root (trusted_root.json) besides the built-in ones; may be given again.
    #[arg(long, global = true, value_name = "FILE")]
    pub trust_root: Vec<PathBuf>,
    /// Read exports by this declaration of a format too (docs/formats/declared.md); may be given again.
    #[arg(long, global = true, value_name = "FILE")]
    pub format_file: Vec<PathBuf>,
    /// Judge by this policy instead of the one that the case was loaded with.
    #[arg(long, global = true, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Judge as of this time (RFC 3339 or a day) instead of the last time of the evidence.
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    pub as_of: Option<i64>,
    /// Let only links count that are at least so well tied: any, matched, verified.
    #[arg(long, global = true, value_name = "FLOOR", default_value = "any", value_parser = floor)]
    pub trust: Floor,
    /// Wait while another process loads into the case, instead of failing.
    #[arg(long, global = true)]
    pub wait: bool,
}

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// The case that a subcommand reads, and how much of the answer is wanted.
#[derive(Debug, Clone, Args)]
pub struct Case {
    /// The case directory.
    #[arg(value_name = "CASE")]
    pub path: PathBuf,
    /// At most this many rows; a cut is always said.
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
}

/// The time that is asked for.
#[derive(Debug, Clone, Args)]
pub struct Times {
    /// Only from this time on (RFC 3339 or a day).
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<i64>,
    /// Only before this time (RFC 3339 or a day).
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<i64>,
}

impl Case {
    /// The part of the case that is asked for: one row more than wanted, so that a cut shows.
    #[must_use]
    pub fn window(&self, times: Option<&Times>, service: Option<&str>) -> Window {
        Window {
            since: times.and_then(|times| times.since),
            until: times.and_then(|times| times.until),
            service: service.map(str::to_owned),
            limit: self.limit.map(|limit| limit.saturating_add(1)),
        }
    }

    /// Cuts rows to what was wanted, and says so.
    pub fn cut<T>(&self, rows: &mut Vec<T>) {
        let Some(limit) = self.limit.and_then(|limit| usize::try_from(limit).ok()) else {
            return;
        };
        if rows.len() > limit {
            rows.truncate(limit);
            super::output::narrate(&format!("cut off at {limit} rows; there are more"));
        }
    }
}

impl Common {
    /// What the engine may use.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            threads: self.threads.unwrap_or(default.threads),
            memory: self.memory,
        }
    }

    /// Parse workers.
    ///
    /// # Errors
    /// Zero threads cannot work.
    pub fn workers(&self) -> Result<usize, Failure> {
        match self.threads {
            Some(0) => Err(Failure::usage(
                "--threads must be at least 1",
                "Leave it out to use every core",
            )),
            threads => Ok(threads.unwrap_or(0)),
        }
    }
}

pub(super) fn moment(text: &str) -> Result<i64, String> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0));
    day.and_then(|day| day.and_utc().timestamp_nanos_opt())
        .or_else(|| time::parse(text))
        .ok_or_else(|| "not a time; write it like 2026-10-29T14:00:00Z or 2026-10-29".to_owned())
}

/// A trust floor by its word.
fn floor(text: &str) -> Result<Floor, String> {
    Floor::parse(text).ok_or_else(|| "not a trust floor; take any, matched or verified".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" | "kb" => 1 << 10,
        "m" | "mib" | "mb" => 1 << 20,
        "g" | "gib" | "gb" => 1 << 30,
        _ => return Err("not a size; write it like 512MiB or 2GiB".to_owned()),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "not a size; write it like 512MiB or 2GiB".to_owned())?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_moments() {
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("64"), Ok(64));
        assert!(size("two").is_err());
        assert_eq!(moment("2026-10-29"), moment("2026-10-29T00:00:00Z"));
        assert!(moment("soon").is_err());
    }
}

//! The command line: one file per subcommand.
//!
//! What a pane can show, a subcommand prints: both ask the same questions. Standard output is data
//! and nothing else, narration goes to standard error, and the exit code says how it went (DESIGN
//! section 8), so that scripts can rely on all three.

mod access;
mod arguments;
mod chain;
mod changes;
mod commits;
mod demo;
mod deployments;
mod diff;
mod failure;
mod files;
mod findings;
mod gaps;
mod instances;
mod judging;
mod list;
mod load;
mod metrics;
mod open;
mod output;
mod preferences;
mod raw;
mod rejects;
mod releases;
mod rows;
mod session;
mod shared;
mod shot;
mod sql;
mod verdict;
mod verify;
mod whereabouts;
mod why;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

pub use arguments::{Case, Common, Times};
pub use failure::Failure;
use output::Output;

/// Exit codes of the contracts.
pub mod code {
    /// Done.
    pub const DONE: u8 = 0;
    /// Failed.
    pub const FAILED: u8 = 1;
    /// Wrong use: unknown or ambiguous reference, bad option.
    pub const USAGE: u8 = 2;
    /// Done, and the answer is bad.
    pub const BAD: u8 = 3;
    /// Done, and the evidence does not say.
    pub const INCONCLUSIVE: u8 = 4;
    /// Interrupted.
    pub const INTERRUPTED: u8 = 130;
}

#[derive(Debug, Parser)]
#[command(
    name = "shipwake",
    version,
    about = "Prove what a release did: an offline investigation workbench",
    long_about = "Shipwake loads what your tools export (git history, agent sessions, attestations, CI runs, \
                  deployments, audit logs, traces, logs, metrics), seals it, correlates it, and shows why records \
                  belong together. No network, no server, no account.",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Give PATHs to open bundles or a case in the workbench; `shipwake demo` opens a sample incident."
)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: open::Open,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Demo(demo::Demo),
    Load(load::Load),
    Releases(releases::Releases),
    Commits(commits::Commits),
    Deployments(deployments::Deployments),
    Changes(changes::Changes),
    Findings(findings::Findings),
    Gaps(gaps::Gaps),
    Diff(diff::Diff),
    Verdict(verdict::Verdict),
    Verify(verify::Verify),
    Metrics(metrics::Metrics),
    Access(access::Access),
    Instances(instances::Instances),
    Shared(shared::Shared),
    Chain(chain::Chain),
    Why(why::Why),
    Files(files::Files),
    Rejects(rejects::Rejects),
    Raw(raw::Raw),
    Rows(rows::Rows),
    Shot(shot::Shot),
    Sql(sql::Sql),
    List(list::List),
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let program = match Program::try_parse() {
        Ok(program) => program,
        Err(error) => {
            // clap prints help to standard output and mistakes to standard error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                code::USAGE
            } else {
                code::DONE
            });
        }
    };
    match run(program) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ExitCode::from(failure.tell()),
    }
}

/// Cases that are named where the program explains itself.
const RECENT: usize = 5;

fn run(program: Program) -> Result<u8, Failure> {
    let common = &program.common;
    match program.command {
        None if program.open.is_empty() => {
            // Without arguments the program explains itself.
            Program::command()
                .print_help()
                .map_err(|error| Failure::failed(error.into()))?;
            let recent = open::recent();
            if !recent.is_empty() {
                output::print("\nRecent cases:\n")?;
            }
            for (title, path) in recent.iter().take(RECENT) {
                let title = crate::ui::text::safe(title);
                output::print(&format!("  {title}  shipwake {}\n", path.display()))?;
            }
            Ok(code::DONE)
        }
        None => program.open.run(common),
        Some(Command::Demo(command)) => command.run(common),
        Some(Command::Load(command)) => command.run(common),
        Some(Command::Rows(command)) => command.run(common),
        Some(Command::Shot(command)) => command.run(common),
        Some(Command::Releases(command)) => command.run(common),
        Some(Command::Commits(command)) => command.run(common),
        Some(Command::Deployments(command)) => command.run(common),
        Some(Command::Changes(command)) => command.run(common),
        Some(Command::Findings(command)) => command.run(common),
        Some(Command::Gaps(command)) => command.run(common),
        Some(Command::Diff(command)) => command.run(common),
        Some(Command::Verdict(command)) => command.run(common),
        Some(Command::Verify(command)) => command.run(common),
        Some(Command::Metrics(command)) => command.run(common),
        Some(Command::Access(command)) => command.run(common),
        Some(Command::Instances(command)) => command.run(common),
        Some(Command::Shared(command)) => command.run(common),
        Some(Command::Chain(command)) => command.run(common),
        Some(Command::Why(command)) => command.run(common),
        Some(Command::Files(command)) => command.run(common),
        Some(Command::Rejects(command)) => command.run(common),
        Some(Command::Raw(command)) => command.run(),
        Some(Command::Sql(command)) => command.run(common),
        Some(Command::List(command)) => command.run(common),
    }
}

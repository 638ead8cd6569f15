//! `shipwake load`: seal, parse, link and judge evidence.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::{Common, Failure, Output, code, judging, output, preferences};
use crate::case::{Case, CaseError};
use crate::ingest::{Options, Progress, Report, STDIN};
use crate::load::{Declaration, LoadError, Loading};
use crate::store::StoreError;

/// Load exports into a case: files, directories, archives, or - for standard input
#[derive(Debug, Args)]
pub(super) struct Load {
    /// The case directory; made where it is absent.
    case: PathBuf,
    /// Files, directories, archives, or - for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Title of a new case.
    #[arg(long)]
    title: Option<String>,
    /// Say nothing while loading.
    #[arg(long, short)]
    quiet: bool,
}

impl Load {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        for path in &self.paths {
            if path.as_os_str() != STDIN && !path.exists() {
                return Err(Failure::usage(
                    &format!("cannot find {}", path.display()),
                    "Check the path",
                ));
            }
        }
        let options = Options {
            threads: common.workers()?,
            ..Options::default()
        };
        let title = self.title.clone().unwrap_or_else(|| name_of(&self.case));
        let case = Case::open_or_create(&self.case, &title)?;
        let loading = begin(&case, common)?;
        let progress = Arc::new(Progress::default());
        cancel_on_interrupt(&progress)?;
        let report = std::thread::scope(|scope| {
            let work = scope.spawn(|| loading.run(&self.paths, &options, &progress));
            if !self.quiet && std::io::stderr().is_terminal() {
                watch(&progress, || work.is_finished());
            }
            work.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        Output::new(common).document(&report, || table(&report))?;
        if let Some(warning) = report.warning() {
            output::narrate(&format!(
                "shipwake: {warning}; see `shipwake files {0}` and `shipwake rejects {0}`",
                self.case.display()
            ));
        }
        Ok(if report.is_fruitless() {
            code::FAILED
        } else {
            code::DONE
        })
    }
}

/// The declarations of formats that the user keeps in `~/.config/shipwake/formats/`, and those given.
///
/// # Errors
/// One cannot be read.
pub(super) fn declarations(common: &Common) -> Result<Vec<Declaration>, Failure> {
    let mut paths = preferences::files("formats");
    paths.extend(common.format_file.iter().cloned());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::usage(
                &format!("cannot read the format {}: {error}", path.display()),
                "Give the path of a TOML file; docs/formats/declared.md tells its keys",
            )
        })?;
        Ok(Declaration {
            name: path.display().to_string(),
            text,
        })
    };
    paths.into_iter().map(read).collect()
}

/// Takes the right to write, waiting for it where that was asked for; the load goes by the policy, the
/// keys and the formats that the user gave.
pub(super) fn begin(case: &Case, common: &Common) -> Result<Loading, Failure> {
    let (policy, trusted) = (judging::given(common)?, judging::trusted(common)?);
    let declarations = declarations(common)?;
    let loading = wait(case, common)?
        .trusting(trusted)
        .reading(declarations)?;
    Ok(match policy {
        Some(policy) => loading.under(policy)?,
        None => loading,
    })
}

fn wait(case: &Case, common: &Common) -> Result<Loading, Failure> {
    loop {
        match Loading::begin(case, &common.settings()) {
            Err(
                LoadError::Case(CaseError::Held { .. }) | LoadError::Store(StoreError::Held(_)),
            ) if common.wait => {
                std::thread::sleep(Duration::from_millis(250));
            }
            other => return Ok(other?),
        }
    }
}

/// How long a withdrawn load may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ctrl-C withdraws the load, which leaves a sound case; a second one ends the process. So does time:
/// a read from an idle pipe never returns, and a case is sound at any instant.
fn cancel_on_interrupt(progress: &Arc<Progress>) -> Result<(), Failure> {
    let mut signals = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
    ])?;
    let progress = Arc::clone(progress);
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            progress.cancel();
            if count > 0 {
                std::process::exit(i32::from(code::INTERRUPTED));
            }
            std::thread::spawn(|| {
                std::thread::sleep(PATIENCE);
                output::narrate("shipwake: interrupted; the files that were loaded whole are kept");
                std::process::exit(i32::from(code::INTERRUPTED));
            });
        }
    });
    Ok(())
}

/// One line that is written over until the work is done.
#[expect(clippy::print_stderr, reason = "the progress line")]
fn watch(progress: &Progress, done: impl Fn() -> bool) {
    while !done() {
        let now = progress.glance();
        let step = crate::ui::text::safe(&now.step).into_owned();
        let step = crate::ui::text::truncate(&step, 48);
        eprint!(
            "\r\x1b[K{} of {} MiB  {} rows  {step}",
            now.bytes_done >> 20,
            now.bytes_found >> 20,
            now.rows
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    eprint!("\r\x1b[K");
}

pub(super) fn name_of(path: &std::path::Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn table(report: &Report) -> String {
    let mut text = String::new();
    let rows: u64 = report.tables.values().sum();
    let links: u64 = report.links.values().sum();
    let mut by_format: Map<String, Value> = Map::new();
    for file in &report.files {
        let name = file.format.clone().unwrap_or_else(|| file.state.clone());
        let count = by_format.get(&name).and_then(Value::as_u64).unwrap_or(0);
        by_format.insert(name, (count + 1).into());
    }
    for (name, count) in &by_format {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:>7}  {name}", count.as_u64().unwrap_or(0));
    }
    let _ = writeln!(
        text,
        "{} files, {rows} rows, {links} links in {:.1} s",
        report.files.len(),
        report.seconds
    );
    text
}

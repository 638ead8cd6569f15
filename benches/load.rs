//! How fast a load is, beside what a person without this program would do.
//!
//! Four courses, each with an input that is made from a fixed seed. The contenders of a course take
//! turns, each in a process of its own so that peaks of memory stay apart, each with the same number
//! of threads, each writing files that did not exist before. The first contender is always a whole
//! load into a fresh case: hash, seal, parse, store, link, judge, checkpoint. The others do less, and
//! what they leave out is not subtracted here: none keeps the original, none cites bytes, and DuckDB
//! stops at the first bad line. The schema is told to DuckDB, so it has no guessing to do.
//!
//! Expected, before anything was measured: the goals of the table that is printed.
//!
//! ```text
//! cargo bench --bench load                      every course
//! cargo bench --bench load -- traces text       these courses
//! SHIPWAKE_BENCH_MB=5000 SHIPWAKE_BENCH_RUNS=5 SHIPWAKE_BENCH_THREADS=2 SHIPWAKE_BENCH_MEMORY_MB=1024
//! ```
//!
//! With `SHIPWAKE_BENCH_ALONE` only the load runs, for inputs that its peers take too long for. With
//! `SHIPWAKE_BENCH_DIR` the files stay where it says, to look at them or to run one contender
//! under a profiler: `load-<hash> contender traces shipwake traces/input traces/out`.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]
#![allow(
    clippy::cast_precision_loss,
    reason = "what is printed has three digits"
)]

#[path = "load/logs.rs"]
mod logs;
#[path = "load/small.rs"]
mod small;
mod support;
#[path = "load/text.rs"]
mod text;
#[path = "load/traces.rs"]
mod traces;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use shipwake::case::Case;
use shipwake::ingest::{Options, Progress};
use shipwake::load::Loading;
use shipwake::store::Settings;
use support::contest::{Contender, Course, Input, Measure, is_contender, median, setting};

const COURSES: &[Course] = &[traces::COURSE, logs::COURSE, text::COURSE, small::COURSE];

fn main() -> Result<()> {
    if is_contender(COURSES)? {
        return Ok(());
    }
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |course: &Course| {
        wanted.iter().all(|word| word.starts_with('-'))
            || wanted.iter().any(|word| word == course.name)
    };
    let kept = std::env::var_os("SHIPWAKE_BENCH_DIR").map(PathBuf::from);
    for course in COURSES.iter().filter(|course| is_wanted(course)) {
        let passing = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let folder = kept.as_deref().unwrap_or(passing.path()).join(course.name);
        let input = folder.join("input");
        if input.exists() {
            std::fs::remove_dir_all(&input)?;
        }
        std::fs::create_dir_all(&input)?;
        let bytes = setting("SHIPWAKE_BENCH_MB", course.usual) * 1_000_000;
        let written = (course.write)(&input, bytes)?;
        let runs = setting("SHIPWAKE_BENCH_RUNS", 5);
        println!(
            "\n{}: {}; {} MB, {} records; {} threads, median of {runs}",
            course.name,
            course.about,
            written.bytes / 1_000_000,
            written.records,
            threads(),
        );
        tell(&written, &course.run(&input, &folder, runs)?)?;
    }
    Ok(())
}

/// Prints one line a contender, and what each of the others takes beside the first.
fn tell(written: &Input, measured: &[(&Contender, Vec<Measure>)]) -> Result<()> {
    println!(
        "{:<16}{:>9}{:>8}{:>8}{:>17}{:>10}{:>8}{:>11}",
        "contender", "seconds", "MB/s", "ratio", "goal", "peak MiB", "size", "records"
    );
    let seconds = |measures: &[Measure]| median(measures.iter().map(|measure| measure.seconds));
    let first = measured
        .first()
        .map(|(_, measures)| seconds(measures))
        .context("nothing was measured")?;
    for (contender, measures) in measured {
        let last = measures.last().context("nothing was measured")?;
        ensure!(
            last.records
                .is_none_or(|records| records == written.records),
            "{} has {:?} of {} records",
            contender.name,
            last.records,
            written.records
        );
        let ratio = seconds(measures) / first;
        let goal = contender.goal.map_or_else(String::new, |goal| {
            let word = if ratio >= goal { "met" } else { "missed" };
            format!("≥ {goal:.2} {word}")
        });
        let peak = median(measures.iter().map(|measure| measure.peak_bytes as f64));
        println!(
            "{:<16}{:>9.2}{:>8.0}{ratio:>7.2}x{goal:>17}{:>10}{:>8.3}{:>11}",
            contender.name,
            seconds(measures),
            written.bytes as f64 / 1e6 / seconds(measures),
            or_dash((peak > 0.0).then(|| format!("{:.0}", peak / f64::from(1 << 20)))),
            last.stored_bytes as f64 / written.bytes as f64,
            or_dash(last.records.map(|records| records.to_string())),
        );
    }
    Ok(())
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

fn threads() -> usize {
    setting("SHIPWAKE_BENCH_THREADS", 2)
}

/// A whole load through the library, as the command line does it; the rows of `table` afterwards.
fn load(input: &Path, out: &Path, table: &str) -> Result<Option<u64>> {
    let case = Case::open_or_create(out, "bench")?;
    let settings = Settings {
        threads: threads(),
        memory: match setting("SHIPWAKE_BENCH_MEMORY_MB", 0_u64) {
            0 => None,
            megabytes => Some(megabytes << 20),
        },
    };
    let options = Options {
        threads: threads(),
        ..Options::default()
    };
    let report = Loading::begin(&case, &settings)?.run(
        &[input.to_owned()],
        &options,
        &Arc::new(Progress::default()),
    )?;
    let refused = report
        .files
        .iter()
        .find(|file| file.rejected > 0 || file.state != "loaded");
    ensure!(refused.is_none(), "not loaded as a whole: {refused:?}");
    Ok(report.tables.get(table).copied())
}

/// The engine alone, as it is linked here, told to make a table `record` of the input.
fn duckdb(sql: &str, input: &Path, out: &Path) -> Result<Option<u64>> {
    std::fs::create_dir_all(out)?;
    let config = duckdb::Config::default().threads(i64::try_from(threads())?)?;
    let connection = duckdb::Connection::open_with_flags(out.join("flat.duckdb"), config)?;
    connection.execute_batch(&sql.replace("{file}", &input.display().to_string()))?;
    Ok(Some(connection.query_row(
        "SELECT count(*) FROM record",
        [],
        |row| row.get(0),
    )?))
}

/// How the duckdb of PyPI says that it is there.
const PYTHON: &[&str] = &["python3", "-c", "import duckdb"];

/// The same statements by the duckdb of PyPI: another build and perhaps another version of the engine.
fn duckdb_python(sql: &str, input: &Path, out: &Path) -> Result<Option<u64>> {
    const PROGRAM: &str = "import duckdb, sys\n\
        connection = duckdb.connect(sys.argv[1], config={'threads': int(sys.argv[2])})\n\
        connection.execute('SET enable_progress_bar = false')\n\
        connection.execute(sys.argv[3])\n\
        print(connection.execute('SELECT count(*) FROM record').fetchone()[0])";
    std::fs::create_dir_all(out)?;
    let output = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(out.join("flat.duckdb"))
        .arg(threads().to_string())
        .arg(sql.replace("{file}", &input.display().to_string()))
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "python3 failed");
    Ok(Some(String::from_utf8(output.stdout)?.trim().parse()?))
}

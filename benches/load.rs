//! How fast a load is, beside what a person without this program would do.
//!
//! One file of traces, as the Collector's `file` exporter writes them, is generated from a fixed
//! seed. Then the contenders take turns, each in a process of its own so that peaks of memory stay
//! apart, each with the same number of threads, each writing files that did not exist before:
//!
//! | contender        | what it does                                                              |
//! |------------------|---------------------------------------------------------------------------|
//! | `shipwake`       | a whole load into a fresh case: hash, seal, parse, store, link, checkpoint  |
//! | `duckdb_flat`    | `read_json` and `unnest` into one table, attributes left as the list found  |
//! | `duckdb_columns` | the same, with the well-known attributes in columns as our `span` has them  |
//! | `seal`           | SHA-256 and zstd frames alone: the floor under the first                    |
//!
//! The schema is told to DuckDB, so it has no guessing to do, and it is free to use memory as it
//! likes. It hashes nothing, keeps no original, cites no bytes and stops at the first bad line; that
//! is the price of asking the question the simple way, and it is not subtracted here.
//!
//! Expected, before anything was measured: `shipwake` at three times the rate of `duckdb_columns`
//! or more, and a peak below 1 GiB for 500 MB of input.
//!
//! ```text
//! cargo bench --bench load          SHIPWAKE_BENCH_MB=500 SHIPWAKE_BENCH_RUNS=3 SHIPWAKE_BENCH_THREADS=2
//! ```
//!
//! With `SHIPWAKE_BENCH_DIR` the files stay where it says, to look at them or to run one contender
//! under a profiler: `load-<hash> contender shipwake traces.jsonl out`.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]
#![allow(
    clippy::cast_precision_loss,
    reason = "what is printed has three digits"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use shipwake::case::Case;
use shipwake::ingest::{Options, Progress};
use shipwake::load::Loading;
use shipwake::store::Settings;
use support::contest::{Contest, Measure, median, setting};
use support::telemetry::{self, Written};

const FLAT: &str = include_str!("load/flat.sql");
const COLUMNS: &str = include_str!("load/columns.sql");

const CONTEST: Contest = Contest {
    contenders: &[
        ("shipwake", shipwake),
        ("duckdb_flat", |input, out| duckdb(FLAT, input, out)),
        ("duckdb_columns", |input, out| duckdb(COLUMNS, input, out)),
        ("seal", seal),
    ],
};

fn main() -> Result<()> {
    if CONTEST.is_contender()? {
        return Ok(());
    }
    let kept = std::env::var_os("SHIPWAKE_BENCH_DIR").map(PathBuf::from);
    let passing = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let folder = kept.as_deref().unwrap_or(passing.path());
    std::fs::create_dir_all(folder)?;
    let input = folder.join("traces.jsonl");
    let written = telemetry::write(&input, setting("SHIPWAKE_BENCH_MB", 500) * 1_000_000)?;
    let runs = setting("SHIPWAKE_BENCH_RUNS", 3);
    println!(
        "{} MB, {} spans of {} bytes, {} events; {} threads, median of {runs}",
        written.bytes / 1_000_000,
        written.spans,
        written.bytes / written.spans.max(1),
        written.events,
        threads(),
    );
    let measured = CONTEST.run(&input, folder, runs)?;
    tell(&written, &measured)
}

/// Prints one line a contender, and what each of the others takes beside the first.
fn tell(written: &Written, measured: &[(&str, Vec<Measure>)]) -> Result<()> {
    println!(
        "{:<16}{:>9}{:>8}{:>8}{:>10}{:>8}{:>11}",
        "contender", "seconds", "MB/s", "ratio", "peak MiB", "size", "spans"
    );
    let seconds = |measures: &[Measure]| median(measures.iter().map(|measure| measure.seconds));
    let first = measured
        .first()
        .map(|(_, measures)| seconds(measures))
        .context("nothing was measured")?;
    for (name, measures) in measured {
        let last = measures.last().context("nothing was measured")?;
        ensure!(
            last.spans.is_none_or(|spans| spans == written.spans),
            "{name} has {:?} of {} spans",
            last.spans,
            written.spans
        );
        println!(
            "{name:<16}{:>9.2}{:>8.0}{:>7.2}x{:>10.0}{:>8.3}{:>11}",
            seconds(measures),
            mega(written.bytes) / seconds(measures),
            seconds(measures) / first,
            median(measures.iter().map(|measure| measure.peak_bytes as f64)) / f64::from(1 << 20),
            last.stored_bytes as f64 / written.bytes as f64,
            last.spans
                .map_or_else(|| "-".to_owned(), |spans| spans.to_string()),
        );
    }
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn threads() -> usize {
    setting("SHIPWAKE_BENCH_THREADS", 2)
}

/// A whole load through the library, as the command line does it.
fn shipwake(input: &Path, out: &Path) -> Result<Option<u64>> {
    let case = Case::open_or_create(out, "bench")?;
    let settings = Settings {
        threads: threads(),
        ..Settings::default()
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
    if report
        .files
        .iter()
        .any(|file| file.rejected > 0 || file.state != "loaded")
    {
        bail!("not loaded as a whole: {:?}", report.files);
    }
    Ok(report.tables.get("span").copied())
}

/// DuckDB alone, told to make a table `span` of the input.
fn duckdb(sql: &str, input: &Path, out: &Path) -> Result<Option<u64>> {
    std::fs::create_dir_all(out)?;
    let config = duckdb::Config::default().threads(i64::try_from(threads())?)?;
    let connection = duckdb::Connection::open_with_flags(out.join("flat.duckdb"), config)?;
    connection.execute_batch(&sql.replace("{file}", &input.display().to_string()))?;
    Ok(Some(connection.query_row(
        "SELECT count(*) FROM span",
        [],
        |row| row.get(0),
    )?))
}

/// Sealing alone.
fn seal(input: &Path, out: &Path) -> Result<Option<u64>> {
    let case = Case::open_or_create(out, "bench")?;
    let mut sealer = case.evidence().begin()?;
    let mut source = std::fs::File::open(input)?;
    let mut block = Vec::new();
    loop {
        block.clear();
        let read =
            std::io::Read::read_to_end(&mut std::io::Read::take(&mut source, 4 << 20), &mut block)?;
        if read == 0 {
            break;
        }
        sealer.write(&block)?;
    }
    sealer.finish()?;
    Ok(None)
}

//! How long a pivot takes on a large case: from the key to panes that show the answer.
//!
//! A case of the sample incident and about a million generated spans is loaded once. Then the
//! workbench is driven as a hand would drive it, without a terminal: rows are pivoted to in the
//! lists of releases, commits, deployments, instances and traces. A pivot ends when every answer is
//! there and drawn. Apart from that, the longest time that one key or one drawing holds the screen's
//! thread is kept: that is what a person feels as a stutter.
//!
//! Expected, before anything was measured: p95 of pivots under 100 ms, no frame over 33 ms.
//!
//! ```text
//! cargo bench --bench pivot          SHIPWAKE_BENCH_SPANS_MB=800 SHIPWAKE_BENCH_PIVOTS=20
//! ```
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use shipwake::case::Case;
use shipwake::ingest::{Options, Progress};
use shipwake::load::Loading;
use shipwake::query::{chain, resolve};
use shipwake::store::{Access, Settings, Store};
use support::contest::setting;
use support::hand::Hand;
use support::telemetry;

fn main() -> Result<()> {
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let store = large_case(folder.path())?;
    let spans = store
        .reader()?
        .rows("spans", "SELECT count(*) FROM base.span", &[])?;
    println!("{} spans", spans.rows[0][0]);

    let mut hand = Hand::open(&store)?;
    let mut pivots = Vec::new();
    let rounds = setting("SHIPWAKE_BENCH_PIVOTS", 20);
    for list in ["1", "2", "6", "7", "8"] {
        hand.press("esc esc esc esc");
        hand.press(list);
        for _ in 0..rounds {
            pivots.push(hand.time("enter"));
            hand.press("[ down");
        }
    }
    pivots.sort_unstable();
    let at = |share: usize| millis(pivots[(pivots.len() * share / 100).min(pivots.len() - 1)]);
    println!(
        "{} pivots: p50 {:.1} ms, p95 {:.1} ms, longest {:.1} ms",
        pivots.len(),
        at(50),
        at(95),
        at(100)
    );
    println!(
        "longest hold of the screen's thread: {:.1} ms",
        millis(hand.longest)
    );

    let bare = bare_chain(&store)?;
    println!(
        "the chain of the last release alone: {:.1} ms; p50 of pivots is {:.2} times that",
        millis(bare),
        at(50) / millis(bare)
    );
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn large_case(folder: &Path) -> Result<Store> {
    let traces = folder.join("traces.jsonl");
    telemetry::write(&traces, setting("SHIPWAKE_BENCH_SPANS_MB", 800) * 1_000_000)?;
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let case = Case::open_or_create(&folder.join("bench.wake"), "bench")?;
    Loading::begin(&case, &Settings::default())?.run(
        &[sample, traces],
        &Options::default(),
        &Arc::new(Progress::default()),
    )?;
    Ok(Store::open(
        &case.database(),
        Access::Read,
        &Settings::default(),
    )?)
}

/// The question at the heart of a pivot, without a screen around it.
fn bare_chain(store: &Store) -> Result<Duration> {
    let reader = store.reader()?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let resolve::Meaning::One { id, parts } = resolve::ask(&reader, "checkout@v2.15.0")? else {
            anyhow::bail!("the sample has no such release");
        };
        chain::ask(&reader, &id, &parts)?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times.get(2).copied().context("nothing was measured")
}

//! How many injected misdeeds are found, how much of what is said is true, and whether the culprit is
//! named first, over generated incidents.
//!
//! Expected, before anything was measured: recall, precision and culprits at 95 % or better.
//!
//! ```text
//! cargo bench --bench assurance          SHIPWAKE_BENCH_SEEDS=60 SHIPWAKE_BENCH_FIRST=0
//! ```
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

#[path = "../tests/support/mishap/mod.rs"]
#[allow(dead_code, clippy::pedantic, reason = "each user takes its part")]
mod mishap;
mod support;

use std::sync::Arc;

use anyhow::Result;
use mishap::Mishap;
use mishap::score::Score;
use shipwake::case::Case;
use shipwake::ingest::{Options, Progress};
use shipwake::load::Loading;
use shipwake::query::{changes, findings};
use shipwake::store::{Access, Settings, Store};
use support::contest::setting;

fn main() -> Result<()> {
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let first = setting("SHIPWAKE_BENCH_FIRST", 0);
    let mut score = Score::default();
    for seed in first..first + setting("SHIPWAKE_BENCH_SEEDS", 60) {
        one(seed, &mut score)?;
    }
    for (kind, (found, done)) in &score.misdeeds {
        println!("{kind:<16} found {found} of {done}");
    }
    println!("recall {:.1} %", 100.0 * score.recall());
    println!(
        "precision of medium and worse {:.1} % ({} right, {} wrong)",
        100.0 * score.precision(),
        score.right,
        score.wrong.len()
    );
    println!(
        "culprit first {:.1} % ({} of {})",
        100.0 * score.named(),
        score.culprits.0,
        score.culprits.1
    );
    for line in score.missed.iter().chain(&score.wrong).chain(&score.blamed) {
        println!("  {line}");
    }
    Ok(())
}

fn one(seed: u64, score: &mut Score) -> Result<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mishap = Mishap::new(seed);
    mishap.write(folder.path())?;
    let bundle = folder.path().join("bundle");
    let case = Case::open_or_create(&folder.path().join("bench.wake"), "bench")?;
    Loading::begin(&case, &Settings::default())?.run(
        &[bundle],
        &Options::default(),
        &Arc::new(Progress::default()),
    )?;
    let database = Store::open(&case.database(), Access::Read, &Settings::default())?;
    let reader = database.reader()?;
    let found = findings::ask(&reader, &findings::Wanted::default())?;
    let ranked = changes::ask(&reader, &changes::Wanted::default())?;
    let first: Vec<String> = ranked
        .changes
        .first()
        .map(|change| {
            std::iter::once(change.id.clone())
                .chain(change.records.clone())
                .collect()
        })
        .unwrap_or_default();
    score.add(&mishap.truth, &found, &first);
    Ok(())
}

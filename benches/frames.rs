//! How the screen answers on a large case: its first frame, moving, pivots, the end of the log.
//!
//! A case of the sample incident with a million spans and two million log records around it is generated
//! and loaded (`generate/` says what it is made of), and the workbench is driven as a hand would drive it,
//! without a terminal. Beside each figure stands what DuckDB alone takes for the question behind it.
//!
//! | measure     | from … to …                                                                            |
//! |-------------|----------------------------------------------------------------------------------------|
//! | first frame | opening the database, until something is drawn; and until every answer is drawn        |
//! | movement    | a key that moves the cursor, until it is drawn there; keys do not wait for the answers |
//! | pivot       | enter, until every pane shows the answer                                               |
//! | end         | the key that goes to the last row of the log, until it is drawn                        |
//!
//! Expected, before anything was measured: the first frame within 300 ms, movement within 16 ms and pivots
//! within 100 ms (99 of 100 of them), the end of the log within 100 ms.
//!
//! ```text
//! cargo bench --bench frames          SHIPWAKE_BENCH_RECORDS=3000000 SHIPWAKE_BENCH_DIR=/somewhere
//! ```
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

#[allow(
    dead_code,
    reason = "another bench writes the bundle without loading it"
)]
mod generate;
#[path = "../tests/support/incident/mod.rs"]
#[allow(
    dead_code,
    missing_docs,
    clippy::pedantic,
    clippy::expect_used,
    reason = "the tests' generator"
)]
mod incident;
mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use shipwake::query::listing::{self, Ask, From};
use shipwake::query::{chain, resolve, timeline};
use shipwake::store::{Access, Reader, Settings, Store};
use support::hand::Hand;

const ROUNDS: usize = 5;
const MOVES: usize = 300;
const PIVOTS: usize = 20;

fn main() -> Result<()> {
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let passing = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let kept = std::env::var_os("SHIPWAKE_BENCH_DIR").map(PathBuf::from);
    let case = generate::case(kept.as_deref().unwrap_or(passing.path()), 3_000_000)?;
    let database = case.join("case.duckdb");
    let open = || Store::open(&database, Access::Read, &Settings::default());
    let store = open()?;
    let reader = store.reader()?;
    for table in ["span", "log"] {
        let sql = format!("SELECT count(*) FROM base.{table}");
        print!(
            "{table} {}  ",
            reader.rows("how many", &sql, &[])?.rows[0][0]
        );
    }
    println!();
    println!(
        "{:<34}{:>6}{:>9}{:>9}{:>9}{:>9}{:>12}",
        "ms", "n", "p50", "p95", "p99", "bare", "p50 / bare"
    );
    let timeline = bare(|| timeline_of(&reader))?;
    let releases = bare(|| page(&reader, "releases", From::Start))?;
    let chain = bare(|| chain_of(&reader))?;
    let end = bare(|| page(&reader, "logs", From::End))?;
    drop((reader, store));

    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let store = open()?;
        let mut hand = Hand::first_frame(&store)?;
        first.push(began.elapsed());
        hand.settle();
        whole.push(began.elapsed());
    }
    told("first frame", first, None);
    told(
        "first frame, every answer in it",
        whole,
        Some(timeline + releases),
    );

    let store = open()?;
    let mut hand = Hand::open(&store)?;
    for (list, keys) in [("releases", "1"), ("traces", "8"), ("logs", "9 a")] {
        hand.press("esc esc esc esc");
        hand.press(keys);
        let moves = (0..MOVES).map(|at| hand.repaint(if at % 3 == 2 { "k" } else { "j" }));
        let moves = moves.collect();
        hand.settle();
        told(&format!("movement in {list}"), moves, None);
    }
    for (list, key) in [
        ("releases", "1"),
        ("commits", "2"),
        ("deployments", "6"),
        ("traces", "8"),
        ("logs", "9"),
    ] {
        hand.press("esc esc esc esc");
        hand.press(key);
        let pivots = (0..PIVOTS).map(|_| {
            let taken = hand.time("enter");
            hand.press("[ down");
            taken
        });
        told(&format!("pivot in {list}"), pivots.collect(), Some(chain));
    }
    hand.press("esc esc esc esc 9 a");
    let ends = (0..ROUNDS).map(|_| {
        hand.press("g");
        hand.time("G")
    });
    told("end of the log", ends.collect(), Some(end));
    println!(
        "longest hold of the screen's thread {:.1} ms",
        millis(hand.longest)
    );
    Ok(())
}

fn told(name: &str, mut taken: Vec<Duration>, bare: Option<Duration>) {
    taken.sort_unstable();
    let at = |share: usize| {
        let place = (taken.len() * share).div_ceil(100).max(1) - 1;
        taken.get(place).copied().map_or(0.0, millis)
    };
    print!(
        "{name:<34}{:>6}{:>9.1}{:>9.1}{:>9.1}",
        taken.len(),
        at(50),
        at(95),
        at(99)
    );
    match bare.map(millis) {
        Some(bare) => println!("{bare:>9.1}{:>12.2}", at(50) / bare),
        None => println!(),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The median time of a question, without a screen around it.
fn bare(mut ask: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut taken = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        ask()?;
        taken.push(began.elapsed());
    }
    taken.sort_unstable();
    taken
        .get(ROUNDS / 2)
        .copied()
        .context("nothing was measured")
}

fn timeline_of(reader: &Reader) -> Result<()> {
    let (since, until) = timeline::extent(reader)?.context("nothing has a time")?;
    timeline::ask(reader, since, until, 140, None)?;
    Ok(())
}

fn page(reader: &Reader, name: &str, from: From) -> Result<()> {
    let list = listing::ALL.iter().find(|list| list.name == name);
    listing::page(reader, list.context("no such list")?, &Ask::default(), from)?;
    Ok(())
}

fn chain_of(reader: &Reader) -> Result<()> {
    let resolve::Meaning::One { id, parts } = resolve::ask(reader, "checkout@v2.15.0")? else {
        anyhow::bail!("the sample has no such release");
    };
    chain::ask(reader, &id, &parts)?;
    Ok(())
}

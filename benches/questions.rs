//! The ten questions of an investigation, on a case of many records: by keystroke and by subcommand.
//!
//! A case of the sample incident with millions of spans and log records around it is generated, loaded
//! and asked (`generate/` says what it is made of). Each question is asked in three ways, five times,
//! and the medians are told:
//!
//! | way        | from … to …                                                                    |
//! |------------|--------------------------------------------------------------------------------|
//! | keys       | the first key on the first screen, until every answer of the last is drawn     |
//! | subcommand | the start of the process, until its last byte (opening the case included)      |
//! | bare       | DuckDB alone going once over the columns that the answer comes from, unrolled  |
//!
//! Expected, before anything was measured: each answer within 2 s on 5 million spans and 10 million
//! log records, and within three times the bare scan.
//!
//! ```text
//! cargo bench --bench questions          SHIPWAKE_BENCH_RECORDS=3000000 SHIPWAKE_BENCH_DIR=/somewhere
//! cargo bench --bench questions -- generate FOLDER RECORDS      only the evidence
//! ```
//!
//! With `SHIPWAKE_BENCH_DIR` the evidence and the case stay there, and are taken as they are the next time.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

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

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use shipwake::store::{Access, Reader, Settings, Store};
use support::contest::median;
use support::hand::Hand;

/// A question and its two ways.
struct Question {
    name: &'static str,
    /// From the first screen of a case.
    keys: &'static str,
    /// Subcommand, then what follows the case.
    command: &'static [&'static str],
    /// The columns that the answer comes from.
    bare: &'static [&'static str],
}

// A hash of every value: the largest or the number of a column is known without reading it.
const SPANS: &str = "SELECT count(*), bit_xor(hash(ts_ns, resource_id, name, status_code, error_type, server_address)) FROM base.span";
const TIMES: &str = "SELECT count(*), bit_xor(hash(ts_ns, resource_id, name, status_code, duration_ns)) FROM base.span";
const LOGS: &str =
    "SELECT count(*), bit_xor(hash(ts_ns, resource_id, severity_number, body)) FROM base.log";
const ACCESS: &str =
    "SELECT count(*), bit_xor(hash(ts_ns, principal, object, verb, result)) FROM base.access";
const LINKS: &str = "SELECT count(*), bit_xor(hash(from_id, to_id, method, state)) FROM base.link";
const CHANGES: &str = "SELECT count(*), bit_xor(hash(started_ns, kind, service, version, object, acted_as)) FROM base.change";
const ENTITIES: &str = "SELECT count(*), bit_xor(hash(id, label, ts_ns)) FROM base.entity";
const PRESENCE: &str = "SELECT count(*), bit_xor(hash(ts_ns, resource_id)) FROM base.span UNION ALL SELECT count(*), bit_xor(hash(ts_ns, resource_id)) FROM base.log";
const PODS: &str =
    "SELECT count(*), bit_xor(hash(name, digest, image, started_ns)) FROM base.instance";

const BAD: &str = "checkout@v2.15.0";

const QUESTIONS: &[Question] = &[
    Question {
        name: "1 what changed before",
        keys: "C",
        command: &["changes"],
        bare: &[CHANGES, PRESENCE],
    },
    Question {
        name: "2 the chain",
        keys: "f enter c",
        command: &["chain", BAD],
        bare: &[LINKS, ENTITIES, SPANS],
    },
    Question {
        name: "3 bytes running where",
        keys: "7 z",
        command: &["instances"],
        bare: &[PODS, PRESENCE],
    },
    Question {
        name: "4 what it does anew",
        keys: "b",
        command: &["diff", BAD],
        bare: &[SPANS, LOGS, ACCESS],
    },
    Question {
        name: "5 secrets and hosts",
        keys: "A",
        command: &["access", "--release", BAD, "--new"],
        bare: &[SPANS, ACCESS],
    },
    Question {
        name: "6 who asked, who approved",
        keys: "f enter c right right right",
        command: &["chain", BAD],
        bare: &[LINKS, ENTITIES, CHANGES, TIMES],
    },
    Question {
        name: "7 since when, how many",
        keys: "M",
        command: &["metrics", BAD],
        bare: &[TIMES],
    },
    Question {
        name: "8 gates and criteria",
        keys: "V z",
        command: &["verdict", BAD],
        bare: &[TIMES, LINKS],
    },
    Question {
        name: "9 what else shares it",
        keys: "f enter s z",
        command: &["shared", BAD],
        bare: &[LINKS, ENTITIES, SPANS],
    },
    Question {
        name: "10 what is not known",
        keys: "V z",
        command: &["verdict", BAD],
        bare: &[LINKS, ENTITIES, PRESENCE],
    },
];

const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "generate") {
        let [folder, records, ..] = &arguments[at + 1..] else {
            anyhow::bail!("generate FOLDER RECORDS");
        };
        println!(
            "{:?}",
            generate::write(Path::new(folder), records.parse()?)?
        );
        return Ok(());
    }
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let passing = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let kept = std::env::var_os("SHIPWAKE_BENCH_DIR").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(passing.path());
    let case = generate::case(folder, 1_500_000)?;

    let store = Store::open(
        &case.join("case.duckdb"),
        Access::Read,
        &Settings::default(),
    )?;
    let reader = store.reader()?;
    for table in ["span", "log", "access", "release", "link"] {
        let rows = reader.rows(
            "how many",
            &format!("SELECT count(*) FROM base.{table}"),
            &[],
        )?;
        print!("{table} {}, ", rows.rows[0][0]);
    }
    println!("median of {ROUNDS}");
    let began = Instant::now();
    let mut hand = Hand::open(&store)?;
    println!("first screen {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    println!(
        "{:<28}{:>10}{:>12}{:>10}{:>14}{:>18}",
        "question", "keys ms", "command ms", "bare ms", "keys / bare", "command / bare"
    );
    let mut slowest = 0.0_f64;
    for question in QUESTIONS {
        let mut taken = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            taken[0].push(pressed(&mut hand, question.keys));
            taken[1].push(ran(&case, question.command)?);
            taken[2].push(scanned(&reader, question.bare)?);
        }
        let [keys, command, bare] = taken.map(|taken| median(taken.into_iter()));
        slowest = slowest.max(keys).max(command);
        println!(
            "{:<28}{:>10.0}{:>12.0}{:>10.0}{:>14.2}{:>18.2}",
            question.name,
            keys * 1e3,
            command * 1e3,
            bare * 1e3,
            keys / bare,
            command / bare
        );
    }
    println!(
        "slowest {slowest:.2} s; longest hold of the screen's thread {:.1} ms",
        hand.longest.as_secs_f64() * 1e3
    );
    ensure!(slowest < 2.0, "an answer took longer than two seconds");
    Ok(())
}

/// Seconds until the last of `keys` is answered and drawn.
fn pressed(hand: &mut Hand, keys: &str) -> f64 {
    hand.press("esc esc esc esc 1");
    let began = Instant::now();
    hand.press(keys);
    let seconds = began.elapsed().as_secs_f64();
    if keys.ends_with('z') {
        hand.press("z");
    }
    seconds
}

fn ran(case: &Path, command: &[&str]) -> Result<f64> {
    let (name, rest) = command.split_first().context("no subcommand")?;
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_shipwake"))
        .arg(name)
        .arg(case)
        .args(rest)
        .args(["--format", "json"])
        .output()?;
    let seconds = began.elapsed().as_secs_f64();
    // A verdict says by its exit code what it is.
    ensure!(
        matches!(output.status.code(), Some(0 | 3 | 4)) && output.stdout.len() > 2,
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(seconds)
}

fn scanned(reader: &Reader, statements: &[&str]) -> Result<f64> {
    let began = Instant::now();
    for statement in statements {
        reader.rows("bare", statement, &[])?;
    }
    Ok(began.elapsed().as_secs_f64())
}

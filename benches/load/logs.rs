//! Log records as services print them: one JSON object a line, in one file.
//!
//! | contender       | what it does                                                          |
//! |-----------------|-----------------------------------------------------------------------|
//! | `shipwake`      | the load                                                              |
//! | `duckdb`        | `read_json` into a table, the columns and their types told            |
//! | `duckdb_python` | the same by the duckdb of `PyPI`                                        |

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;

use crate::support::contest::{Contender, Course, Input};
use crate::support::telemetry::Random;
use crate::{PYTHON, duckdb, duckdb_python, load};

const TABLE: &str = include_str!("logs.sql");
const FILE: &str = "checkout.jsonl";
/// Half of the requests are new words, as ids and paths are.
const MESSAGES: &[&str] = &[
    "request completed",
    "charged order",
    "cache miss, asking the catalogue",
    "retrying after the upstream closed the connection",
    "stock reserved",
];
const LEVELS: &[&str] = &["info", "info", "info", "info", "debug", "warn", "error"];
/// 2026-05-04T00:00:00Z in milliseconds.
const START: i64 = 1_777_852_800_000;

pub const COURSE: Course = Course {
    name: "logs",
    about: "log records in JSON, one file",
    usual: 300,
    write,
    contenders: &[
        Contender {
            name: "shipwake",
            needs: &[],
            goal: None,
            work: |input, out| load(input, out, "log"),
        },
        Contender {
            name: "duckdb",
            needs: &[],
            goal: Some(1.0),
            work: |input, out| duckdb(TABLE, &input.join(FILE), out),
        },
        Contender {
            name: "duckdb_python",
            needs: PYTHON,
            goal: Some(1.0),
            work: |input, out| duckdb_python(TABLE, &input.join(FILE), out),
        },
    ],
};

fn write(folder: &Path, bytes: u64) -> Result<Input> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join(FILE))?);
    let mut random = Random(11);
    let (mut written, mut records, mut now) = (0, 0, START);
    while written < bytes {
        now += i64::try_from(random.below(40))?;
        let time = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
        let line = format!(
            "{{\"time\":\"{}\",\"level\":\"{}\",\"msg\":\"{}\",\"service\":\"checkout\",\"pod\":\"checkout-7d9f-{}\",\
             \"trace_id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\",\"order_id\":{},\"route\":\"/orders/{}\",\
             \"status\":{},\"duration_ms\":{}.{}}}\n",
            time.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
            random.pick(LEVELS),
            random.pick(MESSAGES),
            random.below(4),
            random.next(),
            random.next(),
            random.next(),
            random.below(9_000_000),
            random.below(50),
            random.pick(&[200_u64, 200, 200, 201, 404, 500]),
            random.below(900),
            random.below(10),
        );
        file.write_all(line.as_bytes())?;
        written += line.len() as u64;
        records += 1;
    }
    file.flush()?;
    Ok(Input {
        bytes: written,
        records,
    })
}

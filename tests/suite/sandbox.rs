//! The console runs one question over the case and nothing else.
//!
//! Each attempt stands for a way out: writing, more than one statement, files, extensions, settings,
//! and table functions that do something instead of answering. Every one is tried on a database that
//! is open for reading, as subcommands open it, and on one that is open for writing, as it is in the
//! screen's process during a load.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use shipwake::store::console::{self, Limits};
use shipwake::store::{Access, Reader, Rows, Store, StoreError};

use crate::support::bytes::log;
use crate::support::cases::{TempCase, settings};
use crate::support::put;

/// Statements that are no question.
const REFUSED: &[&str] = &[
    "INSERT INTO base.meta VALUES ('a', 'b')",
    "UPDATE base.meta SET value = 'x'",
    "DELETE FROM base.log",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "DROP TABLE base.log",
    "ALTER TABLE base.log ADD COLUMN a INTEGER",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE base.log",
    "COPY base.log TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY base.log FROM '{folder}/secret.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb'",
    "DETACH main",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET threads = 64",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "CALL enable_logging()",
    "CHECKPOINT",
    "BEGIN",
    "COMMIT",
    "PREPARE p AS SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "",
    "nonsense",
];

/// Questions that would read files.
const READING: &[&str] = &[
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM read_json('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('{folder}/secret.csv')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_duckdb('{folder}/secret.csv')",
    "FROM '{folder}/secret.csv'",
    "FROM '{folder}/secret.parquet'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{folder}/out.csv''')",
    "SELECT * FROM query_table('{folder}/secret.csv')",
];

/// Questions that do something.
const ACTING: &[&str] = &[
    "SELECT * FROM enable_profiling(save_location = '{folder}/profile.json', format = 'json')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_config = {'path': '{folder}/log'})",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM disable_logging()",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM checkpoint()",
];

struct Case {
    case: TempCase,
    store: Store,
}

impl Case {
    fn open(access: Access) -> Self {
        let case = TempCase::new();
        put(case.scratch(), "one.jsonl", log(0..50, "one"));
        put(case.scratch(), "secret.csv", "secret\n42\n");
        case.load(&[&case.scratch().join("one.jsonl")]);
        let store = Store::open(&case.case().database(), access, &settings(2)).unwrap();
        Self { case, store }
    }

    fn folder(&self) -> &Path {
        self.case.scratch()
    }

    fn fill(&self, sql: &str) -> String {
        sql.replace("{folder}", self.folder().to_str().unwrap())
    }

    fn reader(&self) -> Reader {
        self.store.reader().unwrap()
    }
}

fn run(reader: &Reader, sql: &str) -> Result<Rows, StoreError> {
    console::run(reader, sql, Limits::default())
}

/// What is not as it was: the reader still answers, the rows are all there, and nothing was written
/// beside the case.
fn touched(case: &Case, reader: &Reader) -> Option<String> {
    let answer = match run(reader, "SELECT count(*) FROM log") {
        Ok(answer) => answer,
        Err(error) => return Some(format!("the reader no longer answers: {error}")),
    };
    if answer.rows[0][0] != 50 {
        return Some(format!("{} rows instead of 50", answer.rows[0][0]));
    }
    let mut names: Vec<_> = std::fs::read_dir(case.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    (names != ["one.jsonl", "secret.csv", "test.wake"]).then(|| format!("{names:?} in the folder"))
}

#[track_caller]
fn assert_untouched(case: &Case, reader: &Reader, after: &str) {
    assert_eq!(touched(case, reader), None, "after {after}");
}

#[test]
fn what_is_no_question_is_refused() {
    for access in [Access::Read, Access::Write] {
        let case = Case::open(access);
        let reader = case.reader();
        for sql in REFUSED {
            let outcome = run(&reader, &case.fill(sql));
            assert!(
                matches!(outcome, Err(StoreError::Refused(_))),
                "{sql}: {outcome:?}"
            );
            assert_untouched(&case, &reader, sql);
        }
    }
}

#[test]
fn no_question_reads_a_file() {
    for access in [Access::Read, Access::Write] {
        let case = Case::open(access);
        let reader = case.reader();
        for sql in READING {
            let outcome = run(&reader, &case.fill(sql));
            assert!(outcome.is_err(), "{sql}: {outcome:?}");
            assert_untouched(&case, &reader, sql);
        }
    }
}

/// Names the attempt that a process of its own makes.
const ATTEMPT: &str = "SHIPWAKE_TEST_ATTEMPT";

/// Where the engine throws and nothing catches, it takes the whole process with it.
#[test]
fn no_question_acts() {
    let mut acted = Vec::new();
    for (number, sql) in ACTING.iter().enumerate() {
        let ran = Command::new(std::env::current_exe().unwrap())
            .args([
                "sandbox::one_attempt",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(ATTEMPT, number.to_string())
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
            acted.push(format!("{sql} ({}): {said}", ran.status));
        }
    }
    assert!(acted.is_empty(), "these ran:\n  {}", acted.join("\n  "));
}

#[test]
#[ignore = "run by no_question_acts, in a process of its own"]
fn one_attempt() {
    let number: usize = std::env::var(ATTEMPT).map_or(0, |text| text.parse().unwrap());
    for access in [Access::Read, Access::Write] {
        let case = Case::open(access);
        let reader = case.reader();
        let outcome = run(&reader, &case.fill(ACTING[number]));
        assert_untouched(&case, &reader, "the attempt");
        assert!(outcome.is_err(), "it ran, and nothing shows");
    }
}

#[test]
fn questions_are_answered() {
    let case = Case::open(Access::Read);
    let reader = case.reader();
    for (sql, rows) in [
        ("SELECT 1", 1),
        ("SELECT 1;", 1),
        ("FROM log", 50),
        (
            "WITH a AS (SELECT 1) SELECT * FROM a -- a remark; with a mark",
            1,
        ),
        ("DESCRIBE log", 0),
        ("SUMMARIZE log", 0),
        ("SELECT ';' AS mark", 1),
    ] {
        let answer = run(&reader, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(
            rows == 0 || answer.rows.len() == rows,
            "{sql}: {} rows",
            answer.rows.len()
        );
        assert!(!answer.rows.is_empty() && !answer.truncated, "{sql}");
    }
}

#[test]
fn a_deadline_stops_what_would_never_end() {
    let case = Case::open(Access::Read);
    let reader = case.reader();
    let endless = "SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE a.range + b.range = 7";
    let began = Instant::now();
    let outcome = console::run(
        &reader,
        endless,
        Limits {
            rows: 10,
            millis: 300,
        },
    );
    assert!(matches!(outcome, Err(StoreError::Deadline)), "{outcome:?}");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    // The deadline is the statement's own: the next question has all the time that it needs.
    assert_untouched(&case, &reader, "a deadline");
    assert_eq!(
        reader
            .rows(
                "a test",
                "SELECT current_setting('max_execution_time')::BIGINT",
                &[]
            )
            .unwrap()
            .rows[0][0],
        0
    );
}

#[test]
fn a_question_that_needs_too_much_memory_fails_and_harms_nothing() {
    let case = Case::open(Access::Read);
    let reader = case.reader();
    let outcome = run(
        &reader,
        "SELECT list(range::VARCHAR ORDER BY hash(range)) FROM range(200000000)",
    );
    assert!(
        matches!(outcome, Err(StoreError::Sql { .. })),
        "{outcome:?}"
    );
    assert_untouched(&case, &reader, "too much memory");
}

#[test]
fn a_cap_on_rows_says_that_there_were_more() {
    let case = Case::open(Access::Read);
    let reader = case.reader();
    let capped = |rows, sql: &str| {
        let answer = console::run(
            &reader,
            sql,
            Limits {
                rows,
                ..Limits::default()
            },
        )
        .unwrap();
        (answer.rows.len(), answer.truncated)
    };
    assert_eq!(capped(7, "SELECT * FROM range(100000)"), (7, true));
    assert_eq!(capped(50, "FROM log"), (50, false));
    assert_untouched(&case, &reader, "a cap");
}

/// Cells of every type that a question can give are readable, not the engine's inner form.
#[test]
fn cells_are_values() {
    let case = Case::open(Access::Read);
    let sql = "SELECT 1.50 AS d, DATE '2026-10-29' AS day, TIME '14:02:07' AS clock, INTERVAL 90 SECOND AS took, \
               MAP {'a': 1} AS m, TIMESTAMP '2026-10-29 14:02:07' AS at, [1, 2] AS l, {'a': 1} AS s, 1::HUGEINT AS h";
    let answer = run(&case.reader(), sql).unwrap();
    let shown: Vec<String> = answer.rows[0].iter().map(ToString::to_string).collect();
    for (name, shown) in answer.columns.iter().zip(&shown) {
        let inner = ["Decimal", "Interval", "Time64", "Map(", "Text("]
            .iter()
            .any(|word| shown.contains(word));
        assert!(!inner, "{name} is shown as {shown}");
    }
    assert_eq!(shown[1], "\"2026-10-29\"");
}

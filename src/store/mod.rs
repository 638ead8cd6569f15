//! The only room that knows DuckDB.
//!
//! A [`Store`] is one open database file; every reader and the writer work on clones of its
//! connection. Rows come in as Arrow batches ([`batch`]) through appenders ([`writer`]) and go out as
//! plain values ([`reader`]); panes ask through [`lane`]s, threads of their own with a place for one
//! waiting question each, so that the screen never waits and the newest question wins.
//!
//! Why Arrow and appenders: a million rows go in in a tenth of a second. Why no ORM and no async
//! runtime: DuckDB blocks, threads are simple, and SQL stands in `.sql` files where it can be read,
//! formatted and run by hand. Evidence never reaches DuckDB as a file: it is parsed in Rust, and the
//! connection cannot read files, attach databases or load extensions.

pub mod batch;
mod connection;
pub mod console;
mod error;
pub mod lane;
pub mod ledger;
pub mod reader;
mod schema;
pub mod writer;

pub use batch::Batch;
pub use connection::{Access, Settings, Store};
pub use error::StoreError;
pub use lane::{Lanes, Ticket};
pub use reader::{Param, Reader, Row, Rows};
pub use schema::VERSION as SCHEMA;
pub use writer::Writer;

/// Tables and views that are derived from those that loading fills: name and meaning.
pub const DERIVED: &[(&str, &str)] = &[
    ("entity", "Everything that can be pointed at, once."),
    (
        "link",
        "Why two entities belong together; one row per rule that says so.",
    ),
    (
        "release",
        "One row per service, environment and artifact or version that went live.",
    ),
    (
        "behaviour",
        "How often a release did a thing, by instance, in steps of five minutes.",
    ),
    (
        "served",
        "Requests and failures by release, instance and operation, from spans and from metrics.",
    ),
    (
        "latency",
        "Durations of requests as counts in steps of two digits.",
    ),
    (
        "quantile",
        "The 95th percentile of durations as metrics tell it.",
    ),
    ("presence", "Which instance sent any telemetry, and when."),
    (
        "masked_log",
        "Log messages with what varies masked, counted.",
    ),
    ("access_origin", "Whose doing each access event was."),
    ("placement", "Where each release ran: one row per pod."),
    ("receipt", "What each rollup gave, and by which text."),
    (
        "file",
        "The evidence files whose records are in the tables, one row per content.",
    ),
    (
        "deployment",
        "Deployments with the last state that was reported of them.",
    ),
    (
        "commit_now",
        "One row per commit, whatever the number of exports that hold it.",
    ),
    (
        "build_now",
        "One row per CI run and attempt, in its newest state.",
    ),
    (
        "change_request_now",
        "One row per change request, in its newest state.",
    ),
    (
        "session_now",
        "One row per agent session, from all sources that tell of it.",
    ),
    (
        "instance_now",
        "One row per instance, from all observations.",
    ),
    (
        "attestation_now",
        "One row per statement, from all its wrappers.",
    ),
];

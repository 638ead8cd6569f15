//! Shipwake: an offline investigation workbench for the terminal.
//!
//! It takes the records that a team already exports, seals them in a case, correlates them in an
//! embedded DuckDB, and shows what a release did and why its records belong together.
//!
//! ```text
//! paths ─> ingest ─> formats ─> store ─> links ─> query ─> panes ─> workbench ─> tui
//!            └────── case (evidence, journal) ─────┘   └──> cli
//! ```
//!
//! Each module is a room with walls: which room may know which stands in docs/architecture.md and
//! is held by a test. To find a feature, take the noun that the screen shows: it is the name of its
//! file. To add a format, a link rule, a question or a pane: one file and one line in its folder's
//! registry.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::print_stderr,
        reason = "a test may panic and tell"
    )
)]

pub mod app;
pub mod behaviour;
pub mod case;
pub mod cli;
pub mod formats;
pub mod ingest;
pub mod links;
pub mod load;
pub mod model;
pub mod panes;
pub mod policy;
pub mod query;
pub mod store;
pub mod trust;
pub mod tui;
pub mod ui;
pub mod workbench;

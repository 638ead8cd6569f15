//! The real program, driven from outside: arguments, exit codes, both outputs, kills, a terminal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test may panic and tell, and the files that it names are ours"
)]

#[path = "../support/mod.rs"]
mod support;

mod contract;
mod journey;
mod kill;
mod locking;
mod preferences;
mod screen;

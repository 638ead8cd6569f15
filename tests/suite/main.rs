//! The promises of the design, held against the library: one module per promise.
//!
//! The program itself is driven in `tests/program`; formats, widgets and helpers have their tests
//! beside them in `src`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test may panic and tell, and the files that it names are ours"
)]

#[path = "../support/mishap/mod.rs"]
#[allow(dead_code, clippy::pedantic, reason = "each user takes its part")]
mod mishap;
#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod assurance;
mod case;
mod declared;
mod determinism;
mod features;
mod floor;
mod fuzz;
mod gallery;
mod generator;
mod ingest;
mod journey;
mod judged;
mod judgement;
mod limits;
mod lists;
mod mouse;
mod own_gates;
mod papers;
mod portable;
mod questions;
mod registry;
mod renamed;
mod repair;
mod resume;
mod samples;
mod sandbox;
mod screens;
mod sigma;
mod sigma_hostile;
mod sigma_meaning;
mod signed_history;
mod story;
mod tasks;

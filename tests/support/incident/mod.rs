//! The sample incident: how `sample-data/` is made.
//!
//! Ten days at acme, a shop: releases by people and by coding agents, and one on 29 October that did
//! something it had no business doing. [`story`] and [`releases`] say what happened; [`World`] works
//! it out (commits get ids, builds get digests, pods get names, customers order); each file named
//! after a source system writes that system's export of it. So the files agree because they tell of
//! the same world, not because somebody copied ids between them.
//!
//! The output depends on nothing but this folder: no clock, no random source, no floating-point
//! mathematics. `sample-data/` is committed, and a test holds it to [`files`].

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "text put together piece by piece reads best so, and speed is no matter here"
)]

mod agent;
mod attestations;
mod clock;
mod cloudtrail;
mod diff;
mod files;
mod fleet;
mod git;
mod github;
mod history;
mod ids;
mod kubernetes;
mod people;
mod pod_logs;
mod prometheus;
mod releases;
mod rng;
mod story;
mod telemetry;
mod traffic;
mod vault;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use files::Files;
use world::World;

/// The source systems, one line each.
const SOURCES: &[fn(&World, &mut Files)] = &[
    git::write,
    agent::write,
    github::write,
    attestations::write,
    kubernetes::write,
    vault::write,
    cloudtrail::write,
    telemetry::write,
    prometheus::write,
    pod_logs::write,
];

/// Every generated file: path below `sample-data/`, and bytes. The README there is written by hand.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let world = World::new();
    let mut files = Files::default();
    for write in SOURCES {
        write(&world, &mut files);
    }
    files.0
}

pub use telemetry::dense::{Wanted, Written};

/// The traces and logs of the same ten days without sampling, line by line; see [`telemetry::dense`].
#[allow(dead_code, reason = "for benches of large cases")]
pub fn dense(
    wanted: Wanted,
    put: &mut dyn FnMut(bool, &serde_json::Value) -> io::Result<()>,
) -> io::Result<Written> {
    telemetry::dense::write(&World::new(), wanted, put)
}

/// Writes the files below `dir`. Nothing there is removed.
#[allow(
    dead_code,
    reason = "called to make the sample anew, not by tests that compare"
)]
pub fn write(dir: &Path) -> io::Result<()> {
    for (path, bytes) in files() {
        let path = dir.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

//! Real exports of many tools, loaded whole: nothing crashes, everything has a state and adds up.

use std::collections::{BTreeMap, BTreeSet};

use shipwake::query::answer::Window;
use shipwake::query::rejects;

use crate::support::cases::TempCase;
use crate::support::{files_below, samples};

/// Every state that a file may end in.
const STATES: &[&str] = &[
    "loaded",
    "container",
    "duplicate",
    "present",
    "empty",
    "binary",
    "unknown_format",
    "truncated",
    "refused",
    "unsafe_path",
    "unsupported",
    "damaged",
    "unreadable",
    "special_file",
    "loop",
    "case",
];

#[test]
fn every_sample_gets_a_state_and_every_unit_is_accounted_for() {
    let Some(folder) = samples() else { return };
    let (case, report) = TempCase::of(&[&folder]);
    let known: BTreeSet<&str> = report.files.iter().map(|file| file.path.as_str()).collect();
    for path in files_below(&folder) {
        assert!(known.contains(path.as_str()), "{path} has no state");
    }
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &report.files {
        assert!(STATES.contains(&file.state.as_str()), "{file:?}");
        assert_eq!(
            file.read,
            file.kept + file.rejected + file.ignored,
            "{file:?}"
        );
        *states.entry(&file.state).or_default() += 1;
    }
    for reject in rejects::ask(&case.reader(), &Window::default()).unwrap() {
        assert!(
            !reject["why"].as_str().unwrap().contains("please report it"),
            "{reject:?}"
        );
    }
    let documents = |path: &str| path.ends_with(".md");
    let exports: Vec<_> = report
        .files
        .iter()
        .filter(|file| !file.path.contains('!') && !documents(&file.path))
        .collect();
    let recognised = exports
        .iter()
        .filter(|file| file.kept > 0 || file.state == "container" || file.state == "duplicate")
        .count();
    eprintln!(
        "{recognised} of {} sample files recognised; states {states:?}",
        exports.len()
    );
    assert!(
        recognised * 2 > exports.len(),
        "{recognised} of {} sample files recognised",
        exports.len()
    );
}

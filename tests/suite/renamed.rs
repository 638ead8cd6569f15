//! Names decide nothing: one real export of each format, without its name, loads as it did with it.

use std::collections::BTreeMap;

use shipwake::ingest::{FileReport, Report};

use crate::support::cases::TempCase;
use crate::support::{put, samples};

/// Fewest formats that the samples have to hold for the test to mean something.
const FEWEST: usize = 50;

/// Format, and units read, kept and rejected, by digest of the file.
fn by_content(files: &[&FileReport]) -> BTreeMap<String, (String, u64, u64, u64)> {
    let told = |file: &&FileReport| {
        let format = file.format.clone().unwrap_or_default();
        let counts = (format, file.read, file.kept, file.rejected);
        (file.sha256.clone(), counts)
    };
    files.iter().map(told).collect()
}

/// Files that stand on their own, whose bytes a parser took.
fn whole(report: &Report) -> impl Iterator<Item = &FileReport> {
    let files = report.files.iter();
    files.filter(|file| file.state == "loaded" && !file.path.contains('!'))
}

#[test]
fn an_export_without_its_name_loads_the_same() {
    let Some(samples) = samples() else {
        eprintln!("skipped: ../shared/samples is not here");
        return;
    };
    let (named, report) = TempCase::of(&[&samples]);
    let mut chosen: BTreeMap<&str, &FileReport> = BTreeMap::new();
    for file in whole(&report) {
        if let Some(format) = file.format.as_deref() {
            chosen.entry(format).or_insert(file);
        }
    }
    assert!(chosen.len() >= FEWEST, "{} formats", chosen.len());
    let folder = named.scratch().join("renamed");
    for file in chosen.values() {
        let bytes = named.case().evidence();
        let bytes = bytes.read(&file.sha256, 0, file.bytes).unwrap();
        // Half of its digest, from the end: nothing of the name is left.
        put(&folder, &file.sha256[32..], bytes);
    }
    let (_case, renamed) = TempCase::of(&[&folder]);
    let files: Vec<&FileReport> = chosen.into_values().collect();
    let again: Vec<&FileReport> = whole(&renamed).collect();
    assert_eq!(by_content(&again), by_content(&files));
}

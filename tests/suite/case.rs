//! The case on disk: loading again changes nothing, one writes, many read, the journal holds.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use shipwake::case::CaseError;
use shipwake::ingest::{Options, Progress, Report};
use shipwake::load::{LoadError, Loading};
use shipwake::store::{Access, Store};

use crate::support::bytes::log;
use crate::support::cases::{TempCase, assert_same_tables, settings};
use crate::support::{put, sample_data};

fn states(report: &Report) -> Vec<&str> {
    let mut states: Vec<&str> = report
        .files
        .iter()
        .map(|file| file.state.as_str())
        .collect();
    states.sort_unstable();
    states.dedup();
    states
}

#[test]
fn loading_again_changes_nothing() {
    let (case, first) = TempCase::of(&[&sample_data()]);
    let before = case.tables();
    let second = case.load(&[&sample_data()]);
    assert_same_tables("after loading the same again", &before, &case.tables());
    assert_eq!(states(&second), ["present"]);
    assert!(
        second.tables.values().all(|rows| *rows == 0),
        "{:?}",
        second.tables
    );
    assert_eq!(second.links, first.links);
}

/// What has no bytes has no digest to be known by.
#[test]
#[cfg(unix)]
fn loading_again_what_cannot_be_read_changes_nothing() {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    put(&folder, "good.jsonl", log(0..5, "good"));
    std::os::unix::fs::symlink(".", folder.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).unwrap();
    case.load(&[&folder]);
    let before = case.tables();
    case.load(&[&folder]);
    assert_same_tables("after loading the same again", &before, &case.tables());
}

#[test]
fn a_second_file_adds_only_its_own() {
    let case = TempCase::new();
    put(case.scratch(), "one.jsonl", log(0..5, "one"));
    put(case.scratch(), "two.jsonl", log(0..7, "two"));
    let [one, two] = ["one.jsonl", "two.jsonl"].map(|name| case.scratch().join(name));
    assert_eq!(case.load(&[&one]).tables["log"], 5);
    let report = case.load(&[&one, &two]);
    assert_eq!(
        (report.tables["log"], report.tables["evidence_file"]),
        (7, 1)
    );
    assert_eq!(case.cell("SELECT count(*) FROM log"), 12);
}

#[test]
fn any_number_of_readers_open_a_case_that_nothing_loads_into() {
    let (case, _) = TempCase::of(&[&sample_data()]);
    let stores: Vec<Store> = (0..3).map(|_| case.store()).collect();
    for store in &stores {
        let rows = store
            .reader()
            .unwrap()
            .rows("a test", "SELECT count(*) FROM release", &[]);
        assert!(rows.unwrap().rows[0][0].as_i64().unwrap() > 0);
    }
}

#[test]
fn one_process_writes_and_the_next_hears_who_it_is() {
    let case = TempCase::new();
    let lock = case.case().lock().unwrap();
    match Loading::begin(case.case(), &settings(1)) {
        Err(LoadError::Case(CaseError::Held { holder, .. })) => {
            let own = format!("process {}", std::process::id());
            assert!(holder.to_string().contains(&own), "{holder}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two write at once"),
    }
    drop(lock);
    assert!(Loading::begin(case.case(), &settings(1)).is_ok());
}

#[test]
fn the_journal_chains_every_load() {
    let (case, report) = TempCase::of(&[&sample_data()]);
    put(case.scratch(), "more.jsonl", log(0..5, "more"));
    case.load(&[&case.scratch().join("more.jsonl")]);
    let journal = case.case().journal();
    let state = journal.check().unwrap();
    assert_eq!((state.entries, state.state.as_str()), (2, "intact"));
    let entries = journal.entries().unwrap();
    assert!(entries.iter().all(|entry| entry.act == "load"));
    // What a rebuild needs: each file's digest under the path that it was loaded from.
    let files = entries[0].inputs["files"].as_array().unwrap();
    assert_eq!(files.len(), report.files.len());
    for (logged, file) in files.iter().zip(&report.files) {
        assert_eq!(
            (logged["path"].as_str(), logged["sha256"].as_str()),
            (Some(&*file.path), Some(&*file.sha256))
        );
    }
}

#[test]
fn a_lost_database_is_made_again_with_equal_rows() {
    let (case, _) = TempCase::of(&[&sample_data()]);
    let before = case.tables();
    std::fs::remove_file(case.case().database()).unwrap();
    case.load(&[&sample_data()]);
    assert_same_tables("after the database was lost", &before, &case.tables());
}

/// The next load makes it anew "from the evidence": all of it, not only what that load was given.
#[test]
fn a_database_of_another_version_is_made_again_from_the_evidence() {
    let case = TempCase::new();
    put(case.scratch(), "one.jsonl", log(0..5, "one"));
    put(case.scratch(), "two.jsonl", log(0..7, "two"));
    case.load(&[&case.scratch().join("one.jsonl")]);
    let store = Store::open(&case.case().database(), Access::Write, &settings(1)).unwrap();
    store
        .writer()
        .unwrap()
        .run("UPDATE base.meta SET value = 'older' WHERE key = 'schema'")
        .unwrap();
    drop(store);
    case.load(&[&case.scratch().join("two.jsonl")]);
    assert_eq!(case.cell("SELECT count(*) FROM log"), 12);
}

#[test]
fn a_load_that_was_withdrawn_leaves_a_case_that_the_next_one_completes() {
    let whole = TempCase::of(&[&sample_data()]).0;
    let case = TempCase::new();
    let progress = Arc::new(Progress::default());
    progress.cancel();
    let outcome = case.try_load(&[&sample_data()], &Options::default(), &progress);
    assert!(matches!(outcome, Err(LoadError::Cancelled)), "{outcome:?}");
    assert_eq!(case.case().journal().entries().unwrap().len(), 0);
    case.load(&[&sample_data()]);
    assert_same_tables("after a withdrawn load", &whole.tables(), &case.tables());
}

/// Withdrawn in its middle: as soon as the first rows are stored.
#[test]
fn a_load_can_be_withdrawn_in_its_middle() {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    for number in 0..1_200 {
        put(
            &folder,
            &format!("{number:04}.jsonl"),
            log(0..60, &format!("file {number}")),
        );
    }
    let progress = Arc::new(Progress::default());
    let (sender, receiver) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let progress = &progress;
        scope.spawn(move || {
            while progress.glance().commits == 0
                && receiver.try_recv() == Err(mpsc::TryRecvError::Empty)
            {
                std::thread::yield_now();
            }
            progress.cancel();
        });
        let outcome = case.try_load(&[&folder], &Options::default(), progress);
        drop(sender);
        assert!(matches!(outcome, Err(LoadError::Cancelled)), "{outcome:?}");
    });
    let files = case
        .cell("SELECT count(*) FROM base.evidence_file")
        .as_i64()
        .unwrap();
    assert!((1..1_200).contains(&files), "{files} files are whole");
    assert_eq!(case.cell("SELECT count(*) FROM base.log"), files * 60);
    assert_whole(&case, &folder);
}

fn assert_whole(case: &TempCase, folder: &Path) {
    case.load(&[folder]);
    let (undisturbed, _) = TempCase::of(&[folder]);
    assert_same_tables("after going on", &undisturbed.tables(), &case.tables());
}

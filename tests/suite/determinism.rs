//! The same evidence gives the same rows and answers, whatever the threads and the order of loading.
//!
//! Rows are compared as sets in canonical order, since a table has no order of its own; answers are
//! compared byte for byte, since they have one. What order can mean here: how many threads parse and
//! query; in which order a file system lists what was written; what is loaded first, by one load or
//! several. Paths in the bundle are part of the evidence's story and stay the same throughout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;
use shipwake::ingest::Options;
use shipwake::query::answer::Window;
use shipwake::query::{chain, commits, deployments, files, rejects, releases};

use crate::support::bytes::log;
use crate::support::cases::{TempCase, assert_same_tables};
use crate::support::{files_below, put, sample_data};

/// What a case says: every row, and the printed form of every answer.
struct Said {
    tables: BTreeMap<String, Vec<String>>,
    answers: BTreeMap<String, String>,
}

fn said(case: &TempCase) -> Said {
    let reader = case.reader();
    let window = Window::default();
    let released = releases::ask(&reader, &window).unwrap();
    let mut answers = BTreeMap::new();
    let mut answer =
        |name: &str, answer: &dyn Fn() -> String| answers.insert(name.to_owned(), answer());
    answer("releases", &|| print(&released));
    answer("commits", &|| {
        print(&commits::ask(&reader, &window).unwrap())
    });
    answer("deployments", &|| {
        print(&deployments::ask(&reader, &window).unwrap())
    });
    answer("files", &|| print(&files::ask(&reader, &window).unwrap()));
    answer("rejects", &|| {
        print(&rejects::ask(&reader, &window).unwrap())
    });
    for release in &released {
        let id = release["id"].as_str().unwrap();
        let chain = chain::through(&reader, id).unwrap();
        answer(&format!("chain {id}"), &|| print(chain.as_ref().unwrap()));
    }
    Said {
        tables: case.tables(),
        answers,
    }
}

fn print(answer: &impl Serialize) -> String {
    serde_json::to_string_pretty(answer).unwrap()
}

/// What the sample incident says when it is loaded plainly.
fn plainly() -> &'static Said {
    static PLAINLY: OnceLock<Said> = OnceLock::new();
    PLAINLY.get_or_init(|| said(&TempCase::of(&[&sample_data()]).0))
}

#[track_caller]
fn assert_same(what: &str, case: &TempCase) {
    let (left, right) = (plainly(), said(case));
    assert_same_tables(what, &left.tables, &right.tables);
    assert_eq!(
        left.answers.keys().collect::<Vec<_>>(),
        right.answers.keys().collect::<Vec<_>>()
    );
    for (name, answer) in &left.answers {
        assert!(
            *answer == right.answers[name],
            "{what}: the answer to {name} differs"
        );
    }
    assert!(
        left.answers.len() > 10
            && left.tables.values().filter(|rows| !rows.is_empty()).count() > 20
    );
}

/// Copies the files of the sample that `wanted` picks, in the order of `order`.
fn copy(to: &Path, order: impl FnOnce(&mut Vec<String>), wanted: impl Fn(&str) -> bool) -> PathBuf {
    let mut paths = files_below(&sample_data());
    order(&mut paths);
    for path in paths.iter().filter(|path| wanted(path)) {
        put(to, path, std::fs::read(sample_data().join(path)).unwrap());
    }
    to.to_owned()
}

#[test]
fn threads_change_nothing() {
    for threads in [1, 2, 4] {
        let case = TempCase::new();
        case.load_with(
            &[&sample_data()],
            &Options {
                threads,
                ..Options::default()
            },
        );
        assert_same(&format!("with {threads} threads"), &case);
    }
}

#[test]
fn the_order_in_which_files_were_written_changes_nothing() {
    let case = TempCase::new();
    let folder = copy(
        &case.scratch().join("copy"),
        |paths| paths.reverse(),
        |_| true,
    );
    case.load(&[&folder]);
    assert_same("with files written in reverse", &case);
}

#[test]
fn what_is_loaded_first_changes_nothing() {
    let early = |path: &str| path < "github/";
    for (first, second) in [(true, false), (false, true)] {
        let case = TempCase::new();
        for (name, half) in [("first", first), ("second", second)] {
            let folder = copy(
                &case.scratch().join(name),
                |_| {},
                |path| early(path) == half,
            );
            case.load(&[&folder]);
        }
        assert_same(
            &format!(
                "with {} first",
                if first {
                    "agents to git"
                } else {
                    "github to vault"
                }
            ),
            &case,
        );
    }
}

/// Each top folder as an argument of its own, in two orders: a bundle's files are named from its own
/// root, so the paths differ from those of the whole, and are the same in both orders.
#[test]
fn the_order_of_arguments_changes_nothing() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(sample_data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let [forwards, backwards] = [false, true].map(|reverse| {
        if reverse {
            folders.reverse();
        }
        let paths: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        said(&TempCase::of(&paths).0)
    });
    assert_same_tables(
        "with arguments reversed",
        &forwards.tables,
        &backwards.tables,
    );
    assert!(forwards.answers == backwards.answers);
}

/// Files of all kinds in each load, so that every rule sees its two sides come apart in time.
#[test]
fn in_six_loads_is_the_same_as_all_at_once() {
    let case = TempCase::new();
    let paths = files_below(&sample_data());
    let part = |path: &str| paths.iter().position(|known| known == path).unwrap() * 7 % 6;
    for round in [3, 0, 4, 1, 2, 5] {
        // The two listings of pods that are equal byte for byte go together.
        let equal = |path: &str| path.contains("pods-2026-10-29T1555Z");
        let with = |path: &str| {
            if equal(path) {
                part("kubernetes/pods-2026-10-29T1450Z.json")
            } else {
                part(path)
            }
        };
        let folder = copy(
            &case.scratch().join(round.to_string()),
            |_| {},
            |path| with(path) == round,
        );
        case.load(&[&folder]);
    }
    assert_same("in six loads", &case);
}

/// The same log under the names of two pods: whichever comes first, the case must say the same.
#[test]
fn the_same_bytes_under_two_names_in_either_order() {
    let records = log(0..5, "twice");
    let [forwards, backwards] = [["one", "two"], ["two", "one"]].map(|order| {
        let case = TempCase::new();
        for name in order {
            let folder = case.scratch().join(name);
            put(&folder, &format!("logs/{name}.jsonl"), &records);
            case.load(&[&folder]);
        }
        case.tables()
    });
    assert_same_tables("with the names in the other order", &forwards, &backwards);
}

//! The walls between the rooms of `src` (DESIGN section 4), read from the code itself.
//!
//! A wall that nobody checks is a wish. Each test here walks over every source file, collects what
//! breaks one rule, and fails with all places at once and the reason why the wall stands. An
//! exception needs a line in a table below, with its own reason.

use std::path::Path;

use crate::support::files_below;
use crate::support::rust_source::Source;

/// The most lines that a file may have.
const LONGEST_FILE: usize = 600;
/// The fewest lines of the essay that opens a folder.
const SHORTEST_ESSAY: usize = 5;

/// A room, the rooms that it may use, and why no others.
const ROOMS: &[(&str, &[&str], &str)] = &[
    (
        "model",
        &[],
        "every room speaks the vocabulary, so it may depend on none of them",
    ),
    ("config", &["model"], "settings are data"),
    (
        "formats",
        &["model"],
        "a parser sees bytes and a sink, and can be tested with a vector",
    ),
    (
        "case",
        &["model"],
        "the directory must be readable without the database",
    ),
    (
        "store",
        &["model"],
        "the database knows tables, not what they are for",
    ),
    (
        "ingest",
        &["model", "formats", "case", "store"],
        "linking and judging see all evidence at once, so they come after",
    ),
    (
        "trust",
        &["model", "case", "store"],
        "what is signed does not depend on what it is used for",
    ),
    (
        "links",
        &["model", "store"],
        "a link is made from tables alone, in any order of loading",
    ),
    (
        "query",
        &["model", "store"],
        "a question is the same for a pane and a subcommand",
    ),
    (
        "behaviour",
        &["model", "store"],
        "behaviour is made from tables alone",
    ),
    (
        "policy",
        &["model", "config", "store", "query", "behaviour", "trust"],
        "a verdict weighs what others found",
    ),
    (
        "load",
        &[
            "model",
            "config",
            "formats",
            "case",
            "store",
            "ingest",
            "trust",
            "links",
            "behaviour",
            "policy",
        ],
        "the way from paths to verdicts shows nothing to anybody",
    ),
    (
        "report",
        &["model", "case", "query", "policy"],
        "a report prints answers",
    ),
    (
        "app",
        &["model", "config", "query", "store"],
        "state and update draw nothing, and reach the database through lanes only",
    ),
    (
        "ui",
        &["model"],
        "a widget draws what it is given and asks nothing",
    ),
    (
        "panes",
        &["model", "query", "app", "ui"],
        "a pane asks typed questions and draws with the shared vocabulary",
    ),
    (
        "workbench",
        &["model", "query", "app", "ui", "panes"],
        "one place knows all panes, so that no pane knows another",
    ),
    (
        "tui",
        &["model", "app", "ui", "workbench", "store", "load"],
        "the terminal's owner moves events and frames, and knows no evidence",
    ),
];

/// Rooms that may use every room.
const OPEN: &[(&str, &str)] = &[(
    "cli",
    "each subcommand puts the rooms together for one purpose",
)];

/// Crates that only some rooms may know, and why.
const CRATES: &[(&str, &[&str], &str)] = &[
    (
        "duckdb",
        &["store"],
        "the engine's traps are known in one room, and it can be replaced there",
    ),
    (
        "ratatui",
        &["ui", "panes", "workbench", "tui"],
        "everything else must work headless",
    ),
    (
        "crossterm",
        &["tui"],
        "one room owns the terminal and restores it on every way out",
    ),
];

/// How a statement begins.
const STATEMENTS: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "ALTER",
    "WITH",
    "COPY",
    "ATTACH",
    "DETACH",
    "PRAGMA",
    "SET",
    "RESET",
    "FROM",
    "DESCRIBE",
    "SUMMARIZE",
    "MERGE",
    "TRUNCATE",
    "INSTALL",
    "LOAD",
    "CALL",
    "VALUES",
    "EXPORT",
    "IMPORT",
    "VACUUM",
    "ANALYZE",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every place that breaks a rule.
#[track_caller]
fn hold(broken: &[String]) {
    assert!(broken.is_empty(), "\n  {}\n", broken.join("\n  "));
}

fn may_use(room: &str) -> Option<(&'static [&'static str], &'static str)> {
    let known = ROOMS.iter().find(|(name, ..)| *name == room)?;
    Some((known.1, known.2))
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let sources = Source::all(root());
    let rooms: Vec<&str> = sources.iter().map(Source::room).collect();
    let mut broken = Vec::new();
    for source in &sources {
        let room = source.room();
        if room.is_empty() || OPEN.iter().any(|(open, _)| *open == room) {
            continue;
        }
        let Some((allowed, why)) = may_use(room) else {
            broken.push(format!(
                "{}: the room {room} is not in the table of section 4",
                source.path
            ));
            continue;
        };
        for mention in source.mentions() {
            let Some(other) = mention.path.first().map(String::as_str) else {
                continue;
            };
            if rooms.contains(&other) && other != room && !allowed.contains(&other) {
                let place = source.place(mention.offset);
                broken.push(format!(
                    "{place}: {room} uses {}: {why}",
                    mention.path.join("::")
                ));
            }
        }
    }
    broken.dedup();
    hold(&broken);
}

#[test]
fn engines_and_terminals_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for source in Source::all(root()) {
        for (name, rooms, why) in CRATES {
            if rooms.contains(&source.room()) {
                continue;
            }
            for offset in source.uses_of_crate(name) {
                broken.push(format!(
                    "{}: {name} belongs in {}: {why}",
                    source.place(offset),
                    rooms.join(", ")
                ));
            }
        }
    }
    hold(&broken);
}

#[test]
fn formats_and_panes_know_no_sibling() {
    let why = "one file and one line make a new one, and one file and one line remove it";
    let sources = Source::all(root());
    let mut broken = Vec::new();
    for room in ["formats", "panes"] {
        let head = sources
            .iter()
            .find(|source| source.path == format!("src/{room}/mod.rs"));
        let siblings = head.map(Source::registered).unwrap_or_default();
        assert!(
            head.is_none() || !siblings.is_empty(),
            "src/{room}/mod.rs has no `const ALL`"
        );
        for source in sources.iter().filter(|source| source.room() == room) {
            let Some(own) = source.module.get(1) else {
                continue;
            };
            for mention in source.mentions() {
                let Some(other) = mention.path.get(1).filter(|_| mention.path[0] == room) else {
                    continue;
                };
                if other != own && siblings.contains(other) && !source.is_test(mention.offset) {
                    let (place, path) = (source.place(mention.offset), mention.path.join("::"));
                    broken.push(format!("{place}: {own} uses {path}: {why}"));
                }
            }
        }
    }
    broken.dedup();
    hold(&broken);
}

#[test]
fn only_the_command_line_prints() {
    let why = "standard output is data, and on a screen a stray line is dirt";
    let mut broken = Vec::new();
    for source in Source::all(root())
        .iter()
        .filter(|source| source.room() != "cli")
    {
        for name in ["print", "println", "eprint", "eprintln", "dbg"] {
            for offset in source.calls_of_macro(name) {
                if !source.is_test(offset) {
                    broken.push(format!(
                        "{}: {name}! outside cli: {why}",
                        source.place(offset)
                    ));
                }
            }
        }
    }
    hold(&broken);
}

/// `BEGIN`, `COMMIT`, `ROLLBACK` and `CHECKPOINT` ask nothing and are no statements in this sense.
#[test]
fn questions_stand_in_sql_files() {
    let why = "a question in a file of its own can be read, formatted and run by hand";
    let mut broken = Vec::new();
    for source in Source::all(root()) {
        for (offset, text) in &source.literals {
            let mut words = text.split_whitespace();
            let is_statement = words.next().is_some_and(|word| STATEMENTS.contains(&word));
            if is_statement && words.next().is_some() && !source.is_test(*offset) {
                let start: String = text.trim().chars().take(40).collect();
                broken.push(format!(
                    "{}: SQL in Rust ({start}): {why}",
                    source.place(*offset)
                ));
            }
        }
    }
    hold(&broken);
}

#[test]
fn files_are_short() {
    let why = "what does not fit on a few screens is two things";
    let mut broken = Vec::new();
    for folder in ["src", "tests"] {
        for path in files_below(&root().join(folder)) {
            if !path.ends_with(".rs") && !path.ends_with(".sql") {
                continue;
            }
            let text = std::fs::read_to_string(root().join(folder).join(&path)).unwrap();
            let lines = text.lines().count();
            if lines > LONGEST_FILE {
                let end = LONGEST_FILE + 1;
                broken.push(format!(
                    "{folder}/{path}:{end}: {lines} lines, not {LONGEST_FILE}: {why}"
                ));
            }
        }
    }
    hold(&broken);
}

#[test]
fn every_folder_opens_with_an_essay() {
    let why =
        "who comes to a room for the first time reads what it is for, why so, and what it is not";
    let sources = Source::all(root());
    let mut broken = Vec::new();
    for source in &sources {
        let is_head = !source.module.is_empty()
            && sources.iter().any(|other| {
                other.module.len() == source.module.len() + 1
                    && other.module.starts_with(&source.module)
            });
        let lines = source.essay();
        if is_head && lines < SHORTEST_ESSAY {
            let path = &source.path;
            broken.push(format!(
                "{path}:1: an essay of {lines} lines, not {SHORTEST_ESSAY}: {why}"
            ));
        }
    }
    hold(&broken);
}

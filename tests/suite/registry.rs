//! Registries are complete: what is in a folder is in its list, and what is in a list is whole.
//!
//! "One file and one line" is only true while no file lacks its line and no line its file.

use std::collections::BTreeSet;
use std::path::Path;

use shipwake::model::link::Class;
use shipwake::store::{Access, Store};
use shipwake::{behaviour, formats, links, model, policy, query, trust};

use crate::support::cases::{TempCase, settings};
use crate::support::files_below;

/// Keys that open every link rule.
const HEADER: &[&str] = &["from", "to", "class", "weight", "one", "why"];
/// What a link rule may say of the side that has one partner.
const ONE: &[&str] = &["to", "from", "both", "none"];

fn source(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
fn assert_unique<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "two {what} are called {name}");
    }
}

#[test]
fn every_format_is_whole_and_documented() {
    let tables: BTreeSet<&str> = model::TABLES.iter().map(|table| table.name).collect();
    assert_unique("formats", formats::ALL.iter().map(|format| format.name()));
    for format in formats::ALL {
        let name = format.name();
        assert!(
            !format.about().is_empty() && !format.unit().is_empty(),
            "{name} says nothing of itself"
        );
        assert!(!format.tables().is_empty(), "{name} fills no table");
        for table in format.tables() {
            assert!(
                tables.contains(table),
                "{name} fills {table}, which is no table"
            );
        }
    }
    let Ok(text) = std::fs::read_to_string(source("docs/formats.md")) else {
        eprintln!("skipped: docs/formats.md is not written yet");
        return;
    };
    let missing: Vec<&str> = formats::ALL
        .iter()
        .map(|format| format.name())
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/formats.md does not name {missing:?} in backquotes"
    );
}

#[test]
fn every_link_rule_has_its_header_and_its_file() {
    assert_unique("link rules", links::ALL.iter().map(|rule| rule.name));
    for rule in links::ALL {
        let name = rule.name;
        for key in HEADER {
            assert!(
                !rule.header(key).is_empty(),
                "{name}.sql has no header `-- {key}: …`"
            );
        }
        assert!(
            Class::parse(rule.class()).is_some(),
            "{name}: class {:?}",
            rule.class()
        );
        assert!(ONE.contains(&rule.one()), "{name}: one: {:?}", rule.one());
        let weight: f64 = rule.header("weight").parse().unwrap();
        assert!(weight > 0.0 && weight <= 1.0, "{name}: weight {weight}");
        let text = std::fs::read_to_string(source("src/links").join(format!("{name}.sql")));
        assert_eq!(
            text.ok().as_deref(),
            Some(rule.sql),
            "{name} is another file than {name}.sql"
        );
    }
}

#[test]
fn every_link_rule_file_is_registered() {
    let known: BTreeSet<String> = links::ALL
        .iter()
        .map(|rule| format!("{}.sql", rule.name))
        .collect();
    let files = files_below(&source("src/links"));
    let rules = files
        .iter()
        .filter(|path| path.ends_with(".sql") && !path.contains('/'));
    let unknown: Vec<_> = rules.filter(|path| !known.contains(*path)).collect();
    assert!(unknown.is_empty(), "not in links::ALL: {unknown:?}");
}

#[test]
fn every_sql_file_is_used() {
    let files = files_below(&source("src"));
    let rust: String = files
        .iter()
        .filter(|path| path.ends_with(".rs"))
        .map(|path| std::fs::read_to_string(source("src").join(path)).unwrap())
        .collect();
    let unused: Vec<_> = files
        .iter()
        .filter(|path| path.ends_with(".sql"))
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap();
            !rust.contains(&format!("{name}\")"))
        })
        .collect();
    assert!(unused.is_empty(), "nothing includes {unused:?}");
}

#[test]
fn every_question_binds_on_an_empty_store() {
    let case = TempCase::new();
    let store = Store::open(&case.case().database(), Access::Write, &settings(1)).unwrap();
    let reader = store.reader().unwrap();
    assert_unique("questions", query::ALL.iter().map(|(name, _)| *name));
    for (name, sql) in query::ALL {
        let answer = reader
            .rows(name, sql, &[])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!answer.columns.is_empty(), "{name} answers nothing");
        assert!(
            answer.rows.is_empty(),
            "{name} finds something in an empty store"
        );
    }
}

#[test]
fn every_question_of_judging_binds_on_an_empty_store() {
    let case = TempCase::new();
    let store = Store::open(&case.case().database(), Access::Write, &settings(1)).unwrap();
    let reader = store.reader().unwrap();
    let asked = behaviour::compare::QUERIES
        .iter()
        .chain(policy::dossier::QUERIES)
        .chain(policy::gates::QUERIES)
        .chain(policy::reach::QUERIES)
        .chain(policy::trail::QUERIES)
        .chain(trust::census::QUERIES);
    for (name, sql) in asked {
        let answer = reader
            .rows(name, sql, &[])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!answer.columns.is_empty(), "{name} answers nothing");
    }
    for stage in behaviour::derive::STAGES {
        let answer = reader
            .rows(stage.name, stage.sql, &[])
            .unwrap_or_else(|error| panic!("{}: {error}", stage.name));
        assert!(
            answer.rows.is_empty(),
            "{} finds something in an empty store",
            stage.name
        );
    }
}

#[test]
fn every_detector_is_whole_and_documented() {
    let text = std::fs::read_to_string(source("docs/policy.md")).unwrap();
    assert_unique(
        "detectors",
        behaviour::detectors::ALL.iter().map(|one| one.name()),
    );
    for detector in behaviour::detectors::ALL {
        assert!(
            !detector.about().is_empty(),
            "{} says nothing of itself",
            detector.name()
        );
        assert!(
            text.contains(&format!("`{}`", detector.name())),
            "docs/policy.md lacks {}",
            detector.name()
        );
    }
}

#[test]
fn every_question_is_listed() {
    let lists = query::listing::ALL.iter().map(|list| list.sql);
    let listed: Vec<&str> = query::ALL
        .iter()
        .map(|(_, sql)| *sql)
        .chain(lists)
        .collect();
    let rust = files_below(&source("src/query"));
    let code: String = rust
        .iter()
        .map(|path| std::fs::read_to_string(source("src/query").join(path)).unwrap())
        .collect();
    for path in files_below(&source("src/store/sql/queries")) {
        let text = std::fs::read_to_string(source("src/store/sql/queries").join(&path)).unwrap();
        let asked = code.contains(&format!("queries/{path}\")"));
        assert!(
            !asked || listed.contains(&text.as_str()),
            "query::ALL lacks queries/{path}"
        );
    }
}

#[test]
fn every_link_rule_runs_on_an_empty_store() {
    let case = TempCase::new();
    let store = Store::open(&case.case().database(), Access::Write, &settings(1)).unwrap();
    let reader = store.reader().unwrap();
    // Each question binds and finds nothing, whether or not a load would have skipped it.
    for rule in links::ALL {
        let answer = reader.rows(rule.name, rule.sql, &[]).unwrap();
        assert!(answer.rows.is_empty(), "{} finds something", rule.name);
        for column in ["from_id", "to_id", "left_value", "right_value"] {
            let known = answer.columns.iter().any(|name| name == column);
            assert!(known, "{} lacks {column}", rule.name);
        }
    }
    drop(reader);
    let mut steps = Vec::new();
    links::derive(&mut store.writer().unwrap(), |step| {
        steps.push(step.to_owned());
    })
    .unwrap();
    assert!(steps.iter().any(|step| step == "releases"));
    assert!(links::counts(&store.reader().unwrap()).unwrap().is_empty());
}

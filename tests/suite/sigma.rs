//! Sigma rules over real exports, judged by evaluators that are not ours.
//!
//! Two oracles. rsigma-eval 0.23.0 gave `tests/sigma/expected.tsv` beforehand: for each rule the number
//! of sample events that it selects and a digest of which; for each correlation the groups and the
//! second at which each first held. sigma-rust runs here, beside the SQL, on the events whose fields
//! have one value each (it knows no arrays).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use sha2::{Digest, Sha256};
use shipwake::policy::sigma::parse::{self, Detection, Document};
use shipwake::policy::sigma::value::Value;
use shipwake::policy::sigma::{self, Compiled, Loaded};

#[path = "../sigma/corpus.rs"]
mod corpus;

use corpus::Event;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sigma")
}

fn files() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yml"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn load(texts: &[(String, String)]) -> Loaded {
    sigma::load(texts.iter().map(|(path, text)| (path, text)))
}

/// Rules where rsigma-eval 0.23.0 reads the specification differently, and what it says.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "Agent runs tests, any dash",
        "windash: every dash, the slash too, stands for every other",
    ),
    (
        "Two words in one event",
        "keywords are searched across the event, not in one value",
    ),
    (
        "User, key and policy within ten minutes",
        "temporal: all rules must occur where no condition is given",
    ),
    (
        "The same name made and given a key",
        "temporal: all rules must occur where no condition is given",
    ),
];

/// Rules where sigma-rust 0.7.0 does.
const DIFFERENT_FROM_SIGMA_RUST: &[(&str, &str)] = &[
    ("No error and no answer", "null takes an absent field too"),
    ("Null or absent issuer", "null takes an absent field too"),
    ("Answer without error", "null takes an absent field too"),
    (
        "Account number as a number",
        "a number equals the text of it",
    ),
    ("Success spelled any way", "a number equals the text of it"),
];

/// The empty tables of a case, as far as rules look at them.
pub fn tables() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let columns = [
        (
            "access",
            "kind provider verb object source_address principal result",
        ),
        ("turn", "kind name session_id tool file_path url model"),
        (
            "span",
            "name kind service_name status_code status_message error_type http_request_method http_route http_response_status_code server_address server_port db_system_name db_operation_name duration_ns",
        ),
        (
            "log",
            "body severity_text severity_number service_name event_name scope_name",
        ),
    ];
    for (table, names) in columns {
        let names = format!(", {} VARCHAR", names.replace(' ', " VARCHAR, "));
        let document = document(table);
        let sql = format!(
            "CREATE TABLE {table} (file_id BIGINT, \"offset\" BIGINT, length BIGINT, ts_ns BIGINT{names}, {document} VARCHAR)"
        );
        connection.execute_batch(&sql).unwrap();
    }
    connection
}

/// The column that holds the original event.
fn document(table: &str) -> &'static str {
    match table {
        "turn" => "input",
        "access" => "event",
        _ => "attributes",
    }
}

fn database(events: &[Event]) -> Connection {
    let connection = tables();
    connection.execute_batch("BEGIN").unwrap();
    for event in events {
        let document = document(event.table);
        let names: Vec<_> = event.columns.iter().map(|(name, _)| *name).collect();
        let marks: String = (0..names.len()).map(|_| ", ?").collect();
        let sql = format!(
            "INSERT INTO {} (file_id, \"offset\", length, ts_ns, {document}, {}) VALUES (?, 0, 0, ?, ?{marks})",
            event.table,
            names.join(", ")
        );
        let text = event.document.to_string();
        let mut values: Vec<&dyn duckdb::ToSql> = vec![&event.id, &event.ts_ns, &text];
        values.extend(
            event
                .columns
                .iter()
                .map(|(_, value)| value as &dyn duckdb::ToSql),
        );
        connection
            .prepare_cached(&sql)
            .unwrap()
            .execute(values.as_slice())
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

fn ids(connection: &Connection, rule: &Compiled) -> BTreeSet<i64> {
    let mut statement = connection
        .prepare(&rule.sql)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", rule.title, rule.sql));
    let rows = statement
        .query_map([], |row| row.get(0))
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", rule.title, rule.sql));
    rows.map(|row| row.unwrap_or_else(|error| panic!("{}: {error}\n{}", rule.title, rule.sql)))
        .collect()
}

/// The first second at which each group held.
fn groups(connection: &Connection, rule: &Compiled) -> BTreeMap<String, i64> {
    let count = rule.groups.as_ref().unwrap().len();
    let mut statement = connection
        .prepare(&rule.sql)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", rule.title, rule.sql));
    let mut rows = statement
        .query([])
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", rule.title, rule.sql));
    let mut first = BTreeMap::new();
    while let Some(row) = rows.next().unwrap() {
        let key: Vec<String> = (0..count)
            .filter_map(|index| row.get::<_, Option<String>>(4 + index).unwrap())
            .collect();
        let at: i64 = row.get(3).unwrap();
        first.entry(key.join("|")).or_insert(at / 1_000_000_000);
    }
    first
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text)[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

struct Bench {
    events: Vec<Event>,
    connection: Connection,
    loaded: Loaded,
}

fn bench() -> Option<Bench> {
    let Some(samples) = corpus::samples() else {
        eprintln!("skipped: no samples at ../shared/samples");
        return None;
    };
    let events = corpus::events(&samples);
    let connection = database(&events);
    Some(Bench {
        connection,
        loaded: load(&files()),
        events,
    })
}

#[test]
fn every_rule_of_the_collection_compiles() {
    let loaded = load(&files());
    assert_eq!(loaded.refused, []);
    assert_eq!(loaded.not_evaluable, []);
    assert!(loaded.rules.len() >= 150, "{}", loaded.rules.len());
    let digests: BTreeSet<_> = loaded.rules.iter().map(|rule| &rule.digest).collect();
    assert_eq!(digests.len(), loaded.rules.len());
    assert_eq!(load(&files()), loaded);
}

#[test]
fn sql_selects_what_rsigma_selects() {
    let Some(bench) = bench() else { return };
    let expected = std::fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let mut hash = Sha256::new();
    for event in &bench.events {
        hash.update(event.document.to_string());
        hash.update(b"\n");
    }
    let corpus = hex(&hash.finalize());
    if !expected
        .lines()
        .next()
        .is_some_and(|line| line.ends_with(&corpus))
    {
        eprintln!("skipped: expected.tsv was made from other samples than these ({corpus})");
        return;
    }
    let rules: BTreeMap<_, _> = bench
        .loaded
        .rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule))
        .collect();
    let (mut wrong, mut compared, mut hits) = (Vec::new(), 0, 0);
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let [id, count, wanted, title] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        // Only inside another correlation.
        let Some(rule) = rules.get(id) else {
            assert!(
                bench.loaded.parts.iter().any(|part| part.name == title),
                "{title} is missing"
            );
            continue;
        };
        let (found, list) = if rule.groups.is_some() {
            let list: Vec<_> = groups(&bench.connection, rule)
                .into_iter()
                .map(|(key, at)| format!("{key}@{at}"))
                .collect();
            (list.len(), list.join("\n"))
        } else {
            let list: Vec<_> = ids(&bench.connection, rule)
                .iter()
                .map(ToString::to_string)
                .collect();
            (list.len(), list.join(","))
        };
        compared += 1;
        hits += found;
        if DIFFERENT.iter().any(|(different, _)| *different == title) {
            assert_ne!(digest(&list), wanted, "{title}: no longer different");
        } else if digest(&list) != wanted {
            wrong.push(format!(
                "{title}: rsigma {count}, here {found}: {}",
                list.chars().take(300).collect::<String>()
            ));
        }
    }
    eprintln!(
        "{compared} rules compared with rsigma-eval over {} events, {hits} hits",
        bench.events.len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {compared} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared >= 150 && hits > 1_000);
}

/// The fields of a rule, where it asks for named fields only.
fn fields(text: &str) -> Option<BTreeSet<String>> {
    fn walk(detection: &Detection, out: &mut BTreeSet<String>) -> Option<()> {
        match detection {
            Detection::All(items) => {
                for item in items {
                    out.insert(item.field.clone()?);
                    if item.modifiers.field_reference {
                        out.extend(item.values.iter().map(Value::written));
                    }
                }
            }
            Detection::Any(parts) => parts.iter().try_for_each(|part| walk(part, out))?,
        }
        Some(())
    }
    let parsed = parse::documents("", text).pop()?;
    let Ok(Document::Rule(rule)) = parsed.document else {
        return None;
    };
    let mut out = BTreeSet::new();
    rule.search
        .detections
        .values()
        .try_for_each(|detection| walk(detection, &mut out))?;
    Some(out)
}

/// The event with its fields as flat keys; nothing where a field has several values.
fn flat(view: &serde_json::Value, fields: &BTreeSet<String>) -> Option<serde_json::Value> {
    let mut out = serde_json::Map::new();
    for field in fields {
        let mut value = view.get(field);
        if value.is_none() {
            value = Some(view);
            for key in field.split('.') {
                if value.is_some_and(serde_json::Value::is_array) {
                    return None;
                }
                value = value.and_then(|value| value.get(key));
            }
        }
        match value {
            Some(serde_json::Value::Array(_)) => return None,
            Some(value) => {
                out.insert(field.clone(), value.clone());
            }
            None => {}
        }
    }
    Some(serde_json::Value::Object(out))
}

#[test]
fn sql_selects_what_sigma_rust_selects() {
    let Some(bench) = bench() else { return };
    let rules: BTreeMap<_, _> = bench
        .loaded
        .rules
        .iter()
        .map(|rule| (rule.title.as_str(), rule))
        .collect();
    let (mut wrong, mut left, mut compared, mut pairs) = (Vec::new(), Vec::new(), 0, 0);
    for (_, file) in files() {
        for text in file.split("\n---\n") {
            let title = text
                .lines()
                .find_map(|line| line.strip_prefix("title: "))
                .unwrap();
            let (Some(rule), Some(fields)) = (rules.get(title), fields(text)) else {
                continue;
            };
            let oracle = match sigma_rust::rule_from_yaml(text) {
                Ok(oracle) => oracle,
                Err(error) => {
                    left.push(format!("{title}: {error}"));
                    continue;
                }
            };
            let found = ids(&bench.connection, rule);
            let (mut missing, mut extra) = (0, 0);
            for event in bench.events.iter().filter(|event| is_meant(event, text)) {
                let Some(flat) = flat(&event.view, &fields) else {
                    continue;
                };
                let wanted = oracle.is_match(&sigma_rust::Event::try_from(flat).unwrap());
                pairs += 1;
                match (wanted, found.contains(&event.id)) {
                    (true, false) => missing += 1,
                    (false, true) => extra += 1,
                    _ => {}
                }
            }
            compared += 1;
            if DIFFERENT_FROM_SIGMA_RUST
                .iter()
                .any(|(different, _)| *different == title)
            {
                assert!(missing + extra > 0, "{title}: no longer different");
            } else if missing + extra > 0 {
                wrong.push(format!(
                    "{title}: {missing} missing, {extra} more than sigma-rust"
                ));
            }
        }
    }
    eprintln!(
        "{compared} rules compared with sigma-rust on {pairs} pairs of rule and event; not taken by it:\n{}",
        left.join("\n")
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 150);
}

/// Whether the log source of the rule `text` is that of `event`.
fn is_meant(event: &Event, text: &str) -> bool {
    let [product, _, category] = event.source;
    let of = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key));
    match (of("category: "), of("product: ")) {
        (Some("network_connection"), _) => !category.is_empty(),
        (Some(wanted), _) => category == wanted,
        (None, wanted) => wanted == Some(product),
    }
}

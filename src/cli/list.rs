//! `shipwake list`: what the program knows, from its own registries.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::{Common, Failure, Output, code, judging, load, preferences};
use crate::app::action::Entry;
use crate::behaviour::detectors;
use crate::formats::Declared;
use crate::load::LoadError;
use crate::policy::file::Tier;
use crate::{formats, links, model, panes, store};

/// List what the program knows: formats, link rules, panes, keys, tables
#[derive(Debug, Args)]
pub(super) struct List {
    /// Which list.
    #[arg(value_enum)]
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Export formats that are recognised.
    Formats,
    /// Rules that link records.
    Links,
    /// Detectors of behaviour.
    Detectors,
    /// Policy rules.
    Rules,
    /// Panes of the workbench.
    Panes,
    /// Keys of the workbench.
    Keys,
    /// Tables and columns for SQL.
    Tables,
}

impl List {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let (rows, columns): (Vec<Value>, &[&str]) = match self.what {
            What::Formats => (
                formats(common)?,
                &["name", "unit", "tables", "signs", "about"],
            ),
            What::Links => (
                link_rules(),
                &["name", "from", "to", "class", "weight", "why"],
            ),
            What::Detectors => (detectors(), &["name", "about"]),
            What::Rules => (
                rules(common)?,
                &["id", "section", "severity", "tiers", "title", "digest"],
            ),
            What::Panes => (panes(), &["name", "about"]),
            What::Keys => (keys()?, &["keys", "action", "about"]),
            What::Tables => (tables(), &["table", "column", "type", "about"]),
        };
        let rows: Vec<Map<String, Value>> = rows
            .into_iter()
            .filter_map(|row| match row {
                Value::Object(row) => Some(row),
                _ => None,
            })
            .collect();
        Output::new(common).rows(&rows, columns)?;
        Ok(code::DONE)
    }
}

/// The formats that the user declared, then those of the program.
fn formats(common: &Common) -> Result<Vec<Value>, Failure> {
    let declared = load::declarations(common)?
        .iter()
        .map(|one| Declared::read(&one.text, &one.name).map_err(LoadError::from))
        .collect::<Result<Vec<_>, _>>()?;
    let row = |format: &dyn formats::Format| {
        let example = match std::str::from_utf8(format.example()) {
            Ok(text) => text.to_owned(),
            Err(_) => format.example().escape_ascii().to_string(),
        };
        json!({
            "name": format.name(), "unit": format.unit(), "tables": format.tables().join(" "),
            "signs": format.signs(), "about": format.about(), "example": example,
        })
    };
    let declared = declared.iter().map(|one| row(one));
    Ok(declared
        .chain(formats::ALL.iter().map(|format| row(*format)))
        .collect())
}

fn link_rules() -> Vec<Value> {
    let row = |rule: &links::Rule| json!({"name": rule.name, "from": rule.from(), "to": rule.to(), "class": rule.class(), "weight": rule.weight(), "why": rule.why()});
    links::ALL.iter().map(row).collect()
}

fn detectors() -> Vec<Value> {
    detectors::ALL
        .iter()
        .map(|detector| json!({"name": detector.name(), "about": detector.about()}))
        .collect()
}

/// The rules of the policy that is given, else of the built-in one.
fn rules(common: &Common) -> Result<Vec<Value>, Failure> {
    let policy = judging::given_or_built_in(common)?;
    let tiers = |tiers: &[Tier]| {
        let words: Vec<&str> = tiers.iter().map(|tier| tier.token()).collect();
        words.join(" ")
    };
    let gates = policy.gates.iter().map(|gate| json!({"id": gate.id, "section": "gates", "severity": Value::Null, "tiers": tiers(&gate.tiers), "title": gate.title, "digest": gate.source.digest, "text": gate.source.text}));
    let runtime = policy.runtime.iter().map(|rule| json!({"id": rule.id, "section": "runtime", "severity": rule.severity.token(), "tiers": "", "title": rule.title, "digest": rule.source.digest, "text": rule.source.text}));
    let criteria = policy.criteria.iter().map(|one| json!({"id": one.id, "section": "rollback", "severity": Value::Null, "tiers": tiers(&one.tiers), "title": format!("{}: {}", one.action.token(), one.when.text()), "digest": one.source.digest, "text": one.source.text}));
    Ok(gates.chain(runtime).chain(criteria).collect())
}

fn panes() -> Vec<Value> {
    panes::ALL
        .iter()
        .map(|spec| json!({"name": spec.name, "about": spec.about}))
        .collect()
}

fn keys() -> Result<Vec<Value>, Failure> {
    let keymap = preferences::preferences()?.keymap;
    let row = |(entry, keys): (&Entry, String)| json!({"keys": keys, "action": entry.name, "group": entry.group, "about": entry.about.trim()});
    Ok(keymap.entries().map(row).collect())
}

fn tables() -> Vec<Value> {
    let mut rows = Vec::new();
    for table in model::TABLES {
        rows.push(
            json!({"table": table.name, "column": "", "type": "", "about": table.doc.trim()}),
        );
        for column in table.columns {
            let kind = format!("{:?}", column.kind).to_lowercase();
            rows.push(json!({"table": table.name, "column": column.name, "type": kind, "about": column.doc.trim()}));
        }
    }
    rows.extend(
        store::DERIVED
            .iter()
            .map(|(name, about)| json!({"table": name, "column": "", "type": "", "about": about})),
    );
    rows
}

//! What a declaration says, key by key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SAMPLE;
use super::cell::{Convert, Rule, Source};
use super::check::Sample;
use super::error::meant;
use super::layout::{Kind, Layout, Recognise};
use super::metric::Metric;
use super::row::Mapping;
use super::toml::{Item, Node, Reader};
use super::{WORD, cell};
use crate::formats::find;
use crate::model::record::Table;
use crate::model::{EvidenceClass, TABLES};

/// Tables that loading and judging fill themselves, and one that a metric fills beside its points.
const OWN: [&str; 7] = [
    "evidence_file",
    "reject",
    "ignored",
    "template",
    "finding",
    "verdict",
    "metric_series",
];

/// What a declaration says of the format as such.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) unit: String,
    pub(super) class: EvidenceClass,
}

/// Reads the whole declaration.
pub(super) fn declaration(reader: &mut Reader<'_>) -> Option<(Head, Layout, Vec<Sample>)> {
    let root = match DeTable::parse(reader.text()) {
        Ok(root) => root,
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.wrong(at, "", error.message().to_owned(), None);
            return None;
        }
    };
    let root = Node {
        table: root.get_ref(),
        path: String::new(),
        at: 0..0,
    };
    root.only(
        &[
            "name",
            "about",
            "unit",
            "class",
            "kind",
            "table",
            "csv",
            "json",
            "recognise",
            "time",
            "columns",
            "metric",
            "sample",
        ],
        reader,
    );
    let head = head(&root, reader);
    let table = table(&root, reader);
    let kind = root.word("kind", &["csv", "json"], reader);
    if kind.is_none() && root.get("kind").is_none() {
        reader.wrong(0..0, "kind", "is missing", Some("csv or json".to_owned()));
    }
    let time = root.table("time", reader).and_then(|node| {
        let default = cell::Clock::default();
        rule(
            &node,
            "",
            &["from", "const", "json", "pattern", "form", "zone"],
            &default,
            reader,
        )
    });
    let clock = time
        .as_ref()
        .map(|rule: &Rule| rule.clock.clone())
        .unwrap_or_default();
    let mapping = table.and_then(|table| mapping(&root, table, &clock, reader));
    let layout = Layout {
        kind: shape(&root, kind?, reader)?,
        recognise: recognise(&root, reader),
        time,
        mapping: mapping?,
    };
    let samples = samples(&root, reader);
    Some((head?, layout, samples))
}

fn head(root: &Node<'_>, reader: &mut Reader<'_>) -> Option<Head> {
    let name = root.need("name", reader);
    let about = root.need("about", reader);
    let unit = root
        .text("unit", reader)
        .map_or_else(|| "record".to_owned(), |(unit, _)| unit);
    if let Some((name, at)) = &name {
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts || !name.bytes().all(sound) || name.len() > 64 {
            let why = "must be a snake_case word of at most 64 letters";
            reader.wrong(at.clone(), "name", why, None);
        } else if find(name).is_some() {
            reader.wrong(
                at.clone(),
                "name",
                "is the name of a format of the program",
                None,
            );
        }
    }
    for (key, text) in [
        ("about", about.as_ref().map(|(text, _)| text)),
        ("unit", Some(&unit)),
    ] {
        if text.is_some_and(|text| text.len() > WORD || text.trim() != text) {
            let at = root.get(key).map_or(0..0, Spanned::span);
            reader.wrong(
                at,
                key,
                format!("must be at most {WORD} letters without blanks around"),
                None,
            );
        }
    }
    let class = match root.word("class", &["asserted", "observed"], reader) {
        Some("observed") => EvidenceClass::Observed,
        _ => EvidenceClass::Asserted,
    };
    if root.get("class").is_none() {
        let help = "`observed` where a system recorded it that the actor does not control, else `asserted`";
        reader.wrong(0..0, "class", "is missing", Some(help.to_owned()));
    }
    Some(Head {
        name: name?.0,
        about: about?.0,
        unit,
        class,
    })
}

fn table(root: &Node<'_>, reader: &mut Reader<'_>) -> Option<&'static Table> {
    let (name, at) = root.need("table", reader)?;
    let open = TABLES
        .iter()
        .copied()
        .filter(|table| !OWN.contains(&table.name));
    let found = open.clone().find(|table| table.name == name);
    if found.is_none() {
        let names: Vec<&str> = open.map(|table| table.name).collect();
        let help = Some(meant(&name, names.iter().copied()));
        reader.wrong(at, "table", format!("cannot be `{name}`"), help);
    }
    found
}

fn shape(root: &Node<'_>, kind: &str, reader: &mut Reader<'_>) -> Option<Kind> {
    let other = if kind == "csv" { "json" } else { "csv" };
    if let Some(item) = root.get(other) {
        reader.wrong(
            item.span(),
            other,
            format!("does not go with the kind `{kind}`"),
            None,
        );
    }
    let node = root.table(kind, reader);
    if kind == "json" {
        let records = node.map(|node| {
            node.only(&["records"], reader);
            node.texts("records", reader)
        });
        return Some(Kind::Json {
            records: records.unwrap_or_default(),
        });
    }
    let Some(node) = node else {
        return Some(Kind::Csv {
            delimiter: b',',
            columns: Vec::new(),
            one_line: false,
        });
    };
    node.only(&["delimiter", "columns", "one_line"], reader);
    let delimiter = match node.text("delimiter", reader) {
        None => b',',
        Some((text, at)) => match text.as_bytes() {
            [byte]
                if byte.is_ascii()
                    && !byte.is_ascii_alphanumeric()
                    && !b"\"\r\n".contains(byte) =>
            {
                *byte
            }
            _ => {
                reader.wrong(
                    at,
                    "csv.delimiter",
                    "must be one character such as `,`, `;` or a tab",
                    None,
                );
                return None;
            }
        },
    };
    Some(Kind::Csv {
        delimiter,
        columns: node.texts("columns", reader),
        one_line: node.flag("one_line", reader),
    })
}

fn recognise(root: &Node<'_>, reader: &mut Reader<'_>) -> Recognise {
    let Some(node) = root.table("recognise", reader) else {
        let why = "is missing: without it no file would be known to be of this format";
        reader.wrong(
            0..0,
            "recognise",
            why,
            Some("`keys` or `pattern`".to_owned()),
        );
        return Recognise::default();
    };
    node.only(&["keys", "pattern"], reader);
    let found = Recognise {
        keys: node.texts("keys", reader),
        pattern: node.expression("pattern", reader),
    };
    if found.keys.is_empty() && node.get("pattern").is_none() {
        reader.wrong(
            node.at.clone(),
            "recognise",
            "must have `keys` or `pattern`",
            None,
        );
    }
    found
}

fn mapping(
    root: &Node<'_>,
    table: &'static Table,
    clock: &cell::Clock,
    reader: &mut Reader<'_>,
) -> Option<Mapping> {
    let is_metric = table.name == "metric_point";
    let (wanted, other) = if is_metric {
        ("metric", "columns")
    } else {
        ("columns", "metric")
    };
    if let Some(item) = root.get(other) {
        let why = format!("does not go with the table `{}`", table.name);
        reader.wrong(item.span(), other, why, Some(format!("use `{wanted}`")));
    }
    let Some(node) = root.table(wanted, reader) else {
        if root.get(wanted).is_none() {
            reader.wrong(0..0, wanted, "is missing", None);
        }
        return None;
    };
    if is_metric {
        return Some(Mapping::Metric(Box::new(metric(&node, clock, reader))));
    }
    let mut rules = vec![None; table.columns.len()];
    for (key, item) in node.table {
        let name: &str = key.get_ref();
        let place = table.columns.iter().position(|column| column.name == name);
        let Some(place) = place else {
            let help = Some(meant(name, table.columns.iter().map(|column| column.name)));
            let why = format!("is not a column of `{}`", table.name);
            reader.wrong(key.span(), &node.key(name), why, help);
            continue;
        };
        if let (Some(found), Some(rule)) = (
            column(&node, name, item, clock, reader),
            rules.get_mut(place),
        ) {
            *rule = Some(found);
        }
    }
    if rules.iter().all(Option::is_none) && reader.is_sound() {
        reader.wrong(node.at, "columns", "must name a column", None);
    }
    Some(Mapping::Row { table, rules })
}

/// What a column is made of: the name of a field, a list of them, or a table.
fn column(
    node: &Node<'_>,
    name: &str,
    item: Item<'_>,
    clock: &cell::Clock,
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let key = node.key(name);
    match item.get_ref() {
        DeValue::String(field) => Some(Rule::of(Source::Field(field.to_string()), clock)),
        DeValue::Array(_) => Some(Rule::of(Source::Fields(node.texts(name, reader)), clock)),
        DeValue::Table(table) => {
            let inner = Node {
                table,
                path: key,
                at: item.span(),
            };
            let known = [
                "from", "const", "json", "pattern", "map", "default", "as", "unit", "form", "zone",
            ];
            rule(&inner, name, &known, clock, reader)
        }
        _ => {
            let why = "must be the name of a field, a list of names, or a table";
            reader.wrong(item.span(), &key, why, None);
            None
        }
    }
}

fn rule(
    node: &Node<'_>,
    column: &str,
    known: &[&str],
    clock: &cell::Clock,
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    node.only(known, reader);
    let fixed = node.text("const", reader);
    let source = match (node.get("from"), fixed) {
        (Some(item), Some(_)) => {
            reader.wrong(item.span(), &node.path, "has both `from` and `const`", None);
            return None;
        }
        (None, Some((text, _))) => Source::Const(text),
        (Some(item), None) => match item.get_ref() {
            DeValue::String(field) => Source::Field(field.to_string()),
            DeValue::Array(_) => Source::Fields(node.texts("from", reader)),
            _ => {
                reader.wrong(
                    item.span(),
                    &node.key("from"),
                    "must be the name of a field",
                    None,
                );
                return None;
            }
        },
        (None, None) => {
            reader.wrong(node.at.clone(), &node.key("from"), "is missing", None);
            return None;
        }
    };
    let unit = node.word("unit", &["ns", "us", "ms", "s", "min", "h"], reader);
    let convert = node
        .word("as", &Convert::NAMES, reader)
        .and_then(Convert::find);
    let map = node.table("map", reader).map(|map| words(&map, reader));
    let mut own = clock.clone();
    if let Some((form, at)) = node.text("form", reader) {
        match cell::Form::new(&form) {
            Ok(form) => own.form = form,
            Err(why) => reader.wrong(at, &node.key("form"), why, None),
        }
    }
    if let Some((zone, at)) = node.text("zone", reader) {
        if let Some(zone) = cell::zone(&zone) {
            own.zone = zone;
        } else {
            let help = Some("`UTC`, `+08:00`; names of places are not read".to_owned());
            reader.wrong(at, &node.key("zone"), format!("cannot be `{zone}`"), help);
        }
    }
    if unit.is_some() && !column.ends_with("_ns") {
        let at = node.get("unit").map_or(0..0, Spanned::span);
        reader.wrong(
            at,
            &node.key("unit"),
            "goes only with a column that ends in `_ns`",
            None,
        );
    }
    Some(Rule {
        source,
        pointer: node.text("json", reader).map(|(pointer, _)| pointer),
        pattern: node.expression("pattern", reader),
        map,
        default: node.text("default", reader).map(|(text, _)| text),
        convert,
        nanos: unit.map(cell::nanos),
        clock: own,
    })
}

/// A table of words.
fn words(node: &Node<'_>, reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, item) in node.table {
        let name: &str = key.get_ref();
        match item.get_ref().as_str() {
            Some(text) => found.push((name.to_owned(), text.to_owned())),
            None => reader.wrong(item.span(), &node.key(name), "must be a text", None),
        }
    }
    found
}

fn metric(node: &Node<'_>, clock: &cell::Clock, reader: &mut Reader<'_>) -> Metric {
    node.only(&["values", "names", "units", "labels", "service"], reader);
    let values = node.texts("values", reader);
    if values.is_empty() && reader.is_sound() {
        let help = Some("the fields that hold numbers".to_owned());
        reader.wrong(node.at.clone(), &node.key("values"), "is missing", help);
    }
    let known: Vec<&str> = values.iter().map(String::as_str).collect();
    let mut others = |name: &str| {
        let table = node.table(name, reader)?;
        for (key, _) in table.table {
            let field: &str = key.get_ref();
            if !known.contains(&field) {
                let help = Some(meant(field, known.iter().copied()));
                reader.wrong(key.span(), &table.key(field), "is not among `values`", help);
            }
        }
        Some(words(&table, reader))
    };
    let (names, units) = (
        others("names").unwrap_or_default(),
        others("units").unwrap_or_default(),
    );
    let mut labels = Vec::new();
    if let Some(table) = node.table("labels", reader) {
        for (key, item) in table.table {
            let name: &str = key.get_ref();
            let rule = column(&table, name, item, clock, reader);
            labels.extend(rule.map(|rule| (name.to_owned(), rule)));
        }
    }
    let service = node
        .get("service")
        .and_then(|item| column(node, "service", item, clock, reader));
    Metric {
        values,
        names,
        units,
        labels,
        service,
    }
}

fn samples(root: &Node<'_>, reader: &mut Reader<'_>) -> Vec<Sample> {
    let missing = "is missing: a declaration is checked against at least one";
    let Some(item) = root.get("sample") else {
        reader.wrong(
            0..0,
            "sample",
            missing,
            Some("[[sample]] with `text` and `expect`".to_owned()),
        );
        return Vec::new();
    };
    let Some(list) = item.get_ref().as_array() else {
        reader.wrong(item.span(), "sample", "must be written `[[sample]]`", None);
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in list {
        let Some(table) = item.get_ref().as_table() else {
            reader.wrong(item.span(), "sample", "must be a table", None);
            continue;
        };
        let node = Node {
            table,
            path: "sample".to_owned(),
            at: item.span(),
        };
        node.only(&["text", "expect"], reader);
        let text = node.text("text", reader);
        if node.get("text").is_none() {
            reader.wrong(node.at.clone(), "sample.text", "is missing", None);
        }
        let expected = expected(&node, reader);
        if let Some((text, at)) = text {
            if text.len() > SAMPLE {
                reader.wrong(at.clone(), "sample.text", "is longer than 16 KiB", None);
            }
            found.push(Sample { text, at, expected });
        }
    }
    found
}

/// The cells that a sample must give: one table, or one for each row.
fn expected(node: &Node<'_>, reader: &mut Reader<'_>) -> Vec<Vec<(String, String, Range<usize>)>> {
    let Some(item) = node.get("expect") else {
        reader.wrong(node.at.clone(), "sample.expect", "is missing", None);
        return Vec::new();
    };
    let tables: Vec<&DeTable<'_>> = match item.get_ref() {
        DeValue::Table(table) => vec![table],
        DeValue::Array(list) => list
            .iter()
            .filter_map(|item| item.get_ref().as_table())
            .collect(),
        _ => Vec::new(),
    };
    if tables.is_empty() {
        reader.wrong(
            item.span(),
            "sample.expect",
            "must be a table, or a list of tables",
            None,
        );
    }
    let cells = |table: &DeTable<'_>| {
        let cells = table.iter().map(|(key, item)| {
            let text = match item.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.as_str().to_owned(),
                DeValue::Float(number) => number.as_str().to_owned(),
                DeValue::Boolean(flag) => flag.to_string(),
                DeValue::Datetime(time) => time.to_string(),
                _ => String::new(),
            };
            (key.get_ref().to_string(), text, item.span())
        });
        cells.collect()
    };
    tables.into_iter().map(cells).collect()
}

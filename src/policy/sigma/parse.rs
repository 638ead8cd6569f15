//! Documents: rules, correlations and filters as the specification's schemas have them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::condition::{self, Condition};
use super::correlation::{self, Correlation};
use super::mapping::LogSource;
use super::modifiers::{self, Modifiers};
use super::refusal::{Reason, Refusal, Result};
use super::value::Value;

/// Bytes of a document at most.
const MAX_DOCUMENT: usize = 256 << 10;
/// Bytes of one value at most.
const MAX_TEXT: usize = 4_096;
/// Values of a rule at most.
const MAX_VALUES: usize = 5_000;

/// What stands at the head of each kind of document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// The file.
    pub path: String,
    /// `title`.
    pub title: String,
    /// `id`.
    pub id: Option<String>,
    /// `name`, by which correlations refer to it.
    pub name: Option<String>,
    /// `level` in Shipwake's words; `medium` where none is given.
    pub level: &'static str,
    /// `tags`, such as `attack.t1078`.
    pub tags: Vec<String>,
}

impl Head {
    /// Whether `reference` means this document.
    #[must_use]
    pub fn is(&self, reference: &str) -> bool {
        [&self.id, &self.name]
            .into_iter()
            .flatten()
            .any(|own| own == reference)
    }
}

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A detection rule.
    Rule(Rule),
    /// A correlation of rules.
    Correlation(Head, Correlation),
    /// A filter over rules.
    Filter(Filter),
}

/// A detection rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its head.
    pub head: Head,
    /// Its log source.
    pub source: LogSource,
    /// Its detections and conditions.
    pub search: Search,
}

/// Named detections and the conditions over them.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// By name.
    pub detections: BTreeMap<String, Detection>,
    /// One or more; any of them suffices.
    pub conditions: Vec<Condition>,
}

/// A filter: its condition must hold too in the rules that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Its head.
    pub head: Head,
    /// Log sources that it is for.
    pub source: LogSource,
    /// Ids or names; none: every rule of the log source.
    pub rules: Vec<String>,
    /// What must hold too; a negation.
    pub search: Search,
}

/// A search identifier's definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Detection {
    /// A map: all items.
    All(Vec<Item>),
    /// A list: any element.
    Any(Vec<Detection>),
}

/// One line of a map, or a list of keywords (no field).
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The field; none for keywords.
    pub field: Option<String>,
    /// The modifiers.
    pub modifiers: Modifiers,
    /// The values.
    pub values: Vec<Value>,
    /// The key as written, for messages.
    pub written: String,
}

/// What a document came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The name to report it by: the title, or the file and the number of the document.
    pub name: String,
    /// The document.
    pub document: Result<Document>,
    /// For a filter, even a refused one, the rules that it names (none: all of them).
    pub filter_of: Option<Vec<String>>,
}

/// The documents of a file.
#[must_use]
pub fn documents(path: &str, text: &str) -> Vec<Parsed> {
    let refused = |name: String, reason: Reason| Parsed {
        name,
        document: Err(Refusal::new(reason, "")),
        filter_of: None,
    };
    let mut found = Vec::new();
    for (index, piece) in pieces(text).into_iter().enumerate() {
        let fallback = format!("{path}#{}", index + 1);
        if piece.len() > MAX_DOCUMENT {
            let why = Reason::TooLarge(format!("a document beyond {MAX_DOCUMENT} bytes"));
            found.push(refused(fallback, why));
            continue;
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        match serde_saphyr::from_str_with_options::<Json>(piece, options) {
            Ok(Json::Null) => {}
            Ok(Json::Object(map)) => {
                let title = map.get("title").and_then(Json::as_str);
                found.push(Parsed {
                    name: title.map_or(fallback, str::to_owned),
                    document: document(path, &map),
                    filter_of: map.get("filter").map(filter_of),
                });
            }
            Ok(_) => {
                let why = Reason::Malformed(String::from("a document is a map"));
                found.push(refused(fallback, why));
            }
            Err(error) => found.push(refused(fallback, Reason::Yaml(error.to_string()))),
        }
    }
    found
}

fn filter_of(filter: &Json) -> Vec<String> {
    let is_any = |rules: &Json| matches!(rules.as_str(), Some("any" | "all"));
    let rules = filter.get("rules").filter(|rules| !is_any(rules));
    rules
        .and_then(|rules| strings(rules, "").ok())
        .unwrap_or_default()
}

/// Splits at the lines `---`, so that one bad document does not hide its neighbours.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            pieces.push(&text[start..at]);
            start = at + 3;
        }
        at += line.len();
    }
    pieces.push(&text[start..]);
    pieces
}

fn malformed(what: impl Into<String>, at: &str) -> Refusal {
    Refusal::new(Reason::Malformed(what.into()), at)
}

fn document(path: &str, map: &Map<String, Json>) -> Result<Document> {
    if map.contains_key("action") {
        return Err(malformed("`action` collections are obsolete", "action"));
    }
    let head = head(path, map)?;
    if let Some(correlation) = map.get("correlation") {
        let correlation = object(correlation, "correlation")?;
        let correlation =
            correlation::read(correlation).map_err(|refusal| refusal.inside("correlation"))?;
        return Ok(Document::Correlation(head, correlation));
    }
    let source = match map.get("logsource") {
        Some(source) => log_source(object(source, "logsource")?)?,
        None => return Err(Refusal::new(Reason::Missing("logsource"), "")),
    };
    if let Some(filter) = map.get("filter") {
        let filter = object(filter, "filter")?;
        match filter.get("rules") {
            None => return Err(Refusal::new(Reason::Missing("rules"), "filter")),
            Some(Json::Array(none)) if none.is_empty() => {
                return Err(malformed("an empty list", "filter.rules"));
            }
            Some(rules) => strings(rules, "filter.rules")?,
        };
        let search = search(filter, &["rules"]).map_err(|refusal| refusal.inside("filter"))?;
        if !matches!(search.conditions.as_slice(), [condition] if takes_out(condition)) {
            let why = "a filter's condition is `not …`: of one without, the specification's example \
                       says that it takes out, pySigma and rsigma that it keeps";
            return Err(Refusal::new(
                Reason::Condition(why.into()),
                "filter.condition",
            ));
        }
        return Ok(Document::Filter(Filter {
            head,
            source,
            rules: filter_of(&Json::Object(filter.clone())),
            search,
        }));
    }
    let Some(detection) = map.get("detection") else {
        return Err(Refusal::new(Reason::Missing("detection"), ""));
    };
    let detection = object(detection, "detection")?;
    let search = search(detection, &[]).map_err(|refusal| refusal.inside("detection"))?;
    Ok(Document::Rule(Rule {
        head,
        source,
        search,
    }))
}

/// Whether a condition only takes out: a negation, or several.
fn takes_out(condition: &Condition) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::And(parts) => parts.iter().all(takes_out),
        Condition::Name(_) | Condition::Or(_) | Condition::Of { .. } => false,
    }
}

fn head(path: &str, map: &Map<String, Json>) -> Result<Head> {
    let text = |key: &str| match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.len() <= MAX_TEXT => Ok(Some(text.clone())),
        Some(_) => Err(malformed("not a short text", key)),
    };
    let level = match text("level")?.as_deref() {
        Some("informational") => "info",
        Some("low") => "low",
        Some("high") => "high",
        Some("critical") => "critical",
        None | Some("medium") => "medium",
        Some(other) => return Err(malformed(format!("level {other:?}"), "level")),
    };
    Ok(Head {
        path: path.to_owned(),
        title: text("title")?.ok_or(Refusal::new(Reason::Missing("title"), ""))?,
        id: text("id")?,
        name: text("name")?,
        level,
        tags: map
            .get("tags")
            .filter(|tags| !tags.is_null())
            .map_or(Ok(Vec::new()), |tags| strings(tags, "tags"))?,
    })
}

fn object<'j>(value: &'j Json, at: &str) -> Result<&'j Map<String, Json>> {
    value.as_object().ok_or_else(|| malformed("not a map", at))
}

/// A text, or a list of texts.
pub(super) fn strings(value: &Json, at: &str) -> Result<Vec<String>> {
    let one = |value: &Json| match value {
        Json::String(text) if text.len() <= MAX_TEXT => Ok(text.clone()),
        _ => Err(malformed("not a list of texts", at)),
    };
    match value {
        Json::Array(list) if list.len() <= MAX_VALUES => list.iter().map(one).collect(),
        value => one(value).map(|one| vec![one]),
    }
}

fn log_source(map: &Map<String, Json>) -> Result<LogSource> {
    let part = |key: &str| match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.to_lowercase())),
        Some(_) => Err(malformed("not a text", "logsource")),
    };
    Ok(LogSource {
        product: part("product")?,
        service: part("service")?,
        category: part("category")?,
    })
}

fn search(map: &Map<String, Json>, others: &[&str]) -> Result<Search> {
    let conditions = match map.get("condition") {
        None => return Err(Refusal::new(Reason::Missing("condition"), "")),
        Some(conditions) => strings(conditions, "condition")?,
    };
    let conditions: Result<Vec<_>> = conditions
        .iter()
        .map(|text| condition::read(text))
        .collect();
    let (mut detections, mut count) = (BTreeMap::new(), 0);
    for (name, value) in map {
        // The specification's time frame of old aggregations changes what a condition means.
        if name == "timeframe" {
            return Err(malformed(
                "`timeframe` is obsolete; use a correlation rule",
                name,
            ));
        }
        if name != "condition" && !others.contains(&name.as_str()) {
            let detection = detection(value, &mut count).map_err(|refusal| refusal.inside(name))?;
            detections.insert(name.clone(), detection);
        }
    }
    let conditions = conditions?;
    if conditions.is_empty() {
        return Err(Refusal::new(Reason::Missing("condition"), ""));
    }
    Ok(Search {
        detections,
        conditions,
    })
}

fn detection(value: &Json, count: &mut usize) -> Result<Detection> {
    match value {
        Json::Object(map) => {
            let items: Result<Vec<_>> = map
                .iter()
                .map(|(key, value)| item(key, value, count))
                .collect();
            match items? {
                items if items.is_empty() => Err(malformed("an empty map", "")),
                items => Ok(Detection::All(items)),
            }
        }
        Json::Array(list) if list.is_empty() => Err(malformed("an empty list", "")),
        Json::Array(list) => {
            let keywords: Vec<_> = list
                .iter()
                .filter(|value| !value.is_object())
                .cloned()
                .collect();
            let mut parts = Vec::new();
            if !keywords.is_empty() {
                parts.push(Detection::All(vec![item(
                    "",
                    &Json::Array(keywords),
                    count,
                )?]));
            }
            for map in list.iter().filter(|value| value.is_object()) {
                parts.push(detection(map, count)?);
            }
            Ok(Detection::Any(parts))
        }
        scalar => Ok(Detection::All(vec![item("", scalar, count)?])),
    }
}

fn item(key: &str, value: &Json, count: &mut usize) -> Result<Item> {
    let mut parts = key.split('|');
    let field = parts.next().filter(|field| !field.is_empty());
    let at = if key.is_empty() { "keywords" } else { key };
    let modifiers = modifiers::read(parts).map_err(|refusal| refusal.inside(at))?;
    let list = match value {
        Json::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    *count += list.len();
    if list.is_empty() || *count > MAX_VALUES {
        let why = format!("a rule has between 1 and {MAX_VALUES} values");
        return Err(Refusal::new(Reason::TooLarge(why), at));
    }
    let values: Result<Vec<_>> = list.iter().map(|value| scalar(value, at)).collect();
    Ok(Item {
        field: field.map(str::to_owned),
        modifiers,
        values: values?,
        written: at.to_owned(),
    })
}

fn scalar(value: &Json, at: &str) -> Result<Value> {
    Ok(match value {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) if number.is_i64() || number.is_u64() => {
            Value::Whole(number.to_string())
        }
        Json::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Value::Real(number),
            None => return Err(Refusal::new(Reason::Value(number.to_string()), at)),
        },
        Json::String(text) if text.len() <= MAX_TEXT => Value::Text(text.clone()),
        Json::String(_) => {
            let why = format!("a value beyond {MAX_TEXT} bytes");
            return Err(Refusal::new(Reason::TooLarge(why), at));
        }
        Json::Array(_) | Json::Object(_) => return Err(malformed("a value is a scalar", at)),
    })
}

//! Detections as SQL.
//!
//! Every expression made here is true or false, never NULL: an absent field matches nothing, so its
//! negation holds, and `NOT` in a condition needs no third value.

use std::fmt::Write as _;

use super::field;
use super::literal;
use super::mapping::Mapping;
use super::modifiers::{Encoding, Modifiers, Operator};
use super::network;
use super::parse::{Detection, Filter, Item, Rule, Search};
use super::refusal::{Reason, Refusal, Result};
use super::regex;
use super::value::{Part, Pattern, Value};

/// Bytes of a compiled statement at most.
pub const MAX_SQL: usize = 1 << 20;
/// Whole numbers beyond this are compared as text: a double does not hold them.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// What is taken for a number in an event, as Rust and DuckDB both read it.
const NUMBER: &str = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?";

/// The text `x` as a number, or NULL.
fn number_of(x: &str) -> String {
    format!("CASE WHEN regexp_full_match({x}, '{NUMBER}') THEN try_cast({x} AS DOUBLE) END")
}

/// The column `c0`, `c1`, … of an event query as a number, or NULL; exact in any order of summing.
#[must_use]
pub fn decimal_of(column: &str) -> String {
    format!(
        "CASE WHEN regexp_full_match({column}, '{NUMBER}') THEN try_cast({column} AS DECIMAL(38, 6)) END"
    )
}

/// One statement that selects the events of `rule` that pass `filters`: `file_id`, `"offset"`,
/// `length`, `ts_ns`, then `c0`, `c1`, … with the one scalar of each of `columns`.
///
/// # Errors
///
/// When a part of the rule, or of a filter, is not supported.
pub fn events(
    rule: &Rule,
    filters: &[&Filter],
    mapping: &Mapping,
    columns: &[String],
) -> Result<String> {
    let mut fields = Fields {
        mapping,
        names: Vec::new(),
        values: Vec::new(),
    };
    let mut condition = fields
        .search(&rule.search)
        .map_err(|refusal| refusal.inside("detection"))?;
    for filter in filters {
        let kept = fields.search(&filter.search);
        let kept =
            kept.map_err(|refusal| refusal.inside(&format!("filter {:?}", filter.head.title)))?;
        condition = format!("{condition} AND {kept}");
    }
    let mut selected = String::new();
    for (index, column) in columns.iter().enumerate() {
        let field = fields
            .index(Some(column))
            .map_err(|refusal| refusal.inside("correlation"))?;
        let single = field::single(&format!("sigma_f{field}"));
        let _ = write!(selected, ", {single} AS c{index}");
    }
    let (mut values, mut texts) = (String::new(), String::new());
    for (index, (name, sql)) in fields.names.iter().zip(&fields.values).enumerate() {
        let list = format!("sigma_f{index}");
        let text = if name.is_some() {
            field::texts(&list)
        } else {
            field::scalars(&list)
        };
        let _ = write!(values, ", {sql} AS {list}");
        let _ = write!(texts, ", {text} AS sigma_t{index}");
    }
    let sql = literal::fill(
        include_str!("sql/events.sql"),
        &[
            ("columns", &selected),
            ("texts", &texts),
            ("values", &values),
            ("document", mapping.document),
            ("relation", mapping.relation),
            ("filter", mapping.filter),
            ("condition", &condition),
        ],
    );
    bounded(sql)
}

/// `sql`, where it is not too long.
///
/// # Errors
///
/// When it is longer than [`MAX_SQL`].
pub fn bounded(sql: String) -> Result<String> {
    if sql.len() > MAX_SQL {
        let why = format!("compiles to more than {MAX_SQL} bytes");
        return Err(Refusal::new(Reason::TooLarge(why), ""));
    }
    Ok(sql)
}

/// The fields that a rule asks for, each once. No name means every value of the event.
struct Fields<'m> {
    mapping: &'m Mapping,
    names: Vec<Option<String>>,
    values: Vec<String>,
}

/// A comparison of one value.
enum Test {
    /// True where it holds for the text `x`.
    Text(String),
    /// The text `x` is this literal, both folded where case does not count.
    Is(String),
    /// True for the event.
    Event(String),
}

impl Fields<'_> {
    fn index(&mut self, name: Option<&str>) -> Result<usize> {
        if let Some(index) = self.names.iter().position(|known| known.as_deref() == name) {
            return Ok(index);
        }
        self.values.push(match name {
            Some(name) => field::values(self.mapping, name)?,
            None => field::everything(),
        });
        self.names.push(name.map(str::to_owned));
        Ok(self.names.len() - 1)
    }

    fn search(&mut self, search: &Search) -> Result<String> {
        let mut compiled = std::collections::BTreeMap::new();
        for (name, detection) in &search.detections {
            let sql = self
                .detection(detection)
                .map_err(|refusal| refusal.inside(name))?;
            compiled.insert(name.as_str(), sql);
        }
        let names: Vec<_> = compiled.keys().copied().collect();
        let mut conditions = Vec::new();
        let mut length = 0;
        for condition in &search.conditions {
            let sql = condition.sql(&names, &|name| {
                compiled.get(name).cloned().unwrap_or_default()
            })?;
            length += sql.len();
            if length > MAX_SQL {
                return Err(Refusal::new(
                    Reason::TooLarge(String::from("the conditions")),
                    "condition",
                ));
            }
            conditions.push(sql);
        }
        Ok(format!("({})", conditions.join(" OR ")))
    }

    fn detection(&mut self, detection: &Detection) -> Result<String> {
        let (parts, by): (Result<Vec<_>>, _) = match detection {
            Detection::All(items) => (
                items
                    .iter()
                    .map(|item| {
                        self.item(item)
                            .map_err(|refusal| refusal.inside(&item.written))
                    })
                    .collect(),
                " AND ",
            ),
            Detection::Any(parts) => (
                parts.iter().map(|part| self.detection(part)).collect(),
                " OR ",
            ),
        };
        Ok(format!("({})", parts?.join(by)))
    }

    fn item(&mut self, item: &Item) -> Result<String> {
        let mut modifiers = item.modifiers;
        if item.field.is_none() {
            modifiers.operator = match modifiers.operator {
                // A keyword is searched in the event's values, as a part of them.
                Operator::Equals | Operator::Contains => Operator::Contains,
                Operator::Regex => Operator::Regex,
                _ => {
                    return Err(conflict(
                        "keywords take all, contains, cased, re and encodings",
                    ));
                }
            };
            if modifiers.negated || modifiers.field_reference {
                return Err(conflict("keywords have no field"));
            }
        }
        let index = self.index(item.field.as_deref())?;
        if modifiers.operator == Operator::Exists {
            return match item.values.as_slice() {
                [Value::Bool(true)] => Ok(format!("(len(sigma_f{index}) > 0)")),
                [Value::Bool(false)] => Ok(format!("(len(sigma_f{index}) = 0)")),
                _ => Err(unusable("exists takes true or false")),
            };
        }
        if modifiers.all && item.values.len() < 2 {
            return Err(unusable("`all` over a single value"));
        }
        let mut tests = Vec::new();
        for value in &item.values {
            tests.push(if modifiers.field_reference {
                self.other_field(&modifiers, value, index)?
            } else if *value == Value::Null {
                if item.field.is_none() || modifiers.operator != Operator::Equals {
                    return Err(unusable("null with a modifier, or as a keyword"));
                }
                Test::Event(format!(
                    "len(list_filter(sigma_f{index}, lambda v: json_type(v) <> 'NULL')) = 0"
                ))
            } else {
                test(&modifiers, value)?
            });
        }
        let matched = joined(tests, &modifiers, index);
        Ok(if modifiers.negated {
            format!("(len(sigma_f{index}) > 0 AND NOT {matched})")
        } else {
            matched
        })
    }

    /// Some text of the field compared with some text of the field that `value` names.
    fn other_field(&mut self, modifiers: &Modifiers, value: &Value, index: usize) -> Result<Test> {
        let name = Pattern::read(&value.written());
        let (Value::Text(_), Some(name)) = (value, name.as_plain()) else {
            return Err(unusable("fieldref takes the name of a field"));
        };
        let other = self.index(Some(name))?;
        let (x, y) = if modifiers.cased {
            ("x", "y")
        } else {
            ("lower(x)", "lower(y)")
        };
        let holds = match modifiers.operator {
            Operator::Contains => format!("contains({x}, {y})"),
            Operator::StartsWith => format!("starts_with({x}, {y})"),
            Operator::EndsWith => format!("ends_with({x}, {y})"),
            _ => format!("{x} = {y}"),
        };
        Ok(Test::Event(format!(
            "len(list_filter(sigma_t{index}, lambda x: len(list_filter(sigma_t{other}, lambda y: {holds})) > 0)) > 0"
        )))
    }
}

fn conflict(what: &str) -> Refusal {
    Refusal::new(Reason::Conflict(what.to_owned()), "")
}

fn unusable(what: &str) -> Refusal {
    Refusal::new(Reason::Value(what.to_owned()), "")
}

/// All tests or any of them, over the texts of field `index`.
fn joined(tests: Vec<Test>, modifiers: &Modifiers, index: usize) -> String {
    let any = |body: &str| format!("len(list_filter(sigma_t{index}, lambda x: {body})) > 0");
    let x = if modifiers.cased { "x" } else { "lower(x)" };
    if modifiers.all {
        // Each value on its own: different elements of an array may satisfy different values.
        let parts: Vec<_> = tests
            .into_iter()
            .map(|test| match test {
                Test::Text(body) => any(&body),
                Test::Is(literal) => any(&format!("{x} = {literal}")),
                Test::Event(sql) => sql,
            })
            .collect();
        return format!("({})", parts.join(" AND "));
    }
    let (mut bodies, mut same, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for test in tests {
        match test {
            Test::Text(body) => bodies.push(body),
            Test::Is(literal) => same.push(literal),
            Test::Event(sql) => parts.push(sql),
        }
    }
    match same.as_slice() {
        [] => {}
        [one] => bodies.push(format!("{x} = {one}")),
        many => bodies.push(format!("{x} IN ({})", many.join(", "))),
    }
    if !bodies.is_empty() {
        parts.push(any(&bodies.join(" OR ")));
    }
    format!("({})", parts.join(" OR "))
}

fn test(modifiers: &Modifiers, value: &Value) -> Result<Test> {
    let number = || value.number().ok_or_else(|| unusable("not a number"));
    let order = |sign: &str| {
        Ok(Test::Text(format!(
            "coalesce({} {sign} {}, false)",
            number_of("x"),
            literal::number(number()?)
        )))
    };
    match modifiers.operator {
        Operator::Greater => order(">"),
        Operator::GreaterOrEqual => order(">="),
        Operator::Less => order("<"),
        Operator::LessOrEqual => order("<="),
        Operator::DatePart(part) => Ok(Test::Text(format!(
            "coalesce(date_part('{part}', try_cast(x AS TIMESTAMP)) = {}, false)",
            literal::number(number()?)
        ))),
        Operator::Cidr => network::contains(&value.written()).map(Test::Text),
        Operator::Regex => {
            let pattern = regex::rewrite(&value.written(), modifiers.flags)?;
            Ok(Test::Text(format!(
                "regexp_matches(x, {})",
                literal::text(&pattern)
            )))
        }
        Operator::Exists => Err(unusable("exists takes true or false")),
        Operator::Equals | Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
            text_test(modifiers, value)
        }
    }
}

fn text_test(modifiers: &Modifiers, value: &Value) -> Result<Test> {
    let is_plain = modifiers.encoding.is_none() && !modifiers.any_dash;
    let exact = value.number().filter(|number| number.abs() < EXACT);
    if let (Value::Whole(_) | Value::Real(_), true, Operator::Equals, Some(exact)) =
        (value, is_plain, modifiers.operator, exact)
    {
        return Ok(Test::Text(format!(
            "coalesce({} = {}, false)",
            number_of("x"),
            literal::number(exact)
        )));
    }
    let pattern = match value {
        Value::Text(text) => Pattern::read(text),
        other => Pattern::plain(other.written()),
    };
    if let Some(encoding) = modifiers.encoding {
        let Some(plain) = pattern.as_plain() else {
            return Err(unusable(
                "a wildcard cannot be encoded; escape it with a backslash",
            ));
        };
        if encoding == Encoding::Base64Offset && plain.len() < 3 {
            return Err(unusable(
                "base64offset of less than three bytes finds everything",
            ));
        }
        let forms = modifiers.encoded(encoding, plain);
        let forms: Vec<_> = forms
            .into_iter()
            .map(|form| match compared(modifiers, &Pattern::plain(form)) {
                Test::Is(literal) if modifiers.cased => format!("x = {literal}"),
                Test::Is(literal) => format!("lower(x) = {literal}"),
                Test::Text(sql) | Test::Event(sql) => sql,
            })
            .collect();
        return Ok(Test::Text(format!("({})", forms.join(" OR "))));
    }
    Ok(compared(
        modifiers,
        &if modifiers.any_dash {
            pattern.with_any_dash()
        } else {
            pattern
        },
    ))
}

/// The text `x` compared with `pattern`: by a function where the only wildcards are at the ends, by a
/// regular expression otherwise. RE2 takes time linear in the text whatever the pattern, LIKE does not.
fn compared(modifiers: &Modifiers, pattern: &Pattern) -> Test {
    let (mut open_start, mut open_end) = match modifiers.operator {
        Operator::Contains => (true, true),
        Operator::StartsWith => (false, true),
        Operator::EndsWith => (true, false),
        _ => (false, false),
    };
    let mut parts = pattern.0.as_slice();
    while let [Part::Many, rest @ ..] = parts {
        (open_start, parts) = (true, rest);
    }
    while let [rest @ .., Part::Many] = parts {
        (open_end, parts) = (true, rest);
    }
    let pattern = Pattern(parts.to_vec());
    let Some(plain) = pattern.as_plain() else {
        let flags = if modifiers.cased { "(?s)" } else { "(?is)" };
        let start = if open_start { "" } else { r"\A" };
        let end = if open_end { "" } else { r"\z" };
        let regex = format!("{flags}{start}{}{end}", pattern.regex());
        return Test::Text(format!("regexp_matches(x, {})", literal::text(&regex)));
    };
    let (x, literal) = if modifiers.cased {
        ("x", literal::text(plain))
    } else {
        ("lower(x)", literal::lowered(plain))
    };
    match (open_start, open_end) {
        (false, false) => Test::Is(literal),
        _ if plain.is_empty() => Test::Text(String::from("true")),
        (true, true) => Test::Text(format!("contains({x}, {literal})")),
        (false, true) => Test::Text(format!("starts_with({x}, {literal})")),
        (true, false) => Test::Text(format!("ends_with({x}, {literal})")),
    }
}

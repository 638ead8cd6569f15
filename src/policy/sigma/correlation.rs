//! Correlations: counts, values and orders of other rules' events in a span of time.
//!
//! The specification asks that a span not be bound to fixed boundaries, so windows slide: at each
//! event the span that ends there is looked at, both ends included. A correlation reports the event
//! at which it begins to hold in its group, once per unbroken run of events at which it holds; events
//! further apart than the span are never one run. Events of the same time see each other. Events
//! without a time are in no span. Events whose group field is absent, or has several values, are a
//! group of their own, as in rsigma.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::compile;
use super::literal;
use super::parse::strings;
use super::refusal::{Reason, Refusal, Result};

/// Rules, group fields and value fields at most.
const MAX_PARTS: usize = 32;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Events.
    EventCount,
    /// Distinct values of a field, or of several together.
    ValueCount,
    /// Distinct rules, in any order.
    Temporal,
    /// Rules in the order given.
    TemporalOrdered,
    /// The sum of a numeric field.
    ValueSum,
    /// Its mean.
    ValueAverage,
}

/// A correlation as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// What is measured.
    pub kind: Kind,
    /// Ids or names of rules or correlations.
    pub rules: Vec<String>,
    /// Fields or aliases.
    pub group_by: Vec<String>,
    /// The span in nanoseconds.
    pub span_ns: i64,
    /// Alias, then rule, then the field there.
    pub aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// Comparison signs and bounds; all must hold.
    pub bounds: Vec<(&'static str, f64)>,
    /// Fields that are measured.
    pub fields: Vec<String>,
    /// Whether the rules are reported on their own too.
    pub generate: bool,
}

fn no(what: impl Into<String>, at: &str) -> Refusal {
    Refusal::new(Reason::Correlation(what.into()), at)
}

/// Reads the `correlation` map.
///
/// # Errors
///
/// When a part is absent or malformed, or the type is not supported.
pub fn read(map: &Map<String, Json>) -> Result<Correlation> {
    let kind = match map.get("type").and_then(Json::as_str) {
        Some("event_count") => Kind::EventCount,
        Some("value_count") => Kind::ValueCount,
        Some("temporal") => Kind::Temporal,
        Some("temporal_ordered") => Kind::TemporalOrdered,
        Some("value_sum") => Kind::ValueSum,
        Some("value_avg") => Kind::ValueAverage,
        Some("value_percentile") => {
            return Err(no(
                "value_percentile: the specification's text and example disagree on its meaning",
                "type",
            ));
        }
        Some(other) => return Err(no(format!("type {other:?}"), "type")),
        None => return Err(Refusal::new(Reason::Missing("type"), "")),
    };
    for unknown in ["window", "gap"] {
        if map.contains_key(unknown) {
            return Err(no(format!("`{unknown}` is no part of Sigma 2.1"), unknown));
        }
    }
    let list = |key: &'static str| {
        map.get(key)
            .map_or(Ok(Vec::new()), |value| strings(value, key))
    };
    let rules = list("rules")?;
    let mut distinct = rules.clone();
    distinct.sort();
    distinct.dedup();
    if rules.is_empty() || distinct.len() < rules.len() {
        return Err(no(
            "rules are named once each, and at least one is",
            "rules",
        ));
    }
    let (bounds, fields) = condition(map.get("condition"), kind, rules.len())?;
    let group_by = list("group-by")?;
    if rules.len() > MAX_PARTS || group_by.len() > MAX_PARTS || fields.len() > MAX_PARTS {
        return Err(Refusal::new(
            Reason::TooLarge(format!("more than {MAX_PARTS} rules or fields")),
            "",
        ));
    }
    if kind == Kind::TemporalOrdered && rules.len() < 2 {
        return Err(no("an order of one rule", "rules"));
    }
    Ok(Correlation {
        kind,
        rules,
        group_by,
        span_ns: span(map.get("timespan"))?,
        aliases: aliases(map.get("aliases"))?,
        bounds,
        fields,
        generate: match map.get("generate") {
            None => false,
            Some(Json::Bool(generate)) => *generate,
            Some(_) => return Err(no("not true or false", "generate")),
        },
    })
}

fn span(value: Option<&Json>) -> Result<i64> {
    let Some(text) = value.and_then(Json::as_str) else {
        return Err(Refusal::new(Reason::Missing("timespan"), ""));
    };
    let bad = || {
        no(
            format!("timespan {text:?}: a number and s, m, h or d"),
            "timespan",
        )
    };
    let unit = text.chars().next_back().ok_or_else(bad)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(bad()),
    };
    let count: i64 = text
        .strip_suffix(unit)
        .and_then(|count| count.parse().ok())
        .ok_or_else(bad)?;
    let span = count
        .checked_mul(seconds * 1_000_000_000)
        .filter(|span| *span > 0);
    span.ok_or_else(bad)
}

fn aliases(value: Option<&Json>) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let bad = || no("an alias maps rules to fields", "aliases");
    let mut aliases = BTreeMap::new();
    let Some(value) = value else {
        return Ok(aliases);
    };
    for (alias, rules) in value.as_object().ok_or_else(bad)? {
        let mut fields = BTreeMap::new();
        for (rule, field) in rules.as_object().ok_or_else(bad)? {
            fields.insert(rule.clone(), field.as_str().ok_or_else(bad)?.to_owned());
        }
        aliases.insert(alias.clone(), fields);
    }
    Ok(aliases)
}

type Bounds = Vec<(&'static str, f64)>;

fn condition(value: Option<&Json>, kind: Kind, rules: usize) -> Result<(Bounds, Vec<String>)> {
    let is_temporal = matches!(kind, Kind::Temporal | Kind::TemporalOrdered);
    #[expect(clippy::cast_precision_loss, reason = "a handful of rules")]
    let rules = rules as f64;
    let map = match value {
        None if is_temporal => return Ok((vec![(">=", rules)], Vec::new())),
        None => return Err(Refusal::new(Reason::Missing("condition"), "")),
        Some(Json::Object(map)) => map,
        Some(_) => {
            return Err(no(
                "a condition is a map; expressions over rules are no part of Sigma 2.1",
                "condition",
            ));
        }
    };
    let (mut bounds, mut fields) = (Vec::new(), Vec::new());
    for (key, value) in map {
        let sign = match key.as_str() {
            "field" => {
                fields = strings(value, "condition.field")?;
                continue;
            }
            "gt" => ">",
            "gte" => ">=",
            "lt" => "<",
            "lte" => "<=",
            "eq" => "=",
            "neq" => "<>",
            _ => return Err(no(format!("criterion {key:?}"), "condition")),
        };
        let bound = value.as_f64().filter(|bound| bound.is_finite());
        bounds.push((sign, bound.ok_or_else(|| no("not a number", "condition"))?));
    }
    if bounds.is_empty() {
        return Err(no("no criterion", "condition"));
    }
    let wanted = match kind {
        Kind::EventCount | Kind::Temporal | Kind::TemporalOrdered => fields.is_empty(),
        Kind::ValueCount => !fields.is_empty(),
        Kind::ValueSum | Kind::ValueAverage => fields.len() == 1,
    };
    if !wanted {
        return Err(no("`field` is absent, or one too many", "condition"));
    }
    if kind == Kind::TemporalOrdered && bounds != [(">=", rules)] {
        return Err(no("an order holds whole or not at all", "condition"));
    }
    Ok((bounds, fields))
}

impl Correlation {
    /// The fields to ask of `reference`: group fields, measured fields, then `extra`, each in the
    /// name that it has there. `names` are all names of the rule that `reference` means.
    ///
    /// # Errors
    ///
    /// When an alias has no field for that rule.
    pub fn columns(&self, names: &[&str], extra: &[String]) -> Result<Vec<String>> {
        let wanted = self.group_by.iter().chain(&self.fields).chain(extra);
        wanted
            .map(|field| match self.aliases.get(field) {
                None => Ok(field.clone()),
                Some(fields) => match names.iter().find_map(|name| fields.get(*name)) {
                    Some(field) => Ok(field.clone()),
                    None => Err(no(
                        format!("alias {field:?} has no field for {:?}", names.first()),
                        "aliases",
                    )),
                },
            })
            .collect()
    }

    /// The statement over `events`, one query per rule in order, each with the columns that
    /// [`Correlation::columns`] gave.
    ///
    /// It selects `file_id`, `"offset"`, `length`, `ts_ns`, the columns of `shown` (positions among
    /// those columns) as `c0`, `c1`, …, and `measure`.
    ///
    /// # Errors
    ///
    /// When the statement becomes too long.
    pub fn sql(
        &self,
        events: &[String],
        shown: std::ops::Range<usize>,
        columns: usize,
    ) -> Result<String> {
        let names = literal::columns((0..columns).map(|index| format!("c{index}")));
        let hits: Vec<_> = events
            .iter()
            .enumerate()
            .map(|(rule, events)| {
                let rule = rule.to_string();
                literal::fill(
                    include_str!("sql/hits.sql"),
                    &[("rule", &rule), ("columns", &names), ("events", events)],
                )
            })
            .collect();
        let hits = hits.join("\nUNION ALL\n");
        let groups: Vec<_> = (0..self.group_by.len())
            .map(|index| format!("c{index}"))
            .collect();
        let partition = if groups.is_empty() {
            String::from("true")
        } else {
            groups.join(", ")
        };
        let span = self.span_ns.to_string();
        let bounds: Vec<_> = self
            .bounds
            .iter()
            .map(|(sign, bound)| format!("measure {sign} {}", literal::number(*bound)))
            .collect();
        let (measured, holds) = if self.kind == Kind::TemporalOrdered {
            self.ordered(hits, &partition)
        } else {
            let measure = self.measure();
            let values = [
                ("measure", measure.as_str()),
                ("hits", &hits),
                ("partition", &partition),
                ("span", &span),
            ];
            let holds = format!("coalesce({}, false)", bounds.join(" AND "));
            (
                literal::fill(include_str!("sql/window.sql"), &values),
                holds,
            )
        };
        let shown = shown
            .enumerate()
            .map(|(to, from)| format!("c{from} AS c{to}"));
        let shown = literal::columns(shown);
        compile::bounded(literal::fill(
            include_str!("sql/correlation.sql"),
            &[
                ("columns", &shown),
                ("holds", &holds),
                ("measured", &measured),
                ("partition", &partition),
                ("span", &span),
            ],
        ))
    }

    fn measure(&self) -> String {
        let first = self.group_by.len();
        let column = |index: usize| format!("c{}", first + index);
        match self.kind {
            Kind::EventCount => String::from("count(*)"),
            Kind::Temporal | Kind::TemporalOrdered => String::from("count(DISTINCT rule)"),
            Kind::ValueCount => {
                let columns: Vec<_> = (0..self.fields.len()).map(column).collect();
                // A unit separator keeps ("a", "bc") apart from ("ab", "c"); NULL makes NULL.
                format!("count(DISTINCT {})", columns.join(" || chr(31) || "))
            }
            Kind::ValueSum => format!("sum({})", compile::decimal_of(&column(0))),
            Kind::ValueAverage => format!("avg({})", compile::decimal_of(&column(0))),
        }
    }

    /// For each event of the last rule, the latest start of the rules before it, in order.
    fn ordered(&self, hits: String, partition: &str) -> (String, String) {
        let mut sql = hits;
        for step in 0..self.rules.len() - 1 {
            let start = step
                .checked_sub(1)
                .map_or_else(|| String::from("ts_ns"), |before| format!("start_{before}"));
            let step = step.to_string();
            let values = [
                ("step", step.as_str()),
                ("start", &start),
                ("partition", partition),
                ("hits", &sql),
            ];
            sql = literal::fill(include_str!("sql/step.sql"), &values);
        }
        let (last, count) = (self.rules.len() - 1, self.rules.len());
        let holds = format!(
            "coalesce(rule = {last} AND ts_ns - start_{} <= {}, false)",
            last - 1,
            self.span_ns
        );
        let count = count.to_string();
        (
            literal::fill(
                include_str!("sql/ordered.sql"),
                &[("count", &count), ("hits", &sql)],
            ),
            holds,
        )
    }
}

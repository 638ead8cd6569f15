//! How a cell is made from a field.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use regex::Regex;
use serde_json::{Map, Value};

use super::row::{Cell, Fields};
use crate::formats::read::{TEXT_LIMIT, bounded};
use crate::model::{Kind, id, time};

/// Where a cell's text comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A field.
    Field(String),
    /// Several fields, as an object; the name `*` stands for all that no other column takes.
    Fields(Vec<String>),
    /// The declaration itself.
    Const(String),
}

/// How one cell is made, step by step in the order of the members.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) source: Source,
    /// A JSON pointer into the field, which holds JSON.
    pub(super) pointer: Option<String>,
    /// The part that matches: its first group, or all of it.
    pub(super) pattern: Option<Regex>,
    /// Other words for some.
    pub(super) map: Option<Vec<(String, String)>>,
    /// The word for those that `map` does not have, or for a field that is absent.
    pub(super) default: Option<String>,
    pub(super) convert: Option<Convert>,
    /// Nanoseconds of the unit that a duration is given in.
    pub(super) nanos: Option<i64>,
    pub(super) clock: Clock,
}

/// A canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convert {
    Commit,
    Repository,
    Digest,
    Container,
    Workload,
    Lower,
    Upper,
}

impl Convert {
    pub(super) const NAMES: [&'static str; 7] = [
        "commit",
        "repository",
        "digest",
        "container",
        "workload",
        "lower",
        "upper",
    ];

    pub(super) fn find(name: &str) -> Option<Self> {
        let all = [
            Self::Commit,
            Self::Repository,
            Self::Digest,
            Self::Container,
            Self::Workload,
            Self::Lower,
            Self::Upper,
        ];
        Self::NAMES
            .iter()
            .position(|known| *known == name)
            .and_then(|at| all.get(at).copied())
    }

    /// The form that a column of this name always has.
    fn of_column(name: &str) -> Option<Self> {
        Some(match name {
            "sha" | "base_sha" | "head_sha" | "merge_sha" | "tree" | "vcs_ref_head_revision" => {
                Self::Commit
            }
            "repository" | "vcs_repository" => Self::Repository,
            "digest" | "container_image_digest" => Self::Digest,
            "container_id" => Self::Container,
            _ => return None,
        })
    }

    fn apply(self, text: &str) -> Option<String> {
        match self {
            Self::Commit => id::commit(text),
            Self::Repository => id::repository(text),
            Self::Digest => id::digest(text),
            Self::Container => Some(id::container(text).to_owned()),
            Self::Workload => id::workload(text).map(str::to_owned),
            Self::Lower => Some(text.to_lowercase()),
            Self::Upper => Some(text.to_uppercase()),
        }
    }
}

/// How times are written.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) form: Form,
    /// The zone of a text that states none.
    pub(super) zone: FixedOffset,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            form: Form::Rfc3339,
            zone: Utc.fix(),
        }
    }
}

/// A unit, RFC 3339, or a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Nanoseconds of one step.
    Unit(i64),
    Rfc3339,
    Pattern(String),
}

impl Form {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if let "ns" | "us" | "ms" | "s" = text {
            return Ok(Self::Unit(nanos(text)));
        }
        if text == "rfc3339" {
            return Ok(Self::Rfc3339);
        }
        let items = chrono::format::StrftimeItems::new(text);
        let is_broken =
            |item: chrono::format::Item<'_>| matches!(item, chrono::format::Item::Error);
        if !text.contains('%') || items.clone().any(is_broken) {
            return Err(format!(
                "cannot be `{text}`: it is `ns`, `us`, `ms`, `s`, `rfc3339`, or a pattern such as `%Y-%m-%d %H:%M:%S`"
            ));
        }
        Ok(Self::Pattern(text.to_owned()))
    }
}

/// Nanoseconds of a unit.
pub(super) fn nanos(unit: &str) -> i64 {
    match unit {
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 1,
    }
}

/// A zone as a fixed distance from UTC.
pub(super) fn zone(text: &str) -> Option<FixedOffset> {
    if matches!(text, "UTC" | "Z") {
        return Some(Utc.fix());
    }
    text.parse().ok()
}

impl Clock {
    /// The instant that a text states.
    pub(super) fn read(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        match &self.form {
            Form::Unit(nanos) => scaled(text, *nanos),
            Form::Rfc3339 => {
                let stated = || {
                    DateTime::parse_from_rfc3339(text)
                        .ok()?
                        .timestamp_nanos_opt()
                };
                let bare = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
                let bare = || {
                    bare.iter().find_map(|form| {
                        self.local(NaiveDateTime::parse_from_str(text, form).ok()?)
                    })
                };
                stated().or_else(bare).or_else(|| time::parse(text))
            }
            Form::Pattern(pattern) => {
                let stated = || {
                    DateTime::parse_from_str(text, pattern)
                        .ok()?
                        .timestamp_nanos_opt()
                };
                let bare = || self.local(NaiveDateTime::parse_from_str(text, pattern).ok()?);
                let day = || {
                    self.local(
                        NaiveDate::parse_from_str(text, pattern)
                            .ok()?
                            .and_hms_opt(0, 0, 0)?,
                    )
                };
                stated().or_else(bare).or_else(day)
            }
        }
    }

    fn local(&self, at: NaiveDateTime) -> Option<i64> {
        self.zone
            .from_local_datetime(&at)
            .single()?
            .timestamp_nanos_opt()
    }
}

/// A number in a unit of so many nanoseconds, exact for whole numbers.
fn scaled(text: &str, nanos: i64) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.checked_mul(nanos);
    }
    let (whole, fraction) = text.split_once('.')?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let digits: String = fraction.chars().take(12).collect();
    let part: i64 = digits
        .parse()
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let scale = 10_i64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let rest = i128::from(part) * i128::from(nanos) / i128::from(scale);
    let whole: i64 = if matches!(whole, "" | "-") {
        0
    } else {
        whole.parse().ok()?
    };
    whole
        .checked_mul(nanos)?
        .checked_add(i64::try_from(rest).ok()? * sign)
}

impl Rule {
    /// A field or fields as they are.
    pub(super) fn of(source: Source, clock: &Clock) -> Self {
        Self {
            source,
            pointer: None,
            pattern: None,
            map: None,
            default: None,
            convert: None,
            nanos: None,
            clock: clock.clone(),
        }
    }

    /// The names of the fields that it takes; `*` left out.
    pub(super) fn names(&self) -> Vec<&str> {
        match &self.source {
            Source::Field(name) => vec![name],
            Source::Fields(names) => names
                .iter()
                .map(String::as_str)
                .filter(|name| *name != "*")
                .collect(),
            Source::Const(_) => Vec::new(),
        }
    }

    /// The text that it makes of a record.
    pub(super) fn text(&self, record: &dyn Fields) -> Option<String> {
        let found = match &self.source {
            Source::Const(text) => Some(text.clone()),
            Source::Field(name) => record
                .get(name)
                .and_then(|value| text_of(self.part(&value)?.as_ref())),
            Source::Fields(_) => self.object(record, &[]),
        };
        let found = found.and_then(|text| match &self.pattern {
            Some(pattern) => {
                let captures = pattern.captures(&text)?;
                let part = captures.get(1).or_else(|| captures.get(0))?;
                Some(part.as_str().to_owned())
            }
            None => Some(text),
        });
        let found = match (&self.map, found) {
            (Some(map), Some(text)) => {
                let other = map
                    .iter()
                    .find(|(from, _)| *from == text)
                    .map(|(_, to)| to.clone());
                other.or_else(|| Some(self.default.clone().unwrap_or(text)))
            }
            (_, found) => found.or_else(|| self.default.clone()),
        }?;
        match self.convert {
            Some(convert) => convert.apply(&found),
            None => Some(found),
        }
    }

    /// The part of a value that the pointer leads to.
    fn part<'v>(&self, value: &'v Value) -> Option<Cow<'v, Value>> {
        let Some(pointer) = &self.pointer else {
            return Some(Cow::Borrowed(value));
        };
        match value {
            Value::String(text) => {
                let mut inner: Value = serde_json::from_str(text).ok()?;
                inner
                    .pointer_mut(pointer)
                    .map(|part| Cow::Owned(part.take()))
            }
            value => value.pointer(pointer).map(Cow::Borrowed),
        }
    }

    /// Several fields as an object. `taken` are the names that other columns take.
    pub(super) fn object(&self, record: &dyn Fields, taken: &[&str]) -> Option<String> {
        let Source::Fields(names) = &self.source else {
            return None;
        };
        let mut object = Map::new();
        for name in names {
            if name == "*" {
                record.rest(taken, &mut object);
            } else if let Some(value) = record.get(name) {
                object.insert(name.clone(), value.into_owned());
            }
        }
        let text = Value::Object(object).to_string();
        (text != "{}" && text.len() <= TEXT_LIMIT).then_some(text)
    }

    /// The cell of a column.
    pub(super) fn cell(&self, name: &str, kind: Kind, record: &dyn Fields, taken: &[&str]) -> Cell {
        if kind == Kind::Json {
            return self.json(record, taken).map_or(Cell::None, Cell::Text);
        }
        let Some(text) = self.text(record) else {
            return Cell::None;
        };
        let trimmed = text.trim();
        let found = match kind {
            Kind::Text | Kind::Name => {
                let text = match Convert::of_column(name).filter(|_| self.convert.is_none()) {
                    Some(convert) => convert.apply(trimmed),
                    None => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
                };
                text.filter(|text| !text.is_empty())
                    .map(|text| Cell::Text(bounded(&text).to_owned()))
            }
            Kind::Time => self.clock.read(trimmed).map(Cell::Int),
            Kind::Int => match self.nanos {
                Some(nanos) => scaled(trimmed, nanos),
                None => trimmed.parse().ok().or_else(|| scaled(trimmed, 1)),
            }
            .map(Cell::Int),
            Kind::Uint => trimmed.parse().ok().map(Cell::Uint),
            Kind::SpanId => id::span(trimmed).map(Cell::Uint),
            Kind::TraceId => id::trace(trimmed).map(Cell::Trace),
            Kind::Float => trimmed
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .map(Cell::Float),
            Kind::Bool => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" => Some(Cell::Bool(true)),
                "false" | "f" | "no" | "n" | "0" => Some(Cell::Bool(false)),
                _ => None,
            },
            Kind::Json => None,
        };
        found.unwrap_or(Cell::None)
    }

    /// JSON text: an object of several fields, the value of one, or what one holds as text.
    fn json(&self, record: &dyn Fields, taken: &[&str]) -> Option<String> {
        let text = match &self.source {
            Source::Fields(_) => return self.object(record, taken),
            Source::Const(text) => text.clone(),
            Source::Field(name) if name == "*" => {
                let mut object = Map::new();
                record.rest(&[], &mut object);
                Value::Object(object).to_string()
            }
            Source::Field(name) => match self.part(&*record.get(name)?)?.as_ref() {
                Value::String(text)
                    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() =>
                {
                    text.clone()
                }
                value => value.to_string(),
            },
        };
        (text.len() <= TEXT_LIMIT).then_some(text)
    }
}

/// A value as text; nothing for null and for an empty text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

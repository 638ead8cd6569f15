//! One page of a list, however long the list is.
//!
//! Most lists fit into one page. Those that hold every record of a kind (logs) are long: their file is in two
//! parts, `matching` that says which rows belong, by their keys alone, and the rows of one page after the line
//! `-- rows`. What lies near the end is asked for from there, so that both ends are as near as each other.

use super::{Ask, List};
use crate::query::filter::{self, Fields, Predicate};
use crate::query::{entity, resolve};
use crate::store::{Param, Reader, Rows, StoreError};

const COUNT: &str = include_str!("../../store/sql/templates/list_count.sql");
const LONG_COUNT: &str = include_str!("../../store/sql/templates/list_long_count.sql");
const BEFORE: &str = include_str!("../../store/sql/templates/list_before.sql");
const STEP: &str = include_str!("../../store/sql/templates/list_step.sql");

/// Rows of one page.
pub const PAGE: usize = 5_000;

/// A record of a long list: when, and where its bytes stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Key {
    /// Nanoseconds since 1970, UTC.
    pub ts_ns: i64,
    /// The evidence file.
    pub file_id: i64,
    /// The first byte.
    pub offset: i64,
}

impl Key {
    /// The key in a row of a long list: its id is `kind:file:offset`, its time the second cell.
    #[must_use]
    pub fn of(row: &[serde_json::Value]) -> Option<Self> {
        let mut parts = row.first()?.as_str()?.split(':').skip(1);
        Some(Self {
            ts_ns: row.get(1)?.as_i64()?,
            file_id: parts.next()?.parse().ok()?,
            offset: parts.next()?.parse().ok()?,
        })
    }
}

/// Which page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum From {
    /// The first.
    #[default]
    Start,
    /// The last.
    End,
    /// The one around a row.
    Row(usize),
    /// The one around a record, or around the moment where the record is not in the list.
    Record(Key),
    /// The one around the next loud row after a record, or before it.
    Loud(Key, Forward),
    /// The same for the next row of its trace.
    Same(Key, Forward),
}

/// True for later rows.
pub type Forward = bool;

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Place of its first row in the list.
    pub first: usize,
    /// Rows of the whole list.
    pub total: usize,
    /// Place of the row that was asked for.
    pub at: Option<usize>,
    /// The rows.
    pub rows: Rows,
}

/// A page of `list`. A record that is asked for and not there gives the page at the start, without a place.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn page(reader: &Reader, list: &List, ask: &Ask, from: From) -> Result<Page, StoreError> {
    let question = Question::new(reader, list, ask, None)?;
    let Some((head, tail)) = question.sql.split_once("-- rows\n") else {
        return question.short(reader, from);
    };
    let count =
        |sql: &str, more: &[(&str, Param)]| question.count(reader, &format!("{head}{sql}"), more);
    let total = count(LONG_COUNT, &[])?;
    let before = |key: Key| count(BEFORE, &of_key(key));
    let step = |key: Key, same: bool, forward: bool| -> Result<Option<usize>, StoreError> {
        let more = [("same", Param::from(same)), ("forward", forward.into())];
        let more: Vec<_> = of_key(key).into_iter().chain(more).collect();
        let rows = question.rows(reader, &format!("{head}{STEP}"), &more)?.rows;
        let cell = |at: usize| rows.first().and_then(|row| row.get(at)?.as_i64());
        match (cell(0), cell(1), cell(2)) {
            (Some(ts_ns), Some(file_id), Some(offset)) => before(Key {
                ts_ns,
                file_id,
                offset,
            })
            .map(Some),
            _ => Ok(None),
        }
    };
    let at = match from {
        From::Start => Some(0),
        From::End => Some(total.saturating_sub(1)),
        From::Row(row) => Some(row),
        From::Record(key) => Some(before(key)?),
        From::Loud(key, forward) => step(key, false, forward)?,
        From::Same(key, forward) => step(key, true, forward)?,
    };
    let at = at.map(|at| at.min(total.saturating_sub(1)));
    let first = at
        .unwrap_or(0)
        .saturating_sub(PAGE / 2)
        .min(total.saturating_sub(PAGE));
    let length = PAGE.min(total - first);
    // From the nearer end: the engine keeps as many rows as it has to skip.
    let backward = first > total / 2;
    let skipped = if backward {
        total - first - length
    } else {
        first
    };
    let sql = format!("{head}{tail}").replace("{order}", &order(list, backward));
    let rows = question.rows(reader, &sql, &window(length, skipped))?;
    Ok(Page {
        first,
        total,
        at,
        rows,
    })
}

fn of_key(key: Key) -> [(&'static str, Param); 3] {
    [
        ("at", key.ts_ns.into()),
        ("file", key.file_id.into()),
        ("byte", key.offset.into()),
    ]
}

/// The parameters of so many rows after so many.
pub(super) fn window(limit: usize, offset: usize) -> [(&'static str, Param); 2] {
    let number = |rows: usize| Param::Int(i64::try_from(rows).unwrap_or(i64::MAX));
    [("limit", number(limit)), ("offset", number(offset))]
}

/// The order that a long list's file names, or its reverse.
fn order(list: &List, backward: bool) -> String {
    let keys = list.header("order").split(", ");
    let keys: Vec<String> = keys
        .map(|key| match key.strip_suffix(" DESC") {
            Some(key) => format!("{key} {}", if backward { "ASC" } else { "DESC" }),
            None => format!("{key} {}", if backward { "DESC" } else { "ASC" }),
        })
        .collect();
    keys.join(", ")
}

/// What is asked of a list, made ready for the engine.
pub(super) struct Question {
    name: &'static str,
    pub(super) sql: String,
    params: Vec<(String, Param)>,
}

impl Question {
    /// With `also`, each row has the value of that expression too, as `counted`.
    pub(super) fn new(
        reader: &Reader,
        list: &List,
        ask: &Ask,
        also: Option<&str>,
    ) -> Result<Self, StoreError> {
        let predicate = compiled(list, &ask.filter)?;
        let resources = ask.ids.as_ref().map(|ids| {
            let hex: Vec<String> = ids
                .iter()
                .filter_map(|id| id.strip_prefix("resource:"))
                .map(str::to_owned)
                .collect();
            entity::list(&hex)
        });
        let halves = ask.trace.map(resolve::halves);
        // A trace is narrower than the resources that speak in it.
        let resources = if halves.is_some() { None } else { resources };
        let ids = ask.ids.as_ref();
        let mut params: Vec<(String, Param)> = [
            ("releases", list.releases(reader, ask)?),
            ("ids", ids.map_or(Param::Null, |ids| entity::list(ids))),
            ("resources", resources.unwrap_or(Param::Null)),
            ("hi", halves.map(|(hi, _)| hi).into()),
            ("lo", halves.map(|(_, lo)| lo).into()),
            ("since", ask.since.into()),
            ("until", ask.until.into()),
            ("filtered", (predicate.is_some() || also.is_some()).into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let filter = predicate.map(|predicate| {
            params.extend(
                predicate
                    .params
                    .into_iter()
                    .map(|(name, value)| (name, param(value))),
            );
            format!("AND ({})", predicate.sql)
        });
        let also = also.map(|sql| format!(", coalesce(CAST(({sql}) AS VARCHAR), '') AS counted"));
        Ok(Self {
            name: list.name,
            sql: list
                .sql
                .replace("{also}", also.as_deref().unwrap_or(""))
                .replace("{filter}", filter.as_deref().unwrap_or("")),
            params,
        })
    }

    pub(super) fn rows(
        &self,
        reader: &Reader,
        sql: &str,
        more: &[(&str, Param)],
    ) -> Result<Rows, StoreError> {
        let own = self
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        let params: Vec<(&str, Param)> = own.chain(more.iter().cloned()).collect();
        reader.rows(self.name, sql, &params)
    }

    fn count(
        &self,
        reader: &Reader,
        sql: &str,
        more: &[(&str, Param)],
    ) -> Result<usize, StoreError> {
        let rows = self.rows(reader, sql, more)?.rows;
        let count = rows.first().and_then(|row| row.first()?.as_u64());
        Ok(count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(0))
    }

    /// A page of a list whose rows are asked for at once.
    fn short(&self, reader: &Reader, from: From) -> Result<Page, StoreError> {
        let total = |at_least: usize| {
            if at_least < PAGE {
                return Ok(at_least);
            }
            let all = window(u32::MAX as usize, 0);
            self.count(reader, &COUNT.replace("{list}", &self.sql), &all)
        };
        let first = match from {
            From::End => total(PAGE)?.saturating_sub(PAGE),
            From::Row(row) => row.saturating_sub(PAGE / 2),
            _ => 0,
        };
        let rows = self.rows(reader, &self.sql, &window(PAGE, first))?;
        let total = match first {
            0 => total(rows.rows.len())?,
            _ => total(PAGE)?,
        };
        let at = match from {
            From::End => Some(total.saturating_sub(1)),
            From::Row(row) => Some(row),
            _ => None,
        };
        Ok(Page {
            first,
            total,
            at,
            rows,
        })
    }
}

/// The filter of a list as a predicate; `None` where it says nothing.
fn compiled(list: &List, text: &str) -> Result<Option<Predicate>, StoreError> {
    let mistake = |mistake: filter::Mistake| StoreError::Sql {
        act: "cannot filter".to_owned(),
        message: mistake.to_string(),
    };
    let parsed = filter::parse(text).map_err(mistake)?;
    if parsed.is_empty() {
        return Ok(None);
    }
    parsed
        .compile(&Fields::of(list.sql))
        .map(Some)
        .map_err(mistake)
}

fn param(value: filter::Value) -> Param {
    match value {
        filter::Value::Text(text) => text.into(),
        filter::Value::Int(number) => number.into(),
        filter::Value::Real(number) => Param::Real(number),
        filter::Value::Flag(flag) => flag.into(),
    }
}

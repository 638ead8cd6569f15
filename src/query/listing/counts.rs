//! How many rows of a list have each value of a field: what `uniq -c` says of a log, of any list, field or attribute.
//!
//! A count is the number of rows that the list would have if the value were filtered for. So it counts what a filter
//! looks through, which may be more than the list shows without one: a trace counts for each value that one of its
//! spans has.

use super::page::{Question, window};
use super::{Ask, List};
use crate::query::filter::Fields;
use crate::store::{Param, Reader, StoreError};

const COUNTS: &str = include_str!("../../store/sql/templates/list_counts.sql");

/// The values of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Value and rows; the value is empty where there is none.
    pub values: Vec<(String, usize)>,
    /// How many values there are, also those that are not among `values`.
    pub distinct: usize,
    /// Rows in all.
    pub rows: usize,
}

/// Counts the rows of `list` by `field`: the `most` commonest values, or the rarest.
///
/// # Errors
/// There is no such field, the engine refuses, or the question was withdrawn.
pub fn counts(
    reader: &Reader,
    list: &List,
    ask: &Ask,
    field: &str,
    rarest: bool,
    most: usize,
) -> Result<Counts, StoreError> {
    let fields = Fields::of(list.sql);
    let sql = fields
        .expression(field)
        .map_err(|mistake| StoreError::Sql {
            act: format!("cannot count {} by {field:?}", list.name),
            message: mistake.to_string(),
        })?;
    let question = Question::new(reader, list, ask, Some(&sql))?;
    let (rows, how) = match question.sql.split_once("\n-- counted: ") {
        Some((matching, _)) => (
            format!("{matching}\nSELECT * FROM matching"),
            list.header("counted"),
        ),
        None => (question.sql.clone(), "count(*)"),
    };
    let sql = COUNTS.replace("{list}", &rows).replace("{how}", how);
    let [limit, offset] = window(u32::MAX as usize, 0);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // The first row is the one of all values.
    let more = [
        limit,
        offset,
        ("most", Param::Int(most.saturating_add(1))),
        ("rarest", rarest.into()),
    ];
    let answer = question.rows(reader, &sql, &more)?.rows;
    let number = |row: &[serde_json::Value], at: usize| {
        let cell = row.get(at).and_then(serde_json::Value::as_u64);
        cell.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    };
    let mut answer = answer.into_iter();
    let Some(all) = answer.next() else {
        return Ok(Counts::default());
    };
    Ok(Counts {
        rows: number(&all, 1),
        distinct: number(&all, 2).saturating_sub(1),
        values: answer
            .map(|row| {
                (
                    row.first().map(super::shown).unwrap_or_default(),
                    number(&row, 1),
                )
            })
            .collect(),
    })
}

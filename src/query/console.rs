//! The user's own question: one read-only statement.

use std::ops::Range;
use std::time::Instant;

use crate::model;
use crate::store::console::{self, Limits};
use crate::store::{self, Reader, Rows, StoreError};

/// What the screen fetches; the line under the result says when there is more.
const ON_SCREEN: Limits = Limits {
    rows: 2_000,
    millis: 30_000,
};

/// Runs `sql` with the screen's limits; gives the rows and a line about them.
///
/// # Errors
/// The statement is refused, fails, takes too long, or was withdrawn.
pub fn ask(reader: &Reader, sql: &str) -> Result<(Rows, String), StoreError> {
    let began = Instant::now();
    let rows = console::run(reader, sql, ON_SCREEN)?;
    let elapsed = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let summary = console::summary(&rows, elapsed);
    Ok((rows, summary))
}

/// How the word at the cursor may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The word, in bytes.
    pub range: Range<usize>,
    /// Names of tables and columns that begin with it, in order.
    pub candidates: Vec<&'static str>,
}

impl Completion {
    /// What all candidates have in common; empty where there are none.
    #[must_use]
    pub fn common(&self) -> &'static str {
        let Some(first) = self.candidates.first() else {
            return "";
        };
        let shared = |other: &str| {
            let pairs = first.bytes().zip(other.bytes());
            pairs.take_while(|(a, b)| a == b).count()
        };
        let length = self.candidates.iter().map(|other| shared(other)).min();
        first.get(..length.unwrap_or(0)).unwrap_or("")
    }
}

/// The names of tables, and of the columns of those that `sql` names (of all where it names none), that begin like
/// the word that ends at byte `cursor`.
#[must_use]
pub fn complete(sql: &str, cursor: usize) -> Completion {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let before = sql.get(..cursor).unwrap_or(sql);
    let start = before.rfind(|c| !is_name(c)).map_or(0, |at| {
        at + before[at..].chars().next().map_or(1, char::len_utf8)
    });
    let word = before[start..].to_ascii_lowercase();
    let named = |table: &str| {
        let mut words = sql.split(|c| !is_name(c));
        words.any(|word| word.eq_ignore_ascii_case(table))
    };
    let any = model::TABLES.iter().any(|table| named(table.name));
    let columns = model::TABLES
        .iter()
        .filter(|table| !any || named(table.name))
        .flat_map(|table| table.columns.iter().map(|column| column.name));
    let tables = model::TABLES.iter().map(|table| table.name);
    let derived = store::DERIVED.iter().map(|(name, _)| *name);
    let mut candidates: Vec<&'static str> = tables
        .chain(derived)
        .chain(columns)
        .filter(|name| !word.is_empty() && name.starts_with(&word))
        .collect();
    candidates.sort_unstable();
    candidates.dedup();
    Completion {
        range: start..before.len(),
        candidates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(sql: &str) -> Vec<&'static str> {
        complete(sql, sql.len()).candidates
    }

    #[test]
    fn tables_and_the_columns_of_those_that_are_named() {
        assert!(candidates("FROM spa").contains(&"span"));
        let of_span = candidates("FROM span WHERE serv");
        assert!(of_span.contains(&"service_name"), "{of_span:?}");
        assert!(!candidates("FROM log WHERE sev").is_empty());
        assert!(candidates("FROM span WHERE sev").is_empty());
        assert!(candidates("FROM span WHERE ").is_empty());
        assert!(candidates("").is_empty());
    }

    #[test]
    fn the_word_at_the_cursor_is_what_goes_on() {
        let found = complete("SELECT é.serv FROM span", 14);
        assert_eq!(found.range, 10..14);
        assert!(found.common().starts_with("serv"), "{found:?}");
        let none = complete("SELECT", 99);
        assert_eq!(none.common(), "");
    }
}

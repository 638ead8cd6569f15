//! Rows of a table that is known only when a declaration is read.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::cell::Rule;
use super::metric::Metric;
use crate::model::Kind;
use crate::model::record::{Cells, Record, Table};

/// What records become.
#[derive(Debug)]
pub(super) enum Mapping {
    /// A row; one rule a column, where there is one.
    Row {
        table: &'static Table,
        rules: Vec<Option<Rule>>,
    },
    /// A series and a point for each number.
    Metric(Box<Metric>),
}

/// A record: fields by name.
pub(super) trait Fields {
    /// The value of a field. An empty one is none.
    fn get(&self, name: &str) -> Option<Cow<'_, Value>>;
    /// Adds every field that is not among `taken`.
    fn rest(&self, taken: &[&str], object: &mut Map<String, Value>);
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    None,
    Text(String),
    Int(i64),
    Uint(u64),
    Float(f64),
    Bool(bool),
    Trace(u128),
}

/// A row of any table.
pub(super) struct Row {
    table: &'static Table,
    cells: Vec<Cell>,
}

impl Row {
    /// The row that `rules` make of a record. `taken` are the fields that columns take.
    pub(super) fn new(
        table: &'static Table,
        rules: &[Option<Rule>],
        record: &dyn Fields,
        taken: &[&str],
    ) -> Self {
        let cells = table
            .columns
            .iter()
            .zip(rules)
            .map(|(column, rule)| match rule {
                Some(rule) => rule.cell(column.name, column.kind, record, taken),
                None => Cell::None,
            });
        let mut row = Self {
            table,
            cells: cells.collect(),
        };
        row.complete();
        row
    }

    /// True where no cell says anything.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| *cell == Cell::None)
    }

    /// What follows from the other cells: the number of a severity.
    fn complete(&mut self) {
        let place = |name: &str| {
            self.table
                .columns
                .iter()
                .position(|column| column.name == name)
        };
        if let (Some(text), Some(number)) = (place("severity_text"), place("severity_number"))
            && let Some(Cell::Text(word)) = self.cells.get(text)
            && self.cells.get(number) == Some(&Cell::None)
            && let Some(found) = crate::formats::read::log::severity::number(word)
            && let Some(cell) = self.cells.get_mut(number)
        {
            *cell = Cell::Int(found);
        }
    }
}

impl Record for Row {
    fn table(&self) -> &'static Table {
        self.table
    }

    fn write(&self, cells: &mut dyn Cells) {
        for (column, cell) in self.table.columns.iter().zip(&self.cells) {
            let text = match cell {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            };
            match (column.kind, cell) {
                (Kind::Text | Kind::Json, _) => cells.text(text),
                (Kind::Name, _) => cells.name(text),
                (Kind::Int | Kind::Time, Cell::Int(number)) => cells.int(Some(*number)),
                (Kind::Int | Kind::Time, _) => cells.int(None),
                (Kind::Uint | Kind::SpanId, Cell::Uint(number)) => cells.uint(Some(*number)),
                (Kind::Uint | Kind::SpanId, _) => cells.uint(None),
                (Kind::Float, Cell::Float(number)) => cells.float(Some(*number)),
                (Kind::Float, _) => cells.float(None),
                (Kind::Bool, Cell::Bool(flag)) => cells.bool(Some(*flag)),
                (Kind::Bool, _) => cells.bool(None),
                (Kind::TraceId, Cell::Trace(number)) => cells.trace(Some(*number)),
                (Kind::TraceId, _) => cells.trace(None),
            }
        }
    }
}

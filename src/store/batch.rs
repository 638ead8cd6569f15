//! Rows on their way in: Arrow builders per table, filled cell by cell by the records themselves.
//!
//! A batch belongs to one parse worker and one evidence file. Columns match by position, and the
//! appender would cast a swapped column silently: the order is therefore the declaration's, here and
//! in the schema alike, and a test compares both.

use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    UInt64Builder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema};

use crate::model::record::Cells;
use crate::model::{EvidenceClass, Kind, Record, Stamp, TABLES, Table};

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Uint(UInt64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    /// High and low half of a trace id: two physical columns.
    Trace(UInt64Builder, UInt64Builder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Json | Kind::Name => Self::Text(StringBuilder::new()),
            Kind::Int | Kind::Time => Self::Int(Int64Builder::new()),
            Kind::Uint | Kind::SpanId => Self::Uint(UInt64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::TraceId => Self::Trace(UInt64Builder::new(), UInt64Builder::new()),
        }
    }

    fn finish(self, name: &str, fields: &mut Vec<Field>, arrays: &mut Vec<ArrayRef>) {
        let mut push = |name: String, data_type: DataType, array: ArrayRef| {
            fields.push(Field::new(name, data_type, true));
            arrays.push(array);
        };
        match self {
            Self::Text(mut b) => push(name.to_owned(), DataType::Utf8, Arc::new(b.finish())),
            Self::Int(mut b) => push(name.to_owned(), DataType::Int64, Arc::new(b.finish())),
            Self::Uint(mut b) => push(name.to_owned(), DataType::UInt64, Arc::new(b.finish())),
            Self::Float(mut b) => push(name.to_owned(), DataType::Float64, Arc::new(b.finish())),
            Self::Bool(mut b) => push(name.to_owned(), DataType::Boolean, Arc::new(b.finish())),
            Self::Trace(mut hi, mut lo) => {
                push(
                    format!("{name}_hi"),
                    DataType::UInt64,
                    Arc::new(hi.finish()),
                );
                push(
                    format!("{name}_lo"),
                    DataType::UInt64,
                    Arc::new(lo.finish()),
                );
            }
        }
    }
}

/// Builders for the rows of one table.
struct TableRows {
    table: &'static Table,
    rows: usize,
    file_id: Int64Builder,
    offset: Int64Builder,
    length: Int64Builder,
    ts_ns: Int64Builder,
    class: StringBuilder,
    columns: Vec<Builder>,
}

impl TableRows {
    fn new(table: &'static Table) -> Self {
        Self {
            table,
            rows: 0,
            file_id: Int64Builder::new(),
            offset: Int64Builder::new(),
            length: Int64Builder::new(),
            ts_ns: Int64Builder::new(),
            class: StringBuilder::new(),
            columns: table
                .columns
                .iter()
                .map(|column| Builder::new(column.kind))
                .collect(),
        }
    }

    fn finish(mut self) -> Option<RecordBatch> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, builder) in [
            ("file_id", &mut self.file_id),
            ("offset", &mut self.offset),
            ("length", &mut self.length),
            ("ts_ns", &mut self.ts_ns),
        ] {
            fields.push(Field::new(name, DataType::Int64, true));
            arrays.push(Arc::new(builder.finish()));
        }
        fields.push(Field::new("evidence_class", DataType::Utf8, true));
        arrays.push(Arc::new(self.class.finish()));
        for (column, builder) in self.table.columns.iter().zip(self.columns) {
            builder.finish(column.name, &mut fields, &mut arrays);
        }
        // Every record writes every cell, so the columns are of equal length.
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).ok()
    }
}

/// Rows of any tables. Small files share a batch.
pub struct Batch {
    file_id: i64,
    class: EvidenceClass,
    tables: Vec<Option<TableRows>>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            file_id: 0,
            class: EvidenceClass::Observed,
            tables: TABLES.iter().map(|_| None).collect(),
        }
    }

    /// The rows that follow are from the file `file_id` and of `class` unless they say otherwise.
    pub fn begin(&mut self, file_id: i64, class: EvidenceClass) {
        (self.file_id, self.class) = (file_id, class);
    }

    /// Adds one row.
    pub fn push(&mut self, stamp: Stamp, record: &dyn Record) {
        let table = record.table();
        let Some(place) = TABLES
            .iter()
            .position(|known| std::ptr::eq(known.name, table.name) || known.name == table.name)
        else {
            return;
        };
        let rows = self.tables[place].get_or_insert_with(|| TableRows::new(TABLES[place]));
        rows.rows += 1;
        rows.file_id.append_value(self.file_id);
        rows.offset
            .append_value(i64::try_from(stamp.span.offset).unwrap_or(i64::MAX));
        rows.length
            .append_value(i64::try_from(stamp.span.length).unwrap_or(i64::MAX));
        rows.ts_ns.append_option(stamp.ts_ns);
        rows.class
            .append_value(stamp.class.unwrap_or(self.class).token());
        record.write(&mut Writing {
            columns: rows.columns.iter_mut(),
        });
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.tables.iter().flatten().map(|table| table.rows).sum()
    }

    /// The tables that have rows, as Arrow.
    pub(super) fn finish(self) -> impl Iterator<Item = (&'static Table, RecordBatch)> {
        self.tables
            .into_iter()
            .flatten()
            .filter_map(|rows| Some((rows.table, rows.finish()?)))
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

struct Writing<'a> {
    columns: std::slice::IterMut<'a, Builder>,
}

// A record writes exactly its declared cells in order, so the builder at hand is always of the
// right kind; a mismatch would be a bug in the macro, and the cell is then left out of a column,
// which makes `TableRows::finish` refuse the batch.
impl Cells for Writing<'_> {
    fn text(&mut self, value: Option<&str>) {
        if let Some(Builder::Text(builder)) = self.columns.next() {
            builder.append_option(value);
        }
    }

    fn name(&mut self, value: Option<&str>) {
        self.text(value);
    }

    fn int(&mut self, value: Option<i64>) {
        if let Some(Builder::Int(builder)) = self.columns.next() {
            builder.append_option(value);
        }
    }

    fn uint(&mut self, value: Option<u64>) {
        if let Some(Builder::Uint(builder)) = self.columns.next() {
            builder.append_option(value);
        }
    }

    fn float(&mut self, value: Option<f64>) {
        if let Some(Builder::Float(builder)) = self.columns.next() {
            builder.append_option(value);
        }
    }

    fn bool(&mut self, value: Option<bool>) {
        if let Some(Builder::Bool(builder)) = self.columns.next() {
            builder.append_option(value);
        }
    }

    fn trace(&mut self, value: Option<u128>) {
        if let Some(Builder::Trace(hi, lo)) = self.columns.next() {
            // The two halves of 128 bits.
            hi.append_option(value.and_then(|id| u64::try_from(id >> 64).ok()));
            lo.append_option(value.and_then(|id| u64::try_from(id & u128::from(u64::MAX)).ok()));
        }
    }
}

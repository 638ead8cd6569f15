//! One declaration per table.
//!
//! `record!` turns a list of columns into a struct that parsers fill, a [`Table`] that the store
//! turns into columns, views and appenders, and the text that `shipwake list tables` prints. So a
//! table cannot drift from its documentation or from its database columns: there is one spelling.
//!
//! The struct borrows from the bytes being parsed (`Cow`), so that a million spans need no million
//! allocations.

use std::borrow::Cow;

/// A text cell: borrowed from the input where possible, absent where the source says nothing.
pub type Text<'a> = Option<Cow<'a, str>>;

/// What a column holds and how it is stored. Times are nanoseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text, stored as it is.
    Text,
    /// Text that repeats: stored as a small integer into the dictionary, shown as text.
    Name,
    /// A JSON document as text, already validated.
    Json,
    /// Signed 64-bit integer.
    Int,
    /// Unsigned 64-bit integer.
    Uint,
    /// 64-bit float.
    Float,
    /// Truth value.
    Bool,
    /// Nanoseconds since the Unix epoch, UTC; the column's name ends in `_ns`.
    Time,
    /// W3C trace id: 128 bits, stored as two integers, shown as 32 lower-case hex digits.
    TraceId,
    /// W3C span id: 64 bits, shown as 16 lower-case hex digits.
    SpanId,
}

/// One column: its name, kind and meaning.
#[derive(Debug)]
pub struct Column {
    /// `snake_case`; OpenTelemetry attribute names have their dots turned to underscores.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One sentence.
    pub doc: &'static str,
}

/// One table: its name, meaning and columns. Every table has, before these, the columns `file_id`,
/// `offset`, `length`, `ts_ns` and `evidence_class`.
#[derive(Debug)]
pub struct Table {
    /// `snake_case`, singular.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// In the order in which [`Record::write`] writes them.
    pub columns: &'static [Column],
}

impl Table {
    /// True where its rows differ by trust floor: it is stored with all of them, and shown with those of
    /// the floor that is asked for.
    #[must_use]
    pub fn has_floors(&self) -> bool {
        self.columns.iter().any(|column| column.name == FLOOR)
    }

    /// The columns that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.name != FLOOR)
    }

    /// The name of the physical table.
    #[must_use]
    pub fn stored(&self) -> String {
        if self.has_floors() {
            format!("every_{}", self.name)
        } else {
            self.name.to_owned()
        }
    }
}

/// The column that tells for which trust floor a row was made.
const FLOOR: &str = "floor";

/// Receives the cells of one record, in column order.
pub trait Cells {
    /// A [`Kind::Text`] or [`Kind::Json`] cell.
    fn text(&mut self, value: Option<&str>);
    /// A [`Kind::Name`] cell.
    fn name(&mut self, value: Option<&str>);
    /// A [`Kind::Int`] or [`Kind::Time`] cell.
    fn int(&mut self, value: Option<i64>);
    /// A [`Kind::Uint`] or [`Kind::SpanId`] cell.
    fn uint(&mut self, value: Option<u64>);
    /// A [`Kind::Float`] cell.
    fn float(&mut self, value: Option<f64>);
    /// A [`Kind::Bool`] cell.
    fn bool(&mut self, value: Option<bool>);
    /// A [`Kind::TraceId`] cell.
    fn trace(&mut self, value: Option<u128>);
}

/// A row that knows its table.
pub trait Record {
    /// The declaration.
    fn table(&self) -> &'static Table;
    /// Writes each column's cell, in order.
    fn write(&self, cells: &mut dyn Cells);
}

/// The cells of `record` as text, in order, absent ones left out. Ids of traces and spans are shown in
/// hex; times stay integers.
#[must_use]
pub fn texts(record: &dyn Record) -> Vec<(&'static str, String)> {
    let mut texts = Texts {
        columns: record.table().columns.iter(),
        cells: Vec::new(),
    };
    record.write(&mut texts);
    texts.cells
}

struct Texts {
    columns: std::slice::Iter<'static, Column>,
    cells: Vec<(&'static str, String)>,
}

impl Texts {
    fn put<T>(&mut self, value: Option<T>, show: impl FnOnce(T, Kind) -> String) {
        if let (Some(column), Some(value)) = (self.columns.next(), value) {
            self.cells.push((column.name, show(value, column.kind)));
        }
    }
}

impl Cells for Texts {
    fn text(&mut self, value: Option<&str>) {
        self.put(value, |text, _| text.to_owned());
    }

    fn name(&mut self, value: Option<&str>) {
        self.text(value);
    }

    fn int(&mut self, value: Option<i64>) {
        self.put(value, |number, _| number.to_string());
    }

    fn uint(&mut self, value: Option<u64>) {
        self.put(value, |number, kind| match kind {
            Kind::SpanId => format!("{number:016x}"),
            _ => number.to_string(),
        });
    }

    fn float(&mut self, value: Option<f64>) {
        self.put(value, |number, _| number.to_string());
    }

    fn bool(&mut self, value: Option<bool>) {
        self.put(value, |truth, _| truth.to_string());
    }

    fn trace(&mut self, value: Option<u128>) {
        self.put(value, |id, _| format!("{id:032x}"));
    }
}

/// The Rust type of a column kind.
macro_rules! field_type {
    (Text) => { $crate::model::record::Text<'a> };
    (Name) => { $crate::model::record::Text<'a> };
    (Json) => { $crate::model::record::Text<'a> };
    (Int) => { Option<i64> };
    (Time) => { Option<i64> };
    (Uint) => { Option<u64> };
    (SpanId) => { Option<u64> };
    (Float) => { Option<f64> };
    (Bool) => { Option<bool> };
    (TraceId) => { Option<u128> };
}

/// The call that writes a column kind.
macro_rules! write_cell {
    ($cells:ident, Text, $value:expr) => {
        $cells.text($value.as_deref())
    };
    ($cells:ident, Json, $value:expr) => {
        $cells.text($value.as_deref())
    };
    ($cells:ident, Name, $value:expr) => {
        $cells.name($value.as_deref())
    };
    ($cells:ident, Int, $value:expr) => {
        $cells.int($value)
    };
    ($cells:ident, Time, $value:expr) => {
        $cells.int($value)
    };
    ($cells:ident, Uint, $value:expr) => {
        $cells.uint($value)
    };
    ($cells:ident, SpanId, $value:expr) => {
        $cells.uint($value)
    };
    ($cells:ident, Float, $value:expr) => {
        $cells.float($value)
    };
    ($cells:ident, Bool, $value:expr) => {
        $cells.bool($value)
    };
    ($cells:ident, TraceId, $value:expr) => {
        $cells.trace($value)
    };
}

/// Declares a table; see the module's essay.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident $constant:ident $table:literal {
            $( $(#[doc = $column_doc:literal])+ $column:ident : $kind:ident, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default)]
        pub struct $name<'a> {
            $( $(#[doc = $column_doc])+ pub $column: $crate::model::record::field_type!($kind), )+
            /// Keeps the lifetime in use where no column borrows.
            pub marker: std::marker::PhantomData<&'a ()>,
        }

        $(#[doc = $doc])+
        pub const $constant: $crate::model::record::Table = $crate::model::record::Table {
            name: $table,
            doc: concat!($($doc),+),
            columns: &[
                $( $crate::model::record::Column {
                    name: stringify!($column),
                    kind: $crate::model::record::Kind::$kind,
                    doc: concat!($($column_doc),+),
                }, )+
            ],
        };

        impl $crate::model::record::Record for $name<'_> {
            fn table(&self) -> &'static $crate::model::record::Table {
                &$constant
            }

            fn write(&self, cells: &mut dyn $crate::model::record::Cells) {
                $( $crate::model::record::write_cell!(cells, $kind, self.$column); )+
            }
        }
    };
}

pub(crate) use {field_type, record, write_cell};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::runtime::Span;

    #[test]
    fn cells_are_shown_as_the_database_shows_them() {
        let span = Span {
            name: Some("charge".into()),
            trace_id: Some(0x5b),
            span_id: Some(0xee),
            resource_id: Some(7),
            ..Span::default()
        };
        let cells = texts(&span);
        let cell = |name: &str| cells.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
        assert_eq!(cell("name"), Some("charge"));
        assert_eq!(cell("trace_id"), Some("0000000000000000000000000000005b"));
        assert_eq!(cell("span_id"), Some("00000000000000ee"));
        assert_eq!(cell("resource_id"), Some("7"));
        assert_eq!(cell("parent_span_id"), None);
    }
}

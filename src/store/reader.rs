//! Asking the database: SQL text and named parameters in, plain values out.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duckdb::arrow::datatypes::{DataType, FieldRef, TimeUnit as ArrowUnit};
use duckdb::types::{TimeUnit, Value as Held};
use duckdb::{Connection, InterruptHandle, Statement};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::StoreError;
use crate::model::{Floor, time};

/// A value for a named parameter (`$name`).
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// Integer.
    Int(i64),
    /// Number with a fraction.
    Real(f64),
    /// Unsigned integer, such as half of a trace id.
    Uint(u64),
    /// Truth value.
    Bool(bool),
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Param {
    fn from(value: u64) -> Self {
        Self::Uint(value)
    }
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row: column name to value, in column order.
pub type Row = serde_json::Map<String, Value>;

/// The answer to a question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows; a cell is JSON's null, boolean, number or string.
    pub rows: Vec<Vec<Value>>,
    /// True where a cap cut the answer off.
    pub truncated: bool,
}

impl Rows {
    /// The rows as objects.
    pub fn objects(self) -> impl Iterator<Item = Row> {
        let columns = self.columns;
        self.rows
            .into_iter()
            .map(move |row| columns.iter().cloned().zip(row).collect())
    }
}

const SET_FLOOR: &str = include_str!("sql/schema/set_floor.sql");

/// Prepared statements that a reader keeps: more than there are questions.
const KEPT_STATEMENTS: usize = 128;

/// A connection for reading. One statement at a time.
pub struct Reader {
    connection: Connection,
    withdraw: Withdraw,
    floor: Cell<Floor>,
}

/// Withdraws the question that a reader is working on, from another thread.
#[derive(Clone)]
pub struct Withdraw {
    /// Of the reader, and of those beside it.
    handles: Arc<Mutex<Vec<Arc<InterruptHandle>>>>,
    withdrawn: Arc<AtomicBool>,
}

impl Withdraw {
    /// Withdraws. The engine forgets an interrupt that lands between two statements, so the flag is
    /// checked before each; callers that wait for the thread repeat this until it answers.
    pub fn withdraw(&self) {
        self.withdrawn.store(true, Ordering::SeqCst);
        for handle in self.handles().iter() {
            handle.interrupt();
        }
    }

    fn handles(&self) -> MutexGuard<'_, Vec<Arc<InterruptHandle>>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        // A pivot asks some twenty questions; planning them anew takes as long as answering them.
        connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        let handle = connection.interrupt_handle();
        Self {
            connection,
            withdraw: Withdraw {
                handles: Arc::new(Mutex::new(vec![handle])),
                withdrawn: Arc::default(),
            },
            floor: Cell::default(),
        }
    }

    /// A reader that answers at another trust floor, where questions are asked at both in turns: a plan
    /// knows its floor, and would be made again at each change. It is withdrawn with this one.
    ///
    /// # Errors
    /// The engine cannot clone the connection.
    pub fn beside(&self, floor: Floor) -> Result<Self, StoreError> {
        let connection = self
            .connection
            .try_clone()
            .map_err(StoreError::sql("cannot open another connection"))?;
        let mut reader = Self::new(connection);
        let handle = reader.connection.interrupt_handle();
        let mut handles = self.withdraw.handles();
        // A connection that was closed has dropped its own.
        handles.retain(|handle| Arc::strong_count(handle) > 1);
        handles.push(handle);
        drop(handles);
        reader.withdraw = self.withdraw.clone();
        reader.set_floor(floor)?;
        Ok(reader)
    }

    /// A handle that withdraws this reader's question.
    #[must_use]
    pub fn withdraw(&self) -> Withdraw {
        self.withdraw.clone()
    }

    /// Answers at this trust floor from now on.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn set_floor(&self, floor: Floor) -> Result<(), StoreError> {
        if self.floor.replace(floor) == floor {
            return Ok(());
        }
        // A plan knows the floor that it was made at.
        self.connection.flush_prepared_statement_cache();
        self.connection
            .execute_batch(&SET_FLOOR.replace("{floor}", floor.word()))
            .map_err(StoreError::sql("cannot set the trust floor"))
    }

    /// The trust floor at which it answers.
    #[must_use]
    pub fn floor(&self) -> Floor {
        self.floor.get()
    }

    /// Makes the reader ready for the next question.
    pub fn renew(&self) {
        self.withdraw.withdrawn.store(false, Ordering::SeqCst);
    }

    /// Asks, and reads each row as a `T` by column name.
    ///
    /// # Errors
    /// The engine refuses, the question was withdrawn, or a row is no `T`.
    pub fn ask<T: DeserializeOwned>(
        &self,
        name: &str,
        sql: &str,
        params: &[(&str, Param)],
    ) -> Result<Vec<T>, StoreError> {
        let unlike = |error: serde_json::Error| StoreError::Sql {
            act: format!("cannot read the answer to {name}"),
            message: error.to_string(),
        };
        self.rows(name, sql, params)?
            .objects()
            .map(|row| serde_json::from_value(Value::Object(row)).map_err(unlike))
            .collect()
    }

    /// Asks, and gives all rows.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn rows(
        &self,
        name: &str,
        sql: &str,
        params: &[(&str, Param)],
    ) -> Result<Rows, StoreError> {
        self.rows_up_to(name, sql, params, usize::MAX)
    }

    /// Asks, and gives at most `cap` rows, saying whether there were more.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn rows_up_to(
        &self,
        name: &str,
        sql: &str,
        params: &[(&str, Param)],
        cap: usize,
    ) -> Result<Rows, StoreError> {
        if self.withdraw.withdrawn.load(Ordering::SeqCst) {
            return Err(StoreError::Interrupted);
        }
        let act = format!("cannot answer {name}");
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(StoreError::sql(&act))?;
        bind(&mut statement, params).map_err(StoreError::sql(&act))?;
        statement.raw_execute().map_err(StoreError::sql(&act))?;
        let mut answer = Rows {
            columns: distinct(statement.column_names()),
            ..Rows::default()
        };
        let shapes = shapes(&statement, &answer.columns)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(StoreError::sql(&act))? {
            if answer.rows.len() == cap {
                answer.truncated = true;
                break;
            }
            let cells = shapes.iter().enumerate().map(|(at, shape)| match shape {
                Shape::Null => Ok(Value::Null),
                Shape::Value => row.get::<_, Held>(at).map(plain),
            });
            answer.rows.push(
                cells
                    .collect::<Result<_, _>>()
                    .map_err(StoreError::sql(&act))?,
            );
        }
        Ok(answer)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// How a column's cells are read.
enum Shape {
    Value,
    /// `SELECT NULL`: a column without a type, which the crate cannot read.
    Null,
}

fn shapes(statement: &Statement<'_>, names: &[String]) -> Result<Vec<Shape>, StoreError> {
    let shape = |(field, name): (&FieldRef, &String)| match field.data_type() {
        DataType::Null => Ok(Shape::Null),
        DataType::Time32(_)
        | DataType::Time64(ArrowUnit::Nanosecond)
        | DataType::Date64
        | DataType::Duration(_) => Err(StoreError::Refused(format!(
            "column {name} is of a type that cannot be shown; cast it to VARCHAR"
        ))),
        _ => Ok(Shape::Value),
    };
    statement
        .schema()
        .fields()
        .iter()
        .zip(names)
        .map(shape)
        .collect()
}

/// Two columns of one name would be one in an object: the later ones get a number.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut free = name.clone();
        let mut number = 2;
        while seen.contains(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        seen.push(free);
    }
    seen
}

/// Binds the parameters that the statement has, by name; one that is not given is NULL.
pub(super) fn bind(statement: &mut Statement<'_>, params: &[(&str, Param)]) -> duckdb::Result<()> {
    for at in 1..=statement.parameter_count() {
        let name = statement.parameter_name(at)?;
        let value = params
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(&Param::Null, |(_, value)| value);
        match value {
            Param::Null => statement.raw_bind_parameter(at, duckdb::types::Null)?,
            Param::Text(value) => statement.raw_bind_parameter(at, value)?,
            Param::Int(value) => statement.raw_bind_parameter(at, value)?,
            Param::Real(value) => statement.raw_bind_parameter(at, value)?,
            Param::Uint(value) => statement.raw_bind_parameter(at, value)?,
            Param::Bool(value) => statement.raw_bind_parameter(at, value)?,
        }
    }
    Ok(())
}

/// A cell as JSON. Integers beyond 2^53 stay exact: they are kept as integers.
fn plain(cell: Held) -> Value {
    match cell {
        Held::Null => Value::Null,
        Held::Boolean(value) => value.into(),
        Held::TinyInt(value) => value.into(),
        Held::SmallInt(value) => value.into(),
        Held::Int(value) => value.into(),
        Held::Date32(days) => date(days).into(),
        Held::Decimal(value) => value.to_string().into(),
        Held::Interval {
            months,
            days,
            nanos,
        } => format!("{months} months {days} days {}", time::duration(nanos)).into(),
        Held::Time64(unit, value) => timestamp(unit, value)
            .get(11..)
            .unwrap_or_default()
            .to_owned()
            .into(),
        Held::BigInt(value) => value.into(),
        Held::UTinyInt(value) => value.into(),
        Held::USmallInt(value) => value.into(),
        Held::UInt(value) => value.into(),
        Held::UBigInt(value) => value.into(),
        // Sums are HUGEINT; almost all fit.
        Held::HugeInt(value) => {
            i64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from)
        }
        Held::UHugeInt(value) => {
            u64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from)
        }
        Held::Float(value) => f64::from(value).into(),
        Held::Double(value) => value.into(),
        Held::Text(value) | Held::Enum(value) => value.into(),
        Held::Timestamp(unit, value) => timestamp(unit, value).into(),
        Held::Blob(value) | Held::Geometry(value) => crate::model::id::hex(&value).into(),
        Held::List(values) | Held::Array(values) => values.into_iter().map(plain).collect(),
        Held::Struct(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value.clone())))
            .collect(),
        Held::Map(entries) => entries
            .iter()
            .map(|(key, value)| (text(plain(key.clone())), plain(value.clone())))
            .collect(),
        Held::Union(value) => plain(*value),
        // The engine may gain types; a cell of one says so.
        _ => "(a type that is not shown; cast it to VARCHAR)".into(),
    }
}

/// A value as the key of an object.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A day as `2026-10-29`.
fn date(days: i32) -> String {
    time::rfc3339(i64::from(days).saturating_mul(86_400 * time::SECOND))
        .get(..10)
        .unwrap_or_default()
        .to_owned()
}

fn timestamp(unit: TimeUnit, value: i64) -> String {
    let per_unit = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    time::rfc3339(value.saturating_mul(per_unit))
}

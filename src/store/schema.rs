//! Makes the tables and views from the declarations in `model` and the files in `sql/`.
//!
//! The tables that loading fills have no `.sql` file of their own: their columns are declared once,
//! as records, and `sql/schema/table.sql` and `view.sql` are the templates they go through (see
//! docs/decisions/0002-one-declaration-per-table.md).

use std::fmt::Write as _;
use std::path::Path;

use duckdb::Connection;

use super::error::StoreError;
use crate::model::{Kind, TABLES, Table};

/// Changes whenever an old database cannot be read by the new program; it is then made again from
/// the evidence.
pub const VERSION: &str = "5";

const BASE: &str = include_str!("sql/schema/base.sql");
const TABLE: &str = include_str!("sql/schema/table.sql");
const VIEW: &str = include_str!("sql/schema/view.sql");
const FLOORED: &str = include_str!("sql/schema/floored.sql");
const DERIVED: &str = include_str!("sql/schema/derived.sql");
const MACROS: &str = include_str!("sql/schema/macros.sql");
const READ_VERSION: &str = include_str!("sql/schema/version.sql");
const WRITE_VERSION: &str = include_str!("sql/schema/set_version.sql");

/// Views over the tables, in an order in which each finds those it uses.
const VIEWS: &[&str] = &[
    include_str!("sql/views/file.sql"),
    include_str!("sql/views/deployment.sql"),
    include_str!("sql/views/current.sql"),
    include_str!("sql/views/stage.sql"),
    include_str!("sql/views/used.sql"),
];

pub(super) fn create(connection: &Connection) -> Result<(), StoreError> {
    let run = |sql: &str| {
        connection
            .execute_batch(sql)
            .map_err(StoreError::sql("cannot make the schema"))
    };
    run(BASE)?;
    if version(connection)?.is_some() {
        return Ok(());
    }
    run("BEGIN")?;
    run(MACROS)?;
    for table in TABLES {
        run(&fill(
            &TABLE.replace("{table}", &table.stored()),
            table,
            &columns(table),
        ))?;
        if table.has_floors() {
            run(&fill(FLOORED, table, ""))?;
        }
        run(&fill(VIEW, table, &shown(table)))?;
    }
    run(DERIVED)?;
    for view in VIEWS {
        run(view)?;
    }
    connection
        .execute(WRITE_VERSION, [VERSION])
        .map_err(StoreError::sql("cannot write the schema's version"))?;
    run("COMMIT")
}

pub(super) fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match version(connection)? {
        Some(found) if found == VERSION => Ok(()),
        found => Err(StoreError::Version {
            path: path.to_owned(),
            found: found.unwrap_or_else(|| "none".to_owned()),
            expected: VERSION,
        }),
    }
}

fn version(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut statement = connection
        .prepare(READ_VERSION)
        .map_err(StoreError::sql("cannot read the schema's version"))?;
    let mut rows = statement
        .query([])
        .map_err(StoreError::sql("cannot read the schema's version"))?;
    let row = rows
        .next()
        .map_err(StoreError::sql("cannot read the schema's version"))?;
    Ok(row.and_then(|row| row.get(0).ok()))
}

fn fill(template: &str, table: &Table, columns: &str) -> String {
    template
        .replace("{table}", table.name)
        .replace("{columns}", columns)
}

/// The physical columns, as a table definition has them.
fn columns(table: &Table) -> String {
    let mut text = String::new();
    for column in table.columns {
        let (name, physical) = (column.name, physical(column.kind));
        // Writing to a String cannot fail.
        let _ = match column.kind {
            Kind::TraceId => write!(
                text,
                ",\n    {name}_hi {physical},\n    {name}_lo {physical}"
            ),
            _ => write!(text, ",\n    {name} {physical}"),
        };
    }
    text
}

/// The physical type. How it is compressed is said where the kind tells: left to itself the engine
/// tries every method on every 122,880 values, and takes for JSON one that is slower and three
/// times as large.
fn physical(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "VARCHAR",
        Kind::Name => "VARCHAR USING COMPRESSION dict_fsst",
        Kind::Json => "VARCHAR USING COMPRESSION zstd",
        Kind::Int | Kind::Time => "BIGINT",
        Kind::Uint => "UBIGINT",
        Kind::SpanId | Kind::TraceId => "UBIGINT USING COMPRESSION uncompressed",
        Kind::Float => "DOUBLE",
        Kind::Bool => "BOOLEAN",
    }
}

/// The columns as people see them: ids as hex text.
fn shown(table: &Table) -> String {
    let mut text = String::new();
    for column in table.shown() {
        let name = column.name;
        let _ = match column.kind {
            Kind::SpanId => write!(text, ",\n    span_hex({name}) AS {name}"),
            Kind::TraceId => write!(text, ",\n    trace_hex({name}_hi, {name}_lo) AS {name}"),
            _ => write!(text, ",\n    {name}"),
        };
    }
    text
}

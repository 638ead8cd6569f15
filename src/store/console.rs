//! A user's own SQL: one read-only statement, with a deadline and a cap on rows.
//!
//! Three gates, because each has a hole of its own: the statement must be one that the engine can
//! serialise (a single SELECT, FROM, WITH, DESCRIBE or SUMMARIZE; preparing several statements would
//! run all but the last), it runs in a read-only transaction, and the connection has no external
//! access from the start.

use super::error::StoreError;
use super::reader::{Param, Reader, Rows};
use crate::model::time;

const GATE: &str = include_str!("sql/queries/console_gate.sql");
const DEADLINE: &str = include_str!("sql/queries/console_deadline.sql");

/// Functions that a policy's statement may call: pure ones, and this program's own macros.
const FUNCTIONS: &[&str] = &[
    "abs",
    "any_value",
    "arg_max",
    "arg_min",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "ceil",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "count",
    "count_if",
    "count_star",
    "countif",
    "date_diff",
    "date_part",
    "date_trunc",
    "dense_rank",
    "digest_short",
    "ends_with",
    "first_member",
    "floor",
    "greatest",
    "group_concat",
    "if",
    "ifnull",
    "image_tag",
    "instr",
    "json_array_length",
    "json_contains",
    "json_extract",
    "json_extract_string",
    "json_keys",
    "json_type",
    "lag",
    "last_segment",
    "lcase",
    "lead",
    "least",
    "left",
    "len",
    "length",
    "like_escape",
    "list",
    "list_any_value",
    "list_contains",
    "list_distinct",
    "list_filter",
    "list_sort",
    "list_transform",
    "lower",
    "lpad",
    "ltrim",
    "make_timestamp_ns",
    "max",
    "max_by",
    "median",
    "min",
    "min_by",
    "mod",
    "mode",
    "nullif",
    "prefix",
    "printf",
    "quantile_cont",
    "quantile_disc",
    "rank",
    "re_all",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_full_match",
    "regexp_matches",
    "regexp_replace",
    "replace",
    "right",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "shipped_version",
    "short_time",
    "span_hex",
    "split_part",
    "starts_with",
    "stddev",
    "strftime",
    "string_agg",
    "string_split",
    "strip_accents",
    "strlen",
    "substr",
    "substring",
    "suffix",
    "sum",
    "ticket_keys",
    "trace_hex",
    "trim",
    "ucase",
    "unnest",
    "upper",
    "var_pop",
    "^@",
    "~~",
    "!~~",
    "~~*",
    "!~~*",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "||",
    "&",
    "|",
    "<<",
    ">>",
    "~",
    "~~~",
    "->",
    "->>",
    "list_value",
    "struct_pack",
    "row",
    "array_extract",
    "list_extract",
    "struct_extract",
    "generate_series",
    "range",
    "epoch_ns",
    "exists",
    "in",
];

/// Limits of one statement.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At most this many rows.
    pub rows: usize,
    /// At most this long, in milliseconds.
    pub millis: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 10_000,
            millis: 60_000,
        }
    }
}

/// Runs a policy's statement: like [`run`], but it may call only functions whose answer depends on its
/// arguments alone, so that no rule sees the clock, chance or the machine.
///
/// # Errors
/// The statement is refused, fails, or takes too long.
pub fn rule(
    reader: &Reader,
    sql: &str,
    params: &[(&str, Param)],
    limits: Limits,
) -> Result<Rows, StoreError> {
    let sql = sql.trim().trim_end_matches(';');
    let parsed = gate(reader, sql)?;
    if let Some(name) = unknown_function(&parsed) {
        return Err(StoreError::Refused(format!(
            "the function {name} is not one that a rule may call"
        )));
    }
    // What is bound to nothing is NULL, and a comparison with that finds no violation.
    let known: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    if let Some(name) = unknown_parameter(&parsed, &known) {
        return Err(StoreError::Refused(format!(
            "the parameter ${name} is not known; there is ${}",
            known.join(", $")
        )));
    }
    limited(reader, limits, |reader| {
        reader.rows_up_to("the rule", sql, params, limits.rows)
    })
}

/// Runs one statement of the user's.
///
/// # Errors
/// The statement is refused (with the parser's message), fails, or takes too long.
pub fn run(reader: &Reader, sql: &str, limits: Limits) -> Result<Rows, StoreError> {
    let sql = sql.trim().trim_end_matches(';');
    gate(reader, sql)?;
    limited(reader, limits, |reader| {
        reader.rows_up_to("the statement", sql, &[], limits.rows)
    })
}

/// Asks in a read-only transaction with a deadline.
fn limited(
    reader: &Reader,
    limits: Limits,
    ask: impl FnOnce(&Reader) -> Result<Rows, StoreError>,
) -> Result<Rows, StoreError> {
    let connection = reader.connection();
    let set = DEADLINE.replace("{millis}", &limits.millis.to_string());
    connection
        .execute_batch(&set)
        .map_err(StoreError::sql("cannot set the deadline"))?;
    connection
        .execute_batch("BEGIN TRANSACTION READ ONLY")
        .map_err(StoreError::sql("cannot begin"))?;
    let answer = ask(reader);
    // Nothing was written; the transaction only kept it so.
    let _ = connection.execute_batch("ROLLBACK");
    let _ = connection.execute_batch(&DEADLINE.replace("{millis}", "0"));
    answer
}

/// The first function in a parsed statement that is not on the list.
fn unknown_function(parsed: &serde_json::Value) -> Option<String> {
    match parsed {
        serde_json::Value::Object(members) => {
            let name = members
                .get("function_name")
                .and_then(serde_json::Value::as_str)
                .filter(|name| !FUNCTIONS.contains(&name.to_lowercase().as_str()));
            name.map(str::to_owned)
                .or_else(|| members.values().find_map(unknown_function))
        }
        serde_json::Value::Array(items) => items.iter().find_map(unknown_function),
        _ => None,
    }
}

/// The first parameter in a parsed statement that is not one of `known`.
fn unknown_parameter(parsed: &serde_json::Value, known: &[&str]) -> Option<String> {
    match parsed {
        serde_json::Value::Object(members) => {
            let is_parameter = members
                .get("class")
                .and_then(serde_json::Value::as_str)
                .is_some_and(|class| class == "PARAMETER");
            members
                .get("identifier")
                .filter(|_| is_parameter)
                .and_then(serde_json::Value::as_str)
                .filter(|name| !known.contains(name))
                .map(str::to_owned)
                .or_else(|| {
                    members
                        .values()
                        .find_map(|member| unknown_parameter(member, known))
                })
        }
        serde_json::Value::Array(items) => {
            items.iter().find_map(|item| unknown_parameter(item, known))
        }
        _ => None,
    }
}

fn gate(reader: &Reader, sql: &str) -> Result<serde_json::Value, StoreError> {
    let answer = reader.rows("the statement's check", GATE, &[("sql", Param::from(sql))])?;
    let text = answer
        .rows
        .first()
        .and_then(|row| row.first())
        .and_then(|cell| cell.as_str())
        .unwrap_or("{}")
        .to_owned();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let statements = parsed["statements"].as_array().map_or(0, Vec::len);
    match (parsed["error"].as_bool(), statements) {
        (Some(false), 1) => match acting(&parsed) {
            None => Ok(parsed),
            Some(name) => Err(StoreError::Refused(format!(
                "the table function {name} is not one that only reads the case"
            ))),
        },
        (Some(false), _) => Err(StoreError::Refused("one statement at a time".to_owned())),
        _ => {
            let message = parsed["error_message"]
                .as_str()
                .unwrap_or("the statement cannot be read");
            Err(StoreError::Refused(format!(
                "only one SELECT, FROM, WITH, DESCRIBE or SUMMARIZE runs here: {message}"
            )))
        }
    }
}

/// Table functions that read the case or make rows and do nothing else. Others write files, change
/// settings or reach outside, and new versions of the engine bring new ones: hence a list of those
/// that are allowed.
const READING: &[&str] = &[
    "range",
    "generate_series",
    "unnest",
    "json_each",
    "json_tree",
    "repeat",
    "repeat_row",
    "duckdb_tables",
    "duckdb_columns",
    "duckdb_views",
    "duckdb_functions",
    "duckdb_types",
    "duckdb_keywords",
    "pragma_table_info",
    "pragma_show",
];

/// The first table function in a parsed statement that is not allowed.
fn acting(node: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match node {
        Value::Object(fields) => {
            let name = fields
                .get("function")
                .filter(|_| fields.get("type").and_then(Value::as_str) == Some("TABLE_FUNCTION"))
                .and_then(|function| function.get("function_name"))
                .and_then(Value::as_str)
                .filter(|name| !READING.contains(&name.to_ascii_lowercase().as_str()));
            name.map(str::to_owned)
                .or_else(|| fields.values().find_map(acting))
        }
        Value::Array(items) => items.iter().find_map(acting),
        _ => None,
    }
}

/// How long `rows` took, for the line under a result.
#[must_use]
pub fn summary(rows: &Rows, elapsed_ns: i64) -> String {
    let more = if rows.truncated {
        " (cut off; there are more)"
    } else {
        ""
    };
    format!(
        "{} rows{more} in {}",
        rows.rows.len(),
        time::duration(elapsed_ns)
    )
}

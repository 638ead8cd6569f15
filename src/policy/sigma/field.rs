//! Fields of a rule as lists of JSON values.
//!
//! A field name is a path. Where the path meets an array, every element is followed, as sigma's
//! evaluators do: a field has any number of values, and a comparison holds where it holds for one of
//! them. So each field is a list in SQL, `f0`, and its scalars as text are another, `t0`. An absent
//! field is an empty list, a null is a list of one JSON null, an empty string a list of one text:
//! the three never look alike.
//!
//! The walk through arrays is costly, so a path is first tried as it stands, and walked only where
//! an array lies on it.

use super::literal;
use super::mapping::{Mapping, Source};
use super::refusal::{Reason, Refusal, Result};

/// Keys of a path at most.
const MAX_KEYS: usize = 16;
/// Bytes of a field name at most.
const MAX_LENGTH: usize = 256;
/// The column with the event's JSON text inside the compiled statement.
pub const DOCUMENT: &str = "sigma_doc";

/// The values of `field` as an SQL expression of type `JSON[]`.
///
/// # Errors
///
/// When the name cannot be a path: empty keys, quotes, backslashes, brackets, wildcards, controls,
/// or beyond the limits.
pub fn values(mapping: &Mapping, field: &str) -> Result<String> {
    let keys = mapping.keys(field);
    check(field, &keys)?;
    let mut found: Vec<String> = Vec::new();
    for source in mapping.sources(field) {
        found.push(match source {
            Source::Column(column) => column_values(column),
            Source::Path(keys) => path_values(keys, None),
        });
    }
    found.push(path_values(&keys, (keys.len() > 1).then_some(field)));
    Ok(first_present(&found))
}

/// Every value in the event, for keywords, as an SQL expression of type `JSON[]`.
#[must_use]
pub fn everything() -> String {
    format!("json_extract({DOCUMENT}, '$..*')")
}

/// The scalars of the list `values` as text, arrays opened up to two deep.
#[must_use]
pub fn texts(values: &str) -> String {
    scalars(&opened(&opened(values)))
}

/// The scalars of the list `values` as text; no array is opened.
#[must_use]
pub fn scalars(values: &str) -> String {
    format!(
        "list_filter(list_transform({values}, lambda v: CASE WHEN json_type(v) NOT IN \
         ('ARRAY', 'OBJECT', 'NULL') THEN v->>'$' END), lambda v: v IS NOT NULL)"
    )
}

/// The one scalar of the list `values` as text, or SQL's NULL: what events are grouped by.
#[must_use]
pub fn single(values: &str) -> String {
    format!(
        "CASE WHEN len({values}) = 1 AND json_type({values}[1]) NOT IN ('ARRAY', 'OBJECT', 'NULL') \
         THEN {values}[1]->>'$' END"
    )
}

fn check(field: &str, keys: &[&str]) -> Result<()> {
    let no = |what: &str| {
        Err(Refusal::new(
            Reason::Field(format!("{field:?}: {what}")),
            "",
        ))
    };
    if field.len() > MAX_LENGTH || keys.len() > MAX_KEYS {
        return no("too long");
    }
    if keys.iter().any(|key| key.is_empty()) {
        return no("an empty key");
    }
    if field.contains(['"', '\\', '*', '[', ']']) || field.chars().any(char::is_control) {
        return no("a quote, backslash, bracket, wildcard or control character");
    }
    Ok(())
}

fn column_values(column: &str) -> String {
    format!("CASE WHEN {column} IS NOT NULL THEN [to_json(CAST({column} AS VARCHAR))] ELSE [] END")
}

fn path(keys: &[&str]) -> String {
    let mut path = String::from("$");
    for key in keys {
        path.push_str(".\"");
        path.push_str(key);
        path.push('"');
    }
    literal::text(&path)
}

/// The values at `keys`, or at the one key `flat` where the event has that: exporters that flatten
/// write `"a.b"` as a key.
fn path_values(keys: &[&str], flat: Option<&str>) -> String {
    let direct = match flat {
        // One call with two paths reads the document once.
        Some(flat) => format!(
            "list_filter(json_extract({DOCUMENT}, [{}, {}]), lambda v: v IS NOT NULL)[:1]",
            path(&[flat]),
            path(keys)
        ),
        None => format!(
            "list_filter([json_extract({DOCUMENT}, {})], lambda v: v IS NOT NULL)",
            path(keys)
        ),
    };
    if keys.len() == 1 {
        return direct;
    }
    let above: Vec<_> = (1..keys.len()).map(|count| path(&keys[..count])).collect();
    let crosses = format!(
        "list_contains(json_type({DOCUMENT}, [{}]), 'ARRAY')",
        above.join(", ")
    );
    let mut walked = format!("[CAST({DOCUMENT} AS JSON)]");
    for (depth, key) in keys.iter().enumerate() {
        if depth > 0 {
            walked = opened(&opened(&walked));
        }
        walked = format!(
            "list_filter(list_transform({walked}, lambda v: json_extract(v, {})), lambda v: v IS NOT NULL)",
            path(&[key])
        );
    }
    first_present(&[
        direct,
        format!("CASE WHEN {crosses} THEN {walked} ELSE [] END"),
    ])
}

fn opened(values: &str) -> String {
    format!(
        "flatten(list_transform({values}, lambda v: CASE WHEN json_type(v) = 'ARRAY' \
         THEN json_extract(v, '$[*]') ELSE [v] END))"
    )
}

fn first_present(lists: &[String]) -> String {
    match lists {
        [one] => one.clone(),
        [first @ .., last] => {
            let mut out: Vec<_> = first
                .iter()
                .map(|list| format!("nullif({list}, [])"))
                .collect();
            out.push(last.clone());
            format!("coalesce({})", out.join(", "))
        }
        [] => String::from("[]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::sigma::mapping::ALL;

    #[test]
    fn names_that_are_no_paths_are_refused() {
        for field in [
            "",
            ".",
            "a..b",
            "a.",
            "a\"b",
            "a\\b",
            "a[0].b",
            "*",
            "a.*",
            "a\0",
            &"a.".repeat(20),
            &"a".repeat(300),
        ] {
            assert!(values(&ALL[0], field).is_err(), "{field:?}");
        }
    }

    #[test]
    fn a_quote_in_a_name_stays_inside_the_literal() {
        let sql = values(&ALL[0], "it's').x").unwrap();
        assert!(sql.contains("'$.\"it''s'').x\"'"), "{sql}");
    }
}

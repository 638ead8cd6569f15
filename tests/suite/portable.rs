//! Stages stay in the subset that several engines run alike (DESIGN section 10).
//!
//! What another engine reads differently is not an error there but a wrong number, so what is not known
//! to be common is not allowed: each function by name, and no sign that means something else elsewhere.

use std::collections::BTreeSet;

use shipwake::behaviour::derive::STAGES;

/// Functions that DuckDB, Spark and Sail agree on, with the prelude of macros.
const FUNCTIONS: &[&str] = &[
    "count", "sum", "min", "max", "min_by", "cast", "coalesce", "concat", "substr", "re_all", "in",
    "as", "and", "or", "when", "then", "else", "from", "on", "not", "by", "select",
];
/// Signs that engines read differently: quoted names, casts, paths into JSON, whole division, escapes,
/// division.
const SIGNS: &[&str] = &["\"", "::", "->", "//", "\\", " / "];
/// Words that lead to answers that depend on partitions, time zones or rounding.
const WORDS: &[&str] = &[
    "double",
    "float",
    "decimal",
    "timestamp",
    "interval",
    "quantile_cont",
    "quantile_disc",
    "approx_quantile",
    "median",
    "avg",
    "first",
    "last",
    "any_value",
    "limit",
    "order",
    "distinct",
    "list",
    "array",
    "struct",
    "unnest",
    "lateral",
    "qualify",
    "random",
    "now",
    "current_date",
    "upper",
    "lower",
    "date",
];

/// A stage without comments and literals, in lower case.
fn bare(sql: &str) -> String {
    let code: String = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or("").to_owned() + "\n")
        .collect();
    let mut out = String::new();
    for (at, part) in code.split('\'').enumerate() {
        // Literals may hold anything but a backslash.
        if at % 2 == 0 {
            out.push_str(part);
        } else {
            assert!(!part.contains('\\'), "a backslash in the literal {part:?}");
            out.push_str(" text ");
        }
    }
    out.to_lowercase()
}

#[test]
fn stages_are_portable() {
    for stage in STAGES {
        let text = bare(stage.sql);
        for sign in SIGNS {
            assert!(!text.contains(sign), "{} has {sign:?}", stage.name);
        }
        let words: BTreeSet<&str> = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        for word in WORDS {
            assert!(!words.contains(word), "{} says {word}", stage.name);
        }
        for (at, _) in text.match_indices('(') {
            let before = text[..at].trim_end();
            let word: String = before
                .chars()
                .rev()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let word: String = word.chars().rev().collect();
            assert!(
                word.is_empty() || FUNCTIONS.contains(&word.as_str()),
                "{} calls {word}, which engines may not agree on",
                stage.name
            );
        }
        assert!(
            !stage.sql.contains("base."),
            "{} reads a table of ours, not a view",
            stage.name
        );
    }
}

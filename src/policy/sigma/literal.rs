//! The only door through which text of a rule reaches SQL.

use std::fmt::Write as _;

/// `text` as an SQL string expression.
///
/// A quote is doubled; DuckDB's plain strings know no other escape. Control characters and the
/// characters that turn the direction of text leave the quotes and become `chr(n)`: a statement that
/// is logged or shown cannot hide anything, and no NUL ends it early.
#[must_use]
pub fn text(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    for symbol in text.chars() {
        if is_shown(symbol) {
            if symbol == '\'' {
                plain.push('\'');
            }
            plain.push(symbol);
        } else {
            if !plain.is_empty() {
                parts.push(format!("'{plain}'"));
                plain.clear();
            }
            parts.push(format!("chr({})", u32::from(symbol)));
        }
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(format!("'{plain}'"));
    }
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        format!("concat({})", parts.join(", "))
    }
}

/// `text` in lower case as an SQL expression, folded as DuckDB folds the evidence.
#[must_use]
pub fn lowered(value: &str) -> String {
    if value.is_ascii() {
        text(&value.to_ascii_lowercase())
    } else {
        format!("lower({})", text(value))
    }
}

/// A finite number as an SQL expression of type `DOUBLE`.
#[must_use]
pub fn number(value: f64) -> String {
    format!("CAST('{value:?}' AS DOUBLE)")
}

/// `value` as the part of a regular expression that matches exactly it, in RE2 and in Rust.
#[must_use]
pub fn regex(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for symbol in value.chars() {
        if symbol.is_ascii_alphanumeric()
            || symbol == ' '
            || (!symbol.is_ascii() && is_shown(symbol))
        {
            out.push(symbol);
        } else {
            let _ = write!(out, r"\x{{{:X}}}", u32::from(symbol));
        }
    }
    out
}

/// `, ` and an item of a list of columns, for each of `items`.
#[must_use]
pub fn columns(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |mut out, item| {
        out.push_str(", ");
        out.push_str(&item);
        out
    })
}

fn is_shown(symbol: char) -> bool {
    !symbol.is_control()
        && !matches!(symbol, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// `template` with each `{{name}}` replaced, in one pass: what is put in is never read again.
///
/// A name without a value stands for nothing. Comments at the top of the template are left out: they
/// are for readers of the file, and no part of what a statement means.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut rest = template;
    while let Some((_, behind)) = rest
        .strip_prefix("--")
        .and_then(|line| line.split_once('\n'))
    {
        rest = behind;
    }
    let mut rest = rest.trim_end();
    let mut out = String::with_capacity(template.len() * 2);
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            out.push_str(after);
            return out;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_controls_leave_the_string() {
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text(""), "''");
        assert_eq!(text("a\0b"), "concat('a', chr(0), 'b')");
        assert_eq!(text("\u{202E}x"), "concat(chr(8238), 'x')");
        assert_eq!(text(r"\'; DROP"), r"'\''; DROP'");
    }

    #[test]
    fn what_is_put_in_is_not_read_again() {
        assert_eq!(
            fill("a {{x}} {{y}}", &[("x", "{{y}}"), ("y", "z")]),
            "a {{y}} z"
        );
        assert_eq!(fill("-- c\n--\na -- b\n", &[]), "a -- b");
        assert_eq!(fill("a {{x", &[("x", "1")]), "a x");
    }

    #[test]
    fn a_literal_in_a_regex_means_itself() {
        for value in ["a.b", "[x]", r"\d", "é(", "-^$", "a\nb", "{{x}}"] {
            let regex = regex::Regex::new(&format!(r"\A{}\z", regex(value))).unwrap();
            assert!(regex.is_match(value), "{value}");
        }
    }
}

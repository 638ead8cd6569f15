//! What a filter asks of the database.

use std::fmt::Write as _;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; finite.
    Real(f64),
    /// A truth value.
    Flag(bool),
}

/// SQL that is true for the rows that stay, and the values of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// An expression over the columns of the list; can be put behind AND as it stands.
    pub sql: String,
    /// `f0` and so on, without the sign, in the order of the text.
    pub params: Vec<(String, Value)>,
}

impl Predicate {
    /// The predicate with its parameters written in: to be read, and copied into a console.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut out = String::with_capacity(self.sql.len() + 16 * self.params.len());
        let mut rest = self.sql.as_str();
        // One pass: a value that itself has `$f1` in it stays as it is.
        while let Some((before, after)) = rest.split_once("$f") {
            out.push_str(before);
            let digits = after
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(after.len());
            let (number, tail) = after.split_at(digits);
            let value = self
                .params
                .iter()
                .find(|(name, _)| name.strip_prefix('f') == Some(number));
            if let Some((_, value)) = value {
                out.push_str(&literal(value));
            } else {
                // A parameter of the list's own, such as `$from`.
                out.push_str("$f");
                out.push_str(number);
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Flag(true) => "TRUE".to_owned(),
        Value::Flag(false) => "FALSE".to_owned(),
    }
}

/// A string of SQL. Characters that a terminal would obey are named by their number.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    let mut joined = false;
    for c in text.chars() {
        if c.is_control() {
            joined = true;
            let _ = write!(out, "' || chr({}) || '", u32::from(c));
        } else if c == '\'' {
            out.push_str("''");
        } else {
            out.push(c);
        }
    }
    out.push('\'');
    if joined { format!("({out})") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_once() {
        let text = |text: &str| Value::Text(text.to_owned());
        let predicate = Predicate {
            sql: "a = $f0 AND b = $f1 AND c = $f10 AND d < $from AND e = $f2 AND g = $f3"
                .to_owned(),
            params: vec![
                ("f0".to_owned(), text("it's $f1")),
                ("f1".to_owned(), text("a\nb")),
                ("f10".to_owned(), Value::Int(-3)),
                ("f2".to_owned(), Value::Real(1e300)),
                ("f3".to_owned(), Value::Flag(true)),
            ],
        };
        assert_eq!(
            predicate.shown(),
            "a = 'it''s $f1' AND b = ('a' || chr(10) || 'b') AND c = -3 AND d < $from AND e = 1e300 AND g = TRUE"
        );
    }
}

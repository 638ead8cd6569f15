//! Values of a rule: scalars, and strings with wildcards (specification 2.1, "Escape Character").

use super::literal;

/// A scalar as YAML types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string, still with its escapes.
    Text(String),
    /// A whole number, as its decimal text.
    Whole(String),
    /// A number with a fraction or an exponent; finite.
    Real(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null`: the field is absent, or is null.
    Null,
}

impl Value {
    /// The value as plain text, with the escapes that it came with.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Text(text) | Self::Whole(text) => text.clone(),
            Self::Real(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::Null => String::from("null"),
        }
    }

    /// The value as a finite number, where it is one or is written as one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) | Self::Whole(text) => {
                text.parse().ok().filter(|n: &f64| n.is_finite())
            }
            Self::Real(number) => Some(*number),
            Self::Bool(_) | Self::Null => None,
        }
    }
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Plain(String),
    /// `*`: any text, even none.
    Many,
    /// `?`: one character.
    One,
    /// One of the dashes of `windash`.
    Dash,
}

/// A string with its wildcards recognised and its escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern(pub Vec<Part>);

/// `-`, `/`, en dash, em dash and horizontal bar: what `windash` takes for one another.
pub const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

impl Pattern {
    /// Reads a string of a rule.
    ///
    /// A backslash hides a following `*`, `?` or backslash and otherwise stands for itself.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut symbols = text.chars().peekable();
        while let Some(symbol) = symbols.next() {
            let wildcard = match symbol {
                '*' => Part::Many,
                '?' => Part::One,
                '\\' => {
                    plain.push(
                        symbols
                            .next_if(|next| matches!(next, '*' | '?' | '\\'))
                            .unwrap_or('\\'),
                    );
                    continue;
                }
                _ => {
                    plain.push(symbol);
                    continue;
                }
            };
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            if wildcard != Part::Many || parts.last() != Some(&Part::Many) {
                parts.push(wildcard);
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        Self(parts)
    }

    /// A pattern that is `text` and nothing else.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self(vec![Part::Plain(text)])
    }

    /// The text, where the pattern has neither wildcards nor dashes.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// Each dash made to stand for all of them.
    #[must_use]
    pub fn with_any_dash(self) -> Self {
        let mut parts = Vec::new();
        for part in self.0 {
            let Part::Plain(text) = part else {
                parts.push(part);
                continue;
            };
            let mut pieces = text.split(DASHES);
            parts.extend(
                pieces
                    .next()
                    .filter(|piece| !piece.is_empty())
                    .map(|piece| Part::Plain(piece.to_owned())),
            );
            for piece in pieces {
                parts.push(Part::Dash);
                if !piece.is_empty() {
                    parts.push(Part::Plain(piece.to_owned()));
                }
            }
        }
        Self(parts)
    }

    /// A regular expression for the pattern, without anchors.
    #[must_use]
    pub fn regex(&self) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Plain(text) => out.push_str(&literal::regex(text)),
                Part::Many => out.push_str(".*"),
                Part::One => out.push('.'),
                Part::Dash => out.push_str(r"[\x{2D}\x{2F}\x{2013}\x{2014}\x{2015}]"),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Part {
        Part::Plain(text.to_owned())
    }

    #[test]
    fn escapes_follow_the_specification() {
        for (written, parts) in [
            (r"a\b", vec![plain(r"a\b")]),
            (r"a\\b", vec![plain(r"a\b")]),
            (r"a\*b", vec![plain("a*b")]),
            (r"a\\*b", vec![plain(r"a\"), Part::Many, plain("b")]),
            (r"a\\\*b", vec![plain(r"a\*b")]),
            (r"\\\\x", vec![plain(r"\\x")]),
            (r"\\\x", vec![plain(r"\\x")]),
            ("a**?", vec![plain("a"), Part::Many, Part::One]),
            (r"end\", vec![plain(r"end\")]),
            ("", vec![]),
        ] {
            assert_eq!(Pattern::read(written).0, parts, "{written}");
        }
    }

    #[test]
    fn dashes_stand_for_one_another() {
        let pattern = Pattern::read("-a /b").with_any_dash();
        assert_eq!(pattern.0, [Part::Dash, plain("a "), Part::Dash, plain("b")]);
        let regex = regex::Regex::new(&format!("^{}$", pattern.regex())).unwrap();
        assert!(regex.is_match("/a \u{2013}b") && !regex.is_match("+a -b"));
    }
}

//! Conditions: `selection and not 1 of filter_*` (specification 2.1, "Condition").

use super::refusal::{Reason, Refusal, Result};

/// Nested parentheses and `not`s at most.
const MAX_DEPTH: usize = 64;
/// Words and parentheses at most.
const MAX_TOKENS: usize = 2_000;

/// A condition, its selectors still by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A search identifier.
    Name(String),
    /// All of these.
    And(Vec<Condition>),
    /// Any of these.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// `1 of`, `any of` (`all` is false) or `all of` the identifiers that match.
    Of {
        /// True for `all of`.
        all: bool,
        /// A name with `*`, or `them`.
        pattern: String,
    },
}

/// Reads one condition.
///
/// # Errors
///
/// When the text does not parse, nests too deep, or uses the obsolete aggregation after a pipe.
pub fn read(text: &str) -> Result<Condition> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
    };
    let condition = reader.or(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(no(format!("unexpected `{token}`"))),
    }
}

fn no(what: impl Into<String>) -> Refusal {
    Refusal::new(Reason::Condition(what.into()), "condition")
}

fn tokens(text: &str) -> Result<Vec<String>> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for symbol in text.chars().chain([' ']) {
        if symbol.is_alphanumeric() || matches!(symbol, '_' | '-' | '*' | '.') {
            word.push(symbol);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        match symbol {
            '(' | ')' => tokens.push(symbol.to_string()),
            '|' => {
                return Err(no(
                    "aggregation after `|` is obsolete; use a correlation rule",
                ));
            }
            _ if symbol.is_whitespace() => {}
            _ => return Err(no(format!("character {symbol:?}"))),
        }
        if tokens.len() > MAX_TOKENS {
            return Err(no(format!("more than {MAX_TOKENS} words")));
        }
    }
    Ok(tokens)
}

struct Reader<'t> {
    tokens: &'t [String],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Result<Condition> {
        let mut parts = vec![self.and(depth)?];
        while self.takes("or") {
            parts.push(self.and(depth)?);
        }
        Ok(one_or(parts, Condition::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Condition> {
        let mut parts = vec![self.not(depth)?];
        while self.takes("and") {
            parts.push(self.not(depth)?);
        }
        Ok(one_or(parts, Condition::And))
    }

    fn not(&mut self, depth: usize) -> Result<Condition> {
        if depth > MAX_DEPTH {
            return Err(no(format!("nested deeper than {MAX_DEPTH}")));
        }
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        self.operand(depth)
    }

    fn operand(&mut self, depth: usize) -> Result<Condition> {
        if self.takes("(") {
            let inner = self.or(depth + 1)?;
            return if self.takes(")") {
                Ok(inner)
            } else {
                Err(no("a parenthesis is not closed"))
            };
        }
        let Some(word) = self.peek().map(str::to_owned) else {
            return Err(no("it ends too early"));
        };
        self.at += 1;
        if self.takes("of") {
            let all = match word.to_ascii_lowercase().as_str() {
                "all" => true,
                "1" | "any" => false,
                _ => return Err(no(format!("`{word} of`: only 1, any and all are defined"))),
            };
            let Some(pattern) = self.peek().filter(|word| is_name(word)).map(str::to_owned) else {
                return Err(no("`of` without a name"));
            };
            self.at += 1;
            return Ok(Condition::Of { all, pattern });
        }
        if !is_name(&word) || word.contains('*') {
            return Err(no(format!("unexpected `{word}`")));
        }
        Ok(Condition::Name(word))
    }
}

fn is_name(word: &str) -> bool {
    let is_keyword = ["and", "or", "not", "of", "(", ")"]
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword));
    !is_keyword
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        many(parts)
    }
}

impl Condition {
    /// The condition as an SQL expression.
    ///
    /// `sql` gives the expression of an identifier, `names` all identifiers in order. By convention
    /// a pattern takes no identifier with a leading underscore, unless it has one itself.
    ///
    /// # Errors
    ///
    /// When an identifier is not defined, or a pattern takes none.
    pub fn sql<'n>(&self, names: &[&'n str], sql: &dyn Fn(&'n str) -> String) -> Result<String> {
        let join = |parts: &[Self], by: &str| {
            let parts: Result<Vec<_>> = parts.iter().map(|part| part.sql(names, sql)).collect();
            parts.map(|parts| format!("({})", parts.join(by)))
        };
        match self {
            Self::Name(name) => match names.iter().find(|known| *known == name) {
                Some(known) => Ok(sql(known)),
                None => Err(no(format!("`{name}` is not defined"))),
            },
            Self::And(parts) => join(parts, " AND "),
            Self::Or(parts) => join(parts, " OR "),
            Self::Not(inner) => Ok(format!("(NOT {})", inner.sql(names, sql)?)),
            Self::Of { all, pattern } => {
                let taken: Vec<_> = names
                    .iter()
                    .filter(|name| takes(pattern, name))
                    .map(|name| sql(name))
                    .collect();
                if taken.is_empty() {
                    return Err(no(format!("`{pattern}` takes no identifier")));
                }
                Ok(format!(
                    "({})",
                    taken.join(if *all { " AND " } else { " OR " })
                ))
            }
        }
    }
}

fn takes(pattern: &str, name: &str) -> bool {
    if pattern.eq_ignore_ascii_case("them") {
        return !name.starts_with('_');
    }
    if name.starts_with('_') && !pattern.starts_with('_') {
        return false;
    }
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<_> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str) -> String {
        let names = ["_hidden", "filter_a", "filter_b", "sel", "sel_1"];
        match read(text).and_then(|condition| condition.sql(&names, &|name| name.to_uppercase())) {
            Ok(sql) => sql,
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn precedence_is_not_and_or() {
        assert_eq!(
            sql("sel or sel_1 and not filter_a"),
            "(SEL OR (SEL_1 AND (NOT FILTER_A)))"
        );
        assert_eq!(
            sql("(sel or sel_1) AND filter_a"),
            "((SEL OR SEL_1) AND FILTER_A)"
        );
        assert_eq!(sql("not not sel"), "(NOT (NOT SEL))");
    }

    #[test]
    fn patterns_take_names() {
        assert_eq!(sql("1 of them"), "(FILTER_A OR FILTER_B OR SEL OR SEL_1)");
        assert_eq!(sql("all of filter_*"), "(FILTER_A AND FILTER_B)");
        assert_eq!(sql("any of *_*"), "(FILTER_A OR FILTER_B OR SEL_1)");
        assert_eq!(sql("1 of _*"), "(_HIDDEN)");
        assert_eq!(sql("not 1 of s*l"), "(NOT (SEL))");
    }

    #[test]
    fn what_does_not_parse_is_refused() {
        for (text, why) in [
            ("", "ends too early"),
            ("sel and", "ends too early"),
            ("sel sel_1", "unexpected `sel_1`"),
            ("(sel", "not closed"),
            ("sel)", "unexpected `)`"),
            ("2 of sel*", "only 1, any and all"),
            ("1 of", "without a name"),
            ("1 of nothing*", "takes no identifier"),
            ("other", "not defined"),
            ("sel | count() > 5", "obsolete"),
            ("sel; DROP", "character ';'"),
            ("sel*", "unexpected"),
        ] {
            assert!(sql(text).contains(why), "{text}: {}", sql(text));
        }
        assert!(sql(&"(".repeat(1_000)).contains("nested"));
        assert!(sql(&"not ".repeat(1_000)).contains("nested"));
        assert!(sql(&"sel or ".repeat(10_000)).contains("more than"));
    }
}

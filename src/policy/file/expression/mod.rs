//! Conditions of a policy: `R09 and sustained(10m)`, `coverage < tier.instance_coverage`.
//!
//! A language of its own and not CEL or SQL, because three things matter here that those do not
//! give: every name is known when the file is read, so that a misspelt criterion cannot lie silent
//! until the night it is needed; missing evidence stays *unknown* through `and`, `or` and `not`
//! (Kleene's strong three-valued logic, "On notation for ordinal numbers", 1938, and "Introduction
//! to Metamathematics" §64), because a criterion that cannot be judged has not passed; and the
//! numbers that decided are handed back with their margins, because "fired by 0.1 %" and "fired by
//! a factor of three" call for different nights.
//!
//! ```text
//! or         = and { "or" and }
//! and        = not { "and" not }
//! not        = "not" not | comparison
//! comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
//! sum        = term { ("+" | "-") term }
//! term       = number | "-" number | duration | time | text | word | call | "(" or ")"
//! call       = "sustained" "(" duration ")" | "count" "(" [ filter { "," filter } ] ")"
//! filter     = "severity" op severity | ("family" | "channel" | "rule") ("==" | "!=") word
//!            | [ "not" ] ("unexplained" | "explained_by_diff")
//! ```
//!
//! Types are checked when the file is read. It is not a programming language: no products, no
//! variables, no loops; what needs more is a rule with `sql:`.

mod evaluate;
mod lexer;
mod names;
mod parser;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

pub use evaluate::{Counted, Facts, Margin, Outcome, Truth, Unit, Value};
pub use names::{NAMES, Name};

use super::error::{Mistake, quote};
use super::words::{Channel, Family, Level, Severity, Word};

/// Longest expression in bytes.
pub(super) const LONGEST: usize = 4096;
/// Words, numbers and signs of one expression.
const MOST_TOKENS: usize = 512;
/// Parentheses and `not`s within one another.
const DEEPEST: usize = 32;

/// What an expression's part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// True, false or unknown.
    Truth,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A point in time.
    Time,
    /// A length of time.
    Duration,
    /// A finding's severity.
    Severity,
    /// A chain level.
    Level,
}

impl Type {
    /// With its article, for sentences.
    fn what(self) -> &'static str {
        match self {
            Self::Truth => "a condition",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Severity => "a severity",
            Self::Level => "a chain level",
        }
    }
}

/// Where an expression stands, which decides the names that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `rollback:` — names of the release, its rules and gates, `sustained` and `count`.
    Criterion,
    /// `gates:` — names of the release.
    Gate,
    /// `runtime:` — names of one behaviour.
    Behaviour,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Comparison {
    fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            "==" => Self::Equal,
            "!=" => Self::Unequal,
            _ => return None,
        })
    }

    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
        }
    }
}

/// One condition of `count(…)`; a finding counts where all of them hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `severity>=high`
    Severity(Comparison, Severity),
    /// `family==secret`; true where it must be equal, false where unequal.
    Family(bool, Family),
    /// `channel==novelty`
    Channel(bool, Channel),
    /// `rule==R01`
    Rule(bool, String),
    /// `explained_by_diff` (true) or `unexplained` (false)
    Explained(bool),
}

/// The conditions of one `count(…)`; none counts every finding of the release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountFilter {
    /// All must hold.
    pub filters: Vec<Filter>,
}

/// A part of an expression, with the bytes that it was written as where a result quotes them.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(Value),
    Name(&'static str, Type),
    Rule(String),
    Gate(String),
    Sustained(i64),
    Count(CountFilter),
    Not(Box<Part>),
    And(Vec<Part>),
    Or(Vec<Part>),
    Compare {
        left: Box<Part>,
        comparison: Comparison,
        right: Box<Part>,
        bytes: Range<usize>,
    },
    Sum {
        left: Box<Part>,
        is_minus: bool,
        right: Box<Part>,
    },
}

/// A condition that was read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
    root: Part,
    rules: Vec<String>,
}

impl Expression {
    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rules that it names, each once, in the order of their first mention: what `sustained`
    /// is about.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }
}

/// The ids that an expression may refer to.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    /// Runtime rules of the file.
    pub(super) rules: BTreeSet<String>,
    /// Gates of the file.
    pub(super) gates: BTreeSet<String>,
}

/// A mistake within an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) mistake: Mistake,
    /// Byte of the expression.
    pub(super) at: usize,
    pub(super) problem: String,
    pub(super) hint: String,
}

/// Reads and checks a condition.
///
/// Broken grammar is one fault; unknown names and types that do not fit are all reported, in the
/// order in which they stand.
pub(super) fn parse(text: &str, scope: Scope, ids: &Ids) -> Result<Expression, Vec<Fault>> {
    if text.len() > LONGEST {
        return Err(vec![Fault {
            mistake: Mistake::TooLarge,
            at: 0,
            problem: format!("The expression has {} bytes.", text.len()),
            hint: format!("Write at most {LONGEST}; split it into several criteria."),
        }]);
    }
    let (root, rules) = parser::parse(text, scope, ids)?;
    Ok(Expression {
        text: text.to_owned(),
        root,
        rules,
    })
}

/// True where a word has a meaning in expressions, so that no rule may be called by it.
pub(super) fn is_reserved(word: &str) -> bool {
    const KEYWORDS: &[&str] = &["and", "or", "not", "true", "false", "sustained", "count"];
    KEYWORDS.contains(&word.to_ascii_lowercase().as_str())
        || Severity::of(word).is_some()
        || Level::of(word).is_some()
        || Family::ALL.iter().any(|(family, _)| *family == word)
        || NAMES.iter().any(|name| name.path == word)
}

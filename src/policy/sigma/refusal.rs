//! Why a rule was not compiled, by name.

use std::fmt;

/// The result of compiling a part of a rule.
pub type Result<T> = std::result::Result<T, Refusal>;

/// A rule that was refused, and where in it the reason stands.
///
/// The specification demands an error for what a tool cannot do; a rule is never weakened instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is not taken.
    pub reason: Reason,
    /// The place: `detection.selection.eventName|re`, `condition`, `correlation.timespan`.
    pub at: String,
}

/// What a rule can be refused for. The text behind it is the part of the rule that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Not YAML, or beyond the limits of the reader.
    Yaml(String),
    /// A mandatory attribute is absent.
    Missing(&'static str),
    /// An attribute has a form that the specification does not know.
    Malformed(String),
    /// A limit of this compiler: sizes, depths and counts are bounded.
    TooLarge(String),
    /// A modifier that is unknown, or known and not taken.
    Modifier(String),
    /// Modifiers that contradict each other.
    Conflict(String),
    /// A value that its modifier cannot take.
    Value(String),
    /// A construct of a regular expression that RE2 does not have, such as look-around.
    Regex(String),
    /// A field name that cannot be a path into a document.
    Field(String),
    /// A condition that does not parse, or uses an obsolete form.
    Condition(String),
    /// A correlation that is not taken.
    Correlation(String),
    /// A rule that another one names and that is not among those loaded, or was refused itself.
    Reference(String),
}

impl Refusal {
    /// A refusal for `reason` at `at`.
    pub fn new(reason: Reason, at: impl Into<String>) -> Self {
        Self {
            reason,
            at: at.into(),
        }
    }

    /// The same refusal, its place inside `outer`.
    #[must_use]
    pub fn inside(mut self, outer: &str) -> Self {
        self.at = if self.at.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.at)
        };
        self
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            write!(out, "{}", self.reason)
        } else {
            write!(out, "{} (at {})", self.reason, self.at)
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yaml(why) => write!(out, "not readable YAML: {why}"),
            Self::Missing(what) => write!(out, "no {what}"),
            Self::Malformed(what) => write!(out, "malformed: {what}"),
            Self::TooLarge(what) => write!(out, "too large: {what}"),
            Self::Modifier(what) => write!(out, "modifier not supported: {what}"),
            Self::Conflict(what) => write!(out, "modifiers contradict: {what}"),
            Self::Value(what) => write!(out, "value not usable: {what}"),
            Self::Regex(what) => write!(out, "regular expression not supported: {what}"),
            Self::Field(what) => write!(out, "field name not usable: {what}"),
            Self::Condition(what) => write!(out, "condition not supported: {what}"),
            Self::Correlation(what) => write!(out, "correlation not supported: {what}"),
            Self::Reference(what) => write!(out, "refers to a rule that is not there: {what}"),
        }
    }
}

//! The filter line: one text that says which rows of a list stay.
//!
//! Words are found in a row as fzf finds them (`timeout 'checkout !probe`), fields as log tools do
//! (`service:shop duration>=250ms`), and both go together with `and`, `or`, `not` and parentheses. The text
//! is the only state: what a key on a cell adds is written into it ([`with`]), a chip that is taken away is cut
//! out of it ([`without`]), so what narrows a list can always be read, copied and typed.
//!
//! Three steps, so that a mistake is told where it stands. [`parse`] knows the grammar and no field.
//! [`Filter::compile`] knows the fields of one list, which that list's `.sql` file declares ([`Fields::of`]):
//! what a value means depends on its column (`14:02` is a minute in a time and text in a name).
//! [`Predicate`] is SQL with named parameters. What was typed, field names of attributes included, is
//! only ever in the parameters; [`Predicate::shown`] writes them in for people.
//!
//! Rows without a value: every test of a column is unknown where it is NULL, and SQL drops unknown rows.
//! That is right for `field:x` and wrong for `not field:x`, so each `not` takes unknown for false first. Terms
//! are otherwise built of AND and OR, for which one correction at the `not` is as good as one in each term.
//!
//! `a | b` binds tighter than the blank between terms, as in fzf; `or` binds looser, as everywhere else.
//! What it is not: a search engine. Nothing is ranked, and nothing is stemmed.

mod compile;
mod complete;
mod edit;
mod fields;
mod lex;
mod measure;
mod pattern;
mod predicate;
mod read;
mod text;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use complete::{Completion, complete};
pub use edit::{Chip, with, without};
pub use fields::{Field, Fields, Kind};
pub(super) use measure::{When, duration, when};
pub use predicate::{Predicate, Value};

/// More bytes than this are not read: nobody types them, and every row pays for them.
pub const MAX_BYTES: usize = 4096;
/// More terms than this are not read.
pub const MAX_TERMS: usize = 200;
/// Parentheses and negations inside one another beyond this are not read.
pub const MAX_DEPTH: usize = 30;

/// Why a filter cannot be read or cannot be asked of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Mistake {
    /// The bytes that it is about; within the text, on the borders of characters, and empty at its end where
    /// something is missing.
    pub range: Range<usize>,
    /// What is wrong: one sentence.
    pub sentence: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Mistake {
    fn new(range: Range<usize>, sentence: impl Into<String>) -> Self {
        Self {
            range,
            sentence: sentence.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A filter that follows the grammar. Whether a list has its fields is told by [`Filter::compile`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    root: Option<Expr>,
}

/// Reads a filter line.
///
/// # Errors
/// The text breaks the grammar or is beyond its bounds.
pub fn parse(text: &str) -> Result<Filter, Mistake> {
    read::filter(text)
}

impl Filter {
    /// Whether every row stays.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The predicate over the fields of one list; `TRUE` where nothing is asked.
    ///
    /// # Errors
    /// A field is not one of the list's, or a value is none of its field's.
    pub fn compile(&self, fields: &Fields) -> Result<Predicate, Mistake> {
        compile::predicate(self.root.as_ref(), fields)
    }

    /// The terms that must all hold, as they stand in `text`, which must be the text that was read.
    #[must_use]
    pub fn chips(&self, text: &str) -> Vec<Chip> {
        edit::chips(self, text)
    }
}

/// A part of a filter and where it stands, marks and parentheses included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expr {
    range: Range<usize>,
    node: Node,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    /// Parentheses are kept: they make one chip of what they hold.
    Group(Box<Expr>),
    Leaf(Leaf),
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leaf {
    /// `None` means the words of the row.
    field: Option<Name>,
    op: Op,
    literal: Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    text: String,
    range: Range<usize>,
}

/// How a field is compared. `!=` is a negated [`Op::Equal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    /// `:`, whose meaning is the kind's.
    Has,
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A value as typed: quotes, marks and slashes are taken off and told by the form.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Literal {
    text: String,
    form: Form,
    range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// May still be a glob, a range, `*` or `-`, as its field has it.
    Bare,
    /// Means just itself.
    Quoted,
    /// `/between slashes/`.
    Regex,
    /// `'word`.
    Word,
    /// `^start`.
    Prefix,
    /// `end$`.
    Suffix,
    /// `^all of it$`.
    Whole,
}

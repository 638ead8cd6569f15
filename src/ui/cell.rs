//! A piece of text in a role: a cell of a table, or a part of a line.

use std::borrow::Cow;

use super::theme::Role;

/// A piece of text in a role. The text is evidence as it came; drawing makes it safe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What it is for.
    pub role: Role,
}

impl<'a> Cell<'a> {
    /// A text in a role.
    pub fn new(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text, Role::Text)
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::new(text, Role::Text)
    }
}

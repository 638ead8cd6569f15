//! The tables of a declaration's file, each value with its place, and what is wrong with them.

use std::ops::Range;

use regex::Regex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{DeclarationError, Mistake, meant};

/// How large a compiled expression may be.
const EXPRESSION: usize = 1 << 20;

/// The file that is read, and what is wrong with it so far.
pub(super) struct Reader<'t> {
    text: &'t str,
    file: &'t str,
    mistakes: Vec<Mistake>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, file: &'t str) -> Self {
        Self {
            text,
            file,
            mistakes: Vec::new(),
        }
    }

    /// The whole file.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Notes a mistake at these bytes.
    pub(super) fn wrong(
        &mut self,
        at: Range<usize>,
        key: &str,
        why: impl Into<String>,
        help: Option<String>,
    ) {
        let before = self.text.get(..at.start).unwrap_or_default();
        self.mistakes.push(Mistake {
            line: before.matches('\n').count() + 1,
            key: key.to_owned(),
            why: why.into(),
            help,
        });
    }

    pub(super) fn is_sound(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The mistakes as an error; one that says so where there are none.
    pub(super) fn error(mut self) -> DeclarationError {
        if self.mistakes.is_empty() {
            self.wrong(0..0, "", "is no declaration", None);
        }
        self.mistakes.sort_by_key(|mistake| mistake.line);
        DeclarationError {
            file: self.file.to_owned(),
            mistakes: self.mistakes,
        }
    }
}

/// A table of the file and its place.
#[derive(Clone)]
pub(super) struct Node<'d> {
    pub(super) table: &'d DeTable<'d>,
    pub(super) path: String,
    pub(super) at: Range<usize>,
}

/// A value of the file and its place.
pub(super) type Item<'d> = &'d Spanned<DeValue<'d>>;

impl<'d> Node<'d> {
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Item<'d>> {
        self.table.get(name)
    }

    /// Notes every key that is not among the known ones.
    pub(super) fn only(&self, known: &[&str], reader: &mut Reader<'_>) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let help = Some(meant(name, known.iter().copied()));
                reader.wrong(key.span(), &self.key(name), "is not a key", help);
            }
        }
    }

    pub(super) fn text(
        &self,
        name: &str,
        reader: &mut Reader<'_>,
    ) -> Option<(String, Range<usize>)> {
        let item = self.get(name)?;
        let text = item.get_ref().as_str();
        if text.is_none() {
            reader.wrong(item.span(), &self.key(name), "must be a text", None);
        }
        Some((text?.to_owned(), item.span()))
    }

    pub(super) fn need(
        &self,
        name: &str,
        reader: &mut Reader<'_>,
    ) -> Option<(String, Range<usize>)> {
        if self.get(name).is_none() {
            reader.wrong(self.at.clone(), &self.key(name), "is missing", None);
        }
        let (text, at) = self.text(name, reader)?;
        if text.trim().is_empty() || text.contains(char::is_control) {
            reader.wrong(at, &self.key(name), "must be one line of text", None);
            return None;
        }
        Some((text, at))
    }

    /// One of several words.
    pub(super) fn word<'k>(
        &self,
        name: &str,
        known: &[&'k str],
        reader: &mut Reader<'_>,
    ) -> Option<&'k str> {
        let (text, at) = self.text(name, reader)?;
        let found = known.iter().find(|word| **word == text).copied();
        if found.is_none() {
            let help = Some(meant(&text, known.iter().copied()));
            reader.wrong(at, &self.key(name), format!("cannot be `{text}`"), help);
        }
        found
    }

    pub(super) fn flag(&self, name: &str, reader: &mut Reader<'_>) -> bool {
        let Some(item) = self.get(name) else {
            return false;
        };
        item.get_ref().as_bool().unwrap_or_else(|| {
            reader.wrong(item.span(), &self.key(name), "must be true or false", None);
            false
        })
    }

    /// A list of texts, or one text for a list of one.
    pub(super) fn texts(&self, name: &str, reader: &mut Reader<'_>) -> Vec<String> {
        let Some(item) = self.get(name) else {
            return Vec::new();
        };
        if let Some(text) = item.get_ref().as_str() {
            return vec![text.to_owned()];
        }
        let list = item.get_ref().as_array();
        let texts: Option<Vec<String>> = list.and_then(|list| {
            list.iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect()
        });
        texts.unwrap_or_else(|| {
            reader.wrong(
                item.span(),
                &self.key(name),
                "must be a list of texts",
                None,
            );
            Vec::new()
        })
    }

    pub(super) fn table(&self, name: &str, reader: &mut Reader<'_>) -> Option<Node<'d>> {
        let item = self.get(name)?;
        let table = item.get_ref().as_table();
        if table.is_none() {
            reader.wrong(item.span(), &self.key(name), "must be a table", None);
        }
        Some(Node {
            table: table?,
            path: self.key(name),
            at: item.span(),
        })
    }

    pub(super) fn expression(&self, name: &str, reader: &mut Reader<'_>) -> Option<Regex> {
        let (text, at) = self.text(name, reader)?;
        match regex::RegexBuilder::new(&text)
            .size_limit(EXPRESSION)
            .build()
        {
            Ok(expression) => Some(expression),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim();
                let why = why.strip_prefix("error: ").unwrap_or(why);
                reader.wrong(
                    at,
                    &self.key(name),
                    format!("is no regular expression: {why}"),
                    None,
                );
                None
            }
        }
    }
}

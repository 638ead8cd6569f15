//! What can stand at the cursor.
//!
//! The text is being typed, so this walks over it without judging it: an open quote or parenthesis is
//! what a line has while it is written.

use std::ops::Range;

use super::{Fields, Op, lex};

/// What can stand at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// What is replaced.
    pub range: Range<usize>,
    /// Names of fields, those that begin as typed first; without the sign.
    pub candidates: Vec<&'static str>,
    /// The field whose value stands here: the caller asks the database for its values.
    pub field: Option<&'static str>,
}

/// What can stand at byte `cursor` of `text`; nothing within quotes that are text and within regexes.
#[must_use]
pub fn complete(text: &str, cursor: usize, fields: &Fields) -> Completion {
    let cursor = text.floor_char_boundary(cursor.min(text.len()));
    let mut at = 0;
    // The field of each parenthesis that is open.
    let mut open: Vec<Option<&str>> = Vec::new();
    loop {
        let start = lex::skip_blanks(text, at);
        if start >= cursor {
            return here(open.last().copied().flatten(), cursor, "", fields);
        }
        match lex::peek(text, start) {
            None => return Completion::default(),
            Some('(') => {
                open.push(open.last().copied().flatten());
                at = start + 1;
                continue;
            }
            Some(')') => {
                open.pop();
                at = start + 1;
                continue;
            }
            _ => {}
        }
        let values_of = open.last().copied().flatten();
        if let Some(end) =
            lex::negation(text, start, values_of.is_some()).filter(|end| *end < cursor)
        {
            at = end;
            continue;
        }
        let sign = lex::conjunction(text, start)
            .or_else(|| lex::disjunction(text, start))
            .or_else(|| lex::alternative(text, start));
        if let Some(end) = sign.filter(|end| *end < cursor) {
            at = end;
            continue;
        }
        let head = lex::head(text, start).filter(|_| values_of.is_none());
        let value = head.map_or(start, |head| head.value);
        let name = text.get(start..head.map_or(start, |head| head.name));
        let field = values_of.or_else(|| name.filter(|name| !name.is_empty()));
        if head.is_some() && lex::peek(text, value) == Some('(') && value < cursor {
            open.push(field);
            at = value + 1;
            continue;
        }
        let regexes = head.is_none_or(|head| head.op == Op::Has);
        let end = value_end(text, value, regexes);
        if end < cursor {
            // A sign that is not finished has no word: go on all the same.
            let next = lex::peek(text, start).map_or(1, char::len_utf8);
            at = end.max(start + next);
            continue;
        }
        return match head {
            Some(head) if cursor <= head.name => names(text, start..head.name, cursor, fields),
            Some(head) if cursor < head.value => Completion {
                range: cursor..cursor,
                ..Completion::default()
            },
            _ if field.is_some() => Completion {
                range: value..end,
                ..here(field, cursor, "", fields)
            },
            _ if matches!(lex::peek(text, start), Some('"' | '\'' | '^' | '/')) => Completion {
                range: cursor..cursor,
                ..Completion::default()
            },
            _ => names(text, start..end, cursor, fields),
        };
    }
}

/// At a place where a term begins, or a value of `field`.
fn here(field: Option<&str>, cursor: usize, typed: &str, fields: &Fields) -> Completion {
    let candidates = match field {
        Some(_) => Vec::new(),
        None => matching(typed, fields),
    };
    Completion {
        range: cursor..cursor,
        candidates,
        field: field
            .and_then(|name| fields.get(name))
            .map(|field| field.name),
    }
}

fn names(text: &str, range: Range<usize>, cursor: usize, fields: &Fields) -> Completion {
    let typed = text.get(range.start..cursor).unwrap_or("");
    Completion {
        candidates: matching(typed, fields),
        range,
        field: None,
    }
}

fn matching(typed: &str, fields: &Fields) -> Vec<&'static str> {
    let typed = typed.to_ascii_lowercase();
    let known = fields.all.iter().map(|field| field.name);
    let known = known.chain(fields.attributes.map(|_| "attributes."));
    let (mut found, within): (Vec<_>, Vec<_>) = known
        .filter(|name| name.to_ascii_lowercase().contains(&typed))
        .partition(|name| name.to_ascii_lowercase().starts_with(&typed));
    found.extend(within);
    found
}

/// Where the value at `at` ends, finished or not.
fn value_end(text: &str, at: usize, regexes: bool) -> usize {
    let quote = match lex::peek(text, at) {
        Some('"') => at,
        Some('\'' | '^') if lex::peek(text, at + 1) == Some('"') => at + 1,
        Some('/') if regexes => {
            return lex::regex_end(text, at)
                .map_or_else(|| lex::word_end(text, at), |close| close + 1);
        }
        // A sign that nothing follows yet.
        _ => return lex::word_end(text, at).max(at),
    };
    lex::quote_end(text, quote).map_or(text.len(), |close| close + 1)
}

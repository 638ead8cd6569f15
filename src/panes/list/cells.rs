//! Which columns of a list fit, and how a cell looks.

use crate::query::listing::{List, Width};
use crate::ui::cell::Cell;
use crate::ui::glyphs::{self, Glyphs};
use crate::ui::state;
use crate::ui::theme::Role;

/// What a column that takes the rest should have before others get a place.
const ROOM: u16 = 24;

/// The columns that fit, each with its place among the list's: those that are nice to have go first,
/// the last of them before the others.
pub(super) fn fitting(list: &List, width: u16) -> Vec<(usize, &'static str, Width)> {
    let mut columns: Vec<(usize, &'static str, Width)> = list
        .columns()
        .enumerate()
        .map(|(at, (title, width))| (at, title, width))
        .collect();
    let needs = |columns: &[(usize, &str, Width)]| -> u16 {
        columns
            .iter()
            .map(|(_, _, width)| match width {
                Width::Fixed(cells) | Width::Spare(cells) => cells + 2,
                Width::Rest => ROOM + 2,
            })
            .sum()
    };
    while needs(&columns) > width
        && let Some(spare) = columns
            .iter()
            .rposition(|(_, _, width)| matches!(width, Width::Spare(_)))
    {
        columns.remove(spare);
    }
    columns
}

/// A cell in the role that its column gives it; a state is a glyph and a word.
pub(super) fn shown(title: &str, text: &str, glyphs: &Glyphs) -> Cell<'static> {
    let role = match (title, text) {
        ("status" | "state" | "signature" | "conclusion" | "result", token)
            if !token.is_empty() && !token.contains(' ') =>
        {
            return state::mark(token, glyphs).cell();
        }
        ("severity", "critical" | "high" | "medium" | "low" | "info") => {
            return state::mark(text, glyphs).cell();
        }
        ("mark", token) if !token.is_empty() => {
            return state::change(token, glyphs).cell();
        }
        // The word of the verdict stands first, what was found behind it.
        ("verdict", text) => {
            let (token, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
            let mark = state::mark(token, glyphs);
            return Cell::new(format!("{} {}{rest}", mark.glyph, mark.word), mark.role);
        }
        ("errors", "0")
        | (
            "first seen" | "first" | "before" | "started" | "committed" | "time" | "when"
            | "digest",
            _,
        ) => Role::Dim,
        ("errors", _) => Role::Bad,
        ("severity", word) => return severity(word, glyphs),
        ("by", "agent") => Role::Ai,
        ("sha" | "version" | "name", _) => Role::Accent,
        _ => Role::Text,
    };
    Cell::new(text.to_owned(), role)
}

/// The severity of a log record, with a shape where it is one to look at.
fn severity(word: &str, glyphs: &Glyphs) -> Cell<'static> {
    match word.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "critical" | "err" => {
            Cell::new(format!("{} {word}", glyphs.bad), Role::Bad)
        }
        "warn" | "warning" => Cell::new(format!("{} {word}", glyphs.warn), Role::Warn),
        _ => Cell::new(word.to_owned(), Role::Dim),
    }
}

/// True for a cell that says that something failed.
pub(super) fn is_bad(title: &str, text: &str) -> bool {
    shown(title, text, &glyphs::ASCII).role == Role::Bad
}

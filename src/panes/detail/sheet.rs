//! Lines with depth: what every detail but a trace is made of.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::Target;
use crate::app::desk::Place;
use crate::model::time;
use crate::query::answer;
use crate::query::detail::Object;
use crate::ui::glyphs;
use crate::ui::outline;
use crate::ui::state;
use crate::ui::text;
use crate::ui::theme::Role;

/// A text of many lines shows at most this many.
const MOST_LINES: usize = 2_000;

/// A long line takes at most so many rows; the raw bytes have all of it.
const MOST_WRAPPED: usize = 40;

/// One line.
#[derive(Debug, Clone, Default)]
pub(super) struct SheetLine {
    pub(super) depth: u16,
    pub(super) cells: Vec<(String, Role)>,
    pub(super) place: Option<Place>,
    pub(super) target: Option<Target>,
    /// True where the lines below it are folded away at first.
    pub(super) folded: bool,
}

impl SheetLine {
    pub(super) fn text(&self) -> String {
        self.cells.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// One row of the screen: a line, or the part of a long one that goes on below it.
pub(super) struct SheetRow {
    pub(super) line: usize,
    pub(super) first: bool,
    pub(super) indent: usize,
    pub(super) text: String,
}

/// All lines of a detail.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) lines: Vec<SheetLine>,
}

impl Sheet {
    /// Adds a line and gives it for more.
    pub(super) fn line(&mut self, depth: u16, cells: Vec<(String, Role)>) -> &mut SheetLine {
        self.lines.push(SheetLine {
            depth,
            cells,
            ..SheetLine::default()
        });
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    /// A heading.
    pub(super) fn heading(&mut self, text: &str) -> &mut SheetLine {
        self.line(0, vec![(text.to_owned(), Role::Title)])
    }

    /// A field with its name; nothing where it is absent.
    pub(super) fn field(&mut self, depth: u16, name: &str, value: &Value) {
        let text = match value {
            Value::Null => return,
            Value::String(text) if text.is_empty() => return,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = format!("{:<16} ", name.replace('_', " "));
        if text.contains('\n') {
            self.line(depth, vec![(name, Role::Dim)]);
            self.text(depth + 1, &text, Role::Text);
        } else {
            self.line(depth, vec![(name, Role::Dim), (text, Role::Text)]);
        }
    }

    /// A text of several lines.
    pub(super) fn text(&mut self, depth: u16, text: &str, role: Role) {
        let total = text.lines().count();
        for line in text.lines().take(MOST_LINES) {
            self.line(depth, vec![(line.to_owned(), role)]);
        }
        if total > MOST_LINES {
            self.line(
                depth,
                vec![(
                    format!(
                        "{} more lines; press r for the original",
                        total - MOST_LINES
                    ),
                    Role::Warn,
                )],
            );
        }
    }

    /// The whole record, field by field, and where it stands.
    pub(super) fn record(&mut self, record: &Object) {
        if record.is_empty() {
            return;
        }
        let place = answer::citation(record, "c_").as_ref().and_then(Place::of);
        let own = self.lines.is_empty();
        if !own {
            let heading = self.heading("record");
            heading.folded = true;
            heading.place.clone_from(&place);
        }
        let depth = u16::from(!own);
        for (name, value) in record {
            if name.starts_with("c_") || matches!(name.as_str(), "file_id" | "offset" | "length") {
                continue;
            }
            match name.strip_suffix("_ns").filter(|stem| *stem != "duration") {
                Some(stem) => self.field(
                    depth,
                    stem,
                    &value
                        .as_i64()
                        .map_or(Value::Null, |ns| time::rfc3339(ns).into()),
                ),
                None => self.field(depth, name, &pretty(value)),
            }
        }
        if let Some(place) = place {
            let said = format!("{} @{}+{}", place.file, place.offset, place.length);
            let line = self.line(
                depth,
                vec![
                    (format!("{:<16} ", "said in"), Role::Dim),
                    (said, Role::Accent),
                ],
            );
            line.place = Some(place);
        }
    }

    /// The rows that the lines take at `width`: a line with more text than fits goes on below itself,
    /// one that is folded does not.
    pub(super) fn rows(&self, toggled: &BTreeSet<usize>, width: usize) -> Vec<SheetRow> {
        let mut rows = Vec::new();
        for at in self.visible(toggled) {
            let line = &self.lines[at];
            let indent = usize::from(outline::MARGIN) + 2 * usize::from(line.depth);
            let before: usize = line
                .cells
                .iter()
                .rev()
                .skip(1)
                .map(|(text, _)| text::width(text))
                .sum();
            let room = width.saturating_sub(indent + before);
            let last = line.cells.last().map_or("", |(text, _)| text.as_str());
            let parts = if room < 12 || self.is_folded(at, toggled) || text::width(last) <= room {
                vec![last.to_owned()]
            } else {
                text::wrap(last, room, MOST_WRAPPED)
            };
            for (number, part) in parts.into_iter().enumerate() {
                rows.push(SheetRow {
                    line: at,
                    first: number == 0,
                    indent: before,
                    text: part,
                });
            }
        }
        rows
    }

    pub(super) fn has_children(&self, at: usize) -> bool {
        self.lines
            .get(at + 1)
            .is_some_and(|next| next.depth > self.lines[at].depth)
    }

    pub(super) fn is_folded(&self, at: usize, toggled: &BTreeSet<usize>) -> bool {
        self.has_children(at) && (self.lines[at].folded != toggled.contains(&at))
    }

    /// The lines that no fold hides.
    pub(super) fn visible(&self, toggled: &BTreeSet<usize>) -> Vec<usize> {
        let mut shown = Vec::new();
        let mut hidden_below: Option<u16> = None;
        for (at, line) in self.lines.iter().enumerate() {
            if hidden_below.is_some_and(|depth| line.depth > depth) {
                continue;
            }
            hidden_below = self.is_folded(at, toggled).then_some(line.depth);
            shown.push(at);
        }
        shown
    }

    /// The bytes of a line, else of the nearest line above it that has some.
    pub(super) fn place(&self, at: usize) -> Option<Place> {
        self.lines[..=at.min(self.lines.len().checked_sub(1)?)]
            .iter()
            .rev()
            .find_map(|line| line.place.clone())
            .or_else(|| self.lines.iter().find_map(|line| line.place.clone()))
    }
}

/// JSON in a text column, spread over lines.
fn pretty(value: &Value) -> Value {
    let parsed = value
        .as_str()
        .filter(|text| text.starts_with(['{', '[']))
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    parsed
        .and_then(|json| serde_json::to_string_pretty(&json).ok())
        .map_or_else(|| value.clone(), Value::from)
}

/// A text cell of a row.
pub(super) fn cell<'a>(row: &'a Object, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or("")
}

/// A time cell of a row, to the second.
pub(super) fn when(row: &Object, name: &str) -> String {
    row.get(name)
        .and_then(Value::as_i64)
        .map(time::short)
        .unwrap_or_default()
}

/// The place that a row is cited to.
pub(super) fn place(row: &Object) -> Option<Place> {
    answer::citation(row, "c_").as_ref().and_then(Place::of)
}

/// A state as its shape and word. What is drawn in ASCII gets the shape's plain form from the pen.
pub(super) fn mark(token: &str) -> (String, Role) {
    let mark = state::mark(token, &glyphs::UNICODE);
    (format!("{} {}", mark.glyph, mark.word), mark.role)
}

/// A number as people read it: whole ones whole, very small ones by their power of ten.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else if value.abs() < 0.001 {
        format!("{value:.1e}")
    } else {
        format!("{value:.3}")
    }
}

//! A trace as a waterfall, the span under the cursor in full below it.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use serde_json::Value;

use super::super::Look;
use super::sheet::{cell, place};
use crate::app::desk::Place;
use crate::model::time;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::cell::Cell;
use crate::ui::pen::Pen;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::theme::Role;
use crate::ui::tree::{self, Place as TreePlace};
use crate::ui::waterfall::{Bar, Waterfall};

/// A span of the waterfall.
pub(super) struct SpanRow {
    depth: u16,
    children: bool,
    start_ns: i64,
    duration_ns: Option<i64>,
    error: bool,
    service: String,
    name: String,
    facts: Vec<String>,
    pub(super) place: Option<Place>,
}

impl SpanRow {
    pub(super) fn text(&self) -> String {
        format!("{} {} {}", self.service, self.name, self.facts.join(" "))
    }
}

/// A trace, parents before children.
pub(super) struct Trace {
    pub(super) rows: Vec<SpanRow>,
    from_ns: i64,
    to_ns: i64,
}

pub(super) fn load(reader: &Reader, trace: u128) -> Result<Trace, StoreError> {
    let spans = detail::spans(reader, trace)?;
    let number = |span: &Object, name: &str| span.get(name).and_then(Value::as_i64);
    let from_ns = spans
        .iter()
        .filter_map(|span| number(span, "ts_ns"))
        .min()
        .unwrap_or(0);
    let end = |span: &Object| {
        Some(number(span, "ts_ns")?.saturating_add(number(span, "duration_ns").unwrap_or(0)))
    };
    let to_ns = spans
        .iter()
        .filter_map(end)
        .max()
        .unwrap_or(from_ns + 1)
        .max(from_ns + 1);
    let rows = order(&spans)
        .into_iter()
        .map(|(at, depth, children)| row(&spans[at], depth, children))
        .collect();
    Ok(Trace {
        rows,
        from_ns,
        to_ns,
    })
}

/// Depth-first from the roots; a span whose parent is not in the trace is a root. Each span comes
/// once, whatever the parents claim.
fn order(spans: &[Object]) -> Vec<(usize, u16, bool)> {
    let known: HashMap<&str, usize> = spans
        .iter()
        .enumerate()
        .map(|(at, span)| (cell(span, "span_id"), at))
        .collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        match known
            .get(cell(span, "parent_span_id"))
            .filter(|parent| **parent != at && !cell(span, "parent_span_id").is_empty())
        {
            Some(parent) => children.entry(*parent).or_default().push(at),
            None => roots.push(at),
        }
    }
    let mut placed = vec![false; spans.len()];
    let mut ordered = Vec::new();
    // Spans in a circle have no root of their own; each is begun at its first span.
    for start in roots.into_iter().chain(0..spans.len()) {
        let mut stack = vec![(start, 0u16)];
        while let Some((at, depth)) = stack.pop() {
            if std::mem::replace(&mut placed[at], true) {
                continue;
            }
            let below = children.get(&at).map(Vec::as_slice).unwrap_or_default();
            ordered.push((at, depth, !below.is_empty()));
            stack.extend(
                below
                    .iter()
                    .rev()
                    .map(|child| (*child, depth.saturating_add(1))),
            );
        }
    }
    ordered
}

fn row(span: &Object, depth: u16, children: bool) -> SpanRow {
    let number = |name: &str| span.get(name).and_then(Value::as_i64);
    let mut facts = Vec::new();
    for name in [
        "kind",
        "status_code",
        "status_message",
        "error_type",
        "server_address",
        "server_port",
        "http_response_status_code",
        "service_version",
        "k8s_pod_name",
        "events",
        "attributes",
    ] {
        match span.get(name) {
            Some(Value::String(value)) if !value.is_empty() => {
                facts.push(format!("{}: {value}", name.replace('_', " ")));
            }
            Some(Value::Number(value)) => {
                facts.push(format!("{}: {value}", name.replace('_', " ")));
            }
            _ => {}
        }
    }
    SpanRow {
        depth,
        children,
        start_ns: number("ts_ns").unwrap_or(0),
        duration_ns: number("duration_ns"),
        error: cell(span, "status_code") == "error",
        service: cell(span, "service_name").to_owned(),
        name: cell(span, "name").to_owned(),
        facts,
        place: place(span),
    }
}

impl Trace {
    /// The deepest of the first spans that failed: where the error began.
    pub(super) fn first_error(&self) -> Option<usize> {
        let failed = self.rows.iter().enumerate().filter(|(_, row)| row.error);
        failed
            .max_by_key(|(at, row)| (row.depth, std::cmp::Reverse(*at)))
            .map(|(at, _)| at)
    }

    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, look: Look<'_>, scroll: &mut Scroll) {
        let below = if area.height >= 14 {
            8
        } else if area.height >= 9 {
            4
        } else {
            0
        };
        let [top, bottom] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
        let height = Waterfall::visible(top);
        scroll.fit(height, self.rows.len());
        let window = scroll.window(height);
        let shown = window.start.min(self.rows.len())..window.end.min(self.rows.len());
        let depths: Vec<u16> = self.rows.iter().map(|row| row.depth).collect();
        let guides = tree::guides(&depths);
        let bars: Vec<Bar<'_>> = shown
            .clone()
            .map(|at| {
                let row = &self.rows[at];
                let mut label = vec![
                    Cell::new(row.service.as_str(), Role::Accent),
                    Cell::new(" ", Role::Dim),
                    Cell::new(row.name.as_str(), Role::Text),
                ];
                if row.error {
                    label.insert(0, Cell::new(look.theme.glyphs.bad, Role::Bad));
                    label.insert(1, Cell::new(" ", Role::Dim));
                }
                let place = TreePlace {
                    depth: row.depth,
                    guides: guides[at],
                    has_children: row.children,
                    folded: false,
                };
                Bar {
                    place,
                    label,
                    start_ns: row.start_ns,
                    duration_ns: row.duration_ns,
                    error: row.error,
                    role: Role::Series,
                }
            })
            .collect();
        Waterfall {
            rows: &bars,
            first: shown.start,
            total: self.rows.len(),
            from_ns: self.from_ns,
            to_ns: self.to_ns,
            cursor: Cursor::of(look.focused),
        }
        .render(top, buf, look.theme, scroll);
        if let Some(row) = self.rows.get(scroll.selected) {
            span(row, bottom, buf, look);
        }
    }
}

/// The span under the cursor, in full.
fn span(row: &SpanRow, area: Rect, buf: &mut Buffer, look: Look<'_>) {
    if area.height == 0 {
        return;
    }
    let mut pen = Pen::new(area, buf, look.theme);
    let head = format!(
        "{} {}  at {}  took {}",
        row.service,
        row.name,
        time::clock(row.start_ns),
        row.duration_ns.map(time::duration).unwrap_or_default()
    );
    pen.text(
        0,
        0,
        area.width,
        &head,
        if row.error { Role::Bad } else { Role::Title },
    );
    let width = usize::from(area.width).max(1);
    let lines = row
        .facts
        .iter()
        .flat_map(|fact| crate::ui::text::wrap(fact, width, 4));
    for (y, line) in (1..area.height).zip(lines) {
        pen.text(0, y, area.width, &line, Role::Text);
    }
}

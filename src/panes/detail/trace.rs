//! A trace as a waterfall, the span under the cursor in full below it.
//!
//! Spans fold like an outline; those on the critical path are marked, for only they could have made the trace
//! faster; the logs of a span and of all below it are one key away, as a filter that says so. The cursor begins
//! at the deepest of the first spans that failed. What it is not: a judge of what is slow, which takes other
//! traces to compare with.

mod path;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use serde_json::Value;

use self::path::{Node, Placed};
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

/// Spans that a filter can name: it may not have more terms.
const MOST_SPANS: usize = 150;

/// A span of the waterfall.
pub(super) struct SpanRow {
    id: String,
    depth: u16,
    /// How many rows belong under it.
    below: usize,
    is_critical: bool,
    start_ns: i64,
    duration_ns: Option<i64>,
    error: bool,
    service: String,
    name: String,
    facts: Vec<String>,
    pub(super) place: Option<Place>,
}

impl SpanRow {
    /// True where the span failed.
    pub(super) fn failed(&self) -> bool {
        self.error
    }

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
    let nodes: Vec<Node<'_>> = spans
        .iter()
        .map(|span| Node {
            id: cell(span, "span_id"),
            parent: cell(span, "parent_span_id"),
            start_ns: number(span, "ts_ns").unwrap_or(0),
            end_ns: end(span).unwrap_or(0),
        })
        .collect();
    let rows = path::order(&nodes)
        .into_iter()
        .filter_map(|placed| Some(row(spans.get(placed.at)?, &placed)))
        .collect();
    Ok(Trace {
        rows,
        from_ns,
        to_ns,
    })
}

fn row(span: &Object, placed: &Placed) -> SpanRow {
    let number = |name: &str| span.get(name).and_then(Value::as_i64);
    let mut facts = Vec::new();
    if placed.is_critical {
        facts.push("on the critical path".to_owned());
    }
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
        id: cell(span, "span_id").to_owned(),
        depth: placed.depth,
        below: placed.below,
        is_critical: placed.is_critical,
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
    /// The rows that are not inside a folded one.
    pub(super) fn visible(&self, folded: &BTreeSet<usize>) -> Vec<usize> {
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            rows.push(at);
            at += 1 + if folded.contains(&at) { row.below } else { 0 };
        }
        rows
    }

    /// True where spans are below the one of this row.
    pub(super) fn has_children(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| row.below > 0)
    }

    /// A filter for the logs of a span and of all below it; `None` where they are too many to name.
    pub(super) fn logs_of(&self, row: usize) -> Option<String> {
        let below = self.rows.get(row)?.below;
        let spans = self
            .rows
            .get(row..=row + below)
            .filter(|spans| spans.len() <= MOST_SPANS)?;
        let ids: Vec<&str> = spans.iter().map(|span| span.id.as_str()).collect();
        Some(format!("span:({})", ids.join(" or ")))
    }

    /// The deepest of the first spans that failed: where the error began.
    pub(super) fn first_error(&self) -> Option<usize> {
        let failed = self.rows.iter().enumerate().filter(|(_, row)| row.error);
        failed
            .max_by_key(|(at, row)| (row.depth, std::cmp::Reverse(*at)))
            .map(|(at, _)| at)
    }

    /// Where the spans stand in an area.
    pub(super) fn rows_in(area: Rect) -> Rect {
        let [top, _] = parts(area);
        let height = u16::try_from(Waterfall::visible(top)).unwrap_or(top.height);
        Rect {
            y: top.bottom() - height,
            height,
            ..top
        }
    }

    pub(super) fn draw(
        &self,
        area: Rect,
        buf: &mut Buffer,
        look: Look<'_>,
        scroll: &mut Scroll,
        folded: &BTreeSet<usize>,
    ) {
        let [top, bottom] = parts(area);
        let visible = self.visible(folded);
        let height = Waterfall::visible(top);
        scroll.fit(height, visible.len());
        let window = scroll.window(height);
        let shown = window.start.min(visible.len())..window.end.min(visible.len());
        let depths: Vec<u16> = visible.iter().map(|at| self.rows[*at].depth).collect();
        let guides = tree::guides(&depths);
        let bars: Vec<Bar<'_>> = shown
            .clone()
            .map(|line| {
                let at = visible[line];
                self.bar(&self.rows[at], guides[line], folded.contains(&at), look)
            })
            .collect();
        Waterfall {
            rows: &bars,
            first: shown.start,
            total: visible.len(),
            from_ns: self.from_ns,
            to_ns: self.to_ns,
            cursor: Cursor::of(look.focused),
        }
        .render(top, buf, look.theme, scroll);
        if let Some(row) = visible
            .get(scroll.selected)
            .and_then(|at| self.rows.get(*at))
        {
            span(row, bottom, buf, look);
        }
    }

    fn bar<'a>(&self, row: &'a SpanRow, guides: u64, folded: bool, look: Look<'_>) -> Bar<'a> {
        let mut label = Vec::new();
        if row.error {
            label.push(Cell::new(look.theme.glyphs.bad, Role::Bad));
            label.push(Cell::new(" ", Role::Dim));
        }
        if row.is_critical && self.rows.len() > 1 {
            label.push(Cell::new(look.theme.glyphs.change, Role::Warn));
            label.push(Cell::new(" ", Role::Dim));
        }
        label.push(Cell::new(row.service.as_str(), Role::Accent));
        label.push(Cell::new(" ", Role::Dim));
        label.push(Cell::new(row.name.as_str(), Role::Text));
        if folded {
            label.push(Cell::new(format!("  {} spans", row.below), Role::Dim));
        }
        Bar {
            place: TreePlace {
                depth: row.depth,
                guides,
                has_children: row.below > 0,
                folded,
            },
            label,
            start_ns: row.start_ns,
            duration_ns: row.duration_ns,
            error: row.error,
            role: if row.is_critical {
                Role::Series
            } else {
                Role::Dim
            },
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

/// The waterfall, and what is said of one span below it.
fn parts(area: Rect) -> [Rect; 2] {
    let below = if area.height >= 14 {
        8
    } else if area.height >= 9 {
        4
    } else {
        0
    };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area)
}

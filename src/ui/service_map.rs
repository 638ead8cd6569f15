//! Who calls whom: services as boxes in layers, and a line for every call.
//!
//! ```text
//! ┌────────────┐                 ┏━━━━━━━━━━━━┓              ┌┄external┄┄┄┄┄┄┄┐
//! │ gateway    │─┐               ┃ checkout   ┃─┐            ┆ api.car…xample ┆
//! │ 2 400 ✗ 15 │ └─ 1 204 ✗ 12 ─▸┃ 1 204 ✗ 12 ┃ ├─ 340 ✗ 3 ─▸┆ 340 ✗ 3        ┆
//! └────────────┘                 ┗━━━━━━━━━━━━┛ │            └┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┘
//!                                               │            ┌────────────────┐
//!                                               │            │ orders         │
//!                                               └───── 900 ─▸│ 900            │
//! ```
//!
//! Callers stand at the left. A call that closes a circle leads back to the left, with its arrowhead
//! there. Every line keeps a row of its own, so the figures on it are its own too, and where two lines
//! cross, the one that runs across goes over the other. Where the picture does not fit the width, the
//! same is said in a list. What is outside of the system has a dotted border and says so.
//!
//! What it is not: a picture for thousands of services; the list is.

mod canvas;
mod layout;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::canvas::Canvas;
use self::layout::{Layers, Layout};
use super::cell::Cell;
use super::glyphs::Glyphs;
use super::pen::{self, Pen};
use super::scroll::{Cursor, Scroll};
use super::text;
use super::theme::{Role, Theme};
use crate::model::time;

/// Below this height no box fits.
const LEAST_HEIGHT: u16 = 4;
/// What a layer takes at least: a box and a gap. More layers than fit are not even laid out.
const LEAST_LAYER: u16 = 10;
/// Columns of the cursor in the list, and of the indent of what a service calls.
const GUTTER: u16 = 2;
const INDENT: u16 = 4;
/// From this width on, figures in the list have words; below it, shapes alone.
const WORDED: u16 = 36;

/// A service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its name, as it came.
    pub name: &'a str,
    /// How many requests it served.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// It is known only from its callers.
    pub is_external: bool,
}

/// Calls from one service to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edge {
    /// Index of the caller among the services.
    pub from: usize,
    /// Index of the callee; the caller's own where it calls itself.
    pub to: usize,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How long all but a twentieth of them took at most, in nanoseconds; none where it is not known.
    pub p95_ns: Option<i64>,
}

/// A map of services. The selection of its [`Scroll`] is an index among them, its top a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServiceMap<'a> {
    /// The services, in any order.
    pub nodes: &'a [Node<'a>],
    /// Their calls, in any order, one for each pair. Those of services that do not exist are left out.
    pub edges: &'a [Edge],
    /// How the selected service is shown.
    pub cursor: Cursor,
}

/// How much is said.
#[derive(Debug, Clone, Copy)]
struct Detail {
    /// Columns of a name.
    name: usize,
    label: Label,
    /// Columns of a channel.
    channel: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Full,
    Short,
    None,
}

/// From everything to almost nothing; the first that fits is taken.
const DETAILS: &[Detail] = &[
    Detail {
        name: 28,
        label: Label::Full,
        channel: 2,
    },
    Detail {
        name: 28,
        label: Label::Short,
        channel: 2,
    },
    Detail {
        name: 20,
        label: Label::Short,
        channel: 1,
    },
    Detail {
        name: 14,
        label: Label::Short,
        channel: 1,
    },
    Detail {
        name: 10,
        label: Label::Short,
        channel: 1,
    },
    Detail {
        name: 20,
        label: Label::None,
        channel: 1,
    },
    Detail {
        name: 10,
        label: Label::None,
        channel: 1,
    },
];

/// Columns of a layer and of the gap behind it.
#[derive(Debug, Clone, Copy)]
struct Layer {
    x: u16,
    width: u16,
    gap: u16,
}

impl ServiceMap<'_> {
    /// Draws the map, or the list where it is too narrow, and moves the window so that the selected
    /// service is in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, scroll: &mut Scroll) {
        let mut pen = Pen::new(area, buf, theme);
        scroll.selected = scroll.selected.min(self.nodes.len().saturating_sub(1));
        if self.nodes.is_empty() || pen.width() == 0 || pen.height() == 0 {
            return;
        }
        let layers = Layers::of(self.nodes, self.edges);
        if layers.count <= usize::from(pen.width() / LEAST_LAYER) && pen.height() >= LEAST_HEIGHT {
            let layout = Layout::of(self.nodes, self.edges, &layers);
            let fit = |detail: &Detail| {
                Some((
                    *detail,
                    self.columns(&layout, *detail, pen.width(), pen.glyphs())?,
                ))
            };
            if let Some((detail, columns)) = DETAILS.iter().find_map(fit) {
                return self.draw_map(&mut pen, &layout, &columns, detail, scroll);
            }
        }
        self.draw_list(&mut pen, &layers, scroll);
    }

    /// The services in the order of the list: callers before callees, and else by name.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        self.in_order(&Layers::of(self.nodes, self.edges))
    }

    fn in_order(&self, layers: &Layers) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_key(|&node| (layers.of[node], layers.rank[node]));
        order
    }

    /// The columns of all layers; none where they do not fit.
    fn columns(
        &self,
        layout: &Layout,
        detail: Detail,
        width: u16,
        glyphs: &Glyphs,
    ) -> Option<Vec<Layer>> {
        let mut layers = vec![
            Layer {
                x: 0,
                width: 0,
                gap: 0
            };
            layout.gaps.len()
        ];
        for (index, (node, place)) in self.nodes.iter().zip(&layout.places).enumerate() {
            let inner = columns(&node.figures(detail, glyphs)).max(node.name_width(detail.name));
            let external = if node.is_external {
                pen::columns(EXTERNAL)
            } else {
                0
            };
            let own = self
                .own(layout, index)
                .map_or(0, |edge| columns(&edge.own_label(glyphs)));
            let inner = inner.max(external).max(own);
            let layer = layers.get_mut(place.layer)?;
            layer.width = layer.width.max(inner.saturating_add(4));
        }
        let last = layers.len().saturating_sub(1);
        for (layer, gap) in layers.iter_mut().zip(&layout.gaps).take(last) {
            let ends = gap
                .buses
                .iter()
                .flat_map(|bus| &bus.ends)
                .filter(|end| end.at_service);
            let labels = ends.filter_map(|end| self.edges.get(end.edge));
            let label = labels
                .map(|edge| columns(&edge.label(detail.label, glyphs)))
                .max()
                .unwrap_or(0);
            let label = if label > 0 { label + 3 } else { 0 };
            let channels = u16::try_from(gap.channels)
                .ok()?
                .checked_mul(detail.channel)?;
            layer.gap = channels.checked_add(label)?.checked_add(3)?;
        }
        let mut x: u16 = 0;
        for layer in &mut layers {
            layer.x = x;
            x = x.checked_add(layer.width)?.checked_add(layer.gap)?;
        }
        (x <= width).then_some(layers)
    }

    fn draw_map(
        &self,
        pen: &mut Pen<'_>,
        layout: &Layout,
        layers: &[Layer],
        detail: Detail,
        scroll: &mut Scroll,
    ) {
        let height = usize::from(pen.height());
        if let Some(place) = layout.places.get(scroll.selected) {
            show(scroll, place.top, place.height, height, layout.rows);
        }
        let mut canvas = Canvas {
            pen,
            top: scroll.top,
        };
        let chosen = |edge: usize| self.is_chosen(edge, scroll.selected);
        for (layer, gap) in layers.iter().zip(&layout.gaps) {
            canvas.draw_gap(*layer, gap, detail, &chosen);
            for end in gap
                .buses
                .iter()
                .flat_map(|bus| &bus.ends)
                .filter(|end| end.at_service)
            {
                if let Some(edge) = self.edges.get(end.edge) {
                    let label = edge.label(detail.label, canvas.pen.glyphs());
                    canvas.draw_label(*layer, end.row, &label);
                }
            }
        }
        for &(layer, row, edge) in &layout.passes {
            if let Some(layer) = layers.get(layer) {
                canvas.across(layer.x, layer.x + layer.width, row, line_role(chosen(edge)));
            }
        }
        for (index, (node, place)) in self.nodes.iter().zip(&layout.places).enumerate() {
            let Some(layer) = layers.get(place.layer) else {
                continue;
            };
            let own = self.own(layout, index);
            let cursor = if index == scroll.selected {
                self.cursor
            } else {
                Cursor::Hidden
            };
            canvas.draw_box(*layer, *place, node, own, detail, cursor);
        }
        let (right, foot) = (canvas.pen.width() - 1, canvas.pen.height() - 1);
        if scroll.top > 0 {
            canvas
                .pen
                .glyph(right, 0, canvas.pen.glyphs().ascending, Role::Accent);
        }
        if scroll.top + height < layout.rows {
            canvas
                .pen
                .glyph(right, foot, canvas.pen.glyphs().descending, Role::Accent);
        }
    }

    /// The calls of a service to itself.
    fn own(&self, layout: &Layout, node: usize) -> Option<&Edge> {
        self.edges.get(*layout.own.get(&node)?)
    }

    fn is_chosen(&self, edge: usize, selected: usize) -> bool {
        let edge = self.edges.get(edge);
        self.cursor != Cursor::Hidden
            && edge.is_some_and(|edge| edge.from == selected || edge.to == selected)
    }

    /// A row for each service, and below it one for each service that it calls.
    fn draw_list(&self, pen: &mut Pen<'_>, layers: &Layers, scroll: &mut Scroll) {
        let known = |edge: &&Edge| edge.from.max(edge.to) < self.nodes.len();
        let mut edges: Vec<&Edge> = self.edges.iter().filter(known).collect();
        edges.sort_by_key(|edge| (edge.from, layers.rank[edge.to]));
        let mut rows: Vec<(usize, Option<&Edge>)> = Vec::new();
        let (mut first, mut count) = (0, 1);
        for node in self.in_order(layers) {
            let start = edges.partition_point(|edge| edge.from < node);
            let end = edges.partition_point(|edge| edge.from <= node);
            if node == scroll.selected {
                (first, count) = (rows.len(), 1 + end - start);
            }
            rows.push((node, None));
            rows.extend(edges[start..end].iter().map(|edge| (node, Some(*edge))));
        }
        show(scroll, first, count, usize::from(pen.height()), rows.len());
        let (glyphs, words) = (pen.glyphs(), pen.width() >= WORDED);
        for (y, (node, edge)) in (0..pen.height()).zip(rows.iter().skip(scroll.top)) {
            let (x, name, mut figures) = match edge {
                None => (
                    GUTTER,
                    self.nodes[*node].named(),
                    self.nodes[*node].words(words, glyphs),
                ),
                Some(edge) => {
                    let figures = figures(edge.calls, edge.errors, words, glyphs);
                    (GUTTER + INDENT, self.nodes[edge.to].named(), figures)
                }
            };
            if let Some(edge) = edge {
                pen.text(
                    x - 3,
                    y,
                    2,
                    if glyphs.ascii { "->" } else { "→" },
                    Role::Border,
                );
                let name = pen::columns(&text::truncate(&name.text, usize::from(pen.width())));
                let taken = columns(&figures).saturating_add(name).saturating_add(x + 2);
                let left = pen.width().saturating_sub(taken);
                figures.extend(edge.p95().filter(|p95| pen::columns(&p95.text) <= left));
            }
            let room = pen.width().saturating_sub(x);
            let taken = columns(&figures).min(room);
            let least = room.saturating_sub(taken + 2).max(room / 3);
            let used = pen.cells(x, y, least, &[name]);
            let start = x + used + if used > 0 { 2 } else { 0 };
            pen.cells(start, y, pen.width().saturating_sub(start), &figures);
            if edge.is_none() && *node == scroll.selected {
                self.cursor.draw(&mut pen.part(0, y, u16::MAX, 1), 0);
            }
        }
    }
}

/// Moves the window as little as brings these rows into sight, their first ones if not all fit.
fn show(scroll: &mut Scroll, first: usize, count: usize, height: usize, total: usize) {
    let lowest = (first + count).saturating_sub(height).min(first);
    scroll.top = scroll
        .top
        .clamp(lowest, first)
        .min(total.saturating_sub(height).max(lowest));
}

const EXTERNAL: &str = "external";

impl<'a> Node<'a> {
    fn named(&self) -> Cell<'a> {
        if self.name.is_empty() {
            return Cell::new("(no name)", Role::Dim);
        }
        let role = if self.is_external {
            Role::Info
        } else {
            Role::Text
        };
        Cell::new(self.name, role)
    }

    fn name_width(&self, most: usize) -> u16 {
        pen::columns(&text::truncate(&self.named().text, most))
    }

    fn figures(&self, detail: Detail, glyphs: &Glyphs) -> Vec<Cell<'static>> {
        figures(self.calls, self.errors, detail.label == Label::Full, glyphs)
    }

    fn words(&self, words: bool, glyphs: &Glyphs) -> Vec<Cell<'static>> {
        let mut cells = figures(self.calls, self.errors, words, glyphs);
        if self.is_external && words {
            cells.push(Cell::new(format!("  {EXTERNAL}"), Role::Dim));
        }
        cells
    }
}

impl Edge {
    fn label(&self, label: Label, glyphs: &Glyphs) -> Vec<Cell<'static>> {
        let mut cells = match label {
            Label::None => return Vec::new(),
            _ => figures(self.calls, self.errors, false, glyphs),
        };
        cells.extend(self.p95().filter(|_| label == Label::Full));
        cells
    }

    /// What a service says of its calls to itself.
    fn own_label(&self, glyphs: &Glyphs) -> Vec<Cell<'static>> {
        let mut cells = vec![Cell::new("itself ", Role::Dim)];
        cells.extend(self.label(Label::Short, glyphs));
        cells
    }

    fn p95(&self) -> Option<Cell<'static>> {
        let length = time::duration(self.p95_ns?);
        Some(Cell::new(format!("  p95 {length}"), Role::Dim))
    }
}

/// Calls and errors; the shape says which is which where there are no words.
fn figures(calls: u64, errors: u64, words: bool, glyphs: &Glyphs) -> Vec<Cell<'static>> {
    let counted = |count: u64, word: &str| match (words, count) {
        (false, _) => number(count),
        (true, 1) => format!("1 {word}"),
        (true, _) => format!("{} {word}s", number(count)),
    };
    let mut shown = vec![Cell::new(counted(calls, "call"), Role::Text)];
    if errors > 0 {
        let gap = if words { "  " } else { " " };
        let text = format!("{gap}{} {}", glyphs.bad, counted(errors, "error"));
        shown.push(Cell::new(text, Role::Bad));
    }
    shown
}

fn number(count: u64) -> String {
    text::count(usize::try_from(count).unwrap_or(usize::MAX))
}

fn columns(cells: &[Cell<'_>]) -> u16 {
    cells
        .iter()
        .map(|cell| pen::columns(&cell.text))
        .fold(0, u16::saturating_add)
}

fn line_role(chosen: bool) -> Role {
    if chosen { Role::Accent } else { Role::Border }
}

#[cfg(test)]
mod tests;

//! Boxes and lines, drawn row by row as far as they are in sight.

use super::super::cell::Cell;
use super::super::glyphs::Glyphs;
use super::super::pen::Pen;
use super::super::scroll::Cursor;
use super::super::text;
use super::super::theme::Role;
use super::layout::{Bus, End, Gap, Place};
use super::{Detail, EXTERNAL, Edge, Layer, Node, columns, line_role};

/// What is drawn on: a window of rows over the map.
pub(super) struct Canvas<'p, 'a> {
    pub(super) pen: &'p mut Pen<'a>,
    pub(super) top: usize,
}

/// Light lines by what they join: left, right, up, down.
fn joint(glyphs: &Glyphs, arms: [bool; 4]) -> &'static str {
    match arms {
        [_, _, false, false] => glyphs.firm[0],
        [false, false, _, _] => glyphs.firm[1],
        _ if glyphs.ascii => "+",
        [true, false, true, false] => "┘",
        [true, false, false, true] => "┐",
        [true, false, true, true] => "┤",
        [false, true, true, false] => "└",
        [false, true, false, true] => "┌",
        [false, true, true, true] => "├",
        [true, true, true, false] => "┴",
        [true, true, false, true] => "┬",
        [true, true, true, true] => "┼",
    }
}

impl Canvas<'_, '_> {
    /// Where a row of the map is on the screen.
    fn y(&self, row: usize) -> Option<u16> {
        let y = u16::try_from(row.checked_sub(self.top)?).ok()?;
        (y < self.pen.height()).then_some(y)
    }

    pub(super) fn across(&mut self, from: u16, to: u16, row: usize, role: Role) {
        if let Some(y) = self.y(row) {
            let line = self.pen.glyphs().firm[0];
            self.pen.rule(from, y, to.saturating_sub(from), line, role);
        }
    }

    /// First what runs down, then what runs across over it, and the joints, which share no cell.
    pub(super) fn draw_gap(
        &mut self,
        layer: Layer,
        gap: &Gap,
        detail: Detail,
        chosen: &dyn Fn(usize) -> bool,
    ) {
        let start = layer.x + layer.width;
        let end = start + layer.gap;
        let x = |bus: &Bus| {
            let channel = u16::try_from(bus.channel?).ok()?;
            Some(start + 1 + channel * detail.channel)
        };
        let role = |bus: &Bus| line_role(bus.ends.iter().all(|end| chosen(end.edge)));
        for bus in &gap.buses {
            let (first, last) = bus.span();
            let window = self.top..self.top + usize::from(self.pen.height());
            for row in first.max(window.start)..(last + 1).min(window.end) {
                if let (Some(x), Some(y)) = (x(bus), self.y(row)) {
                    self.pen.glyph(x, y, self.pen.glyphs().firm[1], role(bus));
                }
            }
        }
        for bus in &gap.buses {
            self.across(start, x(bus).unwrap_or(start), bus.row, role(bus));
            for to in &bus.ends {
                self.across(
                    x(bus).map_or(start, |x| x + 1),
                    end,
                    to.row,
                    line_role(chosen(to.edge)),
                );
                self.draw_heads(bus, to, start, end, chosen(to.edge));
            }
        }
        for bus in &gap.buses {
            let (first, last) = bus.span();
            let Some(x) = x(bus) else { continue };
            for row in bus.ends.iter().map(|end| end.row).chain([bus.row]) {
                let goes_on = bus.ends.iter().any(|end| end.row == row);
                let arms = [row == bus.row, goes_on, row > first, row < last];
                if let Some(y) = self.y(row) {
                    self.pen
                        .glyph(x, y, joint(self.pen.glyphs(), arms), role(bus));
                }
            }
        }
    }

    fn draw_heads(&mut self, bus: &Bus, to: &End, start: u16, end: u16, chosen: bool) {
        let ascii = self.pen.glyphs().ascii;
        let role = line_role(chosen);
        if let Some(y) = self.y(to.row).filter(|_| to.at_service && !to.is_back) {
            self.pen
                .glyph(end - 1, y, if ascii { ">" } else { "▸" }, role);
        }
        if let Some(y) = self.y(bus.row).filter(|_| bus.is_back) {
            self.pen
                .glyph(start, y, if ascii { "<" } else { "◂" }, role);
        }
    }

    /// Between the last channel and the arrowhead, with a blank at both ends.
    pub(super) fn draw_label(&mut self, layer: Layer, row: usize, label: &[Cell<'_>]) {
        let width = columns(label);
        if let Some(y) = self.y(row).filter(|_| width > 0) {
            let x = layer.x + layer.width + layer.gap - 4 - width;
            self.pen.text(x, y, 1, " ", Role::Text);
            self.pen.cells(x + 1, y, width, label);
            self.pen.text(x + 1 + width, y, 1, " ", Role::Text);
        }
    }

    pub(super) fn draw_box(
        &mut self,
        layer: Layer,
        place: Place,
        node: &Node<'_>,
        own: Option<&Edge>,
        detail: Detail,
        cursor: Cursor,
    ) {
        let glyphs = self.pen.glyphs();
        let (set, role) = match cursor {
            Cursor::Hidden => (
                glyphs.border,
                if node.errors > 0 {
                    Role::Bad
                } else {
                    Role::Border
                },
            ),
            Cursor::Idle => (glyphs.focus_border, Role::Idle),
            Cursor::Focused => (glyphs.focus_border, Role::Selection),
        };
        let is_dotted = node.is_external && cursor == Cursor::Hidden;
        let across = if is_dotted {
            glyphs.faint[0]
        } else {
            set.horizontal_top
        };
        let down = if is_dotted {
            glyphs.faint[1]
        } else {
            set.vertical_left
        };
        let (left, right) = (layer.x, layer.x + layer.width - 1);
        let last = place.top + place.height - 1;
        let window = self.top..self.top + usize::from(self.pen.height());
        for row in place.top.max(window.start)..(last + 1).min(window.end) {
            let Some(y) = self.y(row) else { continue };
            let ends = if row == place.top {
                [set.top_left, set.top_right]
            } else if row == last {
                [set.bottom_left, set.bottom_right]
            } else {
                [down, down]
            };
            if row == place.top || row == last {
                self.pen.rule(left, y, layer.width, across, role);
            }
            self.pen.glyph(left, y, ends[0], role);
            self.pen.glyph(right, y, ends[1], role);
            let room = layer.width - 4;
            match row - place.top {
                0 if node.is_external => {
                    self.pen.text(left + 2, y, room, EXTERNAL, Role::Dim);
                }
                1 => {
                    let name = node.named();
                    self.pen.cells(
                        left + 2,
                        y,
                        room,
                        &[Cell::new(
                            text::shorten(&name.text, usize::from(room)),
                            name.role,
                        )],
                    );
                }
                2 => {
                    self.pen
                        .cells(left + 2, y, room, &node.figures(detail, glyphs));
                }
                3 => {
                    if let Some(edge) = own {
                        self.pen.cells(left + 2, y, room, &edge.own_label(glyphs));
                    }
                }
                _ => {}
            }
            if cursor != Cursor::Hidden {
                self.pen.tint(left, y, layer.width, 1, role);
            }
        }
    }
}

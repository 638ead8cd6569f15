//! The chain down a narrow screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{self, Pen};
use super::super::scroll::{Cursor, Scroll};
use super::super::state;
use super::super::text;
use super::super::theme::{Role, Theme};
use super::{Chain, stroke};

/// Columns before a node: the cursor and a blank.
const GUTTER: u16 = 2;
/// Columns of a label that are kept free of links.
const LABEL: u16 = 8;

impl Chain<'_> {
    /// Rows that [`Chain::render_vertical`] fills where it can.
    #[must_use]
    pub fn vertical_rows(&self) -> usize {
        self.nodes.len().saturating_mul(2).saturating_sub(1)
    }

    /// Draws the chain down the area, a node and a link in turn, so that the selected node is in
    /// sight. Where there is little room, a link goes behind the node that it leads to.
    ///
    /// ```text
    ///   commit   9f3c2e1      C2
    ///   ┃ S verified
    /// ▌ build    118
    ///   ╳ I contradicted, weakest
    ///   deploy   prod#118
    /// ```
    pub fn render_vertical(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut pen = Pen::new(area, buf, theme);
        let height = usize::from(pen.height());
        let step = if self.vertical_rows() <= height { 2 } else { 1 };
        let mut scroll = Scroll {
            selected: self.selected.unwrap_or(0),
            ..Scroll::default()
        };
        if step == 1 {
            scroll.fit(height, self.nodes.len());
        }
        let level = pen.text_right(1, 0, pen.width() / 3, self.level, Role::Accent);
        let kinds = self
            .nodes
            .iter()
            .map(|node| pen::columns(&text::truncate(node.kind, 16)));
        let kind = kinds.fold(0, u16::max);
        let mut y = 0;
        for index in scroll.top..self.nodes.len() {
            if y >= pen.height() {
                break;
            }
            let taken = if y == 0 && level > 0 { level + 2 } else { 0 };
            let mut row = pen.width().saturating_sub(taken);
            if step == 1 {
                let room = row.saturating_sub(GUTTER + kind + LABEL);
                row = row.saturating_sub(self.draw_link(
                    &mut pen.part(0, y, row, 1),
                    index,
                    Some(room),
                ));
            }
            self.draw_node(&mut pen.part(0, y, row, 1), index, kind);
            if self.selected == Some(index) {
                Cursor::of(self.focused).draw(&mut pen.part(0, y, row, 1), 0);
            }
            if step == 2 {
                self.draw_link(&mut pen.part(0, y + 1, u16::MAX, 1), index + 1, None);
            }
            y += step;
        }
    }

    fn draw_node(&self, pen: &mut Pen<'_>, index: usize, kind: u16) {
        let Some(node) = self.nodes.get(index) else {
            return;
        };
        let role = node.role(pen.glyphs());
        pen.text(GUTTER, 0, kind, node.kind, role);
        let mut x = GUTTER + kind + 2;
        if !node.state.is_empty() {
            let mark = state::mark(node.state, pen.glyphs());
            let words = format!("{} {}", mark.glyph, mark.word);
            let room = pen.width().saturating_sub(x);
            x = x
                .saturating_add(pen.text(x, 0, room, &words, mark.role))
                .saturating_add(2);
        }
        let room = pen.width().saturating_sub(x);
        let label = text::shorten(node.label, usize::from(room));
        pen.text(x, 0, room, &label, role);
    }

    /// Draws the link that leads to a node, at the right edge where a room for it is given; says
    /// how many columns it took there.
    fn draw_link(&self, pen: &mut Pen<'_>, to: usize, at_right: Option<u16>) -> u16 {
        let link = to.checked_sub(1).and_then(|index| self.links.get(index));
        let Some(link) = link.filter(|_| to < self.nodes.len()) else {
            return 0;
        };
        let (shape, role) = stroke::down(link, pen.glyphs());
        let weakest = if self.weakest == to.checked_sub(1) {
            ", weakest"
        } else {
            ""
        };
        let class = link
            .class
            .map(|class| format!("{} ", class.letter()))
            .unwrap_or_default();
        let words = format!("{shape} {class}{}{weakest}", state::word(link.state));
        if let Some(room) = at_right {
            return pen.text_right(0, 0, room, &words, role).saturating_add(1);
        }
        pen.text(GUTTER, 0, pen.width(), &words, role);
        0
    }
}

//! Lines with depth that fold: an outline without guides, for text that people read.
//!
//! A tree's guides help where siblings are counted (spans of a trace); in running text they are
//! noise, so here depth is an indent and only what folds has a mark.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::Cell;
use super::pen::Pen;
use super::scroll::{Cursor, Scroll};
use super::theme::{Role, Theme};

/// One row.
#[derive(Debug, Clone, Default)]
pub struct OutlineRow<'a> {
    /// Depth, from 0.
    pub depth: u16,
    /// `Some(true)` where rows below it are folded away, `Some(false)` where they are shown.
    pub folded: Option<bool>,
    /// What it says.
    pub cells: Vec<Cell<'a>>,
}

/// The rows in sight of an outline.
#[derive(Debug, Clone, Copy)]
pub struct Outline<'a> {
    /// The rows from number `first` on.
    pub rows: &'a [OutlineRow<'a>],
    /// Number of the first of `rows`.
    pub first: usize,
    /// How many rows there are in all.
    pub total: usize,
    /// How the selected row is shown.
    pub cursor: Cursor,
}

/// Cells that the cursor's mark and the fold's mark take.
pub const MARGIN: u16 = 4;

impl Outline<'_> {
    /// Draws the rows, keeping the selected one in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, scroll: &mut Scroll) {
        scroll.fit(usize::from(area.height), self.total);
        let mut pen = Pen::new(area, buf, theme);
        let glyphs = pen.glyphs();
        for (y, number) in (0..area.height).zip(scroll.top..self.total) {
            let Some(row) = number
                .checked_sub(self.first)
                .and_then(|at| self.rows.get(at))
            else {
                continue;
            };
            let selected = number == scroll.selected;
            match self.cursor {
                Cursor::Focused if selected => pen.tint(0, y, area.width, 1, Role::Selection),
                Cursor::Idle if selected => pen.tint(0, y, area.width, 1, Role::Idle),
                _ => {}
            }
            if selected && !matches!(self.cursor, Cursor::Hidden) {
                // The mark says it where colours do not.
                pen.glyph(0, y, glyphs.cursor, Role::Accent);
            }
            if let Some(folded) = row.folded {
                pen.glyph(
                    2,
                    y,
                    if folded {
                        glyphs.folded
                    } else {
                        glyphs.unfolded
                    },
                    Role::Accent,
                );
            }
            let x = MARGIN + 2 * row.depth.min(20);
            pen.cells(x, y, area.width.saturating_sub(x), &row.cells);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{draw, lines};

    fn rows() -> Vec<OutlineRow<'static>> {
        vec![
            OutlineRow {
                depth: 0,
                folded: Some(false),
                cells: vec![Cell::new("call", Role::Text)],
            },
            OutlineRow {
                depth: 1,
                folded: None,
                cells: vec![Cell::new("input\x1b[31m", Role::Text)],
            },
        ]
    }

    #[test]
    fn depth_is_an_indent_and_text_is_safe() {
        let rows = rows();
        let buffer = draw(24, 2, |area, buf, theme| {
            Outline {
                rows: &rows,
                first: 0,
                total: 2,
                cursor: Cursor::Hidden,
            }
            .render(area, buf, theme, &mut Scroll::default());
        });
        let shown = lines(&buffer);
        assert_eq!(shown[0].trim_end(), "  ▾ call");
        assert_eq!(shown[1].trim_end(), "      input␛[31m");
    }

    #[test]
    fn no_size_is_too_small() {
        let rows = rows();
        for (width, height) in [(0, 0), (1, 1), (3, 1), (5, 9)] {
            draw(width, height, |area, buf, theme| {
                Outline {
                    rows: &rows,
                    first: 0,
                    total: 2,
                    cursor: Cursor::Focused,
                }
                .render(area, buf, theme, &mut Scroll::default());
            });
        }
    }
}

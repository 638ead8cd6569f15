//! Rows of a tree that can be folded.
//!
//! The pane keeps the tree and decides which rows are shown; this draws them. Where a row has later
//! siblings is worked out once for a whole list by [`guides`], not for each drawing.
//!
//! ```text
//! ▾ session 7d1c
//! ├─▾ turn 3  add the retry
//! │ └─· edit src/pay.rs
//! └─▸ turn 4  run the tests               +12
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::Cell;
use super::glyphs::Glyphs;
use super::pen::Pen;
use super::scroll::{Cursor, Scroll};
use super::theme::{Role, Theme};

/// Columns before the tree: the cursor and a blank.
const GUTTER: u16 = 2;

/// Where a row stands in its tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Steps from the root.
    pub depth: u16,
    /// Bit `d` is set where, at depth `d`, a sibling of this row or of its ancestor follows.
    pub guides: u64,
    /// It has children.
    pub has_children: bool,
    /// Its children are hidden.
    pub folded: bool,
}

/// A row.
#[derive(Debug, Clone, Default)]
pub struct TreeRow<'a> {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub label: Vec<Cell<'a>>,
    /// What it says at the right edge.
    pub note: Option<Cell<'a>>,
}

/// A window of a tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tree<'a> {
    /// The rows that are loaded.
    pub rows: &'a [TreeRow<'a>],
    /// Index of the first of them in the whole list.
    pub first: usize,
    /// Rows of the whole list that are not inside a folded one.
    pub total: usize,
    /// The cursor.
    pub cursor: Cursor,
}

/// The guides of each row, from the depths of all rows in order.
#[must_use]
pub fn guides(depths: &[u16]) -> Vec<u64> {
    let mut following = 0_u64;
    let mut guides: Vec<u64> = Vec::with_capacity(depths.len());
    for &depth in depths.iter().rev() {
        let bit = 1_u64.checked_shl(u32::from(depth)).unwrap_or(0);
        // Deeper rows that follow belong to other parents.
        following &= bit.wrapping_shl(1).wrapping_sub(1);
        guides.push(following);
        following |= bit;
    }
    guides.reverse();
    guides
}

impl Place {
    /// Draws the indentation and the fold mark; says how many columns they took. A deep row loses
    /// its outer levels, so that at most half the width is indentation.
    pub(crate) fn draw(self, pen: &mut Pen<'_>, y: u16, width: u16) -> u16 {
        let glyphs: &Glyphs = pen.glyphs();
        let levels = (width / 4).max(1);
        let hidden = self.depth.saturating_sub(levels);
        let mut x = 0;
        if hidden > 0 {
            pen.glyph(x, y, glyphs.before, Role::Dim);
            x += 1;
        }
        for depth in hidden + 1..=self.depth {
            let follows = self.guides.checked_shr(u32::from(depth)).unwrap_or(0) & 1 == 1;
            let [bar, branch, last, blank] = glyphs.guides;
            let guide = match (depth == self.depth, follows) {
                (true, true) => branch,
                (true, false) => last,
                (false, true) => bar,
                (false, false) => blank,
            };
            x += pen.text(x, y, width.saturating_sub(x), guide, Role::Border);
        }
        if x < width {
            let (mark, role) = match (self.has_children, self.folded) {
                (true, true) => (glyphs.folded, Role::Accent),
                (true, false) => (glyphs.unfolded, Role::Dim),
                (false, _) => (glyphs.plain, Role::Dim),
            };
            pen.glyph(x, y, mark, role);
        }
        (x + 2).min(width)
    }
}

impl Tree<'_> {
    /// Draws the tree, and moves the window so that the selection is in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, scroll: &mut Scroll) {
        let mut pen = Pen::new(area, buf, theme);
        let height = usize::from(pen.height());
        scroll.fit(height, self.total);
        let end = self.total.min(scroll.window(height).end);
        for (y, row) in (0..).zip(scroll.top..end) {
            match row
                .checked_sub(self.first)
                .and_then(|index| self.rows.get(index))
            {
                Some(row) => row.draw(&mut pen, y),
                None => pen.rule(GUTTER, y, 3, pen.glyphs().pending, Role::Dim),
            }
            if row == scroll.selected {
                self.cursor.draw(&mut pen, y);
            }
        }
    }
}

impl TreeRow<'_> {
    fn draw(&self, pen: &mut Pen<'_>, y: u16) {
        let width = pen.width().saturating_sub(GUTTER);
        let note = self.note.as_ref().map_or(0, |note| {
            pen.text_right(0, y, width / 3, &note.text, note.role)
        });
        let room = width.saturating_sub(if note > 0 { note + 1 } else { 0 });
        let indent = self
            .place
            .draw(&mut pen.part(GUTTER, 0, room, u16::MAX), y, room);
        pen.cells(GUTTER + indent, y, room.saturating_sub(indent), &self.label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    fn tree(depths: &[u16]) -> Vec<TreeRow<'static>> {
        let row = |(index, guides): (usize, u64)| {
            let depth = depths[index];
            let has_children = depths.get(index + 1).is_some_and(|next| *next > depth);
            let place = Place {
                depth,
                guides,
                has_children,
                folded: false,
            };
            TreeRow {
                place,
                label: vec![format!("row {index}").into()],
                note: None,
            }
        };
        guides(depths).into_iter().enumerate().map(row).collect()
    }

    fn show(rows: &[TreeRow<'_>], width: u16, height: u16, selected: usize) -> Vec<String> {
        let tree = Tree {
            rows,
            first: 0,
            total: rows.len(),
            cursor: Cursor::Focused,
        };
        let mut scroll = Scroll {
            selected,
            ..Scroll::default()
        };
        lines(&draw(width, height, |area, buf, theme| {
            tree.render(area, buf, theme, &mut scroll);
        }))
    }

    #[test]
    fn branches_join_siblings() {
        let mut rows = tree(&[0, 1, 2, 2, 1, 0]);
        rows[4].note = Some("+12".into());
        rows[4].place = Place {
            has_children: true,
            folded: true,
            ..rows[4].place
        };
        assert_eq!(
            show(&rows, 20, 6, 3),
            [
                "  ▾ row 0",
                "  ├─▾ row 1",
                "  │ ├─· row 2",
                "▌ │ └─· row 3",
                "  └─▸ row 4      +12",
                "  · row 5",
            ]
        );
    }

    #[test]
    fn deep_rows_keep_room_for_their_label() {
        let depths: Vec<u16> = (0..200).collect();
        assert_eq!(show(&tree(&depths), 18, 1, 150), ["▌ ‹      └─▾ row …"]);
    }

    #[test]
    fn guides_end_with_the_parent() {
        assert_eq!(guides(&[0, 1, 1, 0, 1]), [0b1, 0b11, 0b1, 0, 0]);
        assert_eq!(guides(&[]), Vec::<u64>::new());
        assert_eq!(guides(&[63, 64, 500]).len(), 3);
    }

    #[test]
    fn any_size_will_do() {
        let mut rows = tree(&[0, 1, 9, 70, 3]);
        rows[1].note = Some("a long note \u{1b}".into());
        at_every_size(|area, buf, theme| {
            for total in [0, 3, 5, usize::MAX] {
                let tree = Tree {
                    rows: &rows,
                    first: 0,
                    total,
                    cursor: Cursor::Focused,
                };
                tree.render(area, buf, theme, &mut Scroll::default());
                tree.render(
                    area,
                    buf,
                    theme,
                    &mut Scroll {
                        selected: usize::MAX,
                        top: 1,
                        column: 0,
                    },
                );
            }
        });
    }
}

//! Which row is selected, and which rows can be seen.
//!
//! A list of any length is a selection and a window over it. The pane keeps the [`Scroll`], asks
//! for the rows of its [`window`](Scroll::window), and hands both to a widget; the widget moves the
//! window as little as keeps the selection in sight.

use std::ops::Range;

use super::glyphs::Glyphs;
use super::pen::Pen;
use super::theme::Role;

/// A selection and a window, in rows of the whole list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The selected row.
    pub selected: usize,
    /// The first row in sight.
    pub top: usize,
    /// The first column in sight, for what is wider than the screen.
    pub column: usize,
}

/// How the selected row is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cursor {
    /// Nothing is selected.
    #[default]
    Hidden,
    /// The pane does not have the focus.
    Idle,
    /// The pane has the focus.
    Focused,
}

impl Scroll {
    /// Moves the selection by some rows, stopping at both ends.
    pub fn step(&mut self, rows: isize, total: usize) {
        self.selected = self
            .selected
            .saturating_add_signed(rows)
            .min(total.saturating_sub(1));
    }

    /// Selects the first row.
    pub fn to_start(&mut self) {
        self.selected = 0;
    }

    /// Selects the last row.
    pub fn to_end(&mut self, total: usize) {
        self.selected = total.saturating_sub(1);
    }

    /// Moves the window as little as brings the selection into sight, and back from beyond the end.
    pub fn fit(&mut self, height: usize, total: usize) {
        self.selected = self.selected.min(total.saturating_sub(1));
        let lowest = (self.selected + 1).saturating_sub(height);
        self.top = self
            .top
            .clamp(lowest, self.selected.max(lowest))
            .min(total.saturating_sub(height).max(lowest));
    }

    /// The rows in sight.
    #[must_use]
    pub fn window(&self, height: usize) -> Range<usize> {
        self.top..self.top.saturating_add(height)
    }
}

impl Cursor {
    /// The cursor of a pane that has the focus, or not.
    #[must_use]
    pub fn of(focused: bool) -> Self {
        if focused { Self::Focused } else { Self::Idle }
    }

    /// Draws the cursor on a row: a shape in the first column, and a role over all of it.
    pub(crate) fn draw(self, pen: &mut Pen<'_>, y: u16) {
        let glyphs: &Glyphs = pen.glyphs();
        let (shape, role) = match self {
            Self::Hidden => return,
            Self::Idle => (glyphs.after, Role::Idle),
            Self::Focused => (glyphs.cursor, Role::Selection),
        };
        pen.glyph(0, y, shape, role);
        pen.tint(0, y, u16::MAX, 1, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_as_little_as_it_can() {
        let mut scroll = Scroll {
            selected: 5,
            ..Scroll::default()
        };
        scroll.fit(4, 100);
        assert_eq!(scroll.window(4), 2..6);
        scroll.step(-1, 100);
        scroll.fit(4, 100);
        assert_eq!(scroll.top, 2);
        scroll.step(-3, 100);
        scroll.fit(4, 100);
        assert_eq!(scroll.top, 1);
        scroll.to_end(100);
        scroll.fit(4, 100);
        assert_eq!(scroll.window(4), 96..100);
    }

    #[test]
    fn a_list_that_shrank_brings_the_window_back() {
        let mut scroll = Scroll {
            selected: 90,
            top: 88,
            column: 0,
        };
        scroll.fit(10, 12);
        assert_eq!((scroll.selected, scroll.top), (11, 2));
        scroll.fit(10, 0);
        assert_eq!((scroll.selected, scroll.top), (0, 0));
    }

    #[test]
    fn a_window_without_height_stays_by_the_selection() {
        let mut scroll = Scroll {
            selected: 7,
            ..Scroll::default()
        };
        scroll.fit(0, 10);
        assert!(scroll.window(0).is_empty());
        scroll.step(isize::MAX, 10);
        assert_eq!(scroll.selected, 9);
        scroll.step(isize::MIN, 10);
        assert_eq!(scroll.selected, 0);
    }
}

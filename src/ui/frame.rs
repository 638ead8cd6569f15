//! The frame of a pane: what it is, whether it has the focus, and what it has to say.
//!
//! ```text
//! ┏ 2 findings · pinned ━━━━━━━━━━━━━━━━━━ follows release ┓
//! ┃                                                        ┃
//! ┗ 14 rows hidden ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 3/128 ┛
//! ```
//!
//! The focus is a thicker border and not only a colour; a pinned pane, which does not follow the
//! others, says so in a word.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use super::text;
use super::theme::{Role, Theme};

/// The frame of a pane.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frame<'a> {
    /// The digit that goes to this pane.
    pub number: Option<u8>,
    /// What the pane shows.
    pub title: &'a str,
    /// It has the focus.
    pub focused: bool,
    /// It does not follow the scope.
    pub pinned: bool,
    /// At the right of the title: what it follows, or what a key would do.
    pub hint: &'a str,
    /// At the left of the lower border.
    pub note: &'a str,
    /// At the right of the lower border: where the selection is.
    pub position: &'a str,
}

impl Frame<'_> {
    /// What a frame leaves for the pane.
    #[must_use]
    pub fn inner(area: Rect) -> Rect {
        if has_border(area) {
            Rect {
                x: area.x + 1,
                y: area.y + 1,
                width: area.width - 2,
                height: area.height - 2,
            }
        } else {
            area
        }
    }

    /// Draws the frame on an empty ground; returns what it leaves for the pane.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Rect {
        let mut pen = Pen::new(area, buf, theme);
        pen.clear(Role::Surface);
        let area = pen.area();
        if has_border(area) {
            self.draw_border(&mut pen);
            self.draw_title(&mut pen);
            self.draw_foot(&mut pen);
        }
        Self::inner(area)
    }

    fn draw_border(&self, pen: &mut Pen<'_>) {
        let (set, role) = if self.focused {
            (pen.glyphs().focus_border, Role::Focus)
        } else {
            (pen.glyphs().border, Role::Border)
        };
        draw_box(pen, &set, role);
    }

    fn draw_title(&self, pen: &mut Pen<'_>) {
        let room = pen.width() - 4;
        let number = self
            .number
            .map(|number| format!("{number} "))
            .unwrap_or_default();
        let pinned = if self.pinned { " · pinned" } else { "" };
        // The state outlasts the name, which the number and the place say too.
        let words = text::width(&number) + text::width(pinned);
        let name = text::truncate(self.title, usize::from(room).saturating_sub(words));
        let role = if self.focused {
            Role::Focus
        } else {
            Role::Title
        };
        let used = pen.text(1, 0, room + 2, &format!(" {number}{name}{pinned} "), role);
        let left = room.saturating_sub(used);
        if !self.hint.is_empty() && left >= 6 {
            pen.text_right(1, 0, left, &format!(" {} ", self.hint), Role::Dim);
        }
    }

    fn draw_foot(&self, pen: &mut Pen<'_>) {
        let (y, room) = (pen.height() - 1, pen.width() - 2);
        let mut used = 0;
        if !self.position.is_empty() {
            used = pen.text_right(1, y, room, &format!(" {} ", self.position), Role::Dim);
        }
        let left = room.saturating_sub(used);
        if !self.note.is_empty() && left >= 4 {
            pen.text(1, y, left, &format!(" {} ", self.note), Role::Dim);
        }
    }
}

/// Draws the four sides of a pen's area.
pub(crate) fn draw_box(
    pen: &mut Pen<'_>,
    set: &ratatui::symbols::border::Set<'static>,
    role: Role,
) {
    let (Some(right), Some(bottom)) = (pen.width().checked_sub(1), pen.height().checked_sub(1))
    else {
        return;
    };
    pen.rule(0, 0, pen.width(), set.horizontal_top, role);
    pen.rule(0, bottom, pen.width(), set.horizontal_bottom, role);
    for y in 0..=bottom {
        pen.glyph(0, y, set.vertical_left, role);
        pen.glyph(right, y, set.vertical_right, role);
    }
    pen.glyph(0, 0, set.top_left, role);
    pen.glyph(right, 0, set.top_right, role);
    pen.glyph(0, bottom, set.bottom_left, role);
    pen.glyph(right, bottom, set.bottom_right, role);
}

/// A border around less than a line says nothing.
fn has_border(area: Rect) -> bool {
    area.width >= 6 && area.height >= 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    const FRAME: Frame<'_> = Frame {
        number: Some(2),
        title: "findings",
        focused: true,
        pinned: true,
        hint: "follows release",
        note: "14 rows hidden",
        position: "3/128",
    };

    fn show(frame: Frame<'_>, width: u16) -> Vec<String> {
        lines(&draw(width, 3, |area, buf, theme| {
            frame.render(area, buf, theme);
        }))
    }

    #[test]
    fn the_focus_is_a_shape_and_pinned_a_word() {
        assert_eq!(
            show(FRAME, 46),
            [
                "┏ 2 findings · pinned ━━━━━━ follows release ┓",
                "┃                                            ┃",
                "┗ 14 rows hidden ━━━━━━━━━━━━━━━━━━━━━ 3/128 ┛"
            ]
        );
        let plain = Frame {
            title: "commits",
            note: "",
            ..Frame::default()
        };
        assert_eq!(
            show(plain, 14),
            ["┌ commits ───┐", "│            │", "└────────────┘"]
        );
    }

    #[test]
    fn states_outlast_names_where_there_is_little_room() {
        assert_eq!(
            show(FRAME, 16),
            ["┏ 2 … · pinned ┓", "┃              ┃", "┗ 14 ro… 3/128 ┛"]
        );
    }

    #[test]
    fn any_size_will_do() {
        at_every_size(|area, buf, theme| {
            let inner = FRAME.render(area, buf, theme);
            assert!(inner.is_empty() || area.contains(inner.as_position()));
        });
    }
}

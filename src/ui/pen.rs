//! The one way onto the screen: bounded, safe, in a role.
//!
//! A pen writes inside its area and nowhere else, so a widget that miscounts is cut off instead of
//! ending the program. What it writes passes [`text::safe`], so no caller can forget it. Positions
//! count from the area's own corner.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::cell::Cell;
use super::glyphs::Glyphs;
use super::text;
use super::theme::{Role, Theme};

/// Writes into a part of a buffer.
#[derive(Debug)]
pub struct Pen<'a> {
    area: Rect,
    buf: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Pen<'a> {
    /// A pen for the part of `area` that the buffer has.
    pub fn new(area: Rect, buf: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self {
            area: area.intersection(buf.area),
            buf,
            theme,
        }
    }

    /// A pen for a part of this pen's area.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Pen<'_> {
        let corner = Rect {
            x: self.area.x.saturating_add(x),
            y: self.area.y.saturating_add(y),
            width,
            height,
        };
        Pen {
            area: corner.intersection(self.area),
            buf: self.buf,
            theme: self.theme,
        }
    }

    /// Where this pen writes, in the buffer's positions.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.area
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.area.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// The shapes of the theme.
    #[must_use]
    pub fn glyphs(&self) -> &'static Glyphs {
        self.theme.glyphs
    }

    /// Writes a text that is cut to `width` columns; says how many it took.
    pub fn text(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let width = width.min(self.area.width.saturating_sub(x));
        if y >= self.area.height || width == 0 {
            return 0;
        }
        let line = text::truncate(text, usize::from(width));
        self.put(x, y, width, &line, self.theme.style(role))
    }

    /// Writes a text that ends `right` columns before the right edge; says how many it took.
    pub fn text_right(&mut self, right: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let end = self.area.width.saturating_sub(right);
        let line = text::truncate(text, usize::from(width.min(end)));
        let columns = columns(&line);
        self.text(end.saturating_sub(columns), y, columns, &line, role)
    }

    /// Writes pieces one after another, cut together to `width` columns; says how many they took.
    pub fn cells(&mut self, x: u16, y: u16, width: u16, cells: &[Cell<'_>]) -> u16 {
        let mut used = 0;
        for (index, cell) in cells.iter().enumerate() {
            let (start, room) = (x.saturating_add(used), width.saturating_sub(used));
            let more = cells
                .iter()
                .skip(index + 1)
                .any(|next| !next.text.is_empty());
            let line = text::truncate(&cell.text, usize::from(room) + 1);
            if columns(&line).saturating_add(u16::from(more)) > room {
                // The blank stands for what follows, so that the cut is marked.
                return used + self.text(start, y, room, &format!("{line} "), cell.role);
            }
            used += self.text(start, y, room, &line, cell.role);
        }
        used
    }

    /// Writes one of the theme's shapes, which are safe and one column wide.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: &str, role: Role) {
        self.glyph_styled(x, y, glyph, self.theme.style(role));
    }

    /// Writes one of the theme's shapes in a style made from several roles.
    pub fn glyph_styled(&mut self, x: u16, y: u16, glyph: &str, style: Style) {
        if let Some(cell) = self.cell(x, y) {
            cell.set_symbol(glyph).set_style(anew(style));
        }
    }

    /// Writes the same shape from `x` over `width` columns.
    pub fn rule(&mut self, x: u16, y: u16, width: u16, glyph: &str, role: Role) {
        for column in x..x.saturating_add(width).min(self.area.width) {
            self.glyph(column, y, glyph, role);
        }
    }

    /// True where nothing has been written.
    #[must_use]
    pub fn is_blank(&self, x: u16, y: u16) -> bool {
        let position = (self.area.x.saturating_add(x), self.area.y.saturating_add(y));
        self.buf
            .cell(position)
            .is_some_and(|cell| cell.symbol() == " ")
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Lays a role over what is written.
    pub fn tint(&mut self, x: u16, y: u16, width: u16, height: u16, role: Role) {
        let style = self.theme.style(role);
        let area = self.part(x, y, width, height).area;
        self.buf.set_style(area, style);
    }

    /// Exchanges text and ground of what is written.
    pub fn reverse(&mut self, x: u16, y: u16, width: u16) {
        let area = self.part(x, y, width, 1).area;
        self.buf
            .set_style(area, Style::new().add_modifier(Modifier::REVERSED));
    }

    /// Clears the area to a role's ground. A wide character that reaches into the area from the
    /// left is taken away whole, because half of one cannot be drawn.
    pub fn clear(&mut self, role: Role) {
        for y in self.area.top()..self.area.bottom() {
            let before = self
                .area
                .x
                .checked_sub(1)
                .and_then(|x| self.buf.cell_mut((x, y)));
            if let Some(cell) = before.filter(|cell| text::width(cell.symbol()) > 1) {
                cell.set_symbol(" ");
            }
            for x in self.area.left()..self.area.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
        self.buf.set_style(self.area, self.theme.style(role));
    }

    fn put(&mut self, x: u16, y: u16, width: u16, line: &str, style: Style) -> u16 {
        let line = if self.theme.glyphs.ascii {
            text::ascii(line)
        } else {
            line.into()
        };
        let (left, top) = (self.area.x.saturating_add(x), self.area.y.saturating_add(y));
        let (end, _) = self
            .buf
            .set_stringn(left, top, line, usize::from(width), anew(style));
        end.saturating_sub(left)
    }

    fn cell(&mut self, x: u16, y: u16) -> Option<&mut ratatui::buffer::Cell> {
        if x >= self.area.width || y >= self.area.height {
            return None;
        }
        self.buf
            .cell_mut((self.area.x.saturating_add(x), self.area.y.saturating_add(y)))
    }
}

/// The style without the weight of what was there before; the ground stays.
fn anew(style: Style) -> Style {
    style.remove_modifier(Modifier::all().difference(style.add_modifier))
}

/// The columns of a safe text, as positions count them.
#[must_use]
pub fn columns(line: &str) -> u16 {
    u16::try_from(text::width(line)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    #[test]
    fn evidence_cannot_reach_the_terminal_raw() {
        let buf = draw(30, 1, |area, buf, theme| {
            Pen::new(area, buf, theme).text(0, 0, 30, "\u{1b}]0;owned\u{7}\u{202e}x", Role::Text);
        });
        assert_eq!(lines(&buf), ["␛]0;owned␇⟨U+202E⟩x"]);
    }

    #[test]
    fn ascii_reaches_evidence_too() {
        let area = Rect::new(0, 0, 8, 1);
        let (mut buf, theme) = (Buffer::empty(area), Theme::plain().ascii());
        Pen::new(area, &mut buf, &theme).text(0, 0, 6, "数字 longer", Role::Text);
        assert_eq!(lines(&buf), ["???? ~"]);
    }

    #[test]
    fn pieces_are_cut_together() {
        let cells = ["ab".into(), "cd".into(), Cell::from("ef")];
        for (width, shown) in [
            (0, ""),
            (1, "…"),
            (2, "a…"),
            (3, "ab…"),
            (4, "abc…"),
            (5, "abcd…"),
            (6, "abcdef"),
        ] {
            let buf = draw(8, 1, |area, buf, theme| {
                Pen::new(area, buf, theme).cells(0, 0, width, &cells);
            });
            assert_eq!(lines(&buf), [shown], "{width}");
        }
    }

    #[test]
    fn nothing_is_written_outside() {
        let buf = draw(6, 3, |area, buf, theme| {
            let mut pen = Pen::new(area, buf, theme);
            let mut part = pen.part(2, 1, 2, 1);
            part.text(0, 0, 99, "abcdef", Role::Text);
            part.text(0, 1, 9, "no", Role::Text);
            part.glyph(2, 0, "x", Role::Text);
            part.text_right(0, 5, 9, "no", Role::Text);
        });
        assert_eq!(lines(&buf), ["", "  a…", ""]);
    }

    #[test]
    fn half_a_wide_character_is_not_left_behind() {
        let buf = draw(6, 1, |area, buf, theme| {
            let mut pen = Pen::new(area, buf, theme);
            pen.text(0, 0, 6, "数字数", Role::Text);
            pen.part(3, 0, 2, 1).clear(Role::Surface);
        });
        assert_eq!(lines(&buf), ["数"]);
    }

    #[test]
    fn what_is_written_over_keeps_its_ground_and_loses_its_weight() {
        let theme = Theme::builtin("dark").unwrap_or_else(|error| panic!("{error}"));
        let area = Rect::new(0, 0, 1, 1);
        let mut buf = Buffer::empty(area);
        let mut pen = Pen::new(area, &mut buf, &theme);
        pen.tint(0, 0, 1, 1, Role::Selection);
        pen.text(0, 0, 1, "x", Role::Dim);
        let cell = &buf[(0, 0)];
        assert_eq!(Some(cell.bg), theme.style(Role::Selection).bg);
        assert_eq!(cell.modifier, Modifier::empty());
    }

    #[test]
    fn any_size_will_do() {
        at_every_size(|area, buf, theme| {
            let mut pen = Pen::new(area, buf, theme);
            pen.clear(Role::Surface);
            pen.text(3, 2, 9, "数字 text", Role::Text);
            pen.text_right(2, 0, 9, "数字 text", Role::Text);
            pen.cells(1, 1, 7, &["one".into(), "two".into()]);
            pen.rule(0, 0, u16::MAX, "-", Role::Dim);
            pen.tint(5, 5, u16::MAX, u16::MAX, Role::Selection);
            pen.part(u16::MAX, u16::MAX, u16::MAX, u16::MAX)
                .text(0, 0, 9, "x", Role::Text);
        });
    }
}

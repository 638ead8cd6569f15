//! What lies over the panes: a popup, a line of input, a list of matches.
//!
//! ```text
//! ┏ find ━━━━━━━━━━━━━━━ esc closes ┓
//! ┃> chk                            ┃
//! ┃▌ checkout 9f3c2e1       release ┃
//! ┃  checkout#118            deploy ┃
//! ┗ 2/14 ━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation as _;

use super::cell::Cell;
use super::frame;
use super::pen::Pen;
use super::scroll::{Cursor, Scroll};
use super::text;
use super::theme::{Role, Theme};

/// Columns before a match: the cursor and a blank.
const GUTTER: u16 = 2;

/// A framed area in the middle of the screen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Popup<'a> {
    /// What it is.
    pub title: &'a str,
    /// At the right of the title: how to leave.
    pub hint: &'a str,
    /// In the lower border.
    pub note: &'a str,
    /// Columns that it would like to have, frame included.
    pub width: u16,
    /// Rows that it would like to have, frame included.
    pub height: u16,
}

/// A line that is being written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    /// What stands before it.
    pub prompt: &'a str,
    /// What has been written.
    pub text: &'a str,
    /// Where the next character goes, in bytes.
    pub cursor: usize,
    /// What stands there while nothing is written.
    pub placeholder: &'a str,
}

/// Something that was found.
#[derive(Debug, Clone, Default)]
pub struct Match<'a> {
    /// What it is called.
    pub text: &'a str,
    /// Which of its characters matched, counted in `char`s, in ascending order.
    pub indices: &'a [usize],
    /// What it is, or which key it has, at the right.
    pub note: Cell<'a>,
    /// It cannot be chosen here; the note says why.
    pub disabled: bool,
}

/// A window of what was found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Matches<'a> {
    /// The rows that are given.
    pub rows: &'a [Match<'a>],
    /// Index of the first of them among all.
    pub first: usize,
    /// How many there are.
    pub total: usize,
}

impl Popup<'_> {
    /// Where the popup stands: in the middle, a little above.
    #[must_use]
    pub fn place(&self, area: Rect) -> Rect {
        let (width, height) = (self.width.min(area.width), self.height.min(area.height));
        let (x, y) = (
            area.x + (area.width - width) / 2,
            area.y + (area.height - height) / 3,
        );
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    /// Draws the popup over what is there; returns what its frame leaves.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Rect {
        let screen = area.intersection(buf.area);
        let place = self.place(screen);
        let shadow = Rect {
            x: place.x.saturating_add(2),
            y: place.y.saturating_add(1),
            ..place
        };
        Pen::new(shadow.intersection(screen), buf, theme).tint(
            0,
            0,
            u16::MAX,
            u16::MAX,
            Role::Shadow,
        );
        let mut pen = Pen::new(place, buf, theme);
        pen.clear(Role::Overlay);
        if frame::Frame::inner(place) == place {
            return place;
        }
        frame::draw_box(&mut pen, &theme.glyphs.focus_border, Role::Focus);
        let room = pen.width() - 2;
        let used = pen.text(1, 0, room, &format!(" {} ", self.title), Role::Title);
        if !self.hint.is_empty() && room.saturating_sub(used) >= 6 {
            pen.text_right(
                1,
                0,
                room - used - 1,
                &format!(" {} ", self.hint),
                Role::Dim,
            );
        }
        if !self.note.is_empty() {
            pen.text(
                1,
                place.height - 1,
                room,
                &format!(" {} ", self.note),
                Role::Dim,
            );
        }
        frame::Frame::inner(place)
    }
}

impl Input<'_> {
    /// Draws the line so that the cursor is in sight; returns where the cursor is.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        let mut pen = Pen::new(area, buf, theme);
        if pen.height() == 0 || pen.width() == 0 {
            return None;
        }
        let prompt = pen.text(0, 0, pen.width() / 2, self.prompt, Role::Accent);
        let room = pen.width().saturating_sub(prompt).saturating_sub(1);
        let (before, after) = self
            .text
            .split_at_checked(self.cursor)
            .unwrap_or((self.text, ""));
        let (before, after) = (text::safe(before), text::safe(after));
        let shown = text::suffix(&before, usize::from(room));
        let x = prompt + pen.text(prompt, 0, room, shown, Role::Text);
        if shown.len() < before.len() && prompt < x {
            pen.glyph(prompt, 0, pen.glyphs().before, Role::Dim);
        }
        let (rest, role) = if self.text.is_empty() {
            (self.placeholder, Role::Dim)
        } else {
            (&*after, Role::Text)
        };
        pen.text(x, 0, pen.width().saturating_sub(x), rest, role);
        pen.reverse(x, 0, 1);
        Some(Position::new(pen.area().x + x, pen.area().y))
    }
}

impl Matches<'_> {
    /// Draws the matches, and moves the window so that the selection is in sight.
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
                Some(found) => found.draw(&mut pen, y),
                None => pen.rule(GUTTER, y, 3, pen.glyphs().pending, Role::Dim),
            }
            if row == scroll.selected {
                Cursor::Focused.draw(&mut pen, y);
            }
        }
    }
}

impl Match<'_> {
    fn draw(&self, pen: &mut Pen<'_>, y: u16) {
        let width = pen.width().saturating_sub(GUTTER);
        let note = pen.text_right(0, y, width / 2, &self.note.text, self.note.role);
        let room = width.saturating_sub(if note > 0 { note + 1 } else { 0 });
        pen.cells(GUTTER, y, room, &self.runs(room));
    }

    /// The text in runs that matched and runs that did not. A character that is part of a cluster
    /// marks all of it.
    fn runs(&self, room: u16) -> Vec<Cell<'_>> {
        let plain = if self.disabled { Role::Dim } else { Role::Text };
        let mut runs: Vec<(std::ops::Range<usize>, Role)> = Vec::new();
        let mut chars = 0;
        for (at, cluster) in self.text.grapheme_indices(true).take(usize::from(room) + 1) {
            let next = chars + cluster.chars().count();
            let first = self.indices.partition_point(|index| *index < chars);
            let hit = self.indices.get(first).is_some_and(|index| *index < next);
            let role = if hit { Role::Match } else { plain };
            match runs.last_mut() {
                Some((range, last)) if *last == role => range.end = at + cluster.len(),
                _ => runs.push((at..at + cluster.len(), role)),
            }
            chars = next;
        }
        runs.into_iter()
            .map(|(range, role)| Cell::new(&self.text[range], role))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    const POPUP: Popup<'_> = Popup {
        title: "find",
        hint: "esc closes",
        note: "2/14",
        width: 24,
        height: 5,
    };

    #[test]
    fn a_popup_covers_what_is_there() {
        let buf = draw(30, 7, |area, buf, theme| {
            let mut pen = Pen::new(area, buf, theme);
            (0..7).for_each(|y| {
                pen.text(0, y, 30, &"数".repeat(15), Role::Text);
            });
            let inner = POPUP.render(area, buf, theme);
            let found = Match {
                text: "checkout",
                indices: &[0, 1],
                ..Match::default()
            };
            let matches = Matches {
                rows: &[found],
                first: 0,
                total: 2,
            };
            matches.render(inner, buf, theme, &mut Scroll::default());
        });
        assert_eq!(
            lines(&buf)[..6],
            [
                "数 ┏ find ━━━━ esc closes ┓ 数",
                "数 ┃▌ checkout            ┃ 数",
                "数 ┃  ···                 ┃ 数",
                "数 ┃                      ┃ 数",
                "数 ┗ 2/14 ━━━━━━━━━━━━━━━━┛ 数",
                "数数数数数数数数数数数数数数数",
            ]
        );
    }

    #[test]
    fn the_cursor_of_an_input_stays_in_sight() {
        let show = |text: &str, cursor: usize| {
            let mut at = None;
            let input = Input {
                prompt: "> ",
                text,
                cursor,
                placeholder: "type to search",
            };
            let buf = draw(12, 1, |area, buf, theme| {
                at = input.render(area, buf, theme);
            });
            (lines(&buf).remove(0), at.map(|at| at.x))
        };
        assert_eq!(show("", 0), ("> type to s…".to_owned(), Some(2)));
        assert_eq!(show("abc", 1), ("> abc".to_owned(), Some(3)));
        assert_eq!(
            show("0123456789abc", 13),
            ("> ‹56789abc".to_owned(), Some(11))
        );
        assert_eq!(show("数字", 1), ("> 数字".to_owned(), Some(6)));
        assert_eq!(show("\u{1b}x", 1), ("> ␛x".to_owned(), Some(3)));
    }

    #[test]
    fn what_matched_is_marked_where_it_stands() {
        let found = Match {
            text: "e\u{301}\u{1b}ab",
            indices: &[1, 3],
            ..Match::default()
        };
        let runs: Vec<_> = found
            .runs(20)
            .iter()
            .map(|run| (run.text.to_string(), run.role))
            .collect();
        assert_eq!(
            runs,
            [
                ("e\u{301}".to_owned(), Role::Match),
                ("\u{1b}".to_owned(), Role::Text),
                ("a".to_owned(), Role::Match),
                ("b".to_owned(), Role::Text)
            ]
        );
    }

    #[test]
    fn any_size_will_do() {
        let note = Cell::new("deploy\u{202e}", Role::Dim);
        let rows = [Match {
            text: "check\u{1b}out 数字",
            indices: &[2, 99],
            note,
            disabled: true,
        }];
        at_every_size(|area, buf, theme| {
            for (width, height) in [(0, 0), (24, 5), (u16::MAX, u16::MAX)] {
                let inner = Popup {
                    width,
                    height,
                    ..POPUP
                }
                .render(area, buf, theme);
                Input {
                    prompt: "数> ",
                    text: "some 数字 text",
                    cursor: 7,
                    placeholder: "",
                }
                .render(inner, buf, theme);
                Matches {
                    rows: &rows,
                    first: 1,
                    total: 9,
                }
                .render(inner, buf, theme, &mut Scroll::default());
                Matches {
                    rows: &rows,
                    first: 0,
                    total: usize::MAX,
                }
                .render(inner, buf, theme, &mut Scroll::default());
            }
        });
    }
}

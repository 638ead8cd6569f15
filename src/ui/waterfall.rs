//! The spans of a trace: a tree at the left, and when each of them ran at the right.
//!
//! ```text
//!                          │0         │50.0 ms    │100.0 ms
//!   ▾ POST /checkout       ████████████████████████ 110.0 ms
//!   ├─· cart.load          ▐██▌ 18.2 ms
//! ▌ └─· payment.authorize        ▐███████████▎ 61.0 ms ✗ error
//! ```
//!
//! Bars are exact to an eighth of a column, and nothing that ran is too short to be seen. Times are
//! as recorded: a child that starts before its parent is drawn there, since moving it would hide a
//! clock that is wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::axis::Axis;
use super::cell::Cell;
use super::pen::{self, Pen};
use super::scroll::{Cursor, Scroll};
use super::state;
use super::theme::{Role, Theme};
use super::tree::Place;
use crate::model::time;

/// Columns before the label: the cursor and a blank.
const GUTTER: u16 = 2;
/// Below this width there are labels and durations, and no bars.
const WITH_BARS: u16 = 36;

/// A span.
#[derive(Debug, Clone, Default)]
pub struct Bar<'a> {
    /// Where it stands in the tree.
    pub place: Place,
    /// What it is called.
    pub label: Vec<Cell<'a>>,
    /// When it started, in nanoseconds.
    pub start_ns: i64,
    /// How long it took; none where its end was not recorded.
    pub duration_ns: Option<i64>,
    /// It failed.
    pub error: bool,
    /// The role of its bar, where it did not fail.
    pub role: Role,
}

/// A window of the spans of a trace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waterfall<'a> {
    /// The spans that are loaded.
    pub rows: &'a [Bar<'a>],
    /// Index of the first of them in the whole list.
    pub first: usize,
    /// Spans of the whole list that are not inside a folded one.
    pub total: usize,
    /// Start of the time that is shown, in nanoseconds.
    pub from_ns: i64,
    /// Its end.
    pub to_ns: i64,
    /// The cursor.
    pub cursor: Cursor,
}

impl Waterfall<'_> {
    /// How many spans an area shows.
    #[must_use]
    pub fn visible(area: Rect) -> usize {
        usize::from(area.height - head(area))
    }

    /// Draws the spans, and moves the window so that the selection is in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, scroll: &mut Scroll) {
        let mut pen = Pen::new(area, buf, theme);
        let (head, height) = (head(pen.area()), Self::visible(pen.area()));
        scroll.fit(height, self.total);
        let label = label_width(pen.width());
        let axis = self.axis(pen.width().saturating_sub(label));
        if head > 0 {
            Axis::draw(
                &mut pen.part(label, 0, axis.width, 1),
                0,
                &axis.duration_ticks(),
            );
        }
        let end = self.total.min(scroll.window(height).end);
        for (y, row) in (head..).zip(scroll.top..end) {
            let bar = row
                .checked_sub(self.first)
                .and_then(|index| self.rows.get(index));
            match bar {
                Some(bar) => bar.draw(&mut pen, y, label, axis),
                None => pen.rule(GUTTER, y, 3, pen.glyphs().pending, Role::Dim),
            }
            if row == scroll.selected {
                // Bars keep their own ground: they are drawn with it.
                let width = if axis.width > 0 { label } else { pen.width() };
                self.cursor.draw(&mut pen.part(0, y, width, 1), 0);
            }
        }
    }

    fn axis(&self, width: u16) -> Axis {
        Axis {
            from_ns: self.from_ns,
            to_ns: self.to_ns,
            width,
        }
    }
}

impl Bar<'_> {
    fn draw(&self, pen: &mut Pen<'_>, y: u16, label: u16, axis: Axis) {
        if axis.width == 0 {
            let (note, role) = self.note(pen);
            let used = pen.text_right(0, y, pen.width() / 2, &note, role);
            return self.draw_label(pen, y, pen.width().saturating_sub(used + 1));
        }
        self.draw_label(pen, y, label.saturating_sub(1));
        self.draw_bar(&mut pen.part(label, y, axis.width, 1), axis);
    }

    fn draw_label(&self, pen: &mut Pen<'_>, y: u16, width: u16) {
        let room = width.saturating_sub(GUTTER);
        let indent = self.place.draw(&mut pen.part(GUTTER, y, room, 1), 0, room);
        pen.cells(GUTTER + indent, y, room.saturating_sub(indent), &self.label);
    }

    /// Duration and state in words.
    fn note(&self, pen: &Pen<'_>) -> (String, Role) {
        let length = self
            .duration_ns
            .map_or_else(|| "no end recorded".to_owned(), time::duration);
        if self.error {
            let mark = state::mark("error", pen.glyphs());
            return (format!("{length} {} {}", mark.glyph, mark.word), mark.role);
        }
        (length, Role::Dim)
    }

    fn draw_bar(&self, pen: &mut Pen<'_>, axis: Axis) {
        let role = if self.error { Role::Bad } else { self.role };
        let end_ns = self
            .start_ns
            .saturating_add(self.duration_ns.unwrap_or(0).max(0));
        let is_before = end_ns < axis.from_ns;
        if is_before || self.start_ns > axis.to_ns {
            let (x, mark) = if is_before {
                (0, pen.glyphs().before)
            } else {
                (axis.width - 1, pen.glyphs().after)
            };
            return pen.glyph(x, 0, mark, role);
        }
        let all = u32::from(axis.width) * 8;
        let start = axis.eighths(self.start_ns).min(all - 1);
        let end = axis.eighths(end_ns).max(start + 1);
        for x in 0..axis.width {
            let cell = u32::from(x) * 8;
            let (from, to) = (
                start.clamp(cell, cell + 8) - cell,
                end.clamp(cell, cell + 8) - cell,
            );
            draw_part(pen, x, from, to, role);
        }
        let column = |eighths: u32| u16::try_from(eighths.div_ceil(8)).unwrap_or(axis.width);
        self.draw_note(pen, column(start.saturating_sub(7)), column(end), role);
    }

    /// Behind the bar where there is room, else before it, else on its end.
    fn draw_note(&self, pen: &mut Pen<'_>, start: u16, end: u16, bar: Role) {
        let (note, role) = self.note(pen);
        let width = pen::columns(&note);
        if end.saturating_add(width) < pen.width() {
            pen.text(end + 1, 0, width, &note, role);
        } else if width < start {
            pen.text(start - 1 - width, 0, width, &note, role);
        } else {
            let used = pen.text_right(0, 0, width + 1, &format!(" {note}"), bar);
            let x = pen.width() - used;
            pen.reverse(x, 0, end.saturating_sub(x));
        }
    }
}

/// The part of one column from one eighth to another. Shapes grow from the left, so a bar that
/// begins inside the column is the reverse of what is before it.
fn draw_part(pen: &mut Pen<'_>, x: u16, from: u32, to: u32, role: Role) {
    if from >= to {
        return;
    }
    let glyphs = pen.glyphs();
    let shape = |eighths: u32| {
        usize::try_from(eighths)
            .ok()
            .and_then(|eighths| glyphs.grow(eighths))
            .unwrap_or(" ")
    };
    let style = pen.style(role);
    if from == 0 || glyphs.ascii {
        pen.glyph_styled(x, 0, shape(to - from), style);
    } else if to == 8 {
        pen.glyph_styled(x, 0, shape(from), style.add_modifier(Modifier::REVERSED));
    } else {
        // Neither end is at an edge: keep its width, at the edge that is nearer.
        let width = to - from;
        let start = if from + to <= 8 { 0 } else { 8 - width };
        draw_part(pen, x, start, start + width, role);
    }
}

/// Lines of axis.
fn head(area: Rect) -> u16 {
    u16::from(area.height >= 2 && area.width >= WITH_BARS)
}

/// Columns of cursor, tree and label.
fn label_width(width: u16) -> u16 {
    if width < WITH_BARS {
        width
    } else {
        (width / 5 * 2).clamp(14, 52)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};
    use crate::ui::tree::guides;

    const MS: i64 = 1_000_000;

    fn bars() -> Vec<Bar<'static>> {
        let bar = |depth: u16, label: &'static str, start: i64, duration: Option<i64>| Bar {
            place: Place {
                depth,
                has_children: depth == 0,
                ..Place::default()
            },
            label: vec![label.into()],
            start_ns: start * MS,
            duration_ns: duration.map(|duration| duration * MS),
            ..Bar::default()
        };
        let mut bars = vec![
            bar(0, "POST /checkout", 0, Some(100)),
            bar(1, "cart.load", 5, Some(20)),
            bar(1, "payment.authorize", 30, Some(40)),
            bar(1, "audit", 95, Some(0)),
            bar(1, "queue\u{1b}[0m", 97, None),
            bar(1, "late", 140, Some(1)),
        ];
        bars[2].error = true;
        let depths: Vec<u16> = bars.iter().map(|bar| bar.place.depth).collect();
        for (bar, guides) in bars.iter_mut().zip(guides(&depths)) {
            bar.place.guides = guides;
        }
        bars
    }

    fn show(width: u16, height: u16, selected: usize) -> Vec<String> {
        let rows = bars();
        let waterfall = Waterfall {
            rows: &rows,
            first: 0,
            total: rows.len() + 1,
            from_ns: 0,
            to_ns: 100 * MS,
            cursor: Cursor::Focused,
        };
        let mut scroll = Scroll {
            selected,
            ..Scroll::default()
        };
        lines(&draw(width, height, |area, buf, theme| {
            waterfall.render(area, buf, theme, &mut scroll);
        }))
    }

    #[test]
    fn bars_stand_at_their_time() {
        assert_eq!(
            show(66, 8, 2),
            [
                "                          │0                  │50.0 ms",
                "  ▾ POST /checkout        ███████████████████████████████ 100.0 ms",
                "  ├─· cart.load             ████████ 20.0 ms",
                "▌ ├─· payment.authorize               ████████████ 40.0 ms ✗ error",
                "  ├─· audit                                                0 ns ▏",
                "  ├─· queue␛[0m                                 no end recorded ▉",
                "  └─· late                                                       ›",
                "  ···",
            ]
        );
    }

    #[test]
    fn narrow_screens_keep_the_words() {
        assert_eq!(
            show(35, 4, 2),
            [
                "  ▾ POST /checkout         100.0 ms",
                "  ├─· cart.load             20.0 ms",
                "▌ ├─· payment.auth… 40.0 ms ✗ error",
                "  ├─· audit                    0 ns",
            ]
        );
    }

    #[test]
    fn any_size_will_do() {
        let mut rows = bars();
        rows[1].start_ns = i64::MIN;
        rows[2].duration_ns = Some(i64::MAX);
        rows[3].duration_ns = Some(i64::MIN);
        rows[4].place.depth = u16::MAX;
        at_every_size(|area, buf, theme| {
            for (from_ns, to_ns) in [(0, 100 * MS), (0, 0), (9, -9), (i64::MIN, i64::MAX)] {
                let waterfall = Waterfall {
                    rows: &rows,
                    first: 0,
                    total: usize::MAX,
                    from_ns,
                    to_ns,
                    cursor: Cursor::Focused,
                };
                waterfall.render(area, buf, theme, &mut Scroll::default());
            }
        });
    }
}

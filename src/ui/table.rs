//! A table of any length that draws only the rows in sight.
//!
//! The pane holds a window of rows, not all of them: [`Table::rows`] are the rows from
//! [`Table::first`] on, and rows of the list that are not in the window are drawn as pending until
//! their load arrives. Nothing is computed or allocated for a row that is not drawn; columns are
//! measured on the rows in sight alone.
//!
//! ```text
//!   service    when ▼   state          a selected row has a shape, not only a ground
//! ▌ checkout   14:02:07 ✓ verified     columns that do not fit are reached sideways (‹ ›)
//!   payment    13:58:41 ✗ contradicted
//!   +3 hidden by the filter             2/4 031
//! ```

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};

use super::pen::{self, Pen};
use super::scroll::{Cursor, Scroll};
use super::text;
use super::theme::{Role, Theme};

pub use super::cell::Cell;

/// Columns between two columns.
const GAP: u16 = 2;
/// Columns before the first one: the cursor and a blank.
const GUTTER: u16 = 2;
/// What a filling column is never narrower than, while there is room at all.
const FILL_LEAST: u16 = 8;

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Exactly this.
    Fixed(u16),
    /// At least this, and as wide as what is in sight.
    Min(u16),
    /// A share of what is left, by weight.
    Fill(u16),
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Heading.
    pub title: &'a str,
    /// Width.
    pub width: Width,
    /// Where its cells stand.
    pub align: Alignment,
}

/// By which column the rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Index of the column.
    pub column: usize,
    /// Greatest first.
    pub descending: bool,
}

/// A window of a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Table<'a> {
    /// The columns.
    pub columns: &'a [Column<'a>],
    /// The rows that are loaded.
    pub rows: &'a [Vec<Cell<'a>>],
    /// Index of the first loaded row in the whole list.
    pub first: usize,
    /// Rows of the whole list, where that is known.
    pub total: Option<usize>,
    /// The sorted column.
    pub sort: Option<Sort>,
    /// The column that is meant by what is done to a cell.
    pub chosen: Option<usize>,
    /// The cursor.
    pub cursor: Cursor,
    /// Rows that exist and are not in the list, and why; `None` leaves out the last line.
    pub hidden: Option<(usize, &'a str)>,
}

impl<'a> Column<'a> {
    /// A column whose cells stand at the left.
    #[must_use]
    pub const fn new(title: &'a str, width: Width) -> Self {
        Self {
            title,
            width,
            align: Alignment::Left,
        }
    }

    /// A column of numbers, whose cells stand at the right.
    #[must_use]
    pub const fn right(title: &'a str, width: Width) -> Self {
        Self {
            title,
            width,
            align: Alignment::Right,
        }
    }
}

/// Where in a list the selection is: `12/4 031`, and `12/?` while the length is not known.
#[must_use]
pub fn position(selected: usize, total: Option<usize>) -> String {
    match total {
        Some(0) => "0/0".to_owned(),
        Some(total) => format!(
            "{}/{}",
            text::count(selected.saturating_add(1)),
            text::count(total)
        ),
        None => format!("{}/?", text::count(selected.saturating_add(1))),
    }
}

impl Table<'_> {
    /// How many rows an area of this height shows.
    #[must_use]
    pub fn visible(&self, height: u16) -> usize {
        let (head, foot) = self.furniture(height);
        usize::from(height.saturating_sub(head + foot))
    }

    /// Draws the table, and moves the window so that the selection is in sight.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, scroll: &mut Scroll) {
        let mut pen = Pen::new(area, buf, theme);
        let height = self.visible(pen.height());
        let known = self
            .total
            .unwrap_or_else(|| self.first.saturating_add(self.rows.len()));
        scroll.fit(height, known);
        scroll.column = scroll.column.min(self.columns.len().saturating_sub(1));
        if pen.height() == 0 {
            return;
        }
        let end = known.min(scroll.window(height).end);
        let spans = self.layout(pen.width(), scroll, height);
        let (head, foot) = self.furniture(pen.height());
        if head > 0 {
            self.draw_header(&mut pen, &spans, scroll.column);
        }
        for (y, row) in (head..).zip(scroll.top..end) {
            self.draw_row(&mut pen, y, row, &spans);
            if row == scroll.selected {
                self.cursor.draw(&mut pen, y);
            }
        }
        if foot > 0 {
            self.draw_footer(&mut pen, scroll);
        }
    }

    /// Lines of heading and of footer; the rows come first where there is little room.
    fn furniture(&self, height: u16) -> (u16, u16) {
        (
            u16::from(height >= 2),
            u16::from(height >= 3 && self.hidden.is_some()),
        )
    }

    fn row(&self, index: usize) -> Option<&Vec<Cell<'_>>> {
        self.rows.get(index.checked_sub(self.first)?)
    }

    /// Which columns are drawn, where, and how wide.
    fn layout(&self, width: u16, scroll: &Scroll, height: usize) -> Vec<Span> {
        let first = scroll.column;
        let columns = self.columns.get(first..).unwrap_or_default();
        let count = u16::try_from(columns.len()).unwrap_or(u16::MAX);
        let gaps = GAP.saturating_mul(count.saturating_sub(1));
        let room = width.saturating_sub(GUTTER).saturating_sub(gaps);
        let wish = |(index, column): (usize, &Column<'_>)| match column.width {
            Width::Fixed(fixed) => Wish {
                least: fixed,
                most: fixed,
                weight: 0,
            },
            Width::Min(least) => Wish {
                least,
                most: self.measure(index, scroll, height),
                weight: 0,
            },
            Width::Fill(weight) => Wish {
                least: FILL_LEAST,
                most: 0,
                weight: weight.max(1),
            },
        };
        let wishes: Vec<_> = (first..).zip(columns).map(wish).collect();
        let widths = share(&wishes, room);
        place(&widths, first, width)
    }

    /// The widest cell in sight.
    fn measure(&self, index: usize, scroll: &Scroll, height: usize) -> u16 {
        let heading = self.heading(index).map_or(0, |title| text::width(&title));
        let rows = scroll.window(height).map_while(|row| self.row(row));
        let cells = rows
            .filter_map(|row| row.get(index))
            .map(|cell| text::width(&text::truncate(&cell.text, 200)));
        u16::try_from(cells.fold(heading, usize::max)).unwrap_or(u16::MAX)
    }

    /// The title with room for the sort marker.
    fn heading(&self, index: usize) -> Option<Cow<'_, str>> {
        let title = text::safe(self.columns.get(index)?.title);
        let is_sorted = self.sort.is_some_and(|sort| sort.column == index);
        Some(if is_sorted {
            format!("{title}  ").into()
        } else {
            title
        })
    }

    fn draw_header(&self, pen: &mut Pen<'_>, spans: &[Span], first: usize) {
        let glyphs = pen.glyphs();
        for span in spans {
            let Some(column) = self.columns.get(span.column) else {
                continue;
            };
            let sort = self.sort.filter(|sort| sort.column == span.column);
            let room = span
                .width
                .saturating_sub(if sort.is_some() { 2 } else { 0 });
            let title = text::truncate(column.title, usize::from(room));
            let used = pen::columns(&title);
            let shift = if column.align == Alignment::Right {
                room.saturating_sub(used)
            } else {
                0
            };
            let role = if self.chosen == Some(span.column) {
                Role::Key
            } else {
                Role::Header
            };
            pen.text(span.x + shift, 0, used, &title, role);
            if let Some(sort) = sort.filter(|_| span.width > 1) {
                let marker = if sort.descending {
                    glyphs.descending
                } else {
                    glyphs.ascending
                };
                pen.glyph(
                    (span.x + shift + used + 1).min(span.x + span.width - 1),
                    0,
                    marker,
                    Role::Accent,
                );
            }
        }
        let last = spans.last().map_or(first, |span| span.column + 1);
        if first > 0 {
            pen.glyph(0, 0, glyphs.before, Role::Accent);
        }
        if last < self.columns.len() && pen.width() > 1 {
            pen.glyph(pen.width() - 1, 0, glyphs.after, Role::Accent);
        }
    }

    fn draw_row(&self, pen: &mut Pen<'_>, y: u16, index: usize, spans: &[Span]) {
        let Some(row) = self.row(index) else {
            let width = pen.width().saturating_sub(GUTTER).min(3);
            pen.rule(GUTTER, y, width, pen.glyphs().pending, Role::Dim);
            return;
        };
        for span in spans {
            let (Some(column), Some(cell)) = (self.columns.get(span.column), row.get(span.column))
            else {
                continue;
            };
            let line = text::truncate(&cell.text, usize::from(span.width));
            let blank = span.width.saturating_sub(pen::columns(&line));
            let shift = match column.align {
                Alignment::Left => 0,
                Alignment::Center => blank / 2,
                Alignment::Right => blank,
            };
            pen.text(span.x + shift, y, span.width, &line, cell.role);
        }
    }

    fn draw_footer(&self, pen: &mut Pen<'_>, scroll: &Scroll) {
        let y = pen.height().saturating_sub(1);
        let used = pen.text_right(
            0,
            y,
            pen.width(),
            &position(scroll.selected, self.total),
            Role::Dim,
        );
        let room = pen.width().saturating_sub(used + GAP + GUTTER);
        if let Some((hidden @ 1.., why)) = self.hidden {
            let note = format!("+{} hidden {why}", text::count(hidden));
            pen.text(GUTTER, y, room, note.trim_end(), Role::Warn);
        }
    }
}

/// A column on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    column: usize,
    x: u16,
    width: u16,
}

/// What a column asks for.
#[derive(Debug, Clone, Copy)]
struct Wish {
    least: u16,
    most: u16,
    weight: u16,
}

/// Gives every column its least, then what is in sight its full width, then the rest to the
/// filling columns by weight. Where not even the least fits, columns are reached sideways, and may
/// as well be wide.
fn share(wishes: &[Wish], room: u16) -> Vec<u16> {
    let least = wishes
        .iter()
        .fold(0_u16, |sum, wish| sum.saturating_add(wish.least));
    let mut left = room.checked_sub(least).unwrap_or(room);
    let mut widths = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let more = wish.most.saturating_sub(wish.least).min(left);
        left -= more;
        widths.push(wish.least.saturating_add(more));
    }
    let mut weights: u32 = wishes.iter().map(|wish| u32::from(wish.weight)).sum();
    for (width, wish) in widths
        .iter_mut()
        .zip(wishes)
        .filter(|(_, wish)| wish.weight > 0)
    {
        let part = u32::from(left) * u32::from(wish.weight) / weights;
        let part = u16::try_from(part).unwrap_or(left);
        *width = width.saturating_add(part);
        left = left.saturating_sub(part);
        weights -= u32::from(wish.weight);
    }
    widths
}

/// Places columns one after another; the last one that is in sight may be cut.
fn place(widths: &[u16], first: usize, width: u16) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut x = GUTTER;
    for (index, &wanted) in widths.iter().enumerate() {
        if x >= width {
            break;
        }
        spans.push(Span {
            column: first + index,
            x,
            width: wanted.min(width - x),
        });
        x = x.saturating_add(wanted).saturating_add(GAP);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    const COLUMNS: &[Column<'_>] = &[
        Column::new("service", Width::Min(4)),
        Column::right("spans", Width::Fixed(6)),
        Column::new("why", Width::Fill(1)),
    ];

    fn rows() -> Vec<Vec<Cell<'static>>> {
        let row = |name: &'static str, count: &'static str, why: &'static str| {
            vec![name.into(), count.into(), Cell::new(why, Role::Bad)]
        };
        vec![
            row("checkout", "4 031", "✗ contradicted by the digest"),
            row("pay", "12", "✓ verified"),
            row("\u{1b}[2Jx", "7", "? ambiguous"),
        ]
    }

    fn show(table: &Table<'_>, width: u16, height: u16, scroll: &mut Scroll) -> Vec<String> {
        lines(&draw(width, height, |area, buf, theme| {
            table.render(area, buf, theme, scroll);
        }))
    }

    #[test]
    fn rows_in_columns() {
        let rows = rows();
        let sort = Some(Sort {
            column: 1,
            descending: true,
        });
        let table = Table {
            columns: COLUMNS,
            rows: &rows,
            total: Some(3),
            sort,
            cursor: Cursor::Focused,
            hidden: Some((12, "by the filter")),
            ..Table::default()
        };
        let mut scroll = Scroll {
            selected: 1,
            ..Scroll::default()
        };
        assert_eq!(
            show(&table, 44, 5, &mut scroll),
            [
                "  service   spa… ▼  why",
                "  checkout   4 031  ✗ contradicted by the d…",
                "▌ pay           12  ✓ verified",
                "  ␛[2Jx          7  ? ambiguous",
                "  +12 hidden by the filter               2/3",
            ]
        );
    }

    #[test]
    fn the_window_follows_the_selection_and_pending_rows_are_marked() {
        let rows = rows();
        let table = Table {
            columns: COLUMNS,
            rows: &rows,
            first: 4_000,
            total: Some(4_031),
            hidden: Some((0, "")),
            ..Table::default()
        };
        let mut scroll = Scroll {
            selected: 4_003,
            top: 0,
            column: 0,
        };
        assert_eq!(
            show(&table, 30, 5, &mut scroll),
            [
                "  service   spans  why",
                "  pay          12  ✓ verified",
                "  ␛[2Jx         7  ? ambiguous",
                "  ···",
                "                   4 004/4 031"
            ]
        );
        assert_eq!(scroll.top, 4_001);
    }

    #[test]
    fn what_does_not_fit_is_reached_sideways() {
        let rows = rows();
        let table = Table {
            columns: COLUMNS,
            rows: &rows,
            ..Table::default()
        };
        let mut scroll = Scroll::default();
        assert_eq!(
            show(&table, 14, 2, &mut scroll),
            ["  service   s›", "  checkout  4…"]
        );
        scroll.column = 1;
        assert_eq!(
            show(&table, 14, 2, &mut scroll),
            ["‹  spans  why", "   4 031  ✗ c…"]
        );
        scroll.column = 9;
        assert_eq!(
            show(&table, 14, 2, &mut scroll),
            ["‹ why", "  ✗ contradic…"]
        );
    }

    #[test]
    fn one_line_is_a_row_not_a_heading() {
        let rows = rows();
        let table = Table {
            columns: COLUMNS,
            rows: &rows,
            cursor: Cursor::Idle,
            ..Table::default()
        };
        assert_eq!(show(&table, 12, 1, &mut Scroll::default()), ["› checkout"]);
    }

    #[test]
    fn a_long_cell_does_not_push_the_others_out() {
        let columns = [
            Column::new("a", Width::Min(4)),
            Column::new("b", Width::Fill(1)),
            Column::new("c", Width::Fill(3)),
        ];
        let rows = [vec!["x".repeat(99).into(), "second".into(), "third".into()]];
        let table = Table {
            columns: &columns,
            rows: &rows,
            ..Table::default()
        };
        assert_eq!(
            show(&table, 40, 2, &mut Scroll::default())[1],
            "  xxxxxxxxxxxxxxxxx…  second    third"
        );
        let rows = [vec!["x".into(), "second".into(), "third".into()]];
        let table = Table {
            columns: &columns,
            rows: &rows,
            ..Table::default()
        };
        assert_eq!(
            show(&table, 40, 2, &mut Scroll::default())[1],
            "  x     second       third"
        );
    }

    #[test]
    fn positions_are_readable() {
        assert_eq!(position(11, Some(4_031)), "12/4 031");
        assert_eq!(position(0, None), "1/?");
        assert_eq!(position(0, Some(0)), "0/0");
    }

    #[test]
    fn any_size_will_do() {
        let rows = rows();
        at_every_size(|area, buf, theme| {
            for total in [None, Some(0), Some(3), Some(usize::MAX)] {
                let table = Table {
                    columns: COLUMNS,
                    rows: &rows,
                    total,
                    hidden: Some((9, "")),
                    ..Table::default()
                };
                table.render(
                    area,
                    buf,
                    theme,
                    &mut Scroll {
                        selected: usize::MAX,
                        top: 9,
                        column: 7,
                    },
                );
                table.render(area, buf, theme, &mut Scroll::default());
            }
            Table::default().render(area, buf, theme, &mut Scroll::default());
        });
    }
}

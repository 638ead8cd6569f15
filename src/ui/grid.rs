//! A matrix: things down, others across, one cell under the cursor, and columns reached sideways.
//!
//! ```text
//!   kind     what                 v1.9.0    *v1.10.0    the column under the cursor is starred
//!   host     api.cardnet.example      120       [340]
//! ▌ host     fx.acme-rates.example      ·   [+ 82 new]
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::Cell;
use super::scroll::{Cursor, Scroll};
use super::table::{Column, Table, Width};
use super::text;
use super::theme::{Role, Theme};

/// Columns of one across, and the gap beside it.
const ACROSS: u16 = 12;
const GAP: u16 = 2;
/// What the names of things are never narrower than.
const NAME_LEAST: u16 = 12;

/// A matrix for one drawing.
pub struct Grid<'g> {
    /// Headings of what stands before the cells: a short one, and the name.
    pub heads: [&'g str; 2],
    /// Width of the short one.
    pub short: u16,
    /// Each thing: its short text and its name.
    pub things: &'g [(String, String)],
    /// Headings of the cells' columns.
    pub across: &'g [String],
    /// The column under the cursor.
    pub column: usize,
    /// What stands at thing and column.
    pub cell: &'g dyn Fn(usize, usize) -> (String, Role),
    /// True where the pane has the focus.
    pub focused: bool,
}

impl Grid<'_> {
    /// Draws it and gives how many columns are further to the right.
    pub fn render(
        &self,
        area: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        scroll: &mut Scroll,
    ) -> usize {
        // Names take what they need, but never more than leaves room for two columns.
        let widest = self.things.iter().map(|(_, name)| text::width(name)).max();
        let before = self.short + 2 * GAP;
        let names = u16::try_from(widest.unwrap_or(0))
            .unwrap_or(u16::MAX)
            .min(area.width.saturating_sub(before + GAP + 2 * (ACROSS + GAP)))
            .max(NAME_LEAST);
        let room = area.width.saturating_sub(before + names) / (ACROSS + GAP);
        let room = usize::from(room.max(1));
        let from = (self.column + 1).saturating_sub(room);
        let to = (from + room).min(self.across.len());
        let headings: Vec<String> = (from..to)
            .map(|at| {
                let mark = if at == self.column { "*" } else { "" };
                let room = usize::from(ACROSS) - mark.len();
                format!("{mark}{}", text::shorten(&self.across[at], room))
            })
            .collect();
        let mut columns = vec![
            Column::new(self.heads[0], Width::Fixed(self.short)),
            Column::new(self.heads[1], Width::Fixed(names)),
        ];
        columns.extend(
            headings
                .iter()
                .map(|name| Column::right(name, Width::Fixed(ACROSS))),
        );
        let total = self.things.len();
        let height = usize::from(area.height.saturating_sub(1));
        scroll.fit(height, total);
        let window = scroll.window(height);
        let window = window.start.min(total)..window.end.min(total);
        let [open, close] = theme.glyphs.brush;
        let rows: Vec<Vec<Cell<'_>>> = window
            .clone()
            .map(|at| {
                let (short, name) = &self.things[at];
                let mut row = vec![
                    Cell::new(short.as_str(), Role::Dim),
                    Cell::new(text::shorten(name, usize::from(names)), Role::Text),
                ];
                row.extend((from..to).map(|column| {
                    let (text, role) = (self.cell)(at, column);
                    if at == scroll.selected && column == self.column {
                        Cell::new(format!("{open}{text}{close}"), role)
                    } else {
                        Cell::new(text, role)
                    }
                }));
                row
            })
            .collect();
        Table {
            columns: &columns,
            rows: &rows,
            first: window.start,
            total: Some(total),
            sort: None,
            chosen: None,
            cursor: Cursor::of(self.focused),
            hidden: None,
        }
        .render(area, buf, theme, scroll);
        self.across.len() - to
    }
}

//! Counts: which values a field of the rows has, and how many rows have each.
//!
//! It counts what the list under it is asked for: the same filter, window and chain. A value that is chosen goes
//! into that list's filter, so that counting and narrowing take turns until what is odd stands alone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Look, Pane, Spec, draw_waiting, stepped};
use crate::app::desk::Counting;
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::filter::{self, Fields, Kind};
use crate::query::listing::{self, Counts, List};
use crate::ui::cell::Cell;
use crate::ui::chart;
use crate::ui::overlay::Popup;
use crate::ui::pen::Pen;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::table::{self, Column, Table, Width};
use crate::ui::text;
use crate::ui::theme::Role;

/// The overlay that counts.
pub static SPEC: Spec = Spec {
    name: "counts",
    about: "How many rows of the list have each value of a field",
    actions: &[],
};

/// Values that are asked for: beyond these, the filter is the way.
const MOST: usize = 1_000;
/// Columns of a bar.
const BAR: u16 = 24;

/// State of the overlay.
pub struct CountsPane {
    counting: Counting,
    /// The fields that can be counted, and which of them is.
    fields: Vec<&'static str>,
    field: usize,
    rarest: bool,
    counts: Loader<Counts>,
    scroll: Scroll,
}

impl CountsPane {
    /// Counts what is asked for.
    #[must_use]
    pub fn new(counting: Counting) -> Self {
        let fields = Fields::of(list(&counting).sql);
        let countable = fields
            .all
            .iter()
            .filter(|field| !matches!(field.kind, Kind::Time | Kind::Duration));
        let mut fields: Vec<&'static str> = countable.map(|field| field.name).collect();
        // What the list shows comes first.
        let columns: Vec<&str> = list(&counting).columns().map(|(title, _)| title).collect();
        fields.sort_by_key(|field| !columns.contains(field));
        let field = fields
            .iter()
            .position(|name| Some(*name) == counting.field)
            .unwrap_or(0);
        Self {
            counting,
            fields,
            field,
            rarest: false,
            counts: Loader::new("counts"),
            scroll: Scroll::default(),
        }
    }

    fn name(&self) -> &'static str {
        self.fields.get(self.field).copied().unwrap_or_default()
    }

    fn ask(&mut self, desk: &Desk<'_>) {
        let (list, ask) = (list(&self.counting), self.counting.ask.clone());
        let (field, rarest) = (self.name(), self.rarest);
        self.scroll = Scroll::default();
        self.counts.ask(desk, move |reader| {
            listing::counts(reader, list, &ask, field, rarest, MOST)
        });
    }

    fn turn(&mut self, forward: bool, desk: &Desk<'_>) {
        let step = if forward {
            1
        } else {
            self.fields.len().saturating_sub(1)
        };
        if let Some(field) = (self.field + step).checked_rem(self.fields.len()) {
            self.field = field;
            self.counts.clear(desk);
            self.ask(desk);
        }
    }

    /// Only rows with the selected value, or only those without.
    fn narrow(&self, include: bool, desk: &mut Desk<'_>) {
        let counts = self.counts.ready().filter(|_| !self.counts.is_waiting());
        let Some((value, _)) = counts.and_then(|counts| counts.values.get(self.scroll.selected))
        else {
            return;
        };
        let filter = filter::with(&self.counting.ask.filter, self.name(), value, include);
        desk.request(Request::Close);
        desk.request(Request::Rows {
            list: list(&self.counting).name,
            filter,
        });
    }

    fn draw_counts(&mut self, counts: &Counts, area: Rect, buf: &mut Buffer, look: Look<'_>) {
        let columns = [
            Column::new(self.name(), Width::Fill(1)),
            Column::right("rows", Width::Fixed(11)),
            Column::right("share", Width::Fixed(7)),
            Column::new("", Width::Fixed(if area.width < 70 { 8 } else { BAR })),
        ];
        let height = usize::from(area.height.saturating_sub(1));
        self.scroll.fit(height, counts.values.len());
        let most = counts.values.iter().map(|(_, n)| *n).max().unwrap_or(0);
        let window = self.scroll.window(height);
        let end = window.end.min(counts.values.len());
        let first = window.start.min(end);
        let rows: Vec<Vec<Cell<'_>>> = counts.values[first..end]
            .iter()
            .map(|(value, n)| {
                let value = match value.as_str() {
                    "" => Cell::new("(none)", Role::Dim),
                    value => Cell::new(value, Role::Text),
                };
                vec![
                    value,
                    Cell::new(text::count(*n), Role::Text),
                    Cell::new(share(*n, counts.rows), Role::Dim),
                    Cell::new(chart::bar(*n, most, BAR, look.theme.glyphs), Role::Accent),
                ]
            })
            .collect();
        let mut scroll = self.scroll;
        Table {
            columns: &columns,
            rows: &rows,
            first,
            total: Some(counts.values.len()),
            cursor: Cursor::Focused,
            ..Table::default()
        }
        .render(area, buf, look.theme, &mut scroll);
    }
}

fn list(counting: &Counting) -> &'static List {
    &listing::ALL[counting.list.min(listing::ALL.len() - 1)]
}

/// A share in percent; what is there is never nothing.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point")]
fn share(n: usize, all: usize) -> String {
    let percent = n as f64 * 100.0 / all.max(1) as f64;
    if n > 0 && percent < 0.05 {
        "<0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

impl Pane for CountsPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        self.ask(desk);
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.counts.poll()
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let total = self.counts.ready().map_or(0, |counts| counts.values.len());
        let moved = match (key.code, key.ctrl) {
            (Code::Char('c'), true) => return false,
            (Code::Down | Code::Char('j'), _) => Action::Down,
            (Code::Up | Code::Char('k'), _) => Action::Up,
            (Code::PageDown, _) | (Code::Char('d'), true) => Action::PageDown,
            (Code::PageUp, _) | (Code::Char('u'), true) => Action::PageUp,
            (Code::Home | Code::Char('g'), _) => Action::First,
            (Code::End | Code::Char('G'), _) => Action::Last,
            (code, _) => {
                match code {
                    Code::Esc | Code::Char('q' | '#') => desk.request(Request::Close),
                    Code::Right | Code::Char('l') | Code::Tab => self.turn(true, desk),
                    Code::Left | Code::Char('h') | Code::BackTab => self.turn(false, desk),
                    Code::Char('r') => {
                        self.rarest = !self.rarest;
                        self.ask(desk);
                    }
                    Code::Enter | Code::Char('@') => self.narrow(true, desk),
                    Code::Char('!') => self.narrow(false, desk),
                    _ => {}
                }
                return true;
            }
        };
        stepped(&mut self.scroll, moved, total);
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let list = list(&self.counting);
        let order = if self.rarest {
            "rarest first"
        } else {
            "commonest first"
        };
        let title = format!("{} by {}, {order}", list.name, self.name());
        let note = self.counts.ready().map_or(String::new(), |counts| {
            let left_out = match counts.distinct.saturating_sub(counts.values.len()) {
                0 => String::new(),
                more => format!(", {} of them not shown", text::count(more)),
            };
            format!(
                "{} of {} values{left_out}, {} rows",
                table::position(self.scroll.selected, Some(counts.values.len()))
                    .split('/')
                    .next()
                    .unwrap_or_default(),
                text::count(counts.distinct),
                text::count(counts.rows)
            )
        });
        // The frame, the fields and the heading take four rows; there is room for a few values while they come.
        let values = self
            .counts
            .ready()
            .map_or(8, |counts| counts.values.len().max(4));
        let height = u16::try_from(values).unwrap_or(u16::MAX).saturating_add(4);
        let inner = Popup {
            title: &title,
            hint: "h l field, enter only these, ! not these, r turns, esc closes",
            note: &note,
            width: 110,
            height: height.min(area.height.saturating_sub(6)).min(30),
        }
        .render(area, buf, look.theme);
        let [top, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        let names: Vec<Cell<'_>> = self
            .fields
            .iter()
            .enumerate()
            .flat_map(|(at, name)| {
                let role = if at == self.field {
                    Role::Match
                } else {
                    Role::Dim
                };
                [Cell::new(*name, role), Cell::new("  ", Role::Dim)]
            })
            .collect();
        Pen::new(top, buf, look.theme).cells(2, 0, top.width.saturating_sub(2), &names);
        match self.counts.ready().cloned() {
            Some(counts) if counts.values.is_empty() => look
                .nothing("absent", "the list has no rows to count")
                .render(rest, buf, look.theme),
            Some(counts) => self.draw_counts(&counts, rest, buf, look),
            None => draw_waiting(&self.counts, self.name(), rest, buf, look),
        }
        None
    }

    fn is_slow(&self) -> bool {
        self.counts.slow().is_some()
    }
}

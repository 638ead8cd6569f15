//! The console: the user's own SQL over the case, read-only.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Line, Look, Pane, Spec};
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::{Rows, console, listing};
use crate::ui::cell::Cell;
use crate::ui::load::Load;
use crate::ui::overlay::{Input, Popup};
use crate::ui::pen::Pen;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::table::{Column, Table, Width};
use crate::ui::text;
use crate::ui::theme::Role;

/// The console overlay.
pub static SPEC: Spec = Spec {
    name: "console",
    about: "Ask the case in SQL: one read-only statement, with a deadline and a row cap",
    actions: &[],
};

/// State of the console.
pub struct ConsolePane {
    line: Line,
    answer: Loader<(Rows, String)>,
    scroll: Scroll,
    history: Vec<String>,
    recalled: usize,
    /// How the word at the cursor may go on, where there is more than one way.
    ways: Vec<&'static str>,
}

impl Default for ConsolePane {
    fn default() -> Self {
        Self {
            line: Line::default(),
            answer: Loader::new("console"),
            scroll: Scroll::default(),
            history: Vec::new(),
            recalled: 0,
            ways: Vec::new(),
        }
    }
}

impl ConsolePane {
    fn run(&mut self, desk: &Desk<'_>) {
        let sql = self.line.text.trim().to_owned();
        if sql.is_empty() {
            return;
        }
        if self.history.last() != Some(&sql) {
            self.history.push(sql.clone());
        }
        self.recalled = self.history.len();
        self.scroll = Scroll::default();
        self.answer
            .ask(desk, move |reader| console::ask(reader, &sql));
    }

    /// As far as there is one way only; the ways are shown where there are more.
    fn complete(&mut self) {
        let found = console::complete(&self.line.text, self.line.cursor);
        let common = found.common();
        if common.len() >= found.range.len() && !common.is_empty() {
            self.line.text.replace_range(found.range.clone(), common);
            self.line.cursor = found.range.start + common.len();
        }
        self.ways = found.candidates;
        if self.ways.len() == 1 {
            self.ways.clear();
        }
    }

    fn recall(&mut self, back: bool) {
        let next = if back {
            self.recalled.saturating_sub(1)
        } else {
            (self.recalled + 1).min(self.history.len())
        };
        self.recalled = next;
        self.line.text = self.history.get(next).cloned().unwrap_or_default();
        self.line.cursor = self.line.text.len();
    }
}

impl Pane for ConsolePane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, _desk: &mut Desk<'_>) {}

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.answer.poll()
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let total = self.answer.ready().map_or(0, |(rows, _)| rows.rows.len());
        self.ways.clear();
        match (key.code, key.ctrl) {
            (Code::Esc, _) => desk.request(Request::Close),
            (Code::Enter, _) => self.run(desk),
            (Code::Tab, _) => self.complete(),
            (Code::Up | Code::Char('p'), true) => self.recall(true),
            (Code::Down | Code::Char('n'), true) => self.recall(false),
            (Code::Down, _) => self.scroll.step(1, total),
            (Code::Up, _) => self.scroll.step(-1, total),
            (Code::PageDown, _) => self.scroll.step(20, total),
            (Code::PageUp, _) => self.scroll.step(-20, total),
            (Code::Char('c'), true) if self.answer.is_waiting() => self.answer.clear(desk),
            (Code::Char('c'), true) => return false,
            _ => {
                self.line.take(key);
            }
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let note = self
            .answer
            .ready()
            .map_or(String::new(), |(_, summary)| summary.clone());
        let popup = Popup {
            title: "SQL",
            hint: "enter runs, tab completes, ctrl-p recalls, esc closes",
            note: &note,
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(2),
        };
        let inner = popup.render(area, buf, look.theme);
        let [top, ways, rest] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(u16::from(!self.ways.is_empty())),
            Constraint::Fill(1),
        ])
        .areas(inner);
        let words = self.ways.join("  ");
        Pen::new(ways, buf, look.theme).text(2, 0, ways.width.saturating_sub(2), &words, Role::Dim);
        let example = "one statement, such as FROM release";
        let position = Input {
            prompt: "; ",
            text: &self.line.text,
            cursor: self.line.cursor,
            placeholder: example,
        }
        .render(top, buf, look.theme);
        if let Some(message) = self.answer.failure() {
            Load::Failed {
                message,
                hint: "Mend the statement; `shipwake list tables` names the columns",
            }
            .render(rest, buf, look.theme);
        } else if self.answer.slow().is_some() {
            Load::Loading {
                what: "the statement",
                since_ns: 0,
                spinner: Some(look.beat),
            }
            .render(rest, buf, look.theme);
        } else if let Some((rows, _)) = self.answer.ready() {
            table(rows, rest, buf, look, &mut self.scroll);
        }
        position
    }

    fn is_slow(&self) -> bool {
        self.answer.slow().is_some()
    }
}

fn table(rows: &Rows, area: Rect, buf: &mut Buffer, look: Look<'_>, scroll: &mut Scroll) {
    let total = rows.rows.len();
    let height = usize::from(area.height.saturating_sub(1));
    scroll.fit(height, total);
    let window = scroll.window(height);
    let shown = &rows.rows[window.start.min(total)..window.end.min(total)];
    let widths = rows.columns.iter().enumerate().map(|(at, name)| {
        let widest = shown
            .iter()
            .filter_map(|row| row.get(at))
            .map(|cell| text::width(&listing::shown(cell)))
            .max()
            .unwrap_or(0);
        u16::try_from(widest.max(text::width(name)).min(48)).unwrap_or(48)
    });
    let columns: Vec<Column<'_>> = rows
        .columns
        .iter()
        .zip(widths)
        .map(|(name, width)| Column::new(name, Width::Fixed(width)))
        .collect();
    let cells: Vec<Vec<Cell<'_>>> = shown
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| Cell::new(listing::shown(cell), Role::Text))
                .collect()
        })
        .collect();
    Table {
        columns: &columns,
        rows: &cells,
        first: window.start,
        total: Some(total),
        sort: None,
        chosen: None,
        cursor: Cursor::of(look.focused),
        hidden: None,
    }
    .render(area, buf, look.theme, scroll);
}

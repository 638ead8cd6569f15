//! The list: rows of one kind, in the scope.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Line, Look, Pane, Spec};
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::Rows;
use crate::query::listing::{self, Ask, List, Width};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::load::Load;
use crate::ui::overlay::Input;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::state;
use crate::ui::table::{self, Column, Table};
use crate::ui::theme::Role;

/// The list pane.
pub static SPEC: Spec = Spec {
    name: "list",
    about: "Rows of one kind: releases, commits, sessions, builds, attestations, deployments, instances, traces, logs, access events, findings, log templates, gaps, what is shared",
    actions: &[
        Action::Open,
        Action::Find,
        Action::Findings,
        Action::Verdict,
        Action::Behaviour,
        Action::Search,
        Action::Related,
        Action::Logs,
        Action::Raw,
    ],
};

/// Rows that are fetched at most; how many more there are is said.
const LIMIT: u32 = 5_000;

/// State of the list pane.
pub struct ListPane {
    rows: Loader<Rows>,
    list: usize,
    scroll: Scroll,
    search: Option<Line>,
    searching: bool,
    wanted: Option<String>,
}

impl Default for ListPane {
    fn default() -> Self {
        Self {
            rows: Loader::new("list"),
            list: 0,
            scroll: Scroll::default(),
            search: None,
            searching: false,
            wanted: None,
        }
    }
}

impl ListPane {
    fn list(&self) -> &'static List {
        &listing::ALL[self.list.min(listing::ALL.len() - 1)]
    }

    fn ask(&mut self, desk: &Desk<'_>) {
        let list = self.list();
        let entity = desk.scope.entity.as_ref().filter(|_| desk.scope.related);
        let trace = entity.and_then(|target| listing::trace_of(&target.id));
        let ask = Ask {
            ids: desk.related(),
            entity: entity.map(|target| target.id.clone()),
            trace: trace.filter(|_| matches!(list.name, "traces" | "logs")),
            since: desk.window().map(|(since, _)| since),
            until: desk.window().map(|(_, until)| until),
            text: self
                .search
                .as_ref()
                .map(|line| line.text.clone())
                .filter(|text| !text.is_empty()),
            limit: LIMIT,
        };
        self.rows
            .ask(desk, move |reader| listing::ask(reader, list, &ask));
    }

    fn total(&self) -> usize {
        self.rows.ready().map_or(0, |rows| rows.rows.len())
    }

    fn target(&self, row: usize) -> Option<Target> {
        let cells = self.rows.ready()?.rows.get(row)?;
        if let Some(label) = self.list().label(cells) {
            return Some(Target::new(cells.first()?.as_str()?, label));
        }
        // The time and the counts are in the row; the label is what people say.
        let words = cells
            .iter()
            .skip(3)
            .filter(|cell| cell.is_string())
            .map(listing::shown)
            .filter(|text| !text.is_empty());
        Some(Target::new(
            cells.first()?.as_str()?,
            words.collect::<Vec<_>>().join(" "),
        ))
    }

    fn moved(&mut self, desk: &mut Desk<'_>) {
        desk.request(Request::Select(self.selection()));
    }

    /// Back to the row that was selected before the rows came anew.
    fn restore(&mut self) {
        let Some(wanted) = self.wanted.take() else {
            return;
        };
        let place = self.rows.ready().and_then(|rows| {
            rows.rows
                .iter()
                .position(|row| row.first().and_then(|id| id.as_str()) == Some(&wanted))
        });
        self.scroll.selected = place.unwrap_or(0);
    }
}

impl Pane for ListPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let changed = self.list != desk.scope.list;
        self.wanted = if changed {
            None
        } else {
            self.selection().map(|target| target.id)
        };
        if changed {
            self.list = desk.scope.list;
            self.scroll = Scroll::default();
            self.search = None;
            self.searching = false;
        }
        // The pivot's own row is where the eye wants to be.
        if let Some(target) = &desk.scope.entity
            && List::of_kind(target.kind()) == Some(self.list)
        {
            self.wanted = Some(target.id.clone());
        }
        self.ask(desk);
    }

    fn poll(&mut self, desk: &mut Desk<'_>) -> bool {
        if !self.rows.poll() {
            return false;
        }
        self.restore();
        self.moved(desk);
        true
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.total();
        match action {
            Action::Down => self.scroll.step(1, total),
            Action::Up => self.scroll.step(-1, total),
            Action::PageDown => self.scroll.step(20, total),
            Action::PageUp => self.scroll.step(-20, total),
            Action::First => self.scroll.to_start(),
            Action::Last => self.scroll.to_end(total),
            Action::Right => self.scroll.column += 8,
            Action::Left => self.scroll.column = self.scroll.column.saturating_sub(8),
            Action::Search => {
                self.search.get_or_insert_default();
                self.searching = true;
                return true;
            }
            Action::Open => {
                match self.selection() {
                    // A kind of message is no entity; the detail has its examples.
                    Some(target) if target.kind() == "template" => {
                        desk.request(Request::Act(Action::FocusDetail));
                    }
                    Some(target) => desk.request(Request::Pivot(target)),
                    None => {}
                }
                return true;
            }
            Action::Escape if self.search.is_some() => {
                self.search = None;
                self.searching = false;
                self.ask(desk);
                return true;
            }
            _ => return false,
        }
        self.moved(desk);
        true
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        use crate::app::key::Code;
        if !self.searching {
            return false;
        }
        match key.code {
            Code::Enter => self.searching = false,
            Code::Esc => {
                self.searching = false;
                self.search = None;
                self.ask(desk);
            }
            Code::Down | Code::Up => return false,
            _ => {
                if self.search.as_mut().is_some_and(|line| line.take(key)) {
                    self.ask(desk);
                }
            }
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let list = self.list();
        let total = self.total();
        let position = if total == 0 {
            String::new()
        } else {
            table::position(self.scroll.selected, Some(total))
        };
        let hint = match self.rows.slow() {
            Some(_) => "loading",
            None => "",
        };
        let inner = Frame {
            number: None,
            title: list.title(),
            focused: look.focused,
            pinned: look.pinned,
            hint,
            note: "",
            position: &position,
        }
        .render(area, buf, look.theme);
        let (inner, cursor) = self.draw_search(inner, buf, look);
        match self.rows.ready() {
            None if self.rows.failure().is_some() => {
                Load::Failed {
                    message: self.rows.failure().unwrap_or_default(),
                    hint: "Press ctrl-l to ask again",
                }
                .render(inner, buf, look.theme);
            }
            None => {
                let spinner = self.rows.slow().map(|_| look.beat);
                Load::Loading {
                    what: list.name,
                    since_ns: 0,
                    spinner,
                }
                .render(inner, buf, look.theme);
            }
            Some(rows) if rows.rows.is_empty() => {
                let why = if self.search.is_some() {
                    "no row contains the text"
                } else {
                    list.empty()
                };
                Load::Empty {
                    state: "absent",
                    why,
                }
                .render(inner, buf, look.theme);
            }
            Some(_) => self.draw_rows(inner, buf, look),
        }
        cursor
    }

    fn selection(&self) -> Option<Target> {
        self.target(self.scroll.selected)
    }

    fn is_slow(&self) -> bool {
        self.rows.slow().is_some()
    }
}

impl ListPane {
    fn draw_search(
        &self,
        inner: Rect,
        buf: &mut Buffer,
        look: Look<'_>,
    ) -> (Rect, Option<Position>) {
        let Some(line) = &self.search else {
            return (inner, None);
        };
        let [top, rest] = ratatui::layout::Layout::vertical([
            ratatui::layout::Constraint::Length(1),
            ratatui::layout::Constraint::Fill(1),
        ])
        .areas(inner);
        let position = Input {
            prompt: "/",
            text: &line.text,
            cursor: line.cursor,
            placeholder: "text",
        }
        .render(top, buf, look.theme);
        (rest, position.filter(|_| self.searching))
    }

    fn draw_rows(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) {
        let list = self.list();
        let Some(rows) = self.rows.ready() else {
            return;
        };
        let chosen = fitting(list, area.width);
        let columns: Vec<Column<'_>> = chosen
            .iter()
            .map(|(_, title, width)| {
                let width = match width {
                    Width::Fixed(cells) | Width::Spare(cells) => table::Width::Fixed(*cells),
                    Width::Rest => table::Width::Fill(1),
                };
                Column::new(title, width)
            })
            .collect();
        let total = rows.rows.len();
        let hidden =
            (total == LIMIT as usize).then_some((0, "more rows; narrow the time or search"));
        let height = usize::from(area.height.saturating_sub(1 + u16::from(hidden.is_some())));
        self.scroll.fit(height, total);
        let window = self.scroll.window(height);
        let first = window.start;
        let cells: Vec<Vec<Cell<'_>>> = rows.rows[window.start.min(total)..window.end.min(total)]
            .iter()
            .map(|row| {
                chosen
                    .iter()
                    .filter_map(|(at, title, _)| {
                        Some(shown(title, &listing::shown(row.get(at + 2)?), look))
                    })
                    .collect()
            })
            .collect();
        let table = Table {
            columns: &columns,
            rows: &cells,
            first,
            total: Some(total),
            sort: None,
            cursor: Cursor::of(look.focused),
            hidden,
        };
        table.render(area, buf, look.theme, &mut self.scroll);
    }
}

/// What a column that takes the rest should have before others get a place.
const ROOM: u16 = 24;

/// The columns that fit, each with its place among the list's: those that are nice to have go first,
/// the last of them before the others.
fn fitting(list: &List, width: u16) -> Vec<(usize, &'static str, Width)> {
    let mut columns: Vec<(usize, &'static str, Width)> = list
        .columns()
        .enumerate()
        .map(|(at, (title, width))| (at, title, width))
        .collect();
    let needs = |columns: &[(usize, &str, Width)]| -> u16 {
        columns
            .iter()
            .map(|(_, _, width)| match width {
                Width::Fixed(cells) | Width::Spare(cells) => cells + 2,
                Width::Rest => ROOM + 2,
            })
            .sum()
    };
    while needs(&columns) > width
        && let Some(spare) = columns
            .iter()
            .rposition(|(_, _, width)| matches!(width, Width::Spare(_)))
    {
        columns.remove(spare);
    }
    columns
}

/// A cell in the role that its column gives it; a state is a glyph and a word.
fn shown(title: &str, text: &str, look: Look<'_>) -> Cell<'static> {
    let role = match (title, text) {
        ("status" | "state" | "signature" | "conclusion" | "result", token)
            if !token.is_empty() && !token.contains(' ') =>
        {
            return state::mark(token, look.theme.glyphs).cell();
        }
        ("severity", "critical" | "high" | "medium" | "low" | "info") => {
            return state::mark(text, look.theme.glyphs).cell();
        }
        ("mark", token) if !token.is_empty() => {
            return state::change(token, look.theme.glyphs).cell();
        }
        // The word of the verdict stands first, what was found behind it.
        ("verdict", text) => {
            let (token, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
            let mark = state::mark(token, look.theme.glyphs);
            return Cell::new(format!("{} {}{rest}", mark.glyph, mark.word), mark.role);
        }
        ("errors", "0")
        | (
            "first seen" | "first" | "before" | "started" | "committed" | "time" | "when"
            | "digest",
            _,
        ) => Role::Dim,
        ("errors", _) => Role::Bad,
        ("severity", word) => return severity(word, look),
        ("by", "agent") => Role::Ai,
        ("sha" | "version" | "name", _) => Role::Accent,
        _ => Role::Text,
    };
    Cell::new(text.to_owned(), role)
}

/// The severity of a log record, with a shape where it is one to look at.
fn severity(word: &str, look: Look<'_>) -> Cell<'static> {
    let glyphs = look.theme.glyphs;
    match word.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "critical" | "err" => {
            Cell::new(format!("{} {word}", glyphs.bad), Role::Bad)
        }
        "warn" | "warning" => Cell::new(format!("{} {word}", glyphs.warn), Role::Warn),
        _ => Cell::new(word.to_owned(), Role::Dim),
    }
}

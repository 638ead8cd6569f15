//! The list: rows of one kind, in the scope.
//!
//! It shows whichever list of [`listing::ALL`] the scope names, narrowed by a filter that is typed or made
//! from a cell. It holds one page of rows and asks for the next one before its end is reached, so that a log
//! of millions scrolls like one of ten; the place shown is the place in the whole. What it is not: a judge of
//! what rows mean; the detail tells of the one under the cursor.

mod bar;
mod cells;

use ratatui::buffer::Buffer;
use ratatui::layout::{Offset, Position, Rect};
use serde_json::Value;

use self::bar::{Bar, Took};
use super::{Look, Pane, Spec};
use crate::app::desk::Counting;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::filter::{self, Fields, Kind};
use crate::query::listing::{self, Ask, From, Key as RowKey, List, Page, Width};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::load::Load;
use crate::ui::scroll::{Cursor, Scroll};
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

/// Rows in sight before one that was gone to.
const BEFORE: usize = 8;

/// How near the end of a page the next one is asked for.
const MARGIN: usize = 200;

/// State of the list pane.
pub struct ListPane {
    page: Loader<Page>,
    list: usize,
    scroll: Scroll,
    bar: Bar,
    /// Which of the shown columns is meant by what is done to a cell.
    column: usize,
    /// The entity whose row is to be selected when the rows are there.
    wanted: Option<String>,
    /// True where the place that the page was asked for is to be selected.
    seeking: bool,
    /// The record that is to stay selected while everything around it comes in.
    around: Option<RowKey>,
    width: u16,
    /// Where the rows stand as they were drawn last.
    rows: Rect,
    /// What is to be opened is on its way.
    opening: bool,
    /// True while the scope is on something that no list shows: its detail stays until the cursor is moved.
    aside: bool,
}

impl Default for ListPane {
    fn default() -> Self {
        Self {
            page: Loader::new("list"),
            list: 0,
            scroll: Scroll::default(),
            bar: Bar::default(),
            column: 0,
            wanted: None,
            seeking: false,
            around: None,
            width: 80,
            rows: Rect::default(),
            opening: false,
            aside: false,
        }
    }
}

impl ListPane {
    fn list(&self) -> &'static List {
        &listing::ALL[self.list.min(listing::ALL.len() - 1)]
    }

    /// What the rows are to be.
    fn asked(&self, desk: &Desk<'_>) -> Ask {
        let list = self.list();
        let entity = desk.scope.entity.as_ref().filter(|_| desk.scope.related);
        let trace = entity.and_then(|target| listing::trace_of(&target.id));
        Ask {
            ids: desk.related(),
            entity: entity.map(|target| target.id.clone()),
            trace: trace.filter(|_| matches!(list.name, "traces" | "logs")),
            since: desk.window().map(|(since, _)| since),
            until: desk.window().map(|(_, until)| until),
            filter: self.bar.asked().to_owned(),
        }
    }

    fn ask(&mut self, from: From, desk: &Desk<'_>) {
        let (list, ask) = (self.list(), self.asked(desk));
        self.page
            .ask(desk, move |reader| listing::page(reader, list, &ask, from));
    }

    /// Asks for the page of a place, and selects it when it is there.
    fn seek(&mut self, from: From, desk: &Desk<'_>) {
        self.seeking = true;
        self.ask(from, desk);
    }

    fn total(&self) -> usize {
        self.page.ready().map_or(0, |page| page.total)
    }

    /// The cells of a row, where they are at hand.
    fn cells(&self, row: usize) -> Option<&[Value]> {
        let page = self.page.ready()?;
        page.rows
            .rows
            .get(row.checked_sub(page.first)?)
            .map(Vec::as_slice)
    }

    fn target(&self, row: usize) -> Option<Target> {
        let cells = self.cells(row)?;
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

    /// Says what is selected, and asks for the page around it where its end is near.
    fn moved(&mut self, desk: &mut Desk<'_>) {
        if !self.aside {
            desk.request(Request::Select(self.selection()));
        }
        let Some(page) = self.page.ready() else {
            return;
        };
        let (first, last) = (page.first, page.first + page.rows.rows.len());
        let selected = self.scroll.selected;
        let before = first > 0 && selected < first + MARGIN;
        let after = last < page.total && selected + MARGIN >= last;
        if (before || after) && !self.page.is_waiting() {
            self.ask(From::Row(selected), desk);
        }
    }

    /// Back to the row that was selected before the rows came anew.
    fn restore(&mut self, desk: &mut Desk<'_>) {
        let Some(page) = self.page.ready() else {
            return;
        };
        if std::mem::take(&mut self.seeking) {
            match page.at {
                Some(at) => {
                    self.scroll.selected = at;
                    // What led to it is in sight, and what followed.
                    self.scroll.top = at.saturating_sub(BEFORE);
                }
                None => desk.request(Request::Say("there is no further one".to_owned())),
            }
            self.wanted = None;
        } else if let Some(wanted) = self.wanted.take() {
            let mut rows = page.rows.rows.iter();
            let place =
                rows.position(|row| row.first().and_then(|id| id.as_str()) == Some(&wanted));
            self.scroll.selected = place.map_or(0, |place| page.first + place);
        }
        self.scroll.selected = self.scroll.selected.min(page.total.saturating_sub(1));
    }

    /// Goes to a loud row, or to one of the same trace: in a long list by asking, else among the rows.
    fn step_to(&mut self, same: bool, forward: bool, desk: &mut Desk<'_>) {
        let here = self.cells(self.scroll.selected);
        if self.list().is_long() {
            let Some(key) = here.and_then(RowKey::of) else {
                return;
            };
            let from = if same {
                From::Same(key, forward)
            } else {
                From::Loud(key, forward)
            };
            return self.seek(from, desk);
        }
        let titles: Vec<&str> = self.list().columns().map(|(title, _)| title).collect();
        let is_loud = |row: usize| {
            let cells = self.cells(row).unwrap_or_default().iter().skip(2);
            titles
                .iter()
                .zip(cells)
                .any(|(title, cell)| cells::is_bad(title, &listing::shown(cell)))
        };
        let selected = self.scroll.selected;
        let found = match (same, forward) {
            (true, _) => None,
            (_, true) => (selected + 1..self.total()).find(|row| is_loud(*row)),
            (_, false) => (0..selected).rev().find(|row| is_loud(*row)),
        };
        match found {
            Some(row) => self.scroll.selected = row,
            None => desk.request(Request::Say("there is no further one".to_owned())),
        }
    }

    /// Only rows with the cell under the cursor, or only those without.
    fn filter_by_cell(&mut self, include: bool, desk: &mut Desk<'_>) {
        let list = self.list();
        let columns = cells::fitting(list, self.width);
        let Some((at, title, _)) = columns.get(self.column.min(columns.len().saturating_sub(1)))
        else {
            return;
        };
        let field = title.replace(' ', "_");
        let fields = Fields::of(list.sql);
        let known = fields.get(&field).filter(|field| field.kind != Kind::Time);
        let value = self
            .cells(self.scroll.selected)
            .and_then(|cells| cells.get(at + 2))
            .map(listing::shown)
            .map(|text| match known.map(|field| field.kind) {
                // A state may stand before words that say more of it.
                Some(Kind::Token) => text.split([',', ' ']).next().unwrap_or_default().to_owned(),
                _ => text,
            });
        let (Some(field), Some(value)) = (known, value) else {
            let text =
                format!("rows cannot be chosen by {title}; `h` and `l` choose another column");
            return desk.request(Request::Say(text));
        };
        let text = filter::with(self.bar.text(), field.name, &value, include);
        self.bar.set(text, list);
        self.scroll.to_start();
        self.ask(From::Start, desk);
    }

    /// Which values the column under the cursor has, and how often.
    fn count(&self, desk: &mut Desk<'_>) {
        let list = self.list();
        let columns = cells::fitting(list, self.width);
        let title = columns
            .get(self.column)
            .map(|(_, title, _)| title.replace(' ', "_"));
        let fields = Fields::of(list.sql);
        let field = title.and_then(|title| Some(fields.get(&title)?.name));
        desk.request(Request::Counts(Counting {
            list: self.list,
            ask: self.asked(desk),
            field,
        }));
    }

    /// What the rows are narrowed by.
    #[must_use]
    pub fn filter(&self) -> &str {
        self.bar.asked()
    }

    /// Narrows the rows by a filter from elsewhere.
    pub fn narrow(&mut self, filter: String, desk: &mut Desk<'_>) {
        if filter.is_empty() {
            self.bar.close();
        } else {
            self.bar.set(filter, self.list());
        }
        self.scroll.to_start();
        self.ask(From::Start, desk);
    }

    /// The same record among all rows.
    fn context(&mut self, desk: &mut Desk<'_>) {
        let key = self.cells(self.scroll.selected).and_then(RowKey::of);
        self.bar.close();
        match key.filter(|_| self.list().is_long()) {
            Some(key) => {
                if desk.scope.related {
                    desk.request(Request::Act(Action::Related));
                }
                self.around = Some(key);
                self.seek(From::Record(key), desk);
            }
            None => self.ask(From::Start, desk),
        }
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
            // Rows of another list under this one's name would be opened by who types fast.
            self.page.clear(desk);
            self.opening = false;
            self.scroll = Scroll::default();
            self.bar.close();
            self.column = 0;
        }
        let entity = desk.scope.entity.as_ref();
        self.aside = !changed && entity.is_some_and(|it| List::of_kind(it.kind()).is_none());
        // The pivot's own row is where the eye wants to be.
        if let Some(target) = &desk.scope.entity
            && List::of_kind(target.kind()) == Some(self.list)
        {
            self.wanted = Some(target.id.clone());
        }
        match self.around.take() {
            Some(key) => self.seek(From::Record(key), desk),
            None if changed => self.ask(From::Start, desk),
            // What is further down stays there.
            None => self.ask(self.here(), desk),
        }
    }

    fn poll(&mut self, desk: &mut Desk<'_>) -> bool {
        if !self.page.poll() {
            return false;
        }
        self.restore(desk);
        self.moved(desk);
        if std::mem::take(&mut self.opening) {
            self.act(Action::Open, desk);
        }
        true
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.total();
        self.aside = false;
        match action {
            Action::Down => self.scroll.step(1, total),
            Action::Up => self.scroll.step(-1, total),
            Action::PageDown => self.scroll.step(20, total),
            Action::PageUp => self.scroll.step(-20, total),
            Action::First => self.scroll.to_start(),
            Action::Last => self.scroll.to_end(total),
            Action::Right => self.column = (self.column + 1).min(self.list().columns().count() - 1),
            Action::Left => self.column = self.column.saturating_sub(1),
            Action::Search => {
                self.bar.open();
                return true;
            }
            Action::NextError | Action::PreviousError => {
                self.step_to(false, action == Action::NextError, desk);
            }
            Action::NextSame | Action::PreviousSame => {
                self.step_to(true, action == Action::NextSame, desk);
            }
            Action::FilterIn | Action::FilterOut => {
                self.filter_by_cell(action == Action::FilterIn, desk);
                return true;
            }
            Action::Counts => {
                self.count(desk);
                return true;
            }
            Action::Context => {
                self.context(desk);
                return true;
            }
            Action::Open => {
                match self.selection() {
                    // A kind of message is no entity; the detail has its examples.
                    Some(target) if target.kind() == "template" => {
                        desk.request(Request::Act(Action::FocusDetail));
                    }
                    Some(target) => desk.request(Request::Pivot(target)),
                    None => self.opening = self.page.is_waiting(),
                }
                return true;
            }
            Action::Escape if self.bar.close() => {
                self.ask(From::Start, desk);
                return true;
            }
            _ => return false,
        }
        self.moved(desk);
        true
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        match self.bar.take(key, self.list()) {
            Took::Nothing => return false,
            Took::Same => {}
            Took::Changed => {
                self.scroll.to_start();
                self.ask(From::Start, desk);
            }
            Took::Done => {
                if let Some(sql) = self.bar.sql(self.list()) {
                    desk.request(Request::Say(format!("where {sql}")));
                }
            }
        }
        true
    }

    /// Selects a row; a second click opens it.
    fn click(&mut self, at: Position, desk: &mut Desk<'_>) {
        let Some(row) = self.rows.contains(at).then(|| at.y - self.rows.y) else {
            return;
        };
        let row = self.scroll.top + usize::from(row);
        if row == self.scroll.selected {
            self.act(Action::Open, desk);
        } else if row < self.total() {
            self.aside = false;
            self.scroll.selected = row;
            self.moved(desk);
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let list = self.list();
        let total = self.total();
        let position = if total == 0 {
            String::new()
        } else {
            table::position(self.scroll.selected, Some(total))
        };
        let hint = match self.page.slow() {
            Some(_) => "loading",
            None => "",
        };
        let inner = Frame {
            title: list.title(),
            focused: look.focused,
            pinned: look.pinned,
            hint,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        self.width = inner.width;
        let (inner, cursor) = self.bar.draw(list, inner, buf, look);
        match self.page.ready() {
            None if self.page.failure().is_some() => {
                Load::Failed {
                    message: self.page.failure().unwrap_or_default(),
                    hint: "Press ctrl-l to ask again",
                }
                .render(inner, buf, look.theme);
            }
            None => {
                let spinner = self.page.slow().map(|_| look.beat);
                Load::Loading {
                    what: list.name,
                    since_ns: 0,
                    spinner,
                }
                .render(inner, buf, look.theme);
            }
            Some(page) if page.total == 0 => {
                if self.bar.is_open() {
                    let why = "no row is as the filter says; esc takes it away";
                    Load::Empty {
                        state: "absent",
                        why,
                    }
                } else {
                    look.nothing("absent", list.empty())
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
        self.page.slow().is_some()
    }
}

impl ListPane {
    /// The page that is shown now.
    fn here(&self) -> From {
        match self.page.ready() {
            Some(page) if page.first > 0 => From::Row(self.scroll.selected),
            _ => From::Start,
        }
    }

    fn draw_rows(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) {
        let list = self.list();
        let total = self.total();
        let chosen = cells::fitting(list, area.width);
        self.column = self.column.min(chosen.len().saturating_sub(1));
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
        self.rows = area.offset(Offset { x: 0, y: 1 }).intersection(area);
        let height = usize::from(self.rows.height);
        self.scroll.fit(height, total);
        let window = self.scroll.window(height);
        let first = window.start;
        let row = |at: usize| -> Vec<Cell<'_>> {
            let Some(cells) = self.cells(at) else {
                // Its page is on its way.
                return vec![Cell::new("…", Role::Dim)];
            };
            let shown = |(at, title, _): &(usize, &str, Width)| {
                let text = cells.get(at + 2).map(listing::shown)?;
                Some(cells::shown(title, &text, look.theme.glyphs))
            };
            chosen.iter().filter_map(shown).collect()
        };
        let rows: Vec<Vec<Cell<'_>>> = (window.start.min(total)..window.end.min(total))
            .map(row)
            .collect();
        let table = Table {
            columns: &columns,
            rows: &rows,
            first,
            total: Some(total),
            sort: None,
            chosen: look.focused.then_some(self.column),
            cursor: Cursor::of(look.focused),
            hidden: None,
        };
        let mut scroll = self.scroll;
        table.render(area, buf, look.theme, &mut scroll);
    }
}

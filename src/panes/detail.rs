//! The detail: what the evidence says of what is selected, in the form that suits its kind.
//!
//! Each kind of entity has a file in `detail/` that asks for its parts and makes a [`Sheet`]: lines
//! with depth that fold. Traces are drawn as a waterfall instead. A kind without a file of its own
//! shows its record, field by field.

mod attestation;
mod build;
mod commit;
mod deployment;
mod finding;
mod instance;
mod mention;
mod record;
mod release;
mod session;
mod sheet;
mod template;
mod trace;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::sheet::{Sheet, SheetRow};
use self::trace::Trace;
use super::{Line, Look, Pane, Spec};
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::{Reader, StoreError};
use crate::query::{detail, listing};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::load::Load;
use crate::ui::outline::{Outline, OutlineRow};
use crate::ui::overlay::Input;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::table;
use crate::ui::theme::Role;

/// The detail pane.
pub static SPEC: Spec = Spec {
    name: "detail",
    about: "What the evidence says of what is selected: session turns, diff, attestation, jobs, waterfall, record",
    actions: &[
        Action::Open,
        Action::Search,
        Action::Raw,
        Action::Logs,
        Action::Zoom,
    ],
};

enum View {
    Sheet(Sheet),
    Trace(Trace),
}

/// State of the detail pane.
pub struct DetailPane {
    view: Loader<(Target, View)>,
    wanted: Option<Target>,
    scroll: Scroll,
    /// Lines whose folding the user changed.
    toggled: BTreeSet<usize>,
    search: Option<Line>,
    searching: bool,
    /// Where the rows stand as they were drawn last.
    rows: Rect,
    /// As it was drawn last: long lines are wrapped to it.
    width: usize,
}

impl Default for DetailPane {
    fn default() -> Self {
        let view = Loader::new("detail");
        Self {
            view,
            wanted: None,
            scroll: Scroll::default(),
            toggled: BTreeSet::new(),
            search: None,
            searching: false,
            rows: Rect::default(),
            width: 80,
        }
    }
}

fn load(reader: &Reader, target: &Target) -> Result<View, StoreError> {
    if let Some(trace) = listing::trace_of(&target.id) {
        return Ok(View::Trace(trace::load(reader, trace)?));
    }
    let record = detail::record(reader, &target.id)?.unwrap_or_default();
    let mut sheet = match target.kind() {
        "commit" => commit::load(reader, target, &record)?,
        "session" => session::load(reader, target, &record)?,
        "build" => build::load(reader, &record)?,
        "deployment" => deployment::load(reader, &record)?,
        "attestation" => attestation::load(reader, &record)?,
        "instance" => instance::load(reader, target, &record)?,
        "finding" => finding::load(reader, target)?,
        "template" => template::load(reader, target)?,
        "release" => release::load(reader, target, &record)?,
        _ if record.is_empty() => mention::load(reader, target)?,
        _ => Sheet::default(),
    };
    sheet.record(&record);
    Ok(View::Sheet(sheet))
}

impl DetailPane {
    /// The line, or span, of each row of the screen.
    fn visible(&self) -> Vec<usize> {
        match self.view.ready() {
            Some((_, View::Sheet(sheet))) => sheet
                .rows(&self.toggled, self.width)
                .iter()
                .map(|row| row.line)
                .collect(),
            Some((_, View::Trace(trace))) => trace.visible(&self.toggled),
            None => Vec::new(),
        }
    }

    /// The line or span under the cursor.
    fn here(&self) -> Option<usize> {
        self.visible().get(self.scroll.selected).copied()
    }

    /// To the next or previous match; the row at hand counts where `stay`, as while text is typed.
    fn step_to_match(&mut self, forward: bool, stay: bool) {
        let Some(needle) = self
            .search
            .as_ref()
            .map(|line| line.text.to_lowercase())
            .filter(|text| !text.is_empty())
        else {
            return;
        };
        let Some((_, view)) = self.view.ready() else {
            return;
        };
        let text = |at: &usize| match view {
            View::Sheet(sheet) => sheet.lines[*at].text(),
            View::Trace(trace) => trace.rows[*at].text(),
        };
        let visible = self.visible();
        let hits: Vec<usize> = (0..visible.len())
            // A line that goes on below itself is one match.
            .filter(|row| *row == 0 || visible[*row] != visible[*row - 1])
            .filter(|row| text(&visible[*row]).to_lowercase().contains(&needle))
            .collect();
        let next = if forward {
            hits.iter()
                .find(|row| **row > self.scroll.selected || (stay && **row == self.scroll.selected))
                .or(hits.first())
        } else {
            hits.iter()
                .rev()
                .find(|row| **row < self.scroll.selected)
                .or(hits.last())
        };
        if let Some(row) = next {
            self.scroll.selected = *row;
        }
    }

    /// Goes to a span that failed.
    fn step_to_error(&mut self, forward: bool) {
        let Some((_, View::Trace(trace))) = self.view.ready() else {
            return;
        };
        let visible = self.visible();
        let failed = |row: &usize| visible.get(*row).is_some_and(|at| trace.rows[*at].failed());
        let here = self.scroll.selected;
        let found = if forward {
            (here + 1..visible.len()).find(failed)
        } else {
            (0..here).rev().find(failed)
        };
        self.scroll.selected = found.unwrap_or(here);
    }

    /// Folds what is below a line, or unfolds it.
    fn toggle(&mut self, line: usize) {
        if !self.toggled.remove(&line) {
            self.toggled.insert(line);
        }
    }

    fn open(&mut self, desk: &mut Desk<'_>) {
        let Some(here) = self.here() else { return };
        match self.view.ready() {
            Some((_, View::Sheet(sheet))) => {
                if sheet.has_children(here) {
                    self.toggle(here);
                } else if let Some(target) = sheet.lines[here].target.clone() {
                    desk.request(Request::Pivot(target));
                }
            }
            Some((_, View::Trace(trace))) if trace.has_children(here) => self.toggle(here),
            Some((target, View::Trace(_))) => desk.request(Request::Pivot(target.clone())),
            None => {}
        }
    }
}

impl Pane for DetailPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, selected: Option<&Target>, desk: &mut Desk<'_>) {
        let target = selected.or(desk.scope.entity.as_ref()).cloned();
        if target.as_ref().map(|t| &t.id) == self.wanted.as_ref().map(|t| &t.id)
            && self.view.failure().is_none()
        {
            return;
        }
        self.wanted.clone_from(&target);
        let Some(target) = target else {
            return self.view.clear(desk);
        };
        self.view.ask(desk, move |reader| {
            let view = load(reader, &target)?;
            Ok((target, view))
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        let fresh = self.view.poll();
        if fresh {
            self.scroll = Scroll::default();
            self.toggled.clear();
            if let Some((_, View::Trace(trace))) = self.view.ready() {
                // The eye wants the failure, not the root.
                self.scroll.selected = trace.first_error().unwrap_or(0);
            }
        }
        fresh
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.visible().len();
        match action {
            Action::Down => self.scroll.step(1, total),
            Action::Up => self.scroll.step(-1, total),
            Action::PageDown => self.scroll.step(20, total),
            Action::PageUp => self.scroll.step(-20, total),
            Action::First => self.scroll.to_start(),
            Action::Last => self.scroll.to_end(total),
            Action::Open => self.open(desk),
            Action::Search => {
                self.search.get_or_insert_default();
                self.searching = true;
            }
            Action::NextMatch => self.step_to_match(true, false),
            Action::PreviousMatch => self.step_to_match(false, false),
            Action::Escape if self.search.is_some() => self.search = None,
            Action::Raw => {
                let place = match (self.view.ready(), self.here()) {
                    (Some((_, View::Sheet(sheet))), Some(here)) => sheet.place(here),
                    (Some((_, View::Trace(trace))), Some(here)) => trace.rows[here].place.clone(),
                    _ => None,
                };
                match place {
                    Some(place) => desk.request(Request::Raw(place)),
                    None => {
                        desk.request(Request::Say("this line has no bytes of its own".to_owned()));
                    }
                }
            }
            Action::LogsBelow => match (self.view.ready(), self.here()) {
                (Some((target, View::Trace(trace))), Some(here)) => {
                    desk.request(Request::Pivot(target.clone()));
                    let filter = trace.logs_of(here).unwrap_or_default();
                    desk.request(Request::Rows {
                        list: "logs",
                        filter,
                    });
                }
                _ => return false,
            },
            Action::NextError | Action::PreviousError => {
                self.step_to_error(action == Action::NextError);
            }
            _ => return false,
        }
        true
    }

    fn typed(&mut self, key: Key, _desk: &mut Desk<'_>) -> bool {
        use crate::app::key::Code;
        if !self.searching {
            return false;
        }
        match key.code {
            Code::Enter => self.searching = false,
            Code::Esc => (self.searching, self.search) = (false, None),
            _ => {
                if self.search.as_mut().is_some_and(|line| line.take(key)) {
                    self.step_to_match(true, true);
                }
            }
        }
        true
    }

    /// Selects a line; a second click opens it.
    fn click(&mut self, at: Position, desk: &mut Desk<'_>) {
        let Some(row) = self.rows.contains(at).then(|| at.y - self.rows.y) else {
            return;
        };
        let row = self.scroll.top + usize::from(row);
        if row == self.scroll.selected {
            self.open(desk);
        } else if row < self.visible().len() {
            self.scroll.selected = row;
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        self.width = usize::from(Frame::inner(area).width);
        let visible = self.visible();
        let title = self
            .view
            .ready()
            .map_or("detail".to_owned(), |(target, _)| {
                format!("{} {}", target.kind(), target.label)
            });
        let position = if visible.is_empty() {
            String::new()
        } else {
            table::position(self.scroll.selected, Some(visible.len()))
        };
        let hint = if self.view.slow().is_some() {
            "loading"
        } else {
            ""
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            hint,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        let (inner, cursor) = self.draw_search(inner, buf, look);
        self.rows = match self.view.ready() {
            Some((_, View::Trace(_))) => Trace::rows_in(inner),
            _ => inner,
        };
        match self.view.ready() {
            None => {
                let spinner = self.view.slow().map(|_| look.beat);
                match self.view.failure() {
                    Some(message) => Load::Failed {
                        message,
                        hint: "Press ctrl-l to ask again",
                    }
                    .render(inner, buf, look.theme),
                    None if self.wanted.is_some() => Load::Loading {
                        what: "detail",
                        since_ns: 0,
                        spinner,
                    }
                    .render(inner, buf, look.theme),
                    None => Load::Empty {
                        state: "absent",
                        why: "nothing is selected",
                    }
                    .render(inner, buf, look.theme),
                }
            }
            Some((_, View::Trace(trace))) => {
                trace.draw(inner, buf, look, &mut self.scroll, &self.toggled);
            }
            Some((_, View::Sheet(sheet))) if sheet.lines.is_empty() => {
                let why = "it is only mentioned; no record of its own is in the evidence";
                look.nothing("not_collected", why)
                    .render(inner, buf, look.theme);
            }
            Some((_, View::Sheet(sheet))) => {
                let height = usize::from(inner.height);
                self.scroll.fit(height, visible.len());
                let window = self.scroll.window(height);
                let shown = sheet.rows(&self.toggled, self.width);
                let shown = &shown[window.start.min(visible.len())..window.end.min(visible.len())];
                let rows: Vec<OutlineRow<'_>> = shown
                    .iter()
                    .map(|shown| row(sheet, shown, &self.toggled))
                    .collect();
                let mut scroll = self.scroll;
                Outline {
                    rows: &rows,
                    first: window.start,
                    total: visible.len(),
                    cursor: Cursor::of(look.focused),
                }
                .render(inner, buf, look.theme, &mut scroll);
            }
        }
        cursor
    }

    fn selection(&self) -> Option<Target> {
        let (_, View::Sheet(sheet)) = self.view.ready()? else {
            return None;
        };
        sheet.lines.get(self.here()?)?.target.clone()
    }

    fn is_slow(&self) -> bool {
        self.view.slow().is_some()
    }
}

impl DetailPane {
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
            placeholder: "text; n and N go on",
        }
        .render(top, buf, look.theme);
        (rest, position.filter(|_| self.searching))
    }
}

fn row<'a>(sheet: &'a Sheet, shown: &'a SheetRow, toggled: &BTreeSet<usize>) -> OutlineRow<'a> {
    let line = &sheet.lines[shown.line];
    let open = shown.first && sheet.has_children(shown.line);
    let role = line.cells.last().map_or(Role::Text, |(_, role)| *role);
    let mut label: Vec<Cell<'_>> = if shown.first {
        line.cells
            .iter()
            .rev()
            .skip(1)
            .rev()
            .map(|(text, role)| Cell::new(text.as_str(), *role))
            .collect()
    } else {
        vec![Cell::new(" ".repeat(shown.indent), Role::Text)]
    };
    label.push(Cell::new(shown.text.as_str(), role));
    OutlineRow {
        depth: line.depth,
        folded: open.then(|| sheet.is_folded(shown.line, toggled)),
        cells: label,
    }
}

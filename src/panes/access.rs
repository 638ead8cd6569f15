//! The access matrix: secrets, hosts and rights down, who used them across; what is new is marked.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Look, Pane, Spec, Subject, draw_waiting, stepped};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::time;
use crate::query::access_matrix::{self, Grain, Matrix, Use};
use crate::ui::frame::Frame;
use crate::ui::grid::Grid;
use crate::ui::pen::Pen;
use crate::ui::scroll::Scroll;
use crate::ui::table;
use crate::ui::theme::Role;

/// The access board.
pub static SPEC: Spec = Spec {
    name: "access",
    about: "Access matrix: which release or instance used which secret, host or right, and what is new",
    actions: &[
        Action::Right,
        Action::ZoomIn,
        Action::ZoomOut,
        Action::Open,
        Action::Raw,
        Action::Escape,
    ],
};

/// State of the access board.
pub struct AccessPane {
    data: Loader<(Option<String>, Vec<Use>)>,
    subject: Option<Subject>,
    grain: Grain,
    matrix: Matrix,
    scroll: Scroll,
    column: usize,
}

impl Default for AccessPane {
    fn default() -> Self {
        Self {
            data: Loader::new("access_matrix"),
            subject: None,
            grain: Grain::default(),
            matrix: Matrix::default(),
            scroll: Scroll::default(),
            column: 0,
        }
    }
}

impl AccessPane {
    fn release(&self) -> Option<&str> {
        self.data.ready()?.0.as_deref()
    }

    fn lay_out(&mut self) {
        self.matrix = self
            .data
            .ready()
            .map(|(release, uses)| Matrix::of(uses, release.as_deref(), self.grain))
            .unwrap_or_default();
        (self.scroll, self.column) = (Scroll::default(), 0);
    }

    fn here(&self) -> Option<&access_matrix::Cell> {
        self.matrix.cells.get(&(self.scroll.selected, self.column))
    }

    /// A column's heading: of a release the version, of an instance the end of its name.
    fn heading(&self, who: &str) -> String {
        match self.grain {
            Grain::Release => {
                let version = who.split('@').nth(1).unwrap_or(who);
                version.split('/').next().unwrap_or(version).to_owned()
            }
            Grain::Service => who.to_owned(),
            Grain::Instance => {
                let service = self.release().and_then(|id| id.split('@').next());
                let short = service.and_then(|service| who.strip_prefix(service));
                short.unwrap_or(who).trim_start_matches('-').to_owned()
            }
        }
    }
}

impl Pane for AccessPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let subject = Subject::of(desk);
        if self.subject.as_ref() == Some(&subject) && self.data.failure().is_none() {
            return;
        }
        self.subject = Some(subject.clone());
        self.data.ask(desk, move |reader| {
            Ok((subject.release(reader)?, access_matrix::ask(reader)?))
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        let fresh = self.data.poll();
        if fresh {
            self.lay_out();
        }
        fresh
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        if stepped(&mut self.scroll, action, self.matrix.things.len()) {
            return true;
        }
        let grain = match (action, self.grain) {
            (Action::ZoomIn, Grain::Service) | (Action::ZoomOut, Grain::Instance) => {
                Some(Grain::Release)
            }
            (Action::ZoomIn, _) => Some(Grain::Instance),
            (Action::ZoomOut, _) => Some(Grain::Service),
            _ => None,
        };
        if let Some(grain) = grain {
            self.grain = grain;
            self.lay_out();
            return true;
        }
        let last = self.matrix.who.len().saturating_sub(1);
        match action {
            Action::Right => self.column = (self.column + 1).min(last),
            Action::Left => self.column = self.column.saturating_sub(1),
            Action::Open => match (self.selection(), self.grain) {
                (Some(target), _) => desk.request(Request::Pivot(target)),
                (None, _) => {
                    desk.request(Request::Say("choose a column of one release".to_owned()));
                }
            },
            Action::Raw => {
                let cited = self.here().and_then(|cell| cell.citation.as_ref());
                match cited.and_then(Place::of) {
                    Some(place) => desk.request(Request::Raw(place)),
                    None => desk.request(Request::Say("it did not do this".to_owned())),
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let of = match (self.release(), self.grain) {
            (None, _) | (_, Grain::Service) => "every service".to_owned(),
            (Some(id), Grain::Release) => {
                format!("releases of {}", id.split('@').next().unwrap_or(id))
            }
            (Some(id), Grain::Instance) => format!("instances of {id}"),
        };
        let title = format!("access by {of}");
        let total = self.matrix.things.len();
        let position = match total {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            note: "+ new: no release of the service did it before",
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        if self.data.ready().is_none() {
            draw_waiting(&self.data, "who did what", inner, buf, look);
        } else if total == 0 {
            look.nothing(
                "not_collected",
                "no record of secrets, hosts or rights names it",
            )
            .render(inner, buf, look.theme);
        } else {
            self.draw_matrix(inner, buf, look);
        }
        None
    }

    fn selection(&self) -> Option<Target> {
        let who = self.matrix.who.get(self.column)?;
        match self.grain {
            Grain::Release => Some(Target::new(format!("release:{who}"), who.clone())),
            _ => None,
        }
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

impl AccessPane {
    fn draw_matrix(&mut self, inner: Rect, buf: &mut Buffer, look: Look<'_>) {
        let words = if inner.height > 9 { 3 } else { 0 };
        let [above, below] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(words)]).areas(inner);
        let across: Vec<String> = self
            .matrix
            .who
            .iter()
            .map(|who| self.heading(who))
            .collect();
        let mut scroll = self.scroll;
        let more = Grid {
            heads: ["kind", "what"],
            short: 9,
            things: &self.matrix.things,
            across: &across,
            column: self.column,
            cell: &|thing, column| self.cell(thing, column, look),
            focused: look.focused,
        }
        .render(above, buf, look.theme, &mut scroll);
        self.scroll = scroll;
        if words > 0 {
            self.draw_words(below, more, buf, look);
        }
    }

    fn cell(&self, thing: usize, column: usize, look: Look<'_>) -> (String, Role) {
        match self.matrix.cells.get(&(thing, column)) {
            Some(cell) if cell.is_new => (format!("+ {} new", cell.events), Role::Added),
            Some(cell) => (cell.events.to_string(), Role::Text),
            None => (look.theme.glyphs.plain.to_owned(), Role::Dim),
        }
    }

    fn draw_words(&self, area: Rect, more: usize, buf: &mut Buffer, look: Look<'_>) {
        let mut pen = Pen::new(area, buf, look.theme);
        pen.rule(0, 0, area.width, look.theme.glyphs.faint[0], Role::Border);
        let who = self.matrix.who.get(self.column).map_or("", String::as_str);
        let thing = self.matrix.things.get(self.scroll.selected);
        let (family, name) = thing.map_or(("", ""), |(f, n)| (f.as_str(), n.as_str()));
        let head = format!("{who}  {family} {name}");
        let said = match self.here() {
            Some(cell) => format!(
                "{} times, first {}{}; r shows it",
                cell.events,
                time::short(cell.first_ns),
                if cell.is_new {
                    "; no release of the service did it before"
                } else {
                    ""
                }
            ),
            None => "never, as far as the evidence tells".to_owned(),
        };
        let more = match more {
            0 => String::new(),
            more => format!("  {more} more columns to the right"),
        };
        pen.text(1, 1, area.width.saturating_sub(1), &head, Role::Title);
        let line = format!("{said}.{more}");
        pen.text(1, 2, area.width.saturating_sub(1), &line, Role::Text);
    }
}

//! What changed before: every change before the moment in question, with reasons for and against.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec, Subject, draw_waiting, stepped};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::query::changes::{self, Change, Changes, Wanted};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::outline::{MARGIN, Outline, OutlineRow};
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::table;
use crate::ui::text;
use crate::ui::theme::Role;

/// The board of changes.
pub static SPEC: Spec = Spec {
    name: "changes",
    about: "What changed before the moment in question, most likely cause first, with reasons for and against",
    actions: &[Action::Open, Action::Raw, Action::Verdict, Action::Escape],
};

/// Changes that are shown; the subcommand has all.
const MOST: usize = 200;

/// State of the board of changes.
pub struct ChangesPane {
    data: Loader<Changes>,
    subject: Option<Subject>,
    scroll: Scroll,
    width: usize,
}

impl Default for ChangesPane {
    fn default() -> Self {
        Self {
            data: Loader::new("changes"),
            subject: None,
            scroll: Scroll::default(),
            width: 80,
        }
    }
}

/// A row of the screen and the change that it belongs to.
struct Shown<'a> {
    change: usize,
    depth: u16,
    cells: Vec<Cell<'a>>,
}

impl ChangesPane {
    fn changes(&self) -> &[Change] {
        let ready = self.data.ready();
        ready.map_or(&[], |all| &all.changes[..all.changes.len().min(MOST)])
    }

    /// The rows; glyphs where they are drawn, none where they are counted.
    fn rows(&self, look: Option<Look<'_>>) -> Vec<Shown<'_>> {
        let mut rows = Vec::new();
        let glyph = |for_it: bool| match look {
            Some(look) if for_it => look.theme.glyphs.good,
            Some(look) => look.theme.glyphs.bad,
            None => " ",
        };
        for (at, change) in self.changes().iter().enumerate() {
            rows.push(Shown {
                change: at,
                depth: 0,
                cells: vec![
                    Cell::new(format!("{:>2}. ", at + 1), Role::Dim),
                    Cell::new(format!("{:<8} ", change.kind), Role::Info),
                    Cell::new(change.what.as_str(), Role::Title),
                    Cell::new(
                        format!(
                            "  {}  {}",
                            change
                                .took_effect
                                .get(5..19)
                                .unwrap_or_default()
                                .replace('T', " "),
                            change.who
                        ),
                        Role::Dim,
                    ),
                ],
            });
            let reasons = change.pro.iter().map(|says| (true, says));
            let reasons = reasons.chain(change.against.iter().map(|says| (false, says)));
            for (for_it, says) in reasons {
                let (word, role) = if for_it {
                    ("for      ", Role::Warn)
                } else {
                    ("against  ", Role::Dim)
                };
                let room = self.width.saturating_sub(usize::from(MARGIN) + 13).max(12);
                for (number, line) in text::wrap(says, room, 4).into_iter().enumerate() {
                    let head = if number == 0 {
                        format!("{} {word}", glyph(for_it))
                    } else {
                        " ".repeat(11)
                    };
                    rows.push(Shown {
                        change: at,
                        depth: 1,
                        cells: vec![Cell::new(head, role), Cell::new(line, Role::Text)],
                    });
                }
            }
        }
        rows
    }

    fn here(&self) -> Option<&Change> {
        let change = self.rows(None).get(self.scroll.selected)?.change;
        self.changes().get(change)
    }
}

impl Pane for ChangesPane {
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
            let release = subject.release(reader)?;
            let service = release
                .as_deref()
                .and_then(|id| id.split('@').next())
                .map(str::to_owned);
            let wanted = Wanted {
                service,
                release,
                ..Wanted::default()
            };
            let all = changes::ask(reader, &wanted)?;
            if all.before.is_some() {
                return Ok(all);
            }
            // Nothing was found about it: what led to the worst finding of all is asked instead.
            changes::ask(reader, &Wanted::default())
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.data.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.rows(None).len();
        if stepped(&mut self.scroll, action, total) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(target) = self.selection() {
                    desk.request(Request::Pivot(target));
                }
            }
            Action::Raw => {
                let place = self.here().and_then(|change| change.citations.first());
                match place.and_then(Place::of) {
                    Some(place) => desk.request(Request::Raw(place)),
                    None => {
                        desk.request(Request::Say(
                            "this change has no bytes of its own".to_owned(),
                        ));
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        self.width = usize::from(Frame::inner(area).width);
        let ready = self.data.ready();
        let moment = ready.and_then(|all| all.before.as_deref());
        let title = match moment {
            Some(moment) => format!(
                "what changed before {} UTC",
                moment.get(..19).unwrap_or(moment).replace('T', " ")
            ),
            None => "what changed before".to_owned(),
        };
        let note = ready
            .and_then(|all| all.because.as_deref())
            .map_or(String::new(), |because| format!("then: {because}"));
        let total = self.changes().len();
        let rows = self.rows(Some(look));
        let here = rows.get(self.scroll.selected).map_or(0, |row| row.change);
        let position = match total {
            0 => String::new(),
            total => table::position(here, Some(total)),
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            hint: "most likely first",
            note: &note,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        let mut scroll = self.scroll;
        if ready.is_none() {
            draw_waiting(&self.data, "changes", inner, buf, look);
        } else if total == 0 {
            let (state, why) = if moment.is_some() {
                ("absent", "no change is recorded in the day before")
            } else {
                (
                    "absent",
                    "nothing was found, so there is no moment to ask about",
                )
            };
            look.nothing(state, why).render(inner, buf, look.theme);
        } else {
            let height = usize::from(inner.height);
            scroll.fit(height, rows.len());
            let window = scroll.window(height);
            let window = window.start.min(rows.len())..window.end.min(rows.len());
            let first = window.start;
            let shown: Vec<OutlineRow<'_>> = rows[window]
                .iter()
                .map(|row| OutlineRow {
                    depth: row.depth,
                    folded: None,
                    cells: row.cells.clone(),
                })
                .collect();
            Outline {
                rows: &shown,
                first,
                total: rows.len(),
                cursor: Cursor::of(look.focused),
            }
            .render(inner, buf, look.theme, &mut scroll);
        }
        drop(rows);
        self.scroll = scroll;
        None
    }

    fn selection(&self) -> Option<Target> {
        let change = self.here()?;
        Some(Target::new(
            change.id.clone(),
            format!("{} {}", change.kind, change.what),
        ))
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

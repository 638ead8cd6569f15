//! Why: the links of what is selected, with both values, the class, the rule, and where it is said.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::Floor;
use crate::model::link::Class;
use crate::query::about;
use crate::query::links::{self, Link};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::load::Load;
use crate::ui::outline::{Outline, OutlineRow};
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::state;
use crate::ui::table;
use crate::ui::theme::Role;

/// The why pane.
pub static SPEC: Spec = Spec {
    name: "why",
    about: "Why what is selected is linked: rule, class, state, both values, both places",
    actions: &[Action::Open, Action::Raw, Action::Copy],
};

/// Links that are shown at most; how many more there are is said.
const MOST: usize = 200;

/// State of the why pane.
pub struct WhyPane {
    links: Loader<(Target, Vec<Link>)>,
    shown_for: Option<Target>,
    /// What links must be worth to be here.
    floor: Floor,
    scroll: Scroll,
}

impl Default for WhyPane {
    fn default() -> Self {
        Self {
            links: Loader::new("why"),
            shown_for: None,
            floor: Floor::Any,
            scroll: Scroll::default(),
        }
    }
}

/// A line of the pane and the link that it belongs to.
struct Shown<'a> {
    link: usize,
    cells: Vec<Cell<'a>>,
    depth: u16,
}

impl WhyPane {
    fn shown(&self, look: Option<Look<'_>>) -> Vec<Shown<'_>> {
        let Some((target, links)) = self.links.ready() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (number, link) in links.iter().take(MOST).enumerate() {
            let arrow = if link.from == target.id { "to" } else { "from" };
            let mut head = vec![
                Cell::new(link.class.clone(), class(&link.class)),
                Cell::new(" ", Role::Dim),
            ];
            if let Some(look) = look {
                head.push(state::mark(&link.state, look.theme.glyphs).cell());
            }
            head.extend([
                Cell::new(format!(" {arrow} "), Role::Dim),
                Cell::new(link.other(&target.id), Role::Accent),
            ]);
            rows.push(Shown {
                link: number,
                cells: head,
                depth: 0,
            });
            rows.push(Shown {
                link: number,
                cells: vec![
                    Cell::new(format!("{}: ", link.method), Role::Dim),
                    Cell::new(link.why.as_str(), Role::Text),
                ],
                depth: 1,
            });
            for value in link.values.iter().flatten() {
                rows.push(Shown {
                    link: number,
                    cells: vec![
                        Cell::new("= ", Role::Dim),
                        Cell::new(value.as_str(), Role::Text),
                    ],
                    depth: 1,
                });
            }
            for citation in &link.citations {
                let place = Place::of(citation)
                    .map(|place| format!("{} @{}+{}", place.file, place.offset, place.length));
                rows.push(Shown {
                    link: number,
                    cells: vec![Cell::new(place.unwrap_or_default(), Role::Dim)],
                    depth: 1,
                });
            }
        }
        rows
    }

    fn link(&self) -> Option<&Link> {
        let number = self.shown(None).get(self.scroll.selected)?.link;
        self.links.ready()?.1.get(number)
    }

    /// The citation on the selected line, else the first of its link.
    fn place(&self) -> Option<Place> {
        let rows = self.shown(None);
        let row = rows.get(self.scroll.selected)?;
        let begun = rows.iter().position(|other| other.link == row.link)?;
        let link = self.links.ready()?.1.get(row.link)?;
        let before = 2 + link.values.iter().flatten().count();
        let which = (self.scroll.selected - begun).saturating_sub(before);
        link.citations
            .get(which)
            .or_else(|| link.citations.first())
            .and_then(Place::of)
    }
}

fn class(letter: &str) -> Role {
    match Class::parse(letter) {
        Some(Class::S) => Role::ClassS,
        Some(Class::I) => Role::ClassI,
        _ => Role::ClassT,
    }
}

impl Pane for WhyPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, selected: Option<&Target>, desk: &mut Desk<'_>) {
        let target = selected.or(desk.scope.entity.as_ref()).cloned();
        if target == self.shown_for {
            return;
        }
        self.shown_for.clone_from(&target);
        self.floor = desk.lanes.floor();
        self.scroll = Scroll::default();
        let Some(target) = target else {
            return self.links.clear(desk);
        };
        self.links.ask(desk, move |reader| {
            // Rules link releases, not what was found out about them.
            let target = match target.kind() {
                "finding" => about::releases(reader, &target.id, &[])?
                    .first()
                    .map(|id| Target::new(format!("release:{id}"), id.clone()))
                    .unwrap_or(target),
                _ => target,
            };
            let mut links = links::ask(reader, std::slice::from_ref(&target.id))?;
            links.sort_by(|a, b| {
                b.strength()
                    .cmp(&a.strength())
                    .then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
            });
            Ok((target, links))
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.links.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.shown(None).len();
        match action {
            Action::Down => self.scroll.step(1, total),
            Action::Up => self.scroll.step(-1, total),
            Action::PageDown => self.scroll.step(15, total),
            Action::PageUp => self.scroll.step(-15, total),
            Action::First => self.scroll.to_start(),
            Action::Last => self.scroll.to_end(total),
            Action::Open => {
                let target = self
                    .links
                    .ready()
                    .zip(self.link())
                    .map(|((target, _), link)| link.other(&target.id).to_owned());
                if let Some(id) = target {
                    desk.request(Request::Pivot(Target::new(id.clone(), id)));
                }
            }
            Action::Raw => {
                if let Some(place) = self.place() {
                    desk.request(Request::Raw(place));
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let total = self.links.ready().map_or(0, |(_, links)| links.len());
        let title = self
            .shown_for
            .as_ref()
            .map_or("why".to_owned(), |target| format!("why {}", target.kind()));
        let note = if total > MOST {
            format!("{} more links", total - MOST)
        } else {
            String::new()
        };
        let position = if total == 0 {
            String::new()
        } else {
            table::position(self.link_number(), Some(total))
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            note: &note,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        if let Some(message) = self.links.failure() {
            Load::Failed {
                message,
                hint: "Press ctrl-l to ask again",
            }
            .render(inner, buf, look.theme);
            return None;
        }
        if total == 0 {
            if !self.links.is_waiting() {
                let why = if self.floor == Floor::Any {
                    "no rule links it to anything in the evidence"
                } else {
                    "no link of it is as strong as the trust floor asks for"
                };
                look.nothing("missing", why).render(inner, buf, look.theme);
            }
            return None;
        }
        let shown = self.shown(Some(look));
        let height = usize::from(inner.height);
        let mut scroll = self.scroll;
        scroll.fit(height, shown.len());
        let window = scroll.window(height);
        let rows: Vec<OutlineRow<'_>> = shown
            [window.start.min(shown.len())..window.end.min(shown.len())]
            .iter()
            .map(|row| OutlineRow {
                depth: row.depth,
                folded: None,
                cells: row.cells.clone(),
            })
            .collect();
        Outline {
            rows: &rows,
            first: window.start,
            total: shown.len(),
            cursor: Cursor::of(look.focused),
        }
        .render(inner, buf, look.theme, &mut scroll);
        let all = shown.len();
        drop(shown);
        self.scroll = scroll;
        self.scroll.fit(height, all);
        None
    }

    fn selection(&self) -> Option<Target> {
        self.shown_for.clone()
    }

    fn is_slow(&self) -> bool {
        self.links.slow().is_some()
    }
}

impl WhyPane {
    fn link_number(&self) -> usize {
        self.shown(None)
            .get(self.scroll.selected)
            .map_or(0, |row| row.link)
    }
}

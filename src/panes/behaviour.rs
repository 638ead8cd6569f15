//! Behaviour A|B: what the release did beside the other releases of its service, most surprising first.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Look, Pane, Spec, Subject, draw_waiting, stepped};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::query::contrast::{self, Contrast, Difference};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::pen::Pen;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::state;
use crate::ui::table::{self, Column, Table, Width};
use crate::ui::text;
use crate::ui::theme::Role;

/// The behaviour board.
pub static SPEC: Spec = Spec {
    name: "behaviour",
    about: "Behaviour A|B: what the release does that others of its service do not, ranked by surprise",
    actions: &[Action::Open, Action::Raw, Action::Verdict, Action::Escape],
};

/// From this width on, families and probabilities have columns; they stand below the table anyway.
const WIDE: u16 = 100;
/// Lines below the table that say in full what is selected.
const WORDS: u16 = 4;

/// State of the behaviour board.
pub struct BehaviourPane {
    data: Loader<Option<Contrast>>,
    subject: Option<Subject>,
    scroll: Scroll,
}

impl Default for BehaviourPane {
    fn default() -> Self {
        Self {
            data: Loader::new("contrast"),
            subject: None,
            scroll: Scroll::default(),
        }
    }
}

impl BehaviourPane {
    fn rows(&self) -> &[Difference] {
        let ready = self.data.ready().and_then(Option::as_ref);
        ready.map_or(&[], |contrast| &contrast.differences)
    }

    fn here(&self) -> Option<&Difference> {
        self.rows().get(self.scroll.selected)
    }
}

impl Pane for BehaviourPane {
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
            release.map(|id| contrast::ask(reader, &id)).transpose()
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.data.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.rows().len();
        if stepped(&mut self.scroll, action, total) {
            return true;
        }
        match action {
            Action::Open => match self.selection() {
                Some(target) => desk.request(Request::Pivot(target)),
                None => desk.request(Request::Say(
                    "no finding speaks of it; r shows where it is said".to_owned(),
                )),
            },
            Action::Raw => {
                let cited = self.here().and_then(|one| one.citation.as_ref());
                match cited.and_then(Place::of) {
                    Some(place) => desk.request(Request::Raw(place)),
                    None => {
                        desk.request(Request::Say("this row has no bytes of its own".to_owned()));
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let contrast = self.data.ready().and_then(Option::as_ref);
        let title = contrast.map_or("behaviour".to_owned(), |contrast| {
            format!("{} | {} other releases", contrast.release, contrast.others)
        });
        let note = contrast.map_or(String::new(), |contrast| {
            format!("{} behaviours do not differ", contrast.same)
        });
        let total = self.rows().len();
        let position = match total {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            hint: "most surprising first",
            note: &note,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        match self.data.ready() {
            None => draw_waiting(&self.data, "both sides", inner, buf, look),
            Some(None) => look
                .nothing("absent", "no release is known")
                .render(inner, buf, look.theme),
            Some(Some(contrast)) if contrast.differences.is_empty() => {
                let (state, why) = if contrast.exposure == 0 {
                    ("not_collected", "no telemetry names this release")
                } else if contrast.usual == 0 {
                    ("absent", "no other release to compare with")
                } else {
                    (
                        "inconclusive",
                        "nothing differs, as far as the evidence tells",
                    )
                };
                look.nothing(state, why).render(inner, buf, look.theme);
            }
            Some(Some(_)) => self.draw_rows(inner, buf, look),
        }
        None
    }

    fn selection(&self) -> Option<Target> {
        let found = self.here()?.finding.as_ref()?;
        Some(Target::new(
            format!("finding:{}", found.id),
            found.title.clone(),
        ))
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

impl BehaviourPane {
    fn draw_rows(&mut self, inner: Rect, buf: &mut Buffer, look: Look<'_>) {
        let words = if inner.height > 10 { WORDS } else { 0 };
        let [above, below] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(words)]).areas(inner);
        let wide = inner.width >= WIDE;
        let mut columns = vec![
            Column::new("change", Width::Fixed(10)),
            Column::new("what", Width::Fill(1)),
            Column::right("before", Width::Fixed(6)),
            Column::right("now", Width::Fixed(5)),
            Column::new("diff", Width::Fixed(10)),
            Column::new("severity", Width::Fixed(10)),
        ];
        if wide {
            columns.insert(1, Column::new("family", Width::Fixed(9)));
            columns.insert(5, Column::right("instances", Width::Fixed(9)));
            columns.insert(6, Column::right("p", Width::Fixed(8)));
        }
        let height = usize::from(above.height.saturating_sub(1));
        let total = self.rows().len();
        self.scroll.fit(height, total);
        let window = self.scroll.window(height);
        let window = window.start.min(total)..window.end.min(total);
        let first = window.start;
        let mut scroll = self.scroll;
        let cells: Vec<Vec<Cell<'_>>> = self.rows()[window]
            .iter()
            .map(|one| row(one, wide, look))
            .collect();
        Table {
            columns: &columns,
            rows: &cells,
            first,
            total: Some(total),
            sort: None,
            chosen: None,
            cursor: Cursor::of(look.focused),
            hidden: None,
        }
        .render(above, buf, look.theme, &mut scroll);
        if let Some(one) = self.here().filter(|_| words > 0) {
            draw_words(one, below, buf, look);
        }
        self.scroll = scroll;
    }
}

fn row<'a>(one: &'a Difference, wide: bool, look: Look<'_>) -> Vec<Cell<'a>> {
    let severity = match &one.finding {
        Some(found) => state::mark(found.severity.word(), look.theme.glyphs).cell(),
        None => Cell::new("none", Role::Dim),
    };
    let mut cells = vec![
        state::change(one.change, look.theme.glyphs).cell(),
        Cell::new(one.what.as_str(), Role::Text),
        Cell::new(format!("{:.0}", one.before), Role::Dim),
        Cell::new(format!("{:.0}", one.count), Role::Text),
        explained(one.explained, look),
        severity,
    ];
    if wide {
        cells.insert(1, Cell::new(one.family.as_str(), Role::Dim));
        cells.insert(5, Cell::new(one.instances.to_string(), Role::Text));
        cells.insert(6, Cell::new(chance(one.p), Role::Text));
    }
    cells
}

fn explained(explained: Option<bool>, look: Look<'_>) -> Cell<'static> {
    let glyphs = look.theme.glyphs;
    match explained {
        Some(true) => Cell::new(format!("{} names it", glyphs.plain), Role::Info),
        Some(false) => Cell::new(format!("{} silent", glyphs.warn), Role::Warn),
        None => Cell::new(format!("{} unknown", glyphs.open), Role::Unknown),
    }
}

fn chance(p: Option<f64>) -> String {
    p.map_or("none".to_owned(), |p| {
        if p < 0.001 {
            format!("{p:.0e}")
        } else {
            format!("{p:.3}")
        }
    })
}

/// What is selected, in full.
fn draw_words(one: &Difference, area: Rect, buf: &mut Buffer, look: Look<'_>) {
    let mut pen = Pen::new(area, buf, look.theme);
    pen.rule(0, 0, area.width, look.theme.glyphs.faint[0], Role::Border);
    let head = one
        .finding
        .as_ref()
        .map_or(one.what.as_str(), |found| found.title.as_str());
    let said = match &one.finding {
        Some(found) => format!("finding {} ({}): enter opens it", found.id, found.state),
        None => "no finding speaks of it".to_owned(),
    };
    let more = format!(
        "{}, {} instances, p {}; {}. {said}",
        one.family,
        one.instances,
        chance(one.p),
        match one.explained {
            Some(true) => "the release's diff names it",
            Some(false) => "the release's diff does not name it",
            None => "no diff was asked",
        }
    );
    pen.text(1, 1, area.width.saturating_sub(1), head, Role::Title);
    let room = usize::from(area.width.saturating_sub(1)).max(1);
    let lines = text::wrap(&format!("{more}. {}", one.says), room, 2);
    for (y, line) in (2..).zip(lines) {
        pen.text(1, y, area.width.saturating_sub(1), &line, Role::Text);
    }
}

//! Which layout: every one with its digit, as soon as the key for layouts was pressed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec};
use crate::app::key::Code;
use crate::app::layout::Layouts;
use crate::app::{Action, Desk, Key, Request, Target};
use crate::ui::cell::Cell;
use crate::ui::overlay::{Match, Matches, Popup};
use crate::ui::scroll::Scroll;
use crate::ui::theme::Role;

/// The overlay that asks for a layout.
pub static SPEC: Spec = Spec {
    name: "layouts",
    about: "Layouts: which panes stand side by side, each with a digit that goes there",
    actions: &[],
};

/// State of the overlay.
pub struct LayoutsPane {
    rows: Vec<(String, String)>,
    scroll: Scroll,
}

impl LayoutsPane {
    /// Of which one is to be chosen, and which one there is.
    #[must_use]
    pub fn new(layouts: &Layouts, current: usize) -> Self {
        let rows = layouts.all().iter().enumerate().map(|(at, layout)| {
            let digit = digit(at).map_or(String::new(), |digit| format!("{digit}  "));
            (format!("{digit}{}", layout.name), layout.about.clone())
        });
        Self {
            rows: rows.collect(),
            scroll: Scroll {
                selected: current,
                ..Scroll::default()
            },
        }
    }
}

/// The first nine have a digit.
fn digit(at: usize) -> Option<char> {
    char::from_digit(u32::try_from(at).ok()? + 1, 10).filter(|_| at < 9)
}

impl Pane for LayoutsPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, _desk: &mut Desk<'_>) {}

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let total = self.rows.len();
        let mut choose = |at: usize| {
            desk.request(Request::Close);
            desk.request(Request::Layout(at));
        };
        match (key.code, key.ctrl) {
            (Code::Char('c'), true) => return false,
            (Code::Esc | Code::Char('q'), _) => desk.request(Request::Close),
            (Code::Down | Code::Char('j'), _) => self.scroll.step(1, total),
            (Code::Up | Code::Char('k'), _) => self.scroll.step(-1, total),
            (Code::Enter, _) => choose(self.scroll.selected),
            (Code::Char(typed), _) => {
                if let Some(at) = (0..total).find(|at| digit(*at) == Some(typed)) {
                    choose(at);
                }
            }
            _ => {}
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let height = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let inner = Popup {
            title: "layouts",
            hint: "a digit or enter goes there, esc closes",
            note: "",
            width: 96,
            height: height.saturating_add(2).min(area.height.saturating_sub(4)),
        }
        .render(area, buf, look.theme);
        let rows: Vec<Match<'_>> = self
            .rows
            .iter()
            .map(|(name, about)| Match {
                text: name,
                indices: &[],
                note: Cell::new(about.as_str(), Role::Dim),
                disabled: false,
            })
            .collect();
        let mut scroll = self.scroll;
        scroll.fit(usize::from(inner.height), rows.len());
        let window = scroll.window(usize::from(inner.height));
        let first = window.start.min(rows.len());
        Matches {
            rows: &rows[first..window.end.min(rows.len())],
            first,
            total: rows.len(),
        }
        .render(inner, buf, look.theme, &mut scroll);
        self.scroll = scroll;
        None
    }
}

//! Help and palette in one: every action with its keys, found by typing, run by enter.

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Line, Look, Pane, Spec};
use crate::app::action;
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Keymap, Request, Target};
use crate::ui::cell::Cell;
use crate::ui::overlay::{Input, Match, Matches, Popup};
use crate::ui::scroll::Scroll;
use crate::ui::theme::Role;

/// The help overlay.
pub static SPEC: Spec = Spec {
    name: "help",
    about: "Every action with its keys; type to find one, enter runs it",
    actions: &[],
};

/// State of help.
pub struct HelpPane {
    line: Line,
    scroll: Scroll,
    rows: Vec<(Action, String, String)>,
    title: &'static str,
}

impl HelpPane {
    /// All actions of `keymap`; `title` says whether it was opened as help or as the palette.
    #[must_use]
    pub fn new(keymap: &Keymap, title: &'static str) -> Self {
        let rows = keymap
            .entries()
            .map(|(entry, keys)| (entry.action, text(entry), keys))
            .collect();
        Self {
            line: Line::default(),
            scroll: Scroll::default(),
            rows,
            title,
        }
    }

    fn found(&self) -> Vec<(usize, Vec<usize>)> {
        if self.line.text.is_empty() {
            return (0..self.rows.len()).map(|at| (at, Vec::new())).collect();
        }
        let matcher = SkimMatcherV2::default().ignore_case();
        let mut found: Vec<(i64, usize, Vec<usize>)> = self
            .rows
            .iter()
            .enumerate()
            .filter_map(|(at, (_, text, _))| {
                matcher
                    .fuzzy_indices(text, &self.line.text)
                    .map(|(score, places)| (score, at, places))
            })
            .collect();
        found.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
        found
            .into_iter()
            .map(|(_, at, places)| (at, places))
            .collect()
    }
}

fn text(entry: &action::Entry) -> String {
    format!(
        "{:<12} {:<18} {}",
        entry.group,
        entry.name.replace('_', " "),
        entry.about.trim()
    )
}

impl Pane for HelpPane {
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
        let found = self.found();
        match (key.code, key.ctrl) {
            (Code::Esc, _) => desk.request(Request::Close),
            (Code::Down, _) => self.scroll.step(1, found.len()),
            (Code::Up, _) => self.scroll.step(-1, found.len()),
            (Code::PageDown, _) => self.scroll.step(10, found.len()),
            (Code::PageUp, _) => self.scroll.step(-10, found.len()),
            (Code::Enter, _) => {
                if let Some((at, _)) = found.get(self.scroll.selected) {
                    desk.request(Request::Close);
                    desk.request(Request::Act(self.rows[*at].0));
                }
            }
            (Code::Char('c'), true) => return false,
            _ => {
                if self.line.take(key) {
                    self.scroll = Scroll::default();
                }
            }
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let found = self.found();
        let popup = Popup {
            title: self.title,
            hint: "enter runs, esc closes",
            note: "",
            width: 120,
            height: area.height.saturating_sub(4).min(50),
        };
        let inner = popup.render(area, buf, look.theme);
        let [top, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        let position = Input {
            prompt: ": ",
            text: &self.line.text,
            cursor: self.line.cursor,
            placeholder: "what do you want to do?",
        }
        .render(top, buf, look.theme);
        let height = usize::from(rest.height);
        self.scroll.fit(height, found.len());
        let window = self.scroll.window(height);
        let rows: Vec<Match<'_>> = found
            [window.start.min(found.len())..window.end.min(found.len())]
            .iter()
            .map(|(at, places)| Match {
                text: &self.rows[*at].1,
                indices: places,
                note: Cell::new(self.rows[*at].2.as_str(), Role::Key),
                disabled: false,
            })
            .collect();
        Matches {
            rows: &rows,
            first: window.start,
            total: found.len(),
        }
        .render(rest, buf, look.theme, &mut self.scroll);
        position
    }
}

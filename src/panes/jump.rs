//! Jump to a time: by typing it, or by a name such as `deploy ±15m`.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Line, Look, Pane, Spec, Subject};
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::model::time;
use crate::query::moments::{self, Moment, Moments};
use crate::ui::cell::Cell;
use crate::ui::overlay::{Input, Match, Matches, Popup};
use crate::ui::scroll::Scroll;
use crate::ui::theme::Role;

/// The overlay that asks for a time.
pub static SPEC: Spec = Spec {
    name: "jump",
    about: "Jump to a time: 14:24, 14:00..14:30, 2026-10-29, deploy ±15m, since rollback",
    actions: &[],
};

/// State of the overlay.
pub struct JumpPane {
    moments: Loader<Moments>,
    line: Line,
    scroll: Scroll,
}

impl Default for JumpPane {
    fn default() -> Self {
        Self {
            moments: Loader::new("moments"),
            line: Line::default(),
            scroll: Scroll::default(),
        }
    }
}

impl JumpPane {
    /// What can be chosen: the window that is typed, else the ones whose names have what is typed.
    fn choices(&self) -> Vec<Moment> {
        let Some(moments) = self.moments.ready() else {
            return Vec::new();
        };
        let typed = self.line.text.trim();
        if let Some(window) = moments.read(typed) {
            let name = typed.to_owned();
            return vec![Moment { name, window }];
        }
        let words: Vec<&str> = typed.split_whitespace().collect();
        let mut presets = moments.presets();
        presets.retain(|preset| words.iter().all(|word| preset.name.contains(word)));
        presets
    }
}

impl Pane for JumpPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let (subject, extent) = (Subject::of(desk), desk.extent);
        self.moments.ask(desk, move |reader| {
            let release = subject.release(reader)?;
            moments::ask(reader, release.as_deref(), extent.unwrap_or_default())
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.moments.poll()
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let choices = self.choices();
        match (key.code, key.ctrl) {
            (Code::Esc, _) => desk.request(Request::Close),
            (Code::Down, _) | (Code::Char('n'), true) => self.scroll.step(1, choices.len()),
            (Code::Up, _) | (Code::Char('p'), true) => self.scroll.step(-1, choices.len()),
            (Code::Enter, _) => match choices.get(self.scroll.selected) {
                Some(moment) => {
                    desk.request(Request::Close);
                    desk.request(Request::Window(Some(moment.window)));
                }
                None => desk.request(Request::Say(
                    "no time is written like this; try 14:24 or deploy ±15m".to_owned(),
                )),
            },
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
        let choices = self.choices();
        let release = self.moments.ready().and_then(|it| it.release.as_deref());
        let note = release.map_or(String::new(), |release| format!("release {release}"));
        let inner = Popup {
            title: "jump to a time",
            hint: "enter goes there, esc closes",
            note: &note,
            width: 90,
            height: area.height.saturating_sub(6).min(13),
        }
        .render(area, buf, look.theme);
        let [top, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        let position = Input {
            prompt: "> ",
            text: &self.line.text,
            cursor: self.line.cursor,
            placeholder: "14:24, 14:00..14:30, 2026-10-29, deploy ±5m …",
        }
        .render(top, buf, look.theme);
        let rows: Vec<Match<'_>> = choices
            .iter()
            .map(|moment| Match {
                text: &moment.name,
                indices: &[],
                note: Cell::new(window(moment.window), Role::Accent),
                disabled: false,
            })
            .collect();
        let mut scroll = self.scroll;
        Matches {
            rows: &rows,
            first: 0,
            total: rows.len(),
        }
        .render(rest, buf, look.theme, &mut scroll);
        position
    }

    fn is_slow(&self) -> bool {
        self.moments.slow().is_some()
    }
}

/// A window to the minute; a day is named once.
fn window((from, until): (i64, i64)) -> String {
    let (from, until) = (time::short(from), time::short(until));
    let part = |text: &str, since: usize| text.get(since..16).unwrap_or_default().to_owned();
    let until = if from.get(..10) == until.get(..10) {
        part(&until, 11)
    } else {
        part(&until, 5)
    };
    format!("{} to {until}", part(&from, 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_once() {
        let at = |text| time::parse(text).unwrap();
        let (noon, later) = (at("2026-10-29T12:00:00Z"), at("2026-10-29T13:30:00Z"));
        assert_eq!(window((noon, later)), "10-29 12:00 to 13:30");
        let tomorrow = at("2026-10-30T00:00:00Z");
        assert_eq!(window((noon, tomorrow)), "10-29 12:00 to 10-30 00:00");
    }
}

//! One file per pane: what it asks, what it remembers, how it draws.
//!
//! A pane follows the scope: when that is replaced, it asks again for what depends on it, and draws
//! what it has until the answer comes. It never calls another pane; what should happen elsewhere is a
//! request left on the desk. So a pane can be read, tested and replaced alone.
//!
//! The workbench is not a pane: it places them, hands out keys, and does what they request. To add a
//! pane: write `panes/<name>.rs` and add its [`Spec`] to [`ALL`].

pub mod access;
pub mod behaviour;
pub mod chain;
pub mod changes;
pub mod console;
pub mod counts;
pub mod detail;
pub mod finder;
pub mod gaps;
pub mod help;
pub mod jump;
pub mod latency;
pub mod layouts;
pub mod list;
pub mod metrics;
pub mod raw;
pub mod service_map;
pub mod timeline;
pub mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Action, Desk, Key, Loader, Target};
use crate::query::{Reader, StoreError, about};
use crate::ui::load::Load;
use crate::ui::scroll::Scroll;
use crate::ui::theme::Theme;

/// What a pane is called and for.
#[derive(Debug)]
pub struct Spec {
    /// Short name.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Actions worth a place in the footer while the pane has the focus.
    pub actions: &'static [Action],
}

/// Every pane and overlay.
pub const ALL: &[&Spec] = &[
    &list::SPEC,
    &detail::SPEC,
    &why::SPEC,
    &chain::SPEC,
    &timeline::SPEC,
    &behaviour::SPEC,
    &access::SPEC,
    &metrics::SPEC,
    &changes::SPEC,
    &gaps::SPEC,
    &service_map::SPEC,
    &latency::SPEC,
    &finder::SPEC,
    &jump::SPEC,
    &counts::SPEC,
    &layouts::SPEC,
    &help::SPEC,
    &raw::SPEC,
    &console::SPEC,
];

/// A pane that takes the place of list and detail, opened by an action of its own.
pub struct Board {
    /// What it is.
    pub spec: &'static Spec,
    /// What opens it.
    pub action: Action,
    /// A new one.
    pub open: fn() -> Box<dyn Pane>,
}

/// Every board. Each argues about one release: that of what the scope is on.
pub const BOARDS: &[Board] = &[
    Board {
        spec: &behaviour::SPEC,
        action: Action::Behaviour,
        open: || Box::<behaviour::BehaviourPane>::default(),
    },
    Board {
        spec: &access::SPEC,
        action: Action::AccessMatrix,
        open: || Box::<access::AccessPane>::default(),
    },
    Board {
        spec: &metrics::SPEC,
        action: Action::Metrics,
        open: || Box::<metrics::MetricsPane>::default(),
    },
    Board {
        spec: &changes::SPEC,
        action: Action::Changes,
        open: || Box::<changes::ChangesPane>::default(),
    },
    Board {
        spec: &gaps::SPEC,
        action: Action::GapMatrix,
        open: || Box::<gaps::GapsPane>::default(),
    },
    Board {
        spec: &service_map::SPEC,
        action: Action::ServiceMap,
        open: || Box::<service_map::ServiceMapPane>::default(),
    },
    Board {
        spec: &latency::SPEC,
        action: Action::Latency,
        open: || Box::<latency::LatencyPane>::default(),
    },
];

/// What a board is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    entity: Vec<String>,
    related: Vec<String>,
}

impl Subject {
    /// What the scope is on.
    #[must_use]
    pub fn of(desk: &Desk<'_>) -> Self {
        let entity = desk.scope.entity.iter();
        Self {
            entity: entity.map(|target| target.id.clone()).collect(),
            related: desk.nodes(),
        }
    }

    /// The release of it.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn release(&self, reader: &Reader) -> Result<Option<String>, StoreError> {
        about::release(reader, &self.entity, &self.related)
    }
}

/// Moves through `total` rows as every list does; false where the action is no movement.
pub fn stepped(scroll: &mut Scroll, action: Action, total: usize) -> bool {
    match action {
        Action::Down => scroll.step(1, total),
        Action::Up => scroll.step(-1, total),
        Action::PageDown => scroll.step(15, total),
        Action::PageUp => scroll.step(-15, total),
        Action::First => scroll.to_start(),
        Action::Last => scroll.to_end(total),
        _ => return false,
    }
    true
}

/// Says why there is nothing yet: the question failed, or its answer is on its way.
pub fn draw_waiting<T: Send + 'static>(
    loader: &Loader<T>,
    what: &str,
    area: Rect,
    buf: &mut Buffer,
    look: Look<'_>,
) {
    match loader.failure() {
        Some(message) => Load::Failed {
            message,
            hint: "Press ctrl-l to ask again",
        },
        None => Load::Loading {
            what,
            since_ns: 0,
            spinner: loader.slow().map(|_| look.beat),
        },
    }
    .render(area, buf, look.theme);
}

/// How a pane is to look this time.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// Styles and glyphs.
    pub theme: &'a Theme,
    /// True where the pane has the focus.
    pub focused: bool,
    /// True where the pane is pinned.
    pub pinned: bool,
    /// Counts up while something is loading, for spinners.
    pub beat: usize,
    /// True while evidence is being loaded: what is not there yet may come.
    pub is_loading: bool,
}

impl Look<'_> {
    /// Why a pane is empty: by what `why` says, unless a load is still under way.
    #[must_use]
    pub fn nothing<'w>(&self, state: &'w str, why: &'w str) -> Load<'w> {
        if self.is_loading {
            Load::Loading {
                what: "evidence",
                since_ns: 0,
                spinner: Some(self.beat),
            }
        } else {
            Load::Empty { state, why }
        }
    }
}

/// A part of the screen.
pub trait Pane {
    /// What it is.
    fn spec(&self) -> &'static Spec;

    /// The scope, the chain or what is selected has changed: ask again for what depends on it.
    fn follow(&mut self, selected: Option<&Target>, desk: &mut Desk<'_>);

    /// Takes in answers that arrived; true where the pane must be drawn again.
    fn poll(&mut self, desk: &mut Desk<'_>) -> bool;

    /// Does what a key means here; false where it means nothing here.
    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool;

    /// Takes a key as typed text, for panes with an input line; true where it was taken.
    fn typed(&mut self, _key: Key, _desk: &mut Desk<'_>) -> bool {
        false
    }

    /// A click somewhere in the pane, in cells of the screen. Whether it means anything is the pane's affair.
    fn click(&mut self, _at: Position, _desk: &mut Desk<'_>) {}

    /// Draws; gives the place of the text cursor where there is one.
    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position>;

    /// What is under the cursor.
    fn selection(&self) -> Option<Target> {
        None
    }

    /// True while something is on its way for so long that a spinner is due.
    fn is_slow(&self) -> bool {
        false
    }
}

/// An input line: text and a cursor, with the keys that every input line has.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What was typed.
    pub text: String,
    /// Where the cursor stands, in bytes.
    pub cursor: usize,
}

impl Line {
    /// Takes a key; true where the text changed.
    pub fn take(&mut self, key: Key) -> bool {
        use crate::app::key::Code;
        let before = |line: &Self| {
            line.text[..line.cursor]
                .chars()
                .next_back()
                .map_or(0, char::len_utf8)
        };
        let after = |line: &Self| {
            line.text[line.cursor..]
                .chars()
                .next()
                .map_or(0, char::len_utf8)
        };
        match (key.code, key.ctrl) {
            (Code::Char('u'), true) => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            (Code::Char('w'), true) => {
                let kept = self.text[..self.cursor]
                    .trim_end()
                    .rfind(' ')
                    .map_or(0, |at| at + 1);
                self.text.drain(kept..self.cursor);
                self.cursor = kept;
            }
            (Code::Backspace, _) => {
                let start = self.cursor - before(self);
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            (Code::Delete, _) => {
                let end = self.cursor + after(self);
                self.text.drain(self.cursor..end);
            }
            (Code::Left, _) => {
                self.cursor -= before(self);
                return false;
            }
            (Code::Right, _) => {
                self.cursor += after(self);
                return false;
            }
            (Code::Home, _) => {
                self.cursor = 0;
                return false;
            }
            (Code::End, _) => {
                self.cursor = self.text.len();
                return false;
            }
            _ => match key.typed() {
                Some(c) => {
                    self.text.insert(self.cursor, c);
                    self.cursor += c.len_utf8();
                }
                None => return false,
            },
        }
        true
    }

    /// Takes pasted text: control characters are left out, and not more than a line can use.
    pub fn paste(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .filter(|c| !c.is_control())
            .take(10_000)
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_characters_not_bytes() {
        let mut line = Line::default();
        for key in ["ä", "b", "left", "backspace", "c", "end", "ctrl-w"] {
            line.take(Key::parse(key).unwrap());
        }
        assert_eq!((line.text.as_str(), line.cursor), ("", 0));
    }
}

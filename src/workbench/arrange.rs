//! Where things stand and which of them has the focus: layouts, dividers, pins, themes.

use super::{AROUND_BOARD, Focus, ORDER, Workbench};
use crate::app::layout::{Part, Sizes};
use crate::panes;
use crate::query::listing;

impl Focus {
    /// The pane that a layout can place.
    pub(super) fn part(self) -> Option<Part> {
        match self {
            Self::List => Some(Part::List),
            Self::Detail => Some(Part::Detail),
            Self::Why => Some(Part::Why),
            Self::Chain | Self::Timeline | Self::Board => None,
        }
    }
}

impl From<Part> for Focus {
    fn from(part: Part) -> Self {
        match part {
            Part::List => Self::List,
            Part::Detail => Self::Detail,
            Part::Why => Self::Why,
        }
    }
}

impl Workbench {
    pub(super) fn focus_by(&mut self, steps: usize) {
        let order = if self.panes.board.is_some() {
            AROUND_BOARD
        } else {
            ORDER
        };
        let at = order.iter().position(|focus| *focus == self.focus);
        // One step back of any length is one less than the length.
        let steps = if steps == 1 { 1 } else { order.len() - 1 };
        self.set_focus(order[(at.unwrap_or(0) + steps) % order.len()]);
    }

    pub(super) fn set_focus(&mut self, focus: Focus) {
        self.focus = focus;
        // A board stands where list, detail and why would be.
        if self.panes.board.is_some() && focus.part().is_some() {
            self.close_board();
        }
    }

    pub(super) fn pin(&mut self) {
        if let Some(at) = self.pinned.iter().position(|focus| *focus == self.focus) {
            let focus = self.pinned.remove(at);
            self.follow(&[focus]);
            self.say("unpinned".to_owned());
        } else {
            self.pinned.push(self.focus);
            self.say("pinned: this pane stays as it is".to_owned());
        }
    }

    /// Takes the layout number `at`: the same scope, at other places.
    pub(super) fn arrange(&mut self, at: usize) {
        let Some(layout) = self.preferences.layouts.all().get(at).cloned() else {
            return;
        };
        (self.layout, self.sizes, self.zoomed) = (at, Sizes::of(&layout), false);
        let board = layout.board.as_deref();
        let board = panes::BOARDS
            .iter()
            .find(|known| Some(known.spec.name) == board);
        let list = layout.list.as_deref();
        let list = listing::ALL
            .iter()
            .position(|known| Some(known.name) == list);
        match board {
            Some(board) if self.scope().board != Some(board.spec.name) => {
                self.show_board(board.spec.name);
            }
            Some(_) => {}
            None => {
                if self.panes.board.is_some() {
                    self.close_board();
                }
                match list {
                    Some(list) => self.show_list(list),
                    None => self.set_focus(Focus::List),
                }
            }
        }
        self.say(format!("{}: {}", layout.name, layout.about));
    }

    /// Moves the divider of the pane that has the focus.
    pub(super) fn widen(&mut self, wider: bool) {
        match self.focus.part() {
            Some(part) => self.sizes.widen(part, wider),
            None => self.say("this pane is as wide as the screen".to_owned()),
        }
    }

    /// Gives the timeline more rows, or fewer.
    pub(super) fn heighten(&mut self, taller: bool) {
        self.sizes.heighten(self.timeline_rows, taller);
    }

    pub(super) fn next_theme(&mut self) {
        let Some(next) = (self.theme_number + 1).checked_rem(self.themes.len()) else {
            return;
        };
        self.theme_number = next;
        let (name, theme) = self.themes[next].clone();
        self.theme = if self.theme.glyphs.ascii {
            theme.ascii()
        } else {
            theme
        };
        self.say(format!("theme {name}"));
    }
}

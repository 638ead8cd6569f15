//! The mouse: a click goes where it points, the wheel turns what is under it.

use ratatui::layout::Position;

use super::{Effect, Focus, Workbench};
use crate::app::key::Code;
use crate::app::mouse::{Gesture, Mouse};
use crate::app::{Action, Key};

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;

impl Workbench {
    /// Takes what a mouse did. Where something lies above the panes, only the wheel means anything.
    pub fn mouse(&mut self, mouse: Mouse) {
        let at = Position::new(mouse.column, mouse.row);
        if !self.overlays.is_empty() {
            return self.turn_overlay(mouse.gesture);
        }
        let under = self.places.iter().find(|(_, area)| area.contains(at));
        let Some(focus) = under.map(|(focus, _)| *focus) else {
            return;
        };
        self.message = None;
        let (action, times) = match (mouse.gesture, focus) {
            (Gesture::Click, _) => return self.click(focus, at),
            (Gesture::WheelUp, Focus::Timeline) => (Action::ZoomIn, 1),
            (Gesture::WheelDown, Focus::Timeline) => (Action::ZoomOut, 1),
            (Gesture::WheelUp, _) => (Action::Up, NOTCH),
            (Gesture::WheelDown, _) => (Action::Down, NOTCH),
        };
        let mut desk = self.world.desk();
        for _ in 0..times {
            self.panes.get(focus).act(action, &mut desk);
        }
        let requests = desk.requests;
        self.fulfil(requests);
    }

    fn click(&mut self, focus: Focus, at: Position) {
        self.set_focus(focus);
        let mut desk = self.world.desk();
        self.panes.get(focus).click(at, &mut desk);
        let requests = desk.requests;
        self.fulfil(requests);
    }

    fn turn_overlay(&mut self, gesture: Gesture) {
        let code = match gesture {
            Gesture::Click => return,
            Gesture::WheelUp => Code::Up,
            Gesture::WheelDown => Code::Down,
        };
        let key = Key {
            code,
            ctrl: false,
            alt: false,
        };
        for _ in 0..NOTCH {
            self.typed_only(key);
        }
    }

    /// Gives the mouse back to the terminal, whose own selection of text it then is, or takes it.
    pub(super) fn toggle_mouse(&mut self) {
        self.takes_mouse = !self.takes_mouse;
        self.effects.push(Effect::Mouse(self.takes_mouse));
        self.say(if self.takes_mouse {
            "mouse on: click and wheel; most terminals select text with shift held".to_owned()
        } else {
            "mouse off: it selects text, as the terminal has it".to_owned()
        });
    }
}

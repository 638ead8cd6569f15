//! Keys from the terminal, in our own words.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::event::{
    self, Event as Raw, KeyCode, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

use super::{Event, Events};
use crate::app::Key;
use crate::app::key::Code;
use crate::app::mouse::{Gesture, Mouse};

/// The longest that another program waits for the terminal.
const TURN: Duration = Duration::from_millis(100);

/// Who may read the terminal. While somebody holds it, no key is taken from under another program.
#[derive(Clone, Default)]
pub(super) struct Gate {
    wanted: Arc<AtomicBool>,
    held: Arc<Mutex<()>>,
}

impl Gate {
    /// Does `work` while nobody here reads the terminal.
    pub(super) fn closed<T>(&self, work: impl FnOnce() -> T) -> T {
        self.wanted.store(true, Ordering::SeqCst);
        let held = self.hold();
        let done = work();
        self.wanted.store(false, Ordering::SeqCst);
        drop(held);
        done
    }

    fn hold(&self) -> MutexGuard<'_, ()> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the terminal says within one turn.
    fn read(&self) -> std::io::Result<Option<Raw>> {
        // A lock is not fair: who wants it would wait for ever behind one who takes it again at once.
        while self.wanted.load(Ordering::SeqCst) {
            std::thread::sleep(TURN);
        }
        let _held = self.hold();
        event::poll(TURN)?.then(event::read).transpose()
    }
}

/// Reads the terminal on a thread of its own until nobody listens, through the gate that it gives back.
pub(super) fn listen(events: Events) -> Gate {
    let gate = Gate::default();
    let open = gate.clone();
    std::thread::spawn(move || {
        while let Ok(raw) = open.read() {
            if let Some(event) = raw.and_then(translate)
                && events.send(event).is_err()
            {
                return;
            }
        }
        // The terminal is gone; whether anybody still listens does not matter then.
        let _ = events.send(Event::Leave);
    });
    gate
}

fn translate(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => {
            let code = code(key.code)?;
            let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
            let alt = key.modifiers.contains(KeyModifiers::ALT);
            // Some terminals send ctrl and letter with shift as a capital.
            let code = match code {
                Code::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
                other => other,
            };
            Some(Event::Key(Key { code, ctrl, alt }))
        }
        Raw::Mouse(mouse) => {
            let gesture = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
                MouseEventKind::ScrollUp => Gesture::WheelUp,
                MouseEventKind::ScrollDown => Gesture::WheelDown,
                _ => return None,
            };
            Some(Event::Mouse(Mouse {
                gesture,
                column: mouse.column,
                row: mouse.row,
            }))
        }
        Raw::Paste(text) => Some(Event::Paste(text)),
        Raw::Resize(..) | Raw::FocusGained => Some(Event::Resize),
        _ => None,
    }
}

fn code(code: KeyCode) -> Option<Code> {
    Some(match code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    })
}

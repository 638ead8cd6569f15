//! Keys from the terminal, in our own words.

use crossterm::event::{self, Event as Raw, KeyCode, KeyEventKind, KeyModifiers};

use super::{Event, Events};
use crate::app::Key;
use crate::app::key::Code;

/// Reads the terminal on a thread of its own until nobody listens.
pub(super) fn listen(events: Events) {
    std::thread::spawn(move || {
        while let Ok(raw) = event::read() {
            if let Some(event) = translate(raw)
                && events.send(event).is_err()
            {
                return;
            }
        }
        // The terminal is gone; whether anybody still listens does not matter then.
        let _ = events.send(Event::Leave);
    });
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

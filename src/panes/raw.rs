//! Raw: the original bytes behind a citation, with what escapes and controls they hold made visible.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec};
use crate::app::desk::{Place, Viewer};
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::StoreError;
use crate::ui::load::Load;
use crate::ui::overlay::Popup;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;

/// The raw overlay.
pub static SPEC: Spec = Spec {
    name: "raw",
    about: "The original bytes behind what is selected",
    actions: &[],
};

/// Bytes that are shown; `shipwake raw` prints all.
const MOST: u64 = 256 << 10;

/// State of raw.
pub struct RawPane {
    place: Place,
    text: Loader<String>,
    top: usize,
    rows: usize,
}

impl RawPane {
    /// The bytes at `place`.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self {
            place,
            text: Loader::new("raw"),
            top: 0,
            rows: 0,
        }
    }
}

impl Pane for RawPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        if self.text.ready().is_some() || self.text.is_waiting() {
            return;
        }
        let (place, bytes) = (self.place.clone(), desk.bytes.clone());
        self.text.ask(desk, move |_| {
            let read = bytes(&place.sha256, place.offset, place.length.min(MOST))
                .map_err(StoreError::Refused)?;
            Ok(readable(&read))
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.text.poll()
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let last = self.rows.saturating_sub(1);
        match (key.code, key.ctrl) {
            (Code::Esc | Code::Char('q' | 'r') | Code::Enter, false) => {
                desk.request(Request::Close);
            }
            (Code::Down | Code::Char('j'), false) => self.top = (self.top + 1).min(last),
            (Code::Up | Code::Char('k'), false) => self.top = self.top.saturating_sub(1),
            (Code::PageDown, _) | (Code::Char('d'), true) => self.top = (self.top + 20).min(last),
            (Code::PageUp, _) | (Code::Char('u'), true) => self.top = self.top.saturating_sub(20),
            (Code::Home | Code::Char('g'), false) => self.top = 0,
            (Code::End | Code::Char('G'), false) => self.top = last,
            (Code::Char('y'), false) => {
                desk.request(Request::Copy(format!(
                    "{}:{}:{}",
                    self.place.sha256, self.place.offset, self.place.length
                )));
            }
            (Code::Char('R'), false) => {
                desk.request(Request::Elsewhere(self.place.clone(), Viewer::Pager));
            }
            (Code::Char('e'), true) => {
                desk.request(Request::Elsewhere(self.place.clone(), Viewer::Editor));
            }
            (Code::Char('c'), true) => return false,
            _ => {}
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let title = format!(
            "{}  bytes {} to {}",
            self.place.file,
            self.place.offset,
            self.place.offset + self.place.length
        );
        let short: String = self.place.sha256.chars().take(12).collect();
        let more = if self.place.length > MOST {
            ", cut off here"
        } else {
            ""
        };
        let note = format!("sha256 {short}…{more}");
        let popup = Popup {
            title: &title,
            hint: "y copies the citation, R pager, ctrl-e editor, esc closes",
            note: &note,
            width: area.width.saturating_sub(8),
            height: area.height.saturating_sub(4),
        };
        let inner = popup.render(area, buf, look.theme);
        match (self.text.ready(), self.text.failure()) {
            (Some(shown), _) => {
                let lines = text::wrap(shown, usize::from(inner.width).max(1), 20_000);
                self.rows = lines.len();
                let mut pen = Pen::new(inner, buf, look.theme);
                for (y, line) in (0..inner.height).zip(lines.iter().skip(self.top)) {
                    pen.text(0, y, inner.width, line, Role::Text);
                }
            }
            (None, Some(message)) => Load::Failed {
                message,
                hint: "Check the case with its evidence folder",
            }
            .render(inner, buf, look.theme),
            (None, None) => {}
        }
        None
    }
}

/// JSON on one line is spread out; anything else is shown as it is.
fn readable(bytes: &[u8]) -> String {
    let pretty = serde_json::from_slice::<serde_json::Value>(bytes)
        .ok()
        .filter(|value| value.is_object() || value.is_array());
    pretty
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

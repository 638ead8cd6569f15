//! The filter of a list: a line that is typed, and what it says when nobody types.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::super::{Line, Look};
use crate::app::Key;
use crate::app::key::Code;
use crate::query::filter::{self, Fields};
use crate::query::listing::{self, List};
use crate::ui::overlay::Input;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// The filter of a list.
#[derive(Debug, Default)]
pub(super) struct Bar {
    line: Option<Line>,
    typing: bool,
    /// What the rows were asked by: the last text without a mistake.
    asked: String,
    mistake: Option<String>,
}

/// What a key did to the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// It was no key for the filter.
    Nothing,
    /// It was taken, and the rows stay as they are.
    Same,
    /// The rows are others now.
    Changed,
    /// The line is done.
    Done,
}

impl Bar {
    /// What the rows are to be asked by.
    pub(super) fn asked(&self) -> &str {
        &self.asked
    }

    /// True where a filter is shown.
    pub(super) fn is_open(&self) -> bool {
        self.line.is_some()
    }

    /// Begins to type.
    pub(super) fn open(&mut self) {
        self.line.get_or_insert_default();
        self.typing = true;
    }

    /// Takes the filter away; true where there was one.
    pub(super) fn close(&mut self) -> bool {
        let was = self.is_open();
        *self = Self::default();
        was
    }

    /// Replaces the text.
    pub(super) fn set(&mut self, text: String, list: &List) {
        let cursor = text.len();
        self.line = Some(Line { text, cursor });
        self.typing = false;
        self.check(list);
    }

    /// The text as it stands.
    pub(super) fn text(&self) -> &str {
        self.line.as_ref().map_or("", |line| &line.text)
    }

    /// Takes a key as typed text.
    pub(super) fn take(&mut self, key: Key, list: &List) -> Took {
        if !self.typing {
            return Took::Nothing;
        }
        match key.code {
            // A filter with a mistake cannot be done with.
            Code::Enter if self.mistake.is_some() => Took::Same,
            Code::Enter => {
                self.typing = false;
                if self.text().trim().is_empty() {
                    self.close();
                }
                Took::Done
            }
            Code::Esc => {
                self.close();
                Took::Changed
            }
            Code::Down | Code::Up => Took::Nothing,
            Code::Tab => {
                self.complete(list);
                Took::Same
            }
            _ => {
                let changed = self.line.as_mut().is_some_and(|line| line.take(key));
                if changed && self.check(list) {
                    Took::Changed
                } else {
                    Took::Same
                }
            }
        }
    }

    /// The SQL that the filter becomes.
    pub(super) fn sql(&self, list: &List) -> Option<String> {
        let parsed = filter::parse(&self.asked)
            .ok()
            .filter(|parsed| !parsed.is_empty())?;
        let predicate = parsed.compile(&Fields::of(list.sql)).ok()?;
        Some(predicate.shown())
    }

    /// Notes a mistake, or takes the text over; true where it is another one than before.
    fn check(&mut self, list: &List) -> bool {
        let text = self.text().to_owned();
        self.mistake = listing::check(list, &text)
            .err()
            .map(|mistake| format!("{} {}", mistake.sentence, mistake.hint.unwrap_or_default()));
        let fresh = self.mistake.is_none() && text != self.asked;
        if fresh {
            self.asked = text;
        }
        fresh
    }

    /// Completes the name of a field, as far as there is one way only.
    fn complete(&mut self, list: &List) {
        let Some(line) = &mut self.line else { return };
        let found = filter::complete(&line.text, line.cursor, &Fields::of(list.sql));
        if let [only] = found.candidates.as_slice() {
            let word = format!("{only}:");
            line.text.replace_range(found.range.clone(), &word);
            line.cursor = found.range.start + word.len();
        }
    }

    /// Draws the line at the top; gives what is left below, and the cursor.
    pub(super) fn draw(
        &self,
        list: &List,
        inner: Rect,
        buf: &mut Buffer,
        look: Look<'_>,
    ) -> (Rect, Option<Position>) {
        let Some(line) = &self.line else {
            return (inner, None);
        };
        let note = self.note(list);
        let rows = 1 + u16::from(note.is_some() && inner.height > 4);
        let [top, rest] =
            Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(inner);
        let position = Input {
            prompt: "/",
            text: &line.text,
            // What nobody types at is read from its beginning.
            cursor: if self.typing { line.cursor } else { 0 },
            placeholder: "words, field:value, >= and or not ( ) /regex/",
        }
        .render(Rect { height: 1, ..top }, buf, look.theme);
        if let Some((text, role)) = note.filter(|_| rows > 1) {
            Pen::new(top, buf, look.theme).text(1, 1, top.width.saturating_sub(1), &text, role);
        }
        (rest, position.filter(|_| self.typing))
    }

    /// What is wrong, or which fields there are.
    fn note(&self, list: &List) -> Option<(String, Role)> {
        if let Some(mistake) = &self.mistake {
            let asked = match self.asked.as_str() {
                "" => String::new(),
                asked => format!("; the rows are those of /{asked}"),
            };
            return Some((format!("{}{asked}", mistake.trim_end()), Role::Bad));
        }
        let fields = Fields::of(list.sql);
        let names: Vec<&str> = fields.all.iter().map(|field| field.name).collect();
        self.typing
            .then(|| (format!("fields: {}", names.join(" ")), Role::Dim))
    }
}

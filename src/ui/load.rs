//! What a pane shows while it has nothing to show: one way for all of them.
//!
//! An empty pane is a statement about the evidence, so it never stays blank: it says whether the
//! source was not collected, has expired, was sampled out, or was read and is truly silent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::Cell;
use super::pen::Pen;
use super::state;
use super::text;
use super::theme::{Role, Theme};
use crate::model::time;

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load<'a> {
    /// A load is running.
    Loading {
        /// What is loaded.
        what: &'a str,
        /// For how long, in nanoseconds; 0 where nobody knows.
        since_ns: i64,
        /// Frame of the spinner; none for a load that is too young to draw the eye.
        spinner: Option<usize>,
    },
    /// A load failed.
    Failed {
        /// What went wrong.
        message: &'a str,
        /// What can be done about it.
        hint: &'a str,
    },
    /// There is nothing.
    Empty {
        /// The state, as a token: `not_collected`, `expired`, `sampled_out`, `complete` ...
        state: &'a str,
        /// What that means here.
        why: &'a str,
    },
}

impl Load<'_> {
    /// Draws the reason, in the middle of the pane's upper half.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut pen = Pen::new(area, buf, theme);
        let width = pen.width().saturating_sub(4).min(64);
        let rows = self.rows(&pen, width);
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let mut y = pen.height().saturating_sub(height) / 3;
        let x = pen.width().saturating_sub(width) / 2;
        for row in &rows {
            pen.text(x, y, width, &row.text, row.role);
            y = y.saturating_add(1);
        }
    }

    fn rows(&self, pen: &Pen<'_>, width: u16) -> Vec<Cell<'_>> {
        let glyphs = pen.glyphs();
        let (head, body, role) = match *self {
            Self::Loading {
                what,
                since_ns,
                spinner,
            } => {
                let frame =
                    spinner.and_then(|frame| glyphs.spinner.get(frame % glyphs.spinner.len()));
                let shape = frame.copied().unwrap_or(glyphs.plain);
                let since = if since_ns > 0 {
                    format!("  {}", time::duration(since_ns))
                } else {
                    String::new()
                };
                let head = format!("{shape} loading {what}{since}");
                (Cell::new(head, Role::Dim), "", Role::Dim)
            }
            Self::Failed { message, hint } => {
                let mark = state::mark("failed", glyphs);
                (
                    Cell::new(
                        format!("{} {}: {message}", mark.glyph, mark.word),
                        mark.role,
                    ),
                    hint,
                    Role::Text,
                )
            }
            Self::Empty { state, why } => (state::mark(state, glyphs).cell(), why, Role::Text),
        };
        let limit = usize::from(pen.height());
        let mut rows = wrapped(&head.text, width, limit, head.role);
        rows.extend(wrapped(body, width, limit.saturating_sub(rows.len()), role));
        rows
    }
}

fn wrapped(text: &str, width: u16, limit: usize, role: Role) -> Vec<Cell<'static>> {
    let rows = text::wrap(text, usize::from(width), limit).into_iter();
    rows.map(|row| Cell::new(row, role)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    fn show(load: Load<'_>) -> Vec<String> {
        lines(&draw(34, 4, |area, buf, theme| {
            load.render(area, buf, theme);
        }))
    }

    #[test]
    fn empty_says_why() {
        assert_eq!(
            show(Load::Empty {
                state: "not_collected",
                why: "no audit log of the cluster is in this case"
            }),
            [
                "  ∅ not collected",
                "  no audit log of the cluster is",
                "  in this case",
                ""
            ]
        );
    }

    #[test]
    fn a_failure_has_a_hint() {
        let load = Load::Failed {
            message: "the query took too long",
            hint: "press r to try again",
        };
        assert_eq!(
            show(load),
            [
                "  ✗ failed: the query took too",
                "  long",
                "  press r to try again",
                ""
            ]
        );
    }

    #[test]
    fn a_young_load_does_not_spin() {
        let load = |spinner| Load::Loading {
            what: "spans",
            since_ns: 1_200_000_000,
            spinner,
        };
        assert_eq!(show(load(None))[1], "  · loading spans  1.2 s");
        assert_eq!(show(load(Some(5)))[1], "  ◷ loading spans  1.2 s");
    }

    #[test]
    fn any_size_will_do() {
        at_every_size(|area, buf, theme| {
            Load::Loading {
                what: "x\u{1b}",
                since_ns: i64::MIN,
                spinner: Some(usize::MAX),
            }
            .render(area, buf, theme);
            Load::Failed {
                message: "a long message of many words",
                hint: "and a hint",
            }
            .render(area, buf, theme);
            Load::Empty {
                state: "",
                why: "a long reason\nof two lines",
            }
            .render(area, buf, theme);
        });
    }
}

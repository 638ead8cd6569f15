//! The screen without a terminal: drawn when every answer is there.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Workbench;
use crate::ui::svg;
use crate::ui::theme::Theme;

/// A screen as it was drawn.
pub struct Shot {
    buffer: Buffer,
}

impl Shot {
    /// As a picture (SVG 1.1), in the colours of `theme`.
    #[must_use]
    pub fn svg(&self, title: &str, theme: &Theme) -> String {
        svg::svg(&self.buffer, title, theme)
    }

    /// As lines of text.
    #[must_use]
    pub fn text(&self) -> String {
        svg::text(&self.buffer)
    }
}

impl Workbench {
    /// Waits for every answer and draws, `width` by `height` cells; `None` where answers take longer than
    /// `patience`.
    pub fn shot(&mut self, width: u16, height: u16, patience: Duration) -> Option<Shot> {
        let area = Rect::new(0, 0, width, height);
        let began = Instant::now();
        let mut quiet = 0;
        while began.elapsed() < patience {
            let fresh = self.poll();
            // What was drawn decides where long lines wrap, and an answer may ask again.
            let mut buffer = Buffer::empty(area);
            self.draw(area, &mut buffer);
            quiet = if fresh || self.is_busy() {
                0
            } else {
                quiet + 1
            };
            if quiet == 3 {
                return Some(Shot { buffer });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

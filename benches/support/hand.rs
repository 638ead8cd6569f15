//! A hand on the workbench, without a terminal: presses keys, and waits until every answer is drawn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use shipwake::app::layout::Layouts;
use shipwake::app::{Bytes, Key, Keymap, Preferences};
use shipwake::panes;
use shipwake::store::{Lanes, Store};
use shipwake::ui::theme::Theme;
use shipwake::workbench::Workbench;

const SCREEN: Rect = Rect {
    x: 0,
    y: 0,
    width: 160,
    height: 45,
};

/// Drives the workbench and keeps the longest hold of its thread.
pub struct Hand {
    workbench: Workbench,
    /// The longest time that one key or one drawing held the screen's thread.
    pub longest: Duration,
}

impl Hand {
    /// Opens the workbench and waits for its first screen.
    pub fn open(store: &Store) -> Result<Self> {
        let mut hand = Self::first_frame(store)?;
        hand.settle();
        hand.longest = Duration::ZERO;
        Ok(hand)
    }

    /// Opens the workbench and draws once, with what is there.
    pub fn first_frame(store: &Store) -> Result<Self> {
        let bytes: Bytes = Arc::new(|_, _, _| Err("no bytes here".to_owned()));
        let boards: Vec<&str> = panes::BOARDS.iter().map(|board| board.spec.name).collect();
        let workbench = Workbench::new(
            "bench".to_owned(),
            Lanes::start(store, 3)?,
            Arc::new(|| {}),
            bytes,
            Preferences {
                keymap: Keymap::builtin()?,
                layouts: Layouts::builtin(&boards)?,
            },
            Theme::builtin("dark")?,
        );
        let mut hand = Self {
            workbench,
            longest: Duration::ZERO,
        };
        hand.draw();
        Ok(hand)
    }

    /// Presses keys, each settled before the next.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.time(key);
        }
    }

    /// Presses a key; the time until everything that it asked for is drawn.
    pub fn time(&mut self, key: &str) -> Duration {
        let began = Instant::now();
        if let Some(key) = Key::parse(key) {
            self.workbench.key(key);
        }
        self.longest = self.longest.max(began.elapsed());
        self.settle();
        began.elapsed()
    }

    /// Presses a key and draws, as the screen's loop does; the time that takes. Answers come when they come.
    pub fn repaint(&mut self, key: &str) -> Duration {
        let began = Instant::now();
        if let Some(key) = Key::parse(key) {
            self.workbench.key(key);
        }
        self.workbench.poll();
        self.draw();
        let taken = began.elapsed();
        self.longest = self.longest.max(taken);
        taken
    }

    fn draw(&mut self) {
        let mut buffer = Buffer::empty(SCREEN);
        self.workbench.draw(SCREEN, &mut buffer);
    }

    /// Waits until every answer is drawn.
    pub fn settle(&mut self) {
        loop {
            let began = Instant::now();
            let busy = self.workbench.is_busy();
            let fresh = self.workbench.poll();
            if fresh {
                self.draw();
            }
            self.longest = self.longest.max(began.elapsed());
            if !busy && !fresh && !self.workbench.is_busy() {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

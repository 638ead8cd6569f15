//! The workbench without a terminal: press keys, look at the screen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use shipwake::app::layout::Layouts;
use shipwake::app::mouse::Gesture;
use shipwake::app::{Bytes, Key, Keymap, Mouse, Preferences, Wake, Whereabouts};
use shipwake::panes;
use shipwake::store::Lanes;
use shipwake::ui::theme::{self, Theme};
use shipwake::workbench::{Effect, Workbench};

use super::cases::TempCase;

/// Longer than any answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A workbench over a case.
pub struct Bench {
    workbench: Workbench,
    width: u16,
    height: u16,
}

impl Bench {
    /// Opens `case` on a screen of `width` by `height`.
    pub fn open(case: &TempCase, width: u16, height: u16) -> Self {
        Self::themed(case, width, height, Theme::builtin("dark").unwrap())
    }

    /// The same in another theme.
    pub fn themed(case: &TempCase, width: u16, height: u16, theme: Theme) -> Self {
        let lanes = Lanes::start(&case.store(), 2).unwrap();
        let wake: Wake = Arc::new(|| {});
        let evidence = case.case().evidence();
        let bytes: Bytes = Arc::new(move |sha256, offset, length| {
            evidence
                .read(sha256, offset, length)
                .map_err(|error| error.to_string())
        });
        let boards: Vec<&str> = panes::BOARDS.iter().map(|board| board.spec.name).collect();
        let preferences = Preferences {
            keymap: Keymap::builtin().unwrap(),
            layouts: Layouts::builtin(&boards).unwrap(),
        };
        let mut workbench =
            Workbench::new("test".to_owned(), lanes, wake, bytes, preferences, theme);
        let themes = theme::BUILTIN.iter();
        let themes = themes.map(|(name, _)| ((*name).to_owned(), Theme::builtin(name).unwrap()));
        workbench.set_themes(themes.collect());
        let mut bench = Self {
            workbench,
            width,
            height,
        };
        bench.settle();
        bench
    }

    /// Presses keys by their names (`ctrl-p`, `enter`, `j`), each settled before the next.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split_whitespace() {
            let key = Key::parse(name).unwrap_or_else(|| panic!("there is no key {name}"));
            self.workbench.key(key);
            self.settle();
        }
        self
    }

    /// Presses keys without waiting for any answer.
    pub fn press_fast(&mut self, key: Key) -> Vec<Effect> {
        self.workbench.key(key);
        self.workbench.poll();
        self.draw();
        self.workbench.effects()
    }

    /// Gives the workbench new connections, as the end of a load does.
    pub fn reconnect(&mut self, case: &TempCase) -> &mut Self {
        self.workbench
            .reconnect(Lanes::start(&case.store(), 2).unwrap());
        self
    }

    /// Clicks at a column and a row of the screen, both from zero.
    pub fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.mouse(Gesture::Click, column, row)
    }

    /// Uses the mouse.
    pub fn mouse(&mut self, gesture: Gesture, column: u16, row: u16) -> &mut Self {
        self.draw();
        self.workbench.mouse(Mouse {
            gesture,
            column,
            row,
        });
        self.settle();
        self
    }

    /// Where the session is.
    pub fn whereabouts(&self) -> Whereabouts {
        self.workbench.whereabouts()
    }

    /// Goes where an earlier session was.
    pub fn resume(&mut self, was: &Whereabouts) -> &mut Self {
        self.workbench.resume(was);
        self.settle();
        self
    }

    /// Types text.
    pub fn type_in(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let key = if c == ' ' {
                Key::parse("space")
            } else {
                Key::parse(&c.to_string())
            };
            self.workbench.key(key.unwrap());
        }
        self.settle();
        self
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.workbench.paste(text);
        self.settle();
        self
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Waits until every answer is there.
    pub fn settle(&mut self) {
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            assert!(
                began.elapsed() < PATIENCE,
                "answers are still on their way:\n{}",
                self.screen()
            );
            let fresh = self.workbench.poll();
            if fresh || self.workbench.is_busy() {
                quiet = 0;
                std::thread::sleep(Duration::from_millis(1));
            } else {
                quiet += 1;
            }
            // What was drawn decides where long lines wrap.
            self.draw();
        }
    }

    /// The screen as lines of text, without blanks at their ends.
    pub fn screen(&mut self) -> String {
        let buffer = self.draw();
        let line = |y| {
            (0..self.width)
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        };
        (0..self.height)
            .map(|y| line(y).trim_end().to_owned() + "\n")
            .collect()
    }

    /// The screen, which must show `text`.
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            screen.contains(text),
            "the screen does not show {text:?}:\n{screen}"
        );
        self
    }

    /// The screen, which must not show `text`.
    pub fn hides(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            !screen.contains(text),
            "the screen shows {text:?}:\n{screen}"
        );
        self
    }

    fn draw(&mut self) -> Buffer {
        let area = Rect::new(0, 0, self.width, self.height);
        let mut buffer = Buffer::empty(area);
        self.workbench.draw(area, &mut buffer);
        buffer
    }
}

//! Taking the terminal and giving it back, whatever happens.

use std::io::{self, Stdout, Write as _};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Event, Events};

/// The terminal while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    takes_mouse: bool,
}

impl Screen {
    /// Takes the terminal. A panic gives it back before it is told.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be put into raw mode.
    pub fn enter() -> io::Result<Self> {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A lane's panic costs one answer, not the screen; only the screen's own thread gives up.
            if std::thread::current().name() == Some("main") {
                restore();
                told(info);
            }
        }));
        take(true)?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(Self {
            terminal,
            takes_mouse: true,
        })
    }

    /// Draws once; only what changed goes to the terminal.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(
        &mut self,
        draw: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        self.terminal.draw(|frame| {
            let area = frame.area();
            if let Some(position) = draw(area, frame.buffer_mut()) {
                frame.set_cursor_position(position);
            }
        })?;
        Ok(())
    }

    /// Gives the terminal back and stops, as a shell's job does; takes it again when somebody goes on.
    ///
    /// # Errors
    /// The terminal is gone, or the system knows no jobs.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.lend(|| signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP))?
    }

    /// Gives the terminal to somebody else for as long as `work` takes.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        restore();
        let done = work();
        take(self.takes_mouse)?;
        self.clear()?;
        Ok(done)
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn mouse(&mut self, takes: bool) -> io::Result<()> {
        self.takes_mouse = takes;
        if takes {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Forgets what was drawn, so that the next drawing is complete.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        // ratatui's own `clear` asks the terminal where its cursor is, and another thread reads the answer.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal.swap_buffers();
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Puts the terminal back. Each step is tried whatever became of the one before.
fn restore() {
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

/// A signal that ends the program ends the loop instead, so that the terminal is given back.
pub(super) fn on_signals(events: &Events) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let events = events.clone();
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if events.send(Event::Leave).is_err() {
                return;
            }
        }
    });
    Ok(())
}

//! A terminal around the real program: keys in, the screen as text out.
//!
//! The program runs on a pseudo-terminal; a thread feeds what it writes to a terminal emulator.
//! Tests never sleep for a while and hope: they wait until the screen shows what they expect, and a
//! wait that reaches its deadline fails with the screen as it was.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than anything that works takes, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often the screen is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The program on a screen.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    /// Starts the program with `arguments` on a screen of `columns` by `rows`.
    pub fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(arguments, columns, rows, &[])
    }

    /// The same with more in its environment.
    pub fn start_with(
        arguments: &[&str],
        columns: u16,
        rows: u16,
        environment: &[(&str, &str)],
    ) -> Self {
        Self::run(
            super::program::path().as_ref(),
            arguments,
            columns,
            rows,
            environment,
        )
    }

    /// Starts any program.
    pub fn run(
        program: &std::path::Path,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        environment: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("SHIPWAKE_INVESTIGATOR", "tester");
        command.env("XDG_STATE_HOME", "/dev/null");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let of = |cells: u16| NonZeroU16::new(cells).unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(of(rows), of(columns), 0)));
        let mut written = pair.master.try_clone_reader().unwrap();
        let fed = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut block = [0; 4096];
            // The end of the program shows as an error or as nothing, depending on the system.
            while let Ok(read @ 1..) = written.read(&mut block) {
                fed.lock().unwrap().process(&block[..read]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            master: pair.master,
            keys,
            child,
            screen,
        }
    }

    /// Types `keys`; control keys as the terminal sends them (`"\x1b[A"` for up).
    pub fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let of = |cells: u16| NonZeroU16::new(cells).unwrap();
        let mut screen = self.screen.lock().unwrap();
        screen.screen_mut().set_size(of(rows), of(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Lets a stopped program go on, as `fg` does.
    pub fn resume(&self) {
        let id = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-CONT", &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// What the screen shows now, a line per row.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// True while the program shows its own screen instead of the one that was there before.
    pub fn is_alternate(&self) -> bool {
        self.screen.lock().unwrap().screen().alternate_screen()
    }

    /// Waits until the screen shows `text`, and gives the whole screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} on the screen"), |screen| {
            screen.contains(text)
        })
    }

    /// Waits until the screen is as `test` wants it, and gives the whole screen.
    #[track_caller]
    pub fn wait_until(&self, what: &str, test: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.text();
            if test(&screen) {
                return screen;
            }
            assert!(
                began.elapsed() < DEADLINE,
                "waited in vain for {what}; the screen shows:\n{screen}"
            );
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until the program ends, and gives its exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(
                began.elapsed() < DEADLINE,
                "the program does not end; the screen shows:\n{}",
                self.text()
            );
            std::thread::sleep(GLANCE);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A program that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

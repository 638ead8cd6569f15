//! The program on a terminal.

use std::path::Path;

use shipwake::tui::terminal::Screen;

use crate::support::program::run;
use crate::support::sample_data;
use crate::support::terminal::Terminal;

#[test]
fn help_fits_a_terminal_and_ends() {
    let mut terminal = Terminal::start(&["load", "--help"], 80, 60);
    let screen = terminal.wait_for("--quiet");
    assert!(screen.contains("Usage: shipwake load"), "{screen}");
    assert_eq!(terminal.exit_code(), 0);
}

/// Not a test by itself: what `a_panic_gives_the_terminal_back` starts on a terminal of its own.
#[test]
#[ignore = "run by another test, on a terminal"]
fn takes_the_terminal_and_panics() {
    let main = || {
        let mut screen = Screen::enter().unwrap();
        screen
            .draw(|area, buffer| {
                buffer.set_string(area.x, area.y, "taken", ratatui::style::Style::new());
                None
            })
            .unwrap();
        let mut key = String::new();
        std::io::stdin().read_line(&mut key).unwrap();
        panic!("told on the screen that was there before");
    };
    // Tests run on threads of their own; only the thread of the screen gives the terminal back.
    let thread = std::thread::Builder::new().name("main".to_owned());
    let outcome = thread.spawn(main).unwrap().join();
    std::process::exit(i32::from(outcome.is_err()));
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let own = std::env::current_exe().unwrap();
    let arguments = [
        "screen::takes_the_terminal_and_panics",
        "--exact",
        "--ignored",
        "--nocapture",
    ];
    let mut terminal = Terminal::run(&own, &arguments, 80, 24, &[]);
    terminal.wait_for("taken");
    assert!(terminal.is_alternate());
    terminal.send("\n\r");
    let screen = terminal.wait_for("told on the screen that was there before");
    assert!(!terminal.is_alternate(), "{screen}");
    assert!(!screen.contains("taken"), "{screen}");
    // A terminal in raw mode does not return to the first column.
    let told = screen
        .lines()
        .find(|line| line.contains("told on"))
        .unwrap();
    assert!(told.starts_with("told on"), "{screen}");
    assert_eq!(terminal.exit_code(), 1);
}

#[test]
fn a_stopped_program_gives_the_terminal_back_until_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("a.wake");
    run([Path::new("load"), &case, &sample_data()]).exits(0);
    let mut terminal = Terminal::start(&[case.to_str().unwrap()], 120, 36);
    terminal.wait_for("checkout");
    terminal.send("\x1a");
    terminal.wait_until("the shell's screen", |_| !terminal.is_alternate());
    terminal.resume();
    terminal.wait_for("checkout");
    assert!(terminal.is_alternate());
    terminal.send("f");
    terminal.wait_for("Findings");
    // To draw everything again asks the terminal nothing that another thread would read.
    terminal.send("\x0c");
    terminal.send("2");
    terminal.wait_for("Commits");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_pager_an_editor_and_the_next_session_get_what_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("a.wake");
    run([Path::new("load"), &case, &sample_data()]).exits(0);
    let state = folder.path().to_str().unwrap();
    // A pager that waits for a key, so that a key pressed meanwhile must reach it and not the workbench.
    let pager = folder.path().join("pager");
    let script =
        "#!/bin/sh\nhead -3 \"$1\"\necho waiting\nread key\necho \"got $key\" > \"$0.got\"\n";
    std::fs::write(&pager, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&pager, executable).unwrap();
    let environment = [
        ("XDG_STATE_HOME", state),
        ("PAGER", pager.to_str().unwrap()),
        ("EDITOR", "/nonexistent/editor"),
        ("VISUAL", ""),
    ];
    let start = || {
        let arguments = [case.to_str().unwrap()];
        Terminal::start_with(&arguments, 120, 36, &environment)
    };
    let mut terminal = start();
    terminal.wait_for("checkout");
    terminal.send("6\r");
    terminal.wait_for("weakest link");
    terminal.wait_for("acted as");
    terminal.send("R");
    let screen = terminal.wait_for("waiting");
    assert!(!terminal.is_alternate(), "{screen}");
    assert!(
        screen.contains("a copy for reading") && screen.contains("sha256 "),
        "{screen}"
    );
    terminal.send("q\r");
    terminal.wait_for("back from");
    assert!(terminal.is_alternate());
    let got = std::fs::read_to_string(folder.path().join("pager.got")).unwrap();
    assert_eq!(got, "got q\n");
    terminal.send("\x05");
    terminal.wait_for("cannot start /nonexistent/editor");
    terminal.send("9");
    terminal.wait_for("Logs");
    // A click, as terminals report it, reaches the pane under it.
    terminal.send("\x1b[<0;80;10M");
    terminal.wait_until("the detail in the footer", |screen| {
        screen
            .lines()
            .last()
            .is_some_and(|line| line.starts_with(" detail"))
    });
    terminal.send("\x1bOQ");
    terminal.wait_for("mouse off");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    let mut terminal = start();
    terminal.wait_for("as you left it");
    terminal.wait_for("Logs");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

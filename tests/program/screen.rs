//! The program on a terminal.

use crate::support::terminal::Terminal;

#[test]
fn help_fits_a_terminal_and_ends() {
    let mut terminal = Terminal::start(&["load", "--help"], 80, 40);
    let screen = terminal.wait_for("--quiet");
    assert!(screen.contains("Usage: shipwake load"), "{screen}");
    assert_eq!(terminal.exit_code(), 0);
}

//! The workbench on a real terminal: it opens, answers keys, and gives the terminal back.

use crate::support::sample_data;
use crate::support::terminal::Terminal;

fn open(columns: u16, rows: u16, cache: &std::path::Path) -> Terminal {
    let bundle = sample_data();
    let cache = cache.to_str().unwrap();
    Terminal::start_with(
        &[bundle.to_str().unwrap()],
        columns,
        rows,
        &[("XDG_CACHE_HOME", cache)],
    )
}

#[test]
fn from_a_cold_start_to_the_prompt_and_out() {
    let cache = tempfile::tempdir().unwrap();
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut terminal = open(columns, rows, cache.path());
        terminal.wait_for("v2.15.0");
        // A load that is still under way ends before the finder is asked.
        terminal.wait_until("the load has ended", |screen| !screen.contains("loading"));
        terminal.send("\x10");
        terminal.wait_for("find");
        terminal.send("let the fallback reach");
        terminal.wait_for("1 found");
        terminal.send("\r");
        // The chain is there before keys walk along it.
        terminal.wait_for("commit (1 of 3)");
        terminal.send("c");
        terminal.send("h");
        terminal.wait_for("session: Stop checkout timeouts");
        terminal.send("\r");
        terminal.wait_for("SHOP-231: stop checkout timeouts");
        terminal.send("q");
        assert_eq!(terminal.exit_code(), 0);
    }
}

#[test]
fn interrupt_leaves_and_restores() {
    let cache = tempfile::tempdir().unwrap();
    let mut terminal = open(100, 30, cache.path());
    terminal.wait_for("v2.15.0");
    terminal.wait_until("the load has ended", |screen| !screen.contains("loading"));
    terminal.send("\x03");
    assert_eq!(terminal.exit_code(), 0);
    // What stood on the screen before is back: the alternate screen is left.
    assert!(!terminal.text().contains("Releases"), "{}", terminal.text());
}

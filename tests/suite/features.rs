//! docs/features.md and docs/tour.md, pressed: each line of their tables says what to press and what then stands
//! on the screen.

use std::sync::LazyLock;

use shipwake::app::Key;

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("features");
    case.load(&[&sample_data()]);
    case
});

#[test]
fn every_line_does_what_it_says() {
    let text = concat!(
        include_str!("../../docs/features.md"),
        include_str!("../../docs/tour.md")
    );
    let mut pressed = 0;
    let mut wrong = Vec::new();
    for line in text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
    {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [what, keys, shows] = cells.as_slice() else {
            panic!("not three cells: {line}");
        };
        let mut bench = Bench::open(&CASE, 160, 45);
        for word in keys.trim_matches('`').split(' ') {
            match Key::parse(word) {
                Some(_) => bench.press(word),
                None => bench.type_in(word),
            };
        }
        let screen = bench.screen();
        if !screen.contains(shows) {
            wrong.push(format!("{what}: {keys} does not show {shows:?}:\n{screen}"));
        }
        pressed += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pressed > 30, "{pressed} lines");
}

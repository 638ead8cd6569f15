//! The mouse does what keys do, where it points.

use std::sync::LazyLock;

use shipwake::app::mouse::Gesture;

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("mouse");
    case.load(&[&sample_data()]);
    case
});

/// The row of the screen that has `text`, and its column.
#[track_caller]
fn place(screen: &str, text: &str) -> (u16, u16) {
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let column = line[..line.find(text)?].chars().count();
        Some((u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
    });
    found.unwrap_or_else(|| panic!("no {text:?} in:\n{screen}"))
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_pane_under_it_has_the_focus() {
    let mut bench = Bench::open(&CASE, 160, 45);
    bench.press("f");
    let (column, row) = place(&bench.screen(), "Findings");
    bench.click(column, row + 4);
    assert!(bench.screen().contains(" 3/"), "{}", bench.screen());
    bench.click(column, row + 4);
    assert!(bench.screen().contains("rows: chain"), "{}", bench.screen());
    let (column, row) = place(&bench.screen(), "why finding");
    bench.click(column, row);
    let footer = bench.screen().lines().last().unwrap_or_default().to_owned();
    assert!(footer.starts_with(" why "), "{footer}");
}

#[test]
fn the_wheel_turns_what_is_under_it() {
    let mut bench = Bench::open(&CASE, 160, 45);
    bench.press("9");
    let (column, row) = place(&bench.screen(), "Logs");
    bench.mouse(Gesture::WheelDown, column, row + 5);
    assert!(bench.screen().contains(" 4/1 900"), "{}", bench.screen());
    bench.mouse(Gesture::WheelUp, column, row + 5);
    assert!(bench.screen().contains(" 1/1 900"), "{}", bench.screen());
    // In what lies above the panes, it moves the cursor and never acts.
    bench.press("9 #");
    bench.mouse(Gesture::WheelDown, 3, 3);
    assert!(
        bench.screen().contains("4 of 4 values"),
        "{}",
        bench.screen()
    );
    bench.click(3, 3);
    assert!(
        bench.screen().contains("4 of 4 values"),
        "{}",
        bench.screen()
    );
}

#[test]
fn a_click_in_the_timeline_goes_to_the_time_or_to_the_change_that_is_near() {
    let mut bench = Bench::open(&CASE, 160, 45);
    let (column, row) = place(&bench.screen(), "▲");
    bench.click(column, row);
    let screen = bench.screen();
    let footer = screen.lines().last().unwrap_or_default();
    assert!(footer.contains("2026-10-"), "{footer}");
    // More than the time: what was changed.
    assert!(footer.trim().len() > 24, "{footer}");
    bench.mouse(Gesture::WheelUp, column, row);
    assert!(
        !bench.screen().contains("(23 d 13 h)"),
        "{}",
        bench.screen()
    );
}

#[test]
fn clicks_anywhere_are_harmless() {
    for keys in ["V b", "8 enter d", "9 / e", ";", "V H", "W"] {
        let mut bench = Bench::open(&CASE, 120, 36);
        bench.press(keys);
        for (column, row) in (0..120).step_by(17).zip((0..36).step_by(5)) {
            bench.click(column, row);
            bench.click(119 - column, row);
            bench.mouse(Gesture::WheelDown, column, row);
        }
    }
}

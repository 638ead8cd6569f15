//! Every pane and overlay at every class of size, as it stands on the screen; and the same words in every theme.
//!
//! A theme may change what things look like and nothing else, so one set of pictures in words serves all of them: each
//! screen is drawn in a light theme, one of high contrast and without colours too, and must say the same.

use std::sync::LazyLock;

use shipwake::ui::theme::Theme;

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("gallery");
    case.load(&[&sample_data()]);
    case
});

/// A name and the keys that lead there.
const SCREENS: &[(&str, &str)] = &[
    ("releases", "1"),
    ("commit", "2 enter d"),
    ("session", "3 enter d"),
    ("build", "4 enter d"),
    ("attestation", "5 enter d"),
    ("deployment", "6 enter d"),
    ("instance", "7 enter d"),
    ("trace", "8 enter d"),
    ("logs", "9"),
    ("access_events", "0"),
    ("why", "V w"),
    ("chain", "V c"),
    ("timeline", "V i z"),
    ("verdict", "V z"),
    ("finding", "f enter d"),
    ("templates", "p"),
    ("behaviour", "b"),
    ("access", "A"),
    ("metrics", "M"),
    ("changes", "C"),
    ("gaps", "X"),
    ("services", "S"),
    ("latency", "V H"),
    ("finder", "ctrl-p"),
    ("jump", "V J"),
    ("counts", "9 #"),
    ("layouts", "W"),
    ("console", ";"),
    ("actions", ":"),
    ("help", "?"),
    ("raw", "6 enter r"),
];

const SIZES: &[(u16, u16)] = &[(80, 24), (120, 36), (200, 60), (50, 45)];

#[test]
fn every_pane_and_overlay_at_every_size() {
    for (name, keys) in SCREENS {
        for (width, height) in SIZES {
            let mut bench = Bench::open(&CASE, *width, *height);
            bench.press(keys);
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), bench.screen());
        }
    }
}

#[test]
fn themes_change_no_word() {
    let themes = [
        Theme::builtin("light").unwrap(),
        Theme::builtin("high-contrast").unwrap(),
        Theme::plain(),
    ];
    for (name, keys) in SCREENS {
        let screen = |theme: &Theme| {
            let mut bench = Bench::themed(&CASE, 120, 36, theme.clone());
            bench.press(keys);
            // A bar of two parts is one block on another where there are grounds, else the longer part.
            bench.screen().replace(|c| "▁▂▃▄▅▆▇▓".contains(c), "█")
        };
        let dark = screen(&Theme::builtin("dark").unwrap());
        for theme in &themes {
            assert_eq!(screen(theme), dark, "{name}");
        }
    }
}

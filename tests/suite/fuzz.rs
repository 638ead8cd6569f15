//! Random keys, sizes and pasted text: nothing panics, escape leads home, ctrl-c leaves.

use std::sync::LazyLock;

use serde_json::json;
use shipwake::app::{Key, Keymap, action};
use shipwake::workbench::Effect;

use crate::support::cases::TempCase;
use crate::support::workbench::Bench;
use crate::support::{put, sample_data};

/// The sample incident, with lines that somebody hostile wrote.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("fuzz");
    let folder = case.scratch().join("hostile");
    let lines = [
        "\u{1b}[2J\u{1b}]52;c;aGk=\u{7} cleared",
        "עברית مع English 混ぜた text",
        "e\u{301}\u{302}\u{303}\u{304} combining 👩‍👩‍👧‍👦 family ｗｉｄｅ",
        "\u{202e}desrever\u{202c} \u{0}\u{1}\u{9b}31m",
        "🇩🇪🇫🇷 \u{feff}\u{200b}\u{200d}zero",
    ];
    let mut text = String::new();
    for line in lines {
        let record =
            json!({"time": "2026-10-29T14:00:00Z", "level": "error", "service": line, "msg": line});
        text.push_str(&record.to_string());
        text.push('\n');
    }
    let long = json!({"time": "2026-10-29T14:00:01Z", "level": "info", "msg": "x".repeat(200_000)});
    put(&folder, "hostile.log", text.as_bytes());
    put(&folder, "long.log", format!("{long}\n").as_bytes());
    case.load(&[&sample_data(), &folder]);
    case
});

/// A small generator, so that a failure comes again (Steele, Lea, Flood: `SplitMix`, 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

fn keys() -> Vec<Key> {
    let keymap = Keymap::builtin().unwrap();
    let bound = action::ALL
        .iter()
        .flat_map(|entry| keymap.keys(entry.action));
    let mut keys: Vec<Key> = bound.map(|name| Key::parse(&name).unwrap()).collect();
    // Leaving ends the walk; what is no key of an action may still be typed.
    keys.retain(|key| !matches!(key.to_string().as_str(), "q" | "ctrl-c"));
    keys.extend(
        "xyz:()\"'/*ä世é"
            .chars()
            .map(|c| Key::parse(&c.to_string()).unwrap()),
    );
    keys.extend(
        ["backspace", "delete", "left", "right", "f7"].map(|name| Key::parse(name).unwrap()),
    );
    keys
}

/// Steps of one walk; `SHIPWAKE_FUZZ_STEPS` walks further.
fn steps() -> usize {
    let told = std::env::var("SHIPWAKE_FUZZ_STEPS").ok();
    told.and_then(|steps| steps.parse().ok()).unwrap_or(4_000)
}

#[test]
fn random_keys_find_no_panic_and_no_dead_end() {
    let keys = keys();
    let mut dice = Dice(0x5eed);
    let sizes = [
        (80, 24),
        (160, 45),
        (50, 50),
        (60, 15),
        (100, 30),
        (20, 5),
        (200, 60),
    ];
    let mut bench = Bench::open(&CASE, 80, 24);
    for step in 0..steps() {
        let key = keys[dice.roll(keys.len())];
        for effect in bench.press_fast(key) {
            assert_ne!(effect, Effect::Quit, "step {step}: {key} left");
        }
        if step % 97 == 0 {
            let (width, height) = sizes[dice.roll(sizes.len())];
            bench.resize(width, height);
        }
        if step % 499 == 0 {
            bench.settle();
        }
        if step % 1_999 == 0 {
            home(&mut bench);
        }
    }
    home(&mut bench);
}

/// Escape leads home from wherever this is, and from there ctrl-c leaves.
fn home(bench: &mut Bench) {
    bench.resize(120, 36);
    bench.settle();
    for _ in 0..20 {
        bench.press("esc");
    }
    bench.shows("everything");
    let effects = bench.press_fast(Key::parse("ctrl-c").unwrap());
    assert_eq!(effects, [Effect::Interrupt]);
}

#[test]
fn any_size_and_a_storm_of_sizes_draw() {
    let mut bench = Bench::open(&CASE, 80, 24);
    let mut dice = Dice(7);
    for key in [
        "f", "enter", "V", "b", "A", "M", "C", "X", "8", "enter", "9", ":", "?", ";", "ctrl-p",
    ] {
        bench.press(key);
        for _ in 0..40 {
            let (width, height) = (1 + dice.roll(220), 1 + dice.roll(70));
            bench
                .resize(
                    u16::try_from(width).unwrap(),
                    u16::try_from(height).unwrap(),
                )
                .screen();
        }
        bench.resize(80, 24);
    }
}

#[test]
fn a_megabyte_is_pasted_and_nothing_acts() {
    let mut bench = Bench::open(&CASE, 100, 30);
    let text = "q\u{3}\u{1b}[A V f 世界 ".repeat(60_000);
    bench.press("/").paste(&text);
    bench.press("esc").shows("Releases");
    bench.press(";").paste(&text);
    bench.press("esc").shows("Releases");
}

#[test]
fn hostile_lines_are_shown_and_do_nothing() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = Bench::open(&CASE, width, height);
        bench
            .press("9 /")
            .type_in("cleared or desrever or combining or zero")
            .press("enter");
        for _ in 0..6 {
            let screen = bench.screen();
            assert!(
                !screen.chars().any(|c| c.is_control() && c != '\n'),
                "{screen:?}"
            );
            for hidden in ['\u{202e}', '\u{200b}', '\u{feff}', '\u{9b}'] {
                assert!(!screen.contains(hidden), "{hidden:?} is drawn:\n{screen}");
            }
            bench.press("j");
        }
    }
}

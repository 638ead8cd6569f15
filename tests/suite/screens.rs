//! Screens, by pressing keys and looking: what stands where at each size, in each state.

use std::sync::LazyLock;

use shipwake::app::Key;
use shipwake::ui::theme::Theme;
use shipwake::workbench::Effect;

use crate::support::cases::TempCase;
use crate::support::workbench::Bench;
use crate::support::{put, sample_data};

/// The sample incident, loaded once for all screens.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("screens");
    case.load(&[&sample_data()]);
    case
});

fn bench(width: u16, height: u16) -> Bench {
    Bench::open(&CASE, width, height)
}

#[test]
fn the_first_screen_at_every_size() {
    for (width, height) in [(80, 24), (120, 36), (160, 45), (50, 50), (40, 10)] {
        insta::assert_snapshot!(
            format!("start_{width}x{height}"),
            bench(width, height).screen()
        );
    }
}

#[test]
fn a_session_with_its_chain_and_why() {
    let mut bench = bench(160, 45);
    bench
        .press("ctrl-p")
        .type_in("stop checkout timeouts session")
        .press("enter");
    insta::assert_snapshot!("session_160x45", bench.screen());
}

#[test]
fn a_commit_shows_its_diff_and_who_wrote_it() {
    let mut bench = bench(120, 36);
    bench
        .press("ctrl-p")
        .type_in("let the fallback reach")
        .press("enter");
    insta::assert_snapshot!("commit_120x36", bench.screen());
}

#[test]
fn enter_before_the_rows_are_there_opens_the_first_of_them() {
    let mut bench = Bench::open(&CASE, 160, 45);
    for name in ["6", "enter"] {
        bench.press_fast(Key::parse(name).unwrap());
    }
    bench.settle();
    let screen = bench.screen();
    assert!(
        screen.lines().nth(1).unwrap().contains(" deployment "),
        "{screen}"
    );
    // Who goes on to another list meanwhile does not want it any more.
    for name in ["7", "enter", "2"] {
        bench.press_fast(Key::parse(name).unwrap());
    }
    bench.settle();
    let screen = bench.screen();
    assert!(
        !screen.lines().nth(1).unwrap().contains("instance"),
        "{screen}"
    );
}

#[test]
fn new_connections_answer_what_the_old_ones_were_asked() {
    let mut bench = bench(120, 36);
    bench.press_fast(Key::parse("j").unwrap());
    bench.reconnect(&CASE).settle();
    bench.shows("release web@v5.2.2/production");
}

#[test]
fn every_list_and_overlay_draws_at_every_size() {
    for (width, height) in [(80, 24), (120, 36), (200, 60), (50, 50), (60, 15)] {
        let mut bench = bench(width, height);
        for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "f", "p"] {
            bench
                .press(key)
                .press("enter")
                .hides("cannot answer")
                .press("esc esc esc");
        }
        for key in ["b", "A", "M", "C", "V"] {
            bench
                .press(key)
                .press("j l r esc + -")
                .hides("cannot answer")
                .press("esc esc esc");
        }
        for key in [":", "?", ";", "ctrl-p", "r"] {
            bench.press(key).hides("cannot answer").press("esc");
        }
    }
}

#[test]
fn states_are_words_without_colours_and_shapes() {
    let mut plain = Bench::themed(&CASE, 120, 36, Theme::plain().ascii());
    let screen = plain.press("1").screen();
    assert!(
        screen.contains("live") && screen.contains("replaced"),
        "{screen}"
    );
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn an_empty_case_says_why_nothing_is_there() {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    put(&folder, "notes.txt", "nothing of a kind that is known\n");
    case.load(&[&folder]);
    let mut bench = Bench::open(&case, 80, 24);
    bench.press("2").shows("no git export");
    bench.press("8").shows("no spans");
}

#[test]
fn hostile_text_is_shown_not_obeyed() {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    let line = serde_json::json!({"time": "2026-01-02T03:04:05Z", "level": "error", "msg": "a\u{1b}]52;c;ZXZpbA==\u{7}b\u{1b}[2Jc\u{202e}d"});
    put(&folder, "app.log", format!("{line}\n{line}\n"));
    case.load(&[&folder]);
    let mut bench = Bench::open(&case, 120, 36);
    let screen = bench.press("9").shows("a␛]52;c").screen();
    assert!(
        !screen.contains('\u{1b}') && !screen.contains('\u{7}') && !screen.contains('\u{202e}'),
        "{screen}"
    );
}

#[test]
fn escape_always_leads_home_and_interrupt_always_leaves() {
    let mut bench = bench(120, 36);
    let mut seed = 7u64;
    let keys: Vec<Key> = "j k h l g G tab shift-tab enter esc [ ] space / n N r w o t a 1 2 3 4 5 6 7 8 9 0 f p b A M C V v + - = } { z P L d c i : ; ? T ctrl-p up down left right pageup pagedown home end x ä"
        .split(' ')
        .map(|name| Key::parse(name).unwrap())
        .collect();
    for _ in 0..3_000 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let key = keys[usize::try_from(seed >> 33).unwrap() % keys.len()];
        bench.press_fast(key);
    }
    bench.settle();
    for _ in 0..12 {
        bench.press("esc");
    }
    bench.shows("esc goes back; q leaves");
    let effects = bench.press_fast(Key::parse("ctrl-c").unwrap());
    assert_eq!(effects, [Effect::Interrupt]);
}

#[test]
fn a_resize_storm_and_a_large_paste_break_nothing() {
    let mut bench = bench(160, 45);
    bench
        .press("ctrl-p")
        .paste(&"long \u{1b}[31m paste ".repeat(60_000));
    for size in 0..80 {
        bench.resize(1 + size * 2, 1 + size).screen();
    }
    bench.resize(120, 36).press("esc").shows("Releases");
}

//! A session goes on where the one before it ended, as far as that is still there.

use std::sync::LazyLock;

use shipwake::app::Whereabouts;

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("resume");
    case.load(&[&sample_data()]);
    case
});

#[test]
fn a_session_goes_on_where_it_ended() {
    for keys in [
        "V",
        "V 9 a / e r r o r enter",
        "V H",
        "W 5",
        "f enter",
        "V J d e p l o y enter",
    ] {
        let mut first = Bench::open(&CASE, 160, 45);
        first.press(keys);
        let ended = first.whereabouts();
        let text = serde_json::to_string(&ended).unwrap();
        let read: Whereabouts = serde_json::from_str(&text).unwrap();
        let mut second = Bench::open(&CASE, 160, 45);
        second.resume(&read);
        assert_eq!(second.whereabouts(), ended, "{keys}");
        assert!(second.screen().contains("as you left it"), "{keys}");
        second.press("[");
        assert!(
            second.screen().contains("everything"),
            "{keys}:\n{}",
            second.screen()
        );
    }
}

#[test]
fn what_is_no_longer_known_is_left_out() {
    let mut bench = Bench::open(&CASE, 160, 45);
    let home = bench.whereabouts();
    bench.resume(&home);
    assert!(!bench.screen().contains("as you left it"));
    let was = Whereabouts {
        entity: Some(("commit:0000".to_owned(), "0000".to_owned())),
        window: Some((5, 1)),
        list: "nonsense".to_owned(),
        filter: "sevrity:x (".to_owned(),
        related: true,
        board: Some("nonsense".to_owned()),
        layout: "nonsense".to_owned(),
    };
    bench.resume(&was);
    let now = bench.whereabouts();
    assert_eq!((now.list, now.layout), (home.list, home.layout));
    assert_eq!(
        (now.window, now.board, now.filter),
        (None, None, String::new())
    );
    assert!(
        bench.screen().contains("as you left it"),
        "{}",
        bench.screen()
    );
    let empty: Whereabouts = serde_json::from_str("{}").unwrap();
    assert_eq!(empty, Whereabouts::default());
}

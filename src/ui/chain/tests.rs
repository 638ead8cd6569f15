use super::*;
use crate::ui::testing::{at_every_size, draw, lines};

fn node<'a>(kind: &'a str, label: &'a str) -> Node<'a> {
    Node {
        kind,
        label,
        state: "",
    }
}

fn link(class: Class, state: &str) -> Link<'_> {
    Link {
        class: Some(class),
        state,
    }
}

fn nodes() -> Vec<Node<'static>> {
    let mut nodes = vec![
        node("request", "SHOP-142"),
        node("prompt", "7d1c52aa"),
        node("commit", "9f3c2e1"),
        node("review", "!88"),
        node("build", "118"),
        node("artifact", "sha256:0123456789abcdef"),
        node("deploy", "prod#118"),
        node("behaviour", "2 new"),
    ];
    nodes[3].state = "missing";
    nodes
}

fn links() -> Vec<Link<'static>> {
    vec![
        link(Class::I, "matched"),
        link(Class::T, "inferred"),
        Link {
            class: None,
            state: "missing",
        },
        link(Class::I, "matched"),
        link(Class::S, "verified"),
        link(Class::I, "contradicted"),
        link(Class::I, "ambiguous"),
    ]
}

fn show(width: u16, height: u16, selected: usize, vertical: bool) -> Vec<String> {
    let (nodes, links) = (nodes(), links());
    let chain = Chain {
        nodes: &nodes,
        links: &links,
        level: "C2",
        selected: Some(selected),
        weakest: Some(5),
        focused: true,
    };
    lines(&draw(width, height, |area, buf, theme| {
        if vertical {
            chain.render_vertical(area, buf, theme);
        } else {
            chain.render(area, buf, theme);
        }
    }))
}

#[test]
fn strokes_say_class_and_state() {
    assert_eq!(
        show(170, 2, 2, false),
        [
            " request SHOP-142 ─── prompt 7d1c52aa ┄┄┄[commit 9f3c2e1] ∅  ∅ review !88 ─── build 118 ━━━ \
             artifact sha256:0123456789abcdef ─╳─ deploy prod#118 ─?─ behaviour 2 new   C2",
            &format!("{:125}╰ weakest: contradicted (I)", ""),
        ]
    );
}

#[test]
fn labels_go_before_kinds_and_kinds_before_nodes() {
    let strip = |width| show(width, 1, 2, false).remove(0);
    assert_eq!(
        strip(120).trim_end_matches([' ', 'C', '2']),
        " request ─── prompt ┄┄┄[commit] ∅  ∅ review ─── build ━━━ artifact ─╳─ deploy ─?─ behaviour"
    );
    assert_eq!(
        strip(80),
        " reque… ─ prompt ┄[commit]∅ ∅ review ─ build ━ artif… ╳ deploy ? behav…      C2"
    );
    assert_eq!(
        strip(60),
        " req ─ pro ┄[com]∅ ∅ rev ─ bui ━ art ╳ dep ? beh         C2"
    );
    assert_eq!(strip(30), "‹[com]∅ ∅ rev ─ bui      › C2");
    assert_eq!(strip(12), "‹[com] › C2");
}

#[test]
fn the_weakest_link_is_named_wherever_it_is() {
    let note = |width| show(width, 2, 2, false).remove(1);
    assert_eq!(note(60), "           weakest: contradicted (I) ╯");
    assert_eq!(note(30), " weakest: contradicted (I)");
}

#[test]
fn down_a_narrow_screen_every_state_is_a_word() {
    assert_eq!(
        show(36, 15, 6, true),
        [
            "  request    SHOP-142            C2",
            "  │ I matched",
            "  prompt     7d1c52aa",
            "  ┆ T inferred",
            "  commit     9f3c2e1",
            "  ∅ missing",
            "  review     ∅ missing  !88",
            "  │ I matched",
            "  build      118",
            "  ┃ S verified",
            "  artifact   sha256:0123456789abcdef",
            "  ╳ I contradicted, weakest",
            "▌ deploy     prod#118",
            "  ? I ambiguous",
            "  behaviour  2 new",
        ]
    );
    assert_eq!(
        show(48, 4, 6, true),
        [
            "  review     ∅ missing  !88        ∅ missing C2",
            "  build      118                     │ I matched",
            "  artifact   sha256:0123…6789abcdef ┃ S verified",
            "▌ deploy     prod#118  ╳ I contradicted, weakest",
        ]
    );
}

#[test]
fn ascii_strokes_differ_too() {
    let (nodes, links) = (nodes(), links());
    let chain = Chain {
        nodes: &nodes,
        links: &links,
        level: "C2",
        ..Chain::default()
    };
    let area = Rect::new(0, 0, 60, 1);
    let mut buf = Buffer::empty(area);
    chain.render(area, &mut buf, &Theme::plain().ascii());
    assert_eq!(
        lines(&buf),
        [" req - pro . com 0 0 rev - bui = art X dep ? beh         C2"]
    );
}

#[test]
fn any_size_will_do() {
    let (mut nodes, links) = (nodes(), links());
    nodes[1].kind = "数字\u{1b}[0m";
    nodes[1].label = "\u{202e}a very long label that goes on and on and on";
    at_every_size(|area, buf, theme| {
        for (selected, links) in [
            (None, &links[..]),
            (Some(3), &links[..2]),
            (Some(usize::MAX), &[]),
        ] {
            let chain = Chain {
                nodes: &nodes,
                links,
                level: "C2",
                selected,
                weakest: Some(5),
                focused: false,
            };
            chain.render(area, buf, theme);
            chain.render_vertical(area, buf, theme);
        }
        Chain::default().render(area, buf, theme);
        Chain::default().render_vertical(area, buf, theme);
    });
}

use super::*;
use crate::ui::testing::{at_every_size, draw, lines};

fn node(name: &str, calls: u64, errors: u64) -> Node<'_> {
    Node {
        name,
        calls,
        errors,
        is_external: name.contains('.'),
    }
}

fn edge(from: usize, to: usize, calls: u64, errors: u64) -> Edge {
    Edge {
        from,
        to,
        calls,
        errors,
        p95_ns: Some(12_000_000),
    }
}

fn shop() -> (Vec<Node<'static>>, Vec<Edge>) {
    let nodes = vec![
        node("checkout", 1_204, 12),
        node("payments", 340, 3),
        node("orders", 900, 0),
        node("api.cardnet.example", 340, 3),
        node("gateway", 2_400, 15),
    ];
    let edges = vec![
        edge(4, 0, 1_204, 12),
        edge(0, 1, 340, 3),
        edge(0, 2, 900, 0),
        edge(1, 3, 340, 3),
        edge(4, 2, 31, 0),
        edge(2, 0, 7, 0),
        edge(1, 1, 2, 1),
    ];
    (nodes, edges)
}

fn show_at(
    nodes: &[Node<'_>],
    edges: &[Edge],
    width: u16,
    height: u16,
    selected: usize,
) -> Vec<String> {
    let map = ServiceMap {
        nodes,
        edges,
        cursor: Cursor::Focused,
    };
    let mut scroll = Scroll {
        selected,
        ..Scroll::default()
    };
    lines(&draw(width, height, |area, buf, theme| {
        map.render(area, buf, theme, &mut scroll);
    }))
}

#[test]
fn services_stand_behind_their_callers() {
    let (nodes, edges) = shop();
    assert_eq!(
        show_at(&nodes, &edges, 110, 14, 0),
        [
            "┌────────────┐                 ┏━━━━━━━━━━━━┓                ┌──────────────┐              ┌┄external┄┄┄┄┄┄┄┐",
            "│ gateway    │─┐               ┃ checkout   ┃─┐              │ payments     │─┐            ┆ api.car…xample ┆",
            "│ 2 400 ✗ 15 │ ├─ 1 204 ✗ 12 ─▸┃ 1 204 ✗ 12 ┃ ├─── 340 ✗ 3 ─▸│ 340 ✗ 3      │ └─ 340 ✗ 3 ─▸┆ 340 ✗ 3        ┆",
            "└────────────┘ │               ┃            ┃◂─┐             │ itself 2 ✗ 1 │              └┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┘",
            "               │               ┗━━━━━━━━━━━━┛ ││             └──────────────┘",
            "               │                              ││",
            "               └────────────────────────────────┐            ┌──────────────┐",
            "                                              │││            │ orders       │",
            "                                              └─────── 900 ─▸│ 900          │",
            "                                               ││            │              │",
            "                                               └──────── 7 ──│              │",
            "                                                │            │              │",
            "                                                └────── 31 ─▸│              │",
            "                                                             └──────────────┘"
        ]
    );
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let (nodes, edges) = shop();
    let turned: Vec<_> = nodes.iter().rev().copied().collect();
    let last = nodes.len() - 1;
    let mut others: Vec<_> = edges
        .iter()
        .map(|edge| Edge {
            from: last - edge.from,
            to: last - edge.to,
            ..*edge
        })
        .collect();
    assert_eq!(
        show_at(&nodes, &edges, 110, 14, 0),
        show_at(&turned, &others, 110, 14, last)
    );
    others.rotate_left(2);
    let layers = Layers::of(&turned, &others);
    assert_eq!((layers.count, layers.back.len()), (4, 1));
}

#[test]
fn a_narrow_screen_has_a_list() {
    let (nodes, edges) = shop();
    assert_eq!(
        show_at(&nodes, &edges, 46, 12, 1),
        [
            "  gateway  2 400 calls  ✗ 15 errors",
            "   →  checkout  1 204 calls  ✗ 12 errors",
            "   →  orders  31 calls  p95 12.0 ms",
            "  checkout  1 204 calls  ✗ 12 errors",
            "   →  orders  900 calls  p95 12.0 ms",
            "   →  payments  340 calls  ✗ 3 errors",
            "  orders  900 calls",
            "   →  checkout  7 calls  p95 12.0 ms",
            "▌ payments  340 calls  ✗ 3 errors",
            "   →  api.cardnet.exam…  340 calls  ✗ 3 errors",
            "   →  payments  2 calls  ✗ 1 error",
            "  api.cardnet.e…  340 calls  ✗ 3 errors  exte…"
        ]
    );
    assert_eq!(
        show_at(&nodes, &edges, 22, 3, 3),
        [
            "   →  api.ca…  340 ✗ 3",
            "   →  payments  2 ✗ 1",
            "▌ api.cardne…  340 ✗ 3"
        ]
    );
}

#[test]
fn a_tall_map_scrolls_to_the_selection() {
    let names: Vec<String> = (0..30).map(|index| format!("svc-{index:02}")).collect();
    let nodes: Vec<_> = names.iter().map(|name| node(name, 1, 0)).collect();
    let shown = show_at(&nodes, &[], 30, 6, 20);
    assert!(
        shown.iter().any(|line| line.contains("┃ svc-20")),
        "{shown:#?}"
    );
    assert!(
        shown[0].ends_with('▲') && shown[5].ends_with('▼'),
        "{shown:#?}"
    );
}

#[test]
fn in_ascii() {
    let (nodes, edges) = shop();
    let area = Rect::new(0, 0, 110, 14);
    let (mut buf, theme) = (Buffer::empty(area), Theme::plain().ascii());
    ServiceMap {
        nodes: &nodes,
        edges: &edges,
        cursor: Cursor::Focused,
    }
    .render(area, &mut buf, &theme, &mut Scroll::default());
    assert!(lines(&buf).concat().is_ascii(), "{:#?}", lines(&buf));
}

#[test]
fn no_line_lies_on_another() {
    for seed in 1..60_usize {
        let (nodes, edges) = wild(12, 24, seed);
        let layers = Layers::of(&nodes, &edges);
        let layout = Layout::of(&nodes, &edges, &layers);
        for gap in &layout.gaps {
            for (index, bus) in gap.buses.iter().enumerate() {
                for other in &gap.buses[index + 1..] {
                    assert_ne!(bus.row, other.row);
                    let (one, two) = (bus.span(), other.span());
                    let apart = one.1 < two.0 || two.1 < one.0;
                    assert!(apart || bus.channel.is_none() || bus.channel != other.channel);
                    for end in &bus.ends {
                        assert!(other.ends.iter().all(|to| to.row != end.row));
                        assert_ne!(other.row, end.row, "seed {seed}");
                    }
                    assert!(other.ends.iter().all(|to| to.row != bus.row), "seed {seed}");
                }
            }
        }
        let ends = layout
            .gaps
            .iter()
            .flat_map(|gap| &gap.buses)
            .flat_map(|bus| &bus.ends);
        let calls = edges.iter().filter(|edge| edge.from != edge.to).count();
        assert_eq!(ends.filter(|end| end.at_service).count(), calls);
    }
}

fn wild(count: usize, calls: usize, seed: usize) -> (Vec<Node<'static>>, Vec<Edge>) {
    let names = [
        "",
        "数字サービス",
        "e\u{301}\u{1b}[31m",
        "a",
        "b",
        "\u{202e}x",
    ];
    let nodes = (0..count)
        .map(|index| node(names[index % names.len()], u64::MAX, index as u64))
        .collect();
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % count
    };
    let edges = (0..calls).map(|_| edge(next(), next(), 5, 1)).collect();
    (nodes, edges)
}

#[test]
fn a_thousand_services() {
    let long = "数".repeat(10_000);
    let (mut nodes, mut edges) = wild(1_000, 3_000, 7);
    nodes[3].name = &long;
    edges.push(edge(5_000, 1, 1, 1));
    edges.extend((0..999).map(|from| edge(from, from + 1, 1, 0)));
    assert_eq!(show_at(&nodes, &edges, 160, 45, 999).len(), 45);
    let star: Vec<_> = (1..1_000).map(|to| edge(0, to, 1, 0)).collect();
    let shown = show_at(&nodes, &star, 160, 45, 500);
    assert!(shown.iter().any(|line| line.contains('▸')), "{shown:#?}");
}

#[test]
fn any_size_will_do() {
    let long = "数\u{301}x".repeat(5_000);
    let (mut nodes, edges) = wild(9, 20, 3);
    nodes[4].name = &long;
    let (shop, calls) = shop();
    at_every_size(|area, buf, theme| {
        for (nodes, edges) in [(&nodes, &edges), (&shop, &calls), (&Vec::new(), &edges)] {
            for selected in [0, 4, usize::MAX] {
                let mut scroll = Scroll {
                    selected,
                    top: selected,
                    column: 0,
                };
                let map = ServiceMap {
                    nodes,
                    edges,
                    cursor: Cursor::Idle,
                };
                map.render(area, buf, theme, &mut scroll);
                assert_eq!(map.order().len(), nodes.len());
            }
        }
    });
}

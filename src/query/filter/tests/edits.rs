//! What chips, cells and the cursor do to a line.

use super::*;

#[test]
fn chips_are_the_terms_that_must_hold() {
    for (text, expected) in [
        ("", &[][..]),
        (
            "timeout  service:\"a b\" and -x",
            &["timeout", "service:\"a b\"", "-x"],
        ),
        ("(a or b) not c", &["(a or b)", "not c"]),
        ("(a b)", &["(a b)"]),
        ("a or b", &["a or b"]),
        ("a | b c", &["a | b", "c"]),
        ("service:(a or b) x", &["service:(a or b)", "x"]),
        ("service!=a", &["service!=a"]),
    ] {
        let chips = parse(text).expect(text).chips(text);
        let texts: Vec<_> = chips.iter().map(|chip| chip.text.as_str()).collect();
        assert_eq!(texts, expected, "{text}");
        for chip in &chips {
            assert_eq!(text.get(chip.range.clone()), Some(chip.text.as_str()));
        }
    }
}

#[test]
fn a_chip_is_cut_out() {
    for (text, at, rest) in [
        ("a", 0, ""),
        ("a and b and c", 0, "b and c"),
        ("a and b and c", 1, "a and c"),
        ("a and b and c", 2, "a and b"),
        (" a  b ", 1, " a "),
        ("(a)(b)", 0, "(b)"),
        ("a or b", 0, ""),
        // Without the middle the slashes would make a regex.
        ("/foo a/b c/", 1, "\"/foo\" c/"),
    ] {
        let chips = parse(text).expect(text).chips(text);
        let chip = chips.get(at).expect(text);
        assert_eq!(without(text, chip), rest, "{text}");
    }
    let stranger = Chip {
        text: "x".to_owned(),
        range: 0..1,
    };
    assert_eq!(without("a b", &stranger), "a b");
}

#[test]
fn a_cell_is_added() {
    for (text, field, value, include, result) in [
        ("", "service", "shop", true, "service=shop"),
        ("", "service", "shop", false, "service!=shop"),
        (
            "timeout ",
            "service",
            "a b",
            true,
            "timeout service=\"a b\"",
        ),
        ("a or b", "service", "x", true, "(a or b) service=x"),
        ("a or f(", "service", "x", true, "(a or f( ) service=x"),
        ("a | b", "service", "x", true, "(a | b) service=x"),
        ("service=x a", "service", "x", false, "service!=x a"),
        ("a service!=x", "service", "x", true, "a service=x"),
        (
            "a -service:\"x\" -service=\"x\"",
            "service",
            "x",
            true,
            "a service=x",
        ),
        ("service=x", "Service", "x", true, "service=x"),
        ("not service=x", "service", "x", false, "not service=x"),
        ("", "service", "", true, "service:-"),
        ("service:-", "service", "", false, "service:*"),
        (
            "",
            "service",
            "a\"b\\\n\u{1b}",
            true,
            r#"service="a\"b\\\n\u{1b}""#,
        ),
        (
            "",
            "attributes.http.route",
            "/pay/{id}",
            true,
            "attributes.http.route=\"/pay/{id}\"",
        ),
        ("", "http.route", "/pay/v1", true, "http.route=/pay/v1"),
        ("/foo", "service", "a/ b", true, "/foo service=\"a\\/ b\""),
        ("/foo", "service", "a/", true, "/foo service=\"a/\""),
        ("a", "no name", "x", true, "a"),
        ("(a", "service", "x", true, "(a service=x"),
    ] {
        assert_eq!(with(text, field, value, include), result, "{text}");
    }
    let full = vec!["a"; MAX_TERMS].join(" ");
    assert_eq!(with(&full, "service", "x", true), full);
}

#[test]
fn names_and_values_are_completed() {
    for (text, range, candidates, field) in [
        (
            "",
            0..0,
            &[
                "service",
                "trace",
                "severity",
                "code",
                "took",
                "time",
                "sampled",
                "attributes.",
            ][..],
            None,
        ),
        ("ti|", 0..2, &["time"], None),
        ("a SE|", 2..4, &["service", "severity"], None),
        (
            "(s|",
            1..2,
            &["service", "severity", "sampled", "attributes."],
            None,
        ),
        ("-ser|", 1..4, &["service"], None),
        ("not ser|", 4..7, &["service"], None),
        ("se|v:x", 0..3, &["service", "severity"], None),
        ("service:|", 8..8, &[], Some("service")),
        ("service:sh|", 8..10, &[], Some("service")),
        ("service=\"a b|", 8..12, &[], Some("service")),
        ("service:(a or b|", 14..15, &[], Some("service")),
        ("service:(a or |", 14..14, &[], Some("service")),
        ("service:(a or b) to|", 17..19, &["took"], None),
        ("\"a ser|", 7..7, &[], None),
        ("/a ser|/", 6..6, &[], None),
        ("http.route:/p|", 11..13, &[], None),
        ("&|", 0..1, &[], None),
        ("&&|", 0..0, &[], None),
    ] {
        let cursor = text.find('|').unwrap_or(text.len());
        let text = text.replacen('|', "", 1);
        let found = complete(&text, cursor, &fields());
        if text.starts_with("&&") {
            assert!(found.candidates.is_empty());
            continue;
        }
        assert_eq!(found.candidates, candidates, "{text}");
        assert_eq!(found.field, field, "{text}");
        if !candidates.is_empty() || field.is_some() {
            assert_eq!(found.range, range, "{text}");
        }
    }
}

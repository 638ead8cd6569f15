//! What is taken and what is refused. What rules select is tested in the suite, where DuckDB is.

use super::{Loaded, load};

fn one(text: &str) -> Loaded {
    load([("rules.yml", text)].into_iter())
}

fn refusal(text: &str) -> String {
    let loaded = one(text);
    assert_eq!(loaded.rules, [], "{text}");
    let all: Vec<_> = loaded
        .refused
        .iter()
        .map(|left| left.why.to_string())
        .collect();
    all.join("; ")
}

fn rule(detection: &str) -> String {
    format!("title: t\nlogsource: {{product: aws}}\ndetection: {detection}\n")
}

#[test]
fn every_refusal_names_its_reason_and_place() {
    for (detection, why) in [
        (
            "{s: {a|re: '(?=x)'}, condition: s}",
            "look-ahead `(?=` (at detection.s.a|re)",
        ),
        (
            "{s: {a|expand: '%x%'}, condition: s}",
            "expand (placeholders need a pipeline, and there is none) (at detection.s.a|expand)",
        ),
        (
            "{s: {a|sounds: x}, condition: s}",
            "modifier not supported: sounds",
        ),
        (
            "{s: {a|cidr: x}, condition: s}",
            "not a network: x (at detection.s.a|cidr)",
        ),
        ("{s: {a|gt: x}, condition: s}", "not a number"),
        ("{s: {a|all: x}, condition: s}", "`all` over a single value"),
        (
            "{s: {a|exists: maybe}, condition: s}",
            "exists takes true or false",
        ),
        (
            "{s: {a|contains: null}, condition: s}",
            "null with a modifier",
        ),
        (
            "{s: {a|base64offset|contains: 'a*'}, condition: s}",
            "a wildcard cannot be encoded",
        ),
        (
            "{s: {a|base64offset|contains: 'ab'}, condition: s}",
            "less than three bytes",
        ),
        (
            "{s: {a|fieldref: 5}, condition: s}",
            "fieldref takes the name of a field",
        ),
        (
            "{s: {a|fieldref: 'b*'}, condition: s}",
            "fieldref takes the name of a field",
        ),
        ("{s: {'a[0].b': x}, condition: s}", "field name not usable"),
        ("{s: {a: {b: c}}, condition: s}", "a value is a scalar"),
        ("{s: {a: []}, condition: s}", "between 1 and"),
        ("{s: {}, condition: s}", "an empty map"),
        ("{s: [], condition: s}", "an empty list"),
        ("{s: [[a]], condition: s}", "a value is a scalar"),
        ("{s: {'|gt': 5}, condition: s}", "keywords take all"),
        ("{s: {'|neq': x}, condition: s}", "keywords have no field"),
        ("{s: {a: x}}", "no condition"),
        ("{s: {a: x}, condition: t}", "`t` is not defined"),
        ("{s: {a: x}, condition: s | count() > 5}", "obsolete"),
        (
            "{s: {a: x}, timeframe: 5m, condition: s}",
            "`timeframe` is obsolete",
        ),
        ("{s: {a: x}, condition: []}", "no condition"),
        ("{s: {a: .nan}, condition: s}", "non-finite"),
        ("5", "not a map"),
    ] {
        let found = refusal(&rule(detection));
        assert!(found.contains(why), "{detection}: {found}");
    }
    for (text, why) in [
        ("title: t\ndetection: {}\n", "no logsource"),
        (
            "logsource: {product: aws}\ndetection: {s: {a: x}, condition: s}\n",
            "no title",
        ),
        ("title: t\nlogsource: {product: aws}\n", "no detection"),
        (
            "title: t\nlevel: fatal\nlogsource: {product: aws}\ndetection: {s: {a: x}, condition: s}\n",
            "level \"fatal\"",
        ),
        ("action: global\ntitle: t\n", "obsolete"),
        ("- a\n", "a document is a map"),
        ("title: [\n", "not readable YAML"),
        ("title: t\ntitle: u\n", "not readable YAML"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b", "not readable YAML"),
        (
            "title: t\nlogsource: {product: aws}\nfilter: {rules: [x], s: {a: b}, condition: not s}\n",
            "refers to a rule that is not there: x",
        ),
        (
            "title: t\nlogsource: {product: aws}\nfilter: {rules: any, s: {a: b}, condition: s}\n",
            "a filter's condition is `not",
        ),
        (
            "title: t\nlogsource: {product: aws}\nfilter: {s: {a: b}, condition: s}\n",
            "no rules (at filter)",
        ),
    ] {
        let found = refusal(text);
        assert!(found.contains(why), "{text}: {found}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn correlations_that_are_not_taken_say_why() {
    let rules = "title: a\nname: a\nlogsource: {product: aws}\ndetection: {s: {e: x}, condition: s}\n---\n\
                 title: w\nname: w\nlogsource: {product: windows}\ndetection: {s: {e: x}, condition: s}\n---\n\
                 title: bad\nname: bad\nlogsource: {product: aws}\ndetection: {s: {e|re: '(?!x)'}, condition: s}\n---\n";
    let event_count = "type: event_count, timespan: 5m, condition: {gte: 1}, rules: ";
    for (body, why) in [
        (
            "type: value_percentile, rules: [a], timespan: 5m, condition: {field: b, lte: 1}",
            "disagree on its meaning",
        ),
        (
            "type: value_median, rules: [a], timespan: 5m, condition: {field: b, lte: 1}",
            "type \"value_median\"",
        ),
        ("rules: [a], timespan: 5m, condition: {gte: 1}", "no type"),
        (
            "type: event_count, rules: [a], condition: {gte: 1}",
            "no timespan",
        ),
        (
            "type: event_count, rules: [a], timespan: 5, condition: {gte: 1}",
            "no timespan",
        ),
        (
            "type: event_count, rules: [a], timespan: 5w, condition: {gte: 1}",
            "timespan \"5w\"",
        ),
        (
            "type: event_count, rules: [a], timespan: 0s, condition: {gte: 1}",
            "timespan \"0s\"",
        ),
        (
            "type: event_count, rules: [a], timespan: 999999999999d, condition: {gte: 1}",
            "timespan",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m",
            "no condition",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m, condition: {}",
            "no criterion",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m, condition: {about: 5}",
            "criterion \"about\"",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m, condition: {gte: many}",
            "not a number",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m, condition: {field: b, gte: 1}",
            "`field` is absent, or one too many",
        ),
        (
            "type: value_count, rules: [a], timespan: 5m, condition: {gte: 1}",
            "`field` is absent",
        ),
        (
            "type: value_sum, rules: [a], timespan: 5m, condition: {field: [b, c], gte: 1}",
            "`field` is absent",
        ),
        (
            "type: temporal, rules: [a], timespan: 5m, condition: a and b",
            "a condition is a map",
        ),
        (
            "type: temporal, rules: [a, a], timespan: 5m",
            "named once each",
        ),
        (
            "type: temporal_ordered, rules: [a], timespan: 5m",
            "an order of one rule",
        ),
        (
            "type: temporal_ordered, rules: [a, w], timespan: 5m, condition: {gte: 1}",
            "whole or not at all",
        ),
        (
            "type: event_count, rules: [a], timespan: 5m, window: tumbling, condition: {gte: 1}",
            "no part of Sigma 2.1",
        ),
        (&format!("{event_count}[nobody]"), "not there: nobody"),
        (
            &format!("{event_count}[bad]"),
            "\"bad\" was refused: regular expression not supported: negative look-ahead",
        ),
        (&format!("{event_count}[z]"), "in a circle"),
        (
            &format!("{event_count}[a], group-by: [who], aliases: {{who: {{b: x}}}}"),
            "no field for Some(\"a\")",
        ),
        (
            &format!("{event_count}[a], group-by: ['a\"b']"),
            "field name not usable",
        ),
    ] {
        let loaded = one(&format!(
            "{rules}title: z\nname: z\ncorrelation: {{{body}}}\n"
        ));
        let found = loaded
            .refused
            .iter()
            .find(|left| left.name == "z")
            .map(|left| left.why.to_string());
        assert!(
            found.as_ref().is_some_and(|found| found.contains(why)),
            "{body}: {found:?}"
        );
    }
    let loaded = one(&format!(
        "{rules}title: z\ncorrelation: {{{event_count}[w]}}\n"
    ));
    let left: Vec<_> = loaded
        .not_evaluable
        .iter()
        .map(|left| (left.name.as_str(), left.why.to_string()))
        .collect();
    assert_eq!(
        left,
        [
            ("w", String::from("windows/*/*")),
            ("z", String::from("windows/*/*"))
        ]
    );
}

#[test]
fn every_document_is_in_one_list() {
    let text = "title: a\nname: a\nlogsource: {product: aws}\ndetection: {s: {e: x}, condition: s}\nlevel: informational\ntags: [attack.t1]\n---\n\
                # only a comment\n---\n\
                title: b\nid: b\nlogsource: {product: solaris}\ndetection: {s: {e: x}, condition: s}\n--- \n\
                title: [\n---\n\
                title: c\nid: b\nlogsource: {product: aws}\ndetection: {s: {e: x}, condition: s}\n---\n\
                title: z\nlevel: high\ncorrelation: {type: event_count, generate: true, rules: [a], timespan: 5m, condition: {gte: 1}}\n---\n\
                title: f\nlogsource: {product: aws}\nfilter: {rules: any, s: {e: y}, condition: not 1 of s*}\n";
    let loaded = one(text);
    let titles: Vec<_> = loaded
        .rules
        .iter()
        .map(|rule| (rule.title.as_str(), rule.level))
        .collect();
    assert_eq!(titles, [("a", "info"), ("z", "high")]);
    assert_eq!(loaded.rules[0].id, "a");
    assert_eq!(loaded.rules[0].tags, ["attack.t1"]);
    assert_eq!(loaded.rules[0].log_sources, ["AWS CloudTrail"]);
    assert_eq!(loaded.rules[1].filters, ["f"]);
    assert_eq!(loaded.not_evaluable[0].name, "b");
    let refused: Vec<_> = loaded
        .refused
        .iter()
        .map(|left| left.name.as_str())
        .collect();
    assert_eq!(refused, ["rules.yml#4", "c"]);
    assert_eq!(loaded.filters.len(), 1);
    assert_eq!(loaded.parts, []);
}

#[test]
fn the_digest_follows_the_meaning() {
    let digest = |text: &str| one(text).rules[0].digest.clone();
    let first = digest(&rule("{s: {a: x}, condition: s}"));
    assert_eq!(first.len(), 64);
    assert_eq!(
        first,
        digest(&format!(
            "# a comment\n{}status: test\n",
            rule("{s: {a: x}, condition: s}")
        ))
    );
    assert_ne!(first, digest(&rule("{s: {a: y}, condition: s}")));
    assert_ne!(
        first,
        digest(&format!(
            "{}level: high\n",
            rule("{s: {a: x}, condition: s}")
        ))
    );
}

#[test]
fn sizes_are_bounded() {
    let many: Vec<_> = (0..6_000).map(|index| index.to_string()).collect();
    for (text, why) in [
        (
            rule(&format!(
                "{{s: {{a: [{}]}}, condition: s}}",
                many.join(", ")
            )),
            "between 1 and 5000 values",
        ),
        (
            rule(&format!(
                "{{s: {{a: '{}'}}, condition: s}}",
                "x".repeat(5_000)
            )),
            "beyond 4096 bytes",
        ),
        (
            rule(&format!(
                "{{s: {{a: '{}'}}, condition: s}}",
                "x".repeat(300_000)
            )),
            "beyond 262144 bytes",
        ),
        (
            rule(&format!(
                "{{s: {{a: [{}]}}, condition: {}s}}",
                many[..4_000].join(", "),
                "s or ".repeat(700)
            )),
            "too large",
        ),
        (
            format!("title: t\nx: {}{}\n", "[".repeat(5_000), "]".repeat(5_000)),
            "not readable YAML",
        ),
        ("#".repeat(9 << 20), "a file beyond"),
    ] {
        let found = refusal(&text);
        assert!(
            found.contains(why),
            "{}: {found}",
            text.chars().take(80).collect::<String>()
        );
    }
}

proptest::proptest! {
    #[test]
    fn nothing_panics(text in r"(title: t\n|logsource: \{product: aws\}\n|detection:\n|  s:\n|    [a-c.|]{1,8}: [a-z0-9*?'\[\],]{0,6}\n|  condition: [s10f* ()|a-z]{0,12}\n|---\n|filter: \{rules: any\}\n|correlation: [{}a-z:, ]{0,20}\n){1,12}") {
        let loaded = one(&text);
        proptest::prop_assert!(loaded.rules.len() <= 13);
    }
}

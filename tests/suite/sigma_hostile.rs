//! Rules and events that mean harm, to the rules or to the SQL that they become.

// In the project: use shipwake::policy::sigma::{self, mapping};
use shipwake::policy::sigma::{self, mapping};

use crate::sigma_meaning::{case, hits, load, rule, run, selected};

#[test]
fn text_that_is_no_json_is_counted_and_stops_nothing() {
    let deep = format!("{}1{}", r#"{"a":["#.repeat(60), "]}".repeat(60));
    let case = case(&[r#"{"a": "\ud800"}"#, "", "{", r#"{"a": "x"}"#, &deep]);
    case.execute(
        "INSERT INTO access (file_id, provider) VALUES (9, 'aws')",
        [],
    )
    .unwrap();
    assert_eq!(selected(&case, "a: x"), [3]);
    assert_eq!(hits(&case, &rule("{k: [x], condition: k}")), [3]);
    let unreadable: i64 = case
        .query_row(&sigma::unreadable(&mapping::ALL[0]), [], |row| row.get(0))
        .unwrap();
    assert_eq!(unreadable, 4);
}

#[test]
fn nothing_of_a_rule_reaches_sql() {
    let case = case(&[r#"{"a": "x"}"#]);
    let hostile = [
        "'; DROP TABLE access; --",
        "' OR '1'='1",
        "') OR true --",
        "{{condition}}",
        "{{events}}{{hits}}",
        "$$; DROP TABLE access; $$",
        "/* */ --",
        "a\\'b",
        "\\",
        "%' UNION SELECT 1",
        "E'\\x27'",
        "\u{202E}abc",
        "\0",
        "';\nDROP TABLE access;\n--",
        "${x} :x ?1 $1",
    ];
    for text in hostile {
        let value = serde_json::to_string(text).unwrap();
        for item in [
            "a",
            "a|contains",
            "a|cased|endswith",
            "a|re",
            "a|windash|contains",
            "a|base64offset|contains",
            "a|fieldref",
            "a|cidr",
            "a|gt",
            "",
        ] {
            let title = format!(
                "title: {value}\nlogsource: {{product: aws}}\ndetection: {{s: {{{item:?}: {value}}}, condition: s}}\n"
            );
            for compiled in load(&title).rules {
                assert_eq!(run(&case, &compiled.sql), [0; 0], "{text:?} {item}");
            }
            let field = serde_json::to_string(&format!("{text}{item}")).unwrap();
            let as_field = rule(&format!("{{s: {{{field}: x}}, condition: s}}"));
            for compiled in load(&as_field).rules {
                assert_eq!(run(&case, &compiled.sql), [0; 0], "{text:?} as a field");
            }
        }
        let group = format!(
            "title: c\ncorrelation: {{type: value_count, rules: [r], group-by: [{value}], timespan: 1s, condition: {{field: {value}, gte: 1}}}}\n---\n{}name: r\n",
            rule("{s: {a: x}, condition: s}")
        );
        for compiled in load(&group).rules {
            assert_eq!(run(&case, &compiled.sql), [0; 0], "{text:?} as a group");
        }
    }
    let left: i64 = case
        .query_row("SELECT count(*) FROM access", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(96))]
    /// A value, escaped as the specification says, selects the event that has it, whatever it is.
    #[test]
    fn any_text_selects_itself(text in r#"[\x00-\x7e'"\\*?{}$é\u{202e}–]{0,12}"#, key in "[a-z ':;$-]{1,6}") {
        let document = serde_json::json!({ key.as_str(): text, "other": format!("{text}.") });
        let case = case(&[&document.to_string(), r#"{"x": "y"}"#]);
        let escaped = text.replace('\\', r"\\").replace('*', r"\*").replace('?', r"\?");
        for modifiers in ["", "|cased", "|contains", "|startswith|cased", "|endswith"] {
            let item = serde_json::json!({ format!("{key}{modifiers}"): escaped }).to_string();
            let found = selected(&case, item.trim_start_matches('{').trim_end_matches('}'));
            proptest::prop_assert_eq!(found.first(), Some(&0), "{:?}", item);
        }
        let item = serde_json::json!({ "other|cased": escaped }).to_string();
        let found = hits(&case, &rule(&format!("{{s: {item}, condition: s}}")));
        proptest::prop_assert!(key == "other" || found.is_empty());
    }

    /// What passes the rewriting is taken by RE2, and says the same as Rust's engine.
    #[test]
    fn re2_reads_rewritten_patterns(
        pattern in r"(\(|\)|[ab]|[ab][*+?]|\[[^]ab-]{0,1}[ab-]{1,3}\]|\.|\||\\[wdsb.]|\\-|\{1,2\}|\^|\$|é|'){1,8}",
        text in "[ab1 .'é-]{0,6}",
    ) {
        let flags = sigma::regex::Flags::default();
        if let Ok(rewritten) = sigma::regex::rewrite(&pattern, flags) {
            // YAML takes no control characters as they are.
            proptest::prop_assume!(!pattern.contains(char::is_control));
            // The one thing that still differs: what a word is to `\b`.
            proptest::prop_assume!(!(pattern.contains(r"\b") && text.contains('é')));
            let case = case(&[&serde_json::json!({ "a": text }).to_string()]);
            let item = serde_json::json!({ "a|re": pattern }).to_string();
            let found = hits(&case, &rule(&format!("{{s: {item}, condition: s}}")));
            let wanted = regex::Regex::new(&rewritten).unwrap().is_match(&text);
            proptest::prop_assert_eq!(!found.is_empty(), wanted, "{} {:?}", rewritten, text);
        }
    }
}

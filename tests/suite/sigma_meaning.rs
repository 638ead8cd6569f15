//! What Sigma rules mean here, on events made for the question.

use std::collections::BTreeSet;

use duckdb::{Connection, params};
// In the project: use shipwake::policy::sigma::{self, Compiled, Loaded};
use shipwake::policy::sigma::{self, Compiled, Loaded};

use crate::sigma::tables;

/// A case with these CloudTrail events; their numbers are their ids and their seconds.
pub fn case(documents: &[&str]) -> Connection {
    let connection = tables();
    for (index, document) in documents.iter().enumerate() {
        add(&connection, index, Some(index), document);
    }
    connection
}

fn add(connection: &Connection, id: usize, second: Option<usize>, document: &str) {
    let id = i64::try_from(id).unwrap();
    let time = second.map(|second| i64::try_from(second).unwrap() * 1_000_000_000);
    connection
        .execute(
            "INSERT INTO access (file_id, \"offset\", length, ts_ns, provider, kind, event) VALUES (?, 7, 9, ?, 'aws', 'api', ?)",
            params![id, time, document],
        )
        .unwrap();
}

pub fn rule(detection: &str) -> String {
    format!(
        "title: t\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n  {detection}\n"
    )
}

fn one(text: &str) -> Compiled {
    let mut loaded = load(text);
    assert_eq!(loaded.refused, [], "{text}");
    loaded.rules.pop().unwrap()
}

pub fn load(text: &str) -> Loaded {
    sigma::load([("rules.yml", text)].into_iter())
}

pub fn hits(connection: &Connection, text: &str) -> Vec<i64> {
    run(connection, &one(text).sql)
}

pub fn run(connection: &Connection, sql: &str) -> Vec<i64> {
    let mut statement = connection
        .prepare(sql)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let rows = statement
        .query_map([], |row| row.get(0))
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    rows.map(Result::unwrap).collect()
}

/// The events that `selection: {item}` takes.
pub fn selected(connection: &Connection, item: &str) -> Vec<i64> {
    hits(
        connection,
        &rule(&format!("{{s: {{{item}}}, condition: s}}")),
    )
}

#[test]
fn a_row_leads_to_its_bytes() {
    let case = case(&[r#"{"a": 1}"#]);
    let sql = one(&rule("{s: {a: 1}, condition: s}")).sql;
    let row = case.query_row(&sql, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    });
    assert_eq!(row.unwrap(), (0_i64, 7_i64, 9_i64, 0_i64));
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let case = case(&[
        "{}",
        r#"{"a": null}"#,
        r#"{"a": ""}"#,
        r#"{"a": "x"}"#,
        r#"{"a": []}"#,
        r#"{"a": {}}"#,
    ]);
    for (item, wanted) in [
        ("a: null", vec![0, 1]),
        ("a: ''", vec![2]),
        ("a|exists: true", vec![1, 2, 3, 4, 5]),
        ("a|exists: false", vec![0]),
        ("a: '*'", vec![2, 3]),
        ("a: '?*'", vec![3]),
        ("a|contains: ''", vec![2, 3]),
        ("a|neq: x", vec![1, 2, 4, 5]),
        ("a: [x, null]", vec![0, 1, 3]),
        ("a.b: null", vec![0, 1, 2, 3, 4, 5]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
    assert_eq!(
        hits(&case, &rule("{s: {a: x}, condition: not s}")),
        [0, 1, 2, 4, 5]
    );
}

#[test]
fn a_path_through_arrays_takes_any_element() {
    let case = case(&[
        r#"{"a": [{"b": "x"}, {"b": "y"}, {"c": 1}]}"#,
        r#"{"a": {"b": ["x", "z"]}}"#,
        r#"{"a": [[{"b": "x"}], [{"b": {"d": 1}}]]}"#,
        r#"{"a.b": "x", "a": {"b": "y"}}"#,
        r#"{"a": {"b": [["x"]]}}"#,
        r#"{"a": ["b", "x"]}"#,
        r#"{"a": [{"b": null}]}"#,
    ]);
    for (item, wanted) in [
        ("a.b: x", vec![0, 1, 2, 3, 4]),
        ("a.b: y", vec![0]),
        ("a.b|all: [x, y]", vec![0]),
        ("a.b|neq: x", vec![6]),
        ("a: x", vec![5]),
        ("a.b: null", vec![5, 6]),
        ("a.b|exists: true", vec![0, 1, 2, 3, 4, 6]),
        ("a.b.d|gte: 1", vec![2]),
        ("a.c: 1", vec![0]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
}

#[test]
fn case_wildcards_and_escapes() {
    let case = case(&[
        r#"{"a": "Stra\u00dfe É"}"#,
        r#"{"a": "one\ntwo"}"#,
        r#"{"a": "a*b"}"#,
        r#"{"a": "aXb"}"#,
        r#"{"a": "C:\\Temp\\x"}"#,
        r#"{"a": "50%_"}"#,
    ]);
    for (item, wanted) in [
        ("a: 'STRAßE é'", vec![0]),
        ("a|cased: 'straße É'", vec![]),
        ("a|cased|startswith: 'Straße'", vec![0]),
        ("a: 'ONE*two'", vec![1]),
        ("a: 'one?two'", vec![1]),
        ("a: 'a*b'", vec![2, 3]),
        (r"a: 'a\*b'", vec![2]),
        ("a|cased: 'a?b'", vec![2, 3]),
        ("a|cased: 'a?B'", vec![]),
        (r"a: 'c:\temp\\*'", vec![4]),
        (r"a|endswith: '\x'", vec![4]),
        ("a|contains: '%_'", vec![5]),
        ("a|contains: '_%'", vec![]),
        ("a|contains: 'e*t'", vec![1]),
        ("a|re: '^ONE'", vec![]),
        ("a|re|i: '^ONE.TWO$'", vec![]),
        ("a|re|i|s: '^ONE.TWO$'", vec![1]),
        ("a|re|m: '^two$'", vec![1]),
        (r"a|re: '\*|%'", vec![2, 5]),
        (r"a|re: '^C:\\Temp\\[w-z]$'", vec![4]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
}

#[test]
fn numbers_and_texts_of_numbers() {
    let case = case(&[
        r#"{"a": 5}"#,
        r#"{"a": "5"}"#,
        r#"{"a": 5.0}"#,
        r#"{"a": "5.00"}"#,
        r#"{"a": "nan"}"#,
        r#"{"a": true}"#,
        r#"{"a": 9007199254740993}"#,
        r#"{"a": "1e2"}"#,
        r#"{"a": " 5"}"#,
        r#"{"a": -0.5}"#,
    ]);
    for (item, wanted) in [
        ("a: 5", vec![0, 1, 2, 3]),
        ("a: '5'", vec![0, 1]),
        ("a: 5.0", vec![0, 1, 2, 3]),
        ("a|gt: 5", vec![6, 7]),
        ("a|gte: '5'", vec![0, 1, 2, 3, 6, 7]),
        ("a|lt: 0", vec![9]),
        ("a|lte: -0.5", vec![9]),
        ("a: 100", vec![7]),
        ("a: true", vec![5]),
        ("a: 'TRUE'", vec![5]),
        ("a: 1", vec![]),
        ("a: 9007199254740993", vec![6]),
        ("a: 9007199254740992", vec![]),
        ("a|startswith: 5", vec![0, 1, 2, 3]),
        ("a|neq: 5", vec![4, 5, 6, 7, 8, 9]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
}

#[test]
fn networks_of_both_families() {
    let case = case(&[
        r#"{"a": "10.1.2.3"}"#,
        r#"{"a": "11.0.0.0"}"#,
        r#"{"a": "010.1.2.3"}"#,
        r#"{"a": "10.1.2.3:443"}"#,
        r#"{"a": "2001:DB8::1"}"#,
        r#"{"a": "2001:db8:0:0:0:0:0:1"}"#,
        r#"{"a": "2001:db9::"}"#,
        r#"{"a": "::"}"#,
        r#"{"a": "1::2::3"}"#,
        r#"{"a": "1:2:3:4:5:6:7:8::"}"#,
        r#"{"a": "fd00:1234"}"#,
        r#"{"a": "10.255.255.255"}"#,
        r#"{"a": "::ffff:10.1.2.3"}"#,
        r#"{"a": 10}"#,
    ]);
    for (item, wanted) in [
        ("a|cidr: 10.0.0.0/8", vec![0, 11]),
        ("a|cidr: 10.1.2.3", vec![0]),
        ("a|cidr: 10.1.2.2/31", vec![0]),
        ("a|cidr: 0.0.0.0/0", vec![0, 1, 11]),
        ("a|cidr: '2001:db8::/32'", vec![4, 5]),
        ("a|cidr: '2001:db8::1'", vec![4, 5]),
        ("a|cidr: '2001:db8::/31'", vec![4, 5, 6]),
        ("a|cidr: '::/0'", vec![4, 5, 6, 7]),
        ("a|cidr: ['::/128', 11.0.0.0/8]", vec![1, 7]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
}

#[test]
fn encodings_dashes_dates_and_other_fields() {
    let case = case(&[
        // "xxhttp://evil" and "run -Force /quiet".
        r#"{"a": "eHhodHRwOi8vZXZpbA=="}"#,
        r#"{"a": "run -Force /quiet"}"#,
        r#"{"a": "run /force \u2013QUIET"}"#,
        r#"{"a": "ZgBvAG8AYgBhAHIA"}"#,
        r#"{"a": "2023-07-10T12:34:56Z", "b": "2023-07-10"}"#,
        r#"{"a": ["Alice", "Bob"], "b": ["carol", "ALICE"]}"#,
        r#"{"a": "alice in chains", "b": "ALICE"}"#,
    ]);
    for (item, wanted) in [
        ("a|base64offset|contains: 'http://'", vec![0]),
        ("a|base64|cased: xxhttp://evil", vec![0]),
        ("a|wide|base64: foobar", vec![3]),
        ("a|utf16le|base64offset|contains: oba", vec![3]),
        ("a|windash|contains: ' -force -quiet'", vec![1, 2]),
        ("a|windash|contains|all: [' /force', ' -quiet']", vec![1, 2]),
        ("a|hour: 12", vec![4]),
        ("a|minute: 34", vec![4]),
        ("a|week: 28", vec![4]),
        ("b|month: [1, 7]", vec![4]),
        ("a|fieldref: b", vec![5]),
        ("a|fieldref|startswith: b", vec![4, 5, 6]),
        ("a|fieldref|startswith|cased: b", vec![4]),
        ("a|fieldref|neq: b", vec![0, 1, 2, 3, 4, 6]),
    ] {
        assert_eq!(selected(&case, item), wanted, "{item}");
    }
}

#[test]
fn keywords_are_searched_in_all_values_and_only_there() {
    let case = case(&[
        r#"{"a": {"b": ["x", "An \u0065vil word"]}, "n": 4711}"#,
        r#"{"evil": "good"}"#,
        r#"{"a": "say \"evil\"", "b": "word"}"#,
    ]);
    assert_eq!(hits(&case, &rule("{k: [EVIL], condition: k}")), [0, 2]);
    assert_eq!(hits(&case, &rule("{k: evil, condition: k}")), [0, 2]);
    assert_eq!(
        hits(&case, &rule("{k: ['say \"evil\"', nothing], condition: k}")),
        [2]
    );
    assert_eq!(
        hits(&case, &rule("{k: {'|all': [evil, word]}, condition: k}")),
        [0, 2]
    );
    assert_eq!(hits(&case, &rule("{k: ['ev*rd'], condition: k}")), [0]);
    assert_eq!(hits(&case, &rule("{k: [4711], condition: k}")), [0]);
    assert_eq!(
        hits(&case, &rule("{k: {'|re': '^g..d$'}, condition: k}")),
        [1]
    );
    assert_eq!(
        hits(&case, &rule("{k: [nothing, {evil: good}], condition: k}")),
        [1]
    );
}

const PAIR: &str = "title: a\nname: a\nlogsource: {product: aws}\ndetection: {s: {e: A}, condition: s}\n---\n\
                    title: b\nname: b\nlogsource: {product: aws}\ndetection: {s: {e: B}, condition: s}\n---\n\
                    title: c\nname: c\nlogsource: {product: aws}\ndetection: {s: {e: C}, condition: s}\n---\n";

fn correlated(connection: &Connection, correlation: &str) -> Vec<i64> {
    hits(
        connection,
        &format!("{PAIR}title: z\ncorrelation: {{{correlation}}}\n"),
    )
}

/// Events as `letter group`, at the seconds given.
fn story(events: &[(usize, &str)]) -> Connection {
    let connection = tables();
    for (id, (second, event)) in events.iter().enumerate() {
        let (letter, group) = event.split_once(' ').unwrap();
        let group = if group == "-" {
            String::new()
        } else {
            format!(r#", "g": "{group}", "v": {second}"#)
        };
        add(
            &connection,
            id,
            Some(*second),
            &format!(r#"{{"e": "{letter}"{group}}}"#),
        );
    }
    connection
}

#[test]
fn windows_slide_and_hold_their_ends() {
    // Two fixed minutes would split the first three.
    let case = story(&[
        (50, "A x"),
        (55, "A x"),
        (60, "A x"),
        (61, "A y"),
        (200, "A x"),
        (210, "A x"),
        (210, "A x"),
        (211, "A x"),
    ]);
    let count = "type: event_count, rules: [a], group-by: [g], timespan: 10s, condition: ";
    assert_eq!(correlated(&case, &format!("{count}{{gte: 3}}")), [2, 5]);
    assert_eq!(correlated(&case, &format!("{count}{{gt: 3}}")), [0; 0]);
    assert_eq!(correlated(&case, &format!("{count}{{gte: 1}}")), [0, 3, 4]);
    assert_eq!(correlated(&case, &format!("{count}{{gte: 2, lt: 3}}")), [1]);
    let wide = "type: event_count, rules: [a], timespan: 1h, condition: {gte: 8}";
    assert_eq!(correlated(&case, wide), [7]);
    let values = "type: value_count, rules: [a], group-by: [g], timespan: 10s, condition: {field: v, gte: 3}";
    assert_eq!(correlated(&case, values), [2]);
    let sum = "type: value_sum, rules: [a], group-by: [g], timespan: 10s, condition: {field: v, gte: 600}";
    assert_eq!(correlated(&case, sum), [5]);
    let mean = "type: value_avg, rules: [a], group-by: [g], timespan: 10s, condition: {field: v, gt: 60.5}";
    assert_eq!(correlated(&case, mean), [3, 4]);
}

#[test]
fn orders_and_proximity() {
    let case = story(&[
        (1, "B x"),
        (2, "A x"),
        (3, "C x"),
        (4, "B x"),
        (6, "C x"),
        (20, "C x"),
        (21, "A -"),
        (21, "B -"),
        (30, "B y"),
    ]);
    let temporal =
        |rest: &str| correlated(&case, &format!("type: temporal, group-by: [g], {rest}"));
    assert_eq!(temporal("rules: [a, b, c], timespan: 5s"), [2]);
    assert_eq!(temporal("rules: [a, b], timespan: 1m"), [1, 6]);
    assert_eq!(
        temporal("rules: [a, b, c], timespan: 1s, condition: {gte: 2}"),
        [1, 6]
    );
    let ordered = |rest: &str| {
        correlated(
            &case,
            &format!("type: temporal_ordered, group-by: [g], {rest}"),
        )
    };
    assert_eq!(ordered("rules: [a, b, c], timespan: 4s"), [4]);
    assert_eq!(ordered("rules: [a, b, c], timespan: 3s"), [0; 0]);
    assert_eq!(ordered("rules: [b, a], timespan: 1s"), [1, 6]);
    assert_eq!(ordered("rules: [c, b], timespan: 1s"), [3]);
}

#[test]
fn events_without_a_time_are_in_no_window() {
    let case = story(&[(1, "A x")]);
    add(&case, 1, None, r#"{"e": "A", "g": "x"}"#);
    let count = "type: event_count, rules: [a], group-by: [g], timespan: 1d, condition: {gte: ";
    assert_eq!(correlated(&case, &format!("{count}1}}")), [0]);
    assert_eq!(correlated(&case, &format!("{count}2}}")), [0; 0]);
    assert_eq!(
        selected(&case, "e: a"),
        [1, 0],
        "an event without a time comes first"
    );
}

#[test]
fn correlations_build_on_correlations_and_aliases() {
    let case = tables();
    for (second, event) in [
        (1, "A x"),
        (2, "A x"),
        (3, "B y"),
        (4, "B x"),
        (60, "A x"),
        (90, "B x"),
    ] {
        let (letter, user) = event.split_once(' ').unwrap();
        let field = if letter == "A" { "from" } else { "to" };
        add(
            &case,
            second,
            Some(second),
            &format!(r#"{{"e": "{letter}", "{field}": "{user}"}}"#),
        );
    }
    let text = format!(
        "{PAIR}title: burst\nname: burst\ncorrelation: {{type: event_count, rules: [a], group-by: [e], timespan: 5s, condition: {{gte: 2}}}}\n---\n\
         title: z\ncorrelation: {{type: temporal_ordered, rules: [burst, b], group-by: [who], timespan: 10s, aliases: {{who: {{burst: from, b: to}}}}}}\n"
    );
    let loaded = load(&text);
    assert_eq!(loaded.refused, []);
    let titles: Vec<_> = loaded
        .rules
        .iter()
        .map(|rule| rule.title.as_str())
        .collect();
    assert_eq!(titles, ["c", "z"]);
    let parts: BTreeSet<_> = loaded.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(parts, BTreeSet::from(["a", "b", "burst"]));
    let last = &loaded.rules[1];
    assert_eq!(last.groups.as_deref(), Some(&[String::from("who")][..]));
    let row = case.query_row(&last.sql, [], |row| {
        Ok((row.get(0)?, row.get(4)?, row.get(5)?))
    });
    assert_eq!(row.unwrap(), (4_i64, String::from("x"), 2_i64));
    assert_eq!(run(&case, &last.sql), [4]);
}

#[test]
fn filters_take_out() {
    let case = case(&[
        r#"{"a": "x", "u": "adm_1"}"#,
        r#"{"a": "x", "u": "eve"}"#,
        r#"{"a": "x"}"#,
    ]);
    let filter = |rules: &str, source: &str| {
        format!(
            "{}id: r1\n---\ntitle: f\nlogsource: {{{source}}}\nfilter: {{rules: {rules}, selection: {{u|startswith: adm_}}, condition: not selection}}\n",
            rule("{s: {a: x}, condition: s}")
        )
    };
    for (text, wanted) in [
        (filter("[r1]", "product: aws"), vec![1, 2]),
        (
            filter("any", "product: aws, service: cloudtrail"),
            vec![1, 2],
        ),
        (filter("any", "product: windows"), vec![0, 1, 2]),
        (filter("[r1]", "category: process_creation"), vec![0, 1, 2]),
    ] {
        assert_eq!(hits(&case, &text), wanted, "{text}");
    }
    assert_eq!(
        load(&filter("[r1]", "product: aws")).rules[0].filters,
        ["f"]
    );
    for broken in [
        filter("[r1, unknown]", "product: aws"),
        filter("[r1]", "product: aws").replace("u|startswith", "u|wrong"),
    ] {
        let loaded = load(&broken);
        assert_eq!(
            (loaded.rules.len(), loaded.refused.len()),
            (0, 2),
            "{broken}"
        );
    }
}

#[test]
fn columns_answer_for_renamed_fields() {
    let connection = tables();
    let insert = "INSERT INTO span (file_id, ts_ns, name, service_name, http_response_status_code, attributes) VALUES \
                  (1, 1, 'GET /cart', 'shop', '503', '{\"http.route\": \"/cart\", \"a.b\": 1}'), (2, 2, 'POST /', 'shop', NULL, '{}')";
    connection.execute_batch(insert).unwrap();
    let source = |detection: &str| {
        format!("title: t\nlogsource: {{product: otel, service: traces}}\ndetection: {detection}\n")
    };
    assert_eq!(
        hits(
            &connection,
            &source("{s: {http.response.status_code|gte: 500, service.name: SHOP}, condition: s}")
        ),
        [1]
    );
    assert_eq!(
        hits(
            &connection,
            &source("{s: {http.route: /cart, a.b: 1}, condition: s}")
        ),
        [1]
    );
    assert_eq!(
        hits(
            &connection,
            &source("{s: {http.response.status_code: null}, condition: s}")
        ),
        [2]
    );
}

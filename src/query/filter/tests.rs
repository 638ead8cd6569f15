//! The grammar as a whole: what a line asks, what is wrong with it, and that editing it keeps the rest.
//!
//! What a line asks is compared as SQL with its parameters, since that is what the engine sees; `any` throws
//! arbitrary text at it, `edits` adds and takes away terms. That the SQL means what docs/filter.md says is tested
//! on real rows, in tests/suite/lists.rs. Nothing here needs an engine.

mod any;
mod edits;

use super::*;

const LIST: &str = "\
-- title: Logs
-- words: concat_ws(' ', l.body, l.service)
-- attributes: l.attributes
-- field: service text l.service -- which service said it
-- field: trace id trace_hex(l.hi, l.lo)
-- field: severity token l.severity
-- field: code number l.code
-- field: took duration l.took_ns
-- field: time time l.ts_ns
-- field: sampled flag l.sampled
SELECT 1
";

fn fields() -> Fields {
    Fields::of(LIST)
}

fn shown(text: &str) -> String {
    let filter = parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
    filter
        .compile(&fields())
        .unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"))
        .shown()
}

/// What is wrong with `text`, and the part that it is about.
fn wrong(text: &str) -> (String, String, String) {
    let mistake = match parse(text) {
        Ok(filter) => filter.compile(&fields()).expect_err(text),
        Err(mistake) => mistake,
    };
    let part = text.get(mistake.range).expect("a part of the text");
    (
        part.to_owned(),
        mistake.sentence,
        mistake.hint.unwrap_or_default(),
    )
}

const W: &str = "concat_ws(' ', l.body, l.service)";

#[test]
fn values_are_parameters() {
    let predicate = parse("timeout service:shop attributes.http.route:/pay")
        .and_then(|filter| filter.compile(&fields()))
        .expect("a filter");
    assert_eq!(
        predicate.sql,
        format!(
            "contains(lower({W}), lower($f0)) AND contains(lower(l.service), lower($f1)) AND \
             contains(lower(json_extract_string(l.attributes, $f2)), lower($f3))"
        )
    );
    let text = |name: &str, text: &str| (name.to_owned(), Value::Text(text.to_owned()));
    assert_eq!(
        predicate.params,
        [
            text("f0", "timeout"),
            text("f1", "shop"),
            text("f2", "$.\"http.route\""),
            text("f3", "/pay"),
        ]
    );
}

#[test]
fn words() {
    let has = |word: &str| format!("contains(lower({W}), lower('{word}'))");
    for (text, sql) in [
        ("", "TRUE".to_owned()),
        (" \t\n", "TRUE".to_owned()),
        (
            "timeout checkout",
            format!("{} AND {}", has("timeout"), has("checkout")),
        ),
        ("\"two words\"", has("two words")),
        (r#""a \"b\" C:\dir""#, has(r#"a "b" C:\dir"#)),
        ("it's", has("it''s")),
        ("12:30", has("12:30")),
        ("std::io::Error", has("std::io::Error")),
        ("https://shop/pay", has("https://shop/pay")),
        ("a->b", has("a->b")),
        ("main()", has("main()")),
        ("--force", has("--force")),
        (
            "/pay /pay/v1",
            format!("{} AND {}", has("/pay"), has("/pay/v1")),
        ),
        ("a|b", has("a|b")),
        ("notable", has("notable")),
        ("$", has("$")),
        ("^", has("^")),
        (
            "ti*out",
            format!("lower({W}) LIKE lower('%ti%out%') ESCAPE '\\'"),
        ),
        ("^pre", format!("starts_with(lower({W}), lower('pre'))")),
        ("suf$", format!("ends_with(lower({W}), lower('suf'))")),
        ("\"a b\"$", format!("ends_with(lower({W}), lower('a b'))")),
        ("^all$", format!("lower({W}) = lower('all')")),
        (
            "'pay",
            format!("regexp_matches({W}, '(?:^|[^\\pL\\pN_])pay(?:$|[^\\pL\\pN_])', 'i')"),
        ),
        (
            "'pay'",
            format!("regexp_matches({W}, '(?:^|[^\\pL\\pN_])pay(?:$|[^\\pL\\pN_])', 'i')"),
        ),
        (
            "/time(d )?out/",
            format!("regexp_matches({W}, 'time(d )?out', 'i')"),
        ),
        ("!a", format!("NOT coalesce({}, FALSE)", has("a"))),
        (
            "!^a",
            format!("NOT coalesce(starts_with(lower({W}), lower('a')), FALSE)"),
        ),
    ] {
        assert_eq!(shown(text), sql, "{text}");
    }
}

#[test]
fn terms_are_joined() {
    for (text, sql) in [
        ("code:1 code:2 or code:3", "((1 AND 2) OR 3)"),
        ("code:1 and (code:2 OR code:3)", "1 AND (2 OR 3)"),
        ("code:1 && code:2 || code:3", "((1 AND 2) OR 3)"),
        ("code:1&&code:2", "1 AND 2"),
        ("code:1 code:2 | code:3", "1 AND (2 OR 3)"),
        (
            "code:1 | code:2 code:3 or code:4",
            "(((1 OR 2) AND 3) OR 4)",
        ),
        ("not code:1 code:2", "NOT coalesce(1, FALSE) AND 2"),
        ("-code:1", "NOT coalesce(1, FALSE)"),
        ("!(code:1 code:2)", "NOT coalesce(1 AND 2, FALSE)"),
        ("NOT(code:1 or code:2)", "NOT coalesce(1 OR 2, FALSE)"),
        ("code:(1 or 2) code:3", "(1 OR 2) AND 3"),
        ("code:(1 or not 2)", "(1 OR NOT coalesce(2, FALSE))"),
        ("code:(-1 | 2)", "(-1 OR 2)"),
        ("code!=(1 or 2)", "NOT coalesce(1 OR 2, FALSE)"),
        ("(code:1)(code:2)", "1 AND 2"),
        ("not !code:1", "NOT coalesce(NOT coalesce(1, FALSE), FALSE)"),
    ] {
        let short = shown(text).replace("TRY_CAST(l.code AS DOUBLE) = ", "");
        assert_eq!(short, sql, "{text}");
    }
}

#[test]
fn text_fields() {
    for (text, sql) in [
        ("service:shop", "contains(lower(l.service), lower('shop'))"),
        ("SERVICE:shop", "contains(lower(l.service), lower('shop'))"),
        ("service=Shop", "l.service = 'Shop'"),
        ("service='Shop'", "l.service = 'Shop'"),
        ("service==a*b", "l.service = 'a*b'"),
        ("service!=shop", "NOT coalesce(l.service = 'shop', FALSE)"),
        (
            "service:a*b_",
            "lower(l.service) LIKE lower('a%b\\_') ESCAPE '\\'",
        ),
        (
            "service:\"a*b\"",
            "contains(lower(l.service), lower('a*b'))",
        ),
        ("service:/^a.b/", "regexp_matches(l.service, '^a.b', 'i')"),
        ("service=/a/", "l.service = '/a/'"),
        ("service:^sh", "starts_with(lower(l.service), lower('sh'))"),
        (
            "service:*",
            "coalesce(CAST(l.service AS VARCHAR), '') <> ''",
        ),
        ("service:-", "coalesce(CAST(l.service AS VARCHAR), '') = ''"),
        (
            "service:\"\"",
            "coalesce(CAST(l.service AS VARCHAR), '') = ''",
        ),
        ("service:\"-\"", "contains(lower(l.service), lower('-'))"),
        ("service=-", "l.service = '-'"),
        ("service>5", "TRY_CAST(l.service AS DOUBLE) > 5"),
        ("service:a..b", "contains(lower(l.service), lower('a..b'))"),
        (
            "trace:4BF9",
            "lower(CAST(trace_hex(l.hi, l.lo) AS VARCHAR)) = lower('4BF9')",
        ),
        (
            "trace=4bf9",
            "CAST(trace_hex(l.hi, l.lo) AS VARCHAR) = '4bf9'",
        ),
        (
            "trace:4bf9*",
            "lower(CAST(trace_hex(l.hi, l.lo) AS VARCHAR)) LIKE lower('4bf9%') ESCAPE '\\'",
        ),
        (
            "severity:ERROR",
            "lower(CAST(l.severity AS VARCHAR)) = lower('ERROR')",
        ),
        (
            "severity=ERROR",
            "lower(CAST(l.severity AS VARCHAR)) = lower('ERROR')",
        ),
        (
            "severity:(error or fatal)",
            "(lower(CAST(l.severity AS VARCHAR)) = lower('error') OR lower(CAST(l.severity AS VARCHAR)) = lower('fatal'))",
        ),
    ] {
        assert_eq!(shown(text), sql, "{text}");
    }
}

#[test]
fn attributes() {
    let of = |key: &str| format!("json_extract_string(l.attributes, '$.\"{key}\"')");
    for (text, sql) in [
        ("attributes.order=7", format!("{} = '7'", of("order"))),
        (
            "http.status>=500",
            format!("TRY_CAST({} AS DOUBLE) >= 500", of("http.status")),
        ),
        (
            "http.status:500..599",
            format!(
                "TRY_CAST({0} AS DOUBLE) >= 500 AND TRY_CAST({0} AS DOUBLE) <= 599",
                of("http.status")
            ),
        ),
        (
            "app.kubernetes.io/name:shop",
            format!(
                "contains(lower({}), lower('shop'))",
                of("app.kubernetes.io/name")
            ),
        ),
        (
            "http.route:-",
            format!("coalesce(CAST({} AS VARCHAR), '') = ''", of("http.route")),
        ),
    ] {
        assert_eq!(shown(text), sql, "{text}");
    }
}

#[test]
fn numbers_durations_times_and_flags() {
    let n = "TRY_CAST(l.code AS DOUBLE)";
    let day = "((l.ts_ns % 86400000000000 + 86400000000000) % 86400000000000)";
    for (text, sql) in [
        ("code>=500", format!("{n} >= 500")),
        ("code<1.5k", format!("{n} < 1500")),
        ("code<=5%", format!("{n} <= 0.05")),
        ("code:1..5", format!("{n} >= 1 AND {n} <= 5")),
        ("code:1..", format!("{n} >= 1")),
        ("code:..5", format!("{n} <= 5")),
        (
            "not code:1..5",
            format!("NOT coalesce({n} >= 1 AND {n} <= 5, FALSE)"),
        ),
        (
            "code:5*",
            "lower(CAST(l.code AS VARCHAR)) LIKE lower('5%') ESCAPE '\\'".to_owned(),
        ),
        ("code:*", "l.code IS NOT NULL".to_owned()),
        ("code:-", "l.code IS NULL".to_owned()),
        ("took>250ms", "l.took_ns > 250000000".to_owned()),
        ("took<=1.5s", "l.took_ns <= 1500000000".to_owned()),
        (
            "took:2m",
            "l.took_ns >= 120000000000 AND l.took_ns < 180000000000".to_owned(),
        ),
        (
            "took=\"12.4 ms\"",
            "l.took_ns >= 12350000 AND l.took_ns < 12450000".to_owned(),
        ),
        (
            "took:1s..5s",
            "l.took_ns >= 1000000000 AND l.took_ns <= 5000000000".to_owned(),
        ),
        ("time>=14:02", format!("{day} >= 50520000000000")),
        ("time<=14:02", format!("{day} < 50580000000000")),
        ("time>14:02", format!("{day} >= 50580000000000")),
        (
            "time:14:02:07",
            format!("{day} >= 50527000000000 AND {day} < 50528000000000"),
        ),
        (
            "time:23:50..00:10",
            format!("({day} >= 85800000000000 OR {day} < 660000000000)"),
        ),
        (
            "code:1 time:23:50..00:10",
            format!("{n} = 1 AND ({day} >= 85800000000000 OR {day} < 660000000000)"),
        ),
        (
            "time<1970-01-01T00:00:01Z",
            "l.ts_ns < 1000000000".to_owned(),
        ),
        (
            "time:1970-01-01",
            "l.ts_ns >= 0 AND l.ts_ns < 86400000000000".to_owned(),
        ),
        (
            "time:1970-01-01..1970-01-02",
            "l.ts_ns >= 0 AND l.ts_ns < 172800000000000".to_owned(),
        ),
        ("sampled:yes", "l.sampled = TRUE".to_owned()),
        (
            "sampled!=TRUE",
            "NOT coalesce(l.sampled = TRUE, FALSE)".to_owned(),
        ),
    ] {
        assert_eq!(shown(text), sql, "{text}");
    }
}

#[test]
fn mistakes_say_where_and_what_else() {
    for (text, part, sentence, hint) in [
        (
            "a servce:x",
            "servce",
            "There is no field `servce` here.",
            "`service`",
        ),
        ("zebra:x", "zebra", "no field `zebra`", "`took`"),
        (
            "Error: x",
            "Error:",
            "Nothing follows `Error:`.",
            "`\"Error:\"` is text",
        ),
        ("service:", "service:", "Nothing follows", "service:*"),
        ("(service:)", "service:", "Nothing follows", ""),
        ("a or", "or", "Nothing follows `or`.", "Quote"),
        ("a and )", "and", "Nothing follows `and`.", ""),
        ("not", "not", "Nothing follows `not`.", ""),
        ("a !", "!", "Nothing follows `!`.", ""),
        ("or a", "or", "Nothing stands before `or`.", ""),
        ("a and or b", "or", "Nothing stands before `or`.", ""),
        ("a | b || | c", "|", "Nothing stands before `|`.", ""),
        ("(a", "(", "not closed", ""),
        ("a (", "(", "not closed", ""),
        ("a)", ")", "closes nothing", ""),
        ("()", "()", "Nothing stands in these parentheses.", ""),
        ("a \"b c", "\"b c", "This quote is not closed.", ""),
        ("\"a\"b", "b", "A blank is missing", ""),
        ("\"\"", "\"\"", "hold nothing", ""),
        ("^\"\"", "^\"\"", "no text", ""),
        (
            "code:fast",
            "fast",
            "`code` is a number, and `fast` is not.",
            "`code>=500`",
        ),
        ("code:1..x", "1..x", "is a number", ""),
        ("code>(1 or 2)", ">(", "one value", "code:(1 or 2)"),
        (
            "took>250",
            "250",
            "`took` is a duration, and `250` is not.",
            "250ms",
        ),
        ("took:/5/", "/5/", "is a duration", ""),
        (
            "time:noon",
            "noon",
            "`time` is a time, and `noon` is not.",
            "14:02",
        ),
        ("time:14:02..2026-03-03", "14:02..2026-03-03", "One end", ""),
        (
            "sampled:maybe",
            "maybe",
            "`sampled` is yes or no, and `maybe` is not.",
            "",
        ),
        ("sampled>yes", "yes", "is yes or no", ""),
        ("trace>5", "5", "names have no order", ""),
        ("service>abc", "abc", "compared as a number", ""),
        ("service:/a(?=b)/", "(?=", "look around", ""),
        ("/é(a)\\1/", "\\1", "refer back", ""),
        (
            "/a(/",
            "/a(/",
            "This regex cannot be read: unclosed group.",
            "",
        ),
    ] {
        let (found_part, found, found_hint) = wrong(text);
        assert_eq!(found_part, part, "{text}: {found}");
        assert!(found.contains(sentence), "{text}: {found}");
        assert!(found_hint.contains(hint), "{text}: {found_hint}");
    }
}

#[test]
fn bounds() {
    let terms = |n: usize| vec!["a"; n].join(" ");
    assert!(parse(&terms(MAX_TERMS)).is_ok());
    assert!(parse(&terms(MAX_TERMS + 1)).is_err());
    assert!(parse(&"a".repeat(MAX_BYTES)).is_ok());
    assert!(parse(&"é".repeat(MAX_BYTES)).is_err());
    let nested = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
    assert!(parse(&format!("{}a", "!".repeat(MAX_DEPTH + 1))).is_err());
    assert!(parse(&"(".repeat(MAX_BYTES)).is_err());
}

#[test]
fn a_list_without_words_says_so() {
    let mut bare = fields();
    bare.words = "";
    let filter = parse("service:a timeout").expect("a filter");
    assert_eq!(filter.compile(&bare).map_err(|m| m.range), Err(10..17));
}

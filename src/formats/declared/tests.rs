use super::layout::SIGNS;
use super::*;
use crate::formats::testing::{self, samples};
use crate::formats::{NO, Peek};
use crate::model::TABLES;

const NEZHA: &str = include_str!("../../../docs/formats/nezha.toml");
const TRACE: &str = include_str!("../../../docs/formats/nezha_trace.toml");
const METRIC: &str = include_str!("../../../docs/formats/nezha_metric.toml");

const DEPLOYS: &str = r#"
name = "release_list"
about = "deployments, as the release team exports them"
unit = "deployment"
class = "asserted"
kind = "json"
table = "change"

[json]
records = ["rows"]

[recognise]
keys = ["when", "meta.service"]

[time]
from = "when"
form = "%d.%m.%Y %H:%M"
zone = "+02:00"

[columns]
kind = { const = "deploy" }
provider = { const = "sheet" }
change_id = "/id"
service = "meta.service"
environment = { from = "env", map = { P = "production" }, default = "staging" }
sha = "commit"
repository = "repo"
finished_ns = { from = "end", form = "ms" }
description = { from = "note", pattern = 'by (\w+)' }
action = { from = "what", as = "lower" }

[[sample]]
text = '''
{"rows":[{"when":"01.03.2026 12:00","id":7,"meta":{"service":"shop"},"env":"P","commit":"5CA1AB1E5CA1AB1E5CA1AB1E5CA1AB1E5CA1AB1E","repo":"git@github.com:Acme/Shop.git","end":1772359260000,"note":"done by Ada","what":"DEPLOY"},
 {"when":"01.03.2026 13:00","id":8,"meta":{"service":"shop"},"env":"?","commit":"no"}]}
'''
expect = [
  { time = "2026-03-01T10:00:00Z", change_id = 7, service = "shop", environment = "production", sha = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
    repository = "github.com/acme/shop", finished_ns = "2026-03-01T10:01:00Z", description = "Ada", action = "deploy" },
  { change_id = 8, environment = "staging", sha = "", action = "" },
]
"#;

fn declared(text: &str) -> Declared {
    Declared::read(text, "a.format.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// The mistakes of a declaration, one a line.
fn mistakes(text: &str) -> Vec<String> {
    let error = Declared::read(text, "a.toml").unwrap_err();
    assert_eq!(error.file, "a.toml");
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn the_examples_are_sound() {
    for (text, name, tables) in [
        (NEZHA, "nezha_log", &["log"][..]),
        (TRACE, "nezha_trace", &["span"]),
        (METRIC, "nezha_metric", &["metric_series", "metric_point"]),
        (DEPLOYS, "release_list", &["change"]),
    ] {
        let format = declared(text);
        assert_eq!((format.name(), format.tables()), (name, tables));
        assert!(!format.about().is_empty() && !format.unit().is_empty());
    }
}

#[test]
fn a_declared_format_reads_files() {
    let format = declared(NEZHA);
    let text = "\u{feff}Timestamp,TimeUnixNano,Node,PodName,Container,TraceID,SpanID,Log\r\n\
        x,1772359200000000000,n,cart-6d5f9c7b8-x2x4q,c,,,\"{\"\"log\"\":\"\"a, b\"\"}\"\r\n\
        x,soon,n,p,c,,,\r\n\
        x,1,n\r\n\
        \r\n\
        x,1772359201000000000,n,p,c,,,plain";
    assert_eq!(testing::sniff(&format, text.as_bytes()), DECLARED);
    let seen = testing::parse(&format, "x", text.as_bytes());
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 2, 2));
    assert_eq!(
        seen.rejects[0].1,
        "the time `soon` is not of the declared form"
    );
    assert_eq!(seen.rejects[1].1, "3 fields instead of 8");
    let rows = seen.of("log");
    assert_eq!(
        (&*rows[0]["body"], &*rows[0]["service_name"]),
        ("a, b", "cart")
    );
    assert!(!rows[0].contains_key("trace_id") && !rows[1].contains_key("body"));
    let span = seen.rows[0].1.span;
    let start = usize::try_from(span.offset).unwrap();
    let end = start + usize::try_from(span.length).unwrap();
    assert!(
        text[start..end].starts_with("x,1772359200000000000") && text[start..end].ends_with("}\"")
    );
    let last = seen.rows[1].1.span;
    assert_eq!(
        usize::try_from(last.offset + last.length).unwrap(),
        text.len()
    );
}

#[test]
fn a_later_piece_knows_the_header_from_the_head() {
    let format = declared(TRACE);
    let head = "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration\n";
    let line =
        "0123456789abcdef0123456789abcdef,0123456789abcdef,root,p,/pay,1772359200000000000,1,2.5\n";
    let text = format!("{head}{line}");
    let mut seen = testing::Seen::default();
    let chunk = Chunk {
        bytes: line.as_bytes(),
        offset: head.len() as u64,
        last: true,
        path: "x",
        head: text.as_bytes(),
    };
    format.parse(&chunk, &mut seen);
    assert_eq!(
        (seen.kept, seen.of("span")[0]["duration_ns"].as_str()),
        (1, "2500")
    );
    assert_eq!(seen.rows[0].1.span.offset, head.len() as u64);
}

#[test]
fn recognition_is_by_content() {
    let format = declared(DEPLOYS);
    for (text, expected) in [
        (r#"{"when":"x","meta":{"service":"s"}}"#, DECLARED),
        (r#"[{"when":"x","meta":{"service":"s"}}]"#, DECLARED),
        (r#"{"when":"x"}"#, NO),
        ("when,meta.service", NO),
        ("", NO),
    ] {
        assert_eq!(
            format.sniff(&Peek::new("x", text.as_bytes())),
            expected,
            "{text}"
        );
    }
    let lines = NEZHA.replace(
        r#"keys = ["TimeUnixNano", "PodName", "TraceID", "Log"]"#,
        "pattern = '^[^,]*,[0-9T]'",
    );
    let format = declared(&lines);
    assert_eq!(testing::sniff(&format, b"a,1\nb,2\nc,3"), DECLARED);
    assert_eq!(testing::sniff(&format, b"a,1\nb;2\nc,3\n"), NO);
}

#[test]
fn mistakes_name_line_key_and_the_nearest_name() {
    let text = NEZHA
        .replace("table = \"log\"", "table = \"logs\"")
        .replace("[recognise]", "[recognize]")
        .replace("about =", "abuot =")
        .replace("class = \"observed\"", "class = \"attested\"");
    assert_eq!(
        mistakes(&text),
        [
            "a.toml:1: `about` is missing",
            "a.toml:1: `recognise` is missing: without it no file would be known to be of this format (`keys` or `pattern`)",
            "a.toml:5: `abuot` is not a key (did you mean `about`?)",
            "a.toml:7: `class` cannot be `attested` (did you mean `asserted`?)",
            "a.toml:9: `table` cannot be `logs` (did you mean `log`?)",
            "a.toml:15: `recognize` is not a key (did you mean `recognise`?)",
        ]
        .map(str::to_owned)
    );
    let text = NEZHA
        .replace("body = {", "boody = {")
        .replace("as = \"workload\"", "as = \"workloads\"")
        .replace("form = \"ns\"", "form = \"nanos\"")
        .replace(r"'^\S+ +([A-Z]+) '", "'('");
    let found = mistakes(&text);
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(
        found[0].starts_with("a.toml:20: `time.form` cannot be `nanos`"),
        "{found:#?}"
    );
    assert!(
        found[1]
            .contains("`columns.service_name.as` cannot be `workloads` (did you mean `workload`?)"),
        "{found:#?}"
    );
    assert!(
        found[2].contains("`columns.boody` is not a column of `log` (did you mean `body`?)"),
        "{found:#?}"
    );
    assert!(
        found[3].contains("`columns.severity_text.pattern` is no regular expression"),
        "{found:#?}"
    );
}

#[test]
fn samples_are_checked() {
    for (from, to, expected) in [
        (
            "severity_number = 9",
            "severity_number = 10",
            "`sample.expect.severity_number` is `9` (expected `10`)",
        ),
        (
            "severity_number = 9",
            "severity = 9",
            "`sample.expect.severity` is not a column (did you mean `severity_number`?)",
        ),
        (
            "time = \"2026-03-01T10:00:00.25Z\"",
            "time = \"2026-03-01T10:00:00Z\"",
            "`sample.expect.time` is `2026-03-01T10:00:00.250000000Z`",
        ),
        (
            "scope_name = \"shop.Pay\"",
            "event_name = \"x\"",
            "`sample.expect.event_name` is nothing (expected `x`)",
        ),
        (
            ",TimeUnixNano,Node",
            ",Time,Node",
            "`sample.text` is not recognised by what `recognise` says",
        ),
        (
            ",1772359200250000000,",
            ",soon,",
            "`sample.text` is rejected in its line 2: the time `soon` is not of the declared form",
        ),
    ] {
        let found = mistakes(&NEZHA.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].contains(expected), "{found:#?}");
    }
    let without = NEZHA.split("[[sample]]").next().unwrap();
    assert!(mistakes(without)[0].contains("`sample` is missing"));
}

#[test]
fn what_cannot_be_is_refused() {
    for (text, expected) in [
        ("name = ", "a.toml:1: "),
        ("", "is missing"),
        (
            &NEZHA.replace("nezha_log", "git_log"),
            "is the name of a format of the program",
        ),
        (
            &NEZHA.replace("nezha_log", "Nezha"),
            "must be a snake_case word",
        ),
        (
            &NEZHA.replace("table = \"log\"", "table = \"finding\""),
            "cannot be `finding`",
        ),
        (
            &NEZHA.replace("kind = \"csv\"", "kind = \"json\""),
            "`csv` does not go with the kind `json`",
        ),
        (
            &NEZHA.replace("delimiter = \",\"", "delimiter = \"ab\""),
            "must be one character",
        ),
        (
            &NEZHA.replace("one_line = true", "one_line = 1"),
            "must be true or false",
        ),
        (
            &NEZHA.replace("body = {", "body = { const = \"x\","),
            "has both `from` and `const`",
        ),
        (
            &TRACE.replace("unit = \"us\"", "unit = \"days\""),
            "cannot be `days`",
        ),
        (
            &METRIC.replace("values = [", "valuse = ["),
            "did you mean `values`?",
        ),
        (
            &METRIC.replace("[metric]", "[columns]"),
            "does not go with the table `metric_point`",
        ),
        (
            &DEPLOYS.replace("zone = \"+02:00\"", "zone = \"Berlin\""),
            "names of places are not read",
        ),
        (
            &format!("{NEZHA}\n# {}", "x".repeat(300_000)),
            "is longer than 256 KiB",
        ),
    ] {
        let found = mistakes(text);
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{expected}: {found:#?}"
        );
    }
}

#[test]
fn every_table_can_be_filled() {
    for table in TABLES {
        let open = ![
            "evidence_file",
            "reject",
            "ignored",
            "template",
            "finding",
            "verdict",
        ]
        .contains(&table.name)
            && !table.name.starts_with("metric_");
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} = \"f\"", column.name))
            .collect();
        let text = format!(
            "name = \"any_table\"\nabout = \"a\"\nclass = \"asserted\"\nkind = \"json\"\ntable = \"{}\"\n[recognise]\nkeys = [\"f\"]\n[columns]\n{}\n[[sample]]\ntext = '{{\"f\":\"1\"}}'\n[sample.expect]\n",
            table.name,
            columns.join("\n")
        );
        assert_eq!(Declared::read(&text, "x").is_ok(), open, "{}", table.name);
    }
}

#[test]
fn hostile_declarations_and_files_do_no_harm() {
    for end in (0..NEZHA.len()).step_by(3) {
        if NEZHA.is_char_boundary(end) {
            let _ = Declared::read(&NEZHA[..end], "x");
        }
    }
    let deep = format!("name = {}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(Declared::read(&deep, "x").is_err());
    for format in [
        declared(NEZHA),
        declared(TRACE),
        declared(METRIC),
        declared(DEPLOYS),
    ] {
        let text = "TraceID,\"Log\n,\n\"\"\",{\"rows\":[{\"when\":\"\",\"id\":[1]}]}\n,,,,,,,\n\"";
        let mut bytes = text.as_bytes().to_vec();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = testing::parse(&format, "x", &bytes);
            let _ = testing::parse(&format, "x", &bytes[..at]);
            bytes[at] ^= 0x15;
        }
    }
}

#[test]
fn words_are_kept_once() {
    let first = declared(NEZHA).name().as_ptr();
    assert_eq!(first, declared(NEZHA).name().as_ptr());
    assert!(intern(&"x".repeat(WORD + 1), WORD).is_none());
}

#[test]
fn signs_and_the_first_sample_are_shown() {
    let format = declared(DEPLOYS);
    assert_eq!(format.signs(), "the keys `when`, `meta.service`");
    let seen = testing::parse(&format, "anything", format.example());
    assert_eq!((seen.kept, seen.rejects.len()), (2, 0));
    let keys = r#"keys = ["when", "meta.service"]"#;
    let pattern = format!("when{}", "(?:)".repeat(200));
    let text = DEPLOYS.replace(keys, &format!("{keys}\npattern = '{pattern}'"));
    let signs = format!("the keys `when`, `meta.service`, lines that match `{pattern}`");
    assert_eq!(declared(&text).signs(), format!("{}…", &signs[..SIGNS]));
    let text = DEPLOYS.replace(keys, r"pattern = 'when|:\d'");
    assert_eq!(declared(&text).signs(), r"lines that match `when|:\d`");
    let padded = DEPLOYS.replace("{\"rows\"", &format!("{}{{\"rows\"", " ".repeat(SAMPLE)));
    assert!(mistakes(&padded)[0].contains("`sample.text` is longer than 16 KiB"));
}

#[test]
fn the_samples_are_read_by_the_examples() {
    let formats = [declared(NEZHA), declared(TRACE), declared(METRIC)];
    for (path, bytes) in samples("nezha") {
        let head = &bytes[..bytes.len().min(64 * 1024)];
        let peek = Peek::new(&path, head);
        let claims: Vec<&Declared> = formats
            .iter()
            .filter(|format| format.sniff(&peek) > 0)
            .collect();
        let expected = ["_log.csv", "_trace.csv", "_metric.csv"]
            .iter()
            .position(|end| path.ends_with(end));
        let Some(place) = expected else {
            assert!(claims.is_empty(), "{path}");
            continue;
        };
        assert_eq!(claims.len(), 1, "{path}");
        assert_eq!(claims[0].name(), formats[place].name(), "{path}");
        let seen = testing::parse(claims[0], &path, &bytes);
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .count() as u64
            - 1;
        assert_eq!(
            (seen.read, seen.kept, seen.rejects.len()),
            (lines, lines, 0),
            "{path}"
        );
        let main = *claims[0].tables().last().unwrap();
        assert!(
            seen.times(main)
                .iter()
                .all(|at| at.starts_with("2023-01-29T")),
            "{path}"
        );
        if place < 2 {
            assert!(
                seen.of(main).iter().all(|row| row.contains_key("trace_id")),
                "{path}"
            );
            assert_eq!(seen.of(main).len() as u64, lines);
        } else {
            assert_eq!(seen.of("metric_series").len(), 19, "{path}");
        }
    }
}

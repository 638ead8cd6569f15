//! Fixtures for each habit of text logs, and the real samples.

use super::PlainLog;
use crate::formats::Format as _;
use crate::formats::testing::{self, Seen, parse};
use crate::formats::{FALLBACK, NO};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn read(text: &str) -> Seen {
    parse(&PlainLog, "shop.log", text.as_bytes())
}

#[test]
fn every_leading_time_is_read_and_taken_off() {
    for line in [
        "2025-11-03T14:02:07.123Z INFO added",
        "2025-11-03T15:02:07.123+01:00 INFO added",
        "2025-11-03 14:02:07,123 INFO added",
        "[2025-11-03 14:02:07.123 +0000] INFO added",
        "2025/11/03 14:02:07.123 INFO added",
        "<134>1 2025-11-03T14:02:07.123Z INFO added",
        "\u{1b}[2m2025-11-03T14:02:07.123Z\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m added",
    ] {
        let seen = read(line);
        assert_eq!(
            seen.times("log"),
            ["2025-11-03T14:02:07.123000000Z"],
            "{line}"
        );
        let row = seen.of("log")[0];
        assert_eq!(
            (row["body"].as_str(), row["severity_number"].as_str()),
            ("INFO added", "9")
        );
    }
}

#[test]
fn lines_of_a_known_form_are_taken_apart() {
    for (line, body) in [
        (
            "time=\"2025-11-03T14:02:07Z\" level=info msg=added",
            "added",
        ),
        (
            "level=info ts=1762178527 caller=basket.go:12 msg=added",
            "added",
        ),
        (
            "10.0.0.7 - - [03/Nov/2025:14:02:07 +0000] \"GET /cart HTTP/1.1\" 200 12",
            "\"GET /cart HTTP/1.1\" 200",
        ),
        (
            "<14>1 2025-11-03T14:02:07Z node-1 cart 12 - - added",
            "added",
        ),
        ("2025-11-03T14:02:07Z node-1 cart[12]: added", "added"),
        (
            "2025-11-03T14:02:07Z level=info ts=2025-11-03T22:02:07Z msg=added",
            "added",
        ),
    ] {
        let seen = read(line);
        assert_eq!(
            seen.times("log"),
            ["2025-11-03T14:02:07.000000000Z"],
            "{line}"
        );
        assert_eq!(seen.of("log")[0]["body"], body);
    }
    let seen =
        read("E0517 15:04:22.619632 1952 basket.cc:253] lost\nNov  3 14:02:07 node app: x\n");
    assert_eq!(seen.times("log"), ["", ""]);
    assert_eq!(seen.of("log")[0]["severity_number"], "17");
    assert_eq!(seen.of("log")[0]["body"], "lost");
    assert_eq!(seen.of("log")[1]["service_name"], "app");
}

#[test]
fn what_goes_on_with_a_known_form_stays_in_its_message() {
    let seen = read("time=2025-11-03T14:02:07Z level=error msg=panic\n\tat cart.go:12\nrest\n");
    assert_eq!(seen.kept, 1);
    assert_eq!(seen.of("log")[0]["body"], "panic\n\tat cart.go:12\nrest");
}

#[test]
fn a_stack_trace_stays_with_its_message() {
    let text = "2025-11-03 14:02:07,123 ERROR cart: no stock\n\
                java.lang.IllegalStateException: none\n\
                \tat shop.Cart.add(Cart.java:12)\n\n\
                Caused by: shop.Empty\n\
                2025-11-03 14:02:08,000 INFO next\n\
                plain start\n  goes on\n";
    let seen = read(text);
    let bodies: Vec<&str> = seen
        .of("log")
        .iter()
        .map(|row| row["body"].as_str())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].ends_with("Caused by: shop.Empty") && bodies[0].contains("\n\tat shop"));
    assert_eq!(bodies[1], "INFO next\nplain start\n  goes on");
    let spans: Vec<_> = seen.rows.iter().map(|(_, stamp, _)| stamp.span).collect();
    assert_eq!(spans[1].offset + spans[1].length, text.len() as u64);
    assert!(text[usize::try_from(spans[1].offset).unwrap()..].starts_with("2025-11-03 14:02:08"));
}

#[test]
fn a_stack_trace_that_the_runtime_dated_line_by_line_stays_too() {
    let seen = read(
        "2025-11-03T14:02:07.000000001Z Exception in thread main\n\
         2025-11-03T14:02:07.000000002Z \tat shop.Main(Main.java:3)\n\
         2025-11-03T14:02:07.000000003Z next\n",
    );
    assert_eq!(seen.kept, 2);
    assert_eq!(
        seen.of("log")[0]["body"],
        "Exception in thread main\n\tat shop.Main(Main.java:3)"
    );
}

#[test]
fn lines_without_times_are_records_of_their_own() {
    let seen = read("started\nlistening\n  on 8080\n\n   first of nothing\n");
    let bodies: Vec<&str> = seen
        .of("log")
        .iter()
        .map(|row| row["body"].as_str())
        .collect();
    assert_eq!(
        bodies,
        ["started", "listening\n  on 8080\n   first of nothing"]
    );
    assert_eq!(read("  a chunk that starts within\nnext\n").kept, 2);
}

#[test]
fn kubectl_prefixes_name_pod_container_and_service() {
    let seen = read(&format!(
        "[pod/cart-6d5f9c7b8-x2x4q/server] 2025-11-03T14:02:07Z WARN low trace_id={TRACE}\n\
         [pod/till-6d5f9c7b8-bcdfg/web] \tat elsewhere\n\
         [pod/cart-6d5f9c7b8-x2x4q/server] {{\"level\":\"error\",\"msg\":\"x\",\"n\":1}}\n"
    ));
    let rows = seen.of("log");
    assert_eq!(
        rows.len(),
        3,
        "a line of another pod does not go on with the one before"
    );
    assert_eq!(rows[0]["k8s_pod_name"], "cart-6d5f9c7b8-x2x4q");
    assert_eq!(rows[0]["service_name"], "cart");
    assert_eq!(rows[0]["trace_id"], TRACE);
    assert_eq!(rows[0]["attributes"], r#"{"k8s.container.name":"server"}"#);
    assert_eq!(
        rows[2]["attributes"],
        r#"{"k8s.container.name":"server","n":1}"#
    );
    assert_eq!(
        (
            rows[2]["body"].as_str(),
            rows[2]["severity_number"].as_str()
        ),
        ("x", "17")
    );
}

#[test]
fn compose_prefixes_name_the_service() {
    let seen = read("cart-1  | {\"ts\":1762178527.5,\"msg\":\"up\"}\ndb-2    | ready\n");
    let rows = seen.of("log");
    assert_eq!(
        (rows[0]["service_name"].as_str(), rows[0]["body"].as_str()),
        ("cart", "up")
    );
    assert_eq!(
        (rows[1]["service_name"].as_str(), rows[1]["body"].as_str()),
        ("db", "ready")
    );
    assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.500000000Z", ""]);
    assert!(!read("a | b\nfoo bar | c\n").of("log")[0].contains_key("service_name"));
}

#[test]
fn the_path_names_the_pod_and_the_envelope_the_time() {
    let line = b"2025-11-03T14:02:07Z {\"ts\":\"2025-11-03T22:02:07Z\",\"msg\":\"local time\"}";
    let seen = parse(&PlainLog, "x/cart-6d5f9c7b8-x2x4q.log", line);
    assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.000000000Z"]);
    assert_eq!(seen.of("log")[0]["service_name"], "cart");
}

#[test]
fn a_hostile_line_is_cut_and_nothing_panics() {
    let long = format!("2025-11-03T14:02:07Z {}\n", "é".repeat(80_000));
    assert!(read(&long).of("log")[0]["body"].len() <= 64 * 1024);
    let fixture = "\u{feff}[pod/a-6d5f9c7b8-x2x4q/c] [2025-11-03T14:02:07Z] é {\n<1>\n| x\nlevel=\n\
                   ts=\"1\" a=b \u{1b}[31mWARN é\n[03/Nov/2025:14:02:07 +0000]\nE0517 15:04:22é\n";
    for end in 0..=fixture.len() {
        let mut bytes = fixture.as_bytes()[..end].to_vec();
        parse(&PlainLog, "x", &bytes);
        if let Some(byte) = bytes.get_mut(end / 2) {
            *byte ^= 0x55;
        }
        parse(&PlainLog, "x", &bytes);
    }
}

#[test]
fn text_is_claimed_last_and_markup_never() {
    assert_eq!(
        testing::sniff(&PlainLog, b"<34>Oct 11 22:14:15 node su: failed"),
        FALLBACK
    );
    assert_eq!(testing::sniff(&PlainLog, b"[info] up\n"), FALLBACK);
    for other in [
        &b"<testsuite/>"[..],
        b"{\"a\":1}\n",
        b"\x00\x01binary",
        b"  \n",
        b"",
        b"# Notes\n\nWarnings are treated as errors, and the error budget of 2026 is spent.\n",
        b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
        b"name,count\ncheckout,3\n",
    ] {
        assert_eq!(testing::sniff(&PlainLog, other), NO);
    }
}

/// Text that is left alone wherever it lies.
const OTHER: [&str; 9] = [
    "Time,PodName\n2025-11-03 14:02:07.5 +0000 UTC m=+0.93,cart\n2025-11-03 14:02:08 +0000 UTC,cart\n",
    "Timestamp,PodName,Log\n2025-11-03T14:02:07.5Z,cart,\"{\"\"log\"\":\"\"14:02:07 ERROR x\"\"}\"\n",
    "time;level;message\r\n2025-11-03 14:02:07,123;error;\"no, none\"\r\n14:02:08;info;a\r\n",
    "_time\thost\t_raw\n2025-11-03T14:02:07Z\tnode-1\tWARN low\n",
    "name,level\n\"two\n2025-11-03 14:02:07 lines\",error\n",
    "# Notes\n\n[error] is what the log says.\n[warn] is what it says before.\n",
    "Errors\n======\n\n## [error] none\n\n- ERROR: none\n",
    "-----BEGIN CERTIFICATE-----\nMIIBERRORINFO\n-----END CERTIFICATE-----\n",
    "Certificate:\n  WARN: kept\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
];

/// Logs that have something of the others.
const LOGS: [&str; 7] = [
    "starting,up\n2025-11-03 14:02:07,123 INFO added\n2025-11-03 14:02:08,123 INFO next\n",
    "ready,steady\n[2025-11-03 14:02:07] ERROR one, two\n",
    "shop,up\n14:02:07.123 WARN a, b\n",
    "INFO up, ready\nERROR one, two\n",
    "# cart\n\n2025-11-03T14:02:07Z INFO added\n",
    "# command started\nERROR no such file\n# command ended\n",
    "2025-11-03T14:02:07Z WARN odd key\n-----BEGIN PUBLIC KEY-----\n",
];

#[test]
fn tables_markdown_and_keys_are_no_logs() {
    let claim = |path: &str, text: &str| PlainLog.sniff(&super::Peek::new(path, text.as_bytes()));
    for path in ["file", "logs/checkout.log"] {
        for text in OTHER {
            assert_eq!(claim(path, text), NO, "{path} {text}");
        }
        for text in LOGS {
            assert_eq!(claim(path, text), FALLBACK, "{path} {text}");
        }
    }
    for (path, bytes) in testing::samples("nezha") {
        assert_eq!(testing::sniff(&PlainLog, &bytes), NO, "{path}");
    }
}

#[test]
fn the_samples_are_read_whole() {
    let named = |name: &str| {
        testing::samples("app-logs")
            .into_iter()
            .filter(|(path, _)| path.ends_with(name))
            .collect::<Vec<_>>()
    };
    for (path, bytes) in named("logfile_glog.0") {
        assert_eq!(testing::sniff(&PlainLog, &bytes), FALLBACK, "{path}");
        let seen = parse(&PlainLog, &path, &bytes);
        assert_eq!(seen.kept, 7);
        assert!(
            seen.of("log")
                .iter()
                .all(|row| row.contains_key("severity_number"))
        );
    }
    for (path, bytes) in named("logfile_caddy_log.0") {
        assert_eq!(testing::sniff(&PlainLog, &bytes), FALLBACK, "{path}");
        let seen = parse(&PlainLog, &path, &bytes);
        let lines = bytes
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .count();
        assert_eq!(seen.kept, lines as u64);
        assert!(
            seen.of("log")
                .iter()
                .all(|row| row["service_name"] == "caddy")
        );
        assert!(
            seen.times("log")
                .iter()
                .all(|time| time.starts_with("2025-10-21T"))
        );
    }
}

#[test]
fn text_without_times_is_a_log_where_its_path_says_so() {
    for (path, expected) in [
        ("pods/checkout.log", FALLBACK),
        ("pods/checkout.log.1", FALLBACK),
        ("logs/checkout", FALLBACK),
        ("checkout.stdout", FALLBACK),
        ("blog/catalogue.txt", NO),
    ] {
        let peek = super::Peek::new(path, b"hello\nworld\n");
        assert_eq!(PlainLog.sniff(&peek), expected, "{path}");
    }
}

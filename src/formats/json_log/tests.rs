//! Fixtures for each habit of JSON logs, and the real samples.

use super::JsonLog;
use crate::formats::testing::{self, Row, Seen, parse, sniff};
use crate::formats::{FALLBACK, NO, PERHAPS};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn read(text: &str) -> Seen {
    parse(&JsonLog, "shop.log", text.as_bytes())
}

fn row(text: &str) -> Row {
    let seen = read(text);
    assert_eq!((seen.kept, seen.rejects.len()), (1, 0), "{text}");
    seen.of("log")[0].clone()
}

#[test]
fn every_time_key_and_unit_means_the_same_instant() {
    for time in [
        r#""time":"2025-11-03T14:02:07.5Z""#,
        r#""ts":1762178527.5"#,
        r#""timestamp":1762178527500"#,
        r#""timestamp":1762178527500.0"#,
        r#""@timestamp":"2025-11-03 14:02:07,500""#,
        r#""timeUnixNano":"1762178527500000000""#,
        r#""@t":"2025-11-03T15:02:07.5+01:00""#,
        r#""instant":{"epochSecond":1762178527,"nanoOfSecond":500000000}"#,
        r#""timestamp":{"seconds":1762178527,"nanos":500000000}"#,
        r#""t":{"$date":"2025-11-03T14:02:07.500Z"}"#,
        r#""EdgeEndTimestamp":"2025-11-03T14:02:07.5Z""#,
        r#""ts":"yesterday","started_at":1762178527500"#,
    ] {
        let seen = read(&format!("{{{time},\"msg\":\"x\"}}"));
        assert_eq!(
            seen.times("log"),
            ["2025-11-03T14:02:07.500000000Z"],
            "{time}"
        );
    }
    assert_eq!(read(r#"{"ts":"xxx","msg":"x"}"#).times("log"), [""]);
    let access = read(r#"{"time_local":"03/Nov/2025:14:02:07 +0000","msg":"x"}"#);
    assert_eq!(access.times("log"), ["2025-11-03T14:02:07.000000000Z"]);
}

#[test]
fn every_level_becomes_a_severity_number() {
    for (level, number) in [
        (r#""level":"trace""#, "1"),
        (r#""lvl":"DEBUG""#, "5"),
        (r#""severity":"INFO""#, "9"),
        (r#""log.level":"warning""#, "13"),
        (r#""levelname":"ERROR""#, "17"),
        (r#""LogLevel":"Critical""#, "21"),
        (r#""level":30"#, "9"),
        (r#""level":60"#, "21"),
        (r#""lvl":"DEBUG3""#, "7"),
        (r#""@l":"Fatal""#, "21"),
        (r#""severityNumber":14"#, "14"),
        (r#""s":"E""#, "17"),
    ] {
        assert_eq!(
            row(&format!("{{{level},\"msg\":\"x\"}}"))["severity_number"],
            number,
            "{level}"
        );
    }
    let odd = row(r#"{"level":"STATS","msg":"x"}"#);
    assert_eq!(odd["severity_text"], "STATS");
    assert!(!odd.contains_key("severity_number"));
    assert!(!row(r#"{"s":"some text","msg":"x"}"#).contains_key("severity_text"));
    assert_eq!(
        row(r#"{"log":"14:02:07 WARN low"}"#)["severity_number"],
        "13"
    );
}

#[test]
fn every_trace_key_gives_the_same_trace() {
    for keys in [
        format!(r#""trace_id":"{TRACE}","span_id":"{SPAN}""#),
        format!(r#""traceId":"{TRACE}","spanId":"{SPAN}""#),
        format!(
            r#""trace.id":"{}","span.id":"{SPAN}""#,
            TRACE.to_uppercase()
        ),
        format!(r#""trace":{{"id":"{TRACE}"}},"span":{{"id":"{SPAN}"}}"#),
        format!(r#""otelTraceID":"{TRACE}","otelSpanID":"{SPAN}""#),
        format!(r#""logging.googleapis.com/trace":"projects/p/traces/{TRACE}","spanId":"{SPAN}""#),
        format!(r#""contextMap":{{"traceId":"{TRACE}","spanId":"{SPAN}"}}"#),
        format!(r#""resource":{{"attributes":{{"trace_id":"{TRACE}","span_id":"{SPAN}"}}}}"#),
        format!(r#""traceparent":"00-{TRACE}-{SPAN}-01","span_id":"{SPAN}""#),
        format!(
            r#""xray_trace_id":"1-{}-{}","span_id":"{SPAN}""#,
            &TRACE[..8],
            &TRACE[8..]
        ),
        format!(r#""note":"x","message":"done TraceID: {TRACE} SpanID: {SPAN}""#),
    ] {
        let row = row(&format!("{{\"time\":1762178527,{keys}}}"));
        assert_eq!(
            (row["trace_id"].as_str(), row["span_id"].as_str()),
            (TRACE, SPAN),
            "{keys}"
        );
    }
    let datadog = row(r#"{"msg":"x","dd":{"trace_id":"1234567890123456789","span_id":987654321}}"#);
    assert_eq!(
        datadog["trace_id"],
        format!("{:032x}", 1_234_567_890_123_456_789_u64)
    );
    assert_eq!(datadog["span_id"], format!("{:016x}", 987_654_321));
    let stack = row(r#"{"msg":"x","trace":["a:1","b:2"]}"#);
    assert!(!stack.contains_key("trace_id"));
    assert_eq!(stack["attributes"], r#"{"trace":["a:1","b:2"]}"#);
}

#[test]
fn sources_are_told_apart() {
    let ecs = row(r#"{"message":"x","service":{"name":"cart"},"log":{"logger":"cart.db"}}"#);
    assert_eq!(
        (ecs["service_name"].as_str(), ecs["scope_name"].as_str()),
        ("cart", "cart.db")
    );
    let flat = row(r#"{"msg":"x","service.name":"cart","logger_name":"db","event.name":"sold"}"#);
    assert_eq!(
        (flat["service_name"].as_str(), flat["scope_name"].as_str()),
        ("cart", "db")
    );
    assert_eq!(flat["event_name"], "sold");
    let bunyan = row(r#"{"name":"till","hostname":"till-6d5f9c7b8-x2x4q","pid":7,"msg":"x"}"#);
    assert_eq!(bunyan["scope_name"], "till");
    assert_eq!(bunyan["k8s_pod_name"], "till-6d5f9c7b8-x2x4q");
    assert_eq!(bunyan["service_name"], "till");
    let fluent = row(
        r#"{"log":"x","kubernetes":{"pod_name":"cart-0","labels":{"app":"cart"}},"name":"Ada"}"#,
    );
    assert_eq!(
        (
            fluent["k8s_pod_name"].as_str(),
            fluent["service_name"].as_str()
        ),
        ("cart-0", "cart")
    );
    assert!(
        !fluent.contains_key("scope_name"),
        "a name is a logger in bunyan's records only"
    );
    let google =
        row(r#"{"jsonPayload":{"message":"x"},"resource":{"labels":{"pod_name":"cart-0"}}}"#);
    assert_eq!(
        (google["body"].as_str(), google["k8s_pod_name"].as_str()),
        ("x", "cart-0")
    );
}

#[test]
fn a_message_with_a_form_of_its_own_is_taken_apart() {
    let wrapped = row(
        r#"{"time":"2025-11-03T14:02:07Z","log":"{\"level\":\"error\",\"msg\":\"no stock\",\"n\":2}\n","kubernetes":{"pod_name":"cart-0"},"stream":"stderr"}"#,
    );
    assert_eq!(
        (
            &*wrapped["body"],
            &*wrapped["severity_number"],
            &*wrapped["k8s_pod_name"]
        ),
        ("no stock", "17", "cart-0")
    );
    assert!(wrapped["attributes"].ends_with(r#""stream":"stderr","n":2}"#));
    let data = r#"{"level":"info","msg":"{\"order\":1}"}"#;
    assert_eq!(row(data)["body"], r#"{"order":1}"#, "data is no record");
    let logfmt = row(r#"{"level":"info","message":"level=warn ts=1 msg=low"}"#);
    assert_eq!(
        (&*logfmt["body"], &*logfmt["severity_number"]),
        ("low", "13")
    );
}

#[test]
fn requests_read_as_in_an_access_log() {
    let edge = r#"{"ClientRequestMethod":"GET","ClientRequestURI":"/cart?n=2","ClientRequestProtocol":"HTTP/2","EdgeResponseStatus":503,"EdgeStartTimestamp":"2025-11-03T14:02:07Z"}"#;
    assert_eq!(row(edge)["body"], r#""GET /cart?n=2 HTTP/2" 503"#);
    assert_eq!(sniff(&JsonLog, edge.as_bytes()), FALLBACK * 3);
    let nginx =
        r#"{"time_local":"03/Nov/2025:14:02:07 +0000","request":"GET / HTTP/1.1","status":"200"}"#;
    assert_eq!(row(nginx)["body"], r#""GET / HTTP/1.1" 200"#);
}

#[test]
fn what_fills_no_column_stays() {
    let kept = row(r#"{"ts":1762178527,"level":"info","msg":"x","n":1.50,"o":{"a":[1]},"e":"é"}"#);
    assert_eq!(kept["attributes"], r#"{"n":1.50,"o":{"a":[1]},"e":"é"}"#);
    assert!(!row(r#"{"level":"info","msg":"x"}"#).contains_key("attributes"));
    let silent = r#"{"started_at":1762178527500,"status":500}"#;
    assert_eq!(row(silent)["body"], silent);
    let nested = row(r#"{"ts":1762178527,"@fields":{"lvl":"FATAL","msg":"shoot"}}"#);
    assert_eq!(
        (nested["body"].as_str(), nested["severity_number"].as_str()),
        ("shoot", "21")
    );
    let long = row(&format!(
        r#"{{"msg":"x","big":"{}","small":1}}"#,
        "y".repeat(70_000)
    ));
    assert_eq!(long["attributes"], r#"{"small":1}"#);
}

#[test]
fn docker_s_own_files_are_logs() {
    let line = r#"{"log":"14:02:07 WARN low\n","stream":"stderr","time":"2025-11-03T14:02:07.5Z"}"#;
    assert_eq!(sniff(&JsonLog, line.as_bytes()), FALLBACK * 2);
    let kept = row(line);
    assert_eq!(kept["body"], "14:02:07 WARN low");
    assert_eq!(kept["severity_number"], "13");
    assert_eq!(kept["attributes"], r#"{"stream":"stderr"}"#);
    assert_eq!(read(line).times("log"), ["2025-11-03T14:02:07.500000000Z"]);
    for (path, bytes) in testing::samples("k8s-pod-logs/docker-json-file") {
        let seen = parse(&JsonLog, &path, &bytes);
        let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        assert_eq!((seen.kept, seen.rejects.len()), (lines, 0), "{path}");
        let rows = seen.of("log");
        assert!(
            rows.iter()
                .all(|row| row["attributes"] == r#"{"stream":"stdout"}"#)
        );
        assert!(rows.iter().all(|row| !row["body"].ends_with('\n')));
        assert!(
            seen.times("log")
                .iter()
                .all(|time| time.starts_with("2023-01-29T"))
        );
    }
}

#[test]
fn a_cut_character_costs_nothing() {
    let kept = row(r#"{"msg":"caf\u00e9 \ud83d","bad":"\ud83d","good":"\u00e9"}"#);
    assert!(kept["body"].starts_with("café "));
    assert_eq!(kept["attributes"], r#"{"good":"\u00e9"}"#);
}

#[test]
fn text_between_objects_is_read_as_text() {
    let text = "{\"level\":\"info\",\"msg\":\"up\"}\n404 page not found\npanic: out of range\n\
                \tgoroutine 1\n{\"level\":\"info\",\"msg\":\"again\"}\n{\"msg\":\"torn";
    let seen = read(text);
    let bodies: Vec<&str> = seen
        .of("log")
        .iter()
        .map(|row| row["body"].as_str())
        .collect();
    assert_eq!(
        bodies,
        [
            "up",
            "404 page not found",
            "panic: out of range\n\tgoroutine 1",
            "again"
        ]
    );
    assert_eq!(seen.rejects.len(), 1);
    assert!(seen.rejects[0].1.contains("cut off"));
}

#[test]
fn an_array_is_cited_by_its_elements() {
    let text =
        "[ {\"ts\":1762178527,\"msg\":\"a\"} ,\n {\"ts\":1762178528,\"msg\":\"b\"}\n, 3, [4] ]";
    let seen = read(text);
    let cited = seen.rows.iter().map(|(_, stamp, _)| {
        let start = usize::try_from(stamp.span.offset).unwrap();
        &text[start..start + usize::try_from(stamp.span.length).unwrap()]
    });
    assert!(cited.eq([
        r#"{"ts":1762178527,"msg":"a"}"#,
        r#"{"ts":1762178528,"msg":"b"}"#
    ]));
    assert_eq!(seen.rejects.len(), 2);
}

#[test]
fn the_path_names_the_pod() {
    let line = br#"{"level":"info","msg":"x"}"#;
    let seen = parse(&JsonLog, "shop_cart-6d5f9c7b8-x2x4q_server.log", line);
    assert_eq!(seen.of("log")[0]["k8s_pod_name"], "cart-6d5f9c7b8-x2x4q");
    assert_eq!(seen.of("log")[0]["service_name"], "cart");
}

#[test]
fn it_claims_logs_below_every_named_format() {
    assert_eq!(
        sniff(&JsonLog, br#"{"ts":1762178527,"level":"info","msg":"x"}"#),
        FALLBACK * 3
    );
    assert_eq!(
        sniff(&JsonLog, br#"{"level":"info","msg":"x"}"#),
        FALLBACK * 2
    );
    assert_eq!(
        sniff(&JsonLog, b"{\"time\":1762178527}\n{\"time\":1762178527}"),
        FALLBACK
    );
    for other in [
        &br#"{"time":1762178527}"#[..],
        br#"{"msg":{"a":1},"ts":1}"#,
        b"[1,2]",
        b"text",
    ] {
        assert_eq!(sniff(&JsonLog, other), NO);
    }
}

#[test]
fn hostile_bytes_neither_panic_nor_go_missing() {
    let fixture = "{\"ts\":1.5,\"level\":30,\"msg\":\"\\ud83d é\",\"trace\":{\"id\":\"a-b-c-d\"}}\n[{},1]\nat\n\
                   {\"instant\":{\"epochSecond\":9223372036854775807,\"nanoOfSecond\":1},\"dd\":{\"dd\":{\"dd\":{}}}}";
    for end in 0..=fixture.len() {
        let mut bytes = fixture.as_bytes()[..end].to_vec();
        parse(&JsonLog, "x", &bytes);
        if let Some(byte) = bytes.get_mut(end / 2) {
            *byte ^= 0x55;
        }
        parse(&JsonLog, "x", &bytes);
    }
}

#[test]
fn the_samples_are_read_whole() {
    const LOGS: [&str; 8] = [
        "bunyan",
        "cloudflare",
        "ecs_log",
        "json",
        "json2",
        "json3",
        "jsonid",
        "nested_json",
    ];
    for (path, bytes) in testing::samples("app-logs") {
        let name = path
            .rsplit("logfile_")
            .next()
            .unwrap()
            .split('.')
            .next()
            .unwrap();
        let broken = usize::from(name == "json_invalid");
        if broken == 0 && !LOGS.contains(&name) {
            continue;
        }
        let likelihood = sniff(&JsonLog, &bytes);
        assert!(
            (FALLBACK..PERHAPS).contains(&likelihood),
            "{path}: {likelihood}"
        );
        let seen = parse(&JsonLog, &path, &bytes);
        let lines = bytes
            .split(|b| *b == b'\n')
            .filter(|line| !line.trim_ascii().is_empty());
        assert_eq!(seen.read, lines.count() as u64, "{path}");
        assert_eq!(seen.rejects.len(), broken, "{path}: {:?}", seen.rejects);
    }
}

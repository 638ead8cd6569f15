//! Messages written field by field, and the real samples, held against their JSON.

use super::{Layout, OtlpProtobuf};
use crate::formats::testing::{Row, Seen, parse, samples, sniff};
use crate::formats::{CERTAIN, NO, PERHAPS, find};
use crate::model::EvidenceClass;

/// A field of bytes.
fn bytes(number: u8, value: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = value.len();
    while length > 0x7f {
        field.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).unwrap());
    field.extend(value);
    field
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn fixed(number: u8, value: u64) -> Vec<u8> {
    [vec![number << 3 | 1], value.to_le_bytes().to_vec()].concat()
}

fn double(number: u8, value: f64) -> Vec<u8> {
    fixed(number, value.to_bits())
}

fn text(value: &str) -> Vec<u8> {
    bytes(1, value.as_bytes())
}

fn pair(number: u8, key: &str, value: &[u8]) -> Vec<u8> {
    bytes(number, &[text(key), bytes(2, value)].concat())
}

/// A message with these units in one scope of one resource.
fn message(units: &[Vec<u8>]) -> Vec<u8> {
    let resource = [
        pair(1, "service.name", &text("shop")),
        pair(1, "service.version", &text("v2")),
    ];
    let units = units
        .iter()
        .map(|unit| bytes(2, unit))
        .collect::<Vec<_>>()
        .concat();
    let scope = [bytes(1, &text("lib")), units].concat();
    bytes(
        1,
        &[bytes(1, &resource.concat()), bytes(2, &scope)].concat(),
    )
}

fn span() -> Vec<u8> {
    let event = [
        fixed(1, 1_700_000_000_000_000_500),
        bytes(2, b"exception"),
        pair(3, "exception.type", &text("E")),
    ];
    let link = [bytes(1, &[7; 16]), bytes(2, &[8; 8])];
    let list = bytes(
        5,
        &[bytes(1, &varint(3, 1)), bytes(1, &double(4, 2.0))].concat(),
    );
    [
        bytes(1, &[1; 16]),
        bytes(2, &[2; 8]),
        bytes(4, &[0; 8]),
        bytes(5, b"GET"),
        varint(6, 3),
        fixed(7, 1_700_000_000_000_000_001),
        fixed(8, 1_700_000_000_000_000_900),
        pair(9, "http.status_code", &varint(3, 77)),
        pair(9, "server.address", &text("cart")),
        pair(9, "note", &text("a \"b\"\n")),
        pair(9, "list", &list),
        pair(9, "map", &bytes(6, &pair(1, "k", &bytes(7, &[0, 1])))),
        bytes(11, &event.concat()),
        bytes(13, &link.concat()),
        bytes(15, &[bytes(2, b"late"), varint(3, 2)].concat()),
        vec![0x85, 0x01, 1, 1, 0, 0],
    ]
    .concat()
}

fn log() -> Vec<u8> {
    [
        fixed(11, 1_700_000_000_000_000_009),
        varint(2, 17),
        bytes(3, b"ERROR"),
        bytes(5, &text("no stock")),
        pair(6, "event.name", &text("cart.full")),
        bytes(9, &[1; 16]),
        bytes(10, &[2; 8]),
    ]
    .concat()
}

fn metrics() -> Vec<Vec<u8>> {
    let point = [pair(7, "region", &text("eu")), fixed(3, 5), fixed(6, 7)].concat();
    let sum = [bytes(1, &point), varint(2, 2), varint(3, 1)].concat();
    let counts = [1_u64.to_le_bytes(), 2_u64.to_le_bytes()].concat();
    let histogram = [
        fixed(3, 5),
        fixed(4, 3),
        double(5, 4.5),
        bytes(6, &counts),
        double(7, 10.0),
        double(11, 1.0),
        double(12, 2.5),
    ]
    .concat();
    let exponential = [
        fixed(4, 3),
        varint(6, 1),
        fixed(7, 1),
        bytes(8, &[varint(1, 4), bytes(2, &[3])].concat()),
    ]
    .concat();
    let quantile = [double(1, 0.5), double(2, 2.0)].concat();
    let summary = [fixed(4, 3), double(5, 4.5), bytes(6, &quantile)].concat();
    let metric = |name: &str, number: u8, data: &[u8]| {
        [text(name), bytes(3, b"1"), bytes(number, data)].concat()
    };
    vec![
        metric("orders", 7, &sum),
        metric("wait", 9, &[bytes(1, &histogram), varint(2, 1)].concat()),
        metric("size", 10, &bytes(1, &exponential)),
        metric("old", 11, &bytes(1, &summary)),
    ]
}

fn read(message: &[u8]) -> Seen {
    parse(&OtlpProtobuf, "x", message)
}

#[test]
fn a_span_fills_the_columns_that_json_fills() {
    let message = message(&[span()]);
    let seen = read(&message);
    assert_eq!((seen.read, seen.kept), (1, 1));
    let row = seen.of("span")[0];
    let expected = [
        ("trace_id", "01010101010101010101010101010101"),
        ("span_id", "0202020202020202"),
        ("service_name", "shop"),
        ("scope_name", "lib"),
        ("name", "GET"),
        ("kind", "client"),
        ("duration_ns", "899"),
        ("status_code", "error"),
        ("status_message", "late"),
        ("http_response_status_code", "77"),
        ("server_address", "cart"),
        (
            "attributes",
            r#"{"note":"a \"b\"\n","list":[1,2],"map":{"k":"AAE="},"links":[{"trace_id":"07070707070707070707070707070707","span_id":"0808080808080808"}]}"#,
        ),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
    assert!(!row.contains_key("parent_span_id"));
    assert_eq!(seen.times("span"), ["2023-11-14T22:13:20.000000001Z"]);
    assert_eq!(seen.of("span_event")[0]["exception_type"], "E");
    assert_eq!(seen.of("resource")[0]["service_version"], "v2");
    let at = seen
        .rows
        .iter()
        .find(|(table, ..)| *table == "span")
        .unwrap()
        .1
        .span;
    let start = usize::try_from(at.offset).unwrap();
    assert_eq!(
        &message[start..start + usize::try_from(at.length).unwrap()],
        span()
    );
}

#[test]
fn spans_of_a_conversation_are_its_turns() {
    let about = |id: u8, operation: &str, more: &[Vec<u8>]| {
        let common = [
            bytes(1, &[1; 16]),
            bytes(2, &[id; 8]),
            bytes(4, &[9; 8]),
            fixed(7, 1_700_000_000_000_000_001),
            fixed(8, 1_700_000_000_000_000_900),
            pair(9, "gen_ai.conversation.id", &text("s-1")),
            pair(9, "gen_ai.operation.name", &text(operation)),
        ];
        [common.concat(), more.concat()].concat()
    };
    // Structured messages: a list of maps, where an attribute may be one.
    let part = [
        pair(1, "type", &text("text")),
        pair(1, "content", &text("Done.")),
    ];
    let parts = bytes(5, &bytes(1, &bytes(6, &part.concat())));
    let reply = [
        pair(1, "role", &text("assistant")),
        pair(1, "parts", &parts),
    ];
    let replies = bytes(5, &bytes(1, &bytes(6, &reply.concat())));
    let asked = r#"[{"role":"user","parts":[{"type":"text","content":"SHOP-142"}]}]"#;
    let chat = [
        pair(9, "gen_ai.response.model", &text("opus-4")),
        pair(9, "gen_ai.usage.output_tokens", &varint(3, 7)),
        pair(9, "gen_ai.input.messages", &text(asked)),
        pair(9, "gen_ai.output.messages", &replies),
    ];
    let edit = [
        pair(9, "gen_ai.tool.name", &text("edit")),
        pair(
            9,
            "gen_ai.tool.call.arguments",
            &text(r#"{"file_path":"src/pay.rs"}"#),
        ),
        bytes(15, &varint(3, 2)),
    ];
    let mut unnamed = about(4, "chat", &chat);
    unnamed[2..18].fill(0);
    let seen = read(&message(&[
        about(2, "chat", &chat),
        about(3, "execute_tool", &edit),
        unnamed,
        span(),
    ]));
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 3, 1));
    let told = seen.told(
        "turn",
        &["turn_id", "kind", "text", "output_tokens", "is_error"],
    );
    assert_eq!(
        told,
        [
            "0202020202020202|prompt|SHOP-142||",
            "0202020202020202|text|Done.|7|",
            "0303030303030303|tool_call|src/pay.rs||",
            "0303030303030303|tool_result|||true",
        ]
    );
    assert_eq!(seen.of("turn")[0]["parent_id"], "0909090909090909");
    let sessions = seen.of("session");
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&*sessions[0]["tool"], &*sessions[0]["session_id"]),
        ("shop", "s-1")
    );
    let asserted = [Some(EvidenceClass::Asserted); 2];
    assert_eq!(seen.classes("session"), asserted);
}

#[test]
fn signals_are_told_apart_by_what_they_hold() {
    let units = [
        vec![span(), log()],
        metrics(),
        vec![bytes(5, &text("only a body"))],
    ]
    .concat();
    let seen = read(&message(&units));
    assert_eq!((seen.read, seen.kept), (7, 7));
    let rows = seen.of("log");
    assert_eq!(
        (
            &*rows[0]["body"],
            &*rows[0]["severity_number"],
            &*rows[0]["event_name"]
        ),
        ("no stock", "17", "cart.full")
    );
    assert_eq!(rows[1]["body"], "only a body");
    assert_eq!(seen.times("log")[0], "2023-11-14T22:13:20.000000009Z");
    let series = seen.of("metric_series");
    let kinds: Vec<&str> = series.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(
        kinds,
        ["sum", "histogram", "exponential_histogram", "summary"]
    );
    assert_eq!(
        (&*series[0]["temporality"], &*series[0]["is_monotonic"]),
        ("cumulative", "true")
    );
    assert_eq!(series[0]["attributes"], r#"{"region":"eu"}"#);
    let points = seen.of("metric_point");
    assert_eq!(
        (
            &*points[0]["value"],
            &*points[1]["count"],
            &*points[1]["value"]
        ),
        ("7", "3", "4.5")
    );
    let buckets: Vec<&str> = points[1..]
        .iter()
        .map(|row| row["buckets"].as_str())
        .collect();
    assert_eq!(
        buckets,
        [
            r#"{"bounds":[10],"counts":[1,2],"min":1,"max":2.5}"#,
            r#"{"positive":{"offset":2,"counts":[3]},"scale":-1,"zero_count":1}"#,
            r#"{"quantiles":[0.5],"values":[2]}"#,
        ]
    );
    let odd = read(&message(&[varint(99, 1)]));
    assert_eq!(odd.rejects.len(), 1);
}

#[test]
fn lengths_may_stand_before_messages() {
    let one = message(&[span()]);
    let two = message(&[log()]);
    let fixed: Vec<u8> = [&one, &Vec::new(), &two]
        .into_iter()
        .flat_map(|message| {
            [
                &u32::try_from(message.len()).unwrap().to_be_bytes()[..],
                message,
            ]
            .concat()
        })
        .collect();
    let seen = read(&fixed);
    assert_eq!((seen.kept, seen.ignored["empty message"]), (2, 1));
    assert_eq!(sniff(&OtlpProtobuf, &fixed), CERTAIN);
    let delimited: Vec<u8> = [&one, &two]
        .into_iter()
        .flat_map(|message| bytes(1, message)[1..].to_vec())
        .collect();
    assert_eq!(Layout::of(&delimited).unwrap().0, Layout::Varint);
    assert_eq!(read(&delimited).kept, 2);
    // Messages that are simply joined are one message.
    assert_eq!(read(&[one, two].concat()).kept, 2);
}

#[test]
fn a_compressed_message_is_a_file_of_its_own() {
    let plain = message(&[span()]);
    let packed = zstd::encode_all(&plain[..], 3).unwrap();
    let length = u32::try_from(packed.len()).unwrap().to_be_bytes();
    let file = [&length[..], &packed, &length, &packed[..9]].concat();
    assert_eq!(sniff(&OtlpProtobuf, &file), PERHAPS);
    let seen = read(&file);
    assert_eq!(
        (seen.kept, seen.rejects.len(), seen.nested.len()),
        (1, 1, 1)
    );
    assert_eq!(seen.nested[0].bytes, plain);
    assert_eq!(seen.nested[0].span.length, packed.len() as u64);
}

#[test]
fn what_stands_whole_before_a_break_is_kept() {
    let whole = message(&[span(), span(), log()]);
    let seen = read(&whole[..whole.len() - log().len()]);
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    let mut broken = span();
    broken.extend([0x0b, 0xff]);
    let seen = read(&message(&[span(), broken, log()]));
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    let mut no_ids = span();
    no_ids[2..18].fill(0);
    assert_eq!(read(&message(&[no_ids])).rejects.len(), 1);
}

#[test]
fn any_damage_is_survived() {
    let whole = message(&[vec![span(), log()], metrics()].concat());
    for at in 0..whole.len() {
        let seen = read(&whole[..at]);
        // A lone newline is a blank file.
        assert!(at < 2 || !seen.rejects.is_empty(), "{at}");
        for byte in [0, 1, 0x0a, 0x12, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = byte;
            read(&damaged);
            sniff(&OtlpProtobuf, &damaged);
        }
    }
    let mut deep = text("x");
    for _ in 0..5_000 {
        deep = bytes(5, &bytes(1, &deep));
    }
    assert_eq!(read(&message(&[bytes(5, &deep)])).rejects.len(), 1);
}

/// Rows without what differs between two encodings of the same message: their order, and how a
/// float without a fraction is written.
fn sorted(seen: &Seen, table: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = seen.of(table).into_iter().cloned().collect();
    for buckets in rows.iter_mut().filter_map(|row| row.get_mut("buckets")) {
        *buckets = buckets
            .replace(".0,", ",")
            .replace(".0]", "]")
            .replace(".0}", "}");
    }
    rows.sort();
    rows
}

#[test]
fn samples_say_the_same_as_their_json() {
    let all = samples("otlp");
    let json = find("otlp_json").unwrap();
    for (path, bytes) in all
        .iter()
        .filter(|(path, _)| path.rsplit('.').next() == Some("pb"))
    {
        assert_eq!(sniff(&OtlpProtobuf, bytes), CERTAIN, "{path}");
        let seen = parse(&OtlpProtobuf, path, bytes);
        assert!(
            seen.kept > 0 && seen.rejects.is_empty(),
            "{path}: {:?}",
            seen.rejects
        );
        let lines = path.replace(".pb", ".jsonl");
        let Some((_, text)) = all.iter().find(|(path, _)| *path == lines) else {
            continue;
        };
        let expected = parse(json, &lines, text);
        for table in [
            "resource",
            "span",
            "span_event",
            "log",
            "metric_series",
            "metric_point",
        ] {
            assert_eq!(
                sorted(&seen, table).len(),
                sorted(&expected, table).len(),
                "{path} {table}"
            );
            assert_eq!(
                sorted(&seen, table),
                sorted(&expected, table),
                "{path} {table}"
            );
        }
    }
}

#[test]
fn other_files_are_left_alone() {
    for other in [
        &b""[..],
        b"\n\n\n\n",
        b"\n\x03abc",
        b"\x00\x00\x00\x02\n\x00",
        b"plain text\n",
        &[0; 64],
    ] {
        assert_eq!(sniff(&OtlpProtobuf, other), NO, "{other:?}");
    }
    for folder in [
        "app-logs",
        "git",
        "jaeger",
        "zipkin",
        "vpc-flow",
        "intoto-dsse",
        "sbom",
    ] {
        for (path, bytes) in samples(folder) {
            assert!(sniff(&OtlpProtobuf, &bytes) < PERHAPS, "{path}");
        }
    }
}

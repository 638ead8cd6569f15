//! Fixtures for each spelling, and the real samples.

use serde_json::Value;

use super::Jaeger;
use crate::formats::testing::{Seen, parse, samples, sniff};
use crate::formats::{CERTAIN, LIKELY, NO};

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

const TAGS: &str = r#"[{"key":"span.kind","type":"string","value":"client"},
    {"key":"http.method","type":"string","value":"GET"},{"key":"http.status_code","type":"int64","value":503},
    {"key":"peer.hostname","type":"string","value":"pay"},{"key":"peer.port","type":"int64","value":8443},
    {"key":"otel.scope.name","type":"string","value":"lib"},{"key":"error","type":"bool","value":true},
    {"key":"otel.status_description","type":"string","value":"late"},{"key":"items","type":"int64","value":3}]"#;

const LOG: &str = r#"{"timestamp":1762178527000500,"fields":[{"key":"event","type":"string","value":"error"},
    {"key":"error.kind","type":"string","value":"Timeout"},{"key":"message","type":"string","value":"no answer"},{"key":"retry","type":"bool","value":false}]}"#;

fn span() -> String {
    format!(
        r#"{{"traceID":"{TRACE}","spanID":"eee19b7ec3c1b174","flags":1,"operationName":"pay","references":[
        {{"refType":"FOLLOWS_FROM","traceID":"{TRACE}","spanID":"00000000000000ff"}},
        {{"refType":"CHILD_OF","traceID":"{TRACE}","spanID":"00000000000000aa"}}],
        "startTime":1762178527000123,"duration":899,"tags":{TAGS},"logs":[{LOG}],"processID":"p1","warnings":null}}"#
    )
}

fn answer() -> String {
    let span = span();
    format!(
        r#"{{"data":[{{"traceID":"{TRACE}","spans":[{span}],"processes":{{"p1":{{"serviceName":"checkout","tags":[
        {{"key":"hostname","type":"string","value":"node-1"}},{{"key":"service.version","type":"string","value":"v2.15.0"}}]}}}},
        "warnings":null}}],"total":0,"limit":0,"offset":0,"errors":null}}"#
    )
}

fn read(text: &str) -> Seen {
    parse(&Jaeger, "x", text.as_bytes())
}

fn cited(text: &str, seen: &Seen, table: &str) -> String {
    let row = seen.rows.iter().find(|(name, ..)| *name == table);
    let at = row.unwrap().1.span;
    let start = usize::try_from(at.offset).unwrap();
    text[start..start + usize::try_from(at.length).unwrap()].to_owned()
}

#[test]
fn an_answer_fills_the_columns_that_otlp_fills() {
    let text = answer();
    let seen = read(&text);
    assert_eq!((seen.read, seen.kept), (1, 1));
    let row = seen.of("span")[0];
    let expected = [
        ("trace_id", TRACE),
        ("span_id", "eee19b7ec3c1b174"),
        ("parent_span_id", "00000000000000aa"),
        ("service_name", "checkout"),
        ("scope_name", "lib"),
        ("name", "pay"),
        ("kind", "client"),
        ("duration_ns", "899000"),
        ("status_code", "error"),
        ("status_message", "late"),
        ("http_request_method", "GET"),
        ("http_response_status_code", "503"),
        ("server_address", "pay"),
        ("server_port", "8443"),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
    assert_eq!(
        row["attributes"],
        format!(
            r#"{{"items":3,"peer.hostname":"pay","peer.port":8443,"links":[{{"trace_id":"{TRACE}","span_id":"00000000000000ff","attributes":{{"opentracing.ref_type":"follows_from"}}}}]}}"#
        )
    );
    assert_eq!(seen.times("span"), ["2025-11-03T14:02:07.000123000Z"]);
    let resource = seen.of("resource")[0];
    assert_eq!(
        (&*resource["service_version"], &*resource["host_name"]),
        ("v2.15.0", "node-1")
    );
    assert_eq!(row["resource_id"], resource["resource_id"]);
    let event = seen.of("span_event")[0];
    assert_eq!(
        (
            &*event["name"],
            &*event["exception_type"],
            &*event["exception_message"],
            &*event["attributes"]
        ),
        ("error", "Timeout", "no answer", r#"{"retry":false}"#)
    );
    assert_eq!(seen.times("span_event"), ["2025-11-03T14:02:07.000500000Z"]);
    assert_eq!(cited(&text, &seen, "span"), span());
    assert_eq!(cited(&text, &seen, "span_event"), LOG);
    assert!(cited(&text, &seen, "resource").starts_with(r#"{"serviceName":"checkout""#));
}

#[test]
fn every_spelling_is_the_same_span() {
    let elastic = format!(
        r#"{{"_index":"jaeger-span-2025-11-03","_source":{{"traceID":"{TRACE}","spanID":"eee19b7ec3c1b174","parentSpanID":"00000000000000aa","operationName":"pay",
        "references":[],"startTime":1762178527000123,"startTimeMillis":1762178527000,"duration":899,"tag":{{"http@status_code":503,"span@kind":"client"}},
        "tags":[{{"key":"error","type":"bool","value":"true"}},{{"key":"items","type":"int64","value":"3"}}],"process":{{"serviceName":"checkout","tag":{{"hostname":"node-1"}}}}}}}}"#
    );
    let hits = format!(r#"{{"took":1,"hits":{{"total":1,"hits":[{elastic}]}}}}"#);
    let domain = r#"{"spans":[{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=","operationName":"pay",
        "references":[{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"AAAAAAAAAKo="}],"startTime":"2025-11-03T15:02:07.000123+01:00","duration":"899000ns",
        "tags":[{"key":"span.kind","vType":"STRING","vStr":"client"},{"key":"http.status_code","vType":"INT64","vInt64":"503"},
        {"key":"error","vType":"BOOL","vBool":true},{"key":"items","vType":"INT64","vInt64":"3"}],
        "process":{"serviceName":"checkout","tags":[{"key":"hostname","vType":"STRING","vStr":"node-1"}]}}]}"#
        .to_owned();
    let thrift = r#"{"process":{"serviceName":"checkout","tags":[{"key":"hostname","vType":"STRING","vStr":"node-1"}]},"spans":[
        {"traceIdHigh":6597491943016726787,"traceIdLow":-3284894120862038516,"spanId":-1233533854170369676,"parentSpanId":170,"operationName":"pay","startTime":1762178527000123,"duration":899,
        "tags":[{"key":"span.kind","vType":"STRING","vStr":"client"},{"key":"http.status_code","vType":"LONG","vLong":503},{"key":"error","vType":"BOOL","vBool":true},{"key":"items","vType":"LONG","vLong":3}]}]}"#
        .to_owned();
    for text in [
        elastic.clone(),
        hits,
        format!("{elastic}\n"),
        domain,
        thrift,
    ] {
        let seen = read(&text);
        assert_eq!((seen.kept, seen.rejects.len()), (1, 0), "{text}");
        let row = seen.of("span")[0];
        let cells = [
            "trace_id",
            "span_id",
            "parent_span_id",
            "service_name",
            "name",
            "kind",
            "duration_ns",
            "status_code",
            "http_response_status_code",
            "attributes",
        ];
        assert_eq!(
            cells.map(|cell| row[cell].as_str()),
            [
                TRACE,
                "eee19b7ec3c1b174",
                "00000000000000aa",
                "checkout",
                "pay",
                "client",
                "899000",
                "error",
                "503",
                r#"{"items":3}"#
            ],
            "{text}"
        );
        assert_eq!(seen.of("resource")[0]["host_name"], "node-1");
        assert_eq!(seen.times("span"), ["2025-11-03T14:02:07.000123000Z"]);
        assert_eq!(sniff(&Jaeger, text.as_bytes()), CERTAIN, "{text}");
    }
}

#[test]
fn a_wrong_field_costs_that_field() {
    let seen = read(
        r#"[{"traceID":"2be3","spanID":"7bd6","duration":"long","startTime":"soon","tags":{"a":1},"logs":null,"references":5},
        {"traceID":"zzz","spanID":"7bd6"},{"traceID":"2be3","spanID":"7bd6","logs":[7],"tags":[7,{"key":"a","value":[1,{}]}]}]"#,
    );
    assert_eq!((seen.kept, seen.rejects.len()), (2, 2));
    assert_eq!(seen.of("span")[0]["status_code"], "unset");
    assert_eq!(seen.times("span"), ["", ""]);
}

#[test]
fn empty_and_foreign_answers_are_accounted_for() {
    assert_eq!(read(r#"{"data":[],"total":0,"errors":null}"#).read, 0);
    assert_eq!(read(r#"{"data":null,"errors":[{"code":404}]}"#).read, 0);
    for text in [r#"{"a":1}"#, "5", r#"{"data":[5]}"#, r#"{"spans":[5]}"#] {
        assert_eq!(read(text).rejects.len(), 1, "{text}");
    }
}

#[test]
fn what_stands_whole_before_a_break_is_kept() {
    let text = answer();
    let torn = &text[..text.find(",\"processes\"").unwrap() - 1];
    let seen = read(&format!("{torn},{{\"traceID\":\n{text}"));
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
}

#[test]
fn any_damage_is_survived() {
    let text = answer();
    for end in 0..text.len() {
        read(&text[..end]);
    }
    for at in 0..text.len() {
        for byte in [b'{', b'}', b'[', b']', b'"', b',', b'\\', b'0', 0xff] {
            let mut damaged = text.clone().into_bytes();
            damaged[at] = byte;
            parse(&Jaeger, "x", &damaged);
        }
    }
    for deep in [r#"{"data":"#, r#"{"spans":["#, r#"{"spanID":"#, "["] {
        read(&deep.repeat(5_000));
    }
}

/// How many spans a document has, counted without the reader.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) if members.contains_key("operationName") => 1,
        Value::Object(members) => ["data", "spans"]
            .iter()
            .filter_map(|key| members.get(*key))
            .map(count)
            .sum(),
        _ => 0,
    }
}

#[test]
fn the_samples_are_read_whole() {
    for (path, bytes) in samples("jaeger") {
        let otlp = bytes.windows(15).any(|part| part == b"\"resourceSpans\"");
        let likelihood = sniff(&Jaeger, &bytes);
        if otlp || path.ends_with("SOURCES.md") {
            assert_eq!(likelihood, NO, "{path}");
            continue;
        }
        let seen = parse(&Jaeger, &path, &bytes);
        if path.ends_with("trace_invalid_json.json") {
            // Only its duration is no number.
            assert_eq!((likelihood, seen.kept), (LIKELY, 1));
            continue;
        }
        assert_eq!(likelihood, CERTAIN, "{path}");
        let expected = count(&serde_json::from_slice(&bytes).unwrap()) as u64;
        assert_eq!((seen.kept, seen.rejects.len()), (expected, 0), "{path}");
        let whole = |row: &&crate::formats::testing::Row| row.contains_key("service_name");
        assert!(seen.of("span").iter().all(whole), "{path}");
        assert!(seen.times("span").iter().all(|time| !time.is_empty()));
    }
    for folder in [
        "otlp",
        "zipkin",
        "prometheus",
        "sniff-fixtures-rsigma",
        "azure-activity",
    ] {
        for (path, bytes) in samples(folder) {
            assert_eq!(sniff(&Jaeger, &bytes), NO, "{path}");
        }
    }
}

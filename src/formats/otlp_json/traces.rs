//! Spans, their events and their links, as JSON.

use std::borrow::Cow;

use serde::Deserializer;
use serde_json::value::RawValue;

use super::message::Source;
use crate::formats::read::Cursor;
use crate::formats::read::json::Outcome;
use crate::formats::read::otel::Context;
use crate::formats::read::otel::attributes::{Attributes, Object};
use crate::formats::read::otel::field;
use crate::formats::read::otel::genai::Told;
use crate::formats::read::otel::span::{
    EventAttributes, EventParts, KINDS, Link, STATUS_CODES, SpanAttributes, SpanParts,
};
use crate::formats::read::otel::value::{Value, Word};
use crate::model::runtime::Span;
use crate::model::{self, Sink, Stamp};

/// A span as it stands in the file.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SpanMessage<'a> {
    #[serde(alias = "trace_id", deserialize_with = "field::trace")]
    trace_id: Option<u128>,
    #[serde(alias = "span_id", deserialize_with = "field::span")]
    span_id: Option<u64>,
    #[serde(alias = "parent_span_id", deserialize_with = "field::span")]
    parent_span_id: Option<u64>,
    #[serde(borrow, deserialize_with = "field::text")]
    name: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "kind")]
    kind: Option<Word>,
    #[serde(alias = "start_time_unix_nano", deserialize_with = "field::time")]
    start_time_unix_nano: Option<i64>,
    #[serde(alias = "end_time_unix_nano", deserialize_with = "field::time")]
    end_time_unix_nano: Option<i64>,
    #[serde(borrow)]
    attributes: Attributes<SpanAttributes<'a>>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    links: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "field::message")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(deserialize_with = "status_code")]
    code: Option<Word>,
    #[serde(borrow, deserialize_with = "field::text")]
    message: Option<Cow<'a, str>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EventMessage<'a> {
    #[serde(alias = "time_unix_nano", deserialize_with = "field::time")]
    time_unix_nano: Option<i64>,
    #[serde(borrow, deserialize_with = "field::text")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: Attributes<EventAttributes<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct LinkMessage {
    #[serde(alias = "trace_id", deserialize_with = "field::trace")]
    trace_id: Option<u128>,
    #[serde(alias = "span_id", deserialize_with = "field::span")]
    span_id: Option<u64>,
    attributes: Attributes<Object>,
}

fn kind<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Word>, D::Error> {
    field::word(from, "SPAN_KIND_", KINDS)
}

fn status_code<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Word>, D::Error> {
    field::word(from, "STATUS_CODE_", STATUS_CODES)
}

impl<'a> SpanMessage<'a> {
    /// Pushes the span and its events.
    pub(super) fn push(
        self,
        at: model::Span,
        context: &Context<'_>,
        source: &Source<'a>,
        sink: &mut dyn Sink,
    ) -> Outcome {
        let start = self.start_time_unix_nano;
        let elapsed = start
            .zip(self.end_time_unix_nano)
            .and_then(|(start, end)| end.checked_sub(start));
        let parts = SpanParts {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_span_id: self.parent_span_id,
            name: self.name,
            kind: self.kind,
            duration_ns: elapsed,
            status_code: self.status.code,
            status_message: self.status.message,
            attributes: self.attributes.0,
            links: self.links.and_then(links),
        };
        let told = Told::of(&parts, context, self.end_time_unix_nano);
        let span = match parts.record(context) {
            Ok(span) => span,
            Err(why) => return Outcome::Rejected(why),
        };
        sink.record(Stamp::new(at, start), &span);
        if let Some(list) = self.events {
            events(source.part(list), &span, sink);
        }
        if let Some(told) = told {
            told.push(at, start, sink);
        }
        Outcome::Kept
    }
}

/// Pushes the events of `span`.
fn events<'a>(list: Source<'a>, span: &Span<'_>, sink: &mut dyn Sink) {
    let walked = Cursor::new(list.bytes).array(|cursor| {
        if let Some((event, at)) = list.element::<EventMessage<'a>>(cursor, sink)? {
            event.push(at, span, sink);
        }
        Ok(())
    });
    if let Err(stop) = walked {
        sink.read(1);
        sink.reject(list.cite(0, list.bytes.len()), &stop.why);
    }
}

impl EventMessage<'_> {
    fn push(self, at: model::Span, span: &Span<'_>, sink: &mut dyn Sink) {
        let parts = EventParts {
            name: self.name,
            attributes: self.attributes.0,
        };
        let event = parts.record(span);
        sink.record(Stamp::new(at, self.time_unix_nano), &event);
    }
}

/// The links as one value; as they stand where they cannot be read.
fn links(raw: &RawValue) -> Option<Value<'static>> {
    let Ok(links) = serde_json::from_str::<Vec<LinkMessage>>(raw.get()) else {
        return Some(Value::Json(raw.get().into()));
    };
    Link::list(links.into_iter().map(|link| Link {
        trace_id: link.trace_id,
        span_id: link.span_id,
        attributes: link.attributes.0,
    }))
}

#[cfg(test)]
mod tests {
    use crate::formats::otlp_json::{OtlpJson, cited};
    use crate::formats::testing::{Seen, parse};

    const IDS: &str = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174""#;

    fn message(span: &str) -> String {
        let scope = r#"{"name":"lib"}"#;
        format!(
            r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"scope":{scope},"spans":[ {span} ]}}]}}]}}"#
        )
    }

    fn read(members: &str) -> Seen {
        parse(
            &OtlpJson,
            "x",
            message(&format!("{{{IDS},{members}}}")).as_bytes(),
        )
    }

    /// Attributes, from `key=value` where digits are an integer.
    fn attributes(pairs: &[&str]) -> String {
        let list: Vec<String> = pairs
            .iter()
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap();
                let case = if value.bytes().all(|b| b.is_ascii_digit()) {
                    "intValue"
                } else {
                    "stringValue"
                };
                format!(r#"{{"key":"{key}","value":{{"{case}":"{value}"}}}}"#)
            })
            .collect();
        format!(r#""attributes":[{}]"#, list.join(","))
    }

    #[test]
    fn a_span_fills_its_columns_and_keeps_the_rest() {
        let attributes = attributes(&[
            "http.request.method=GET",
            "http.route=/cart/{id}",
            "http.status_code=503",
            "server.address=cart",
            "server.port=8080",
            "error.type=timeout",
            "cart.items=3",
        ]);
        let seen = read(&format!(
            r#""parentSpanId":"","name":"GET","kind":3,"startTimeUnixNano":"1700000000000000001",
            "endTimeUnixNano":1700000000000000900,"status":{{"code":2,"message":"late"}},{attributes},"flags":256"#
        ));
        let row = seen.of("span")[0];
        assert_eq!(row["trace_id"], "5b8efff798038103d269b633813fc60c");
        assert_eq!(
            (&*row["kind"], &*row["duration_ns"], &*row["status_code"]),
            ("client", "899", "error")
        );
        assert_eq!(
            (
                &*row["http_request_method"],
                &*row["http_response_status_code"]
            ),
            ("GET", "503")
        );
        assert_eq!(
            (&*row["server_address"], &*row["server_port"]),
            ("cart", "8080")
        );
        assert_eq!(
            (
                &*row["status_message"],
                &*row["error_type"],
                &*row["scope_name"]
            ),
            ("late", "timeout", "lib")
        );
        assert_eq!(row["attributes"], r#"{"cart.items":3}"#);
        assert!(!row.contains_key("parent_span_id"));
        assert_eq!(seen.times("span"), ["2023-11-14T22:13:20.000000001Z"]);
    }

    #[test]
    fn the_newer_name_wins_and_the_older_is_not_lost() {
        let seen = read(&attributes(&[
            "http.method=get",
            "http.request.method=GET",
            "db.system=mysql",
            "db.operation=SELECT",
        ]));
        let row = seen.of("span")[0];
        assert_eq!(
            (&*row["http_request_method"], &*row["db_system_name"]),
            ("GET", "mysql")
        );
        assert_eq!(row["db_operation_name"], "SELECT");
        assert_eq!(row["attributes"], r#"{"http.method":"get"}"#);
    }

    #[test]
    fn the_server_is_who_was_called() {
        let address = |kind: u8, pairs: &[&str]| {
            read(&format!(r#""kind":{kind},{}"#, attributes(pairs))).of("span")[0]
                .get("server_address")
                .cloned()
        };
        let peers = [
            "net.sock.peer.addr=10.0.0.9",
            "network.peer.address=10.0.0.8",
            "url.full=https://pay.example/x",
        ];
        assert_eq!(address(3, &peers).as_deref(), Some("10.0.0.8"));
        assert_eq!(address(3, &["net.peer.name=pay"]).as_deref(), Some("pay"));
        assert_eq!(
            address(3, &["http.url=http://pay.example:8443/x"]).as_deref(),
            Some("pay.example")
        );
        // On a server span the peer is the caller.
        assert_eq!(
            address(2, &["net.peer.name=caller", "net.host.name=me"]).as_deref(),
            Some("me")
        );
        assert_eq!(address(2, &["network.peer.address=10.0.0.8"]), None);
    }

    #[test]
    fn rpc_methods_are_qualified() {
        let method = |pairs: &[&str]| read(&attributes(pairs)).of("span")[0]["rpc_method"].clone();
        assert_eq!(
            method(&["rpc.method=Get", "rpc.service=shop.Cart"]),
            "shop.Cart/Get"
        );
        assert_eq!(method(&["rpc.method=shop.Cart/Get"]), "shop.Cart/Get");
    }

    #[test]
    fn dialects_read_alike() {
        let span = r#"{"trace_id":"W47/95gDgQPSabYzgT/GDA==","span_id":"7uGbfsPBsXQ=","parent_span_id":"AAAAAAAAAAE=",
            "name":"x","kind":"SPAN_KIND_SERVER","start_time_unix_nano":9007199254740993,"status":{},
            "attributes":{"plain":{"stringValue":"object"},"bare":7},"unknown":[1,{"x":null}]}"#;
        let seen = parse(&OtlpJson, "x", message(span).as_bytes());
        let row = seen.of("span")[0];
        assert_eq!(
            (&*row["trace_id"], &*row["span_id"]),
            ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174")
        );
        assert_eq!(
            (&*row["parent_span_id"], &*row["kind"]),
            ("0000000000000001", "server")
        );
        assert_eq!(
            (&*row["status_code"], &*row["attributes"]),
            ("unset", r#"{"plain":"object","bare":7}"#)
        );
        assert_eq!(seen.rows[0].1.ts_ns, Some(9_007_199_254_740_993));
    }

    #[test]
    fn fields_of_a_wrong_type_read_as_absent() {
        let seen = read(
            r#""name":{"x":1},"kind":"SPAN_KIND_ODD","status":"OK","attributes":5,"events":null,"links":[],"startTimeUnixNano":"18446744073709551615""#,
        );
        let row = seen.of("span")[0];
        assert_eq!(
            (
                seen.kept,
                row.contains_key("name"),
                row.contains_key("kind")
            ),
            (1, false, false)
        );
        assert_eq!(seen.rows[0].1.ts_ns, None);
    }

    #[test]
    fn a_span_without_ids_is_rejected_alone() {
        let text = message(&format!(
            r#"{{"traceId":"zzz","spanId":"xyz"}},null,{{{IDS}}}"#
        ));
        let seen = parse(&OtlpJson, "x", text.as_bytes());
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (3, 1, 2));
        let at = seen.rejects[0].0;
        assert_eq!(cited(&text, at), r#"{"traceId":"zzz","spanId":"xyz"}"#);
    }

    #[test]
    fn values_of_every_case_become_json() {
        let value = r#"{"kvlistValue":{"values":[{"key":"a\"b","value":{"arrayValue":{"values":[{"intValue":"9223372036854775807"},
            {"doubleValue":0.5},{"boolValue":true},{"bytesValue":"AAE="},{"doubleValue":"NaN"},{}]}}},{"key":"n","value":{"arrayValue":{}}}]}}"#;
        let seen = read(&format!(
            r#""attributes":[{{"value":{value},"key":"k"}},{{"key":"q","value":{{"stringValue":"a \"b\"\n"}}}}]"#
        ));
        let json = &seen.of("span")[0]["attributes"];
        assert_eq!(
            json,
            r#"{"k":{"a\"b":[9223372036854775807,0.5,true,"AAE=","NaN",null],"n":[]},"q":"a \"b\"\n"}"#
        );
        assert!(serde_json::from_str::<serde_json::Value>(json).is_ok());
    }

    #[test]
    fn events_and_links_stand_where_they_are_cited() {
        let event = r#"{"timeUnixNano":"1700000000000000500","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}},
            {"key":"exception.message","value":{"stringValue":"no"}},{"key":"retry","value":{"boolValue":false}}]}"#;
        let link = r#"{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","attributes":[{"key":"a","value":{"intValue":1}}]}"#;
        let text = message(&format!(
            r#"{{{IDS},"events":[ {event} , {{"name":"\ud800"}}],"links":[{link}]}}"#
        ));
        let seen = parse(&OtlpJson, "x", text.as_bytes());
        let row = seen.of("span_event")[0];
        assert_eq!(
            (&*row["exception_type"], &*row["exception_message"]),
            ("E", "no")
        );
        assert_eq!(
            (&*row["span_id"], &*row["attributes"]),
            ("eee19b7ec3c1b174", r#"{"retry":false}"#)
        );
        let at = seen.rows[1].1.span;
        assert_eq!(cited(&text, at), event);
        // The second event is broken, and counted on its own.
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (2, 1, 1));
        let links = r#"{"links":[{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","attributes":{"a":1}}]}"#;
        assert_eq!(seen.of("span")[0]["attributes"], links);
    }
}

//! Zipkin v2 spans as JSON: the answers of `/api/v2/trace/{id}` and `/api/v2/traces`, the download of
//! the user interface, and what reporters post (specification: `openzipkin/zipkin-api`,
//! `zipkin2-api.yaml`).
//!
//! One array is a trace, an array of arrays several. Trace ids are 64 or 128 bits long; times are
//! microseconds; every tag is text. The client's and the server's half of a call may share one span
//! id: both are kept, the second marked `zipkin.shared`. An error is the mere presence of the tag
//! `error`, whatever it says. Tags have the names of OpenTelemetry of any generation, or Zipkin's
//! own; a span fills the same columns as one from OTLP.
//!
//! What it is not: a reader of Zipkin v1, whose spans have no `localEndpoint`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::read::json::{Outcome, explain};
use super::read::otel::attributes::{Attributes, Collect, Pairs};
use super::read::otel::field;
use super::read::otel::resource::Resources;
use super::read::otel::span::{EventParts, KINDS, SpanAttributes, SpanParts};
use super::read::otel::value::{Value, Word};
use super::read::{Cursor, Element, Holders, elements, raw};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::runtime::Span;
use crate::model::{self, EvidenceClass, Sink, Stamp, time};

/// Zipkin v2 spans.
pub struct Zipkin;

impl Format for Zipkin {
    fn name(&self) -> &'static str {
        "zipkin"
    }

    fn about(&self) -> &'static str {
        "Zipkin v2 spans: `Download JSON` of a trace, `curl` of /api/v2/traces?serviceName=…"
    }

    fn unit(&self) -> &'static str {
        "span"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["resource", "span", "span_event"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`traceId` and `id` in hex, with `localEndpoint`, `kind` or `annotations`"
    }

    fn example(&self) -> &'static [u8] {
        br#"[{"traceId":"0af7651916cd43dd8448eb211c80319c","id":"b7ad6b7169203331","kind":"SERVER","name":"post /pay",
 "timestamp":1772546527000000,"duration":250000,"localEndpoint":{"serviceName":"checkout"}}]"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.share(|value| judge(value) == CERTAIN) >= 50 {
            CERTAIN
        } else if peek.share(|value| judge(value) > NO) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut resources = Resources::default();
        elements(
            chunk,
            &Holders::default(),
            sink,
            |element, sink| match element.read::<SpanMessage<'_>>() {
                Ok(span) => span.push(element, &mut resources, sink).into(),
                Err(why) => Outcome::Rejected(why),
            },
        );
    }
}

/// How likely a value is a span, or a list of them.
fn judge(value: &Json) -> Likelihood {
    if let Some(list) = value.as_array() {
        return list.first().map_or(NO, judge);
    }
    let is_hex = |key: &str, lengths: &[usize]| {
        value[key].as_str().is_some_and(|text| {
            lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
        })
    };
    if !is_hex("traceId", &[16, 32]) || !is_hex("id", &[16]) {
        return NO;
    }
    let signs = ["localEndpoint", "remoteEndpoint", "kind", "annotations"];
    let others = ["duration", "parentId", "tags", "timestamp"];
    let count = |keys: &[&str]| keys.iter().filter(|key| has(value, &[**key])).count();
    match (count(&signs), count(&others)) {
        (1.., _) if has(value, &["localEndpoint"]) => CERTAIN,
        (1.., 1..) | (_, 3..) => LIKELY,
        _ => NO,
    }
}

/// A span as it stands in the file.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SpanMessage<'a> {
    #[serde(deserialize_with = "field::trace")]
    trace_id: Option<u128>,
    #[serde(deserialize_with = "field::span")]
    id: Option<u64>,
    #[serde(deserialize_with = "field::span")]
    parent_id: Option<u64>,
    #[serde(deserialize_with = "kind")]
    kind: Option<Word>,
    #[serde(borrow, deserialize_with = "field::text")]
    name: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "field::int")]
    timestamp: Option<i64>,
    #[serde(deserialize_with = "field::int")]
    duration: Option<i64>,
    #[serde(borrow)]
    local_endpoint: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "field::message")]
    remote_endpoint: Endpoint<'a>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Attributes<Tags<'a>>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    shared: Value<'a>,
    #[serde(borrow, deserialize_with = "field::scalar")]
    debug: Value<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Endpoint<'a> {
    #[serde(borrow, deserialize_with = "field::text")]
    service_name: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "field::text")]
    ipv4: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "field::text")]
    ipv6: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "field::int")]
    port: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotation<'a> {
    #[serde(deserialize_with = "field::int")]
    timestamp: Option<i64>,
    #[serde(borrow, deserialize_with = "field::text")]
    value: Option<Cow<'a, str>>,
}

fn kind<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Word>, D::Error> {
    field::word(from, "", KINDS)
}

/// Tags, those that OTLP has fields for set aside.
#[derive(Default)]
struct Tags<'a> {
    attributes: SpanAttributes<'a>,
    error: Option<Cow<'a, str>>,
    status_code: Option<Word>,
    status_message: Option<Cow<'a, str>>,
    scope_name: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Collect<'de> for Tags<'a> {
    fn put(&mut self, key: Cow<'de, str>, value: Value<'de>) {
        match key.as_ref() {
            "error" => self.error = Some(value.into_text().unwrap_or_default()),
            "otel.status_code" => {
                self.status_code = value.word("", &["unset", "ok", "error"]);
            }
            "otel.status_description" => self.status_message = value.into_text(),
            "otel.scope.name" | "otel.library.name" => self.scope_name = value.into_text(),
            _ => self.attributes.put(key, value),
        }
    }
}

impl<'a> SpanMessage<'a> {
    /// Pushes the span that `element` holds, and its events.
    fn push(
        self,
        element: &Element<'a>,
        resources: &mut Resources<'a>,
        sink: &mut dyn Sink,
    ) -> Result<(), String> {
        let Attributes(tags) = self.tags;
        let mut attributes = tags.attributes;
        let local = self.local_endpoint.and_then(read_endpoint);
        local.unwrap_or_default().put(
            ["network.local.address", "network.local.port"],
            &mut attributes,
        );
        let mut remote = self.remote_endpoint;
        if let Some(name) = remote.service_name.take() {
            attributes.put("peer.service".into(), Value::Text(name));
        }
        remote.put(
            ["network.peer.address", "network.peer.port"],
            &mut attributes,
        );
        for (key, value) in [("zipkin.shared", self.shared), ("zipkin.debug", self.debug)] {
            if value == Value::Bool(true) {
                attributes.put(key.into(), value);
            }
        }
        let failed = tags.error.as_deref().is_some_and(|text| text != "false");
        let reason = tags
            .error
            .filter(|text| !matches!(text.as_ref(), "" | "true" | "false"));
        let emitter = self.local_endpoint.map(|endpoint| {
            let bytes = endpoint.get().as_bytes();
            let at = raw::place(element.bytes, element.span.offset, bytes);
            let emitter = resources.emitter(bytes, at, service, &mut *sink);
            emitter.unwrap_or_default()
        });
        let parts = SpanParts {
            trace_id: self.trace_id,
            span_id: self.id,
            parent_span_id: self.parent_id,
            name: self.name,
            kind: self.kind,
            duration_ns: self.duration.and_then(time::micros),
            status_code: tags.status_code.or(failed.then_some("error")),
            status_message: tags.status_message.or(reason),
            attributes,
            links: None,
        };
        let context = emitter
            .as_ref()
            .map(|emitter| emitter.context(None))
            .unwrap_or_default();
        let mut span = parts.record(&context)?;
        span.scope_name = tags.scope_name;
        let start = self.timestamp.filter(|micros| *micros != 0);
        sink.record(
            Stamp::new(element.span, start.and_then(time::micros)),
            &span,
        );
        if let Some(list) = self.annotations {
            let list = list.get().as_bytes();
            let place = raw::place(element.bytes, element.span.offset, list);
            events(list, place, &span, sink);
        }
        Ok(())
    }
}

impl<'a> Endpoint<'a> {
    /// Adds address and port under these names.
    fn put(self, [address, port]: [&'static str; 2], attributes: &mut SpanAttributes<'a>) {
        if let Some(text) = self.ipv4.or(self.ipv6) {
            attributes.put(address.into(), Value::Text(text));
        }
        if let Some(number) = self.port.filter(|port| *port != 0) {
            attributes.put(port.into(), Value::Int(number));
        }
    }
}

fn read_endpoint(raw: &RawValue) -> Option<Endpoint<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// The resource of an endpoint is its service alone: addresses differ between its instances' spans.
fn service(bytes: &[u8]) -> Result<Pairs<'_>, serde_json::Error> {
    let endpoint: Endpoint<'_> = serde_json::from_slice(bytes)?;
    let mut pairs = Pairs::default();
    if let Some(name) = endpoint.service_name {
        pairs.put("service.name".into(), Value::Text(name));
    }
    Ok(pairs)
}

/// Pushes the annotations of `span` that stand in `list`, which stands at `place`.
fn events<'a>(list: &'a [u8], place: model::Span, span: &Span<'_>, sink: &mut dyn Sink) {
    let walked = Cursor::new(list).array(|cursor| {
        let bytes = cursor.raw()?;
        let at = raw::place(list, place.offset, bytes);
        match serde_json::from_slice::<Annotation<'a>>(bytes) {
            Ok(annotation) => {
                let parts = EventParts {
                    name: annotation.value,
                    ..EventParts::default()
                };
                let ts_ns = annotation.timestamp.and_then(time::micros);
                sink.record(Stamp::new(at, ts_ns), &parts.record(span));
            }
            Err(error) => {
                sink.read(1);
                sink.reject(at, &explain(&error));
            }
        }
        Ok(())
    });
    if let Err(stop) = walked {
        sink.read(1);
        sink.reject(place, &stop.why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const SPAN: &str = r#"{"traceId":"4bf92f3577b34da6","id":"00f067aa0ba902b7","parentId":"000000000000000a","kind":"CLIENT","name":"get",
        "timestamp":1762178527000123,"duration":899,"localEndpoint":{"serviceName":"checkout","ipv4":"10.0.0.7","port":8080},
        "remoteEndpoint":{"serviceName":"pay","ipv4":"10.0.0.8","port":8443},"annotations":[{"timestamp":1762178527000500,"value":"retry"}],
        "tags":{"http.method":"GET","http.status_code":"503","error":"no answer","cart.items":"3"}}"#;

    fn read(text: &str) -> Seen {
        parse(&Zipkin, "x", text.as_bytes())
    }

    #[test]
    fn a_span_fills_the_columns_that_otlp_fills() {
        let text = format!("[ {SPAN} ]");
        let seen = read(&text);
        let row = seen.of("span")[0];
        let expected = [
            ("trace_id", "00000000000000004bf92f3577b34da6"),
            ("span_id", "00f067aa0ba902b7"),
            ("parent_span_id", "000000000000000a"),
            ("service_name", "checkout"),
            ("name", "get"),
            ("kind", "client"),
            ("duration_ns", "899000"),
            ("status_code", "error"),
            ("status_message", "no answer"),
            ("http_request_method", "GET"),
            ("http_response_status_code", "503"),
            ("server_address", "10.0.0.8"),
            ("server_port", "8443"),
        ];
        for (column, value) in expected {
            assert_eq!(row[column], value, "{column}");
        }
        assert_eq!(
            row["attributes"],
            r#"{"cart.items":"3","network.local.address":"10.0.0.7","network.local.port":8080,"network.peer.address":"10.0.0.8","network.peer.port":8443,"peer.service":"pay"}"#
        );
        assert_eq!(seen.times("span"), ["2025-11-03T14:02:07.000123000Z"]);
        assert_eq!(seen.of("span_event")[0]["name"], "retry");
        assert_eq!(seen.times("span_event"), ["2025-11-03T14:02:07.000500000Z"]);
        assert_eq!(
            seen.of("resource")[0]["attributes"],
            r#"{"service.name":"checkout"}"#
        );
        let cited = |table: &str| {
            let at = seen
                .rows
                .iter()
                .find(|(name, ..)| *name == table)
                .unwrap()
                .1
                .span;
            let start = usize::try_from(at.offset).unwrap();
            &text[start..start + usize::try_from(at.length).unwrap()]
        };
        assert_eq!(cited("span"), SPAN);
        assert_eq!(
            cited("span_event"),
            r#"{"timestamp":1762178527000500,"value":"retry"}"#
        );
        assert!(cited("resource").starts_with(r#"{"serviceName":"checkout""#));
    }

    #[test]
    fn both_halves_of_a_shared_span_are_kept() {
        let server = SPAN
            .replace("CLIENT", "SERVER")
            .replace(r#""tags""#, r#""shared":true,"tags""#);
        for text in [
            format!("[[{SPAN},{server}],[]]"),
            format!("[{SPAN},{server}]"),
            format!("{SPAN}\n{server}\n"),
        ] {
            let seen = read(&text);
            assert_eq!((seen.kept, seen.rejects.len()), (2, 0), "{text}");
            let rows = seen.of("span");
            assert_eq!(rows[0]["span_id"], rows[1]["span_id"]);
            assert!(rows[1]["attributes"].contains(r#""zipkin.shared":true"#));
            // Who calls a server is not whom the server calls.
            assert!(!rows[1].contains_key("server_address"));
            assert_eq!(sniff(&Zipkin, text.as_bytes()), CERTAIN);
        }
    }

    #[test]
    fn an_error_needs_no_words() {
        let status = |error: &str| {
            let seen = read(&SPAN.replace(r#""no answer""#, error));
            let row = seen.of("span")[0].clone();
            (
                row["status_code"].clone(),
                row.get("status_message").cloned(),
            )
        };
        for silent in [r#""""#, r#""true""#] {
            assert_eq!(status(silent), ("error".to_owned(), None));
        }
        assert_eq!(status(r#""false""#), ("unset".to_owned(), None));
    }

    #[test]
    fn a_wrong_field_costs_that_field() {
        let seen = read(
            r#"[{"traceId":"4bf92f3577b34da6","id":"00f067aa0ba902b7","kind":7,"timestamp":"soon","duration":[],"localEndpoint":5,
            "remoteEndpoint":null,"annotations":{"a":1},"tags":[1]},{"traceId":"x","id":"y"},5]"#,
        );
        // The span is kept; its annotations, the second span and the number are broken.
        assert_eq!((seen.kept, seen.rejects.len()), (1, 3));
        assert!(!seen.of("span")[0].contains_key("kind"));
    }

    #[test]
    fn any_damage_is_survived() {
        let text = format!("[[{SPAN}],[{SPAN}]]");
        for end in 0..text.len() {
            read(&text[..end]);
        }
        for at in 0..text.len() {
            for byte in [b'{', b'}', b'[', b']', b'"', b',', b'\\', b'0', 0xff] {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = byte;
                parse(&Zipkin, "x", &damaged);
            }
        }
    }

    #[test]
    fn the_samples_are_read_whole() {
        for (path, bytes) in samples("zipkin") {
            if path.ends_with("SOURCES.md") {
                continue;
            }
            assert_eq!(sniff(&Zipkin, &bytes), CERTAIN, "{path}");
            let expected: Vec<Json> = serde_json::from_slice(&bytes).unwrap();
            let seen = parse(&Zipkin, &path, &bytes);
            assert_eq!(
                (seen.kept, seen.rejects.len()),
                (expected.len() as u64, 0),
                "{path}"
            );
        }
        for folder in [
            "otlp",
            "jaeger",
            "hubble",
            "app-logs",
            "sniff-fixtures-rsigma",
        ] {
            for (path, bytes) in samples(folder) {
                assert_eq!(sniff(&Zipkin, &bytes), NO, "{path}");
            }
        }
    }
}

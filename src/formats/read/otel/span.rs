//! Spans, their events and their links.
//!
//! Real traces mix generations of the semantic conventions within one span (`http.status_code`
//! beside `server.address`), so a column takes the newest name that is there. Jaeger and Zipkin also
//! hand out the names of OpenTracing (`peer.hostname`), which come last.

use std::borrow::Cow;

use super::Context;
use super::attributes::{Object, Sorted};
use super::keys::keys;
use super::value::{Value, Word};
use crate::model::runtime::{Span, SpanEvent};

keys! {
    /// Attributes of a span that fill columns.
    SpanKey {
        ErrorType "error.type",
        Method "http.request.method",
        OldMethod "http.method",
        Route "http.route",
        Status "http.response.status_code",
        OldStatus "http.status_code",
        Address "server.address",
        OldPeer "net.peer.name",
        OldHost "net.host.name",
        PeerAddress "network.peer.address",
        OldPeerAddress "net.sock.peer.addr",
        OlderPeerAddress "net.peer.ip",
        Url "url.full",
        OldUrl "http.url",
        Port "server.port",
        OldPeerPort "net.peer.port",
        OldHostPort "net.host.port",
        PeerPort "network.peer.port",
        OldSocketPort "net.sock.peer.port",
        TracingPeer "peer.hostname",
        TracingPort "peer.port",
        PeerService "peer.service" | "service.peer.name",
        DbSystem "db.system.name",
        OldDbSystem "db.system",
        TracingDbSystem "db.type",
        DbOperation "db.operation.name",
        OldDbOperation "db.operation",
        RpcService "rpc.service",
        RpcMethod "rpc.method",
        Operation "gen_ai.operation.name",
        Conversation "gen_ai.conversation.id",
        AgentName "gen_ai.agent.name",
        AgentVersion "gen_ai.agent.version",
        RequestModel "gen_ai.request.model",
        ResponseModel "gen_ai.response.model",
        ResponseId "gen_ai.response.id",
        InputTokens "gen_ai.usage.input_tokens",
        PromptTokens "gen_ai.usage.prompt_tokens",
        OutputTokens "gen_ai.usage.output_tokens",
        CompletionTokens "gen_ai.usage.completion_tokens",
        InputMessages "gen_ai.input.messages",
        OutputMessages "gen_ai.output.messages",
        ToolName "gen_ai.tool.name",
        ToolCallId "gen_ai.tool.call.id",
        ToolArguments "gen_ai.tool.call.arguments",
        ToolResult "gen_ai.tool.call.result",
    }
}

keys! {
    /// Attributes of an event that fill columns.
    EventKey {
        Type "exception.type",
        Message "exception.message",
        Stacktrace "exception.stacktrace",
    }
}

/// A span's attributes, those that fill columns set aside.
pub type SpanAttributes<'a> = Sorted<'a, SpanKey>;
/// An event's attributes, those that fill columns set aside.
pub type EventAttributes<'a> = Sorted<'a, EventKey>;

/// The kinds of a span, by their number in OTLP.
pub const KINDS: &[Word] = &["", "internal", "server", "client", "producer", "consumer"];
/// The codes of a status, by their number in OTLP.
pub const STATUS_CODES: &[Word] = &["unset", "ok", "error"];

/// A span as its format tells it.
#[derive(Default)]
pub struct SpanParts<'a> {
    pub trace_id: Option<u128>,
    pub span_id: Option<u64>,
    pub parent_span_id: Option<u64>,
    pub name: Option<Cow<'a, str>>,
    pub kind: Option<Word>,
    pub duration_ns: Option<i64>,
    pub status_code: Option<Word>,
    pub status_message: Option<Cow<'a, str>>,
    pub attributes: SpanAttributes<'a>,
    /// Links to other spans, as JSON; see [`Link`].
    pub links: Option<Value<'a>>,
}

impl<'a> SpanParts<'a> {
    /// The record.
    ///
    /// # Errors
    /// It has no trace id or no span id.
    pub fn record(self, context: &Context<'a>) -> Result<Span<'a>, String> {
        let (Some(trace_id), Some(span_id)) = (self.trace_id, self.span_id) else {
            return Err("the span has no readable trace id and span id".to_owned());
        };
        let mut attributes = self.attributes;
        let (server_address, server_port) = server(&mut attributes, self.kind);
        Ok(Span {
            trace_id: Some(trace_id),
            span_id: Some(span_id),
            parent_span_id: self.parent_span_id,
            resource_id: context.resource_id,
            service_name: context.service_name.map(Cow::Borrowed),
            scope_name: context.scope_name.map(Cow::Borrowed),
            name: self.name,
            kind: self.kind.map(Cow::Borrowed),
            duration_ns: self.duration_ns.filter(|ns| *ns >= 0),
            status_code: Some(self.status_code.unwrap_or("unset").into()),
            status_message: self.status_message,
            error_type: attributes.take_text(&[SpanKey::ErrorType]),
            http_request_method: attributes.take_text(&[SpanKey::Method, SpanKey::OldMethod]),
            http_route: attributes.take_text(&[SpanKey::Route]),
            http_response_status_code: attributes.take_int(&[SpanKey::Status, SpanKey::OldStatus]),
            server_address,
            server_port,
            db_system_name: attributes.take_text(&[
                SpanKey::DbSystem,
                SpanKey::OldDbSystem,
                SpanKey::TracingDbSystem,
            ]),
            db_operation_name: attributes
                .take_text(&[SpanKey::DbOperation, SpanKey::OldDbOperation]),
            rpc_method: rpc_method(&mut attributes),
            attributes: attributes
                .rest(self.links.map(|links| ("links", links)))
                .map(Cow::Owned),
            ..Span::default()
        })
    }
}

/// An event of a span as its format tells it.
#[derive(Default)]
pub struct EventParts<'a> {
    pub name: Option<Cow<'a, str>>,
    pub attributes: EventAttributes<'a>,
}

impl<'a> EventParts<'a> {
    /// The record, `span` being the one that it happened in.
    pub fn record(self, span: &Span<'_>) -> SpanEvent<'a> {
        let mut attributes = self.attributes;
        SpanEvent {
            trace_id: span.trace_id,
            span_id: span.span_id,
            name: self.name,
            exception_type: attributes.take_text(&[EventKey::Type]),
            exception_message: attributes.take_text(&[EventKey::Message]),
            exception_stacktrace: attributes.take_text(&[EventKey::Stacktrace]),
            attributes: attributes.rest(None).map(Cow::Owned),
            ..SpanEvent::default()
        }
    }
}

/// A link to another span.
#[derive(Default)]
pub struct Link {
    pub trace_id: Option<u128>,
    pub span_id: Option<u64>,
    pub attributes: Object,
}

impl Link {
    /// `{trace_id, span_id, attributes}`.
    pub fn into_value(self) -> Value<'static> {
        let mut link = Object::default();
        if let Some(trace_id) = self.trace_id {
            link.put(
                &"trace_id".into(),
                &Value::Text(format!("{trace_id:032x}").into()),
            );
        }
        if let Some(span_id) = self.span_id {
            link.put(
                &"span_id".into(),
                &Value::Text(format!("{span_id:016x}").into()),
            );
        }
        if let Some(attributes) = self.attributes.finish() {
            link.put(&"attributes".into(), &Value::Json(attributes.into()));
        }
        Value::Json(link.finish().unwrap_or_else(|| "{}".to_owned()).into())
    }

    /// All links of a span as one value; nothing where there are none.
    pub fn list(links: impl Iterator<Item = Self>) -> Option<Value<'static>> {
        let links: Vec<Value<'_>> = links.map(Self::into_value).collect();
        (!links.is_empty()).then(|| Value::Json(Value::list(&links).into()))
    }
}

/// Who was called, and on which port. On a server span the old `net.peer.*` name the caller, so
/// there only the host's own name counts.
fn server<'a>(
    attributes: &mut SpanAttributes<'a>,
    kind: Option<&str>,
) -> (Option<Cow<'a, str>>, Option<i64>) {
    use SpanKey as Key;
    let serves = kind == Some("server");
    let (names, ports): (&[Key], &[Key]) = if serves {
        (
            &[Key::Address, Key::OldHost],
            &[Key::Port, Key::OldHostPort],
        )
    } else {
        (
            &[Key::Address, Key::OldPeer],
            &[Key::Port, Key::OldPeerPort],
        )
    };
    let peers = [Key::PeerAddress, Key::OldPeerAddress, Key::OlderPeerAddress];
    let own = attributes.take_text(names);
    let told = |keys: &[Key]| attributes.text(keys).filter(|_| !serves).cloned();
    let url = || attributes.text(&[Key::Url, Key::OldUrl]).and_then(host);
    let address = own
        .or_else(|| told(&[Key::TracingPeer]))
        .or_else(|| told(&peers))
        .or_else(url)
        .or_else(|| told(&[Key::PeerService]));
    let port = attributes.take_int(ports).or_else(|| {
        attributes
            .int(&[Key::PeerPort, Key::OldSocketPort, Key::TracingPort])
            .filter(|_| !serves)
    });
    (address, port)
}

/// The host of a URL.
fn host<'a>(url: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    match url {
        Cow::Borrowed(url) => host_of(url).map(Cow::Borrowed),
        Cow::Owned(url) => host_of(url).map(|host| host.to_owned().into()),
    }
}

fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// `service/method`. Newer conventions write both into `rpc.method` already.
fn rpc_method<'a>(attributes: &mut SpanAttributes<'a>) -> Option<Cow<'a, str>> {
    let method = attributes.take_text(&[SpanKey::RpcMethod])?;
    if method.contains('/') {
        return Some(method);
    }
    match attributes.take_text(&[SpanKey::RpcService]) {
        Some(service) => Some(format!("{service}/{method}").into()),
        None => Some(method),
    }
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn a_host_is_found_in_any_url() {
        assert_eq!(
            host_of("https://user:pw@[2001:db8::1]:443/x?y"),
            Some("2001:db8::1")
        );
        assert_eq!(host_of("/cart"), None);
    }
}

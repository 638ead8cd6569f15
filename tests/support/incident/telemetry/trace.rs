//! A trace being written: spans get ids and parents, log records get their context.

use serde_json::{Value, json};

use super::super::clock::{Ns, at};
use super::super::fleet::Pod;
use super::super::rng::Rng;
use super::super::story::CLOSE_LOOK;
use super::super::traffic::Request;

/// A span.
pub struct Span {
    /// Pod that emitted it.
    pub pod: usize,
    /// Trace.
    pub trace: String,
    /// Id.
    pub id: String,
    /// Parent.
    pub parent: Option<String>,
    /// Name.
    pub name: String,
    /// OTLP's number of the span kind.
    pub kind: u8,
    /// Start.
    pub start: Ns,
    /// End.
    pub end: Ns,
    /// Attributes.
    pub attributes: Vec<(&'static str, Value)>,
    /// True where its status is an error.
    pub error: bool,
    /// Exception type and message.
    pub exception: Option<(&'static str, String)>,
}

/// A log record.
pub struct Record {
    /// Pod that emitted it.
    pub pod: usize,
    /// When.
    pub time: Ns,
    /// Level.
    pub severity: &'static str,
    /// Message.
    pub body: String,
    /// Trace and span.
    pub context: Option<(String, String)>,
}

/// OTLP's number of server spans.
pub const SERVER: u8 = 2;
/// OTLP's number of client spans.
pub const CLIENT: u8 = 3;
/// OTLP's number of internal spans.
pub const INTERNAL: u8 = 1;

/// Id of a request's trace. Consistent sampling keeps the traces whose last 56 bits reach the
/// threshold that their `tracestate` names.
pub fn trace_id(request: &Request) -> String {
    let mut rng = Rng::named(&format!("trace {}", request.number));
    let (threshold, free) = if request.time < at(CLOSE_LOOK) {
        ("ff", 12)
    } else {
        ("f", 13)
    };
    format!("{}{threshold}{}", rng.hex(18), rng.hex(free))
}

/// A trace being written.
pub struct Trace<'a> {
    /// What it is the trace of.
    pub request: &'a Request,
    /// All pods.
    pub pods: &'a [Pod],
    /// Decides what only telemetry shows.
    pub rng: Rng,
    /// Trace id.
    pub id: String,
    /// Spans so far.
    pub spans: Vec<Span>,
    /// Log records so far.
    pub records: Vec<Record>,
}

/// What a span is like, before it has ids.
pub struct Shape<'a> {
    /// Pod that emits it.
    pub pod: usize,
    /// Parent span.
    pub parent: Option<&'a str>,
    /// Name.
    pub name: &'a str,
    /// OTLP's number of the span kind.
    pub kind: u8,
    /// Start.
    pub start: Ns,
    /// Duration.
    pub took: Ns,
    /// Attributes.
    pub attributes: Vec<(&'static str, Value)>,
}

impl<'a> Trace<'a> {
    /// An empty trace.
    pub fn new(request: &'a Request, pods: &'a [Pod]) -> Self {
        let rng = Rng::named(&format!("spans {}", request.number));
        Self {
            request,
            pods,
            rng,
            id: trace_id(request),
            spans: Vec::new(),
            records: Vec::new(),
        }
    }

    /// Adds a span and gives its id.
    pub fn add(&mut self, shape: Shape<'_>) -> String {
        let id = self.rng.hex(16);
        self.spans.push(Span {
            pod: shape.pod,
            trace: self.id.clone(),
            id: id.clone(),
            parent: shape.parent.map(str::to_owned),
            name: shape.name.to_owned(),
            kind: shape.kind,
            start: shape.start,
            end: shape.start + shape.took,
            attributes: shape.attributes,
            error: false,
            exception: None,
        });
        id
    }

    /// Marks the span added last.
    pub fn fail(&mut self, error: &'static str, message: Option<String>) {
        if let Some(span) = self.spans.last_mut() {
            span.error = true;
            span.attributes.push(("error.type", json!(error)));
            span.exception = message.map(|message| (error, message));
        }
    }

    /// Adds a log record said in a span.
    pub fn log(&mut self, pod: usize, time: Ns, severity: &'static str, span: &str, body: String) {
        let context = Some((self.id.clone(), span.to_owned()));
        self.records.push(Record {
            pod,
            time,
            severity,
            body,
            context,
        });
    }

    /// Number of the order.
    pub fn order(&self) -> usize {
        8_400_000 + self.request.number * 3
    }

    /// A call to a database, by the backend.
    pub fn database(
        &mut self,
        parent: &str,
        name: &str,
        operation: &str,
        (system, host, port): (&str, &str, i64),
        start: Ns,
        took: Ns,
    ) {
        let attributes = vec![
            ("db.system.name", json!(system)),
            ("db.operation.name", json!(operation)),
            ("server.address", json!(host)),
            ("server.port", json!(port)),
        ];
        self.add(Shape {
            pod: self.request.backend,
            parent: Some(parent),
            name,
            kind: CLIENT,
            start,
            took,
            attributes,
        });
    }

    /// A call to another company.
    pub fn outbound(
        &mut self,
        pod: usize,
        parent: &str,
        method: &str,
        (host, port): (&str, i64),
        (start, took): (Ns, Ns),
    ) {
        let attributes = vec![
            ("http.request.method", json!(method)),
            ("server.address", json!(host)),
            ("server.port", json!(port)),
        ];
        self.add(Shape {
            pod,
            parent: Some(parent),
            name: method,
            kind: CLIENT,
            start,
            took,
            attributes,
        });
    }
}

/// What an HTTP server says of a request.
pub fn http(method: &str, route: &str, status: u16) -> Vec<(&'static str, Value)> {
    vec![
        ("http.request.method", json!(method)),
        ("http.route", json!(route)),
        ("http.response.status_code", json!(status)),
    ]
}

//! OpenTelemetry's vocabulary: attributes, resources, spans, log records and metrics.
//!
//! OTLP comes as JSON and as Protocol Buffers; Jaeger and Zipkin hand out the same spans under other
//! names, mostly exported by the same libraries. What they say must land in the same columns, with
//! both generations of a renamed attribute coalesced, or one trace exported twice would look like
//! two services. So each format only takes its bytes apart, and the parts here become records.
//!
//! What it is not: a reader of any of these formats.

pub mod attributes;
pub mod field;
pub mod genai;
pub mod keys;
pub mod log;
pub mod metric;
pub mod resource;
pub mod span;
pub mod value;

/// What OTLP fills, whichever way it is written. Spans of AI agents are turns of their sessions too.
pub const TABLES: &[&str] = &[
    "resource",
    "span",
    "span_event",
    "log",
    "metric_series",
    "metric_point",
    "session",
    "turn",
];

/// What a unit needs to know of the lists that it stands in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'c> {
    /// The resource, where there is one.
    pub resource_id: Option<u64>,
    /// Its `service.name`.
    pub service_name: Option<&'c str>,
    /// The instrumentation scope.
    pub scope_name: Option<&'c str>,
}

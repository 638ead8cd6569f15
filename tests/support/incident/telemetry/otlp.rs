//! OTLP's JSON. Each service has its own habits, as services do: catalog writes ids in capitals,
//! payments names its image by manifest digest, web has older attribute names and no digest at all.

use serde_json::{Map, Value, json};

use super::super::clock::{Ns, at};
use super::super::fleet::Pod;
use super::super::story::{CLOSE_LOOK, REPOSITORY, SERVICES};
use super::super::world::image_name;
use super::trace::{Record, Span};

/// Key and value, as OTLP writes them.
pub fn attribute(key: &str, value: &Value) -> Value {
    let value = match value {
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::Array(values) => {
            let values: Vec<Value> = values
                .iter()
                .map(|value| json!({"stringValue": value}))
                .collect();
            json!({"arrayValue": {"values": values}})
        }
        other => json!({"stringValue": other}),
    };
    json!({"key": key, "value": value})
}

/// A pod's resource attributes.
pub fn resource(pod: &Pod) -> Vec<Value> {
    let service = pod.service;
    let image = image_name(service);
    let pinned = json!([format!("{image}@{}", pod.digest)]);
    let environment = if service == "web" {
        "deployment.environment"
    } else {
        "deployment.environment.name"
    };
    let criticality = SERVICES
        .iter()
        .find(|known| known.name == service)
        .map(|known| known.criticality);
    let mut attributes = vec![
        ("service.name", json!(service)),
        ("service.namespace", json!("shop")),
        ("service.version", json!(pod.version)),
        ("service.instance.id", json!(pod.uid)),
        ("service.criticality", json!(criticality)),
        (environment, json!("production")),
        ("k8s.cluster.name", json!("prod-1")),
        ("k8s.namespace.name", json!("shop")),
        ("k8s.deployment.name", json!(service)),
        ("k8s.pod.name", json!(pod.name)),
        ("k8s.pod.uid", json!(pod.uid)),
        ("k8s.node.name", json!(pod.node)),
        ("container.image.name", json!(image)),
    ];
    match service {
        "payments" => attributes.push(("oci.manifest.digest", json!(pod.digest))),
        "web" => attributes.push(("container.image.tags", json!([pod.version]))),
        _ => attributes.push(("container.image.repo_digests", pinned)),
    }
    if matches!(service, "checkout" | "payments") {
        attributes.push((
            "vcs.repository.url.full",
            json!(format!("https://github.com/{REPOSITORY}")),
        ));
        attributes.push(("vcs.ref.head.revision", json!(pod.sha)));
    }
    attributes
        .iter()
        .map(|(key, value)| attribute(key, value))
        .collect()
}

/// The instrumentation.
pub fn scope(pod: &Pod) -> Value {
    match pod.service {
        "web" => json!({"name": "@opentelemetry/instrumentation-http", "version": "0.57.1"}),
        _ => json!({"name": "shop-telemetry", "version": "1.12.0"}),
    }
}

/// Ids as the pod's service writes them.
fn id(pod: &Pod, id: &str) -> String {
    if pod.service == "catalog" {
        id.to_uppercase()
    } else {
        id.to_owned()
    }
}

/// A span.
pub fn span(span: &Span, pod: &Pod) -> Value {
    let mut value = Map::new();
    value.insert("traceId".into(), json!(id(pod, &span.trace)));
    value.insert("spanId".into(), json!(id(pod, &span.id)));
    if let Some(parent) = &span.parent {
        value.insert("parentSpanId".into(), json!(id(pod, parent)));
    }
    value.insert("traceState".into(), json!(threshold(span.start)));
    value.insert("name".into(), json!(span.name));
    value.insert("kind".into(), json!(span.kind));
    value.insert("startTimeUnixNano".into(), json!(span.start.to_string()));
    value.insert("endTimeUnixNano".into(), json!(span.end.to_string()));
    let attributes: Vec<Value> = span
        .attributes
        .iter()
        .map(|(key, value)| attribute(key, value))
        .collect();
    value.insert("attributes".into(), json!(attributes));
    if let Some((kind, message)) = &span.exception {
        value.insert("events".into(), json!([exception(span.end, kind, message)]));
    }
    let status = if span.error {
        json!({"code": 2})
    } else {
        json!({})
    };
    value.insert("status".into(), status);
    Value::Object(value)
}

fn exception(time: Ns, kind: &str, message: &str) -> Value {
    let stack = match kind {
        "LegacyGatewayTimeout" => {
            "checkout::payment::fallback::LegacyGateway::charge\n  at src/payment/fallback.rs:48\ncheckout::payment::client::PaymentClient::authorize\n  at src/payment/client.rs:41\ncheckout::routes::checkout"
        }
        _ => {
            "checkout::payment::client::PaymentClient::send\n  at src/payment/client.rs:58\ncheckout::routes::checkout"
        }
    };
    let attributes = [
        ("exception.type", kind),
        ("exception.message", message),
        ("exception.stacktrace", stack),
    ];
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|(key, value)| attribute(key, &json!(value)))
        .collect();
    json!({"name": "exception", "timeUnixNano": time.to_string(), "attributes": attributes})
}

/// The sampling threshold: 255 of 256 traces are dropped at `ff`, seven of eight at `e`.
fn threshold(time: Ns) -> &'static str {
    if time < at(CLOSE_LOOK) {
        "ot=th:ff"
    } else {
        "ot=th:e"
    }
}

/// A log record.
pub fn record(record: &Record, pod: &Pod) -> Value {
    let number = match record.severity {
        "DEBUG" => 5,
        "WARN" => 13,
        "ERROR" => 17,
        _ => 9,
    };
    let mut value = Map::new();
    value.insert("timeUnixNano".into(), json!(record.time.to_string()));
    value.insert(
        "observedTimeUnixNano".into(),
        json!((record.time + 1_204_331).to_string()),
    );
    value.insert("severityNumber".into(), json!(number));
    value.insert("severityText".into(), json!(record.severity));
    value.insert("body".into(), json!({"stringValue": record.body}));
    if let Some((trace, span)) = &record.context {
        value.insert("traceId".into(), json!(id(pod, trace)));
        value.insert("spanId".into(), json!(id(pod, span)));
    }
    Value::Object(value)
}

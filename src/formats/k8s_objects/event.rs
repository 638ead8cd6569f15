//! Events: what kubelet, scheduler and controllers said about an object. One record stands for all
//! repetitions, and a cluster forgets it after an hour.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::object::{Object, path};
use crate::formats::read::bounded;
use crate::formats::read::field::{cell, text};
use crate::formats::read::json::Outcome;
use crate::formats::read::log::severity::{INFO, WARN};
use crate::model::runtime::Log;
use crate::model::{Sink, Stamp, id};

/// The last time that the event was seen, in the spelling of both API versions.
const TIMES: [&str; 6] = [
    "/series/lastObservedTime",
    "/lastTimestamp",
    "/deprecatedLastTimestamp",
    "/eventTime",
    "/firstTimestamp",
    "/metadata/creationTimestamp",
];

/// Pushes the event as a log record about the object that it regards.
pub(super) fn record(event: &Object<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(about) = event
        .value
        .get("involvedObject")
        .or_else(|| event.value.get("regarding"))
    else {
        return Outcome::Rejected("an event that regards no object".into());
    };
    let (kind, name) = (
        text(about, "/kind").unwrap_or_default(),
        text(about, "/name"),
    );
    let message = event.text("/message").or(event.text("/note"));
    let body: Vec<&str> = event.text("/reason").into_iter().chain(message).collect();
    let severity = event.text("/type");
    let log = Log {
        service_name: name.and_then(|name| workload(kind, name)).map(Cow::from),
        severity_number: Some(if severity == Some("Warning") {
            WARN
        } else {
            INFO
        }),
        severity_text: severity.map(Cow::from),
        event_name: event.cell("/reason"),
        body: Some(bounded(&body.join(": ")).to_owned().into()),
        k8s_pod_name: cell(about, "/name").filter(|_| kind == "Pod"),
        scope_name: event
            .cell("/source/component")
            .or_else(|| event.cell("/reportingController")),
        attributes: Some(attributes(event, about, kind, name).into()),
        ..Default::default()
    };
    let ts_ns = TIMES.iter().find_map(|pointer| event.time(pointer));
    sink.record(Stamp::new(event.span, ts_ns), &log);
    Outcome::Kept
}

/// The workload that an event about `name` concerns.
fn workload<'v>(kind: &str, name: &'v str) -> Option<&'v str> {
    match kind {
        "Pod" => id::workload(name),
        "ReplicaSet" => name.rsplit_once('-').map(|(deployment, _)| deployment),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "CronJob"
        | "HorizontalPodAutoscaler" => Some(name),
        _ => None,
    }
}

fn attributes(event: &Object<'_>, about: &Value, kind: &str, name: Option<&str>) -> String {
    let namespace = text(about, "/namespace");
    let count = event
        .value
        .get("count")
        .or_else(|| event.value.pointer("/series/count"));
    let mut attributes = json!({
        "object": path(kind, namespace, name.unwrap_or_default()),
        "uid": text(about, "/uid"),
        "k8s.namespace.name": namespace,
        "k8s.node.name": event.text("/source/host").or(event.text("/reportingInstance")),
        "count": count.or_else(|| event.value.get("deprecatedCount")),
        "first": event.text("/firstTimestamp").or(event.text("/eventTime")),
    });
    if let Some(members) = attributes.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    attributes.to_string()
}

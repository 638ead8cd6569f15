//! Pods: one `instance` per container, as the kubelet reported it when the export was made.

use std::borrow::Cow;

use serde_json::Value;

use super::object::{Object, path};
use crate::formats::read::field::{cell, list, text};
use crate::formats::read::json::Outcome;
use crate::model::delivery::Instance;
use crate::model::{Sink, Stamp, id, time};

/// Containers of the specification and what the status says of each, by kind of container.
const CONTAINERS: [(&str, &str); 3] = [
    ("/spec/containers", "/status/containerStatuses"),
    ("/spec/initContainers", "/status/initContainerStatuses"),
    (
        "/spec/ephemeralContainers",
        "/status/ephemeralContainerStatuses",
    ),
];

/// Pushes the pod's containers. One that no status mentions yet (the pod waits for a node) is known
/// from the specification alone; one that only the status mentions counts too.
pub(super) fn record(pod: &Object<'_>, sink: &mut dyn Sink) -> Outcome {
    for (specified, reported) in CONTAINERS {
        let specified = list(pod.value, specified);
        let reported = list(pod.value, reported);
        for container in specified {
            let status = named(reported, container).unwrap_or(&Value::Null);
            push(pod, container, status, sink);
        }
        let unspecified = reported
            .iter()
            .filter(|status| named(specified, status).is_none());
        for status in unspecified {
            push(pod, &Value::Null, status, sink);
        }
    }
    Outcome::Kept
}

fn push(pod: &Object<'_>, container: &Value, status: &Value, sink: &mut dyn Sink) {
    let (state, times) = state(status);
    let instant = |pointer| text(times, pointer).and_then(time::parse);
    let started_ns = instant("/startedAt");
    let image = cell(container, "/image").or_else(|| cell(status, "/image"));
    let ran = text(status, "/imageID").and_then(id::digest);
    let instance = Instance {
        namespace: pod.cell("/metadata/namespace"),
        name: pod.cell("/metadata/name"),
        uid: pod.cell("/metadata/uid"),
        container: cell(container, "/name").or_else(|| cell(status, "/name")),
        container_id: text(status, "/containerID").map(|id| id::container(id).into()),
        service: service(pod).map(Cow::from),
        environment: pod.environment(None),
        version: pod.version(None).map(Cow::from),
        digest: ran
            .or_else(|| image.as_deref().and_then(id::digest))
            .map(Cow::from),
        image,
        owner: pod
            .owner()
            .map(|(kind, name)| path(kind, None, name).into()),
        service_account: service_account(pod).map(Cow::from),
        node: pod.cell("/spec/nodeName"),
        ip: pod.cell("/status/podIP"),
        state: state.map(Cow::from).or_else(|| {
            pod.text("/status/phase")
                .map(|phase| phase.to_lowercase().into())
        }),
        started_ns,
        ended_ns: instant("/finishedAt"),
        restarts: status.get("restartCount").and_then(Value::as_i64),
        ..Default::default()
    };
    let ts_ns = started_ns
        .or_else(|| pod.time("/status/startTime"))
        .or_else(|| pod.created());
    sink.record(Stamp::new(pod.span, ts_ns), &instance);
}

/// The state's name, and where its times stand: a container that waits to be restarted tells when
/// it last ran.
fn state(status: &Value) -> (Option<&'static str>, &Value) {
    let entered = |state: &str| {
        status
            .get("state")?
            .get(state)
            .filter(|entered| entered.is_object())
    };
    let names = ["running", "terminated", "waiting"];
    let state = names.into_iter().find(|name| entered(name).is_some());
    let times = match state {
        Some("waiting") => status.pointer("/lastState/terminated"),
        state => state.and_then(entered),
    };
    (state, times.unwrap_or(&Value::Null))
}

/// The service: from the labels, else the workload that owns the pod, else the pod's name.
fn service<'v>(pod: &Object<'v>) -> Option<&'v str> {
    let of_owner = |(kind, name): (&str, &'v str)| match kind {
        "ReplicaSet" => name.rsplit_once('-').map(|(deployment, _)| deployment),
        // The node owns a static pod.
        "Node" => None,
        _ => Some(name),
    };
    pod.service()
        .or_else(|| pod.owner().and_then(of_owner))
        .or_else(|| id::workload(pod.name()))
}

/// `namespace/name`, as every table writes a service account.
fn service_account(pod: &Object<'_>) -> Option<String> {
    let name = pod
        .text("/spec/serviceAccountName")
        .or_else(|| pod.text("/spec/serviceAccount"))?;
    Some(format!("{}/{name}", pod.namespace().unwrap_or("default")))
}

fn named<'v>(among: &'v [Value], like: &Value) -> Option<&'v Value> {
    among
        .iter()
        .find(|one| text(one, "/name") == text(like, "/name"))
}

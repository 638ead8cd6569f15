//! Pods and replica sets.

use serde_json::{Value, json};

use super::super::clock::{self, DAY, MINUTE, Ns, SECOND, at};
use super::super::fleet::{Cause, Pod, Rollout};
use super::super::ids;
use super::super::story::{QUARANTINE, SERVICES, Service};
use super::super::world::{World, image_name};
use super::{deployment_uid, pinned, replica_set_uid, template};

/// The pods of the namespace at a time.
pub fn pods(world: &World, time: Ns) -> Vec<Value> {
    let mut present: Vec<&Pod> = world.pods.iter().filter(|pod| pod.exists(time)).collect();
    present.sort_by_key(|pod| &pod.name);
    let mut pods: Vec<Value> = present.iter().map(|pod| value(pod, time)).collect();
    pods.push(mailer());
    pods
}

fn value(pod: &Pod, time: Ns) -> Value {
    let service = pod.service;
    let set = format!("{service}-{}", pod.template);
    let mut labels = json!({
        "app": service,
        "app.kubernetes.io/part-of": "shop",
        "app.kubernetes.io/version": pod.version,
        "pod-template-hash": pod.template,
    });
    let mut owners = json!([{
        "apiVersion": "apps/v1",
        "blockOwnerDeletion": true,
        "controller": true,
        "kind": "ReplicaSet",
        "name": set,
        "uid": replica_set_uid(service, &pod.template),
    }]);
    if pod.quarantined && time >= at(QUARANTINE) {
        labels = json!({
            "app": service,
            "app.kubernetes.io/part-of": "shop",
            "app.kubernetes.io/version": pod.version,
            "quarantine": "priya",
        });
        owners = Value::Null;
    }
    let mut metadata = json!({
        "name": pod.name,
        "generateName": format!("{set}-"),
        "namespace": "shop",
        "uid": pod.uid,
        "resourceVersion": (ids::number(&pod.uid, 900_000) + 71_000_000).to_string(),
        "creationTimestamp": clock::seconds(pod.created),
        "labels": labels,
    });
    if !owners.is_null() {
        metadata["ownerReferences"] = owners;
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": pod.node,
            "serviceAccountName": service,
            "restartPolicy": "Always",
            "containers": [{
                "name": service,
                "image": pinned(service, pod.version, &pod.digest),
                "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            }],
        },
        "status": {
            "phase": "Running",
            "podIP": pod.ip,
            "startTime": clock::seconds(pod.created),
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": clock::seconds(pod.ready)}],
            "containerStatuses": [{
                "name": service,
                "containerID": format!("containerd://{}", pod.container),
                "image": format!("{}:{}", image_name(service), pod.version),
                "imageID": format!("{}@{}", image_name(service), pod.digest),
                "ready": time >= pod.ready,
                "restartCount": 0,
                "started": true,
                "state": {"running": {"startedAt": clock::seconds(pod.created + 7 * SECOND)}},
            }],
        },
    })
}

/// Name of the one pod of a service that nobody has released since 2019.
pub fn mailer_name() -> String {
    format!(
        "order-mailer-{}-{}",
        ids::kube("order-mailer template", 9),
        ids::kube("order-mailer pod", 5)
    )
}

fn mailer() -> Value {
    let started = at("10-04 02:11:08");
    let image = image_name("order-mailer");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": mailer_name(),
            "namespace": "shop",
            "uid": ids::uuid("order-mailer pod"),
            "creationTimestamp": clock::seconds(started),
            "labels": {"app": "order-mailer", "pod-template-hash": ids::kube("order-mailer template", 9)},
        },
        "spec": {
            "nodeName": super::super::fleet::NODES[0],
            "serviceAccountName": "default",
            "containers": [{"name": "order-mailer", "image": format!("{image}:2019.4")}],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.40.1.11",
            "startTime": clock::seconds(started),
            "containerStatuses": [{
                "name": "order-mailer",
                "containerID": format!("containerd://{}", ids::sha256("order-mailer container")),
                "image": format!("{image}:2019.4"),
                "imageID": format!("{image}@sha256:{}", ids::sha256("order-mailer image")),
                "ready": true,
                "restartCount": 1,
                "state": {"running": {"startedAt": clock::seconds(started + 2 * DAY + 7 * MINUTE)}},
            }],
        },
    })
}

/// The replica sets as they were at the end: the rollout history that the cluster keeps.
pub fn replica_sets(world: &World) -> Vec<Value> {
    let mut sets = Vec::new();
    for service in &SERVICES {
        let mine: Vec<&Rollout> = world
            .rollouts
            .iter()
            .filter(|rollout| rollout.service == service.name)
            .collect();
        let newest = mine.last().map(|rollout| rollout.template.clone());
        for rollout in mine.iter().filter(|rollout| rollout.cause != Cause::Undo) {
            let undone = mine
                .iter()
                .find(|other| other.cause == Cause::Undo && other.template == rollout.template);
            let current = newest.as_ref() == Some(&rollout.template);
            let running = if current { service.replicas } else { 0 };
            sets.push(replica_set(service, rollout, undone.copied(), running));
        }
    }
    sets
}

fn replica_set(
    known: &Service,
    rollout: &Rollout,
    undone: Option<&Rollout>,
    replicas: usize,
) -> Value {
    let (service, version) = (rollout.service, rollout.version);
    let name = format!("{service}-{}", rollout.template);
    let mut annotations = json!({
        "deployment.kubernetes.io/desired-replicas": known.replicas.to_string(),
        "deployment.kubernetes.io/revision": undone.unwrap_or(rollout).revision.to_string(),
        "kubernetes.io/change-cause": format!("{service} {version}"),
    });
    if undone.is_some() {
        annotations["deployment.kubernetes.io/revision-history"] =
            json!(rollout.revision.to_string());
    }
    let mut pod = template(service, version, &rollout.digest);
    pod["metadata"]["labels"]["pod-template-hash"] = json!(rollout.template);
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": replica_set_uid(service, &rollout.template),
            "creationTimestamp": clock::seconds(rollout.time + SECOND),
            "generation": 2,
            "annotations": annotations,
            "labels": {"app": service, "app.kubernetes.io/version": version, "pod-template-hash": rollout.template},
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "controller": true,
                "kind": "Deployment",
                "name": service,
                "uid": deployment_uid(service),
            }],
        },
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": service, "pod-template-hash": rollout.template}}, "template": pod},
        "status": {"availableReplicas": replicas, "observedGeneration": 2, "readyReplicas": replicas, "replicas": replicas},
    })
}

//! `kubernetes/pods-*.json`: what `kubectl get pods -o json` said at several moments.

use serde_json::{Value, json};

use super::ids;
use super::otlp::node;
use super::plan::Plan;
use super::time::{self, DAY, HOUR, MINUTE, Ns, SECOND};
use super::world::{Pod, World};

/// Writes the lists: of all pods at the beginning, on a quiet day, twice after the deployment, and at
/// the end; of a release's own pods some minutes after each rollout, as a deploy job keeps them; of a
/// service's pods after it was scaled.
pub fn write(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    let world = &plan.world;
    let moments = [
        world.begin + HOUR,
        world.begin + 2 * DAY + 12 * HOUR,
        plan.moment + 6 * MINUTE,
        plan.moment + 140 * MINUTE,
        world.end - MINUTE,
    ];
    for moment in moments {
        let name = format!("kubernetes/pods-{}.json", time::stamp(moment));
        let pods = list(world, moment, |pod| pod.exists(moment));
        // Where nothing changed in between, the same bytes again would be the same file.
        if files.iter().all(|(_, bytes)| *bytes != pods) {
            files.push((name, pods));
        }
    }
    for rollout in world
        .rollouts
        .iter()
        .filter(|rollout| rollout.time > world.begin)
    {
        let release = &world.releases[rollout.release];
        let moment = rollout.time + 4 * MINUTE;
        let service = world.services[release.service].name;
        let name = format!("kubernetes/rollout-{service}-{}.json", time::stamp(moment));
        let pods = list(world, moment, |pod| {
            pod.release == rollout.release && pod.created > rollout.time && pod.exists(moment)
        });
        files.push((name, pods));
    }
    for &(service, time, _) in &plan.deeds.scales {
        let moment = time + 4 * MINUTE;
        let name = format!(
            "kubernetes/scaled-{}-{}.json",
            world.services[service].name,
            time::stamp(moment)
        );
        files.push((
            name,
            list(world, moment, |pod| {
                pod.service == service && pod.exists(moment)
            }),
        ));
    }
}

fn list(world: &World, moment: Ns, wanted: impl Fn(&Pod) -> bool) -> Vec<u8> {
    let mut pods: Vec<&Pod> = world.pods.iter().filter(|pod| wanted(pod)).collect();
    pods.sort_by_key(|pod| &pod.name);
    let items: Vec<Value> = pods
        .into_iter()
        .map(|pod| value(world, pod, moment))
        .collect();
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
    format!("{list}\n").into_bytes()
}

fn value(world: &World, pod: &Pod, moment: Ns) -> Value {
    let service = world.services[pod.service].name;
    let release = &world.releases[pod.release];
    let set = format!("{service}-{}", pod.template);
    let restarted = pod.restarted.filter(|restarted| *restarted <= moment);
    let mut metadata = json!({
        "name": pod.name,
        "namespace": world.namespace,
        "uid": pod.uid,
        "creationTimestamp": time::seconds(pod.created),
        "labels": {"app": service, "app.kubernetes.io/version": release.version, "pod-template-hash": pod.template},
        "ownerReferences": [{"apiVersion": "apps/v1", "controller": true, "kind": "ReplicaSet", "name": set, "uid": ids::uuid(&set)}],
    });
    // Taken out of its replica set some minutes before the rollback.
    if pod.kept && moment > world.end - HOUR {
        metadata["labels"] = json!({"app": service, "app.kubernetes.io/version": release.version, "quarantine": "true"});
        metadata
            .as_object_mut()
            .map(|members| members.remove("ownerReferences"));
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": node(pod),
            "serviceAccountName": service,
            "containers": [{"name": service, "image": world.pinned(release), "ports": [{"containerPort": 8080}]}],
        },
        "status": {
            "phase": "Running",
            "podIP": pod.ip,
            "startTime": time::seconds(pod.created),
            "conditions": [{"type": "Ready", "status": if moment >= pod.ready { "True" } else { "False" }, "lastTransitionTime": time::seconds(pod.ready)}],
            "containerStatuses": [{
                "name": service,
                "containerID": format!("containerd://{}", ids::sha256(&format!("container {}", pod.uid))),
                "image": format!("{}:{}", world.image(pod.service), release.version),
                "imageID": format!("{}@{}", world.image(pod.service), release.digest),
                "ready": moment >= pod.ready,
                "restartCount": u8::from(restarted.is_some()),
                "state": {"running": {"startedAt": time::seconds(restarted.unwrap_or(pod.created) + 7 * SECOND)}},
            }],
        },
    })
}

//! `kubernetes/`: the API server's audit log, and what `kubectl get -o json` said at several times.

mod audit;
mod objects;

use serde_json::{Value, json};

use super::clock::{self, at};
use super::files::Files;
use super::ids;
use super::world::{World, image_name};

pub use objects::mailer_name;

/// When somebody listed the pods: twice in the quiet days, before, during, after, and at the end.
const LISTED: [&str; 6] = [
    "10-22 12:00:00",
    "10-26 12:00:00",
    "10-29 13:30:00",
    "10-29 14:20:00",
    "10-29 14:50:00",
    "10-29 15:55:00",
];

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    files.lines("kubernetes/audit.jsonl", &audit::events(world));
    for time in LISTED.map(at) {
        let path = format!(
            "kubernetes/pods-{}.json",
            clock::form(time, "%Y-%m-%dT%H%MZ")
        );
        files.document(&path, &list(&objects::pods(world, time)));
    }
    files.document(
        "kubernetes/replicasets.json",
        &list(&objects::replica_sets(world)),
    );
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// Image reference as the deploy job pins it.
fn pinned(service: &str, version: &str, digest: &str) -> String {
    format!("{}:{version}@{digest}", image_name(service))
}

/// Unique id of a replica set.
fn replica_set_uid(service: &str, template: &str) -> String {
    ids::uuid(&format!("replicaset {service}-{template}"))
}

/// Unique id of a service's deployment.
fn deployment_uid(service: &str) -> String {
    ids::uuid(&format!("deployment {service}"))
}

/// The pod template of a version.
fn template(service: &str, version: &str, digest: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": service, "app.kubernetes.io/version": version}},
        "spec": {
            "serviceAccountName": service,
            "containers": [{
                "name": service,
                "image": pinned(service, version, digest),
                "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            }],
        },
    })
}

use serde_json::json;

use super::*;
use crate::formats::testing::{parse, samples, sniff};

fn digest() -> String {
    format!("sha256:{}", "ab".repeat(32))
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "basket-6d5f9c7b8-x2x4q", "namespace": "shop", "uid": "u-1",
            "creationTimestamp": "2026-11-03T14:00:00Z",
            "labels": {"app": "basket", "app.kubernetes.io/version": "2.4.0", "env": "prod", "pod-template-hash": "6d5f9c7b8"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "basket-6d5f9c7b8", "controller": true}]
        },
        "spec": {
            "nodeName": "node-7", "serviceAccountName": "basket",
            "initContainers": [{"name": "migrate", "image": "registry.local/migrate:2"}],
            "containers": [
                {"name": "app", "image": "registry.local/basket:2.4.0"},
                {"name": "proxy", "image": "registry.local/proxy:1"}
            ]
        },
        "status": {
            "phase": "Running", "podIP": "10.0.0.9",
            "initContainerStatuses": [{"name": "migrate", "restartCount": 0,
                "state": {"terminated": {"startedAt": "2026-11-03T14:00:01Z", "finishedAt": "2026-11-03T14:00:04Z"}}}],
            "containerStatuses": [
                {"name": "app", "image": "sha256:cafe", "imageID": format!("docker-pullable://registry.local/basket@{}", digest()),
                 "containerID": "containerd://c0ffee", "restartCount": 2, "state": {"running": {"startedAt": "2026-11-03T14:00:05Z"}}},
                {"name": "proxy", "imageID": "", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"startedAt": "2026-11-03T14:00:06Z", "finishedAt": "2026-11-03T14:00:09Z"}}}
            ]
        }
    })
}

fn rollout() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "basket-6d5f9c7b8", "namespace": "shop", "creationTimestamp": "2026-11-03T13:59:58Z",
            "annotations": {"deployment.kubernetes.io/revision": "7", "kubernetes.io/change-cause": "release 2.4.0"},
            "ownerReferences": [{"kind": "Deployment", "name": "basket", "controller": true}]
        },
        "spec": {"template": {
            "metadata": {"labels": {"environment": "prod"}, "annotations": {"example.org/git-commit": "AB".repeat(20)}},
            "spec": {"containers": [{"name": "app", "image": format!("registry.local/basket:2.4.0@{}", digest())}]}
        }}
    })
}

fn event() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "basket.1"}, "type": "Warning", "reason": "BackOff", "message": "restarting failed container",
        "count": 9, "firstTimestamp": "2026-11-03T14:00:10Z", "lastTimestamp": "2026-11-03T14:05:00Z", "eventTime": null,
        "involvedObject": {"kind": "Pod", "name": "basket-6d5f9c7b8-x2x4q", "namespace": "shop"},
        "source": {"component": "kubelet", "host": "node-7"}
    })
}

fn binding() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "b", "namespace": "shop", "creationTimestamp": "2026-11-01T00:00:00Z"},
        "roleRef": {"kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "basket"}, {"kind": "User", "name": "mara"}]
    })
}

fn list(items: &[Value]) -> Vec<u8> {
    serde_json::to_vec_pretty(
        &json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}),
    )
    .unwrap()
}

#[test]
fn a_pod_is_one_instance_per_container() {
    let bytes = pod().to_string().into_bytes();
    let seen = parse(&K8sObjects, "p.json", &bytes);
    let rows = seen.of("instance");
    assert_eq!(rows.len(), 3);
    let app = rows.iter().find(|row| row["container"] == "app").unwrap();
    for (column, expected) in [
        ("namespace", "shop"),
        ("name", "basket-6d5f9c7b8-x2x4q"),
        ("uid", "u-1"),
        ("container_id", "c0ffee"),
        ("service", "basket"),
        ("environment", "prod"),
        ("version", "2.4.0"),
        ("image", "registry.local/basket:2.4.0"),
        ("digest", digest().as_str()),
        ("owner", "replicasets/basket-6d5f9c7b8"),
        ("service_account", "shop/basket"),
        ("node", "node-7"),
        ("ip", "10.0.0.9"),
        ("state", "running"),
        ("restarts", "2"),
    ] {
        assert_eq!(app[column], expected, "{column}");
    }
    let proxy = rows.iter().find(|row| row["container"] == "proxy").unwrap();
    assert_eq!(proxy["state"], "waiting");
    assert!(
        proxy.contains_key("started_ns") && proxy.contains_key("ended_ns"),
        "the last run of a crashing container"
    );
    assert_eq!(
        rows.iter()
            .find(|row| row["container"] == "migrate")
            .unwrap()["state"],
        "terminated"
    );
}

#[test]
fn a_pod_without_statuses_or_labels_still_shows() {
    let mut pod = pod();
    pod["status"] = json!({"phase": "Pending"});
    pod["metadata"]["labels"] = json!(null);
    let seen = parse(&K8sObjects, "p.json", pod.to_string().as_bytes());
    let rows = seen.of("instance");
    assert_eq!(
        (
            rows.len(),
            rows[0]["state"].as_str(),
            rows[0]["service"].as_str()
        ),
        (3, "pending", "basket")
    );
    assert_eq!(seen.times("instance")[0], "2026-11-03T14:00:00.000000000Z");
}

#[test]
fn a_replica_set_is_a_rollout_of_its_deployment() {
    let seen = parse(&K8sObjects, "r.json", rollout().to_string().as_bytes());
    let row = seen.of("change")[0];
    for (column, expected) in [
        ("kind", "deploy"),
        ("change_id", "replicasets/shop/basket-6d5f9c7b8"),
        ("service", "basket"),
        ("environment", "prod"),
        ("version", "2.4.0"),
        ("sha", "ab".repeat(20).as_str()),
        ("digest", digest().as_str()),
        ("object", "deployments/shop/basket"),
        ("description", "release 2.4.0"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(seen.times("change"), ["2026-11-03T13:59:58.000000000Z"]);
}

#[test]
fn identities_say_what_they_may_do() {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "basket", "namespace": "shop",
        "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/basket"}}});
    let seen = parse(&K8sObjects, "i.json", &list(&[account, binding()]));
    let rows = seen.of("identity");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["grants"], "arn:aws:iam::1:role/basket");
    assert_eq!(
        (rows[1]["principal"].as_str(), rows[1]["grants"].as_str()),
        ("system:serviceaccount:shop:basket", "reader")
    );
    assert_eq!(rows[1]["service_account"], "shop/basket");
    assert_eq!(
        (rows[2]["principal"].as_str(), rows[2]["kind"].as_str()),
        ("mara", "user")
    );
}

#[test]
fn an_event_is_a_log_record() {
    let seen = parse(&K8sObjects, "e.json", event().to_string().as_bytes());
    let row = seen.of("log")[0];
    assert_eq!(row["body"], "BackOff: restarting failed container");
    assert_eq!(
        (
            row["service_name"].as_str(),
            row["severity_number"].as_str()
        ),
        ("basket", "13")
    );
    assert_eq!(row["k8s_pod_name"], "basket-6d5f9c7b8-x2x4q");
    assert_eq!(seen.times("log"), ["2026-11-03T14:05:00.000000000Z"]);
    let attributes: Value = serde_json::from_str(&row["attributes"]).unwrap();
    assert_eq!(
        (attributes["count"].as_i64(), attributes["object"].as_str()),
        (Some(9), Some("pods/shop/basket-6d5f9c7b8-x2x4q"))
    );
}

#[test]
fn a_list_cites_each_object_and_counts_what_it_does_not_use() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    let bytes = list(&[pod(), secret, rollout(), json!("stray")]);
    let seen = parse(&K8sObjects, "l.json", &bytes);
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 2, 1));
    assert_eq!(seen.ignored["object kind not used"], 1);
    for (table, stamp, _) in &seen.rows {
        let (from, length) = (
            usize::try_from(stamp.span.offset).unwrap(),
            usize::try_from(stamp.span.length).unwrap(),
        );
        let cited: Value = serde_json::from_slice(&bytes[from..from + length]).unwrap();
        assert_eq!(
            cited["kind"],
            if *table == "change" {
                "ReplicaSet"
            } else {
                "Pod"
            }
        );
    }
}

#[test]
fn the_elements_of_a_typed_list_need_no_kind() {
    let mut bare = pod();
    bare.as_object_mut()
        .unwrap()
        .retain(|key, _| key != "kind" && key != "apiVersion");
    let typed = json!({"kind": "PodList", "apiVersion": "v1", "items": [bare]}).to_string();
    assert_eq!(sniff(&K8sObjects, typed.as_bytes()), CERTAIN);
    assert_eq!(
        parse(&K8sObjects, "l.json", typed.as_bytes())
            .of("instance")
            .len(),
        3
    );
}

#[test]
fn an_object_without_a_name_is_broken() {
    let mut nameless = rollout();
    nameless["metadata"] = json!({});
    let seen = parse(&K8sObjects, "r.json", nameless.to_string().as_bytes());
    assert_eq!((seen.kept, seen.rejects.len()), (0, 1));
}

#[test]
fn a_torn_list_keeps_its_whole_objects() {
    let bytes = list(&[pod(), rollout(), event()]);
    let seen = parse(&K8sObjects, "l.json", &bytes[..bytes.len() - 200]);
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    assert!(seen.rejects[0].1.contains("cut off"), "{:?}", seen.rejects);
}

const YAML: &str = "\
# two documents, the first a list
apiVersion: v1
items:
- apiVersion: v1
  kind: ServiceAccount
  metadata:
    name: basket
    namespace: shop
    annotations:
      note: |
        --- not a marker
        - not an item

- apiVersion: v1
  kind: ServiceAccount
  metadata: {name: till, namespace: shop}
kind: List
metadata:
  resourceVersion: \"\"
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: till-7c9d8f6b54
  namespace: shop
  creationTimestamp: 2026-11-03T13:00:00Z
spec: {template: {spec: {containers: [{image: 'registry.local/till:9'}]}}}
--- # an empty document

---
kind: [broken
";

#[test]
fn yaml_is_cut_into_objects() {
    assert_eq!(sniff(&K8sObjects, YAML.as_bytes()), CERTAIN);
    let seen = parse(&K8sObjects, "l.yaml", YAML.as_bytes());
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 3, 1));
    let principals: Vec<_> = seen
        .of("identity")
        .iter()
        .map(|row| row["principal"].clone())
        .collect();
    assert_eq!(
        principals,
        [
            "system:serviceaccount:shop:basket",
            "system:serviceaccount:shop:till"
        ]
    );
    assert_eq!(seen.of("change")[0]["version"], "9");
    let span = seen.rows[1].1.span;
    let cited =
        &YAML[usize::try_from(span.offset).unwrap()..][..usize::try_from(span.length).unwrap()];
    assert_eq!(
        cited,
        "- apiVersion: v1\n  kind: ServiceAccount\n  metadata: {name: till, namespace: shop}"
    );
}

#[test]
fn other_documents_are_left_alone() {
    for other in [
        r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"a"}}"#,
        r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","metadata":{}}]}"#,
        r#"{"apiVersion":"audit.k8s.io/v1","kind":"Event","auditID":"a","stage":"ResponseComplete"}"#,
        r#"{"kind":"Event","auditID":"a","stage":"ResponseComplete","metadata":{}}"#,
        r#"{"involvedObject":{"kind":"Pod"},"severity":"info","reason":"x"}"#,
        r#"{"apiVersion":"v1","kind":"Config","clusters":[]}"#,
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\n",
        "services:\n  web:\n    image: x\n",
    ] {
        assert_eq!(sniff(&K8sObjects, other.as_bytes()), NO, "{other}");
    }
    let mixed = list(&[
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {}}),
        pod(),
    ]);
    assert_eq!(sniff(&K8sObjects, &mixed), CERTAIN);
}

#[test]
fn hostile_bytes_do_no_harm() {
    let json = list(&[pod(), rollout(), event(), binding()]);
    for bytes in [json.as_slice(), YAML.as_bytes()] {
        for end in (0..bytes.len()).step_by(7) {
            parse(&K8sObjects, "x", &bytes[..end]);
        }
        for at in (0..bytes.len()).step_by(5) {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 0x15;
            parse(&K8sObjects, "x", &flipped);
        }
    }
    parse(&K8sObjects, "x", "[".repeat(5_000).as_bytes());
    parse(
        &K8sObjects,
        "x",
        &[b"a: ".as_slice(), "[".repeat(5_000).as_bytes()].concat(),
    );
}

#[test]
fn real_samples_are_read() {
    for (path, bytes) in samples("k8s-objects") {
        let likelihood = sniff(&K8sObjects, &bytes);
        assert!(likelihood >= LIKELY, "{path}: {likelihood}");
        let seen = parse(&K8sObjects, &path, &bytes);
        assert!(
            seen.rejects.is_empty() && seen.read == 1,
            "{path}: {:?}",
            seen.rejects
        );
        let is_pod = path.contains("pod-") || path.contains("/po");
        assert_eq!(is_pod, !seen.of("instance").is_empty(), "{path}");
    }
    for folder in ["argocd", "flux", "k8s-audit"] {
        for (path, bytes) in samples(folder) {
            assert!(sniff(&K8sObjects, &bytes) < CERTAIN, "{path}");
        }
    }
}

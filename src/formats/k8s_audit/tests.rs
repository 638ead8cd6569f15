use serde_json::json;

use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff};

const DEPLOYER: &str = "system:serviceaccount:ci:deployer";

/// An event of `user` who did `verb` to `resource`, and what is different about it.
fn event(verb: &str, resource: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": "a-1",
        "stage": "ResponseComplete", "requestURI": "/api/v1/x?limit=5", "verb": verb,
        "user": {"username": DEPLOYER, "groups": [], "extra": {"authentication.kubernetes.io/pod-name": ["runner-1"]}},
        "sourceIPs": ["10.1.1.1", "10.1.1.2"], "userAgent": "kubectl/v1.31",
        "objectRef": {"resource": resource, "namespace": "shop", "name": "basket"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-03T14:00:00.000001Z", "stageTimestamp": "2026-11-03T14:00:01.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "RBAC: allowed"}
    });
    change(&mut event);
    event
}

fn read(event: &Value) -> Seen {
    parse(&K8sAudit, "audit.log", event.to_string().as_bytes())
}

fn deployment() -> Value {
    json!({
        "kind": "Deployment",
        "metadata": {"name": "basket", "labels": {"env": "prod"}, "annotations": {
            "kubernetes.io/change-cause": "release 2.4.0", "example.org/commit": "cd".repeat(20)}},
        "spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/version": "2.4.0"}},
            "spec": {"containers": [{"name": "app", "image": format!("registry.local/basket@sha256:{}", "ab".repeat(32))}]}}}
    })
}

#[test]
fn a_secret_that_was_read() {
    let seen = read(&event("get", "secrets", |_| {}));
    let row = seen.of("access")[0];
    for (column, expected) in [
        ("kind", "secret"),
        ("provider", "kubernetes"),
        ("event_id", "a-1"),
        ("class_uid", "6003"),
        ("principal", DEPLOYER),
        ("service_account", "ci/deployer"),
        ("object", "secrets/shop/basket"),
        ("verb", "get"),
        ("result", "success"),
        ("source_address", "10.1.1.1"),
        ("region", "shop"),
        ("k8s_pod_name", "runner-1"),
        ("is_read", "true"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert!(!row.contains_key("error"));
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.000001000Z"]);
}

#[test]
fn refusals_and_failures_are_told_apart() {
    let of = |change: fn(&mut Value)| {
        read(&event("get", "secrets", change)).of("access")[0]["result"].clone()
    };
    assert_eq!(
        of(|event| event["responseStatus"] = json!({"code": 403, "message": "no"})),
        "denied"
    );
    assert_eq!(
        of(|event| event["annotations"]["authorization.k8s.io/decision"] = json!("forbid")),
        "denied"
    );
    assert_eq!(
        of(|event| event["responseStatus"] = json!({"code": 404})),
        "error"
    );
    assert_eq!(of(|event| event["stage"] = json!("Panic")), "error");
    let seen = read(&event("get", "secrets", |event| {
        event["responseStatus"] = json!({"code": 403, "message": "no"});
    }));
    assert_eq!(seen.of("access")[0]["error"], "no");
}

#[test]
fn a_request_is_told_once_unless_it_stays_open() {
    let kept = |verb: &str, stage: &str, subresource: Option<&str>, uri: &str| {
        let seen = read(&event(verb, "pods", |event| {
            event["stage"] = json!(stage);
            event["objectRef"]["subresource"] = json!(subresource);
            event["requestURI"] = json!(uri);
        }));
        assert_eq!(
            seen.kept
                + seen
                    .ignored
                    .get("earlier stage of the same request")
                    .copied()
                    .unwrap_or(0),
            1
        );
        seen.kept == 1
    };
    assert!(kept("get", "ResponseComplete", None, "/"));
    assert!(!kept("get", "RequestReceived", None, "/"));
    assert!(!kept("get", "ResponseStarted", None, "/"));
    assert!(kept("watch", "ResponseStarted", None, "/"));
    assert!(kept("create", "ResponseStarted", Some("exec"), "/"));
    assert!(kept(
        "get",
        "ResponseStarted",
        Some("log"),
        "/log?follow=true"
    ));
    assert!(!kept("get", "ResponseStarted", Some("log"), "/log"));
}

#[test]
fn privileges_are_marked() {
    let exec = read(&event("get", "pods", |event| {
        event["objectRef"]["subresource"] = json!("exec");
    }));
    let row = exec.of("access")[0];
    assert_eq!(
        (row["kind"].as_str(), row["object"].as_str()),
        ("privilege", "pods/exec/shop/basket")
    );
    assert_eq!(row["is_read"], "false", "exec over GET runs a command");
    let token = read(&event("create", "serviceaccounts", |event| {
        event["objectRef"]["subresource"] = json!("token");
    }));
    assert_eq!(token.of("access")[0]["kind"], "privilege");
    let other = read(&event("list", "pods", |event| {
        event["impersonatedUser"] = json!({"username": "mara"});
    }));
    assert_eq!(other.of("access")[0]["on_behalf_of"], "mara");
    assert_eq!(other.of("access")[0]["kind"], "privilege");
    let path = read(&event("get", "", |event| event["objectRef"] = json!(null)));
    assert_eq!(
        (
            path.of("access")[0]["kind"].as_str(),
            path.of("access")[0]["object"].as_str()
        ),
        ("api", "/api/v1/x")
    );
}

#[test]
fn a_role_binding_says_what_it_grants() {
    let seen = read(&event("create", "clusterrolebindings", |event| {
        event["responseObject"] = json!({"kind": "ClusterRoleBinding", "roleRef": {"name": "cluster-admin"}, "subjects": [{"name": "mara"}]});
    }));
    let row = seen.of("access")[0];
    assert_eq!(
        (row["kind"].as_str(), row["class_uid"].as_str()),
        ("privilege", "3005")
    );
    let attributes: Value = serde_json::from_str(&row["attributes"]).unwrap();
    assert_eq!(
        (
            attributes["roleRef"]["name"].as_str(),
            attributes["subjects"][0]["name"].as_str()
        ),
        (Some("cluster-admin"), Some("mara"))
    );
    assert_eq!(seen.of("change")[0]["kind"], "iam");
}

#[test]
fn a_deployment_that_was_written_is_a_change() {
    let seen = read(&event("update", "deployments", |event| {
        event["responseObject"] = deployment();
    }));
    let row = seen.of("change")[0];
    let (digest, commit) = (format!("sha256:{}", "ab".repeat(32)), "cd".repeat(20));
    for (column, expected) in [
        ("kind", "deploy"),
        ("change_id", "a-1"),
        ("service", "basket"),
        ("environment", "prod"),
        ("version", "2.4.0"),
        ("sha", commit.as_str()),
        ("digest", digest.as_str()),
        ("action", "update"),
        ("acted_as", DEPLOYER),
        ("object", "deployments/shop/basket"),
        ("description", "release 2.4.0"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
}

#[test]
fn what_kubectl_did_is_recognised() {
    let action = |change: fn(&mut Value)| {
        read(&event("patch", "deployments", change)).of("change")[0]["action"].clone()
    };
    assert_eq!(
        action(|event| event["requestObject"] = json!([
        {"op": "replace", "path": "/spec/template", "value": {}}, {"op": "replace", "path": "/metadata/annotations", "value": {}}])),
        "rollback"
    );
    assert_eq!(
        action(
            |event| event["requestObject"] = json!({"spec": {"template": {"$patch": "replace"}}})
        ),
        "rollback"
    );
    assert_eq!(
        action(
            |event| event["requestObject"] = json!({"spec": {"template": {"metadata": {"annotations": {
        "kubectl.kubernetes.io/restartedAt": "2026-11-03T14:00:00Z"}}}}})
        ),
        "restart"
    );
    assert_eq!(
        action(|event| event["objectRef"]["subresource"] = json!("scale")),
        "scale"
    );
    assert_eq!(action(|_| {}), "patch");
}

#[test]
fn what_alters_nothing_is_no_change() {
    let none = |resource: &str, change: fn(&mut Value)| {
        let seen = read(&event("update", resource, change));
        assert_eq!((seen.kept, seen.of("change").len()), (1, 0));
    };
    none("deployments", |event| {
        event["requestURI"] = json!("/x?dryRun=All");
    });
    none("deployments", |event| {
        event["responseStatus"]["code"] = json!(409);
    });
    none("deployments", |event| {
        event["objectRef"]["subresource"] = json!("status");
    });
    none("deployments", |event| {
        event["user"]["username"] =
            json!("system:serviceaccount:kube-system:deployment-controller");
    });
    none(
        "configmaps",
        |event| event["requestObject"] = json!({"metadata": {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}}),
    );
    none("leases", |_| {});
    let seen = read(&event("update", "configmaps", |_| {}));
    assert_eq!(
        (
            seen.of("change")[0]["kind"].as_str(),
            seen.of("change")[0]["object"].as_str()
        ),
        ("config", "configmaps/shop/basket")
    );
}

#[test]
fn a_created_pod_is_an_instance() {
    let seen = read(&event("create", "pods", |event| {
        event["objectRef"] = json!({"resource": "pods", "namespace": "shop"});
        event["responseObject"] = json!({"kind": "Pod", "metadata": {"name": "basket-6d5f9c7b8-x2x4q", "uid": "u-9",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "basket-6d5f9c7b8"}]},
            "spec": {"serviceAccountName": "basket", "containers": [{"name": "app", "image": "registry.local/basket:2"}]}});
    }));
    assert_eq!(
        seen.of("access")[0]["object"],
        "pods/shop/basket-6d5f9c7b8-x2x4q"
    );
    let row = seen.of("instance")[0];
    assert_eq!(
        (
            row["uid"].as_str(),
            row["service"].as_str(),
            row["image"].as_str()
        ),
        ("u-9", "basket", "registry.local/basket:2")
    );
    assert_eq!(
        (row["service_account"].as_str(), row["owner"].as_str()),
        ("shop/basket", "replicasets/basket-6d5f9c7b8")
    );
}

#[test]
fn events_inside_other_exports_are_found() {
    let plain = event("get", "secrets", |_| {});
    let list =
        json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [plain, plain, 7]})
            .to_string();
    let seen = parse(&K8sAudit, "list", list.as_bytes());
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    let span = seen.rows[0].1.span;
    assert_eq!(
        (span.offset, span.length),
        (
            list.find("{\"kind\":\"Event\",").unwrap() as u64,
            plain.to_string().len() as u64
        )
    );

    let cloudwatch = json!({"logGroup": "/aws/eks/x/cluster", "logEvents": [
        {"id": "1", "timestamp": 1, "message": plain.to_string()}, {"id": "2", "timestamp": 2, "message": "I1103 scheduler"}]});
    let azure =
        json!({"records": [{"category": "kube-audit", "properties": {"log": plain.to_string()}}]});
    let filtered = json!({"events": [{"logStreamName": "kube-apiserver-audit-1", "timestamp": 1, "eventId": "3", "message": plain.to_string()}]});
    for (export, ignored) in [(cloudwatch, 1), (azure, 0), (filtered, 0)] {
        let bytes = export.to_string().into_bytes();
        assert_eq!(sniff(&K8sAudit, &bytes), CERTAIN);
        let seen = parse(&K8sAudit, "export", &bytes);
        assert_eq!(
            (seen.kept, seen.ignored.values().sum::<u64>()),
            (1, ignored)
        );
        assert_eq!(seen.of("access")[0]["object"], "secrets/shop/basket");
    }
    let array = json!([plain, plain]).to_string();
    assert_eq!(parse(&K8sAudit, "array", array.as_bytes()).kept, 2);
}

#[test]
fn odd_types_cost_only_their_cell() {
    let seen = read(&event("get", "secrets", |event| {
        event["user"] = json!("mara");
        event["sourceIPs"] = json!(null);
        event["objectRef"] = json!([1]);
        event["responseStatus"] = json!(200);
    }));
    assert_eq!(
        (seen.kept, seen.of("access")[0].contains_key("principal")),
        (1, false)
    );
}

#[test]
fn other_events_are_left_alone() {
    for other in [
        r#"{"apiVersion":"v1","kind":"Event","involvedObject":{"kind":"Pod"},"reason":"x"}"#,
        r#"{"apiVersion":"v1","kind":"EventList","items":[{"involvedObject":{}}]}"#,
        r#"{"logEvents":[{"message":"{\"eventSource\":\"iam.amazonaws.com\"}"}]}"#,
    ] {
        assert_eq!(sniff(&K8sAudit, other.as_bytes()), NO, "{other}");
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    let plain = event("patch", "deployments", |event| {
        event["responseObject"] = deployment();
    });
    let bytes = format!("{plain}\n{}\n", json!({"items": [plain]})).into_bytes();
    for end in (0..bytes.len()).step_by(3) {
        parse(&K8sAudit, "x", &bytes[..end]);
    }
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x15;
        parse(&K8sAudit, "x", &flipped);
    }
}

#[test]
fn real_samples_are_read() {
    let (mut read, mut kept) = (0, 0);
    for (path, bytes) in samples("k8s-audit") {
        assert!(sniff(&K8sAudit, &bytes) >= LIKELY, "{path}");
        let seen = parse(&K8sAudit, &path, &bytes);
        assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
        assert_eq!(seen.of("access").len() as u64, seen.kept, "{path}");
        assert!(
            seen.of("access")
                .iter()
                .all(|row| row.contains_key("principal") && row.contains_key("object")),
            "{path}"
        );
        (read, kept) = (read + seen.read, kept + seen.kept);
    }
    // Two are the first stage of a log request that does not follow.
    assert!(
        read == 0 || (read, kept) == (57, 55),
        "{read} read, {kept} kept"
    );
}

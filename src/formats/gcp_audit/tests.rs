use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

fn entry(service: &str, method: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut entry = json!({
        "insertId": "i-1", "logName": "projects/shop-prod/logs/cloudaudit.googleapis.com%2Factivity", "timestamp": "2026-11-03T14:00:00.123456789Z",
        "resource": {"type": "project", "labels": {"project_id": "shop-prod", "location": "europe-west1"}},
        "protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": format!("{service}.googleapis.com"), "methodName": method,
            "resourceName": "projects/shop-prod/things/till", "authenticationInfo": {"principalEmail": "ci@shop-prod.iam.gserviceaccount.com"},
            "requestMetadata": {"callerIp": "192.0.2.7", "callerSuppliedUserAgent": "gcloud/1"}}
    });
    change(&mut entry);
    entry
}

fn read(entry: &Value) -> Seen {
    parse(&GcpAudit, "audit.json", entry.to_string().as_bytes())
}

fn cells(row: &std::collections::BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
    for (column, value) in expected {
        assert_eq!(
            row.get(column).map(String::as_str),
            Some(*value),
            "{column}"
        );
    }
}

#[test]
fn a_secret_that_was_read() {
    let seen = read(&entry(
        "secretmanager",
        "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
        |entry| {
            entry["protoPayload"]["authenticationInfo"]["principalSubject"] =
                json!("serviceAccount:shop-prod.svc.id.goog[shop/till]");
        },
    ));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "secret"),
            ("provider", "gcp"),
            ("event_id", "i-1"),
            ("class_uid", "6003"),
            ("principal", "ci@shop-prod.iam.gserviceaccount.com"),
            ("object", "projects/shop-prod/things/till"),
            (
                "verb",
                "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
            ),
            ("result", "success"),
            ("source_address", "192.0.2.7"),
            ("account", "shop-prod"),
            ("region", "europe-west1"),
            ("service_account", "shop/till"),
            ("is_read", "true"),
        ],
    );
    assert!(seen.of("change").is_empty());
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123456789Z"]);
}

#[test]
fn grants_and_refusals() {
    let seen = read(&entry("cloudresourcemanager", "SetIamPolicy", |entry| {
        entry["protoPayload"]["serviceData"] = json!({"policyDelta": {"bindingDeltas": [
            {"action": "ADD", "role": "roles/owner", "member": "user:odo@lumen.example"}, {"action": "REMOVE", "role": "roles/viewer", "member": "user:x"}]}});
    }));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "privilege"),
            ("class_uid", "3005"),
            ("grantee", "user:odo@lumen.example"),
            ("granted", "roles/owner"),
        ],
    );
    cells(
        seen.of("change")[0],
        &[
            ("kind", "iam"),
            ("change_id", "i-1"),
            ("action", "SetIamPolicy"),
        ],
    );
    let seen = read(&entry(
        "iam",
        "google.iam.admin.v1.CreateServiceAccount",
        |entry| {
            entry["protoPayload"]["status"] = json!({"code": 7, "message": "no"});
        },
    ));
    cells(
        seen.of("access")[0],
        &[("result", "denied"), ("error", "no")],
    );
    assert!(seen.of("change").is_empty());
}

#[test]
fn an_operation_is_told_once() {
    let image = format!("registry.local/till@sha256:{}", "ab".repeat(32));
    let begin = entry(
        "run",
        "google.cloud.run.v2.Services.UpdateService",
        |entry| {
            entry["operation"] = json!({"id": "op-1", "first": true});
            entry["protoPayload"]["request"] =
                json!({"service": {"template": {"containers": [{"image": image}]}}});
        },
    );
    let end = entry(
        "run",
        "google.cloud.run.v2.Services.UpdateService",
        |entry| {
            entry["operation"] = json!({"id": "op-1", "last": true});
            entry["protoPayload"]["status"] = json!({"code": 13, "message": "not ready"});
        },
    );
    let seen = parse(&GcpAudit, "x", format!("[{begin},{end}]").as_bytes());
    assert_eq!((seen.kept, seen.of("access").len()), (2, 1));
    cells(
        seen.of("change")[0],
        &[
            ("kind", "deploy"),
            ("change_id", "op-1"),
            ("service", "till"),
            ("image", &image),
            ("action", "deploy"),
        ],
    );
    cells(
        seen.of("change_status")[0],
        &[
            ("change_id", "op-1"),
            ("state", "failure"),
            ("description", "not ready"),
        ],
    );
}

#[test]
fn a_cluster_speaks_like_its_server() {
    let seen = read(&entry("x", "io.k8s.core.v1.secrets.get", |entry| {
        entry["protoPayload"]["serviceName"] = json!("k8s.io");
        entry["protoPayload"]["resourceName"] = json!("core/v1/namespaces/shop/secrets/pay");
        entry["protoPayload"]["authenticationInfo"]["principalEmail"] =
            json!("system:serviceaccount:shop:till");
        entry["labels"] = json!({"authorization.k8s.io/decision": "allow"});
    }));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "secret"),
            ("provider", "kubernetes"),
            ("principal", "system:serviceaccount:shop:till"),
            ("service_account", "shop/till"),
            ("object", "secrets/shop/pay"),
            ("verb", "get"),
            ("result", "success"),
            ("region", "shop"),
        ],
    );
    let seen = read(&entry("x", "io.k8s.core.v1.pods.exec.create", |entry| {
        entry["protoPayload"]["serviceName"] = json!("k8s.io");
        entry["protoPayload"]["resourceName"] = json!("core/v1/namespaces/shop/pods/till-1/exec");
        entry["protoPayload"]["status"] = json!({"code": 7});
    }));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "privilege"),
            ("object", "pods/exec/shop/till-1"),
            ("result", "denied"),
        ],
    );
    let seen = read(&entry("x", "io.k8s.apps.v1.deployments.update", |entry| {
        entry["protoPayload"]["serviceName"] = json!("k8s.io");
        entry["protoPayload"]["resourceName"] = json!("apps/v1/namespaces/shop/deployments/till");
        entry["protoPayload"]["response"] = json!({"kind": "Deployment", "metadata": {"name": "till"}, "spec": {"template": {"spec": {"containers": [{"image": "registry.local/till:2.4.0"}]}}}});
    }));
    cells(
        seen.of("change")[0],
        &[
            ("kind", "deploy"),
            ("service", "till"),
            ("version", "2.4.0"),
            ("object", "deployments/shop/till"),
        ],
    );
}

#[test]
fn other_entries_are_passed_over() {
    let bytes = b"{\"entries\":[{\"jsonPayload\":{}},{\"x\":1}]}";
    let seen = parse(&GcpAudit, "x", bytes);
    assert_eq!(
        (seen.ignored.values().sum::<u64>(), seen.rejects.len()),
        (1, 1)
    );
    assert_eq!(sniff(&GcpAudit, bytes), NO);
}

#[test]
fn hostile_bytes_do_no_harm() {
    torn_and_flipped(
        &GcpAudit,
        entry("iam", "SetIamPolicy", |_| {}).to_string().as_bytes(),
    );
    let cluster = entry("x", "io.k8s.core.v1.secrets.get", |entry| {
        entry["protoPayload"]["serviceName"] = json!("k8s.io");
    });
    torn_and_flipped(&GcpAudit, cluster.to_string().as_bytes());
}

#[test]
fn real_samples_are_read() {
    for (path, bytes) in samples("gcp-audit") {
        assert!(sniff(&GcpAudit, &bytes) >= LIKELY, "{path}");
        let seen = parse(&GcpAudit, &path, &bytes);
        // Two are payloads without a method.
        let known = |why: &str| why == "an audit entry without its method";
        assert!(
            seen.rejects.iter().all(|(_, why)| known(why)),
            "{path}: {:?}",
            seen.rejects
        );
        assert_eq!((seen.read, seen.kept), (143, 141), "{path}");
        let told = seen.of("access").len() + seen.of("change_status").len();
        assert_eq!(told, 141, "{path}");
    }
}

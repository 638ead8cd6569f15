use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

fn record(operation: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut record = json!({
        "time": "2026-11-03T14:00:00.1234567Z", "resourceId": "/SUBSCRIPTIONS/S-1/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.WEB/SITES/TILL",
        "operationName": operation, "category": "Administrative", "resultType": "Success", "resultSignature": "Succeeded.OK",
        "callerIpAddress": "192.0.2.7", "correlationId": "c-1", "level": "Information",
        "identity": {"claims": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "mara@lumen.example"}, "authorization": {"scope": "/subscriptions/s-1", "evidence": {"role": "Owner"}}}
    });
    change(&mut record);
    record
}

fn read(record: &Value) -> Seen {
    parse(&AzureActivity, "log.json", record.to_string().as_bytes())
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
fn a_site_that_was_written() {
    let seen = read(&record("MICROSOFT.WEB/SITES/WRITE", |_| {}));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "api"),
            ("provider", "azure"),
            ("principal", "mara@lumen.example"),
            (
                "object",
                "/subscriptions/s-1/resourcegroups/shop/providers/microsoft.web/sites/till",
            ),
            ("verb", "MICROSOFT.WEB/SITES/WRITE"),
            ("result", "success"),
            ("source_address", "192.0.2.7"),
            ("account", "S-1"),
            ("is_read", "false"),
        ],
    );
    cells(
        seen.of("change")[0],
        &[
            ("kind", "deploy"),
            ("service", "till"),
            ("action", "deploy"),
            (
                "change_id",
                "c-1/microsoft.web/sites/write//subscriptions/s-1/resourcegroups/shop/providers/microsoft.web/sites/till",
            ),
        ],
    );
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123456700Z"]);
}

#[test]
fn stages_before_the_end_are_passed_over() {
    for stage in ["Start", "Accept"] {
        let seen = read(&record("MICROSOFT.WEB/SITES/WRITE", |record| {
            record["resultType"] = json!(stage);
        }));
        assert_eq!(
            (seen.kept, seen.ignored.values().sum::<u64>()),
            (0, 1),
            "{stage}"
        );
    }
}

#[test]
fn listed_records_have_names_with_values() {
    let listed = json!([{"eventTimestamp": "2026-11-03T14:00:00Z", "operationName": {"value": "Microsoft.Authorization/roleAssignments/write", "localizedValue": "Create role assignment"},
        "caller": "mara@lumen.example", "category": {"value": "Administrative"}, "status": {"value": "Succeeded"}, "eventDataId": "e-1", "subscriptionId": "s-1",
        "resourceId": "/subscriptions/s-1/x", "correlationId": "c-1", "httpRequest": {"clientIpAddress": "192.0.2.7"}, "authorization": {"role": "Owner"}}]);
    assert_eq!(
        sniff(&AzureActivity, listed.to_string().as_bytes()),
        CERTAIN
    );
    let seen = read(&listed);
    cells(
        seen.of("access")[0],
        &[
            ("kind", "privilege"),
            ("class_uid", "3005"),
            ("principal", "mara@lumen.example"),
            ("granted", "Owner"),
            ("source_address", "192.0.2.7"),
            ("event_id", "e-1"),
        ],
    );
    cells(
        seen.of("change")[0],
        &[("kind", "iam"), ("description", "Create role assignment")],
    );
}

#[test]
fn sign_ins_and_secrets() {
    let seen = read(
        &json!({"calleripaddress": "192.0.2.7", "category": "ServicePrincipalSignInLogs", "operationname": "Sign-in activity", "resulttype": 7_000_215, "time": "2026-11-03 14:00:00.5",
        "resourceid": "/tenants/t-1", "tenantid": "t-1", "properties": "{\"servicePrincipalName\":\"till\",\"resourceDisplayName\":\"Azure Storage\",\"id\":\"s-9\"}"}),
    );
    cells(
        seen.of("access")[0],
        &[
            ("kind", "privilege"),
            ("class_uid", "3002"),
            ("principal", "till"),
            ("object", "Azure Storage"),
            ("result", "denied"),
            ("event_id", "s-9"),
            ("account", "t-1"),
        ],
    );
    let seen = read(&record("SecretGet", |record| {
        record["category"] = json!("AuditEvent");
        record["resourceId"] = json!("/SUBSCRIPTIONS/S-1/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V");
        record["properties"] =
            json!({"id": "https://v.vault.azure.net/secrets/pay/1", "httpStatusCode": 403});
    }));
    cells(
        seen.of("access")[0],
        &[
            ("kind", "secret"),
            ("object", "v.vault.azure.net/secrets/pay/1"),
            ("result", "denied"),
            ("is_read", "true"),
        ],
    );
}

#[test]
fn clusters_speak_like_their_servers() {
    let audit = json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a-1", "stage": "ResponseComplete", "verb": "get", "user": {"username": "mara"},
        "objectRef": {"resource": "secrets", "namespace": "shop", "name": "pay"}, "requestURI": "/x", "responseStatus": {"code": 200}});
    let cluster = json!({"category": "kube-audit", "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read", "time": "2026-11-03T14:00:00Z", "resourceId": "x", "properties": {"log": audit.to_string()}});
    let mixed = json!({"records": [cluster, record("MICROSOFT.WEB/SITES/WRITE", |_| {})]});
    assert_eq!(sniff(&AzureActivity, mixed.to_string().as_bytes()), CERTAIN);
    assert_eq!(
        sniff(
            &AzureActivity,
            json!({"records": [cluster]}).to_string().as_bytes()
        ),
        NO
    );
    let seen = read(&mixed);
    cells(
        seen.of("access")[0],
        &[("provider", "kubernetes"), ("object", "secrets/shop/pay")],
    );
    assert_eq!(seen.kept, 2);
    assert_eq!(
        crate::formats::sniff("x", mixed.to_string().as_bytes())
            .format
            .unwrap()
            .name(),
        "azure_activity"
    );
}

#[test]
fn hostile_bytes_do_no_harm() {
    torn_and_flipped(
        &AzureActivity,
        record("MICROSOFT.WEB/SITES/WRITE", |_| {})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(read(&json!({"x": 1})).rejects.len(), 1);
}

#[test]
fn real_samples_are_read() {
    for (path, bytes) in samples("azure-activity") {
        assert_eq!(sniff(&AzureActivity, &bytes), CERTAIN, "{path}");
        let seen = parse(&AzureActivity, &path, &bytes);
        assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
        assert_eq!((seen.read, seen.kept), (47, 47), "{path}");
        assert!(
            seen.times("access").iter().all(|time| !time.is_empty()),
            "{path}"
        );
    }
}

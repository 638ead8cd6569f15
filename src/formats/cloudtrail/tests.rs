use serde_json::json;

use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff};

/// A call of the role `deployer`, and what is different about it.
fn call(service: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut event = json!({
        "eventVersion": "1.09", "eventID": "e-1", "eventTime": "2026-11-03T14:00:00Z", "eventType": "AwsApiCall",
        "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/deployer/run-7",
            "accessKeyId": "ASIAONE", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deployer"}}},
        "requestParameters": null, "responseElements": null, "readOnly": false
    });
    change(&mut event);
    event
}

fn read(event: &Value) -> Seen {
    parse(&Cloudtrail, "events.json", event.to_string().as_bytes())
}

#[test]
fn a_secret_that_was_read() {
    let seen = read(&call("secretsmanager", "GetSecretValue", |event| {
        event["requestParameters"] = json!({"secretId": "prod/db"});
        event["readOnly"] = json!(true);
    }));
    let row = seen.of("access")[0];
    for (column, expected) in [
        ("kind", "secret"),
        ("provider", "aws"),
        ("event_id", "e-1"),
        ("class_uid", "6003"),
        (
            "principal",
            "arn:aws:sts::111122223333:assumed-role/deployer/run-7",
        ),
        ("on_behalf_of", "arn:aws:iam::111122223333:role/deployer"),
        ("object", "prod/db"),
        ("verb", "secretsmanager:GetSecretValue"),
        ("result", "success"),
        ("source_address", "192.0.2.7"),
        ("account", "111122223333"),
        ("region", "eu-west-1"),
        ("is_read", "true"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.000000000Z"]);
    assert!(seen.of("change").is_empty());
}

#[test]
fn kinds_and_objects() {
    let of = |service: &str, name: &str, parameters: Value| {
        let seen = read(&call(service, name, |event| {
            event["requestParameters"] = parameters;
        }));
        let row = seen.of("access")[0].clone();
        (row["kind"].clone(), row["object"].clone())
    };
    let is = |kind: &str, object: &str| (kind.to_owned(), object.to_owned());
    assert_eq!(
        of(
            "ssm",
            "GetParameters",
            json!({"names": ["/a", "/b"], "withDecryption": true})
        ),
        is("secret", "/a /b")
    );
    assert_eq!(
        of("ssm", "GetParameter", json!({"name": "/a"})),
        is("api", "/a")
    );
    let context =
        json!({"keyId": "k", "encryptionContext": {"SecretARN": "arn:aws:secretsmanager:s"}});
    assert_eq!(
        of("kms", "Decrypt", context),
        is("secret", "arn:aws:secretsmanager:s")
    );
    assert_eq!(
        of("s3", "GetObject", json!({"bucketName": "b", "key": "c/d"})),
        is("api", "b/c/d")
    );
    assert_eq!(
        of("sts", "AssumeRole", json!({"roleArn": "arn:r"})),
        is("privilege", "arn:r")
    );
    assert_eq!(
        of(
            "lambda",
            "AddPermission20150331v2",
            json!({"functionName": "till"})
        ),
        is("privilege", "till")
    );
    assert_eq!(
        of(
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"groupId": "sg-1"})
        ),
        is("network", "sg-1")
    );
    assert_eq!(
        of("health", "DescribeEvents", json!(null)),
        is("api", "health.amazonaws.com")
    );
}

#[test]
fn refusals_and_failures_are_told_apart() {
    let of = |code: &str| {
        read(&call("ec2", "RunInstances", |event| {
            event["errorCode"] = json!(code);
        }))
        .of("access")[0]["result"]
            .clone()
    };
    assert_eq!(of("Client.UnauthorizedOperation"), "denied");
    assert_eq!(of("AccessDeniedException"), "denied");
    assert_eq!(of("ThrottlingException"), "error");
    assert_eq!(of(""), "success");
    let login = read(&call("signin", "ConsoleLogin", |event| {
        event["responseElements"] = json!({"ConsoleLogin": "Failure"});
    }));
    assert_eq!(
        (
            login.of("access")[0]["result"].as_str(),
            login.of("access")[0]["class_uid"].as_str()
        ),
        ("denied", "3002")
    );
}

#[test]
fn a_refused_call_still_says_what_it_was_about() {
    let seen = read(&call("secretsmanager", "GetSecretValue", |event| {
        event["errorCode"] = json!("AccessDenied");
        event["errorMessage"] = json!(
            "User: x is not authorized to perform: y on resource: arn:s because no policy allows it"
        );
    }));
    let row = seen.of("access")[0];
    assert_eq!(
        (row["object"].as_str(), row["result"].as_str()),
        ("arn:s", "denied")
    );
    assert!(row["error"].starts_with("AccessDenied: User: x"));
}

#[test]
fn who_called_is_told_by_what_there_is() {
    let of = |identity: Value| {
        let seen = read(&call("sts", "AssumeRoleWithWebIdentity", |event| {
            event["userIdentity"] = identity;
        }));
        seen.of("access")[0].clone()
    };
    let ci = of(
        json!({"type": "WebIdentityUser", "principalId": "p", "userName": "repo:acme/shop:ref:refs/heads/main"}),
    );
    assert_eq!(ci["principal"], "repo:acme/shop:ref:refs/heads/main");
    let pod =
        of(json!({"type": "WebIdentityUser", "userName": "system:serviceaccount:shop:basket"}));
    assert_eq!(pod["service_account"], "shop/basket");
    assert_eq!(
        of(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}))["principal"],
        "ec2.amazonaws.com"
    );
}

#[test]
fn a_role_that_was_taken_says_which_key_it_gave() {
    let seen = read(&call("sts", "AssumeRole", |event| {
        event["requestParameters"] = json!({"roleArn": "arn:r", "tags": [{"key": "kubernetes-pod-name", "value": "basket-1"},
            {"key": "kubernetes-namespace", "value": "shop"}, {"key": "kubernetes-service-account", "value": "basket"}]});
        event["responseElements"] = json!({"credentials": {"accessKeyId": "ASIATWO"}});
    }));
    let row = seen.of("access")[0];
    assert_eq!(
        (
            row["k8s_pod_name"].as_str(),
            row["service_account"].as_str()
        ),
        ("basket-1", "shop/basket")
    );
    let attributes: Value = serde_json::from_str(&row["attributes"]).unwrap();
    assert_eq!(
        (
            attributes["accessKeyId"].as_str(),
            attributes["issuedAccessKeyId"].as_str()
        ),
        (Some("ASIAONE"), Some("ASIATWO"))
    );
}

#[test]
fn changes_of_services_functions_and_roles() {
    let of = |service: &str, name: &str, parameters: Value, response: Value| {
        let seen = read(&call(service, name, |event| {
            event["requestParameters"] = parameters;
            event["responseElements"] = response;
        }));
        seen.of("change")[0].clone()
    };
    let service = of(
        "ecs",
        "UpdateService",
        json!({"cluster": "arn:aws:ecs:x:1:cluster/prod", "service": "till",
        "taskDefinition": "arn:aws:ecs:x:1:task-definition/till:42"}),
        json!(null),
    );
    assert_eq!(
        (
            service["kind"].as_str(),
            service["service"].as_str(),
            service["version"].as_str()
        ),
        ("deploy", "till", "till:42")
    );
    assert_eq!(
        (service["object"].as_str(), service["action"].as_str()),
        ("services/prod/till", "UpdateService")
    );
    assert_eq!(
        of(
            "ecs",
            "UpdateService",
            json!({"service": "till", "desiredCount": 3}),
            json!(null)
        )["action"],
        "scale"
    );

    let image = format!("registry.local/till@sha256:{}", "ab".repeat(32));
    let definition = of(
        "ecs",
        "RegisterTaskDefinition",
        json!({"family": "till", "containerDefinitions": [{"image": image}]}),
        json!({"taskDefinition": {"revision": 42}}),
    );
    assert_eq!(
        (
            definition["version"].as_str(),
            definition["digest"].as_str()
        ),
        ("till:42", &*format!("sha256:{}", "ab".repeat(32)))
    );

    let function = of(
        "lambda",
        "UpdateFunctionCode20150331v2",
        json!({"functionName": "arn:aws:lambda:x:1:function:till:live"}),
        json!({"version": "7", "codeSha256": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="}),
    );
    assert_eq!(
        (function["service"].as_str(), function["version"].as_str()),
        ("till", "7")
    );
    assert_eq!(function["digest"], format!("sha256:{}", "ab".repeat(32)));

    let grant = of(
        "iam",
        "AttachRolePolicy",
        json!({"roleName": "till", "policyArn": "arn:p"}),
        json!(null),
    );
    assert_eq!(
        (
            grant["kind"].as_str(),
            grant["object"].as_str(),
            grant["action"].as_str()
        ),
        ("iam", "till", "AttachRolePolicy")
    );

    for refused in [
        json!({"errorCode": "AccessDenied"}),
        json!({"readOnly": true}),
        json!({"requestParameters": {"dryRun": true}}),
    ] {
        let seen = read(&call("iam", "CreateUser", |event| {
            event
                .as_object_mut()
                .unwrap()
                .extend(refused.as_object().unwrap().clone());
        }));
        assert!(seen.of("change").is_empty());
    }
}

#[test]
fn every_export_leads_to_the_same_event() {
    let event = call("secretsmanager", "GetSecretValue", |event| {
        event["requestParameters"] = json!({"secretId": "prod/db"});
    });
    let text = event.to_string();
    let lower = json!({"eventid": "e-1", "eventname": "GetSecretValue", "eventsource": "secretsmanager.amazonaws.com",
        "eventtime": "2026-11-03 14:00:00", "awsregion": "eu-west-1", "requestparameters": "{\"secretId\":\"prod/db\"}"});
    for export in [
        json!({"Records": [event, event]}),
        json!([event, event]),
        json!({"Events": [{"EventId": "e-1", "CloudTrailEvent": text}]}),
        json!({"detail-type": "AWS API Call via CloudTrail", "detail": event}),
        json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": text}, {"id": "2", "message": text}]}),
        lower,
        event.clone(),
    ] {
        let bytes = export.to_string().into_bytes();
        assert_eq!(sniff(&Cloudtrail, &bytes), CERTAIN, "{export}");
        let seen = parse(&Cloudtrail, "export", &bytes);
        assert!(seen.kept >= 1 && seen.rejects.is_empty(), "{export}");
        for row in seen.of("access") {
            assert_eq!(
                (row["object"].as_str(), row["event_id"].as_str()),
                ("prod/db", "e-1")
            );
        }
        assert!(
            seen.times("access")
                .iter()
                .all(|time| time.starts_with("2026-11-03T14:00:00"))
        );
    }
}

#[test]
fn each_record_is_cited_by_itself() {
    let event = call("iam", "CreateUser", |_| {});
    let bytes = format!("{{\"Records\":[{event},\"stray\",{event},{{\"eventName\":\"torn");
    let seen = parse(&Cloudtrail, "x.json", bytes.as_bytes());
    assert_eq!(
        (seen.kept, seen.rejects.len()),
        (2, 2),
        "{:?}",
        seen.rejects
    );
    let span = seen.rows.last().unwrap().1.span;
    assert_eq!(
        &bytes[usize::try_from(span.offset).unwrap()..][..usize::try_from(span.length).unwrap()],
        event.to_string()
    );
}

#[test]
fn what_looks_alike_is_left_alone() {
    for other in [
        r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"x","userIdentity":{}}]}"#,
        r#"{"logEvents":[{"message":"START RequestId"}]}"#,
        r#"{"detail":{"state":"x"},"source":"aws.ec2"}"#,
        r#"{"eventName":"x","eventSource":"shop"}"#,
    ] {
        assert_eq!(sniff(&Cloudtrail, other.as_bytes()), NO, "{other}");
        assert_eq!(
            parse(&Cloudtrail, "x", other.as_bytes()).of("access").len(),
            usize::from(other.contains("shop"))
        );
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    let event = call("lambda", "UpdateFunctionCode20150331v2", |event| {
        event["requestParameters"] = json!({"functionName": "a:function:b:c", "encryptionContext": {"a": "arn:x"}, "tags": [{"key": "k"}]});
    });
    let bytes = format!(
        "{}\n{}\n",
        json!({"Records": [event]}),
        json!({"Events": [{"CloudTrailEvent": event.to_string()}]})
    )
    .into_bytes();
    for end in (0..bytes.len()).step_by(3) {
        parse(&Cloudtrail, "x", &bytes[..end]);
    }
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x15;
        parse(&Cloudtrail, "x", &flipped);
    }
}

#[test]
fn real_samples_are_read() {
    let (mut read, mut secrets) = (0, 0);
    for (path, bytes) in samples("cloudtrail") {
        assert!(sniff(&Cloudtrail, &bytes) >= LIKELY, "{path}");
        let seen = parse(&Cloudtrail, &path, &bytes);
        assert!(
            seen.rejects.is_empty() && seen.ignored.is_empty(),
            "{path}: {:?}",
            seen.rejects
        );
        assert_eq!(seen.of("access").len() as u64, seen.kept, "{path}");
        secrets += seen
            .of("access")
            .iter()
            .filter(|row| row["kind"] == "secret")
            .count();
        read += seen.read;
    }
    assert!(
        read == 0 || (read == 3_099 && secrets > 300),
        "{read} read, {secrets} secrets"
    );
}

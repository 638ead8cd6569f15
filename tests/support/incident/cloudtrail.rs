//! `cloudtrail/`: one object a day, as the trail puts them into its bucket: the deploy jobs' roles and
//! the keys that they and Vault use. Nothing here is unusual, and a case should say so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock::{self, DAY, HOUR, MINUTE, Ns, SECOND, at};
use super::files::Files;
use super::ids;
use super::story::{BEGIN, END, REPOSITORY};
use super::world::{Ship, World};

const ACCOUNT: &str = "410288137755";
const REGION: &str = "eu-west-1";

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let mut days: BTreeMap<Ns, Vec<(Ns, Value)>> = BTreeMap::new();
    for (time, event) in events(world) {
        days.entry(time / DAY * DAY)
            .or_default()
            .push((time, event));
    }
    for (day, mut events) in days {
        events.sort_by_key(|(time, _)| *time);
        let records: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
        let stamp = clock::form(day + 16 * HOUR + 5 * MINUTE, "%Y%m%dT%H%MZ");
        let unique = ids::alphanumeric(&stamp, 16);
        let path = format!("cloudtrail/{ACCOUNT}_CloudTrail_{REGION}_{stamp}_{unique}.json");
        // The trail writes no newline at all.
        files.put(&path, json!({"Records": records}).to_string());
    }
}

fn events(world: &World) -> Vec<(Ns, Value)> {
    let mut events = Vec::new();
    for ship in &world.ships {
        deploy(world, ship, &mut events);
    }
    let mut day = at(BEGIN);
    while day < at(END) {
        let time = day + 4 * HOUR + 12 * SECOND;
        let session = json!({
            "type": "AssumedRole",
            "principalId": format!("AROA{}:vault-0", ids::capitals("vault role", 17)),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/vault-unseal/vault-0"),
            "accountId": ACCOUNT,
            "accessKeyId": format!("ASIA{}", ids::capitals(&format!("vault {day}"), 16)),
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::{ACCOUNT}:role/vault-unseal"), "accountId": ACCOUNT, "userName": "vault-unseal"}},
        });
        events.push(decrypt(
            time,
            &session,
            "vault-unseal",
            &json!({"vault": "prod-1"}),
            "10.40.2.8",
        ));
        day += DAY;
    }
    events
}

/// The deploy job takes its role with GitHub's token and decrypts what it deploys with.
fn deploy(world: &World, ship: &Ship, events: &mut Vec<(Ns, Value)>) {
    let time = ship.admitted + 12 * SECOND;
    let key = format!("ASIA{}", ids::capitals(&ship.runner, 16));
    let subject = format!("repo:{REPOSITORY}:environment:production");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/github-deployer");
    let name = format!("{}-{}", ship.run, ship.release.attempts);
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/github-deployer/{name}");
    let principal = format!("AROA{}:{name}", ids::capitals("deployer role", 17));
    let assumed = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "WebIdentityUser",
            "principalId": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"),
        },
        "eventTime": clock::seconds(time),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-actions/configure-aws-credentials@v5",
        "requestParameters": {"roleArn": role, "roleSessionName": name, "durationSeconds": 3600},
        "responseElements": {
            "credentials": {"accessKeyId": key, "expiration": clock::seconds(time + HOUR)},
            "subjectFromWebIdentityToken": subject,
            "assumedRoleUser": {"assumedRoleId": principal, "arn": session},
            "provider": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"),
            "audience": "sts.amazonaws.com",
        },
        "requestID": ids::uuid(&format!("request assume {name}")),
        "eventID": ids::uuid(&format!("event assume {name}")),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    });
    events.push((time, assumed));
    let identity = json!({
        "type": "AssumedRole",
        "principalId": principal,
        "arn": session,
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": role, "accountId": ACCOUNT, "userName": "github-deployer"},
            "webIdFederationData": {"federatedProvider": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com")},
        },
    });
    let context = json!({"service": ship.release.service, "commit": world.source(ship).merged});
    events.push(decrypt(
        time + 3 * SECOND,
        &identity,
        "deploy-manifests",
        &context,
        "198.51.100.23",
    ));
}

fn decrypt(time: Ns, identity: &Value, key: &str, context: &Value, address: &str) -> (Ns, Value) {
    let key_id = ids::uuid(&format!("kms {key}"));
    let label = format!("decrypt {time} {key}");
    let event = json!({
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": clock::seconds(time),
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": REGION,
        "sourceIPAddress": address,
        "userAgent": "aws-sdk-go-v2/1.39.2",
        "requestParameters": {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        "responseElements": null,
        "requestID": ids::uuid(&format!("request {label}")),
        "eventID": ids::uuid(&format!("event {label}")),
        "readOnly": true,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}")}],
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    });
    (time, event)
}

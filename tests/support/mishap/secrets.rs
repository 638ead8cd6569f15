//! `vault/audit.log` and `cloudtrail/`: reads of secrets, roles taken, rights given in the cloud.
//!
//! Pods reach AWS through a VPC endpoint, so that CloudTrail shows their own addresses.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::deeds::{Act, Deed, Grant, Way};
use super::ids;
use super::plan::{Plan, cloud_role};
use super::time::{self, DAY, HOUR, MILLI, Ns, SECOND};
use super::world::{Pod, World};

const REGION: &str = "eu-west-1";

/// Writes both.
pub fn write(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    vault(plan, files);
    cloudtrail(plan, files);
}

fn vault(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    let world = &plan.world;
    let mut entries: Vec<(Ns, Value)> = Vec::new();
    for pod in world.pods.iter().filter(|pod| pod.created > world.begin) {
        ask(world, pod, pod.created + 9 * SECOND, None, &mut entries);
        if let Some(time) = pod.restarted {
            ask(world, pod, time + 3 * SECOND, None, &mut entries);
        }
    }
    for act in &plan.deeds.acts {
        if let Deed::Vault(path) = &act.deed {
            ask(
                world,
                &world.pods[act.pod],
                act.time,
                Some(path),
                &mut entries,
            );
        }
    }
    entries.retain(|(time, _)| *time < world.end);
    entries.sort_by_key(|(time, _)| *time);
    let text: String = entries
        .into_iter()
        .map(|(_, entry)| format!("{entry}\n"))
        .collect();
    files.push(("vault/audit.log".to_owned(), text.into_bytes()));
}

fn hmac(value: &str) -> String {
    format!(
        "hmac-sha256:{}",
        ids::sha256(&format!("device salt {value}"))
    )
}

/// A request and its response: the read of a path, or a login where there is none.
fn ask(world: &World, pod: &Pod, moment: Ns, path: Option<&str>, entries: &mut Vec<(Ns, Value)>) {
    let (service, namespace) = (world.services[pod.service].name, world.namespace);
    let token = json!({
        "display_name": format!("kubernetes-{namespace}-{service}"),
        "policies": ["default", service],
        "metadata": {"role": service, "service_account_name": service, "service_account_namespace": namespace},
        "entity_id": ids::uuid(&format!("entity {service}")),
        "token_type": "service",
        "accessor": hmac(&format!("accessor {}", pod.uid)),
    });
    let id = ids::uuid(&format!("vault {moment} {} {path:?}", pod.uid));
    let (point, kind) = if path.is_some() {
        ("secret/", "kv")
    } else {
        ("auth/kubernetes/", "kubernetes")
    };
    let request = json!({
        "id": id,
        "operation": if path.is_some() { "read" } else { "update" },
        "mount_point": point,
        "mount_type": kind,
        "path": path.unwrap_or("auth/kubernetes/login"),
        "remote_address": pod.ip,
        "remote_port": 32_768 + ids::number(&id, 28_000),
    });
    let none = json!({"token_type": "default"});
    let auth = if path.is_some() { &token } else { &none };
    // Readers take the response, which says it all again: the request keeps to what it needs.
    let asked = json!({"time": time::nanos(moment), "type": "request", "auth": {"token_type": auth["token_type"]}, "request": request});
    let mut answered = json!({"time": time::nanos(moment + 6 * MILLI), "type": "response", "auth": auth, "request": request});
    answered["response"] = match path {
        Some(path) => json!({"mount_type": kind, "data": {"data": {"value": hmac(path)}}}),
        None => json!({"mount_type": kind, "auth": token}),
    };
    entries.push((moment, asked));
    entries.push((moment + 6 * MILLI, answered));
}

fn cloudtrail(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    let world = &plan.world;
    let mut events: Vec<(Ns, Value)> = Vec::new();
    let cloud = Cloud { world };
    for act in &plan.deeds.acts {
        events.extend(cloud.acted(act));
    }
    for release in world.releases.iter().filter(|release| !release.before) {
        events.push(cloud.deployer(&release.sha, release.time - 90 * SECOND));
    }
    for grant in &plan.deeds.grants {
        events.extend(cloud.granted(grant));
    }
    let mut days: BTreeMap<Ns, Vec<(Ns, Value)>> = BTreeMap::new();
    for (moment, event) in events.into_iter().filter(|(moment, _)| *moment < world.end) {
        days.entry(moment - moment % DAY)
            .or_default()
            .push((moment, event));
    }
    for (day, mut events) in days {
        events.sort_by_key(|(moment, _)| *moment);
        let records: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
        let stamp = time::stamp(day + 16 * HOUR);
        let name = format!(
            "cloudtrail/{}_CloudTrail_{REGION}_{stamp}_{}.json",
            world.account,
            ids::capitals(&stamp, 16)
        );
        files.push((name, json!({"Records": records}).to_string().into_bytes()));
    }
}

struct Cloud<'a> {
    world: &'a World,
}

impl Cloud<'_> {
    fn role(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role/{name}", self.world.account)
    }

    /// A session of a role.
    fn session(&self, role: &str, session: &str) -> Value {
        let account = &self.world.account;
        json!({
            "type": "AssumedRole",
            "principalId": format!("AROA{}:{session}", ids::capitals(role, 17)),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            "accountId": account,
            "accessKeyId": format!("ASIA{}", ids::capitals(session, 16)),
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": self.role(role), "accountId": account, "userName": role}},
        })
    }

    fn event(
        &self,
        moment: Ns,
        identity: &Value,
        call: (&str, &str, bool),
        address: &str,
        parameters: &Value,
    ) -> Value {
        let (service, name, reads) = call;
        let label = format!("{moment} {name} {parameters} {address}");
        json!({
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": time::seconds(moment),
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "awsRegion": REGION,
            "sourceIPAddress": address,
            "userAgent": "aws-sdk-go-v2/1.39.2",
            "requestParameters": parameters,
            "responseElements": null,
            "requestID": ids::uuid(&format!("request {label}")),
            "eventID": ids::uuid(&format!("event {label}")),
            "readOnly": reads,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": self.world.account,
            "eventCategory": "Management",
        })
    }

    /// Takes a role with a token from elsewhere: a service account's or a workflow's.
    fn federated(
        &self,
        moment: Ns,
        subject: &str,
        provider: &str,
        role: &str,
        session: &str,
        address: &str,
    ) -> (Ns, Value) {
        let account = &self.world.account;
        let provider = format!("arn:aws:iam::{account}:oidc-provider/{provider}");
        let identity = json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        });
        let parameters = json!({"roleArn": self.role(role), "roleSessionName": session});
        let mut event = self.event(
            moment,
            &identity,
            ("sts", "AssumeRoleWithWebIdentity", true),
            address,
            &parameters,
        );
        event["responseElements"] = json!({
            "credentials": {"accessKeyId": format!("ASIA{}", ids::capitals(session, 16))},
            "subjectFromWebIdentityToken": subject,
            "assumedRoleUser": {"arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")},
        });
        (moment, event)
    }

    fn acted(&self, act: &Act) -> Option<(Ns, Value)> {
        let pod = &self.world.pods[act.pod];
        let service = self.world.services[pod.service].name;
        let own = cloud_role(self.world.namespace, service);
        let session = self.session(&own, &pod.name);
        let event =
            |call, parameters: &Value| self.event(act.time, &session, call, &pod.ip, parameters);
        let event = match &act.deed {
            Deed::Assume(role) if *role == own => {
                let subject = format!("system:serviceaccount:{}:{service}", self.world.namespace);
                let provider = format!(
                    "oidc.eks.{REGION}.amazonaws.com/id/{}",
                    ids::capitals(self.world.org, 32)
                );
                return Some(
                    self.federated(act.time, &subject, &provider, role, &pod.name, &pod.ip),
                );
            }
            Deed::Assume(role) => event(
                ("sts", "AssumeRole", true),
                &json!({"roleArn": self.role(role), "roleSessionName": pod.name}),
            ),
            Deed::Decrypt(key) => {
                let mut event = event(
                    ("kms", "Decrypt", true),
                    &json!({"encryptionContext": {"service": service}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
                );
                let arn = format!("arn:aws:kms:{REGION}:{}:key/{key}", self.world.account);
                event["resources"] =
                    json!([{"accountId": self.world.account, "type": "AWS::KMS::Key", "ARN": arn}]);
                event
            }
            Deed::Value(name) => event(
                ("secretsmanager", "GetSecretValue", true),
                &json!({"secretId": name}),
            ),
            _ => return None,
        };
        Some((act.time, event))
    }

    /// The deploy job takes its role.
    fn deployer(&self, sha: &str, moment: Ns) -> (Ns, Value) {
        let subject = format!("repo:{}:environment:production", self.world.repository());
        let session = format!("deploy-{}", &sha[..8]);
        self.federated(
            moment,
            &subject,
            "token.actions.githubusercontent.com",
            "github-deployer",
            &session,
            "198.51.100.23",
        )
    }

    /// The deploy job gives the service's role a policy, where the cloud is what gives it.
    fn granted(&self, grant: &Grant) -> Option<(Ns, Value)> {
        let release = &self.world.releases[grant.release];
        let service = self.world.services[release.service].name;
        let role = cloud_role(self.world.namespace, service);
        let session = self.session("github-deployer", &format!("deploy-{}", &release.sha[..8]));
        let (name, parameters) = match grant.way {
            Way::Attach => {
                let arn = format!("arn:aws:iam::{}:policy/{}", self.world.account, grant.role);
                (
                    "AttachRolePolicy",
                    json!({"roleName": role, "policyArn": arn}),
                )
            }
            Way::Put => {
                let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["secretsmanager:*", "sts:AssumeRole"], "Resource": "*"}]});
                (
                    "PutRolePolicy",
                    json!({"roleName": role, "policyName": grant.role, "policyDocument": document.to_string()}),
                )
            }
            Way::Role | Way::ClusterRole => return None,
        };
        Some((
            grant.time,
            self.event(
                grant.time,
                &session,
                ("iam", name, false),
                "198.51.100.23",
                &parameters,
            ),
        ))
    }
}

//! `vault/audit.log`: Vault's file audit device, a request and its response a pair of lines, secrets
//! as HMACs.

use serde_json::{Value, json};

use super::clock::{self, DAY, HOUR, MILLI, MINUTE, Ns, SECOND, at};
use super::files::Files;
use super::fleet::Pod;
use super::ids;
use super::people::DANA;
use super::story::{BEGIN, END, LEGACY_SECRET, REPOSITORY, SERVICES, TAX_JOB};
use super::traffic::{READ, Way};
use super::world::{Ship, World};

/// Who asks: what Vault knows of the token.
struct Caller {
    auth: Value,
    address: String,
}

/// What is asked.
struct Call<'a> {
    time: Ns,
    took: Ns,
    operation: &'a str,
    path: &'a str,
    error: Option<&'a str>,
}

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let mut entries = Vec::new();
    started(world, &mut entries);
    refreshed(world, &mut entries);
    deployed(world, &mut entries);
    fallen_back(world, &mut entries);
    rare(world, &mut entries);
    entries.sort_by_key(|(time, _)| *time);
    files.lines("vault/audit.log", entries.iter().map(|(_, entry)| entry));
}

type Entries = Vec<(Ns, Value)>;

/// What a service reads when it starts.
fn secrets(service: &str) -> &'static [&'static str] {
    match service {
        "checkout" => &[
            "secret/data/checkout/database",
            "secret/data/checkout/session-key",
        ],
        "payments" => &[
            "secret/data/payments/database",
            "secret/data/payments/cardnet-key",
        ],
        "catalog" => &["secret/data/catalog/database"],
        _ => &["secret/data/web/session-key"],
    }
}

/// Each new pod logs in and reads its secrets.
fn started(world: &World, entries: &mut Entries) {
    for pod in world.pods.iter().filter(|pod| pod.created > at(BEGIN)) {
        let caller = workload(pod);
        let login = pod.created + 10 * SECOND;
        Call {
            time: login,
            took: 31 * MILLI,
            operation: "update",
            path: "auth/kubernetes/login",
            error: None,
        }
        .by(&caller, entries);
        for (step, path) in (1..).zip(secrets(pod.service)) {
            read(login + step * 420 * MILLI, path, &caller, entries);
        }
    }
}

/// Twice a day one pod of each service reads its database's secret again; payments, which still
/// refunds old orders, reads the legacy gateway's at night.
fn refreshed(world: &World, entries: &mut Entries) {
    let mut half = at(BEGIN);
    while half < at(END) {
        for (index, service) in (0..).zip(&SERVICES) {
            let time = half + HOUR + index * 17 * MINUTE + 6 * SECOND;
            if let Some(pod) = serving(world, service.name, time) {
                read(time, secrets(service.name)[0], &workload(pod), entries);
            }
        }
        half += 12 * HOUR;
    }
    let mut day = at(BEGIN);
    while day < at(END) {
        let time = day + 5 * HOUR + 8 * SECOND;
        if let Some(pod) = serving(world, "payments", time) {
            read(time, LEGACY_SECRET, &workload(pod), entries);
        }
        day += DAY;
    }
}

/// Each deploy job reads what it deploys with; that of the bad release widens a policy.
fn deployed(world: &World, entries: &mut Entries) {
    for ship in &world.ships {
        let caller = runner(world, ship);
        read(
            ship.admitted + 14 * SECOND,
            "secret/data/ci/cluster-token",
            &caller,
            entries,
        );
        if ship.release.is_bad() {
            let time = ship.deployed - 40 * SECOND;
            Call {
                time,
                took: 12 * MILLI,
                operation: "update",
                path: "sys/policies/acl/checkout",
                error: None,
            }
            .by(&caller, entries);
        }
    }
}

/// Every read of the legacy gateway's credential by checkout, whether or not its trace was kept.
fn fallen_back(world: &World, entries: &mut Entries) {
    for request in &world.requests {
        let Some(payment) = &request.payment else {
            continue;
        };
        if let Way::Legacy { read: true, .. } = payment.way {
            let time = request.time + 5 * MILLI + request.own / 3 + payment.waited;
            let call = Call {
                time: time + MILLI,
                took: READ - 3 * MILLI,
                operation: "read",
                path: LEGACY_SECRET,
                error: None,
            };
            call.by(&workload(&world.pods[request.backend]), entries);
        }
    }
}

/// What happens once a week, and once.
fn rare(world: &World, entries: &mut Entries) {
    for time in TAX_JOB.map(at) {
        if let Some(pod) = serving(world, "checkout", time) {
            read(
                time,
                "secret/data/checkout/tax-provider-key",
                &workload(pod),
                entries,
            );
        }
    }
    let auth = json!({
        "display_name": format!("oidc-{}", DANA.email),
        "policies": ["default", "developer"],
        "token_policies": ["default", "developer"],
        "metadata": {"role": "developer", "email": DANA.email},
        "entity_id": ids::uuid("entity dana"),
        "token_type": "service",
    });
    let caller = Caller {
        auth,
        address: "10.8.0.42".into(),
    };
    let error = "1 error occurred:\n\t* permission denied\n\n";
    Call {
        time: at("10-29 10:52:40"),
        took: 2 * MILLI,
        operation: "read",
        path: LEGACY_SECRET,
        error: Some(error),
    }
    .by(&caller, entries);
}

fn serving<'a>(world: &'a World, service: &str, time: Ns) -> Option<&'a Pod> {
    let mut pods = world
        .pods
        .iter()
        .filter(|pod| pod.service == service && pod.serves(time));
    pods.next()
}

fn read(time: Ns, path: &str, caller: &Caller, entries: &mut Entries) {
    Call {
        time,
        took: 9 * MILLI,
        operation: "read",
        path,
        error: None,
    }
    .by(caller, entries);
}

/// A pod, logged in with its service account's token.
fn workload(pod: &Pod) -> Caller {
    let service = pod.service;
    let auth = json!({
        "display_name": format!("kubernetes-shop-{service}"),
        "policies": ["default", service],
        "token_policies": ["default", service],
        "metadata": {
            "role": service,
            "service_account_name": service,
            "service_account_namespace": "shop",
            "service_account_secret_name": "",
            "service_account_uid": ids::uuid(&format!("serviceaccount shop/{service}")),
        },
        "entity_id": ids::uuid(&format!("entity {service}")),
        "token_type": "service",
        "accessor": hmac(&format!("accessor {}", pod.uid)),
        "client_token": hmac(&format!("token {}", pod.uid)),
    });
    Caller {
        auth,
        address: pod.ip.clone(),
    }
}

/// A runner, logged in with GitHub's token for its job.
fn runner(world: &World, ship: &Ship) -> Caller {
    let auth = json!({
        "display_name": "jwt-github-acme-shop",
        "policies": ["default", "deployer"],
        "token_policies": ["default", "deployer"],
        "metadata": {
            "role": "deployer",
            "repository": REPOSITORY,
            "ref": "refs/heads/main",
            "sha": world.source(ship).merged,
            "run_id": ship.run.to_string(),
            "run_attempt": ship.release.attempts.to_string(),
        },
        "entity_id": ids::uuid("entity deployer"),
        "token_type": "service",
        "accessor": hmac(&format!("accessor {}", ship.runner)),
        "client_token": hmac(&format!("token {}", ship.runner)),
    });
    Caller {
        auth,
        address: "10.40.3.9".into(),
    }
}

/// How Vault shows what it must not show.
fn hmac(value: &str) -> String {
    format!(
        "hmac-sha256:{}",
        ids::sha256(&format!("device salt {value}"))
    )
}

impl Call<'_> {
    fn by(&self, caller: &Caller, entries: &mut Entries) {
        let id = ids::uuid(&format!(
            "vault {} {} {}",
            self.time, self.path, caller.address
        ));
        let received = self.time + i64::try_from(ids::number(&id, 900_000)).unwrap_or(0);
        let login = self.path.ends_with("/login");
        let (point, kind) = match self.path.split('/').next() {
            Some("auth") => ("auth/kubernetes/", "kubernetes"),
            Some("sys") => ("sys/", "system"),
            _ => ("secret/", "kv"),
        };
        let mut request = json!({
            "id": id,
            "operation": self.operation,
            "mount_point": point,
            "mount_type": kind,
            "namespace": {"id": "root"},
            "path": self.path,
            "remote_address": caller.address,
            "remote_port": 32_768 + ids::number(&id, 28_000),
        });
        if self.operation == "update" {
            request["data"] = if login {
                json!({"role": caller.auth["metadata"]["role"], "jwt": hmac(&format!("jwt {id}"))})
            } else {
                json!({"policy": hmac("deploy/vault/checkout.hcl")})
            };
        }
        // A login has no token yet.
        let auth = if login {
            json!({"token_type": "default"})
        } else {
            caller.auth.clone()
        };
        let mut asked = json!({"time": clock::nanos(received), "type": "request", "auth": auth, "request": request});
        let mut answered = asked.clone();
        answered["type"] = json!("response");
        answered["time"] = json!(clock::nanos(self.time + self.took));
        if let Some(error) = self.error {
            asked["error"] = json!(error);
            answered["error"] = json!(error);
        }
        answered["response"] = self.response(caller, login, kind);
        entries.push((received, asked));
        entries.push((self.time + self.took, answered));
    }

    fn response(&self, caller: &Caller, login: bool, kind: &str) -> Value {
        let mut response = json!({"mount_type": kind});
        if login {
            response["auth"] = caller.auth.clone();
        } else if self.operation == "read" && self.error.is_none() {
            response["data"] = json!({
                "data": {"value": hmac(self.path)},
                "metadata": {"created_time": "2026-09-01T06:12:40Z", "deletion_time": "", "destroyed": false, "version": 3},
            });
        }
        response
    }
}

//! The audit log: `audit.k8s.io/v1`, stage `ResponseComplete`. Deployments and role bindings are
//! logged with their bodies, secrets by name only, as a sensible audit policy has it.

use serde_json::{Value, json};

use super::super::clock::{self, DAY, HOUR, MILLI, MINUTE, Ns, SECOND, at};
use super::super::fleet::{Cause, NODES, Pod, Rollout};
use super::super::ids;
use super::super::people::{DANA, MEI, PRIYA, Person, TOM};
use super::super::story::{BEGIN, CONFIG_EDIT, END, QUARANTINE};
use super::super::world::{Ship, World};
use super::{deployment_uid, pinned, replica_set_uid, template};

/// Who asks.
struct Caller {
    user: Value,
    agent: &'static str,
    address: String,
}

/// What is asked.
struct Call<'a> {
    time: Ns,
    verb: &'a str,
    group: &'a str,
    resource: &'a str,
    namespace: &'a str,
    name: &'a str,
    code: u16,
    /// The right that allowed it, where it is not the caller's usual one.
    why: &'a str,
    request: Option<Value>,
    response: Option<Value>,
}

const KUBECTL: &str = "kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9";

/// All events in time order.
pub fn events(world: &World) -> Vec<Value> {
    let mut events = Vec::new();
    for rollout in &world.rollouts {
        match rollout.cause {
            Cause::Before => {}
            Cause::Release(index) => released(world, &world.ships[index], rollout, &mut events),
            Cause::Undo => undone(rollout, &mut events),
        }
    }
    for pod in &world.pods {
        lived(pod, &mut events);
    }
    grants(world, &mut events);
    people(world, &mut events);
    routine(&mut events);
    events.sort_by_key(|(time, _)| *time);
    events.into_iter().map(|(_, event)| event).collect()
}

type Events = Vec<(Ns, Value)>;

/// What the deploy job does.
fn released(world: &World, ship: &Ship, rollout: &Rollout, events: &mut Events) {
    let (service, version) = (rollout.service, rollout.version);
    let labels = json!({"app": service, "app.kubernetes.io/version": version});
    let read = Call {
        time: rollout.time - 4 * SECOND,
        verb: "get",
        group: "apps",
        resource: "deployments",
        name: service,
        ..Call::DEFAULT
    };
    events.push(read.by(&deployer(ship)));
    let cause = format!("{service} {version} {}", world.source(ship).merged);
    let patch = json!({
        "metadata": {"annotations": {"kubernetes.io/change-cause": cause}, "labels": {"app.kubernetes.io/version": version}},
        "spec": {"template": {
            "metadata": {"labels": {"app.kubernetes.io/version": version}},
            "spec": {"containers": [{"name": service, "image": pinned(service, version, &rollout.digest)}]},
        }},
    });
    let call = Call {
        verb: "patch",
        request: Some(patch),
        response: Some(deployment(rollout, &labels, &cause)),
        ..Call {
            time: rollout.time,
            group: "apps",
            resource: "deployments",
            name: service,
            ..Call::DEFAULT
        }
    };
    events.push(call.by(&deployer(ship)));
}

/// `kubectl rollout undo`: a JSON patch that puts the old template back.
fn undone(rollout: &Rollout, events: &mut Events) {
    let (service, version) = (rollout.service, rollout.version);
    let labels = json!({"app": service, "app.kubernetes.io/version": "v2.15.0"});
    let cause = format!("{service} {version} {}", rollout.sha);
    let patch = json!([
        {"op": "replace", "path": "/spec/template", "value": template(service, version, &rollout.digest)},
        {"op": "replace", "path": "/metadata/annotations", "value": {"kubernetes.io/change-cause": cause}},
    ]);
    let call = Call {
        verb: "patch",
        request: Some(patch),
        response: Some(deployment(rollout, &labels, &cause)),
        ..Call {
            time: rollout.time,
            group: "apps",
            resource: "deployments",
            name: service,
            ..Call::DEFAULT
        }
    };
    events.push(call.by(&person(PRIYA)));
}

fn deployment(rollout: &Rollout, labels: &Value, cause: &str) -> Value {
    json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": rollout.service,
            "namespace": "shop",
            "uid": deployment_uid(rollout.service),
            "generation": rollout.revision,
            "annotations": {
                "deployment.kubernetes.io/revision": (rollout.revision - 1).to_string(),
                "kubernetes.io/change-cause": cause,
            },
            "labels": labels,
        },
        "spec": {
            "selector": {"matchLabels": {"app": rollout.service}},
            "template": template(rollout.service, rollout.version, &rollout.digest),
        },
    })
}

/// A pod's life: the replica set makes it, its node reads what it mounts, the replica set ends it.
fn lived(pod: &Pod, events: &mut Events) {
    let set = format!("{}-{}", pod.service, pod.template);
    let controller = service_account("kube-system", "replicaset-controller", None);
    if pod.created > at(BEGIN) {
        let request = json!({
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                "generateName": format!("{set}-"),
                "labels": {"app": pod.service, "app.kubernetes.io/version": pod.version, "pod-template-hash": pod.template},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": replica_set_uid(pod.service, &pod.template), "controller": true}],
            },
            "spec": {
                "serviceAccountName": pod.service,
                "containers": [{"name": pod.service, "image": pinned(pod.service, pod.version, &pod.digest)}],
            },
        });
        let response = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": pod.name, "namespace": "shop", "uid": pod.uid}});
        let made = Call {
            verb: "create",
            code: 201,
            request: Some(request),
            response: Some(response),
            ..Call {
                time: pod.created,
                resource: "pods",
                name: &pod.name,
                ..Call::DEFAULT
            }
        };
        events.push(made.by(&controller));
        let mounted = format!("{}-tls", pod.service);
        let read = Call {
            time: pod.created + 2 * SECOND,
            verb: "get",
            resource: "secrets",
            name: &mounted,
            ..Call::DEFAULT
        };
        events.push(read.by(&node(pod.node)));
        let login = Call {
            time: pod.created + 10 * SECOND,
            verb: "create",
            group: "authentication.k8s.io",
            resource: "tokenreviews",
            namespace: "",
            code: 201,
            ..Call::DEFAULT
        };
        events.push(login.by(&service_account("platform", "vault", None)));
    }
    if let Some(ended) = pod.ended {
        let removal = Call {
            time: ended - 5 * SECOND,
            verb: "delete",
            resource: "pods",
            name: &pod.name,
            ..Call::DEFAULT
        };
        events.push(removal.by(&controller));
    }
    if pod.version == "v2.15.0" {
        let read = Call {
            time: pod.created + 11 * SECOND,
            verb: "get",
            resource: "secrets",
            namespace: "payments",
            name: "legacy-gateway-client",
            why: r#"RBAC: allowed by RoleBinding "checkout-legacy-payments/payments" of Role "legacy-gateway-reader" to ServiceAccount "checkout/shop""#,
            ..Call::DEFAULT
        };
        events.push(read.by(&service_account(
            "shop",
            "checkout",
            Some((&pod.name, &pod.uid, pod.node, &pod.ip)),
        )));
    }
}

/// Roles and bindings: an ordinary one, and those that the bad release brought along.
fn grants(world: &World, events: &mut Events) {
    let ordinary = binding(
        "catalog-search-view",
        "shop",
        "search-view",
        &json!([{"kind": "ServiceAccount", "name": "catalog", "namespace": "shop"}]),
    );
    let call = Call {
        verb: "create",
        code: 201,
        request: Some(ordinary.clone()),
        response: Some(ordinary),
        ..Call {
            time: at("10-21 09:26:31"),
            group: "rbac.authorization.k8s.io",
            resource: "rolebindings",
            name: "catalog-search-view",
            ..Call::DEFAULT
        }
    };
    events.push(call.by(&person(MEI)));

    let bad = world.bad();
    let role = json!({
        "kind": "Role",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": "legacy-gateway-reader", "namespace": "payments"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}],
    });
    let bound = binding(
        "checkout-legacy-payments",
        "payments",
        "legacy-gateway-reader",
        &json!([{"kind": "ServiceAccount", "name": "checkout", "namespace": "shop"}]),
    );
    let made = [
        ("roles", "legacy-gateway-reader", role, 43),
        ("rolebindings", "checkout-legacy-payments", bound, 42),
    ];
    for (resource, name, object, before) in made {
        let call = Call {
            verb: "create",
            code: 201,
            namespace: "payments",
            request: Some(object.clone()),
            response: Some(object),
            ..Call {
                time: bad.deployed - before * SECOND,
                group: "rbac.authorization.k8s.io",
                resource,
                name,
                ..Call::DEFAULT
            }
        };
        events.push(call.by(&deployer(bad)));
    }
}

fn binding(name: &str, namespace: &str, role: &str, subjects: &Value) -> Value {
    json!({
        "kind": "RoleBinding",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": name, "namespace": namespace},
        "subjects": subjects,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
    })
}

/// What people do by hand.
fn people(world: &World, events: &mut Events) {
    let config = |time: &str, name, data: Value| Call {
        verb: "patch",
        request: Some(json!({"data": data})),
        response: Some(
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop"}, "data": data}),
        ),
        ..Call {
            time: at(time),
            resource: "configmaps",
            name,
            ..Call::DEFAULT
        }
    };
    events.push(
        config(
            "10-23 08:47:05",
            "web-config",
            json!({"BANNER": "Autumn sale"}),
        )
        .by(&person(TOM)),
    );
    events.push(
        config(
            CONFIG_EDIT,
            "catalog-config",
            json!({"SEARCH_CACHE_TTL": "300"}),
        )
        .by(&person(TOM)),
    );

    let list = |time: &str, resource, namespace| Call {
        time: at(time),
        verb: "list",
        resource,
        namespace,
        ..Call::DEFAULT
    };
    let bindings = Call {
        group: "rbac.authorization.k8s.io",
        ..list("10-29 10:52:09", "rolebindings", "payments")
    };
    events.push(bindings.by(&person(DANA)));
    let refused = Call {
        code: 403,
        ..Call {
            time: at("10-26 16:12:44"),
            verb: "get",
            resource: "secrets",
            namespace: "payments",
            name: "cardnet-key",
            ..Call::DEFAULT
        }
    };
    events.push(refused.by(&person(TOM)));
    for time in [
        "10-20 09:12:30",
        "10-22 12:50:11",
        "10-26 09:36:02",
        "10-28 08:49:27",
        "10-29 14:19:40",
        "10-29 14:27:55",
        "10-29 14:44:18",
    ] {
        let caller = if time < "10-29" { DANA } else { PRIYA };
        events.push(list(time, "pods", "shop").by(&person(caller)));
    }
    let sets = Call {
        group: "apps",
        ..list("10-29 14:40:58", "replicasets", "shop")
    };
    events.push(sets.by(&person(PRIYA)));

    let Some(pod) = world.pods.iter().find(|pod| pod.quarantined) else {
        return;
    };
    let labels = json!({"pod-template-hash": null, "quarantine": "priya"});
    let call = Call {
        verb: "patch",
        request: Some(json!({"metadata": {"labels": labels}})),
        response: Some(
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": pod.name, "namespace": "shop", "uid": pod.uid}}),
        ),
        ..Call {
            time: at(QUARANTINE),
            resource: "pods",
            name: &pod.name,
            ..Call::DEFAULT
        }
    };
    events.push(call.by(&person(PRIYA)));
}

/// What machines do every day.
fn routine(events: &mut Events) {
    let mut day = at(BEGIN);
    while day < at(END) {
        for quarter in 0..4 {
            let time = day + quarter * 6 * HOUR + 11 * MINUTE;
            if time < at(END) {
                let call = Call {
                    time,
                    verb: "list",
                    resource: "pods",
                    ..Call::DEFAULT
                };
                events.push(call.by(&service_account("monitoring", "prometheus", None)));
            }
        }
        let job = format!("order-export-{}", clock::unix(day) / 60 + 120);
        let nightly = Call {
            time: day + 2 * HOUR,
            verb: "create",
            group: "batch",
            resource: "jobs",
            name: &job,
            code: 201,
            ..Call::DEFAULT
        };
        events.push(nightly.by(&service_account("kube-system", "cronjob-controller", None)));
        let renewed = Call {
            time: day + 3 * HOUR + 17 * MINUTE,
            verb: "update",
            resource: "secrets",
            name: "web-tls",
            ..Call::DEFAULT
        };
        events.push(renewed.by(&service_account("cert-manager", "cert-manager", None)));
        day += DAY;
    }
}

impl Call<'_> {
    const DEFAULT: Self = Call {
        time: 0,
        verb: "get",
        group: "",
        resource: "",
        namespace: "shop",
        name: "",
        code: 200,
        why: "",
        request: None,
        response: None,
    };

    fn uri(&self) -> String {
        let root = if self.group.is_empty() {
            "/api/v1".into()
        } else {
            format!("/apis/{}/v1", self.group)
        };
        let space = if self.namespace.is_empty() {
            String::new()
        } else {
            format!("/namespaces/{}", self.namespace)
        };
        // A creation has no name in its address.
        let name = if self.name.is_empty() || self.verb == "create" {
            String::new()
        } else {
            format!("/{}", self.name)
        };
        format!("{root}{space}/{}{name}", self.resource)
    }

    fn by(self, caller: &Caller) -> (Ns, Value) {
        let label = format!(
            "audit {} {} {} {} {}",
            self.time, self.verb, self.resource, self.name, caller.user["username"]
        );
        let mut object = json!({"resource": self.resource});
        for (key, value) in [
            ("namespace", self.namespace),
            ("name", self.name),
            ("apiGroup", self.group),
        ] {
            if !value.is_empty() {
                object[key] = json!(value);
            }
        }
        object["apiVersion"] = json!("v1");
        let bodies = self.request.is_some();
        let mut event = json!({
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": if bodies { "RequestResponse" } else { "Metadata" },
            "auditID": ids::uuid(&label),
            "stage": "ResponseComplete",
            "requestURI": self.uri(),
            "verb": self.verb,
            "user": caller.user,
            "sourceIPs": [caller.address],
            "userAgent": caller.agent,
            "objectRef": object,
            "responseStatus": {"metadata": {}, "code": self.code},
        });
        if let (Some(request), Some(response)) = (self.request, self.response) {
            event["requestObject"] = request;
            event["responseObject"] = response;
        }
        let draw = |what: &str, bound| {
            i64::try_from(ids::number(&format!("{what} {label}"), bound)).unwrap_or(0)
        };
        let received = self.time + draw("received", 780_000_000);
        event["requestReceivedTimestamp"] = json!(clock::micros(received));
        event["stageTimestamp"] = json!(clock::micros(
            received + 2 * MILLI + draw("took", 19_000_000)
        ));
        let decision = if self.code == 403 { "forbid" } else { "allow" };
        let why = match (self.code, self.why) {
            (403, _) => String::new(),
            (_, "") => caller.right(self.namespace),
            (_, why) => why.to_owned(),
        };
        event["annotations"] =
            json!({"authorization.k8s.io/decision": decision, "authorization.k8s.io/reason": why});
        (received, event)
    }
}

impl Caller {
    /// The right by which the caller does what it usually does.
    fn right(&self, namespace: &str) -> String {
        let name = self.user["username"].as_str().unwrap_or("");
        match name.split(':').collect::<Vec<_>>().as_slice() {
            ["system", "serviceaccount", space, name] => {
                let binding = format!("ClusterRoleBinding \"{name}\" of ClusterRole \"{name}\"");
                format!("RBAC: allowed by {binding} to ServiceAccount \"{name}/{space}\"")
            }
            // The node authorizer gives no reason.
            ["system", "node", _] => String::new(),
            _ => {
                let binding =
                    format!("RoleBinding \"developers/{namespace}\" of ClusterRole \"developer\"");
                format!("RBAC: allowed by {binding} to Group \"acme:developers\"")
            }
        }
    }
}

fn person(person: Person) -> Caller {
    let user =
        json!({"username": person.email, "groups": ["acme:developers", "system:authenticated"]});
    Caller {
        user,
        agent: KUBECTL,
        address: format!("10.8.0.{}", 20 + person.id % 60),
    }
}

fn node(name: &str) -> Caller {
    let user = json!({"username": format!("system:node:{name}"), "groups": ["system:nodes", "system:authenticated"]});
    let number = NODES.iter().position(|node| *node == name).unwrap_or(0) + 1;
    Caller {
        user,
        agent: "kubelet/v1.34.1 (linux/amd64) kubernetes/93248f9",
        address: format!("10.40.{number}.2"),
    }
}

/// The runner of a release's deploy job.
fn deployer(ship: &Ship) -> Caller {
    let uid = ids::uuid(&ship.runner);
    let caller = service_account(
        "ci",
        "github-deployer",
        Some((&ship.runner, &uid, NODES[2], "10.40.3.9")),
    );
    Caller {
        agent: KUBECTL,
        ..caller
    }
}

/// A service account, and the pod that holds its token: name, uid, node, address.
fn service_account(namespace: &str, name: &str, pod: Option<(&str, &str, &str, &str)>) -> Caller {
    let mut user = json!({
        "username": format!("system:serviceaccount:{namespace}:{name}"),
        "uid": ids::uuid(&format!("serviceaccount {namespace}/{name}")),
        "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated"],
    });
    if let Some((pod, uid, node, _)) = pod {
        user["extra"] = json!({
            "authentication.kubernetes.io/credential-id": [format!("JTI={}", ids::uuid(&format!("token {uid}")))],
            "authentication.kubernetes.io/node-name": [node],
            "authentication.kubernetes.io/pod-name": [pod],
            "authentication.kubernetes.io/pod-uid": [uid],
        });
    }
    let agent = match name {
        "checkout" => "kube-rs/2.0.1",
        "vault" => "vault-plugin-auth-kubernetes",
        "prometheus" => "Prometheus/3.6.0",
        "cert-manager" => "cert-manager-controller/v1.19.1",
        _ => "kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/93248f9",
    };
    let address = pod.map_or("10.40.0.4", |(_, _, _, address)| address);
    Caller {
        user,
        agent,
        address: address.to_owned(),
    }
}

//! `kubernetes/audit.jsonl`: the API server's audit log, stage `ResponseComplete`. Workloads, roles
//! and configuration with their bodies, secrets by name only.

use serde_json::{Value, json};

use super::deeds::{Act, Config, Deed, Grant, Way};
use super::ids;
use super::otlp::node;
use super::plan::{Plan, patch_id};
use super::time::{self, DAY, HOUR, MILLI, MINUTE, Ns, SECOND};
use super::words::PEOPLE;
use super::world::{Pod, Rollout, World};

const KUBECTL: &str = "kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9";
const RBAC: &str = "rbac.authorization.k8s.io";

/// Who asks.
struct Caller {
    user: Value,
    agent: &'static str,
    address: String,
}

/// What is asked.
#[derive(Default)]
struct Call<'a> {
    time: Ns,
    verb: &'a str,
    group: &'a str,
    resource: &'a str,
    subresource: &'a str,
    namespace: &'a str,
    name: &'a str,
    /// Audit id, where the truth names it.
    id: Option<String>,
    request: Option<Value>,
    response: Option<Value>,
}

/// Writes the file.
pub fn write(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    let world = &plan.world;
    let mut events: Vec<(Ns, Value)> = Vec::new();
    for rollout in world
        .rollouts
        .iter()
        .filter(|rollout| rollout.time > world.begin)
    {
        events.push(rolled(world, rollout));
    }
    for pod in &world.pods {
        lived(world, pod, &mut events);
    }
    for act in &plan.deeds.acts {
        events.extend(acted(world, act));
    }
    for grant in &plan.deeds.grants {
        granted(world, grant, &mut events);
    }
    for config in &plan.deeds.configs {
        events.push(configured(world, config));
    }
    for &(service, time, replicas) in &plan.deeds.scales {
        events.push(scaled(world, service, time, replicas));
    }
    routine(world, &mut events);
    events.retain(|(time, _)| *time < world.end);
    events.sort_by_key(|(time, _)| *time);
    let text: String = events
        .into_iter()
        .map(|(_, event)| format!("{event}\n"))
        .collect();
    files.push(("kubernetes/audit.jsonl".to_owned(), text.into_bytes()));
}

/// The deploy job, or a person who takes a release back, patches the deployment.
fn rolled(world: &World, rollout: &Rollout) -> (Ns, Value) {
    let release = &world.releases[rollout.release];
    let service = world.services[release.service].name;
    let labels = json!({"app": service, "app.kubernetes.io/version": release.version});
    let template = json!({
        "metadata": {"labels": labels},
        "spec": {"serviceAccountName": service, "containers": [{"name": service, "image": world.pinned(release)}]},
    });
    let cause = format!("{service} {} {}", release.version, release.sha);
    let annotations = json!({"kubernetes.io/change-cause": cause, format!("{}.example/commit", world.org): release.sha});
    let request = if rollout.undo {
        json!([
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations},
        ])
    } else {
        json!({"metadata": {"annotations": annotations, "labels": labels}, "spec": {"template": template}})
    };
    let response = json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": service, "namespace": world.namespace, "annotations": annotations, "labels": labels},
        "spec": {"selector": {"matchLabels": {"app": service}}, "template": template},
    });
    let call = Call {
        time: rollout.time,
        verb: "patch",
        group: "apps",
        resource: "deployments",
        namespace: world.namespace,
        name: service,
        id: (!rollout.undo).then(|| patch_id(world, rollout.release)),
        request: Some(request),
        response: Some(response),
        ..Call::default()
    };
    call.by(&if rollout.undo {
        person(world, 3)
    } else {
        deployer(&release.sha)
    })
}

/// The replica set makes a pod and ends it.
fn lived(world: &World, pod: &Pod, events: &mut Vec<(Ns, Value)>) {
    let release = &world.releases[pod.release];
    let service = world.services[pod.service].name;
    let set = format!("{service}-{}", pod.template);
    let controller = account(
        "kube-system",
        "replicaset-controller",
        "kube-controller-manager/v1.34.1",
    );
    let call = Call {
        resource: "pods",
        namespace: world.namespace,
        name: &pod.name,
        ..Call::default()
    };
    if pod.created > world.begin {
        let request = json!({
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                "name": pod.name,
                "namespace": world.namespace,
                "uid": pod.uid,
                "labels": {"app": service, "app.kubernetes.io/version": release.version, "pod-template-hash": pod.template},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": ids::uuid(&set), "controller": true}],
            },
            "spec": {"serviceAccountName": service, "containers": [{"name": service, "image": world.pinned(release)}]},
        });
        let made = Call {
            time: pod.created,
            verb: "create",
            response: Some(request),
            ..call
        };
        events.push(made.by(&controller));
    }
    if let Some(ended) = pod.ended.filter(|ended| *ended > world.begin) {
        let removal = Call {
            time: ended - 5 * SECOND,
            verb: "delete",
            resource: "pods",
            namespace: world.namespace,
            name: &pod.name,
            ..Call::default()
        };
        events.push(removal.by(&controller));
    }
}

/// What pods ask the API server for.
fn acted(world: &World, act: &Act) -> Option<(Ns, Value)> {
    let call = Call {
        time: act.time,
        resource: "secrets",
        namespace: world.namespace,
        ..Call::default()
    };
    let call = match &act.deed {
        Deed::Secret(namespace, name) => Call {
            verb: "get",
            namespace,
            name,
            ..call
        },
        Deed::Secrets(namespace) => Call {
            verb: "list",
            namespace,
            ..call
        },
        Deed::Exec(name) => Call {
            verb: "create",
            resource: "pods",
            subresource: "exec",
            name,
            ..call
        },
        _ => return None,
    };
    Some(call.by(&workload(world, &world.pods[act.pod])))
}

/// The deploy job gives the service a right, where the cluster is what gives it.
fn granted(world: &World, grant: &Grant, events: &mut Vec<(Ns, Value)>) {
    if matches!(grant.way, Way::Attach | Way::Put) {
        return;
    }
    let release = &world.releases[grant.release];
    let service = world.services[release.service].name;
    let name = format!("{service}-{}", grant.role);
    let whole = grant.way == Way::ClusterRole;
    let namespace = if whole { "" } else { world.namespace };
    if !whole {
        let role = json!({
            "kind": "Role",
            "apiVersion": format!("{RBAC}/v1"),
            "metadata": {"name": grant.role, "namespace": namespace},
            "rules": [{"apiGroups": [""], "resources": ["secrets", "pods/exec"], "verbs": ["get", "list", "create"]}],
        });
        let call = Call {
            resource: "roles",
            name: &grant.role,
            ..grants(grant.time - SECOND, namespace, role)
        };
        events.push(call.by(&deployer(&release.sha)));
    }
    let (kind, resource) = if whole {
        ("ClusterRole", "clusterrolebindings")
    } else {
        ("Role", "rolebindings")
    };
    let binding = binding(
        kind,
        &name,
        namespace,
        &grant.role,
        service,
        world.namespace,
    );
    let call = Call {
        resource,
        name: &name,
        ..grants(grant.time, namespace, binding)
    };
    events.push(call.by(&deployer(&release.sha)));
}

fn binding(
    kind: &str,
    name: &str,
    namespace: &str,
    role: &str,
    account: &str,
    home: &str,
) -> Value {
    let mut metadata = json!({"name": name});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    json!({
        "kind": format!("{kind}Binding"),
        "apiVersion": format!("{RBAC}/v1"),
        "metadata": metadata,
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": home}],
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
    })
}

fn grants(time: Ns, namespace: &str, object: Value) -> Call<'_> {
    Call {
        time,
        verb: "create",
        group: RBAC,
        namespace,
        request: Some(object.clone()),
        response: Some(object),
        ..Call::default()
    }
}

fn configured(world: &World, config: &Config) -> (Ns, Value) {
    let name = format!("{}-config", world.services[config.service].name);
    let data = json!({config.key: config.value});
    let call = Call {
        time: config.time,
        verb: "patch",
        resource: "configmaps",
        namespace: world.namespace,
        name: &name,
        id: Some(config.id.clone()),
        request: Some(json!({"data": data})),
        response: Some(json!({
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": world.namespace, "labels": {"app": world.services[config.service].name}},
            "data": data,
        })),
        ..Call::default()
    };
    call.by(&person(world, 4))
}

fn scaled(world: &World, service: usize, time: Ns, replicas: usize) -> (Ns, Value) {
    let name = world.services[service].name;
    let scale = json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": name, "namespace": world.namespace}, "spec": {"replicas": replicas}});
    let call = Call {
        time,
        verb: "update",
        group: "apps",
        resource: "deployments",
        subresource: "scale",
        namespace: world.namespace,
        name,
        request: Some(scale.clone()),
        response: Some(scale),
        ..Call::default()
    };
    call.by(&account(
        "kube-system",
        "horizontal-pod-autoscaler",
        "kube-controller-manager/v1.34.1",
    ))
}

/// What machines and people do anyway: lists, a renewed certificate, a role given long before, a
/// configuration changed long before.
fn routine(world: &World, events: &mut Vec<(Ns, Value)>) {
    let mut day = world.begin;
    while day < world.end {
        let list = Call {
            time: day + 6 * HOUR + 11 * MINUTE,
            verb: "list",
            resource: "pods",
            namespace: world.namespace,
            ..Call::default()
        };
        events.push(list.by(&account("monitoring", "prometheus", "Prometheus/3.6.0")));
        let renewed = Call {
            time: day + 3 * HOUR + 17 * MINUTE,
            verb: "update",
            resource: "secrets",
            namespace: world.namespace,
            name: "ingress-tls",
            ..Call::default()
        };
        events.push(renewed.by(&account(
            "cert-manager",
            "cert-manager",
            "cert-manager-controller/v1.19.1",
        )));
        day += DAY;
    }
    let service = world.services[1].name;
    let name = format!("{service}-view");
    let object = binding(
        "Role",
        &name,
        world.namespace,
        "view-config",
        service,
        world.namespace,
    );
    let given = Call {
        resource: "rolebindings",
        name: &name,
        ..grants(world.begin + 33 * HOUR, world.namespace, object)
    };
    events.push(given.by(&person(world, 0)));
    let config = Config {
        time: world.begin + 57 * HOUR + 9 * MINUTE,
        service: 0,
        key: "BANNER",
        value: "Season sale".to_owned(),
        id: ids::uuid(&format!("banner {}", world.seed)),
    };
    events.push(configured(world, &config));
}

impl Call<'_> {
    fn by(self, caller: &Caller) -> (Ns, Value) {
        let name = caller.user["username"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let label = format!(
            "{} {} {} {} {name}",
            self.time, self.verb, self.resource, self.name
        );
        let mut object = json!({"resource": self.resource});
        let mut uri = if self.group.is_empty() {
            "/api/v1".to_owned()
        } else {
            format!("/apis/{}/v1", self.group)
        };
        if !self.namespace.is_empty() {
            uri += &format!("/namespaces/{}", self.namespace);
        }
        uri += &format!("/{}", self.resource);
        let creates = self.verb == "create" && self.subresource.is_empty();
        for part in [self.name, self.subresource] {
            if !part.is_empty() && !creates {
                uri += &format!("/{part}");
            }
        }
        for (key, value) in [
            ("namespace", self.namespace),
            ("name", self.name),
            ("apiGroup", self.group),
            ("subresource", self.subresource),
        ] {
            if !value.is_empty() {
                object[key] = json!(value);
            }
        }
        object["apiVersion"] = json!("v1");
        let code = match (self.verb, self.subresource) {
            (_, "exec") => 101,
            ("create", _) => 201,
            _ => 200,
        };
        let received = self.time + ids::number(&label, 700_000_000) as Ns;
        let mut event = json!({
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": if self.response.is_some() { "RequestResponse" } else { "Metadata" },
            "auditID": self.id.unwrap_or_else(|| ids::uuid(&format!("audit {label}"))),
            "stage": "ResponseComplete",
            "requestURI": uri,
            "verb": self.verb,
            "user": caller.user,
            "sourceIPs": [caller.address],
            "userAgent": caller.agent,
            "objectRef": object,
            "responseStatus": {"metadata": {}, "code": code},
        });
        for (key, body) in [
            ("requestObject", self.request),
            ("responseObject", self.response),
        ] {
            if let Some(body) = body {
                event[key] = body;
            }
        }
        event["requestReceivedTimestamp"] = json!(time::micros(received));
        event["stageTimestamp"] = json!(time::micros(received + 7 * MILLI));
        event["annotations"] = json!({"authorization.k8s.io/decision": "allow"});
        (received, event)
    }
}

fn person(world: &World, index: usize) -> Caller {
    let (_, login) = PEOPLE[index % PEOPLE.len()];
    let user = json!({"username": format!("{login}@{}.example", world.org), "groups": ["developers", "system:authenticated"]});
    Caller {
        user,
        agent: KUBECTL,
        address: format!("10.8.0.{}", 20 + index),
    }
}

fn account(namespace: &str, name: &str, agent: &'static str) -> Caller {
    let user = json!({
        "username": format!("system:serviceaccount:{namespace}:{name}"),
        "uid": ids::uuid(&format!("account {namespace}/{name}")),
        "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated"],
    });
    Caller {
        user,
        agent,
        address: "10.40.0.4".to_owned(),
    }
}

fn with_pod(mut caller: Caller, pod: &str, uid: &str, node: &str, address: &str) -> Caller {
    caller.user["extra"] = json!({
        "authentication.kubernetes.io/node-name": [node],
        "authentication.kubernetes.io/pod-name": [pod],
        "authentication.kubernetes.io/pod-uid": [uid],
    });
    address.clone_into(&mut caller.address);
    caller
}

fn workload(world: &World, pod: &Pod) -> Caller {
    let caller = account(
        world.namespace,
        world.services[pod.service].name,
        "kube-rs/2.0.1",
    );
    with_pod(caller, &pod.name, &pod.uid, &node(pod), &pod.ip)
}

/// The runner of a release's deploy job.
fn deployer(sha: &str) -> Caller {
    let caller = account("ci", "github-deployer", KUBECTL);
    let runner = format!(
        "runners-{}-{}",
        ids::kube(sha, 5),
        ids::kube(&format!("runner {sha}"), 5)
    );
    with_pod(
        caller,
        &runner,
        &ids::uuid(&runner),
        "ip-10-40-3-17.internal",
        "10.40.3.9",
    )
}

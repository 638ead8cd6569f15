//! Tetragon events: which process ran, connected, opened a file or gained a right, in which pod.
//! Source: Tetragon's `events.proto` in its JSON form, and the older events of its first book
//! (`process_connect`, `process_listen`).
//!
//! An event is an object with one member that names its kind, beside `node_name` and `time`; met one
//! a line and pretty-printed. The unit is the event; each becomes an `access`, of kind process for
//! an exec, network for a socket, file for a path, privilege for credentials, capabilities and
//! kernel modules, whatever hook saw it. The first process of a container is an `instance` too: its
//! image's digest is the best join to what was built. Ends of processes and connections are ignored
//! by rule; throttling and rate limits become a `log`, for they are a gap.
//!
//! The container's id is whole only in `pod.container.id`; `docker` cuts it to 24 or 31 characters.
//!
//! What it is not: Tetragon's metrics, policies or redaction filters.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{
    FILE_SYSTEM_ACTIVITY, KERNEL_ACTIVITY, KERNEL_EXTENSION_ACTIVITY, MODULE_ACTIVITY,
    NETWORK_ACTIVITY, PROCESS_ACTIVITY,
};
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::field::{list, text};
use super::read::json::Outcome;
use super::read::log::severity::WARN;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::delivery::Instance;
use crate::model::record::Text;
use crate::model::runtime::{Access, Log};
use crate::model::{EvidenceClass, Sink, id, time};

/// Events of Tetragon.
pub struct Tetragon;

impl Format for Tetragon {
    fn name(&self) -> &'static str {
        "tetragon"
    }

    fn about(&self) -> &'static str {
        "Tetragon events: /var/log/tetragon/tetragon.log (export-stdout), or tetra getevents -o json"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "instance", "log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a key `process_…` that holds a `process` with `exec_id` or `binary`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"process_exec":{"process":{"exec_id":"bm9kZTox","pid":77,"binary":"/usr/bin/curl","arguments":"pay.acme.example",
  "start_time":"2026-03-03T14:02:07Z","pod":{"namespace":"shop","name":"checkout-6d5f9c7b8-x2x4q"}}},
 "node_name":"node-1","time":"2026-03-03T14:02:07Z"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_named = kind_of(value).is_some_and(|(_, body)| {
        body.get("process").is_some_and(|process| {
            process.get("exec_id").is_some() || process.get("binary").is_some()
        })
    });
    let is_gap = value.get("node_name").is_some()
        && (value.get("process_throttle").is_some() || value.get("rate_limit_info").is_some());
    if is_named || is_gap { CERTAIN } else { NO }
}

/// The member that names the event's kind.
fn kind_of(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object()?;
    let (key, body) = members
        .iter()
        .find(|(key, body)| key.starts_with("process_") && body.is_object())?;
    Some((key, body))
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    if let Some(limit) = event
        .get("/rate_limit_info")
        .or_else(|| event.get("/process_throttle"))
    {
        return gap(event, limit, sink);
    }
    let Some((kind, body)) = kind_of(event.value) else {
        return Outcome::Rejected("not a Tetragon event: no member names its kind".to_owned());
    };
    let seen = Seen {
        event: *event,
        body: Event {
            value: body,
            ..*event
        },
    };
    let touch = match kind {
        "process_exit" => return Outcome::Ignored("end of a process"),
        "process_close" => return Outcome::Ignored("end of a connection"),
        "process_exec" => seen.exec(),
        "process_connect" => seen.socket("connect", "destination_ip", "destination_port"),
        "process_accept" => seen.socket("accept", "source_ip", "source_port"),
        "process_listen" => seen.socket("listen", "ip", "port"),
        "process_loader" => Some(Touch::new(
            "process",
            MODULE_ACTIVITY,
            "load",
            seen.body.text("/path"),
        )),
        "process_kprobe" | "process_tracepoint" | "process_uprobe" | "process_lsm"
        | "process_usdt" => Some(seen.hook()),
        _ => return Outcome::Ignored("event kind not used"),
    };
    let Some(touch) = touch else {
        return Outcome::Rejected(format!("a {kind} that names nothing"));
    };
    seen.record(kind, touch, sink);
    if kind == "process_exec" {
        seen.instance(sink);
    }
    Outcome::Kept
}

fn gap(event: &Event<'_>, limit: &Value, sink: &mut dyn Sink) -> Outcome {
    let dropped = limit
        .get("number_of_dropped_process_events")
        .map(Value::to_string);
    let body = dropped.map_or_else(
        || format!("{} of events", text(limit, "/type").unwrap_or("throttling")),
        |count| format!("dropped {} process events", count.trim_matches('"')),
    );
    let log = Log {
        severity_number: Some(WARN),
        severity_text: Some("WARN".into()),
        event_name: Some("events_dropped".into()),
        body: Some(body.into()),
        scope_name: Some("tetragon".into()),
        attributes: attributes(json!({"k8s.node.name": event.text("/node_name"), "limit": limit})),
        ..Default::default()
    };
    sink.record(event.stamp(event.instant(&["/time"])), &log);
    Outcome::Kept
}

/// What was touched.
struct Touch {
    kind: &'static str,
    class: i64,
    verb: String,
    object: Option<String>,
}

impl Touch {
    fn new(kind: &'static str, class: i64, verb: &str, object: Option<&str>) -> Self {
        Self {
            kind,
            class,
            verb: verb.to_owned(),
            object: object.map(str::to_owned),
        }
    }
}

/// One event: all of it, and the member that names its kind.
struct Seen<'a> {
    event: Event<'a>,
    body: Event<'a>,
}

impl<'a> Seen<'a> {
    fn exec(&self) -> Option<Touch> {
        let binary = self.body.text("/process/binary")?;
        Some(Touch::new(
            "process",
            PROCESS_ACTIVITY,
            "exec",
            Some(binary),
        ))
    }

    fn socket(&self, verb: &str, host: &str, port: &str) -> Option<Touch> {
        let host = self
            .body
            .text("/destination_names/0")
            .filter(|_| verb == "connect")
            .or_else(|| self.body.text(&format!("/{host}")))?;
        let peer = peer(host, self.body.int(&format!("/{port}")));
        Some(Touch::new("network", NETWORK_ACTIVITY, verb, Some(&peer)))
    }

    /// What a hooked function was called with.
    fn hook(&self) -> Touch {
        let function = self
            .body
            .any(&["/function_name", "/event", "/symbol"])
            .unwrap_or("hook");
        let arguments = list(self.body.value, "/args");
        let find = |name: &str| arguments.iter().find_map(|argument| argument.get(name));
        let socket = find("sock_arg")
            .or_else(|| find("skb_arg"))
            .or_else(|| find("sockaddr_arg"));
        if let Some(socket) = socket {
            let host = text(socket, "/daddr")
                .or_else(|| text(socket, "/addr"))
                .unwrap_or("unknown");
            let port = socket
                .get("dport")
                .or_else(|| socket.get("port"))
                .and_then(Value::as_i64);
            let verb = match function {
                _ if function.contains("connect") => "connect",
                _ if function.contains("close") => "close",
                _ if function.contains("accept") => "accept",
                _ if function.contains("listen") => "listen",
                _ if function.contains("send") => "send",
                _ => function,
            };
            return Touch::new("network", NETWORK_ACTIVITY, verb, Some(&peer(host, port)));
        }
        let path = ["file_arg", "path_arg", "linux_binprm_arg", "bpf_prog_arg"]
            .iter()
            .find_map(|name| text(find(name)?, "/path"));
        if let Some(path) = path {
            let verb = access_mask(function, arguments).unwrap_or_else(|| of_function(function));
            return Touch::new("file", FILE_SYSTEM_ACTIVITY, verb, Some(path));
        }
        if let Some(module) = find("module_arg").or_else(|| find("kernel_module_arg")) {
            return Touch::new(
                "privilege",
                KERNEL_EXTENSION_ACTIVITY,
                "load_module",
                text(module, "/name"),
            );
        }
        if let Some(capability) = find("capability_arg") {
            return Touch::new(
                "privilege",
                PROCESS_ACTIVITY,
                "capable",
                text(capability, "/name"),
            );
        }
        if let Some(credentials) = find("process_credentials_arg") {
            let id = |name: &str| {
                credentials
                    .get(name)
                    .map_or_else(|| "?".to_owned(), Value::to_string)
            };
            let object = format!("uid {} euid {}", id("uid"), id("euid"));
            return Touch::new(
                "privilege",
                PROCESS_ACTIVITY,
                "set_credentials",
                Some(&object),
            );
        }
        let written = arguments
            .iter()
            .find_map(|argument| text(argument, "/string_arg"));
        let is_kernel = [
            "module", "bpf", "ptrace", "setns", "unshare", "capset", "setuid",
        ]
        .iter()
        .any(|word| function.contains(word));
        let (kind, class) = if is_kernel {
            ("privilege", KERNEL_ACTIVITY)
        } else {
            ("process", PROCESS_ACTIVITY)
        };
        Touch::new(
            kind,
            class,
            function,
            written.or(self.body.text("/process/binary")),
        )
    }

    fn pod(&self, pointer: &str) -> Option<&'a str> {
        self.body.text(&format!("/process/pod{pointer}"))
    }

    /// Text of a label of the pod, whose names hold dots and slashes.
    fn label(&self, names: &[&str]) -> Option<&'a str> {
        let labels = self.body.get("/process/pod/pod_labels")?;
        names.iter().find_map(|name| labels.get(*name)?.as_str())
    }

    fn principal(&self) -> Text<'a> {
        let pod = self.pod("/namespace").zip(self.pod("/name"));
        pod.map(|(namespace, pod)| format!("{namespace}/{pod}").into())
            .or_else(|| {
                let user = self.body.key("/process/uid")?;
                Some(
                    format!(
                        "uid {user} on {}",
                        self.event.text("/node_name").unwrap_or("a node")
                    )
                    .into(),
                )
            })
    }

    fn time(&self, kind: &str) -> Option<i64> {
        let started = || {
            time::parse(
                self.body
                    .text("/process/start_time")
                    .filter(|_| kind == "process_exec")?,
            )
        };
        self.event.instant(&["/time"]).or_else(started)
    }

    fn record(&self, kind: &str, touch: Touch, sink: &mut dyn Sink) {
        let body = &self.body;
        let action = body.text("/action").unwrap_or_default();
        let is_stopped = ["SIGKILL", "OVERRIDE", "ENFORCER"]
            .iter()
            .any(|word| action.contains(word));
        let access = Access {
            kind: Some(touch.kind.into()),
            provider: Some("tetragon".into()),
            event_id: body
                .cell("/process/exec_id")
                .filter(|_| kind == "process_exec"),
            class_uid: Some(touch.class),
            principal: self.principal(),
            object: touch.object.map(Cow::from),
            is_read: Some(matches!(touch.verb.as_str(), "read" | "open" | "listen")),
            verb: Some(touch.verb.into()),
            result: Some(if is_stopped { "denied" } else { "success" }.into()),
            source_address: body.first(&["/source_ip", "/args/0/sock_arg/saddr"]),
            account: self.event.cell("/cluster_name"),
            region: self.pod("/namespace").map(Cow::from),
            k8s_pod_name: self.pod("/name").map(Cow::from),
            attributes: attributes(json!({
                "binary": body.text("/process/binary"),
                "arguments": body.text("/process/arguments"),
                "pid": body.int("/process/pid"),
                "uid": body.int("/process/uid"),
                "cwd": body.text("/process/cwd"),
                "parent": body.text("/parent/binary"),
                "exec_id": body.text("/process/exec_id"),
                "parent_exec_id": body.text("/process/parent_exec_id"),
                "container.id": self.pod("/container/id").map(id::container).or_else(|| body.text("/process/docker")),
                "container.image": self.pod("/container/image/name"),
                "container.image.id": self.pod("/container/image/id"),
                "function": body.text("/function_name"),
                "policy": body.text("/policy_name"),
                "action": body.text("/action"),
                "protocol": body.any(&["/protocol", "/args/0/sock_arg/protocol"]),
                "node": self.event.text("/node_name"),
            })),
            event: self.event.whole(),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.time(kind)), &access);
    }

    /// The container, told by its first process; another process of it adds nothing.
    fn instance(&self, sink: &mut dyn Sink) {
        if self.body.int("/process/pod/container/pid") != Some(1) {
            return;
        }
        let (Some(pod), Some(image)) = (self.pod("/name"), self.pod("/container/image/name"))
        else {
            return;
        };
        let started_ns = self.pod("/container/start_time").and_then(time::parse);
        let service = self
            .label(&["app.kubernetes.io/name", "app", "k8s-app"])
            .or_else(|| self.pod("/workload"))
            .or_else(|| id::workload(pod));
        let instance = Instance {
            cluster: self.event.cell("/cluster_name"),
            namespace: self.pod("/namespace").map(Cow::from),
            name: Some(pod.into()),
            uid: self.pod("/uid").map(Cow::from),
            container: self.pod("/container/name").map(Cow::from),
            container_id: self.pod("/container/id").map(|id| id::container(id).into()),
            service: service.map(Cow::from),
            environment: self
                .label(&["environment", "env", "app.kubernetes.io/environment"])
                .map(Cow::from),
            version: self.label(&["app.kubernetes.io/version"]).map(Cow::from),
            image: Some(image.into()),
            digest: self
                .pod("/container/image/id")
                .and_then(id::digest)
                .map(Cow::from),
            node: self.event.cell("/node_name"),
            state: Some("running".into()),
            started_ns,
            ..Default::default()
        };
        sink.record(
            self.event
                .stamp(started_ns.or_else(|| self.time("process_exec"))),
            &instance,
        );
    }
}

/// `read` or `write` where the function tells the permission that was asked for.
fn access_mask(function: &str, arguments: &[Value]) -> Option<&'static str> {
    let mask = arguments
        .iter()
        .find_map(|argument| argument.get("int_arg")?.as_i64());
    match (function, mask?) {
        ("security_file_permission" | "security_inode_permission", mask) if mask & 2 != 0 => {
            Some("write")
        }
        ("security_file_permission" | "security_inode_permission", mask) if mask & 4 != 0 => {
            Some("read")
        }
        _ => None,
    }
}

/// What is done to a file by a function of the kernel.
fn of_function(function: &str) -> &str {
    match function {
        "fd_install" | "security_file_open" => "open",
        "security_path_truncate" | "security_path_unlink" | "__x64_sys_write" | "sys_write" => {
            "write"
        }
        "security_bprm_check" | "bprm_check_security" => "exec",
        "__x64_sys_close" | "sys_close" => "close",
        _ => function,
    }
}

#[cfg(test)]
mod tests;

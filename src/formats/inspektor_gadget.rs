//! Inspektor Gadget events: files opened, programs run, connections made and names asked for, per
//! container. Source: the JSON output of its trace gadgets, before and after version 0.31.
//!
//! The unit is the event; each becomes an `access`. Older versions write the process flat (`comm`,
//! `pid`), times as nanoseconds and peers under `dst`; newer ones write it under `proc`, times as
//! text with the sender's offset beside `timestamp_raw`, and the name of what failed in `error`.
//! Which gadget wrote an event is only told by its fields. Events that a gadget lost or warned of
//! (`type` other than `normal`) become a `log`.
//!
//! What it is not: snapshots, top lists and profiles.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{DNS_ACTIVITY, FILE_SYSTEM_ACTIVITY, NETWORK_ACTIVITY, PROCESS_ACTIVITY};
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::json::Outcome;
use super::read::log::severity::WARN;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::{Access, Log};
use crate::model::{EvidenceClass, Sink, id};

/// Events of Inspektor Gadget.
pub struct InspektorGadget;

impl Format for InspektorGadget {
    fn name(&self) -> &'static str {
        "inspektor_gadget"
    }

    fn about(&self) -> &'static str {
        "Inspektor Gadget events: kubectl gadget run trace_open:latest -A -o json > open.json"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`k8s`, `timestamp`, `runtime` with a container's name, and `proc` or `comm`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"k8s":{"namespace":"shop","podName":"checkout-6d5f9c7b8-x2x4q","containerName":"app"},
 "runtime":{"runtimeName":"containerd","containerName":"app"},"proc":{"comm":"cat","pid":77},
 "timestamp":"2026-03-03T14:02:07Z","fname":"/etc/shadow"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_contained = value.get("runtime").is_some_and(|runtime| {
        runtime.get("containerName").is_some() || runtime.get("runtimeName").is_some()
    });
    let is_traced = has(value, &["mountnsid"])
        || value.pointer("/proc/comm").is_some()
        || has(value, &["comm", "pid"]);
    if is_contained && is_traced && has(value, &["k8s", "timestamp"]) {
        CERTAIN
    } else {
        NO
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let traced = Traced { event: *event };
    match event.text("/type") {
        Some(kind @ ("err" | "warn" | "info" | "debug")) => {
            traced.log(kind, sink);
            return Outcome::Kept;
        }
        Some("ready") => return Outcome::Ignored("gadget started"),
        _ => {}
    }
    if traced.process().is_none() {
        return Outcome::Rejected("not an event of a gadget: it names no process".to_owned());
    }
    let ignored =
        event.text("/qr").is_some_and(|qr| qr == "R") || event.flag("/qr_raw") == Some(true);
    if ignored {
        return Outcome::Ignored("reply");
    }
    traced.access(sink);
    Outcome::Kept
}

struct Traced<'a> {
    event: Event<'a>,
}

impl<'a> Traced<'a> {
    /// The first text under any of these names, new or old.
    fn any(&self, pointers: &[&str]) -> Option<&'a str> {
        self.event.any(pointers)
    }

    fn process(&self) -> Option<&'a str> {
        self.any(&["/proc/comm", "/comm"])
    }

    fn time(&self) -> Option<i64> {
        let raw = |at: &str| self.event.get(at).and_then(Value::as_i64);
        raw("/timestamp_raw")
            .or_else(|| self.event.instant(&["/timestamp"]))
            .or_else(|| raw("/timestamp"))
    }

    /// The far end of a connection: `dst` as an object, or as `r/203.0.113.9:443`.
    fn remote(&self) -> Option<String> {
        let service = self
            .any(&["/dst/k8s/name", "/dst/name"])
            .filter(|name| !name.is_empty());
        let space = self.any(&["/dst/k8s/namespace", "/dst/namespace"]);
        let named = service
            .map(|name| space.map_or_else(|| name.to_owned(), |space| format!("{name}.{space}")));
        let host = named.or_else(|| self.any(&["/dst/addr", "/daddr"]).map(str::to_owned));
        let port = self
            .event
            .int("/dst/port")
            .or_else(|| self.event.int("/dport"));
        host.map(|host| peer(&host, port)).or_else(|| {
            let (_, end) = self.event.text("/dst")?.split_once('/')?;
            Some(end.replace('/', "."))
        })
    }

    /// Kind, class, verb and object.
    fn touch(&self) -> (&'static str, i64, &'static str, Text<'a>) {
        let is_query = self.any(&["/qtype", "/qtype_raw", "/qr"]).is_some();
        if let Some(name) = self.event.text("/name").filter(|_| is_query) {
            return (
                "network",
                DNS_ACTIVITY,
                "dns",
                Some(peer(name, None).into()),
            );
        }
        if let Some(remote) = self.remote() {
            let verb = match self.any(&["/type", "/operation"]) {
                Some("accept") => "accept",
                Some("close") => "close",
                _ => "connect",
            };
            return ("network", NETWORK_ACTIVITY, verb, Some(remote.into()));
        }
        if let Some(capability) = self.any(&["/cap", "/capName"]) {
            return (
                "privilege",
                PROCESS_ACTIVITY,
                "capable",
                Some(capability.into()),
            );
        }
        if let Some(path) = self.any(&["/fname", "/path", "/fullPath", "/file"]) {
            return ("file", FILE_SYSTEM_ACTIVITY, "open", Some(path.into()));
        }
        let program = self
            .any(&["/exepath", "/args/0"])
            .or_else(|| self.process());
        let is_exec = self.event.get("/args").is_some() || self.event.get("/exepath").is_some();
        (
            "process",
            PROCESS_ACTIVITY,
            if is_exec { "exec" } else { "trace" },
            program.map(Cow::from),
        )
    }

    fn result(&self) -> &'static str {
        let is_numbered = ["/err", "/error_raw"]
            .iter()
            .any(|at| self.event.int(at).is_some_and(|code| code != 0));
        match self.event.text("/error") {
            Some("EACCES" | "EPERM") => "denied",
            _ if self.event.int("/err") == Some(13) || self.event.int("/err") == Some(1) => {
                "denied"
            }
            Some(_) => "error",
            None if is_numbered => "error",
            None => "success",
        }
    }

    fn log(&self, kind: &str, sink: &mut dyn Sink) {
        let log = Log {
            severity_number: Some(if kind == "err" { 17 } else { WARN }),
            severity_text: Some(kind.to_owned().into()),
            body: self.event.cell("/message"),
            scope_name: Some("inspektor_gadget".into()),
            k8s_pod_name: self.event.first(&["/k8s/podName", "/k8s/pod"]),
            attributes: attributes(json!({"k8s.node.name": self.any(&["/k8s/node", "/node"])})),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.time()), &log);
    }

    fn access(&self, sink: &mut dyn Sink) {
        let (kind, class, verb, object) = self.touch();
        let namespace = self.any(&["/k8s/namespace"]);
        let pod = self.any(&["/k8s/podName", "/k8s/pod"]);
        let container = self.any(&["/runtime/containerName"]);
        let access = Access {
            kind: Some(kind.into()),
            provider: Some("inspektor_gadget".into()),
            class_uid: Some(class),
            principal: namespace
                .zip(pod)
                .map(|(space, pod)| format!("{space}/{pod}").into())
                .or(container.map(Cow::from)),
            object,
            verb: Some(verb.into()),
            result: Some(self.result().into()),
            error: self.event.cell("/error"),
            source_address: self.event.first(&["/src/addr", "/saddr"]),
            region: namespace.map(Cow::from),
            k8s_pod_name: pod.map(Cow::from),
            is_read: Some(verb == "open" && !self.writes()),
            attributes: attributes(json!({
                "comm": self.process(),
                "parent": self.any(&["/proc/parent/comm", "/pcomm"]),
                "pid": self.event.int("/proc/pid").or_else(|| self.event.int("/pid")),
                "uid": self.event.int("/proc/creds/uid").or_else(|| self.event.int("/uid")),
                "args": self.event.get("/args"),
                "flags": self.event.get("/flags"),
                "container.id": self.any(&["/runtime/containerId"]).map(id::container),
                "container.image": self.any(&["/runtime/containerImageName"]),
                "container.image.digest": self.any(&["/runtime/containerImageDigest"]),
                "query_type": self.any(&["/qtype"]),
                "node": self.any(&["/k8s/node"]),
            })),
            event: self.event.whole(),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.time()), &access);
    }

    fn writes(&self) -> bool {
        let flags = self
            .event
            .get("/flags")
            .map(Value::to_string)
            .unwrap_or_default();
        ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| flags.contains(flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn event(change: impl FnOnce(&mut Value)) -> Value {
        let mut event = json!({
            "k8s": {"namespace": "shop", "podName": "till-6d5f9c7b8-x2x4q", "containerName": "app", "node": "node-1"},
            "runtime": {"runtimeName": "containerd", "containerId": "19".repeat(32), "containerName": "app", "containerImageDigest": format!("sha256:{}", "ab".repeat(32))},
            "proc": {"comm": "till", "pid": 77, "creds": {"uid": 0}, "parent": {"comm": "sh"}},
            "timestamp": "2026-11-03T15:00:00.5+01:00", "timestamp_raw": 1_793_714_400_500_000_001_i64
        });
        change(&mut event);
        event
    }

    fn read(event: &Value) -> Seen {
        parse(
            &InspektorGadget,
            "gadget.json",
            event.to_string().as_bytes(),
        )
    }

    #[test]
    fn a_file_that_could_not_be_opened() {
        let seen = read(&event(|event| {
            event["fname"] = json!("/etc/shadow");
            event["flags"] = json!("O_RDONLY");
            event["error"] = json!("EACCES");
        }));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "file"),
            ("provider", "inspektor_gadget"),
            ("class_uid", "1001"),
            ("principal", "shop/till-6d5f9c7b8-x2x4q"),
            ("object", "/etc/shadow"),
            ("verb", "open"),
            ("result", "denied"),
            ("error", "EACCES"),
            ("region", "shop"),
            ("k8s_pod_name", "till-6d5f9c7b8-x2x4q"),
            ("is_read", "true"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.500000001Z"]);
    }

    #[test]
    fn gadgets_are_told_by_their_fields() {
        let touch = |change: fn(&mut Value)| {
            let seen = read(&event(change));
            let row = seen.of("access")[0];
            (
                row["kind"].clone(),
                row["verb"].clone(),
                row["object"].clone(),
            )
        };
        let row = |kind: &str, verb: &str, object: &str| {
            (kind.to_owned(), verb.to_owned(), object.to_owned())
        };
        assert_eq!(
            touch(|event| event["dst"] = json!({"addr": "203.0.113.9", "port": 443})),
            row("network", "connect", "203.0.113.9:443")
        );
        assert_eq!(
            touch(
                |event| event["dst"] = json!({"addr": "10.0.0.1", "port": 80, "k8s": {"kind": "svc", "name": "stock", "namespace": "shop"}})
            ),
            row("network", "connect", "stock.shop:80")
        );
        assert_eq!(
            touch(|event| event["dst"] = json!("r/203.0.113.9:443")),
            row("network", "connect", "203.0.113.9:443")
        );
        assert_eq!(
            touch(|event| {
                event["name"] = json!("pay.example.");
                event["qtype"] = json!("A");
            }),
            row("network", "dns", "pay.example")
        );
        assert_eq!(
            touch(|event| event["args"] = json!(["/bin/sh", "-c"])),
            row("process", "exec", "/bin/sh")
        );
        assert_eq!(
            touch(|event| event["cap"] = json!("SYS_ADMIN")),
            row("privilege", "capable", "SYS_ADMIN")
        );
    }

    #[test]
    fn replies_and_warnings() {
        let reply = event(|event| {
            event["name"] = json!("pay.example.");
            event["qr"] = json!("R");
            event["qtype"] = json!("A");
        });
        assert_eq!(read(&reply).ignored.get("reply"), Some(&1));
        let lost = event(|event| {
            event["type"] = json!("warn");
            event["message"] = json!("lost 3 samples");
        });
        assert_eq!(read(&lost).of("log")[0]["body"], "lost 3 samples");
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(
            &InspektorGadget,
            event(|event| event["fname"] = json!("/x"))
                .to_string()
                .as_bytes(),
        );
        assert_eq!(read(&json!({"runtime": 1})).rejects.len(), 1);
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("inspektor-gadget") {
            assert_eq!(sniff(&InspektorGadget, &bytes), CERTAIN, "{path}");
            let seen = parse(&InspektorGadget, &path, &bytes);
            assert_eq!((seen.read, seen.kept), (2, 2), "{path}");
            assert!(
                seen.of("access")
                    .iter()
                    .all(|row| row["object"] == "/tmp/foo" && row["result"] == "error")
            );
            assert!(
                seen.times("access")
                    .iter()
                    .all(|time| time.starts_with("2025-01-23T14:13:11.29423"))
            );
        }
    }
}

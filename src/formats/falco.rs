//! Falco alerts: which rule fired, on which process, file, connection or request. Source: Falco's
//! JSON output (`json_output: true`) and its field reference.
//!
//! The unit is the alert; each becomes an `access`, whose kind follows from the fields: a
//! connection, a file, a request to a cluster (`ka.*`) or a cloud (`ct.*`), else a process. Members of
//! `output_fields` are flat names with dots in them, differ from rule to rule, and hold `null` or
//! `<NA>` where Falco knew nothing; `output`, `output_fields` and `tags` can be switched off. Rule,
//! priority and tags are in the attributes. What Falco says of itself is no alert: dropped events
//! become a `log`, for they are a gap, and its metrics are ignored by rule.
//!
//! What it is not: Falco's text output, or the events that its plugins read.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{API_ACTIVITY, FILE_SYSTEM_ACTIVITY, NETWORK_ACTIVITY, PROCESS_ACTIVITY};
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::json::Outcome;
use super::read::log::severity::WARN;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::{Access, Log};
use crate::model::{EvidenceClass, Sink};

/// Alerts of Falco.
pub struct Falco;

impl Format for Falco {
    fn name(&self) -> &'static str {
        "falco"
    }

    fn about(&self) -> &'static str {
        "Falco alerts: json_output: true with file_output, or kubectl logs ds/falco > falco.json"
    }

    fn unit(&self) -> &'static str {
        "alert"
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
        "`rule` and `priority` with `output_fields`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"time":"2026-03-03T14:02:07Z","rule":"Read sensitive file","priority":"Warning","output":"shadow was read",
 "output_fields":{"evt.type":"openat","fd.name":"/etc/shadow","k8s.ns.name":"shop",
  "k8s.pod.name":"checkout-6d5f9c7b8-x2x4q"}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    match (
        has(value, &["rule", "priority"]),
        value.get("output_fields").is_some(),
        has(value, &["output", "time"]),
    ) {
        (true, true, _) => CERTAIN,
        (true, false, true) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(rule) = event.text("/rule") else {
        return Outcome::Rejected("not an alert: it has no rule".to_owned());
    };
    let alert = Alert {
        event: *event,
        rule,
    };
    if rule.starts_with("Falco internal:") {
        if rule.contains("metrics") {
            return Outcome::Ignored("Falco's own metrics");
        }
        alert.gap(sink);
    } else {
        alert.access(sink);
    }
    Outcome::Kept
}

struct Alert<'a> {
    event: Event<'a>,
    rule: &'a str,
}

impl<'a> Alert<'a> {
    /// A field; its name is one key, whatever its dots.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.event
            .get("/output_fields")?
            .get(name)
            .filter(|value| !value.is_null())
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        let text = self.value(name)?.as_str()?;
        (!text.is_empty() && text != "<NA>").then_some(text)
    }

    fn any(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.field(name))
    }

    fn cell(&self, names: &[&str]) -> Text<'a> {
        self.any(names).map(Cow::from)
    }

    /// When the event happened; the time in `time` is rounded by some outputs.
    fn time(&self) -> Option<i64> {
        let exact = || {
            self.value("evt.time")?
                .as_i64()
                .filter(|ns| *ns > 1_000_000_000_000_000_000)
        };
        exact().or_else(|| self.event.instant(&["/time"]))
    }

    fn gap(&self, sink: &mut dyn Sink) {
        let log = Log {
            severity_number: Some(WARN),
            severity_text: self.event.cell("/priority"),
            event_name: Some(self.rule.into()),
            body: self.event.cell("/output").or(Some(self.rule.into())),
            scope_name: Some("falco".into()),
            attributes: attributes(json!({
                "host.name": self.event.text("/hostname"),
                "output_fields": self.event.get("/output_fields"),
            })),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.time()), &log);
    }

    /// Whom a connection reached: the far end of `10.0.0.1:4000->203.0.113.9:443`.
    fn remote(&self) -> Option<String> {
        let port = ["fd.sport", "fd.rport"].iter().find_map(|name| {
            let value = self.value(name)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok())
        });
        let host = self
            .any(&["fd.sip.name", "fd.rip.name", "fd.sip", "fd.rip"])
            .map(|host| peer(host, port));
        host.or_else(|| Some(self.field("fd.name")?.split_once("->")?.1.to_owned()))
    }

    fn request(&self) -> Option<String> {
        let resource = self.field("ka.target.resource")?;
        let parts = [
            Some(resource),
            self.field("ka.target.subresource"),
            self.field("ka.target.namespace"),
            self.field("ka.target.name"),
        ];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join("/"))
    }

    /// Kind, class, verb and object.
    fn touch(&self) -> (&'static str, i64, Text<'a>, Text<'a>) {
        let verb = |otherwise: &'static str| self.cell(&["evt.type"]).or(Some(otherwise.into()));
        let source = self.event.text("/source").unwrap_or("syscall");
        if let Some(request) = self
            .request()
            .or_else(|| self.field("ka.uri").map(str::to_owned))
        {
            let entered = matches!(self.field("ka.target.subresource"), Some("exec" | "attach"));
            let kind = match self.field("ka.target.resource") {
                Some("secrets") => "secret",
                Some("rolebindings" | "clusterrolebindings" | "roles" | "clusterroles") => {
                    "privilege"
                }
                _ if entered => "privilege",
                _ => "api",
            };
            let verb = self
                .cell(&["ka.verb"])
                .or_else(|| self.cell(&["ka.target.subresource"]));
            return (kind, API_ACTIVITY, verb, Some(request.into()));
        }
        if let Some(call) = self.field("ct.name") {
            let service = self
                .field("ct.src")
                .and_then(|source| source.split('.').next());
            let verb =
                service.map_or_else(|| call.to_owned(), |service| format!("{service}:{call}"));
            let object = self.cell(&[
                "ct.request.name",
                "ct.resources",
                "s3.uri",
                "s3.bucket",
                "ct.request.functionname",
            ]);
            return ("api", API_ACTIVITY, Some(verb.into()), object);
        }
        if source != "syscall" {
            return ("api", API_ACTIVITY, None, None);
        }
        if let Some(remote) = self.remote() {
            // The detector of new destinations knows this verb for every way to send.
            let is_served = matches!(
                self.field("evt.type"),
                Some("accept" | "accept4" | "listen" | "bind")
            );
            let verb = if is_served {
                verb("accept")
            } else {
                Some("connect".into())
            };
            return ("network", NETWORK_ACTIVITY, verb, Some(remote.into()));
        }
        match self.field("fd.name").or_else(|| self.field("fs.path.name")) {
            Some(path)
                if path.starts_with('/')
                    && !matches!(self.field("evt.type"), Some("execve" | "execveat")) =>
            {
                (
                    "file",
                    FILE_SYSTEM_ACTIVITY,
                    verb("open"),
                    Some(path.into()),
                )
            }
            _ => (
                "process",
                PROCESS_ACTIVITY,
                verb("exec"),
                self.cell(&["proc.exepath", "proc.name", "proc.cmdline"]),
            ),
        }
    }

    fn result(&self) -> Option<&'static str> {
        let code = self.value("ka.response.code");
        let code = code.and_then(|code| code.as_i64().or_else(|| code.as_str()?.parse().ok()));
        match (code, self.field("ct.error")) {
            (Some(401 | 403), _) => Some("denied"),
            (Some(400..), _) => Some("error"),
            (Some(_), _) => Some("success"),
            (None, Some(error)) if error.contains("Denied") || error.contains("Unauthorized") => {
                Some("denied")
            }
            (None, Some(_)) => Some("error"),
            (None, None) => None,
        }
    }

    fn access(&self, sink: &mut dyn Sink) {
        let (kind, class, verb, object) = self.touch();
        let access = Access {
            kind: Some(kind.into()),
            provider: Some("falco".into()),
            event_id: self.event.cell("/uuid"),
            class_uid: Some(class),
            principal: self.cell(&[
                "ka.user.name",
                "ct.user.arn",
                "ct.user",
                "user.name",
                "user.loginname",
            ]),
            object,
            is_read: verb.as_deref().map(|verb| {
                matches!(
                    verb,
                    "open" | "openat" | "openat2" | "read" | "get" | "list" | "watch"
                )
            }),
            verb,
            result: self.result().map(Cow::from),
            error: self.cell(&["ct.error"]),
            source_address: self.cell(&["ct.srcip", "ka.sourceips", "fd.cip"]),
            user_agent: self.cell(&["ka.useragent", "ct.useragent"]),
            account: self.cell(&["k8s.cluster.name", "ka.cluster.name", "ct.user.accountid"]),
            region: self.cell(&["k8s.ns.name", "ka.target.namespace", "ct.region"]),
            k8s_pod_name: self.cell(&["k8s.pod.name"]),
            attributes: attributes(json!({
                "rule": self.rule,
                "priority": self.event.text("/priority"),
                "tags": self.event.get("/tags"),
                "source": self.event.text("/source"),
                "host": self.event.text("/hostname"),
                "output": self.event.text("/output"),
                "cmdline": self.any(&["proc.cmdline", "ka.uri.param[command]"]),
                "parent": self.field("proc.pname"),
                "container.id": self.field("container.id").filter(|id| *id != "host"),
                "container.image": self.field("container.image.repository"),
                "container.image.tag": self.field("container.image.tag"),
                "container.image.digest": self.field("container.image.digest"),
            })),
            event: self.event.whole(),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.time()), &access);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn alert(fields: &Value) -> Value {
        json!({"hostname": "node-1", "output": "14:00:00: Warning", "output_fields": fields, "priority": "Warning", "rule": "Odd thing",
            "source": "syscall", "tags": ["container"], "time": "2026-11-03T14:00:00.123456789Z"})
    }

    fn read(alert: &Value) -> Seen {
        parse(&Falco, "falco.json", alert.to_string().as_bytes())
    }

    #[test]
    fn a_connection_that_a_pod_made() {
        let seen = read(&alert(
            &json!({"evt.time": 1_793_714_400_123_456_789_i64, "evt.type": "sendto", "fd.name": "10.0.0.1:4000->203.0.113.9:443",
            "k8s.pod.name": "till-6d5f9c7b8-x2x4q", "k8s.ns.name": "shop", "container.id": "19a02291e106", "user.name": "root", "proc.cmdline": "curl x", "proc.pname": null}),
        ));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "network"),
            ("provider", "falco"),
            ("class_uid", "4001"),
            ("principal", "root"),
            ("object", "203.0.113.9:443"),
            ("verb", "connect"),
            ("region", "shop"),
            ("k8s_pod_name", "till-6d5f9c7b8-x2x4q"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        let told: Value = serde_json::from_str(&row["attributes"]).unwrap();
        assert_eq!(
            (told["rule"].as_str(), told["priority"].as_str()),
            (Some("Odd thing"), Some("Warning"))
        );
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123456789Z"]);
        assert!(
            !row.contains_key("result"),
            "an alert does not say how the call ended"
        );
    }

    #[test]
    fn kinds_follow_the_fields() {
        let touch = |fields: Value| {
            let seen = read(&alert(&fields));
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
            touch(json!({"fd.name": "/etc/shadow", "evt.type": "openat"})),
            row("file", "openat", "/etc/shadow")
        );
        assert_eq!(
            touch(json!({"evt.type": "execve", "proc.exepath": "/bin/sh", "fd.name": "<NA>"})),
            row("process", "execve", "/bin/sh")
        );
        assert_eq!(
            touch(json!({"fd.sip": "203.0.113.9", "fd.sport": 443})),
            row("network", "connect", "203.0.113.9:443")
        );
        assert_eq!(
            touch(
                json!({"ka.target.resource": "secrets", "ka.target.namespace": "shop", "ka.target.name": "pay", "ka.verb": "get", "ka.response.code": "403"})
            ),
            row("secret", "get", "secrets/shop/pay")
        );
        assert_eq!(
            touch(
                json!({"ka.target.resource": "pods", "ka.target.subresource": "exec", "ka.target.name": "till"})
            ),
            row("privilege", "exec", "pods/exec/till")
        );
        assert_eq!(
            touch(
                json!({"ct.name": "DeleteTrail", "ct.src": "cloudtrail.amazonaws.com", "ct.request.name": "main"})
            ),
            row("api", "cloudtrail:DeleteTrail", "main")
        );
    }

    #[test]
    fn what_falco_says_of_itself_is_no_alert() {
        let mut own = alert(&json!({"n_drops": 7}));
        own["rule"] = json!("Falco internal: syscall event drop");
        own["output"] = json!("Falco internal: syscall event drop. 7 system calls dropped");
        let seen = read(&own);
        assert_eq!(
            seen.of("log")[0]["event_name"],
            "Falco internal: syscall event drop"
        );
        own["rule"] = json!("Falco internal: metrics snapshot");
        assert_eq!(read(&own).ignored.values().sum::<u64>(), 1);
        let bare = json!({"rule": "Odd thing", "priority": "Error", "output": "x", "time": "2026-11-03T14:00:00Z"});
        assert_eq!(sniff(&Falco, bare.to_string().as_bytes()), LIKELY);
        assert_eq!(read(&bare).of("access")[0]["kind"], "process");
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(
            &Falco,
            alert(&json!({"fd.name": "a->b", "evt.time": 1, "ka.uri": 7}))
                .to_string()
                .as_bytes(),
        );
        assert_eq!(read(&json!({"rule": 7})).rejects.len(), 1);
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("falco") {
            assert_eq!(sniff(&Falco, &bytes), CERTAIN, "{path}");
            let seen = parse(&Falco, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            // Six are Falco's metrics.
            assert_eq!((seen.read, seen.of("access").len()), (22, 16), "{path}");
        }
    }
}

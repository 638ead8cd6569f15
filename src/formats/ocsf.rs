//! Events in the Open Cybersecurity Schema Framework, whoever wrote them: Security Lake, Route 53,
//! GuardDuty, endpoint agents. Source: schema.ocsf.io, versions 1.0 to 1.9.
//!
//! The unit is the event. Its class says what it is about: files, processes, connections, names,
//! accounts and calls become an `access`, findings an `incident`. Times are milliseconds. Names of
//! activities may be absent, so the ids count. Minor versions only add attributes; an event of
//! another class is kept as an access of kind api, for its class id says the rest.
//!
//! What it is not: Parquet, which Security Lake stores, or a check against the schema.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::json::Outcome;
use super::read::version::Known;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::{Access, Incident};
use crate::model::{EvidenceClass, Sink, time};

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "OCSF",
    newest: &[(1, 6)],
};

/// Events of OCSF.
pub struct Ocsf;

impl Format for Ocsf {
    fn name(&self) -> &'static str {
        "ocsf"
    }

    fn about(&self) -> &'static str {
        "OCSF events as JSON lines: of Security Lake, duckdb -c \"COPY (FROM '*.parquet') TO 'ocsf.jsonl'\"; or a SIEM's export"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "incident"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`class_uid` with `metadata` and `time`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"class_uid":4001,"category_uid":4,"activity_id":6,"time":1772546527000,
 "metadata":{"version":"1.5.0","product":{"name":"VPC Flow","vendor_name":"AWS"}},
 "src_endpoint":{"ip":"10.0.1.7"},"dst_endpoint":{"ip":"203.0.113.9","port":443}}"#
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
        has(value, &["class_uid"]),
        has(value, &["metadata", "time"]),
    ) {
        (true, true) => CERTAIN,
        (true, false) if has(value, &["category_uid"]) || has(value, &["activity_id"]) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(class) = event.int("/class_uid") else {
        return Outcome::Rejected("not an OCSF event: it has no class_uid".to_owned());
    };
    VERSIONS.hold(event.text("/metadata/version"), sink);
    let told = Told {
        event: *event,
        class,
    };
    if class / 1000 == 2 {
        told.incident(sink);
    } else {
        told.access(sink);
    }
    Outcome::Kept
}

struct Told<'a> {
    event: Event<'a>,
    class: i64,
}

impl<'a> Told<'a> {
    fn time(&self) -> Option<i64> {
        let millis = |at: &str| self.event.int(at).and_then(time::millis);
        millis("/time")
            .or_else(|| self.event.instant(&["/time_dt", "/time"]))
            .or_else(|| millis("/start_time"))
    }

    fn provider(&self) -> Text<'a> {
        let name = self
            .event
            .any(&["/metadata/product/name", "/metadata/product/vendor_name"])?;
        Some(name.to_lowercase().replace(' ', "_").into())
    }

    /// The kind of access, and the member that names its object.
    fn kind(&self) -> &'static str {
        match self.class {
            1001 => "file",
            1002 | 1003 | 3001..=3003 | 3005 | 3006 => "privilege",
            1004..=1007 => "process",
            4000..=4999 => "network",
            _ => "api",
        }
    }

    fn activity(&self) -> i64 {
        self.event.int("/activity_id").unwrap_or(0)
    }

    fn verb(&self) -> Text<'a> {
        let named = || {
            self.event
                .text("/activity_name")
                .map(|name| Cow::from(name.to_lowercase()))
        };
        match (self.class, self.activity()) {
            (4003, _) => Some("dns".into()),
            (4001, 1) => Some("connect".into()),
            (4001, 6) => Some("flow".into()),
            (1007, 1) => Some("exec".into()),
            (1001, 2) => Some("read".into()),
            (1001, 3) => Some("write".into()),
            (1001, 14) => Some("open".into()),
            (6003 | 6005, _) => {
                let operation = self.event.text("/api/operation");
                let service = self
                    .event
                    .text("/api/service/name")
                    .and_then(|name| name.split('.').next());
                match (operation, service) {
                    (Some(operation), Some(service)) => {
                        Some(format!("{service}:{operation}").into())
                    }
                    (Some(operation), None) => Some(operation.into()),
                    _ => named(),
                }
            }
            (_, id) => named().or_else(|| Some(format!("activity_{id}").into())),
        }
    }

    fn object(&self) -> Text<'a> {
        let remote = || {
            let host = self.event.any(&[
                "/dst_endpoint/hostname",
                "/dst_endpoint/svc_name",
                "/dst_endpoint/ip",
                "/http_request/url/hostname",
            ])?;
            Some(peer(host, self.event.int("/dst_endpoint/port")).into())
        };
        match self.class {
            4003 => self
                .event
                .text("/query/hostname")
                .map(|name| peer(name, None).into())
                .or_else(remote),
            4000..=4999 => remote(),
            1001 => self.event.first(&["/file/path", "/file/name"]),
            1007 => self
                .event
                .first(&["/process/file/path", "/process/name", "/process/cmd_line"]),
            1005 => self
                .event
                .first(&["/module/file/path", "/module/file/name"]),
            _ => self.event.first(&[
                "/resources/0/name",
                "/resources/0/uid",
                "/resource/name",
                "/resource/uid",
                "/user/name",
                "/user/uid",
                "/group/name",
                "/service/name",
                "/api/service/name",
                "/driver/file/path",
            ]),
        }
    }

    fn result(&self) -> Option<&'static str> {
        let is_blocked = matches!(
            self.event.text("/disposition"),
            Some("Blocked" | "Dropped" | "Unauthorized" | "Rejected")
        ) || matches!(self.event.int("/disposition_id"), Some(2 | 6));
        let refused = || {
            let error = self
                .event
                .any(&["/api/response/error", "/status_detail", "/status_code"])
                .unwrap_or_default();
            ["Denied", "Unauthorized", "Forbidden"]
                .iter()
                .any(|word| error.contains(word))
        };
        match self.event.int("/status_id") {
            _ if is_blocked => Some("denied"),
            Some(1) => Some("success"),
            Some(2) if refused() || self.class == 3002 => Some("denied"),
            Some(2) => Some("error"),
            _ => match self.event.text("/status") {
                Some("Success") => Some("success"),
                Some("Failure") => Some("error"),
                _ => None,
            },
        }
    }

    fn principal(&self) -> Text<'a> {
        self.event.first(&[
            "/actor/user/uid_alt",
            "/actor/user/name",
            "/actor/user/uid",
            "/actor/user/email_addr",
            "/actor/invoked_by",
            "/actor/process/name",
            "/user/name",
            "/src_endpoint/instance_uid",
        ])
    }

    fn is_read(&self) -> bool {
        let operation = self.event.text("/api/operation").unwrap_or_default();
        let reads = [
            "Get", "List", "Describe", "BatchGet", "Head", "Lookup", "Search",
        ];
        let activity = matches!(
            (self.class, self.activity()),
            (1001 | 6003, 2) | (1001, 14) | (4003, _)
        );
        activity || reads.iter().any(|verb| operation.starts_with(verb))
    }

    fn access(&self, sink: &mut dyn Sink) {
        let event = &self.event;
        let privileges = event
            .list("/privileges")
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        let grants = self.class == 3005 && self.activity() == 1;
        let access = Access {
            kind: Some(self.kind().into()),
            provider: self.provider().or(Some("ocsf".into())),
            event_id: event.cell("/metadata/uid"),
            class_uid: Some(self.class),
            principal: self.principal(),
            on_behalf_of: event.first(&["/actor/session/issuer", "/actor/idp/name"]),
            object: self.object(),
            verb: self.verb(),
            result: self.result().map(Cow::from),
            error: event.first(&[
                "/api/response/error_message",
                "/api/response/error",
                "/status_detail",
            ]),
            source_address: event.cell("/src_endpoint/ip"),
            user_agent: event.cell("/http_request/user_agent"),
            account: event.first(&[
                "/cloud/account/uid",
                "/cloud/account_uid",
                "/cloud/project_uid",
            ]),
            region: event.first(&["/cloud/region", "/src_endpoint/namespace_pid"]),
            k8s_pod_name: event.first(&[
                "/actor/process/container/pod_name",
                "/process/container/pod_name",
            ]),
            grantee: event.first(&["/user/name", "/user/uid"]).filter(|_| grants),
            granted: (grants && !privileges.is_empty()).then(|| privileges.into()),
            is_read: Some(self.is_read()),
            attributes: attributes(json!({
                "class_name": event.text("/class_name"),
                "activity_id": event.int("/activity_id"),
                "version": event.text("/metadata/version"),
                "severity": event.text("/severity"),
                "protocol": event.text("/connection_info/protocol_name"),
                "direction": event.text("/connection_info/direction"),
                "bytes": event.int("/traffic/bytes"),
                "query_type": event.text("/query/type"),
                "command": event.text("/process/cmd_line"),
                "host": event.any(&["/device/hostname", "/device/name"]),
            })),
            event: event.whole(),
            ..Default::default()
        };
        sink.record(event.stamp(self.time()), &access);
    }

    fn incident(&self, sink: &mut dyn Sink) {
        let event = &self.event;
        let state = match (event.int("/status_id"), event.text("/status")) {
            (Some(4), _) | (_, Some("Resolved" | "Closed" | "Archived")) => "resolved",
            (Some(2 | 3), _) => "acknowledged",
            _ => "triggered",
        };
        let millis = |at: &str| event.int(at).and_then(time::millis);
        let row = Incident {
            provider: self.provider().or(Some("ocsf".into())),
            incident_id: event.first(&["/finding_info/uid", "/finding/uid", "/metadata/uid"]),
            title: event.first(&["/finding_info/title", "/finding/title", "/message"]),
            severity: event
                .text("/severity")
                .map(|name| name.to_lowercase().into()),
            state: Some(state.into()),
            service: event.first(&["/resources/0/labels/app", "/resource/name"]),
            resolved_ns: millis("/end_time").filter(|_| state == "resolved"),
            description: event.first(&["/finding_info/desc", "/finding/desc", "/message"]),
            ..Default::default()
        };
        sink.record(event.stamp(self.time()), &row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, sniff, torn_and_flipped};

    fn event(class: i64, activity: i64, change: impl FnOnce(&mut Value)) -> Value {
        let mut event = json!({"class_uid": class, "category_uid": class / 1000, "activity_id": activity, "time": 1_793_714_400_123_i64, "severity": "High", "status_id": 1,
            "metadata": {"version": "1.5.0", "uid": "e-1", "product": {"name": "Route 53", "vendor_name": "AWS"}}, "cloud": {"account": {"uid": "123456789012"}, "region": "eu-west-1"},
            "src_endpoint": {"ip": "10.0.1.7", "port": 40000}, "dst_endpoint": {"ip": "203.0.113.9", "port": 443}, "actor": {"user": {"name": "till"}}});
        change(&mut event);
        event
    }

    fn read(event: &Value) -> Seen {
        parse(&Ocsf, "ocsf.json", event.to_string().as_bytes())
    }

    #[test]
    fn a_connection() {
        let seen = read(&event(4001, 6, |_| {}));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "network"),
            ("provider", "route_53"),
            ("event_id", "e-1"),
            ("class_uid", "4001"),
            ("principal", "till"),
            ("object", "203.0.113.9:443"),
            ("verb", "flow"),
            ("result", "success"),
            ("source_address", "10.0.1.7"),
            ("account", "123456789012"),
            ("region", "eu-west-1"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123000000Z"]);
    }

    #[test]
    fn classes_say_what_an_event_is_about() {
        let touch = |class: i64, activity: i64, change: fn(&mut Value)| {
            let seen = read(&event(class, activity, change));
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
            touch(4003, 2, |event| event["query"] =
                json!({"hostname": "pay.example.", "type": "A"})),
            row("network", "dns", "pay.example")
        );
        assert_eq!(
            touch(1007, 1, |event| event["process"] =
                json!({"file": {"path": "/bin/sh"}})),
            row("process", "exec", "/bin/sh")
        );
        assert_eq!(
            touch(1001, 14, |event| event["file"] =
                json!({"path": "/etc/shadow"})),
            row("file", "open", "/etc/shadow")
        );
        assert_eq!(
            touch(6003, 2, |event| {
                event["api"] = json!({"operation": "GetSecretValue", "service": {"name": "secretsmanager.amazonaws.com"}});
                event["resources"] = json!([{"uid": "arn:x"}]);
            }),
            row("api", "secretsmanager:GetSecretValue", "arn:x")
        );
        assert_eq!(
            touch(9999, 3, |event| event["resources"] = json!([{"name": "x"}])),
            row("api", "activity_3", "x")
        );
        let seen = read(&event(3005, 1, |event| {
            event["user"] = json!({"name": "odo"});
            event["privileges"] = json!(["admin"]);
            event["status_id"] = json!(2);
            event["status_detail"] = json!("AccessDenied");
        }));
        let row = seen.of("access")[0];
        assert_eq!(
            (
                row["grantee"].as_str(),
                row["granted"].as_str(),
                row["result"].as_str()
            ),
            ("odo", "admin", "denied")
        );
    }

    #[test]
    fn a_finding_is_an_incident() {
        let seen = read(&event(2004, 1, |event| {
            event["finding_info"] = json!({"uid": "f-1", "title": "Odd call"});
        }));
        let row = seen.of("incident")[0];
        assert_eq!(
            (
                row["incident_id"].as_str(),
                row["title"].as_str(),
                row["severity"].as_str(),
                row["state"].as_str()
            ),
            ("f-1", "Odd call", "high", "triggered")
        );
        assert_eq!(
            sniff(&Ocsf, event(2004, 1, |_| {}).to_string().as_bytes()),
            CERTAIN
        );
        assert_eq!(read(&json!({"x": 1})).rejects.len(), 1);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(
            &Ocsf,
            event(4003, 2, |event| event["query"] = json!(7))
                .to_string()
                .as_bytes(),
        );
    }
}

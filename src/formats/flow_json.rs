//! Network logs of clouds as JSON: VPC flow logs of Google Cloud and of AWS's JSON exports, and the
//! resolver query logs of Route 53. Source: Google's "VPC Flow Logs records", the flow log and
//! resolver query log pages of the AWS manual.
//!
//! The unit is the record; each becomes an `access` of kind network. Google logs a flow at both ends
//! (`reporter`), so what the destination saw is `ingress` and only what the source saw `flow`. A pod
//! that GKE names is the actor. AWS's records in JSON have the text form's fields under names with
//! underscores; a record is an answer where its flags or ports say so, and its verb then `reply`. A
//! name that was asked for is `dns`.
//!
//! Met as JSON lines and arrays, with keys as the services write them, in snake case, and among OCSF
//! events of the same resolver.
//!
//! What it is not: the text form of AWS's flow logs, or firewall rules' logs.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{DNS_ACTIVITY, NETWORK_ACTIVITY};
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::runtime::Access;
use crate::model::{EvidenceClass, Sink, time};

/// Ports from here on are drawn for clients; Linux begins at this one.
const EPHEMERAL: i64 = 32768;

/// Bits of the TCP flags: of the opening of a connection, and of the answer to it.
const SYN: i64 = 0x02;
const SYN_ACK: i64 = 0x12;

/// Network logs of clouds in JSON.
pub struct FlowJson;

impl Format for FlowJson {
    fn name(&self) -> &'static str {
        "flow_json"
    }

    fn about(&self) -> &'static str {
        "Cloud flow and DNS logs as JSON: gcloud logging read 'logName:vpc_flows' --format=json, Route 53 resolver query logs"
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`jsonPayload.connection`, `query_name` with `srcaddr`, or `srcaddr` with `dstaddr` and `action`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"srcaddr":"10.0.1.7","query_name":"pay.acme.example.","query_type":"A","rcode":"NOERROR",
 "query_timestamp":"2026-03-03T14:02:07Z"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &["entries"], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::of(&["entries"]), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_google = value.pointer("/jsonPayload/connection/dest_ip").is_some();
    let is_query = has(value, &["query_name", "srcaddr"])
        && (has(value, &["rcode"]) || has(value, &["query_type"]));
    let is_flow = has(value, &["srcaddr", "dstaddr"])
        && (has(value, &["action"]) || has(value, &["log_status"]) || has(value, &["protocol"]));
    match () {
        () if is_google || is_query => CERTAIN,
        () if is_flow => LIKELY,
        () => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let row = if event.get("/jsonPayload/connection").is_some() {
        google(event)
    } else if event.any(&["/query_name", "/query/hostname"]).is_some() {
        query(event)
    } else if matches!(
        event.any(&["/log_status", "/logstatus"]),
        Some("NODATA" | "SKIPDATA")
    ) {
        return Outcome::Ignored("nothing was recorded in this interval");
    } else {
        aws(event)
    };
    let Some((ts_ns, row)) = row else {
        return Outcome::Rejected("not a flow: it has no peer".to_owned());
    };
    sink.record(event.stamp(ts_ns), &row);
    Outcome::Kept
}

type Row<'a> = Option<(Option<i64>, Access<'a>)>;

fn google<'a>(event: &Event<'a>) -> Row<'a> {
    let at = |pointer: &str| event.text(&format!("/jsonPayload{pointer}"));
    let named = at("/dest_gke_details/service/0/service_name")
        .zip(at("/dest_gke_details/service/0/service_namespace"));
    let host = named
        .map(|(name, space)| format!("{name}.{space}"))
        .or_else(|| at("/connection/dest_ip").map(str::to_owned))?;
    let verb = if at("/reporter") == Some("DEST") {
        "ingress"
    } else {
        "flow"
    };
    let pod = at("/src_gke_details/pod/pod_name");
    let namespace = at("/src_gke_details/pod/pod_namespace");
    let actor = namespace
        .zip(pod)
        .map(|(space, pod)| Cow::from(format!("{space}/{pod}")));
    let ts_ns = event.instant(&["/jsonPayload/start_time", "/timestamp", "/receiveTimestamp"]);
    let row = Access {
        kind: Some("network".into()),
        provider: Some("gcp".into()),
        event_id: event.cell("/insertId"),
        class_uid: Some(NETWORK_ACTIVITY),
        principal: actor.or_else(|| event.cell("/jsonPayload/src_instance/vm_name")),
        object: Some(peer(&host, event.int("/jsonPayload/connection/dest_port")).into()),
        verb: Some(verb.into()),
        result: Some("success".into()),
        source_address: event.cell("/jsonPayload/connection/src_ip"),
        account: event.first(&[
            "/resource/labels/project_id",
            "/jsonPayload/src_instance/project_id",
        ]),
        region: namespace.map(Cow::from).or_else(|| {
            event.first(&[
                "/jsonPayload/src_instance/region",
                "/resource/labels/location",
            ])
        }),
        k8s_pod_name: pod.map(Cow::from),
        attributes: attributes(json!({
            "destination": at("/connection/dest_ip"),
            "protocol": event.int("/jsonPayload/connection/protocol"),
            "bytes": event.int("/jsonPayload/bytes_sent"),
            "packets": event.int("/jsonPayload/packets_sent"),
            "reporter": at("/reporter"),
            "end": at("/end_time"),
            "country": at("/dest_location/country"),
        })),
        event: event.whole(),
        ..Default::default()
    };
    Some((ts_ns, row))
}

/// A name that was asked for, as Route 53 or OCSF writes it.
fn query<'a>(event: &Event<'a>) -> Row<'a> {
    let name = event.any(&["/query_name", "/query/hostname"])?;
    let rcode = event.any(&["/rcode"]).unwrap_or("NOERROR");
    let blocked = event.text("/firewall_rule_action") == Some("BLOCK");
    let millis = || event.int("/time").and_then(time::millis);
    let row = Access {
        kind: Some("network".into()),
        provider: Some("aws".into()),
        class_uid: Some(DNS_ACTIVITY),
        principal: event.first(&["/srcids/instance", "/src_endpoint/instance_uid", "/vpc_id"]),
        object: Some(peer(name, None).into()),
        verb: Some("dns".into()),
        result: Some(
            match rcode {
                _ if blocked => "denied",
                "NOERROR" | "NoError" => "success",
                _ => "error",
            }
            .into(),
        ),
        error: Some(rcode)
            .filter(|code| !code.eq_ignore_ascii_case("NOERROR"))
            .map(Cow::from),
        source_address: event.first(&["/srcaddr", "/src_endpoint/ip"]),
        account: event.first(&["/account_id", "/cloud/account/uid"]),
        region: event.first(&["/region", "/cloud/region"]),
        is_read: Some(true),
        attributes: attributes(json!({
            "query_type": event.any(&["/query_type", "/query/type"]),
            "answers": event.get("/answers"),
            "vpc": event.any(&["/vpc_id", "/src_endpoint/vpc_uid"]),
            "firewall_rule_action": event.text("/firewall_rule_action"),
        })),
        event: event.whole(),
        ..Default::default()
    };
    Some((
        event
            .instant(&["/query_timestamp", "/time_dt", "/time"])
            .or_else(millis),
        row,
    ))
}

fn aws<'a>(event: &Event<'a>) -> Row<'a> {
    let any = |names: [&str; 2]| event.any(&names);
    let to = any(["/pkt_dstaddr", "/dstaddr"])?;
    let (from_port, to_port) = (event.int("/srcport"), event.int("/dstport"));
    let flags = event.int("/tcp_flags").filter(|flags| flags & SYN != 0);
    let is_reply = match (flags, from_port, to_port) {
        (Some(flags), ..) => flags & SYN_ACK == SYN_ACK,
        (None, Some(from), Some(to)) => from < EPHEMERAL && to >= EPHEMERAL,
        _ => false,
    };
    let verb = match any(["/flow_direction", "/flowdirection"]) {
        _ if is_reply => "reply",
        Some("ingress") => "ingress",
        _ => "flow",
    };
    let seconds = || event.int("/start").and_then(time::seconds);
    let row = Access {
        kind: Some("network".into()),
        provider: Some("aws".into()),
        class_uid: Some(NETWORK_ACTIVITY),
        principal: event.first(&["/instance_id", "/interface_id", "/eni"]),
        object: Some(peer(to, to_port).into()),
        verb: Some(verb.into()),
        result: event.text("/action").map(|action| {
            if action == "REJECT" {
                "denied"
            } else {
                "success"
            }
            .into()
        }),
        source_address: event.first(&["/pkt_srcaddr", "/srcaddr"]),
        account: event.key("/account_id").or_else(|| event.key("/account")),
        region: event.cell("/region"),
        attributes: attributes(json!({
            "protocol": event.int("/protocol"),
            "source_port": from_port,
            "bytes": event.int("/bytes"),
            "packets": event.int("/packets"),
        })),
        event: event.whole(),
        ..Default::default()
    };
    Some((
        seconds().or_else(|| event.instant(&["/start", "/p_event_time"])),
        row,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn read(event: &Value) -> Seen {
        parse(&FlowJson, "flows.json", event.to_string().as_bytes())
    }

    fn cells(row: &std::collections::BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
        for (column, value) in expected {
            assert_eq!(
                row.get(column).map(String::as_str),
                Some(*value),
                "{column}"
            );
        }
    }

    fn google(reporter: &str) -> Value {
        json!({"insertId": "i-1", "timestamp": "2026-11-03T14:00:10Z", "resource": {"labels": {"project_id": "shop-prod"}},
            "jsonPayload": {"connection": {"src_ip": "10.0.1.7", "src_port": 40000, "dest_ip": "203.0.113.9", "dest_port": 443, "protocol": 6}, "reporter": reporter,
                "start_time": "2026-11-03T14:00:00.5Z", "bytes_sent": "840", "src_gke_details": {"pod": {"pod_name": "till-6d5f9c7b8-x2x4q", "pod_namespace": "shop"}}}})
    }

    #[test]
    fn a_pod_that_called_the_world() {
        let seen = read(&google("SRC"));
        cells(
            seen.of("access")[0],
            &[
                ("kind", "network"),
                ("provider", "gcp"),
                ("principal", "shop/till-6d5f9c7b8-x2x4q"),
                ("object", "203.0.113.9:443"),
                ("verb", "flow"),
                ("source_address", "10.0.1.7"),
                ("k8s_pod_name", "till-6d5f9c7b8-x2x4q"),
                ("account", "shop-prod"),
            ],
        );
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.500000000Z"]);
        cells(
            read(&google("DEST")).of("access")[0],
            &[("verb", "ingress")],
        );
    }

    #[test]
    fn names_flows_and_replies() {
        let query = json!({"srcaddr": "10.0.1.7", "query_name": "pay.example.", "query_type": "A", "rcode": "NXDOMAIN", "query_timestamp": "2026-11-03T14:00:00Z", "srcids": {"instance": "i-0a"}, "account_id": "1"});
        assert_eq!(sniff(&FlowJson, query.to_string().as_bytes()), CERTAIN);
        cells(
            read(&query).of("access")[0],
            &[
                ("verb", "dns"),
                ("object", "pay.example"),
                ("result", "error"),
                ("error", "NXDOMAIN"),
                ("principal", "i-0a"),
            ],
        );
        let mut flow = json!({"srcaddr": "10.0.1.7", "dstaddr": "203.0.113.9", "srcport": 40000, "dstport": 443, "action": "REJECT", "start": 1_793_714_400, "log_status": "OK"});
        cells(
            read(&flow).of("access")[0],
            &[
                ("verb", "flow"),
                ("result", "denied"),
                ("object", "203.0.113.9:443"),
            ],
        );
        flow["tcp_flags"] = json!(18);
        cells(read(&flow).of("access")[0], &[("verb", "reply")]);
        flow["log_status"] = json!("NODATA");
        assert_eq!(read(&flow).ignored.values().sum::<u64>(), 1);
        assert_eq!(read(&json!({"x": 1})).rejects.len(), 1);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&FlowJson, google("SRC").to_string().as_bytes());
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("vpc-flow") {
            assert_eq!(sniff(&FlowJson, &bytes), CERTAIN, "{path}");
            let seen = parse(&FlowJson, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            let lines = bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .count();
            assert_eq!(
                (seen.kept, seen.of("access").len()),
                (lines as u64, lines),
                "{path}"
            );
            assert!(
                seen.times("access")
                    .iter()
                    .all(|time| time.starts_with("20")),
                "{path}"
            );
        }
    }
}

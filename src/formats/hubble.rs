//! Hubble flows: which pod talked to whom, as Cilium saw it in the kernel. Source: Cilium's
//! `flow.proto` and `observer.proto` in their JSON form.
//!
//! Met as `{"flow": …, "node_name", "time"}`, one a line (`-o jsonpb`, the exporter's files), and
//! bare, as old clients wrote with `-o json`. Key case is mixed (`IP`, `Type`, `Summary`). The unit
//! is the line. A request becomes an `access` of kind network: `egress` where the sender's node saw
//! it, `ingress` where the receiver's did, `dns` for a query, and `redirect` for a packet on its way
//! to the proxy, which tells of the same request once more. So whoever counts who reached whom
//! counts `egress` and `dns`. Replies, packets seen between the nodes (no direction) and translations
//! of addresses are ignored by rule; lost events become a `log`, for they are a gap.
//!
//! The peer is named by what stays: a name that DNS gave, a service, a workload, and only then an
//! address. The world outside has identity 2 and no name.
//!
//! What it is not: Cilium's policy verdict log as text, or Tetragon's events.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{DNS_ACTIVITY, HTTP_ACTIVITY, NETWORK_ACTIVITY};
use super::read::event::{Event, attributes, events, likely, peer};
use super::read::field::{list, text};
use super::read::json::Outcome;
use super::read::log::severity::WARN;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::{Access, Log};
use crate::model::{EvidenceClass, Sink, id};

/// Identity of everything outside of the cluster.
const WORLD: i64 = 2;

/// Flows of Cilium's Hubble.
pub struct Hubble;

impl Format for Hubble {
    fn name(&self) -> &'static str {
        "hubble"
    }

    fn about(&self) -> &'static str {
        "Cilium Hubble flows: hubble observe --since 1h -o jsonpb > flows.json, or the exporter's file"
    }

    fn unit(&self) -> &'static str {
        "flow"
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
        "`verdict` with `IP` and `l4` or `event_type`; or `lost_events` with `node_name`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"flow":{"time":"2026-03-03T14:02:07Z","verdict":"FORWARDED","Type":"L3_L4","traffic_direction":"EGRESS",
  "IP":{"source":"10.0.1.7","destination":"203.0.113.9"},"is_reply":false,
  "l4":{"TCP":{"source_port":40000,"destination_port":443,"flags":{"SYN":true}}},
  "source":{"namespace":"shop","pod_name":"checkout-6d5f9c7b8-x2x4q"}},
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
    let flow = value.get("flow").unwrap_or(value);
    let is_flow = text(flow, "/verdict").is_some()
        && (has(flow, &["IP"]) || has(flow, &["Type"]))
        && (has(flow, &["l4"]) || has(flow, &["event_type"]) || has(flow, &["l7"]));
    let is_other = has(value, &["node_name", "time"])
        && ["lost_events", "agent_event", "node_status"]
            .iter()
            .any(|key| value.get(*key).is_some());
    if is_flow || is_other { CERTAIN } else { NO }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    if let Some(lost) = event.get("/lost_events") {
        return gap(event, lost, sink);
    }
    let value = match event.get("/flow") {
        Some(flow) => flow,
        None if event.text("/verdict").is_some() => event.value,
        None if ["/agent_event", "/node_status", "/debug_event"]
            .iter()
            .any(|at| event.get(at).is_some()) =>
        {
            return Outcome::Ignored("state of the agent, not a flow");
        }
        None => return Outcome::Rejected("not a flow: it has no verdict".to_owned()),
    };
    let flow = Flow {
        event: Event { value, ..*event },
        outer: *event,
    };
    if let Some(rule) = flow.repeats() {
        return Outcome::Ignored(rule);
    }
    let Some(peer) = flow.peer() else {
        return Outcome::Rejected("a flow without a destination".to_owned());
    };
    flow.record(peer, sink);
    Outcome::Kept
}

/// Flows that were lost are a gap in the evidence, which a reader has to see.
fn gap(event: &Event<'_>, lost: &Value, sink: &mut dyn Sink) -> Outcome {
    let count = lost
        .get("num_events_lost")
        .map(Value::to_string)
        .unwrap_or_default();
    let source = text(lost, "/source").unwrap_or("unknown");
    let log = Log {
        severity_number: Some(WARN),
        severity_text: Some("WARN".into()),
        event_name: Some("lost_events".into()),
        body: Some(format!("lost {} flows in {source}", count.trim_matches('"')).into()),
        scope_name: Some("hubble".into()),
        attributes: attributes(
            json!({"k8s.node.name": event.text("/node_name"), "lost_events": lost}),
        ),
        ..Default::default()
    };
    sink.record(event.stamp(event.instant(&["/time"])), &log);
    Outcome::Kept
}

/// One flow, and what stands around it.
struct Flow<'a> {
    event: Event<'a>,
    outer: Event<'a>,
}

impl<'a> Flow<'a> {
    /// The rule by which this flow tells nothing that another does not.
    fn repeats(&self) -> Option<&'static str> {
        let is_reply =
            self.event.flag("/is_reply") == Some(true) || self.event.flag("/reply") == Some(true);
        let is_response = matches!(self.event.text("/l7/type"), Some("RESPONSE"));
        match () {
            () if is_reply || is_response => Some("reply"),
            () if self.event.text("/Type") == Some("SOCK")
                || self.event.text("/verdict") == Some("TRANSLATED") =>
            {
                Some("translation of an address")
            }
            () if !matches!(
                self.event.text("/traffic_direction"),
                Some("INGRESS" | "EGRESS")
            ) =>
            {
                Some("seen between the nodes")
            }
            () => None,
        }
    }

    fn is_redirected(&self) -> bool {
        self.event.text("/verdict") == Some("REDIRECTED")
            || self.event.text("/trace_observation_point") == Some("TO_PROXY")
    }

    fn verb(&self) -> &'static str {
        match self.event.text("/traffic_direction") {
            _ if self.event.get("/l7/dns").is_some() => "dns",
            _ if self.is_redirected() => "redirect",
            Some("INGRESS") => "ingress",
            _ => "egress",
        }
    }

    fn port(&self, end: &str) -> Option<i64> {
        ["TCP", "UDP", "SCTP"]
            .iter()
            .find_map(|protocol| self.event.int(&format!("/l4/{protocol}/{end}_port")))
    }

    fn protocol(&self) -> Option<&'a str> {
        let members = self.event.get("/l4")?.as_object()?;
        members.keys().next().map(String::as_str)
    }

    /// Whom the flow reaches: the name that was asked for, the host of the request, or the
    /// destination.
    fn peer(&self) -> Option<String> {
        if let Some(query) = self.event.text("/l7/dns/query") {
            return Some(peer(query, None));
        }
        let asked = self.event.text("/l7/http/url").and_then(host_of);
        if let Some(host) = asked.filter(|host| host.contains(|c: char| c.is_ascii_alphabetic())) {
            return Some(host.to_owned());
        }
        let name = self.named("destination").map(Cow::from);
        let name = name.or_else(|| self.event.cell("/IP/destination"))?;
        Some(peer(&name, self.port("destination")))
    }

    /// The lasting name of an end.
    fn named(&self, end: &str) -> Option<String> {
        let at = |pointer: &str| self.event.text(&format!("/{end}{pointer}"));
        let within = |name: &str| match at("/namespace") {
            Some(namespace) => format!("{name}.{namespace}"),
            None => name.to_owned(),
        };
        let resolved = self
            .event
            .text(&format!("/{end}_names/0"))
            .map(|name| name.trim_end_matches('.').to_owned());
        let service = || {
            let name = self.event.text(&format!("/{end}_service/name"))?;
            let namespace = self.event.text(&format!("/{end}_service/namespace"));
            Some(namespace.map_or_else(|| name.to_owned(), |space| format!("{name}.{space}")))
        };
        let workload = || at("/workloads/0/name").map(within);
        let label = || {
            ["k8s:app.kubernetes.io/name", "k8s:app", "k8s:k8s-app"]
                .iter()
                .find_map(|name| self.label(end, name))
                .map(within)
        };
        let pod = || at("/pod_name").map(|pod| within(id::workload(pod).unwrap_or(pod)));
        let reserved = || {
            let identity = self.event.int(&format!("/{end}/identity"));
            let label = list(self.event.value, &format!("/{end}/labels"))
                .first()?
                .as_str()?;
            let name = label.strip_prefix("reserved:")?;
            (identity != Some(WORLD)).then(|| name.to_owned())
        };
        resolved
            .or_else(service)
            .or_else(workload)
            .or_else(label)
            .or_else(pod)
            .or_else(reserved)
    }

    fn label(&self, end: &str, name: &str) -> Option<&'a str> {
        let labels = self.event.list(&format!("/{end}/labels"));
        let mut texts = labels.iter().filter_map(Value::as_str);
        texts.find_map(|label| label.strip_prefix(name)?.strip_prefix('='))
    }

    fn principal(&self) -> Text<'a> {
        let namespace = self.event.text("/source/namespace");
        let pod = namespace.zip(self.event.text("/source/pod_name"));
        pod.map(|(namespace, pod)| format!("{namespace}/{pod}"))
            .or_else(|| self.named("source"))
            .map(Cow::from)
            .or_else(|| self.event.cell("/IP/source"))
    }

    fn service_account(&self) -> Option<String> {
        let name = self.label("source", "k8s:io.cilium.k8s.policy.serviceaccount")?;
        Some(format!("{}/{name}", self.event.text("/source/namespace")?))
    }

    fn record(&self, peer: String, sink: &mut dyn Sink) {
        let event = &self.event;
        let verb = self.verb();
        let class = match () {
            () if verb == "dns" => DNS_ACTIVITY,
            () if event.get("/l7/http").is_some() => HTTP_ACTIVITY,
            () => NETWORK_ACTIVITY,
        };
        let result = match event.text("/verdict") {
            Some("DROPPED") => "denied",
            Some("ERROR") => "error",
            _ => "success",
        };
        let access = Access {
            kind: Some("network".into()),
            provider: Some("hubble".into()),
            event_id: event.cell("/uuid"),
            class_uid: Some(class),
            principal: self.principal(),
            object: Some(peer.into()),
            verb: Some(verb.into()),
            result: Some(result.into()),
            error: event.cell("/drop_reason_desc"),
            source_address: event.cell("/IP/source"),
            account: event.cell("/source/cluster_name").or_else(|| {
                self.label("source", "k8s:io.cilium.k8s.policy.cluster")
                    .map(Cow::from)
            }),
            region: event.cell("/source/namespace"),
            k8s_pod_name: event.cell("/source/pod_name"),
            service_account: self.service_account().map(Cow::from),
            is_read: Some(verb == "dns"),
            attributes: attributes(json!({
                "destination": event.text("/IP/destination"),
                "protocol": self.protocol(),
                "destination_port": self.port("destination"),
                "destination_pod": event.text("/destination/pod_name"),
                "destination_namespace": event.text("/destination/namespace"),
                "destination_identity": event.int("/destination/identity"),
                "method": event.text("/l7/http/method"),
                "url": event.text("/l7/http/url"),
                "query_type": event.text("/l7/dns/qtypes/0"),
                "trace_id": event.text("/trace_context/parent/trace_id"),
                "node": event.text("/node_name").or_else(|| self.outer.text("/node_name")),
            })),
            event: self.outer.whole(),
            ..Default::default()
        };
        let ts_ns = event
            .instant(&["/time"])
            .or_else(|| self.outer.instant(&["/time"]));
        sink.record(event.stamp(ts_ns), &access);
    }
}

/// `host:port` of a web address; the port may be left out.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn flow(change: impl FnOnce(&mut Value)) -> Value {
        let mut flow = json!({
            "time": "2026-11-03T14:00:00.123456789Z", "verdict": "FORWARDED",
            "IP": {"source": "10.0.1.7", "destination": "203.0.113.9", "ipVersion": "IPv4"},
            "l4": {"TCP": {"source_port": 40000, "destination_port": 443, "flags": {"SYN": true}}},
            "source": {"identity": 900, "namespace": "shop", "pod_name": "till-6d5f9c7b8-x2x4q",
                "labels": ["k8s:app=till", "k8s:io.cilium.k8s.policy.cluster=prod", "k8s:io.cilium.k8s.policy.serviceaccount=till"]},
            "destination": {"identity": 2, "labels": ["reserved:world"]},
            "Type": "L3_L4", "event_type": {"type": 4}, "traffic_direction": "EGRESS", "is_reply": false
        });
        change(&mut flow);
        json!({"flow": flow, "node_name": "node-1", "time": "2026-11-03T14:00:00.123456789Z"})
    }

    fn read(event: &Value) -> Seen {
        parse(&Hubble, "flows", event.to_string().as_bytes())
    }

    fn object(change: impl FnOnce(&mut Value)) -> String {
        read(&flow(change)).of("access")[0]["object"].clone()
    }

    #[test]
    fn a_pod_that_called_the_world() {
        let seen = read(&flow(|_| {}));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "network"),
            ("provider", "hubble"),
            ("class_uid", "4001"),
            ("principal", "shop/till-6d5f9c7b8-x2x4q"),
            ("object", "203.0.113.9:443"),
            ("verb", "egress"),
            ("result", "success"),
            ("source_address", "10.0.1.7"),
            ("account", "prod"),
            ("region", "shop"),
            ("k8s_pod_name", "till-6d5f9c7b8-x2x4q"),
            ("service_account", "shop/till"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123456789Z"]);
        assert!(row["event"].starts_with("{\"flow\":"));
    }

    #[test]
    fn peers_are_named_by_what_stays() {
        assert_eq!(
            object(|flow| flow["destination_names"] = json!(["pay.example.", "x"])),
            "pay.example:443"
        );
        let inside = |change: fn(&mut Value)| {
            object(|flow| {
                flow["destination"] = json!({"identity": 7, "namespace": "shop", "pod_name": "stock-6d5f9c7b8-x2x4q"});
                change(flow);
            })
        };
        assert_eq!(inside(|_| {}), "stock.shop:443");
        assert_eq!(
            inside(|flow| flow["destination"]["workloads"] = json!([{"name": "stock-db"}])),
            "stock-db.shop:443"
        );
        assert_eq!(
            inside(
                |flow| flow["destination_service"] = json!({"name": "stock", "namespace": "shop"})
            ),
            "stock.shop:443"
        );
        assert_eq!(
            object(|flow| flow["destination"] = json!({"identity": 1, "labels": ["reserved:host"]})),
            "host:443"
        );
        assert_eq!(
            object(|flow| flow["IP"]["destination"] = json!("2001:db8::1")),
            "[2001:db8::1]:443"
        );
        assert_eq!(
            object(|flow| flow["l7"] =
                json!({"type": "REQUEST", "http": {"url": "https://pay.example/v1"}})),
            "pay.example"
        );
    }

    #[test]
    fn nothing_is_told_twice() {
        let ignored = |change: fn(&mut Value)| {
            let seen = read(&flow(change));
            assert_eq!(seen.kept, 0);
            *seen.ignored.keys().next().unwrap()
        };
        assert_eq!(ignored(|flow| flow["is_reply"] = json!(true)), "reply");
        assert_eq!(ignored(|flow| flow["reply"] = json!(true)), "reply");
        assert_eq!(
            ignored(|flow| flow["traffic_direction"] = json!(null)),
            "seen between the nodes"
        );
        assert_eq!(
            ignored(|flow| flow["Type"] = json!("SOCK")),
            "translation of an address"
        );
        let verb = |change: fn(&mut Value)| read(&flow(change)).of("access")[0]["verb"].clone();
        assert_eq!(
            verb(|flow| flow["verdict"] = json!("REDIRECTED")),
            "redirect"
        );
        assert_eq!(
            verb(|flow| flow["traffic_direction"] = json!("INGRESS")),
            "ingress"
        );
    }

    #[test]
    fn names_that_were_asked_for() {
        let seen = read(&flow(|flow| {
            flow["l7"] =
                json!({"type": "REQUEST", "dns": {"query": "pay.example.", "qtypes": ["AAAA"]}});
        }));
        let row = seen.of("access")[0];
        assert_eq!(
            (
                row["verb"].as_str(),
                row["object"].as_str(),
                row["class_uid"].as_str()
            ),
            ("dns", "pay.example", "4003")
        );
    }

    #[test]
    fn drops_gaps_and_bare_flows() {
        let seen = read(&flow(|flow| {
            flow["verdict"] = json!("DROPPED");
            flow["drop_reason_desc"] = json!("POLICY_DENIED");
        }));
        assert_eq!(
            (
                seen.of("access")[0]["result"].as_str(),
                seen.of("access")[0]["error"].as_str()
            ),
            ("denied", "POLICY_DENIED")
        );
        let lost = json!({"lost_events": {"source": "PERF_EVENT_RING_BUFFER", "num_events_lost": "12"}, "node_name": "n", "time": "2026-11-03T14:00:00Z"});
        assert_eq!(
            read(&lost).of("log")[0]["body"],
            "lost 12 flows in PERF_EVENT_RING_BUFFER"
        );
        let bare = flow(|_| {})["flow"].take();
        assert_eq!(sniff(&Hubble, bare.to_string().as_bytes()), CERTAIN);
        assert_eq!(read(&bare).of("access").len(), 1);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&Hubble, flow(|_| {}).to_string().as_bytes());
        assert_eq!(
            parse(&Hubble, "x", b"{\"flow\":7}\n{\"x\":1}")
                .rejects
                .len(),
            1
        );
    }

    #[test]
    fn real_samples_are_read() {
        let (mut read, mut replies) = (0, 0);
        for (path, bytes) in samples("hubble") {
            assert_eq!(sniff(&Hubble, &bytes), CERTAIN, "{path}");
            let seen = parse(&Hubble, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            let is_reply =
                |line: &&str| line.contains("\"is_reply\":true") || line.contains("\"reply\":true");
            replies += String::from_utf8_lossy(&bytes)
                .lines()
                .filter(is_reply)
                .count();
            read += seen.read;
            replies -= usize::try_from(seen.ignored.get("reply").copied().unwrap_or(0)).unwrap();
        }
        assert!(
            read == 0 || (read, replies) == (1916, 0),
            "{read} read, {replies} replies kept"
        );
    }
}

//! VPC flow logs as text: who sent how much to whom, per network interface. Source: the flow log
//! records page of the AWS manual, versions 2 to 8.
//!
//! A line is a record of blank-separated fields. Version 2 has fourteen in a fixed order; any other
//! selection or order is only readable with its header, which is the first line of each file in a
//! bucket and is absent from a log group. The unit is the line. `-` stands for what does not apply;
//! `NODATA` lines say that nothing was sent and are ignored by rule, `SKIPDATA` lines that records
//! were lost, which is a gap and becomes a `log`. Each interface logs both directions of a
//! connection, so a line is an answer where its flags or, failing them, its ports say so: its verb is
//! `reply`, that of a request that comes in `ingress`, and of one that goes out `flow`.
//!
//! The addresses are the interface's; where `pkt-srcaddr` and `pkt-dstaddr` are there, they name the
//! pod or the true peer behind it. Times are whole seconds, of the aggregation interval's start.
//!
//! What it is not: flow logs in JSON or Parquet, or of transit gateways.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::json;

use super::read::class::NETWORK_ACTIVITY;
use super::read::event::{attributes, peer};
use super::read::json::Outcome;
use super::read::log::severity::WARN;
use super::read::{lines, whole};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::runtime::{Access, Log};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Ports from here on are drawn for clients; Linux begins at this one.
const EPHEMERAL: i64 = 32768;

/// Bits of `tcp-flags`: of the answer to the opening of a connection, and of the opening.
const SYN_ACK: i64 = 0x12;
const SYN: i64 = 0x02;

/// The fields of version 2, in their order.
const DEFAULT: [&str; 14] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
];

/// Flow logs of an AWS VPC.
pub struct VpcFlow;

impl Format for VpcFlow {
    fn name(&self) -> &'static str {
        "vpc_flow"
    }

    fn about(&self) -> &'static str {
        "AWS VPC flow logs as text: aws s3 cp --recursive s3://BUCKET/AWSLogs/…/vpcflowlogs/ ."
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "a header with `srcaddr`, `dstaddr` and others; or 14 fields from `2` and `eni-…` to `OK`"
    }

    fn example(&self) -> &'static [u8] {
        br"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 123456789012 eni-0a1b2c3d 10.0.1.7 203.0.113.9 40000 443 6 10 840 1772546527 1772546587 ACCEPT OK
"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let mut lines = peek.lines().filter(|line| !line.trim().is_empty());
        let Some(first) = lines.next() else { return NO };
        if header(first).is_some() {
            return CERTAIN;
        }
        // The last line may be cut off.
        let lines: Vec<&str> = std::iter::once(first).chain(lines).take(8).collect();
        let sound = lines.iter().filter(|line| is_default(line)).count();
        if sound > 0 && sound + 1 >= lines.len() {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let head = String::from_utf8_lossy(chunk.head);
        let first = head
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let fields =
            header(first.trim_start_matches('\u{feff}')).unwrap_or_else(|| DEFAULT.to_vec());
        for (line, span) in lines(chunk).filter(|(line, _)| !line.trim().is_empty()) {
            if header(line.trim_start_matches('\u{feff}')).is_some() {
                continue;
            }
            sink.read(1);
            record(&line, &fields, span, sink).tally(span, sink);
        }
    }
}

/// The names in a header. Every field of every version is made of small letters and dashes.
fn header(line: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = line.split_whitespace().collect();
    let sound = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let known = [
        "srcaddr",
        "dstaddr",
        "pkt-srcaddr",
        "interface-id",
        "log-status",
        "start",
        "action",
    ];
    let telling = names.iter().filter(|name| known.contains(name)).count();
    (telling >= 3 && names.len() <= 64 && names.iter().all(sound)).then_some(names)
}

/// True for a line of version 2 without its header.
fn is_default(line: &str) -> bool {
    let cells: Vec<&str> = line.split_whitespace().collect();
    let [version, _, interface, .., start, end, action, status] = cells.as_slice() else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    cells.len() == DEFAULT.len()
        && *version == "2"
        && interface.starts_with("eni-")
        && is_number(start)
        && is_number(end)
        && matches!(*action, "ACCEPT" | "REJECT" | "-")
        && matches!(*status, "OK" | "NODATA" | "SKIPDATA")
}

fn record(line: &str, fields: &[&str], span: Span, sink: &mut dyn Sink) -> Outcome {
    let cells: Vec<&str> = line.split_whitespace().collect();
    if cells.len() != fields.len() {
        return Outcome::Rejected(format!(
            "{} fields where {} are expected",
            cells.len(),
            fields.len()
        ));
    }
    let told = fields.iter().zip(&cells).filter(|(_, cell)| **cell != "-");
    let flow = Flow(told.map(|(name, cell)| (*name, *cell)).collect());
    match flow.text("log-status") {
        Some("NODATA") => return Outcome::Ignored("nothing was sent"),
        Some("SKIPDATA") => {
            flow.gap(span, sink);
            return Outcome::Kept;
        }
        _ => {}
    }
    flow.access(span, sink)
}

/// The fields of one line.
struct Flow<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Flow<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    fn any(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.text(name))
    }

    fn time(&self) -> Option<i64> {
        self.int("start")
            .or_else(|| self.int("end"))
            .and_then(time::seconds)
    }

    fn gap(&self, span: Span, sink: &mut dyn Sink) {
        let log = Log {
            severity_number: Some(WARN),
            severity_text: Some("WARN".into()),
            event_name: Some("SKIPDATA".into()),
            body: Some("flow log records were skipped in this interval".into()),
            scope_name: Some("vpc_flow".into()),
            attributes: attributes(
                json!({"interface": self.text("interface-id"), "end": self.int("end").and_then(time::seconds)}),
            ),
            ..Default::default()
        };
        sink.record(Stamp::new(span, self.time()), &log);
    }

    fn is_reply(&self) -> bool {
        let (Some(from), Some(to)) = (self.int("srcport"), self.int("dstport")) else {
            return false;
        };
        match self.int("tcp-flags").filter(|flags| flags & SYN != 0) {
            Some(flags) => flags & SYN_ACK == SYN_ACK,
            None => from < EPHEMERAL && to >= EPHEMERAL,
        }
    }

    fn access(&self, span: Span, sink: &mut dyn Sink) -> Outcome {
        let (Some(from), Some(to)) = (
            self.any(&["pkt-srcaddr", "srcaddr"]),
            self.any(&["pkt-dstaddr", "dstaddr"]),
        ) else {
            return Outcome::Rejected("a record without its two addresses".to_owned());
        };
        let verb = match self.text("flow-direction") {
            _ if self.is_reply() => "reply",
            Some("ingress") => "ingress",
            _ => "flow",
        };
        let members = self
            .0
            .iter()
            .map(|(name, cell)| (name.replace('-', "_"), json!(cell)));
        let event = serde_json::Value::Object(members.collect()).to_string();
        let access = Access {
            kind: Some("network".into()),
            provider: Some("aws".into()),
            class_uid: Some(NETWORK_ACTIVITY),
            principal: self
                .any(&["instance-id", "ecs-task-id", "interface-id"])
                .map(Cow::from),
            object: Some(peer(to, self.int("dstport")).into()),
            verb: Some(verb.into()),
            result: self.text("action").map(|action| {
                if action == "REJECT" {
                    "denied"
                } else {
                    "success"
                }
                .into()
            }),
            error: self.text("reject-reason").map(Cow::from),
            source_address: Some(from.into()),
            account: self.text("account-id").map(Cow::from),
            region: self.text("region").map(Cow::from),
            attributes: attributes(json!({
                "protocol": self.int("protocol"),
                "source_port": self.int("srcport"),
                "bytes": self.int("bytes"),
                "packets": self.int("packets"),
                "interface": self.text("interface-id"),
                "vpc": self.text("vpc-id"),
                "service": self.text("pkt-dst-aws-service"),
                "end_ns": self.int("end").and_then(time::seconds),
            })),
            event: whole(&event).map(|text| text.to_owned().into()),
            ..Default::default()
        };
        sink.record(Stamp::new(span, self.time()), &access);
        Outcome::Kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, sniff, torn_and_flipped};

    const OUT: &str = "2 123456789012 eni-0a1 10.0.1.7 203.0.113.9 40000 443 6 10 840 1793714400 1793714460 ACCEPT OK";
    const BACK: &str = "2 123456789012 eni-0a1 203.0.113.9 10.0.1.7 443 40000 6 10 840 1793714400 1793714460 ACCEPT OK";

    fn read(text: &str) -> Seen {
        parse(&VpcFlow, "flow.log", text.as_bytes())
    }

    #[test]
    fn a_request_and_its_reply() {
        let seen = read(&format!("{OUT}\n{BACK}\n"));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "network"),
            ("provider", "aws"),
            ("class_uid", "4001"),
            ("principal", "eni-0a1"),
            ("object", "203.0.113.9:443"),
            ("verb", "flow"),
            ("result", "success"),
            ("source_address", "10.0.1.7"),
            ("account", "123456789012"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        let event: serde_json::Value = serde_json::from_str(&row["event"]).unwrap();
        assert_eq!(
            (event["dstaddr"].as_str(), event["dstport"].as_str()),
            (Some("203.0.113.9"), Some("443"))
        );
        assert_eq!(seen.times("access")[0], "2026-11-03T14:00:00.000000000Z");
        assert_eq!(seen.of("access")[1]["verb"], "reply");
    }

    #[test]
    fn any_order_is_read_by_its_header() {
        let text = "dstaddr srcaddr dstport srcport tcp-flags flow-direction pkt-srcaddr action start log-status\n\
                    10.0.1.7 198.51.100.1 8080 50000 2 ingress 198.51.100.9 REJECT 1793714400 OK\n\
                    198.51.100.1 10.0.1.7 50000 8080 18 egress - ACCEPT 1793714400 OK\n";
        assert_eq!(sniff(&VpcFlow, text.as_bytes()), CERTAIN);
        let seen = read(text);
        let rows = seen.of("access");
        assert_eq!(
            (
                rows[0]["verb"].as_str(),
                rows[0]["result"].as_str(),
                rows[0]["source_address"].as_str(),
                rows[0]["object"].as_str()
            ),
            ("ingress", "denied", "198.51.100.9", "10.0.1.7:8080")
        );
        assert_eq!(rows[1]["verb"], "reply");
    }

    #[test]
    fn silence_gaps_and_broken_lines() {
        let text = format!(
            "{OUT}\n2 123456789012 eni-0a1 - - - - - - - 1793714400 1793714460 - NODATA\n\
             2 123456789012 eni-0a1 - - - - - - - 1793714400 1793714460 - SKIPDATA\n2 123 eni-0a1\n"
        );
        assert_eq!(sniff(&VpcFlow, text.as_bytes()), LIKELY);
        let seen = read(&text);
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 2, 1));
        assert_eq!(seen.of("log")[0]["event_name"], "SKIPDATA");
        assert_eq!(seen.ignored.get("nothing was sent"), Some(&1));
        assert_eq!(sniff(&VpcFlow, b"one two three\nfour"), NO);
    }

    #[test]
    fn a_later_chunk_knows_the_header() {
        let head = b"version srcaddr dstaddr start log-status\n5 10.0.0.1 10.0.0.2 1793714400 OK\n";
        let chunk = Chunk {
            bytes: b"5 10.0.0.1 10.0.0.3 1793714400 OK\n",
            offset: 900,
            last: true,
            path: "x",
            head,
        };
        let mut seen = Seen::default();
        VpcFlow.parse(&chunk, &mut seen);
        assert_eq!(seen.of("access")[0]["object"], "10.0.0.3");
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&VpcFlow, format!("{OUT}\n{BACK}").as_bytes());
        torn_and_flipped(&VpcFlow, b"version srcaddr dstaddr start log-status\n5 10.0.0.1 10.0.0.2 99999999999999999999 OK\n");
    }
}

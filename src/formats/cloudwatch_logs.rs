//! CloudWatch Logs: the answers of `aws logs filter-log-events` and `get-log-events`, what a
//! subscription delivers (`messageType` `DATA_MESSAGE`), results of Logs Insights, and what
//! `aws logs tail` prints (specification: Amazon CloudWatch Logs API reference).
//!
//! Times are milliseconds as integers; Insights writes text without a zone, which is UTC. The
//! message is read as any log line, the pod is looked for in the stream's name, which collectors
//! make from the log file's. `aws logs tail` puts time and stream before each event and prints an
//! event's own newlines as they are, so lines without a time go on with the one before.
//!
//! What it is not: a reader of audit events that CloudWatch passes on; CloudTrail and the audit log
//! of a cluster are recognised by what is inside.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::read::json::Outcome;
use super::read::log::envelope::Envelope;
use super::read::{Cursor, Holders, Item, TEXT_LIMIT, bounded, cut, elements, lines, pod, values};
use super::{Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Answers and deliveries of CloudWatch Logs.
pub struct CloudwatchLogs;

/// What `aws logs tail` prints.
pub struct CloudwatchTail;

impl Format for CloudwatchLogs {
    fn name(&self) -> &'static str {
        "cloudwatch_logs"
    }

    fn about(&self) -> &'static str {
        "CloudWatch Logs: `aws logs filter-log-events --log-group-name …`, `get-log-events`, `get-query-results`, subscriptions"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`message`, `timestamp` and `ingestionTime`, `eventId` or `logStreamName`; or `@message`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"events":[{"logStreamName":"checkout/app/1","timestamp":1772546527000,"ingestionTime":1772546528000,
 "message":"charged order 142","eventId":"e-1"}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let holds = |value: &Value| {
            let mut lists = LISTS.iter().filter_map(|key| value.get(key)?.as_array());
            is_event(value) || lists.any(|list| list.iter().any(is_event))
        };
        if peek.share(holds) >= 50 || peek.any(is_insights) {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let hint = pod::of_path(chunk.path);
        if Peek::new(chunk.path, chunk.head).any(is_insights) {
            return insights(chunk, hint, sink);
        }
        let holders = Holders {
            label: Some("logStream"),
            ..Holders::of(&LISTS)
        };
        elements(chunk, &holders, sink, |element, sink| {
            let mut event = match element.read::<Event<'_>>() {
                Ok(event) => event,
                Err(why) => return Outcome::Rejected(why),
            };
            event.stream = event.stream.or(element.label.map(Cow::Borrowed));
            event.push(element.span, hint, sink).into()
        });
    }
}

impl Format for CloudwatchTail {
    fn name(&self) -> &'static str {
        "cloudwatch_tail"
    }

    fn about(&self) -> &'static str {
        "CloudWatch Logs as text: `aws logs tail GROUP --since 1h > GROUP.log`"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "lines of a time in `+00:00`, the path of a log stream, and a message"
    }

    fn example(&self) -> &'static [u8] {
        b"2026-03-03T14:02:07.123000+00:00 checkout/app/1 charged order 142\n"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        // A host name may stand in the same place; a stream's name is a path nearly always.
        let telling = |line: &&str| {
            tailed(line).is_some_and(|(_, stream, _)| {
                stream.contains(['/', '$']) || stream.contains(".containers.")
            })
        };
        let lines = || peek.lines().filter(|line| !line.is_empty());
        let opens = lines().next().is_some_and(|line| telling(&line));
        if opens && lines().filter(telling).count() * 2 >= lines().count() {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let hint = pod::of_path(chunk.path);
        let mut open: Option<(Event<'_>, Span)> = None;
        let push = |open: Option<(Event<'_>, Span)>, sink: &mut dyn Sink| {
            if let Some((event, span)) = open {
                sink.read(1);
                let outcome: Outcome = event.push(span, hint, sink).into();
                outcome.tally(span, sink);
            }
        };
        for (line, span) in lines(chunk) {
            if let Some((ts_ns, stream, message)) = tailed(&line) {
                let event = Event {
                    ts_ns: Some(ts_ns),
                    stream: Some(stream.to_owned().into()),
                    message: Some(message.to_owned().into()),
                    ..Event::default()
                };
                push(open.replace((event, span)), sink);
            } else if let Some((event, whole)) = &mut open {
                event.append(&line);
                let end = span.offset.saturating_add(span.length);
                whole.length = end.saturating_sub(whole.offset);
            } else if !line.trim().is_empty() {
                // The rest of an event that the chunk before began.
                let event = Event {
                    message: Some(line.into_owned().into()),
                    ..Event::default()
                };
                open = Some((event, span));
            }
        }
        push(open, sink);
    }
}

/// Longest name of a group or stream, as AWS has it.
const LONGEST: usize = 512;

/// Members that hold events.
const LISTS: [&str; 2] = ["events", "logEvents"];

fn is_event(value: &Value) -> bool {
    let message = value["message"].is_string() && value["timestamp"].is_number();
    let signs = ["ingestionTime", "eventId", "logStreamName"];
    let mut signs = signs.iter().map(|key| has(value, &[key]));
    let delivered = value["id"].is_string() && value["id"].as_str().is_some_and(|id| id.len() > 40);
    (message && (signs.any(|sign| sign) || delivered)) || has(value, &["@timestamp", "@message"])
}

/// An answer of Logs Insights: rows of named fields.
fn is_insights(value: &Value) -> bool {
    let field = |field: &Value| field["field"].is_string() && field["value"].is_string();
    let row = |row: &Value| row.as_array().is_some_and(|row| row.iter().any(field));
    value["results"]
        .as_array()
        .is_some_and(|rows| rows.iter().any(row))
}

/// An event in any of its forms.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    timestamp: Option<i64>,
    #[serde(rename = "@timestamp", borrow)]
    written: Option<Cow<'a, str>>,
    #[serde(alias = "@message", borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(rename = "logStreamName", alias = "@logStream", borrow)]
    stream: Option<Cow<'a, str>>,
    #[serde(rename = "@log", borrow)]
    group: Option<Cow<'a, str>>,
    #[serde(rename = "eventId", alias = "id", borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(skip)]
    ts_ns: Option<i64>,
}

impl Event<'_> {
    fn push(self, span: Span, hint: Option<&str>, sink: &mut dyn Sink) -> Result<(), String> {
        let Some(message) = self.message else {
            return Err("the event has no message".to_owned());
        };
        let written = || time::parse(self.written.as_deref()?);
        let ts_ns = self
            .ts_ns
            .or_else(|| time::millis(self.timestamp?))
            .or_else(written);
        let pod = self.stream.as_deref().and_then(|stream| {
            let file = stream.rsplit_once(".containers.");
            pod::of_path(file.map_or(stream, |(_, file)| file))
        });
        let mut attributes = serde_json::Map::new();
        let names = [
            ("aws.log.group.names", &self.group),
            ("aws.log.stream.names", &self.stream),
            ("aws.log.event.id", &self.id),
        ];
        for (name, text) in names {
            if let Some(text) = text {
                attributes.insert(name.to_owned(), json!(cut(text, LONGEST)));
            }
        }
        let envelope = Envelope {
            ts_ns,
            k8s_pod_name: pod.map(|pod| pod.to_owned().into()),
            attributes: (!attributes.is_empty()).then(|| Value::Object(attributes).to_string()),
            ..Envelope::default()
        };
        let message = match message {
            Cow::Borrowed(text) => Cow::Borrowed(bounded(text)),
            Cow::Owned(text) => Cow::Owned(bounded(&text).to_owned()),
        };
        let (ts_ns, mut log) = envelope.open(message);
        pod::hint(&mut log, hint);
        sink.record(Stamp::new(span, ts_ns), &log);
        Ok(())
    }

    /// Goes on with another line.
    fn append(&mut self, line: &str) {
        let message = self.message.get_or_insert_default().to_mut();
        if message.len() < TEXT_LIMIT {
            message.push('\n');
            message.push_str(line);
        }
    }
}

/// Time, stream and message of a line of `aws logs tail`.
fn tailed(line: &str) -> Option<(i64, &str, &str)> {
    let (stamp, rest) = line.split_once(' ')?;
    let utc = stamp.len() == 32 && stamp.ends_with("+00:00");
    let ts_ns = time::parse(stamp).filter(|_| utc)?;
    let (stream, message) = rest.split_once(' ').unwrap_or((rest, ""));
    (!stream.is_empty()).then_some((ts_ns, stream, message))
}

/// One field of a row of Insights.
#[derive(Deserialize)]
struct Field<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// Reads the rows of Logs Insights.
fn insights(chunk: &Chunk<'_>, hint: Option<&str>, sink: &mut dyn Sink) {
    for item in values::<IgnoredAny>(chunk) {
        let (span, broken) = match item {
            Item::Value(_, span, _) => (span, None),
            Item::Broken(span, why) => (span, Some(why)),
        };
        let bytes = chunk.slice(span);
        let mut done = 0;
        let walked = Cursor::new(bytes).object(|key, cursor| {
            if key != "results" {
                return cursor.skip();
            }
            cursor.array(|cursor| {
                let start = cursor.position();
                let raw = cursor.raw()?;
                done = cursor.position();
                let at = Span::new(span.offset + start as u64, raw.len() as u64);
                sink.read(1);
                let outcome: Outcome = match serde_json::from_slice::<Vec<Field<'_>>>(raw) {
                    Ok(fields) => row(fields).push(at, hint, sink).into(),
                    Err(_) => Outcome::Rejected("the row is no list of fields".to_owned()),
                };
                outcome.tally(at, sink);
                Ok(())
            })
        });
        let why = walked.err().map(|stop| stop.why);
        if let Some(why) = why.or(broken) {
            let rest = Span::new(span.offset + done as u64, span.length - done as u64);
            sink.read(1);
            sink.reject(rest, &why);
        }
    }
}

/// The event that a row tells of.
fn row(fields: Vec<Field<'_>>) -> Event<'_> {
    let mut event = Event::default();
    for field in fields {
        match field.field.as_ref() {
            "@timestamp" => event.written = Some(field.value),
            "@message" => event.message = Some(field.value),
            "@logStream" => event.stream = Some(field.value),
            "@log" => event.group = Some(field.value),
            _ => {}
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const STREAM: &str =
        "fluentbit-kube.var.log.containers.cart-6d5f9c7b8-x2x4q_shop_server-4bf92f3577b3.log";

    fn read(text: &str) -> Seen {
        parse(&CloudwatchLogs, "x", text.as_bytes())
    }

    #[test]
    fn every_answer_gives_the_same_record() {
        let message = r#"{\"level\":\"error\",\"msg\":\"no stock\",\"n\":2}\n"#;
        for text in [
            format!(
                r#"{{"events":[{{"logStreamName":"{STREAM}","timestamp":1762178527500,"message":"{message}","ingestionTime":1762178528000,"eventId":"1"}}],"searchedLogStreams":[]}}"#
            ),
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"{STREAM}","logEvents":[{{"id":"36000000000000000000000000000000000000000000000000000001","timestamp":1762178527500,"message":"{message}"}}]}}"#
            ),
            format!(
                r#"{{"results":[[{{"field":"@timestamp","value":"2025-11-03 14:02:07.500"}},{{"field":"@message","value":"{message}"}},{{"field":"@logStream","value":"{STREAM}"}},{{"field":"@ptr","value":"x"}}]],"status":"Complete"}}"#
            ),
            format!(
                r#"[{{"@timestamp":"2025-11-03 14:02:07.500","@message":"{message}","@logStream":"{STREAM}"}}]"#
            ),
        ] {
            let seen = read(&text);
            assert_eq!((seen.read, seen.kept), (1, 1), "{text}");
            assert_eq!(
                seen.times("log"),
                ["2025-11-03T14:02:07.500000000Z"],
                "{text}"
            );
            let row = seen.of("log")[0];
            assert_eq!(
                (
                    &*row["body"],
                    &*row["severity_number"],
                    &*row["k8s_pod_name"],
                    &*row["service_name"]
                ),
                ("no stock", "17", "cart-6d5f9c7b8-x2x4q", "cart")
            );
            assert!(
                row["attributes"].starts_with(&format!(r#"{{"aws.log.stream.names":"{STREAM}""#))
            );
            assert!(row["attributes"].ends_with(r#""n":2}"#));
            assert_eq!(sniff(&CloudwatchLogs, text.as_bytes()), LIKELY, "{text}");
        }
    }

    #[test]
    fn what_is_broken_costs_only_itself() {
        let seen = read(
            r#"{"events":[{"timestamp":1762178527500,"message":"a","eventId":"1"},{"timestamp":1,"eventId":"2"},{"timestamp":"x","message":"b"},{"mess"#,
        );
        assert_eq!((seen.kept, seen.rejects.len()), (1, 3));
        let seen = read(
            r#"{"results":[[{"field":"@message","value":"a"}],[{"field":"n","value":"1"}],5,[{"fi"#,
        );
        assert_eq!((seen.kept, seen.rejects.len()), (1, 3));
    }

    #[test]
    fn tailed_lines_are_put_together() {
        let text = "2025-11-03T14:02:07.500000+00:00 2025/11/03/[$LATEST]4bf9 START RequestId: 1\n\
                    2025-11-03T14:02:08.000000+00:00 2025/11/03/[$LATEST]4bf9 ERROR no stock\n\tat shop.Cart\n\nlast\n\
                    2025-11-03T14:02:09.000000+00:00 2025/11/03/[$LATEST]4bf9 \n";
        let seen = parse(&CloudwatchTail, "x", text.as_bytes());
        let rows = seen.of("log");
        let bodies: Vec<&str> = rows.iter().map(|row| row["body"].as_str()).collect();
        assert_eq!(
            bodies,
            [
                "START RequestId: 1",
                "ERROR no stock\n\tat shop.Cart\n\nlast",
                ""
            ]
        );
        assert_eq!(rows[1]["severity_number"], "17");
        assert_eq!(
            rows[0]["attributes"],
            r#"{"aws.log.stream.names":"2025/11/03/[$LATEST]4bf9"}"#
        );
        assert_eq!(seen.times("log")[0], "2025-11-03T14:02:07.500000000Z");
        assert_eq!(sniff(&CloudwatchTail, text.as_bytes()), LIKELY);
        for other in [
            "2025-11-03T14:02:07.500000+00:00 node-1 cart[12]: up\n",
            "2025-11-03T14:02:07Z a/b up\n",
            "",
        ] {
            assert_eq!(sniff(&CloudwatchTail, other.as_bytes()), NO, "{other}");
        }
    }

    #[test]
    fn any_damage_is_survived() {
        let text = r#"{"events":[{"logStreamName":"a","timestamp":1,"message":"é","eventId":"1"}]}{"results":[[{"field":"@message","value":"é"}]]}"#;
        let tail = "2025-11-03T14:02:07.500000+00:00 a/b é\n x\n";
        for end in 0..=text.len() {
            parse(&CloudwatchLogs, "x", &text.as_bytes()[..end]);
            parse(
                &CloudwatchTail,
                "x",
                &tail.as_bytes()[..end.min(tail.len())],
            );
        }
        for at in 0..text.len() {
            for byte in [b'{', b'}', b'[', b']', b'"', b',', 0xff] {
                let mut damaged = text.as_bytes().to_vec();
                damaged[at] = byte;
                parse(&CloudwatchLogs, "x", &damaged);
            }
        }
    }

    #[test]
    fn audit_events_are_left_to_their_formats() {
        let wrapped = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"36000000000000000000000000000000000000000000000000000001","timestamp":1,"message":"{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"X\"}"}]}"#;
        let sniffed = crate::formats::sniff("x", wrapped.as_bytes());
        assert_eq!(sniffed.format.unwrap().name(), "cloudtrail");
        for folder in [
            "app-logs",
            "cloudtrail",
            "k8s-audit",
            "sniff-fixtures-rsigma",
            "github-webhooks",
        ] {
            for (path, bytes) in samples(folder) {
                let name = crate::formats::sniff(&path, &bytes[..bytes.len().min(65_536)])
                    .format
                    .map(Format::name);
                assert!(
                    !name.is_some_and(|name| name.starts_with("cloudwatch")),
                    "{path}"
                );
            }
        }
    }
}

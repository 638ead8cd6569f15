//! AWS CloudTrail: which principal called which API, from where, with what result. Source: the
//! CloudTrail record contents page of the AWS manual (event version 1.11).
//!
//! Met as the files of the trail's bucket (`{"Records":[…]}`), as an array, as JSON lines, as the
//! answer of `aws cloudtrail lookup-events` and as CloudWatch's export (each event a text inside),
//! as EventBridge's `detail`, and with all keys in lower case after a round through Athena. The
//! unit is the event; each becomes an `access`, and a successful write to roles, services,
//! functions or parameters becomes a `change` too.
//!
//! Times are whole seconds, events arrive up to a quarter of an hour late and in no order. The same
//! event may stand in several exports; `event_id` tells. What matters for joining a call to the CI
//! run or pod behind it stands in the attributes: the key that made the call (`accessKeyId`), and
//! the key that a role assumption gave out (`issuedAccessKeyId`).
//!
//! What it is not: S3's event notifications, which look alike, or CloudTrail's digest files.

mod access;
mod change;
mod event;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::read::cursor::Stop;
use super::read::json::{Outcome, explain};
use super::read::{Cursor, Item, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span};
use event::{Event, text};

/// Events of AWS CloudTrail.
pub struct Cloudtrail;

impl Format for Cloudtrail {
    fn name(&self) -> &'static str {
        "cloudtrail"
    }

    fn about(&self) -> &'static str {
        "AWS CloudTrail: files of the trail's bucket, or aws cloudtrail lookup-events"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let holds = |wanted: Likelihood| peek.share(|value| judge(value) >= wanted) >= 50;
        [CERTAIN, LIKELY]
            .into_iter()
            .find(|wanted| holds(*wanted))
            .unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        for found in values::<Envelope>(chunk) {
            match found {
                Item::Value(envelope, span, raw)
                    if envelope.events.is_none() && raw.starts_with(b"{") =>
                {
                    account(
                        serde_json::from_slice(raw).map_err(|error| explain(&error)),
                        span,
                        sink,
                    );
                }
                Item::Value(_, span, raw) => walk(raw, span, None, sink),
                Item::Broken(span, why) => walk(bytes_of(chunk, span), span, Some(why), sink),
            }
        }
    }
}

/// The members that hold a list of events.
const LISTS: [&str; 3] = ["Records", "Events", "logEvents"];

/// Tells a list of events from a single one without keeping either.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default, alias = "Records", alias = "Events", alias = "logEvents")]
    events: Option<IgnoredAny>,
}

/// How likely a value is an event, or holds some.
fn judge(value: &Value) -> Likelihood {
    let listed = LISTS.iter().find_map(|key| value.get(key)?.as_array());
    let best = |events: &Vec<Value>| events.iter().map(judge_event).max().unwrap_or(NO);
    listed.map_or_else(|| judge_event(value), best)
}

fn judge_event(value: &Value) -> Likelihood {
    if let Some(text) = written(value) {
        let is_event = text.contains("\"eventSource\"") && text.contains(".amazonaws.com");
        return if is_event { CERTAIN } else { NO };
    }
    let value = value
        .get("detail")
        .filter(|detail| detail.is_object())
        .unwrap_or(value);
    let source = text(value, "/eventSource").or_else(|| text(value, "/eventsource"));
    let is_aws = source.is_some_and(|source| source.contains(".amazonaws.com"));
    let is_named = has(value, &["eventName"]) || has(value, &["eventname"]);
    let signs = SIGNS
        .iter()
        .filter(|sign| value.get(**sign).is_some())
        .count();
    match (is_named && is_aws, signs) {
        (true, 2..) => CERTAIN,
        (true, _) => LIKELY,
        _ => NO,
    }
}

/// Members that hardly any other format has, as AWS and as Athena spell them.
const SIGNS: [&str; 7] = [
    "eventID",
    "eventVersion",
    "userIdentity",
    "awsRegion",
    "eventid",
    "eventversion",
    "awsregion",
];

/// The text of an event inside an element of `lookup-events`' or CloudWatch's export.
fn written(value: &Value) -> Option<&str> {
    ["CloudTrailEvent", "message"]
        .iter()
        .find_map(|key| value.get(key)?.as_str())
}

/// The bytes of `chunk` that stand at `span`.
fn bytes_of<'a>(chunk: &Chunk<'a>, span: Span) -> &'a [u8] {
    let at = |offset: u64| usize::try_from(offset.saturating_sub(chunk.offset)).ok();
    let ends = at(span.offset).zip(at(span.offset.saturating_add(span.length)));
    ends.and_then(|(from, to)| chunk.bytes.get(from..to))
        .unwrap_or_default()
}

/// Reads what is whole of a list of events. What stops the walk, or makes `raw` no list at all, is
/// one rejected unit.
fn walk(raw: &[u8], span: Span, broken: Option<String>, sink: &mut dyn Sink) {
    let mut rest = 0;
    let mut cursor = Cursor::new(raw);
    let mut element = |cursor: &mut Cursor<'_>| -> Result<(), Stop> {
        let start = cursor.position();
        let value = cursor.value::<Value>();
        if value.is_err() {
            cursor.skip()?;
        }
        rest = cursor.position();
        let span = Span::new(
            span.offset + start as u64,
            rest.saturating_sub(start) as u64,
        );
        account(value.map_err(|stop| stop.why), span, sink);
        Ok(())
    };
    let walked = if cursor.peek() == Some(b'[') {
        cursor.array(element)
    } else {
        cursor.object(|key, cursor| {
            if LISTS.contains(&key) {
                cursor.array(&mut element)
            } else {
                cursor.skip()
            }
        })
    };
    let why = walked
        .err()
        .map(|stop| stop.why)
        .or(broken.filter(|_| rest == 0));
    if let Some(why) = why {
        let rest = rest as u64;
        sink.read(1);
        sink.reject(
            Span::new(span.offset + rest, span.length.saturating_sub(rest)),
            &why,
        );
    }
}

fn account(value: Result<Value, String>, span: Span, sink: &mut dyn Sink) {
    sink.read(1);
    match value.map_or_else(Outcome::Rejected, |value| unit(value, span, sink)) {
        Outcome::Kept => sink.keep(1),
        Outcome::Ignored(rule) => sink.ignore(1, rule),
        Outcome::Rejected(why) => sink.reject(span, &why),
    }
}

fn unit(value: Value, span: Span, sink: &mut dyn Sink) -> Outcome {
    let event = match unwrapped(value) {
        Ok(event) => Event::new(event),
        Err(outcome) => return outcome,
    };
    let Some(event) = event else {
        return Outcome::Rejected("not a CloudTrail event: it has no eventName".into());
    };
    access::record(&event, span, sink);
    change::record(&event, span, sink);
    Outcome::Kept
}

/// The event without what an exporter wrapped around it.
fn unwrapped(mut value: Value) -> Result<Value, Outcome> {
    if let Some(detail) = value.get_mut("detail").filter(|detail| detail.is_object()) {
        return Ok(detail.take());
    }
    match written(&value) {
        None => Ok(value),
        // A log group takes lines of any origin.
        Some(text) if !text.trim_start().starts_with('{') => {
            Err(Outcome::Ignored("log line that is no event"))
        }
        Some(text) => {
            serde_json::from_str(text).map_err(|error| Outcome::Rejected(explain(&error)))
        }
    }
}

#[cfg(test)]
mod tests;

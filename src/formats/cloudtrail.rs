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

use serde_json::Value;

use self::event::Event;
use super::read::field::text;
use super::read::json::{Outcome, explain};
use super::read::version::Known;
use super::read::{Holders, elements};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span};

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "CloudTrail event",
    newest: &[(1, 11)],
};

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

    fn signs(&self) -> &'static str {
        "`eventName` and an `eventSource` of `….amazonaws.com`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"Records":[{"eventVersion":"1.11","eventID":"e-1","eventTime":"2026-03-03T14:02:07Z",
 "eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","awsRegion":"eu-west-1",
 "userIdentity":{"type":"IAMUser","userName":"ines"},"requestParameters":{"secretId":"pay"}}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let holds = |wanted: Likelihood| peek.share(|value| judge(value) >= wanted) >= 50;
        [CERTAIN, LIKELY]
            .into_iter()
            .find(|wanted| holds(*wanted))
            .unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        elements(chunk, &Holders::of(&LISTS), sink, |element, sink| {
            let read = element.read();
            read.map_or_else(Outcome::Rejected, |value| unit(value, element.span, sink))
        });
    }
}

/// The members that hold a list of events.
const LISTS: [&str; 4] = ["Records", "Events", "logEvents", "events"];

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

fn unit(value: Value, span: Span, sink: &mut dyn Sink) -> Outcome {
    let event = match unwrapped(value) {
        Ok(event) => Event::new(event),
        Err(outcome) => return outcome,
    };
    let Some(event) = event else {
        return Outcome::Rejected("not a CloudTrail event: it has no eventName".into());
    };
    VERSIONS.hold(event.text("/eventVersion"), sink);
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

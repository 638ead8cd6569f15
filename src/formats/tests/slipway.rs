//! Slipway: what a deployment tool did, from `slipway log --json`.
//!
//! What it is not: the tool's own output; `plain_log` reads that.

use serde_json::Value;

use super::read::Holders;
use super::read::event::{Event, events, likely};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::delivery::Change;
use crate::model::{EvidenceClass, Sink};

/// Deployments by Slipway.
pub struct Slipway;

impl Format for Slipway {
    fn name(&self) -> &'static str {
        "slipway"
    }

    fn about(&self) -> &'static str {
        "Slipway deployments: slipway log --json > slipway.jsonl"
    }

    fn unit(&self) -> &'static str {
        "launch"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["change"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`slipway`, `launch` and `at`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"slipway":1,"at":"2026-03-03T14:02:07Z","launch":{"service":"shop"}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_launch = has(value, &["slipway", "launch", "at"]);
    if is_launch { CERTAIN } else { NO }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    if event.flag("/launch/dry_run") == Some(true) {
        return Outcome::Ignored("dry run");
    }
    let Some(service) = event.cell("/launch/service") else {
        return Outcome::Rejected("a launch of no service".to_owned());
    };
    let row = Change {
        kind: Some("deploy".into()),
        provider: Some("slipway".into()),
        service: Some(service),
        version: event.cell("/launch/version"),
        sha: event.commit("/launch/commit"),
        requested_by: event.cell("/by"),
        ..Change::default()
    };
    sink.record(event.stamp(event.instant(&["/at"])), &row);
    Outcome::Kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{parse, sniff, torn_and_flipped};

    #[test]
    fn a_launch_is_a_change() {
        let seen = parse(&Slipway, "x", Slipway.example());
        assert_eq!(seen.of("change")[0]["service"], "shop");
        assert_eq!(seen.times("change"), ["2026-03-03T14:02:07.000000000Z"]);
        assert_eq!(sniff(&Slipway, Slipway.example()), CERTAIN);
        torn_and_flipped(&Slipway, Slipway.example());
    }
}

//! Webhook payloads of GitLab, Bitbucket and Azure DevOps: pushes, merge and pull requests, reviews,
//! pipelines, deployments, flags. Source: GitLab's "Webhook events" page (17), Bitbucket Cloud's and
//! Data Center's "Event payloads" pages, Azure DevOps' "Service hooks events" (resource version 1.0
//! and 2.0); GitLab's audit events as its streaming destinations get them.
//!
//! The event's name was a header of the delivery (`X-Gitlab-Event`, `X-Event-Key`), so the kind is
//! read from the payload. The unit is the payload. One payload may carry several objects and makes
//! a row of each; what a push says of its commits is their authors' word and so asserted. States are
//! put into the words of the other forges (`opened` is open, `DECLINED` is closed, a vote of 10 is an
//! approval). Bitbucket Cloud abbreviates the commits of a pull request to twelve digits, which are
//! no commit ids here.
//!
//! What it is not: GitHub's payloads, which have a format of their own.

mod azure_devops;
mod bitbucket;
mod gitlab;

use serde_json::Value;

use super::read::Holders;
use super::read::event::{Event, events, likely};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::code::Commit;
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, time};

/// Webhook payloads of GitLab, Bitbucket and Azure DevOps.
pub struct ForgeEvent;

impl Format for ForgeEvent {
    fn name(&self) -> &'static str {
        "forge_event"
    }

    fn about(&self) -> &'static str {
        "GitLab, Bitbucket and Azure DevOps webhooks (Settings > Webhooks > Recent events, one JSON each), glab api groups/ID/audit_events"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "request",
            "commit",
            "git_ref",
            "change_request",
            "review",
            "build",
            "job",
            "change",
            "change_status",
            "access",
        ]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`object_kind` (GitLab), `eventKey` or `repository.links` (Bitbucket), `publisherId` (Azure DevOps)"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"object_kind":"deployment","status":"success","deployment_id":15,"environment":"production",
 "status_changed_at":"2026-03-03 14:02:07 +0000","short_sha":"9f3c2e1a","user":{"username":"ines"},
 "project":{"web_url":"https://git.acme.example/acme/shop"},
 "commit_url":"https://git.acme.example/acme/shop/-/commit/9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], |value| {
            if FORGES.iter().any(|forge| (forge.fits)(value)) {
                CERTAIN
            } else {
                NO
            }
        })
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, |event, sink| {
            let forge = FORGES.iter().find(|forge| (forge.fits)(event.value));
            forge.map_or_else(
                || Outcome::Rejected("not a payload of a forge that is known".to_owned()),
                |forge| (forge.read)(event, sink),
            )
        });
    }
}

/// One forge: how its payloads are told, and read.
struct Forge {
    fits: fn(&Value) -> bool,
    read: fn(&Event<'_>, &mut dyn Sink) -> Outcome,
}

const FORGES: &[Forge] = &[
    Forge {
        fits: gitlab::fits,
        read: gitlab::read,
    },
    Forge {
        fits: bitbucket::fits,
        read: bitbucket::read,
    },
    Forge {
        fits: azure_devops::fits,
        read: azure_devops::read,
    },
];

/// What becomes of a payload that no table has a place for.
const NOT_USED: Outcome = Outcome::Ignored("event kind not used");

/// A time in any of the forges' spellings; GitLab writes `2026-11-03 14:00:00 UTC` beside RFC 3339.
fn instant(event: &Event<'_>, pointers: &[&str]) -> Option<i64> {
    pointers
        .iter()
        .find_map(|pointer| time::parse(event.text(pointer)?))
}

/// A branch or tag without the `refs/…/` before it.
fn short(reference: &str) -> &str {
    reference
        .strip_prefix("refs/heads/")
        .or_else(|| reference.strip_prefix("refs/tags/"))
        .unwrap_or(reference)
}

/// `Name <address>` as name and address.
fn person(raw: &str) -> (Text<'_>, Text<'_>) {
    match raw.split_once('<') {
        Some((name, address)) => (
            filled(name.trim()),
            filled(address.trim_end().trim_end_matches('>')),
        ),
        None => (filled(raw.trim()), None),
    }
}

fn filled(text: &str) -> Text<'_> {
    (!text.is_empty()).then(|| text.into())
}

/// Pushes a commit that a payload repeats; its words are its author's.
fn commit(event: &Event<'_>, row: &Commit<'_>, sink: &mut dyn Sink) {
    if row.sha.is_some() {
        sink.record(event.stamp(row.authored_ns).asserted(), row);
    }
}

#[cfg(test)]
mod tests;

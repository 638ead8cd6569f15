//! CDEvents: what pipelines, forges and deployers say in one vocabulary. Source: the CDEvents
//! specification, versions 0.1 to 0.6 draft, and its CloudEvents binding.
//!
//! An event's type is `dev.cdevents.<subject>.<predicate>.<version>`; only subject and predicate
//! count here, so a newer minor version is read like the older one. Up to 0.4 the context has
//! `version` and the subject a `type`, since 0.5 it has `specversion`. Met bare, in CloudEvents'
//! structured mode (the event is `data`), and in batches of either. The unit is the event: a
//! service's becomes a `change`, a pipeline's or build's a `build`, a task's a `job`, an
//! artifact's an `artifact`, an approval's a `gate_decision`; incidents, tickets and changes of
//! source become `incident`, `request` and `change_request`.
//!
//! An artifact is named by a package URL with a percent-encoded digest. A change of source is
//! named by whatever its sender chose: a number or a commit where it is one. Tests, branches,
//! repositories and deleted artifacts have no table.
//!
//! What it is not: other CloudEvents, which are passed over.

use std::borrow::Cow;

use serde_json::Value;

use super::read::Holders;
use super::read::event::{Event, events, likely};
use super::read::field::text;
use super::read::json::Outcome;
use super::read::version::Known;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::code::{ChangeRequest, Request};
use crate::model::decision::Decision;
use crate::model::delivery::{Artifact, Build, Change, GateDecision, Job};
use crate::model::record::Text;
use crate::model::runtime::Incident;
use crate::model::{EvidenceClass, Sink, id};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("cdevents"));
const PREFIX: &str = "dev.cdevents.";

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "CDEvents",
    newest: &[(0, 6)],
};

/// Events of the Continuous Delivery Foundation's vocabulary.
pub struct CdEvents;

impl Format for CdEvents {
    fn name(&self) -> &'static str {
        "cdevents"
    }

    fn about(&self) -> &'static str {
        "CDEvents, bare or as CloudEvents: save what the event broker or sink receives, one JSON a line"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "request",
            "change_request",
            "build",
            "job",
            "artifact",
            "change",
            "gate_decision",
            "incident",
        ]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a `type` that begins with `dev.cdevents.`, in `context` or of a CloudEvent"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"context":{"specversion":"0.5.0","id":"e-1","source":"/ci/9","type":"dev.cdevents.service.deployed.0.3.0",
  "timestamp":"2026-03-03T14:02:07Z"},
 "subject":{"id":"checkout","content":{"environment":{"id":"prod"},
  "artifactId":"pkg:oci/checkout?repository_url=ghcr.io%2Facme%2Fcheckout&tag=2.4.0"}}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let structured = Holders {
            beside: Some("specversion"),
            ..Holders::of(&["data"])
        };
        events(chunk, &structured, sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_ours = |at: &str| text(value, at).is_some_and(|kind| kind.starts_with(PREFIX));
    let is_cut = || value.get("specversion").is_some() && is_ours("/type");
    if is_ours("/context/type") || is_ours("/data/context/type") || is_cut() {
        CERTAIN
    } else {
        NO
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(kind) = event.text("/context/type") else {
        return if event.text("/type").is_some() {
            Outcome::Ignored("CloudEvent of another vocabulary")
        } else {
            Outcome::Rejected("not a CDEvent: it has no context.type".to_owned())
        };
    };
    let Some(rest) = kind.strip_prefix(PREFIX) else {
        return Outcome::Ignored("event of another vocabulary");
    };
    VERSIONS.hold(
        event.any(&["/context/specversion", "/context/version"]),
        sink,
    );
    let mut parts = rest.split('.');
    let (subject, predicate) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    if event.key("/subject/id").is_none() {
        return Outcome::Rejected("an event whose subject has no id".to_owned());
    }
    let said = Said {
        event: *event,
        predicate,
        ts_ns: event.instant(&["/context/timestamp"]),
    };
    match subject {
        "service" => said.service(sink),
        "environment" => said.environment(sink),
        "pipelinerun" | "build" => said.build(sink),
        "taskrun" => said.job(sink),
        "artifact" => return said.artifact(sink),
        "approval" => said.approval(sink),
        "incident" => said.incident(sink),
        "ticket" => said.ticket(sink),
        "change" => said.change_request(sink),
        _ => return Outcome::Ignored("event kind not used"),
    }
    Outcome::Kept
}

/// One event, its predicate and its time.
struct Said<'a> {
    event: Event<'a>,
    predicate: &'a str,
    ts_ns: Option<i64>,
}

impl<'a> Said<'a> {
    fn subject(&self) -> Text<'a> {
        self.event.key("/subject/id")
    }

    fn content(&self, name: &str) -> Text<'a> {
        self.event.cell(&format!("/subject/content/{name}"))
    }

    /// A member of the content that is a reference, or only its id.
    fn reference(&self, name: &str) -> Text<'a> {
        self.event
            .key(&format!("/subject/content/{name}/id"))
            .or_else(|| self.content(name))
    }

    fn repository(&self) -> Option<String> {
        let at = |name: &str| {
            self.event
                .text(&format!("/subject/content/repository/{name}"))
        };
        let (name, source) = (
            at("id").or_else(|| self.event.text("/subject/content/repository"))?,
            at("source"),
        );
        source
            .and_then(|source| id::repository(&format!("{}/{name}", source.trim_end_matches('/'))))
            .or_else(|| id::repository(name))
    }

    fn purl(&self) -> Option<Purl<'a>> {
        Purl::of(self.event.text("/subject/content/artifactId")?)
    }

    fn service(&self, sink: &mut dyn Sink) {
        let action = match self.predicate {
            "deployed" => "deploy",
            "upgraded" => "upgrade",
            "rolledback" => "rollback",
            "removed" => "delete",
            other => other,
        };
        let purl = self.purl();
        let change = Change {
            kind: Some("deploy".into()),
            provider: PROVIDER,
            change_id: self.event.key("/context/id"),
            service: self.subject(),
            environment: self.reference("environment"),
            version: purl
                .as_ref()
                .and_then(|purl| purl.version.clone())
                .map(Cow::from),
            digest: purl
                .as_ref()
                .and_then(|purl| purl.digest.clone())
                .map(Cow::from),
            image: purl
                .filter(|purl| purl.is_image)
                .map(|purl| purl.name.into()),
            action: Some(action.into()),
            state: Some("success".into()),
            object: self.subject(),
            acted_as: self.event.cell("/context/source"),
            run_id: None,
            started_ns: self.ts_ns,
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &change);
    }

    fn environment(&self, sink: &mut dyn Sink) {
        let name = self.content("name").or_else(|| self.subject());
        let change = Change {
            kind: Some("config".into()),
            provider: PROVIDER,
            change_id: self.event.key("/context/id"),
            environment: name.clone(),
            action: Some(self.predicate.into()),
            object: name.map(|name| format!("environments/{name}").into()),
            acted_as: self.event.cell("/context/source"),
            url: self.content("uri"),
            started_ns: self.ts_ns,
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &change);
    }

    /// `queued`, `in_progress` or `completed`.
    fn status(&self) -> &'static str {
        match self.predicate {
            "queued" => "queued",
            "started" => "in_progress",
            _ => "completed",
        }
    }

    fn conclusion(&self) -> Text<'a> {
        self.content("outcome")
            .map(|outcome| match outcome.as_ref() {
                "cancel" => "cancelled".into(),
                "error" => "failure".into(),
                _ => outcome,
            })
    }

    fn when(&self, predicate: &str) -> Option<i64> {
        self.ts_ns.filter(|_| self.predicate == predicate)
    }

    fn build(&self, sink: &mut dyn Sink) {
        let build = Build {
            provider: PROVIDER,
            run_id: self.subject(),
            workflow: self.content("pipelineName"),
            status: Some(self.status().into()),
            conclusion: self.conclusion(),
            title: self.content("errors"),
            url: self.content("uri").or_else(|| self.content("url")),
            started_ns: self.when("started"),
            finished_ns: self.when("finished"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &build);
        if let Some(purl) = self.purl() {
            purl.record(&self.event, None, self.subject(), self.ts_ns, sink);
        }
    }

    fn job(&self, sink: &mut dyn Sink) {
        let job = Job {
            provider: PROVIDER,
            run_id: self.reference("pipelineRun"),
            job_id: self.subject(),
            name: self.content("taskName"),
            status: Some(self.status().into()),
            conclusion: self.conclusion(),
            url: self.content("uri").or_else(|| self.content("url")),
            started_ns: self.when("started"),
            finished_ns: self.when("finished"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &job);
    }

    fn artifact(&self, sink: &mut dyn Sink) -> Outcome {
        if self.predicate == "deleted" {
            return Outcome::Ignored("event kind not used");
        }
        let Some(purl) = self.event.text("/subject/id").and_then(Purl::of) else {
            return Outcome::Rejected("an artifact whose id is no package URL".to_owned());
        };
        let sha = self.event.commit("/subject/content/change/id");
        purl.record(&self.event, sha, None, self.ts_ns, sink);
        Outcome::Kept
    }

    fn approval(&self, sink: &mut dyn Sink) {
        let decided = self
            .content("decision")
            .or_else(|| self.content("status"))
            .filter(|_| self.predicate == "closed");
        let decision = Decision::of(decided.as_deref().unwrap_or(self.predicate));
        let is_open = decision == Decision::Requested;
        let row = GateDecision {
            gate: self.subject(),
            repository: self.repository().map(Cow::from),
            subject: self.content("resourceTargetUrl"),
            environment: self.reference("environment"),
            approver: self.content("responder").filter(|_| !is_open),
            requestor: self
                .content("requestor")
                .or_else(|| self.content("requester")),
            comment: self
                .content("comment")
                .or_else(|| self.content("description")),
            decision: Some(decision.token().into()),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &row);
    }

    fn incident(&self, sink: &mut dyn Sink) {
        let state = match self.predicate {
            "detected" => "triggered",
            "reported" => "acknowledged",
            other => other,
        };
        let row = Incident {
            provider: PROVIDER,
            incident_id: self.subject(),
            title: self.content("description"),
            state: Some(state.into()),
            service: self.reference("service"),
            environment: self.reference("environment"),
            resolved_ns: self.when("resolved"),
            description: self.content("ticketURI"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &row);
    }

    fn ticket(&self, sink: &mut dyn Sink) {
        let row = Request {
            tracker: PROVIDER,
            key: self.subject(),
            title: self.content("summary"),
            body: self.content("description"),
            url: self.content("uri"),
            state: Some(
                if self.predicate == "closed" {
                    "closed"
                } else {
                    "open"
                }
                .into(),
            ),
            author: self.content("creator"),
            closed_ns: self.when("closed"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &row);
    }

    fn change_request(&self, sink: &mut dyn Sink) {
        let sha = self.event.commit("/subject/id");
        let is_merged = self.predicate == "merged";
        let row = ChangeRequest {
            repository: self.repository().map(Cow::from),
            number: self.event.int("/subject/id"),
            title: self.content("description").or_else(|| self.subject()),
            state: Some(
                match self.predicate {
                    "merged" => "merged",
                    "abandoned" => "closed",
                    _ => "open",
                }
                .into(),
            ),
            merge_sha: sha.clone().filter(|_| is_merged),
            head_sha: sha.filter(|_| !is_merged),
            opened_ns: self.when("created"),
            merged_ns: self.when("merged"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &row);
    }
}

/// A package URL, as far as the tables want it.
struct Purl<'a> {
    text: &'a str,
    is_image: bool,
    name: String,
    version: Option<String>,
    digest: Option<String>,
}

impl<'a> Purl<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("pkg:")?.split_once('/')?;
        let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, version) = path.split_once('@').unwrap_or((path, ""));
        let qualifier = |name: &str| {
            let mut pairs = qualifiers
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map(|(_, value)| plain(value))
        };
        let digest = id::digest(text.split(['?', '#']).next().unwrap_or(text));
        let is_image = matches!(kind, "oci" | "docker");
        let own = (digest.is_none() && !version.is_empty()).then(|| plain(version));
        Some(Self {
            text,
            is_image,
            name: qualifier("repository_url").unwrap_or_else(|| plain(path)),
            version: qualifier("tag").or(own),
            digest,
        })
    }

    fn record(
        self,
        event: &Event<'_>,
        sha: Text<'_>,
        run_id: Text<'_>,
        ts_ns: Option<i64>,
        sink: &mut dyn Sink,
    ) {
        let row = Artifact {
            digest: self.digest.map(Cow::from),
            name: Some(self.name.into()),
            version: self.version.map(Cow::from),
            purl: Some(self.text.into()),
            kind: Some(if self.is_image { "image" } else { "package" }.into()),
            sha,
            run_id,
            ..Default::default()
        };
        sink.record(event.stamp(ts_ns), &row);
    }
}

/// Text without its percent-encoding of what a purl has to encode.
fn plain(text: &str) -> String {
    let pairs = [
        ("%3A", ":"),
        ("%3a", ":"),
        ("%2F", "/"),
        ("%2f", "/"),
        ("%40", "@"),
        ("%2B", "+"),
        ("%2b", "+"),
    ];
    pairs
        .into_iter()
        .fold(text.to_owned(), |text, (code, character)| {
            text.replace(code, character)
        })
}

#[cfg(test)]
mod tests;

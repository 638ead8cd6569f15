//! Events of Flux's notification controller: what its controllers reconciled, and what failed.
//! Source: the Flux notification API, `Event` of v1beta1 to v1, as the generic webhook provider
//! sends it.
//!
//! An event about a `Kustomization` or `HelmRelease` that was applied, or failed, is a deployment:
//! a `change` and its `change_status`. Every other event becomes a `log`. The revision stands in
//! the metadata under `<group>/revision`: `main@sha1:…`, in older versions `main/…`, for a Helm
//! release the version of its chart. It names the manifests' commit, not the application's, so it
//! is the `source_ref` and never the `sha`. The controllers repeat an event at every interval:
//! the id of a change is its object and revision, so that repetitions are of one change.
//!
//! What it is not: the cluster's own Events, or the controllers' logs.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::event::{Event, attributes, events, likely};
use super::read::json::Outcome;
use super::read::log::severity::{ERROR, INFO};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::delivery::{Change, ChangeStatus};
use crate::model::record::Text;
use crate::model::runtime::Log;
use crate::model::{EvidenceClass, Sink, id};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("flux"));

/// Events of Flux.
pub struct FluxEvent;

impl Format for FluxEvent {
    fn name(&self) -> &'static str {
        "flux_event"
    }

    fn about(&self) -> &'static str {
        "Flux events: what an Alert with a Provider of type generic posts, one JSON a line"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["change", "change_status", "log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`involvedObject`, `severity`, `reason` and `reportingController`, without `kind`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"involvedObject":{"kind":"Kustomization","namespace":"shop","name":"checkout"},
 "severity":"info","reason":"ReconciliationSucceeded","message":"applied","timestamp":"2026-03-03T14:02:07Z",
 "reportingController":"kustomize-controller",
 "metadata":{"revision":"main@sha1:9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345"}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_event = has(
        value,
        &[
            "involvedObject",
            "severity",
            "reason",
            "reportingController",
        ],
    );
    // The cluster's own Events have a kind and no severity.
    match (
        is_event && value.get("kind").is_none(),
        has(value, &["timestamp", "message"]),
    ) {
        (true, true) => CERTAIN,
        (true, false) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(name) = event.text("/involvedObject/name") else {
        return Outcome::Rejected("an event that involves no object".to_owned());
    };
    let ts_ns = event.instant(&["/timestamp"]);
    let said = Said {
        event: *event,
        name,
        ts_ns,
    };
    match (said.state(), said.metadata("/revision")) {
        (Some(state), Some(revision)) => said.deployment(state, revision, sink),
        _ => said.log(sink),
    }
    Outcome::Kept
}

struct Said<'a> {
    event: Event<'a>,
    name: &'a str,
    ts_ns: Option<i64>,
}

impl<'a> Said<'a> {
    fn kind(&self) -> &'a str {
        self.event.text("/involvedObject/kind").unwrap_or_default()
    }

    fn reason(&self) -> &'a str {
        self.event.text("/reason").unwrap_or_default()
    }

    /// A member of the metadata, whose names begin with the group of the object.
    fn metadata(&self, ending: &str) -> Option<&'a str> {
        let members = self.event.get("/metadata")?.as_object()?;
        let found = members.iter().find(|(key, _)| {
            key.ends_with(ending) || ending.strip_prefix('/') == Some(key.as_str())
        });
        found?.1.as_str().filter(|text| !text.is_empty())
    }

    /// What became of the object's deployment, where the event is about one.
    fn state(&self) -> Option<&'static str> {
        if !matches!(self.kind(), "Kustomization" | "HelmRelease") {
            return None;
        }
        let reason = self.reason();
        match reason {
            _ if reason.ends_with("Succeeded") => Some("success"),
            _ if reason.ends_with("Failed") || self.event.text("/severity") == Some("error") => {
                Some("failure")
            }
            "Progressing" => Some("in_progress"),
            _ => None,
        }
    }

    fn object(&self) -> String {
        let namespace = self
            .event
            .text("/involvedObject/namespace")
            .unwrap_or("default");
        format!("{}s/{namespace}/{}", self.kind().to_lowercase(), self.name)
    }

    fn deployment(&self, state: &'static str, revision: &str, sink: &mut dyn Sink) {
        let reason = self.reason();
        let action = match reason {
            _ if reason.starts_with("Rollback") => "rollback",
            _ if reason.starts_with("Uninstall") => "delete",
            _ => "deploy",
        };
        let change_id = format!("{}@{revision}", self.object());
        let is_release = self.kind() == "HelmRelease";
        let version = self
            .metadata("/app-version")
            .or_else(|| self.metadata("/appVersion"));
        let change = Change {
            kind: Some("deploy".into()),
            provider: PROVIDER,
            change_id: Some(change_id.as_str().into()),
            service: Some(self.name.into()),
            environment: self
                .metadata("/env")
                .or_else(|| self.metadata("environment"))
                .map(Cow::from),
            version: version.filter(|_| is_release).map(Cow::from),
            source_ref: Some(revision.into()),
            digest: self.metadata("/image").and_then(id::digest).map(Cow::from),
            action: Some(action.into()),
            state: Some(state.into()),
            acted_as: self.event.cell("/reportingController"),
            object: Some(self.object().into()),
            description: self.event.cell("/message"),
            started_ns: self.ts_ns,
            finished_ns: self.ts_ns.filter(|_| state != "in_progress"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &change);
        let status = ChangeStatus {
            provider: PROVIDER,
            change_id: Some(change_id.into()),
            state: Some(state.into()),
            description: self.event.cell("/message"),
            actor: self.event.cell("/reportingController"),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &status);
    }

    fn log(&self, sink: &mut dyn Sink) {
        let severity = self.event.text("/severity");
        let log = Log {
            service_name: Some(self.name.into()),
            severity_number: Some(if severity == Some("error") {
                ERROR
            } else {
                INFO
            }),
            severity_text: severity.map(Cow::from),
            event_name: self.event.cell("/reason"),
            body: self.event.cell("/message"),
            scope_name: self.event.cell("/reportingController"),
            attributes: attributes(json!({
                "object": self.object(),
                "uid": self.event.text("/involvedObject/uid"),
                "reportingInstance": self.event.text("/reportingInstance"),
                "metadata": self.event.get("/metadata"),
            })),
            ..Default::default()
        };
        sink.record(self.event.stamp(self.ts_ns), &log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn event(kind: &str, reason: &str, metadata: &Value) -> Value {
        json!({
            "involvedObject": {"kind": kind, "namespace": "shop", "name": "till", "uid": "u-1"},
            "severity": if reason.ends_with("Failed") { "error" } else { "info" },
            "reason": reason, "message": "done", "metadata": metadata,
            "reportingController": "kustomize-controller", "timestamp": "2026-11-03T14:00:00Z"
        })
    }

    fn read(event: &Value) -> Seen {
        parse(&FluxEvent, "events", event.to_string().as_bytes())
    }

    #[test]
    fn what_was_applied_is_a_deployment() {
        let revision = format!("main@sha1:{}", "ab".repeat(20));
        let seen = read(&event(
            "Kustomization",
            "ReconciliationSucceeded",
            &json!({"kustomize.toolkit.fluxcd.io/revision": revision}),
        ));
        let row = seen.of("change")[0];
        let change_id = format!("kustomizations/shop/till@{revision}");
        for (column, expected) in [
            ("kind", "deploy"),
            ("provider", "flux"),
            ("change_id", change_id.as_str()),
            ("service", "till"),
            ("source_ref", revision.as_str()),
            ("action", "deploy"),
            ("state", "success"),
            ("acted_as", "kustomize-controller"),
            ("object", "kustomizations/shop/till"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert!(!row.contains_key("sha"), "the revision is the manifests'");
        assert_eq!(seen.of("change_status")[0]["state"], "success");
        assert_eq!(seen.times("change"), ["2026-11-03T14:00:00.000000000Z"]);
    }

    #[test]
    fn releases_failures_and_rollbacks() {
        let of = |reason: &str| {
            let seen = read(&event(
                "HelmRelease",
                reason,
                &json!({"helm.toolkit.fluxcd.io/revision": "6.3.5", "helm.toolkit.fluxcd.io/app-version": "2.4.0"}),
            ));
            let row = seen.of("change")[0];
            (
                row["version"].clone(),
                row["action"].clone(),
                row["state"].clone(),
            )
        };
        let row =
            |action: &str, state: &str| ("2.4.0".to_owned(), action.to_owned(), state.to_owned());
        assert_eq!(of("UpgradeSucceeded"), row("deploy", "success"));
        assert_eq!(of("UpgradeFailed"), row("deploy", "failure"));
        assert_eq!(of("RollbackSucceeded"), row("rollback", "success"));
    }

    #[test]
    fn the_rest_is_log() {
        let seen = read(&event(
            "GitRepository",
            "NewArtifact",
            &json!({"source.toolkit.fluxcd.io/revision": "main/ab"}),
        ));
        let row = seen.of("log")[0];
        assert_eq!(
            (
                row["severity_number"].as_str(),
                row["event_name"].as_str(),
                row["body"].as_str()
            ),
            ("9", "NewArtifact", "done")
        );
        let native = json!({"apiVersion": "v1", "kind": "Event", "involvedObject": {"name": "x"}, "reason": "y", "severity": "z", "reportingController": "w"});
        assert_eq!(sniff(&FluxEvent, native.to_string().as_bytes()), NO);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        let plain = event(
            "Kustomization",
            "ReconciliationFailed",
            &json!({"x/revision": "main/ab", "y": 7}),
        );
        torn_and_flipped(&FluxEvent, format!("{plain}\n[{plain}]").as_bytes());
        let seen = parse(&FluxEvent, "x", b"{\"involvedObject\":7}");
        assert_eq!(seen.rejects.len(), 1);
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("flux") {
            assert_eq!(sniff(&FluxEvent, &bytes), CERTAIN, "{path}");
            let seen = parse(&FluxEvent, &path, &bytes);
            assert_eq!((seen.read, seen.kept), (1, 1), "{path}");
            let deploys = usize::from(!path.ends_with("v1beta1-providers-2.json"));
            assert_eq!(
                seen.of("change").len(),
                deploys.min(seen.of("change_status").len()),
                "{path}"
            );
        }
    }
}

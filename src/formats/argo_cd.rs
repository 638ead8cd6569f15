//! Argo CD applications: what was synchronised to a cluster, when, from which revision. Source: the
//! `argoproj.io/v1alpha1` API of Argo CD, `Application.status`.
//!
//! The unit is the object. Each entry of `status.history` (the last ten by default, successful ones
//! only) becomes a `change`; the operation that runs or failed last, which history does not hold,
//! becomes one too, with its `change_status`. A revision is the commit of the manifests' repository,
//! or the version of a chart, not the application's commit: it is the `source_ref`, and `repository`
//! is the one that it is of. Which image ran is only known of the newest entry, from
//! `status.summary.images`, and only where one image is evidently the application's own.
//! `argocd app rollback` leaves an entry with an older revision; it is told by that.
//!
//! Met as JSON and YAML, single or in lists.
//!
//! What it is not: a reader of Argo Rollouts or Workflows, nor of notifications, whose form is the
//! user's own.

use std::borrow::Cow;

use serde_json::Value;

use super::read::event::likely;
use super::read::field::{cell, list, text};
use super::read::json::Outcome;
use super::read::{Holders, elements, labels, yaml};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::{Change, ChangeStatus};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("argocd"));
const GROUP: &str = "argoproj.io/";

/// Applications of Argo CD.
pub struct ArgoCd;

impl Format for ArgoCd {
    fn name(&self) -> &'static str {
        "argo_cd"
    }

    fn about(&self) -> &'static str {
        "Argo CD: kubectl get applications.argoproj.io -A -o json, or argocd app get APP -o yaml"
    }

    fn unit(&self) -> &'static str {
        "object"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["change", "change_status"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "`apiVersion: argoproj.io/…` and `kind: Application`, as JSON or YAML"
    }

    fn example(&self) -> &'static [u8] {
        br#"apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: checkout, namespace: argocd}
status:
  history:
  - {id: 1, revision: 9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345, deployedAt: "2026-03-03T14:02:07Z"}
"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if !peek.values.is_empty() {
            return likely(peek, &["items"], |value| {
                judge(
                    text(value, "/apiVersion").unwrap_or_default(),
                    text(value, "/kind").unwrap_or_default(),
                )
            });
        }
        let head = String::from_utf8_lossy(peek.head);
        let of_piece = |piece: yaml::Piece<'_>| {
            let group = piece.field("apiVersion").or(piece.list_api_version)?;
            Some(judge(group, piece.field("kind").or(piece.list_kind)?))
        };
        yaml::pieces(&head).filter_map(of_piece).max().unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let bytes = chunk
            .bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(chunk.bytes);
        if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
            elements(chunk, &Holders::of(&["items"]), sink, |element, sink| {
                read(element.read(), element.span, sink)
            });
            return;
        }
        let Ok(text) = std::str::from_utf8(chunk.bytes) else {
            let span = Span::new(chunk.offset, chunk.bytes.len() as u64);
            sink.read(1);
            sink.reject(span, "the text is not UTF-8");
            return;
        };
        for piece in yaml::pieces(text) {
            let span = Span::new(chunk.offset + piece.offset as u64, piece.text.len() as u64);
            sink.read(1);
            read(piece.value(), span, sink).tally(span, sink);
        }
    }
}

fn judge(group: &str, kind: &str) -> Likelihood {
    match (group.starts_with(GROUP), kind) {
        (true, "Application" | "ApplicationList") => CERTAIN,
        (true, "ApplicationSet" | "AppProject") => LIKELY,
        _ => NO,
    }
}

fn read(value: Result<Value, String>, span: Span, sink: &mut dyn Sink) -> Outcome {
    let value = match value {
        Ok(value) => value,
        Err(why) => return Outcome::Rejected(why),
    };
    // `argocd app list -o json` leaves kind and group out.
    let is_listed = text(&value, "/kind").is_none() && value.pointer("/spec/destination").is_some();
    let is_ours = text(&value, "/apiVersion").is_none_or(|group| group.starts_with(GROUP));
    match text(&value, "/kind") {
        Some("Application") if is_ours => {}
        None if is_listed => {}
        Some(_) => return Outcome::Ignored("object kind not used"),
        None => return Outcome::Rejected("not an application: it has no kind".to_owned()),
    }
    let Some(name) = text(&value, "/metadata/name") else {
        return Outcome::Rejected("an application without a name".to_owned());
    };
    let application = Application {
        value: &value,
        name,
        span,
    };
    application.history(sink);
    application.operation(sink);
    Outcome::Kept
}

struct Application<'v> {
    value: &'v Value,
    name: &'v str,
    span: Span,
}

impl<'v> Application<'v> {
    fn id(&self) -> String {
        let namespace = text(self.value, "/metadata/namespace").unwrap_or("argocd");
        format!("{namespace}/{}", self.name)
    }

    /// What all changes of the application say alike.
    fn change(&self) -> Change<'v> {
        Change {
            kind: Some("deploy".into()),
            provider: PROVIDER,
            service: Some(labels::service(self.value).unwrap_or(self.name).into()),
            environment: labels::environment(self.value).map(Cow::from),
            object: Some(format!("applications/{}", self.id()).into()),
            acted_as: Some("argocd-application-controller".into()),
            ..Default::default()
        }
    }

    fn history(&self, sink: &mut dyn Sink) {
        let entries = list(self.value, "/status/history");
        let newest = entries.iter().enumerate().max_by_key(|(at, entry)| {
            let number = entry.get("id").and_then(Value::as_i64);
            (number, *at)
        });
        let newest = newest.map(|(at, _)| at);
        let mut earlier: Vec<String> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let revision = revision(entry);
            let is_return = revision.as_ref().is_some_and(|revision| {
                earlier.last() != Some(revision) && earlier.contains(revision)
            });
            let started = instant(entry, "/deployStartedAt");
            let finished = instant(entry, "/deployedAt");
            let number = entry
                .get("id")
                .map_or_else(|| at.to_string(), Value::to_string);
            let image = self.image().filter(|_| newest == Some(at));
            let change = Change {
                change_id: Some(format!("{}/{number}", self.id()).into()),
                repository: repository(entry),
                source_ref: revision.clone().map(Cow::from),
                version: image.and_then(|image| id::image(image).1).map(Cow::from),
                digest: image.and_then(id::digest).map(Cow::from),
                image: image.map(Cow::from),
                action: Some(if is_return { "rollback" } else { "deploy" }.into()),
                state: Some("success".into()),
                requested_by: requester(entry, "/initiatedBy"),
                description: description(entry),
                started_ns: started.or(finished),
                finished_ns: finished,
                ..self.change()
            };
            sink.record(Stamp::new(self.span, started.or(finished)), &change);
            earlier.extend(revision);
        }
    }

    /// The operation that history does not hold: it runs, or it failed.
    fn operation(&self, sink: &mut dyn Sink) {
        let Some(operation) = self.value.pointer("/status/operationState") else {
            return;
        };
        let state = match text(operation, "/phase") {
            Some("Failed") => "failure",
            Some("Error") => "error",
            Some("Running" | "Terminating") => "in_progress",
            _ => return,
        };
        let started = instant(operation, "/startedAt");
        let finished = instant(operation, "/finishedAt");
        let at = text(operation, "/startedAt").unwrap_or("unknown");
        let change_id: Text<'_> = Some(format!("{}/operation/{at}", self.id()).into());
        let sync = operation.get("syncResult").unwrap_or(&Value::Null);
        let wanted = operation.pointer("/operation/sync").unwrap_or(&Value::Null);
        let change = Change {
            change_id: change_id.clone(),
            repository: repository(sync).or_else(|| self.spec_repository()),
            source_ref: revision(sync).or_else(|| revision(wanted)).map(Cow::from),
            action: Some("deploy".into()),
            state: Some(state.into()),
            requested_by: requester(operation, "/operation/initiatedBy"),
            description: cell(operation, "/message"),
            started_ns: started,
            finished_ns: finished,
            ..self.change()
        };
        let ts_ns = finished.or(started);
        sink.record(Stamp::new(self.span, started.or(finished)), &change);
        let status = ChangeStatus {
            provider: PROVIDER,
            change_id,
            state: Some(state.into()),
            description: cell(operation, "/message"),
            ..Default::default()
        };
        sink.record(Stamp::new(self.span, ts_ns), &status);
    }

    fn spec_repository(&self) -> Text<'static> {
        repository(self.value.get("spec")?)
    }

    /// The image of the application itself: the only one, or the only one of its name.
    fn image(&self) -> Option<&'v str> {
        let images = list(self.value, "/status/summary/images");
        let images: Vec<&str> = images.iter().filter_map(Value::as_str).collect();
        if let [only] = images.as_slice() {
            return Some(only);
        }
        let service = labels::service(self.value).unwrap_or(self.name);
        let is_own = |image: &&str| {
            let (name, _) = id::image(image);
            name.rsplit('/').next() == Some(service)
        };
        let mut own = images.into_iter().filter(is_own);
        own.next().filter(|_| own.next().is_none())
    }
}

fn instant(value: &Value, pointer: &str) -> Option<i64> {
    time::parse(text(value, pointer)?)
}

/// The revision, or those of several sources, separated by blanks.
fn revision(entry: &Value) -> Option<String> {
    if let Some(revision) = text(entry, "/revision") {
        return Some(revision.to_owned());
    }
    let several: Vec<&str> = list(entry, "/revisions")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    (!several.is_empty()).then(|| several.join(" "))
}

fn repository(entry: &Value) -> Text<'static> {
    let address = text(entry, "/source/repoURL").or_else(|| text(entry, "/sources/0/repoURL"))?;
    id::repository(address).map(Cow::from)
}

fn requester<'v>(value: &'v Value, pointer: &str) -> Text<'v> {
    let by = value.pointer(pointer)?;
    let automated = by.get("automated").and_then(Value::as_bool) == Some(true);
    cell(by, "/username").or_else(|| automated.then_some("automated".into()))
}

/// Chart or path, as far as the entry tells.
fn description(entry: &Value) -> Text<'_> {
    let source = entry
        .get("source")
        .or_else(|| entry.pointer("/sources/0"))?;
    let target = text(source, "/targetRevision");
    let what = text(source, "/chart")
        .map(|chart| format!("chart {chart}"))
        .or_else(|| text(source, "/path").map(|path| format!("path {path}")))?;
    Some(
        target
            .map_or_else(|| what.clone(), |target| format!("{what} at {target}"))
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn application(change: impl FnOnce(&mut Value)) -> Value {
        let entry = |id: u32, revision: &str| {
            json!({"id": id, "revision": revision, "deployStartedAt": format!("2026-11-0{id}T14:00:00Z"),
                "deployedAt": format!("2026-11-0{id}T14:00:05Z"), "initiatedBy": {"username": "mara"},
                "source": {"repoURL": "https://git.example/lumen/manifests.git", "path": "till/prod", "targetRevision": "main"}})
        };
        let mut object = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "till", "namespace": "argo", "labels": {"env": "prod"}},
            "spec": {"destination": {"namespace": "shop"}, "source": {"repoURL": "https://git.example/lumen/manifests.git"}},
            "status": {
                "history": [entry(1, &"a".repeat(40)), entry(2, &"b".repeat(40)), entry(3, &"a".repeat(40))],
                "summary": {"images": [format!("registry.local/till:2.4.0@sha256:{}", "cd".repeat(32)), "docker.io/envoy:1"]},
            }
        });
        change(&mut object);
        object
    }

    fn read(object: &Value) -> Seen {
        parse(&ArgoCd, "apps.json", object.to_string().as_bytes())
    }

    #[test]
    fn history_tells_deployments_and_returns() {
        let seen = read(&application(|_| {}));
        let rows = seen.of("change");
        assert_eq!(rows.len(), 3);
        let (revision, digest) = ("a".repeat(40), format!("sha256:{}", "cd".repeat(32)));
        for (column, expected) in [
            ("kind", "deploy"),
            ("provider", "argocd"),
            ("change_id", "argo/till/3"),
            ("service", "till"),
            ("environment", "prod"),
            ("repository", "git.example/lumen/manifests"),
            ("source_ref", revision.as_str()),
            ("version", "2.4.0"),
            ("digest", digest.as_str()),
            ("action", "rollback"),
            ("state", "success"),
            ("requested_by", "mara"),
            ("object", "applications/argo/till"),
            ("description", "path till/prod at main"),
        ] {
            assert_eq!(rows[2][column], expected, "{column}");
        }
        assert!(
            !rows[2].contains_key("sha"),
            "the revision is the manifests'"
        );
        assert_eq!(rows[1]["action"], "deploy");
        assert!(
            !rows[1].contains_key("image"),
            "only the newest image is known"
        );
        assert_eq!(seen.times("change")[0], "2026-11-01T14:00:00.000000000Z");
    }

    #[test]
    fn only_an_operation_that_history_lacks_is_told() {
        let of = |phase: &str| {
            let seen = read(&application(|object| {
                object["status"]["operationState"] = json!({"phase": phase, "message": "hook failed",
                    "startedAt": "2026-11-04T14:00:00Z", "finishedAt": "2026-11-04T14:01:00Z",
                    "operation": {"initiatedBy": {"automated": true}}, "syncResult": {"revision": "c".repeat(40)}});
            }));
            let status = seen
                .of("change_status")
                .first()
                .map(|row| row["state"].clone());
            (seen.of("change").len(), status)
        };
        assert_eq!(of("Succeeded"), (3, None));
        assert_eq!(of("Failed"), (4, Some("failure".to_owned())));
        assert_eq!(of("Running"), (4, Some("in_progress".to_owned())));
    }

    #[test]
    fn several_sources_and_lists() {
        let object = application(|object| {
            object["status"]["history"] = json!([{"id": 7, "revisions": ["1.2.3", "main"], "deployedAt": "2026-11-04T14:00:00Z",
                "sources": [{"repoURL": "https://charts.example/stable", "chart": "till", "targetRevision": "1.*"}]}]);
            object["status"]["summary"] = json!(null);
        });
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [object, {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "x"}}, 7]});
        let bytes = list.to_string();
        assert_eq!(sniff(&ArgoCd, bytes.as_bytes()), CERTAIN);
        let seen = parse(&ArgoCd, "list", bytes.as_bytes());
        assert_eq!(
            (
                seen.kept,
                seen.ignored.values().sum::<u64>(),
                seen.rejects.len()
            ),
            (1, 1, 1)
        );
        let row = seen.of("change")[0];
        assert_eq!(
            (row["source_ref"].as_str(), row["description"].as_str()),
            ("1.2.3 main", "chart till at 1.*")
        );
    }

    #[test]
    fn yaml_is_read_like_json() {
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: till\nstatus:\n  history:\n  - id: 4\n    revision: 1.0.0\n    deployedAt: \"2026-11-04T14:00:00Z\"\n---\nkind: Pod\napiVersion: v1\n";
        assert_eq!(sniff(&ArgoCd, text.as_bytes()), CERTAIN);
        let seen = parse(&ArgoCd, "app.yaml", text.as_bytes());
        assert_eq!((seen.kept, seen.of("change").len()), (1, 1));
        assert_eq!(seen.of("change")[0]["change_id"], "argocd/till/4");
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&ArgoCd, application(|_| {}).to_string().as_bytes());
    }

    #[test]
    fn real_samples_are_read() {
        let mut rows = 0;
        for (path, bytes) in samples("argocd") {
            assert_eq!(sniff(&ArgoCd, &bytes), CERTAIN, "{path}");
            let seen = parse(&ArgoCd, &path, &bytes);
            assert_eq!((seen.read, seen.kept), (1, 1), "{path}");
            let entries = String::from_utf8_lossy(&bytes)
                .matches("deployedAt:")
                .count();
            assert_eq!(seen.of("change").len(), entries, "{path}");
            rows += entries;
        }
        assert!(rows == 0 || rows > 1);
    }
}

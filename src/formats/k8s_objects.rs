//! Kubernetes objects, as `kubectl get … -o json` and `-o yaml` write them: what ran, from which
//! image, who may do what, what the cluster said about it. Source: the Kubernetes API reference
//! (core/v1, apps/v1, rbac/v1, events/v1).
//!
//! Each object is a unit. A pod becomes one `instance` per container; a `ReplicaSet` or
//! `ControllerRevision` is a piece of the rollout history that a cluster keeps (a deployment shows
//! only its latest state, so it adds nothing) and becomes a `change`; service accounts and role
//! bindings become `identity` rows; an `Event` becomes a `log`. Other kinds are counted as ignored.
//!
//! A list is walked with a cursor, or cut by its indentation where it is YAML, so that each object
//! is cited by itself and a broken one costs only itself. Why YAML is cut before it is parsed: a
//! cluster's dump is one document with far more nodes than a YAML parser allows to hostile input.
//! An anchor that leaves its list item is therefore not followed; no tool writes such a file.
//!
//! What it is not: a reader of custom resources (Argo CD and Flux have their own formats), nor a
//! statement about the cluster, which no object names.

mod event;
mod identity;
mod object;
mod pod;
mod rollout;

use serde_json::Value;

use self::object::Object;
use super::read::field::text;
use super::read::json::Outcome;
use super::read::{Holders, elements, yaml};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink, Span};

/// Objects of a Kubernetes cluster.
pub struct K8sObjects;

impl Format for K8sObjects {
    fn name(&self) -> &'static str {
        "k8s_objects"
    }

    fn about(&self) -> &'static str {
        "Kubernetes objects: kubectl get pods,rs,sa,rolebindings,events -A -o json (or yaml)"
    }

    fn unit(&self) -> &'static str {
        "object"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["instance", "change", "identity", "log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "`apiVersion` of Kubernetes itself and `kind` such as `Pod` or `ReplicaSet`, as JSON or YAML"
    }

    fn example(&self) -> &'static [u8] {
        br#"apiVersion: v1
kind: Pod
metadata:
  name: checkout-6d5f9c7b8-x2x4q
  namespace: shop
  creationTimestamp: "2026-03-03T14:02:07Z"
spec:
  containers:
  - name: app
    image: ghcr.io/acme/checkout:2.4.0
"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.values.is_empty() {
            return sniff_yaml(peek);
        }
        peek.values.iter().map(judge_value).max().unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let start = chunk
            .bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(chunk.bytes)
            .trim_ascii_start();
        if matches!(start.first(), Some(b'{' | b'[')) {
            parse_json(chunk, sink);
        } else {
            parse_yaml(chunk, sink);
        }
    }
}

/// What becomes of an object that no table has a place for.
const NOT_USED: Outcome = Outcome::Ignored("object kind not used");

/// True for the API groups of Kubernetes itself; the groups of custom resources have a domain.
fn is_native(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    !group.contains('.') || (group.ends_with(".k8s.io") && !group.starts_with("audit."))
}

fn judge(api_version: &str, kind: &str, describes: impl Fn(&str) -> bool) -> Likelihood {
    let used = match kind {
        "Pod" | "ReplicaSet" | "ControllerRevision" | "ServiceAccount" | "RoleBinding"
        | "ClusterRoleBinding" => true,
        "Event" if describes("involvedObject") || describes("regarding") => true,
        // Audit events are of kind Event too.
        "Event" | "" => return NO,
        _ => false,
    };
    match (is_native(api_version), used, describes("metadata")) {
        (true, true, _) => CERTAIN,
        (true, false, true) => LIKELY,
        _ => NO,
    }
}

fn judge_value(value: &Value) -> Likelihood {
    let kind = text(value, "/kind").unwrap_or_default();
    let Some(api_version) = text(value, "/apiVersion") else {
        return NO;
    };
    let singular = kind.strip_suffix("List");
    let (Some(singular), Some(items)) = (singular, value.get("items").and_then(Value::as_array))
    else {
        return judge(api_version, kind, |key| value.get(key).is_some());
    };
    let of_item = |item: &Value| {
        let kind = text(item, "/kind").unwrap_or(singular);
        judge(
            text(item, "/apiVersion").unwrap_or(api_version),
            kind,
            |key| item.get(key).is_some(),
        )
    };
    let of_empty = if is_native(api_version) { LIKELY } else { NO };
    items.iter().map(of_item).max().unwrap_or(of_empty)
}

fn sniff_yaml(peek: &Peek<'_>) -> Likelihood {
    let head = String::from_utf8_lossy(peek.head);
    let of_piece = |piece: yaml::Piece<'_>| {
        let api_version = piece.field("apiVersion").or(piece.list_api_version)?;
        let kind = piece.field("kind").or(piece.list_kind)?;
        Some(judge(api_version, kind, |key| piece.field(key).is_some()))
    };
    yaml::pieces(&head).filter_map(of_piece).max().unwrap_or(NO)
}

/// What holds objects: a `List`, or a list of one kind that its elements need not repeat.
const LISTS: Holders<'_> = Holders {
    label: Some("kind"),
    ..Holders::of(&["items"])
};

fn parse_json(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    elements(chunk, &LISTS, sink, |element, sink| {
        let kind = element.label.and_then(yaml::singular);
        read(kind, element.read(), element.span, sink)
    });
}

fn parse_yaml(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let Ok(text) = std::str::from_utf8(chunk.bytes) else {
        sink.read(1);
        sink.reject(
            Span::new(chunk.offset, chunk.bytes.len() as u64),
            "the text is not UTF-8",
        );
        return;
    };
    for piece in yaml::pieces(text) {
        let span = Span::new(chunk.offset + piece.offset as u64, piece.text.len() as u64);
        sink.read(1);
        read(piece.list_kind, piece.value(), span, sink).tally(span, sink);
    }
}

/// Reads one object. `kind` is that of the list's elements, which may not repeat it.
fn read(
    kind: Option<&str>,
    value: Result<Value, String>,
    span: Span,
    sink: &mut dyn Sink,
) -> Outcome {
    value.map_or_else(Outcome::Rejected, |value| object(kind, &value, span, sink))
}

fn object(kind: Option<&str>, value: &Value, span: Span, sink: &mut dyn Sink) -> Outcome {
    let Some(kind) = text(value, "/kind").or(kind) else {
        return Outcome::Rejected("not a Kubernetes object: it has no kind".into());
    };
    let record: fn(&Object<'_>, &mut dyn Sink) -> Outcome = match kind {
        // The elements of a typed list repeat neither kind nor apiVersion.
        _ if !text(value, "/apiVersion").is_none_or(is_native) => return NOT_USED,
        "Pod" => pod::record,
        "ReplicaSet" | "ControllerRevision" => rollout::record,
        "ServiceAccount" => identity::account,
        "RoleBinding" | "ClusterRoleBinding" => identity::binding,
        "Event" => event::record,
        _ => return NOT_USED,
    };
    let object = Object { kind, value, span };
    if object.name().is_empty() {
        return Outcome::Rejected("an object without a name".into());
    }
    record(&object, sink)
}

#[cfg(test)]
mod tests;

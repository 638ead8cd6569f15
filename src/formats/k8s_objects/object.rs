//! What every Kubernetes object says about itself: metadata, owner, labels that carry a meaning.

use std::borrow::Cow;

use serde_json::Value;

use super::super::read::bounded;
use crate::model::record::Text;
use crate::model::{Span, id, time};

/// Labels that name the service, the recommended one first.
const SERVICE: [&str; 3] = ["app.kubernetes.io/name", "app", "k8s-app"];
/// Labels that name the environment.
const ENVIRONMENT: [&str; 4] = [
    "environment",
    "env",
    "app.kubernetes.io/environment",
    "deployment.environment",
];
/// Words in the name of a label or annotation that holds a commit.
const COMMIT: [&str; 5] = ["commit", "revision", "git-sha", "git_sha", "vcs"];

/// One object and where it stands.
pub(super) struct Object<'v> {
    /// `Pod`, `ReplicaSet`.
    pub(super) kind: &'v str,
    /// All of it.
    pub(super) value: &'v Value,
    /// Its bytes.
    pub(super) span: Span,
}

impl<'v> Object<'v> {
    /// The text at a JSON pointer, absent where empty.
    pub(super) fn text(&self, pointer: &str) -> Option<&'v str> {
        text(self.value, pointer)
    }

    /// The same as a cell.
    pub(super) fn cell(&self, pointer: &str) -> Text<'v> {
        cell(self.value, pointer)
    }

    /// The time at a JSON pointer.
    pub(super) fn time(&self, pointer: &str) -> Option<i64> {
        self.text(pointer).and_then(time::parse)
    }

    /// `metadata.name`; empty where there is none.
    pub(super) fn name(&self) -> &'v str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// `metadata.namespace`.
    pub(super) fn namespace(&self) -> Option<&'v str> {
        self.text("/metadata/namespace")
    }

    /// `metadata.creationTimestamp`.
    pub(super) fn created(&self) -> Option<i64> {
        self.time("/metadata/creationTimestamp")
    }

    /// Kind and name of the controller that owns it, or of its first owner.
    pub(super) fn owner(&self) -> Option<(&'v str, &'v str)> {
        let owners = self
            .value
            .pointer("/metadata/ownerReferences")?
            .as_array()?;
        let is_controller =
            |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
        let owner = owners.iter().find(is_controller).or(owners.first())?;
        Some((text(owner, "/kind")?, text(owner, "/name")?))
    }

    /// The service that its labels name.
    pub(super) fn service(&self) -> Option<&'v str> {
        label(self.value, &SERVICE)
    }

    /// The environment that its labels, or else its template's, name.
    pub(super) fn environment(&self, template: Option<&'v Value>) -> Text<'v> {
        label(self.value, &ENVIRONMENT)
            .or_else(|| label(template?, &ENVIRONMENT))
            .map(Cow::from)
    }

    /// The version that its labels, or else its template's, name.
    pub(super) fn version(&self, template: Option<&'v Value>) -> Option<&'v str> {
        let name = ["app.kubernetes.io/version"];
        label(self.value, &name).or_else(|| label(template?, &name))
    }

    /// The commit that its annotations or labels, or else its template's, name.
    pub(super) fn commit(&self, template: Option<&'v Value>) -> Option<String> {
        let of = |value: &Value| {
            let maps = ["/metadata/annotations", "/metadata/labels"]
                .into_iter()
                .filter_map(|at| value.pointer(at)?.as_object());
            maps.flatten()
                .filter(|(name, _)| names_commit(name))
                .find_map(|(_, value)| id::commit(value.as_str()?))
        };
        of(self.value).or_else(|| of(template?))
    }
}

/// `replicasets/shop/checkout-6d5f`, without the namespace where there is none.
pub(super) fn path(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let resource = resource(kind);
    namespace.map_or_else(
        || format!("{resource}/{name}"),
        |namespace| format!("{resource}/{namespace}/{name}"),
    )
}

/// The resource name of a kind: its plural in lower case.
fn resource(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with('a') => format!("{stem}ies"),
        _ if kind.ends_with('s') => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

/// The text at a JSON pointer, bounded; absent where empty.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(bounded)
}

/// The text at a JSON pointer as a cell.
pub(super) fn cell<'v>(value: &'v Value, pointer: &str) -> Text<'v> {
    text(value, pointer).map(Cow::from)
}

/// The first of these labels that is there.
fn label<'v>(value: &'v Value, names: &[&str]) -> Option<&'v str> {
    let labels = value.pointer("/metadata/labels")?;
    names
        .iter()
        .find_map(|name| labels.get(name)?.as_str().filter(|text| !text.is_empty()))
}

fn names_commit(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    COMMIT.iter().any(|word| name.contains(word))
}

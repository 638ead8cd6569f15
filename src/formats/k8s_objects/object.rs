//! What every Kubernetes object says about itself: metadata, owner, labels.

use std::borrow::Cow;

use serde_json::Value;

use crate::formats::read::field::{cell, text};
use crate::formats::read::labels;
use crate::model::record::Text;
use crate::model::{Span, time};

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
        labels::service(self.value)
    }

    /// The environment that its labels, or else its template's, name.
    pub(super) fn environment(&self, template: Option<&'v Value>) -> Text<'v> {
        labels::environment(self.value)
            .or_else(|| labels::environment(template?))
            .map(Cow::from)
    }

    /// The version that its labels, or else its template's, name.
    pub(super) fn version(&self, template: Option<&'v Value>) -> Option<&'v str> {
        labels::version(self.value).or_else(|| labels::version(template?))
    }

    /// The commit that its annotations or labels, or else its template's, name.
    pub(super) fn commit(&self, template: Option<&'v Value>) -> Option<String> {
        labels::commit(self.value).or_else(|| labels::commit(template?))
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

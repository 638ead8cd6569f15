//! Labels and annotations of Kubernetes objects that carry a meaning.
//!
//! The same objects come as exports of a cluster and inside its audit log; both must name the same
//! service, environment, version and commit, or no rule could join them.

use serde_json::Value;

use crate::model::id;

/// Labels that name the service, the recommended one first.
const SERVICE: &[&str] = &["app.kubernetes.io/name", "app", "k8s-app"];
/// Labels that name the environment.
const ENVIRONMENT: &[&str] = &[
    "environment",
    "env",
    "app.kubernetes.io/environment",
    "deployment.environment",
];
/// Labels that name the version.
const VERSION: &[&str] = &["app.kubernetes.io/version"];
/// Words in the name of a label or annotation that holds a commit.
const COMMIT: &[&str] = &["commit", "revision", "git-sha", "git_sha", "vcs"];

/// The service that the labels of `object` name.
pub fn service(object: &Value) -> Option<&str> {
    first(object, SERVICE)
}

/// The environment that the labels of `object` name.
pub fn environment(object: &Value) -> Option<&str> {
    first(object, ENVIRONMENT)
}

/// The version that the labels of `object` name.
pub fn version(object: &Value) -> Option<&str> {
    first(object, VERSION)
}

/// The commit that the annotations or labels of `object` name.
pub fn commit(object: &Value) -> Option<String> {
    let maps = ["/metadata/annotations", "/metadata/labels"]
        .into_iter()
        .filter_map(|at| object.pointer(at)?.as_object());
    let mut named = maps.flatten().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        COMMIT.iter().any(|word| name.contains(word))
    });
    named.find_map(|(_, value)| id::commit(value.as_str()?))
}

/// The first of these labels that is there.
fn first<'v>(object: &'v Value, names: &[&str]) -> Option<&'v str> {
    let labels = object.pointer("/metadata/labels")?;
    names
        .iter()
        .find_map(|name| labels.get(name)?.as_str().filter(|text| !text.is_empty()))
}

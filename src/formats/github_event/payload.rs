//! What deployers put into a deployment's free `payload`: the version, image and service that were
//! to go live. GitHub hands it back as it was given: an object, or a string that holds JSON, which
//! some clients encode twice.

use serde_json::Value;

use crate::formats::read::github::field::key;
use crate::model::id;

const SERVICE: &[&str] = &["/service", "/app", "/name", "/deployment_name"];
const VERSION: &[&str] = &["/version", "/tag"];
const IMAGE: &[&str] = &[
    "/image",
    "/container_image",
    "/image_ref",
    "/image_uri",
    "/image_url",
];
const RUN: &[&str] = &["/run_id", "/github_run_id", "/workflow_run_id"];

/// How deep facts are looked for.
const DEPTH: usize = 6;

/// The decoded payload of one deployment.
pub struct Payload(Value);

impl Payload {
    /// The payload of `deployment`.
    pub fn of(deployment: &Value) -> Self {
        let mut payload = deployment.get("payload").cloned().unwrap_or_default();
        for _ in 0..3 {
            let Some(decoded) = payload
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok())
            else {
                break;
            };
            payload = decoded;
        }
        Self(payload)
    }

    /// The service that is deployed.
    pub fn service(&self) -> Option<String> {
        self.first(SERVICE)
    }

    /// The version or tag that is deployed.
    pub fn version(&self) -> Option<String> {
        self.first(VERSION)
    }

    /// The workflow run that deploys.
    pub fn run(&self) -> Option<String> {
        self.first(RUN)
    }

    /// The image as written: under a usual key, or any text that names one by digest.
    pub fn image(&self) -> Option<String> {
        let pinned = || {
            self.texts()
                .find(|text| text.contains('@') && content_digest(text).is_some())
        };
        self.first(IMAGE).or_else(|| pinned().map(str::to_owned))
    }

    /// The first digest of content found anywhere.
    pub fn digest(&self) -> Option<String> {
        self.texts().find_map(content_digest)
    }

    fn first(&self, pointers: &[&str]) -> Option<String> {
        pointers
            .iter()
            .find_map(|pointer| key(&self.0, pointer))
            .map(std::borrow::Cow::into_owned)
    }

    /// Every text in the payload, from the outside in.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let mut level = vec![&self.0];
        let mut found = Vec::new();
        for _ in 0..DEPTH {
            found.extend(level.iter().filter_map(|value| value.as_str()));
            level = level.into_iter().flat_map(children).collect();
        }
        found.into_iter()
    }
}

/// A digest of content; a SHA-1 here would be a commit.
fn content_digest(text: &str) -> Option<String> {
    id::digest(text).filter(|digest| digest.starts_with("sha256:") || digest.starts_with("sha512:"))
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// The version in a deployed ref: a tag's name, or text that reads as one (`v1.2.3`); a deployment's
/// ref is whatever its caller passed, most often without `refs/`.
pub fn version_of_ref(text: &str) -> Option<&str> {
    if let Some(tag) = text.strip_prefix("refs/tags/") {
        return Some(tag);
    }
    let numbers = text.strip_prefix('v').unwrap_or(text);
    let mut parts = numbers.splitn(3, '.');
    let number =
        |part: Option<&str>| part.is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
    (!text.contains('/') && (0..3).all(|_| number(parts.next()))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn payloads_are_read_as_object_text_and_text_in_text() {
        let digest = format!("sha256:{}", "4d".repeat(32));
        let inner = json!({"service": "till", "tag": "v2.4.0", "run_id": 77,
            "spec": {"containers": [{"image": format!("ghcr.io/lumen/till@{digest}")}]}});
        let text = inner.to_string();
        let twice = json!(text).to_string();
        for payload in [inner.clone(), json!(text), json!(twice)] {
            let payload = Payload::of(&json!({"payload": payload}));
            assert_eq!(payload.service().as_deref(), Some("till"));
            assert_eq!(payload.version().as_deref(), Some("v2.4.0"));
            assert_eq!(payload.run().as_deref(), Some("77"));
            assert_eq!(payload.digest().as_ref(), Some(&digest));
            assert_eq!(
                payload.image(),
                Some(format!("ghcr.io/lumen/till@{digest}"))
            );
        }
    }

    #[test]
    fn free_text_and_nothing_say_nothing() {
        for payload in [
            json!("migrate the ledger"),
            json!(""),
            json!(null),
            json!({}),
            json!([1, 2]),
        ] {
            let payload = Payload::of(&json!({"payload": payload}));
            assert_eq!(
                (payload.service(), payload.digest(), payload.image()),
                (None, None, None)
            );
        }
    }

    #[test]
    fn only_tags_are_versions() {
        assert_eq!(version_of_ref("refs/tags/v1.2.3"), Some("v1.2.3"));
        assert_eq!(version_of_ref("refs/tags/nightly"), Some("nightly"));
        assert_eq!(version_of_ref("2.0.1-rc.1"), Some("2.0.1-rc.1"));
        for branch in [
            "main",
            "refs/heads/v1.2.3",
            "release/1.2.3",
            "v1.2",
            "1.2.x",
        ] {
            assert_eq!(version_of_ref(branch), None, "{branch}");
        }
    }
}

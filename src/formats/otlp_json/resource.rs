//! Resources: what emitted the telemetry, and the place where most joins hang.
//!
//! A collector repeats the same resource on every line. Its raw bytes are the cache's key, so that
//! in a chunk each is parsed once; its identity is the SHA-256 of its sorted attributes, so that
//! the same resource gets the same id from every chunk, file and order of attributes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::attributes::{Attributes, Pairs};
use super::value::Value;
use crate::model::runtime::Resource;
use crate::model::{Sink, Span, Stamp, id};

/// What spans, logs and metrics need to know of their resource.
#[derive(Default)]
pub(super) struct Emitter {
    /// The resource; none where it has no attributes and so says nothing.
    pub(super) resource_id: Option<u64>,
    /// `service.name`.
    pub(super) service_name: Option<String>,
}

/// The resources met in one chunk.
#[derive(Default)]
pub(super) struct Resources<'a> {
    by_bytes: HashMap<&'a [u8], Rc<Emitter>>,
    recorded: HashSet<u64>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    attributes: Attributes<Pairs<'a>>,
}

impl<'a> Resources<'a> {
    /// The emitter that `raw` describes. The first time a resource is met, its record is pushed.
    ///
    /// # Errors
    /// `raw` is no resource.
    pub(super) fn emitter(
        &mut self,
        raw: &'a [u8],
        at: Span,
        sink: &mut dyn Sink,
    ) -> Result<Rc<Emitter>, serde_json::Error> {
        if let Some(known) = self.by_bytes.get(raw) {
            return Ok(Rc::clone(known));
        }
        let message: Message<'_> = serde_json::from_slice(raw)?;
        let Attributes(mut attributes) = message.attributes;
        attributes.sort();
        let emitter = Rc::new(self.push(&attributes, at, sink));
        self.by_bytes.insert(raw, Rc::clone(&emitter));
        Ok(emitter)
    }

    fn push(&mut self, attributes: &Pairs<'_>, at: Span, sink: &mut dyn Sink) -> Emitter {
        let mut json = String::new();
        attributes.write(&mut json);
        if json == "{}" {
            return Emitter::default();
        }
        let resource_id = id::content_id(json.as_bytes());
        let service_name = text(attributes, &["service.name"]);
        let emitter = Emitter {
            resource_id: Some(resource_id),
            service_name: service_name.as_deref().map(str::to_owned),
        };
        if self.recorded.insert(resource_id) {
            sink.record(
                Stamp::new(at, None),
                &record(attributes, resource_id, service_name, json),
            );
        }
        emitter
    }
}

fn record<'a>(
    attributes: &'a Pairs<'_>,
    resource_id: u64,
    service_name: Option<Cow<'a, str>>,
    json: String,
) -> Resource<'a> {
    let get = |names: &[&str]| text(attributes, names);
    let image = get(&["container.image.name"]);
    let (image_name, image_tag) = image.as_deref().map(id::image).unzip();
    Resource {
        resource_id: Some(resource_id),
        service_name,
        service_namespace: get(&["service.namespace"]),
        service_version: get(&["service.version"]),
        service_instance_id: get(&["service.instance.id"]),
        deployment_environment_name: get(&[
            "deployment.environment.name",
            "deployment.environment",
        ]),
        deployment_id: get(&["deployment.id"]),
        vcs_ref_head_revision: get(&["vcs.ref.head.revision", "vcs.repository.ref.revision"])
            .map(revision),
        vcs_repository: get(&["vcs.repository.url.full"])
            .and_then(|url| id::repository(&url))
            .map(Cow::Owned),
        container_image_name: image_name.map(Cow::Owned),
        container_image_tag: get(&["container.image.tag"])
            .or_else(|| {
                first(attributes, "container.image.tags", |tag| {
                    Some(tag.to_owned())
                })
            })
            .or(image_tag.flatten().map(Cow::Owned)),
        container_image_digest: digest(attributes),
        container_id: get(&["container.id"]).map(|text| id::container(&text).to_owned().into()),
        k8s_cluster_name: get(&["k8s.cluster.name"]),
        k8s_namespace_name: get(&["k8s.namespace.name"]),
        k8s_pod_name: get(&["k8s.pod.name"]),
        k8s_pod_uid: get(&["k8s.pod.uid"]),
        k8s_deployment_name: get(&["k8s.deployment.name"]),
        k8s_node_name: get(&["k8s.node.name"]),
        host_name: get(&["host.name"]),
        attributes: Some(json.into()),
        ..Resource::default()
    }
}

fn text<'a>(attributes: &'a Pairs<'_>, names: &[&str]) -> Option<Cow<'a, str>> {
    attributes.get(names)?.text()
}

/// A commit in its canonical form where it is one; `v1.4` and the like as they are.
fn revision(text: Cow<'_, str>) -> Cow<'_, str> {
    id::commit(&text)
        .or_else(|| id::commit_prefix(&text))
        .map_or(text, Cow::Owned)
}

/// The digest of the image that runs: named by the registry where possible, else by the runtime.
fn digest(attributes: &Pairs<'_>) -> Option<Cow<'static, str>> {
    [
        "oci.manifest.digest",
        "container.image.repo_digests",
        "container.image.id",
        "container.image.name",
    ]
    .into_iter()
    .find_map(|name| first(attributes, name, id::digest))
}

/// The first element of a list, or the one text, for which `read` gives something.
fn first(
    attributes: &Pairs<'_>,
    name: &str,
    read: impl Fn(&str) -> Option<String>,
) -> Option<Cow<'static, str>> {
    let found = match attributes.get(&[name])? {
        Value::Text(text) => read(text),
        Value::Json(json) => serde_json::from_str::<Vec<String>>(json)
            .ok()?
            .iter()
            .find_map(|text| read(text)),
        _ => None,
    };
    found.map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use crate::formats::otlp_json::{OtlpJson, cited};
    use crate::formats::testing::parse;

    /// A message with one log for each of `resources`.
    fn message(resources: &[&str]) -> String {
        let list: Vec<String> = resources
            .iter()
            .map(|resource| {
                format!(r#"{{"resource":{resource},"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"x"}}}}]}}]}}"#)
            })
            .collect();
        format!(r#"{{"resourceLogs":[{}]}}"#, list.join(","))
    }

    fn attributes(pairs: &[(&str, &str)]) -> String {
        let list: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#))
            .collect();
        format!(r#"{{"attributes":[{}]}}"#, list.join(","))
    }

    #[test]
    fn attributes_fill_columns_under_their_newest_name() {
        let digest = "ab".repeat(32);
        let list = format!(
            r#"{{"arrayValue":{{"values":[{{"stringValue":"r.example/shop@sha256:{digest}"}}]}}}}"#
        );
        let resource = attributes(&[
            ("service.name", "shop"),
            ("deployment.environment", "old"),
            ("deployment.environment.name", "prod"),
            (
                "vcs.repository.url.full",
                "https://github.com/Acme/Shop.git",
            ),
            ("vcs.ref.head.revision", "9F3C2E1A00"),
            ("container.image.name", "r.example/shop:1.4"),
            ("container.id", "containerd://feed"),
        ]);
        let resource = resource.replace(
            "]}",
            &format!(r#",{{"key":"container.image.repo_digests","value":{list}}}]}}"#),
        );
        let seen = parse(&OtlpJson, "x", message(&[&resource]).as_bytes());
        let row = seen.of("resource")[0];
        assert_eq!(row["deployment_environment_name"], "prod");
        assert_eq!(row["vcs_repository"], "github.com/acme/shop");
        assert_eq!(row["vcs_ref_head_revision"], "9f3c2e1a00");
        assert_eq!(
            (&*row["container_image_name"], &*row["container_image_tag"]),
            ("r.example/shop", "1.4")
        );
        assert_eq!(row["container_image_digest"], format!("sha256:{digest}"));
        assert_eq!(row["container_id"], "feed");
        assert!(
            row["attributes"]
                .starts_with(r#"{"container.id":"containerd://feed","container.image.name""#)
        );
    }

    #[test]
    fn a_resource_is_recorded_once_whatever_its_order() {
        let one = attributes(&[("service.name", "shop"), ("host.name", "h1")]);
        let same = attributes(&[("host.name", "h1"), ("service.name", "shop")]);
        let other = attributes(&[("host.name", "h2"), ("service.name", "shop")]);
        let text = message(&[&one, &same, &other, &one]);
        let seen = parse(&OtlpJson, "x", text.as_bytes());
        let resources = seen.of("resource");
        assert_eq!(resources.len(), 2);
        let ids: Vec<&str> = seen
            .of("log")
            .iter()
            .map(|row| &*row["resource_id"])
            .collect();
        assert_eq!(ids[0], resources[0]["resource_id"]);
        assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[0] == ids[3]);
        let at = seen.rows[0].1.span;
        assert_eq!(cited(&text, at), one);
    }

    #[test]
    fn a_resource_that_says_nothing_is_none() {
        let seen = parse(
            &OtlpJson,
            "x",
            message(&["{}", "null", r#"{"attributes":null}"#]).as_bytes(),
        );
        assert_eq!((seen.kept, seen.of("resource").len()), (3, 0));
        assert!(!seen.of("log")[0].contains_key("resource_id"));
    }
}

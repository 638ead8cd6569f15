//! Resources: what emitted the telemetry, and the place where most joins hang.
//!
//! A collector repeats the same resource on every line. Its raw bytes are the cache's key, so that
//! in a chunk each is parsed once; its identity is the SHA-256 of its sorted attributes, so that
//! the same resource gets the same id from every chunk, file and order of attributes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Context;
use super::attributes::Pairs;
use super::value::Value;
use crate::model::runtime::Resource;
use crate::model::{Sink, Span, Stamp, id};

/// What spans, logs and metrics need to know of their resource.
#[derive(Default)]
pub struct Emitter {
    /// The resource; none where it has no attributes and so says nothing.
    pub resource_id: Option<u64>,
    /// `service.name`.
    pub service_name: Option<String>,
}

impl Emitter {
    /// What its units need to know, in the scope of this name.
    pub fn context<'c>(&'c self, scope_name: Option<&'c str>) -> Context<'c> {
        Context {
            resource_id: self.resource_id,
            service_name: self.service_name.as_deref(),
            scope_name,
        }
    }
}

/// The resources met in one chunk.
#[derive(Default)]
pub struct Resources<'a> {
    by_bytes: HashMap<&'a [u8], Rc<Emitter>>,
    recorded: HashSet<u64>,
}

impl<'a> Resources<'a> {
    /// The emitter that `raw` describes, whose attributes `read` gives. The first time a resource is
    /// met, its record is pushed.
    ///
    /// # Errors
    /// `raw` is no resource.
    pub fn emitter<E>(
        &mut self,
        raw: &'a [u8],
        at: Span,
        read: impl FnOnce(&'a [u8]) -> Result<Pairs<'a>, E>,
        sink: &mut dyn Sink,
    ) -> Result<Rc<Emitter>, E> {
        if let Some(known) = self.by_bytes.get(raw) {
            return Ok(Rc::clone(known));
        }
        let emitter = Rc::new(self.push(read(raw)?, at, sink));
        self.by_bytes.insert(raw, Rc::clone(&emitter));
        Ok(emitter)
    }

    /// The emitter of these attributes; see [`Self::emitter`].
    pub fn push(&mut self, mut attributes: Pairs<'_>, at: Span, sink: &mut dyn Sink) -> Emitter {
        attributes.sort();
        let attributes = &attributes;
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

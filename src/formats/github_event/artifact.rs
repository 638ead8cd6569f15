//! Artifacts that GitHub names by digest: packages, release assets, artifacts of runs.
//!
//! The table is keyed by digest, so what has none is passed over. The commit comes from the image's
//! `org.opencontainers.image.revision` label before GitHub's `target_oid`, which is the head of the
//! default branch at the time of publishing.

use std::borrow::Cow;

use serde_json::Value;

use super::Unit;
use crate::formats::has;
use crate::formats::read::github::field::{cell, commit, holds, key, latest, list, text};
use crate::formats::read::json::Outcome;
use crate::model::delivery::Artifact;
use crate::model::record::Text;
use crate::model::{Sink, id};

/// A package by itself, as events carry it.
pub fn is_package(value: &Value) -> bool {
    text(value, "/package_type").is_some() && holds(value, "package_version")
}

/// A version of a package, as REST lists it.
pub fn is_version(value: &Value) -> bool {
    text(value, "/metadata/package_type").is_some() && has(value, &["name", "url"])
}

/// A release by itself.
pub fn is_release(value: &Value) -> bool {
    text(value, "/tag_name").is_some() && value.get("assets").is_some_and(Value::is_array)
}

/// An artifact of a workflow run by itself.
pub fn is_run_artifact(value: &Value) -> bool {
    has(value, &["name", "archive_download_url"])
}

/// Pushes an `artifact` row for a published package, or one for each of its files.
pub fn package(unit: &Unit<'_>, package: &Value, sink: &mut dyn Sink) -> Outcome {
    const DIGESTS: &[&str] = &[
        "/package_version/container_metadata/tag/digest",
        "/package_version/container_metadata/manifest/digest",
        "/package_version/version",
        "/package_version/name",
    ];
    const COMMITS: &[&str] = &[
        "/package_version/container_metadata/labels/revision",
        "/package_version/container_metadata/labels/all_labels/org.opencontainers.image.revision",
        "/package_version/target_oid",
    ];
    let times = [
        "/package_version/updated_at",
        "/package_version/created_at",
        "/updated_at",
    ];
    let ts_ns = latest(package, &times);
    let sha = COMMITS.iter().find_map(|at| commit(package, at));
    if let Some(digest) = DIGESTS.iter().find_map(|at| id::digest(text(package, at)?)) {
        let row = Artifact {
            digest: Some(Cow::Owned(digest)),
            name: image_name(package).or_else(|| cell(package, "/name")),
            version: cell(package, "/package_version/container_metadata/tag/name"),
            kind: Some(Cow::Borrowed("image")),
            sha,
            ..Default::default()
        };
        sink.record(unit.stamp(ts_ns), &row);
        return Outcome::Kept;
    }
    let mut kept = false;
    for file in list(package, "/package_version/package_files") {
        let digest = text(file, "/sha256").and_then(|hex| id::digest_of("sha256", hex));
        let row = Artifact {
            digest: digest.map(Cow::Owned),
            name: cell(package, "/name"),
            version: cell(package, "/package_version/version"),
            kind: Some(Cow::Borrowed("package")),
            sha: sha.clone(),
            ..Default::default()
        };
        kept |= unit.keyed(ts_ns, &row, sink);
    }
    if kept {
        Outcome::Kept
    } else {
        Outcome::Ignored("package without a digest")
    }
}

/// Pushes an `artifact` row for each tag of an image that REST lists.
pub fn version(unit: &Unit<'_>, version: &Value, sink: &mut dyn Sink) -> Outcome {
    let Some(digest) = text(version, "/name").and_then(id::digest) else {
        return Outcome::Ignored("package without a digest");
    };
    let name = text(version, "/url").and_then(listed_name);
    let tags = list(version, "/metadata/container/tags")
        .iter()
        .filter_map(|tag| cell(tag, ""));
    let mut tags: Vec<Text<'_>> = tags.map(Some).collect();
    if tags.is_empty() {
        tags.push(None);
    }
    for tag in tags {
        let row = Artifact {
            digest: Some(Cow::Borrowed(&digest)),
            name: name.as_deref().map(Cow::Borrowed),
            version: tag,
            kind: Some(Cow::Borrowed("image")),
            ..Default::default()
        };
        sink.record(
            unit.stamp(latest(version, &["/updated_at", "/created_at"])),
            &row,
        );
    }
    Outcome::Kept
}

/// Pushes an `artifact` row for each asset of a release.
pub fn release(unit: &Unit<'_>, release: &Value, sink: &mut dyn Sink) -> Outcome {
    let mut kept = false;
    for asset in list(release, "/assets") {
        let row = Artifact {
            digest: text(asset, "/digest").and_then(id::digest).map(Cow::Owned),
            name: cell(asset, "/name"),
            version: cell(release, "/tag_name"),
            kind: Some(Cow::Borrowed("file")),
            sha: commit(release, "/target_commitish"),
            ..Default::default()
        };
        kept |= unit.keyed(latest(asset, &["/updated_at", "/created_at"]), &row, sink);
    }
    if kept {
        Outcome::Kept
    } else {
        Outcome::Ignored("release without asset digests")
    }
}

/// Pushes the `artifact` row of a run's artifact; the digest is of its archive.
pub fn run_artifact(unit: &Unit<'_>, artifact: &Value, sink: &mut dyn Sink) -> Outcome {
    let row = Artifact {
        digest: text(artifact, "/digest")
            .and_then(id::digest)
            .map(Cow::Owned),
        name: cell(artifact, "/name"),
        kind: Some(Cow::Borrowed("file")),
        sha: commit(artifact, "/workflow_run/head_sha"),
        run_id: key(artifact, "/workflow_run/id"),
        ..Default::default()
    };
    let kept = unit.keyed(
        latest(artifact, &["/updated_at", "/created_at"]),
        &row,
        sink,
    );
    if kept {
        Outcome::Kept
    } else {
        Outcome::Ignored("artifact without a digest")
    }
}

impl Unit<'_> {
    /// Pushes `row` if it has the digest that it is keyed by.
    fn keyed(&self, ts_ns: Option<i64>, row: &Artifact<'_>, sink: &mut dyn Sink) -> bool {
        let has_key = row.digest.is_some();
        if has_key {
            sink.record(self.stamp(ts_ns), row);
        }
        has_key
    }
}

/// The image's name from `ghcr.io/lumen/till:tag`; registries know lower case only.
fn image_name(package: &Value) -> Text<'static> {
    let (name, _) = id::image(text(package, "/package_version/package_url")?);
    (!name.is_empty()).then(|| Cow::Owned(name.to_ascii_lowercase()))
}

/// The image's name from `https://api.github.com/orgs/lumen/packages/container/till/versions/1`,
/// where a slash in the name is written `%2F`.
fn listed_name(address: &str) -> Option<String> {
    let (owner, rest) = address.split_once("/packages/container/")?;
    let (_, owner) = owner.rsplit_once('/')?;
    let (name, _) = rest.split_once("/versions")?;
    Some(
        format!(
            "ghcr.io/{owner}/{}",
            name.replace("%2F", "/").replace("%2f", "/")
        )
        .to_ascii_lowercase(),
    )
}

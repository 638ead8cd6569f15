//! What becomes of resources.

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

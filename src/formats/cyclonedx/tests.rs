use super::*;
use crate::formats::testing::{self, Seen, samples};

fn bill() -> String {
    let hex = "ab".repeat(32);
    format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:1","version":2,
 "metadata":{{"timestamp":"2026-03-01T10:00:00.123Z","tools":{{"components":[{{"name":"trivy","version":"0.60"}}]}},
  "component":{{"type":"container","bom-ref":"root","name":"ghcr.io/acme/shop","version":"1.2","purl":"pkg:oci/shop@sha256%3A{hex}?arch=amd64"}}}},
 "components":[
  {{"type":"library","bom-ref":"a","group":"org.x","name":"lib","version":"1","purl":"pkg:maven/org.x/lib@1","scope":"required",
    "hashes":[{{"alg":"SHA-1","content":"{}"}},{{"alg":"SHA-256","content":"{}"}}],
    "licenses":[{{"license":{{"id":"MIT"}}}},{{"expression":"Apache-2.0 OR ISC"}}],"supplier":{{"name":"X"}},
    "components":[{{"type":"file","name":"inner.jar"}}]}},
  {{"type":"library"}},
  {{"type":"device","name":"board"}}],
 "vulnerabilities":[{{"id":"CVE-2026-1","ratings":[{{"severity":"low","score":3.1}},{{"severity":"critical","score":9.8}}],"description":"bad","affects":[{{"ref":"a"}}]}},
  {{"id":"CVE-2026-2","analysis":{{"state":"not_affected"}},"affects":[{{"ref":"gone"}}]}}]}}"#,
        "1".repeat(40),
        "cd".repeat(32),
    )
}

fn read(text: &str) -> Seen {
    testing::parse(&Cyclonedx, "x", text.as_bytes())
}

#[test]
fn a_bill_is_read() {
    let text = bill();
    assert_eq!(testing::sniff(&Cyclonedx, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    let hex = "ab".repeat(32);
    let artifact = seen.of("artifact")[0];
    assert_eq!(
        (&*artifact["digest"], &*artifact["name"], &*artifact["kind"]),
        (&*format!("sha256:{hex}"), "ghcr.io/acme/shop", "image")
    );
    let rows = seen.of("component");
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["org.x/lib", "inner.jar", "board"]);
    for (key, expected) in [
        ("bom", "urn:uuid:1/2"),
        ("subject_name", "ghcr.io/acme/shop"),
        ("subject_digest", &*format!("sha256:{hex}")),
        ("component_id", "a"),
        ("version", "1"),
        ("purl", "pkg:maven/org.x/lib@1"),
        ("kind", "library"),
        ("digest", &*format!("sha256:{}", "cd".repeat(32))),
        ("licenses", "MIT AND Apache-2.0 OR ISC"),
        ("supplier", "X"),
        ("scope", "required"),
    ] {
        assert_eq!(rows[0][key], expected, "{key}");
    }
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (7, 6, 1));
    assert_eq!(seen.times("component")[0], "2026-03-01T10:00:00.123000000Z");
    let start = usize::try_from(seen.rows[1].1.span.offset).unwrap();
    assert!(text[start..].starts_with(r#"{"type":"library","bom-ref":"a""#));
}

#[test]
fn vulnerabilities_are_results_of_a_scan() {
    let seen = read(&bill());
    let rows = seen.told(
        "scan_result",
        &[
            "tool",
            "rule_id",
            "level",
            "score",
            "path",
            "suppressed",
            "message",
        ],
    );
    assert_eq!(
        rows,
        [
            "trivy|CVE-2026-1|error|9.8|pkg:maven/org.x/lib@1|false|bad",
            "trivy|CVE-2026-2|warning||gone|true|"
        ]
    );
}

#[test]
fn a_signed_bill_is_attested() {
    let text = bill();
    let seen = testing::parse(&Cyclonedx, "a.json!payload!predicate", text.as_bytes());
    assert!(
        seen.classes("component")
            .iter()
            .all(|class| *class == Some(EvidenceClass::Attested))
    );
    assert!(read(&text).classes("component").iter().all(Option::is_none));
}

#[test]
fn nesting_is_bounded() {
    let mut text = r#"{"name":"x"}"#.to_owned();
    for _ in 0..60 {
        text = format!(r#"{{"name":"x","components":[{text}]}}"#);
    }
    let seen = read(&format!(
        r#"{{"bomFormat":"CycloneDX","components":[{text}]}}"#
    ));
    assert_eq!((seen.of("component").len(), seen.rejects.len()), (61, 0));
}

#[test]
fn a_file_may_end_anywhere() {
    let text = bill();
    for end in 0..text.len() {
        let _ = testing::parse(&Cyclonedx, "x", &text.as_bytes()[..end]);
    }
    let mut bytes = text.into_bytes();
    for at in 0..bytes.len() {
        bytes[at] ^= 0x15;
        let _ = testing::parse(&Cyclonedx, "x", &bytes);
        bytes[at] ^= 0x15;
    }
}

fn count(value: &Value) -> usize {
    let held = value["components"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    held.iter().map(|it| 1 + count(it)).sum()
}

#[test]
fn samples_are_read_whole() {
    for (path, bytes) in samples("sbom/cyclonedx") {
        let head = &bytes[..bytes.len().min(64 * 1024)];
        let format = crate::formats::sniff(&path, head).format.map(Format::name);
        assert_eq!(format, Some("cyclonedx"), "{path}");
        let seen = testing::parse(&Cyclonedx, &path, &bytes);
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let inner = value.pointer("/metadata/component").map_or(0, count);
        assert_eq!(seen.of("component").len(), count(&value) + inner, "{path}");
        assert!(seen.rejects.is_empty(), "{path}");
    }
}

use super::*;
use crate::formats::testing::{self, Seen};

fn two() -> String {
    let hex = "ab".repeat(32);
    format!(
        r#"{{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"shop","documentNamespace":"https://x.example/shop-1","creationInfo":{{"created":"2026-03-01T10:00:00Z","creators":["Tool: syft"]}},
 "packages":[
  {{"SPDXID":"SPDXRef-root","name":"ghcr.io/acme/shop","versionInfo":"1.2","primaryPackagePurpose":"CONTAINER","checksums":[{{"algorithm":"SHA256","checksumValue":"{hex}"}}]}},
  {{"SPDXID":"SPDXRef-a","name":"lib","versionInfo":"1","supplier":"Organization: X (x@x.example)","licenseConcluded":"NOASSERTION","licenseDeclared":"MIT",
    "externalRefs":[{{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:"}},{{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/lib@1"}}]}},
  {{"SPDXID":"SPDXRef-b"}}],
 "files":[{{"SPDXID":"SPDXRef-f","fileName":"./bin/shop","checksums":[{{"algorithm":"SHA1","checksumValue":"{}"}}]}}],
 "relationships":[{{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-root"}}]}}"#,
        "1".repeat(40),
    )
}

fn three() -> String {
    let hex = "cd".repeat(32);
    format!(
        r#"{{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
 {{"type":"CreationInfo","@id":"_:c","created":"2026-03-01T10:00:00Z","specVersion":"3.0.1"}},
 {{"type":"SpdxDocument","spdxId":"urn:doc","rootElement":["urn:bom"]}},
 {{"type":"software_Sbom","spdxId":"urn:bom","rootElement":["urn:root"]}},
 {{"type":"Organization","spdxId":"urn:x","name":"X"}},
 {{"type":"software_Package","spdxId":"urn:root","name":"shop","software_packageVersion":"1.2","software_primaryPurpose":"application","verifiedUsing":[{{"type":"Hash","algorithm":"sha256","hashValue":"{hex}"}}]}},
 {{"type":"software_Package","spdxId":"urn:a","name":"lib","software_packageVersion":"1","suppliedBy":"urn:x","externalIdentifier":[{{"externalIdentifierType":"packageUrl","identifier":"pkg:npm/lib@1"}}]}},
 {{"type":"software_File","spdxId":"urn:f"}},
 {{"type":"simplelicensing_LicenseExpression","spdxId":"urn:l","simplelicensing_licenseExpression":"MIT"}},
 {{"type":"Relationship","spdxId":"urn:r","from":"urn:a","relationshipType":"hasDeclaredLicense","to":["urn:l"]}}]}}"#
    )
}

fn read(text: &str) -> Seen {
    testing::parse(&Spdx, "x", text.as_bytes())
}

fn told(seen: &Seen) -> Vec<String> {
    seen.told(
        "component",
        &[
            "subject_name",
            "component_id",
            "name",
            "version",
            "purl",
            "kind",
            "licenses",
            "supplier",
        ],
    )
}

#[test]
fn version_two_is_read() {
    let text = two();
    assert_eq!(testing::sniff(&Spdx, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        told(&seen),
        [
            "ghcr.io/acme/shop|SPDXRef-a|lib|1|pkg:npm/lib@1|library|MIT|X (x@x.example)",
            "ghcr.io/acme/shop|SPDXRef-f|./bin/shop|||file||",
        ]
    );
    let artifact = seen.of("artifact")[0];
    let digest = format!("sha256:{}", "ab".repeat(32));
    assert_eq!(
        (&*artifact["digest"], &*artifact["kind"]),
        (&*digest, "image")
    );
    assert_eq!(seen.of("component")[0]["subject_digest"], digest);
    assert_eq!(seen.of("component")[0]["bom"], "https://x.example/shop-1");
    assert_eq!(
        seen.of("component")[1]["digest"],
        format!("sha1:{}", "1".repeat(40))
    );
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 3, 1));
    let start = usize::try_from(seen.rows[1].1.span.offset).unwrap();
    assert!(text[start..].starts_with(r#"{"SPDXID":"SPDXRef-a""#));
}

#[test]
fn a_document_may_be_wrapped() {
    let text = format!(r#"{{"sbom":{}}}"#, two());
    assert_eq!(testing::sniff(&Spdx, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(seen.of("component").len(), 2);
    let start = usize::try_from(seen.rows[1].1.span.offset).unwrap();
    assert!(text[start..].starts_with(r#"{"SPDXID":"SPDXRef-a""#));
}

#[test]
fn version_three_is_read() {
    let text = three();
    assert_eq!(testing::sniff(&Spdx, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        told(&seen),
        ["shop|urn:a|lib|1|pkg:npm/lib@1|library|MIT|X"]
    );
    let artifact = seen.of("artifact")[0];
    assert_eq!(artifact["digest"], format!("sha256:{}", "cd".repeat(32)));
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (9, 2, 1));
    assert_eq!(seen.ignored["element that is neither package nor file"], 6);
    assert_eq!(seen.times("component")[0], "2026-03-01T10:00:00.000000000Z");
    assert_eq!(seen.of("component")[0]["bom"], "urn:doc");
}

#[test]
fn a_signed_bill_is_attested() {
    let seen = testing::parse(&Spdx, "a!payload!predicate", two().as_bytes());
    assert_eq!(seen.classes("artifact"), [Some(EvidenceClass::Attested)]);
}

#[test]
fn a_file_may_end_anywhere() {
    for text in [two(), three()] {
        for end in 0..text.len() {
            let _ = testing::parse(&Spdx, "x", &text.as_bytes()[..end]);
        }
        let mut bytes = text.into_bytes();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = testing::parse(&Spdx, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }
}

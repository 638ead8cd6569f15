//! in-toto Statements v0.1 and v1 (in-toto/attestation, `spec/v1/statement.md`): what a signature is
//! over, or what a tool left unsigned on disk. One row for the statement with the facts of its SLSA
//! provenance, one for each digest of each subject, and one for each artifact among the subjects.
//!
//! `statement`, the digest that ties these rows to each other and to their envelope, is of the bytes
//! that were signed. The payload of an envelope becomes a file of its own, so the digest is of the
//! whole file, white space around the value included, wherever the file holds one value and is read
//! in one piece; that is the file's own SHA-256. Among several values it is of each value's bytes.
//!
//! A statement under an envelope is attested, and the envelope's row has the columns of the
//! signature. A bare file is merely asserted and its `signature_state` is `absent`.
//!
//! A verification summary is a decision about its subjects (`vsa.rs`). A bill of materials in a predicate
//! becomes a file of its own. What it is not: a reader of other predicates; such a statement is kept
//! with its type and its subjects.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use self::subject::Subject;
use super::read::version::Known;
use super::read::{Cursor, Element, Holders, bounded, elements};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::{Artifact, Attestation};
use crate::model::{EvidenceClass, Nested, Sink, Span, Stamp, id};

mod slsa;
mod subject;
mod vsa;

/// Predicates that are documents of a kind that another format reads.
const DOCUMENTS: [&str; 2] = ["https://cyclonedx.org/bom", "https://spdx.dev/Document"];

/// The newest versions that are known.
const STATEMENTS: Known = Known {
    what: "in-toto statement",
    newest: &[(0, 1), (1, 0)],
};

/// The same of the predicates whose members are read.
const PREDICATES: [(&str, Known); 2] = [
    (
        "https://slsa.dev/provenance/",
        Known {
            what: "SLSA provenance",
            newest: &[(0, 2), (1, 0)],
        },
    ),
    (
        "https://slsa.dev/verification_summary/",
        Known {
            what: "SLSA verification summary",
            newest: &[(0, 2), (1, 0)],
        },
    ),
];

/// in-toto Statements.
pub struct InTotoStatement;

impl Format for InTotoStatement {
    fn name(&self) -> &'static str {
        "in_toto_statement"
    }

    fn about(&self) -> &'static str {
        "in-toto statements, such as SLSA provenance: gh attestation verify FILE -R OWNER/REPO --format json --jq '.[].verificationResult.statement', or a build's own file"
    }

    fn unit(&self) -> &'static str {
        "statement"
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "attestation",
            "attestation_subject",
            "artifact",
            "gate_decision",
        ]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Attested
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a `_type` of `https://in-toto.io/Statement/…`, or `predicateType` with `subject`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1",
 "subject":[{"name":"ghcr.io/acme/shop","digest":{
  "sha256":"8d9001d32c6a703d95921a77115050f33dd823d3f1730bd35215dcbecad6dc20"}}],
 "predicate":{"runDetails":{"metadata":{"startedOn":"2026-03-03T14:02:07Z"}}}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let typed = |value: &Value| {
            let kind = value.get("_type").and_then(Value::as_str);
            kind.is_some_and(|kind| kind.starts_with("https://in-toto.io/Statement"))
        };
        let shaped = |value: &Value| {
            let predicate_type = value.get("predicateType").is_some_and(Value::is_string);
            predicate_type && value.get("subject").is_some_and(Value::is_array)
        };
        if peek.share(typed) >= 50 {
            CERTAIN
        } else if peek.share(shaped) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let signed = is_payload(chunk.path);
        elements(chunk, &Holders::default(), sink, |element, sink| {
            read(chunk, element, signed, sink).into()
        });
    }
}

/// True for the path that an envelope's payload gets.
fn is_payload(path: &str) -> bool {
    let Some((_, name)) = path.rsplit_once('!') else {
        return false;
    };
    let number = name.strip_prefix("payload-").unwrap_or_default();
    name == "payload" || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(rename = "_type", default)]
    kind: Option<Value>,
    #[serde(rename = "predicateType", default)]
    predicate_type: Option<Value>,
    // Bills of materials are large and not read here.
    #[serde(borrow, default)]
    predicate: Option<&'a RawValue>,
}

fn read(
    chunk: &Chunk<'_>,
    element: &Element<'_>,
    signed: bool,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let statement: Statement<'_> = element.read()?;
    if statement.kind.is_none() && statement.predicate_type.is_none() {
        return Err("neither `_type` nor `predicateType` is there".to_owned());
    }
    let predicate_type = statement.predicate_type.as_ref().and_then(Value::as_str);
    STATEMENTS.hold(statement.kind.as_ref().and_then(Value::as_str), sink);
    for (prefix, versions) in &PREDICATES {
        let version = predicate_type.and_then(|kind| kind.strip_prefix(prefix));
        versions.hold(version, sink);
    }
    let (facts, summary) = predicate(predicate_type.unwrap_or_default(), statement.predicate);
    let verified_ns = summary.as_ref().and_then(vsa::verified_ns);
    let ts_ns = facts.finished_ns.or(facts.started_ns).or(verified_ns);
    let stamp = |span: Span| {
        let stamp = Stamp::new(span, ts_ns);
        if signed { stamp } else { stamp.asserted() }
    };
    let digest = digest(chunk, element);
    let row = Attestation {
        statement: Some(digest.as_str().into()),
        predicate_type: predicate_type
            .filter(|it| !it.is_empty())
            .map(|it| bounded(it).into()),
        wrapper: Some("statement".into()),
        signatures: (!signed).then_some(0),
        signature_state: (!signed).then(|| "absent".into()),
        ..facts
    };
    sink.record(stamp(element.span), &row);
    for (span, value) in subjects(element) {
        let subject = Subject::of(&value);
        for row in subject.rows(&digest) {
            sink.record(stamp(span), &row);
            if let Some(summary) = &summary {
                sink.record(stamp(span), &vsa::row(summary, &row));
            }
        }
        if let Some(artifact) = subject.artifact() {
            let (sha, run_id) = (row.sha.clone(), row.run_id.clone());
            let row = Artifact {
                sha,
                run_id,
                ..artifact
            };
            sink.record(stamp(span), &row);
        }
    }
    if predicate_type.is_some_and(|kind| DOCUMENTS.iter().any(|known| kind.starts_with(known))) {
        nest(element, sink);
    }
    Ok(())
}

/// Hands over the predicate as a file of its own.
fn nest(element: &Element<'_>, sink: &mut dyn Sink) {
    // The text is sound; the walk ends early only in what is no object.
    let _ = Cursor::new(element.bytes).object(|key, cursor| {
        if key != "predicate" || cursor.peek() != Some(b'{') {
            return cursor.skip();
        }
        let start = cursor.position() as u64;
        let bytes = cursor.raw()?;
        sink.nested(Nested {
            name: element.nested_name("predicate"),
            bytes: bytes.to_vec(),
            span: Span::new(element.span.offset + start, bytes.len() as u64),
        });
        Ok(())
    });
}

/// The digest of the bytes that a signature would be over; see the module's essay.
fn digest(chunk: &Chunk<'_>, element: &Element<'_>) -> String {
    let start =
        usize::try_from(element.span.offset.saturating_sub(chunk.offset)).unwrap_or(usize::MAX);
    let end = start.saturating_add(element.bytes.len());
    let blank =
        |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_whitespace));
    let alone = chunk.offset == 0
        && chunk.last
        && blank(chunk.bytes.get(end..))
        && blank(chunk.bytes.get(..start));
    let bytes = if alone { chunk.bytes } else { element.bytes };
    format!("sha256:{}", id::sha256_hex(bytes))
}

/// The facts of provenance, or the predicate of a verification summary.
fn predicate(kind: &str, text: Option<&RawValue>) -> (Attestation<'static>, Option<Value>) {
    let value = || serde_json::from_str::<Value>(text?.get()).ok();
    if slsa::describes(kind) {
        (value().as_ref().map(slsa::facts).unwrap_or_default(), None)
    } else if vsa::describes(kind) {
        (Attestation::default(), value())
    } else {
        (Attestation::default(), None)
    }
}

/// The subjects with the bytes that each stands in. What is no array has none.
fn subjects(element: &Element<'_>) -> Vec<(Span, Value)> {
    let mut found = Vec::new();
    let mut cursor = Cursor::new(element.bytes);
    // The text is sound; the walk ends early only in what is no object, and that has no subjects.
    let _ = cursor.object(|key, cursor| {
        if key != "subject" || cursor.peek() != Some(b'[') {
            return cursor.skip();
        }
        cursor.array(|cursor| {
            let start = cursor.position() as u64;
            let text: &RawValue = cursor.value()?;
            let span = Span::new(element.span.offset + start, text.get().len() as u64);
            let value = serde_json::from_str(text.get()).ok();
            found.extend(value.map(|value| (span, value)));
            Ok(())
        })
    });
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::formats::find;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

    fn statement() -> String {
        let image = "ab".repeat(32);
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[
              {{"name":"ghcr.io/acme/shop:v3","digest":{{"sha256":"{image}"}}}},
              {{"name":"git.head","digest":{{"sha1":"{SHA}"}}}}],
             "predicateType":"https://slsa.dev/provenance/v1",
             "predicate":{{"buildDefinition":{{"resolvedDependencies":[
              {{"uri":"git+https://github.com/acme/shop@refs/heads/main","digest":{{"gitCommit":"{SHA}"}}}}]}},
              "runDetails":{{"metadata":{{"startedOn":"2026-02-03T04:05:06Z",
               "invocationId":"https://github.com/acme/shop/actions/runs/42/attempts/3"}}}}}}}}"#
        )
    }

    #[test]
    fn a_payload_is_attested_and_shares_the_digest_of_its_file() {
        let text = format!("{}\n", statement());
        assert_eq!(sniff(&InTotoStatement, text.as_bytes()), CERTAIN);
        let seen = parse(&InTotoStatement, "a.jsonl!payload-12", text.as_bytes());
        let row = seen.of("attestation")[0];
        assert_eq!(
            row["statement"],
            format!("sha256:{}", id::sha256_hex(text.as_bytes()))
        );
        assert_eq!((row["run_id"].as_str(), row["sha"].as_str()), ("42", SHA));
        assert!(!row.contains_key("signature_state") && !row.contains_key("signatures"));
        assert_eq!(seen.classes("attestation"), [None]);
        assert_eq!(
            seen.times("attestation"),
            ["2026-02-03T04:05:06.000000000Z"]
        );
    }

    #[test]
    fn a_verification_summary_is_a_decision() {
        let hex = "ab".repeat(32);
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/verification_summary/v1",
             "subject":[{{"name":"shop","digest":{{"sha256":"{hex}"}}}},{{"digest":{{"gitCommit":"{SHA}"}}}}],
             "predicate":{{"verifier":{{"id":"https://x.example/verifier"}},"timeVerified":"2026-02-03T04:05:06Z",
              "resourceUri":"git+https://github.com/acme/shop","policy":{{"uri":"https://x.example/p","digest":{{"sha256":"{}"}}}},
              "verificationResult":"PASSED","verifiedLevels":["SLSA_BUILD_LEVEL_3"]}}}}"#,
            "cd".repeat(32)
        );
        let seen = parse(&InTotoStatement, "a!payload", text.as_bytes());
        let rows = seen.of("gate_decision");
        for (key, expected) in [
            ("gate", "https://x.example/verifier"),
            ("repository", "github.com/acme/shop"),
            ("subject", &*format!("sha256:{hex}")),
            ("decision", "passed"),
            ("policy_digest", &*format!("sha256:{}", "cd".repeat(32))),
            (
                "comment",
                "SLSA_BUILD_LEVEL_3, git+https://github.com/acme/shop, https://x.example/p",
            ),
        ] {
            assert_eq!(rows[0][key], expected, "{key}");
        }
        assert_eq!(rows[1]["sha"], SHA);
        assert_eq!(
            seen.times("gate_decision"),
            ["2026-02-03T04:05:06.000000000Z"; 2]
        );
        let old = text
            .replace("verificationResult", "verification_result")
            .replace("PASSED", "FAILED")
            .replace("timeVerified", "time_verified");
        let seen = parse(&InTotoStatement, "a!payload", old.as_bytes());
        assert_eq!(seen.of("gate_decision")[0]["decision"], "failed");
        assert_eq!(
            seen.times("gate_decision")[0],
            "2026-02-03T04:05:06.000000000Z"
        );
    }

    #[test]
    fn a_bill_of_materials_becomes_a_file_of_its_own() {
        let bill = r#"{"bomFormat":"CycloneDX", "specVersion":"1.5","components":[{"name":"a"}]}"#;
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://cyclonedx.org/bom/v1.4","subject":[],"predicate": {bill}}}"#
        );
        let seen = parse(&InTotoStatement, "a!payload", text.as_bytes());
        let nested = &seen.nested[0];
        assert_eq!(
            (nested.name.as_str(), nested.bytes.as_slice()),
            ("predicate", bill.as_bytes())
        );
        let start = usize::try_from(nested.span.offset).unwrap();
        assert!(text[start..].starts_with(bill));
        let inside = parse(
            find("cyclonedx").unwrap(),
            "a!payload!predicate",
            &nested.bytes,
        );
        assert_eq!(inside.classes("component"), [Some(EvidenceClass::Attested)]);
    }

    #[test]
    fn subjects_are_cited_apart_and_artifacts_know_their_source() {
        let text = statement();
        let seen = parse(&InTotoStatement, "a!payload", text.as_bytes());
        let (subjects, artifacts) = (seen.of("attestation_subject"), seen.of("artifact"));
        let digests: Vec<&str> = subjects.iter().map(|row| row["digest"].as_str()).collect();
        assert_eq!(
            digests,
            [format!("sha256:{}", "ab".repeat(32)), format!("sha1:{SHA}")]
        );
        assert_eq!(
            (
                subjects[0]["is_source"].as_str(),
                subjects[1]["is_source"].as_str()
            ),
            ("false", "true")
        );
        assert_eq!(artifacts.len(), 1);
        assert_eq!(
            (
                artifacts[0]["name"].as_str(),
                artifacts[0]["version"].as_str()
            ),
            ("ghcr.io/acme/shop", "v3")
        );
        assert_eq!(
            (
                artifacts[0]["sha"].as_str(),
                artifacts[0]["run_id"].as_str()
            ),
            (SHA, "42")
        );
        let (_, stamp, _) = seen
            .rows
            .iter()
            .find(|(table, ..)| *table == "artifact")
            .unwrap();
        let start = text.find(r#"{"name":"ghcr.io"#).unwrap();
        let length = text[start..].find("}}").unwrap() + 2;
        assert_eq!(stamp.span, Span::new(start as u64, length as u64));
    }

    #[test]
    fn a_bare_file_is_asserted_and_unsigned() {
        let text = format!("{0}\n{0}\n", statement().replace('\n', ""));
        for path in [
            "a.json",
            "a.zip!payload.json",
            "a.zip!payload-x",
            "a!payload-",
        ] {
            let seen = parse(&InTotoStatement, path, text.as_bytes());
            assert_eq!(seen.kept, 2);
            let rows = seen.of("attestation");
            let line = text.lines().next().unwrap();
            assert_eq!(
                rows[1]["statement"],
                format!("sha256:{}", id::sha256_hex(line.as_bytes()))
            );
            assert_eq!(rows[0]["signature_state"], "absent");
            assert_eq!(seen.classes("artifact"), [Some(EvidenceClass::Asserted); 2]);
        }
        let seen = parse(
            &InTotoStatement,
            "a.json",
            format!("[{}]", statement()).as_bytes(),
        );
        let digest = format!("sha256:{}", id::sha256_hex(statement().as_bytes()));
        assert_eq!(seen.of("attestation")[0]["statement"], digest);
    }

    #[test]
    fn other_predicates_give_their_row_and_subjects() {
        let head = r#""_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a"},7]"#;
        let summary = r#""predicateType":"https://slsa.dev/verification_summary/v1","predicate":{"timeVerified":"2026-02-03T04:05:06Z","builder":{"id":"x"}}"#;
        let odd = r#""_type":7,"predicateType":"","subject":{"name":"a"},"predicate":"text""#;
        let text = format!("{{{head},{summary}}}\n{{{odd}}}\n{{}}\n[]\n7\n");
        let seen = parse(&InTotoStatement, "a!payload", text.as_bytes());
        assert_eq!((seen.kept, seen.rejects.len()), (2, 2));
        assert_eq!(
            seen.times("attestation")[0],
            "2026-02-03T04:05:06.000000000Z"
        );
        assert!(!seen.of("attestation")[0].contains_key("builder_id"));
        assert!(!seen.of("attestation")[1].contains_key("predicate_type"));
        assert_eq!(seen.of("attestation_subject").len(), 2);
        assert!(seen.of("artifact").is_empty());
    }

    #[test]
    fn a_statement_without_its_type_is_still_likely() {
        let likely = br#"{"predicateType":"p","subject":[]}"#;
        assert_eq!(sniff(&InTotoStatement, likely), LIKELY);
        assert_eq!(
            sniff(&InTotoStatement, br#"{"_type":"link","products":{}}"#),
            NO
        );
    }

    #[test]
    fn damage_never_panics() {
        let text = format!("{0}[{0}]", statement()).into_bytes();
        for end in 0..text.len() {
            parse(&InTotoStatement, "x", &text[..end]);
            let mut flipped = text.clone();
            flipped[end] ^= 0x15;
            parse(&InTotoStatement, "x", &flipped);
        }
    }

    #[test]
    fn every_sample_s_statement_ties_to_its_envelope() {
        let mut files = BTreeMap::new();
        let (mut nested, mut facts) = (0, BTreeMap::<&str, u64>::new());
        let all = [samples("intoto-dsse"), samples("sigstore-bundle")].concat();
        for (path, bytes) in &all {
            if sniff(&InTotoStatement, bytes) > NO {
                let folder = path.contains("sigstore-bundle");
                *files.entry(folder).or_insert(0) += 1;
                let seen = parse(&InTotoStatement, path, bytes);
                assert_eq!((seen.kept, seen.rejects.len()), (1, 0), "{path}");
            }
            let wrappers = ["dsse", "sigstore_bundle"].map(|name| find(name).unwrap());
            let Some(wrapper) = wrappers.into_iter().find(|it| sniff(*it, bytes) > NO) else {
                continue;
            };
            let outer = parse(wrapper, path, bytes);
            nested += outer.nested.len();
            for (payload, envelope) in outer.nested.iter().zip(envelopes(&outer)) {
                assert_eq!(sniff(&InTotoStatement, &payload.bytes), CERTAIN, "{path}");
                let name = format!("{path}!{}", payload.name);
                let seen = parse(&InTotoStatement, &name, &payload.bytes);
                assert_eq!((seen.kept, seen.rejects.len()), (1, 0), "{name}");
                let row = seen.of("attestation")[0];
                assert_eq!(row["statement"], envelope, "{name}");
                for column in [
                    "repository",
                    "sha",
                    "run_id",
                    "event",
                    "workflow_path",
                    "source_ref",
                ] {
                    *facts.entry(column).or_default() += u64::from(row.contains_key(column));
                }
            }
        }
        if !all.is_empty() {
            assert_eq!(files, BTreeMap::from([(false, 1), (true, 2)]));
            assert_eq!(nested, 141);
            let expected = [
                ("event", 94),
                ("repository", 97),
                ("run_id", 97),
                ("sha", 97),
                ("source_ref", 95),
                ("workflow_path", 95),
            ];
            assert_eq!(facts, BTreeMap::from(expected));
        }
    }

    /// The digests on the rows of envelopes that have a payload.
    fn envelopes(outer: &Seen) -> Vec<String> {
        let rows = outer
            .of("attestation")
            .into_iter()
            .map(|row| row["statement"].clone());
        let subjects = outer.of("attestation_subject");
        rows.filter(|digest| subjects.iter().all(|row| row["digest"] != *digest))
            .collect()
    }
}

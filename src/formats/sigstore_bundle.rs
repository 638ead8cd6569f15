//! Sigstore bundles v0.1 to v0.3: an attestation or a signature together with what is needed to
//! check it offline (sigstore/protobuf-specs, `sigstore_bundle.proto`). `gh attestation download`
//! writes one a line, a package registry serves `{"attestations":[{"bundle"}]}`, and
//! `gh attestation verify --format json` writes an array of `{"attestation":{"bundle"}}`.
//!
//! One row per bundle: who signed, when a log or a timestamp authority saw it, and what the
//! certificate says of the build. The envelope's payload becomes a file of its own whose digest is
//! the row's `statement`, so the predicate is read once, by the statement's format. A bundle over a
//! plain file has no statement; its row is about the digest of that file. The `predicateType` that
//! a registry writes beside a bundle is unsigned and is not read.
//!
//! What it is not: a check of anything. Bundles that break rules of the specification are kept with
//! what they say. Trusted roots, which share the media type's prefix, are another format.

use serde_json::Value;

use super::read::attestation::base64::decode;
use super::read::attestation::certificate::Certificate;
use super::read::attestation::envelope::Envelope;
use super::read::version::Known;
use super::read::{Element, Holders, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::delivery::{Attestation, AttestationSubject};
use crate::model::{EvidenceClass, Nested, Sink, Stamp, id, time};

mod timestamp;

/// Members to go down, from a registry's answer and from what `gh attestation verify` prints.
const WRAPPERS: Holders<'_> = Holders::of(&["attestations", "attestation", "bundle"]);

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "Sigstore bundle",
    newest: &[(0, 3)],
};

/// Sigstore bundles.
pub struct SigstoreBundle;

impl Format for SigstoreBundle {
    fn name(&self) -> &'static str {
        "sigstore_bundle"
    }

    fn about(&self) -> &'static str {
        "Sigstore bundles: gh attestation download, cosign --bundle, a registry's attestations"
    }

    fn unit(&self) -> &'static str {
        "bundle"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["attestation", "attestation_subject"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Attested
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a `mediaType` of Sigstore bundles, or `verificationMaterial` with an envelope or a signature"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",
 "verificationMaterial":{"publicKey":{"hint":"release"},"tlogEntries":[]},
 "dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"c2lnbmVk"}],
  "payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ=="}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let places = [
            "",
            "/attestations/0/bundle",
            "/attestation/bundle",
            "/bundle",
        ];
        let holds = |value: &Value| {
            places
                .iter()
                .filter_map(|at| value.pointer(at))
                .any(is_bundle)
        };
        if peek.share(holds) >= 50 { CERTAIN } else { NO }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        elements(chunk, &WRAPPERS, sink, |element, sink| {
            read(element, sink).into()
        });
    }
}

fn is_bundle(value: &Value) -> bool {
    let media_type = value
        .get("mediaType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let content = value
        .get("dsseEnvelope")
        .or_else(|| value.get("messageSignature"));
    media_type.starts_with("application/vnd.dev.sigstore.bundle")
        || (content.is_some() && value.get("verificationMaterial").is_some())
}

fn read(element: &Element<'_>, sink: &mut dyn Sink) -> Result<(), String> {
    let bundle: Value = element.read()?;
    VERSIONS.hold(field::text(&bundle, "/mediaType"), sink);
    let material = Material::of(&bundle);
    let content = |key| bundle.get(key).filter(|content| content.is_object());
    if let Some(envelope) = content("dsseEnvelope") {
        read_envelope(envelope, &material, element, sink)
    } else if let Some(message) = content("messageSignature") {
        read_message(message, &material, element, sink)
    } else {
        Err("the bundle has neither an envelope nor a message signature".to_owned())
    }
}

fn read_envelope(
    envelope: &Value,
    material: &Material<'_>,
    element: &Element<'_>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let envelope = Envelope::read(envelope)?;
    let signer = material.signer().or_else(|| envelope.signers());
    let row = Attestation {
        statement: Some(envelope.digest().into()),
        signer: signer.map(Into::into),
        signatures: i64::try_from(envelope.signatures().count()).ok(),
        signature_state: Some(envelope.signature_state().into()),
        ..material.row()
    };
    sink.record(material.stamp(element), &row);
    let (name, bytes) = (element.nested_name("payload"), envelope.payload);
    sink.nested(Nested {
        name,
        bytes,
        span: element.span,
    });
    Ok(())
}

fn read_message(
    message: &Value,
    material: &Material<'_>,
    element: &Element<'_>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let digest = message_digest(message)?;
    let signature = message.get("signature").and_then(Value::as_str);
    let signed = signature.is_some_and(|signature| !signature.is_empty());
    let row = Attestation {
        statement: digest.clone().map(Into::into),
        signer: material.signer().map(Into::into),
        signatures: Some(i64::from(signed)),
        signature_state: Some(if signed { "not_checked" } else { "absent" }.into()),
        ..material.row()
    };
    sink.record(material.stamp(element), &row);
    if let Some(digest) = digest {
        let subject = AttestationSubject {
            statement: Some(digest.as_str().into()),
            digest: Some(digest.as_str().into()),
            is_source: Some(false),
            ..AttestationSubject::default()
        };
        sink.record(material.stamp(element), &subject);
    }
    Ok(())
}

/// The digest of the file that a message signature is over, where it says so.
fn message_digest(message: &Value) -> Result<Option<String>, String> {
    let Some(digest) = message.pointer("/messageDigest/digest") else {
        return Ok(None);
    };
    let bytes = digest
        .as_str()
        .and_then(decode)
        .ok_or("the message digest is not base64")?;
    let algorithm = message
        .pointer("/messageDigest/algorithm")
        .and_then(Value::as_str);
    let algorithm = algorithm
        .unwrap_or("SHA2_256")
        .to_ascii_lowercase()
        .replace("sha2_", "sha");
    let digest = id::digest_of(&algorithm, &id::hex(&bytes));
    digest
        .map(Some)
        .ok_or_else(|| "the message digest is of no known algorithm".to_owned())
}

/// What a bundle brings for its verification, as far as it names people and times.
struct Material<'a> {
    key_hint: Option<&'a str>,
    certificate: Option<Certificate>,
    has_certificate: bool,
    logged_ns: Option<i64>,
}

impl<'a> Material<'a> {
    fn of(bundle: &'a Value) -> Self {
        let at = |place| {
            bundle
                .pointer(place)
                .and_then(Value::as_str)
                .filter(|it| !it.is_empty())
        };
        let certificate = at("/verificationMaterial/certificate/rawBytes")
            // Before v0.3 the whole chain came along, the signer's certificate first.
            .or_else(|| at("/verificationMaterial/x509CertificateChain/certificates/0/rawBytes"));
        Self {
            key_hint: at("/verificationMaterial/publicKey/hint"),
            certificate: certificate
                .and_then(decode)
                .and_then(|der| Certificate::from_der(&der)),
            has_certificate: certificate.is_some(),
            logged_ns: integrated_ns(bundle).or_else(|| stamped_ns(bundle)),
        }
    }

    fn signer(&self) -> Option<String> {
        let identity = self.certificate.as_ref().and_then(|it| it.identity.clone());
        let unread = || self.has_certificate.then(|| "certificate".to_owned());
        self.key_hint
            .map(str::to_owned)
            .or(identity)
            .or_else(unread)
    }

    /// The columns that do not depend on what was signed.
    fn row(&self) -> Attestation<'static> {
        Attestation {
            wrapper: Some("sigstore_bundle".into()),
            logged_ns: self.logged_ns,
            ..self
                .certificate
                .as_ref()
                .map(Certificate::facts)
                .unwrap_or_default()
        }
    }

    fn stamp(&self, element: &Element<'_>) -> Stamp {
        let signed_ns = self.certificate.as_ref().and_then(Certificate::signed_ns);
        Stamp::new(element.span, self.logged_ns.or(signed_ns))
    }
}

/// When the transparency log took the entry in. Logs of the second generation leave it to a
/// timestamp authority and say nothing, or zero.
fn integrated_ns(bundle: &Value) -> Option<i64> {
    let entries = bundle
        .pointer("/verificationMaterial/tlogEntries")?
        .as_array()?;
    let seconds = |entry: &Value| match entry.get("integratedTime")? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    };
    entries
        .iter()
        .filter_map(seconds)
        .find(|seconds| *seconds > 0)
        .and_then(time::seconds)
}

fn stamped_ns(bundle: &Value) -> Option<i64> {
    let place = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";
    let stamps = bundle.pointer(place)?.as_array()?;
    let response = |stamp: &Value| stamp.get("signedTimestamp")?.as_str().and_then(decode);
    stamps
        .iter()
        .filter_map(response)
        .find_map(|response| timestamp::stamped_ns(&response))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::formats::read::attestation::certificate::tests::workflow_certificate;
    use crate::formats::testing::{parse, samples, sniff};
    use crate::model::Span;

    const PAYLOAD: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1"}"#;

    fn bundle(material: &str, content: &str) -> String {
        let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
        format!(r#"{{"mediaType":"{media_type}","verificationMaterial":{{{material}}},{content}}}"#)
    }

    fn envelope() -> String {
        let payload = STANDARD.encode(PAYLOAD);
        let kind = "application/vnd.in-toto+json";
        let signatures = r#"[{"sig":"QQ==","keyid":""}]"#;
        format!(
            r#""dsseEnvelope":{{"payload":"{payload}","payloadType":"{kind}","signatures":{signatures}}}"#
        )
    }

    fn logged() -> String {
        let certificate = STANDARD.encode(workflow_certificate());
        let log = r#""tlogEntries":[{"logIndex":"9","integratedTime":"1770091510"}]"#;
        bundle(
            &format!(r#""certificate":{{"rawBytes":"{certificate}"}},{log}"#),
            &envelope(),
        )
    }

    fn message(material: &str) -> String {
        let digest = STANDARD.encode([0xab; 32]);
        let digest = format!(r#"{{"algorithm":"SHA2_256","digest":"{digest}"}}"#);
        let content = format!(r#"{{"messageDigest":{digest},"signature":"QQ=="}}"#);
        bundle(material, &format!(r#""messageSignature":{content}"#))
    }

    #[test]
    fn the_certificate_and_the_log_speak_for_the_payload() {
        let text = logged();
        assert_eq!(sniff(&SigstoreBundle, text.as_bytes()), CERTAIN);
        let seen = parse(&SigstoreBundle, "sha256-ab.jsonl", text.as_bytes());
        let row = seen.of("attestation")[0];
        assert_eq!(
            row["statement"],
            format!("sha256:{}", id::sha256_hex(PAYLOAD))
        );
        assert_eq!(
            (row["repository"].as_str(), row["run_id"].as_str()),
            ("github.com/acme/shop", "42")
        );
        assert_eq!(
            (row["attempt"].as_str(), row["event"].as_str()),
            ("3", "push")
        );
        assert!(
            row["signer"].ends_with("sign.yml@refs/tags/v1"),
            "{}",
            row["signer"]
        );
        assert_eq!(row["logged_ns"], "1770091510000000000");
        assert_eq!(
            (row["signatures"].as_str(), row["signature_state"].as_str()),
            ("1", "not_checked")
        );
        assert_eq!(
            (seen.nested[0].name.as_str(), &*seen.nested[0].bytes),
            ("payload", PAYLOAD)
        );
        assert_eq!(
            seen.times("attestation"),
            ["2026-02-03T04:05:10.000000000Z"]
        );
    }

    #[test]
    fn a_time_stamp_or_the_certificate_stands_in_for_the_log() {
        let stamp = STANDARD.encode(timestamp::tests::response());
        let stamps = format!(r#"{{"rfc3161Timestamps":[{{"signedTimestamp":"{stamp}"}}]}}"#);
        let material = format!(r#""tlogEntries":[{{}}],"timestampVerificationData":{stamps}"#);
        let seen = parse(
            &SigstoreBundle,
            "x",
            bundle(&material, &envelope()).as_bytes(),
        );
        assert_eq!(
            seen.times("attestation"),
            ["2026-02-03T04:05:07.000000000Z"]
        );
        assert!(seen.of("attestation")[0].contains_key("logged_ns"));

        let certificates = STANDARD.encode(workflow_certificate());
        let chain = format!(r#"{{"certificates":[{{"rawBytes":"{certificates}"}}]}}"#);
        let material = format!(r#""x509CertificateChain":{chain}"#);
        let seen = parse(
            &SigstoreBundle,
            "x",
            bundle(&material, &envelope()).as_bytes(),
        );
        assert_eq!(
            seen.times("attestation"),
            ["2026-02-03T04:05:06.000000000Z"]
        );
        assert!(!seen.of("attestation")[0].contains_key("logged_ns"));
    }

    #[test]
    fn a_signed_file_is_its_own_subject() {
        let text = message(r#""publicKey":{"hint":"release-key"}"#);
        let seen = parse(&SigstoreBundle, "x", text.as_bytes());
        let (row, subject) = (seen.of("attestation")[0], seen.of("attestation_subject")[0]);
        assert_eq!(row["statement"], format!("sha256:{}", "ab".repeat(32)));
        assert_eq!(
            (row["signer"].as_str(), row["signatures"].as_str()),
            ("release-key", "1")
        );
        assert!(!row.contains_key("predicate_type"));
        assert_eq!(
            (&subject["statement"], &subject["digest"]),
            (&row["statement"], &row["statement"])
        );
        assert!(seen.nested.is_empty());
    }

    #[test]
    fn wrappers_are_opened_and_payloads_numbered() {
        let (one, two) = (logged(), message(""));
        let texts = [
            format!(
                r#"{{"attestations":[{{"predicateType":"p","bundle":{one}}},{{"bundle":{one}}}]}}"#
            ),
            format!(
                r#"[{{"attestation":{{"bundle":{one}}}}},{{"attestation":{{"bundle":{one}}}}}]"#
            ),
            format!("{one}\n{one}\n"),
            format!("{two}\n{one}\n{two}\n"),
        ];
        for (text, units) in texts.iter().zip([2, 2, 2, 3]) {
            assert_eq!(sniff(&SigstoreBundle, text.as_bytes()), CERTAIN);
            let seen = parse(&SigstoreBundle, "x", text.as_bytes());
            assert_eq!((seen.kept, seen.rejects.len()), (units, 0));
            assert_eq!(seen.nested.last().unwrap().name, "payload-2");
            let start = text.rfind(&one).unwrap() as u64;
            assert_eq!(
                seen.nested.last().unwrap().span,
                Span::new(start, one.len() as u64)
            );
        }
    }

    #[test]
    fn rules_may_break_but_payloads_may_not() {
        let bare = bundle("", &envelope());
        let odd = bundle(
            r#""certificate":{"rawBytes":"AAAA"},"tlogEntries":{}"#,
            &envelope(),
        );
        let texts = [
            bare.as_str(),
            &odd,
            &bundle("", r#""dsseEnvelope":{"payload":7}"#),
            &bundle("", r#""messageSignature":{"messageDigest":{"digest":"%"}}"#),
            &bundle("", r#""other":{}"#),
        ];
        let seen = parse(&SigstoreBundle, "x", texts.join("\n").as_bytes());
        assert_eq!((seen.kept, seen.rejects.len()), (2, 3));
        assert_eq!(seen.of("attestation")[1]["signer"], "certificate");
    }

    #[test]
    fn a_trusted_root_is_another_format() {
        let media_type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
        let root = format!(r#"{{"mediaType":"{media_type}","tlogs":[]}}"#);
        assert_eq!(sniff(&SigstoreBundle, root.as_bytes()), NO);
    }

    #[test]
    fn damage_never_panics() {
        let text = format!("{{\"attestations\":[{{\"bundle\":{}}}]}}", logged()).into_bytes();
        for end in 0..text.len() {
            parse(&SigstoreBundle, "x", &text[..end]);
            let mut flipped = text.clone();
            flipped[end] ^= 0x15;
            parse(&SigstoreBundle, "x", &flipped);
        }
    }

    #[test]
    fn samples_are_recognised_and_decoded() {
        // Files that the format wins, bundles in them, and how many of these name GitHub as the
        // provider, a commit, and a time in a log or stamp.
        for (folder, expected) in [
            ("intoto-dsse", [62, 90, 61, 61, 90]),
            ("sigstore-bundle", [72, 73, 53, 49, 70]),
        ] {
            let mut found = [0; 5];
            let all = samples(folder);
            for (path, bytes) in &all {
                let likelihood = sniff(&SigstoreBundle, bytes);
                assert!(!path.contains("trusted_root") || likelihood == NO, "{path}");
                if likelihood == NO {
                    continue;
                }
                let seen = parse(&SigstoreBundle, path, bytes);
                // Cut off in the middle on purpose.
                let torn = usize::from(path.contains("bundle-malformed-json_fail"));
                assert_eq!(seen.rejects.len(), torn, "{path}: {:?}", seen.rejects);
                let rows = seen.of("attestation");
                let unsigned = ["missing-verification-material", "empty-certificate-chain"];
                let signed = !unsigned.iter().any(|name| path.contains(name));
                assert!(
                    rows.iter().all(|row| row.contains_key("signer") == signed),
                    "{path}"
                );
                let with = |column| rows.iter().filter(|row| row.contains_key(column)).count();
                let counts = [
                    1,
                    rows.len() + torn,
                    with("provider"),
                    with("sha"),
                    with("logged_ns"),
                ];
                found
                    .iter_mut()
                    .zip(counts)
                    .for_each(|(sum, count)| *sum += count);
            }
            assert!(all.is_empty() || found == expected, "{folder}: {found:?}");
        }
    }
}

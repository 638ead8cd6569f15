//! DSSE envelopes: a payload in base64 beside the signatures over it (secure-systems-lab/dsse,
//! protocol and envelope v1). `*.intoto.jsonl`, `*.build.slsa`, `cosign download attestation`, and
//! the envelopes inside `gcloud artifacts docker images describe --show-provenance`.
//!
//! The signature covers the decoded payload bytes, so those bytes become a file of their own, and
//! the digest of exactly those bytes is what ties the envelope's row to its statement's row. The
//! envelope's row says who signed; what was signed is said by the statement. An envelope of
//! slsa-github-generator v1 carries its certificate beside the signature: the claims in it are a
//! better witness than the predicate, so they go into the envelope's row.
//!
//! What it is not: a check of signatures, or a reader of payloads. A payload of a foreign type is
//! kept like any other.

use serde_json::Value;

use super::read::attestation::certificate::Certificate;
use super::read::attestation::envelope::Envelope;
use super::read::{Element, Holders, elements};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::Attestation;
use crate::model::{EvidenceClass, Nested, Sink, Stamp};

/// Members to go down: Artifact Analysis keeps the envelope beside an unsigned copy of the
/// statement, which is left alone.
const WRAPPERS: Holders<'_> = Holders::of(&["provenance_summary", "provenance", "envelope"]);

/// DSSE envelopes.
pub struct Dsse;

impl Format for Dsse {
    fn name(&self) -> &'static str {
        "dsse"
    }

    fn about(&self) -> &'static str {
        "DSSE envelopes around attestations: *.intoto.jsonl, cosign download attestation"
    }

    fn unit(&self) -> &'static str {
        "envelope"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["attestation"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Attested
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`payload` with `payloadType`, and `signatures`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"payloadType":"application/vnd.in-toto+json",
 "payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==",
 "signatures":[{"keyid":"release","sig":"c2lnbmVk"}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let signed =
            |value: &Value| envelope_of(value).is_some_and(|it| it.get("signatures").is_some());
        if peek.share(signed) >= 50 {
            CERTAIN
        } else if peek.share(|value| envelope_of(value).is_some()) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        elements(chunk, &WRAPPERS, sink, |element, sink| {
            read(element, sink).into()
        });
    }
}

/// The envelope that `value` is, or the first that it wraps.
fn envelope_of(value: &Value) -> Option<&Value> {
    let value = value
        .pointer("/provenance_summary/provenance/0/envelope")
        .unwrap_or(value);
    let has_text = |key: &&str| value.get(key).is_some_and(Value::is_string);
    ["payload", "payloadType"]
        .iter()
        .all(has_text)
        .then_some(value)
}

fn read(element: &Element<'_>, sink: &mut dyn Sink) -> Result<(), String> {
    let value: Value = element.read()?;
    let envelope = Envelope::read(&value)?;
    let certificate = envelope.certificate();
    let issued = certificate.as_ref().and_then(Certificate::signed_ns);
    let facts = certificate
        .map(|certificate| certificate.facts())
        .unwrap_or_default();
    let row = Attestation {
        statement: Some(envelope.digest().into()),
        wrapper: Some("dsse".into()),
        signer: envelope.signers().map(Into::into),
        signatures: i64::try_from(envelope.signatures().count()).ok(),
        signature_state: Some(envelope.signature_state().into()),
        ..facts
    };
    sink.record(Stamp::new(element.span, issued), &row);
    sink.nested(Nested {
        name: element.nested_name("payload"),
        bytes: envelope.payload,
        span: element.span,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;
    use crate::formats::read::attestation::certificate::tests::{pem, workflow_certificate};
    use crate::formats::testing::{parse, samples, sniff};
    use crate::model::{Span, id};

    const STATEMENT: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1","note":"\u00fe??>>>"}"#;

    fn envelope(payload: &str, signatures: &str) -> String {
        let kind = "application/vnd.in-toto+json";
        format!(r#"{{"payloadType":"{kind}","payload":"{payload}","signatures":{signatures}}}"#)
    }

    #[test]
    fn the_row_and_the_payload_share_a_digest() {
        let keys = r#"[{"keyid":"release","sig":"QQ=="},{"keyid":"backup","sig":"Qg=="}]"#;
        let text = envelope(&STANDARD.encode(STATEMENT), keys);
        assert_eq!(sniff(&Dsse, text.as_bytes()), CERTAIN);
        let seen = parse(&Dsse, "a.intoto.jsonl", text.as_bytes());
        let row = seen.of("attestation")[0];
        assert_eq!(
            row["statement"],
            format!("sha256:{}", id::sha256_hex(STATEMENT))
        );
        assert_eq!(
            (row["wrapper"].as_str(), row["signer"].as_str()),
            ("dsse", "release backup")
        );
        assert_eq!(
            (row["signatures"].as_str(), row["signature_state"].as_str()),
            ("2", "not_checked")
        );
        assert_eq!(
            (seen.nested[0].name.as_str(), &*seen.nested[0].bytes),
            ("payload", STATEMENT)
        );
        assert_eq!(seen.nested[0].span.length, text.len() as u64);
    }

    #[test]
    fn broken_payloads_are_rejects_and_others_go_on() {
        let sound = envelope(&URL_SAFE_NO_PAD.encode(STATEMENT), "[]");
        let text = format!(
            "{}\n{sound}\n{{\"signatures\":[]}}\n",
            envelope("%%%", "[]")
        );
        let seen = parse(&Dsse, "a.jsonl", text.as_bytes());
        let reasons: Vec<&str> = seen.rejects.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(
            reasons,
            ["the payload is not base64", "the envelope has no payload"]
        );
        assert_eq!(seen.nested[0].name, "payload-2");
        let row = seen.of("attestation")[0];
        assert_eq!(
            (row["signatures"].as_str(), row["signature_state"].as_str()),
            ("0", "absent")
        );
    }

    #[test]
    fn a_certificate_beside_the_signature_speaks() {
        let cert = serde_json::to_string(&pem(&workflow_certificate())).unwrap();
        let signatures = format!(r#"[{{"keyid":"","sig":"QQ==","cert":{cert}}}]"#);
        let text = envelope(&STANDARD.encode(STATEMENT), &signatures);
        let seen = parse(&Dsse, "a.intoto.jsonl", text.as_bytes());
        let row = seen.of("attestation")[0];
        assert_eq!(row["repository"], "github.com/acme/shop");
        assert_eq!(row["run_id"], "42");
        assert!(
            row["signer"].starts_with("https://github.com/acme/"),
            "{}",
            row["signer"]
        );
        assert_eq!(
            seen.times("attestation"),
            ["2026-02-03T04:05:06.000000000Z"]
        );
    }

    #[test]
    fn the_envelope_is_found_beside_its_unsigned_copy() {
        let inner = envelope(
            &STANDARD.encode(STATEMENT),
            r#"[{"keyid":"k","sig":"QQ=="}]"#,
        );
        let text = format!(
            r#"{{"image_summary":{{}},"provenance_summary":{{"provenance":[
                {{"build":{{"intotoStatement":{{}}}},"envelope":{inner}}}]}}}}"#
        );
        assert_eq!(sniff(&Dsse, text.as_bytes()), CERTAIN);
        let seen = parse(&Dsse, "a.json", text.as_bytes());
        assert_eq!((seen.kept, seen.rejects.len()), (1, 0));
        let start = text.find(&inner).unwrap() as u64;
        assert_eq!(seen.nested[0].span, Span::new(start, inner.len() as u64));
    }

    #[test]
    fn damage_never_panics() {
        let signatures = r#"[{"keyid":"k","sig":"QQ=="}]"#;
        let text = envelope(&STANDARD.encode(STATEMENT), signatures)
            .repeat(2)
            .into_bytes();
        for end in 0..text.len() {
            parse(&Dsse, "x", &text[..end]);
            let mut flipped = text.clone();
            flipped[end] ^= 0x15;
            parse(&Dsse, "x", &flipped);
        }
    }

    #[test]
    fn samples_are_recognised_and_decoded() {
        for (folder, expected) in [("intoto-dsse", 26), ("sigstore-bundle", 0)] {
            let files = samples(folder);
            let is_dsse = |bytes: &[u8]| sniff(&Dsse, bytes) > NO;
            let won: Vec<_> = files.iter().filter(|(_, bytes)| is_dsse(bytes)).collect();
            assert!(
                files.is_empty() || won.len() == expected,
                "{folder}: {}",
                won.len()
            );
            for (path, bytes) in won {
                let seen = parse(&Dsse, path, bytes);
                assert_eq!(
                    (seen.kept, seen.rejects.len()),
                    (1, 0),
                    "{path}: {:?}",
                    seen.rejects
                );
                let payload: Value = serde_json::from_slice(&seen.nested[0].bytes).unwrap();
                assert!(payload.get("predicateType").is_some(), "{path}");
                if path.contains("gha_generic/v1.") {
                    assert!(seen.of("attestation")[0].contains_key("sha"), "{path}");
                }
            }
        }
    }
}

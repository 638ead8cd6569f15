//! Sigstore bundles v0.1 to v0.3, checked by `sigstore-verify` under each trust root.
//!
//! The library binds a bundle to an artifact; what is at hand here is the statement, so the
//! statement is bound to itself by one of its own digests and the subjects are judged afterwards
//! against the digests that are known. The library stops at its first error; which roots know the
//! certificate and whether the signature holds by itself are asked again, so that a forged payload
//! is never called an unknown root. Two things it lets pass are refused here: a chain that carries
//! certificates which the root does not hold, and figures in an inclusion proof that nothing signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::crypto::Checkpoint;
use sigstore_verify::crypto::{CertificateInfo, parse_certificate_info};
use sigstore_verify::types::bundle::VerificationMaterialContent as Material;
use sigstore_verify::types::{
    Artifact, ArtifactDigest, Bundle, DigestBytes, HashAlgorithm, KindVersion, SignatureContent,
};
use sigstore_verify::{
    CertificateError, Error, PublicKeyVerificationPolicy, TimestampError, TransparencyLogError,
    VerificationResult,
};

use super::dsse;
use super::expected::Expected;
use super::judge::{self, Places};
use super::keys::{Key, verify_with};
use super::result::{Checked, Clock, Difference, Outcome, Place, Proven, Reason, Signer};
use super::roots::{Chain, Root, Roots};
use super::subject::{self, Subject};

const KIND: &str = "sigstore_bundle";

/// Most log entries and timestamps of one bundle; real ones have one or two.
const MAX_WITNESSES: usize = 16;

/// Whether `value` says that it is a bundle, or has the parts of one.
pub(super) fn is(value: &Value) -> bool {
    let media = value.get("mediaType").and_then(Value::as_str);
    let content = value
        .get("dsseEnvelope")
        .or_else(|| value.get("messageSignature"));
    media.is_some_and(|media| media.starts_with("application/vnd.dev.sigstore.bundle"))
        || (content.is_some() && value.get("verificationMaterial").is_some())
}

/// Checks one bundle. `text` is what `value` was parsed from, where the two are the same object.
pub(super) fn check(
    value: &Value,
    text: Option<&str>,
    roots: &Roots,
    expected: &Expected,
) -> Checked {
    let signatures = value
        .pointer("/dsseEnvelope/signatures")
        .and_then(Value::as_array);
    let plain = value
        .pointer("/messageSignature/signature")
        .and_then(Value::as_str);
    if signatures.is_some_and(Vec::is_empty) || plain.is_some_and(str::is_empty) {
        return Checked::new(KIND, Outcome::Absent, "the bundle holds no signature");
    }
    let bundle = match text {
        Some(text) => Bundle::from_json(text),
        None => Bundle::from_json(&value.to_string()),
    };
    let bundle = match bundle {
        Ok(bundle) => bundle,
        Err(why) => return Checked::not_checkable(KIND, Reason::Malformed, why.to_string()),
    };
    let material = &bundle.verification_material;
    let stamps = &material.timestamp_verification_data.rfc3161_timestamps;
    if material.tlog_entries.len() > MAX_WITNESSES || stamps.len() > MAX_WITNESSES {
        let why = format!("more than {MAX_WITNESSES} log entries or timestamps");
        return Checked::not_checkable(KIND, Reason::TooLarge, why);
    }
    let mut proven = Proven::default();
    let (statement, digest) = match read_content(&bundle, &mut proven) {
        Ok(read) => read,
        Err((reason, why)) => return Checked::not_checkable(KIND, reason, why).with(proven),
    };
    let case = Case {
        bundle: &bundle,
        digest,
        statement: statement.as_ref(),
        roots,
        expected,
    };
    match &material.content {
        Material::Certificate(one) => case.by_certificate(proven, one.raw_bytes.as_bytes(), &[]),
        Material::X509CertificateChain { certificates } => {
            let mut all = certificates
                .iter()
                .map(|it| it.raw_bytes.as_bytes().to_vec());
            match all.next() {
                Some(leaf) => case.by_certificate(proven, &leaf, &all.take(8).collect::<Vec<_>>()),
                None => {
                    Checked::not_checkable(KIND, Reason::Malformed, "an empty chain").with(proven)
                }
            }
        }
        Material::PublicKey(key) => case.by_key(proven, &key.hint),
        _ => Checked::not_checkable(KIND, Reason::Unsupported, "neither certificate nor key"),
    }
}

/// The signed statement, if it is one, and the digest that the library is to bind.
type Content = (Option<Value>, ArtifactDigest);

fn read_content(bundle: &Bundle, proven: &mut Proven) -> Result<Content, (Reason, String)> {
    match &bundle.content {
        SignatureContent::DsseEnvelope(envelope) => {
            let kind = envelope.payload_type.as_str();
            let Some(statement) = dsse::read_payload(proven, kind, envelope.payload.as_bytes())
            else {
                let why = format!("the payload is no in-toto statement but {kind:?}");
                return Err((Reason::Unsupported, why));
            };
            let digest = subject::binding(&proven.subjects);
            let digest = digest.ok_or_else(|| {
                let why = "no subject has a sha256 or sha512 digest to bind the statement by";
                (Reason::NoUsableDigest, why.to_owned())
            })?;
            Ok((Some(statement), digest))
        }
        SignatureContent::MessageSignature(message) => {
            let stated = message.message_digest.as_ref();
            let digest = stated.map(|it| (it.algorithm, it.digest.clone()));
            let digest = digest.or_else(|| logged_digest(bundle));
            let digest = digest.and_then(|(algorithm, value)| {
                let hex = value.to_hex();
                Some((hex, ArtifactDigest::new(algorithm, value).ok()?))
            });
            let Some((hex, digest)) = digest else {
                let why = "neither bundle nor log entry says which digest was signed";
                return Err((Reason::NeedsArtifact, why.to_owned()));
            };
            let name = match digest.algorithm() {
                HashAlgorithm::Sha2256 => "sha256",
                HashAlgorithm::Sha2384 => "sha384",
                _ => "sha512",
            };
            proven.subjects = vec![Subject {
                name: String::new(),
                digests: [(name.to_owned(), hex)].into(),
            }];
            Ok((None, digest))
        }
        _ => Err((
            Reason::Unsupported,
            "neither envelope nor message".to_owned(),
        )),
    }
}

/// The digest in a hashedrekord entry (sigstore/rekor, types/hashedrekord v0.0.1).
fn logged_digest(bundle: &Bundle) -> Option<(HashAlgorithm, DigestBytes)> {
    let entries = &bundle.verification_material.tlog_entries;
    let entry = entries
        .iter()
        .find(|it| it.kind_version == KindVersion::HashedRekordV001)?;
    let body: Value = serde_json::from_slice(entry.canonicalized_body.as_bytes()).ok()?;
    let text = |key: &str| body.pointer(&format!("/spec/data/hash/{key}"))?.as_str();
    let algorithm = match text("algorithm")? {
        "sha256" => HashAlgorithm::Sha2256,
        "sha384" => HashAlgorithm::Sha2384,
        "sha512" => HashAlgorithm::Sha2512,
        _ => return None,
    };
    Some((algorithm, DigestBytes::from_hex(text("value")?).ok()?))
}

struct Case<'a> {
    bundle: &'a Bundle,
    digest: ArtifactDigest,
    statement: Option<&'a Value>,
    roots: &'a Roots,
    expected: &'a Expected,
}

impl Case<'_> {
    fn by_certificate(&self, mut proven: Proven, leaf: &[u8], between: &[Vec<u8>]) -> Checked {
        let place = certificate_place(self.bundle);
        let info = self
            .bundle
            .signing_certificate()
            .map(parse_certificate_info);
        let info = match info {
            Some(Ok(info)) => info,
            Some(Err(why)) => {
                return Checked::not_checkable(KIND, Reason::Malformed, why.to_string())
                    .with(proven);
            }
            None => return Checked::not_checkable(KIND, Reason::Malformed, "no certificate"),
        };
        dsse::read_certificate(&mut proven, &info);
        let holds = self.signature_holds(&info);
        if holds == Some(false) {
            return Self::refused(proven, bad_signature(self.bundle));
        }
        proven.signature = holds.unwrap_or_default();
        for root in self.ordered() {
            let artifact = Artifact::Digest(self.digest.clone());
            let Ok(result) = root.verifier.verify(artifact, self.bundle, &root.policy) else {
                continue;
            };
            proven.signature = true;
            if !root.trusted() {
                continue;
            }
            return self.accepted(proven, root, &result, between, &place);
        }
        let at = info.not_before.as_second();
        let chains = |root: &&Root| root.chain(leaf, between, at) == Chain::Holds;
        let issuer = self
            .roots
            .sigstore
            .iter()
            .filter(|root| root.trusted())
            .find(chains);
        let Some(root) = issuer else {
            let difference = dsse::find_root(self.roots, leaf, between, at).err();
            let difference = difference.map(|it| Difference {
                found_at: Some(place),
                ..*it
            });
            let checked = Checked::new(KIND, Outcome::UntrustedRoot, "no root").with(proven);
            return judge::conclude(match difference {
                Some(difference) => checked.differing(difference),
                None => checked,
            });
        };
        proven.chain = true;
        proven.root = Some(root.name.clone());
        let artifact = Artifact::Digest(self.digest.clone());
        match root.verifier.verify(artifact, self.bundle, &root.policy) {
            Ok(_) => Checked::not_checkable(KIND, Reason::Malformed, "two answers to one question"),
            Err(error) => Self::refused(proven, explain(&error, self.bundle, Some(&info), root)),
        }
    }

    /// Roots that know the bundle's log first: the others would only fail.
    fn ordered(&self) -> impl Iterator<Item = &Root> {
        let entry = self.bundle.verification_material.tlog_entries.first();
        let log = entry.map(|entry| entry.log_id.key_id.as_bytes().to_vec());
        let likely = move |root: &&Root| match &log {
            Some(log) => root.knows_log(log),
            None => !root.has_logs(),
        };
        let (first, rest): (Vec<_>, Vec<_>) = self.roots.sigstore.iter().partition(likely);
        first.into_iter().chain(rest)
    }

    /// Whether the signature verifies by itself; `None` where that takes more than the bundle.
    fn signature_holds(&self, info: &CertificateInfo) -> Option<bool> {
        let SignatureContent::DsseEnvelope(envelope) = &self.bundle.content else {
            return None;
        };
        let schemes = [info.key_algorithm.default_signing_scheme()];
        let signature = envelope.signature.sig.as_bytes();
        Some(verify_with(
            &info.public_key,
            &schemes,
            &envelope.pae(),
            signature,
        ))
    }

    fn refused(proven: Proven, why: Refusal) -> Checked {
        let checked = match why {
            Refusal::Not(reason, why) => {
                return Checked::not_checkable(KIND, reason, why).with(proven);
            }
            Refusal::Bad(difference) => Checked::new(KIND, difference.outcome, "")
                .with(proven)
                .differing(*difference),
        };
        judge::conclude(checked)
    }

    fn accepted(
        &self,
        mut proven: Proven,
        root: &Root,
        result: &VerificationResult,
        between: &[Vec<u8>],
        place: &Place,
    ) -> Checked {
        proven.chain = true;
        proven.root = Some(root.name.clone());
        clock(&mut proven, self.bundle, result);
        if let Some(index) = between.iter().position(|der| !root.holds(der)) {
            let at = "/verificationMaterial/x509CertificateChain/certificates";
            let at = Place::object(format!("{at}/{}/rawBytes", index + 1));
            return Self::refused(
                proven,
                bad(
                    Outcome::UntrustedRoot,
                    "certificate chain",
                    "a certificate that the trust root does not hold",
                    at,
                ),
            );
        }
        if let Some(difference) = loose_proof(self.bundle) {
            return Self::refused(proven, difference);
        }
        let places = self.places(place.clone());
        let checked = Checked::new(
            KIND,
            Outcome::Valid,
            format!("verified under {}", root.name.name),
        );
        judge::finish(checked.with(proven), self.statement, self.expected, &places)
    }

    fn places(&self, signer: Place) -> Places {
        let subject = match self.statement {
            Some(_) => judge::subject_of_statement,
            None => |_| Place::object("/messageSignature/messageDigest/digest"),
        };
        Places { signer, subject }
    }

    fn by_key(&self, mut proven: Proven, hint: &str) -> Checked {
        let place = Place::object("/verificationMaterial/publicKey/hint");
        let keys = dsse::candidates(self.roots, hint);
        let entries = &self.bundle.verification_material.tlog_entries;
        let mut refusal = None;
        for key in &keys {
            let holds = self.key_holds(key);
            if holds == Some(false) {
                if key.answers_to(hint) {
                    proven.signer = Some(Signer::Key(key.id.clone()));
                    return Self::refused(proven, bad_signature(self.bundle));
                }
                continue;
            }
            let mut policy = PublicKeyVerificationPolicy::new(key.spki.clone());
            if entries.is_empty() {
                policy = policy.skip_tlog_unsafe();
            }
            for root in self.ordered().filter(|root| root.trusted()) {
                let artifact = Artifact::Digest(self.digest.clone());
                let result = match root.verifier.verify(artifact, self.bundle, &policy) {
                    Ok(result) => result,
                    Err(error) => {
                        refusal.get_or_insert_with(|| explain(&error, self.bundle, None, root));
                        continue;
                    }
                };
                if let Some(refusal) = loose_proof(self.bundle) {
                    return Self::refused(proven, refusal);
                }
                proven.signature = true;
                proven.chain = true;
                proven.signer = Some(Signer::Key(key.id.clone()));
                clock(&mut proven, self.bundle, &result);
                if !entries.is_empty() {
                    proven.root = Some(root.name.clone());
                }
                let checked = Checked::new(KIND, Outcome::Valid, "signed by a given key");
                let checked = dsse::expiry(checked.with(proven), key, &place);
                let places = self.places(place);
                return judge::finish(checked, self.statement, self.expected, &places);
            }
            proven.signature = holds.unwrap_or_default();
        }
        match refusal {
            Some(refusal) => Self::refused(proven, refusal),
            None => dsse::no_key(KIND, hint, keys.len()).with(proven),
        }
    }

    fn key_holds(&self, key: &Key) -> Option<bool> {
        let SignatureContent::DsseEnvelope(envelope) = &self.bundle.content else {
            return None;
        };
        Some(key.verify(&envelope.pae(), envelope.signature.sig.as_bytes()))
    }
}

fn certificate_place(bundle: &Bundle) -> Place {
    Place::object(match &bundle.verification_material.content {
        Material::X509CertificateChain { .. } => {
            "/verificationMaterial/x509CertificateChain/certificates/0/rawBytes"
        }
        _ => "/verificationMaterial/certificate/rawBytes",
    })
}

fn clock(proven: &mut Proven, bundle: &Bundle, result: &VerificationResult) {
    let times = result.verified_timestamps().iter();
    let times = times.filter_map(|time| i64::try_from(time.as_nanosecond()).ok());
    proven.times_ns = times.collect();
    proven.times_ns.sort_unstable();
    proven.times_ns.dedup();
    let stamps = &bundle
        .verification_material
        .timestamp_verification_data
        .rfc3161_timestamps;
    proven.clock = match (result.integrated_time().is_some(), !stamps.is_empty()) {
        (true, true) => Clock::LogAndAuthority,
        (true, false) => Clock::Log,
        (false, true) => Clock::Authority,
        (false, false) => Clock::None,
    };
}

/// What of an inclusion proof the library does not compare with the signed checkpoint: the tree's
/// size and the name on the log's signature always, index and root of a Rekor v2 entry.
fn loose_proof(bundle: &Bundle) -> Option<Refusal> {
    let entries = bundle.verification_material.tlog_entries.iter();
    for (index, entry) in entries.enumerate() {
        let Some(proof) = &entry.inclusion_proof else {
            continue;
        };
        let Some(checkpoint) = proof.checkpoint.checkpoint() else {
            continue;
        };
        let second = entry.kind_version == KindVersion::HashedRekordV002;
        let field = if proof.tree_size != checkpoint.tree_size() {
            "treeSize"
        } else if second && proof.root_hash != *checkpoint.root_hash() {
            "rootHash"
        } else if second && proof.log_index != entry.log_index {
            "logIndex"
        } else if !signed_in_its_name(checkpoint, entry.log_id.key_id.as_bytes())
            || !written_out(checkpoint, proof.checkpoint.envelope())
        {
            "checkpoint/envelope"
        } else {
            continue;
        };
        let at = format!("/verificationMaterial/tlogEntries/{index}/inclusionProof/{field}");
        let why = format!("{field} is not what the log signed");
        let at = Place::object(at);
        return Some(bad(Outcome::BadSignature, "inclusion proof", why, at));
    }
    None
}

/// Whether a line of the log's own key carries the name that the checkpoint's origin begins with
/// (C2SP signed-note; Rekor v1 adds the tree's number to its origin).
fn signed_in_its_name(checkpoint: &Checkpoint, log: &[u8]) -> bool {
    let origin = checkpoint.origin();
    checkpoint.signatures().iter().any(|line| {
        let rest = origin.strip_prefix(line.name.as_str());
        let named = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        named && !line.name.is_empty() && log.starts_with(line.key_id.as_slice())
    })
}

/// Whether the note is what its parts say and nothing more, but for a last line end.
fn written_out(checkpoint: &Checkpoint, envelope: &str) -> bool {
    let mut note = String::from_utf8_lossy(checkpoint.signed_data()).into_owned();
    note.push('\n');
    for line in checkpoint.signatures() {
        let signature = [line.key_id.as_slice(), line.signature.as_bytes()].concat();
        let signature = STANDARD.encode(signature);
        for part in ["\u{2014} ", &line.name, " ", &signature, "\n"] {
            note.push_str(part);
        }
    }
    note.trim_end_matches('\n') == envelope.trim_end_matches('\n')
}

enum Refusal {
    Bad(Box<Difference>),
    Not(Reason, String),
}

fn bad(outcome: Outcome, field: &'static str, found: impl Into<String>, at: Place) -> Refusal {
    Refusal::Bad(Box::new(Difference {
        outcome,
        field,
        found: Some(found.into()),
        expected: None,
        found_at: Some(at),
        expected_at: None,
    }))
}

fn bad_signature(bundle: &Bundle) -> Refusal {
    let at = match &bundle.content {
        SignatureContent::DsseEnvelope(_) => "/dsseEnvelope/signatures/0/sig",
        _ => "/messageSignature/signature",
    };
    let why = "does not verify over what it is said to sign";
    bad(Outcome::BadSignature, "signature", why, Place::object(at))
}

/// The library's error in our words. The certificate is known to be `root`'s own.
fn explain(error: &Error, bundle: &Bundle, info: Option<&CertificateInfo>, root: &Root) -> Refusal {
    let log = |member: &str| Place::object(format!("/verificationMaterial/tlogEntries/0{member}"));
    let stamp =
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    let why = error.to_string();
    match error {
        Error::SignatureInvalid(_) => bad_signature(bundle),
        // The digest that was bound is the bundle's own, so it is the log that speaks of another.
        Error::ArtifactMismatch(_) => bad(
            Outcome::BadSignature,
            "log entry",
            why,
            log("/canonicalizedBody"),
        ),
        Error::Certificate(CertificateError::Sct(_)) => bad(
            Outcome::BadSignature,
            "certificate log's stamp",
            why,
            certificate_place(bundle),
        ),
        Error::Certificate(CertificateError::Malformed(_)) => Refusal::Not(Reason::Malformed, why),
        Error::Certificate(_) => expired(bundle, info, why),
        Error::TransparencyLog(TransparencyLogError::IntegratedTime(_)) => {
            expired(bundle, info, why)
        }
        Error::TransparencyLog(TransparencyLogError::UnknownLog { .. }) => {
            bad(Outcome::UntrustedRoot, "log", why, log("/logId/keyId"))
        }
        Error::TransparencyLog(kind) => {
            let entry = bundle.verification_material.tlog_entries.first();
            let known = entry.is_none_or(|it| root.knows_log(it.log_id.key_id.as_bytes()));
            if !known {
                return bad(Outcome::UntrustedRoot, "log", why, log("/logId/keyId"));
            }
            let (field, member) = match kind {
                TransparencyLogError::InclusionProof(_) => ("inclusion proof", "/inclusionProof"),
                TransparencyLogError::Checkpoint(_) => {
                    ("checkpoint", "/inclusionProof/checkpoint/envelope")
                }
                TransparencyLogError::InclusionPromise(_) => (
                    "inclusion promise",
                    "/inclusionPromise/signedEntryTimestamp",
                ),
                _ => ("log entry", "/canonicalizedBody"),
            };
            bad(Outcome::BadSignature, field, why, log(member))
        }
        Error::Timestamp(TimestampError::OutsideAuthorityValidity { .. }) => {
            bad(Outcome::Expired, "signing time", why, Place::object(stamp))
        }
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_))
        | Error::Bundle(Shape::MissingSigningTimeEvidence | Shape::MissingTimestamp) => {
            Refusal::Not(Reason::NoProofOfTime, why)
        }
        Error::Timestamp(_) => bad(
            Outcome::BadSignature,
            "timestamp",
            why,
            Place::object(stamp),
        ),
        Error::Bundle(Shape::MissingInclusionProof(_) | Shape::MissingInclusionPromise(_)) => {
            Refusal::Not(Reason::NoInclusionProof, why)
        }
        Error::Bundle(Shape::CheckpointRootMismatch | Shape::LogIndexOutOfRange { .. }) => bad(
            Outcome::BadSignature,
            "inclusion proof",
            why,
            log("/inclusionProof"),
        ),
        Error::UnsupportedArtifact(_) => Refusal::Not(Reason::NeedsArtifact, why),
        Error::UnsupportedBundle(_) => Refusal::Not(Reason::Unsupported, why),
        _ => Refusal::Not(Reason::Malformed, why),
    }
}

fn expired(bundle: &Bundle, info: Option<&CertificateInfo>, why: String) -> Refusal {
    let entries = &bundle.verification_material.tlog_entries;
    let within = |time| info.is_some_and(|it| it.not_before <= time && time <= it.not_after);
    // A logged time inside the window is not the culprit: then an authority's stamp is.
    let logged = entries.iter().enumerate().find_map(|(index, entry)| {
        let time = entry.integrated_time.filter(|time| !within(*time))?;
        Some((index, time))
    });
    let at = logged.map(|(n, _)| format!("/verificationMaterial/tlogEntries/{n}/integratedTime"));
    let time = logged.map(|(_, time)| time);
    let stamps =
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    Refusal::Bad(Box::new(Difference {
        outcome: Outcome::Expired,
        field: "signing time",
        found: Some(time.map_or(why, |time| time.to_string())),
        expected: info.map(|info| format!("{} to {}", info.not_before, info.not_after)),
        found_at: Some(Place::object(at.unwrap_or_else(|| stamps.to_owned()))),
        expected_at: info.map(|_| certificate_place(bundle).inside("validity")),
    }))
}

//! Bare DSSE envelopes (secure-systems-lab/dsse, envelope v1): signed by a given key, or by a
//! certificate beside the signature as slsa-github-generator v1 wrote it. Such a certificate was
//! good for minutes and no log entry says when it was used, so its signature alone is never valid.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{CertificateInfo, parse_certificate_info};
use sigstore_verify::types::{DerCertificate, pae};

use super::claims;
use super::expected::Expected;
use super::judge::{self, Places};
use super::keys::{Key, pem_blocks, verify_with};
use super::result::{Checked, Difference, Outcome, Place, Proven, Reason, Signer};
use super::roots::{Chain, Root, Roots};
use super::subject;

const KIND: &str = "dsse";

/// Most signatures of one envelope, and most keys tried for one of them.
const MAX_SIGNATURES: usize = 64;

const LAX: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LAX);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LAX);

/// Standard or URL-safe base64, padded or not; never with stray bits.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .ok()
}

/// Fills in what a statement says of itself, and returns it if it is one.
pub(super) fn read_payload(proven: &mut Proven, kind: &str, payload: &[u8]) -> Option<Value> {
    proven.payload_sha256 = Some(super::hex(&Sha256::digest(payload)));
    let statement: Value = serde_json::from_slice(payload).ok()?;
    proven.predicate_type = Some(kind.to_owned());
    if kind != "application/vnd.in-toto+json" {
        return None;
    }
    let predicate = statement.get("predicateType").and_then(Value::as_str)?;
    proven.predicate_type = Some(predicate.to_owned());
    proven.subjects = subject::read(&statement);
    Some(statement)
}

/// Names the certificate's holder and claims in `proven`.
pub(super) fn read_certificate(proven: &mut Proven, info: &CertificateInfo) {
    proven.signer = Some(Signer::Certificate {
        san: info
            .identity
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        issuer: info.issuer.clone().unwrap_or_default(),
    });
    proven.claims = claims::of_certificate(info);
}

/// Checks one envelope.
pub(super) fn check(value: &Value, roots: &Roots, expected: &Expected) -> Checked {
    let malformed = |why: &str| Checked::not_checkable(KIND, Reason::Malformed, why);
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let Some(kind) = text("payloadType") else {
        return malformed("the envelope has no payload type");
    };
    let Some(payload) = text("payload").and_then(decode) else {
        return malformed("the payload is not base64");
    };
    let mut proven = Proven::default();
    let statement = read_payload(&mut proven, kind, &payload);
    let signatures = value.get("signatures").and_then(Value::as_array);
    let signatures = signatures.map(Vec::as_slice).unwrap_or_default();
    if signatures.is_empty() {
        return Checked::new(KIND, Outcome::Absent, "the envelope holds no signature").with(proven);
    }
    if signatures.len() > MAX_SIGNATURES {
        let why = format!("more than {MAX_SIGNATURES} signatures");
        return Checked::not_checkable(KIND, Reason::TooLarge, why).with(proven);
    }
    let message = pae(kind, &payload);
    let one = |(index, signature)| {
        let envelope = Envelope {
            signature,
            index,
            message: &message,
            statement: statement.as_ref(),
            proven: &proven,
        };
        envelope.check(roots, expected)
    };
    let results = signatures.iter().enumerate().map(one);
    // DSSE asks for one recognised signature; the others may be for other readers.
    let best = results.min_by_key(|checked| match (checked.outcome, checked.reason) {
        (Outcome::Valid, _) => 0,
        (Outcome::NotCheckable, Some(Reason::NoProofOfTime)) => 1,
        (Outcome::NotCheckable, _) => 3,
        _ => 2,
    });
    best.unwrap_or_else(|| malformed("no signature could be read"))
}

struct Envelope<'a> {
    signature: &'a Value,
    index: usize,
    message: &'a [u8],
    statement: Option<&'a Value>,
    proven: &'a Proven,
}

impl Envelope<'_> {
    fn check(&self, roots: &Roots, expected: &Expected) -> Checked {
        let text = |key: &str| self.signature.get(key).and_then(Value::as_str);
        let signature = text("sig").filter(|text| !text.is_empty());
        let Some(signature) = signature else {
            let why = "the signature is empty";
            return Checked::new(KIND, Outcome::Absent, why).with(self.proven.clone());
        };
        let Some(signature) = decode(signature) else {
            let why = "the signature is not base64";
            return Checked::not_checkable(KIND, Reason::Malformed, why).with(self.proven.clone());
        };
        match text("cert").filter(|text| !text.is_empty()) {
            Some(pem) => self.by_certificate(pem, &signature, roots, expected),
            None => self.by_key(
                text("keyid").unwrap_or_default(),
                &signature,
                roots,
                expected,
            ),
        }
    }

    fn at(&self, member: &str) -> Place {
        Place::object(format!("/signatures/{}/{member}", self.index))
    }

    fn bad(&self, proven: Proven) -> Checked {
        let checked = Checked::new(KIND, Outcome::BadSignature, "").with(proven);
        judge::conclude(checked.differing(Difference {
            outcome: Outcome::BadSignature,
            field: "signature",
            found: Some("does not verify over the payload".to_owned()),
            expected: None,
            found_at: Some(self.at("sig")),
            expected_at: Some(Place::object("/payload")),
        }))
    }

    fn by_key(&self, id: &str, signature: &[u8], roots: &Roots, expected: &Expected) -> Checked {
        let mut proven = self.proven.clone();
        let named: Vec<&Key> = candidates(roots, id);
        let key = named.iter().find(|key| key.verify(self.message, signature));
        let Some(key) = key else {
            if let Some(key) = named.iter().find(|key| key.answers_to(id)) {
                proven.signer = Some(Signer::Key(key.id.clone()));
                return self.bad(proven);
            }
            return no_key(KIND, id, named.len()).with(proven);
        };
        proven.signature = true;
        proven.chain = true;
        proven.signer = Some(Signer::Key(key.id.clone()));
        let places = Places {
            signer: self.at("keyid"),
            subject: judge::subject_of_statement,
        };
        let checked = Checked::new(KIND, Outcome::Valid, "signed by a given key").with(proven);
        let checked = expiry(checked, key, &places.signer);
        judge::finish(checked, self.statement, expected, &places)
    }

    fn by_certificate(
        &self,
        pem: &str,
        signature: &[u8],
        roots: &Roots,
        expected: &Expected,
    ) -> Checked {
        let mut proven = self.proven.clone();
        let blocks: Result<Vec<_>, _> = pem_blocks(pem, &STANDARD)
            .take(8)
            .map(|(_, der)| der)
            .collect();
        let mut blocks = blocks.unwrap_or_default().into_iter();
        let leaf = blocks.next().unwrap_or_default();
        let Ok(info) = parse_certificate_info(&DerCertificate::new(leaf.clone())) else {
            let why = "the certificate cannot be read";
            return Checked::not_checkable(KIND, Reason::Malformed, why).with(proven);
        };
        read_certificate(&mut proven, &info);
        let scheme = info.key_algorithm.default_signing_scheme();
        if !verify_with(&info.public_key, &[scheme], self.message, signature) {
            return self.bad(proven);
        }
        proven.signature = true;
        let between: Vec<_> = blocks.collect();
        let at = info.not_before.as_second();
        let place = self.at("cert");
        let root = match find_root(roots, &leaf, &between, at) {
            Ok(root) => root,
            Err(difference) => {
                let checked = Checked::new(KIND, difference.outcome, "").with(proven);
                let found_at = Some(place);
                let difference = Difference {
                    found_at,
                    ..*difference
                };
                return judge::conclude(checked.differing(difference));
            }
        };
        proven.chain = true;
        proven.root = Some(root.name.clone());
        let why = "signature and chain hold; no log entry or timestamp says when it was made";
        let checked = Checked::not_checkable(KIND, Reason::NoProofOfTime, why).with(proven);
        let places = Places {
            signer: place,
            subject: judge::subject_of_statement,
        };
        judge::finish(checked, self.statement, expected, &places)
    }
}

/// Keys that may have made a signature that says `id`: those of that name, else those that have no
/// name of their own (a PEM file's), since an id is only a hint (DSSE, "keyid").
pub(super) fn candidates<'a>(roots: &'a Roots, id: &str) -> Vec<&'a Key> {
    let named: Vec<&Key> = roots.keys.iter().filter(|key| key.answers_to(id)).collect();
    if named.is_empty() {
        let nameless = roots.keys.iter().filter(|key| !key.named);
        nameless.take(MAX_SIGNATURES).collect()
    } else {
        named
    }
}

/// No given key made it: whether it is bad or from elsewhere cannot be told.
pub(super) fn no_key(kind: &'static str, id: &str, tried: usize) -> Checked {
    let whose = if id.is_empty() {
        "signed by a key without a name, and no certificate is with it".to_owned()
    } else {
        format!("signed by key {id}")
    };
    let why = match tried {
        0 => format!("{whose}; it was not given"),
        n => format!("{whose}; it is none of the {n} that were given and tried"),
    };
    Checked::not_checkable(kind, Reason::NoKey, why)
}

/// A key that was to be used no longer at the proven time.
pub(super) fn expiry(checked: Checked, key: &Key, at: &Place) -> Checked {
    let Some(expires) = key.expires_ns else {
        return checked;
    };
    let late = checked.proven.times_ns.iter().find(|time| **time > expires);
    match late.copied() {
        Some(time) => checked.differing(Difference {
            outcome: Outcome::Expired,
            field: "signing time",
            found: Some(super::time_text(time)),
            expected: Some(format!("until {}", super::time_text(expires))),
            found_at: Some(at.clone()),
            expected_at: None,
        }),
        None if checked.proven.times_ns.is_empty() => {
            let why = "the key has an end, and nothing says when it was used";
            Checked::not_checkable(checked.kind, Reason::NoProofOfTime, why).with(checked.proven)
        }
        None => checked,
    }
}

/// The trusted root that issued `leaf`, or the difference that says why there is none.
pub(super) fn find_root<'a>(
    roots: &'a Roots,
    leaf: &[u8],
    between: &[Vec<u8>],
    at: i64,
) -> Result<&'a Root, Box<Difference>> {
    let chains = |root: &&Root| root.chain(leaf, between, at) == Chain::Holds;
    let mut trusted = roots.sigstore.iter().filter(|root| root.trusted());
    if let Some(root) = trusted.find(chains) {
        return Ok(root);
    }
    let found = roots
        .sigstore
        .iter()
        .filter(|root| !root.trusted())
        .find(chains);
    let found = found.map(|root| {
        let (name, sha256) = (&root.name.name, &root.name.sha256);
        format!("leads to {name}, found in the evidence and pinned by nothing (sha256 {sha256})")
    });
    let names = roots.sigstore.iter().filter(|root| root.trusted());
    let names: Vec<&str> = names.map(|root| root.name.name.as_str()).collect();
    Err(Box::new(Difference {
        outcome: Outcome::UntrustedRoot,
        field: "certificate chain",
        found: Some(found.unwrap_or_else(|| "leads to no known root".to_owned())),
        expected: Some(format!("one of: {}", names.join(", "))),
        found_at: None,
        expected_at: None,
    }))
}

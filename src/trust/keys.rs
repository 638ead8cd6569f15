//! Keys that were given: PEM files and npm's `keys.json`. A key is trusted because somebody named
//! it; no signature and no evidence can add one.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{
    KeyAlgorithm, SigningScheme, parse_certificate_info, verify_signature,
};
use sigstore_verify::types::{DerCertificate, DerPublicKey, SignatureBytes};

use super::RootError;

/// Files of keys are small; anything larger is not one.
const MAX_KEY_FILE: usize = 1 << 20;

/// Most keys that one file may hold.
const MAX_KEYS: usize = 1024;

/// Key files in the wild end in stray bits now and then. Whoever gave the key vouches for it, so
/// they hide nothing there; in signatures they would.
const LAX: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A public key that the user or the policy gave.
#[derive(Debug, Clone)]
pub struct Key {
    /// What envelopes call it: the file's own key id, or `sha256:` and the hex of the key's SPKI.
    pub id: String,
    /// The file it came from.
    pub source: String,
    /// Not used after: nanoseconds since 1970, UTC. Only npm's file says so.
    pub expires_ns: Option<i64>,
    /// Whether `id` is a name that envelopes can be expected to use.
    pub(super) named: bool,
    pub(super) spki: DerPublicKey,
    schemes: &'static [SigningScheme],
}

impl Key {
    fn new(id: Option<String>, source: &str, spki: Vec<u8>) -> Result<Self, RootError> {
        let digest = Sha256::digest(&spki);
        let spki = DerPublicKey::new(spki);
        let algorithm =
            KeyAlgorithm::from_spki(&spki).map_err(|why| RootError::new(source, why))?;
        let schemes: &[SigningScheme] = match algorithm {
            KeyAlgorithm::EcdsaP256 => &[
                SigningScheme::EcdsaP256Sha256,
                SigningScheme::EcdsaP256Sha384,
            ],
            KeyAlgorithm::EcdsaP384 => &[
                SigningScheme::EcdsaP384Sha384,
                SigningScheme::EcdsaP384Sha256,
            ],
            KeyAlgorithm::Ed25519 => &[SigningScheme::Ed25519],
            KeyAlgorithm::Rsa => &[
                SigningScheme::RsaPkcs1Sha256,
                SigningScheme::RsaPssSha256,
                SigningScheme::RsaPkcs1Sha384,
                SigningScheme::RsaPkcs1Sha512,
                SigningScheme::RsaPssSha384,
                SigningScheme::RsaPssSha512,
            ],
            other => {
                return Err(RootError::new(
                    source,
                    format!("keys of {other:?} are not read"),
                ));
            }
        };
        Ok(Self {
            named: id.is_some(),
            id: id.unwrap_or_else(|| format!("sha256:{}", super::hex(&digest))),
            source: source.to_owned(),
            expires_ns: None,
            spki,
            schemes,
        })
    }

    /// Reads every key of a file: PEM blocks `PUBLIC KEY` (SPKI), `RSA PUBLIC KEY` (PKCS#1) and
    /// `CERTIFICATE` (its key alone), or a JSON list of keys as npm's registry and its TUF
    /// repository publish it.
    ///
    /// # Errors
    /// Says what in the file is not a key that can be used.
    pub fn read(source: &str, bytes: &[u8]) -> Result<Vec<Self>, RootError> {
        if bytes.len() > MAX_KEY_FILE {
            return Err(RootError::new(source, "too large for a file of keys"));
        }
        let text = std::str::from_utf8(bytes).map_err(|why| RootError::new(source, why))?;
        let keys = if text.trim_start().starts_with('{') {
            from_json(source, text)?
        } else {
            let blocks = pem_blocks(text, &LAX).take(MAX_KEYS);
            blocks
                .filter_map(|(label, der)| from_pem(source, label, &der).transpose())
                .collect::<Result<Vec<_>, _>>()?
        };
        if keys.is_empty() {
            return Err(RootError::new(source, "no key in it"));
        }
        Ok(keys)
    }

    /// Whether `signature` over `message` is this key's. ECDSA signatures are ASN.1, as DSSE and
    /// Sigstore write them; a key of RSA is tried with PKCS#1 v1.5 and PSS.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        verify_with(&self.spki, self.schemes, message, signature)
    }

    /// Whether an envelope that says `hint` may mean this key: by its id, or by the bare hex of its digest.
    pub(super) fn answers_to(&self, hint: &str) -> bool {
        !hint.is_empty() && (self.id == hint || self.id.strip_prefix("sha256:") == Some(hint))
    }
}

/// Whether `signature` verifies by any of `schemes`. Some signers (Google's KMS among them) write an
/// ECDSA signature as two numbers of fixed width instead of ASN.1; both say the same.
pub(super) fn verify_with(
    spki: &DerPublicKey,
    schemes: &[SigningScheme],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let holds = |signature: &[u8]| {
        let signature = SignatureBytes::from_bytes(signature);
        schemes
            .iter()
            .any(|scheme| verify_signature(spki, message, &signature, *scheme).is_ok())
    };
    let width = match schemes.first() {
        Some(SigningScheme::EcdsaP256Sha256) => 32,
        Some(SigningScheme::EcdsaP384Sha384) => 48,
        _ => 0,
    };
    let fixed = width > 0 && signature.len() == 2 * width;
    holds(signature) || (fixed && holds(&asn1(signature.split_at(width))))
}

/// ECDSA-Sig-Value (RFC 3279, 2.2.3) of two numbers of fixed width.
fn asn1((r, s): (&[u8], &[u8])) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let mut digits = bytes[zeros.min(bytes.len() - 1)..].to_vec();
        if digits[0] & 0x80 != 0 {
            digits.insert(0, 0);
        }
        der(0x02, &digits)
    };
    der(0x30, &[number(r), number(s)].concat())
}

fn from_pem(
    source: &str,
    label: &str,
    der: &Result<Vec<u8>, String>,
) -> Result<Option<Key>, RootError> {
    let der = || der.clone().map_err(|why| RootError::new(source, why));
    let spki = match label {
        "PUBLIC KEY" => der()?,
        "RSA PUBLIC KEY" => spki_of_rsa(&der()?),
        "CERTIFICATE" => parse_certificate_info(&DerCertificate::new(der()?))
            .map_err(|why| RootError::new(source, why))?
            .public_key
            .as_bytes()
            .to_vec(),
        _ => return Ok(None),
    };
    Key::new(None, source, spki).map(Some)
}

fn from_json(source: &str, text: &str) -> Result<Vec<Key>, RootError> {
    let value: Value = serde_json::from_str(text).map_err(|why| RootError::new(source, why))?;
    let list = value.get("keys").and_then(Value::as_array);
    let list = list.ok_or_else(|| RootError::new(source, "no list of keys in it"))?;
    let mut keys = Vec::new();
    for item in list.iter().take(MAX_KEYS) {
        let text_at = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
        let id = text_at("/keyid").or_else(|| text_at("/keyId"));
        let spki = text_at("/key").or_else(|| text_at("/publicKey/rawBytes"));
        let (Some(id), Some(spki)) = (id, spki) else {
            return Err(RootError::new(
                source,
                "a key without an id or without its bytes",
            ));
        };
        let spki = STANDARD
            .decode(spki)
            .map_err(|why| RootError::new(source, why))?;
        let mut key = Key::new(Some(id.to_owned()), source, spki)?;
        let expires = text_at("/expires").or_else(|| text_at("/publicKey/validFor/end"));
        if let Some(expires) = expires {
            let time = chrono::DateTime::parse_from_rfc3339(expires)
                .map_err(|why| RootError::new(source, why))?;
            key.expires_ns = time.timestamp_nanos_opt();
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The PEM blocks of a text (RFC 7468, lax about white space): label and decoded bytes, by `engine`.
pub(super) fn pem_blocks<'a>(
    text: &'a str,
    engine: &'a GeneralPurpose,
) -> impl Iterator<Item = (&'a str, Result<Vec<u8>, String>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find("-----BEGIN ")? + "-----BEGIN ".len();
        let (label, body) = rest[start..].split_once("-----")?;
        let (inside, after) = body.split_once("-----END ")?;
        rest = after.strip_prefix(label)?.strip_prefix("-----")?;
        let joined: String = inside.split_ascii_whitespace().collect();
        Some((label, engine.decode(joined).map_err(|why| why.to_string())))
    })
}

/// Wraps a PKCS#1 key into a SubjectPublicKeyInfo (RFC 3279, 2.3.1).
pub(super) fn spki_of_rsa(pkcs1: &[u8]) -> Vec<u8> {
    const ALGORITHM: &[u8] = &[
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let bits = der(0x03, &[&[0], pkcs1].concat());
    der(0x30, &[ALGORITHM, &bits].concat())
}

/// One DER value of a definite length.
pub(super) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            // A length of at most eight bytes always fits.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend_from_slice(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

//! A DSSE envelope: a payload in base64 and the signatures over it (secure-systems-lab/dsse,
//! envelope v1).

use serde_json::Value;

use super::base64::decode;
use super::certificate::Certificate;
use crate::formats::read::bounded;
use crate::formats::read::field::text;
use crate::model::id;

/// What an envelope says, read so leniently that only a payload that cannot be decoded is an error.
pub struct Envelope<'a> {
    /// The decoded payload.
    pub payload: Vec<u8>,
    signatures: &'a [Value],
}

impl<'a> Envelope<'a> {
    /// Reads the envelope that `value` is.
    ///
    /// # Errors
    /// There is no payload, or it is not base64.
    pub fn read(value: &'a Value) -> Result<Self, String> {
        let payload = value.get("payload").ok_or("the envelope has no payload")?;
        let payload = payload
            .as_str()
            .and_then(decode)
            .ok_or("the payload is not base64")?;
        let signatures = value.get("signatures").and_then(Value::as_array);
        Ok(Self {
            payload,
            signatures: signatures.map_or(&[], Vec::as_slice),
        })
    }

    /// The digest that ties this envelope to its statement.
    pub fn digest(&self) -> String {
        format!("sha256:{}", id::sha256_hex(&self.payload))
    }

    /// The entries that hold a signature.
    pub fn signatures(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.signatures
            .iter()
            .filter(|entry| text(entry, "/sig").is_some())
    }

    /// `absent` without a signature, else `not_checked`.
    pub fn signature_state(&self) -> &'static str {
        if self.signatures().next().is_some() {
            "not_checked"
        } else {
            "absent"
        }
    }

    /// Key ids, or certificate identities where a signature names no key, separated by blanks.
    pub fn signers(&self) -> Option<String> {
        let signer = |entry| {
            let key = text(entry, "/keyid").map(str::to_owned);
            key.or_else(|| certificate(entry)?.identity)
        };
        let signers: Vec<String> = self.signatures().filter_map(signer).collect();
        (!signers.is_empty()).then(|| bounded(&signers.join(" ")).to_owned())
    }

    /// The first certificate that stands beside a signature.
    pub fn certificate(&self) -> Option<Certificate> {
        self.signatures().find_map(certificate)
    }
}

/// The certificate that slsa-github-generator v1 puts beside a signature.
fn certificate(signature: &Value) -> Option<Certificate> {
    Certificate::from_pem(signature.get("cert")?.as_str()?)
}

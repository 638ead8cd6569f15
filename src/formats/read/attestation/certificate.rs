//! What a Fulcio certificate says of the build that asked for it.
//!
//! Fulcio copies claims of the build's OIDC token into extensions under 1.3.6.1.4.1.57264.1
//! (sigstore/fulcio, docs/oid-info.md): repository, commit, ref, run, trigger. The certificate
//! authority vouches for them, the builder alone vouches for the predicate; so they are the better
//! side of a join, and a contradiction between the two is worth showing. Numbers 1 to 6 are the
//! first generation, raw text and only for GitHub; from 8 on they are DER strings for any provider.
//!
//! What it is not: a validation of the certificate or of its chain.

use std::collections::BTreeMap;

use super::base64::decode;
use super::der::{Der, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, UTF8_STRING, explicit, instant};
use super::workflow::{Run, workflow_path};
use crate::formats::read::bounded;
use crate::model::delivery::Attestation;
use crate::model::id;

/// 2.5.29.17, the subject's alternative names.
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// 1.3.6.1.4.1.57264.1, the arc of Fulcio's extensions.
const FULCIO: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01];

/// Last numbers of Fulcio's extensions.
const V1_ISSUER: u8 = 1;
const V1_TRIGGER: u8 = 2;
const V1_SHA: u8 = 3;
const V1_REPOSITORY: u8 = 5;
const V1_REF: u8 = 6;
const ISSUER: u8 = 8;
const BUILD_SIGNER_URI: u8 = 9;
const SOURCE_REPOSITORY_URI: u8 = 12;
const SOURCE_REPOSITORY_DIGEST: u8 = 13;
const SOURCE_REPOSITORY_REF: u8 = 14;
const BUILD_CONFIG_URI: u8 = 18;
const BUILD_TRIGGER: u8 = 20;
const RUN_INVOCATION_URI: u8 = 21;

/// The parts of an X.509 certificate that bear on an investigation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The alternative name: the address of the workflow that signed, or a person's mail address.
    pub identity: Option<String>,
    valid_from_ns: Option<i64>,
    claims: BTreeMap<u8, String>,
}

impl Certificate {
    /// Reads a certificate between its PEM lines; of a chain, the first.
    pub fn from_pem(text: &str) -> Option<Self> {
        let (_, text) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (text, _) = text.split_once("-----END")?;
        Self::from_der(&decode(text)?)
    }

    /// Reads a certificate.
    pub fn from_der(bytes: &[u8]) -> Option<Self> {
        let mut signed = Der::new(bytes).inside(SEQUENCE)?.inside(SEQUENCE)?;
        // Signature algorithm, issuer, validity, subject, key: validity is the third sequence.
        let validity = signed.clone().filter(|(tag, _)| *tag == SEQUENCE).nth(2);
        let valid_from = validity.and_then(|(_, content)| instant(Der::new(content).next()?));
        let mut certificate = Self {
            valid_from_ns: valid_from,
            ..Self::default()
        };
        let extensions = signed
            .inside(explicit(3))
            .and_then(|mut list| list.inside(SEQUENCE));
        for (_, extension) in extensions.into_iter().flatten() {
            certificate.add(extension);
        }
        Some(certificate)
    }

    fn add(&mut self, extension: &[u8]) -> Option<()> {
        let mut extension = Der::new(extension);
        let oid = extension.content(OBJECT_IDENTIFIER)?;
        let value = extension.content(OCTET_STRING)?;
        if oid == ALTERNATIVE_NAME {
            self.identity = alternative_name(value);
        } else if let Some([number]) = oid.strip_prefix(FULCIO) {
            let content = if *number < ISSUER {
                value
            } else {
                Der::new(value).next()?.1
            };
            self.claims.insert(*number, text(content)?);
        }
        Some(())
    }

    /// When it was used: Fulcio issues at the moment of signing, for minutes. Absent where the
    /// certificate is a long-lived one of another authority.
    pub fn signed_ns(&self) -> Option<i64> {
        self.valid_from_ns.filter(|_| !self.claims.is_empty())
    }

    /// The claims, as the columns that SLSA provenance has for the same facts.
    pub fn facts(&self) -> Attestation<'static> {
        let run = self.claim(&[RUN_INVOCATION_URI]).and_then(Run::from_url);
        let issuer = self.claim(&[ISSUER, V1_ISSUER]).unwrap_or_default();
        let github = run.is_some() || issuer.contains("//token.actions.githubusercontent.com");
        let owned = |numbers: &[u8]| self.claim(numbers).map(|text| text.to_owned().into());
        let repository = self.claim(&[SOURCE_REPOSITORY_URI, V1_REPOSITORY]);
        let sha = self.claim(&[SOURCE_REPOSITORY_DIGEST, V1_SHA]);
        let path = self.claim(&[BUILD_CONFIG_URI]).and_then(workflow_path);
        Attestation {
            builder_id: owned(&[BUILD_SIGNER_URI]),
            repository: repository.and_then(id::repository).map(Into::into),
            source_ref: owned(&[SOURCE_REPOSITORY_REF, V1_REF]),
            sha: sha.and_then(id::commit).map(Into::into),
            provider: github.then(|| "github".into()),
            attempt: run.as_ref().and_then(|run| run.attempt),
            run_id: run.map(|run| run.id.into()),
            event: owned(&[BUILD_TRIGGER, V1_TRIGGER]),
            workflow_path: path.map(|path| path.to_owned().into()),
            ..Attestation::default()
        }
    }

    /// The first of `numbers` that the certificate has.
    fn claim(&self, numbers: &[u8]) -> Option<&str> {
        numbers
            .iter()
            .find_map(|number| self.claims.get(number))
            .map(String::as_str)
    }
}

/// The name that tells most: an address, else a mail address, else the user name that Fulcio keeps
/// in a name of its own kind.
fn alternative_name(value: &[u8]) -> Option<String> {
    const MAIL: u8 = 0x81;
    const URI: u8 = 0x86;
    let names = Der::new(value).inside(SEQUENCE)?;
    let of = |tag| names.clone().content(tag).and_then(text);
    let other = || {
        let mut name = names.clone().inside(explicit(0))?.inside(explicit(0))?;
        name.content(UTF8_STRING).and_then(text)
    };
    of(URI).or_else(|| of(MAIL)).or_else(other)
}

fn text(content: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content)
        .ok()
        .filter(|text| !text.is_empty())?;
    Some(bounded(text).to_owned())
}

#[cfg(test)]
pub(in crate::formats) mod tests {
    use base64::Engine as _;
    use proptest::prelude::*;

    use super::super::der::UTC_TIME;
    use super::super::der::tests::element;
    use super::*;

    const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

    fn claim(number: u8, value: &[u8]) -> Vec<u8> {
        extension(&[FULCIO, &[number]].concat(), value)
    }

    fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
        let critical = element(0x01, &[0xff]);
        let parts = [
            element(OBJECT_IDENTIFIER, oid),
            critical,
            element(OCTET_STRING, value),
        ];
        element(SEQUENCE, &parts.concat())
    }

    fn certificate(extensions: &[Vec<u8>]) -> Vec<u8> {
        let validity = [
            element(UTC_TIME, b"260203040506Z"),
            element(UTC_TIME, b"260203041506Z"),
        ];
        let signed = [
            element(explicit(0), &element(0x02, &[2])),
            element(0x02, &[9]),
            element(SEQUENCE, &[]),
            element(SEQUENCE, &[]),
            element(SEQUENCE, &validity.concat()),
            element(SEQUENCE, &[]),
            element(SEQUENCE, &[]),
            element(explicit(3), &element(SEQUENCE, &extensions.concat())),
        ];
        element(SEQUENCE, &element(SEQUENCE, &signed.concat()))
    }

    fn named(tag: u8, name: &[u8]) -> Vec<u8> {
        extension(ALTERNATIVE_NAME, &element(SEQUENCE, &element(tag, name)))
    }

    /// A certificate of run 42 of a workflow in acme/shop, of 3 February 2026.
    pub fn workflow_certificate() -> Vec<u8> {
        let signer = "https://github.com/acme/ci/.github/workflows/sign.yml@refs/tags/v1";
        let config = "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main";
        let run = "https://github.com/acme/shop/actions/runs/42/attempts/3";
        let claims = [
            (ISSUER, "https://token.actions.githubusercontent.com"),
            (BUILD_SIGNER_URI, signer),
            (SOURCE_REPOSITORY_URI, "https://github.com/Acme/Shop"),
            (SOURCE_REPOSITORY_DIGEST, SHA),
            (SOURCE_REPOSITORY_REF, "refs/heads/main"),
            (BUILD_CONFIG_URI, config),
            (BUILD_TRIGGER, "push"),
            (RUN_INVOCATION_URI, run),
        ];
        let claims = claims.map(|(n, text)| claim(n, &element(UTF8_STRING, text.as_bytes())));
        certificate(&[vec![named(0x86, signer.as_bytes())], claims.to_vec()].concat())
    }

    /// The PEM form, with its lines.
    pub fn pem(der: &[u8]) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn claims_become_facts() {
        let read = Certificate::from_pem(&pem(&workflow_certificate())).unwrap();
        let facts = read.facts();
        assert_eq!(facts.repository.as_deref(), Some("github.com/acme/shop"));
        assert_eq!(facts.sha.as_deref(), Some(SHA));
        assert_eq!(facts.source_ref.as_deref(), Some("refs/heads/main"));
        assert_eq!(
            (facts.run_id.as_deref(), facts.attempt),
            (Some("42"), Some(3))
        );
        assert_eq!(
            facts.workflow_path.as_deref(),
            Some(".github/workflows/release.yml")
        );
        assert_eq!(facts.event.as_deref(), Some("push"));
        assert_eq!(facts.provider.as_deref(), Some("github"));
        assert_eq!(facts.builder_id, read.identity.map(Into::into));
    }

    #[test]
    fn the_first_generation_is_raw_text() {
        let claims = [
            claim(V1_ISSUER, b"https://token.actions.githubusercontent.com"),
            claim(V1_TRIGGER, b"release"),
            claim(V1_SHA, SHA.as_bytes()),
            claim(V1_REPOSITORY, b"acme/shop"),
            claim(V1_REF, b"refs/tags/v2"),
        ];
        let facts = Certificate::from_der(&certificate(&claims))
            .unwrap()
            .facts();
        assert_eq!(facts.repository.as_deref(), Some("github.com/acme/shop"));
        assert_eq!(facts.sha.as_deref(), Some(SHA));
        assert_eq!(
            (facts.event.as_deref(), facts.provider.as_deref()),
            (Some("release"), Some("github"))
        );
        assert_eq!(facts.source_ref.as_deref(), Some("refs/tags/v2"));
        assert_eq!(facts.run_id, None);
    }

    #[test]
    fn identities_of_people_and_long_lived_certificates() {
        let of = |extension| Certificate::from_der(&certificate(&[extension])).unwrap();
        assert_eq!(
            of(named(0x81, b"ada@example.org")).identity.as_deref(),
            Some("ada@example.org")
        );
        let user = element(explicit(0), &element(UTF8_STRING, b"ada!example.org"));
        let other = [element(OBJECT_IDENTIFIER, FULCIO), user].concat();
        assert_eq!(
            of(named(explicit(0), &other)).identity.as_deref(),
            Some("ada!example.org")
        );
        assert_eq!(
            of(named(0x86, b"https://releases.example")).signed_ns(),
            None
        );
    }

    #[test]
    fn damage_never_panics() {
        let der = workflow_certificate();
        for end in 0..der.len() {
            assert_eq!(Certificate::from_der(&der[..end]), None);
            for flip in [0x01, 0x80, 0xff] {
                let mut flipped = der.clone();
                flipped[end] ^= flip;
                if let Some(read) = Certificate::from_der(&flipped) {
                    read.facts();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Certificate::from_der(&bytes);
        }
    }
}

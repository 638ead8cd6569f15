//! What is trusted: Sigstore trust roots, given keys, an allowed-signers file, OpenPGP certificates.
//!
//! A root is parsed once and shared by every check. Roots found in evidence are kept apart: such a
//! root makes nothing valid unless the policy pins its SHA-256, for evidence never vouches for
//! itself. Each root carries the newest start of validity in it, since an embedded root does not
//! know keys that were rotated in later.

use std::fmt::Display;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use sha2::{Digest as _, Sha256};
use sigstore_trust_root::{
    SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_PRODUCTION_TRUSTED_ROOT, SIGSTORE_STAGING_TRUSTED_ROOT,
    TrustedRoot,
};
use sigstore_verify::crypto::WEBPKI_VERIFICATION_ALGS;
use sigstore_verify::{VerificationPolicy, Verifier};
use webpki::{EndEntityCert, KeyUsage};

use super::allowed::AllowedSigners;
use super::certificates::Certificates;
use super::keys::Key;
use super::result::{Origin, RootName};

/// A trust root is some kilobytes.
const MAX_ROOT: usize = 4 << 20;

/// DER of id-kp-codeSigning's value, 1.3.6.1.5.5.7.3.3 (RFC 5280, 4.2.1.12).
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];

/// A file of trust material that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct RootError {
    /// The file.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

impl RootError {
    pub(super) fn new(name: &str, why: impl Display) -> Self {
        Self {
            name: name.to_owned(),
            why: why.to_string(),
        }
    }
}

/// One Sigstore trust root, ready to check with.
pub struct Root {
    pub(super) name: RootName,
    pub(super) verifier: Verifier,
    pub(super) policy: VerificationPolicy,
    authorities: Vec<(TrustAnchor<'static>, (i64, i64))>,
    certificates: Vec<Vec<u8>>,
    logs: Vec<Vec<u8>>,
}

/// Why a chain does not lead to a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    Holds,
    /// Not this root's certificate.
    Unknown,
    /// It names this root's authority, but is not what that authority signed, or not for signing.
    Broken,
}

impl Root {
    /// Parses a `trusted_root.json` (sigstore protobuf-specs, `TrustedRoot`).
    ///
    /// # Errors
    /// Says what is malformed, or which key or certificate cannot be used.
    pub fn read(name: &str, json: &[u8], origin: Origin) -> Result<Self, RootError> {
        let fail = |why: &dyn Display| RootError::new(name, why);
        if json.len() > MAX_ROOT {
            return Err(fail(&"too large for a trust root"));
        }
        let text = std::str::from_utf8(json).map_err(|why| fail(&why))?;
        let root = TrustedRoot::from_json(text).map_err(|why| fail(&why))?;
        let verifier = Verifier::new(&root).map_err(|why| fail(&why))?;
        let mut authorities = Vec::new();
        let mut certificates = Vec::new();
        for authority in &root.certificate_authorities {
            let window = authority.valid_for.map_or((i64::MIN, i64::MAX), |window| {
                let end = match window.end {
                    Some(end) => end.as_second(),
                    None => i64::MAX,
                };
                (window.start.as_second(), end)
            });
            for certificate in &authority.cert_chain.certificates {
                let der = CertificateDer::from(certificate.raw_bytes.as_bytes());
                let anchor = webpki::anchor_from_trusted_cert(&der).map_err(|why| fail(&why))?;
                authorities.push((anchor.to_owned(), window));
                certificates.push(certificate.raw_bytes.as_bytes().to_vec());
            }
        }
        // GitHub's own instance runs neither log: a root that names none has none to ask for. A
        // root that names one asks for it, always.
        let mut policy = VerificationPolicy::any_identity();
        if root.tlogs.is_empty() && root.ctlogs.is_empty() {
            policy = policy.skip_tlog_unsafe().skip_sct();
        }
        let log_id =
            |log: &sigstore_trust_root::TransparencyLog| log.log_id.key_id.as_bytes().to_vec();
        Ok(Self {
            name: RootName {
                name: name.to_owned(),
                sha256: super::hex(&Sha256::digest(json)),
                newest: newest(&root),
                origin,
            },
            verifier,
            policy,
            authorities,
            certificates,
            logs: root.tlogs.iter().map(log_id).collect(),
        })
    }

    /// Its name, digest, date and origin.
    #[must_use]
    pub const fn name(&self) -> &RootName {
        &self.name
    }

    pub(super) fn trusted(&self) -> bool {
        self.name.origin != Origin::Evidence
    }

    /// Whether the root has a log at all; without one, an authority's clock is the only one.
    pub(super) fn has_logs(&self) -> bool {
        !self.logs.is_empty()
    }

    /// Whether the root knows the log of this id.
    pub(super) fn knows_log(&self, id: &[u8]) -> bool {
        self.logs.iter().any(|log| log == id)
    }

    /// Whether the very bytes are one of the root's certificates.
    pub(super) fn holds(&self, der: &[u8]) -> bool {
        self.certificates
            .iter()
            .any(|certificate| certificate == der)
    }

    /// Whether `leaf` was issued for code signing under this root, looked at from `at` (seconds
    /// since 1970). Path building is webpki's (RFC 5280, section 6).
    pub(super) fn chain(&self, leaf: &[u8], between: &[Vec<u8>], at: i64) -> Chain {
        let within = |window: &(i64, i64)| window.0 <= at && at <= window.1;
        let anchors = self.authorities.iter().filter(|(_, window)| within(window));
        let anchors: Vec<_> = anchors.map(|(anchor, _)| anchor.clone()).collect();
        let leaf = CertificateDer::from(leaf);
        let (Ok(leaf), Ok(at)) = (EndEntityCert::try_from(&leaf), u64::try_from(at)) else {
            return Chain::Broken;
        };
        let between: Vec<_> = between
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let result = leaf.verify_for_usage(
            WEBPKI_VERIFICATION_ALGS,
            &anchors,
            &between,
            UnixTime::since_unix_epoch(Duration::from_secs(at)),
            KeyUsage::required(CODE_SIGNING),
            None,
            None,
        );
        match result {
            Ok(_) => Chain::Holds,
            Err(webpki::Error::UnknownIssuer) => Chain::Unknown,
            Err(_) => Chain::Broken,
        }
    }
}

/// The newest start of validity in a root, as a date.
fn newest(root: &TrustedRoot) -> String {
    let keys = root.tlogs.iter().map(|log| log.public_key.valid_for);
    let more = root.ctlogs.iter().map(|log| log.public_key.valid_for);
    let authorities = root.certificate_authorities.iter().map(|it| it.valid_for);
    let clocks = root.timestamp_authorities.iter().map(|it| it.valid_for);
    let all = keys.chain(more).chain(authorities).chain(clocks).flatten();
    let newest = all.map(|window| window.start).max();
    newest.map_or_else(
        || "no dates".to_owned(),
        |time| time.to_string().chars().take(10).collect(),
    )
}

/// Everything that is trusted, prepared once and shared: `Roots` is `Sync`.
#[derive(Default)]
pub struct Roots {
    pub(super) sigstore: Vec<Root>,
    pub(super) keys: Vec<Key>,
    pub(super) allowed: Option<AllowedSigners>,
    pub(super) openpgp: Option<Certificates>,
}

impl Roots {
    /// Nothing at all: then nothing can be valid.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The roots that are built in: Sigstore's public good instance, GitHub's and staging, as of
    /// the release of `sigstore-trust-root`. Staging signs tests, yet a bundle from it is better
    /// named than unknown; a policy that wants it out expects an identity or gives its own roots.
    ///
    /// # Errors
    /// Only if the library ships a root that it cannot read.
    pub fn embedded() -> Result<Self, RootError> {
        let roots = [
            ("sigstore public good", SIGSTORE_PRODUCTION_TRUSTED_ROOT),
            ("github", SIGSTORE_GITHUB_TRUSTED_ROOT),
            ("sigstore staging", SIGSTORE_STAGING_TRUSTED_ROOT),
        ];
        let read = |(name, json): (&str, &str)| Root::read(name, json.as_bytes(), Origin::Embedded);
        Ok(Self {
            sigstore: roots.into_iter().map(read).collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// Adds a root that the user or the policy names (`--trust-root FILE`).
    ///
    /// # Errors
    /// Says why the file is not a usable trust root.
    pub fn give_root(&mut self, name: &str, json: &[u8]) -> Result<(), RootError> {
        self.sigstore.push(Root::read(name, json, Origin::Given)?);
        Ok(())
    }

    /// Adds a root found in the evidence. It counts only if `pinned` holds its SHA-256 (hex);
    /// otherwise it can only explain: what verifies under it alone is an untrusted root.
    ///
    /// # Errors
    /// Says why the file is not a usable trust root.
    pub fn found_root(
        &mut self,
        name: &str,
        json: &[u8],
        pinned: &[String],
    ) -> Result<(), RootError> {
        let sha256 = super::hex(&Sha256::digest(json));
        let named = pinned.iter().any(|pin| pin.eq_ignore_ascii_case(&sha256));
        let origin = if named {
            Origin::Pinned
        } else {
            Origin::Evidence
        };
        self.sigstore.push(Root::read(name, json, origin)?);
        Ok(())
    }

    /// Adds the keys of a file (`--key FILE`), see [`Key::read`]; returns how many.
    ///
    /// # Errors
    /// Says what in the file is not a usable key.
    pub fn give_keys(&mut self, name: &str, bytes: &[u8]) -> Result<usize, RootError> {
        let keys = Key::read(name, bytes)?;
        let added = keys.len();
        self.keys.extend(keys);
        Ok(added)
    }

    /// Sets the allowed signers of commits and tags (`ssh-keygen(1)`, ALLOWED SIGNERS).
    ///
    /// # Errors
    /// Says which line cannot be read.
    pub fn give_allowed_signers(&mut self, name: &str, bytes: &[u8]) -> Result<(), RootError> {
        let read = AllowedSigners::read(name, bytes)?;
        self.allowed.get_or_insert_default().extend(read);
        Ok(())
    }

    /// Adds OpenPGP certificates for commits and tags, see [`Certificates::read`]. Whoever gives
    /// one vouches for its user ids.
    ///
    /// # Errors
    /// Says which certificate cannot be used.
    pub fn give_openpgp(&mut self, name: &str, bytes: &[u8]) -> Result<(), RootError> {
        let read = Certificates::read(name, bytes)?;
        self.openpgp.get_or_insert_default().extend(read);
        Ok(())
    }

    /// The roots by name, digest, date and origin, in the order in which they are tried.
    pub fn names(&self) -> impl Iterator<Item = &RootName> {
        self.sigstore.iter().map(Root::name)
    }

    /// The given keys.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }
}

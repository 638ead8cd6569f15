//! SSH signatures (openssh PROTOCOL.sshsig) against an allowed-signers file.
//!
//! The format is a handful of length-prefixed strings, so it is read here; the mathematics is
//! aws-lc's. An allowed-signers file is what makes a key mean a person: without one the signature
//! can be sound and still prove nothing. The only clock is the signer's own word.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::allowed::Verdict;
use super::expected::Expected;
use super::judge::{self, Places};
use super::keys::pem_blocks;
use super::result::{Checked, Clock, Difference, Outcome, Place, Proven, Reason, Signer};
use super::roots::Roots;

const KIND: &str = "ssh";

/// Largest armoured signature, in bytes: one of RSA 8192 takes three thousand.
const MAX_SIGNATURE: usize = 64 << 10;

/// Reads length-prefixed strings (RFC 4251, section 5).
pub(super) struct Wire<'a>(pub &'a [u8]);

impl<'a> Wire<'a> {
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    pub fn number(&mut self) -> Option<u32> {
        let bytes = self.take(4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }

    pub fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    /// A positive multiple-precision integer without its leading zero.
    fn integer(&mut self) -> Option<&'a [u8]> {
        let bytes = self.string()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..)
    }
}

struct Signature<'a> {
    key: &'a [u8],
    namespace: &'a str,
    reserved: &'a [u8],
    hash: &'a str,
    blob: &'a [u8],
}

fn read(blob: &[u8]) -> Option<Signature<'_>> {
    let mut wire = Wire(blob);
    if wire.take(6)? != b"SSHSIG" || wire.number()? != 1 {
        return None;
    }
    let signature = Signature {
        key: wire.string()?,
        namespace: wire.text()?,
        reserved: wire.string()?,
        hash: wire.text()?,
        blob: wire.string()?,
    };
    wire.0.is_empty().then_some(signature)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing longer than the bounded signature is ever written.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

impl Signature<'_> {
    /// What the key signed: the message's hash in an envelope of its own.
    fn signed(&self, message: &[u8]) -> Option<Vec<u8>> {
        let hash = match self.hash {
            "sha256" => digest(&SHA256, message),
            "sha512" => digest(&SHA512, message),
            _ => return None,
        };
        let mut out = b"SSHSIG".to_vec();
        for part in [
            self.namespace.as_bytes(),
            self.reserved,
            self.hash.as_bytes(),
            hash.as_ref(),
        ] {
            put(&mut out, part);
        }
        Some(out)
    }

    /// Whether the key signed `message`; `None` for algorithms that are not checked, among them
    /// SHA-1, DSA and certificates.
    fn verify(&self, message: &[u8]) -> Option<bool> {
        let signed = self.signed(message)?;
        let (mut key, mut wire) = (Wire(self.key), Wire(self.blob));
        let (kind, algorithm) = (key.text()?, wire.text()?);
        let signature = wire.string()?;
        match (kind, algorithm) {
            ("ssh-ed25519", "ssh-ed25519") => Some(ed25519(key.string()?, &signed, signature)),
            ("ssh-rsa", "rsa-sha2-256" | "rsa-sha2-512") => {
                let (e, n) = (key.integer()?, key.integer()?);
                let key = RsaPublicKeyComponents { n, e };
                let parameters = if algorithm == "rsa-sha2-256" {
                    &RSA_PKCS1_2048_8192_SHA256
                } else {
                    &RSA_PKCS1_2048_8192_SHA512
                };
                Some(key.verify(parameters, &signed, signature).is_ok())
            }
            (kind, algorithm) if kind == algorithm && kind.starts_with("ecdsa-sha2-nistp") => {
                let (curve, point) = (key.text()?, key.string()?);
                ecdsa(curve, point, &signed, signature)
            }
            ("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com") => {
                let public = key.string()?;
                let signed = by_hardware(key.string()?, &mut wire, &signed)?;
                Some(signed.is_some_and(|signed| ed25519(public, &signed, signature)))
            }
            ("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com") => {
                let (curve, point) = (key.text()?, key.string()?);
                match by_hardware(key.string()?, &mut wire, &signed)? {
                    Some(signed) => ecdsa(curve, point, &signed, signature),
                    None => Some(false),
                }
            }
            _ => None,
        }
    }
}

/// What a FIDO key signs (openssh PROTOCOL.u2f); `Some(None)` if nobody touched it.
#[allow(clippy::option_option)]
fn by_hardware(application: &[u8], wire: &mut Wire<'_>, signed: &[u8]) -> Option<Option<Vec<u8>>> {
    const USER_PRESENT: u8 = 1;
    let flags = *wire.take(1)?.first()?;
    let counter = wire.take(4)?;
    if flags & USER_PRESENT == 0 {
        return Some(None);
    }
    let mut out = digest(&SHA256, application).as_ref().to_vec();
    out.push(flags);
    out.extend_from_slice(counter);
    out.extend_from_slice(digest(&SHA256, signed).as_ref());
    Some(Some(out))
}

fn ed25519(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key)
        .verify(signed, signature)
        .is_ok()
}

fn ecdsa(curve: &str, point: &[u8], signed: &[u8], signature: &[u8]) -> Option<bool> {
    let (algorithm, width) = match curve {
        "nistp256" => (&ECDSA_P256_SHA256_FIXED, 32),
        "nistp384" => (&ECDSA_P384_SHA384_FIXED, 48),
        "nistp521" => (&ECDSA_P521_SHA512_FIXED, 66),
        _ => return None,
    };
    let mut wire = Wire(signature);
    let mut fixed = Vec::with_capacity(2 * width);
    for _ in 0..2 {
        let integer = wire.integer()?;
        fixed.resize(fixed.len() + width.checked_sub(integer.len())?, 0);
        fixed.extend_from_slice(integer);
    }
    Some(
        UnparsedPublicKey::new(algorithm, point)
            .verify(signed, &fixed)
            .is_ok(),
    )
}

/// `SHA256:…` of a public key's wire form, as `ssh-keygen -l` prints it.
fn fingerprint(key: &[u8]) -> String {
    let hash = digest(&SHA256, key);
    format!("SHA256:{}", STANDARD_NO_PAD.encode(hash.as_ref()))
}

/// Checks an armoured SSH signature over `message` in `namespace` (`git` for commits and tags).
/// `claimed_ns` is when the signer says it was made (nanoseconds since 1970, UTC): it is what an
/// allowed-signers line's `valid-after` and `valid-before` are measured by, as git does.
#[must_use]
pub fn verify_ssh(
    message: &[u8],
    armoured: &str,
    namespace: &str,
    claimed_ns: Option<i64>,
    roots: &Roots,
    expected: &Expected,
) -> Checked {
    let start = Checked::new(KIND, Outcome::Valid, "signed by an allowed key");
    let proven = Proven::default();
    check(
        start.with(proven),
        message,
        armoured,
        namespace,
        claimed_ns,
        roots,
        expected,
    )
}

pub(super) fn check(
    start: Checked,
    message: &[u8],
    armoured: &str,
    namespace: &str,
    claimed_ns: Option<i64>,
    roots: &Roots,
    expected: &Expected,
) -> Checked {
    let kind = start.kind;
    let mut proven = start.proven;
    let malformed = |proven: Proven| {
        let why = "not an SSH signature";
        Checked::not_checkable(kind, Reason::Malformed, why).with(proven)
    };
    if armoured.len() > MAX_SIGNATURE {
        let why = format!("a signature of more than {MAX_SIGNATURE} bytes");
        return Checked::not_checkable(kind, Reason::TooLarge, why).with(proven);
    }
    // Nothing but the armour: what stands beside it would be signed by nobody.
    let armour = armoured.trim_ascii();
    let whole = armour.starts_with("-----BEGIN SSH SIGNATURE-----")
        && armour.ends_with("-----END SSH SIGNATURE-----");
    if !whole || armour.matches("-----END ").count() != 1 {
        return malformed(proven);
    }
    let block = pem_blocks(armoured, &STANDARD).find(|(label, _)| *label == "SSH SIGNATURE");
    let Some((_, Ok(blob))) = block else {
        return malformed(proven);
    };
    let Some(signature) = read(&blob) else {
        return malformed(proven);
    };
    let fingerprint = fingerprint(signature.key);
    proven.signer = Some(Signer::Key(fingerprint.clone()));
    if let Some(time) = claimed_ns {
        (proven.clock, proven.times_ns) = (Clock::Claimed, vec![time]);
    }
    let place = Place::object("");
    let differing = |proven: Proven, outcome, field, found: String, expected: Option<String>| {
        let checked = Checked::new(kind, outcome, "").with(proven);
        judge::conclude(checked.differing(Difference {
            outcome,
            field,
            found: Some(found),
            expected,
            found_at: Some(place.clone()),
            expected_at: None,
        }))
    };
    match signature.verify(message) {
        Some(true) => proven.signature = true,
        Some(false) => {
            let why = "does not verify over the object".to_owned();
            return differing(proven, Outcome::BadSignature, "signature", why, None);
        }
        None => {
            let why = "a key or hash of a kind that is not checked (SHA-1, DSA, SSH certificates)";
            return Checked::not_checkable(kind, Reason::Unsupported, why).with(proven);
        }
    }
    if signature.namespace != namespace {
        let (found, asked) = (signature.namespace.to_owned(), namespace.to_owned());
        return differing(
            proven,
            Outcome::WrongSubject,
            "namespace",
            found,
            Some(asked),
        );
    }
    let Some(allowed) = &roots.allowed else {
        let why =
            format!("the signature holds for {fingerprint}; no allowed-signers file was given");
        return Checked::not_checkable(kind, Reason::NoKey, why).with(proven);
    };
    match allowed.ask(signature.key, namespace, claimed_ns) {
        Verdict::Allowed(principals) => {
            proven.chain = true;
            proven.signer = Some(Signer::Principal {
                principals,
                fingerprint,
            });
        }
        Verdict::NotThen(principals, window) => {
            proven.signer = Some(Signer::Principal {
                principals,
                fingerprint,
            });
            let time = claimed_ns.map_or_else(|| "no time".to_owned(), super::time_text);
            return differing(proven, Outcome::Expired, "signing time", time, Some(window));
        }
        Verdict::Unknown => {
            let asked = Some("a key of the allowed-signers file".to_owned());
            return differing(proven, Outcome::UntrustedRoot, "key", fingerprint, asked);
        }
    }
    let places = Places {
        signer: place,
        subject: |_| Place::object(""),
    };
    let checked = Checked::new(kind, Outcome::Valid, start.detail).with(proven);
    judge::finish(checked, None, expected, &places)
}

//! OpenPGP signatures of commits and tags (RFC 9580) against certificates that were given.
//!
//! The crate `pgp` parses packets and does the mathematics; what it adds up to is judged here and in
//! `certificates`. The only clock is the signer's own word, as for SSH.
//!
//! The unsigned part of a signature may name its issuer and nothing else, packets must be written as
//! this program or GitHub would write them, and armour must be whole (a wrong checksum is
//! refused, though RFC 9580, 6.1, would have it ignored): no byte of it may differ unnoticed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    Packet, PacketHeader, PacketParser, PacketTrait, Signature, SignatureType, SignatureVersion,
    SubpacketData,
};
use pgp::ser::Serialize;
use pgp::types::{
    EcdsaPublicParams, EddsaLegacyPublicParams, Fingerprint, KeyDetails, KeyVersion, PacketLength,
    PublicParams, SignatureBytes, VerifyingKey,
};

use super::certificates::{Problem, Rank};
use super::expected::Expected;
use super::judge::{self, Places};
use super::result::{Checked, Clock, Difference, Outcome, Place, Proven, Reason, Signer};
use super::roots::Roots;

/// Largest armoured signature that is read, in bytes.
const MAX_ARMOUR: usize = 64 << 10;

/// Fewer bits of RSA are no proof: RFC 9580, 12.4, and what is asked of SSH's keys.
const MIN_RSA_BITS: u16 = 2048;

/// Keys of RSA are multiples of this long, in bytes.
const RSA_STEP: usize = 128;

/// Whether `key` made the signature over `message`; `None` for keys that are not checked.
pub(super) fn verifies(
    signature: &Signature,
    key: &impl VerifyingKey,
    message: &[u8],
) -> Option<bool> {
    let named = signature.config().map(|config| config.pub_alg);
    usable(key).then(|| named == Some(key.algorithm()) && signature.verify(key, message).is_ok())
}

/// Keys that prove something: neither short RSA, nor DSA, nor curves outside RFC 9580, 9.2.
pub(super) fn usable(key: &impl KeyDetails) -> bool {
    match key.public_params() {
        PublicParams::RSA(key) => {
            // A number begins with how many bits it has (RFC 9580, 3.2).
            let bits = key.to_bytes().unwrap_or_default();
            let bits = bits.first_chunk().map(|bits| u16::from_be_bytes(*bits));
            bits.is_some_and(|bits| bits >= MIN_RSA_BITS)
        }
        PublicParams::ECDSA(key) => matches!(
            key,
            EcdsaPublicParams::P256 { .. }
                | EcdsaPublicParams::P384 { .. }
                | EcdsaPublicParams::P521 { .. }
        ),
        PublicParams::EdDSALegacy(key) => matches!(key, EddsaLegacyPublicParams::Ed25519 { .. }),
        PublicParams::Ed25519(_) | PublicParams::Ed448(_) => true,
        _ => false,
    }
}

/// Hashes that bind: not MD5, SHA-1, RIPEMD-160 (RFC 9580, 9.5), nor the short SHA-224.
pub(super) fn strong(signature: &Signature) -> bool {
    matches!(
        signature.hash_alg(),
        Some(
            HashAlgorithm::Sha256
                | HashAlgorithm::Sha384
                | HashAlgorithm::Sha512
                | HashAlgorithm::Sha3_256
                | HashAlgorithm::Sha3_512
        )
    )
}

pub(super) fn hashed(signature: &Signature) -> impl Iterator<Item = &SubpacketData> {
    let all = signature.config().into_iter();
    all.flat_map(|config| config.hashed_subpackets().map(|it| &it.data))
}

/// What is critical and not understood makes a signature void (RFC 9580, 5.2.3.7); no notation is
/// understood here.
pub(super) fn unknown(signature: &Signature) -> Option<&'static str> {
    let mut all = signature.config()?.hashed_subpackets();
    all.find_map(|it| match &it.data {
        _ if !it.is_critical => None,
        SubpacketData::Notation(_) => Some("a critical notation"),
        SubpacketData::Experimental(..)
        | SubpacketData::Other(..)
        | SubpacketData::TrustSignature(..)
        | SubpacketData::RegularExpression(_)
        | SubpacketData::SignatureTarget(..)
        | SubpacketData::IntendedRecipientFingerprint(_) => {
            Some("a critical subpacket that is not known here")
        }
        _ => None,
    })
}

/// When a signature says it was made; `None` unless it says so once.
pub(super) fn made(signature: &Signature) -> Option<u32> {
    let mut times = hashed(signature).filter_map(|data| match data {
        SubpacketData::SignatureCreationTime(time) => Some(time.as_secs()),
        _ => None,
    });
    times.next().filter(|_| times.next().is_none())
}

/// When a signature ends by its own word (RFC 9580, 5.2.3.18); zero is never.
pub(super) fn ends(signature: &Signature, made: u32) -> Option<u64> {
    let lives = hashed(signature).filter_map(|data| match data {
        SubpacketData::SignatureExpirationTime(life) => Some(life.as_secs()),
        _ => None,
    });
    let life = lives.filter(|life| *life > 0).min()?;
    Some(u64::from(made) + u64::from(life))
}

/// Whether a signature names its issuer, and nobody but `key`. Rightly, for where it is named is
/// signed by nobody.
pub(super) fn names_only(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (ids, prints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
    let named = !ids.is_empty() || !prints.is_empty();
    named
        && ids.iter().all(|it| **it == key.legacy_key_id())
        && prints.iter().all(|it| **it == key.fingerprint())
}

/// The issuer's key id, from its fingerprint if that alone is told (RFC 9580, 5.5.4.3).
pub(super) fn key_id(signature: &Signature) -> Option<&[u8]> {
    if let Some(id) = signature.issuer_key_id().into_iter().next() {
        return Some(id.as_ref());
    }
    let print = signature.issuer_fingerprint().into_iter().next()?;
    let bytes = print.as_bytes();
    if print.version() == Some(KeyVersion::V4) {
        bytes.last_chunk::<8>().map(<[u8; 8]>::as_slice)
    } else {
        bytes.first_chunk::<8>().map(<[u8; 8]>::as_slice)
    }
}

/// The issuer in hex: the fingerprint if it is told, else the key id.
fn issuer(signature: &Signature) -> Option<String> {
    let print = signature.issuer_fingerprint().into_iter().next();
    let id = signature.issuer_key_id().into_iter().next();
    let bytes = print.map(Fingerprint::as_bytes);
    let bytes = bytes.or_else(|| id.map(AsRef::as_ref))?;
    Some(super::hex(bytes).to_ascii_uppercase())
}

pub(super) fn fingerprint(key: &impl KeyDetails) -> String {
    super::hex(key.fingerprint().as_bytes()).to_ascii_uppercase()
}

pub(super) fn time(seconds: u64) -> String {
    // The sum of two numbers of 32 bits is far from the end of nanoseconds.
    let ns = i64::try_from(seconds).ok();
    ns.and_then(|it| it.checked_mul(1_000_000_000))
        .map_or_else(String::new, super::time_text)
}

/// Lines without the white space that may end them in armour (RFC 9580, 6.2).
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .map(|line| line.trim_end_matches([' ', '\t', '\r']))
}

/// What is in the armour, after its first line: headers, an empty line, the bytes, a checksum that
/// may be missing, `end`.
pub(super) fn unarmour<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
    end: &str,
) -> Option<Vec<u8>> {
    while let Some(header) = Some(lines.next()?).filter(|line| !line.is_empty()) {
        header.split_once(':')?;
    }
    let (mut body, mut sum) = (String::new(), None);
    loop {
        let line = lines.next()?;
        if line == end {
            break;
        }
        match line.strip_prefix('=') {
            _ if sum.is_some() => return None,
            Some(text) => sum = Some(STANDARD.decode(text).ok()?),
            None => body.push_str(line),
        }
    }
    let bytes = STANDARD.decode(body).ok()?;
    let right = sum.is_none_or(|sum| sum == crc24(&bytes));
    right.then_some(bytes)
}

/// RFC 9580, 6.1.1.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let sum = bytes.iter().fold(0x00b7_04ce_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 16, |sum, _| {
            let next = sum << 1;
            next ^ if next & 0x0100_0000 == 0 {
                0
            } else {
                0x0186_4cfb
            }
        })
    });
    let [_, high, middle, low] = sum.to_be_bytes();
    [high, middle, low]
}

/// Whether `bytes` are `signature` in one of two spellings. A number begins with how many bits it has
/// (RFC 9580, 3.2); GitHub, signing by RSA, states the bits of its key and writes the zeros before
/// the number.
fn is_spelled(signature: &Signature, bytes: &[u8]) -> pgp::errors::Result<bool> {
    let body = signature.to_bytes()?;
    let with_header = |body: &[u8]| -> pgp::errors::Result<Vec<u8>> {
        let (header, length) = (signature.packet_header(), u32::try_from(body.len())?);
        let length = PacketLength::Fixed(length);
        let header = PacketHeader::from_parts(header.version(), header.tag(), length)?;
        Ok([header.to_bytes()?.as_slice(), body].concat())
    };
    if with_header(&body)? == bytes {
        return Ok(true);
    }
    let Some(SignatureBytes::Mpis(numbers)) = signature.signature() else {
        return Ok(false);
    };
    let [number] = numbers.as_slice() else {
        return Ok(false);
    };
    let full = number.len().next_multiple_of(RSA_STEP);
    let bits = u16::try_from(full * 8)?.to_be_bytes();
    let (head, zeros) = (
        body.len().saturating_sub(2 + number.len()),
        vec![0; full - number.len()],
    );
    let head = body.get(..head).unwrap_or_default();
    let body = [head, &bits, &zeros, number.as_ref()].concat();
    Ok(with_header(&body)? == bytes)
}

/// The one signature in an armour.
fn read(armour: &str) -> Result<Signature, (Reason, String)> {
    let malformed = |why: &str| (Reason::Malformed, why.to_owned());
    if armour.len() > MAX_ARMOUR {
        let why = format!("a signature of more than {MAX_ARMOUR} bytes");
        return Err((Reason::TooLarge, why));
    }
    let mut lines = lines(armour);
    let first = lines.next() == Some("-----BEGIN PGP SIGNATURE-----");
    let bytes = unarmour(&mut lines, "-----END PGP SIGNATURE-----").filter(|_| first);
    // Nothing but the armour: what stands beside it would be signed by nobody.
    let bytes = bytes.filter(|_| lines.all(str::is_empty));
    let bytes = bytes.ok_or_else(|| malformed("not the armour of an OpenPGP signature"))?;
    let mut packets = PacketParser::new(bytes.as_slice());
    let Some(Ok(Packet::Signature(signature))) = packets.next() else {
        return Err(malformed("not an OpenPGP signature"));
    };
    if !is_spelled(&signature, &bytes).unwrap_or_default() {
        let why = "more than one OpenPGP signature, or one that is oddly written";
        return Err(malformed(why));
    }
    Ok(signature)
}

/// Why a signature proves nothing, whoever made it.
fn refused(signature: &Signature) -> Option<(Reason, &'static str)> {
    let Some(config) = signature.config().filter(|config| {
        let version = config.version();
        matches!(version, SignatureVersion::V4 | SignatureVersion::V6)
    }) else {
        return Some((
            Reason::Unsupported,
            "an OpenPGP signature of another version than 4 and 6",
        ));
    };
    let other = !matches!(config.typ, SignatureType::Binary | SignatureType::Text);
    let beside = config.unhashed_subpackets().any(|it| {
        let issuer = matches!(
            it.data,
            SubpacketData::IssuerKeyId(_) | SubpacketData::IssuerFingerprint(_)
        );
        !issuer || it.is_critical
    });
    if other {
        let why = "an OpenPGP signature that is not one over a document";
        Some((Reason::Unsupported, why))
    } else if !strong(signature) {
        let why =
            "an OpenPGP signature by a hash that binds nothing (MD5, SHA-1, RIPEMD-160, SHA-224)";
        Some((Reason::Unsupported, why))
    } else if let Some(why) = unknown(signature) {
        Some((Reason::Unsupported, why))
    } else if beside {
        let why = "the unsigned part of the signature holds more than its issuer";
        Some((Reason::Malformed, why))
    } else if made(signature).is_none() {
        Some((
            Reason::Malformed,
            "an OpenPGP signature that does not say when it was made",
        ))
    } else if issuer(signature).is_none() {
        Some((
            Reason::Unsupported,
            "an OpenPGP signature that does not say whose it is",
        ))
    } else {
        None
    }
}

/// Checks an armoured signature over `message` (RFC 9580, 5.2 and 10.3). `start` is what the caller
/// knows of the object, and what it is called if it is valid.
pub(super) fn check(
    start: Checked,
    message: &[u8],
    armour: &str,
    roots: &Roots,
    expected: &Expected,
) -> Checked {
    let (kind, mut proven) = (start.kind, start.proven);
    let stop =
        |proven: Proven, reason, why: &str| Checked::not_checkable(kind, reason, why).with(proven);
    let signature = match read(armour) {
        Ok(signature) => signature,
        Err((reason, why)) => return stop(proven, reason, &why),
    };
    let whose = issuer(&signature).unwrap_or_default();
    proven.signer = Some(Signer::Key(whose.clone())).filter(|_| !whose.is_empty());
    let at = made(&signature).unwrap_or_default();
    if at > 0 {
        (proven.clock, proven.times_ns) = (Clock::Claimed, vec![i64::from(at) * 1_000_000_000]);
    }
    if let Some((reason, why)) = refused(&signature) {
        return stop(proven, reason, why);
    }
    let Some(certificates) = &roots.openpgp else {
        let why = format!("an OpenPGP signature by {whose}; no OpenPGP certificate was given");
        return stop(proven, Reason::NoKey, &why);
    };
    let differing = |proven: Proven, problems: Vec<Problem>| {
        let mut checked = Checked::new(kind, Outcome::Valid, "").with(proven);
        for (outcome, field, found, expected) in problems {
            checked = checked.differing(Difference {
                outcome,
                field,
                found: Some(found),
                expected: expected.map(ToOwned::to_owned),
                found_at: Some(Place::object("")),
                expected_at: None,
            });
        }
        judge::conclude(checked)
    };
    let ranked = certificates.ask(&signature).into_iter();
    let ranked = ranked.map(|it| (it.rank(&signature, message, at), it));
    let Some((rank, candidate)) = ranked.min_by(|a, b| a.0.cmp(&b.0)) else {
        let asked = Some("a key of the OpenPGP certificates that were given");
        return differing(proven, vec![(Outcome::UntrustedRoot, "key", whose, asked)]);
    };
    match rank {
        Rank::Unusable => {
            let why = "an OpenPGP key of a kind that is not checked (RSA below 2048 bits, DSA, other curves)";
            return stop(proven, Reason::Unsupported, why);
        }
        Rank::Bad => {
            let why = "does not verify over the object".to_owned();
            let problem = (Outcome::BadSignature, "signature", why, None);
            return differing(proven, vec![problem]);
        }
        Rank::Valid | Rank::Problems | Rank::Foreign => proven.signature = true,
    }
    let fingerprint = fingerprint(&candidate.certificate.key);
    let principals = candidate.certificate.principals(at);
    // An empty list of principals would be one principal without a name.
    if rank != Rank::Foreign {
        proven.signer = Some(if principals.is_empty() {
            Signer::Key(fingerprint)
        } else {
            Signer::Principal {
                principals,
                fingerprint,
            }
        });
    }
    if rank != Rank::Valid {
        if candidate.weak(at) {
            let why = "the certificate binds the key by keys or hashes that bind nothing (SHA-1, short RSA, DSA)";
            return stop(proven, Reason::Unsupported, why);
        }
        return differing(proven, candidate.problems(at));
    }
    if let Some(end) = ends(&signature, at) {
        let why = format!("the signature ends {} by its own word", time(end));
        return stop(proven, Reason::NoProofOfTime, &why);
    }
    proven.chain = true;
    let places = Places {
        signer: Place::object(""),
        subject: |_| Place::object(""),
    };
    let checked = Checked::new(kind, Outcome::Valid, start.detail).with(proven);
    judge::finish(checked, None, expected, &places)
}

//! What a signature proves, offline.
//!
//! A signature check answers one narrow question: did the holder of this key sign these bytes. In
//! May 2026 packages with valid provenance carried malware, so the answer alone is no verdict.
//! This room therefore says four things side by side: whether the mathematics holds, which trust
//! root or key it leads to and by whose clock, who signed against who was expected, and what was
//! signed against what is at hand. One enum, [`Outcome`], holds every answer, in the same words in
//! table, pane, JSON and report; every field that differs keeps both values and where they stand.
//!
//! Three rules hold throughout. Evidence never vouches for itself: a root or key counts only if the
//! user or the policy names it. Any identity never authorises: without an expected signer a
//! signature can be valid, yet [`Checked::authorises`] stays false. What cannot be decided without a
//! network, a key or more bytes is said to be so, with the reason; it is neither valid nor bad.
//!
//! Sigstore bundles are checked by `sigstore-verify`, chains by `rustls-webpki`, signatures by
//! `aws-lc-rs`, OpenPGP packets and their signatures by `pgp`; envelopes, SSH signatures and all
//! judging are ours. What it is not: a verdict on a release (see `policy`), a proof that a file is
//! the subject (digests are compared by the caller's set), or a revocation check: an OpenPGP key is
//! revoked where the certificate that was given says so.
//!
//! Nothing here reads a file, a network or an environment. The library under `bundle` compares
//! signing times to the machine's clock for one purpose: to refuse signatures from the future.

mod allowed;
mod bundle;
pub mod census;
mod certificates;
pub mod claims;
mod dsse;
mod expected;
mod git;
pub mod history;
mod judge;
mod keys;
mod openpgp;
mod result;
mod roots;
mod ssh;
pub mod subject;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::Value;

pub use allowed::AllowedSigners;
pub use census::{TrustError, Trusted};
pub use certificates::Certificates;
pub use expected::{Digests, Expected, Identity, Pattern};
pub use git::{GitObject, verify_git};
pub use keys::Key;
pub use result::{
    Checked, Clock, Difference, Judged, Origin, Outcome, Part, Place, Proven, Reason, RootName,
    Signer,
};
pub use roots::{Root, RootError, Roots};
pub use ssh::verify_ssh;

/// Largest object that is read, in bytes.
pub const MAX_OBJECT: usize = 32 << 20;

/// Checks one signed object: a Sigstore bundle, a bare DSSE envelope, an entry of npm's
/// attestations or of `gh attestation verify` (a bundle in a wrapper), or a statement that nobody
/// signed. Never fails: what cannot be read is [`Outcome::NotCheckable`] and says why. Pointers in
/// the result start at `object`.
///
/// Formats: sigstore/protobuf-specs `sigstore_bundle.proto` v0.1 to v0.3; secure-systems-lab/dsse
/// envelope v1; in-toto Statement v0.1 and v1.
#[must_use]
pub fn verify(object: &[u8], roots: &Roots, expected: &Expected) -> Checked {
    let malformed = |why: String| Checked::not_checkable("unknown", Reason::Malformed, why);
    if object.len() > MAX_OBJECT {
        let why = format!("larger than {MAX_OBJECT} bytes");
        return Checked::not_checkable("unknown", Reason::TooLarge, why);
    }
    let text = match std::str::from_utf8(object) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(why) => return malformed(why.to_string()),
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => verify_value(&value, Some(text), roots, expected),
        Err(why) => malformed(why.to_string()),
    }
}

/// The same for an object that is already parsed. `text` is what it was parsed from, if that is at
/// hand: it lets doubled keys be refused.
#[must_use]
pub fn verify_value(
    value: &Value,
    text: Option<&str>,
    roots: &Roots,
    expected: &Expected,
) -> Checked {
    for wrapper in ["/bundle", "/attestation/bundle"] {
        if let Some(inner) = value.pointer(wrapper).filter(|inner| bundle::is(inner)) {
            let mut checked = bundle::check(inner, None, roots, expected);
            below(&mut checked, wrapper);
            return match value.get("predicateType").and_then(Value::as_str) {
                Some(outer) => judge::wrapper(checked, outer, "/predicateType"),
                None => checked,
            };
        }
    }
    if bundle::is(value) {
        bundle::check(value, text, roots, expected)
    } else if value.get("payload").is_some() && value.get("payloadType").is_some() {
        dsse::check(value, roots, expected)
    } else if value.get("_type").is_some() && value.get("subject").is_some() {
        let mut proven = Proven {
            subjects: subject::read(value),
            ..Proven::default()
        };
        let predicate = value.get("predicateType").and_then(Value::as_str);
        proven.predicate_type = predicate.map(ToOwned::to_owned);
        Checked::new(
            "statement",
            Outcome::Absent,
            "a statement that nobody signed",
        )
        .with(proven)
    } else {
        let why = "neither a bundle, nor an envelope, nor a statement";
        Checked::not_checkable("unknown", Reason::Malformed, why)
    }
}

/// Moves the object's pointers below a member of its wrapper.
fn below(checked: &mut Checked, prefix: &str) {
    let differences = checked.differences.iter_mut();
    for difference in differences.chain(&mut checked.remarks) {
        let places = [&mut difference.found_at, &mut difference.expected_at];
        for place in places.into_iter().flatten() {
            if place.part == Part::Object {
                place.pointer.insert_str(0, prefix);
            }
        }
    }
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// RFC 3339, UTC, to the second.
fn time_text(ns: i64) -> String {
    let time = chrono::DateTime::from_timestamp_nanos(ns);
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

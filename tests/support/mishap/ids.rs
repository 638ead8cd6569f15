//! Ids that look like each system's own and depend on a label alone (SHA-256 underneath).

use sha2::{Digest as _, Sha256};

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A git object id: 40 hex digits.
pub fn sha(label: &str) -> String {
    hex(&hash(label)[..20])
}

/// 64 hex digits.
pub fn sha256(label: &str) -> String {
    hex(&hash(label))
}

/// A random-looking UUID, version 4.
pub fn uuid(label: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash(label)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    let cut = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    cut.join("-")
}

/// A number below `bound`.
pub fn number(label: &str, bound: u64) -> u64 {
    let first = hash(label);
    let first = first.iter().take(8);
    first.fold(0, |number: u64, byte| number << 8 | u64::from(*byte)) % bound.max(1)
}

fn text(label: &str, length: usize, alphabet: &[u8]) -> String {
    let letter = |byte: &u8| char::from(alphabet[usize::from(*byte) % alphabet.len()]);
    hash(label).iter().take(length).map(letter).collect()
}

/// Letters of a pod's or replica set's generated name.
pub fn kube(label: &str, length: usize) -> String {
    text(label, length, b"bcdfghjklmnpqrstvwxz2456789")
}

/// Capitals and digits, as AWS ids have.
pub fn capitals(label: &str, length: usize) -> String {
    text(label, length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

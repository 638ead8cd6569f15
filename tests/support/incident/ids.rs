//! Ids that look like each system's own and depend on a label alone.

use sha2::{Digest as _, Sha256};

/// SHA-256 of a text.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A git object id of 40 hex digits.
pub fn sha(content: &str) -> String {
    hex(&hash(content)[..20])
}

/// 64 hex digits.
pub fn sha256(content: &str) -> String {
    hex(&hash(content))
}

/// A random-looking UUID, version 4.
pub fn uuid(label: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash(label)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}

/// A number below `bound`.
pub fn number(label: &str, bound: u64) -> u64 {
    hash(label)
        .iter()
        .take(8)
        .fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
        % bound
}

/// Text over an alphabet.
fn text(label: &str, length: usize, alphabet: &[u8]) -> String {
    let bytes = hash(label)
        .into_iter()
        .chain(hash(&format!("{label} more")));
    bytes
        .take(length)
        .map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
        .collect()
}

/// Letters of a pod's or replica set's generated name: no vowels, no 0, 1 and 3.
pub fn kube(label: &str, length: usize) -> String {
    text(label, length, b"bcdfghjklmnpqrstvwxz2456789")
}

/// Letters and digits, as API ids have.
pub fn alphanumeric(label: &str, length: usize) -> String {
    text(
        label,
        length,
        b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    )
}

/// Capitals and digits, as AWS ids have.
pub fn capitals(label: &str, length: usize) -> String {
    text(label, length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

//! Base64 as attestations hold it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;

/// Base64 of either alphabet, padded or not, broken into lines or not: writers disagree, and DSSE
/// tells readers to take both.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let standard: Vec<u8> = symbols
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        })
        .collect();
    STANDARD_PAD_INDIFFERENT.decode(standard).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn every_spelling_of_base64_is_read() {
        let text: Vec<u8> = (0..=255).collect();
        let standard = STANDARD.encode(&text);
        let lines = standard
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap());
        assert_eq!(
            decode(&lines.collect::<Vec<_>>().join("\r\n")),
            Some(text.clone())
        );
        assert_eq!(decode(standard.trim_end_matches('=')), Some(text.clone()));
        assert_eq!(decode(&URL_SAFE_NO_PAD.encode(&text)), Some(text));
        assert_eq!(decode("not base64!"), None);
    }
}

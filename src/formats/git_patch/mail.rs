//! The header of a mail that `git format-patch` wrote: folded lines, encoded words, `[PATCH 1/2]`.

use base64::Engine as _;

use crate::formats::read::cut;

/// RFC 2047 caps an encoded word at 75 characters; looking no further keeps hostile input cheap.
const LONGEST_WORD: usize = 1024;

/// A header's value with its encoded words (RFC 2047) decoded.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let (mut rest, mut after_word) = (text, false);
    while let Some((plain, candidate)) = rest
        .find("=?")
        .and_then(|start| rest.split_at_checked(start))
    {
        let found = word(candidate);
        // Blanks between two encoded words come from folding.
        if found.is_none() || !after_word || !plain.trim().is_empty() {
            decoded.push_str(plain);
        }
        after_word = found.is_some();
        let (text, length) = found.unwrap_or_else(|| ("=?".to_owned(), 2));
        decoded.push_str(&text);
        rest = candidate.get(length..).unwrap_or_default();
    }
    decoded + rest
}

/// The encoded word that `text` starts with, decoded, and its length.
fn word(text: &str) -> Option<(String, usize)> {
    let window = cut(text, LONGEST_WORD);
    let mut parts = window.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, data) = (parts.next()?, parts.next()?, parts.next()?);
    let (data, _) = data.split_once("?=")?;
    let bytes = match encoding {
        "q" | "Q" => quoted_printable(data),
        "b" | "B" => base64::engine::general_purpose::STANDARD
            .decode(data)
            .ok()?,
        _ => return None,
    };
    let text = if charset.eq_ignore_ascii_case("iso-8859-1") {
        bytes.iter().copied().map(char::from).collect()
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Some((
        text,
        charset.len() + encoding.len() + data.len() + "=????=".len(),
    ))
}

fn quoted_printable(data: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = after
            .first_chunk::<2>()
            .filter(|_| *byte == b'=')
            .and_then(|digits| hex(*digits));
        bytes.push(escaped.unwrap_or(if *byte == b'_' { b' ' } else { *byte }));
        rest = if escaped.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    bytes
}

fn hex(digits: [u8; 2]) -> Option<u8> {
    let sound = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(&digits).ok().filter(|_| sound)?;
    u8::from_str_radix(text, 16).ok()
}

/// A mail's subject without the `[PATCH 1/2]` that git puts before it.
pub(super) fn subject(text: &str) -> &str {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    bare.filter(|(tag, _)| tag.contains("PATCH"))
        .map_or(text, |(_, subject)| subject.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (text, expected) in [
            (
                "=?UTF-8?q?J=C3=B6rg=20=C3=96z?= <j@ex.org>",
                "Jörg Öz <j@ex.org>",
            ),
            (
                "Fix =?UTF-8?q?caf=C3=A9_?= =?UTF-8?b?w7xi?= now",
                "Fix café üb now",
            ),
            ("=?iso-8859-1?Q?J=F6?=", "Jö"),
            ("a =? b =?x?q?c", "a =? b =?x?q?c"),
            ("=?UTF-8?q?=4?= =?u?z?a?=", "=4 =?u?z?a?="),
        ] {
            assert_eq!(decode(text), expected);
        }
    }

    #[test]
    fn the_tag_of_a_series_is_dropped() {
        assert_eq!(subject("[RFC PATCH v2 3/7] Pay once"), "Pay once");
        assert_eq!(subject("[pay] once"), "[pay] once");
    }
}

//! Canonical forms: what it means for two ids to be equal.
//!
//! Sources spell the same thing differently (`git@github.com:o/r.git`, `https://github.com/o/r`,
//! `git+https://github.com/o/r@refs/heads/main`). Each function here takes one such spelling and
//! gives the one that the tables hold, or `None` where the text is not of that kind.

use sha2::{Digest as _, Sha256};

/// A full commit id: 40 or 64 hex digits, given in lower case. The all-zero id is none.
#[must_use]
pub fn commit(text: &str) -> Option<String> {
    let text = text.trim();
    let full = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    (full && text.bytes().any(|b| b != b'0')).then(|| text.to_ascii_lowercase())
}

/// An abbreviated or full commit id: 7 to 64 hex digits with at least one letter or 12 digits, so
/// that a date or a ticket number is not taken for one.
#[must_use]
pub fn commit_prefix(text: &str) -> Option<String> {
    let text = text.trim();
    let hex = (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let telling = text.len() >= 12 || text.bytes().any(|b| b.is_ascii_alphabetic());
    (hex && telling).then(|| text.to_ascii_lowercase())
}

/// A repository as `host/owner/name` in lower case. `owner/name` alone is taken to be on
/// github.com, the only forge that abbreviates so.
#[must_use]
pub fn repository(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("git+").unwrap_or(text);
    let text = text
        .strip_prefix("git@")
        .map_or_else(|| text.to_owned(), |rest| rest.replacen(':', "/", 1));
    let text = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    let text = text.split_once('@').map_or(text, |(left, right)| {
        // `user:token@host/…` before the path, `…@refs/heads/main` after it.
        if left.contains('/') { left } else { right }
    });
    let text = text
        .split(['?', '#'])
        .next()
        .unwrap_or(text)
        .trim_end_matches('/');
    let text = text.strip_suffix(".git").unwrap_or(text);
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let sound = |part: &&str| {
        part.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:~".contains(&b))
    };
    if !parts.iter().all(sound) {
        return None;
    }
    match parts.as_slice() {
        ["api.github.com", "repos", owner, name, ..] | ["github.com", owner, name, ..] => {
            Some(format!("github.com/{owner}/{name}"))
        }
        [owner, name] if !owner.contains('.') => Some(["github.com", owner, name].join("/")),
        [_, _, _, ..] => Some(parts.join("/")),
        _ => None,
    }
    .map(|name| name.to_ascii_lowercase())
}

/// An artifact digest as `algorithm:hex` in lower case, from `sha256:…`, `repo@sha256:…`,
/// `docker-pullable://repo@sha256:…`, `pkg:oci/app@sha256%3A…`, or bare 64 hex digits.
#[must_use]
pub fn digest(text: &str) -> Option<String> {
    let text = text.trim().replace("%3A", ":").replace("%3a", ":");
    let tail = text
        .rsplit_once('@')
        .map_or(text.as_str(), |(_, tail)| tail);
    let tail = tail.split(['?', '&', '#']).next().unwrap_or(tail);
    let (algorithm, hex) = match tail.rsplit_once(':') {
        Some((algorithm, hex)) => (algorithm.rsplit('/').next().unwrap_or(algorithm), hex),
        None => ("sha256", tail),
    };
    digest_of(algorithm, hex)
}

/// A digest from its algorithm and hex value, as in-toto writes them, checked for length.
#[must_use]
pub fn digest_of(algorithm: &str, hex: &str) -> Option<String> {
    let algorithm = algorithm.to_ascii_lowercase();
    let length = match algorithm.as_str() {
        "sha256" => 64,
        "sha512" => 128,
        "sha384" => 96,
        "sha1" | "gitcommit" => 40,
        _ => return None,
    };
    let sound = hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit());
    sound.then(|| format!("{algorithm}:{}", hex.to_ascii_lowercase()))
}

/// Splits an image reference into its name and its tag, without the digest.
#[must_use]
pub fn image(text: &str) -> (String, Option<String>) {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split_once('@').map_or(text, |(name, _)| name);
    match text.rsplit_once(':') {
        // A colon before the last slash belongs to a registry's port.
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
        _ => (text.to_owned(), None),
    }
}

/// A container id without its runtime's prefix.
#[must_use]
pub fn container(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, id)| id)
}

/// The workload behind a pod's name: `checkout-6d5f9c7b8-x2x4q` is of `checkout`. `None` where the
/// name has no such ending.
#[must_use]
pub fn workload(pod: &str) -> Option<&str> {
    let (rest, unique) = pod.rsplit_once('-')?;
    let (name, template) = rest.rsplit_once('-')?;
    let sound = unique.len() == 5 && (6..=10).contains(&template.len());
    (sound && is_drawn(unique) && is_drawn(template)).then_some(name)
}

/// True for text that Kubernetes may have drawn: its alphabet has no vowels and no 0, 1 and 3, older
/// versions drew hex digits. Digits alone may be drawn too (about one hash in a hundred, one
/// suffix in 850), while dates, tickets and counters always are.
fn is_drawn(text: &str) -> bool {
    let drawn = |byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte) || byte.is_ascii_hexdigit();
    text.bytes().all(drawn) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A trace id from 32 or 16 hex digits of any case, or base64 of 16 bytes (Tempo). Zero is none.
#[must_use]
pub fn trace(text: &str) -> Option<u128> {
    let value = match text.len() {
        1..=32 if text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u128::from_str_radix(text, 16).ok()?
        }
        24 => u128::from_be_bytes(base64_bytes(text)?),
        _ => return None,
    };
    (value != 0).then_some(value)
}

/// A span id from 16 hex digits of any case, or base64 of 8 bytes (Tempo). Zero is none.
#[must_use]
pub fn span(text: &str) -> Option<u64> {
    let value = match text.len() {
        1..=16 if text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u64::from_str_radix(text, 16).ok()?
        }
        12 => u64::from_be_bytes(base64_bytes(text)?),
        _ => return None,
    };
    (value != 0).then_some(value)
}

fn base64_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    bytes.try_into().ok()
}

/// git-ai's session key: `s_` and the first 14 hex digits of `sha256("tool:session_id")`
/// (git-ai standard v3.0.0).
#[must_use]
pub fn session_hash(tool: &str, session_id: &str) -> String {
    format!(
        "s_{}",
        &sha256_hex(format!("{tool}:{session_id}").as_bytes())[..14]
    )
}

/// The id of a file in the tables: it comes from the content, so that the same evidence gives the
/// same rows in any order of loading.
#[must_use]
pub fn file_id(sha256: &str) -> i64 {
    let bits = u64::from_str_radix(sha256.get(..16).unwrap_or("0"), 16).unwrap_or(0);
    i64::try_from(bits >> 1).unwrap_or(0)
}

/// SHA-256 as lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The first 64 bits of the SHA-256 of `bytes`: an id that comes from content.
#[must_use]
pub fn content_id(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(8)
        .fold(0, |id, byte| id << 8 | u64::from(*byte))
}

/// Lower-case hex of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Ticket keys in free text: `SHOP-142` (two or more capitals, a dash, digits).
pub fn ticket_keys(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| {
            word.split_once('-').is_some_and(|(project, number)| {
                (2..=10).contains(&project.len())
                    && project
                        .bytes()
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                    && project.starts_with(|c: char| c.is_ascii_uppercase())
                    && (1..=7).contains(&number.len())
                    && number.bytes().all(|b| b.is_ascii_digit())
                    && !matches!(
                        project,
                        "UTF" | "SHA" | "ISO" | "RFC" | "CVE" | "AES" | "TLS" | "HTTP"
                    )
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_have_one_spelling() {
        for text in [
            "git@github.com:Acme/Shop.git",
            "https://github.com/acme/shop",
            "https://github.com/acme/shop.git/",
            "git+https://github.com/acme/shop@refs/heads/main",
            "ssh://git@github.com/acme/shop.git",
            "acme/shop",
            "https://api.github.com/repos/acme/shop",
            "https://user:token@github.com/acme/shop",
        ] {
            assert_eq!(
                repository(text).as_deref(),
                Some("github.com/acme/shop"),
                "{text}"
            );
        }
        assert_eq!(repository("shop"), None);
        assert_eq!(
            repository("https://gitlab.com/a/b/c").as_deref(),
            Some("gitlab.com/a/b/c")
        );
    }

    #[test]
    fn digests_have_one_spelling() {
        let hex = "ab".repeat(32);
        for text in [
            format!("sha256:{hex}"),
            format!("ghcr.io/acme/shop@sha256:{hex}"),
            format!(
                "docker-pullable://ghcr.io/acme/shop@sha256:{}",
                hex.to_uppercase()
            ),
            format!("pkg:oci/app@sha256%3A{hex}?repository_url=x"),
            hex.clone(),
        ] {
            assert_eq!(digest(&text), Some(format!("sha256:{hex}")), "{text}");
        }
        assert_eq!(digest("ghcr.io/acme/shop:1.2"), None);
        assert_eq!(digest_of("sha256", "abcd"), None);
    }

    #[test]
    fn commits_and_traces() {
        assert_eq!(commit(&"A".repeat(40)), Some("a".repeat(40)));
        assert_eq!(commit(&"0".repeat(40)), None);
        assert_eq!(commit_prefix("1234567"), None);
        assert_eq!(commit_prefix("9f3c2e1"), Some("9f3c2e1".into()));
        assert_eq!(trace("00000000000000000000000000000000"), None);
        assert_eq!(trace("AAAAAAAAAAAAAAAAAAAAAQ=="), Some(1));
        assert_eq!(span("00F067AA0BA902B7"), Some(0x00f0_67aa_0ba9_02b7));
    }

    #[test]
    fn pods_name_their_workload() {
        assert_eq!(workload("checkout-6d5f9c7b8-x2x4q"), Some("checkout"));
        assert_eq!(
            workload("web-frontend-7c9d8f6b54-zk2vd"),
            Some("web-frontend")
        );
        assert_eq!(workload("postgres-0"), None);
        for counted in [
            "app-20251103-12345",
            "app-20251103-x2x4q",
            "app-6d5f9c7b8-12345",
        ] {
            assert_eq!(workload(counted), None, "{counted}");
        }
    }

    #[test]
    fn tickets_are_told_from_standards() {
        let found: Vec<_> = ticket_keys("SHOP-142: use UTF-8, see OPS-7 (not A-1)").collect();
        assert_eq!(found, ["SHOP-142", "OPS-7"]);
    }

    #[test]
    fn images_split_at_the_tag_not_the_port() {
        assert_eq!(
            image("localhost:5000/acme/shop"),
            ("localhost:5000/acme/shop".into(), None)
        );
        assert_eq!(
            image("acme/shop:1.2@sha256:aa"),
            ("acme/shop".into(), Some("1.2".into()))
        );
    }
}

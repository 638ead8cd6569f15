//! Allowed-signers files (`ssh-keygen(1)`, ALLOWED SIGNERS): principals, options, key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;

use super::RootError;
use super::ssh::Wire;

/// Such a file is small.
const MAX_FILE: usize = 4 << 20;

/// Most lines that are kept.
const MAX_LINES: usize = 65_536;

/// Who may sign with which key.
#[derive(Debug, Clone, Default)]
pub struct AllowedSigners {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Default)]
struct Line {
    principals: String,
    namespaces: Option<String>,
    authority: bool,
    /// Nanoseconds since 1970, UTC.
    after: Option<i64>,
    before: Option<i64>,
    key: Vec<u8>,
}

/// What the file says of a key.
pub(super) enum Verdict {
    /// These principals may use it.
    Allowed(String),
    /// They may, but not at that time: principals, window.
    NotThen(String, String),
    Unknown,
}

impl AllowedSigners {
    /// Reads a file. Times without `Z` are taken as UTC, so that a result does not depend on the
    /// machine's time zone.
    ///
    /// # Errors
    /// Names the line that cannot be read.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, RootError> {
        if bytes.len() > MAX_FILE {
            return Err(RootError::new(
                name,
                "too large for an allowed-signers file",
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|why| RootError::new(name, why))?;
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if lines.len() == MAX_LINES {
                return Err(RootError::new(name, format!("more than {MAX_LINES} lines")));
            }
            let read = Line::read(line);
            let read = read.ok_or_else(|| {
                RootError::new(
                    name,
                    format!("line {} is not `principals [options] key`", number + 1),
                )
            })?;
            lines.push(read);
        }
        Ok(Self { lines })
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// Who may sign with `key` in `namespace`, at a time in nanoseconds since 1970.
    pub(super) fn ask(&self, key: &[u8], namespace: &str, time: Option<i64>) -> Verdict {
        let mut not_then = Verdict::Unknown;
        for line in self
            .lines
            .iter()
            .filter(|line| line.key == key && !line.authority)
        {
            let listed = line.namespaces.as_deref();
            if !listed.is_none_or(|list| matches_list(list, namespace)) {
                continue;
            }
            let after = line
                .after
                .is_none_or(|after| time.is_some_and(|time| time >= after));
            let before = line
                .before
                .is_none_or(|before| time.is_some_and(|time| time < before));
            if after && before {
                return Verdict::Allowed(line.principals.clone());
            }
            let end = |time: Option<i64>| time.map_or_else(|| "…".to_owned(), super::time_text);
            let window = format!("{} to {}", end(line.after), end(line.before));
            not_then = Verdict::NotThen(line.principals.clone(), window);
        }
        not_then
    }
}

/// Splits at white space that is not inside double quotes.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    line.split(move |character: char| {
        quoted ^= character == '"';
        !quoted && character.is_ascii_whitespace()
    })
    .filter(|word| !word.is_empty())
}

impl Line {
    fn read(text: &str) -> Option<Self> {
        let mut words = words(text);
        let mut line = Self {
            principals: words.next()?.trim_matches('"').to_owned(),
            ..Self::default()
        };
        let mut word = words.next()?;
        if !is_key_type(word) {
            line.options(word)?;
            word = words.next()?;
        }
        let key = STANDARD.decode(words.next()?).ok()?;
        let named = Wire(&key).string()?;
        (is_key_type(word) && named == word.as_bytes()).then_some(Self { key, ..line })
    }

    fn options(&mut self, text: &str) -> Option<()> {
        let mut quoted = false;
        let options = text.split(move |character: char| {
            quoted ^= character == '"';
            !quoted && character == ','
        });
        for option in options {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => self.authority = true,
                "namespaces" => self.namespaces = Some(value.to_owned()),
                "valid-after" => self.after = Some(time(value)?),
                "valid-before" => self.before = Some(time(value)?),
                // An option that is not understood may restrict the key: refuse the line.
                _ => return None,
            }
        }
        Some(())
    }
}

fn is_key_type(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|prefix| word.starts_with(prefix))
}

/// `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, with or without `Z`, in nanoseconds since 1970.
fn time(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |it| it.parse().ok());
    let year = digits.get(..4)?.parse().ok()?;
    let date = NaiveDate::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?;
    let time = date.and_hms_opt(part(8, 10)?, part(10, 12)?, part(12, 14)?)?;
    time.and_utc().timestamp_nanos_opt()
}

/// A comma-separated list of patterns with `*`, `?` and `!`, as OpenSSH matches it.
fn matches_list(list: &str, text: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if wild(pattern.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => found |= wild(pattern.as_bytes(), text.as_bytes()),
        }
    }
    found
}

/// Wildcards without backtracking further than the last `*`: at worst pattern × text.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::{matches_list, time, wild};

    #[test]
    fn patterns_are_openssh_s() {
        assert!(matches_list("git,file", "git"));
        assert!(matches_list("g*,!gist", "git"));
        assert!(!matches_list("g*,!g?t", "git"));
        assert!(!matches_list("file", "git"));
        assert!(wild(b"*a*b", b"xaxxbab") && !wild(b"*a*b", b"xaxxba"));
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(time("20260203Z"), Some(1_770_076_800_000_000_000));
        assert_eq!(time("202602030405"), Some(1_770_091_500_000_000_000));
        assert_eq!(time("20260230"), None);
        assert_eq!(time("2026"), None);
    }
}

//! Checksum files: which digest a published file had.
//!
//! `SHA256SUMS`, `checksums.txt` of a release, the output of `sha256sum`, `shasum`, `sha512sum`, or of
//! BSD's `sha256` (`SHA256 (name) = hex`), and a digest alone on a line (`sha256:…`), as registries'
//! tools and Entire's `content_hash.txt` have it. Text mode (two blanks) and binary mode (` *`), names
//! that were escaped with a leading backslash, CRLF. SHA-1 is read, MD5 is passed over: it says
//! nothing of what a file is.
//!
//! What it is not: a check. Whoever can replace a file can replace the list beside it, so the rows are
//! asserted unless a signature covers them.

use super::read::lines;
use super::{Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::delivery::Artifact;
use crate::model::{EvidenceClass, Sink, Stamp, id};

/// Checksum files.
pub struct Checksums;

impl Format for Checksums {
    fn name(&self) -> &'static str {
        "checksums"
    }

    fn about(&self) -> &'static str {
        "checksum files of a release: SHA256SUMS, checksums.txt, sha256sum FILE… > checksums.txt"
    }

    fn unit(&self) -> &'static str {
        "line"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["artifact"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "nothing but lines of a digest and a name, or `SHA256 (name) = digest`"
    }

    fn example(&self) -> &'static [u8] {
        b"8d9001d32c6a703d95921a77115050f33dd823d3f1730bd35215dcbecad6dc20  checkout-2.4.0.tar.gz\n"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        // The last line of a head may be cut off.
        let full = peek.head.len() < 64 * 1024 || peek.head.ends_with(b"\n");
        let mut seen: Vec<&str> = peek
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        if !full && seen.len() > 1 {
            seen.pop();
        }
        let sums: Vec<Sum<'_>> = seen.iter().filter_map(|line| Sum::parse(line)).collect();
        match sums.as_slice() {
            [] => NO,
            _ if sums.len() < seen.len() => NO,
            [Sum { name: None, .. }] => PERHAPS,
            _ => LIKELY,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        for (line, span) in lines(chunk) {
            if line.trim().is_empty() {
                continue;
            }
            sink.read(1);
            match Sum::parse(&line) {
                Some(Sum { digest: None, .. }) => sink.ignore(1, "MD5"),
                Some(Sum { digest, name }) => {
                    let row = Artifact {
                        digest: digest.map(Into::into),
                        name: name.map(Into::into),
                        kind: name.map(|_| "file".into()),
                        ..Artifact::default()
                    };
                    sink.record(Stamp::new(span, None), &row);
                    sink.keep(1);
                }
                None => sink.reject(span, "no digest and name"),
            }
        }
    }
}

/// One line: the digest, which is absent where it is an MD5, and what it is of.
#[derive(Debug, PartialEq)]
struct Sum<'a> {
    digest: Option<String>,
    name: Option<&'a str>,
}

impl<'a> Sum<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim_end();
        let line = line.strip_prefix('\\').unwrap_or(line);
        Self::bsd(line)
            .or_else(|| Self::gnu(line))
            .or_else(|| Self::bare(line))
    }

    /// `hex  name`, `hex *name`.
    fn gnu(line: &'a str) -> Option<Self> {
        let (hex, rest) = line.split_once(' ')?;
        // One blank alone parts a commit's id from its subject.
        let name = rest.strip_prefix([' ', '*'])?;
        let name = name.strip_prefix("./").unwrap_or(name);
        (!name.trim().is_empty()).then_some(())?;
        Self::of(algorithm(hex.len())?, hex, Some(name))
    }

    /// `SHA256 (name) = hex`.
    fn bsd(line: &'a str) -> Option<Self> {
        let (head, hex) = line.rsplit_once(") = ")?;
        let (algorithm, name) = head.split_once(" (")?;
        let algorithm = algorithm.replace('-', "").to_ascii_lowercase();
        let known = ["sha1", "sha256", "sha384", "sha512", "md5"];
        let algorithm = known.into_iter().find(|known| *known == algorithm)?;
        Self::of(algorithm, hex, Some(name))
    }

    /// `sha256:hex` and nothing else.
    fn bare(line: &'a str) -> Option<Self> {
        let (algorithm, hex) = line.split_once(':')?;
        let known = ["sha256", "sha384", "sha512"];
        known.contains(&algorithm).then_some(())?;
        Self::of(algorithm, hex, None)
    }

    fn of(algorithm: &str, hex: &str, name: Option<&'a str>) -> Option<Self> {
        if algorithm == "md5" {
            let sound = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            return sound.then_some(Self { digest: None, name });
        }
        let digest = id::digest_of(algorithm, hex)?;
        Some(Self {
            digest: Some(digest),
            name,
        })
    }
}

fn algorithm(digits: usize) -> Option<&'static str> {
    Some(match digits {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        96 => "sha384",
        128 => "sha512",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{parse, sniff};

    #[test]
    fn every_form_is_read() {
        let hex = "ab".repeat(32);
        let text = format!(
            "{hex}  shop_1.2_linux.tar.gz\r\n{hex} *./bin/shop\nSHA256 (a b.txt) = {}\nSHA2-512 (x) = 00\n\nsha256:{hex}\n{}  old.zip\n{}  older.zip\nnot a line",
            hex.to_uppercase(),
            "1".repeat(40),
            "2".repeat(32),
        );
        let seen = parse(&Checksums, "x", text.as_bytes());
        let rows: Vec<(String, String)> = seen
            .of("artifact")
            .into_iter()
            .map(|row| {
                (
                    row["digest"].clone(),
                    row.get("name").cloned().unwrap_or_default(),
                )
            })
            .collect();
        let digest = format!("sha256:{hex}");
        let expected = [
            (digest.as_str(), "shop_1.2_linux.tar.gz"),
            (&digest, "bin/shop"),
            (&digest, "a b.txt"),
            (&digest, ""),
            (&format!("sha1:{}", "1".repeat(40)), "old.zip"),
        ];
        assert_eq!(rows, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (8, 5, 2));
        assert_eq!(seen.ignored["MD5"], 1);
    }

    #[test]
    fn only_lists_of_sums_are_claimed() {
        let hex = "ab".repeat(32);
        assert_eq!(
            sniff(&Checksums, format!("{hex}  a\n{hex}  b\n").as_bytes()),
            LIKELY
        );
        assert_eq!(
            sniff(&Checksums, format!("sha256:{hex}").as_bytes()),
            PERHAPS
        );
        for text in [
            hex.clone(),
            format!("{hex}  a\nother\n"),
            format!("commit {hex}"),
            String::new(),
        ] {
            assert_eq!(sniff(&Checksums, text.as_bytes()), NO, "{text}");
        }
        // A log of short ids is no list of sums.
        assert_eq!(
            sniff(&Checksums, b"f446dcfc (HEAD) Merge\n345f0208 fix\n"),
            NO
        );
        let oneline = format!("{} fix: a\n", "1".repeat(40));
        assert_eq!(sniff(&Checksums, oneline.as_bytes()), NO);
    }
}

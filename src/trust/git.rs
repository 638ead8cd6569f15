//! Signed commits and tags, from the raw object's bytes (git, `gitformat-signature`). A commit
//! carries its signature in a header that is not signed, a tag at its end; what is signed is the
//! object without it. The object's own id is computed here and is what the signature is about.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use super::expected::Expected;
use super::result::{Checked, Outcome, Proven, Reason};
use super::roots::Roots;
use super::subject::Subject;
use super::{openpgp, ssh};

/// Largest object that is read, in bytes.
const MAX_OBJECT: usize = 16 << 20;

/// What kind of git object the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitObject {
    /// A commit: the signature is in the header `gpgsig`.
    Commit,
    /// An annotated tag: the signature ends the message.
    Tag,
}

struct Split {
    signed: Vec<u8>,
    signature: String,
}

/// Checks the signature of a commit or tag, given the object's content as `git cat-file -p` or
/// `git cat-file commit` writes it, without the `commit 123\0` before it.
#[must_use]
pub fn verify_git(kind: GitObject, object: &[u8], roots: &Roots, expected: &Expected) -> Checked {
    let (name, header, who) = match kind {
        GitObject::Commit => ("git_commit", "commit", "committer "),
        GitObject::Tag => ("git_tag", "tag", "tagger "),
    };
    if object.len() > MAX_OBJECT {
        let why = format!("larger than {MAX_OBJECT} bytes");
        return Checked::not_checkable(name, Reason::TooLarge, why);
    }
    let mut proven = Proven {
        subjects: vec![subject(header, object)],
        predicate_type: Some(format!("git {header}")),
        ..Proven::default()
    };
    let split = match kind {
        GitObject::Commit => split_commit(object),
        GitObject::Tag => split_tag(object),
    };
    let split = match split {
        Ok(Some(split)) => split,
        Ok(None) => {
            return Checked::new(name, Outcome::Absent, "not signed").with(proven);
        }
        Err(why) => return Checked::not_checkable(name, Reason::Malformed, why).with(proven),
    };
    proven.payload_sha256 = Some(super::hex(digest(&SHA256, &split.signed).as_ref()));
    match split.signature.lines().next().map(str::trim) {
        Some("-----BEGIN SSH SIGNATURE-----") => {
            let start = Checked::new(name, Outcome::Valid, "signed by an allowed key");
            let (message, armour) = (&split.signed, &split.signature);
            let time = claimed(&split.signed, who);
            ssh::check(
                start.with(proven),
                message,
                armour,
                "git",
                time,
                roots,
                expected,
            )
        }
        Some("-----BEGIN PGP SIGNATURE-----") => {
            let why = "signed by a key of a given certificate";
            let start = Checked::new(name, Outcome::Valid, why).with(proven);
            openpgp::check(start, &split.signed, &split.signature, roots, expected)
        }
        Some("-----BEGIN SIGNED MESSAGE-----") => {
            let why = "an X.509 signature (S/MIME or gitsign)";
            Checked::not_checkable(name, Reason::Unsupported, why).with(proven)
        }
        _ => {
            let why = "a signature of an unknown kind";
            Checked::not_checkable(name, Reason::Unsupported, why).with(proven)
        }
    }
}

/// The object's id: SHA-1 and SHA-256 over the header that git stores before it.
fn subject(header: &str, object: &[u8]) -> Subject {
    let mut stored = format!("{header} {}\0", object.len()).into_bytes();
    stored.extend_from_slice(object);
    let id = super::hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &stored).as_ref());
    let key = if header == "commit" {
        "gitCommit"
    } else {
        "gitTag"
    };
    Subject {
        name: String::new(),
        digests: [(key.to_owned(), id)].into(),
    }
}

/// Lines with their line ends.
fn lines(object: &[u8]) -> impl Iterator<Item = &[u8]> {
    object.split_inclusive(|byte| *byte == b'\n')
}

fn split_commit(object: &[u8]) -> Result<Option<Split>, &'static str> {
    let mut signed = Vec::with_capacity(object.len());
    let mut signature: Option<String> = None;
    // Which header a continuation line belongs to: the signature's, another one that is not
    // signed either, or one that is.
    let (mut in_signature, mut dropped, mut in_header) = (false, false, true);
    for line in lines(object) {
        if in_header && line == b"\n" {
            in_header = false;
        } else if in_header && line.first() != Some(&b' ') {
            in_signature = line.starts_with(b"gpgsig ");
            dropped = line.starts_with(b"gpgsig-sha256 ");
            if in_signature && signature.replace(String::new()).is_some() {
                return Err("two signatures in one commit");
            }
        }
        if in_header && (in_signature || dropped) {
            if let Some(text) = signature.as_mut().filter(|_| in_signature) {
                let value = line
                    .strip_prefix(b"gpgsig ")
                    .or_else(|| line.strip_prefix(b" "));
                let value = std::str::from_utf8(value.unwrap_or(line));
                text.push_str(value.map_err(|_| "the signature is not text")?);
            }
        } else {
            signed.extend_from_slice(line);
        }
    }
    Ok(signature.map(|signature| Split { signed, signature }))
}

fn split_tag(object: &[u8]) -> Result<Option<Split>, &'static str> {
    const STARTS: [&[u8]; 3] = [
        b"-----BEGIN PGP SIGNATURE-----",
        b"-----BEGIN SSH SIGNATURE-----",
        b"-----BEGIN SIGNED MESSAGE-----",
    ];
    let mut at = 0;
    let mut found = None;
    for line in lines(object) {
        if STARTS.iter().any(|start| line.starts_with(start)) {
            found = Some(at);
        }
        at += line.len();
    }
    let Some(at) = found else { return Ok(None) };
    let signature = std::str::from_utf8(&object[at..]).map_err(|_| "the signature is not text")?;
    Ok(Some(Split {
        signed: object[..at].to_vec(),
        signature: signature.to_owned(),
    }))
}

/// The time in `committer Name <mail> seconds zone`, in nanoseconds since 1970.
fn claimed(object: &[u8], header: &str) -> Option<i64> {
    let mut headers = lines(object).take_while(|line| *line != b"\n");
    let line = headers.find(|line| line.starts_with(header.as_bytes()))?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.trim_end().rsplit(' ');
    words.next()?;
    words
        .next()?
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000_000_000)
}

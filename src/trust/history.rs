//! The signatures of the commits and tags of a case.
//!
//! A repository's own objects (`git cat-file`) are checked as they lie there. A forge's API gives the
//! signed text and the signature apart; git puts the signature last among a commit's headers, so the
//! object is put together again, and its id, which the record states, tells whether that was right.
//! Who may sign is told by allowed-signers files and OpenPGP certificates that somebody gave.

use serde_json::Value;

use super::census::{TrustError, signer, told};
use super::{Checked, Expected, GitObject, Reason, Roots, verify_git};
use crate::case::Evidence;
use crate::model::citation;
use crate::model::signature::Signature;
use crate::store::Reader;

const OBJECTS: &str = include_str!("queries/objects.sql");

/// The question of this file.
pub const QUERY: (&str, &str) = ("signed objects", OBJECTS);

/// What is read of one object, in bytes: what is longer is told to be too large.
const MAX_OBJECT: u64 = (16 << 20) + 1;

/// Checks every signed commit and tag of a case.
///
/// # Errors
/// The case cannot be read. An object that cannot is a result, not an error.
pub fn check(
    reader: &Reader,
    evidence: &Evidence,
    roots: &Roots,
) -> Result<Vec<Signature>, TrustError> {
    let mut signatures = Vec::new();
    for row in reader.rows(QUERY.0, QUERY.1, &[])?.objects() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("");
        let number = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (kind, digest) = match text("kind") {
            "tag" => (GitObject::Tag, "gitTag"),
            _ => (GitObject::Commit, "gitCommit"),
        };
        let length = number("c_length").min(MAX_OBJECT);
        let bytes = evidence.read(text("c_sha256"), number("c_offset"), length)?;
        let mut expected = Expected::default();
        expected.digests.add(digest, text("sha"));
        let checked = match object(&bytes) {
            Some(object) => verify_git(kind, &object, roots, &expected),
            None => Checked::not_checkable(
                "git_commit",
                Reason::Malformed,
                "the record holds no signed text",
            ),
        };
        signatures.push(Signature {
            subject: match text("name") {
                "" => format!("{} {}", text("kind"), text("sha")),
                name => format!("tag {name} {}", text("sha")),
            },
            statement: format!("{digest}:{}", text("sha")),
            signer: signer(&checked),
            citations: citation::of_row(&row, "c_").into_iter().collect(),
            predicate_type: Some(format!("git {}", text("kind"))),
            ..told(&checked)
        });
    }
    Ok(signatures)
}

/// The object in a record: the record itself, or put together from what a forge's API tells of it.
fn object(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.first() != Some(&b'{') {
        return Some(bytes.to_vec());
    }
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let verification = ["/commit/verification", "/verification"];
    let found = verification.iter().find_map(|at| value.pointer(at))?;
    let part = |name: &str| found.get(name).and_then(Value::as_str);
    join(part("payload")?, part("signature")?)
}

/// A commit with its signature where git puts it, or a tag with its at the end.
fn join(payload: &str, signature: &str) -> Option<Vec<u8>> {
    if payload.starts_with("object ") {
        return Some(format!("{payload}{signature}").into_bytes());
    }
    let (headers, message) = payload.split_once("\n\n")?;
    let folded = signature.trim_end_matches('\n').replace('\n', "\n ");
    Some(format!("{headers}\ngpgsig {folded}\n\n{message}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Outcome;

    const COMMIT: &[u8] = include_bytes!("tests/data/commit.ssh");
    const ALLOWED: &[u8] = include_bytes!("tests/data/allowed_signers");
    const ID: &str = "919c83528997e2bd12b1ee31de99c27cec664e6e";

    /// What GitHub's API would tell of the commit.
    fn told(change: &str) -> Vec<u8> {
        let text = std::str::from_utf8(COMMIT).unwrap();
        let (before, rest) = text.split_once("gpgsig ").unwrap();
        let (armour, message) = rest.split_once("\n\n").unwrap();
        let armour = armour.replace("\n ", "\n");
        let payload = format!("{}\n\n{message}", before.trim_end()).replace("tree ", change);
        let verification = serde_json::json!({"payload": payload, "signature": armour});
        serde_json::to_vec(&serde_json::json!({"commit": {"verification": verification}})).unwrap()
    }

    fn outcome(record: &[u8], id: &str) -> Outcome {
        let mut roots = Roots::none();
        roots.give_allowed_signers("allowed", ALLOWED).unwrap();
        let mut expected = Expected::default();
        expected.digests.add("gitCommit", id);
        let object = object(record).unwrap();
        verify_git(GitObject::Commit, &object, &roots, &expected).outcome
    }

    #[test]
    fn a_commit_is_put_together_from_what_an_api_tells() {
        assert_eq!(object(&told("tree ")).unwrap(), COMMIT);
        assert_eq!(outcome(&told("tree "), ID), Outcome::Valid);
    }

    #[test]
    fn what_does_not_fit_its_id_is_of_another() {
        assert_eq!(outcome(COMMIT, ID), Outcome::Valid);
        assert_eq!(
            outcome(COMMIT, &ID.replace('9', "8")),
            Outcome::WrongSubject
        );
        assert_ne!(outcome(&told("trea "), ID), Outcome::Valid);
        assert!(object(b"{\"commit\": {}}").is_none());
    }
}

//! What a statement is about: in-toto Statement v0.1 and v1 (in-toto/attestation, spec/v1).

use std::collections::BTreeMap;

use serde_json::Value;
use sigstore_verify::types::{ArtifactDigest, DigestBytes, HashAlgorithm};

use super::expected::Digests;
use super::result::{Checked, Difference, Judged, Outcome, Place};

/// Subjects beyond this are not read, and the result says so by failing the match.
pub const MAX_SUBJECTS: usize = 65_536;

/// Longest text that is kept of a name or a digest, in bytes.
const MAX_TEXT: usize = 4096;

/// One subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name; may be empty.
    pub name: String,
    /// Algorithm to value, as signed. `sha1` is a digest of bytes, `gitCommit` names a commit.
    pub digests: BTreeMap<String, String>,
}

/// The subjects of a statement; empty where there are none.
pub(super) fn read(statement: &Value) -> Vec<Subject> {
    let list = statement.get("subject").and_then(Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    list.iter().take(MAX_SUBJECTS).map(one).collect()
}

fn one(value: &Value) -> Subject {
    let digests = value.get("digest").and_then(Value::as_object);
    let digests = digests.into_iter().flatten().filter_map(|(key, value)| {
        let value = value.as_str().filter(|text| text.len() <= MAX_TEXT)?;
        Some((key.clone(), value.to_owned()))
    });
    let name = value.get("name").and_then(Value::as_str);
    Subject {
        name: name
            .filter(|name| name.len() <= MAX_TEXT)
            .unwrap_or_default()
            .to_owned(),
        digests: digests.take(32).collect(),
    }
}

/// A digest that binds the statement to itself: the first sha256 or sha512 among the subjects.
pub(super) fn binding(subjects: &[Subject]) -> Option<ArtifactDigest> {
    let kinds = [
        ("sha256", HashAlgorithm::Sha2256),
        ("sha512", HashAlgorithm::Sha2512),
    ];
    let mut all = subjects.iter().flat_map(|subject| {
        kinds
            .iter()
            .filter_map(|(name, algorithm)| Some((*algorithm, subject.digests.get(*name)?)))
    });
    all.find_map(|(algorithm, hex)| {
        ArtifactDigest::new(algorithm, DigestBytes::from_hex(hex).ok()?).ok()
    })
}

/// Measures all subjects against the known digests. A subject matches if one of its digests is
/// known; sha1 of bytes alone never matches, because two files can share it.
pub(super) fn judge(checked: &mut Checked, known: &Digests, place: &dyn Fn(usize) -> Place) {
    if known.is_empty() {
        return;
    }
    let subjects = &checked.proven.subjects;
    let matches = |subject: &Subject| {
        subject
            .digests
            .iter()
            .any(|(algorithm, hex)| algorithm != "sha1" && known.has(algorithm, hex))
    };
    checked.matched = (0..subjects.len())
        .filter(|&index| matches(&subjects[index]))
        .collect();
    if checked.matched.is_empty() {
        checked.subject = Judged::Differs;
        let found = subjects.first().and_then(|first| {
            let (algorithm, hex) = first.digests.iter().next()?;
            Some(match subjects.len() {
                1 => format!("{algorithm}:{hex}"),
                n => format!("{n} subjects, first {algorithm}:{hex}"),
            })
        });
        checked.differences.push(Difference {
            outcome: Outcome::WrongSubject,
            field: "subject",
            found,
            expected: Some(known.text()),
            found_at: Some(place(0)),
            expected_at: None,
        });
    } else {
        checked.subject = Judged::AsExpected;
    }
}

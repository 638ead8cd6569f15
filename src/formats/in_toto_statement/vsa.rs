//! Verification summaries (SLSA VSA v0.1 to v1): a verifier's word on whether an artifact met a policy.
//!
//! A summary is a decision about its subjects: one row of `gate_decision` for each digest, decided by
//! the verifier at `timeVerified`. `verifiedLevels` and the resource are told in the comment; the
//! policy's digest is kept where the summary has one. The names of version 0.x are in snake case.
//! What it is not: the provenance that the verifier looked at, or a check of the verifier.

use serde_json::Value;

use crate::formats::read::{bounded, field};
use crate::model::decision::Decision;
use crate::model::delivery::{AttestationSubject, GateDecision};
use crate::model::{id, time};

/// The predicate type of every version.
const SUMMARY: &str = "https://slsa.dev/verification_summary/";

/// True for the predicate type of a summary.
pub(super) fn describes(kind: &str) -> bool {
    kind.starts_with(SUMMARY)
}

/// When the verifier decided.
pub(super) fn verified_ns(predicate: &Value) -> Option<i64> {
    text(predicate, &["/timeVerified", "/time_verified"]).and_then(time::parse)
}

/// The decision about one subject.
pub(super) fn row<'a>(
    predicate: &'a Value,
    subject: &'a AttestationSubject<'_>,
) -> GateDecision<'a> {
    let result = text(predicate, &["/verificationResult", "/verification_result"]);
    let decision = result.map_or(Decision::Unknown, Decision::of);
    let resource = text(predicate, &["/resourceUri", "/resource_uri"]);
    let digest = subject.digest.as_deref();
    let commit = digest.filter(|_| subject.is_source == Some(true));
    let levels = field::list(predicate, "/verifiedLevels")
        .iter()
        .filter_map(Value::as_str);
    let mut words: Vec<&str> = levels.collect();
    words.extend(text(predicate, &["/policy_level"]));
    words.extend(resource);
    words.extend(text(predicate, &["/policy/uri"]));
    let policy = predicate
        .pointer("/policy/digest")
        .and_then(Value::as_object);
    let policy = policy
        .into_iter()
        .flatten()
        .find_map(|(algorithm, hex)| id::digest_of(algorithm, hex.as_str()?));
    GateDecision {
        gate: text(predicate, &["/verifier/id"]).map(Into::into),
        repository: resource
            .filter(|it| it.starts_with("git+"))
            .and_then(id::repository)
            .map(Into::into),
        subject: digest.map(Into::into),
        sha: commit
            .and_then(|digest| id::commit(digest.rsplit(':').next()?))
            .map(Into::into),
        decision: Some(decision.token().into()),
        comment: (!words.is_empty()).then(|| bounded(&words.join(", ")).to_owned().into()),
        policy_digest: policy.map(Into::into),
        ..GateDecision::default()
    }
}

fn text<'v>(value: &'v Value, pointers: &[&str]) -> Option<&'v str> {
    pointers.iter().find_map(|at| field::text(value, at))
}

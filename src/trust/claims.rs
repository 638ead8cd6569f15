//! Two witnesses of a build: the certificate, whose issuer saw the CI's identity token, and the
//! predicate, which the build wrote itself. Where both state a fact, they must agree.

use std::collections::BTreeMap;

use serde_json::Value;
use sigstore_verify::crypto::CertificateInfo;

use super::result::{Difference, Outcome, Place};

/// The claims that are kept, with their OIDs (sigstore/fulcio, docs/oid-info.md).
pub const NAMES: [(&str, &str); 13] = [
    ("signer workflow", "1.3.6.1.4.1.57264.1.9"),
    ("signer digest", "1.3.6.1.4.1.57264.1.10"),
    ("runner environment", "1.3.6.1.4.1.57264.1.11"),
    ("source repository", "1.3.6.1.4.1.57264.1.12"),
    ("source commit", "1.3.6.1.4.1.57264.1.13"),
    ("source ref", "1.3.6.1.4.1.57264.1.14"),
    ("source repository id", "1.3.6.1.4.1.57264.1.15"),
    ("source owner", "1.3.6.1.4.1.57264.1.16"),
    ("workflow", "1.3.6.1.4.1.57264.1.18"),
    ("trigger", "1.3.6.1.4.1.57264.1.20"),
    ("run", "1.3.6.1.4.1.57264.1.21"),
    ("source visibility", "1.3.6.1.4.1.57264.1.22"),
    ("deployment environment", "1.3.6.1.4.1.57264.1.23"),
];

/// The OID behind a claim's name.
#[must_use]
pub fn oid(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(it, _)| *it == name).map(|it| it.1)
}

/// The certificate's claims by name. Certificates from before 2023 have only the deprecated GitHub
/// extensions, which say the same in other words.
pub(super) fn of_certificate(info: &CertificateInfo) -> BTreeMap<&'static str, String> {
    let ci = &info.ci_claims;
    let old = &ci.deprecated_github;
    let repository = old.workflow_repository.as_deref();
    let repository = repository.map(|name| format!("https://github.com/{name}"));
    let all = [
        ("signer workflow", ci.build_signer_uri.clone()),
        ("signer digest", ci.build_signer_digest.clone()),
        ("runner environment", ci.runner_environment.clone()),
        (
            "source repository",
            ci.source_repository_uri.clone().or(repository),
        ),
        (
            "source commit",
            ci.source_repository_digest
                .clone()
                .or_else(|| old.workflow_sha.clone()),
        ),
        (
            "source ref",
            ci.source_repository_ref
                .clone()
                .or_else(|| old.workflow_ref.clone()),
        ),
        (
            "source repository id",
            ci.source_repository_identifier.clone(),
        ),
        ("source owner", ci.source_repository_owner_uri.clone()),
        ("workflow", ci.build_config_uri.clone()),
        (
            "trigger",
            ci.build_trigger
                .clone()
                .or_else(|| old.workflow_trigger.clone()),
        ),
        ("run", ci.run_invocation_uri.clone()),
        (
            "source visibility",
            ci.source_repository_visibility_at_signing.clone(),
        ),
        ("deployment environment", ci.deployment_environment.clone()),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|text| !text.is_empty())?)))
        .collect()
}

/// A fact that the predicate states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub name: &'static str,
    pub value: String,
    pub pointer: String,
}

/// Where SLSA v0.2 and v1 and their builders put each fact (slsa.dev/spec, provenance).
const FACTS: &[(&str, &str)] = &[
    ("builder", "/predicate/runDetails/builder/id"),
    ("builder", "/predicate/builder/id"),
    (
        "source repository",
        "/predicate/buildDefinition/externalParameters/workflow/repository",
    ),
    (
        "source repository",
        "/predicate/invocation/configSource/uri",
    ),
    (
        "source ref",
        "/predicate/buildDefinition/externalParameters/workflow/ref",
    ),
    ("source ref", "/predicate/invocation/environment/github_ref"),
    ("source ref", "/predicate/invocation/environment/GITHUB_REF"),
    (
        "source commit",
        "/predicate/invocation/configSource/digest/sha1",
    ),
    (
        "workflow",
        "/predicate/buildDefinition/externalParameters/workflow/path",
    ),
    ("workflow", "/predicate/invocation/configSource/entryPoint"),
    (
        "trigger",
        "/predicate/buildDefinition/internalParameters/github/event_name",
    ),
    (
        "trigger",
        "/predicate/buildDefinition/internalParameters/GITHUB_EVENT_NAME",
    ),
    (
        "trigger",
        "/predicate/invocation/environment/github_event_name",
    ),
    (
        "trigger",
        "/predicate/invocation/environment/GITHUB_EVENT_NAME",
    ),
    ("run", "/predicate/runDetails/metadata/invocationId"),
    ("run", "/predicate/metadata/buildInvocationId"),
    ("run", "/predicate/invocation/environment/github_run_id"),
    ("run", "/predicate/invocation/environment/GITHUB_RUN_ID"),
];

/// The provenance's facts; other predicates state none of them.
pub(super) fn of_statement(statement: &Value) -> Vec<Fact> {
    let kind = statement.get("predicateType").and_then(Value::as_str);
    if !kind.is_some_and(|kind| kind.starts_with("https://slsa.dev/provenance/")) {
        return Vec::new();
    }
    let mut facts = Vec::new();
    for (name, pointer) in FACTS {
        let value = match statement.pointer(pointer) {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        let pointer = (*pointer).to_owned();
        facts.push(Fact {
            name,
            value,
            pointer,
        });
    }
    let repository = facts.iter().find(|fact| fact.name == "source repository");
    let repository = repository.map(|fact| canonical_repository(&fact.value));
    let list = statement
        .pointer("/predicate/buildDefinition/resolvedDependencies")
        .and_then(Value::as_array);
    for (index, item) in list.into_iter().flatten().take(1024).enumerate() {
        let uri = item.get("uri").and_then(Value::as_str).unwrap_or_default();
        if repository.as_deref() != Some(canonical_repository(uri).as_str()) {
            continue;
        }
        for key in ["gitCommit", "sha1"] {
            let pointer = format!("/digest/{key}");
            if let Some(commit) = item.pointer(&pointer).and_then(Value::as_str) {
                facts.push(Fact {
                    name: "source commit",
                    value: commit.to_owned(),
                    pointer: format!(
                        "/predicate/buildDefinition/resolvedDependencies/{index}{pointer}"
                    ),
                });
            }
        }
    }
    facts
}

/// `git+https://github.com/O/R.git@refs/heads/x` and `https://github.com/o/r` are one repository.
pub(super) fn canonical_repository(uri: &str) -> String {
    let uri = uri.strip_prefix("git+").unwrap_or(uri);
    let uri = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let uri = uri.split('@').next().unwrap_or_default();
    let uri = uri.trim_end_matches('/');
    uri.strip_suffix(".git").unwrap_or(uri).to_ascii_lowercase()
}

/// Run id and attempt of a run's URL, or of a bare id, or of `id-attempt`.
fn run(text: &str) -> Option<(&str, Option<&str>)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let tail = text.split_once("/actions/runs/").map_or(text, |it| it.1);
    let (id, attempt) = match tail
        .split_once("/attempts/")
        .or_else(|| tail.split_once('-'))
    {
        Some((id, attempt)) => (id, Some(attempt)),
        None => (tail, None),
    };
    let attempt_is_number = attempt.is_none_or(digits);
    (digits(id) && attempt_is_number).then_some((id, attempt))
}

/// Whether the two witnesses contradict each other; `None` where they cannot be compared.
fn contradicts(name: &str, certificate: &str, predicate: &str) -> Option<bool> {
    match name {
        "source repository" => {
            Some(canonical_repository(certificate) != canonical_repository(predicate))
        }
        "source commit" => Some(!certificate.eq_ignore_ascii_case(predicate)),
        "source ref" | "trigger" => Some(certificate != predicate),
        "run" => {
            let ((id, attempt), (other, again)) = (run(certificate)?, run(predicate)?);
            let attempts = attempt.zip(again).is_some_and(|(one, two)| one != two);
            Some(id != other || attempts)
        }
        // Only a path can be compared: npm's builder writes the workflow's name in its place.
        "workflow" if predicate.starts_with(".github/workflows/") => {
            let path = certificate.split('@').next().unwrap_or_default();
            Some(!path.ends_with(&format!("/{predicate}")))
        }
        _ => None,
    }
}

/// A builder that names itself as a workflow may be compared with the workflow that signed.
fn is_workflow(text: &str) -> bool {
    text.starts_with("https://github.com/") && text.contains("/.github/workflows/")
}

/// Where the builder is not the workflow that signed. Nothing is wrong with that where a delegator
/// signs for the builders that it runs (slsa-github-generator's BYOB), and everything where a
/// workflow borrows a builder's good name: only an expected signer can tell the two apart.
pub(super) fn other_builder(
    claims: &BTreeMap<&'static str, String>,
    facts: &[Fact],
    certificate_at: &Place,
) -> Option<Difference> {
    let fact = facts.iter().find(|fact| fact.name == "builder")?;
    let claim = claims.get("signer workflow")?;
    let comparable = is_workflow(&fact.value) && is_workflow(claim);
    (comparable && !claim.eq_ignore_ascii_case(&fact.value)).then(|| Difference {
        outcome: Outcome::WrongIdentity,
        field: "builder",
        found: Some(fact.value.clone()),
        expected: Some(format!("{claim}, which signed")),
        found_at: Some(Place::payload(fact.pointer.clone())),
        expected_at: Some(narrowed(certificate_at, "signer workflow")),
    })
}

/// The certificate's place, narrowed to a claim's extension.
pub(super) fn narrowed(certificate_at: &Place, name: &str) -> Place {
    let at = certificate_at.clone();
    match oid(name) {
        Some(oid) => at.inside(oid),
        None => at,
    }
}

/// Every fact on which certificate and predicate differ. `certificate_at` is where it stands.
pub(super) fn contradictions(
    claims: &BTreeMap<&'static str, String>,
    facts: &[Fact],
    certificate_at: &Place,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for fact in facts {
        let Some(claim) = claims.get(fact.name) else {
            continue;
        };
        if contradicts(fact.name, claim, &fact.value).unwrap_or_default() {
            found.push(Difference {
                outcome: Outcome::ContradictsCertificate,
                field: fact.name,
                found: Some(fact.value.clone()),
                expected: Some(claim.clone()),
                found_at: Some(Place::payload(fact.pointer.clone())),
                expected_at: Some(narrowed(certificate_at, fact.name)),
            });
        }
    }
    found
}

//! Real bundles and envelopes of the samples, one of each outcome. Skipped where absent.

use std::fs;

use super::conformance::{public_good, samples};
use super::*;

fn read(name: &str) -> Option<Vec<u8>> {
    let (folder, name) = name.rsplit_once('/').unwrap();
    Some(fs::read(samples(folder)?.join(name)).unwrap())
}

fn outcome(name: &str, roots: &Roots, expected: &Expected) -> Option<Checked> {
    Some(verify(&read(name)?, roots, expected))
}

const GENERATOR: &str = "intoto-dsse/slsa-verifier/gha_generic";
const CONTRARY: &str =
    "sigstore-bundle/conformance/bundle-verify/happy-path-intoto-in-dsse-v3/bundle.sigstore.json";

#[test]
fn a_certificate_that_tells_another_story_is_named() {
    let plain = outcome(CONTRARY, &public_good(), &Expected::default());
    let Some(checked) = plain else { return };
    assert_eq!(checked.outcome, Outcome::ContradictsCertificate);
    let difference = &checked.differences[0];
    assert_eq!(difference.field, "source repository");
    let found = difference.found.as_deref();
    assert_eq!(found, Some("https://github.com/loosebazooka/aa-test"));
    let at = difference.expected_at.as_ref().unwrap();
    assert_eq!(at.pointer, "/verificationMaterial/certificate/rawBytes");
    assert_eq!(at.inside, Some("1.3.6.1.4.1.57264.1.12"));
    // A signer that the policy names may speak for others, but not for a repository it asks for.
    let any = || Pattern::regex(".*").unwrap();
    let mut expected = Expected {
        signers: vec![Identity::Certificate {
            san: any(),
            issuer: any(),
        }],
        ..Expected::default()
    };
    let checked = outcome(CONTRARY, &public_good(), &expected).unwrap();
    assert_eq!(checked.outcome, Outcome::Valid);
    assert!(
        checked
            .remarks
            .iter()
            .any(|it| it.field == "source repository")
    );
    expected.repositories = vec![any()];
    let checked = outcome(CONTRARY, &public_good(), &expected).unwrap();
    assert_eq!(checked.outcome, Outcome::ContradictsCertificate);
}

#[test]
fn a_builder_s_name_counts_only_from_a_signer_that_may_use_it() {
    let name = "intoto-dsse/slsa-verifier/bcr/MODULE-wrong-signer.bazel.intoto.jsonl";
    let expected = Expected {
        builders: vec![
            Pattern::regex("https://github.com/bazel-contrib/publish-to-bcr/.*").unwrap(),
        ],
        ..Expected::default()
    };
    let Some(checked) = outcome(name, &public_good(), &expected) else {
        return;
    };
    // Another repository's certificate besides: the graver of the two names the outcome.
    assert_eq!(checked.outcome, Outcome::ContradictsCertificate);
    let builder = checked.differences.iter().find(|it| it.field == "builder");
    assert_eq!(builder.unwrap().outcome, Outcome::WrongIdentity);
    assert_eq!(checked.identity, Judged::Differs);
    let honest = name.replace("-wrong-signer", "");
    let checked = outcome(&honest, &public_good(), &expected).unwrap();
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
}

#[test]
fn a_root_from_the_evidence_explains_and_does_not_vouch() {
    let name = format!("{GENERATOR}/v2.1.0/binary-linux-amd64-push-v14.intoto.jsonl");
    let json = sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT.as_bytes();
    let mut roots = Roots::none();
    roots
        .found_root("found/trusted_root.json", json, &[])
        .unwrap();
    let Some(checked) = outcome(&name, &roots, &Expected::default()) else {
        return;
    };
    assert_eq!(checked.outcome, Outcome::UntrustedRoot);
    assert!(
        checked.detail.contains("found in the evidence"),
        "{}",
        checked.detail
    );
    let sha256 = roots.names().next().unwrap().sha256.clone();
    roots
        .found_root("found/trusted_root.json", json, &[sha256])
        .unwrap();
    let checked = outcome(&name, &roots, &Expected::default()).unwrap();
    assert_eq!(checked.outcome, Outcome::Valid);
    assert_eq!(checked.proven.root.unwrap().origin, Origin::Pinned);
    assert_eq!(checked.proven.clock, Clock::Log);
    assert_eq!(checked.proven.claims["trigger"], "push");
}

#[test]
fn a_certificate_alone_proves_no_time() {
    let name = format!("{GENERATOR}/v1.2.0/binary-linux-amd64-push-v14.intoto.jsonl");
    let Some(checked) = outcome(&name, &public_good(), &Expected::default()) else {
        return;
    };
    assert_eq!(checked.reason, Some(Reason::NoProofOfTime));
    assert!(checked.proven.signature && checked.proven.chain);
    let checked = outcome(&name, &Roots::none(), &Expected::default()).unwrap();
    assert_eq!(checked.outcome, Outcome::UntrustedRoot);
    let mut value: Value = serde_json::from_slice(&read(&name).unwrap()).unwrap();
    value["payloadType"] = json!("text/plain");
    let checked = check(&value, &public_good(), &Expected::default());
    assert_eq!(checked.outcome, Outcome::BadSignature);
}

#[test]
fn what_a_registry_writes_beside_a_bundle_is_compared() {
    let name = "npm-att-mismatch-prov-predicatetype.intoto.sigstore";
    let name = format!("intoto-dsse/slsa-verifier/internal/{name}");
    let Some(bytes) = read(&name) else { return };
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    let entries = file
        .get("attestations")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or(vec![file]);
    let results = entries
        .iter()
        .map(|entry| check(entry, &public_good(), &Expected::default()));
    let wrong: Vec<_> = results
        .filter(|it| it.outcome == Outcome::WrongSubject)
        .collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].differences[0].field, "predicate type");
    assert_eq!(
        wrong[0].differences[0].found_at,
        Some(Place::object("/predicateType"))
    );
}

#[test]
fn github_s_own_root_takes_an_authority_s_clock() {
    let name = "sigstore-bundle/sigstore-rust/test_data/timestamps/github_sha384_bundle.json";
    let Some(checked) = outcome(name, &Roots::embedded().unwrap(), &Expected::default()) else {
        return;
    };
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
    assert_eq!(checked.proven.clock, Clock::Authority);
    assert_eq!(checked.proven.root.unwrap().name, "github");
    let staging = "sigstore-bundle/conformance/bundle-verify/bundle-from-wrong-instance_fail";
    let staging = format!("{staging}/bundle.sigstore.json");
    let checked = outcome(&staging, &public_good(), &Expected::default()).unwrap();
    assert_eq!(
        checked.outcome,
        Outcome::UntrustedRoot,
        "{}",
        checked.detail
    );
}

#[test]
fn a_certificate_log_that_the_root_does_not_know_vouches_for_nothing() {
    let folder = "sigstore-bundle/sigstore-rust/test_data/invalid-ct-key_fail";
    let Some(folder) = samples(folder) else {
        return;
    };
    let bundle = fs::read(folder.join("bundle.sigstore.json")).unwrap();
    let own = super::conformance::roots_of(&folder).unwrap();
    let checked = verify(&bundle, &own, &Expected::default());
    assert_eq!(checked.outcome, Outcome::BadSignature, "{}", checked.detail);
    let checked = verify(&bundle, &public_good(), &Expected::default());
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
}

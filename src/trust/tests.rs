//! From outside: keys, envelopes, expectations and hostile input. Fixtures under `data/` were made
//! with openssl, ssh-keygen, git and gpg by keys that were thrown away.
//!
//! The samples of public projects are read in place and skipped, saying so, where they are absent: the
//! conformance suite must agree case by case, and no flipped byte may leave a bundle valid. What these
//! tests are not: tests of the Sigstore crates, which have their own.

mod conformance;
mod flips;
mod openpgp;
mod sample_outcomes;
mod signed_git;

use base64::Engine as _;
use serde_json::{Value, json};

use super::*;

const KEYS: &str = include_str!("tests/data/keys.json");

fn fixture() -> Value {
    serde_json::from_str(KEYS).unwrap()
}

fn envelope(signatures: &Value) -> Value {
    let fixture = fixture();
    json!({"payloadType": fixture["payloadType"], "payload": fixture["payload"],
        "signatures": signatures})
}

fn check(value: &Value, roots: &Roots, expected: &Expected) -> Checked {
    verify(value.to_string().as_bytes(), roots, expected)
}

/// Roots that hold the fixture's key number `n`, and its envelope.
fn keyed(n: usize) -> (Roots, Value, String) {
    let fixture = fixture();
    let key = &fixture["keys"][n];
    let mut roots = Roots::none();
    roots
        .give_keys("key.pub", key["pem"].as_str().unwrap().as_bytes())
        .unwrap();
    let value = envelope(&json!([{"keyid": "", "sig": key["sig"]}]));
    (roots, value, key["name"].as_str().unwrap().to_owned())
}

#[test]
fn every_kind_of_given_key_verifies_its_own_envelope_only() {
    for n in 0..6 {
        let (roots, value, name) = keyed(n);
        let checked = check(&value, &roots, &Expected::default());
        assert_eq!(
            checked.outcome,
            Outcome::Valid,
            "{name}: {}",
            checked.detail
        );
        assert_eq!(checked.proven.clock, Clock::None);
        assert!(!checked.authorises(), "any identity never authorises");
        assert_eq!(checked.word(), "valid (identity not judged)");
        let mut other = value.clone();
        other["payloadType"] = json!("application/vnd.in-toto+jsom");
        let checked = check(&other, &roots, &Expected::default());
        assert_eq!(checked.outcome, Outcome::NotCheckable, "{name}");
        assert!(!checked.proven.signature);
        // A key with a name of its own is known to be the one that was meant.
        let spki = roots.keys()[0].spki.to_base64();
        let mut named = Roots::none();
        let list = json!({"keys": [{"keyid": "it", "key": spki}]}).to_string();
        named.give_keys("keys.json", list.as_bytes()).unwrap();
        other["signatures"][0]["keyid"] = json!("it");
        let checked = check(&other, &named, &Expected::default());
        assert_eq!(checked.outcome, Outcome::BadSignature, "{name}");
    }
}

#[test]
fn ecdsa_of_fixed_width_is_the_same_signature() {
    let (roots, mut value, _) = keyed(0);
    let asn1 = dsse::decode(value["signatures"][0]["sig"].as_str().unwrap()).unwrap();
    let r = usize::from(asn1[3]);
    let width = |bytes: &[u8]| {
        [vec![0; 64], bytes.to_vec()]
            .concat()
            .split_off(bytes.len() + 32)
    };
    let fixed = [width(&asn1[4..4 + r]), width(&asn1[6 + r..])].concat();
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&fixed);
    value["signatures"][0]["sig"] = json!(text);
    assert_eq!(
        check(&value, &roots, &Expected::default()).outcome,
        Outcome::Valid
    );
}

#[test]
fn one_recognised_signature_is_enough_and_none_is_absent() {
    let (roots, value, _) = keyed(2);
    let mut sigs = vec![json!({"keyid": "someone", "sig": "AAAA"})];
    sigs.push(value["signatures"][0].clone());
    let both = envelope(&json!(sigs));
    assert_eq!(
        check(&both, &roots, &Expected::default()).outcome,
        Outcome::Valid
    );
    let alone = envelope(&json!(sigs[..1]));
    let checked = check(&alone, &roots, &Expected::default());
    assert_eq!(checked.reason, Some(Reason::NoKey), "{}", checked.detail);
    let checked = check(&envelope(&json!([])), &roots, &Expected::default());
    assert_eq!(checked.outcome, Outcome::Absent);
    let many: Vec<_> = (0..100).map(|_| sigs[1].clone()).collect();
    let checked = check(&envelope(&json!(many)), &roots, &Expected::default());
    assert_eq!(checked.reason, Some(Reason::TooLarge));
}

#[test]
fn expectations_name_field_and_both_values() {
    let (roots, value, _) = keyed(0);
    let id = roots.keys()[0].id.clone();
    let mut expected = Expected {
        signers: vec![Identity::Key(Pattern::exact(id.clone()))],
        builders: vec![Pattern::regex("https://github.com/acme/.*").unwrap()],
        triggers: vec![Pattern::exact("push")],
        repositories: vec![Pattern::exact("https://github.com/acme/shop")],
        refs: vec![Pattern::regex("refs/heads/(main|release)").unwrap()],
        ..Expected::default()
    };
    expected.digests.add("gitCommit", &"CD".repeat(20));
    let checked = check(&value, &roots, &expected);
    assert!(checked.authorises(), "{checked:?}");
    assert_eq!(
        (checked.subject, checked.matched.as_slice()),
        (Judged::AsExpected, &[1][..])
    );

    expected.refs = vec![Pattern::exact("refs/tags/v1")];
    let checked = check(&value, &roots, &expected);
    assert_eq!(checked.outcome, Outcome::WrongIdentity);
    let difference = &checked.differences[0];
    assert_eq!(difference.field, "source ref");
    assert_eq!(difference.found.as_deref(), Some("refs/heads/main"));
    assert_eq!(difference.expected.as_deref(), Some("refs/tags/v1"));
    let at = "/predicate/buildDefinition/externalParameters/workflow/ref";
    assert_eq!(difference.found_at, Some(Place::payload(at)));

    // What the evidence does not state at all satisfies nobody.
    expected.refs.clear();
    expected.workflows = vec![Pattern::regex(".*").unwrap()];
    expected.signers = vec![Identity::Key(Pattern::exact("another"))];
    let checked = check(&value, &roots, &expected);
    let fields: Vec<_> = checked.differences.iter().map(|it| it.field).collect();
    assert_eq!(
        fields,
        ["signer"],
        "the predicate states a workflow: {checked:?}"
    );
    assert_eq!(checked.identity, Judged::Differs);
}

#[test]
fn sha1_of_bytes_matches_nothing_and_is_not_a_commit() {
    let (roots, value, _) = keyed(0);
    for (algorithm, hex, outcome) in [
        ("sha256", "ab".repeat(32), Outcome::Valid),
        ("sha256", "cd".repeat(32), Outcome::WrongSubject),
        ("sha1", "ef".repeat(20), Outcome::WrongSubject),
        ("gitCommit", "ef".repeat(20), Outcome::WrongSubject),
        ("gitCommit", "cd".repeat(20), Outcome::Valid),
    ] {
        let mut expected = Expected::default();
        expected.digests.add(algorithm, &hex);
        let checked = check(&value, &roots, &expected);
        assert_eq!(checked.outcome, outcome, "{algorithm}:{hex}");
    }
}

#[test]
fn patterns_cannot_be_broken_out_of() {
    let pattern = Pattern::regex("a|b").unwrap();
    assert!(pattern.matches("a") && pattern.matches("b") && !pattern.matches("ab"));
    assert!(!Pattern::regex("a").unwrap().matches("a\n"));
    assert!(!Pattern::regex("(?m)^a$").unwrap().matches("b\na\nb"));
    assert!(Pattern::regex("a)|(?:b").is_err());
    assert!(Pattern::regex("(?:a{1000}){1000}").is_err());
}

#[test]
fn words_and_tokens_are_distinct_and_the_contract_s() {
    let tokens: Vec<_> = Outcome::ALL.iter().map(|it| it.token()).collect();
    let contract = "valid|bad_signature|wrong_identity|wrong_subject|untrusted_root|expired|\
        contradicts_certificate|not_checkable|not_checked|absent";
    assert_eq!(tokens.join("|"), contract);
    assert!(
        Outcome::ALL
            .iter()
            .all(|it| Outcome::from_token(it.token()) == Some(*it))
    );
    assert_eq!(Outcome::from_token("Valid"), None);
}

#[test]
fn roots_say_their_dates_and_evidence_does_not_vouch_for_itself() {
    let mut roots = Roots::embedded().unwrap();
    let names: Vec<_> = roots
        .names()
        .map(|it| (it.name.as_str(), it.newest.len()))
        .collect();
    let expected = [
        ("sigstore public good", 10),
        ("github", 10),
        ("sigstore staging", 10),
    ];
    assert_eq!(names, expected);
    let json = sigstore_trust_root::SIGSTORE_STAGING_TRUSTED_ROOT.as_bytes();
    let sha256 = roots.names().nth(2).unwrap().sha256.to_uppercase();
    roots.found_root("found", json, &[]).unwrap();
    roots.found_root("pinned", json, &[sha256]).unwrap();
    let origins: Vec<_> = roots.names().skip(3).map(|it| it.origin).collect();
    assert_eq!(origins, [Origin::Evidence, Origin::Pinned]);
    assert!(roots.give_root("broken", b"{}").is_err());
}

#[test]
fn what_is_no_object_is_not_checkable_and_a_bare_statement_is_absent() {
    let roots = Roots::none();
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "{",
        "[]",
        "{\"mediaType\":\"application/vnd.dev.sigstore.bundle\"}",
        &deep,
    ] {
        let checked = verify(text.as_bytes(), &roots, &Expected::default());
        assert_eq!(checked.reason, Some(Reason::Malformed), "{text:.60}");
    }
    let payload = dsse::decode(fixture()["payload"].as_str().unwrap()).unwrap();
    let checked = verify(&payload, &roots, &Expected::default());
    assert_eq!(checked.outcome, Outcome::Absent);
    assert_eq!(checked.proven.subjects.len(), 2);
    let large = vec![b' '; MAX_OBJECT + 1];
    let checked = verify(&large, &roots, &Expected::default());
    assert_eq!(checked.reason, Some(Reason::TooLarge));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(256)
    })]

    #[test]
    fn noise_never_panics_and_is_never_valid(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)
    ) {
        let (roots, ..) = keyed(0);
        let checked = verify(&bytes, &roots, &Expected::default());
        proptest::prop_assert!(checked.outcome != Outcome::Valid);
        for kind in [GitObject::Commit, GitObject::Tag] {
            let mut object = b"tree 0\ngpgsig -----BEGIN SSH SIGNATURE-----\n ".to_vec();
            object.extend(&bytes);
            let checked = verify_git(kind, &object, &roots, &Expected::default());
            proptest::prop_assert!(checked.outcome != Outcome::Valid);
        }
        let _ = AllowedSigners::read("noise", &bytes);
        let _ = Key::read("noise", &bytes);
        let _ = Root::read("noise", &bytes, Origin::Given);
    }
}

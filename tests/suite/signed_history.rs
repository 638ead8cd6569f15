//! Signed commits and tags among the evidence, and a database that is made again from it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use shipwake::load::{self, rebuild};
use shipwake::model::signature::Signature;
use shipwake::policy::Policy;
use shipwake::trust::Trusted;

use crate::support::cases::{TempCase, settings};
use crate::support::{put, sample_data};

const COMMIT: &str = include_str!("../../src/trust/tests/data/commit.ssh");
const TAG: &str = include_str!("../../src/trust/tests/data/tag.ssh");
const ALLOWED: &[u8] = include_bytes!("../../src/trust/tests/data/allowed_signers");
const COMMIT_ID: &str = "919c83528997e2bd12b1ee31de99c27cec664e6e";
const TAG_ID: &str = "1be3a0f2b830d5412256acbb4d49edbec73ee1f2";

/// What `git cat-file --batch` prints of these objects.
fn batch(objects: &[(&str, &str, &str)]) -> String {
    let record =
        |(id, kind, text): &(&str, &str, &str)| format!("{id} {kind} {}\n{text}\n", text.len());
    objects.iter().map(record).collect()
}

fn signatures(files: &[(&str, String)], given: &[Trusted]) -> Vec<Signature> {
    let case = TempCase::new();
    let bundle = case.scratch().join("bundle");
    for (name, text) in files {
        put(&bundle, name, text.as_bytes());
    }
    case.load(&[&bundle]);
    load::signatures(
        case.case(),
        &case.reader(),
        &Policy::built_in().unwrap(),
        given,
    )
    .unwrap()
}

fn allowed() -> Vec<Trusted> {
    let name = "allowed_signers".to_owned();
    let bytes = ALLOWED.to_vec();
    vec![Trusted { name, bytes }]
}

fn told(signatures: &[Signature]) -> Vec<(&str, &str)> {
    signatures
        .iter()
        .map(|one| (one.kind.as_str(), one.result.as_str()))
        .collect()
}

#[test]
fn commits_and_tags_are_checked_where_their_bytes_are() {
    let objects = batch(&[(COMMIT_ID, "commit", COMMIT), (TAG_ID, "tag", TAG)]);
    let files = [("objects.txt", objects)];
    let found = signatures(&files, &allowed());
    assert_eq!(
        told(&found),
        [("git_commit", "valid"), ("git_tag", "valid")]
    );
    assert_eq!(found[0].signer.as_deref(), Some("ed25519@acme.example"));
    assert!(found[0].subject.contains(COMMIT_ID), "{}", found[0].subject);
    assert_eq!(found[0].citations[0]["length"], COMMIT.len());
    let unnamed = signatures(&files, &[]);
    assert!(
        unnamed.iter().all(|one| one.result == "not_checkable"),
        "{unnamed:?}"
    );
}

#[test]
fn what_was_changed_or_renamed_is_never_valid() {
    let changed = COMMIT.replacen("tree ", "tree  ", 1);
    let other = "a".repeat(40);
    let files = [(
        "objects.txt",
        batch(&[(COMMIT_ID, "commit", &changed), (&other, "commit", COMMIT)]),
    )];
    let found = signatures(&files, &allowed());
    assert_eq!(
        told(&found),
        [
            ("git_commit", "bad_signature"),
            ("git_commit", "wrong_subject")
        ]
    );
}

#[test]
fn a_forge_tells_the_signed_text_and_the_signature_apart() {
    let (before, rest) = COMMIT.split_once("gpgsig ").unwrap();
    let (armour, message) = rest.split_once("\n\n").unwrap();
    let payload = format!("{}\n\n{message}", before.trim_end());
    let person =
        json!({"name": "Ines Roth", "email": "ines@acme.example", "date": "2026-02-03T04:05:06Z"});
    let value = json!({"sha": COMMIT_ID, "parents": [], "url": "https://api.github.com/repos/acme/shop/commits/x",
        "html_url": format!("https://github.com/acme/shop/commit/{COMMIT_ID}"),
        "commit": {"message": message, "author": person, "committer": person, "tree": {"sha": "b".repeat(40)},
            "verification": {"verified": true, "payload": payload, "signature": armour.replace("\n ", "\n")}}});
    let found = signatures(&[("commit.json", value.to_string())], &allowed());
    assert_eq!(told(&found), [("git_commit", "valid")]);
}

#[test]
fn a_bundle_hands_its_tags_on() {
    let case = TempCase::new();
    let bundle = case.scratch().join("bundle");
    let bytes = include_bytes!("../../src/formats/git_bundle/example.bundle");
    put(&bundle, "shop.bundle", bytes);
    put(&bundle, "note.txt", STANDARD.encode(b"x").as_bytes());
    case.load(&[&bundle]);
    let refs = case
        .rows("SELECT name, sha FROM base.git_ref ORDER BY name")
        .rows;
    let commits = case.rows("SELECT sha FROM base.commit").rows;
    assert_eq!(refs.len(), 1);
    assert_eq!(refs[0][1], commits[0][0]);
}

#[test]
fn a_case_is_what_follows_from_its_evidence() {
    let (case, _) = TempCase::of(&[&sample_data()]);
    let folder = tempfile::tempdir().unwrap();
    let compare = |folder: &std::path::Path| {
        rebuild::compare(
            case.case(),
            folder,
            &settings(2),
            &std::sync::Arc::default(),
        )
        .unwrap()
    };
    let compared = compare(folder.path());
    let different: Vec<_> = compared.iter().filter(|one| !one.same).collect();
    assert!(different.is_empty(), "{different:?}");
    assert!(compared.iter().map(|one| one.rows).sum::<u64>() > 1_000);
    // Somebody takes a row away.
    {
        let store = shipwake::store::Store::open(
            &case.case().database(),
            shipwake::store::Access::Write,
            &settings(2),
        )
        .unwrap();
        let writer = store.writer().unwrap();
        writer.run("DELETE FROM base.review").unwrap();
    }
    let again = tempfile::tempdir().unwrap();
    let different: Vec<String> = compare(again.path())
        .into_iter()
        .filter(|one| !one.same)
        .map(|one| one.table)
        .collect();
    assert_eq!(different, ["review"]);
}

//! Commits, tags and files that git, ssh-keygen and gpg signed.

use super::*;

const COMMIT: &[u8] = include_bytes!("data/commit.ssh");
const TAG: &[u8] = include_bytes!("data/tag.ssh");
const PGP: &[u8] = include_bytes!("data/commit.pgp");
const ALLOWED: &str = include_str!("data/allowed_signers");
const COMMITTED_NS: i64 = 1_770_091_506_000_000_000;

fn allowed(text: &str) -> Roots {
    let mut roots = Roots::none();
    roots
        .give_allowed_signers("allowed_signers", text.as_bytes())
        .unwrap();
    roots
}

fn commit(object: &[u8], roots: &Roots, expected: &Expected) -> Checked {
    verify_git(GitObject::Commit, object, roots, expected)
}

#[test]
fn a_signed_commit_and_tag_verify_and_name_their_principal() {
    let roots = allowed(ALLOWED);
    let mut expected = Expected {
        signers: vec![Identity::Principal(Pattern::exact("ed25519@acme.example"))],
        ..Expected::default()
    };
    // The ids that git itself printed.
    expected
        .digests
        .add("gitCommit", "919c83528997e2bd12b1ee31de99c27cec664e6e");
    expected
        .digests
        .add("gitTag", "1be3a0f2b830d5412256acbb4d49edbec73ee1f2");
    for (kind, object) in [(GitObject::Commit, COMMIT), (GitObject::Tag, TAG)] {
        let checked = verify_git(kind, object, &roots, &expected);
        assert!(checked.authorises(), "{checked:?}");
        assert_eq!(checked.proven.clock, Clock::Claimed);
        assert_eq!(checked.proven.times_ns, [COMMITTED_NS]);
    }
    expected.signers = vec![Identity::Principal(Pattern::exact("mallory@acme.example"))];
    assert_eq!(
        commit(COMMIT, &roots, &expected).outcome,
        Outcome::WrongIdentity
    );
}

#[test]
fn without_the_file_or_the_key_nothing_is_valid() {
    let none = commit(COMMIT, &Roots::none(), &Expected::default());
    assert_eq!(
        (none.reason, none.proven.signature),
        (Some(Reason::NoKey), true)
    );
    let others: String = ALLOWED
        .lines()
        .filter(|it| !it.contains("ssh-ed25519"))
        .collect::<Vec<_>>()
        .join("\n");
    let unknown = commit(COMMIT, &allowed(&others), &Expected::default());
    assert_eq!(unknown.outcome, Outcome::UntrustedRoot);
    let file = ALLOWED.replace("\"git\"", "\"file\"");
    assert_eq!(
        commit(COMMIT, &allowed(&file), &Expected::default()).outcome,
        Outcome::UntrustedRoot
    );
    for (window, outcome) in [
        ("valid-before=\"20260203Z\"", Outcome::Expired),
        ("valid-after=\"20260203040507Z\"", Outcome::Expired),
        (
            "valid-after=\"20260203040506\",valid-before=\"20270101\"",
            Outcome::Valid,
        ),
    ] {
        let file = ALLOWED.replace("namespaces=\"git\"", window);
        let checked = commit(COMMIT, &allowed(&file), &Expected::default());
        assert_eq!(checked.outcome, outcome, "{window}: {}", checked.detail);
    }
    assert!(AllowedSigners::read("x", b"a@b no-such-option ssh-ed25519 AAAA").is_err());
}

#[test]
fn every_changed_byte_of_commit_and_tag_is_seen() {
    let roots = allowed(ALLOWED);
    for (kind, object) in [(GitObject::Commit, COMMIT), (GitObject::Tag, TAG)] {
        for at in 0..object.len() {
            let mut object = object.to_vec();
            object[at] ^= 0x02;
            let checked = verify_git(kind, &object, &roots, &Expected::default());
            let text = String::from_utf8_lossy(&object).into_owned();
            assert_ne!(checked.outcome, Outcome::Valid, "byte {at} of {text}");
        }
    }
    let unsigned = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\ngpgsig is no header here\n";
    assert_eq!(
        commit(unsigned, &roots, &Expected::default()).outcome,
        Outcome::Absent
    );
}

#[test]
fn every_kind_of_ssh_key_is_checked() {
    let roots = allowed(ALLOWED);
    let all = [
        include_str!("data/hello.ecdsab256.sig"),
        include_str!("data/hello.ecdsab384.sig"),
        include_str!("data/hello.ecdsab521.sig"),
        include_str!("data/hello.rsab2048.sig"),
    ];
    for armour in all {
        let check = |message: &[u8], namespace: &str| {
            verify_ssh(
                message,
                armour,
                namespace,
                None,
                &roots,
                &Expected::default(),
            )
            .outcome
        };
        assert_eq!(check(b"hello", "git"), Outcome::Valid, "{armour}");
        assert_eq!(check(b"hellp", "git"), Outcome::BadSignature);
        assert_eq!(check(b"hello", "file"), Outcome::WrongSubject);
    }
}

#[test]
fn openpgp_is_named_and_not_believed_without_its_certificate() {
    let checked = commit(PGP, &allowed(ALLOWED), &Expected::default());
    assert_eq!(checked.reason, Some(Reason::NoKey));
    let key = "936D814D64C657ED1B55CF2A1FFA0D62131CB21A";
    assert_eq!(checked.proven.signer, Some(Signer::Key(key.to_owned())));
    assert_eq!(checked.proven.clock, Clock::Claimed);
    assert_eq!(checked.word(), "not checkable offline (no key given)");
}

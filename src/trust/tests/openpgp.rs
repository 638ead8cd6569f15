//! Commits, tags and certificates that gpg made, and noise.
//!
//! Under `data/openpgp` lie gpg 2.2's own outputs, by keys that were thrown away: a key that signs by
//! itself with its revocations and its expiry, a subkey under a key of RSA, a key that gpg was made
//! to certify by SHA-1. What gpg would not make is put together in `by_hand`. What these tests are
//! not: tests of the library's mathematics.

mod by_hand;

use super::*;

macro_rules! data {
    ($name:literal) => {
        include_str!(concat!("data/openpgp/", $name))
    };
}

const INES: &str = data!("ines.asc");
const TOMAS: &str = data!("tomas.asc");
const COMMIT: &str = data!("ines.commit");
const TAG: &str = data!("ines.tag");
const BY_SUBKEY: &str = data!("tomas.commit");
const TEXT: &[u8] = b"one\ntwo\n";
const SIGNED: u32 = 1_770_091_506;
const MADE: u32 = 1_767_225_600;

fn given(files: &[&str]) -> Roots {
    let mut roots = Roots::none();
    for file in files {
        roots.give_openpgp("given.asc", file.as_bytes()).unwrap();
    }
    roots
}

fn commit(object: &str, roots: &Roots) -> Checked {
    let expected = Expected::default();
    verify_git(GitObject::Commit, object.as_bytes(), roots, &expected)
}

fn detached(message: &[u8], armour: &str, roots: &Roots) -> Checked {
    let start = Checked::new("test", Outcome::Valid, "");
    super::super::openpgp::check(start, message, armour, roots, &Expected::default())
}

fn principals(checked: &Checked) -> &str {
    checked.proven.signer.as_ref().unwrap().name()
}

#[test]
fn a_signed_commit_and_tag_verify_and_name_their_principal() {
    let roots = given(&[TOMAS, INES]);
    let mut expected = Expected {
        signers: vec![Identity::Principal(Pattern::exact("ines@acme.example"))],
        ..Expected::default()
    };
    // The ids that git itself printed.
    for (key, id) in [
        ("gitCommit", "f0cb1ac6f81abb574332f376d8768efdd37673dc"),
        ("gitTag", "604a0bffa70ee663db9e27a214994936537f79b9"),
    ] {
        expected.digests.add(key, id);
    }
    for (kind, object) in [(GitObject::Commit, COMMIT), (GitObject::Tag, TAG)] {
        let checked = verify_git(kind, object.as_bytes(), &roots, &expected);
        assert!(checked.authorises(), "{checked:?}");
        assert!(checked.proven.signature && checked.proven.chain);
        assert_eq!(checked.subject, Judged::AsExpected);
        assert_eq!(checked.proven.clock, Clock::Claimed);
        assert_eq!(checked.proven.times_ns, [i64::from(SIGNED) * 1_000_000_000]);
        let signer = Signer::Principal {
            principals: "ines@acme.example".to_owned(),
            fingerprint: "1C474572B7755E0154E740B4C4BA56A4221BDEEF".to_owned(),
        };
        assert_eq!(checked.proven.signer, Some(signer));
    }
    expected.signers = vec![Identity::Principal(Pattern::exact("tomas@acme.example"))];
    let checked = verify_git(GitObject::Tag, TAG.as_bytes(), &roots, &expected);
    assert_eq!(checked.outcome, Outcome::WrongIdentity);
}

#[test]
fn a_signing_subkey_speaks_for_the_user_ids_that_stand() {
    let checked = commit(BY_SUBKEY, &given(&[TOMAS]));
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
    // `old@acme.example` was revoked.
    let signer = Signer::Principal {
        principals: "release@acme.example,tomas@acme.example".to_owned(),
        fingerprint: "FA8990CE270664386333E571520AC5B755FABEAE".to_owned(),
    };
    assert_eq!(checked.proven.signer, Some(signer));
}

#[test]
fn without_the_issuer_s_certificate_nothing_is_valid() {
    let none = commit(COMMIT, &Roots::none());
    assert_eq!(none.reason, Some(Reason::NoKey), "{}", none.detail);
    let id = "1C474572B7755E0154E740B4C4BA56A4221BDEEF".to_owned();
    assert_eq!(none.proven.signer, Some(Signer::Key(id)));
    let other = commit(COMMIT, &given(&[TOMAS]));
    assert_eq!(other.outcome, Outcome::UntrustedRoot, "{}", other.detail);
    assert!(!other.proven.signature && !other.proven.chain);
    let both = format!("two of them:\n{TOMAS}\nand\n{INES}");
    assert_eq!(commit(COMMIT, &given(&[&both])).outcome, Outcome::Valid);
}

#[test]
fn every_changed_bit_of_commit_and_tag_is_seen() {
    let roots = given(&[INES, TOMAS]);
    let objects = [
        (GitObject::Commit, COMMIT),
        (GitObject::Tag, TAG),
        (GitObject::Commit, BY_SUBKEY),
    ];
    for (kind, object) in objects {
        for at in 0..object.len() * 8 {
            let mut object = object.as_bytes().to_vec();
            object[at / 8] ^= 1 << (at % 8);
            let checked = verify_git(kind, &object, &roots, &Expected::default());
            let text = String::from_utf8_lossy(&object).into_owned();
            assert_ne!(checked.outcome, Outcome::Valid, "bit {at} of {text}");
        }
    }
}

#[test]
fn a_changed_bit_of_a_certificate_makes_nobody_else_of_it() {
    for at in 0..INES.len() * 8 {
        let mut file = INES.as_bytes().to_vec();
        file[at / 8] ^= 1 << (at % 8);
        let mut roots = Roots::none();
        if roots.give_openpgp("changed.asc", &file).is_ok() {
            let checked = commit(COMMIT, &roots);
            let same = principals(&checked) == "ines@acme.example";
            assert!(same || checked.outcome != Outcome::Valid, "bit {at}");
        }
    }
}

#[test]
fn expired_and_revoked_keys_are_told_by_when_and_why() {
    for (file, outcome) in [
        (data!("ines.expired.asc"), Outcome::Expired),
        (data!("ines.compromised.asc"), Outcome::UntrustedRoot),
        (data!("ines.superseded-before.asc"), Outcome::Expired),
        (data!("ines.superseded-after.asc"), Outcome::Valid),
    ] {
        // A copy without the revocation hides nothing. One without the expiry is older.
        for files in [vec![file], vec![file, INES], vec![INES, file]] {
            let checked = commit(COMMIT, &given(&files));
            assert_eq!(checked.outcome, outcome, "{}", checked.detail);
            assert!(checked.proven.signature);
            assert_eq!(checked.proven.chain, outcome == Outcome::Valid);
        }
    }
}

#[test]
fn text_is_signed_whatever_its_line_ends() {
    let roots = given(&[INES]);
    let armour = data!("text.sig");
    for (text, outcome) in [
        (&b"one\ntwo\n"[..], Outcome::Valid),
        (b"one\r\ntwo\r\n", Outcome::Valid),
        (b"one\ntwo", Outcome::BadSignature),
        (b"one\n\ntwo\n", Outcome::BadSignature),
        (b"one\rtwo\r", Outcome::BadSignature),
    ] {
        assert_eq!(detached(text, armour, &roots).outcome, outcome);
    }
}

#[test]
fn sha_1_proves_nothing_neither_of_a_document_nor_of_a_key() {
    for (armour, roots) in [
        (data!("sha1.sig"), Roots::none()),
        (data!("sha1.sig"), given(&[data!("sha1.asc")])),
        (data!("sha256.sig"), given(&[data!("sha1.asc")])),
    ] {
        let checked = detached(TEXT, armour, &roots);
        assert_eq!(checked.reason, Some(Reason::Unsupported));
        assert!(checked.detail.contains("SHA-1"), "{}", checked.detail);
    }
}

fn armour(label: &str, bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("-----BEGIN PGP {label}-----\n\n{text}\n-----END PGP {label}-----\n")
}

/// The bytes in an armour that gpg wrote.
fn bytes(armour: &str) -> Vec<u8> {
    let lines = armour.lines().skip_while(|line| !line.is_empty());
    let lines = lines.take_while(|line| !line.starts_with(['=', '-']));
    base64::engine::general_purpose::STANDARD
        .decode(lines.collect::<String>())
        .unwrap()
}

/// GitHub writes the numbers of RSA as long as its key, with what zeros stand before them.
#[test]
fn a_number_may_be_written_as_long_as_its_key() {
    let roots = given(&[data!("web.asc")]);
    for (text, written, bits) in [
        (&b"text 198\n"[..], data!("web.zero-bit.sig"), 2043),
        (b"text 521\n", data!("web.zero-byte.sig"), 2040),
    ] {
        assert_eq!(detached(text, written, &roots).outcome, Outcome::Valid);
        let mut packet = bytes(written);
        let length = usize::from(bits).div_ceil(8);
        let number = packet.split_off(packet.len() - length);
        let stated = packet.split_off(packet.len() - 2);
        assert_eq!(stated, u16::to_be_bytes(bits));
        let spelled = |bits: u16, zeros: usize| {
            let zeros = vec![0; zeros];
            let mut body = [&packet[3..], &bits.to_be_bytes(), &zeros, &number].concat();
            let length = u16::try_from(body.len()).unwrap().to_be_bytes();
            body.splice(..0, [packet[0], length[0], length[1]]);
            body
        };
        let zeros = 256 - length;
        let padded = spelled(2048, zeros);
        let judge = |packet: &[u8]| detached(text, &armour("SIGNATURE", packet), &roots);
        assert_eq!(judge(&padded).outcome, Outcome::Valid);
        for other in [
            spelled(2048 - 1, zeros + 1),
            spelled(bits + 8, 1),
            spelled(3072, 128 + zeros),
        ] {
            if other != padded {
                assert_eq!(judge(&other).reason, Some(Reason::Malformed));
            }
        }
        for bit in 0..padded.len() * 8 {
            let mut packet = padded.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(judge(&packet).outcome, Outcome::Valid, "bit {bit}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(512)
    })]

    #[test]
    fn noise_and_spoilt_packets_never_panic_and_are_never_valid(
        noise in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        at in proptest::num::usize::ANY,
        cut in 0..8_usize,
    ) {
        let roots = given(&[INES]);
        for label in ["SIGNATURE", "PUBLIC KEY BLOCK"] {
            let text = armour(label, &noise);
            let _ = Certificates::read("noise", text.as_bytes());
            let checked = detached(TEXT, &text, &roots);
            proptest::prop_assert_ne!(checked.outcome, Outcome::Valid);
        }
        for whole in [bytes(INES), bytes(TOMAS), bytes(data!("text.sig"))] {
            let mut spoilt = whole.clone();
            let at = at % spoilt.len();
            let noise = &noise[..noise.len().min(4)];
            let end = (at + cut).min(spoilt.len());
            spoilt.splice(at..end, noise.iter().copied());
            let text = armour("PUBLIC KEY BLOCK", &spoilt);
            let _ = Certificates::read("spoilt", text.as_bytes());
            let checked = detached(TEXT, &armour("SIGNATURE", &spoilt), &roots);
            proptest::prop_assert!(checked.outcome != Outcome::Valid || spoilt == whole);
        }
    }
}

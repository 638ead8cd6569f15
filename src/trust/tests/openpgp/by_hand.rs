//! What gpg would not make: certificates and signatures put together packet by packet, by keys whose
//! secret is one byte.

use pgp::crypto::ed25519::{Mode, SecretKey as Ed25519};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{
    KeyFlags, Notation, Packet, PubKeyInner, PublicKey, PublicSubkey, RevocationCode, SecretKey,
    SecretSubkey, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize as _;
use pgp::types::{
    Duration, KeyDetails, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams,
    PublicParams, RevocationKey, RevocationKeyClass, SecretParams, SigningKey, Tag, Timestamp,
};

use super::*;

fn public(version: KeyVersion, seed: u8, made: u32) -> (PubKeyInner, SecretParams) {
    let secret = Ed25519::try_from_bytes([seed; 32], Mode::Ed25519).unwrap();
    let algorithm = PublicKeyAlgorithm::Ed25519;
    let (made, params) = (
        Timestamp::from_secs(made),
        PublicParams::Ed25519((&secret).into()),
    );
    let key = PubKeyInner::new(version, algorithm, made, None, params).unwrap();
    let secret = PlainSecretParams::Ed25519(secret);
    (key, SecretParams::Plain(secret))
}

fn primary(seed: u8) -> SecretKey {
    let (key, secret) = public(KeyVersion::V4, seed, MADE);
    SecretKey::new(PublicKey::from_inner(key).unwrap(), secret).unwrap()
}

fn subkey(seed: u8, made: u32) -> SecretSubkey {
    let (key, secret) = public(KeyVersion::V4, seed, made);
    SecretSubkey::new(PublicSubkey::from_inner(key).unwrap(), secret).unwrap()
}

fn regular(data: SubpacketData) -> Subpacket {
    Subpacket::regular(data).unwrap()
}

fn flags(sign: bool) -> Subpacket {
    let mut flags = KeyFlags::default();
    flags.set_sign(sign);
    regular(SubpacketData::KeyFlags(flags))
}

fn life(seconds: u32) -> Subpacket {
    regular(SubpacketData::KeyExpirationTime(Duration::from_secs(
        seconds,
    )))
}

fn config(
    kind: SignatureType,
    by: &impl SigningKey,
    made: u32,
    more: Vec<Subpacket>,
) -> SignatureConfig {
    let (algorithm, hash) = (by.algorithm(), HashAlgorithm::Sha256);
    let mut config = match by.version() {
        KeyVersion::V6 => SignatureConfig::v6_with_salt(kind, algorithm, hash, vec![5; 16]),
        _ => SignatureConfig::v4(kind, algorithm, hash),
    };
    let made = SubpacketData::SignatureCreationTime(Timestamp::from_secs(made));
    let issuer = SubpacketData::IssuerFingerprint(by.fingerprint());
    config.hashed_subpackets = vec![regular(made), regular(issuer)];
    config.hashed_subpackets.extend(more);
    config
}

const NOTHING: fn() -> Password = Password::empty;

fn named(key: &SecretKey, id: &str, made: u32, more: Vec<Subpacket>) -> [Packet; 2] {
    let id = UserId::from_str(PacketHeaderVersion::New, id).unwrap();
    let config = config(SignatureType::CertPositive, key, made, more);
    let signed = config
        .sign_certification(key, key.public_key(), &NOTHING(), Tag::UserId, &id)
        .unwrap();
    [id.into(), signed.into()]
}

fn key_signature(
    key: &SecretKey,
    kind: SignatureType,
    by: &SecretKey,
    more: Vec<Subpacket>,
) -> Packet {
    let config = config(kind, by, MADE, more);
    let signed = config.sign_key(by, &NOTHING(), key.public_key()).unwrap();
    signed.into()
}

fn bound(key: &SecretKey, sub: &SecretSubkey, more: Vec<Subpacket>) -> [Packet; 2] {
    let config = config(SignatureType::SubkeyBinding, key, MADE, more);
    let (over, sub) = (key.public_key(), sub.public_key());
    let signed = config.sign_subkey_binding(key, over, &NOTHING(), sub);
    [sub.clone().into(), signed.unwrap().into()]
}

fn back(key: &SecretKey, sub: &SecretSubkey, by: &SecretSubkey) -> Subpacket {
    let config = config(SignatureType::KeyBinding, by, MADE, Vec::new());
    let (sub, over) = (sub.public_key(), key.public_key());
    let signed = config.sign_primary_key_binding(by, sub, &NOTHING(), over);
    regular(SubpacketData::EmbeddedSignature(Box::new(signed.unwrap())))
}

fn file(key: &SecretKey, packets: impl IntoIterator<Item = Packet>) -> String {
    let mut bytes = Packet::from(key.public_key().clone()).to_bytes().unwrap();
    for packet in packets {
        bytes.extend(packet.to_bytes().unwrap());
    }
    armour("PUBLIC KEY BLOCK", &bytes)
}

fn sign_as(kind: SignatureType, by: &impl SigningKey, more: Vec<Subpacket>) -> Signature {
    config(kind, by, SIGNED, more)
        .sign(by, &NOTHING(), TEXT)
        .unwrap()
}

fn sign(by: &impl SigningKey) -> String {
    written(&[sign_as(SignatureType::Binary, by, Vec::new())])
}

fn written(signatures: &[Signature]) -> String {
    let packets = signatures.iter().cloned().map(Packet::from);
    let bytes: Vec<_> = packets.flat_map(|it| it.to_bytes().unwrap()).collect();
    armour("SIGNATURE", &bytes)
}

fn ines(key: &SecretKey) -> [Packet; 2] {
    named(
        key,
        "Ines Roth <ines@acme.example>",
        MADE,
        vec![flags(true)],
    )
}

#[test]
fn a_key_signs_only_if_its_certificate_lets_it() {
    let (key, sub) = (primary(1), subkey(2, MADE));
    let id = "Ines Roth <ines@acme.example>";
    let other = subkey(3, MADE);
    let can = || vec![flags(true), back(&key, &sub, &sub)];
    let late = subkey(2, SIGNED + 1);
    let late_bound = bound(&key, &late, vec![flags(true), back(&key, &late, &late)]);
    let binding = |more| ines(&key).into_iter().chain(bound(&key, &sub, more));
    let short = vec![flags(true), back(&key, &sub, &sub), life(60)];
    let revoked = config(SignatureType::SubkeyRevocation, &key, MADE, Vec::new())
        .sign_subkey_binding(&key, key.public_key(), &NOTHING(), sub.public_key())
        .unwrap();
    let unbound = [Packet::from(sub.public_key().clone())];
    let by_key = sign(&key);
    let by_sub = sign(&sub);
    for (what, packets, signature, outcome) in [
        ("primary", ines(&key).to_vec(), &by_key, Outcome::Valid),
        (
            "not to sign",
            named(&key, id, MADE, vec![flags(false)]).to_vec(),
            &by_key,
            Outcome::UntrustedRoot,
        ),
        (
            "no flags",
            named(&key, id, MADE, Vec::new()).to_vec(),
            &by_key,
            Outcome::UntrustedRoot,
        ),
        ("subkey", binding(can()).collect(), &by_sub, Outcome::Valid),
        (
            "no back-signature",
            binding(vec![flags(true)]).collect(),
            &by_sub,
            Outcome::UntrustedRoot,
        ),
        (
            "another's",
            binding(vec![flags(true), back(&key, &sub, &other)]).collect(),
            &by_sub,
            Outcome::UntrustedRoot,
        ),
        (
            "encrypts",
            binding(vec![flags(false), back(&key, &sub, &sub)]).collect(),
            &by_sub,
            Outcome::UntrustedRoot,
        ),
        (
            "unbound",
            ines(&key).into_iter().chain(unbound).collect(),
            &by_sub,
            Outcome::UntrustedRoot,
        ),
        (
            "expired subkey",
            binding(short).collect(),
            &by_sub,
            Outcome::Expired,
        ),
        (
            "expired primary",
            named(&key, id, MADE, vec![flags(true), life(60)])
                .into_iter()
                .chain(bound(&key, &sub, can()))
                .collect(),
            &by_sub,
            Outcome::Expired,
        ),
        (
            "not yet made",
            ines(&key).into_iter().chain(late_bound).collect(),
            &sign(&late),
            Outcome::Expired,
        ),
        (
            "revoked subkey",
            binding(can()).chain([revoked.into()]).collect(),
            &by_sub,
            Outcome::UntrustedRoot,
        ),
    ] {
        let roots = given(&[&file(&key, packets)]);
        let checked = detached(TEXT, signature, &roots);
        assert_eq!(checked.outcome, outcome, "{what}: {}", checked.detail);
        assert_ne!(detached(b"one", signature, &roots).outcome, Outcome::Valid);
    }
}

#[test]
fn a_key_that_another_certificate_lists_stays_whose_it_is() {
    let (key, mallory, listed) = (primary(1), primary(6), subkey(1, MADE));
    let lists = |may| {
        let name = named(&mallory, "mallory@acme.example", MADE, vec![flags(true)]);
        let more = bound(&mallory, &listed, vec![flags(may)]);
        file(&mallory, name.into_iter().chain(more))
    };
    let mine = file(&key, ines(&key));
    for may in [true, false] {
        let checked = detached(TEXT, &sign(&key), &given(&[&lists(may)]));
        assert_eq!(checked.outcome, Outcome::UntrustedRoot);
        assert!(matches!(checked.proven.signer, Some(Signer::Key(_))));
        let checked = detached(TEXT, &sign(&key), &given(&[&lists(may), &mine]));
        assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
        assert_eq!(principals(&checked), "ines@acme.example");
    }
}

#[test]
fn the_last_word_on_a_key_counts() {
    let key = primary(1);
    let id = "Ines Roth <ines@acme.example>";
    let long = named(&key, id, MADE + 60, vec![flags(true)]);
    let short = named(&key, id, MADE, vec![flags(true), life(90)]);
    let both = long.iter().chain(&short).cloned();
    let checked = detached(TEXT, &sign(&key), &given(&[&file(&key, both)]));
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
    let short = named(&key, id, MADE + 120, vec![flags(true), life(90)]);
    let both = long.into_iter().chain(short);
    let checked = detached(TEXT, &sign(&key), &given(&[&file(&key, both)]));
    assert_eq!(checked.outcome, Outcome::Expired, "{}", checked.detail);
}

#[test]
fn a_key_of_version_6_speaks_by_its_direct_signature_alone() {
    let (key, secret) = public(KeyVersion::V6, 1, MADE);
    let key = SecretKey::new(PublicKey::from_inner(key).unwrap(), secret).unwrap();
    let direct = |may| key_signature(&key, SignatureType::Key, &key, vec![flags(may)]);
    let with = |may| [direct(may)].into_iter().chain(ines(&key)).collect();
    let plain = primary(1);
    let alone = key_signature(&plain, SignatureType::Key, &plain, vec![flags(true)]);
    for (what, key, packets, outcome) in [
        ("direct and name", &key, with(true), Outcome::Valid),
        ("direct", &key, vec![direct(true)], Outcome::Valid),
        ("not to sign", &key, with(false), Outcome::UntrustedRoot),
        ("name", &key, ines(&key).to_vec(), Outcome::UntrustedRoot),
        ("version 4", &plain, vec![alone], Outcome::Valid),
    ] {
        let roots = given(&[&file(key, packets)]);
        let checked = detached(TEXT, &sign(key), &roots);
        assert_eq!(checked.outcome, outcome, "{what}: {}", checked.detail);
        let id = super::super::super::hex(key.fingerprint().as_bytes()).to_uppercase();
        assert_eq!(
            principals(&checked) == id,
            !what.contains("name") && what != "not to sign"
        );
    }
}

#[test]
fn a_named_revoker_is_believed() {
    let (key, other) = (primary(1), primary(9));
    let fingerprint = other.fingerprint();
    let algorithm = PublicKeyAlgorithm::Ed25519;
    let class = RevocationKeyClass::Default;
    let revoker = RevocationKey::new(class, algorithm, fingerprint.as_bytes());
    let allowing = vec![regular(SubpacketData::RevocationKey(revoker))];
    let reason = SubpacketData::RevocationReason(RevocationCode::KeyRetired, b"".to_vec().into());
    let kind = SignatureType::KeyRevocation;
    let taken_back = key_signature(&key, kind, &other, vec![regular(reason)]);
    let allows = key_signature(&key, SignatureType::Key, &key, allowing);
    let strange = [taken_back.clone()].into_iter().chain(ines(&key));
    let checked = detached(TEXT, &sign(&key), &given(&[&file(&key, strange)]));
    assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
    let both = [taken_back, allows].into_iter().chain(ines(&key));
    let checked = detached(TEXT, &sign(&key), &given(&[&file(&key, both)]));
    assert_eq!(
        checked.outcome,
        Outcome::UntrustedRoot,
        "{}",
        checked.detail
    );
}

#[test]
fn user_ids_are_one_principal_each_or_none() {
    let key = primary(1);
    let name = |id: &str| {
        let packets = named(&key, id, MADE, vec![flags(true)]);
        let checked = detached(TEXT, &sign(&key), &given(&[&file(&key, packets)]));
        assert_eq!(checked.outcome, Outcome::Valid, "{}", checked.detail);
        (matches!(checked.proven.signer, Some(Signer::Principal { .. })))
            .then(|| principals(&checked).to_owned())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(name("ines@acme.example"), some("ines@acme.example"));
    assert_eq!(name("I, R. <ines@acme.example>"), some("ines@acme.example"));
    for odd in [
        "Ines Roth",
        "",
        "ines@acme.example,root@acme.example",
        "I <ines@acme.example,root@acme.example>",
        "I <*@acme.example>",
        "I <a@b@acme.example>",
        "I <ines@acme.example> x",
        "I <@acme.example>",
    ] {
        assert_eq!(name(odd), None, "{odd}");
    }
}

#[test]
fn what_a_signature_must_not_carry() {
    let key = primary(1);
    let roots = given(&[&file(&key, ines(&key))]);
    let notation = || {
        SubpacketData::Notation(Notation {
            readable: true,
            name: b"what@acme.example".to_vec().into(),
            value: b"x".to_vec().into(),
        })
    };
    let critical = |data| vec![Subpacket::critical(data).unwrap()];
    let strange = || SubpacketData::Other(99, b"x".to_vec().into());
    let ends = SubpacketData::SignatureExpirationTime(Duration::from_secs(60));
    let binary = |more| sign_as(SignatureType::Binary, &key, more);
    let again = SubpacketData::SignatureCreationTime(Timestamp::from_secs(MADE));
    let beside = |data| {
        let mut signature = binary(Vec::new());
        signature.unhashed_subpacket_push(regular(data)).unwrap();
        signature
    };
    let id = SubpacketData::IssuerKeyId(key.legacy_key_id());
    let foreign = SubpacketData::IssuerKeyId([7; 8].into());
    let plain = binary(Vec::new());
    for (what, signatures, reason) in [
        ("plain", vec![plain.clone()], None),
        ("notation", vec![binary(vec![regular(notation())])], None),
        ("unknown", vec![binary(vec![regular(strange())])], None),
        ("issuer beside", vec![beside(id)], None),
        (
            "critical notation",
            vec![binary(critical(notation()))],
            Some(Reason::Unsupported),
        ),
        (
            "expires",
            vec![binary(vec![regular(ends)])],
            Some(Reason::NoProofOfTime),
        ),
        (
            "two times",
            vec![binary(vec![regular(again)])],
            Some(Reason::Malformed),
        ),
        (
            "notation beside",
            vec![beside(notation())],
            Some(Reason::Malformed),
        ),
        (
            "two",
            vec![plain.clone(), plain.clone()],
            Some(Reason::Malformed),
        ),
        ("none", Vec::new(), Some(Reason::Malformed)),
    ] {
        let checked = detached(TEXT, &written(&signatures), &roots);
        assert_eq!(checked.reason, reason, "{what}: {}", checked.detail);
        assert_eq!(
            checked.outcome == Outcome::Valid,
            reason.is_none(),
            "{what}"
        );
    }
    let checked = detached(TEXT, &written(&[beside(foreign)]), &roots);
    assert_eq!(
        checked.outcome,
        Outcome::UntrustedRoot,
        "{}",
        checked.detail
    );
}

#[test]
fn what_a_signature_must_not_be() {
    let key = primary(1);
    let roots = given(&[&file(&key, ines(&key))]);
    let binary = |more| sign_as(SignatureType::Binary, &key, more);
    let strange = SubpacketData::Other(99, b"x".to_vec().into());
    let plain = binary(Vec::new());
    // The library signs nothing of the kind.
    let unknown = binary(vec![regular(strange)]);
    let mut unknown = Packet::from(unknown).to_bytes().unwrap();
    let kind = unknown.windows(3).position(|it| it == [2, 99, b'x']);
    unknown[kind.unwrap() + 1] |= 0x80;
    let checked = detached(TEXT, &armour("SIGNATURE", &unknown), &roots);
    assert_eq!(checked.reason, Some(Reason::Unsupported));
    assert!(checked.detail.contains("critical"), "{}", checked.detail);
    for kind in [0x02, 0x10, 0x1f, 0x40, 0x50] {
        let mut other = Packet::from(plain.clone()).to_bytes().unwrap();
        other[3] = kind;
        let checked = detached(TEXT, &armour("SIGNATURE", &other), &roots);
        assert_eq!(checked.reason, Some(Reason::Unsupported), "{kind:#x}");
    }
    for version in [5, 7] {
        let mut other = Packet::from(plain.clone()).to_bytes().unwrap();
        other[2] = version;
        let checked = detached(TEXT, &armour("SIGNATURE", &other), &roots);
        assert_eq!(checked.reason, Some(Reason::Unsupported), "{version}");
    }
    let one = written(&[plain]);
    for armour in [
        format!("{one}{one}"),
        format!("x\n{one}"),
        format!("{one}x"),
        one.replace("\n\n", "\n"),
        one.replace("\n\n", "\nVersion\n\n"),
        one.replace("\n-----END", "\n=AAAA\n-----END"),
        one.replace("SIGNATURE", "MESSAGE"),
        format!("{one}{}", " ".repeat(1 << 16)),
    ] {
        let checked = detached(TEXT, &armour, &roots);
        assert_eq!(checked.outcome, Outcome::NotCheckable, "{armour:.200}");
    }
    let armour = one
        .replace("\n\n", "\nVersion: GnuPG v1\n\n")
        .replace('\n', " \r\n");
    assert_eq!(detached(TEXT, &armour, &roots).outcome, Outcome::Valid);
}

#[test]
fn a_certificate_that_does_not_hold_is_named() {
    let (key, other) = (primary(1), primary(4));
    let fingerprint = super::super::hex(key.fingerprint().as_bytes()).to_uppercase();
    let mut swapped = ines(&key);
    let id = "Mallory <mallory@acme.example>";
    swapped[0] = UserId::from_str(PacketHeaderVersion::New, id)
        .unwrap()
        .into();
    let recipient = SubpacketData::IntendedRecipientFingerprint(other.fingerprint());
    let critical = vec![flags(true), Subpacket::critical(recipient).unwrap()];
    let foreign = ines(&other);
    let signature: Packet = sign_as(SignatureType::Binary, &key, Vec::new()).into();
    for (what, packets) in [
        ("another's name", swapped.to_vec()),
        ("nothing said", Vec::new()),
        ("said by another", foreign.to_vec()),
        ("critical", named(&key, id, MADE, critical).to_vec()),
        ("a document's signature", vec![signature]),
        ("a secret key", vec![key.clone().into()]),
    ] {
        let good = file(&other, ines(&other));
        let text = format!("{good}{}", file(&key, packets));
        let why = Certificates::read("f.asc", text.as_bytes()).unwrap_err();
        assert!(why.why.contains(&fingerprint), "{what}: {why}");
        assert_eq!(why.name, "f.asc");
    }
    let large = vec![b' '; (4 << 20) + 1];
    let secret = armour("PRIVATE KEY BLOCK", b"x");
    for file in [&b""[..], b"\xff", b"text", secret.as_bytes(), &large] {
        assert!(Certificates::read("f.asc", file).is_err());
    }
}

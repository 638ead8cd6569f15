//! OpenPGP certificates, "Transferable Public Keys" (RFC 9580, section 10.1): which of their
//! self-signatures hold, which keys are bound and may sign, what is revoked, and when.
//!
//! A certificate is read once, and everything in it is verified then. Whoever gives one vouches for
//! its user ids: they are its owner's word. The owner's last word counts, whenever it was said.

use std::collections::{BTreeMap, BTreeSet};

use pgp::packet::{
    Packet, PacketParser, PublicKey, PublicSubkey, RevocationCode, Signature, SignatureType,
    SubpacketData, UserId,
};
use pgp::types::{KeyDetails, KeyId, KeyVersion, Tag};

use super::RootError;
use super::openpgp::{
    ends, fingerprint, hashed, key_id, lines, made, names_only, strong, time, unarmour, unknown,
    usable, verifies,
};
use super::result::Outcome;

/// A file of certificates is small.
const MAX_FILE: usize = 4 << 20;

/// Most certificates that are kept.
const MAX_CERTIFICATES: usize = 65_536;

/// OpenPGP certificates, "Transferable Public Keys" (RFC 9580, section 10.1), by the fingerprint
/// of their primary key. A certificate that is given twice is one with all that either holds, so
/// that no copy hides another's revocation.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    certificates: BTreeMap<String, Certificate>,
    /// By key id: the certificate, and the subkey if it is one.
    index: BTreeMap<Vec<u8>, BTreeSet<(String, Option<String>)>>,
}

/// One certificate: the statements of its primary key that hold.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub key: PublicKey,
    /// Direct-key signatures.
    direct: Vec<Statement>,
    /// By the user id's bytes.
    users: BTreeMap<Vec<u8>, Bound>,
    /// By fingerprint.
    subkeys: BTreeMap<String, (PublicSubkey, Bound)>,
    revocations: Vec<Revocation>,
    /// Whether a statement was left out, for its hash or key is too weak or of a kind not checked.
    weak: bool,
}

/// What the primary key says of a user id or a subkey.
#[derive(Debug, Clone, Default)]
struct Bound {
    statements: Vec<Statement>,
    revocations: Vec<Revocation>,
    weak: bool,
}

/// A self-signature that holds (RFC 9580, 5.2.3.10).
#[derive(Debug, Clone)]
struct Statement {
    /// Seconds since 1970, as all times here.
    made: u32,
    /// The statement's own end.
    until: Option<u64>,
    /// The key's life in seconds, from its creation.
    life: Option<u32>,
    /// Whether the key may sign; `None` where no key flags are stated.
    signs: Option<bool>,
    /// Whether the subkey, too, says that it belongs to the primary key (RFC 9580, 5.2.1.9).
    back: bool,
    /// Fingerprints of keys that may revoke this one (RFC 9580, 5.2.3.23).
    revokers: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
struct Revocation {
    made: u32,
    /// Superseded or retired: what was signed before stands (RFC 9580, 5.2.3.31).
    soft: bool,
}

/// A certificate's packets, before anything is verified.
struct Parts {
    key: PublicKey,
    own: Vec<Signature>,
    users: Vec<(UserId, Vec<Signature>)>,
    subkeys: Vec<(PublicSubkey, Vec<Signature>)>,
}

impl Certificates {
    /// Reads armoured certificates (RFC 9580, sections 6.2 and 10.1): one or many blocks
    /// `PGP PUBLIC KEY BLOCK`, each with one or many certificates; text between blocks is skipped.
    /// Third parties' certifications are left out. Certificates whose keys or hashes are too weak
    /// or of a kind that is not checked are kept, so that a result can say so, and prove nothing.
    ///
    /// # Errors
    /// Names the block that is not sound, or the certificate that does not parse or whose
    /// self-signatures do not hold.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, RootError> {
        let fail = |why: String| RootError::new(name, why);
        if bytes.len() > MAX_FILE {
            return Err(fail("too large for a file of OpenPGP certificates".into()));
        }
        let text = std::str::from_utf8(bytes).map_err(|why| RootError::new(name, why))?;
        let mut lines = lines(text);
        let (mut found, mut blocks, mut count) = (Self::default(), 0, 0);
        while let Some(line) = lines.next() {
            let Some(label) = line.strip_prefix("-----BEGIN PGP ") else {
                continue;
            };
            blocks += 1;
            if label != "PUBLIC KEY BLOCK-----" {
                return Err(fail(format!("block {blocks} is not one of public keys")));
            }
            let packets = unarmour(&mut lines, "-----END PGP PUBLIC KEY BLOCK-----");
            let packets = packets.ok_or_else(|| fail(format!("block {blocks} is not armour")))?;
            for parts in parts(&packets).map_err(|why| fail(format!("block {blocks}: {why}")))? {
                count += 1;
                if count > MAX_CERTIFICATES {
                    let why = format!("more than {MAX_CERTIFICATES} certificates");
                    return Err(fail(why));
                }
                let id = fingerprint(&parts.key);
                let read = Certificate::read(parts);
                found.add(read.map_err(|why| fail(format!("certificate {count}, {id}: {why}")))?);
            }
        }
        if found.certificates.is_empty() {
            return Err(fail("no OpenPGP certificate in it".into()));
        }
        Ok(found)
    }

    pub(super) fn extend(&mut self, other: Self) {
        for certificate in other.certificates.into_values() {
            self.add(certificate);
        }
    }

    fn add(&mut self, new: Certificate) {
        let id = fingerprint(&new.key);
        let mut index = |key: &KeyId, subkey| {
            let entry = self.index.entry(key.as_ref().to_vec()).or_default();
            entry.insert((id.clone(), subkey));
        };
        index(&new.key.legacy_key_id(), None);
        for (subkey, (key, _)) in &new.subkeys {
            index(&key.legacy_key_id(), Some(subkey.clone()));
        }
        let Some(known) = self.certificates.get_mut(&id) else {
            self.certificates.insert(id, new);
            return;
        };
        known.direct.extend(new.direct);
        known.revocations.extend(new.revocations);
        known.weak |= new.weak;
        for (id, bound) in new.users {
            known.users.entry(id).or_default().extend(bound);
        }
        for (id, (key, bound)) in new.subkeys {
            let entry = known.subkeys.entry(id);
            entry.or_insert((key, Bound::default())).1.extend(bound);
        }
    }

    /// The keys that a signature may mean, each with its certificate.
    pub(super) fn ask(&self, signature: &Signature) -> Vec<Candidate<'_>> {
        let named = key_id(signature).and_then(|id| self.index.get(id));
        let named = named.into_iter().flatten();
        let found = named.filter_map(|(id, subkey)| {
            let certificate = self.certificates.get(id)?;
            let (subkey, named) = match subkey {
                Some(id) => {
                    let subkey = certificate.subkeys.get(id)?;
                    (Some(subkey), names_only(signature, &subkey.0))
                }
                None => (None, names_only(signature, &certificate.key)),
            };
            named.then_some(Candidate {
                certificate,
                subkey,
            })
        });
        found.collect()
    }
}

impl Bound {
    fn extend(&mut self, other: Self) {
        self.statements.extend(other.statements);
        self.revocations.extend(other.revocations);
        self.weak |= other.weak;
    }

    /// A user id that was certified anew after it was revoked stands again (RFC 9580, 5.2.1.13).
    fn stands(&self, at: u32) -> Option<&Statement> {
        let newest = newest(&self.statements, at)?;
        let revoked = self.revocations.iter().any(|it| it.made >= newest.made);
        (!revoked).then_some(newest)
    }

    /// Takes a signature over the user id or subkey, if it is the primary key's.
    fn take(&mut self, signature: &Signature, key: &PublicKey, holds: bool) -> Result<(), String> {
        match taken(signature, key, holds)? {
            Taken::Statement(it) => self.statements.push(it),
            Taken::Revocation(it) => self.revocations.push(it),
            Taken::Weak => self.weak = true,
            Taken::Foreign => {}
        }
        Ok(())
    }
}

impl Certificate {
    /// Verifies the self-signatures. An unusable primary key proves none of them: then it and its
    /// subkeys are kept by name alone.
    fn read(parts: Parts) -> Result<Self, String> {
        if !matches!(parts.key.version(), KeyVersion::V4 | KeyVersion::V6) {
            return Err("a key of a version that is not read".to_owned());
        }
        let mut it = Self {
            weak: !usable(&parts.key),
            key: parts.key.clone(),
            direct: Vec::new(),
            users: BTreeMap::new(),
            subkeys: BTreeMap::new(),
            revocations: Vec::new(),
        };
        if it.weak {
            let named = parts.subkeys.into_iter();
            let named = named.map(|(key, _)| (fingerprint(&key), (key, Bound::default())));
            it.subkeys = named.collect();
            return Ok(it);
        }
        let key = &parts.key;
        for signature in &parts.own {
            let holds = signature.verify_key(key).is_ok();
            match taken(signature, key, holds)? {
                Taken::Statement(statement) => it.direct.push(statement),
                Taken::Revocation(revocation) => it.revocations.push(revocation),
                Taken::Weak => it.weak = true,
                Taken::Foreign => {}
            }
        }
        for (id, signatures) in &parts.users {
            let bound = it.users.entry(id.id().to_vec()).or_default();
            for signature in signatures {
                let holds = signature.verify_certification(key, Tag::UserId, id);
                bound.take(signature, key, holds.is_ok())?;
            }
            it.weak |= bound.weak;
        }
        for (subkey, signatures) in &parts.subkeys {
            let entry = it.subkeys.entry(fingerprint(subkey));
            let (_, bound) = entry.or_insert_with(|| (subkey.clone(), Bound::default()));
            for signature in signatures {
                let holds = signature.verify_subkey_binding(key, subkey).is_ok();
                let before = bound.statements.len();
                bound.take(signature, key, holds)?;
                for statement in bound.statements.iter_mut().skip(before) {
                    statement.back = bound_back(signature, key, subkey);
                }
            }
        }
        it.revoke_by_others(&parts);
        let said = it.users.values().any(|user| !user.statements.is_empty());
        if !said && it.direct.is_empty() && !it.weak {
            return Err("no self-signature over its primary key holds".to_owned());
        }
        Ok(it)
    }

    /// A key's revoker is seldom at hand: a revocation in its name counts unverified, for nobody
    /// gains a valid signature by it.
    fn revoke_by_others(&mut self, parts: &Parts) {
        let users = self.users.values().flat_map(|user| &user.statements);
        let stated = users.chain(&self.direct);
        let revokers: Vec<_> = stated.flat_map(|it| it.revokers.clone()).collect();
        let revoking = |signatures: &[Signature], kind| -> Vec<_> {
            let named = |it: &&Signature| {
                let (ids, prints) = (it.issuer_key_id(), it.issuer_fingerprint());
                revokers.iter().any(|revoker| {
                    ids.iter().any(|id| revoker.ends_with(id.as_ref()))
                        || prints.iter().any(|it| it.as_bytes() == revoker.as_slice())
                })
            };
            let found = signatures.iter().filter(|it| it.typ() == Some(kind));
            let found = found.filter(named).map(|it| Revocation {
                made: made(it).unwrap_or_default(),
                soft: false,
            });
            found.collect()
        };
        let whole = revoking(&parts.own, SignatureType::KeyRevocation);
        self.revocations.extend(whole);
        for (key, signatures) in &parts.subkeys {
            if let Some((_, bound)) = self.subkeys.get_mut(&fingerprint(key)) {
                let found = revoking(signatures, SignatureType::SubkeyRevocation);
                bound.revocations.extend(found);
            }
        }
    }

    /// The newest statements over the primary key: that of a user id that stands, and a direct-key
    /// signature. A key of version 6 takes the latter alone (RFC 9580, 10.1.1).
    fn statements(&self, at: u32) -> Vec<&Statement> {
        let users = self.users.values().filter_map(|user| user.stands(at));
        let user = users.max_by_key(|statement| statement.made);
        let user = user.filter(|_| self.key.version() == KeyVersion::V4);
        user.into_iter().chain(newest(&self.direct, at)).collect()
    }

    /// The e-mail addresses of the user ids that stand, as an allowed-signers line writes them.
    pub fn principals(&self, at: u32) -> String {
        let stand = self
            .users
            .iter()
            .filter(|(_, user)| user.stands(at).is_some());
        let all: BTreeSet<_> = stand.filter_map(|(id, _)| address(id)).collect();
        all.into_iter().collect::<Vec<_>>().join(",")
    }
}

/// What a signature in a certificate comes to.
enum Taken {
    Statement(Statement),
    Revocation(Revocation),
    Weak,
    /// Somebody else's.
    Foreign,
}

/// A signature that stands in `key`'s certificate, where `holds` says whether it is `key`'s own.
/// What restricts counts whatever its hash; what grants must be sound in all.
fn taken(signature: &Signature, key: &PublicKey, holds: bool) -> Result<Taken, String> {
    if !holds {
        let (ids, prints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
        let own = ids.into_iter().any(|id| *id == key.legacy_key_id())
            || prints.into_iter().any(|it| *it == key.fingerprint());
        return if own {
            Err("a self-signature does not hold".to_owned())
        } else {
            Ok(Taken::Foreign)
        };
    }
    let made = made(signature).ok_or("a self-signature without its time")?;
    let kind = signature.typ();
    if let Some(
        SignatureType::KeyRevocation
        | SignatureType::SubkeyRevocation
        | SignatureType::CertRevocation,
    ) = kind
    {
        let reason = signature.revocation_reason_code();
        let soft = matches!(
            reason,
            Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired)
        );
        return Ok(Taken::Revocation(Revocation { made, soft }));
    }
    if !strong(signature) {
        return Ok(Taken::Weak);
    }
    if let Some(why) = unknown(signature) {
        return Err(format!("a self-signature with {why}"));
    }
    let mut statement = Statement {
        made,
        until: ends(signature, made),
        life: None,
        signs: None,
        back: false,
        revokers: Vec::new(),
    };
    for data in hashed(signature) {
        match data {
            SubpacketData::KeyExpirationTime(life) => statement.life = Some(life.as_secs()),
            // Said twice, it holds only if it is said each time.
            SubpacketData::KeyFlags(flags) => {
                statement.signs = Some(flags.sign() && statement.signs.unwrap_or(true));
            }
            SubpacketData::RevocationKey(it) => statement.revokers.push(it.fingerprint.to_vec()),
            _ => {}
        }
    }
    Ok(Taken::Statement(statement))
}

/// Whether a binding carries the subkey's own signature over its primary key.
fn bound_back(signature: &Signature, key: &PublicKey, subkey: &PublicSubkey) -> bool {
    signature.embedded_signature().is_some_and(|back| {
        let sound = strong(back) && unknown(back).is_none() && usable(subkey);
        sound && back.verify_primary_key_binding(subkey, key).is_ok()
    })
}

/// The newest statement that has not ended by `at`. Later ones count: the certificate as it was
/// given is the owner's last word (RFC 9580, 5.2.3.10), and copies often leave out earlier ones.
fn newest(statements: &[Statement], at: u32) -> Option<&Statement> {
    let alive = statements
        .iter()
        .filter(|it| it.until.is_none_or(|until| u64::from(at) < until));
    alive.max_by_key(|it| it.made)
}

/// A key that may have signed.
pub(super) struct Candidate<'a> {
    pub certificate: &'a Certificate,
    subkey: Option<&'a (PublicSubkey, Bound)>,
}

/// What is wrong with a key: outcome, field, found, expected.
pub(super) type Problem = (Outcome, &'static str, String, Option<&'static str>);

/// What a candidate comes to; the best of many counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Valid,
    /// The certificate's own key, and yet not valid.
    Problems,
    /// A subkey that does not say that it is the certificate's: anybody may list anybody's key.
    Foreign,
    Bad,
    Unusable,
}

impl Candidate<'_> {
    pub fn rank(&self, signature: &Signature, message: &[u8], at: u32) -> Rank {
        let verified = match self.subkey {
            Some((key, _)) => verifies(signature, key, message),
            None => verifies(signature, &self.certificate.key, message),
        };
        match verified {
            None => Rank::Unusable,
            Some(false) => Rank::Bad,
            Some(true) if self.problems(at).is_empty() => Rank::Valid,
            Some(true) if self.owned(at) => Rank::Problems,
            Some(true) => Rank::Foreign,
        }
    }

    /// The primary key and the subkey that signed: when each was made, and what is stated of it.
    fn keys(&self, at: u32) -> Vec<(u32, Vec<&Statement>)> {
        let primary = &self.certificate.key;
        let mut keys = vec![(
            primary.created_at().as_secs(),
            self.certificate.statements(at),
        )];
        keys.extend(self.subkey.map(|(key, bound)| {
            let binding = newest(&bound.statements, at).into_iter().collect();
            (key.created_at().as_secs(), binding)
        }));
        keys
    }

    fn owned(&self, at: u32) -> bool {
        self.subkey
            .is_none_or(|(_, bound)| newest(&bound.statements, at).is_some_and(|it| it.back))
    }

    /// Whether a key is bound, but only by what proves nothing.
    pub fn weak(&self, at: u32) -> bool {
        let weak = self.certificate.weak || self.subkey.is_some_and(|(_, bound)| bound.weak);
        weak && self.keys(at).iter().any(|(_, stated)| stated.is_empty())
    }

    pub fn problems(&self, at: u32) -> Vec<Problem> {
        let keys = self.keys(at);
        let signer = keys.last().map(|(_, stated)| stated.as_slice());
        let signer = signer.unwrap_or_default();
        let may = signer.iter().filter_map(|it| it.signs);
        let key = if keys.iter().any(|(_, stated)| stated.is_empty()) {
            Some(("key", "no self-signature binds it", "a bound key"))
        } else if may.min() != Some(true) {
            let asked = "a key whose certificate lets it sign";
            Some(("key flags", "not for signing", asked))
        } else if !self.owned(at) {
            let asked = "its signature over the primary key";
            Some(("key", "the subkey does not say whose it is", asked))
        } else {
            None
        };
        let untrusted = |(field, found, asked): (&'static str, &str, &'static str)| {
            (Outcome::UntrustedRoot, field, found.to_owned(), Some(asked))
        };
        let mut found: Vec<_> = key.map(untrusted).into_iter().collect();
        for (created, statements) in keys {
            if at < created {
                let why = format!("{}, before the key was made", time(at.into()));
                found.push((Outcome::Expired, "signing time", why, None));
            }
            let lives = statements.iter().filter_map(|it| it.life);
            let ends = lives.filter(|life| *life > 0).min();
            let end = ends.map(|life| u64::from(created) + u64::from(life));
            if let Some(end) = end.filter(|end| *end <= u64::from(at)) {
                let why = format!("{}, the key expired {}", time(at.into()), time(end));
                found.push((Outcome::Expired, "signing time", why, None));
            }
        }
        let of_subkey = self.subkey.iter().flat_map(|(_, bound)| &bound.revocations);
        for revocation in of_subkey.chain(&self.certificate.revocations) {
            let when = time(revocation.made.into());
            if !revocation.soft {
                // The time is the signer's word, and the signer may be whoever took the key.
                let why = format!("the key was revoked {when}, whatever it signed before");
                let asked = Some("a key that is not revoked");
                found.push((Outcome::UntrustedRoot, "revocation", why, asked));
            } else if revocation.made <= at {
                let why = format!("the key was superseded or retired {when}");
                found.push((Outcome::Expired, "revocation", why, None));
            }
        }
        found
    }
}

/// The address of `Name (comment) <address>`, or of an address alone (RFC 9580, 5.11). Nothing
/// that could pass for two, or for a pattern's other half.
fn address(id: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(id).ok()?.trim();
    let address = match text.strip_suffix('>') {
        Some(text) => text.rsplit_once('<')?.1,
        None => text,
    };
    let odd = |it: char| it.is_whitespace() || it.is_control() || "<>(),;:\"\\!*?".contains(it);
    let (user, host) = address.split_once('@')?;
    let whole = !user.is_empty() && !host.is_empty() && !host.contains('@');
    (whole && !address.contains(odd)).then_some(address)
}

/// Sorts a block's packets into certificates; a packet that has no place in one is refused.
fn parts(bytes: &[u8]) -> Result<Vec<Parts>, String> {
    enum Last {
        Primary,
        User,
        Attribute,
        Subkey,
    }
    let mut all: Vec<Parts> = Vec::new();
    let mut at = Last::Primary;
    for packet in PacketParser::new(bytes) {
        let refuse = |all: &[Parts], why: &str| match all.last() {
            Some(parts) => format!("certificate {}: {why}", fingerprint(&parts.key)),
            None => why.to_owned(),
        };
        let packet = packet.map_err(|_| refuse(&all, "a packet that cannot be read"))?;
        match (packet, all.last_mut()) {
            (Packet::PublicKey(key), _) => {
                at = Last::Primary;
                all.push(Parts {
                    key,
                    own: Vec::new(),
                    users: Vec::new(),
                    subkeys: Vec::new(),
                });
            }
            (Packet::UserId(id), Some(parts)) => {
                at = Last::User;
                parts.users.push((id, Vec::new()));
            }
            (Packet::UserAttribute(_), Some(_)) => at = Last::Attribute,
            (Packet::PublicSubkey(key), Some(parts)) => {
                at = Last::Subkey;
                parts.subkeys.push((key, Vec::new()));
            }
            (Packet::Signature(signature), Some(parts)) => {
                let list = match at {
                    Last::Primary => Some(&mut parts.own),
                    Last::User => parts.users.last_mut().map(|(_, list)| list),
                    Last::Subkey => parts.subkeys.last_mut().map(|(_, list)| list),
                    Last::Attribute => None,
                };
                if let Some(list) = list {
                    list.push(signature);
                }
            }
            (Packet::Marker(_) | Packet::Trust(_) | Packet::Padding(_), _) => {}
            _ => return Err(refuse(&all, "a packet that has no place there")),
        }
    }
    Ok(all)
}

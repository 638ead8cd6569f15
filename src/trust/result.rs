//! What a check of a signature can say, in the same words everywhere, and what it proved on the way.

use std::collections::BTreeMap;

use super::subject::Subject;

/// The result of checking one signed object. The token is what JSON and the database hold
/// (DESIGN.md section 8), the word is what a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The signature holds, the chain leads to a trusted root, and nothing expected differs.
    Valid,
    /// The signature, or the evidence that was bound to it, does not verify.
    BadSignature,
    /// Signed, but not by who was expected, or not from the expected source.
    WrongIdentity,
    /// Signed, but about something else.
    WrongSubject,
    /// The signature leads to a root or key that nobody told us to trust.
    UntrustedRoot,
    /// The certificate or key was not valid at the proven signing time.
    Expired,
    /// The certificate and the statement that it signs tell different stories.
    ContradictsCertificate,
    /// It cannot be decided without a network, a key, or bytes that are not here: see [`Reason`].
    NotCheckable,
    /// Nobody looked.
    NotChecked,
    /// There is no signature.
    Absent,
}

impl Outcome {
    /// Every outcome, from best to least.
    pub const ALL: [Self; 10] = [
        Self::Valid,
        Self::BadSignature,
        Self::WrongIdentity,
        Self::WrongSubject,
        Self::UntrustedRoot,
        Self::Expired,
        Self::ContradictsCertificate,
        Self::NotCheckable,
        Self::NotChecked,
        Self::Absent,
    ];

    /// The token of contract `verify`: snake case, stable.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::BadSignature => "bad_signature",
            Self::WrongIdentity => "wrong_identity",
            Self::WrongSubject => "wrong_subject",
            Self::UntrustedRoot => "untrusted_root",
            Self::Expired => "expired",
            Self::ContradictsCertificate => "contradicts_certificate",
            Self::NotCheckable => "not_checkable",
            Self::NotChecked => "not_checked",
            Self::Absent => "absent",
        }
    }

    /// The words for people: the same in table, pane and report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::BadSignature => "bad signature",
            Self::WrongIdentity => "wrong identity",
            Self::WrongSubject => "wrong subject",
            Self::UntrustedRoot => "untrusted root",
            Self::Expired => "expired at signing time",
            Self::ContradictsCertificate => "certificate contradicts predicate",
            Self::NotCheckable => "not checkable offline",
            Self::NotChecked => "not checked",
            Self::Absent => "absent",
        }
    }

    /// The outcome of a [token](Self::token); `None` for any other text.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.token() == token)
    }
}

/// Why something is [`Outcome::NotCheckable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The bytes are not what they claim to be, or break the format's own rules.
    Malformed,
    /// Larger or longer than this program reads.
    TooLarge,
    /// Sound, but of a kind this program has no check for.
    Unsupported,
    /// The key that the signature names was not given.
    NoKey,
    /// The signature and its chain hold, but nothing proves when it was made, and the certificate
    /// was good for minutes.
    NoProofOfTime,
    /// The log's promise is there, its proof of inclusion is not: the log would have to be asked.
    NoInclusionProof,
    /// The signature is over bytes that are not here, by a scheme that needs them all.
    NeedsArtifact,
    /// No subject has a digest that can be bound (sha256 or sha512).
    NoUsableDigest,
}

impl Reason {
    /// The token for JSON: snake case, stable.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::NoKey => "no_key",
            Self::NoProofOfTime => "no_proof_of_time",
            Self::NoInclusionProof => "no_inclusion_proof",
            Self::NeedsArtifact => "needs_artifact",
            Self::NoUsableDigest => "no_usable_digest",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too large",
            Self::Unsupported => "of an unsupported kind",
            Self::NoKey => "no key given",
            Self::NoProofOfTime => "signature only, no proof of time",
            Self::NoInclusionProof => "no inclusion proof",
            Self::NeedsArtifact => "needs the artifact's bytes",
            Self::NoUsableDigest => "no sha256 or sha512 subject",
        }
    }
}

/// Which bytes a JSON pointer walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The object that was handed to the check.
    Object,
    /// The decoded payload of its envelope, which is an evidence file of its own.
    Payload,
}

/// Where a value stands; the caller turns it into a byte citation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The bytes that the pointer walks.
    pub part: Part,
    /// JSON pointer (RFC 6901); empty for the whole.
    pub pointer: String,
    /// The place inside the cited value where that is not JSON, as `1.3.6.1.4.1.57264.1.13`.
    pub inside: Option<&'static str>,
}

impl Place {
    /// A place in the object itself.
    #[must_use]
    pub fn object(pointer: impl Into<String>) -> Self {
        Self::of(Part::Object, pointer)
    }

    /// A place in the decoded payload.
    #[must_use]
    pub fn payload(pointer: impl Into<String>) -> Self {
        Self::of(Part::Payload, pointer)
    }

    fn of(part: Part, pointer: impl Into<String>) -> Self {
        let pointer = pointer.into();
        Self {
            part,
            pointer,
            inside: None,
        }
    }

    /// The same place, narrowed to a member of the cited value.
    #[must_use]
    pub fn inside(mut self, inside: &'static str) -> Self {
        self.inside = Some(inside);
        self
    }
}

/// One field whose value is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The outcome that this difference alone would give.
    pub outcome: Outcome,
    /// The field, in the words of the certificate: `source repository`, `subject`, `signature`…
    pub field: &'static str,
    /// The value in the evidence; `None` where the evidence does not state it.
    pub found: Option<String>,
    /// The value it should have had: an expectation, or the other witness's value.
    pub expected: Option<String>,
    /// Where the found value stands.
    pub found_at: Option<Place>,
    /// Where the other value stands, if that is in the evidence too and not in the policy.
    pub expected_at: Option<Place>,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// A certificate's subject alternative name, with the issuer of the identity token.
    Certificate {
        /// Subject alternative name: a workflow's URI or an e-mail address.
        san: String,
        /// OIDC issuer (Fulcio OID .8 or .1); empty where the certificate has none.
        issuer: String,
    },
    /// A key that was given, by its id.
    Key(String),
    /// Principals of an allowed-signers file or of an OpenPGP certificate, and the key's fingerprint.
    Principal {
        /// The line's principals, as written; or the e-mail addresses of the certificate's user ids.
        principals: String,
        /// `SHA256:…` as `ssh-keygen -l` prints it; or the primary key's, in upper-case hex.
        fingerprint: String,
    },
}

impl Signer {
    /// The name for a table cell.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Certificate { san, .. } => san,
            Self::Key(id) => id,
            Self::Principal { principals, .. } => principals,
        }
    }

    /// The issuer, for certificates that name one.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        match self {
            Self::Certificate { issuer, .. } if !issuer.is_empty() => Some(issuer),
            _ => None,
        }
    }
}

/// Whose clock says when the signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Clock {
    /// Nobody's.
    #[default]
    None,
    /// Only the signer's own word, as in a commit.
    Claimed,
    /// A transparency log's signed entry timestamp.
    Log,
    /// A timestamp authority's RFC 3161 token.
    Authority,
    /// Both a log and an authority.
    LogAndAuthority,
}

impl Clock {
    /// The token for JSON.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Claimed => "claimed",
            Self::Log => "log_entry",
            Self::Authority => "timestamp_authority",
            Self::LogAndAuthority => "log_entry_and_timestamp_authority",
        }
    }
}

/// Where trust material came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Built into this program.
    Embedded,
    /// Named on the command line or in the policy.
    Given,
    /// Found in evidence, with a digest that the policy pins.
    Pinned,
    /// Found in evidence and nothing more: never makes anything valid.
    Evidence,
}

/// A trust root, as a result names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootName {
    /// `sigstore public good`, or the file's name.
    pub name: String,
    /// Lower-case hex of the file's SHA-256.
    pub sha256: String,
    /// The newest start of validity in it, `YYYY-MM-DD`: keys that came later are unknown to it.
    pub newest: String,
    /// Where it came from.
    pub origin: Origin,
}

/// What holds, whatever else differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proven {
    /// The signature verifies over the payload with the signer's key.
    pub signature: bool,
    /// The signer's certificate leads to `root`, or the key was given.
    pub chain: bool,
    /// Who signed. A claim only, unless `signature` and `chain` hold.
    pub signer: Option<Signer>,
    /// The certificate's CI claims by name (see [`super::claims::NAMES`]).
    pub claims: BTreeMap<&'static str, String>,
    /// Whose clock.
    pub clock: Clock,
    /// The proven (or, for [`Clock::Claimed`], claimed) times: nanoseconds since 1970, UTC, sorted.
    pub times_ns: Vec<i64>,
    /// The root that the signature was checked against.
    pub root: Option<RootName>,
    /// The signed predicate type, or the payload type where that is not a statement.
    pub predicate_type: Option<String>,
    /// Lower-case hex of the SHA-256 of the payload that was signed.
    pub payload_sha256: Option<String>,
    /// What the statement is about; at most [`super::subject::MAX_SUBJECTS`].
    pub subjects: Vec<Subject>,
}

/// Whether the signer was measured against an expectation. Any identity never authorises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Judged {
    /// No expectation was given.
    #[default]
    NotJudged,
    /// It was, and it is as expected.
    AsExpected,
    /// It was, and it differs.
    Differs,
}

/// One object's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What kind of object this was: `sigstore_bundle`, `dsse`, `statement`, `git_ssh`…
    pub kind: &'static str,
    /// The result.
    pub outcome: Outcome,
    /// Why, where the outcome is [`Outcome::NotCheckable`].
    pub reason: Option<Reason>,
    /// One sentence.
    pub detail: String,
    /// Every field that differs, the decisive ones first.
    pub differences: Vec<Difference>,
    /// What is odd and decides nothing by itself: a builder that is not the workflow that signed.
    pub remarks: Vec<Difference>,
    /// What holds all the same.
    pub proven: Proven,
    /// Whether signer and source were judged.
    pub identity: Judged,
    /// Whether the subject was judged.
    pub subject: Judged,
    /// The subjects whose digests are known, as indices into `proven.subjects`.
    pub matched: Vec<usize>,
}

impl Checked {
    pub(super) fn new(kind: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            reason: None,
            detail: detail.into(),
            differences: Vec::new(),
            remarks: Vec::new(),
            proven: Proven::default(),
            identity: Judged::NotJudged,
            subject: Judged::NotJudged,
            matched: Vec::new(),
        }
    }

    pub(super) fn not_checkable(
        kind: &'static str,
        reason: Reason,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            reason: Some(reason),
            ..Self::new(kind, Outcome::NotCheckable, detail)
        }
    }

    /// What is on record before anyone has looked.
    #[must_use]
    pub fn not_checked(kind: &'static str) -> Self {
        Self::new(kind, Outcome::NotChecked, "nobody has looked yet")
    }

    pub(super) fn with(mut self, proven: Proven) -> Self {
        self.proven = proven;
        self
    }

    pub(super) fn differing(mut self, difference: Difference) -> Self {
        self.differences.push(difference);
        self
    }

    /// Whether the signature is valid *and* its signer is one that the policy names.
    #[must_use]
    pub fn authorises(&self) -> bool {
        self.outcome == Outcome::Valid && self.identity == Judged::AsExpected
    }

    /// `not checkable offline (no key given)`, or just the outcome's word.
    #[must_use]
    pub fn word(&self) -> String {
        match self.reason {
            Some(reason) => format!("{} ({})", self.outcome.word(), reason.word()),
            None if self.outcome == Outcome::Valid && self.identity == Judged::NotJudged => {
                format!("{} (identity not judged)", self.outcome.word())
            }
            None => self.outcome.word().to_owned(),
        }
    }
}

//! `gates:` — what must hold of an artifact or deployment before it is shipped, or in replay.

use crate::model::link::Class;

use super::Source;
use super::error::{Errors, Mistake, choose, quote};
use super::expression::{Expression, Ids, Scope};
use super::pattern::Pattern;
use super::reader::{Fields, Item};
use super::rego::Rego;
use super::words::{Absent, Bound, Decision, Party, Tier};

/// A gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its name.
    pub id: String,
    /// What it asks, for people.
    pub title: String,
    /// Releases that it is for; `None` for all. One that it does not apply to is "not applicable",
    /// never "passed".
    pub when: Option<Expression>,
    /// Tiers that it is for, sorted; all four where the policy names none.
    pub tiers: Vec<Tier>,
    /// What absent evidence means.
    pub absent: Absent,
    /// The check.
    pub check: GateCheck,
    /// As written.
    pub source: Source,
}

/// A gate's check.
#[derive(Debug, Clone, PartialEq)]
pub enum GateCheck {
    /// The release is linked to something.
    Link(Link),
    /// An attestation is there and says what is expected.
    Attestation(Box<Attestation>),
    /// Enough others approved.
    Approval(Approval),
    /// A gate of the pipeline decided.
    GateDecision(GateDecision),
    /// A query whose rows are violations. Parameters: `$deployment`, `$release`, `$as_of`.
    Sql(String),
    /// Rego over the release's chain as JSON.
    Rego(Rego),
}

/// The entity that a release must be linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Kind of entity, one of [`HOPS`].
    pub link: &'static str,
    /// Weakest class of link that counts.
    pub class_min: Class,
}

/// Hops of the chain that a gate may ask for (domain.md 2.4).
pub const HOPS: &[&str] = &[
    "request",
    "session",
    "commit",
    "review",
    "build",
    "artifact",
    "attestation",
    "gate",
    "deployment",
    "instance",
    "telemetry",
    "outcome",
];

/// Short names of predicate types and how the types begin.
pub const PREDICATES: &[(&str, &str)] = &[
    ("slsa.provenance", "https://slsa.dev/provenance/"),
    ("slsa.vsa", "https://slsa.dev/verification_summary/"),
    ("cyclonedx", "https://cyclonedx.org/"),
    ("spdx", "https://spdx.dev/"),
    ("in_toto.link", "https://in-toto.io/attestation/link/"),
    ("test_result", "https://in-toto.io/attestation/test-result/"),
    ("vulns", "https://in-toto.io/attestation/vulns/"),
    ("release", "https://in-toto.io/attestation/release/"),
];

/// A kind of attestation: a short name of [`PREDICATES`], or a predicate type written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate(String);

impl Predicate {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where a statement's `predicateType` is of this kind, in any version.
    #[must_use]
    pub fn matches(&self, predicate_type: &str) -> bool {
        match PREDICATES.iter().find(|(name, _)| *name == self.0) {
            Some((_, start)) => predicate_type.starts_with(start),
            None => predicate_type == self.0,
        }
    }
}

/// What an attestation must say. Empty lists and `None` ask nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// One of these kinds; never empty.
    pub kind: Vec<Predicate>,
    /// True where its signature must verify against a known key or identity.
    pub verified: bool,
    /// Signer: a certificate's identity, or `sha256:` and the digest of a key file.
    pub signer: Vec<Pattern>,
    /// Issuer of the signer's identity; the usual one of its forge where the policy names none.
    pub issuer: Option<String>,
    /// Builder.
    pub builder_id: Vec<Pattern>,
    /// Repository of the source.
    pub repository: Vec<Pattern>,
    /// Ref that it was built from.
    pub source_ref: Vec<Pattern>,
    /// Event that started the build must be one of these.
    pub event: Vec<Pattern>,
    /// Event that started the build must be none of these.
    pub event_not: Vec<Pattern>,
    /// Branch from which the source commit must be reachable.
    pub source_commit_reachable_from: Option<String>,
}

/// Approvals that a release needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// How many, at least 1.
    pub approvals_min: u64,
    /// Who does not count as approver.
    pub approver_not: Vec<Party>,
    /// What the approval must be bound to.
    pub bound_to: Bound,
}

/// What the policy digest of a recorded decision must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyDigest {
    /// Recorded, whatever it is.
    Present,
    /// This SHA-256, 64 lower-case hex digits.
    Exactly(String),
}

/// A decision that the pipeline must have recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateDecision {
    /// The decision.
    pub decision: Decision,
    /// Environment that it must be for; `None` for the deployment's own.
    pub environment: Option<Pattern>,
    /// The digest of the policy that decided.
    pub policy_digest: Option<PolicyDigest>,
}

const KEYS: &[&str] = &[
    "id", "title", "when", "tiers", "absent", "require", "sql", "rego",
];
/// Keys of `require:`: the first of each row says which check it is.
const REQUIRE: &[&[&str]] = &[
    &["link", "class_min"],
    &[
        "attestation",
        "verified",
        "signer",
        "issuer",
        "builder_id",
        "repository",
        "source_ref",
        "event",
        "event_not",
        "source_commit_reachable_from",
    ],
    &["approvals_min", "approver_not", "bound_to"],
    &["gate_decision", "environment", "policy_digest"],
];

/// Reads one entry.
pub(super) fn read(item: &Item<'_>, text: &str, errors: &mut Errors) -> Option<Gate> {
    let fields = item.fields(KEYS, errors)?;
    let id = fields.need("id", errors, Item::id);
    let title = fields.need("title", errors, Item::text);
    let when = fields.maybe("when", errors, |item, errors| {
        super::expression_of(item, text, Scope::Gate, &Ids::default(), errors)
    });
    let tiers = fields.maybe("tiers", errors, super::criteria::tiers);
    let absent = fields.maybe("absent", errors, Item::word);
    let check = check(&fields, text, errors);
    // What their code does not find is for it to judge; that it could not run is never only a note.
    if absent.is_some() && matches!(check, Some(GateCheck::Sql(_) | GateCheck::Rego(_))) {
        let problem = "`absent` does nothing beside `sql` or `rego`.";
        let hint = "Take it out; what cannot be run is missing in the verdict.";
        fields.conflict("absent", problem, hint, errors);
    }
    Some(Gate {
        id: id?,
        title: title?,
        when,
        tiers: tiers.unwrap_or_else(super::criteria::all_tiers),
        absent: absent.unwrap_or(Absent::Judge),
        check: check?,
        source: item.source(text),
    })
}

fn check(fields: &Fields<'_>, text: &str, errors: &mut Errors) -> Option<GateCheck> {
    super::one_of(fields, &["require", "sql", "rego"], errors);
    let require = fields.maybe("require", errors, require);
    let sql = fields.maybe("sql", errors, super::sql).map(GateCheck::Sql);
    let rego = fields.maybe("rego", errors, |item, errors| {
        super::rego::read(item, text, errors).map(GateCheck::Rego)
    });
    require.or(sql).or(rego)
}

fn require(item: &Item<'_>, errors: &mut Errors) -> Option<GateCheck> {
    let known: Vec<&str> = REQUIRE.iter().flat_map(|row| row.iter().copied()).collect();
    let heads: Vec<&str> = REQUIRE
        .iter()
        .filter_map(|row| row.first().copied())
        .collect();
    let fields = item.fields(&known, errors)?;
    super::one_of(&fields, &heads, errors);
    let row = REQUIRE
        .iter()
        .find(|row| row.first().is_some_and(|head| fields.has(head)))?;
    for key in known
        .iter()
        .filter(|key| !row.contains(key) && !heads.contains(key))
    {
        if fields.has(key) {
            let head = row.first().copied().unwrap_or_default();
            let problem = format!("`{key}` does nothing beside `{head}`.");
            fields.conflict(
                key,
                problem,
                "Take it out, or move it to a gate of its own.",
                errors,
            );
        }
    }
    match row.first().copied()? {
        "link" => link(&fields, errors).map(GateCheck::Link),
        "attestation" => attestation(&fields, errors)
            .map(Box::new)
            .map(GateCheck::Attestation),
        "approvals_min" => approval(&fields, errors).map(GateCheck::Approval),
        _ => decision(&fields, errors).map(GateCheck::GateDecision),
    }
}

fn link(fields: &Fields<'_>, errors: &mut Errors) -> Option<Link> {
    let link = fields.need("link", errors, |item, errors| {
        let text = item.text(errors)?;
        let hop = HOPS.iter().find(|hop| **hop == text).copied();
        if hop.is_none() {
            let hint = choose(&text, HOPS, errors);
            item.note(
                Mistake::UnknownWord,
                format!("{} is no hop of the chain.", quote(&text)),
                hint,
                errors,
            );
        }
        hop
    });
    let class = fields.maybe("class_min", errors, |item, errors| {
        let text = item.text(errors)?;
        let class = Class::parse(&text);
        if class.is_none() {
            let problem = format!("{} is not a class of links.", quote(&text));
            let hint =
                "Write `S` for digests and signatures, `I` for identifiers, or `T` for time.";
            item.note(Mistake::UnknownWord, problem, hint, errors);
        }
        class
    });
    Some(Link {
        link: link?,
        class_min: class.unwrap_or(Class::I),
    })
}

fn attestation(fields: &Fields<'_>, errors: &mut Errors) -> Option<Attestation> {
    let kind = fields.need("attestation", errors, kinds);
    let verified = fields.maybe("verified", errors, Item::truth);
    let mut globs = |key: &str| {
        fields
            .maybe(key, errors, Item::patterns)
            .unwrap_or_default()
    };
    let (signer, builder_id, repository) =
        (globs("signer"), globs("builder_id"), globs("repository"));
    let (source_ref, event, event_not) = (globs("source_ref"), globs("event"), globs("event_not"));
    let issuer = fields.maybe("issuer", errors, Item::text);
    let branch = fields.maybe("source_commit_reachable_from", errors, Item::text);
    // A signer says nothing where anybody may have signed.
    if verified == Some(false) && !signer.is_empty() {
        let problem = "`signer` means nothing where the signature need not verify.";
        fields.conflict(
            "signer",
            problem,
            "Write `verified: true`, or take `signer` out.",
            errors,
        );
    }
    Some(Attestation {
        kind: kind?,
        verified: verified.unwrap_or(!signer.is_empty()),
        signer,
        issuer,
        builder_id,
        repository,
        source_ref,
        event,
        event_not,
        source_commit_reachable_from: branch,
    })
}

/// Kinds as a list, or as `cyclonedx|spdx`.
fn kinds(item: &Item<'_>, errors: &mut Errors) -> Option<Vec<Predicate>> {
    let mut kinds = Vec::new();
    for text in item.texts(errors)? {
        for kind in text.split('|').map(str::trim) {
            let is_known = PREDICATES.iter().any(|(name, _)| *name == kind) || kind.contains("://");
            if is_known {
                kinds.push(Predicate(kind.to_owned()));
                continue;
            }
            let known: Vec<&str> = PREDICATES.iter().map(|(name, _)| *name).collect();
            let hint = format!(
                "{} A predicate type may be written out.",
                choose(kind, &known, errors)
            );
            item.note(
                Mistake::UnknownWord,
                format!("{} is no kind of attestation.", quote(kind)),
                hint,
                errors,
            );
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

fn approval(fields: &Fields<'_>, errors: &mut Errors) -> Option<Approval> {
    let least = fields.need("approvals_min", errors, |item, errors| {
        item.whole(1..=100, errors)
    });
    let parties = fields.maybe("approver_not", errors, Item::words);
    let bound = fields.maybe("bound_to", errors, Item::word);
    Some(Approval {
        approvals_min: least?,
        approver_not: parties.unwrap_or_default(),
        bound_to: bound.unwrap_or(Bound::MergeTree),
    })
}

fn decision(fields: &Fields<'_>, errors: &mut Errors) -> Option<GateDecision> {
    let decision = fields.need("gate_decision", errors, Item::word);
    let environment = fields.maybe("environment", errors, Item::pattern);
    let digest = fields.maybe("policy_digest", errors, |item, errors| {
        if item.text(errors)? == "present" {
            return Some(PolicyDigest::Present);
        }
        item.sha256(errors).map(PolicyDigest::Exactly)
    });
    Some(GateDecision {
        decision: decision?,
        environment,
        policy_digest: digest,
    })
}

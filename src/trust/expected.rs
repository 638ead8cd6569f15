//! What the user or the policy expects of a signature. Nothing in here comes from the evidence.

use std::collections::{BTreeMap, BTreeSet};

use regex::{Regex, RegexBuilder};

/// A compiled pattern may use this many bytes; the regex crate is linear in the text.
const PATTERN_BYTES: usize = 1 << 20;

/// An exact text, or an anchored regular expression.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// Equal, byte for byte.
    Exact(String),
    /// Matches from the first to the last byte.
    Regex(Regex),
}

impl Pattern {
    /// The text itself.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self::Exact(text.into())
    }

    /// A regular expression, anchored at both ends whatever it says itself.
    ///
    /// # Errors
    /// Says what is wrong with the expression, or that it is too large.
    pub fn regex(text: &str) -> Result<Self, regex::Error> {
        let build = |text: &str| RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
        // On its own first: `a)|(?:b` would break out of the group that anchors it.
        build(text)?;
        build(&format!(r"\A(?:{text})\z")).map(Self::Regex)
    }

    /// Whether `text` is as expected.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    /// The pattern as a person would write it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Exact(exact) => exact.clone(),
            Self::Regex(regex) => {
                let text = regex.as_str();
                let inner = text
                    .strip_prefix(r"\A(?:")
                    .and_then(|text| text.strip_suffix(r")\z"));
                format!("/{}/", inner.unwrap_or(text))
            }
        }
    }
}

/// A signer that is expected. A certificate's name means nothing without who vouched for it, so the
/// two come together (sigstore client specification, "Verification").
#[derive(Debug, Clone)]
pub enum Identity {
    /// A certificate's subject alternative name and its issuer.
    Certificate {
        /// Subject alternative name.
        san: Pattern,
        /// OIDC issuer.
        issuer: Pattern,
    },
    /// A given key's id.
    Key(Pattern),
    /// A principal of the allowed-signers file, or an e-mail address of an OpenPGP certificate.
    Principal(Pattern),
}

impl Identity {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Certificate { san, issuer } => {
                format!("{} issued by {}", san.text(), issuer.text())
            }
            Self::Key(id) => format!("key {}", id.text()),
            Self::Principal(name) => format!("principal {}", name.text()),
        }
    }
}

/// Digests that are known from elsewhere, by algorithm (`sha256`, `sha512`, `gitCommit`…), as
/// lower-case hex. `sha1` and `gitCommit` are two algorithms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests(BTreeMap<String, BTreeSet<String>>);

impl Digests {
    /// Adds one digest.
    pub fn add(&mut self, algorithm: impl Into<String>, hex: &str) {
        let set = self.0.entry(algorithm.into()).or_default();
        set.insert(hex.to_ascii_lowercase());
    }

    /// Whether `hex` is known under `algorithm`.
    #[must_use]
    pub fn has(&self, algorithm: &str, hex: &str) -> bool {
        let known = self.0.get(algorithm);
        known.is_some_and(|set| set.contains(&hex.to_ascii_lowercase()))
    }

    /// Whether nothing is known: then no subject can be judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(BTreeSet::is_empty)
    }

    /// How many, and the first: enough for a sentence.
    pub(super) fn text(&self) -> String {
        let all = || {
            self.0
                .iter()
                .flat_map(|(algorithm, set)| set.iter().map(move |hex| (algorithm, hex)))
        };
        match (all().next(), all().count()) {
            (Some((algorithm, hex)), 1) => format!("{algorithm}:{hex}"),
            (Some((algorithm, hex)), n) => format!("one of {n}: {algorithm}:{hex}, …"),
            (None, _) => String::new(),
        }
    }
}

/// What a signature is measured against. An empty list asks nothing; a list asks for one of its
/// members, and evidence that does not state the field at all does not satisfy it.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Signers that may sign; empty: the identity is not judged, and nothing is authorised.
    pub signers: Vec<Identity>,
    /// `builder.id` of the provenance.
    pub builders: Vec<Pattern>,
    /// The workflow that ran with its ref (Fulcio OID .18), as a URI.
    pub workflows: Vec<Pattern>,
    /// The event that triggered it (OID .20).
    pub triggers: Vec<Pattern>,
    /// The source repository (OID .12), as `https://host/owner/name`.
    pub repositories: Vec<Pattern>,
    /// The source ref (OID .14).
    pub refs: Vec<Pattern>,
    /// The signed predicate type.
    pub predicate_types: Vec<Pattern>,
    /// Digests of the artifacts or commits at hand; empty: the subject is not judged.
    pub digests: Digests,
}

//! What the check of one signature said, in the form that contract `verify` prints.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field that differs, with both values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The outcome that this difference alone would give.
    pub result: String,
    /// The field.
    pub field: String,
    /// The value in the evidence.
    pub found: Option<String>,
    /// The value that it should have had.
    pub expected: Option<String>,
    /// JSON pointer to the found value, from the object or from its payload.
    pub at: Option<String>,
}

/// What the check of one signed object said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// What it is about: the first subject, and how many more.
    pub subject: String,
    /// `sigstore_bundle`, `dsse`, `statement`, `git_commit`, `git_tag`.
    pub kind: String,
    /// Who signed; a claim only, unless the result is `valid`.
    pub signer: Option<String>,
    /// Issuer of the signer's identity.
    pub issuer: Option<String>,
    /// Trust root that it was checked against, or `key` and the name of the key's file.
    pub root: Option<String>,
    /// SHA-256 of the root's file.
    pub root_sha256: Option<String>,
    /// Newest key of the root: what came later is unknown to it.
    pub root_newest: Option<String>,
    /// Whose clock says when: `log_entry`, `timestamp_authority`, both, or `none`.
    pub clock: String,
    /// When it was signed, RFC 3339, by that clock.
    pub signed: Option<String>,
    /// `valid`, `bad_signature`, `wrong_identity`, `wrong_subject`, `untrusted_root`, `expired`,
    /// `contradicts_certificate`, `not_checkable`, `not_checked` or `absent`.
    pub result: String,
    /// Why it is `not_checkable`.
    pub reason: Option<String>,
    /// One sentence.
    pub detail: String,
    /// True where the policy names who may sign this, and this is who signed it. Any identity
    /// authorises nothing.
    pub authorised: bool,
    /// Rules of the policy that ask for it to be valid.
    pub required_by: Vec<String>,
    /// Predicate type.
    pub predicate_type: Option<String>,
    /// Digest of the statement: `sha256:hex`; `gitCommit:` or `gitTag:` and the id of an object.
    pub statement: String,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Where it stands.
    pub citations: Vec<Value>,
}

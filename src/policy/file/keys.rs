//! `keys:` — public keys that attestations may be signed with.

use super::error::Errors;
use super::pattern::Pattern;
use super::reader::Item;

/// A public key that the policy trusts for some statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name in the policy.
    pub id: String,
    /// Path of the key file, relative to the policy file; never above it.
    pub file: String,
    /// SHA-256 of the key file, 64 lower-case hex digits: the file lies beside the evidence, so
    /// its name alone proves nothing.
    pub sha256: String,
    /// Predicate types that it may sign, as globs.
    pub signs: Vec<Pattern>,
}

const KEYS: &[&str] = &["id", "file", "sha256", "signs"];

/// Reads one entry.
pub(super) fn read(item: &Item<'_>, errors: &mut Errors) -> Option<Key> {
    let fields = item.fields(KEYS, errors)?;
    // Keys are named by people and never stand in expressions: any text will do.
    let id = fields.need("id", errors, Item::text);
    let file = fields.need("file", errors, Item::file);
    let sha256 = fields.need("sha256", errors, Item::sha256);
    let signs = fields.need("signs", errors, Item::patterns);
    Some(Key {
        id: id?,
        file: file?,
        sha256: sha256?,
        signs: signs?,
    })
}

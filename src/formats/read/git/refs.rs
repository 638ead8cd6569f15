//! Names of branches and tags.

use crate::model::id;

/// A ref's name as `%D` and `--decorate` have it: `main`, `tag: v1`, `origin/main`.
pub fn short(name: &str) -> String {
    if let Some(tag) = name.strip_prefix("refs/tags/") {
        return format!("tag: {tag}");
    }
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    name.strip_prefix("refs/remotes/")
        .unwrap_or(name)
        .to_owned()
}

/// The object that a ref named, as webhooks write it: all zeros where it named none.
pub fn named(sha: &str) -> Option<String> {
    id::commit(sha).filter(|sha| sha.bytes().any(|digit| digit != b'0'))
}

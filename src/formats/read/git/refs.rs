//! Names of branches and tags.

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

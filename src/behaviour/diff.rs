//! Whether a release's own diff names what it did.
//!
//! A new host that stands in an added line was meant, or at least was there to be reviewed; one that
//! stands nowhere came by another way. So this is the sharpest question about generated code. An
//! answer needs a diff: without one the answer is that there is none, never that nothing explains it.
//!
//! Names are compared as words, not as sentences: a host as it stands, a secret by its path or by a
//! last part that is telling, an error by its type, a right by its resource and verb.

use std::collections::{BTreeMap, BTreeSet};

use super::drain::{Index, Template};

/// Added lines that are looked at; the rest of a larger diff is passed over, and said so.
const MOST_LINES: usize = 200_000;
/// Last parts of paths that say nothing by themselves.
const COMMON: &[&str] = &[
    "database",
    "password",
    "secret",
    "secrets",
    "token",
    "config",
    "credentials",
    "default",
    "tls",
    "key",
    "keys",
    "data",
    "error",
    "timeout",
    "internal",
    "unknown",
    "client",
    "server",
    "service",
    "production",
];

/// The lines that a release added.
#[derive(Default)]
pub struct Diff {
    /// Added lines in lower case, with where they stand.
    lines: Vec<(String, String)>,
    /// Raw added lines for templates.
    templates: Option<Index>,
    /// Commits that they come from.
    pub commits: BTreeSet<String>,
    /// True where the diff was larger than what is looked at.
    pub truncated: bool,
}

impl Diff {
    /// The added lines of `patches`: commit, path, and the hunk's text.
    #[must_use]
    pub fn of<'p>(patches: impl Iterator<Item = (&'p str, &'p str, &'p str)>) -> Self {
        let mut diff = Self::default();
        let mut raw = Vec::new();
        for (commit, path, patch) in patches {
            if !diff.commits.contains(commit) {
                diff.commits.insert(commit.to_owned());
            }
            for line in patch.lines().filter_map(|line| line.strip_prefix('+')) {
                if diff.lines.len() >= MOST_LINES {
                    diff.truncated = true;
                    break;
                }
                diff.lines.push((line.to_lowercase(), path.to_owned()));
                raw.push(line.to_owned());
            }
        }
        diff.templates = Some(Index::new(raw.iter().map(String::as_str)));
        diff
    }

    /// The path of the file whose added lines name `subject`.
    #[must_use]
    pub fn names(&self, family: &str, key: &str, subject: &str) -> Option<&str> {
        if family == "template" {
            let reason = self
                .templates
                .as_ref()?
                .explain(&Template::parse(subject))?;
            return self.lines.get(reason.line).map(|(_, path)| path.as_str());
        }
        let wanted = tokens(family, key, subject);
        let all_in = |alternative: &Vec<String>| {
            // Each part may stand on a line of its own (a role and its verbs), but in one file.
            let mut files: BTreeMap<&str, usize> = BTreeMap::new();
            for (at, token) in alternative.iter().enumerate() {
                for (line, path) in &self.lines {
                    if has_word(line, token) {
                        let met = files.entry(path).or_insert(0);
                        if *met == at {
                            *met = at + 1;
                        }
                    }
                }
            }
            files
                .into_iter()
                .find(|(_, met)| *met == alternative.len())
                .map(|(path, _)| path)
        };
        wanted.iter().find_map(all_in)
    }
}

/// What has to stand in the added lines: any of the alternatives, each with all its words.
fn tokens(family: &str, key: &str, subject: &str) -> Vec<Vec<String>> {
    let subject = subject.to_lowercase();
    let telling = |word: &str| word.len() >= 6 && !COMMON.contains(&word);
    let parts: Vec<&str> = subject
        .split(['/', ':', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    let mut wanted = vec![vec![subject.clone()]];
    match family {
        "secret" => {
            let last = parts.last().copied().unwrap_or_default();
            if telling(last) {
                wanted.push(vec![last.to_owned()]);
            } else if let [.., owner, last] = parts.as_slice() {
                wanted.push(vec![format!("{owner}/{last}")]);
            }
        }
        "privilege" if key.starts_with("grant ") => {
            let name = parts.last().copied().unwrap_or_default();
            if telling(name) {
                wanted.push(vec![name.to_owned()]);
            }
        }
        "privilege" => {
            let action = subject.split(' ').next().unwrap_or_default();
            let thing = subject.split(' ').nth(1).unwrap_or_default();
            // `sts:assumerole arn:…/role/reports`: the role's name is what code would say.
            match thing.rsplit('/').next().filter(|last| telling(last)) {
                Some(last) => wanted.push(vec![last.to_owned()]),
                None if !thing.is_empty() => {
                    wanted.push(vec![thing.to_owned(), action.to_owned()]);
                }
                None => {}
            }
        }
        "error" => {
            // `java.net.SocketTimeoutException` is written without its package.
            let last = subject.rsplit(['.', ':']).next().unwrap_or_default();
            wanted.clear();
            for word in [subject.as_str(), last] {
                if word.len() >= 5 && word.parse::<u32>().is_err() && !COMMON.contains(&word) {
                    wanted.push(vec![word.to_owned()]);
                }
            }
        }
        _ => {}
    }
    wanted
}

/// True where `line` has `word` with no letter or digit right before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && line.match_indices(word).any(|(at, _)| {
            !is_inside(line.get(..at).and_then(|before| before.chars().next_back()))
                && !is_inside(
                    line.get(at + word.len()..)
                        .and_then(|after| after.chars().next()),
                )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff() -> Diff {
        let patch = "+const GATEWAY: &str = \"https://Pay.Partner.example:8443/v1\";\n-const OLD: &str = \"gone.example\";\n \
                     unchanged.example\n+let identity = kube.secret(\"payments\", \"legacy-gateway-client\").await?;\n+    LegacyGatewayTimeout,\n\
                     +    resources: [\"pods/exec\"]\n+    verbs: [\"create\"]\n";
        Diff::of([("abc", "src/pay.rs", patch)].into_iter())
    }

    #[test]
    fn added_lines_name_hosts_secrets_errors_and_rights() {
        let diff = diff();
        for (family, key, subject) in [
            ("network", "", "pay.partner.example"),
            ("secret", "", "secrets/payments/legacy-gateway-client"),
            ("error", "", "LegacyGatewayTimeout"),
            ("error", "", "shop.pay.LegacyGatewayTimeout"),
            ("privilege", "use create pods/exec", "create pods/exec"),
        ] {
            assert_eq!(
                diff.names(family, key, subject),
                Some("src/pay.rs"),
                "{subject}"
            );
        }
    }

    #[test]
    fn removed_and_unchanged_lines_and_common_words_explain_nothing() {
        let diff = diff();
        for (family, subject) in [
            ("network", "gone.example"),
            ("network", "unchanged.example"),
            ("network", "partner.example.org"),
            ("secret", "secret/data/payments/database"),
            ("error", "504"),
            ("error", "timeout"),
        ] {
            assert_eq!(diff.names(family, "", subject), None, "{subject}");
        }
    }
}

//! The lists of changed files that git prints: `--numstat`, `--name-status`, `--raw`, `--stat`.

use std::num::ParseIntError;

use super::paths::{moved, unquote};
use crate::model::code::CommitFile;

/// What a list says of one changed file; lists differ in what they leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileChange {
    /// Path after the commit.
    pub path: String,
    /// Path before, where it moved.
    pub old_path: Option<String>,
    /// One of the tokens of [`CommitFile::status`].
    pub status: Option<&'static str>,
    /// Lines added.
    pub additions: Option<i64>,
    /// Lines deleted.
    pub deletions: Option<i64>,
}

impl FileChange {
    /// A file at `path`, moved from `old_path` if there is one.
    pub fn new(path: String, old_path: Option<String>) -> Self {
        let status = old_path.is_some().then_some("renamed");
        Self {
            path,
            old_path,
            status,
            ..Self::default()
        }
    }

    /// Takes over what another list says of the same file.
    pub fn complete(&mut self, other: Self) {
        self.old_path = self.old_path.take().or(other.old_path);
        self.status = self.status.or(other.status);
        self.additions = self.additions.or(other.additions);
        self.deletions = self.deletions.or(other.deletions);
    }

    /// The row of a commit.
    pub fn row<'a>(&'a self, sha: &'a str) -> CommitFile<'a> {
        CommitFile {
            sha: Some(sha.into()),
            path: Some(self.path.as_str().into()),
            old_path: self.old_path.as_deref().map(Into::into),
            status: self.status.map(Into::into),
            additions: self.additions,
            deletions: self.deletions,
            ..CommitFile::default()
        }
    }

    fn named(text: &str) -> Self {
        match moved(text) {
            Some((old, new)) => Self::new(new, Some(old)),
            None => Self::new(unquote(text).into_owned(), None),
        }
    }
}

/// A line of any list.
pub fn listed(line: &str) -> Option<FileChange> {
    numstat(line)
        .or_else(|| name_status(line))
        .or_else(|| stat(line))
}

/// `6<tab>1<tab>path`, with `-` for both counts of a binary file.
pub fn numstat(line: &str) -> Option<FileChange> {
    let (additions, deletions, path) = counts(line)?;
    (!path.is_empty()).then(|| FileChange {
        additions,
        deletions,
        ..FileChange::named(path)
    })
}

/// The two counts that open a numstat entry, and what follows them.
pub fn counts(entry: &str) -> Option<(Option<i64>, Option<i64>, &str)> {
    let mut parts = entry.splitn(3, '\t');
    let (additions, deletions, path) = (parts.next()?, parts.next()?, parts.next()?);
    Some((count(additions).ok()?, count(deletions).ok()?, path))
}

/// A count, or the absence of one that `-` stands for.
fn count(text: &str) -> Result<Option<i64>, ParseIntError> {
    if text == "-" {
        return Ok(None);
    }
    text.parse::<u32>().map(|n| Some(i64::from(n)))
}

/// `M<tab>path`, `R087<tab>old<tab>new`, or the same after the modes and ids of `--raw`.
fn name_status(line: &str) -> Option<FileChange> {
    let (left, paths) = line.split_once('\t')?;
    let letters = if left.starts_with(':') {
        left.rsplit(' ').next()?
    } else {
        left
    };
    let status = match letters.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "A" | "C" => "added",
        "D" => "deleted",
        "R" => "renamed",
        "M" | "T" => "modified",
        merged if merged.len() > 1 && merged.bytes().all(|b| b"AMDTR".contains(&b)) => "modified",
        _ => return None,
    };
    let (old, new) = paths
        .split_once('\t')
        .map_or((None, paths), |(old, new)| (Some(old), new));
    let old_path = old
        .filter(|_| status == "renamed")
        .map(|old| unquote(old).into_owned());
    Some(FileChange {
        status: Some(status),
        ..FileChange::new(unquote(new).into_owned(), old_path)
    })
}

/// ` path | 7 +++++--`. A path that git cut to `.../tail` says too little and is passed over; the
/// counts are taken only where the bar is not scaled down.
fn stat(line: &str) -> Option<FileChange> {
    let (path, graph) = line.strip_prefix(' ')?.rsplit_once(" | ")?;
    let (path, graph) = (path.trim_end(), graph.trim());
    if path.is_empty() || path.starts_with("...") {
        return None;
    }
    if graph.starts_with("Bin") {
        return Some(FileChange::named(path));
    }
    let (total, bar) = graph.split_once(' ').unwrap_or((graph, ""));
    let total = i64::from(total.parse::<u32>().ok()?);
    let marks = |mark| i64::try_from(bar.matches(mark).count()).unwrap_or(i64::MAX);
    let (plus, minus) = (marks('+'), marks('-'));
    let exact = plus.saturating_add(minus) == total;
    Some(FileChange {
        additions: exact.then_some(plus),
        deletions: exact.then_some(minus),
        ..FileChange::named(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `path|old path|status|additions|deletions`.
    fn told(line: &str) -> Option<String> {
        let FileChange {
            path,
            old_path,
            status,
            additions,
            deletions,
        } = listed(line)?;
        let count = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        let parts = [
            path,
            old_path.unwrap_or_default(),
            status.unwrap_or_default().to_owned(),
            count(additions),
            count(deletions),
        ];
        Some(parts.join("|"))
    }

    #[test]
    fn every_list_is_read() {
        for (line, expected) in [
            ("6\t1\ta b.rs", "a b.rs|||6|1"),
            ("-\t-\t\"\\303\\251\"", "é||||"),
            ("0\t0\tx/{a => b}", "x/b|x/a|renamed|0|0"),
            ("D\tgone.rs", "gone.rs||deleted||"),
            ("R100\ta\tb", "b|a|renamed||"),
            ("C75\ta\tb", "b||added||"),
            (":100644 100644 7be73ce 5e90e2c M\tz.rs", "z.rs||modified||"),
            (
                "::100644 100644 100644 7be73ce 68a11f2 5e90e2c MM\tz.rs",
                "z.rs||modified||",
            ),
        ] {
            assert_eq!(told(line).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_stat_bar_counts_only_unscaled() {
        for (line, expected) in [
            (" a.rs  |  7 ++++++-", Some("a.rs|||6|1")),
            (" a.rs | 825 ++++--", Some("a.rs||||")),
            (" a.png | Bin 2 -> 0 bytes", Some("a.png||||")),
            (" .../tail.rs | 3 +++", None),
            (" 3 files changed, 2 insertions(+)", None),
            (" create mode 100644 a", None),
            ("", None),
        ] {
            assert_eq!(told(line).as_deref(), expected, "{line}");
        }
    }
}

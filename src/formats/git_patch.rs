//! git history as people read it: `git log`, `git log -p`, `git show`, `git format-patch`.
//!
//! Source: git's `pretty-formats`, `diff-format` and `git-format-patch` pages, and the output of
//! git itself. The medium, full, fuller and raw headers are read, messages indented by four blanks,
//! blocks of notes (git-ai notes become files of their own), lists of files (`--stat`, `--numstat`,
//! `--name-status`, `--raw`) and diffs with their hunks. A message cannot forge a commit there,
//! because it is indented; in a mail of `format-patch` it could, and nothing tells.
//!
//! The export says less than the one of `git_log`: medium headers have no commit date (the author
//! date stands in for the time of the record), `Merge:` abbreviates the parents, tabs in messages
//! are expanded, `--stat` cuts long paths (those files are passed over), and a merge's combined diff
//! has no counts. Subject, body and trailers are cut as git cuts them, so that one commit reads the
//! same from both. All of it is asserted by whoever made the commit.

mod diff;
mod entry;
mod mail;
mod text;

use std::borrow::Cow;
use std::collections::HashMap;

use self::diff::FileDiff;
use self::entry::{Entry, Layout};
use self::text::lines;
use super::read::bounded;
use super::read::git::files::FileChange;
use super::read::git::note;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::code::{Commit, DiffHunk};
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// Lines that follow the one with the commit's id.
const HEADERS: [&str; 6] = [
    "Author: ", "Merge: ", "tree ", "From: ", "Reflog: ", "gpg: ",
];

/// Human-readable output of `git log`, `git show` and `git format-patch`.
pub struct GitPatch;

impl Format for GitPatch {
    fn name(&self) -> &'static str {
        "git_patch"
    }

    fn about(&self) -> &'static str {
        "git history as text: git log -p --format=fuller --notes=ai, git show, git format-patch --stdout"
    }

    fn unit(&self) -> &'static str {
        "commit"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["commit", "commit_file", "diff_hunk"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "`commit` or `From` with a commit id, and under it `Author:`, `Merge:`, `From:` or another header"
    }

    fn example(&self) -> &'static [u8] {
        br"commit 9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345
Author:     Ines Roth <ines@acme.example>
AuthorDate: Tue Mar 3 14:02:07 2026 +0000
Commit:     Ines Roth <ines@acme.example>
CommitDate: Tue Mar 3 14:02:07 2026 +0000

    Charge once

diff --git a/src/pay.rs b/src/pay.rs
index de98044..7be73ce 100644
--- a/src/pay.rs
+++ b/src/pay.rs
@@ -1 +1 @@
-charge()
+charge_once()
"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let seen: Vec<&str> = peek
            .lines()
            .skip_while(|line| line.trim().is_empty())
            .collect();
        let opened = seen
            .iter()
            .position(|line| Layout::opened_by(line.trim_end().as_bytes()).is_some());
        let Some(at) = opened else { return NO };
        let next = seen.get(at + 1).copied().unwrap_or_default();
        let is_header = HEADERS.iter().any(|header| next.starts_with(header));
        match (at, is_header) {
            (0, true) => CERTAIN,
            (_, true) if is_tag(peek.head) => CERTAIN,
            (0, false) => LIKELY,
            (_, true) => PERHAPS,
            (_, false) => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let openings = openings(chunk.bytes);
        let first = openings
            .first()
            .map_or(chunk.bytes.len(), |(start, _)| *start);
        preamble(chunk, first, sink);
        let ends = openings
            .iter()
            .skip(1)
            .map(|(start, _)| *start)
            .chain([chunk.bytes.len()]);
        for ((start, layout), end) in openings.iter().zip(ends) {
            let unit = Unit {
                bytes: chunk.bytes.get(*start..end).unwrap_or_default(),
                offset: chunk.offset + *start as u64,
            };
            sink.read(1);
            match unit.push(*layout, sink) {
                Ok(()) => sink.keep(1),
                Err((span, why)) => sink.reject(span, why),
            }
        }
    }
}

/// True where `git show <tag>` puts an annotated tag before its commit.
fn is_tag(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"tag ")
        && memchr::memmem::find(head, b"\nTagger: ").is_some()
}

/// What stands before the first commit: an annotated tag, or the rest of a commit that was cut.
fn preamble(chunk: &Chunk<'_>, end: usize, sink: &mut dyn Sink) {
    let text = chunk.bytes.get(..end).unwrap_or_default();
    if text.trim_ascii().is_empty() {
        return;
    }
    sink.read(1);
    if is_tag(text) {
        sink.ignore(1, "annotated tag");
    } else {
        sink.reject(
            Span::new(chunk.offset, end as u64),
            "text before the first commit",
        );
    }
}

/// Where commits open, and in which layout. The message of a mail is not indented, so within a mail
/// only another mail opens a commit.
fn openings(bytes: &[u8]) -> Vec<(usize, Layout)> {
    let mut found: Vec<(usize, Layout)> = Vec::new();
    for line in lines(bytes, 0) {
        let Some(layout) = Layout::opened_by(line.bytes) else {
            continue;
        };
        if layout == Layout::Mail || found.last().is_none_or(|(_, last)| *last == Layout::Log) {
            found.push((line.start, layout));
        }
    }
    found
}

/// The bytes of one commit.
struct Unit<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl Unit<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.offset + start as u64, end.saturating_sub(start) as u64)
    }

    /// Pushes what the commit says; a diff that is cut off is pushed as far as it goes.
    fn push(&self, layout: Layout, sink: &mut dyn Sink) -> Result<(), (Span, &'static str)> {
        let whole = self.span(0, self.bytes.len());
        let entry = Entry::read(self.bytes, layout).ok_or((whole, "no line names an author"))?;
        let ts_ns = entry.committer.at.or(entry.author.at);
        sink.record(Stamp::new(whole, ts_ns), &commit(&entry));
        for (start, end, text) in &entry.notes {
            note::nest(&entry.sha, text, self.span(*start, *end), sink);
        }
        let diffs = diff::read(self.bytes, entry.diff);
        if diffs.is_empty() {
            for (start, end, change) in merged(&entry.files) {
                sink.record(
                    Stamp::new(self.span(start, end), ts_ns),
                    &change.row(&entry.sha),
                );
            }
        }
        for file in diffs.iter().filter(|file| !file.change.path.is_empty()) {
            self.push_diff(file, &entry.sha, ts_ns, sink);
        }
        let faulty = diffs
            .iter()
            .find_map(|file| Some((self.span(file.start, file.end), file.fault?)));
        faulty.map_or(Ok(()), Err)
    }

    fn push_diff(&self, file: &FileDiff, sha: &str, ts_ns: Option<i64>, sink: &mut dyn Sink) {
        sink.record(
            Stamp::new(self.span(file.start, file.end), ts_ns),
            &file.change.row(sha),
        );
        for hunk in &file.hunks {
            let patch =
                String::from_utf8_lossy(self.bytes.get(hunk.body..hunk.end).unwrap_or_default());
            let row = DiffHunk {
                sha: Some(sha.into()),
                path: Some(file.change.path.as_str().into()),
                old_start: Some(hunk.old.0),
                old_lines: Some(hunk.old.1),
                new_start: Some(hunk.new.0),
                new_lines: Some(hunk.new.1),
                heading: cell(&hunk.heading),
                patch: cell(patch.trim_end_matches(['\r', '\n'])),
                ..DiffHunk::default()
            };
            sink.record(Stamp::new(self.span(hunk.start, hunk.end), ts_ns), &row);
        }
    }
}

fn commit(entry: &Entry) -> Commit<'_> {
    Commit {
        sha: Some(entry.sha.as_str().into()),
        tree: entry.tree.as_deref().map(Into::into),
        parents: Some(entry.parents.join(" ").into())
            .filter(|parents: &Cow<'_, str>| !parents.is_empty()),
        author_name: cell(&entry.author.name),
        author_email: cell(&entry.author.email),
        authored_ns: entry.author.at,
        committer_name: cell(&entry.committer.name),
        committer_email: cell(&entry.committer.email),
        committed_ns: entry.committer.at,
        refs: cell(&entry.refs),
        subject: cell(&entry.message.subject),
        body: cell(&entry.message.body),
        trailers: cell(&entry.message.trailers),
        ..Commit::default()
    }
}

/// One entry a file, where several lists (`--raw --numstat`) name the same one.
fn merged(files: &[(usize, usize, FileChange)]) -> Vec<(usize, usize, FileChange)> {
    let mut found: Vec<(usize, usize, FileChange)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (start, end, change) in files {
        let place = *places.entry(&change.path).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, _, known)) => known.complete(change.clone()),
            None => found.push((*start, *end, change.clone())),
        }
    }
    found
}

/// A text cell; an empty part says nothing.
fn cell(text: &str) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then(|| bounded(text).into())
}

#[cfg(test)]
mod tests;

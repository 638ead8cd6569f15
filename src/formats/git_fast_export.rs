//! git history as a stream of commands: `git fast-export --no-data --show-original-ids --all`.
//!
//! Source: git's `git-fast-import` page (the grammar) and `git-fast-export` page. Only with
//! `--show-original-ids` does the stream hold commit ids; without it a commit is known by a mark that
//! means nothing elsewhere, so it is counted and passed over with that reason. Texts are counted in
//! bytes (`data <n>`), so a message cannot forge a command.
//!
//! A `M` line does not say whether the file is new or changed: only in a commit without parents it
//! must be new. There are no line counts. A commit belongs to the ref that it was reached from; the
//! last one of each ref is what the ref points to. Commits on `refs/notes/…` are not history: their
//! blobs, where the stream has them (no `--no-data`), are notes, and git-ai notes become files of
//! their own. What it is not: a reader of repositories. All of it is asserted.

mod stream;

use std::borrow::Cow;
use std::collections::HashMap;

use self::stream::{Command, Commands, Entry};
use super::read::bounded;
use super::read::git::message::Message;
use super::read::git::note;
use super::read::git::refs::short;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::code::{Commit, CommitFile};
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

/// Longest note that is kept, in bytes.
const NOTE_LIMIT: usize = 4 << 20;

/// `git fast-export`.
pub struct GitFastExport;

impl Format for GitFastExport {
    fn name(&self) -> &'static str {
        "git_fast_export"
    }

    fn about(&self) -> &'static str {
        "git history as a stream: git fast-export --no-data --reencode=yes --show-original-ids --all"
    }

    fn unit(&self) -> &'static str {
        "commit"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["commit", "commit_file"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "opens with `reset refs/`, `commit refs/`, `blob` or `feature done`; `mark :` and `committer` follow"
    }

    fn example(&self) -> &'static [u8] {
        br"reset refs/heads/main
commit refs/heads/main
mark :1
original-oid 9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345
author Ines Roth <ines@acme.example> 1772546527 +0000
committer Ines Roth <ines@acme.example> 1772546527 +0000
data 12
Charge once
M 100644 3398735e529f8015e6c4af97af90d719479b03bd src/pay.rs
"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let head = peek.head;
        let opens = [
            "reset refs/",
            "commit refs/",
            "blob\nmark :",
            "blob\noriginal-oid",
            "feature done\n",
        ];
        if !opens.iter().any(|open| head.starts_with(open.as_bytes())) {
            return NO;
        }
        let has = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        if has("\ncommitter ") || (has("\ndata ") && has("mark :")) {
            CERTAIN
        } else if has("\nmark :") || head.len() < 256 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut history = History::default();
        let mut commits = Vec::new();
        for (command, start, end) in Commands::new(chunk.bytes) {
            let span = Span::new(chunk.offset + start as u64, (end - start) as u64);
            match command {
                Command::Commit(commit) => {
                    let at = commits.len();
                    history.place(&commit, at);
                    commits.push((commit, span));
                }
                Command::Reset { name, from } => history.reset(name, from),
                Command::Blob { mark, data } => {
                    history.blobs.extend(mark.map(|mark| (mark, data)));
                }
                Command::Other => {}
                Command::Broken(why) => {
                    sink.read(1);
                    sink.reject(span, why);
                }
            }
        }
        history.settle();
        for (at, (commit, span)) in commits.iter().enumerate() {
            sink.read(1);
            history.push(commit, at, *span, chunk, sink);
        }
        history.notes(&commits, chunk, sink);
    }
}

/// Where a blob's bytes stand in the chunk.
type Place = (usize, usize);

/// What the commands before a commit tell of it.
#[derive(Default)]
struct History<'a> {
    /// Commit id by mark.
    ids: HashMap<&'a str, String>,
    /// The commit, by its id or mark, that each ref points to.
    tips: HashMap<String, &'a str>,
    /// Parents of each commit, in the words of the stream.
    parents: Vec<Vec<&'a str>>,
    blobs: HashMap<&'a str, Place>,
    /// The refs that point to each commit in the end, by its id or mark.
    refs: HashMap<&'a str, Vec<String>>,
}

impl<'a> History<'a> {
    fn place(&mut self, commit: &stream::Commit<'a>, at: usize) {
        let sha = commit.original.and_then(id::commit);
        if let (Some(mark), Some(sha)) = (commit.mark, sha) {
            self.ids.insert(mark, sha);
        }
        let name = commit.name.to_string();
        let mut parents: Vec<&str> = commit
            .from
            .into_iter()
            .chain(commit.merges.iter().copied())
            .collect();
        // Without `from`, a commit follows what its ref points to.
        if commit.from.is_none() {
            parents.splice(0..0, self.tips.get(&name).copied());
        }
        debug_assert_eq!(self.parents.len(), at);
        self.parents.push(parents);
        if let Some(key) = commit.mark.or(commit.original) {
            self.tips.insert(name, key);
        }
    }

    fn reset(&mut self, name: Cow<'a, str>, from: Option<&'a str>) {
        match from {
            Some(from) => {
                self.tips.insert(name.into_owned(), from);
            }
            None => {
                self.tips.remove(&*name);
            }
        }
    }

    /// Turns the refs' last targets around.
    fn settle(&mut self) {
        let mut names: Vec<(&String, &&str)> = self.tips.iter().collect();
        names.sort_unstable();
        for (name, key) in names {
            self.refs.entry(key).or_default().push(short(name));
        }
    }

    fn id_of(&self, key: &str) -> Option<String> {
        self.ids.get(key).cloned().or_else(|| id::commit(key))
    }

    fn push(
        &self,
        commit: &stream::Commit<'a>,
        at: usize,
        span: Span,
        chunk: &Chunk<'_>,
        sink: &mut dyn Sink,
    ) {
        if let Some(why) = commit.fault {
            return sink.reject(span, why);
        }
        if commit.name.starts_with("refs/notes/") {
            return sink.ignore(1, "commit of notes");
        }
        let Some(sha) = commit.original.and_then(id::commit) else {
            return sink.ignore(1, "no commit id: export with --show-original-ids");
        };
        let keys = self.parents.get(at).map(Vec::as_slice).unwrap_or_default();
        let parents: Vec<String> = keys.iter().filter_map(|key| self.id_of(key)).collect();
        let key = commit.mark.or(commit.original);
        let refs = key
            .and_then(|key| self.refs.get(key))
            .map_or_else(String::new, |names| names.join(", "));
        let message = Message::new(&String::from_utf8_lossy(commit.message));
        let author = commit.author.as_ref().or(commit.committer.as_ref());
        let (author, committer) = (
            author.cloned().unwrap_or_default(),
            commit.committer.clone().unwrap_or_default(),
        );
        let ts_ns = committer.at;
        let row = Commit {
            sha: Some(sha.as_str().into()),
            parents: cell(&parents.join(" ")),
            author_name: cell(&author.name),
            author_email: cell(&author.email),
            authored_ns: author.at,
            committer_name: cell(&committer.name),
            committer_email: cell(&committer.email),
            committed_ns: ts_ns,
            refs: cell(&refs),
            subject: cell(&message.subject),
            body: cell(&message.body),
            trailers: cell(&message.trailers),
            ..Commit::default()
        };
        sink.record(Stamp::new(span, ts_ns), &row);
        for entry in &commit.entries {
            let is_root = keys.is_empty();
            let row = CommitFile {
                sha: Some(sha.as_str().into()),
                path: cell(&entry.path),
                old_path: entry.old_path.as_deref().and_then(cell),
                status: entry.status.or(is_root.then_some("added")).map(Into::into),
                ..CommitFile::default()
            };
            let at = Span::new(
                chunk.offset + entry.start as u64,
                (entry.end - entry.start) as u64,
            );
            sink.record(Stamp::new(at, ts_ns), &row);
        }
        sink.keep(1);
    }

    /// Hands over the notes that the last commit of each notes ref leaves in place.
    fn notes(
        &self,
        commits: &[(Box<stream::Commit<'a>>, Span)],
        chunk: &Chunk<'_>,
        sink: &mut dyn Sink,
    ) {
        let mut latest: std::collections::BTreeMap<(&str, String), Option<Place>> =
            std::collections::BTreeMap::new();
        for (commit, _) in commits {
            if !commit.name.starts_with("refs/notes/") {
                continue;
            }
            for entry in &commit.entries {
                let target = self.target(entry);
                let place = entry.blob.and_then(|blob| match blob {
                    stream::Blob::Mark(mark) => self.blobs.get(mark).copied(),
                    stream::Blob::Inline(place) => Some(place),
                });
                latest.extend(target.map(|sha| ((&*commit.name, sha), place)));
            }
        }
        for ((_, sha), place) in latest {
            let Some((start, end)) = place.filter(|(start, end)| end - start <= NOTE_LIMIT) else {
                continue;
            };
            let span = Span::new(chunk.offset + start as u64, (end - start) as u64);
            note::nest(
                &sha,
                chunk.bytes.get(start..end).unwrap_or_default(),
                span,
                sink,
            );
        }
    }

    /// The commit that a note is attached to: named by `N`, or by the path in the tree of notes.
    fn target(&self, entry: &Entry<'a>) -> Option<String> {
        let plain: String = entry.path.chars().filter(|c| *c != '/').collect();
        self.id_of(&entry.path).or_else(|| id::commit(&plain))
    }
}

/// A text cell; an empty part says nothing.
fn cell(text: &str) -> Option<Cow<'static, str>> {
    (!text.is_empty()).then(|| bounded(text).to_owned().into())
}

/// Who, and when: `Name <address> seconds zone`.
#[derive(Debug, Clone, Default)]
pub(super) struct Ident {
    name: String,
    email: String,
    at: Option<i64>,
}

impl Ident {
    fn parse(line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(line);
        let (name, rest) = text.split_once('<').unwrap_or((&text, ""));
        let (email, when) = rest.rsplit_once('>').unwrap_or((rest, ""));
        let seconds = when
            .split_whitespace()
            .next()
            .and_then(|word| word.parse().ok());
        Self {
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
            at: seconds.and_then(time::seconds),
        }
    }
}

#[cfg(test)]
mod tests;

//! git bundles: a whole history with its objects in one file (`git bundle create x.bundle --all`).
//!
//! Source: git's `gitformat-bundle` (versions 2 and 3) and `gitformat-pack` pages. Nothing runs git and
//! nothing is written to disk: objects are read from the bytes with gitoxide's pack reader, bounded in
//! memory. Objects are packed and partly deltas, so no byte range of a bundle is a commit that a person
//! could read. So the history is written out as `git log --all --pretty=raw --raw --no-abbrev
//! --notes=ai` prints it and handed on as a file of its own, `history`, which the format of such logs
//! reads: citations lead to the plain text of the very commits. Signed commits and annotated tags are
//! handed on besides as git stores them, in `objects`, for a signature is over the bytes.
//!
//! A commit's files come from comparing its tree with that of its first parent; merges have no list,
//! as in git. A file that only moved is told as renamed, one that was changed while it moved as
//! deleted and added. An incremental bundle leaves out what the reader is said to have: a commit
//! whose parent is not in it has no list. A bundle made of a branch leaves `refs/notes/ai` out; where
//! notes are in it they stand in the history, and commits of notes are not part of it.
//!
//! What it is not: a check of signatures, or a checkout. All of it is asserted.

mod header;
mod history;
mod objects;
mod pack;
#[cfg(test)]
mod tests;

use self::header::Header;
use self::pack::{Kind, Pack};
use super::read::bounded;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::code::GitRef;
use crate::model::{EvidenceClass, Nested, Sink, Span, Stamp, id};

/// git bundles.
pub struct GitBundle;

impl Format for GitBundle {
    fn name(&self) -> &'static str {
        "git_bundle"
    }

    fn about(&self) -> &'static str {
        "a git repository in one file: git bundle create shop.bundle --all"
    }

    fn unit(&self) -> &'static str {
        "object"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["commit", "commit_file", "git_ref"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "the first line `# v2 git bundle` or `# v3 git bundle`"
    }

    fn example(&self) -> &'static [u8] {
        // One commit of one file: `git bundle create example.bundle main`.
        include_bytes!("git_bundle/example.bundle")
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if Header::version(peek.head).is_some() {
            CERTAIN
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let all = Span::new(chunk.offset, chunk.bytes.len() as u64);
        let header = match Header::read(chunk.bytes) {
            Ok(header) => header,
            Err(why) => {
                if !chunk.bytes.is_empty() {
                    sink.read(1);
                    sink.reject(all, why);
                }
                return;
            }
        };
        let bytes = chunk.bytes.get(header.end..).unwrap_or_default();
        let base = chunk.offset + header.end as u64;
        let pack = match Pack::read(bytes, header.hash, header.has_notes()) {
            Ok(pack) => pack,
            Err(why) => {
                sink.read(1);
                sink.reject(Span::new(base, bytes.len() as u64), why);
                return;
            }
        };
        account(&pack, base, sink);
        tell_refs(&header, chunk.offset, sink);
        let span = Span::new(base, bytes.len() as u64);
        let parts = [
            ("history", history::write(&header, &pack)),
            ("objects", objects::write(&pack)),
        ];
        for (name, texts) in parts {
            for (bytes, number) in texts.into_iter().zip(1..) {
                let name = match number {
                    1 => name.to_owned(),
                    number => format!("{name}-{number}"),
                };
                sink.nested(Nested { name, bytes, span });
            }
        }
    }
}

/// Tells where each branch and tag points; the bundle does not say when.
fn tell_refs(header: &Header, base: u64, sink: &mut dyn Sink) {
    for ((sha, name), (start, length)) in header.refs.iter().zip(&header.lines) {
        let row = GitRef {
            name: Some(bounded(name).into()),
            sha: id::commit(sha).map(Into::into),
            ..GitRef::default()
        };
        let span = Span::new(base + *start as u64, *length as u64);
        sink.record(Stamp::new(span, None), &row);
    }
}

/// Tells what became of each object.
fn account(pack: &Pack<'_>, base: u64, sink: &mut dyn Sink) {
    for entry in &pack.entries {
        sink.read(1);
        match (entry.kind, entry.fault) {
            (_, Some(why)) => {
                sink.reject(Span::new(base + entry.start, entry.end - entry.start), why);
            }
            (Some(Kind::Commit | Kind::Tag), _) => sink.keep(1),
            (Some(Kind::Tree), _) => sink.ignore(1, "tree"),
            (Some(Kind::Blob), _) => sink.ignore(1, "blob"),
            (None, _) => sink.ignore(1, "delta on an object outside the bundle"),
        }
    }
    if let Some((start, end, why)) = pack.fault {
        sink.read(1);
        sink.reject(Span::new(base + start, end - start), why);
    }
}

//! git-ai's authorship log: which agent or person wrote which lines of a commit, kept as a note
//! under `refs/notes/ai`.
//!
//! Source: git-ai standard v3.0.0 (`specs/git_ai_standard_v3.0.0.md` of git-ai-project/git-ai) and
//! its sessions-v2 migration notes, checked against 704 real notes. A note is attestation text, a
//! line that is exactly `---`, and a JSON object. It comes one to a file (`git notes --ref=ai show`),
//! glued together where several were shown, inside a history export, or in a stream of
//! `git cat-file --batch` with a header line before each.
//!
//! The standard says that every key must have a record; in practice one in fourteen has none. Such a
//! key still is `sha256("tool:session id")`, so the row is kept as dangling and a transcript can
//! explain it. A record without an entry is of a session whose lines are gone again; the note's commit
//! goes to the session's `commits`. Legacy keys are the first 16 digits of the same hash and are given
//! in the present form. What it is not: proof. git-ai runs beside the agent, so all of it is asserted;
//! and lines that no entry covers are untracked, not human.

mod metadata;

use std::borrow::Cow;
use std::collections::HashSet;

use self::metadata::Metadata;
use super::read::git::note::{divider, is_authorship};
use super::read::lines;
use super::read::version::Known;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::code::{Attribution, Session};
use crate::model::{EvidenceClass, Sink, Span, Stamp, id};

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "git-ai authorship",
    newest: &[(3, 0)],
};

/// Notes under `refs/notes/ai`.
pub struct GitAiNotes;

impl Format for GitAiNotes {
    fn name(&self) -> &'static str {
        "git_ai_notes"
    }

    fn about(&self) -> &'static str {
        "git-ai authorship notes: git notes --ref=ai list | \
         git cat-file --batch='%(objectname) %(rest) %(objectsize)', or one note a file"
    }

    fn unit(&self) -> &'static str {
        "note"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["attribution", "session"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "paths with indented line ranges, then `---` and JSON with `schema_version` `authorship/…`"
    }

    fn example(&self) -> &'static [u8] {
        br#"src/pay.rs
  s_0123456789abcd::t_00000000000001 1-3
---
{"schema_version":"authorship/3.0.0","base_commit_sha":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345",
 "sessions":{"s_0123456789abcd":{"agent_id":{"tool":"claude","id":"s-1","model":"opus"}}}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let note = match first_line(peek.head) {
            (line, rest) if Header::parse(line).is_some() => rest,
            _ => peek.head,
        };
        let divider = divider(note);
        let end = divider.unwrap_or_else(|| memchr::memrchr(b'\n', note).unwrap_or(0));
        let Some(entries) = attested(note.get(..end).unwrap_or_default()) else {
            return NO;
        };
        match divider {
            Some(start) if is_authorship(note, start) => CERTAIN,
            // Attestations longer than the head hide the JSON or its end.
            _ if entries > 2 => LIKELY,
            _ => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        if next_header(chunk.bytes) < chunk.bytes.len() {
            batch(chunk, sink);
        } else {
            shown(chunk, sink);
        }
    }
}

/// How many entries the text holds, if it is attestation text and nothing else.
fn attested(text: &[u8]) -> Option<usize> {
    let mut entries = 0;
    let mut has_path = false;
    for line in text.split(|byte| *byte == b'\n') {
        match Line::parse(std::str::from_utf8(line).ok()?.trim_end_matches('\r')) {
            Line::Blank => {}
            Line::Path(path) if !path.contains(|c: char| c.is_control()) => has_path = true,
            Line::Entry(..) if has_path => entries += 1,
            _ => return None,
        }
    }
    (entries > 0 || !has_path).then_some(entries)
}

/// The header that `git cat-file --batch` puts before each object.
enum Header {
    /// A note of so many bytes, with the commit that it is attached to where the stream says so.
    Note(Option<String>, usize),
    /// An id that names no object.
    Missing,
}

impl Header {
    fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.trim_end_matches('\r').split(' ');
        id::commit(words.next()?)?;
        let (second, size) = (words.next()?, words.next());
        if second == "missing" && size.is_none() {
            return Some(Self::Missing);
        }
        // git's default header has the object's type where ours has the commit.
        let commit = id::commit(second);
        let sound = (commit.is_some() || second == "blob") && words.next().is_none();
        sound.then_some(Self::Note(commit, size?.parse().ok()?))
    }
}

/// Reads a stream of objects with a header line each. Where a header or a size is wrong, reading
/// goes on at the next line that is a header.
fn batch(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let mut at = 0;
    while let Some(rest) = chunk.bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (line, body) = first_line(rest);
        let start = at + (rest.len() - body.len());
        if line.trim_ascii().is_empty() {
            at = start;
            continue;
        }
        sink.read(1);
        at = match Header::parse(line) {
            Some(Header::Missing) => {
                sink.ignore(1, "missing object");
                start
            }
            Some(Header::Note(commit, size)) if size <= body.len() => {
                object(&part(chunk, start, start + size), commit, sink);
                start + size
            }
            header => {
                let end = start + next_header(body);
                let why = if header.is_some() {
                    "the object is cut off"
                } else {
                    "no header line"
                };
                sink.reject(span_of(&part(chunk, at, end)), why);
                end
            }
        };
    }
}

/// Where the next header line starts in `bytes`, or their length.
fn next_header(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, after) = first_line(rest);
        if Header::parse(line).is_some() {
            break;
        }
        rest = after;
    }
    bytes.len() - rest.len()
}

fn object(note: &Chunk<'_>, commit: Option<String>, sink: &mut dyn Sink) {
    if divider(note.bytes).is_none() {
        sink.ignore(1, "not a git-ai note");
        return;
    }
    match push(note, commit, sink) {
        (_, None) => sink.keep(1),
        (_, Some(fault)) => sink.reject(fault.span, &fault.why),
    }
}

/// Reads notes as `git notes show` prints them, one after another without anything in between.
fn shown(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let mut at = 0;
    while chunk
        .bytes
        .get(at..)
        .is_some_and(|rest| !rest.trim_ascii().is_empty())
    {
        let note = part(chunk, at, chunk.bytes.len());
        sink.read(1);
        let (length, fault) = push(&note, None, sink);
        match fault {
            None => sink.keep(1),
            Some(fault) => sink.reject(fault.span, &fault.why),
        }
        at += length;
    }
}

/// What is wrong with a note, and where.
struct Fault {
    span: Span,
    why: String,
}

/// Pushes what the note at the start of `note` says. Returns its length, and its first fault: an
/// entry that cannot be read costs itself, broken JSON costs the note.
fn push(note: &Chunk<'_>, commit: Option<String>, sink: &mut dyn Sink) -> (usize, Option<Fault>) {
    let whole = note.bytes.len();
    let Some(end) = divider(note.bytes) else {
        let why = "no line `---` with a JSON object after it".to_owned();
        return (
            whole,
            Some(Fault {
                span: span_of(note),
                why,
            }),
        );
    };
    let json = part(note, end + 3, whole);
    let metadata = match Metadata::read(json.bytes, json.offset) {
        Ok(metadata) => metadata,
        Err(why) => {
            return (
                whole,
                Some(Fault {
                    span: span_of(&json),
                    why,
                }),
            );
        }
    };
    VERSIONS.hold(metadata.schema.as_deref(), sink);
    let sha = commit.or_else(|| metadata.base_commit.clone());
    let text = part(note, 0, end);
    let entries = entry_keys(&text);
    for (key, agent) in &metadata.agents {
        let session = Session {
            tool: agent.tool().map(Into::into),
            session_id: agent.id.as_deref().map(Into::into),
            session_hash: Some(session_hash(key)),
            model: agent.model.as_deref().map(Into::into),
            operator: agent.human.as_deref().map(Into::into),
            // Of a session whose lines are all gone again only the record tells that it took part.
            commits: sha
                .as_deref()
                .filter(|_| !entries.contains(session_hash(key).as_ref()))
                .map(Into::into),
            ..Session::default()
        };
        sink.record(Stamp::new(agent.span, None), &session);
    }
    let fault = attribute(&text, sha.as_deref(), &metadata, sink);
    (end + 3 + metadata.length, fault)
}

/// The session keys that the entries of the attestation text name, in their present form.
fn entry_keys(text: &Chunk<'_>) -> HashSet<String> {
    let keys = lines(text).filter_map(|(line, _)| {
        let (key, _) = line.strip_prefix("  ")?.trim().split_once(' ')?;
        Some(session_hash(key.split("::").next()?).into_owned())
    });
    keys.collect()
}

/// Pushes a row for each file, key and range of the attestation text.
fn attribute(
    text: &Chunk<'_>,
    sha: Option<&str>,
    metadata: &Metadata,
    sink: &mut dyn Sink,
) -> Option<Fault> {
    let mut path: Option<String> = None;
    let mut fault = None;
    for (line, span) in lines(text) {
        let why = match (Line::parse(&line), &path) {
            (Line::Blank, _) => continue,
            (Line::Path(named), _) => {
                path = Some(named.to_owned());
                continue;
            }
            (Line::Entry(key, ranges), Some(path)) => {
                let row = metadata.attribution(key);
                for (first, last) in ranges {
                    let row = Attribution {
                        sha: sha.map(Into::into),
                        path: Some(path.as_str().into()),
                        line_start: Some(first),
                        line_end: Some(last),
                        ..row.clone()
                    };
                    sink.record(Stamp::new(span, None), &row);
                }
                continue;
            }
            (Line::Entry(..), None) => "an entry before any path",
            (Line::Broken, _) => "an entry that is not a key and line ranges",
        };
        fault.get_or_insert_with(|| Fault {
            span,
            why: why.to_owned(),
        });
    }
    fault
}

/// A line of attestation text.
enum Line<'a> {
    Blank,
    Path(&'a str),
    Entry(&'a str, Vec<(i64, i64)>),
    Broken,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Self {
        if line.trim().is_empty() {
            return Self::Blank;
        }
        let Some(entry) = line.strip_prefix("  ") else {
            // The standard quotes a path that holds blanks, and escapes nothing in it.
            let bare = line
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            return Self::Path(bare.unwrap_or(line));
        };
        let parsed = entry.trim().split_once(' ').and_then(|(key, list)| {
            let ranges: Option<Vec<_>> = list.split(',').map(range).collect();
            Some((key, ranges?))
        });
        parsed.map_or(Self::Broken, |(key, ranges)| Self::Entry(key, ranges))
    }
}

/// `7` or `3-9`: from 1, inclusive.
fn range(text: &str) -> Option<(i64, i64)> {
    let (first, last) = text
        .trim()
        .split_once('-')
        .unwrap_or((text.trim(), text.trim()));
    let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
    (first >= 1 && first <= last).then(|| (i64::from(first), i64::from(last)))
}

/// The session key in its present form: legacy keys are 16 digits of the hash that `s_` keys have
/// 14 of. Keys of other shapes stay as they are.
fn session_hash(key: &str) -> Cow<'_, str> {
    match key.get(..14) {
        Some(start) if key.len() == 16 && key.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Cow::Owned(format!("s_{start}"))
        }
        _ => Cow::Borrowed(key),
    }
}

/// The bytes of `chunk` from `from` to `to`, as a chunk.
fn part<'a>(chunk: &Chunk<'a>, from: usize, to: usize) -> Chunk<'a> {
    let bytes = chunk.bytes.get(from..to).unwrap_or_default();
    Chunk {
        bytes,
        offset: chunk.offset + from as u64,
        ..*chunk
    }
}

fn span_of(chunk: &Chunk<'_>) -> Span {
    Span::new(chunk.offset, chunk.bytes.len() as u64)
}

/// The first line without its newline, and what follows.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    (
        bytes.get(..end).unwrap_or_default(),
        bytes.get(end + 1..).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests;

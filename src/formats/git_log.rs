//! The history export that Shipwake asks for: `git log -z --numstat` with fourteen fields that are
//! parted by bytes a person does not type.
//!
//! Source: git's own `pretty-formats` and `diff-format` pages, checked against exports of real
//! repositories. RS (0x1e) opens a record, US (0x1f) parts its fields, a NUL ends them; a newline
//! and then `added<tab>deleted<tab>path<NUL>` follow for each file, or for a file that moved
//! `added<tab>deleted<tab><NUL>old<NUL>new<NUL>`. A commit message cannot hold a NUL, so a message
//! that imitates a record stays text; that is why the export wants `-z`. Where `-z` was forgotten,
//! records end at the next RS and the list is read line by line.
//!
//! A message may hold US: surplus fields belong to the body, unless a name that holds US has shifted
//! the dates. git-ai notes in the last field become files of their own. What it is not: a reader of
//! a repository, or a judge of signatures. All of it is asserted: author, committer, both dates and
//! the message are what a client chose to write.

use std::borrow::Cow;

use super::read::bounded;
use super::read::git::files::{FileChange, counts, numstat};
use super::read::git::message::tidy;
use super::read::git::note;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::code::Commit;
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

const RECORD: u8 = 0x1e;
const FIELD: u8 = 0x1f;
const TRAILER: char = '\u{1d}';
const FIELDS: usize = 14;

/// `git log -z --numstat` with the fields of [`Format::about`].
pub struct GitLog;

impl Format for GitLog {
    fn name(&self) -> &'static str {
        "git_log"
    }

    fn about(&self) -> &'static str {
        "git history: git log --all --no-color --no-ext-diff --no-show-signature --notes=ai -z --numstat \
         --format='%x1e%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%D%x1f%s\
         %x1f%(trailers:only,unfold,separator=%x1d)%x1f%b%x1f%N'"
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
        "records that open with byte 0x1e and a commit id, of 14 fields parted by byte 0x1f"
    }

    fn example(&self) -> &'static [u8] {
        b"\x1e9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345\x1f1a81f82a846bf1cd592b0f37ab37eb799835b84b\x1f\x1f\
          Ines Roth\x1fines@acme.example\x1f2026-03-03T14:02:07Z\x1f\
          Ines Roth\x1fines@acme.example\x1f2026-03-03T14:02:07Z\x1f\
          HEAD -> main\x1fCharge once\x1f\x1f\x1f\0\n1\t1\tsrc/pay.rs\0"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let start = peek
            .head
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        if opening(peek.head, start) != Some(start) {
            return NO;
        }
        let next = opening(peek.head, start.saturating_add(1));
        let record = peek
            .head
            .get(start..next.unwrap_or(peek.head.len()))
            .unwrap_or_default();
        let parted = memchr::memchr_iter(FIELD, record).count() + 1;
        match (parted >= FIELDS, next) {
            (true, _) => CERTAIN,
            // A first message longer than the head hides the later fields.
            (false, None) if record.len() > 4096 => LIKELY,
            (false, _) => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let frame = if memchr::memchr(0, chunk.bytes).is_some() {
            by_nul
        } else {
            by_line
        };
        let mut at = 0;
        while let Some(rest) = chunk.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let base = chunk.offset + at as u64;
            let stray = opening(rest, 0).unwrap_or(rest.len());
            if stray > 0 {
                skip(rest.get(..stray).unwrap_or_default(), base, sink);
                at += stray;
                continue;
            }
            let framed = frame(rest);
            sink.read(1);
            match push(&framed, base, sink) {
                Ok(()) => sink.keep(1),
                Err(why) => sink.reject(Span::new(base, framed.length as u64), &why),
            }
            at += framed.length;
        }
    }
}

/// Bytes outside every record; only blanks and terminators may stand there.
fn skip(stray: &[u8], base: u64, sink: &mut dyn Sink) {
    if stray
        .iter()
        .any(|byte| !byte.is_ascii_whitespace() && *byte != 0)
    {
        sink.read(1);
        sink.reject(
            Span::new(base, stray.len() as u64),
            "bytes outside a record",
        );
    }
}

/// Where the next record opens at or after `from`: RS, a full object id, US.
fn opening(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memchr::memchr_iter(RECORD, rest)
        .map(|found| from + found)
        .find(|start| {
            let id = bytes.get(start + 1..).unwrap_or_default();
            let digits = id
                .iter()
                .take(65)
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            matches!(digits, 40 | 64) && id.get(digits) == Some(&FIELD)
        })
}

/// One record, cut out of the export but not yet understood.
struct Framed<'a> {
    /// Bytes from RS to before the next record.
    length: usize,
    /// The fields with US between them, without RS and terminator.
    fields: &'a [u8],
    /// Changed files, each with its start and length.
    files: Vec<(usize, usize, FileChange)>,
    /// What is wrong with the record's end.
    fault: Option<&'static str>,
}

/// The record that `bytes` start with, in an export with `-z`.
fn by_nul(bytes: &[u8]) -> Framed<'_> {
    let Some(end) = memchr::memchr(0, bytes) else {
        let fault = Some("the record is cut off");
        return Framed {
            length: bytes.len(),
            fields: &[],
            files: Vec::new(),
            fault,
        };
    };
    let fields = bytes.get(1..end).unwrap_or_default();
    let mut framed = Framed {
        length: end + 1,
        fields,
        files: Vec::new(),
        fault: None,
    };
    if bytes.get(framed.length) != Some(&b'\n') {
        return framed;
    }
    framed.length += 1;
    while let Some(list) = bytes.get(framed.length..).filter(|list| starts_entry(list)) {
        let Some((change, length)) = entry(list) else {
            framed.fault = Some("the list of files is cut off or broken");
            framed.length = opening(bytes, framed.length).unwrap_or(bytes.len());
            break;
        };
        framed.files.push((framed.length, length, change));
        framed.length += length;
    }
    framed
}

fn starts_entry(list: &[u8]) -> bool {
    list.first()
        .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
}

/// The numstat entry that `list` starts with, and its length with its terminator.
fn entry(list: &[u8]) -> Option<(FileChange, usize)> {
    let mut ends = memchr::memchr_iter(0, list);
    let mut start = 0;
    let mut part = || {
        let end = ends.next()?;
        let text = String::from_utf8_lossy(list.get(start..end)?);
        start = end + 1;
        Some((text, start))
    };
    let (first, mut length) = part()?;
    let (additions, deletions, path) = counts(&first)?;
    let change = if path.is_empty() {
        let (old, _) = part()?;
        let (new, end) = part()?;
        length = end;
        FileChange::new(new.into_owned(), Some(old.into_owned()))
    } else {
        FileChange::new(path.to_owned(), None)
    };
    Some((
        FileChange {
            additions,
            deletions,
            ..change
        },
        length,
    ))
}

/// The record that `bytes` start with, in an export without `-z`: its last lines are the list.
fn by_line(bytes: &[u8]) -> Framed<'_> {
    let length = opening(bytes, 1).unwrap_or(bytes.len());
    let mut fields = bytes.get(1..length).unwrap_or_default();
    let mut files = Vec::new();
    loop {
        let text = fields.trim_ascii_end();
        let start = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
        let line = text.get(start..).unwrap_or_default();
        let Some(change) = numstat(&String::from_utf8_lossy(line)) else {
            break;
        };
        files.push((start + 1, line.len(), change));
        fields = fields.get(..start).unwrap_or_default();
    }
    files.reverse();
    Framed {
        length,
        fields,
        files,
        fault: None,
    }
}

/// Pushes what a record says; what is sound is pushed even where the record's end is broken.
fn push(framed: &Framed<'_>, base: u64, sink: &mut dyn Sink) -> Result<(), String> {
    let parts: Vec<&[u8]> = framed.fields.split(|byte| *byte == FIELD).collect();
    let fault = framed.fault.map_or(Ok(()), |why| Err(why.to_owned()));
    let (Some((notes, rest)), true) = (parts.split_last(), parts.len() >= FIELDS) else {
        return fault.and(Err(format!("{} fields instead of {FIELDS}", parts.len())));
    };
    let texts: Vec<Cow<'_, str>> = rest
        .iter()
        .map(|part| String::from_utf8_lossy(part))
        .collect();
    let [
        sha,
        tree,
        parents,
        name,
        mail,
        author_date,
        committer,
        committer_mail,
        commit_date,
        refs,
        subject,
        trailers,
        body @ ..,
    ] = texts.as_slice()
    else {
        return Err("too few fields".to_owned());
    };
    let sha = id::commit(sha).ok_or("the commit id is not an object id")?;
    let ts_ns = time::parse(commit_date);
    if ts_ns.is_none() && parts.len() > FIELDS {
        return Err("surplus fields before the commit date".to_owned());
    }
    let parents = parents.to_ascii_lowercase();
    let trailers = tidy(trailers).replace(TRAILER, "\n");
    let body = tidy(&body.join("\u{1f}"));
    let stamp = Stamp::new(Span::new(base, framed.length as u64), ts_ns);
    let commit = Commit {
        sha: Some(sha.as_str().into()),
        tree: id::commit(tree).map(Into::into),
        parents: cell(&parents),
        author_name: cell(name),
        author_email: cell(mail),
        authored_ns: time::parse(author_date),
        committer_name: cell(committer),
        committer_email: cell(committer_mail),
        committed_ns: ts_ns,
        refs: cell(refs),
        subject: cell(subject),
        body: cell(&body),
        trailers: cell(&trailers),
        ..Commit::default()
    };
    sink.record(stamp, &commit);
    for (start, length, change) in &framed.files {
        let span = Span::new(base + *start as u64, *length as u64);
        sink.record(Stamp::new(span, ts_ns), &change.row(&sha));
    }
    let start = (1 + framed.fields.len()).saturating_sub(notes.len());
    note::nest(
        &sha,
        notes,
        Span::new(base + start as u64, notes.len() as u64),
        sink,
    );
    fault
}

/// A text cell; an empty field says nothing.
fn cell(text: &str) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then(|| bounded(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, Seen};

    const ID: &str = "00a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3";
    const NOTE: &str =
        "src/pay.rs\n  h_00000000000001 1-2\n---\n{\"schema_version\":\"authorship/3.0.0\"}";

    fn fields(n: u8, subject: &str, body: &str, notes: &str) -> String {
        let sha = format!("{n:02x}{}", &ID[2..]);
        let (authored, committed) = ("2026-03-01T10:00:00+02:00", "2026-03-02T10:00:00Z");
        let parts = [
            &sha,
            ID,
            ID,
            "Ada Vu",
            "ada@ex.org",
            authored,
            "Forge",
            "noreply@ex.org",
            committed,
            "HEAD -> main, tag: v1",
            subject,
            "Ticket: SHOP-7\u{1d}Co-Authored-By: Bot <b@ex.org>",
            body,
            notes,
        ];
        format!("\u{1e}{}", parts.join("\u{1f}"))
    }

    fn export() -> Vec<u8> {
        let second =
            fields(2, "Move", "a forged \u{1e}record", "").replace("ada@ex.org", "é@ex.org");
        let list = "6\t1\tsrc/pay.rs\0-\t-\timg/a b.png\0";
        let note = format!("{NOTE}\n");
        format!(
            "{}\0\n{list}{second}\0\n0\t0\t\0old.rs\0new.rs\0{}\0",
            fields(1, "Pay", "Why.\n\nHow. \n", &note),
            fields(3, "Merge", "", "")
        )
        .into_bytes()
    }

    fn read(bytes: &[u8]) -> Seen {
        testing::parse(&GitLog, "log.bin", bytes)
    }

    #[test]
    fn commits_files_and_notes_are_read() {
        let bytes = export();
        assert_eq!(testing::sniff(&GitLog, &bytes), CERTAIN);
        let seen = read(&bytes);
        assert_eq!((seen.kept, seen.rejects.len()), (3, 0));
        let first = seen.of("commit")[0];
        assert_eq!(first["sha"], format!("01{}", &ID[2..]));
        assert_eq!(first["body"], "Why.\n\nHow.");
        assert_eq!(
            first["trailers"],
            "Ticket: SHOP-7\nCo-Authored-By: Bot <b@ex.org>"
        );
        assert_eq!(seen.times("commit")[0], "2026-03-02T10:00:00.000000000Z");
        let files = seen.of("commit_file");
        assert_eq!(
            (files[0]["path"].as_str(), files[0]["additions"].as_str()),
            ("src/pay.rs", "6")
        );
        assert!(!files[1].contains_key("additions") && !files[1].contains_key("status"));
        assert_eq!(
            (files[2]["old_path"].as_str(), files[2]["path"].as_str()),
            ("old.rs", "new.rs")
        );
        assert_eq!(seen.nested[0].bytes, NOTE.as_bytes());
        assert_eq!(seen.nested[0].name, "note-01a1b2c3d4e5");
    }

    #[test]
    fn a_citation_runs_from_one_record_to_the_next() {
        let bytes = export();
        let seen = read(&bytes);
        let cited = |table| {
            let rows = seen
                .rows
                .iter()
                .filter(move |row| row.0 == table)
                .map(|row| row.1.span);
            rows.map(|s| {
                String::from_utf8_lossy(
                    &bytes[usize::try_from(s.offset).unwrap()..]
                        [..usize::try_from(s.length).unwrap()],
                )
            })
        };
        assert_eq!(cited("commit").collect::<String>().into_bytes(), bytes);
        assert!(cited("commit").all(|text| text.starts_with('\u{1e}')));
        assert_eq!(
            cited("commit_file").nth(2).unwrap(),
            "0\t0\t\0old.rs\0new.rs\0"
        );
    }

    #[test]
    fn a_message_cannot_forge_a_record_or_shift_fields() {
        let forged = fields(9, "Forged", "", "");
        let bytes = format!("{}\0\n1\t1\ta\0", fields(1, "Pay", &forged, NOTE));
        let seen = read(bytes.as_bytes());
        assert_eq!(
            (seen.kept, seen.of("commit").len(), seen.nested.len()),
            (1, 1, 1)
        );
        assert!(seen.of("commit")[0]["body"].contains("Forged"));
    }

    #[test]
    fn a_forgotten_z_is_read_by_line() {
        let bytes = export();
        let text = format!(
            "{}\n\n6\t1\ta.rs\n0\t0\tx/{{a => b}}.rs\n{}\n",
            fields(1, "Pay", "Why.", NOTE),
            fields(2, "Next", "", "")
        );
        let seen = read(text.as_bytes());
        assert_eq!(
            (seen.kept, seen.of("commit_file").len(), seen.rejects.len()),
            (2, 2, 0)
        );
        assert_eq!(seen.of("commit_file")[1]["old_path"], "x/a.rs");
        assert_eq!(seen.nested[0].bytes, read(&bytes).nested[0].bytes);
    }

    #[test]
    fn broken_records_are_rejected_with_a_reason() {
        let name = fields(1, "Pay", "", "").replace("Ada Vu", "Ada\u{1f}Vu");
        for (text, why) in [
            (format!("\u{1e}{ID}\u{1f}x\0"), "2 fields instead of 14"),
            (format!("{name}\0"), "surplus fields before the commit date"),
            (
                format!("{}\0\n1\t1\ta", fields(1, "Pay", "", "")),
                "the list of files is cut off or broken",
            ),
            (
                format!("{}\0$ prompt", fields(1, "Pay", "", "")),
                "bytes outside a record",
            ),
        ] {
            assert_eq!(read(text.as_bytes()).rejects[0].1, why);
        }
    }

    #[test]
    fn no_bytes_panic() {
        let whole = export();
        for end in 0..whole.len() {
            read(&whole[..end]);
            let mut flipped = whole.clone();
            flipped[end] ^= 0x1f;
            read(&flipped);
        }
    }

    #[test]
    fn real_exports_are_read_whole() {
        for (path, bytes) in testing::samples("git") {
            let expected = if path.ends_with("log-z-numstat.bin") {
                CERTAIN
            } else {
                NO
            };
            assert_eq!(testing::sniff(&GitLog, &bytes), expected, "{path}");
            if expected == CERTAIN {
                let seen = read(&bytes);
                let opened = memchr::memchr_iter(RECORD, &bytes).count() as u64;
                assert_eq!((seen.kept, seen.rejects.len()), (opened, 0), "{path}");
                let notes = bytes
                    .split(|byte| *byte == b'\n')
                    .filter(|line| *line == b"---")
                    .count();
                eprintln!(
                    "{path}: {} commits, {} files, {} notes",
                    seen.kept,
                    seen.of("commit_file").len(),
                    seen.nested.len()
                );
                assert!(seen.nested.len() <= notes && (notes == 0 || !seen.nested.is_empty()));
            }
        }
    }
}

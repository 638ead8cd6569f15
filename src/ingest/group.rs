//! The feeder: takes one input after the other, seals it, opens it where it is a container, hands it
//! to the parsers, and ends a group with a transaction.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use super::archive::{self, Bounded, Budget, Kind};
use super::chunks::{Chunks, Piece};
use super::limits::Limits;
use super::progress::Progress;
use super::report::{FileReport, Report};
use super::walk::{Input, Place};
use super::workers::{FileWork, Pool};
use super::IngestError;
use crate::case::{Case, Evidence, Sealer};
use crate::formats;
use crate::store::ledger::Known;
use crate::model::ledger::{EvidenceFile, Ignored};
use crate::model::{Span, Stamp};

/// A group ends after so many bytes or files, whichever comes first.
const GROUP_BYTES: u64 = 64 << 20;
const GROUP_FILES: usize = 1_000;
/// What sniffing looks at.
const HEAD: usize = 64 << 10;
/// Files up to this size stay in memory between sealing and parsing.
const SMALL: usize = 4 << 20;
/// Bytes taken from a source at a time.
const BLOCK: usize = 4 << 20;

/// Where a member was found.
#[derive(Debug, Clone)]
struct Parent {
    sha256: String,
    span: Span,
    depth: usize,
}

/// What became of a file that needs no parser, or the sentence about one that has one.
#[derive(Debug, Clone, Default)]
struct Verdict {
    state: &'static str,
    note: Option<String>,
    likelihood: u8,
}

/// A file of the present group.
struct Open {
    path: String,
    sha256: String,
    bytes: u64,
    parent: Option<Parent>,
    verdict: Verdict,
    work: Option<Arc<FileWork>>,
}

pub(super) struct Feeder<'a> {
    evidence: Evidence,
    sealer: Sealer,
    pool: &'a Pool,
    known: Known,
    limits: &'a Limits,
    progress: &'a Arc<Progress>,
    open: Vec<Open>,
    group_bytes: u64,
    /// True while files found inside others are taken in: the group ends when they are through.
    settling: bool,
    report: Report,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(
        case: &Case,
        pool: &'a Pool,
        known: Known,
        limits: &'a Limits,
        progress: &'a Arc<Progress>,
    ) -> Result<Self, IngestError> {
        let evidence = case.evidence();
        let sealer = evidence.begin()?;
        let (open, report) = (Vec::new(), Report::default());
        Ok(Self { evidence, sealer, pool, known, limits, progress, open, group_bytes: 0, settling: false, report })
    }

    /// Takes one input.
    pub(super) fn input(&mut self, input: Input) -> Result<(), IngestError> {
        self.progress.step(&input.path);
        match input.place {
            Place::Refused { state, note } => self.refuse(input.path, None, state, note),
            Place::Evidence(sha256) => match self.evidence.stream(&sha256) {
                Ok(mut source) => self.entry(&mut source, input.path, None)?,
                Err(error) => self.refuse(input.path, None, "damaged", error.to_string()),
            },
            Place::Stdin => self.entry(&mut io::stdin().lock(), input.path, None)?,
            Place::File(place) => match File::open(&place) {
                Ok(mut file) => self.entry(&mut file, input.path, None)?,
                Err(error) => self.refuse(input.path, None, "unreadable", format!("cannot open it: {error}")),
            },
        }
        self.progress.file_done();
        if self.group_bytes >= GROUP_BYTES || self.open.len() >= GROUP_FILES {
            self.settle()?;
        }
        Ok(())
    }

    /// Ends the last group and gives the report.
    pub(super) fn finish(mut self) -> Result<Report, IngestError> {
        self.settle()?;
        self.report.files.sort();
        Ok(self.report)
    }

    /// Seals one file and sees what it is.
    fn entry(&mut self, source: &mut dyn Read, path: String, parent: Option<Parent>) -> Result<(), IngestError> {
        let taken = self.seal(source)?;
        let (sha256, bytes) = (taken.sha256, taken.bytes);
        let depth = parent.as_ref().map_or(0, |parent| parent.depth);
        if self.known.is_parsed(&sha256) {
            // That the same bytes were met under another path is a fact of its own.
            let state = if self.known.has(&sha256, &path) { "present" } else { "duplicate" };
            let verdict = Verdict { state, note: Some("the same bytes are in the case already".to_owned()), likelihood: 0 };
            self.note(Open { path, sha256, bytes, parent, verdict, work: None });
            return Ok(());
        }
        self.known.add(&sha256, &path, true);
        let mut open = Open { path, sha256, bytes, parent, verdict: Verdict::default(), work: None };
        if let Some(why) = taken.cut_off {
            open.verdict = Verdict { state: "truncated", note: Some(why), likelihood: 0 };
        }
        if let Some(kind) = Kind::of(&taken.head) {
            if depth >= self.limits.depth {
                open.verdict = Verdict { state: "refused", note: Some("archives are nested too deep".to_owned()), likelihood: 0 };
            } else {
                open.verdict = self.members(kind, &open, depth)?;
            }
            // After its members: a container that is known has been read whole.
            self.open.push(open);
            return Ok(());
        }
        self.parse(open, taken.head, taken.small)
    }

    /// Reads `source` to its end into the evidence.
    fn seal(&mut self, source: &mut dyn Read) -> Result<Taken, IngestError> {
        let mut block = Vec::new();
        let mut taken = Taken::default();
        loop {
            if self.progress.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
                self.sealer.discard();
                return Err(IngestError::Cancelled);
            }
            block.clear();
            let outcome = (&mut *source).take(BLOCK as u64).read_to_end(&mut block);
            if taken.bytes == 0 {
                taken.head = block[..block.len().min(HEAD)].to_vec();
            }
            taken.bytes += block.len() as u64;
            self.sealer.write(&block)?;
            self.progress.sealed(block.len() as u64);
            if let Err(error) = outcome {
                taken.cut_off = Some(format!("reading stopped: {error}"));
                break;
            }
            if block.len() < BLOCK {
                break;
            }
        }
        let sealed = self.sealer.finish()?;
        taken.small = (taken.bytes < SMALL as u64).then_some(block);
        taken.sha256 = sealed.sha256;
        Ok(taken)
    }

    /// Hands a file to the parsers of the format that claims it.
    fn parse(&mut self, mut open: Open, head: Vec<u8>, small: Option<Vec<u8>>) -> Result<(), IngestError> {
        let sniffed = formats::sniff(&open.path, &head);
        let Some(format) = sniffed.format else {
            if open.verdict.state.is_empty() {
                let (state, note) = unclaimed(&head);
                open.verdict = Verdict { state, note: Some(note.to_owned()), likelihood: 0 };
            }
            self.open.push(open);
            return Ok(());
        };
        if open.verdict.state.is_empty() {
            let tie = (!sniffed.ties.is_empty()).then(|| format!("{} claimed it as surely", sniffed.ties.join(", ")));
            open.verdict = Verdict { state: "loaded", note: tie, likelihood: 0 };
        }
        open.verdict.likelihood = sniffed.likelihood;
        let work = Arc::new(FileWork::new(file_id(&open.sha256), open.path.clone(), head, format, self.limits.rejects));
        if let Some(bytes) = small {
            self.pool.parse(&work, bytes, 0, true)?;
        } else {
            let source = self.evidence.stream(&open.sha256)?;
            let mut chunks = Chunks::new(source, format.framing(), self.limits);
            loop {
                if self.progress.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
                    return Err(IngestError::Cancelled);
                }
                match chunks.next() {
                    Ok(Some(Piece::Records { bytes, offset, last })) => self.pool.parse(&work, bytes, offset, last)?,
                    Ok(Some(Piece::TooLong(span))) => self.pool.reject(&work, span, "the record is longer than records may be"),
                    Ok(None) => break,
                    Err(error) => {
                        open.verdict = Verdict { state: "damaged", note: Some(error.to_string()), ..open.verdict };
                        break;
                    }
                }
            }
        }
        self.group_bytes += open.bytes;
        open.work = Some(work);
        self.open.push(open);
        Ok(())
    }

    /// Goes through the members of a container.
    fn members(&mut self, kind: Kind, open: &Open, depth: usize) -> Result<Verdict, IngestError> {
        let whole = Parent { sha256: open.sha256.clone(), span: Span::new(0, open.bytes), depth: depth + 1 };
        let outcome = match kind {
            Kind::Gzip => {
                let source = flate2::read::MultiGzDecoder::new(self.evidence.stream(&open.sha256)?);
                self.unfolded(Bounded::new(source, &Budget::new(open.bytes, self.limits)), &open.path, &whole)?
            }
            Kind::Zstd => match zstd::stream::read::Decoder::new(self.evidence.stream(&open.sha256)?) {
                Ok(source) => self.unfolded(Bounded::new(source, &Budget::new(open.bytes, self.limits)), &open.path, &whole)?,
                Err(error) => Some(error.to_string()),
            },
            Kind::Tar => self.tar(self.evidence.stream(&open.sha256)?, &open.path, &whole, true)?,
            Kind::Zip => self.zip(&open.path, &whole)?,
            Kind::Closed(name) => {
                let note = format!("{name} is not opened here; unpack it and load what is inside");
                return Ok(Verdict { state: "unsupported", note: Some(note), likelihood: 0 });
            }
        };
        Ok(match outcome {
            None => Verdict { state: "container", note: Some(format!("{} archive", kind.name())), likelihood: 0 },
            Some(why) => Verdict { state: "truncated", note: Some(format!("the {} data ends early: {why}", kind.name())), likelihood: 0 },
        })
    }

    /// The one member of a compressed file, or the members of a compressed tar.
    fn unfolded(&mut self, mut source: impl Read, path: &str, parent: &Parent) -> Result<Option<String>, IngestError> {
        let mut head = Vec::new();
        let begun = source.by_ref().take(512).read_to_end(&mut head);
        if let Err(error) = begun
            && head.is_empty()
        {
            return Ok(Some(error.to_string()));
        }
        let source = io::Cursor::new(head.clone()).chain(source);
        if Kind::of(&head) == Some(Kind::Tar) {
            return self.tar(source, path, parent, false);
        }
        let mut watched = Watched { source, failure: None };
        self.entry(&mut watched, format!("{path}!{}", archive::inner_name(path)), Some(parent.clone()))?;
        Ok(watched.failure)
    }

    fn tar(&mut self, source: impl Read, path: &str, parent: &Parent, plain: bool) -> Result<Option<String>, IngestError> {
        let mut archive = tar::Archive::new(source);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return Ok(Some(error.to_string())),
        };
        for (number, entry) in entries.enumerate() {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Ok(Some(error.to_string())),
            };
            if number >= self.limits.members {
                return Ok(Some(format!("more than {} members", self.limits.members)));
            }
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            // Only an uncompressed archive has offsets that mean something in its sealed form.
            let span = if plain { Span::new(entry.raw_file_position(), entry.size()) } else { parent.span };
            let parent = Parent { span, ..parent.clone() };
            let wanted = entry.size();
            self.member(&mut Whole { source: &mut entry, left: wanted }, path, &name, parent)?;
        }
        Ok(None)
    }

    fn zip(&mut self, path: &str, parent: &Parent) -> Result<Option<String>, IngestError> {
        let mut archive = match zip::ZipArchive::new(self.evidence.stream(&parent.sha256)?) {
            Ok(archive) => archive,
            Err(error) => return Ok(Some(error.to_string())),
        };
        if archive.len() > self.limits.members {
            return Ok(Some(format!("more than {} members", self.limits.members)));
        }
        // A member may unfold to what it can honestly hold, all of them to what an archive may.
        let whole = Budget::whole(self.limits);
        for number in 0..archive.len() {
            let entry = match archive.by_index(number) {
                Ok(entry) => entry,
                Err(error) => {
                    self.refuse(format!("{path}!#{number}"), Some(parent.clone()), "unreadable", error.to_string());
                    continue;
                }
            };
            if !entry.is_file() {
                continue;
            }
            let name = entry.name().map_or_else(|_| format!("#{number}"), std::borrow::Cow::into_owned);
            let span = Span::new(entry.data_start().unwrap_or(0), entry.compressed_size());
            let parent = Parent { span, ..parent.clone() };
            let own = Budget::new(entry.compressed_size(), self.limits);
            self.member(&mut Bounded::new(Bounded::new(entry, &own), &whole), path, &name, parent)?;
        }
        Ok(None)
    }

    fn member(&mut self, source: &mut dyn Read, archive: &str, name: &str, parent: Parent) -> Result<(), IngestError> {
        let path = format!("{archive}!{name}");
        self.progress.step(&path);
        if archive::escapes(name) {
            let taken = self.seal(source)?;
            let note = "sealed but not parsed: its path leaves the archive".to_owned();
            let verdict = Verdict { state: "unsafe_path", note: Some(note), likelihood: 0 };
            self.note(Open { path, sha256: taken.sha256, bytes: taken.bytes, parent: Some(parent), verdict, work: None });
            return Ok(());
        }
        self.entry(source, path, Some(parent))?;
        if self.group_bytes >= GROUP_BYTES || self.open.len() >= GROUP_FILES {
            self.settle()?;
        }
        Ok(())
    }

    fn refuse(&mut self, path: String, parent: Option<Parent>, state: &'static str, note: String) {
        let verdict = Verdict { state, note: Some(note), likelihood: 0 };
        self.note(Open { path, sha256: String::new(), bytes: 0, parent, verdict, work: None });
    }

    /// Takes a file that needs no parser: into the tables, or only into the report where it stands there.
    fn note(&mut self, open: Open) {
        if self.known.has(&open.sha256, &open.path) {
            self.report.files.push(open.report());
        } else {
            self.known.add(&open.sha256, &open.path, false);
            self.open.push(open);
        }
    }

    /// Waits for the parsers, takes what they found inside files, and ends the group.
    fn settle(&mut self) -> Result<(), IngestError> {
        if std::mem::replace(&mut self.settling, true) {
            return Ok(());
        }
        let mut looked_at = 0;
        loop {
            self.pool.drain();
            let found: Vec<_> = self.open[looked_at..].iter().flat_map(Open::take_nested).collect();
            looked_at = self.open.len();
            if found.is_empty() {
                break;
            }
            for (path, parent, bytes) in found {
                if parent.depth > self.limits.depth {
                    self.refuse(path, Some(parent), "refused", "envelopes are nested too deep".to_owned());
                } else {
                    self.entry(&mut bytes.as_slice(), path, Some(parent))?;
                }
            }
        }
        for open in std::mem::take(&mut self.open) {
            let report = open.report();
            open.store(&report, self.pool);
            self.known.add(&open.sha256, &open.path, false);
            self.report.files.push(report);
        }
        self.group_bytes = 0;
        self.settling = false;
        self.pool.commit()
    }
}

/// What sealing a source gave.
#[derive(Default)]
struct Taken {
    sha256: String,
    bytes: u64,
    head: Vec<u8>,
    small: Option<Vec<u8>>,
    cut_off: Option<String>,
}

impl Open {
    fn report(&self) -> FileReport {
        let mut report = FileReport {
            path: self.path.clone(),
            sha256: self.sha256.clone(),
            bytes: self.bytes,
            format: None,
            read: 0,
            kept: 0,
            rejected: 0,
            ignored: 0,
            state: self.verdict.state.to_owned(),
            note: self.verdict.note.clone(),
        };
        if let Some(work) = &self.work {
            let tally = work.tally();
            report.format = Some(work.format.name().to_owned());
            (report.read, report.kept, report.rejected) = (tally.read, tally.kept, tally.rejected);
            report.ignored = tally.ignored.values().sum();
        }
        report
    }

    /// The files that were found inside this one, in the order in which they stand there.
    fn take_nested(&self) -> Vec<(String, Parent, Vec<u8>)> {
        let Some(work) = &self.work else { return Vec::new() };
        let mut nested = std::mem::take(&mut work.tally().nested);
        nested.sort_by(|a, b| (a.span, &a.name).cmp(&(b.span, &b.name)));
        let depth = self.parent.as_ref().map_or(0, |parent| parent.depth) + 1;
        let place = |nested: crate::model::Nested| {
            let parent = Parent { sha256: self.sha256.clone(), span: nested.span, depth };
            (format!("{}!{}", self.path, nested.name), parent, nested.bytes)
        };
        nested.into_iter().map(place).collect()
    }

    fn store(&self, report: &FileReport, pool: &Pool) {
        let count = |n: u64| i64::try_from(n).ok();
        let parent = self.parent.as_ref();
        let id = if self.sha256.is_empty() { 0 } else { file_id(&self.sha256) };
        let row = EvidenceFile {
            sha256: (!self.sha256.is_empty()).then(|| self.sha256.as_str().into()),
            path: Some(self.path.as_str().into()),
            bytes: count(self.bytes),
            format: report.format.as_deref().map(Into::into),
            likelihood: Some(self.verdict.likelihood.into()),
            state: Some(self.verdict.state.into()),
            note: self.verdict.note.as_deref().map(Into::into),
            read: count(report.read),
            kept: count(report.kept),
            rejected: count(report.rejected),
            ignored: count(report.ignored),
            parent_sha256: parent.map(|parent| parent.sha256.as_str().into()),
            parent_offset: parent.and_then(|parent| count(parent.span.offset)),
            parent_length: parent.and_then(|parent| count(parent.span.length)),
            ..EvidenceFile::default()
        };
        let stamp = Stamp::new(Span::new(0, self.bytes), None);
        pool.record(id, stamp, &row);
        if let Some(work) = &self.work {
            for (rule, units) in &work.tally().ignored {
                let row = Ignored {
                    format: Some(work.format.name().into()),
                    rule: Some((*rule).into()),
                    units: count(*units),
                    ..Ignored::default()
                };
                pool.record(id, stamp, &row);
            }
        }
    }
}

/// A reader that remembers why it stopped, for the state of the container that it reads from.
struct Watched<R> {
    source: R,
    failure: Option<String>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer).inspect_err(|error| self.failure = Some(error.to_string()))
    }
}

/// A reader that says so when the source ends before all of the member was given.
struct Whole<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends inside this member"));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// The state of a file that no format claims.
fn unclaimed(head: &[u8]) -> (&'static str, &'static str) {
    if head.iter().all(u8::is_ascii_whitespace) {
        ("empty", "nothing in it")
    } else if formats::Peek::new("", head).is_text() {
        ("unknown_format", "text of a kind that no format claims; see `shipwake list formats`")
    } else {
        ("binary", "binary data of a kind that no format claims")
    }
}

/// The id of a file in the tables: it comes from the content, so that the same evidence gives the
/// same rows in any order of loading.
fn file_id(sha256: &str) -> i64 {
    let bits = u64::from_str_radix(sha256.get(..16).unwrap_or("0"), 16).unwrap_or(0);
    i64::try_from(bits >> 1).unwrap_or(0)
}

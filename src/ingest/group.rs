//! The feeder: takes one input after the other, seals it, opens it where it is a container, hands it
//! to the parsers, and ends a group with a transaction.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use super::archive::Kind;
use super::chunks::{Chunks, Piece};
use super::limits::Limits;
use super::open::{Open, Parent, Verdict};
use super::progress::Progress;
use super::report::Report;
use super::walk::{Input, Place};
use super::workers::{FileWork, Pool};
use super::{IngestError, Options};
use crate::case::{Case, Evidence, Sealer};
use crate::formats::{self, Declared};
use crate::store::ledger::Known;

/// A group ends after so many bytes or files, whichever comes first.
const GROUP_BYTES: u64 = 64 << 20;
const GROUP_FILES: usize = 1_000;
/// What sniffing looks at.
const HEAD: usize = 64 << 10;
/// Files up to this size stay in memory between sealing and parsing.
const SMALL: usize = 4 << 20;
/// Bytes taken from a source at a time.
const BLOCK: usize = 4 << 20;

pub(super) struct Feeder<'a> {
    pub(super) evidence: Evidence,
    sealer: Sealer,
    pool: &'a Pool,
    known: Known,
    pub(super) limits: &'a Limits,
    declared: &'a [&'static Declared],
    pub(super) progress: &'a Arc<Progress>,
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
        options: &'a Options,
        progress: &'a Arc<Progress>,
    ) -> Result<Self, IngestError> {
        let evidence = case.evidence();
        let sealer = evidence.begin()?;
        let (open, report) = (Vec::new(), Report::default());
        Ok(Self {
            evidence,
            sealer,
            pool,
            known,
            limits: &options.limits,
            declared: &options.declared,
            progress,
            open,
            group_bytes: 0,
            settling: false,
            report,
        })
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
                Err(error) => self.refuse(
                    input.path,
                    None,
                    "unreadable",
                    format!("cannot open it: {error}"),
                ),
            },
        }
        self.progress.file_done();
        self.settle_if_full()
    }

    /// Ends the last group and gives the report.
    pub(super) fn finish(mut self) -> Result<Report, IngestError> {
        self.settle()?;
        self.report.files.sort();
        Ok(self.report)
    }

    /// Seals one file and sees what it is.
    pub(super) fn entry(
        &mut self,
        source: &mut dyn Read,
        path: String,
        parent: Option<Parent>,
    ) -> Result<(), IngestError> {
        let taken = self.seal(source)?;
        let (sha256, bytes) = (taken.sha256, taken.bytes);
        let depth = parent.as_ref().map_or(0, |parent| parent.depth);
        if self.known.is_parsed(&sha256) {
            // That the same bytes were met under another path is a fact of its own.
            let state = if self.known.has(&sha256, &path) {
                "present"
            } else {
                "duplicate"
            };
            let verdict = Verdict {
                state,
                note: Some("the same bytes are in the case already".to_owned()),
                likelihood: 0,
            };
            self.note(Open {
                path,
                sha256,
                bytes,
                parent,
                verdict,
                work: None,
            });
            return Ok(());
        }
        self.known.add(&sha256, &path, true);
        let mut open = Open {
            path,
            sha256,
            bytes,
            parent,
            verdict: Verdict::default(),
            work: None,
        };
        if let Some(why) = taken.cut_off {
            open.verdict = Verdict {
                state: "truncated",
                note: Some(why),
                likelihood: 0,
            };
        }
        if let Some(kind) = Kind::of(&taken.head) {
            if depth >= self.limits.depth {
                open.verdict = Verdict {
                    state: "refused",
                    note: Some("archives are nested too deep".to_owned()),
                    likelihood: 0,
                };
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
    pub(super) fn seal(&mut self, source: &mut dyn Read) -> Result<Taken, IngestError> {
        let mut block = Vec::new();
        let mut taken = Taken::default();
        loop {
            if self
                .progress
                .cancelled
                .load(std::sync::atomic::Ordering::Relaxed)
            {
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
    fn parse(
        &mut self,
        mut open: Open,
        head: Vec<u8>,
        small: Option<Vec<u8>>,
    ) -> Result<(), IngestError> {
        let sniffed = formats::sniff_with(self.declared, &open.path, &head);
        let Some(format) = sniffed.format else {
            if open.verdict.state.is_empty() {
                let (state, note) = unclaimed(&head);
                open.verdict = Verdict {
                    state,
                    note: Some(note.to_owned()),
                    likelihood: 0,
                };
            }
            self.open.push(open);
            return Ok(());
        };
        if open.verdict.state.is_empty() {
            let tie = (!sniffed.ties.is_empty())
                .then(|| format!("{} claimed it as surely", sniffed.ties.join(", ")));
            open.verdict = Verdict {
                state: "loaded",
                note: tie,
                likelihood: 0,
            };
        }
        open.verdict.likelihood = sniffed.likelihood;
        let work = Arc::new(FileWork::new(
            crate::model::id::file_id(&open.sha256),
            open.path.clone(),
            head,
            format,
            self.limits.rejects,
        ));
        if let Some(bytes) = small {
            self.pool.parse(&work, bytes, 0, true)?;
        } else {
            let source = self.evidence.stream(&open.sha256)?;
            let mut chunks = Chunks::new(source, format.framing(), self.limits);
            loop {
                if self
                    .progress
                    .cancelled
                    .load(std::sync::atomic::Ordering::Relaxed)
                {
                    return Err(IngestError::Cancelled);
                }
                match chunks.next() {
                    Ok(Some(Piece::Records {
                        bytes,
                        offset,
                        last,
                    })) => self.pool.parse(&work, bytes, offset, last)?,
                    Ok(Some(Piece::TooLong(span))) => {
                        self.pool
                            .reject(&work, span, "the record is longer than records may be");
                    }
                    Ok(None) => break,
                    Err(error) => {
                        open.verdict = Verdict {
                            state: "damaged",
                            note: Some(error.to_string()),
                            ..open.verdict
                        };
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

    pub(super) fn refuse(
        &mut self,
        path: String,
        parent: Option<Parent>,
        state: &'static str,
        note: String,
    ) {
        let verdict = Verdict {
            state,
            note: Some(note),
            likelihood: 0,
        };
        self.note(Open {
            path,
            sha256: String::new(),
            bytes: 0,
            parent,
            verdict,
            work: None,
        });
    }

    /// Takes a file that needs no parser: into the tables, or only into the report where it stands there.
    pub(super) fn note(&mut self, open: Open) {
        if self.known.has(&open.sha256, &open.path) {
            self.report.files.push(open.report());
        } else {
            self.known.add(&open.sha256, &open.path, false);
            self.open.push(open);
        }
    }

    /// Ends the group where it is large enough.
    pub(super) fn settle_if_full(&mut self) -> Result<(), IngestError> {
        if self.group_bytes >= GROUP_BYTES || self.open.len() >= GROUP_FILES {
            self.settle()?;
        }
        Ok(())
    }

    /// Waits for the parsers, takes what they found inside files, and ends the group.
    fn settle(&mut self) -> Result<(), IngestError> {
        if std::mem::replace(&mut self.settling, true) {
            return Ok(());
        }
        let mut looked_at = 0;
        loop {
            self.pool.drain();
            let found: Vec<_> = self.open[looked_at..]
                .iter()
                .flat_map(Open::take_nested)
                .collect();
            looked_at = self.open.len();
            if found.is_empty() {
                break;
            }
            for (path, parent, bytes) in found {
                if parent.depth > self.limits.depth {
                    self.refuse(
                        path,
                        Some(parent),
                        "refused",
                        "envelopes are nested too deep".to_owned(),
                    );
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
pub(super) struct Taken {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) head: Vec<u8>,
    pub(super) small: Option<Vec<u8>>,
    pub(super) cut_off: Option<String>,
}

/// The state of a file that no format claims.
fn unclaimed(head: &[u8]) -> (&'static str, &'static str) {
    if head.iter().all(u8::is_ascii_whitespace) {
        ("empty", "nothing in it")
    } else if formats::Peek::new("", head).is_text() {
        (
            "unknown_format",
            "text of a kind that no format claims; see `shipwake list formats`",
        )
    } else {
        ("binary", "binary data of a kind that no format claims")
    }
}

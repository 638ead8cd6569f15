//! Going through the members of a container: gzip, zstd, tar, zip. Each member goes the way of any
//! file; the container itself is done when all of them are.

use std::io::{self, Read};

use super::IngestError;
use super::archive::{self, Bounded, Budget, Kind};
use super::group::Feeder;
use super::open::{Open, Parent, Verdict};
use crate::model::Span;

impl Feeder<'_> {
    /// Goes through the members of a container.
    pub(super) fn members(
        &mut self,
        kind: Kind,
        open: &Open,
        depth: usize,
    ) -> Result<Verdict, IngestError> {
        let whole = Parent {
            sha256: open.sha256.clone(),
            span: Span::new(0, open.bytes),
            depth: depth + 1,
        };
        let outcome = match kind {
            Kind::Gzip => {
                let source = flate2::read::MultiGzDecoder::new(self.evidence.stream(&open.sha256)?);
                self.unfolded(
                    Bounded::new(source, &Budget::new(open.bytes, self.limits)),
                    &open.path,
                    &whole,
                )?
            }
            Kind::Zstd => {
                match zstd::stream::read::Decoder::new(self.evidence.stream(&open.sha256)?) {
                    Ok(source) => self.unfolded(
                        Bounded::new(source, &Budget::new(open.bytes, self.limits)),
                        &open.path,
                        &whole,
                    )?,
                    Err(error) => Some(error.to_string()),
                }
            }
            Kind::Tar => self.tar(
                self.evidence.stream(&open.sha256)?,
                &open.path,
                &whole,
                true,
            )?,
            Kind::Zip => self.zip(&open.path, &whole)?,
            Kind::Closed(name) => {
                let note = format!("{name} is not opened here; unpack it and load what is inside");
                return Ok(Verdict {
                    state: "unsupported",
                    note: Some(note),
                    likelihood: 0,
                });
            }
        };
        Ok(match outcome {
            None => Verdict {
                state: "container",
                note: Some(format!("{} archive", kind.name())),
                likelihood: 0,
            },
            Some(why) => Verdict {
                state: "truncated",
                note: Some(format!("the {} data ends early: {why}", kind.name())),
                likelihood: 0,
            },
        })
    }

    /// The one member of a compressed file, or the members of a compressed tar.
    fn unfolded(
        &mut self,
        mut source: impl Read,
        path: &str,
        parent: &Parent,
    ) -> Result<Option<String>, IngestError> {
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
        let mut watched = Watched {
            source,
            failure: None,
        };
        self.entry(
            &mut watched,
            format!("{path}!{}", archive::inner_name(path)),
            Some(parent.clone()),
        )?;
        Ok(watched.failure)
    }

    fn tar(
        &mut self,
        source: impl Read,
        path: &str,
        parent: &Parent,
        plain: bool,
    ) -> Result<Option<String>, IngestError> {
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
            let span = if plain {
                Span::new(entry.raw_file_position(), entry.size())
            } else {
                parent.span
            };
            let parent = Parent {
                span,
                ..parent.clone()
            };
            let wanted = entry.size();
            self.member(
                &mut Whole {
                    source: &mut entry,
                    left: wanted,
                },
                path,
                &name,
                parent,
            )?;
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
                    self.refuse(
                        format!("{path}!#{number}"),
                        Some(parent.clone()),
                        "unreadable",
                        error.to_string(),
                    );
                    continue;
                }
            };
            if !entry.is_file() {
                continue;
            }
            let name = entry
                .name()
                .map_or_else(|_| format!("#{number}"), std::borrow::Cow::into_owned);
            let span = Span::new(entry.data_start().unwrap_or(0), entry.compressed_size());
            let parent = Parent {
                span,
                ..parent.clone()
            };
            let own = Budget::new(entry.compressed_size(), self.limits);
            self.member(
                &mut Bounded::new(Bounded::new(entry, &own), &whole),
                path,
                &name,
                parent,
            )?;
        }
        Ok(None)
    }

    fn member(
        &mut self,
        source: &mut dyn Read,
        archive: &str,
        name: &str,
        parent: Parent,
    ) -> Result<(), IngestError> {
        let path = format!("{archive}!{name}");
        self.progress.step(&path);
        if archive::escapes(name) {
            let taken = self.seal(source)?;
            let note = "sealed but not parsed: its path leaves the archive".to_owned();
            let verdict = Verdict {
                state: "unsafe_path",
                note: Some(note),
                likelihood: 0,
            };
            self.note(Open {
                path,
                sha256: taken.sha256,
                bytes: taken.bytes,
                parent: Some(parent),
                verdict,
                work: None,
            });
            return Ok(());
        }
        self.entry(source, path, Some(parent))?;
        self.settle_if_full()
    }
}

/// A reader that remembers why it stopped, for the state of the container that it reads from.
struct Watched<R> {
    source: R,
    failure: Option<String>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source
            .read(buffer)
            .inspect_err(|error| self.failure = Some(error.to_string()))
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
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends inside this member",
            ));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

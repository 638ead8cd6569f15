//! Cutting a sealed file into chunks at record boundaries.

use std::io::Read;

use super::limits::Limits;
use crate::formats::Framing;
use crate::model::Span;

/// Input bytes that one parse task gets: large enough to make its overhead small, small enough that
/// two cores share even a modest file.
const CHUNK: usize = 4 << 20;

/// One piece of a file.
pub(super) enum Piece {
    /// Whole records.
    Records {
        bytes: Vec<u8>,
        offset: u64,
        last: bool,
    },
    /// A record past the limit, which is read over.
    TooLong(Span),
}

/// Reads `source` piece by piece. A record longer than the limit is read over and named; memory stays
/// bounded.
pub(super) struct Chunks<R> {
    source: R,
    framing: Framing,
    limit: usize,
    carried: Vec<u8>,
    offset: u64,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    pub(super) fn new(source: R, framing: Framing, limits: &Limits) -> Self {
        let limit = match framing {
            Framing::Whole => usize::try_from(limits.whole).unwrap_or(usize::MAX),
            Framing::Json | Framing::Lines => limits.record,
        };
        Self {
            source,
            framing,
            limit,
            carried: Vec::new(),
            offset: 0,
            ended: false,
        }
    }

    /// The next piece; `None` after the last one.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Piece>> {
        if self.ended {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.carried);
        let mut wanted = CHUNK;
        let mut searched = 0;
        loop {
            let room = wanted.saturating_sub(bytes.len()) as u64;
            let read = (&mut self.source).take(room).read_to_end(&mut bytes)?;
            if (read as u64) < room {
                self.ended = true;
                return Ok(Some(self.piece(bytes, true)));
            }
            if let Some(cut) = self.cut(&bytes, searched) {
                self.carried = bytes.split_off(cut);
                return Ok(Some(self.piece(bytes, false)));
            }
            if bytes.len() >= self.limit {
                return self.read_over(bytes).map(Some);
            }
            // The border may straddle what was searched and what comes.
            searched = bytes.len().saturating_sub(4);
            wanted = bytes
                .len()
                .saturating_mul(2)
                .min(self.limit.max(bytes.len()));
        }
    }

    fn piece(&mut self, bytes: Vec<u8>, last: bool) -> Piece {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Piece::Records {
            bytes,
            offset,
            last,
        }
    }

    /// Reads on to the next record boundary without keeping what is read.
    fn read_over(&mut self, begun: Vec<u8>) -> std::io::Result<Piece> {
        let start = self.offset;
        let mut skipped = begun.len() as u64;
        // A border may straddle two blocks.
        let mut block = begun[begun.len().saturating_sub(4)..].to_vec();
        drop(begun);
        loop {
            let kept = block.len();
            let read = (&mut self.source)
                .take(CHUNK as u64)
                .read_to_end(&mut block)?;
            if let Some(cut) = self.first_cut(&block) {
                skipped += (cut - kept.min(cut)) as u64;
                self.carried = block.split_off(cut.max(kept));
                break;
            }
            skipped += read as u64;
            if read < CHUNK {
                self.ended = true;
                break;
            }
            block.drain(..block.len().saturating_sub(4));
        }
        self.offset += skipped;
        Ok(Piece::TooLong(Span::new(start, skipped)))
    }

    /// The first record boundary in `bytes`.
    fn first_cut(&self, bytes: &[u8]) -> Option<usize> {
        memchr::memchr_iter(b'\n', bytes)
            .map(|at| at + 1)
            .find(|end| self.cut(&bytes[..(end + 1).min(bytes.len())], 0) == Some(*end))
    }

    /// The last record boundary in `bytes`, looking no further back than `from`.
    fn cut(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let tail = bytes.get(from..)?;
        match self.framing {
            Framing::Whole => None,
            Framing::Lines => memchr::memrchr(b'\n', tail).map(|at| from + at + 1),
            // A value that ends a line before one that begins the next: `}\n{`. Inside a value a
            // line that begins with `{` follows a comma or a bracket.
            Framing::Json => memchr::memrchr_iter(b'\n', tail)
                .map(|at| from + at)
                .find_map(|at| {
                    let before = bytes
                        .get(..at)?
                        .strip_suffix(b"\r")
                        .unwrap_or(bytes.get(..at)?);
                    let border = matches!(before.last(), Some(b'}' | b']'))
                        && matches!(bytes.get(at + 1), Some(b'{' | b'['));
                    border.then_some(at + 1)
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of each piece; `None` for a record that was read over.
    fn pieces(text: &[u8], framing: Framing, record: usize) -> Vec<(Option<Vec<u8>>, u64, u64)> {
        let limits = Limits {
            record,
            ..Limits::default()
        };
        let mut chunks = Chunks::new(text, framing, &limits);
        let shown = |piece| match piece {
            Piece::Records { bytes, offset, .. } => {
                let length = bytes.len() as u64;
                (Some(bytes), offset, length)
            }
            Piece::TooLong(span) => (None, span.offset, span.length),
        };
        std::iter::from_fn(|| chunks.next().unwrap().map(shown)).collect()
    }

    /// The pieces follow one another without a gap.
    fn assert_joined(pieces: &[(Option<Vec<u8>>, u64, u64)], total: usize) {
        let end = pieces.iter().fold(0, |at, (_, offset, length)| {
            assert_eq!(*offset, at);
            at + length
        });
        assert_eq!(end, total as u64);
    }

    #[test]
    fn pieces_join_to_the_whole_and_end_at_records() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let text = line.repeat(12_000).into_bytes();
        for framing in [Framing::Json, Framing::Lines] {
            let pieces = pieces(&text, framing, 256 << 20);
            assert!(pieces.len() > 2);
            assert!(
                pieces
                    .iter()
                    .all(|(bytes, ..)| bytes.as_ref().unwrap().ends_with(b"}\n"))
            );
            assert_joined(&pieces, text.len());
            let joined: Vec<u8> = pieces
                .into_iter()
                .flat_map(|(bytes, ..)| bytes.unwrap())
                .collect();
            assert_eq!(joined, text);
        }
        assert_eq!(pieces(&text, Framing::Whole, 1).len(), 1);
    }

    #[test]
    fn a_record_past_the_limit_is_read_over_alone() {
        for (framing, open, close) in [
            (Framing::Lines, "", ""),
            (Framing::Json, "{\"a\":\"", "\"}"),
        ] {
            let line = |length: usize| format!("{open}{}{close}\n", "x".repeat(length));
            let text = format!("{}{}{}", line(10), line(20 << 20), line(20)).into_bytes();
            let pieces = pieces(&text, framing, 6 << 20);
            assert_joined(&pieces, text.len());
            assert_eq!(
                pieces.iter().filter(|(bytes, ..)| bytes.is_none()).count(),
                1
            );
            let kept: Vec<u8> = pieces
                .into_iter()
                .filter_map(|(bytes, ..)| bytes)
                .flatten()
                .collect();
            assert_eq!(kept, format!("{}{}", line(10), line(20)).into_bytes());
        }
    }
}

//! Cutting a sealed file into chunks at record boundaries.

use std::io::Read;

use super::limits::Limits;
use crate::formats::Framing;

/// Input bytes that one parse task gets: large enough to make its overhead small, small enough that
/// two cores share even a modest file.
const CHUNK: usize = 4 << 20;

/// One piece of a file.
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    pub(super) offset: u64,
    pub(super) last: bool,
}

/// Reads `source` piece by piece. A record longer than the limit is handed out cut off, and what is
/// read of it becomes a reject; memory stays bounded either way.
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
        Self { source, framing, limit, carried: Vec::new(), offset: 0, ended: false }
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
                return Ok(Some(self.piece(bytes, false)));
            }
            // The border may straddle what was searched and what comes.
            searched = bytes.len().saturating_sub(4);
            wanted = bytes.len().saturating_mul(2).min(self.limit.max(bytes.len()));
        }
    }

    fn piece(&mut self, bytes: Vec<u8>, last: bool) -> Piece {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Piece { bytes, offset, last }
    }

    /// The last record boundary in `bytes`, looking no further back than `from`.
    fn cut(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let tail = bytes.get(from..)?;
        match self.framing {
            Framing::Whole => None,
            Framing::Lines => memchr::memrchr(b'\n', tail).map(|at| from + at + 1),
            // A value that ends a line before one that begins the next: `}\n{`. Inside a value a
            // line that begins with `{` follows a comma or a bracket.
            Framing::Json => memchr::memrchr_iter(b'\n', tail).map(|at| from + at).find_map(|at| {
                let before = bytes.get(..at)?.strip_suffix(b"\r").unwrap_or(bytes.get(..at)?);
                let border = matches!(before.last(), Some(b'}' | b']')) && matches!(bytes.get(at + 1), Some(b'{' | b'['));
                border.then_some(at + 1)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8], framing: Framing, record: usize) -> Vec<Piece> {
        let limits = Limits { record, ..Limits::default() };
        let mut chunks = Chunks::new(text, framing, &limits);
        std::iter::from_fn(|| chunks.next().unwrap()).collect()
    }

    #[test]
    fn pieces_join_to_the_whole_and_end_at_records() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let text = line.repeat(12_000).into_bytes();
        for framing in [Framing::Json, Framing::Lines] {
            let pieces = pieces(&text, framing, 256 << 20);
            assert!(pieces.len() > 2);
            assert!(pieces.iter().rev().skip(1).all(|piece| piece.bytes.ends_with(b"}\n") && !piece.last));
            assert!(pieces.last().unwrap().last);
            let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.clone()).collect();
            assert_eq!(joined, text);
        }
        assert_eq!(pieces(&text, Framing::Whole, 1).len(), 1);
    }

    #[test]
    fn a_record_past_the_limit_is_cut_not_gathered() {
        let text = vec![b'x'; 20 << 20];
        let pieces = pieces(&text, Framing::Lines, 6 << 20);
        assert!(pieces.iter().all(|piece| piece.bytes.len() <= 8 << 20));
        assert_eq!(pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>(), text.len());
    }
}

//! Text lines with their byte ranges. Bytes that are not UTF-8 are replaced for reading; the
//! citation still leads to the original ones.

use std::borrow::Cow;

use super::super::Chunk;
use crate::model::Span;

/// Every line of `chunk` without its line end, and the range it stands in. A last line without a
/// line end counts as a line; an empty rest does not.
pub fn lines<'a>(chunk: &Chunk<'a>) -> impl Iterator<Item = (Cow<'a, str>, Span)> + use<'a> {
    let (bytes, base) = (chunk.bytes, chunk.offset);
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let span = Span::new(base + at as u64, end as u64);
        at += end;
        let line = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some((String::from_utf8_lossy(line), span))
    })
}

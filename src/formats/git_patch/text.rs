//! Lines of an export with their positions, as bytes: a diff's lines need not be UTF-8.

use std::borrow::Cow;

/// One line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its newline.
    pub(super) end: usize,
    /// Its bytes without the line end.
    pub(super) bytes: &'a [u8],
}

impl<'a> Line<'a> {
    /// The line as text; bytes that are not UTF-8 are replaced.
    pub(super) fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }

    /// True for a line of blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }
}

/// The lines of `bytes` from position `from`.
pub(super) fn lines(bytes: &[u8], from: usize) -> impl Iterator<Item = Line<'_>> {
    let rest = bytes.get(from..).unwrap_or_default();
    let mut start = from;
    rest.split_inclusive(|byte| *byte == b'\n').map(move |raw| {
        let bytes = raw.strip_suffix(b"\n").unwrap_or(raw);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let line = Line {
            start,
            end: start + raw.len(),
            bytes,
        };
        start = line.end;
        line
    })
}

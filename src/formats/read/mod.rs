//! Readers that formats share: JSON values in a stream, a cursor inside one JSON value, text lines.
//!
//! They exist so that every format treats torn lines, glued objects, byte-order marks and hostile
//! sizes alike, and so that every record's offset is exact. They know nothing of any format.

pub mod cursor;
pub mod json;
pub mod lines;
pub mod pod;

pub use cursor::Cursor;
pub use json::{values, Item};
pub use lines::lines;

/// Text longer than this is cut in the table; its citation still covers all of it.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// `text`, cut to [`TEXT_LIMIT`] bytes at a character boundary.
#[must_use]
pub fn bounded(text: &str) -> &str {
    if text.len() <= TEXT_LIMIT {
        return text;
    }
    &text[..text.floor_char_boundary(TEXT_LIMIT)]
}

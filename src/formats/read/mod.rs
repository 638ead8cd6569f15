//! What formats share: readers of JSON and text with exact positions, and the vocabulary of
//! subjects that several exports tell of.
//!
//! The readers ([`json`], [`elements`], [`event`], [`cursor`], [`lines`], [`yaml`]) exist so that every format treats
//! torn lines, glued objects, byte-order marks and hostile sizes alike, and so that every record's
//! offset is exact. They know nothing of any format.
//!
//! The vocabularies ([`agent`], [`apiserver`], [`bom`], [`class`], [`event`], [`git`], [`github`], [`attestation`],
//! [`log`], [`otel`], [`labels`], [`pod`], [`series`], [`version`]) are here because formats never import
//! one another: what two of them must read alike has one reader, here, named after what it reads
//! rather than after who reads it first. What they are not: formats. None of them sniffs, and none
//! decides what a file is.

pub(super) mod agent;
pub(super) mod apiserver;
pub(super) mod attestation;
pub(super) mod bom;
pub(super) mod class;
pub mod cursor;
pub mod elements;
pub(super) mod event;
pub(super) mod field;
pub(super) mod git;
pub(super) mod github;
pub mod json;
pub(super) mod labels;
pub mod lines;
pub(super) mod log;
pub(super) mod otel;
pub(super) mod pod;
pub(super) mod raw;
pub(super) mod series;
pub(super) mod version;
pub(super) mod yaml;

pub use cursor::Cursor;
pub use elements::{Element, Holders, elements};
pub use json::{Item, values};
pub use lines::lines;

/// Text longer than this is cut in the table; its citation still covers all of it.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// `text`, cut to [`TEXT_LIMIT`] bytes at a character boundary.
#[must_use]
pub fn bounded(text: &str) -> &str {
    cut(text, TEXT_LIMIT)
}

/// The start of `text` up to `limit` bytes, cut at a character boundary.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    let mut ends = (0..=limit.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or(text)
}

/// Longest event that is kept whole beside its columns, in bytes. Its bytes are in the evidence anyway.
const WHOLE_LIMIT: usize = 64 * 1024;

/// The text of an event that is kept whole, unless it is too long.
#[must_use]
pub fn whole(text: &str) -> Option<&str> {
    (text.len() <= WHOLE_LIMIT).then_some(text)
}

//! What a log record says, be it text or JSON.
//!
//! The two cannot be told apart by file: a container prints JSON with a banner of text between, text
//! logs hold JSON objects behind a prefix, and agents quote both. So [`record`] reads lines and
//! [`object`] reads objects, each knows the other, and both read times, severities and ids by the
//! same rules. The formats decide only what a file is and where its records begin and end. Forms of
//! lines that have a name are [`dialect`]s; wherever a line comes wrapped, its wrapper is an
//! [`envelope`] and the line inside is read as anywhere else.

pub mod clock;
pub mod dialect;
pub mod envelope;
pub mod ids;
pub mod line;
pub mod members;
pub mod object;
pub mod record;
pub mod severity;

use regex::Regex;

use super::cut;

/// How far into a message a level or a time is looked for.
const NEAR: usize = 160;

/// The start of a message.
fn near(text: &str) -> &str {
    cut(text, NEAR)
}

/// A pattern that does not compile finds nothing; tests hold that all compile.
fn pattern(source: &str) -> Option<Regex> {
    Regex::new(source).ok()
}

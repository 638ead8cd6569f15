//! What GitHub's exports have in common, whichever way they were made: how objects are held in a
//! document, what an address says, and how loosely typed fields become cells.
//!
//! Webhook payloads, REST objects and the output of the command line tell the same facts in other
//! words, and all of them leave out what their addresses still say. What this is not: a list of what
//! the objects mean; each format maps its own words to tables.

pub mod address;
pub mod document;
pub mod field;

//! Formats that a user declares: a TOML file that maps a CSV or JSON export to one table.
//!
//! Every team has exports that no program knows: a deployment spreadsheet, a homemade audit log, a
//! data set. A declaration names the table and, for each column, where it comes from; it says in which
//! unit and zone times are written and who stands behind the records. It carries samples with the
//! cells that they must give, which are checked when it is read, so that a declaration that loads is
//! one that works (after lnav's format files). A mistake is told with file, line, key and the nearest
//! name that would have been right, and all mistakes of a file are told at once.
//!
//! A declaration cannot run anything: it picks, matches (linear-time regular expressions), maps words
//! and converts. What it makes is asserted or observed, never attested. What it is not: a way to fill
//! several tables from one record, or to join; docs/formats.md has an example.

mod cell;
mod check;
mod csv;
mod document;
mod error;
mod json;
mod layout;
mod metric;
mod row;
#[cfg(test)]
mod tests;
mod toml;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub use self::error::{DeclarationError, Mistake};

use self::layout::Layout;
use super::{Chunk, Format, Framing, Likelihood, Peek};
use crate::model::{EvidenceClass, Sink};

/// How sure a declared format is of what it recognises: surer than any format of the program, because
/// somebody said so.
pub const DECLARED: Likelihood = 98;

/// Longest declaration, in bytes.
const LIMIT: usize = 256 * 1024;
/// How many different texts declarations may bring into the program, and the longest: a word, and a
/// sample that is shown as the example.
const WORDS: usize = 4096;
const WORD: usize = 512;
const SAMPLE: usize = 16 * 1024;

/// A declared format. It can stand wherever a format of the program can.
#[derive(Debug)]
pub struct Declared {
    name: &'static str,
    about: &'static str,
    unit: &'static str,
    signs: &'static str,
    example: &'static str,
    class: EvidenceClass,
    layout: Layout,
}

impl Declared {
    /// Reads the declaration `text`, which stands in the file `name`, and checks its samples.
    ///
    /// # Errors
    /// The declaration is no TOML, says what cannot be, or a sample does not give what it should.
    pub fn read(text: &str, name: &str) -> Result<Self, DeclarationError> {
        let mut reader = toml::Reader::new(text, name);
        if text.len() > LIMIT {
            reader.wrong(0..0, "", "is longer than 256 KiB", None);
            return Err(reader.error());
        }
        let found = document::declaration(&mut reader);
        let Some((head, layout, samples)) = found.filter(|_| reader.is_sound()) else {
            return Err(reader.error());
        };
        let signs = layout.signs();
        let words = [&head.name, &head.about, &head.unit, &signs].map(|word| intern(word, WORD));
        let example = samples
            .first()
            .map_or(Some(""), |sample| intern(&sample.text, SAMPLE));
        let ([Some(name), Some(about), Some(unit), Some(signs)], Some(example)) = (words, example)
        else {
            reader.wrong(0..0, "name", "cannot be kept: too many declarations", None);
            return Err(reader.error());
        };
        let declared = Self {
            name,
            about,
            unit,
            signs,
            example,
            class: head.class,
            layout,
        };
        for sample in &samples {
            check::sample(&declared, sample, &mut reader);
        }
        if reader.is_sound() {
            Ok(declared)
        } else {
            Err(reader.error())
        }
    }
}

impl Format for Declared {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn tables(&self) -> &'static [&'static str] {
        self.layout.tables()
    }

    fn class(&self) -> EvidenceClass {
        self.class
    }

    fn framing(&self) -> Framing {
        self.layout.framing()
    }

    fn signs(&self) -> &'static str {
        self.signs
    }

    fn example(&self) -> &'static [u8] {
        self.example.as_bytes()
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        self.layout.sniff(peek)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        self.layout.parse(chunk, sink);
    }
}

/// The same text for as long as the program runs. Formats give their names as such; a word is kept
/// once however often it is asked for, and there is a bound on how many there may be.
fn intern(word: &str, longest: usize) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(word) {
        return Some(found);
    }
    if known.len() >= WORDS || word.len() > longest {
        return None;
    }
    let kept: &'static str = Box::leak(word.to_owned().into_boxed_str());
    known.insert(kept);
    Some(kept)
}

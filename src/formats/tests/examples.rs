//! The example that each format shows is a file of that format, by nothing but its content.
//!
//! Users give files any name and lose the extension, so none is given here: the path is one that says
//! nothing. What this is not: a measure of recognition over real exports; `labels` is.

use std::collections::BTreeSet;

use crate::formats::testing::{Seen, parse};
use crate::formats::{ALL, Format, sniff};

/// A name that is a hint for nobody.
const ANY: &str = "anything";
/// Longest text of signs, in characters: it stands in a line.
const SIGNS: usize = 100;
/// Longest example, in bytes: it is read on a screen.
const EXAMPLE: usize = 512;

/// The rows that were read, with those of the files inside: a bundle's history is one.
fn rows(seen: &Seen) -> usize {
    let inside = seen.nested.iter().map(|nested| {
        let format = sniff(ANY, &nested.bytes).format;
        format.map_or(0, |format| rows(&parse(format, ANY, &nested.bytes)))
    });
    seen.rows.len() + inside.sum::<usize>()
}

/// What is wrong with the example of `format`.
fn faults(format: &dyn Format) -> Vec<String> {
    let (name, example) = (format.name(), format.example());
    let mut faults = Vec::new();
    let sniffed = sniff(ANY, example);
    let winner = sniffed.format.map(Format::name);
    if winner != Some(name) {
        faults.push(format!("{name}: the example is taken by {winner:?}"));
    }
    if !sniffed.ties.is_empty() {
        faults.push(format!("{name}: {:?} want it as well", sniffed.ties));
    }
    let seen = parse(format, ANY, example);
    if seen.kept == 0 || rows(&seen) == 0 {
        faults.push(format!("{name}: nothing is kept, {:?}", seen.ignored));
    }
    if !seen.rejects.is_empty() {
        faults.push(format!("{name}: {:?}", seen.rejects));
    }
    if !seen.newer.is_empty() {
        faults.push(format!("{name}: newer than we know, {:?}", seen.newer));
    }
    if example.len() > EXAMPLE {
        faults.push(format!("{name}: {} bytes", example.len()));
    }
    faults
}

#[test]
fn each_example_is_recognised_without_its_name_and_read() {
    let faults: Vec<String> = ALL.iter().flat_map(|format| faults(*format)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn signs_are_a_line_and_tell_formats_apart() {
    let mut known = BTreeSet::new();
    for format in ALL {
        let (name, signs) = (format.name(), format.signs());
        assert!(!signs.is_empty() && signs == signs.trim(), "{name}");
        assert!(signs.chars().count() <= SIGNS, "{name}: {signs}");
        assert!(!signs.contains(char::is_control), "{name}: {signs}");
        assert!(signs.matches('`').count() % 2 == 0, "{name}: {signs}");
        assert!(known.insert(signs), "two formats have the signs {signs}");
    }
}

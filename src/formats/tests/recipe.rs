//! docs/adding.md held to its word: its code is compiled and run, its lines are of the shape of ours.
//!
//! The example stands beside this file rather than among the formats, so that no user meets it, and is
//! compiled as a module of `formats`, as the reader's own file will be.

use regex::Regex;

use crate::formats::slipway::Slipway;
use crate::formats::testing::{parse, sniff};
use crate::formats::{ALL, CERTAIN};

const RECIPE: &str = include_str!("../../../docs/adding.md");
const MODULE: &str = include_str!("slipway.rs");
const REGISTRY: &str = include_str!("../mod.rs");

/// The text of the `n`th block of `language`.
fn block(language: &str, n: usize) -> &'static str {
    let mut blocks = RECIPE.split("```").skip(1).step_by(2);
    let of_language = |block: &'static str| block.strip_prefix(language)?.strip_prefix('\n');
    blocks.by_ref().filter_map(of_language).nth(n).unwrap()
}

#[test]
fn the_code_is_what_is_compiled() {
    assert_eq!(block("rust", 0), MODULE);
}

#[test]
fn the_sample_gives_the_rows_that_are_printed() {
    let sample = block("json", 0);
    assert_eq!(sniff(&Slipway, sample.as_bytes()), CERTAIN);
    assert!(
        ALL.iter()
            .all(|format| sniff(*format, sample.as_bytes()) < CERTAIN)
    );
    let seen = parse(&Slipway, "slipway.jsonl", sample.as_bytes());
    let rows = seen.rows.iter().zip(seen.times("change"));
    let mut told: Vec<String> = rows
        .map(|((table, stamp, row), time)| {
            let cells: Vec<_> = row
                .iter()
                .map(|(name, cell)| format!("{name}={cell}"))
                .collect();
            let at = stamp.span.offset;
            format!("kept: {table} at {at}: {time} {}", cells.join(" "))
        })
        .collect();
    told.extend(
        seen.ignored
            .iter()
            .map(|(rule, n)| format!("ignored: {n} {rule}")),
    );
    let rejects = seen.rejects.iter();
    told.extend(rejects.map(|(span, why)| format!("rejected: at {}: {why}", span.offset)));
    assert_eq!(block("text", 0).lines().collect::<Vec<_>>(), told);
}

#[test]
fn the_lines_are_of_the_shape_of_all_others() {
    let lines: Vec<&str> = block("rust", 1).lines().collect();
    let [module, listed] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    let shape = Regex::new(r"\A    &[a-z][a-z0-9_]*::[A-Z][A-Za-z0-9]*,\z").unwrap();
    let (_, rest) = REGISTRY
        .split_once("pub const ALL: &[&dyn Format] = &[\n")
        .unwrap();
    let (all, _) = rest.split_once("\n];").unwrap();
    assert_eq!(all.lines().count(), ALL.len());
    for line in all.lines().chain([*listed]) {
        assert!(shape.is_match(line), "{line}");
        let (name, _) = line
            .trim_start_matches([' ', '&'])
            .split_once("::")
            .unwrap();
        let declared = format!("mod {name};");
        let is_declared = REGISTRY.lines().chain([*module]).any(|it| it == declared);
        assert!(is_declared, "{declared}");
    }
}

#[test]
fn it_is_under_a_page_without_the_example() {
    let code = block("rust", 0).lines().count();
    assert!(RECIPE.lines().count() - code <= 60);
}

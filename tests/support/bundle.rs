//! A bundle that takes a while to load: many small files, some larger ones, the sample incident.

use std::path::Path;

use super::{bytes, put};

/// Enough that a load ends more than one group by their number.
const SMALL_FILES: u32 = 2_400;
/// About 6 kB each.
const SMALL_RECORDS: u32 = 62;
/// Enough that a load ends a group by their size.
const LARGE_FILES: u32 = 10;
/// About 5 MB each, more than one chunk.
const LARGE_RECORDS: u32 = 52_000;

/// Writes the bundle below `folder` and gives the number of its files.
pub fn write(folder: &Path) -> usize {
    for number in 0..LARGE_FILES {
        let records = bytes::log(0..LARGE_RECORDS, &format!("large {number}"));
        put(folder, &format!("collector/{number:02}.jsonl"), records);
    }
    for number in 0..SMALL_FILES {
        let records = bytes::log(0..SMALL_RECORDS, &format!("small {number}"));
        let path = format!("pods/{:02}/{number:04}.jsonl", number % 24);
        put(folder, &path, records);
    }
    let sample = super::sample_data();
    let files = super::files_below(&sample);
    for path in &files {
        let bytes = std::fs::read(sample.join(path)).unwrap();
        put(folder, &format!("acme/{path}"), bytes);
    }
    files.len() + SMALL_FILES as usize + LARGE_FILES as usize
}

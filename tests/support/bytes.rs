//! Evidence made by hand, byte for byte.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;

/// One JSON log record without a line end.
pub fn record(number: u32, word: &str) -> String {
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        r#"{{"time":"2026-10-29T14:{minute:02}:{second:02}Z","level":"info","msg":"{word} {number}","order":{number}}}"#
    )
}

/// JSON log records, one a line; `word` makes files differ.
pub fn log(numbers: Range<u32>, word: &str) -> Vec<u8> {
    let mut text = String::new();
    for number in numbers {
        writeln!(text, "{}", record(number, word)).unwrap();
    }
    text.into_bytes()
}

/// `bytes` as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive. Names are written as they are, which no honest archiver would do.
pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A zip archive, deflated.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Bytes that look like nothing, the same ones each time.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

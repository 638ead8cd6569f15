//! `shipwake raw`: the original bytes behind a citation.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, code, output};
use crate::case::Case;

/// Print the original bytes of a citation
#[derive(Debug, Args)]
pub(super) struct Raw {
    /// The case directory.
    case: PathBuf,
    /// `FILE:OFFSET:LENGTH`, where FILE is a sha256 or a unique prefix; FILE alone prints the whole file.
    #[arg(value_name = "FILE:OFFSET:LENGTH")]
    citation: String,
}

impl Raw {
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let evidence = Case::open(&self.case)?.evidence();
        let (file, offset, length) = parse(&self.citation)?;
        let sha256 = evidence.resolve(file)?;
        let length = match length {
            Some(length) => length,
            None => evidence.size(&sha256)?.saturating_sub(offset),
        };
        output::print_bytes(&evidence.read(&sha256, offset, length)?)?;
        Ok(code::DONE)
    }
}

fn parse(text: &str) -> Result<(&str, u64, Option<u64>), Failure> {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| part.parse::<u64>().ok();
    match parts.as_slice() {
        [file] => Some((*file, 0, None)),
        [file, offset, length] => number(offset)
            .zip(number(length))
            .map(|(offset, length)| (*file, offset, Some(length))),
        _ => None,
    }
    .ok_or_else(|| {
        Failure::usage(
            &format!("{text:?} is no citation"),
            "Write it as FILE:OFFSET:LENGTH, as `chain` and `rejects` print it",
        )
    })
}

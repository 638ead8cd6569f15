//! `shipwake demo`: the sample incident in the workbench, from the program itself.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use include_dir::{Dir, include_dir};

use super::open::{self, Looks};
use super::{Common, Failure};
use crate::app::Guide;
use crate::case::Case;
use crate::model::id;

/// The sample incident: part of the program, so that an installed one can show it.
static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-data");

/// Open the sample incident in the workbench
#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    looks: Looks,
}

impl Demo {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let folder = open::cache_folder()?.join(format!("demo-{}", fingerprint()));
        let bundle = folder.join("sample-data");
        if !bundle.is_dir() {
            // Unpacked beside and then renamed: a half-unpacked sample is never taken for a whole one.
            let partial = folder.join(format!("partial-{}", std::process::id()));
            unpack(&SAMPLE, &partial)?;
            if std::fs::rename(&partial, &bundle).is_err() && !bundle.is_dir() {
                return Err(Failure::usage(
                    "cannot unpack the sample incident",
                    "Check the free space and permissions of the cache folder",
                ));
            }
        }
        let case = Case::open_or_create(&folder.join("demo.wake"), "sample incident")?;
        let loaded = case.database().is_file() && !case.journal().entries()?.is_empty();
        let paths = (!loaded).then(|| vec![bundle]);
        open::show(&case, paths, common, &self.looks, Some(Guide::default()))
    }
}

fn unpack(folder: &Dir<'_>, to: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(to)?;
    folder.extract(to)?;
    Ok(())
}

/// Changes whenever the sample or the way it is stored changes.
fn fingerprint() -> String {
    let mut text = format!("{} {} ", env!("CARGO_PKG_VERSION"), crate::store::SCHEMA);
    digest(&SAMPLE, &mut text);
    id::sha256_hex(text.as_bytes())[..12].to_owned()
}

fn digest(folder: &Dir<'_>, text: &mut String) {
    for file in folder.files() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} {}",
            file.path().display(),
            id::content_id(file.contents())
        );
    }
    for inner in folder.dirs() {
        digest(inner, text);
    }
}

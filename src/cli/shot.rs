//! `shipwake shot`: any screen of the workbench as a picture or as text, without a terminal.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::open::{self, Looks};
use super::{Common, Failure, code, output, preferences};
use crate::app::key::Code;
use crate::app::{Key, Lanes, Wake};
use crate::case::Case;
use crate::store::{Access, Store};
use crate::workbench::{self, Workbench};

/// Longer than any answer takes that somebody would wait for.
const PATIENCE: Duration = Duration::from_mins(2);

/// Draw a screen as SVG or text: press keys, write what is there
#[derive(Debug, Args)]
pub(super) struct Shot {
    /// The case directory.
    case: PathBuf,
    /// Keys to press, by their names in keys.toml, with blanks between; other words are typed as text.
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// Columns and rows.
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "160x45", value_parser = size)]
    size: (u16, u16),
    /// SVG for a picture, text for lines.
    #[arg(long = "as", value_name = "FORM", default_value = "svg")]
    form: Form,
    /// The file to write; standard output unless given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    looks: Looks,
}

/// What a screen becomes.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// A picture.
    Svg,
    /// Lines of text.
    Text,
}

/// The size of a screen: within what a buffer can hold.
fn size(text: &str) -> Result<(u16, u16), String> {
    let (width, height) = text
        .split_once('x')
        .ok_or("write it as 160x45".to_owned())?;
    let side = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|side| (1..=1_000).contains(side))
    };
    side(width)
        .zip(side(height))
        .ok_or("columns and rows are numbers from 1 to 1000".to_owned())
}

impl Shot {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let case = Case::open(&self.case)?;
        let store = Store::open(&case.database(), Access::Read, &common.settings())?;
        let lanes = Lanes::start(&store, 2)?;
        lanes.set_floor(common.trust);
        let wake: Wake = Arc::new(|| {});
        let preferences = preferences::preferences()?;
        let theme = self.looks.theme()?;
        let title = case.manifest().title.clone();
        let bytes = open::bytes(&case);
        let mut workbench = Workbench::new(
            title.clone(),
            lanes,
            wake,
            bytes,
            preferences,
            theme.clone(),
        );
        workbench.set_themes(preferences::themes()?);
        let mut shot = self.settled(&mut workbench)?;
        for key in self.keys.iter().flat_map(|word| read(word)) {
            workbench.key(key);
            shot = self.settled(&mut workbench)?;
        }
        let drawn = match self.form {
            Form::Svg => shot.svg(&title, &theme),
            Form::Text => shot.text(),
        };
        match &self.output {
            Some(path) => std::fs::write(path, drawn)
                .with_context(|| format!("cannot write {}", path.display()))
                .map_err(Failure::failed)?,
            None => output::print(&drawn)?,
        }
        Ok(code::DONE)
    }

    /// The screen, when every answer is there.
    fn settled(&self, workbench: &mut Workbench) -> Result<workbench::Shot, Failure> {
        let (width, height) = self.size;
        workbench.shot(width, height, PATIENCE).ok_or_else(|| {
            Failure::usage(
                "the screen is still waiting for answers",
                "Give it a smaller case, or fewer keys",
            )
        })
    }
}

/// The keys of a word: one, where it is a key's name, else its letters.
fn read(word: &str) -> Vec<Key> {
    if let Some(key) = Key::parse(word) {
        return vec![key];
    }
    word.chars().map(|c| Key::plain(Code::Char(c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_keys_are_typed() {
        assert_eq!(read("ctrl-p").len(), 1);
        assert_eq!(read("enter").len(), 1);
        assert_eq!(read("severity:error").len(), 14);
        assert_eq!(size("80x24"), Ok((80, 24)));
        assert!(size("80").is_err() && size("0x24").is_err() && size("80x99999").is_err());
    }
}

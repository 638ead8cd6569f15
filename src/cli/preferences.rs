//! What somebody set up for themselves: `keys.toml`, `layouts.toml`, `themes/NAME.toml` and `formats/*.toml` in
//! `$XDG_CONFIG_HOME/shipwake` (else `~/.config/shipwake`). Each is checked when it is read, and a mistake says in
//! which file it is; nothing is fallen back from silently.

use std::path::PathBuf;

use super::Failure;
use crate::app::layout::Layouts;
use crate::app::{Keymap, Preferences};
use crate::panes;
use crate::ui::theme::{self, Theme};

/// The folder, where the environment says of one.
pub(super) fn folder() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.filter(|path| path.is_absolute()).or(home);
    config.map(|config| config.join("shipwake"))
}

/// The files `*.toml` of a folder below it, in the order of their names.
pub(super) fn files(below: &str) -> Vec<PathBuf> {
    let entries = folder().and_then(|folder| std::fs::read_dir(folder.join(below)).ok());
    let paths = entries.into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = paths
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    paths.sort();
    paths
}

/// A file and what is in it; `None` where there is none.
fn read(path: PathBuf) -> Result<Option<(PathBuf, String)>, Failure> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(
            &format!("cannot read {}: {error}", path.display()),
            "Mend the file or take it away; docs/preferences.md tells what it may hold",
        )),
    }
}

fn mistaken(path: &std::path::Path, problem: &dyn std::fmt::Display) -> Failure {
    Failure::usage(
        &format!("{}: {problem}", path.display()),
        "Mend the file or take it away; docs/preferences.md tells what it may hold",
    )
}

/// Keys and layouts: those that the program ships with, changed by what somebody set up.
pub(super) fn preferences() -> Result<Preferences, Failure> {
    let boards: Vec<&str> = panes::BOARDS.iter().map(|board| board.spec.name).collect();
    let mut keymap = Keymap::builtin().map_err(|error| Failure::failed(error.into()))?;
    let mut layouts = Layouts::builtin(&boards).map_err(|error| Failure::failed(error.into()))?;
    if let Some(folder) = folder() {
        if let Some((path, text)) = read(folder.join("keys.toml"))? {
            keymap = keymap
                .with(&text)
                .map_err(|error| mistaken(&path, &error))?;
        }
        if let Some((path, text)) = read(folder.join("layouts.toml"))? {
            layouts = layouts
                .with(&text, &boards)
                .map_err(|error| mistaken(&path, &error))?;
        }
    }
    Ok(Preferences { keymap, layouts })
}

/// Every theme by its name: those that the program ships with, then those of `themes/`; one of the same name takes
/// the place of the other.
pub(super) fn themes() -> Result<Vec<(String, Theme)>, Failure> {
    let mut themes = Vec::new();
    for (name, text) in theme::BUILTIN {
        let theme = Theme::parse(text).map_err(|error| Failure::failed(error.into()))?;
        themes.push(((*name).to_owned(), theme));
    }
    for path in files("themes") {
        let Some((path, text)) = read(path)? else {
            continue;
        };
        let theme = Theme::parse(&text).map_err(|error| mistaken(&path, &error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match themes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = theme,
            None => themes.push((name.into_owned(), theme)),
        }
    }
    Ok(themes)
}

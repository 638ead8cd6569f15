//! `shipwake PATH…`: open bundles, or one case, in the workbench.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::{Common, Failure, code, load, preferences, whereabouts};
use crate::app::{Bytes, Guide};
use crate::case::Case;
use crate::ingest::{Options, STDIN};
use crate::load::Work;
use crate::model::id;
use crate::store::{Access, Store, StoreError};
use crate::tui::{self, Session};
use crate::ui::theme::Theme;

#[derive(Debug, Args)]
pub(super) struct Open {
    /// Bundles (files, directories, archives) or one case to open in the workbench.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    looks: Looks,
}

/// How the workbench looks.
#[derive(Debug, Clone, Args)]
pub(super) struct Looks {
    /// Theme: dark, light, high-contrast, colour-blind, mono or one of your own. NO_COLOR is respected.
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Draw with ASCII only.
    #[arg(long)]
    ascii: bool,
}

impl Looks {
    pub(super) fn theme(&self) -> Result<Theme, Failure> {
        let theme = match (
            &self.theme,
            std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        ) {
            (Some(name), _) => named(name)?,
            (None, true) => Theme::plain(),
            (None, false) => {
                Theme::builtin("dark").map_err(|error| Failure::failed(error.into()))?
            }
        };
        // The console of Linux and locales without UTF-8 cannot show the shapes.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        let narrow = locale.is_some_and(|locale| {
            !locale
                .to_ascii_lowercase()
                .replace('-', "")
                .contains("utf8")
                && locale != "C"
        }) || std::env::var("TERM").is_ok_and(|term| term == "linux");
        Ok(if self.ascii || narrow {
            theme.ascii()
        } else {
            theme
        })
    }
}

/// The theme of this name, also one of the user's own.
fn named(name: &str) -> Result<Theme, Failure> {
    let themes = preferences::themes()?;
    let names: Vec<&str> = themes.iter().map(|(name, _)| name.as_str()).collect();
    let found = themes.iter().find(|(known, _)| known == name);
    found.map(|(_, theme)| theme.clone()).ok_or_else(|| {
        Failure::usage(
            &format!("there is no theme {name:?}"),
            &format!("Take one of {}", names.join(", ")),
        )
    })
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        if let [path] = self.paths.as_slice()
            && Case::is_at(path)
        {
            return show(&Case::open(path)?, None, common, &self.looks, None);
        }
        for path in &self.paths {
            if path.as_os_str() != STDIN && !path.exists() {
                return Err(Failure::usage(
                    &format!("cannot find {}", path.display()),
                    "Check the path, or see `shipwake --help` for the subcommands",
                ));
            }
        }
        let (case, fresh) = cached(&self.paths)?;
        show(
            &case,
            fresh.then(|| self.paths.clone()),
            common,
            &self.looks,
            None,
        )
    }
}

/// Opens `case` in the workbench, loading `paths` into it meanwhile; `guide` shows somebody around.
pub(super) fn show(
    case: &Case,
    paths: Option<Vec<PathBuf>>,
    common: &Common,
    looks: &Looks,
    guide: Option<Guide>,
) -> Result<u8, Failure> {
    if !std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "the workbench needs a terminal",
            "Use a subcommand such as `shipwake releases` in scripts",
        ));
    }
    let theme = looks.theme()?;
    let settings = common.settings();
    let (store, work) = match paths {
        None => (
            Store::open(&case.database(), Access::Read, &settings)?,
            None,
        ),
        Some(paths) => {
            let loading = load::begin(case, common)?;
            let options = Options {
                threads: common.workers()?,
                ..Options::default()
            };
            (
                loading.store().clone(),
                Some(Work::start(loading, case.clone(), paths, options, settings)),
            )
        }
    };
    // Who is shown around begins at the beginning.
    let is_shown_around = guide.is_some();
    let session = Session {
        title: case.manifest().title.clone(),
        store,
        bytes: bytes(case),
        work,
        floor: common.trust,
        preferences: preferences::preferences()?,
        theme,
        themes: preferences::themes()?,
        guide,
        resume: if is_shown_around {
            None
        } else {
            whereabouts::read(case)
        },
    };
    let ended = tui::run(session).map_err(Failure::failed)?;
    if !is_shown_around {
        whereabouts::write(case, &ended);
    }
    Ok(code::DONE)
}

/// How the workbench reads sealed bytes.
pub(super) fn bytes(case: &Case) -> Bytes {
    let evidence = case.evidence();
    Arc::new(move |sha256, offset, length| {
        evidence
            .read(sha256, offset, length)
            .map_err(|error| error.to_string())
    })
}

/// The case of a bundle that was opened without naming one: in the user's cache, under a name that
/// comes from the inputs. True where it still has to be loaded.
fn cached(paths: &[PathBuf]) -> Result<(Case, bool), Failure> {
    // A database of an older form would have to be made again; a new name keeps the old one whole.
    let mut key = crate::store::SCHEMA.to_owned();
    for path in paths {
        describe(path, &mut key, 0);
    }
    let name = path_name(paths);
    let root = cache_folder()?.join(format!(
        "{name}-{}.wake",
        &id::sha256_hex(key.as_bytes())[..12]
    ));
    std::fs::create_dir_all(root.parent().unwrap_or(Path::new(".")))?;
    let case = Case::open_or_create(&root, &name)?;
    let loaded = case.database().is_file() && !case.journal().entries()?.is_empty();
    let current = loaded
        && !matches!(
            Store::open(
                &case.database(),
                Access::Read,
                &crate::store::Settings::default()
            ),
            Err(StoreError::Version { .. })
        );
    Ok((case, !current))
}

fn path_name(paths: &[PathBuf]) -> String {
    let first = paths.first().map_or_else(String::new, |path| {
        load::name_of(&path.canonicalize().unwrap_or_else(|_| path.clone()))
    });
    let clean: String = first
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .take(40)
        .collect();
    if clean.is_empty() {
        "bundle".to_owned()
    } else {
        clean
    }
}

/// The cases that were opened without naming one, newest first: title and place. Where nothing can be read,
/// there are none.
pub(super) fn recent() -> Vec<(String, PathBuf)> {
    let Ok(folder) = cache_folder() else {
        return Vec::new();
    };
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    // The sample incident lies one folder deeper.
    let places = below(&folder).into_iter().flat_map(|path| {
        let inner = if Case::is_at(&path) {
            Vec::new()
        } else {
            below(&path)
        };
        std::iter::once(path).chain(inner)
    });
    let mut found: Vec<(std::time::SystemTime, String, PathBuf)> = places
        .filter(|path| Case::is_at(path))
        .filter_map(|path| {
            let case = Case::open(&path).ok()?;
            let changed = std::fs::metadata(case.database()).ok()?.modified().ok()?;
            Some((changed, case.manifest().title.clone(), path))
        })
        .collect();
    found.sort_by(|a, b| (b.0, &a.2).cmp(&(a.0, &b.2)));
    found
        .into_iter()
        .map(|(_, title, path)| (title, path))
        .collect()
}

/// Where cases without a name live.
pub(super) fn cache_folder() -> Result<PathBuf, Failure> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or_else(|| {
            Failure::usage(
                "there is no home directory for the case",
                "Name one: `shipwake load CASE PATH…`",
            )
        })?;
    Ok(base.join("shipwake").join("cases"))
}

/// What identifies the inputs without reading them: paths, sizes, times of change.
fn describe(path: &Path, key: &mut String, depth: usize) {
    use std::fmt::Write as _;
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let Ok(metadata) = std::fs::metadata(&real) else {
        return;
    };
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(
        key,
        "{} {} {}",
        real.display(),
        metadata.len(),
        changed.as_nanos()
    );
    if metadata.is_dir() && depth < 32 {
        let mut entries: Vec<_> = std::fs::read_dir(&real)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for entry in entries {
            describe(&entry, key, depth + 1);
        }
    }
}

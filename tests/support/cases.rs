//! Cases in folders of their own that vanish with the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use shipwake::case::Case;
use shipwake::ingest::{Options, Progress, Report};
use shipwake::load::{LoadError, Loading};
use shipwake::model::TABLES;
use shipwake::store::{Access, Reader, Rows, Settings, Store};

/// What a test lets the engine use: little, since tests run side by side.
pub fn settings(threads: usize) -> Settings {
    Settings {
        threads,
        memory: Some(512 << 20),
    }
}

/// A case that is removed at the end of its test.
pub struct TempCase {
    folder: PathBuf,
    case: Case,
    /// Removes the folder; none for a case that tests share.
    _removal: Option<tempfile::TempDir>,
}

impl TempCase {
    /// An empty case.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Self::at(folder.path());
        Self {
            _removal: Some(folder),
            ..case
        }
    }

    /// An empty case for several tests; see [`super::shared_folder`].
    pub fn shared(name: &str) -> Self {
        Self::at(&super::shared_folder(name))
    }

    fn at(folder: &Path) -> Self {
        let case = Case::open_or_create(&folder.join("test.wake"), "test").unwrap();
        Self {
            folder: folder.to_owned(),
            case,
            _removal: None,
        }
    }

    /// A case that `paths` were loaded into.
    pub fn of(paths: &[&Path]) -> (Self, Report) {
        let case = Self::new();
        let report = case.load(paths);
        (case, report)
    }

    /// Loads `paths` with the usual options.
    pub fn load(&self, paths: &[&Path]) -> Report {
        self.load_with(paths, &Options::default())
    }

    /// Loads `paths`; as many threads query as parse.
    pub fn load_with(&self, paths: &[&Path], options: &Options) -> Report {
        self.try_load(paths, options, &Arc::default()).unwrap()
    }

    /// Loads `paths`, and says how that went.
    pub fn try_load(
        &self,
        paths: &[&Path],
        options: &Options,
        progress: &Arc<Progress>,
    ) -> Result<Report, LoadError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| (*path).to_owned()).collect();
        let threads = if options.threads == 0 {
            2
        } else {
            options.threads
        };
        Loading::begin(&self.case, &settings(threads))?.run(&paths, options, progress)
    }

    /// The case.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// A place beside the case for the test's own files.
    pub fn scratch(&self) -> &Path {
        &self.folder
    }

    /// The database, opened as panes and subcommands open it.
    pub fn store(&self) -> Store {
        Store::open(&self.case.database(), Access::Read, &settings(2)).unwrap()
    }

    /// A reader on [`Self::store`].
    pub fn reader(&self) -> Reader {
        self.store().reader().unwrap()
    }

    /// The answer to `sql`.
    pub fn rows(&self, sql: &str) -> Rows {
        self.reader().rows("a test", sql, &[]).unwrap()
    }

    /// The first cell of the answer to `sql`.
    pub fn cell(&self, sql: &str) -> Value {
        self.rows(sql).rows[0][0].clone()
    }

    /// Every row of every table, in canonical order: what "the same rows" means.
    pub fn tables(&self) -> BTreeMap<String, Vec<String>> {
        let reader = self.reader();
        let loaded = TABLES.iter().map(|table| table.name);
        let read = |name: &str| {
            let sql = format!("SELECT * FROM base.{name} ORDER BY ALL");
            let rows = reader.rows(name, &sql, &[]).unwrap().rows;
            let lines = rows.iter().map(|row| serde_json::to_string(row).unwrap());
            (name.to_owned(), lines.collect())
        };
        loaded
            .chain(["entity", "link", "release"])
            .map(read)
            .collect()
    }
}

/// Asserts that two cases hold the same rows, and names the first row that differs.
#[track_caller]
pub fn assert_same_tables(
    what: &str,
    left: &BTreeMap<String, Vec<String>>,
    right: &BTreeMap<String, Vec<String>>,
) {
    assert_eq!(left.len(), right.len());
    let mut differences = Vec::new();
    for (table, rows) in left {
        let others = &right[table];
        if rows != others {
            let at = rows.iter().zip(others).take_while(|(a, b)| a == b).count();
            differences.push(format!(
                "{table}: {} and {} rows; first difference:\n    {:?}\n    {:?}",
                rows.len(),
                others.len(),
                rows.get(at),
                others.get(at)
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{what}:\n  {}",
        differences.join("\n  ")
    );
}

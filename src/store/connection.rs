//! Opening the database of a case, with everything locked that evidence or a user's SQL could abuse.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::{AccessMode, Config, Connection};

use super::error::StoreError;
use super::reader::Reader;
use super::schema;
use super::writer::Writer;

/// How the database is opened. DuckDB lets no other process open a file that one holds for writing;
/// any number may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Loading and judging.
    Write,
    /// Everything else.
    Read,
}

/// What the engine may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Threads for one query.
    pub threads: usize,
    /// Memory in bytes; `None` is a quarter of the machine.
    pub memory: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            threads,
            memory: None,
        }
    }
}

/// One open database. Clones share it; opening the same file twice in one process would corrupt it.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
}

impl Store {
    /// Opens the database at `path`; [`Access::Write`] makes it where it is absent.
    ///
    /// # Errors
    /// The file is absent (reading), held by another process, or of another schema version.
    pub fn open(path: &Path, access: Access, settings: &Settings) -> Result<Self, StoreError> {
        if access == Access::Read && !path.is_file() {
            return Err(StoreError::Absent(path.to_owned()));
        }
        let config =
            config(access, settings).map_err(StoreError::sql("cannot configure the database"))?;
        let connection =
            Connection::open_with_flags(path, config).map_err(StoreError::open(path))?;
        let store = Self {
            connection: Arc::new(Mutex::new(connection)),
            path: path.to_owned(),
        };
        if access == Access::Write {
            store.with(schema::create)?;
        }
        store.with(|connection| schema::check_version(connection, path))?;
        Ok(store)
    }

    /// A connection of its own for reading.
    ///
    /// # Errors
    /// The engine cannot clone the connection.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.clone_connection()?))
    }

    /// A connection of its own for writing.
    ///
    /// # Errors
    /// The engine cannot clone the connection.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Ok(Writer::new(self.clone_connection()?))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn clone_connection(&self) -> Result<Connection, StoreError> {
        self.with(|connection| {
            connection
                .try_clone()
                .map_err(StoreError::sql("cannot open a second connection"))
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        // A poisoned lock means a panic elsewhere; the connection itself is still sound.
        work(
            &self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn config(access: Access, settings: &Settings) -> duckdb::Result<Config> {
    let mode = match access {
        Access::Write => AccessMode::ReadWrite,
        Access::Read => AccessMode::ReadOnly,
    };
    let memory = settings.memory.unwrap_or_else(quarter_of_memory);
    Config::default()
        .access_mode(if access == Access::Write {
            AccessMode::Automatic
        } else {
            mode
        })?
        .threads(i64::try_from(settings.threads.max(1)).unwrap_or(1))?
        .max_memory(&format!("{}MiB", (memory >> 20).max(128)))?
        .enable_external_access(false)?
        .enable_autoload_extension(false)?
        .with("autoinstall_known_extensions", "false")?
        .with("allow_community_extensions", "false")
}

/// A quarter of the machine's memory in bytes, 2 GiB where the system does not say.
#[must_use]
fn quarter_of_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map_or(2 << 30, |kib| (kib << 10) / 4)
}

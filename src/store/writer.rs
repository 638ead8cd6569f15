//! Putting batches into the database, whole files at a time.

use crate::model::Table;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use duckdb::arrow::array::RecordBatch;
use duckdb::{Appender, Connection};

use super::batch::Batch;
use super::error::StoreError;
use super::reader::{Param, bind};

const THREADS: &str = include_str!("sql/schema/threads.sql");
const SET_THREADS: &str = include_str!("sql/schema/set_threads.sql");

/// Rows of a table that are gathered before the engine takes them: half of one of its row groups,
/// so that compressing the one half goes on while the other is parsed.
const APPEND_ROWS: u64 = 61_440;

/// The one connection that writes.
pub struct Writer {
    connection: Connection,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Runs `work` in one transaction: what it appends is there afterwards as a whole or not at all.
    ///
    /// # Errors
    /// The engine refuses, or `work` fails; nothing of it stays then.
    pub fn transaction<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run("BEGIN")?;
        let mut transaction = Transaction {
            connection: &self.connection,
            tables: BTreeMap::new(),
        };
        let outcome = work(&mut transaction)
            .and_then(|value| transaction.flush().map(|()| value).map_err(E::from));
        // An appender that is dropped flushes what it holds: inside the transaction, or it would stay.
        drop(transaction);
        match outcome {
            Ok(value) => self.run("COMMIT").map(|()| value).map_err(E::from),
            Err(error) => {
                // The first failure is the one worth telling.
                let _ = self.run("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Runs `work` with the engine held to one thread. It takes appended rows by a query of its own,
    /// and there a second thread costs more than it gives: the first spins while it waits for the
    /// second, and the cores are busy with parsers already.
    ///
    /// # Errors
    /// The engine refuses, or `work` fails.
    pub fn on_one_thread<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let threads: i64 = self
            .connection
            .query_row(THREADS, [], |row| row.get(0))
            .map_err(StoreError::sql("cannot read a setting"))?;
        self.threads(1)?;
        let outcome = work(self);
        self.threads(threads)?;
        outcome
    }

    fn threads(&self, threads: i64) -> Result<(), StoreError> {
        self.run(&SET_THREADS.replace("{threads}", &threads.to_string()))
    }

    /// Runs statements that give no rows, such as those that fill a derived table.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.connection
            .execute_batch(sql)
            .map_err(StoreError::sql("cannot write"))
    }

    /// The texts in the first column of a question about what is being written.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn texts(&self, act: &str, sql: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare(sql).map_err(StoreError::sql(act))?;
        let rows = statement
            .query_map([], |row| row.get(0))
            .map_err(StoreError::sql(act))?;
        rows.collect::<Result<_, _>>().map_err(StoreError::sql(act))
    }

    /// Runs one statement with named parameters and gives the number of rows that it changed.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn execute(
        &self,
        act: &str,
        sql: &str,
        params: &[(&str, Param)],
    ) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare(sql).map_err(StoreError::sql(act))?;
        bind(&mut statement, params).map_err(StoreError::sql(act))?;
        statement.raw_execute().map_err(StoreError::sql(act))
    }

    /// Makes everything durable in the database file itself, so that the log is empty on the next open.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.run("CHECKPOINT")
    }
}

/// Appends under way.
pub struct Transaction<'a> {
    connection: &'a Connection,
    tables: BTreeMap<&'static str, Appending<'a>>,
}

/// Appends to one table under way.
struct Appending<'a> {
    appender: Appender<'a>,
    /// Rows gathered since the engine took some.
    gathered: u64,
}

impl Appending<'_> {
    fn append(&mut self, rows: RecordBatch) -> duckdb::Result<()> {
        self.gathered += rows.num_rows() as u64;
        self.appender.append_record_batch(rows)?;
        if self.gathered >= APPEND_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    // An appender that is dropped swallows its error, so each is flushed where the error can be told.
    fn flush(&mut self) -> duckdb::Result<()> {
        self.gathered = 0;
        self.appender.flush()
    }
}

impl<'a> Transaction<'a> {
    /// Appends every row of `batch`.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn append(&mut self, batch: Batch) -> Result<(), StoreError> {
        for (table, rows) in batch.finish() {
            self.table(table)
                .and_then(|table| table.append(rows))
                .map_err(StoreError::sql("cannot append"))?;
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> duckdb::Result<&mut Appending<'a>> {
        match self.tables.entry(table.name) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let appender = self.connection.appender_to_db(&table.stored(), "base")?;
                Ok(entry.insert(Appending {
                    appender,
                    gathered: 0,
                }))
            }
        }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let flushed = self.tables.values_mut().try_for_each(Appending::flush);
        flushed.map_err(StoreError::sql("cannot append"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::code::Commit;
    use crate::model::{EvidenceClass, Span, Stamp};
    use crate::store::{Access, Settings, Store};

    fn batch() -> Batch {
        let mut batch = Batch::new();
        batch.begin(7, EvidenceClass::Asserted);
        batch.push(
            Stamp::new(Span::new(0, 1), None),
            &Commit {
                sha: Some("1f".into()),
                ..Commit::default()
            },
        );
        batch
    }

    fn commits(store: &Store) -> u64 {
        crate::store::ledger::row_counts(&store.reader().unwrap()).unwrap()["commit"]
    }

    #[test]
    fn a_transaction_stays_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("x.duckdb"),
            Access::Write,
            &Settings::default(),
        )
        .unwrap();
        let mut writer = store.writer().unwrap();
        let failed: Result<(), _> = writer.transaction(|transaction| {
            transaction
                .append(batch())
                .and(Err(StoreError::Interrupted))
        });
        assert!(matches!(failed, Err(StoreError::Interrupted)));
        drop(writer);
        assert_eq!(commits(&store), 0);
        store
            .writer()
            .unwrap()
            .transaction(|transaction| transaction.append(batch()))
            .unwrap();
        assert_eq!(commits(&store), 1);
    }

    #[test]
    fn one_thread_is_for_the_time_of_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            threads: 3,
            ..Settings::default()
        };
        let store = Store::open(&folder.path().join("x.duckdb"), Access::Write, &settings).unwrap();
        let threads = |store: &Store| {
            store
                .reader()
                .unwrap()
                .rows("threads", THREADS, &[])
                .unwrap()
                .rows[0][0]
                .clone()
        };
        let inside = store
            .writer()
            .unwrap()
            .on_one_thread(|_| Ok::<_, StoreError>(threads(&store)))
            .unwrap();
        assert_eq!((inside, threads(&store)), (1.into(), 3.into()));
    }
}

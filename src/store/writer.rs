//! Putting batches into the database, whole files at a time.

use std::collections::BTreeMap;

use duckdb::{Appender, Connection};

use super::batch::Batch;
use super::error::StoreError;
use super::reader::{Param, bind};

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
            appenders: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        let outcome = work(&mut transaction)
            .and_then(|value| transaction.flush().map(|()| value).map_err(E::from));
        match outcome {
            Ok(value) => self.run("COMMIT").map(|()| value).map_err(E::from),
            Err(error) => {
                // The first failure is the one worth telling.
                let _ = self.run("ROLLBACK");
                Err(error)
            }
        }
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
    appenders: BTreeMap<&'static str, Appender<'a>>,
    rows: BTreeMap<&'static str, u64>,
}

impl Transaction<'_> {
    /// Appends every row of `batch`.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn append(&mut self, batch: Batch) -> Result<(), StoreError> {
        for (table, rows) in batch.finish() {
            *self.rows.entry(table.name).or_default() += rows.num_rows() as u64;
            let appender = match self.appenders.entry(table.name) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => entry.insert(
                    self.connection
                        .appender_to_db(table.name, "base")
                        .map_err(StoreError::sql("cannot append"))?,
                ),
            };
            appender
                .append_record_batch(rows)
                .map_err(StoreError::sql("cannot append"))?;
        }
        Ok(())
    }

    /// Rows appended so far, by table.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<&'static str, u64> {
        &self.rows
    }

    // An appender that is dropped swallows its error, so each is flushed where the error can be told.
    fn flush(&mut self) -> Result<(), StoreError> {
        for (_, mut appender) in std::mem::take(&mut self.appenders) {
            appender.flush().map_err(StoreError::sql("cannot append"))?;
        }
        Ok(())
    }
}

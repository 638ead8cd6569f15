//! The threads of a load: several that parse, one that writes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::IngestError;
use super::progress::Progress;
use crate::formats::{Chunk, Format};
use crate::model::ledger::Reject;
use crate::model::sink::Newer;
use crate::model::{Nested, Record, Sink, Span, Stamp};
use crate::store::{Batch, StoreError, Writer};

/// Rows gathered before a batch goes to the writer: many small files share one.
const BATCH_ROWS: usize = 16 * 1024;

/// A file being parsed.
pub(super) struct FileWork {
    pub(super) file_id: i64,
    pub(super) path: String,
    pub(super) head: Vec<u8>,
    pub(super) format: &'static dyn Format,
    pub(super) listed_rejects: u64,
    tally: Mutex<Tally>,
}

/// What parsing a file has found so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) read: u64,
    pub(super) kept: u64,
    pub(super) rejected: u64,
    pub(super) ignored: BTreeMap<&'static str, u64>,
    pub(super) nested: Vec<Nested>,
    /// Versions that are newer than what is known, the greatest of each.
    pub(super) newer: BTreeMap<&'static str, Newer>,
}

impl Tally {
    fn newer(&mut self, newer: Newer) {
        let known = self.newer.entry(newer.what).or_insert(newer);
        *known = newer.max(*known);
    }
}

impl FileWork {
    pub(super) fn new(
        file_id: i64,
        path: String,
        head: Vec<u8>,
        format: &'static dyn Format,
        listed_rejects: u64,
    ) -> Self {
        Self {
            file_id,
            path,
            head,
            format,
            listed_rejects,
            tally: Mutex::default(),
        }
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }
}

struct Task {
    file: Arc<FileWork>,
    bytes: Vec<u8>,
    offset: u64,
    last: bool,
}

enum Message {
    Append(Box<Batch>),
    /// End the transaction; the answer comes when it is durable.
    Commit(Sender<()>),
}

/// The feeder's handle on the threads.
pub(super) struct Pool {
    tasks: Sender<Task>,
    messages: Sender<Message>,
    /// Batches with room left.
    open: Arc<Mutex<Vec<Batch>>>,
    pending: Arc<(Mutex<usize>, Condvar)>,
    failure: Arc<Mutex<Option<StoreError>>>,
}

impl Pool {
    /// Hands one piece of a file to the parsers; waits while they are all busy.
    pub(super) fn parse(
        &self,
        file: &Arc<FileWork>,
        bytes: Vec<u8>,
        offset: u64,
        last: bool,
    ) -> Result<(), IngestError> {
        *lock(&self.pending.0) += 1;
        self.tasks
            .send(Task {
                file: Arc::clone(file),
                bytes,
                offset,
                last,
            })
            .map_err(|_| self.failed())
    }

    /// Counts a unit that is not handed to the parsers, and why.
    pub(super) fn reject(&self, file: &FileWork, span: Span, why: &str) {
        let reject = Reject {
            format: Some(file.format.name().into()),
            why: Some(why.into()),
            ..Reject::default()
        };
        self.record(file.file_id, Stamp::new(span, None), &reject);
        let mut tally = file.tally();
        tally.read += 1;
        tally.rejected += 1;
    }

    /// Waits until every piece that was handed out is parsed.
    pub(super) fn drain(&self) {
        let mut pending = lock(&self.pending.0);
        while *pending > 0 {
            pending = self
                .pending
                .1
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Adds one row from the feeder itself.
    pub(super) fn record(&self, file_id: i64, stamp: Stamp, record: &dyn Record) {
        let mut open = lock(&self.open);
        if open.is_empty() {
            open.push(Batch::new());
        }
        if let Some(batch) = open.last_mut() {
            batch.begin(file_id, crate::model::EvidenceClass::Observed);
            batch.push(stamp, record);
        }
    }

    /// Ends the group: everything so far becomes durable, or nothing of it.
    pub(super) fn commit(&self) -> Result<(), IngestError> {
        for batch in std::mem::take(&mut *lock(&self.open)) {
            self.messages
                .send(Message::Append(Box::new(batch)))
                .map_err(|_| self.failed())?;
        }
        let (answer, done) = bounded(1);
        self.messages
            .send(Message::Commit(answer))
            .map_err(|_| self.failed())?;
        done.recv().map_err(|_| self.failed())
    }

    /// Why the writer stopped.
    fn failed(&self) -> IngestError {
        lock(&self.failure)
            .take()
            .map_or(IngestError::Cancelled, IngestError::Store)
    }
}

/// Runs `work` with `threads` parsers and a writer beside it.
pub(super) fn with<T>(
    threads: usize,
    writer: &mut Writer,
    progress: &Arc<Progress>,
    work: impl FnOnce(&Pool) -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    let (tasks, queue) = bounded::<Task>(threads * 2);
    let (messages, inbox) = bounded::<Message>(threads * 2);
    let pool = Pool {
        tasks,
        messages,
        open: Arc::default(),
        pending: Arc::default(),
        failure: Arc::default(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, messages) = (queue.clone(), pool.messages.clone());
            let (open, pending) = (Arc::clone(&pool.open), Arc::clone(&pool.pending));
            scope.spawn(move || parse_tasks(&queue, &messages, &open, &pending, progress));
        }
        drop(queue);
        let failure = Arc::clone(&pool.failure);
        scope.spawn(move || {
            if let Err(error) = write(writer, &inbox, progress) {
                *lock(&failure) = Some(error);
            }
        });
        let outcome = work(&pool);
        // The threads end when nothing can come any more.
        drop(pool);
        outcome
    })
}

fn parse_tasks(
    queue: &Receiver<Task>,
    messages: &Sender<Message>,
    open: &Mutex<Vec<Batch>>,
    pending: &(Mutex<usize>, Condvar),
    progress: &Progress,
) {
    for task in queue {
        let mut batch = lock(open).pop().unwrap_or_default();
        parse(&task, &mut batch, progress);
        if batch.rows() >= BATCH_ROWS {
            // A writer that is gone has said why; the feeder finds out at its next message.
            let _ = messages.send(Message::Append(Box::new(batch)));
        } else {
            lock(open).push(batch);
        }
        let mut count = lock(&pending.0);
        *count -= 1;
        if *count == 0 {
            pending.1.notify_all();
        }
    }
}

fn parse(task: &Task, batch: &mut Batch, progress: &Progress) {
    let file = &task.file;
    batch.begin(file.file_id, file.format.class());
    let already = file.tally().rejected;
    let mut sink = Gather {
        batch,
        tally: Tally::default(),
        format: file.format.name(),
        room: file.listed_rejects.saturating_sub(already),
    };
    let chunk = Chunk {
        bytes: &task.bytes,
        offset: task.offset,
        last: task.last,
        path: &file.path,
        head: &file.head,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| file.format.parse(&chunk, &mut sink)));
    if outcome.is_err() {
        // A bug of ours must cost these bytes at most, and must show.
        sink.read(1);
        sink.reject(
            Span::new(task.offset, task.bytes.len() as u64),
            "the parser failed on these bytes; please report it",
        );
    }
    let found = sink.tally;
    progress.rejected(found.rejected);
    let mut tally = file.tally();
    tally.read += found.read;
    tally.kept += found.kept;
    tally.rejected += found.rejected;
    tally.nested.extend(found.nested);
    for newer in found.newer.into_values() {
        tally.newer(newer);
    }
    for (rule, units) in found.ignored {
        *tally.ignored.entry(rule).or_default() += units;
    }
}

fn write(
    writer: &mut Writer,
    inbox: &Receiver<Message>,
    progress: &Progress,
) -> Result<(), StoreError> {
    while let Ok(first) = inbox.recv() {
        let mut next = Some(first);
        let done = writer.transaction(|transaction| {
            loop {
                match next.take().map_or_else(|| inbox.recv(), Ok) {
                    Ok(Message::Append(batch)) => {
                        progress.stored(batch.rows() as u64);
                        transaction.append(*batch)?;
                    }
                    Ok(Message::Commit(answer)) => return Ok(answer),
                    // The feeder is gone in the middle of a group: none of it stays.
                    Err(_) => return Err(StoreError::Interrupted),
                }
            }
        });
        match done {
            Ok(answer) => {
                progress.committed();
                // A feeder that does not wait any more has its own reason.
                let _ = answer.send(());
            }
            Err(StoreError::Interrupted) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Takes what a parser finds into a batch and a tally.
struct Gather<'a> {
    batch: &'a mut Batch,
    tally: Tally,
    format: &'static str,
    /// Rejects that may still be listed.
    room: u64,
}

impl Sink for Gather<'_> {
    fn read(&mut self, n: u64) {
        self.tally.read += n;
    }

    fn keep(&mut self, n: u64) {
        self.tally.kept += n;
    }

    fn record(&mut self, stamp: Stamp, record: &dyn Record) {
        self.batch.push(stamp, record);
    }

    fn reject(&mut self, span: Span, why: &str) {
        if self.tally.rejected < self.room {
            let reject = Reject {
                format: Some(self.format.into()),
                why: Some(why.into()),
                ..Reject::default()
            };
            self.batch.push(Stamp::new(span, None), &reject);
        }
        self.tally.rejected += 1;
    }

    fn ignore(&mut self, n: u64, rule: &'static str) {
        *self.tally.ignored.entry(rule).or_default() += n;
    }

    fn nested(&mut self, nested: Nested) {
        self.tally.nested.push(nested);
    }

    fn newer(&mut self, newer: Newer) {
        self.tally.newer(newer);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A parser's panic is caught before it can leave anything half-done under a lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Lanes: threads that answer questions so that the screen never waits.
//!
//! Every asker (a pane, the finder, the console) owns one waiting place. A newer question of the same
//! asker takes the place of the waiting one and withdraws the running one: whoever moves the
//! selection through ten rows gets the tenth answer, not ten answers one after another. An answer
//! carries the ticket of its question, so that one that comes too late is known as such.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::connection::Store;
use super::error::StoreError;
use super::reader::{Reader, Withdraw};
use crate::model::Floor;

/// Identifies one question; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

type Work = Box<dyn FnOnce(&Reader) + Send>;

struct Job {
    asker: &'static str,
    floor: Floor,
    work: Work,
}

struct Running {
    asker: &'static str,
    withdraw: Withdraw,
    withdrawn: bool,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    running: Vec<Option<Running>>,
    floor: Floor,
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panicking job must not take the other panes' answers with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A set of lanes over one store.
pub struct Lanes {
    shared: Arc<Shared>,
    tickets: AtomicU64,
    threads: Vec<JoinHandle<()>>,
}

impl Lanes {
    /// Starts `count` lanes.
    ///
    /// # Errors
    /// A connection cannot be cloned.
    pub fn start(store: &Store, count: usize) -> Result<Self, StoreError> {
        let readers = (0..count)
            .map(|_| store.reader())
            .collect::<Result<Vec<_>, _>>()?;
        let state = State {
            running: readers.iter().map(|_| None).collect(),
            ..State::default()
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let threads = readers
            .into_iter()
            .enumerate()
            .map(|(lane, reader)| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&shared, lane, &reader))
            })
            .collect();
        Ok(Self {
            shared,
            tickets: AtomicU64::new(0),
            threads,
        })
    }

    /// A ticket for the next question.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Hands in a question. The same asker's waiting question is dropped, its running one withdrawn.
    pub fn ask(&self, asker: &'static str, work: impl FnOnce(&Reader) + Send + 'static) {
        let mut state = self.shared.state();
        state.waiting.retain(|job| job.asker != asker);
        for running in state
            .running
            .iter_mut()
            .flatten()
            .filter(|running| running.asker == asker)
        {
            running.withdrawn = true;
            running.withdraw.withdraw();
        }
        let floor = state.floor;
        state.waiting.push_back(Job {
            asker,
            floor,
            work: Box::new(work),
        });
        self.shared.changed.notify_all();
    }

    /// Questions that are handed in from now on are answered at this trust floor.
    pub fn set_floor(&self, floor: Floor) {
        self.shared.state().floor = floor;
    }

    /// The trust floor of the questions that are handed in now.
    #[must_use]
    pub fn floor(&self) -> Floor {
        self.shared.state().floor
    }

    /// Withdraws whatever `asker` waits for.
    pub fn withdraw(&self, asker: &str) {
        let mut state = self.shared.state();
        state.waiting.retain(|job| job.asker != asker);
        for running in state
            .running
            .iter_mut()
            .flatten()
            .filter(|running| running.asker == asker)
        {
            running.withdrawn = true;
            running.withdraw.withdraw();
        }
    }

    /// True while any question waits or runs.
    #[must_use]
    pub fn busy(&self) -> bool {
        let state = self.shared.state();
        !state.waiting.is_empty() || state.running.iter().any(Option::is_some)
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state();
            state.closed = true;
            state.waiting.clear();
        }
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // An interrupt that lands between two statements is lost, so it is repeated.
            while !thread.is_finished() {
                for running in self.shared.state().running.iter().flatten() {
                    running.withdraw.withdraw();
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            // A lane that panicked has already said so.
            let _ = thread.join();
        }
    }
}

fn serve(shared: &Shared, lane: usize, reader: &Reader) {
    loop {
        let job = {
            let mut state = shared.state();
            loop {
                if state.closed {
                    return;
                }
                // One running question per asker: the newer one waits for the withdrawn one to end.
                let next = state
                    .waiting
                    .iter()
                    .position(|job| !state.running.iter().flatten().any(|r| r.asker == job.asker));
                if let Some(job) = next.and_then(|at| state.waiting.remove(at)) {
                    reader.renew();
                    state.running[lane] = Some(Running {
                        asker: job.asker,
                        withdraw: reader.withdraw(),
                        withdrawn: false,
                    });
                    break job;
                }
                repeat_withdrawals(&state);
                state = shared
                    .changed
                    .wait_timeout(state, Duration::from_millis(50))
                    .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
            }
        };
        // A panic in one question costs that answer; the lane goes on.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if reader.set_floor(job.floor).is_err() {
                // An answer at another floor would be a wrong one.
                reader.withdraw().withdraw();
            }
            (job.work)(reader);
        }));
        shared.state().running[lane] = None;
        shared.changed.notify_all();
        drop(outcome);
    }
}

/// The engine clears an interrupt when a statement begins, so one that came a moment early is lost.
fn repeat_withdrawals(state: &State) {
    for running in state
        .running
        .iter()
        .flatten()
        .filter(|running| running.withdrawn)
    {
        running.withdraw.withdraw();
    }
}

//! One answer that a pane waits for. The newest question wins; an answer to an older one is dropped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::desk::Desk;
use crate::store::{Reader, StoreError, Ticket};

/// A spinner before this only flickers.
const PATIENCE: Duration = Duration::from_millis(150);

type Slot<T> = Arc<Mutex<Option<(Ticket, Result<T, String>)>>>;

/// Holds the last answer while the next one is on its way.
pub struct Loader<T> {
    asker: &'static str,
    slot: Slot<T>,
    waiting: Option<(Ticket, Instant)>,
    answer: Option<Result<T, String>>,
}

impl<T: Send + 'static> Loader<T> {
    /// A loader that asks under the name `asker`; names are unique among panes.
    #[must_use]
    pub fn new(asker: &'static str) -> Self {
        Self {
            asker,
            slot: Arc::default(),
            waiting: None,
            answer: None,
        }
    }

    /// Asks; the answer is there after a [`Self::poll`] that says so.
    pub fn ask(
        &mut self,
        desk: &Desk<'_>,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) {
        let ticket = desk.lanes.ticket();
        let (slot, wake) = (Arc::clone(&self.slot), desk.wake.clone());
        self.waiting = Some((ticket, Instant::now()));
        desk.lanes.ask(self.asker, move |reader| {
            let answer = work(reader);
            // Nobody waits for an answer that was withdrawn.
            if matches!(answer, Err(StoreError::Interrupted)) {
                return;
            }
            let answer = answer.map_err(|error| error.to_string());
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((ticket, answer));
            wake();
        });
    }

    /// Withdraws the question and forgets the answer.
    pub fn clear(&mut self, desk: &Desk<'_>) {
        desk.lanes.withdraw(self.asker);
        (self.waiting, self.answer) = (None, None);
    }

    /// Takes in an answer that arrived; true where there is a new one.
    pub fn poll(&mut self) -> bool {
        let arrived = self
            .slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (arrived, self.waiting) {
            (Some((ticket, answer)), Some((wanted, _))) if ticket == wanted => {
                self.answer = Some(answer);
                self.waiting = None;
                true
            }
            _ => false,
        }
    }

    /// The answer at hand, which may be to the question before the one on its way.
    #[must_use]
    pub fn ready(&self) -> Option<&T> {
        self.answer.as_ref()?.as_ref().ok()
    }

    /// Why there is none.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.answer.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// True while an answer is on its way.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// How long the answer has been on its way, once that is long enough to show.
    #[must_use]
    pub fn slow(&self) -> Option<Duration> {
        self.waiting
            .map(|(_, since)| since.elapsed())
            .filter(|elapsed| *elapsed >= PATIENCE)
    }
}

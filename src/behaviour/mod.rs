//! What releases do: keys, rates, templates, and how they differ from what was done before.
//!
//! Raw records are too many and too different to be compared, so they are rolled up once, at load, by
//! [`derive`]: who did it (`sources/`), then one stage each for whom a release called, which secrets it
//! touched, which rights it used, how it failed, what it logged, how long it took (`stages/`). A stage
//! is one `.sql` file in a subset that several engines run alike; a test holds it to that.
//!
//! [`compare`] puts a release beside a baseline of its own service; the [`detectors`] look at that
//! comparison in memory, without questions of their own, so that each can be tested and calibrated
//! with made-up numbers. What they see are observations.
//!
//! What it is not: a judge. Which observation matters, and how much, is for the policy to say.

pub mod blame;
pub mod compare;
pub mod derive;
pub mod detectors;
pub mod diff;
pub mod drain;
mod known;
pub mod load;
pub mod observation;
pub mod placebo;
pub mod releases;
pub mod stats;
pub mod window;

pub use compare::Comparison;
pub use derive::derive;
pub use observation::Observation;
pub use releases::Releases;

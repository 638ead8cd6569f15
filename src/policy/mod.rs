//! Judging: what a policy makes of what was observed.
//!
//! A policy is one file that a team owns ([`file`]): which behaviour is forbidden, how much novelty is
//! worth waking somebody, when to go back. [`judge`] applies it to each release of a case: the runtime
//! rules turn observations into findings ([`rules`]), gates are replayed on what the chain holds
//! ([`gates`]), the criteria for going back are followed through time ([`criteria`]), and [`verdict`]
//! weighs it all: for, against, missing.
//!
//! The same evidence and the same policy give the same verdict: no clock is read (the time of judging
//! is a parameter) and nothing is drawn by lot. What is not known is said and blocks a pass; it never
//! counts as well.
//!
//! What it is not: a gate in a pipeline, or an opinion. It says which rule says so, and its digest.

pub mod criteria;
pub mod difference;
pub mod dossier;
pub mod expected;
pub mod file;
pub mod gaps;
pub mod gates;
pub mod hits;
pub mod judge;
pub mod reach;
pub mod record;
pub mod rego;
pub mod rules;
pub mod sigma;
pub mod standards;
pub mod trail;
pub mod verdict;
pub mod written;

pub use file::{Policy, PolicyError};
pub use judge::{Judgement, Terms, judge, judge_at};

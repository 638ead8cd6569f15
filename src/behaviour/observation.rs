//! What a detector saw, before a policy says whether it matters.

use serde_json::Value;

use super::stats::counts::Counts;
use super::stats::many::Placebo;
use crate::model::finding::{Baseline, Channel};

/// Something that differs between a release and its baseline, or that it did at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Detector that saw it.
    pub detector: &'static str,
    /// By which kind of argument.
    pub channel: Channel,
    /// secret, network, privilege, error, template, rate, latency, coverage, …
    pub family: String,
    /// Normalised behaviour, operation or instance.
    pub key: String,
    /// Host, secret, action, error type, operation, instance.
    pub subject: String,
    /// `new`, `gone`, `up`, `down`, `reworded`.
    pub change: &'static str,
    /// One line.
    pub title: String,
    /// The argument in sentences.
    pub why: String,
    /// First event, nanoseconds.
    pub first_ns: Option<i64>,
    /// Last event, nanoseconds.
    pub last_ns: Option<i64>,
    /// Events.
    pub count: f64,
    /// Instances that did it.
    pub instances: i64,
    /// Steps of five minutes in which it happened.
    pub blocks: i64,
    /// What it is compared with.
    pub baseline: Baseline,
    /// What the events are counted over, in the baseline's unit.
    pub exposure: f64,
    /// Chance if nothing had changed.
    pub p: Option<f64>,
    /// The same, adjusted within release and family.
    pub q: Option<f64>,
    /// New keys of the family that would be expected without any change.
    pub expected: Option<f64>,
    /// Ratio of rates, or shift relative to the baseline.
    pub effect: Option<f64>,
    /// Whether the release's added lines name the subject.
    pub explained: Option<bool>,
    /// The baseline is too short or too small to call anything new or moved.
    pub thin: bool,
    /// Why it is no doing of this release, where that can be said.
    pub excused: Option<String>,
    /// The numbers behind a shift of a rate, for thresholds other than the detector's own.
    pub rate: Option<Rate>,
    /// Where the shift stands among those of times without a release.
    pub placebo: Option<Placebo>,
    /// Where the evidence says so.
    pub citations: Vec<Value>,
}

/// The numbers behind a shift of a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The candidate's events and exposure.
    pub candidate: Counts,
    /// The baseline's.
    pub baseline: Counts,
    /// Dispersion, at least 1.
    pub phi: f64,
}

impl Default for Observation {
    fn default() -> Self {
        Self {
            detector: "",
            channel: Channel::Novelty,
            family: String::new(),
            key: String::new(),
            subject: String::new(),
            change: "new",
            title: String::new(),
            why: String::new(),
            first_ns: None,
            last_ns: None,
            count: 0.0,
            instances: 0,
            blocks: 0,
            baseline: Baseline::default(),
            exposure: 0.0,
            p: None,
            q: None,
            expected: None,
            effect: None,
            explained: None,
            thin: false,
            excused: None,
            rate: None,
            placebo: None,
            citations: Vec::new(),
        }
    }
}

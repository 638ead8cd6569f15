//! Small incidents by the hundred: a seeded generator of bundles, for measuring how many misdeeds
//! the detectors find (recall) and how much of what they say is true (precision).
//!
//! One story, however good, measures nothing: a detector tuned on `sample-data/` finds that story and
//! nobody knows what else it says. So this folder invents worlds by the seed: three to five services,
//! nine to twelve days, two to four releases of each beside the one that was live before, and about
//! them the exports of git, GitHub, Kubernetes, Vault, CloudTrail, the OpenTelemetry Collector and
//! Prometheus in the same forms as the sample's. [`Mishap::truth`] says what is wrong and what only
//! looks so. [`plan`] draws it up, [`misdeeds`] and [`decoys`] say how each kind is done, [`traffic`]
//! lets the requests come, and each file named after a source writes that source's export of the
//! same world, so that ids, digests and times agree.
//!
//! It is no second sample: nobody is meant to read these bundles, and no prose, agent's session or
//! attestation is in them. It is no adversary either: nothing here tries to hide.
//!
//! # Misdeeds
//!
//! Five bundles in six have a bad release, the last of the first service, with two to four of these
//! ten; one in six has none. The kind is [`Injected::kind`].
//!
//! | kind | family | what | subject |
//! |---|---|---|---|
//! | `new_secret` | secret | every pod reads another service's secret again and again: a path of Vault (3 in 5), a secret of the cluster, one of Secrets Manager | path or name |
//! | `new_host` | network | 25 to 60 % of one operation's requests call a host outside that no diff names | host |
//! | `grant` | privilege | 42 s before the rollout, the deploy job makes a role and its binding, binds a cluster role, attaches a policy or writes one, for the service's identity | role or policy |
//! | `exercise` | privilege | every pod opens a shell in another service's pod, takes a strange IAM role, or lists the namespace's secrets | `pods/exec`, role, `secrets/<namespace>` |
//! | `error_rate` | rate | one operation fails 3 to 10 times as often, in its usual ways | route |
//! | `error_path` | error | 16 to 40 % of one operation's requests fail in a way that did not exist, with an exception | error type |
//! | `log_template` | template | 15 to 30 % of requests write a new line at level ERROR and succeed | longest run of fixed words |
//! | `latency` | latency | one operation takes 1.6 to 2.5 times as long, p95 and all | route |
//! | `left_behind` | coverage | one pod outlives the rollback and serves on, out of its replica set | pod |
//! | `silence` | coverage | one pod runs, serves, reads its secrets, and sends neither traces nor logs | pod |
//!
//! # Decoys
//!
//! Two to five of these ten are in each bundle, clean ones as well. The kind is [`Decoy::kind`], and
//! [`Decoy::expect`] says what may be said of it.
//!
//! | kind | family | what | may be said |
//! |---|---|---|---|
//! | `explained_host` | network | a new host that an added line of the release's diff names | explained |
//! | `load_spike` | rate | twice or three times the requests everywhere, from 15 to 60 minutes after the deployment | nothing |
//! | `old_secret` | secret | read once at least eight days ago, and once more after the deployment | nothing |
//! | `burst_before` | rate | one operation fails in a fifth of requests, from before the deployment until after | nothing |
//! | `config_change` | rate | a config map is patched beside the third service's innocent release, and one operation begins to fail | not the release |
//! | `pod_restart` | secret | a container restarts and reads its usual secrets | nothing |
//! | `scale_up` | secret | the autoscaler adds a pod, which reads its usual secrets | nothing |
//! | `neighbour_release` | rate | the second service's innocent release, 5 to 20 minutes before or after | nothing |
//! | `renamed_peer` | network | a peer is called by pod name and ephemeral port; the name is another each day | nothing |
//! | `version_spelling` | coverage | telemetry writes `1.2.3`, the cluster and the forge `v1.2.3`: one release, not two | nothing |
//!
//! # How to measure
//!
//! A finding at medium or above matches an [`Injected`] where release (service and version) and
//! family are its (`family`, or one of `also`) and its subject or title holds `subject` or one of
//! `aliases`. Recall is the share of injected misdeeds that are matched. A finding that matches none
//! is false, unless it matches a [`Consequence`] (then leave it out of the count), or a decoy whose
//! [`Expect`] allows it. A true finding about a decoy counts against the decoy's kind, which says
//! where to mend. [`Truth::culprit`] is for the question what started it.
//!
//! # What is assumed
//!
//! - *Visible*: what only sampled traces and logs show, they show at least five times; where sampling
//!   left less, the misdeed is made commoner and the bundle drawn anew, the sampling stays as it is.
//!   An `error_rate` ends at 6 % or more, else no test could tell it in a few hours. The first
//!   service has most of the traffic. The bad release serves two and a half hours or more.
//! - *Ordinary is known*: each ordinary way to fail, call and line occurs three times in the first
//!   days, so that none is new by luck of sampling. These requests are over and above the sampled.
//! - *Sampling*: heads, 1 in 128, and 1 in 8 from 25 hours before the last deployment on, with
//!   `tracestate` saying so; failures are kept like any other. Logs exist for kept requests, but for
//!   a line at each container's start. Prometheus counts every request (as an ingress would, so those
//!   of a silent pod too) in windows of four hours, and in the dense time of five minutes.
//! - *Chance*: counts per five minutes are negative binomial with shape 8 around a curve of the day,
//!   a weekly campaign is 1.8 times that for an hour; durations are log-normal (0.35) around a
//!   median that wanders from minute to minute (autoregression 0.7, 0.08); the ordinary rate of
//!   failures is 0.2 to 2 %, even on a logarithmic scale. There is no trend from week to week.
//! - *Shift effects end with the release*: pods of the version alone show them, a left-behind pod
//!   among them. `burst_before` and `config_change` know no version.
//! - *Names* of misdeeds and decoys come from the lists that ordinary life draws from, so no word
//!   gives one away; a test that learned `debug-access` would learn nothing.
//! - *Exports*: one squashed merge per release; spans do not cross services; in three bundles of ten
//!   the forge tells nothing and the cluster alone knows of releases; Vault's request entries, which
//!   readers pass over, are shorter than real ones; pods reach AWS through a VPC endpoint under their
//!   own address; a rollback is `kubectl rollout undo`, of which the forge knows nothing.
//! - *Deterministic*: own SplitMix64, own logarithm and exponential, no clock: equal bytes everywhere.
//!
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts, indices and nanoseconds of one fortnight are far from every limit"
)]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "text put together piece by piece reads best so"
)]

mod audit;
mod decoys;
mod deeds;
mod fleet;
mod forge;
mod ids;
mod misdeeds;
mod objects;
mod otlp;
pub mod plan;
mod prometheus;
pub mod rng;
pub mod score;
mod secrets;
pub mod time;
mod traffic;
mod truth;
mod words;
mod world;

use std::path::Path;
use std::{fs, io};

pub use truth::{Expect, Family, Truth};

/// A bundle of exports, and what is true of it.
pub struct Mishap {
    /// Path below the bundle, with `/`, and content; in order of path.
    pub files: Vec<(String, Vec<u8>)>,
    /// The answer sheet.
    pub truth: Truth,
}

impl Mishap {
    /// The bundle of a seed: the same bytes every time and everywhere.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut plan = plan::draw(seed, 1.0);
        let mut telemetry = traffic::run(&mut plan);
        // What nobody can see cannot be asked for: where sampling left too little of a misdeed or decoy,
        // it is made commoner, rather than the sampling less honest.
        for more in [1.5, 2.2, 3.2, 5.0] {
            if plan.truth.is_visible() {
                break;
            }
            plan = plan::draw(seed, more);
            telemetry = traffic::run(&mut plan);
        }
        let mut files = Vec::new();
        forge::write(&plan, &mut files);
        audit::write(&plan, &mut files);
        objects::write(&plan, &mut files);
        secrets::write(&plan, &mut files);
        otlp::write(&plan, &telemetry, &mut files);
        prometheus::write(&plan, &telemetry, &mut files);
        files.sort();
        Self {
            files,
            truth: plan.truth,
        }
    }

    /// Writes the files below `dir/bundle` and the truth into `dir/truth.json`. Removes nothing.
    ///
    /// # Errors
    /// When a directory or file cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let path = dir.join("bundle").join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        fs::write(dir.join("truth.json"), self.truth.to_json() + "\n")
    }
}

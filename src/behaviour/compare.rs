//! A release beside what its service did before: everything that the detectors look at, in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::detectors;
use super::diff::Diff;
use super::observation::Observation;
use super::stats::many::benjamini_hochberg;
use super::window::Window;
use crate::store::{Param, Reader, Row, StoreError};

/// The questions of this room, for the test that binds them all.
pub const QUERIES: &[(&str, &str)] = &[
    ("releases to judge", include_str!("queries/releases.sql")),
    ("last", include_str!("queries/last.sql")),
    ("incidents", include_str!("queries/incidents.sql")),
    ("other changes", include_str!("queries/other_changes.sql")),
    ("calls", include_str!("queries/calls.sql")),
    ("keys", include_str!("queries/keys.sql")),
    ("examples", include_str!("queries/examples.sql")),
    ("exposure", include_str!("queries/exposure.sql")),
    ("families", include_str!("queries/families.sql")),
    ("outcomes", include_str!("queries/outcomes.sql")),
    ("measured", include_str!("queries/measured.sql")),
    ("requests", include_str!("queries/requests.sql")),
    ("latencies", include_str!("queries/latencies.sql")),
    ("quantiles", include_str!("queries/quantiles.sql")),
    ("instances", include_str!("queries/instances.sql")),
    ("failing", include_str!("queries/failing.sql")),
    ("slow", include_str!("queries/slow.sql")),
    ("history", include_str!("queries/commits.sql")),
    (
        "commits of the request",
        include_str!("queries/request_commits.sql"),
    ),
    ("patches", include_str!("queries/patches.sql")),
    ("services", include_str!("queries/services.sql")),
    ("begun", include_str!("queries/begun.sql")),
    ("patched", include_str!("queries/patched.sql")),
];

pub(super) fn sql(name: &str) -> &'static str {
    QUERIES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, sql)| sql)
}

/// A release as far as judging needs it. Times are nanoseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Released {
    /// `service@version/environment`.
    pub id: String,
    /// Service.
    pub service: String,
    /// Version.
    pub version: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Commit.
    pub sha: Option<String>,
    /// Artifact digest.
    pub digest: Option<String>,
    /// First sign that it was going live.
    pub started_ns: Option<i64>,
    /// When another one took its place.
    pub finished_ns: Option<i64>,
    /// `live`, `replaced` or `rolled_back`.
    pub status: String,
    /// When it first showed itself running.
    pub first_ns: Option<i64>,
    /// When it last did.
    pub last_ns: Option<i64>,
    /// When its first pod was placed.
    pub placed_ns: Option<i64>,
    /// When the first pod of the release that replaced it was placed.
    pub replaced_ns: Option<i64>,
    /// When its deployment was reported as finished.
    pub deployed_ns: Option<i64>,
    /// Who rolled it out, separated by blanks.
    pub actors: String,
    /// Pods.
    pub instances: i64,
    /// Where it is told.
    #[serde(skip)]
    pub citation: Option<Value>,
}

impl Released {
    /// When it began to act: its first pod, else its first telemetry, else its deployment.
    #[must_use]
    pub fn began(&self) -> Option<i64> {
        match (self.placed_ns, self.first_ns) {
            (Some(placed), Some(first)) => Some(placed.max(first - super::window::BLOCK)),
            (placed, first) => placed.or(first),
        }
        .or(self.deployed_ns)
        .or(self.started_ns)
    }
}

/// One behaviour of the release beside the baseline.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct KeyUse {
    /// network, secret, privilege, error, template, process, file.
    pub family: String,
    /// Normalised.
    pub key: String,
    /// Host, secret, action, error type, template.
    pub subject: String,
    /// Events of the release.
    pub events: i64,
    /// Instances of the release.
    pub instances: i64,
    /// Steps of five minutes.
    pub blocks: i64,
    /// First event of the release.
    pub first_ns: Option<i64>,
    /// Last event of the release.
    pub last_ns: Option<i64>,
    /// Events later than a quarter of an hour after their instance's start, or of no known instance.
    pub late: i64,
    /// Events in the baseline.
    pub before: i64,
    /// Steps of five minutes of the baseline in which it happened.
    pub before_blocks: i64,
    /// Last event in the baseline.
    pub before_ns: Option<i64>,
}

/// Requests of one release, operation and step.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Served {
    /// `span`, which may be sampled, or `metric`.
    pub source: String,
    /// Release, empty where unknown.
    pub release: String,
    /// Operation.
    pub operation: String,
    /// Start of the step.
    pub block_ns: i64,
    /// Requests.
    pub requests: f64,
    /// Failed ones.
    pub errors: f64,
}

/// Durations of one release, operation and step, in one bucket.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Took {
    /// Release, empty where unknown.
    pub release: String,
    /// Operation.
    pub operation: String,
    /// Start of the step.
    pub block_ns: i64,
    /// Lower end of the bucket.
    pub bucket_ns: f64,
    /// Its width.
    pub width_ns: f64,
    /// Requests.
    pub requests: f64,
}

/// The 95th percentile of one release, operation and step, as metrics tell it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Quantile {
    /// Release, empty where unknown.
    pub release: String,
    /// Operation.
    pub operation: String,
    /// Start of the step.
    pub block_ns: i64,
    /// Nanoseconds.
    pub value_ns: f64,
}

/// What a metric said of one release in one step.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Outcome {
    /// Release, empty where unknown.
    pub release: String,
    /// Name of the metric.
    pub metric: String,
    /// True where it counts events; otherwise it measures a level.
    pub is_counter: bool,
    /// Start of the step.
    pub block_ns: i64,
    /// Sum of its events, or of its points.
    pub total: f64,
    /// Points.
    pub points: i64,
}

/// A pod of the service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Name.
    pub pod: String,
    /// What it ran.
    pub release: String,
    /// Digest.
    pub digest: Option<String>,
    /// Placed at.
    pub started_ns: Option<i64>,
    /// Gone at.
    pub ended_ns: Option<i64>,
    /// Last record that shows it.
    pub seen_ns: Option<i64>,
    /// Last act that an audit log tells of.
    pub acted_ns: Option<i64>,
    /// First telemetry.
    pub spoke_ns: Option<i64>,
    /// End of the last step with telemetry.
    pub fell_silent_ns: Option<i64>,
    /// Steps with telemetry.
    pub blocks: i64,
    /// The longest time from the end of a step with telemetry to the next one.
    pub pause_ns: Option<i64>,
    /// Where it is told.
    #[serde(skip)]
    pub citation: Option<Value>,
}

impl Pod {
    /// The last sign of it, of whatever kind.
    #[must_use]
    pub fn last_sign(&self) -> Option<i64> {
        self.seen_ns.max(self.fell_silent_ns).max(self.acted_ns)
    }
}

/// Something else that was changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Other {
    /// When it took effect, nanoseconds.
    pub at: i64,
    /// What people call it.
    pub label: String,
    /// True for a release, of the service or of what it calls.
    pub is_release: bool,
}

/// Spans that hold this share of the requests are taken for unsampled: clocks and retries blur the rest.
const NEARLY_ALL: f64 = 0.9;

/// A release and its baseline.
#[derive(Default)]
pub struct Comparison {
    /// The release.
    pub release: Released,
    /// When it is looked at.
    pub window: Window,
    /// The time at which is judged.
    pub as_of: i64,
    /// What it did, by family and key.
    pub keys: Vec<KeyUse>,
    /// Instance-blocks of the release.
    pub exposure: f64,
    /// Instance-blocks of the service's other releases.
    pub baseline_exposure: f64,
    /// Since when the evidence tells of each family for this service.
    pub families: BTreeMap<String, i64>,
    /// Requests of the week before and of the window.
    pub requests: Vec<Served>,
    /// Durations of the same.
    pub latencies: Vec<Took>,
    /// The same as metrics tell it.
    pub quantiles: Vec<Quantile>,
    /// What the metrics that the policy names say of the same.
    pub outcomes: Vec<Outcome>,
    /// Pods of the service.
    pub pods: Vec<Pod>,
    /// What its commits added, where there is a diff.
    pub diff: Option<Diff>,
    /// Releases that are no baseline.
    pub cut: BTreeSet<String>,
    /// The same in words.
    pub said: Vec<String>,
    /// The release that the user chose as baseline.
    pub against: Option<String>,
    /// What else was changed about the service or what it calls, in order of time.
    pub others: Vec<Other>,
    /// When the service's releases were replaced, by digest.
    pub finished: BTreeMap<String, i64>,
    /// Stretches of time that are no baseline.
    pub incidents: Vec<(i64, i64)>,
}

impl Comparison {
    /// True where a step of another release counts as baseline.
    #[must_use]
    pub fn is_baseline(&self, release: &str, at: i64) -> bool {
        release != self.release.id
            && !self.cut.contains(release)
            && self.against.as_deref().is_none_or(|only| only == release)
            && !self
                .incidents
                .iter()
                .any(|(from, to)| at >= *from && at < *to)
    }

    /// The share of requests that spans hold, by the metrics that count every one: the release's own,
    /// and that of the releases before. `None` where either is missing or spans hold (nearly) all.
    #[must_use]
    pub fn sampling(&self) -> (Option<f64>, Option<f64>) {
        let own = |served: &&Served| served.release == self.release.id;
        (
            self.sampled(&own),
            self.sampled(&|served| !own(served) && served.block_ns < self.window.began),
        )
    }

    fn sampled(&self, wanted: &dyn Fn(&&Served) -> bool) -> Option<f64> {
        let of = |source: &str| -> f64 {
            let of = |served: &&Served| served.source == source && wanted(served);
            let steps = self.requests.iter().filter(of);
            steps.map(|served| served.requests).sum()
        };
        let (spans, counted) = (of("span"), of("metric"));
        let share = spans / counted;
        (spans > 0.0 && counted > 0.0 && share < NEARLY_ALL).then_some(share)
    }

    /// Runs every detector, adjusts for their number, and asks the diff and the evidence.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn observe(&self, reader: &Reader) -> Result<Vec<Observation>, StoreError> {
        let mut seen = self.look();
        let mut wanted: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
        let uncited = seen.iter().filter(|one| one.citations.is_empty());
        for (question, one) in uncited.filter_map(|one| Some((examples(&one.family)?, one))) {
            let of = wanted.entry(question).or_default();
            of.insert((one.family.clone(), one.key.clone()));
        }
        let mut cited = BTreeMap::new();
        for (question, wanted) in &wanted {
            cited.extend(self.cite(reader, question, wanted)?);
        }
        for one in seen.iter_mut().filter(|one| one.citations.is_empty()) {
            one.citations = match examples(&one.family) {
                Some(_) => cited.get(&(one.family.clone(), one.key.clone())).cloned(),
                None => Some(self.release.citation.clone().into_iter().collect()),
            }
            .unwrap_or_default();
        }
        Ok(seen)
    }

    /// What the detectors see, without citations.
    #[must_use]
    pub fn look(&self) -> Vec<Observation> {
        let mut seen: Vec<Observation> = detectors::ALL
            .iter()
            .flat_map(|detector| detector.look(self))
            .collect();
        adjust(&mut seen, &self.keys);
        for observation in &mut seen {
            let family = observation.family.as_str();
            if matches!(
                family,
                "network" | "secret" | "privilege" | "error" | "template" | "process" | "file"
            ) {
                observation.explained = self.diff.as_ref().map(|diff| {
                    diff.names(family, &observation.key, &observation.subject)
                        .is_some()
                });
            }
        }
        seen
    }

    /// Where some keys of families stand, by both.
    fn cite(
        &self,
        reader: &Reader,
        question: &str,
        wanted: &BTreeSet<(String, String)>,
    ) -> Result<BTreeMap<(String, String), Vec<Value>>, StoreError> {
        let wanted = wanted
            .iter()
            .map(|(family, key)| serde_json::json!({"family": family, "key": key}));
        let wanted = Value::from(wanted.collect::<Vec<_>>()).to_string();
        let params = [
            ("service", Param::from(self.release.service.as_str())),
            ("release", self.release.id.as_str().into()),
            ("wanted", wanted.into()),
        ];
        let mut cited: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
        for row in reader.rows(question, sql(question), &params)?.objects() {
            let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
            let of = text("family").zip(text("key"));
            if let Some((of, citation)) = of.zip(citation(&row)) {
                cited.entry(of).or_default().push(citation);
            }
        }
        Ok(cited)
    }
}

/// The question that shows where a family's keys stand; `None` for what is about the release as a whole.
fn examples(family: &str) -> Option<&'static str> {
    match family {
        "coverage" => None,
        "rate" => Some("failing"),
        "latency" => Some("slow"),
        "outcome" => Some("measured"),
        _ => Some("examples"),
    }
}

/// Q-values within each family (Benjamini and Hochberg, 1995). Every key of a family was looked at,
/// though detectors tell only of those that stand out.
fn adjust(seen: &mut [Observation], keys: &[KeyUse]) {
    let families: BTreeSet<String> = seen.iter().map(|seen| seen.family.clone()).collect();
    for family in families {
        let places: Vec<usize> = (0..seen.len())
            .filter(|at| seen[*at].family == family && seen[*at].p.is_some())
            .collect();
        let mut p: Vec<f64> = places.iter().filter_map(|at| seen[*at].p).collect();
        let looked_at = keys.iter().filter(|key| key.family == family).count();
        p.resize(p.len().max(looked_at), 1.0);
        for (at, q) in places.into_iter().zip(benjamini_hochberg(&p)) {
            seen[at].q = Some(q);
        }
    }
}

pub(super) fn shaped<T: serde::de::DeserializeOwned>(row: Row) -> Result<T, StoreError> {
    serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
        act: "cannot read what is judged".to_owned(),
        message: error.to_string(),
    })
}

pub(super) fn citation(row: &Row) -> Option<Value> {
    crate::model::citation::of_row(row, "c_")
}

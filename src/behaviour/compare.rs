//! A release beside what its service did before: everything that the detectors look at, in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::detectors;
use super::diff::Diff;
use super::observation::Observation;
use super::stats::many::benjamini_hochberg;
use super::window::{HOUR, Window};
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
];

/// Commits that one release may bring; a history without the release before is not walked to its end.
const MOST_COMMITS: usize = 500;

fn sql(name: &str) -> &'static str {
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

/// What is known of all releases, read once.
#[derive(Debug, Default)]
pub struct Releases {
    /// In the order in which they started.
    pub all: Vec<Released>,
    /// The time at which is judged.
    pub as_of: i64,
    incidents: Vec<Incident>,
    changes: Vec<Change>,
    calls: BTreeMap<String, BTreeSet<String>>,
    parents: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Incident {
    service: String,
    ts_ns: i64,
    resolved_ns: i64,
    title: String,
}

/// A change that is no deployment: configuration, permission, flag, data.
#[derive(Debug, Deserialize)]
struct Change {
    kind: String,
    service: String,
    object: String,
    who: String,
    ts_ns: i64,
}

#[derive(Deserialize)]
struct Call {
    service: String,
    host: String,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    parents: String,
}

impl Releases {
    /// Reads them. `as_of` is the last time of the evidence unless given.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn read(reader: &Reader, as_of: Option<i64>) -> Result<Self, StoreError> {
        let rows = reader.rows("releases to judge", sql("releases to judge"), &[])?;
        let mut all = Vec::new();
        for row in rows.objects() {
            let citation = citation(&row);
            let mut release: Released = shaped(row)?;
            release.citation = citation;
            release.finished_ns = release.replaced_ns.or(release.finished_ns);
            all.push(release);
        }
        let last = reader.rows("last", sql("last"), &[])?;
        let last = last.rows.first().and_then(|row| row.first()?.as_i64());
        let calls: Vec<Call> = reader.ask("calls", sql("calls"), &[])?;
        let services: BTreeSet<&str> = all.iter().map(|release| release.service.as_str()).collect();
        let mut called: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for call in &calls {
            let name = call.host.split(['.', ':']).next().unwrap_or_default();
            if services.contains(name) && name != call.service {
                let known = called.entry(call.service.clone()).or_default();
                known.insert(name.to_owned());
            }
        }
        let commits: Vec<Commit> = reader.ask("history", sql("history"), &[])?;
        Ok(Self {
            all,
            as_of: as_of.or(last).unwrap_or(0),
            incidents: reader.ask("incidents", sql("incidents"), &[])?,
            changes: reader.ask("other changes", sql("other changes"), &[])?,
            calls: called,
            parents: commits
                .into_iter()
                .map(|commit| {
                    let parents = commit.parents.split_whitespace().map(str::to_owned);
                    (commit.sha, parents.collect())
                })
                .collect(),
        })
    }

    /// The release of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Released> {
        self.all.iter().find(|release| release.id == id)
    }

    /// The release of the same service and environment that started before this one.
    #[must_use]
    pub fn before(&self, release: &Released) -> Option<&Released> {
        self.all
            .iter()
            .filter(|other| {
                other.service == release.service
                    && other.environment == release.environment
                    && other.id != release.id
                    && other.started_ns < release.started_ns
            })
            .max_by_key(|other| (other.started_ns, other.id.clone()))
    }

    /// The commits that a release brought: what its commit reaches and the release before does not.
    fn brought(&self, reader: &Reader, release: &Released) -> Result<BTreeSet<String>, StoreError> {
        let Some(sha) = release.sha.clone() else {
            return Ok(BTreeSet::new());
        };
        let old = self
            .before(release)
            .and_then(|before| before.sha.clone())
            .map(|sha| self.reach(vec![sha], &BTreeSet::new(), usize::MAX))
            .unwrap_or_default();
        // Without the release before, the history would be walked to its beginning.
        let mut brought = if old.is_empty() {
            BTreeSet::from([sha.clone()])
        } else {
            self.reach(vec![sha.clone()], &old, MOST_COMMITS)
        };
        // A squash or rebase leaves the branch's commits out of the history.
        let shas = Value::from(brought.iter().cloned().collect::<Vec<_>>()).to_string();
        let rows = reader.rows(
            "commits of the request",
            sql("commits of the request"),
            &[("shas", shas.into())],
        )?;
        let ids = rows
            .rows
            .iter()
            .filter_map(|row| row.first()?.as_str()?.strip_prefix("commit:"));
        brought.extend(ids.filter(|id| !old.contains(*id)).map(str::to_owned));
        Ok(brought)
    }

    fn reach(&self, from: Vec<String>, not: &BTreeSet<String>, most: usize) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut open = from;
        while let Some(sha) = open.pop() {
            if seen.len() >= most || not.contains(&sha) || !seen.insert(sha.clone()) {
                continue;
            }
            open.extend(self.parents.get(&sha).into_iter().flatten().cloned());
        }
        seen
    }

    fn diff(&self, reader: &Reader, release: &Released) -> Result<Option<Diff>, StoreError> {
        let brought = self.brought(reader, release)?;
        if brought.is_empty() {
            return Ok(None);
        }
        let shas = Value::from(brought.into_iter().collect::<Vec<_>>()).to_string();
        let rows = reader.rows("patches", sql("patches"), &[("shas", shas.into())])?;
        let texts: Vec<[String; 3]> = rows
            .rows
            .into_iter()
            .map(|row| {
                let mut cells = row
                    .into_iter()
                    .map(|cell| cell.as_str().unwrap_or_default().to_owned());
                std::array::from_fn(|_| cells.next().unwrap_or_default())
            })
            .collect();
        let patches = texts
            .iter()
            .map(|[sha, path, patch]| (sha.as_str(), path.as_str(), patch.as_str()));
        let diff = Diff::of(patches);
        Ok((!diff.commits.is_empty()).then_some(diff))
    }

    /// Puts a release beside its baseline, or beside the release `against`.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn compare(
        &self,
        reader: &Reader,
        release: &Released,
        against: Option<&str>,
    ) -> Result<Comparison, StoreError> {
        let began = release.began().unwrap_or(self.as_of);
        let window = Window::of(began, release.finished_ns, self.as_of);
        let (cut, said) = self.cut(release, against);
        let service = || Param::from(release.service.as_str());
        let id = || Param::from(release.id.as_str());
        let keys: Vec<KeyUse> = reader.ask(
            "keys",
            sql("keys"),
            &[
                ("service", service()),
                ("release", id()),
                ("began", began.into()),
                ("until", window.until.max(began.saturating_add(HOUR)).into()),
                ("as_of", self.as_of.into()),
                (
                    "cut",
                    Value::from(cut.iter().cloned().collect::<Vec<_>>())
                        .to_string()
                        .into(),
                ),
                ("against", against.into()),
            ],
        )?;
        let of_release = [("service", service()), ("release", id())];
        let exposure = reader.rows(
            "exposure",
            sql("exposure"),
            &[
                of_release[0].clone(),
                of_release[1].clone(),
                ("until", window.until.into()),
            ],
        )?;
        let cell = |at: usize| {
            exposure
                .rows
                .first()
                .and_then(|row| row.get(at)?.as_f64())
                .unwrap_or(0.0)
        };
        let families = reader.rows(
            "families",
            sql("families"),
            &[
                of_release[0].clone(),
                of_release[1].clone(),
                ("began", began.into()),
            ],
        )?;
        let stretch = [
            ("service", service()),
            ("since", window.reads().0.into()),
            ("until", window.reads().1.into()),
        ];
        let pods = reader.rows("instances", sql("instances"), &[("service", service())])?;
        let mut placed = Vec::new();
        for row in pods.objects() {
            let citation = citation(&row);
            let mut pod: Pod = shaped(row)?;
            pod.citation = citation;
            placed.push(pod);
        }
        Ok(Comparison {
            window,
            as_of: self.as_of,
            keys,
            exposure: cell(0),
            baseline_exposure: cell(1),
            families: families
                .rows
                .iter()
                .filter_map(|row| Some((row.first()?.as_str()?.to_owned(), row.get(1)?.as_i64()?)))
                .collect(),
            requests: reader.ask("requests", sql("requests"), &stretch)?,
            latencies: reader.ask("latencies", sql("latencies"), &stretch)?,
            quantiles: reader.ask("quantiles", sql("quantiles"), &stretch)?,
            pods: placed,
            diff: self.diff(reader, release)?,
            cut,
            said,
            against: against.map(str::to_owned),
            others: self.others(release),
            finished: self
                .all
                .iter()
                .filter(|other| other.service == release.service)
                .filter_map(|other| Some((other.digest.clone()?, other.finished_ns?)))
                .collect(),
            incidents: self
                .incidents
                .iter()
                .filter(|incident| {
                    incident.service.is_empty() || incident.service == release.service
                })
                .map(|incident| (incident.ts_ns, incident.resolved_ns))
                .collect(),
            release: release.clone(),
        })
    }

    /// What else was changed about the service or what it calls, with when it took effect.
    fn others(&self, release: &Released) -> Vec<Other> {
        let called = self.calls.get(&release.service);
        let about = |service: &str| {
            service == release.service || called.is_some_and(|called| called.contains(service))
        };
        let releases = self
            .all
            .iter()
            .filter(|other| other.id != release.id && about(&other.service))
            .filter_map(|other| {
                Some(Other {
                    at: other.began()?,
                    label: format!("the release {}", other.id),
                    is_release: true,
                })
            });
        let names = |object: &str| {
            let parts = || object.split(['/', ':', '.', ' ']);
            let of = |service: &str| {
                parts().any(|part| {
                    part == service
                        || part
                            .strip_prefix(service)
                            .is_some_and(|rest| rest.starts_with('-'))
                })
            };
            of(&release.service) || called.is_some_and(|called| called.iter().any(|name| of(name)))
        };
        let changes = self
            .changes
            .iter()
            .filter(|change| about(&change.service) || names(&change.object))
            .map(|change| Other {
                at: change.ts_ns,
                label: format!(
                    "the {} change of {} by {}",
                    change.kind, change.object, change.who
                ),
                is_release: false,
            });
        let mut others: Vec<Other> = releases.chain(changes).collect();
        others.sort_by(|a, b| (a.at, &a.label).cmp(&(b.at, &b.label)));
        others
    }

    /// The releases that are no baseline, and what is said of that.
    fn cut(&self, release: &Released, against: Option<&str>) -> (BTreeSet<String>, Vec<String>) {
        let bad = |other: &&Released| {
            other.service == release.service
                && other.id != release.id
                && other.status == "rolled_back"
                && Some(other.id.as_str()) != against
        };
        let cut: BTreeSet<String> = self
            .all
            .iter()
            .filter(bad)
            .map(|other| other.id.clone())
            .collect();
        let mut said: Vec<String> = cut
            .iter()
            .map(|id| format!("{id}, which was rolled back"))
            .collect();
        said.extend(
            self.incidents
                .iter()
                .filter(|incident| {
                    incident.service.is_empty() || incident.service == release.service
                })
                .map(|incident| format!("the incident {}", incident.title)),
        );
        (cut, said)
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

    /// Runs every detector, adjusts for their number, and asks the diff and the evidence.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn observe(&self, reader: &Reader) -> Result<Vec<Observation>, StoreError> {
        let mut seen = self.look();
        for observation in &mut seen {
            if observation.citations.is_empty() {
                observation.citations = self.cite(reader, observation)?;
            }
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

    fn cite(&self, reader: &Reader, seen: &Observation) -> Result<Vec<Value>, StoreError> {
        let (name, more) = match seen.family.as_str() {
            "rate" => ("failing", Vec::new()),
            "latency" => ("slow", Vec::new()),
            "coverage" => return Ok(self.release.citation.clone().into_iter().collect()),
            family => (
                "examples",
                vec![
                    ("family", Param::from(family)),
                    ("key", seen.key.as_str().into()),
                ],
            ),
        };
        // What is gone is shown where the releases before did it.
        let mut params = vec![
            ("service", Param::from(self.release.service.as_str())),
            ("release", self.release.id.as_str().into()),
            ("operation", seen.key.as_str().into()),
        ];
        params.extend(more);
        let rows = reader.rows(name, sql(name), &params)?;
        Ok(rows.objects().filter_map(|row| citation(&row)).collect())
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

fn shaped<T: serde::de::DeserializeOwned>(row: Row) -> Result<T, StoreError> {
    serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
        act: "cannot read what is judged".to_owned(),
        message: error.to_string(),
    })
}

fn citation(row: &Row) -> Option<Value> {
    crate::model::citation::of_row(row, "c_")
}

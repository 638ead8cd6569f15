//! The releases of a case, and what lies around each: its commits, other changes, incidents.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::compare::{
    Comparison, KeyUse, Other, Outcome, Pod, Quantile, Released, Served, Took, citation, shaped,
    sql,
};
use super::diff::Diff;
use super::known::Known;
use super::window::{HOUR, Window};
use crate::store::{Param, Reader, StoreError};

/// Times beyond this (the year 2096) are mistakes, and would overflow what is reckoned with them.
const LAST: i64 = 4_000_000_000_000_000_000;

fn is_possible(time: i64) -> bool {
    (1..LAST).contains(&time)
}

/// Commits that one release may bring; a history without the release before is not walked to its end.
const MOST_COMMITS: usize = 500;

/// What is known of all releases, read once.
#[derive(Debug, Default)]
pub struct Releases {
    /// In the order in which they started.
    pub all: Vec<Released>,
    /// Places of the releases, by id and by service.
    ids: BTreeMap<String, usize>,
    services: BTreeMap<String, Vec<usize>>,
    /// The time at which is judged.
    pub as_of: i64,
    /// Names of the metrics that are outcomes: the policy's to say.
    pub outcomes: BTreeSet<String>,
    incidents: Vec<Incident>,
    changes: Vec<Change>,
    calls: BTreeMap<String, BTreeSet<String>>,
    parents: BTreeMap<String, Vec<String>>,
    known: Known,
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

/// What the rollups tell of a release and its service.
#[derive(Default)]
struct RolledUp {
    keys: Vec<KeyUse>,
    exposure: (f64, f64),
    requests: Vec<Served>,
    latencies: Vec<Took>,
    quantiles: Vec<Quantile>,
    outcomes: Vec<Outcome>,
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
        let last = reader.rows("last", sql("last"), &[])?;
        let last = last.rows.first().and_then(|row| row.first()?.as_i64());
        let as_of = as_of.or(last).unwrap_or(0).clamp(0, LAST);
        let mut all = Vec::new();
        for row in rows.objects() {
            let citation = citation(&row);
            let mut release: Released = shaped(row)?;
            release.citation = citation;
            for time in [
                &mut release.started_ns,
                &mut release.finished_ns,
                &mut release.first_ns,
                &mut release.last_ns,
                &mut release.placed_ns,
                &mut release.replaced_ns,
                &mut release.deployed_ns,
            ] {
                *time = time.filter(|time| is_possible(*time));
            }
            release.finished_ns = release
                .replaced_ns
                .or(release.finished_ns)
                .filter(|finished| *finished <= as_of);
            release.last_ns = release.last_ns.map(|last| last.min(as_of));
            // Nobody knew at that time that it would be taken back, or of a later release.
            if release.finished_ns.is_none() {
                "live".clone_into(&mut release.status);
            }
            if release.started_ns.is_none_or(|started| started <= as_of) {
                all.push(release);
            }
        }
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
        let places = all.iter().enumerate();
        Ok(Self {
            outcomes: BTreeSet::new(),
            ids: places
                .clone()
                .map(|(at, one)| (one.id.clone(), at))
                .collect(),
            services: places.fold(BTreeMap::new(), |mut services, (at, one)| {
                let of: &mut Vec<usize> = services.entry(one.service.clone()).or_default();
                of.push(at);
                services
            }),
            all,
            as_of,
            incidents: reader.ask("incidents", sql("incidents"), &[])?,
            changes: reader.ask("other changes", sql("other changes"), &[])?,
            calls: called,
            known: Known::read(reader)?,
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
        self.all.get(*self.ids.get(id)?)
    }

    /// The releases of a service, in the order in which they started.
    pub fn of<'s>(&'s self, service: &str) -> impl Iterator<Item = &'s Released> + use<'s> {
        let places = self.services.get(service).into_iter().flatten();
        places.filter_map(|at| self.all.get(*at))
    }

    /// The release of the same service and environment that started before this one.
    #[must_use]
    pub fn before(&self, release: &Released) -> Option<&Released> {
        self.of(&release.service)
            .filter(|other| {
                other.environment == release.environment
                    && other.id != release.id
                    && other.started_ns < release.started_ns
            })
            .max_by_key(|other| (other.started_ns, other.id.clone()))
    }

    /// The commits that a release brought: what its commit reaches and the release before does not.
    fn brought(&self, release: &Released) -> BTreeSet<String> {
        let Some(sha) = release.sha.clone() else {
            return BTreeSet::new();
        };
        let old = self
            .before(release)
            .and_then(|before| before.sha.clone())
            .map(|sha| self.reach(vec![sha], &BTreeSet::new(), usize::MAX))
            .unwrap_or_default();
        // Without the release before, the history would be walked to its beginning.
        let mut brought = if old.is_empty() {
            BTreeSet::from([sha])
        } else {
            self.reach(vec![sha], &old, MOST_COMMITS)
        };
        // A squash or rebase leaves the branch's commits out of the history.
        let siblings = self.known.siblings(brought.iter());
        let siblings: Vec<String> = siblings
            .into_iter()
            .filter(|sha| !old.contains(*sha))
            .cloned()
            .collect();
        brought.extend(siblings);
        brought
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
        let brought = self.brought(release);
        if !self.known.has_diff(brought.iter()) {
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
        let rolled = self.rolled_up(reader, release, against, &window, &cut)?;
        Ok(Comparison {
            window,
            as_of: self.as_of,
            keys: rolled.keys,
            exposure: rolled.exposure.0,
            baseline_exposure: rolled.exposure.1,
            families: self.known.families(&release.service, &release.id, began),
            requests: rolled.requests,
            latencies: rolled.latencies,
            quantiles: rolled.quantiles,
            outcomes: rolled.outcomes,
            pods: self.pods(reader, &release.service)?,
            diff: self.diff(reader, release)?,
            cut,
            said,
            against: against.map(str::to_owned),
            others: self.others(release),
            finished: self
                .of(&release.service)
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

    fn outcomes(
        &self,
        reader: &Reader,
        stretch: &[(&'static str, Param)],
    ) -> Result<Vec<Outcome>, StoreError> {
        if self.outcomes.is_empty() {
            return Ok(Vec::new());
        }
        let metrics = Value::from(self.outcomes.iter().cloned().collect::<Vec<_>>()).to_string();
        let mut params = stretch.to_vec();
        params.push(("metrics", metrics.into()));
        reader.ask("outcomes", sql("outcomes"), &params)
    }

    /// What the rollups tell of a release and its service.
    fn rolled_up(
        &self,
        reader: &Reader,
        release: &Released,
        against: Option<&str>,
        window: &Window,
        cut: &BTreeSet<String>,
    ) -> Result<RolledUp, StoreError> {
        // Of most services of a large organisation there are deployments and nothing else.
        if !self.known.spoke(&release.service) {
            return Ok(RolledUp::default());
        }
        let service = || Param::from(release.service.as_str());
        let id = || Param::from(release.id.as_str());
        let cut = Value::from(cut.iter().cloned().collect::<Vec<_>>()).to_string();
        let until = window.until.max(window.began.saturating_add(HOUR));
        let keys = [
            ("service", service()),
            ("release", id()),
            ("began", window.began.into()),
            ("until", until.into()),
            ("as_of", self.as_of.into()),
            ("cut", cut.into()),
            ("against", against.into()),
        ];
        let exposed = [
            ("service", service()),
            ("release", id()),
            ("until", window.until.into()),
        ];
        let exposure = reader.rows("exposure", sql("exposure"), &exposed)?;
        let cell = |at: usize| {
            let row = exposure.rows.first();
            row.and_then(|row| row.get(at)?.as_f64()).unwrap_or(0.0)
        };
        let stretch = [
            ("service", service()),
            ("since", window.reads().0.into()),
            ("until", window.reads().1.into()),
        ];
        Ok(RolledUp {
            keys: reader.ask("keys", sql("keys"), &keys)?,
            exposure: (cell(0), cell(1)),
            requests: reader.ask("requests", sql("requests"), &stretch)?,
            latencies: reader.ask("latencies", sql("latencies"), &stretch)?,
            quantiles: reader.ask("quantiles", sql("quantiles"), &stretch)?,
            outcomes: self.outcomes(reader, &stretch)?,
        })
    }

    /// The pods of a service, asked for once.
    fn pods(&self, reader: &Reader, service: &str) -> Result<Vec<Pod>, StoreError> {
        if let Some(pods) = self.known.pods.borrow().get(service) {
            return Ok(pods.clone());
        }
        let pods = pods(reader, service, self.as_of)?;
        let mut known = self.known.pods.borrow_mut();
        known.insert(service.to_owned(), pods.clone());
        Ok(pods)
    }

    /// What else was changed about the service or what it calls, with when it took effect.
    fn others(&self, release: &Released) -> Vec<Other> {
        let called = self.calls.get(&release.service);
        let about = |service: &str| {
            service == release.service || called.is_some_and(|called| called.contains(service))
        };
        let releases = std::iter::once(&release.service)
            .chain(called.into_iter().flatten())
            .flat_map(|service| self.of(service))
            .filter(|other| other.id != release.id)
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
            // What its own rollout changes is part of the release.
            .filter(|change| {
                let own = release.actors.split(' ').any(|actor| actor == change.who);
                let near = release
                    .began()
                    .is_some_and(|began| (change.ts_ns - began).abs() <= HOUR);
                !(own && near)
            })
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
            other.id != release.id
                && other.status == "rolled_back"
                && Some(other.id.as_str()) != against
        };
        let cut: BTreeSet<String> = self
            .of(&release.service)
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

/// The pods of a service, as they were known at a time.
fn pods(reader: &Reader, service: &str, as_of: i64) -> Result<Vec<Pod>, StoreError> {
    let rows = reader.rows(
        "instances",
        sql("instances"),
        &[("service", Param::from(service))],
    )?;
    rows.objects()
        .map(|row| {
            let citation = citation(&row);
            let mut pod: Pod = shaped(row)?;
            pod.citation = citation;
            for time in [&mut pod.started_ns, &mut pod.ended_ns, &mut pod.seen_ns] {
                *time = time.filter(|time| is_possible(*time));
            }
            pod.ended_ns = pod.ended_ns.filter(|ended| *ended <= as_of);
            for time in [&mut pod.seen_ns, &mut pod.acted_ns, &mut pod.fell_silent_ns] {
                *time = time.map(|time| time.min(as_of));
            }
            Ok(pod)
        })
        .filter(|pod: &Result<Pod, StoreError>| {
            pod.as_ref().map_or(true, |pod| {
                let first = pod.started_ns.or(pod.spoke_ns);
                first.is_none_or(|first| first <= as_of)
            })
        })
        .collect()
}

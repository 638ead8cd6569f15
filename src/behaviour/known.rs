//! What comparing every release needs of the whole case: read once, not once a release.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::compare::{Pod, sql};
use crate::store::{Reader, StoreError};

/// What is known of all releases together.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Services that anything was rolled up of.
    services: BTreeSet<String>,
    /// Since when the evidence tells of each family, of anybody.
    families: BTreeMap<String, i64>,
    /// Since when each service is known by each release.
    begun: BTreeMap<String, Vec<Begun>>,
    /// Commits by change request, and the other way round.
    commits: BTreeMap<String, Vec<String>>,
    requests: BTreeMap<String, Vec<String>>,
    /// Commits whose diff is in the case.
    patched: BTreeSet<String>,
    /// The pods of services that were asked for.
    pub pods: RefCell<BTreeMap<String, Vec<Pod>>>,
}

#[derive(Debug, Deserialize)]
struct Begun {
    service: String,
    release: String,
    known_ns: Option<i64>,
    spoke_ns: Option<i64>,
}

#[derive(Deserialize)]
struct Family {
    family: String,
    first_ns: i64,
}

#[derive(Deserialize)]
struct Part {
    request: String,
    sha: String,
}

impl Known {
    pub fn read(reader: &Reader) -> Result<Self, StoreError> {
        let texts = |name: &str| -> Result<BTreeSet<String>, StoreError> {
            let rows = reader.rows(name, sql(name), &[])?.rows;
            Ok(rows
                .iter()
                .filter_map(|row| row.first()?.as_str().map(str::to_owned))
                .collect())
        };
        let families: Vec<Family> = reader.ask("families", sql("families"), &[])?;
        let mut known = Self {
            services: texts("services")?,
            families: families
                .into_iter()
                .map(|one| (one.family, one.first_ns))
                .collect(),
            patched: texts("patched")?,
            ..Self::default()
        };
        for one in reader.ask::<Begun>("begun", sql("begun"), &[])? {
            known
                .begun
                .entry(one.service.clone())
                .or_default()
                .push(one);
        }
        let parts: Vec<Part> =
            reader.ask("commits of the request", sql("commits of the request"), &[])?;
        for part in parts {
            let requests = known.requests.entry(part.sha.clone()).or_default();
            requests.push(part.request.clone());
            known
                .commits
                .entry(part.request)
                .or_default()
                .push(part.sha);
        }
        Ok(known)
    }

    /// True where anything was rolled up of the service.
    pub fn spoke(&self, service: &str) -> bool {
        self.services.contains(service)
    }

    /// Since when the evidence would have told of each family for this service, before `began`: since
    /// the source tells of anybody, and since the service is known by another release. What spans and
    /// logs tell begins with the service's own.
    pub fn families(&self, service: &str, release: &str, began: i64) -> BTreeMap<String, i64> {
        let others = || {
            let all = self.begun.get(service).into_iter().flatten();
            all.filter(|one| one.release != release)
        };
        let Some(known) = others().filter_map(|one| one.known_ns).min() else {
            return BTreeMap::new();
        };
        let spoke = others().filter_map(|one| one.spoke_ns).min();
        self.families
            .iter()
            .filter(|(_, first)| **first < began)
            .filter_map(|(family, first)| {
                let own = match family.as_str() {
                    "secret" | "privilege" | "process" | "file" => known,
                    // A service that never spoke says nothing by its silence.
                    _ => spoke?,
                };
                Some((family.clone(), own.max(*first)))
            })
            .filter(|(_, since)| *since < began)
            .collect()
    }

    /// The commits of the change requests that some commits merged.
    pub fn siblings<'a>(
        &'a self,
        commits: impl Iterator<Item = &'a String>,
    ) -> BTreeSet<&'a String> {
        let requests: BTreeSet<&String> = commits
            .filter_map(|sha| self.requests.get(sha))
            .flatten()
            .collect();
        requests
            .into_iter()
            .filter_map(|request| self.commits.get(request))
            .flatten()
            .collect()
    }

    /// True where the diff of any of these commits is in the case.
    pub fn has_diff<'a>(&self, mut commits: impl Iterator<Item = &'a String>) -> bool {
        commits.any(|sha| self.patched.contains(sha))
    }
}

//! Which records would tell of a release, if there were any.
//!
//! Absence speaks only where presence would have been seen. A case may hold the exports of several
//! teams: that one of them collects reviews says nothing of another's releases. So a kind of record is
//! in reach of a release where its own repository has records of the kind, or where another release of
//! its service is tied to one.

use std::collections::BTreeMap;

use crate::model::time;
use crate::query::chain::Chain;
use crate::store::{Reader, StoreError};

const REACH: &str = include_str!("queries/reach.sql");

/// The questions of this file.
pub const QUERIES: &[(&str, &str)] = &[("reach", REACH)];

/// What is in reach of each release.
#[derive(Debug, Default)]
pub struct Reach {
    /// Release, hop, and since when its repository has records of the kind.
    repositories: BTreeMap<String, BTreeMap<String, Option<i64>>>,
    /// Service, hop, and the releases that are tied to one, with when the first of theirs is from.
    services: BTreeMap<String, BTreeMap<String, BTreeMap<String, Option<i64>>>>,
}

/// What the absence of a hop means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// It would have been seen.
    Telling,
    /// Records of the kind begin after the release.
    TooEarly,
    /// Nothing of the kind was collected about it.
    NotCollected,
}

impl Reach {
    /// Reads what the repositories of the releases have.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn read(reader: &Reader) -> Result<Self, StoreError> {
        let mut reach = Self::default();
        for row in reader.rows("reach", REACH, &[])?.rows {
            let text = |at: usize| row.get(at).and_then(|cell| cell.as_str());
            if let (Some(release), Some(hop)) = (text(0), text(1)) {
                let since = row.get(2).and_then(serde_json::Value::as_i64);
                let hops = reach.repositories.entry(release.to_owned()).or_default();
                hops.insert(hop.to_owned(), since);
            }
        }
        Ok(reach)
    }

    /// Adds what a release of `service` is tied to.
    pub fn add(&mut self, service: &str, release: &str, chain: &Chain) {
        let hops = self.services.entry(service.to_owned()).or_default();
        for node in &chain.nodes {
            let at = node.ts.as_deref().and_then(time::parse);
            let releases = hops.entry(node.kind.clone()).or_default();
            let first = releases.entry(release.to_owned()).or_insert(at);
            *first = (*first).into_iter().chain(at).min();
        }
    }

    /// True where the absence of anything from a release means the same as in `other`.
    #[must_use]
    pub fn is_as(&self, other: &Self, service: &str, release: &str, started: Option<i64>) -> bool {
        let hops = |of: &Self| -> Vec<String> {
            let own = of
                .repositories
                .get(release)
                .into_iter()
                .flat_map(BTreeMap::keys);
            let siblings = of
                .services
                .get(service)
                .into_iter()
                .flat_map(BTreeMap::keys);
            own.chain(siblings).cloned().collect()
        };
        hops(self).iter().chain(&hops(other)).all(|hop| {
            self.absence(service, release, started, hop)
                == other.absence(service, release, started, hop)
        })
    }

    /// What it means that a release of `service`, which began at `started` (nanoseconds), has no `hop`.
    #[must_use]
    pub fn absence(
        &self,
        service: &str,
        release: &str,
        started: Option<i64>,
        hop: &str,
    ) -> Absence {
        let siblings = self.services.get(service).and_then(|hops| hops.get(hop));
        let others = siblings
            .into_iter()
            .flatten()
            .filter(|(other, _)| *other != release)
            .map(|(_, since)| *since);
        let own = self.repositories.get(release).and_then(|it| it.get(hop));
        let collected: Vec<Option<i64>> = own.copied().into_iter().chain(others).collect();
        let since = collected.iter().flatten().min();
        match since {
            None if collected.is_empty() => Absence::NotCollected,
            Some(since) if started.is_none_or(|started| started < *since) => Absence::TooEarly,
            _ => Absence::Telling,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with reviews since 100, and a service one of whose releases is attested.
    fn reach() -> Reach {
        let mut reach = Reach::default();
        let reviews = BTreeMap::from([("review".to_owned(), Some(100))]);
        reach.repositories.insert("shop@2".to_owned(), reviews);
        let attested = BTreeMap::from([(
            "attestation".to_owned(),
            BTreeMap::from([("shop@1".to_owned(), Some(100))]),
        )]);
        reach.services.insert("shop".to_owned(), attested);
        reach
    }

    #[test]
    fn absence_speaks_where_the_repository_has_others() {
        let absence = |release, started| reach().absence("shop", release, started, "review");
        assert_eq!(absence("shop@2", Some(200)), Absence::Telling);
        assert_eq!(absence("shop@2", Some(99)), Absence::TooEarly);
        // Its repository is not known, so whose reviews those are is not known either.
        assert_eq!(absence("shop@1", Some(200)), Absence::NotCollected);
    }

    #[test]
    fn absence_speaks_where_another_release_of_the_service_has_one() {
        let absence =
            |service, release| reach().absence(service, release, Some(200), "attestation");
        assert_eq!(absence("shop", "shop@2"), Absence::Telling);
        assert_eq!(
            reach().absence("shop", "shop@0", Some(50), "attestation"),
            Absence::TooEarly
        );
        assert_eq!(absence("shop", "shop@1"), Absence::NotCollected);
        // Another team's export in the same case.
        assert_eq!(absence("blog", "blog@1"), Absence::NotCollected);
    }
}

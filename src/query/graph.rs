//! What many walks share: every link once in memory, and which kinds of entity there are.
//!
//! One chain asks for its links hop by hop, which is right for one. Judging walks the chains of all
//! releases; then reading the links once is cheaper than some six questions a release, each of which
//! goes over all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::KINDS;
use super::links::Tie;
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/all_ties.sql");

/// Links that are held at most, some 300 bytes each; a case with more is asked hop by hop.
const MOST: i64 = 1_000_000;

/// Every link of a case, by both its ends.
#[derive(Debug, Default)]
pub struct Graph {
    /// `None` where there are too many.
    ties: Option<Vec<Tie>>,
    ends: BTreeMap<String, Vec<usize>>,
    kinds: BTreeSet<String>,
}

impl Graph {
    /// Reads it.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn read(reader: &Reader) -> Result<Self, StoreError> {
        let ties: Vec<Tie> = reader.ask("all ties", SQL, &[("limit", Param::Int(MOST + 1))])?;
        let kinds = kinds(reader)?;
        if i64::try_from(ties.len()).unwrap_or(i64::MAX) > MOST {
            return Ok(Self {
                kinds,
                ..Self::default()
            });
        }
        let mut ends: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, tie) in ties.iter().enumerate() {
            ends.entry(tie.from.clone()).or_default().push(at);
            ends.entry(tie.to.clone()).or_default().push(at);
        }
        Ok(Self {
            ties: Some(ties),
            ends,
            kinds,
        })
    }

    /// Every link that has one of `ids` at either end; `None` where the case has too many to hold.
    #[must_use]
    pub fn ties(&self, ids: &[String]) -> Option<Vec<Tie>> {
        let ties = self.ties.as_ref()?;
        let places: BTreeSet<usize> = ids
            .iter()
            .filter_map(|id| self.ends.get(id))
            .flatten()
            .copied()
            .collect();
        Some(places.into_iter().map(|at| ties[at].clone()).collect())
    }

    /// The kinds of entity that the case has any of.
    #[must_use]
    pub fn kinds(&self) -> &BTreeSet<String> {
        &self.kinds
    }
}

/// The kinds of entity that the case has any of.
pub(super) fn kinds(reader: &Reader) -> Result<BTreeSet<String>, StoreError> {
    let rows = reader.rows("kinds", KINDS, &[])?.rows;
    Ok(rows
        .iter()
        .filter_map(|row| row.first()?.as_str().map(str::to_owned))
        .collect())
}

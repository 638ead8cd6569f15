//! Who used which secret, host or right, and who was the first of its service to do so.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::answer;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/access_matrix.sql");

/// How finely those who did something are told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Every service.
    Service,
    /// The releases of one service.
    #[default]
    Release,
    /// The instances of one release.
    Instance,
}

/// What one instance did with one thing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Use {
    /// Service.
    pub service: String,
    /// Release, empty where it is not known.
    pub release: String,
    /// Instance, empty where it is not known.
    pub instance: String,
    /// secret, network, privilege, process, file.
    pub family: String,
    /// The thing.
    pub subject: String,
    /// How often.
    pub events: i64,
    /// First time, nanoseconds.
    pub first_ns: i64,
    /// When the release began, nanoseconds.
    started_ns: Option<i64>,
    /// True where no release of the service did it before.
    is_new: Option<bool>,
    #[serde(skip)]
    citation: Option<Value>,
}

impl Use {
    /// True where no release of the service did it before.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new == Some(true)
    }

    /// The first time, in the evidence.
    #[must_use]
    pub fn citation(&self) -> Option<&Value> {
        self.citation.as_ref()
    }
}

/// A cell: what one of the columns did with one of the things.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// How often.
    pub events: i64,
    /// First time, nanoseconds.
    pub first_ns: i64,
    /// True where no release of the service did it before.
    pub is_new: bool,
    /// The first time, in the evidence.
    pub citation: Option<Value>,
}

/// Things down, those who used them across.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Family and name of each thing; what is new in the first column first.
    pub things: Vec<(String, String)>,
    /// Who: id of the release, or the name of a service or instance.
    pub who: Vec<String>,
    /// Cells by thing and column.
    pub cells: BTreeMap<(usize, usize), Cell>,
}

/// Every use of every thing, for [`Matrix::of`].
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader) -> Result<Vec<Use>, StoreError> {
    let mut uses = Vec::new();
    for row in reader.rows("who did what", SQL, &[])?.objects() {
        let citation = answer::citation(&row, "c_");
        let mut one: Use =
            serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
                act: "cannot read who did what".to_owned(),
                message: error.to_string(),
            })?;
        one.citation = citation;
        uses.push(one);
    }
    Ok(uses)
}

impl Matrix {
    /// The matrix of `uses` for `release`, in columns of `grain`; without a release, of all services.
    #[must_use]
    pub fn of(uses: &[Use], release: Option<&str>, grain: Grain) -> Self {
        let service = release.and_then(|id| id.split('@').next());
        let grain = if release.is_some() {
            grain
        } else {
            Grain::Service
        };
        let who = |one: &Use| match grain {
            Grain::Service => Some(one.service.clone()),
            Grain::Release => (Some(one.service.as_str()) == service && !one.release.is_empty())
                .then(|| one.release.clone()),
            Grain::Instance => (Some(one.release.as_str()) == release).then(|| {
                if one.instance.is_empty() {
                    "no instance named".to_owned()
                } else {
                    one.instance.clone()
                }
            }),
        };
        // The release in question stands first, then the newest: those are what people compare.
        let mut columns: BTreeMap<String, (bool, Option<i64>)> = BTreeMap::new();
        for one in uses {
            if let Some(name) = who(one) {
                let own = Some(name.as_str()) == release || Some(name.as_str()) == service;
                columns.insert(name, (own, one.started_ns));
            }
        }
        let mut order: Vec<(String, (bool, Option<i64>))> = columns.into_iter().collect();
        order.sort_by(|(a, (a_own, a_ns)), (b, (b_own, b_ns))| {
            let newest = match grain {
                Grain::Release => b_ns.cmp(a_ns),
                _ => std::cmp::Ordering::Equal,
            };
            b_own.cmp(a_own).then(newest).then_with(|| a.cmp(b))
        });
        let mut matrix = Self {
            who: order.into_iter().map(|(name, _)| name).collect(),
            ..Self::default()
        };
        let mut cells: BTreeMap<(String, String), BTreeMap<usize, Cell>> = BTreeMap::new();
        for one in uses {
            let Some(at) = who(one).and_then(|name| matrix.who.iter().position(|w| *w == name))
            else {
                continue;
            };
            let cell = cells
                .entry((one.family.clone(), one.subject.clone()))
                .or_default()
                .entry(at)
                .or_default();
            if cell.events == 0 || one.first_ns < cell.first_ns {
                cell.first_ns = one.first_ns;
                cell.citation.clone_from(&one.citation);
            }
            cell.events = cell.events.saturating_add(one.events);
            // A service as a whole has nothing to be new to.
            cell.is_new |= grain != Grain::Service && one.is_new == Some(true);
        }
        let mut rows: Vec<_> = cells.into_iter().collect();
        rows.sort_by_key(|(thing, row)| {
            let first = row.get(&0);
            (
                !first.is_some_and(|cell| cell.is_new),
                first.is_none(),
                thing.clone(),
            )
        });
        for (at, (thing, row)) in rows.into_iter().enumerate() {
            matrix.things.push(thing);
            for (column, cell) in row {
                matrix.cells.insert((at, column), cell);
            }
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(release: &str, instance: &str, subject: &str, started: i64, is_new: bool) -> Use {
        Use {
            service: "shop".to_owned(),
            release: release.to_owned(),
            instance: instance.to_owned(),
            family: "secret".to_owned(),
            subject: subject.to_owned(),
            events: 2,
            first_ns: started,
            started_ns: Some(started),
            is_new: Some(is_new),
            citation: None,
        }
    }

    #[test]
    fn the_release_in_question_stands_first_and_what_is_new_in_it_on_top() {
        let uses = [
            used("shop@1/p", "a", "old", 1, false),
            used("shop@2/p", "b", "old", 2, false),
            used("shop@2/p", "b", "young", 2, true),
            used("shop@2/p", "c", "young", 2, true),
            used("shop@3/p", "d", "old", 3, false),
        ];
        let matrix = Matrix::of(&uses, Some("shop@2/p"), Grain::Release);
        assert_eq!(matrix.who, ["shop@2/p", "shop@3/p", "shop@1/p"]);
        assert_eq!(matrix.things[0].1, "young");
        let cell = &matrix.cells[&(0, 0)];
        assert_eq!((cell.events, cell.is_new), (4, true));
        assert!(!matrix.cells.contains_key(&(0, 1)));
        let instances = Matrix::of(&uses, Some("shop@2/p"), Grain::Instance);
        assert_eq!(instances.who, ["b", "c"]);
        assert_eq!(Matrix::of(&uses, None, Grain::Release).who, ["shop"]);
    }
}

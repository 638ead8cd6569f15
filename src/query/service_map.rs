//! Who calls whom, by the spans of a window of time.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/service_map.sql");

/// A service, or a host that sent no spans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// True for a host that sent no spans.
    pub is_external: bool,
    /// Calls of it: by other services, and from where no spans came.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
}

/// Calls of one service to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// Who calls, among the services.
    pub from: usize,
    /// Who is called, among the services.
    pub to: usize,
    /// Calls.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// How long the slowest twentieth took at least, in nanoseconds.
    pub p95_ns: Option<i64>,
}

/// Who calls whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map {
    /// In the order of their names.
    pub services: Vec<Service>,
    /// In the order of the callers, then of the callees.
    pub calls: Vec<Calls>,
}

impl Map {
    /// Where requests come in: the busiest service that no other calls; the first one where all are called.
    #[must_use]
    pub fn entrance(&self) -> usize {
        let is_called = |at: usize| self.calls.iter().any(|call| call.to == at);
        let callers = self.services.iter().enumerate();
        let entrances = callers.filter(|(at, _)| !is_called(*at));
        entrances
            .max_by_key(|(at, service)| (service.calls, std::cmp::Reverse(*at)))
            .map_or(0, |(at, _)| at)
    }
}

#[derive(Deserialize)]
struct Row {
    /// Nobody where the call came from outside.
    caller: Option<String>,
    callee: String,
    is_external: bool,
    calls: u64,
    errors: u64,
    p95_ns: Option<i64>,
}

/// The calls from `since` on, before `until`; at most 2,000 pairs.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, since: Option<i64>, until: Option<i64>) -> Result<Map, StoreError> {
    let window = [("since", since.into()), ("until", until.into())];
    let rows: Vec<Row> = reader.ask("who calls whom", SQL, &window)?;
    let mut services: BTreeMap<&str, Service> = BTreeMap::new();
    for row in &rows {
        if let Some(caller) = &row.caller {
            services.entry(caller).or_default();
        }
        let callee = services.entry(&row.callee).or_default();
        callee.is_external |= row.is_external;
        callee.calls += row.calls;
        callee.errors += row.errors;
    }
    let place: BTreeMap<&str, usize> = services.keys().copied().zip(0..).collect();
    let calls = rows.iter().filter_map(|row| {
        Some(Calls {
            from: *place.get(row.caller.as_deref()?)?,
            to: *place.get(row.callee.as_str())?,
            calls: row.calls,
            errors: row.errors,
            p95_ns: row.p95_ns,
        })
    });
    Ok(Map {
        calls: calls.collect(),
        services: services
            .into_iter()
            .map(|(name, service)| Service {
                name: name.to_owned(),
                ..service
            })
            .collect(),
    })
}

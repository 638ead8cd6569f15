//! What happened over time: histograms and the changes among them.

use serde::Deserialize;

use super::entity;
use crate::store::{Param, Reader, StoreError};

pub(super) const STEPS: &str = include_str!("../store/sql/queries/timeline.sql");
pub(super) const MARKERS: &str = include_str!("../store/sql/queries/markers.sql");
pub(super) const EXTENT: &str = include_str!("../store/sql/queries/span_of_time.sql");

/// One step of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Step {
    /// Position, from 0.
    pub step: i64,
    /// Spans that began in it.
    pub spans: i64,
    /// Those with an error.
    pub errors: i64,
    /// Log records.
    pub logs: i64,
    /// Those of severity error or above.
    pub loud: i64,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Marker {
    /// Entity.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// When.
    pub ts_ns: i64,
    /// True for a rollback.
    pub rollback: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// From.
    pub since: i64,
    /// To.
    pub until: i64,
    /// Steps that had anything in them.
    pub steps: Vec<Step>,
    /// Number of steps.
    pub count: usize,
    /// Changes.
    pub markers: Vec<Marker>,
}

#[derive(Deserialize)]
struct Extent {
    first_ns: Option<i64>,
    last_ns: Option<i64>,
}

/// The time that the evidence covers.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn extent(reader: &Reader) -> Result<Option<(i64, i64)>, StoreError> {
    let rows: Vec<Extent> = reader.ask("the time covered", EXTENT, &[])?;
    Ok(rows
        .first()
        .and_then(|row| Some((row.first_ns?, row.last_ns?)))
        .filter(|(first, last)| first < last))
}

/// What happened in `since..until`, in `count` steps, under the resources among `ids` (all where there are none).
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(
    reader: &Reader,
    since: i64,
    until: i64,
    count: usize,
    ids: Option<&[String]>,
) -> Result<Timeline, StoreError> {
    let count = count.max(1);
    let width = until.saturating_sub(since).max(1);
    let step = (width / i64::try_from(count).unwrap_or(1)).max(1);
    let resources: Option<Vec<String>> = ids.map(|ids| {
        ids.iter()
            .filter_map(|id| id.strip_prefix("resource:"))
            .map(str::to_owned)
            .collect()
    });
    let params = [
        ("since", Param::Int(since)),
        ("until", Param::Int(until)),
        ("step", Param::Int(step)),
        (
            "resources",
            resources
                .filter(|list| !list.is_empty())
                .map_or(Param::Null, |list| entity::list(&list)),
        ),
    ];
    Ok(Timeline {
        since,
        until,
        steps: reader.ask("the timeline", STEPS, &params)?,
        count,
        markers: reader.ask("the changes", MARKERS, &params)?,
    })
}

//! What the evidence says of one entity: its record, and the parts that belong to it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::resolve;
use crate::store::{Param, Reader, Rows, StoreError};

pub(super) const RECORD: &str = include_str!("../store/sql/templates/record.sql");
pub(super) const ONE_RELEASE: &str = include_str!("../store/sql/queries/release.sql");
pub(super) const PLACE: &str = include_str!("../store/sql/queries/place.sql");
pub(super) const FILES: &str = include_str!("../store/sql/queries/commit_files.sql");
pub(super) const HUNKS: &str = include_str!("../store/sql/queries/commit_hunks.sql");
pub(super) const LINES: &str = include_str!("../store/sql/queries/commit_lines.sql");
pub(super) const TURNS: &str = include_str!("../store/sql/queries/session_turns.sql");
pub(super) const JOBS: &str = include_str!("../store/sql/queries/build_jobs.sql");
pub(super) const STATUSES: &str = include_str!("../store/sql/queries/deployment_statuses.sql");
pub(super) const SUBJECTS: &str = include_str!("../store/sql/queries/attestation_subjects.sql");
pub(super) const SIGHTINGS: &str = include_str!("../store/sql/queries/instance_sightings.sql");
pub(super) const EXAMPLES: &str = include_str!("../store/sql/queries/template_examples.sql");
pub(super) const SPANS: &str = include_str!("../store/sql/queries/trace_spans.sql");

/// A row as an object.
pub type Object = Map<String, Value>;

#[derive(Deserialize)]
struct Place {
    file_id: Option<i64>,
    offset: Option<i64>,
}

/// The tables that an entity's record may be in, by kind.
fn tables(kind: &str) -> &'static [&'static str] {
    match kind {
        "request" => &["request", "commit", "change_request"],
        "session" => &["session"],
        "commit" => &[
            "commit",
            "change_request",
            "build",
            "change",
            "attestation",
            "review",
        ],
        "change_request" => &["change_request"],
        "review" => &["review"],
        "build" => &["build"],
        "artifact" => &[
            "artifact",
            "attestation_subject",
            "change",
            "instance",
            "resource",
        ],
        "attestation" => &["attestation"],
        "gate_decision" => &["gate_decision"],
        "deployment" | "change" => &["change"],
        "instance" => &["instance"],
        "resource" => &["resource"],
        "identity" => &["identity"],
        "access" => &["access"],
        "incident" => &["incident"],
        "log" => &["log"],
        _ => &[],
    }
}

/// The record that an entity is cited to.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn record(reader: &Reader, id: &str) -> Result<Option<Object>, StoreError> {
    let kind = super::chain::kind(id);
    if let Some(release) = id.strip_prefix("release:") {
        return Ok(reader
            .rows("the release", ONE_RELEASE, &[("release", release.into())])?
            .objects()
            .next());
    }
    // A log record is no entity: its id is its place.
    let place = match id
        .strip_prefix("log:")
        .and_then(|place| place.split_once(':'))
    {
        Some((file, offset)) => Place {
            file_id: file.parse().ok(),
            offset: offset.parse().ok(),
        },
        None => match reader
            .ask::<Place>("the place", PLACE, &[("id", id.into())])?
            .pop()
        {
            Some(place) => place,
            None => return Ok(None),
        },
    };
    let params = [
        ("file", place.file_id.into()),
        ("offset", place.offset.into()),
    ];
    for table in tables(kind) {
        let rows = reader.rows("the record", &RECORD.replace("{table}", table), &params)?;
        if let Some(row) = rows.objects().next() {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Rows of a part: `files`, `hunks` and `lines` of a commit, `turns` of a session, and so on.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
fn part(
    reader: &Reader,
    name: &str,
    sql: &str,
    params: &[(&str, Param)],
) -> Result<Vec<Object>, StoreError> {
    reader
        .rows(name, sql, params)
        .map(Rows::objects)
        .map(Iterator::collect)
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident($sql:ident; $($param:ident: $type:ty),*);)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// The engine refuses, or the question was withdrawn.
            pub fn $name(reader: &Reader, $($param: $type),*) -> Result<Vec<Object>, StoreError> {
                part(reader, stringify!($name), $sql, &[$((stringify!($param), $param.into())),*])
            }
        )*
    };
}

parts! {
    /// Files of a commit.
    files(FILES; sha: &str);
    /// Hunks of a commit's diff.
    hunks(HUNKS; sha: &str);
    /// Attributed line ranges of a commit.
    lines(LINES; sha: &str);
    /// Turns of a session.
    turns(TURNS; tool: &str, session: &str);
    /// Jobs of a run.
    jobs(JOBS; run: &str, attempt: i64);
    /// States of a deployment.
    statuses(STATUSES; provider: &str, change: &str);
    /// Subjects of a statement.
    subjects(SUBJECTS; statement: &str);
    /// Observations of an instance.
    sightings(SIGHTINGS; key: &str);
    /// Where a log template was said.
    template_examples(EXAMPLES; service: &str, severity: &str, template: &str);
}

/// The spans of a trace, in order of time.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn spans(reader: &Reader, trace: u128) -> Result<Vec<Object>, StoreError> {
    let (hi, lo) = resolve::halves(trace);
    part(
        reader,
        "spans",
        SPANS,
        &[("hi", hi.into()), ("lo", lo.into())],
    )
}

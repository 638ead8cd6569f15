//! What was found out, as the load judged it.

use serde_json::Value;

use super::answer::Window;
use crate::model::finding::{Finding, Severity};
use crate::store::{Param, Reader, Rows, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/findings.sql");
pub(super) const ONE: &str = include_str!("../store/sql/queries/finding.sql");
pub(super) const STANDING: &str = include_str!("../store/sql/queries/findings_standing.sql");

/// Which findings are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Time and service.
    pub window: Window,
    /// Only this release.
    pub release: Option<String>,
    /// Only this family.
    pub family: Option<String>,
    /// Only this severity and worse.
    pub severity: Option<Severity>,
}

/// The findings, worst first, then by id.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, wanted: &Wanted) -> Result<Vec<Finding>, StoreError> {
    let mut params = wanted.window.params();
    params.push(("release", wanted.release.clone().into()));
    params.push(("family", wanted.family.clone().into()));
    params.push((
        "rank",
        wanted
            .severity
            .map_or(Param::Null, |severity| Param::Int(severity as i64)),
    ));
    read(reader.rows("findings", SQL, &params)?)
}

/// The finding with this id.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn one(reader: &Reader, id: &str) -> Result<Option<Finding>, StoreError> {
    Ok(read(reader.rows("the finding", ONE, &[("id", id.into())])?)?.pop())
}

/// How many findings stand, by the word of their severity, worst first.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn standing(reader: &Reader) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = reader.rows("findings by severity", STANDING, &[])?.rows;
    let pair = |row: &Vec<Value>| Some((row.first()?.as_str()?.to_owned(), row.get(1)?.as_i64()?));
    Ok(rows.iter().filter_map(pair).collect())
}

fn read(rows: Rows) -> Result<Vec<Finding>, StoreError> {
    rows.rows
        .into_iter()
        .filter_map(|row| row.into_iter().next())
        .map(|document| {
            serde_json::from_str(document.as_str().unwrap_or_default())
                .map_err(|error| unlike(&error))
        })
        .collect()
}

/// True where `finding` is one of the wanted ones.
#[must_use]
pub fn is_wanted(finding: &Finding, wanted: &Wanted) -> bool {
    wanted
        .release
        .as_ref()
        .is_none_or(|release| finding.release.id == *release)
        && wanted
            .window
            .service
            .as_ref()
            .is_none_or(|service| finding.release.service == *service)
        && wanted
            .family
            .as_ref()
            .is_none_or(|family| finding.family == *family)
        && wanted
            .severity
            .is_none_or(|worst| finding.severity <= worst)
}

/// The findings as one JSON value, as the contracts print them.
#[must_use]
pub fn shown(findings: &[Finding]) -> Value {
    serde_json::to_value(findings).unwrap_or_default()
}

fn unlike(error: &serde_json::Error) -> StoreError {
    StoreError::Sql {
        act: "cannot read a finding".to_owned(),
        message: error.to_string(),
    }
}

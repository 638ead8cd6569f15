//! The moment that an investigation begins with.
//!
//! What was found decides; where nothing stands against any release, requests may still have failed, for
//! a reason that is no release. Then the stretch in which they failed most unlikely by chance decides.

use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/moment.sql");
pub(super) const BURST: &str = include_str!("../store/sql/queries/burst.sql");

/// When something began, to whom, and what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    /// Nanoseconds UTC.
    pub at: i64,
    /// The service that suffers.
    pub service: Option<String>,
    /// What happened then.
    pub because: String,
}

/// The moment of a service or a release, or of everything; `None` where nothing ever went wrong.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub(super) fn ask(
    reader: &Reader,
    service: Option<&str>,
    release: Option<&str>,
) -> Result<Option<Moment>, StoreError> {
    let of_service = ("service", Param::from(service.map(str::to_owned)));
    let of_release = ("release", Param::from(release.map(str::to_owned)));
    let found = reader.rows("the moment", SQL, &[of_service.clone(), of_release])?;
    let weak = found.rows.first().is_none_or(|row| row[3] == true);
    let burst = if weak && release.is_none() {
        reader
            .rows("when requests failed", BURST, &[of_service])?
            .rows
    } else {
        Vec::new()
    };
    let row = burst.first().or(found.rows.first());
    Ok(row.and_then(|row| {
        Some(Moment {
            at: row.first()?.as_i64()?,
            service: row.get(1)?.as_str().map(str::to_owned),
            because: row.get(2)?.as_str()?.to_owned(),
        })
    }))
}

//! What a person means by a text: a sha or its prefix, a digest, a session, run, deployment, pod,
//! trace id, request key, release, or `file path:line`.

use serde::{Deserialize, Serialize};

use super::{about, entity};
use crate::model::id;
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/resolve.sql");
pub(super) const TRACE: &str = include_str!("../store/sql/queries/trace_resources.sql");
pub(super) const LINES: &str = include_str!("../store/sql/queries/lines.sql");
pub(super) const RELEASE: &str = include_str!("../store/sql/queries/release_parts.sql");

/// An entity that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// `kind:natural-key`.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// What people call it.
    pub label: String,
}

/// What a text turned out to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// One entity; walking starts at `parts`, which for most is the entity itself.
    One {
        /// The entity, or the trace or line that was asked for.
        id: String,
        /// Entities to walk from.
        parts: Vec<String>,
    },
    /// Several entities.
    Several(Vec<Candidate>),
    /// Nothing.
    Nothing,
}

/// What `text` means in this case.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, text: &str) -> Result<Meaning, StoreError> {
    let text = text.trim();
    if let Some(trace) = trace(reader, text)? {
        return Ok(trace);
    }
    if text.starts_with("log:") {
        let found = super::detail::record(reader, text)?.is_some();
        let (id, parts) = (text.to_owned(), vec![text.to_owned()]);
        return Ok(if found {
            Meaning::One { id, parts }
        } else {
            Meaning::Nothing
        });
    }
    if text.starts_with("finding:") {
        // A finding is about a release, and hangs on what that is made of.
        return Ok(match about::releases(reader, text, &[])?.first() {
            Some(release) => Meaning::One {
                id: text.to_owned(),
                parts: self::release(reader, release)?,
            },
            None => Meaning::Nothing,
        });
    }
    if let Some(line) = line(reader, text)? {
        return Ok(line);
    }
    // Ids of hex are written in either case; keys of requests are not.
    let lowered = id::commit_prefix(text)
        .or_else(|| id::digest(text))
        .unwrap_or_else(|| text.to_owned());
    let mut found: Vec<Candidate> =
        reader.ask("resolve", SQL, &[("text", Param::from(lowered))])?;
    // A digest that is both an artifact and, as a statement, an attestation is told apart by kind.
    match found.len() {
        0 => Ok(Meaning::Nothing),
        1 => one(reader, found.remove(0)),
        _ => Ok(Meaning::Several(found)),
    }
}

/// The entities that a release is made of.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn release(reader: &Reader, release: &str) -> Result<Vec<String>, StoreError> {
    ids(reader, RELEASE, &[("release", release.into())])
}

fn one(reader: &Reader, found: Candidate) -> Result<Meaning, StoreError> {
    let parts = match found.id.strip_prefix("release:") {
        Some(release) => self::release(reader, release)?,
        None => vec![found.id.clone()],
    };
    Ok(Meaning::One {
        id: found.id,
        parts,
    })
}

fn trace(reader: &Reader, text: &str) -> Result<Option<Meaning>, StoreError> {
    let hex = text.strip_prefix("trace:").unwrap_or(text);
    let Some(trace) = (hex.len() == 32).then(|| id::trace(hex)).flatten() else {
        return Ok(None);
    };
    let (hi, lo) = halves(trace);
    let parts = ids(reader, TRACE, &[("hi", hi.into()), ("lo", lo.into())])?;
    // The trace itself is a part: its resources tie it to the rest.
    let id = format!("trace:{trace:032x}");
    let parts = if parts.is_empty() {
        parts
    } else {
        parts.into_iter().chain([id.clone()]).collect()
    };
    Ok((!parts.is_empty()).then_some(Meaning::One { id, parts }))
}

fn line(reader: &Reader, text: &str) -> Result<Option<Meaning>, StoreError> {
    let Some((path, line)) = text.rsplit_once(':') else {
        return Ok(None);
    };
    let Ok(line) = line.parse::<i64>() else {
        return Ok(None);
    };
    if !path.contains(['/', '.']) || path.starts_with("sha") {
        return Ok(None);
    }
    let parts = ids(
        reader,
        LINES,
        &[("path", path.into()), ("line", line.into())],
    )?;
    Ok((!parts.is_empty()).then(|| Meaning::One {
        id: format!("line:{path}:{line}"),
        parts: parts.into_iter().take(1).collect(),
    }))
}

fn ids(reader: &Reader, sql: &str, params: &[(&str, Param)]) -> Result<Vec<String>, StoreError> {
    let rows = reader.rows("resolve", sql, params)?.rows;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.first()?.as_str().map(str::to_owned))
        .collect())
}

/// The two halves in which the tables hold a trace id.
#[must_use]
pub fn halves(trace: u128) -> (u64, u64) {
    let low = u128::from(u64::MAX);
    (
        u64::try_from(trace >> 64).unwrap_or(0),
        u64::try_from(trace & low).unwrap_or(0),
    )
}

/// The labels of some entities, in the order of `ids`.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn candidates(reader: &Reader, ids: &[String]) -> Result<Vec<Candidate>, StoreError> {
    let nodes = entity::ask(reader, ids)?;
    Ok(nodes
        .into_iter()
        .map(|node| Candidate {
            id: node.id,
            kind: node.kind,
            label: node.label,
        })
        .collect())
}

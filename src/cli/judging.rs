//! Judging for the command line: by what the load judged, or anew where a policy or time is given.

use std::path::Path;

use super::{Common, Failure, session};
use crate::case::Case;
use crate::load;
use crate::policy::{Judgement, Policy, PolicyError, Terms};
use crate::store::Reader;

/// The text of the policy that the user gave.
///
/// # Errors
/// It cannot be read.
pub(super) fn text(common: &Common) -> Result<Option<String>, Failure> {
    let Some(path) = &common.policy else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            &format!("cannot read the policy {}: {error}", path.display()),
            "Give the path of a YAML file; `shipwake list rules --format table` shows the built-in one",
        )
    })?;
    parse(&text, &path.display().to_string())?;
    Ok(Some(text))
}

/// True where what the load judged does not answer the question.
pub(super) fn is_asked(common: &Common) -> bool {
    common.policy.is_some() || common.as_of.is_some()
}

/// Judges anew, every release or `only` one, beside its baseline or `against` another one.
///
/// # Errors
/// The policy or the case cannot be read.
pub(super) fn judge(
    path: &Path,
    reader: &Reader,
    common: &Common,
    only: Option<&str>,
) -> Result<Judgement, Failure> {
    let (policy, built_in) = policy(path, common)?;
    let terms = Terms {
        policy: &policy,
        built_in,
        as_of: common.as_of,
        against: None,
        only,
    };
    Ok(crate::policy::judge(reader, terms, |_| {})?)
}

/// The policy that is asked for: the user's, else the case's, else the built-in one.
pub(super) fn policy(path: &Path, common: &Common) -> Result<(Policy, bool), Failure> {
    let given = match text(common)? {
        Some(text) => Some(text),
        None => load::policy_of(&Case::open(path)?)?,
    };
    let policy = match &given {
        Some(text) => parse(text, "the policy")?,
        None => Policy::built_in().map_err(|errors| refused(&errors, "the built-in policy"))?,
    };
    Ok((policy, given.is_none()))
}

fn parse(text: &str, name: &str) -> Result<Policy, Failure> {
    Policy::parse(text).map_err(|errors| refused(&errors, name))
}

fn refused(errors: &[PolicyError], name: &str) -> Failure {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| {
            format!(
                "  line {}, column {}, {}: {} {}",
                error.line, error.column, error.path, error.problem, error.hint
            )
        })
        .collect();
    Failure::usage(
        &format!("cannot use {name}:\n{}", lines.join("\n")),
        "Mend these lines; docs/policy.md names every key",
    )
}

/// The release that `text` names.
///
/// # Errors
/// It names none, or several.
pub(super) fn release(reader: &Reader, text: &str) -> Result<String, Failure> {
    let (id, _) = session::reference(reader, text)?;
    match id.strip_prefix("release:") {
        Some(id) => Ok(id.to_owned()),
        None => session::release_of(reader, &id),
    }
}

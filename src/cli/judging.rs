//! Judging for the command line: by what the load judged, or anew where a policy or time is given.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Common, Failure, session};
use crate::case::Case;
use crate::load::{self, Given};
use crate::model::signature::Signature;
use crate::policy::file::{Check, GateCheck, RegoText};
use crate::policy::rego;
use crate::policy::{Judgement, Policy, PolicyError, Terms};
use crate::store::Reader;
use crate::trust::{TrustError, Trusted};

/// Bytes of the files beside a policy that are read at most, and how many.
const MOST_BYTES: u64 = 64 << 20;
const MOST_FILES: usize = 20_000;

/// The policy that the user gave, with the files that it may name.
///
/// # Errors
/// It cannot be read.
pub(super) fn given(common: &Common) -> Result<Option<Given>, Failure> {
    let Some(path) = &common.policy else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            &format!("cannot read the policy {}: {error}", path.display()),
            "Give the path of a YAML file; `shipwake list rules --format table` shows the built-in one",
        )
    })?;
    let policy = parse(&text, &path.display().to_string())?;
    let names_files = policy
        .runtime
        .iter()
        .any(|rule| matches!(rule.check, Check::Sigma { .. }));
    let mut files = BTreeMap::new();
    let folder = path.parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if names_files {
        beside(folder, folder, &mut files, &mut 0)?;
    }
    modules(folder, &policy, &mut files);
    Ok(Some(Given { text, files }))
}

/// The modules that Rego gates name. One that is not there, or too large, is told by its gate.
fn modules(folder: &Path, policy: &Policy, files: &mut BTreeMap<String, String>) {
    let named = policy.gates.iter().filter_map(|gate| match &gate.check {
        GateCheck::Rego(rego) => match &rego.text {
            RegoText::Files(names) => Some(names),
            RegoText::Inline { .. } => None,
        },
        _ => None,
    });
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    for name in named.flatten() {
        // A link may lead anywhere; modules lie where the policy lies.
        let Ok(path) = std::fs::canonicalize(folder.join(name)) else {
            continue;
        };
        let fits = std::fs::metadata(&path).is_ok_and(|metadata| {
            metadata.is_file()
                && usize::try_from(metadata.len()).is_ok_and(|bytes| bytes <= rego::LARGEST)
        });
        if path.starts_with(&folder)
            && fits
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            files.insert(name.clone(), text);
        }
    }
}

/// YAML files below the policy's folder, in order of their path.
fn beside(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, String>,
    bytes: &mut u64,
) -> Result<(), Failure> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        // A link may lead anywhere; rules lie where the policy lies.
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            beside(root, &path, files, bytes)?;
        } else if metadata.is_file()
            && path
                .extension()
                .is_some_and(|ext| ext == "yml" || ext == "yaml")
        {
            *bytes += metadata.len();
            if *bytes > MOST_BYTES || files.len() >= MOST_FILES {
                return Err(Failure::usage(
                    &format!(
                        "there are more rules below {} than are read",
                        root.display()
                    ),
                    "Keep the policy and its rules in a folder of their own",
                ));
            }
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            if let Ok(text) = std::fs::read_to_string(&path) {
                files.insert(name, text);
            }
        }
    }
    Ok(())
}

/// True where what the load judged does not answer the question.
pub(super) fn is_asked(common: &Common) -> bool {
    common.policy.is_some()
        || common.as_of.is_some()
        || !common.key.is_empty()
        || !common.trust_root.is_empty()
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
    let (policy, files, built_in) = policy(path, common)?;
    let signatures = signatures(path, reader, common, &policy)?;
    let terms = Terms {
        policy: &policy,
        files: &files,
        built_in,
        signatures: &signatures,
        as_of: common.as_of,
        against: None,
        only,
    };
    Ok(crate::policy::judge(reader, terms, |_| {})?)
}

/// The keys and trust roots that the user gave.
///
/// # Errors
/// One cannot be read.
pub(super) fn trusted(common: &Common) -> Result<Vec<Trusted>, Failure> {
    let read = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::usage(
                &format!("cannot read {}: {error}", path.display()),
                "Give a public key in PEM or a trusted_root.json",
            )
        })?;
        let name = path.display().to_string();
        Ok(Trusted { name, bytes })
    };
    common
        .key
        .iter()
        .chain(&common.trust_root)
        .map(read)
        .collect()
}

/// Name, digest and newest key of every trust root that signatures are checked against.
///
/// # Errors
/// What was given is no key and no trust root.
pub(super) fn roots(
    path: &Path,
    common: &Common,
) -> Result<Vec<(String, String, String)>, Failure> {
    let mut given = trusted(common)?;
    if given.is_empty() {
        given = load::trusted_of(&Case::open(path)?)?;
    }
    let roots = crate::trust::census::roots(&given)
        .map_err(|error| Failure::usage(&error.to_string(), "Give a trusted_root.json"))?;
    let told = |root: &crate::trust::RootName| {
        (root.name.clone(), root.sha256.clone(), root.newest.clone())
    };
    Ok(roots.names().map(told).collect())
}

/// Every signature of the case, checked against what the user gives now, else gave at the last load.
///
/// # Errors
/// The case cannot be read, or what was given is no key and no trust root.
pub(super) fn signatures(
    path: &Path,
    reader: &Reader,
    common: &Common,
    policy: &Policy,
) -> Result<Vec<Signature>, Failure> {
    let case = Case::open(path)?;
    let mut given = trusted(common)?;
    if given.is_empty() {
        given = load::trusted_of(&case)?;
    }
    load::signatures(&case, reader, policy, &given).map_err(|error| match error {
        TrustError::Trusted { .. } => Failure::usage(
            &error.to_string(),
            "Give a public key in PEM, a list of keys in JSON, or a trusted_root.json",
        ),
        error => Failure::failed(error.into()),
    })
}

/// The policy that is asked for: the user's, else the case's, else the built-in one; with its files.
pub(super) fn policy(
    path: &Path,
    common: &Common,
) -> Result<(Policy, BTreeMap<String, String>, bool), Failure> {
    let given = match given(common)? {
        Some(given) => Some(given),
        None => load::policy_of(&Case::open(path)?)?,
    };
    let policy = match &given {
        Some(given) => parse(&given.text, "the policy")?,
        None => Policy::built_in().map_err(|errors| refused(&errors, "the built-in policy"))?,
    };
    let built_in = given.is_none();
    Ok((policy, given.unwrap_or_default().files, built_in))
}

/// The user's policy, else the built-in one.
pub(super) fn given_or_built_in(common: &Common) -> Result<Policy, Failure> {
    match given(common)? {
        Some(given) => parse(&given.text, "the policy"),
        None => Policy::built_in().map_err(|errors| refused(&errors, "the built-in policy")),
    }
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

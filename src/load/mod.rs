//! The whole way from paths to an investigated case: seal, parse, store, link, journal.
//!
//! Both the command line and the screen load through here, so that both do the same. The steps
//! after parsing see all evidence at once and are made anew whenever evidence was added; they depend
//! on nothing but the tables, so that any order of loading gives the same links.

pub mod rebuild;
mod work;

pub use work::Work;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::behaviour;
use crate::case::{Case, CaseError};
use crate::formats::Declared;
use crate::formats::declared::DeclarationError;
use crate::ingest::{self, IngestError, Options, Progress, Report};
use crate::links;
use crate::model::Floor;
use crate::model::signature::Signature;
use crate::policy::{self, Policy, PolicyError, Terms};
use crate::store::{Access, Reader, Settings, Store, StoreError, Writer, ledger};
use crate::trust::{self, TrustError, Trusted};

/// Why a load stopped.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The case cannot be written.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The database cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Signatures cannot be checked.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The policy cannot be read; every mistake of it.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Policy(Vec<PolicyError>),
    /// A declared format cannot be used.
    #[error(transparent)]
    Declaration(#[from] DeclarationError),
    /// The user withdrew; files that were complete stay.
    #[error("the load was cancelled; files that were complete are in the case")]
    Cancelled,
}

impl From<IngestError> for LoadError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Case(error) => Self::Case(error),
            IngestError::Store(error) => Self::Store(error),
            IngestError::Cancelled => Self::Cancelled,
        }
    }
}

/// A load under way in a case that this process may write to.
pub struct Loading {
    case: Case,
    store: Store,
    policy: Option<Given>,
    trusted: Vec<Trusted>,
    declarations: Vec<Declaration>,
    _lock: crate::case::WriteLock,
}

impl Loading {
    /// Takes the right to write to `case` and opens its database for writing. A database of another
    /// version is made anew from the evidence by the load that follows.
    ///
    /// # Errors
    /// Another process writes or reads, or the file system refuses.
    pub fn begin(case: &Case, settings: &Settings) -> Result<Self, LoadError> {
        let lock = case.lock()?;
        let store = match Store::open(&case.database(), Access::Write, settings) {
            Err(StoreError::Version { .. }) => {
                discard(case);
                Store::open(&case.database(), Access::Write, settings)?
            }
            other => other?,
        };
        Ok(Self {
            case: case.clone(),
            store,
            policy: None,
            trusted: Vec::new(),
            declarations: Vec::new(),
            _lock: lock,
        })
    }

    /// Judges by this policy from now on. Without one the case keeps the policy
    /// that it was given before, or the built-in one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn under(mut self, policy: Given) -> Result<Self, LoadError> {
        Policy::parse(&policy.text).map_err(LoadError::Policy)?;
        self.policy = Some(policy);
        Ok(self)
    }

    /// Checks signatures against these keys and trust roots too.
    #[must_use]
    pub fn trusting(mut self, trusted: Vec<Trusted>) -> Self {
        self.trusted = trusted;
        self
    }

    /// Reads exports by these declarations too. The case keeps them for later loads; files that no format
    /// claimed before are looked at again.
    ///
    /// # Errors
    /// One cannot be used.
    pub fn reading(mut self, declarations: Vec<Declaration>) -> Result<Self, LoadError> {
        for declaration in &declarations {
            Declared::read(&declaration.text, &declaration.name)?;
        }
        self.declarations = declarations;
        Ok(self)
    }

    /// The database, for readers of this process while the load goes on.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Loads `paths`.
    ///
    /// # Errors
    /// The case cannot be written, or the user withdrew through `progress`.
    pub fn run(
        self,
        paths: &[PathBuf],
        options: &Options,
        progress: &Arc<Progress>,
    ) -> Result<Report, LoadError> {
        let began = Instant::now();
        let reader = self.store.reader()?;
        let mut writer = self.store.writer()?;
        ledger::set_derived(&writer, false)?;
        let (options, again) = self.declared(options, &reader)?;
        let mut known = ledger::known_files(&reader)?;
        let before = ledger::row_counts(&reader)?;
        let sealed = if known.is_empty() {
            self.journalled()?
        } else {
            again
        };
        for file in &sealed {
            known.forget(&file.sha256);
        }
        let mut report = writer.on_one_thread(|writer| {
            ingest::ingest(
                &self.case, writer, known, &sealed, paths, &options, progress,
            )
        })?;
        ledger::forget_unclaimed(&writer)?;
        progress.step("linking");
        links::derive(&mut writer, |rule| {
            progress.step(&format!("linking: {rule}"));
        })?;
        behaviour::derive(&mut writer, &reader, |stage| progress.step(stage))?;
        self.judge(&mut writer, &reader, progress)?;
        ledger::set_derived(&writer, true)?;
        writer.checkpoint()?;
        progress.committed();
        report.tables = ledger::row_counts(&reader)?;
        for (table, rows) in &mut report.tables {
            *rows -= before.get(table).copied().unwrap_or(0).min(*rows);
        }
        report.links = links::counts(&reader)?;
        report.seconds = began.elapsed().as_secs_f64();
        self.journal(paths, &options, &report)?;
        Ok(report)
    }

    /// The options with the declared formats of the case, and the files that are to be looked at again.
    fn declared(
        &self,
        options: &Options,
        reader: &Reader,
    ) -> Result<(Options, Vec<ingest::Sealed>), LoadError> {
        let mut declarations = declarations_of(&self.case)?;
        declarations.retain(|old| self.declarations.iter().all(|new| new.name != old.name));
        declarations.extend(self.declarations.iter().cloned());
        let mut options = options.clone();
        for one in &declarations {
            // Formats live as long as the program does; a load has a handful of them.
            let declared = Box::leak(Box::new(Declared::read(&one.text, &one.name)?));
            options.declared.push(declared);
        }
        let again = if self.declarations.is_empty() {
            Vec::new()
        } else {
            ledger::unclaimed(reader)?
        };
        let sealed = |(path, sha256, bytes)| ingest::Sealed {
            path,
            sha256,
            bytes,
        };
        Ok((options, again.into_iter().map(sealed).collect()))
    }

    /// Judges every release by the case's policy.
    fn judge(
        &self,
        writer: &mut Writer,
        reader: &Reader,
        progress: &Arc<Progress>,
    ) -> Result<(), LoadError> {
        let given = match &self.policy {
            Some(given) => Some(given.clone()),
            None => policy_of(&self.case)?,
        };
        let policy = given
            .as_ref()
            .map_or_else(Policy::built_in, |given| Policy::parse(&given.text))
            .map_err(LoadError::Policy)?;
        let files = given.as_ref().map(|given| given.files.clone());
        progress.step("checking signatures");
        let mut trusted = self.trusted.clone();
        if trusted.is_empty() {
            trusted = trusted_of(&self.case)?;
        }
        let signatures = signatures(&self.case, reader, &policy, &trusted)?;
        writer.transaction(|transaction| transaction.append(trust::census::rows(&signatures)))?;
        links::verify(writer)?;
        let terms = Terms {
            policy: &policy,
            files: &files.unwrap_or_default(),
            built_in: given.is_none(),
            signatures: &signatures,
            as_of: None,
            against: None,
            only: None,
        };
        let judged = policy::judge_at(reader, terms, &Floor::ALL, |release| {
            progress.step(&format!("judging {release}"));
        })?;
        Ok(writer.transaction(|transaction| {
            judged
                .iter()
                .try_for_each(|judged| transaction.append(policy::record::rows(judged)))
        })?)
    }

    /// The files of all loads before, for a database that has to be made again. Members of archives
    /// and payloads are found again inside them.
    fn journalled(&self) -> Result<Vec<ingest::Sealed>, LoadError> {
        let mut files = std::collections::BTreeSet::new();
        for entry in self
            .case
            .journal()
            .entries()?
            .iter()
            .filter(|entry| entry.act == "load")
        {
            for file in entry.inputs["files"].as_array().into_iter().flatten() {
                let text = |name: &str| file[name].as_str().unwrap_or("").to_owned();
                let (path, sha256) = (text("path"), text("sha256"));
                if !path.contains('!') && self.case.evidence().has(&sha256) {
                    files.insert(ingest::Sealed {
                        path,
                        sha256,
                        bytes: file["bytes"].as_u64().unwrap_or(0),
                    });
                }
            }
        }
        Ok(files.into_iter().collect())
    }

    /// What a rebuild needs: paths, digests, and how many records each file gave.
    fn journal(
        &self,
        paths: &[PathBuf],
        options: &Options,
        report: &Report,
    ) -> Result<(), LoadError> {
        let files: Vec<_> = report
            .files
            .iter()
            .map(|file| json!({"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "format": file.format, "state": file.state}))
            .collect();
        let inputs = json!({
            "paths": paths, "options": options.limits, "policy": self.policy, "formats": self.declarations,
            "trusted": self.trusted.iter().map(|file| json!({"name": file.name, "base64": STANDARD.encode(&file.bytes)})).collect::<Vec<_>>(),
            "files": files,
        });
        let outputs = json!({"tables": report.tables, "links": report.links});
        self.case.journal().append("load", inputs, outputs)?;
        Ok(())
    }
}

/// A policy as it was given: its text, and the files that it names by their path below its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The policy file.
    pub text: String,
    /// Sigma rules and the like.
    pub files: BTreeMap<String, String>,
}

/// A declared format: the name of its file, and its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// The file, for messages; a later one of the same name takes its place.
    pub name: String,
    /// TOML.
    pub text: String,
}

/// The formats that the case was given, the newest of each name.
///
/// # Errors
/// The journal cannot be read.
pub fn declarations_of(case: &Case) -> Result<Vec<Declaration>, CaseError> {
    let mut found: BTreeMap<String, Declaration> = BTreeMap::new();
    for entry in case.journal().entries()? {
        let given = serde_json::from_value::<Vec<Declaration>>(entry.inputs["formats"].clone());
        for one in given.unwrap_or_default() {
            found.insert(one.name.clone(), one);
        }
    }
    Ok(found.into_values().collect())
}

/// The policy that the case was given last; `None` where it was given none.
///
/// # Errors
/// The journal cannot be read.
pub fn policy_of(case: &Case) -> Result<Option<Given>, CaseError> {
    let entries = case.journal().entries()?;
    let given = entries
        .iter()
        .rev()
        .filter(|entry| entry.act == "load")
        .find_map(|entry| serde_json::from_value(entry.inputs["policy"].clone()).ok());
    Ok(given)
}

/// The keys and trust roots that the case was given last.
///
/// # Errors
/// The journal cannot be read.
pub fn trusted_of(case: &Case) -> Result<Vec<Trusted>, CaseError> {
    let entries = case.journal().entries()?;
    let file = |file: &Value| {
        Some(Trusted {
            name: file["name"].as_str()?.to_owned(),
            bytes: STANDARD.decode(file["base64"].as_str()?).ok()?,
        })
    };
    let given = entries
        .iter()
        .rev()
        .filter(|entry| entry.act == "load")
        .filter_map(|entry| entry.inputs["trusted"].as_array())
        .find(|files| !files.is_empty());
    Ok(given.into_iter().flatten().filter_map(file).collect())
}

/// Every signature of the case, checked against the built-in roots, what was given, and the keys that the
/// policy pins: their files lie in the evidence, and count because the policy names the digest of the
/// file or of the key.
///
/// # Errors
/// The case cannot be read, or what was given is no key and no trust root.
pub fn signatures(
    case: &Case,
    reader: &Reader,
    policy: &Policy,
    given: &[Trusted],
) -> Result<Vec<Signature>, TrustError> {
    let evidence = case.evidence();
    let (mut trusted, mut found) = (given.to_vec(), Vec::new());
    for file in trust::census::keys(reader, &evidence)? {
        match policy.keys.iter().find(|key| file.is(&key.sha256)) {
            Some(key) => trusted.push(Trusted {
                name: key.id.clone(),
                ..file
            }),
            None => found.push(file),
        }
    }
    let roots = trust::census::roots(&trusted)?;
    trust::census::check(reader, &evidence, &roots, &found, &|predicate| {
        policy::expected::of(policy, &roots, predicate)
    })
}

/// Removes a database that can be made again.
fn discard(case: &Case) {
    for path in [
        case.database(),
        case.database().with_extension("duckdb.wal"),
    ] {
        // Where it cannot be removed, opening it says why.
        let _ = std::fs::remove_file(path);
    }
}

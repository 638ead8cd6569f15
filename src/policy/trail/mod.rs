//! The paper trail of a release, and what speaks against it.
//!
//! Most broken chains are not forged but absent, and a valid signature proves less than its green
//! tick. So each witness looks at one thing that can be wrong with a release's papers (its
//! signatures, the source and builder that they name, the digests that ran, its tag, its approval,
//! its sessions) and says what it found, with both values. As with detectors, whether that matters is
//! the policy's to say: a rule of the channel `trust` names a witness by `check`.
//!
//! What is absent is told only where it would have been seen ([`super::reach`]). What this room is
//! not: a check of signatures (that is the trust room's, and its results come in), or a gate.

mod approval;
mod builder;
mod digest;
mod provenance;
mod rewritten;
mod session;
mod signature;
mod source;
mod tag;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::dossier::Dossier;
use crate::behaviour::observation::Observation;
use crate::model::citation;
use crate::model::finding::Channel;
use crate::store::{Param, Reader, Row, StoreError};

const STATEMENTS: &str = include_str!("queries/statements.sql");
const BUILDERS: &str = include_str!("queries/builders.sql");
const NAMED: &str = include_str!("queries/named.sql");
const WRITTEN: &str = include_str!("queries/written.sql");
const UNLINKED: &str = include_str!("queries/unlinked.sql");
const FORCED: &str = include_str!("queries/forced.sql");
const PUSHES: &str = include_str!("queries/pushes.sql");
const RAN: &str = include_str!("queries/ran.sql");

/// The questions of this folder.
pub const QUERIES: &[(&str, &str)] = &[
    ("statements of the releases", STATEMENTS),
    ("builders of the repositories", BUILDERS),
    ("what the tags named", NAMED),
    ("who wrote commits", WRITTEN),
    ("what may be commits' and is tied to nothing", UNLINKED),
    ("what was forced off commits", FORCED),
    ("a push", PUSHES),
    ("what ran under the releases' names", RAN),
];

/// Looks at one thing that can be wrong.
pub trait Witness: Sync {
    /// `snake_case`, as `check:` of a trust rule names it.
    fn name(&self) -> &'static str;
    /// What it looks for.
    fn about(&self) -> &'static str;
    /// What speaks against the release.
    fn look(&self, dossier: &Dossier) -> Vec<Observation>;
}

/// Every witness.
pub const ALL: &[&dyn Witness] = &[
    &signature::BadSignature,
    &source::OtherSource,
    &builder::OtherBuilder,
    &digest::OtherDigest,
    &provenance::NoProvenance,
    &tag::TagMoved,
    &rewritten::Rewritten,
    &approval::Approval,
    &session::NoSession,
];

/// A statement that is about the release: by its digest, or by its name and commit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// `sha256:hex` of its bytes.
    pub statement: String,
    /// in-toto predicate type.
    pub predicate_type: Option<String>,
    /// SLSA builder.
    pub builder_id: Option<String>,
    /// Canonical source repository.
    pub repository: Option<String>,
    /// Source commit.
    pub sha: Option<String>,
    /// Digests of its subjects, separated by blanks.
    pub digests: String,
    /// Names of its subjects, separated by blanks.
    pub names: String,
    /// True where one of its subjects is the release's artifact.
    pub is_linked: bool,
    /// Where it stands.
    #[serde(skip)]
    pub citation: Option<Value>,
}

impl Statement {
    /// True for provenance of a build.
    #[must_use]
    pub fn is_provenance(&self) -> bool {
        let kind = self.predicate_type.as_deref().unwrap_or("");
        kind.contains("slsa.dev/provenance") || kind.contains("slsaprovenance")
    }
}

/// One thing that a record says about the release, with its place: a commit or digest that its tag
/// named, a digest that ran, who wrote a line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Which record: `deployment`, `instance`, …
    pub source: String,
    /// The value.
    pub value: String,
    /// When, nanoseconds.
    pub ts_ns: Option<i64>,
    /// How many records say so.
    pub records: i64,
    /// Where one stands.
    #[serde(skip)]
    pub citation: Option<Value>,
}

/// What is read for the witnesses.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// Statements about the release.
    pub statements: Vec<Statement>,
    /// Builders of the statements about its repository's other releases.
    pub builders: Vec<Said>,
    /// Commits and digests that its version was said to be.
    pub named: Vec<Said>,
    /// Commits of the release that an agent wrote, and whether its session is known.
    pub written: Vec<Said>,
    /// Notes and sessions that may be its commits' and that no rule could tie to any.
    pub unlinked: Vec<Said>,
    /// Forced pushes off its commits: the ref, and the commit.
    pub forced: Vec<Said>,
    /// True where any record tells of pushes.
    pub knows_pushes: bool,
    /// Digests that ran under the release's name.
    pub ran: Vec<Said>,
}

impl Trail {
    /// Reads what names each of some releases, in their order.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn of_releases(reader: &Reader, releases: &[&str]) -> Result<Vec<Self>, StoreError> {
        let list = [("releases", Param::from(Value::from(releases).to_string()))];
        let said = |name, sql| said(reader, name, sql, &list);
        let mut statements: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
        for mut row in reader
            .rows("statements of the releases", STATEMENTS, &list)?
            .objects()
        {
            let of = whose(&mut row);
            let citation = citation::of_row(&row, "c_");
            let statement: Statement = shaped(row)?;
            statements.entry(of).or_default().push(Statement {
                citation,
                ..statement
            });
        }
        let mut builders = said("builders of the repositories", BUILDERS)?;
        let mut named = said("what the tags named", NAMED)?;
        let mut ran = said("what ran under the releases' names", RAN)?;
        let knows_pushes = !reader.rows("a push", PUSHES, &[])?.rows.is_empty();
        let trail = |release: &&str| Self {
            statements: statements.remove(*release).unwrap_or_default(),
            builders: builders.remove(*release).unwrap_or_default(),
            named: named.remove(*release).unwrap_or_default(),
            ran: ran.remove(*release).unwrap_or_default(),
            knows_pushes,
            ..Self::default()
        };
        Ok(releases.iter().map(trail).collect())
    }

    /// The same with what is said of the commits of its chain.
    #[must_use]
    pub fn of_commits(self, commits: &Commits, shas: &[&str]) -> Self {
        let of = |said: &BTreeMap<String, Vec<Said>>| {
            let mut all: Vec<Said> = shas
                .iter()
                .filter_map(|sha| said.get(*sha))
                .flatten()
                .cloned()
                .collect();
            all.sort_by(|a, b| (&a.source, &a.value).cmp(&(&b.source, &b.value)));
            all
        };
        let mut unlinked = of(&commits.unlinked);
        unlinked.sort_by_key(|candidate| std::cmp::Reverse(candidate.records));
        unlinked.truncate(CANDIDATES);
        Self {
            written: of(&commits.written),
            forced: of(&commits.forced),
            unlinked,
            ..self
        }
    }
}

/// Notes and sessions that are told of as perhaps a release's.
const CANDIDATES: usize = 20;

/// What is said of commits, by commit.
#[derive(Debug, Default)]
pub struct Commits {
    written: BTreeMap<String, Vec<Said>>,
    unlinked: BTreeMap<String, Vec<Said>>,
    forced: BTreeMap<String, Vec<Said>>,
}

impl Commits {
    /// Reads who wrote some commits, what may be about them and is tied to nothing, and what was forced
    /// off them.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn read(reader: &Reader, shas: &BTreeSet<&str>) -> Result<Self, StoreError> {
        if shas.is_empty() {
            return Ok(Self::default());
        }
        let list = Value::from(shas.iter().copied().collect::<Vec<_>>()).to_string();
        let list = [("shas", Param::from(list))];
        let said = |name, sql| said(reader, name, sql, &list);
        Ok(Self {
            written: said("who wrote commits", WRITTEN)?,
            unlinked: said("what may be commits' and is tied to nothing", UNLINKED)?,
            forced: said("what was forced off commits", FORCED)?,
        })
    }
}

/// What is said, by the release or commit in the column `of`.
fn said(
    reader: &Reader,
    name: &str,
    sql: &str,
    params: &[(&str, Param)],
) -> Result<BTreeMap<String, Vec<Said>>, StoreError> {
    let mut all: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for mut row in reader.rows(name, sql, params)?.objects() {
        let of = whose(&mut row);
        all.entry(of).or_default().push(cited(row)?);
    }
    Ok(all)
}

fn whose(row: &mut Row) -> String {
    match row.remove("of") {
        Some(Value::String(of)) => of,
        _ => String::new(),
    }
}

fn cited(row: Row) -> Result<Said, StoreError> {
    let citation = citation::of_row(&row, "c_");
    let said: Said = shaped(row)?;
    Ok(Said { citation, ..said })
}

fn shaped<T: serde::de::DeserializeOwned>(row: Row) -> Result<T, StoreError> {
    serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
        act: "cannot read the paper trail".to_owned(),
        message: error.to_string(),
    })
}

/// What every witness has seen.
#[must_use]
pub fn look(dossier: &Dossier) -> Vec<Observation> {
    ALL.iter()
        .flat_map(|witness| witness.look(dossier))
        .collect()
}

/// Something that speaks against the release's papers.
fn doubt(
    witness: &dyn Witness,
    dossier: &Dossier,
    family: &str,
    key: &str,
    title: String,
    why: String,
) -> Observation {
    let release = &dossier.comparison.release;
    Observation {
        detector: witness.name(),
        channel: Channel::Trust,
        family: family.to_owned(),
        key: format!("{}: {key}", witness.name()),
        subject: key.to_owned(),
        title,
        why,
        first_ns: release.started_ns,
        count: 1.0,
        citations: release.citation.clone().into_iter().collect(),
        ..Observation::default()
    }
}

/// The first twelve digits of a digest or commit.
fn short(text: &str) -> &str {
    let text = text.rsplit_once(':').map_or(text, |(_, hex)| hex);
    text.get(..12).unwrap_or(text)
}

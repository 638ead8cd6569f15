//! What a policy's own statements find: rules with `sql:` and Sigma rules.
//!
//! They are other people's code. A statement runs read-only, in a connection without files or network,
//! with a deadline, a cap on rows, and only functions whose answer depends on their arguments; what is
//! refused is said in every verdict, because a rule that did not run found nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::dossier::Dossier;
use super::file::{Check, Pattern, Policy, Rule};
use super::sigma;
use super::standards;
use crate::model::finding::{Channel, Finding, OfRelease, Severity};
use crate::model::{citation, id, time};
use crate::store::console::{self, Limits};
use crate::store::{Param, Reader, Row, StoreError};

const HITS: &str = include_str!("queries/hits.sql");
const CITED: &str = include_str!("queries/cited.sql");

/// Bounds of one statement of a rule or gate.
pub(super) const LIMITS: Limits = Limits {
    rows: 10_000,
    millis: 20_000,
};
/// Citations that a finding or gate carries.
pub(super) const MOST_CITATIONS: usize = 5;

/// What one Sigma rule selected of one release.
#[derive(Debug, Clone, Default)]
struct Hit {
    rule: String,
    release: String,
    service: String,
    title: String,
    id: String,
    level: &'static str,
    source: &'static str,
    count: i64,
    first_ns: Option<i64>,
    last_ns: Option<i64>,
    citations: Vec<Value>,
}

/// What the Sigma rules of a policy found, and what became of those that did not run.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    of: Vec<Hit>,
    /// Sigma rules that ran.
    pub ran: usize,
    /// Rules that were refused, by name and reason.
    pub refused: Vec<String>,
    /// Rules whose log source has no table here, by name.
    pub not_evaluable: Vec<String>,
}

/// Runs every Sigma rule of the policy over the case.
///
/// # Errors
/// The question was withdrawn.
pub fn ask(
    reader: &Reader,
    policy: &Policy,
    files: &BTreeMap<String, String>,
) -> Result<Hits, StoreError> {
    let mut hits = Hits::default();
    for rule in &policy.runtime {
        let Check::Sigma { paths, own_levels } = &rule.check else {
            continue;
        };
        let globs: Vec<&str> = paths.iter().map(String::as_str).collect();
        let wanted = files
            .iter()
            .filter(|(path, _)| globs.iter().any(|glob| matches(glob, path)));
        let loaded = sigma::load(wanted);
        hits.refused.extend(
            loaded
                .refused
                .iter()
                .map(|left| format!("{} ({})", left.name, left.why)),
        );
        hits.not_evaluable.extend(
            loaded
                .not_evaluable
                .iter()
                .map(|left| format!("{} ({})", left.name, left.why)),
        );
        for compiled in &loaded.rules {
            let sql = HITS.replace("{hits}", &compiled.sql);
            match reader.rows_up_to(&compiled.title, &sql, &[], LIMITS.rows) {
                Ok(rows) => {
                    hits.ran += 1;
                    let level = if *own_levels {
                        compiled.level
                    } else {
                        word(rule)
                    };
                    gather(&mut hits.of, rule, compiled, level, rows.objects());
                }
                Err(StoreError::Interrupted) => return Err(StoreError::Interrupted),
                Err(error) => hits.refused.push(format!("{} ({error})", compiled.title)),
            }
        }
    }
    Ok(hits)
}

fn word(rule: &Rule) -> &'static str {
    Severity::ALL
        .into_iter()
        .map(Severity::word)
        .find(|word| *word == rule.severity.token())
        .unwrap_or("medium")
}

/// True where a path below the policy's folder fits a glob of the policy.
fn matches(glob: &str, path: &str) -> bool {
    Pattern::new(glob).is_some_and(|pattern| pattern.matches(path))
}

fn gather(
    into: &mut Vec<Hit>,
    rule: &Rule,
    compiled: &sigma::Compiled,
    level: &'static str,
    rows: impl Iterator<Item = Row>,
) {
    let mut by_release: BTreeMap<(String, String), Hit> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| {
            row.get(name)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let of = (text("of_release"), text("of_service"));
        let hit = by_release.entry(of.clone()).or_insert_with(|| Hit {
            rule: rule.id.clone(),
            release: of.0,
            service: of.1,
            title: compiled.title.clone(),
            id: compiled.id.clone(),
            level,
            source: compiled.log_sources.first().copied().unwrap_or(""),
            ..Hit::default()
        });
        hit.count += 1;
        let ts_ns = row.get("ts_ns").and_then(Value::as_i64);
        hit.first_ns = hit.first_ns.or(ts_ns);
        hit.last_ns = hit.last_ns.max(ts_ns);
        if hit.citations.len() < MOST_CITATIONS {
            hit.citations.extend(citation::of_row(&row, "c_"));
        }
    }
    into.extend(by_release.into_values());
}

impl Hits {
    /// The findings of a rule about a release.
    #[must_use]
    pub fn of(&self, rule: &Rule, dossier: &Dossier) -> Vec<Finding> {
        let release = dossier.of_release();
        self.of
            .iter()
            .filter(|hit| hit.rule == rule.id && hit.release == release.id)
            .map(|hit| hit.finding(release.clone()))
            .collect()
    }

    /// What no release can be held to.
    #[must_use]
    pub fn of_nobody(&self) -> Vec<Finding> {
        self.of
            .iter()
            .filter(|hit| hit.release.is_empty())
            .map(|hit| {
                hit.finding(OfRelease {
                    service: hit.service.clone(),
                    ..OfRelease::default()
                })
            })
            .collect()
    }
}

impl Hit {
    fn finding(&self, release: OfRelease) -> Finding {
        let family = match self.source {
            "Agent tool calls" => "agent",
            source if source.contains("etwork") || source.contains("DNS") => "network",
            source if source.contains("OpenTelemetry") => "error",
            _ => "privilege",
        };
        Finding {
            id: name(&[&release.id, &self.rule, &self.id]),
            rule: self.rule.clone(),
            channel: Channel::Policy,
            family: family.to_owned(),
            severity: Severity::ALL
                .into_iter()
                .find(|severity| severity.word() == self.level)
                .unwrap_or_default(),
            state: "open".to_owned(),
            subject: self.id.clone(),
            title: format!("{} (Sigma, {})", self.title, self.source),
            why: format!("The Sigma rule {} selects {} events.", self.id, self.count),
            first_seen: self.first_ns.map(time::rfc3339),
            last_seen: self.last_ns.map(time::rfc3339),
            #[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
            count: self.count as f64,
            standards: standards::of(family),
            citations: self.citations.clone(),
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            release,
            ..Finding::default()
        }
    }
}

fn name(parts: &[&str]) -> String {
    let digest = id::hex(&Sha256::digest(parts.join("\0").as_bytes()));
    format!("F{}", digest.get(..12).unwrap_or_default())
}

/// Runs a rule's own statement for one release: each subject in its rows is a finding. The statement
/// may name `$release` and `$as_of`; its columns `subject`, `ts_ns`, `file_id`, `"offset"` and `length`
/// mean what they say.
///
/// # Errors
/// The statement is refused, fails or takes too long.
pub fn statement(
    reader: &Reader,
    rule: &Rule,
    sql: &str,
    dossier: &Dossier,
) -> Result<Vec<Finding>, StoreError> {
    let release = dossier.of_release();
    let params = [
        ("release", Param::from(release.id.as_str())),
        ("as_of", dossier.comparison.as_of.into()),
    ];
    let rows = console::rule(reader, sql, &params, LIMITS)?;
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for row in rows.objects() {
        let number = |name: &str| row.get(name).and_then(Value::as_i64);
        let subject = row
            .get("subject")
            .or_else(|| row.values().find(|cell| cell.is_string()))
            .and_then(Value::as_str)
            .unwrap_or("row")
            .to_owned();
        let finding = found.entry(subject.clone()).or_insert_with(|| Finding {
            id: name(&[&release.id, &rule.id, &subject]),
            rule: rule.id.clone(),
            channel: Channel::Policy,
            family: rule
                .family
                .map_or("policy", |family| family.token())
                .to_owned(),
            severity: Severity::ALL
                .into_iter()
                .find(|severity| severity.word() == rule.severity.token())
                .unwrap_or_default(),
            state: "open".to_owned(),
            release: release.clone(),
            title: format!("{}: {subject}", rule.title),
            why: "A row of the rule's own statement.".to_owned(),
            first_seen: number("ts_ns").map(time::rfc3339),
            first_ns: number("ts_ns"),
            subject,
            ..Finding::default()
        });
        finding.count += 1.0;
        finding.last_ns = finding.last_ns.max(number("ts_ns"));
        finding.last_seen = finding.last_ns.map(time::rfc3339);
        if finding.citations.len() < MOST_CITATIONS {
            finding.citations.extend(cited(reader, &row)?);
        }
    }
    Ok(found.into_values().collect())
}

/// The citation in a row's `file_id`, `"offset"` and `length`, where it has them.
pub(super) fn cited(reader: &Reader, row: &Row) -> Result<Option<Value>, StoreError> {
    let number = |name: &str| row.get(name).and_then(Value::as_i64);
    let Some(file) = number("file_id") else {
        return Ok(None);
    };
    let known = reader.rows("the file of a row", CITED, &[("file", file.into())])?;
    let Some(mut cited) = known.objects().next() else {
        return Ok(None);
    };
    cited.insert("c_offset".to_owned(), number("offset").into());
    cited.insert("c_length".to_owned(), number("length").into());
    Ok(citation::of_row(&cited, "c_"))
}

//! What changed before a moment: every change, ranked, with reasons for and against.
//!
//! Most outages are no deployments of code (Cloudflare 2025: a permission; CrowdStrike 2024: a data
//! file), so no kind of change is worth more than another. What counts: whether it concerns the service
//! or what it calls, how shortly before the moment it took effect, and whether what it brought was seen
//! doing something that was never done. What was under way before a change speaks against it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{answer, moment};
use crate::model::time;
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/changes.sql");
pub(super) const CALLS: &str = include_str!("../store/sql/queries/calls.sql");

/// How much later than its effect a change may be recorded, in nanoseconds.
const SLACK: i64 = 600_000_000_000;
/// One hour in nanoseconds.
const HOUR: f64 = 3.6e12;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The moment; the first event of the worst finding unless given.
    pub before: Option<i64>,
    /// The service that suffers; that of the worst finding unless given.
    pub service: Option<String>,
    /// Only what was found about this release decides about the moment.
    pub release: Option<String>,
    /// How far back, in hours; 24 unless given.
    pub hours: Option<u32>,
}

/// One change, or several records of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The first record.
    pub id: String,
    /// deploy, config, iam, flag, schema, data, model.
    pub kind: String,
    /// Service, where it names one.
    pub service: String,
    /// What was changed.
    pub what: String,
    /// Who did it.
    pub who: String,
    /// When it was recorded, RFC 3339.
    pub ts: String,
    /// When it took effect, RFC 3339.
    pub took_effect: String,
    /// For ranking only.
    pub score: f64,
    /// What speaks for it as the cause.
    #[serde(rename = "for")]
    pub pro: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// Other records of the same change.
    pub records: Vec<String>,
    /// Where it is told.
    pub citations: Vec<Value>,
}

/// What changed before a moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Changes {
    /// The moment, RFC 3339.
    pub before: Option<String>,
    /// The service that suffers.
    pub service: Option<String>,
    /// What happened then.
    pub because: Option<String>,
    /// Most likely first.
    pub changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Recorded {
    id: String,
    kind: String,
    service: String,
    version: Option<String>,
    object: String,
    who: String,
    ts_ns: i64,
    release: Option<String>,
    ran_ns: Option<i64>,
    worst: Option<i64>,
    findings: i64,
    excused: Option<String>,
    #[serde(skip)]
    citation: Option<Value>,
}

/// Every change before the moment, most likely first.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, wanted: &Wanted) -> Result<Changes, StoreError> {
    let found = moment::ask(reader, wanted.service.as_deref(), wanted.release.as_deref())?;
    let service = wanted
        .service
        .clone()
        .or_else(|| found.as_ref()?.service.clone());
    let Some(moment) = wanted.before.or(found.as_ref().map(|found| found.at)) else {
        return Ok(Changes::default());
    };
    let hours = i64::from(wanted.hours.unwrap_or(24));
    let span = [
        ("since", Param::Int(moment - hours * 3_600_000_000_000)),
        ("until", Param::Int(moment + SLACK)),
    ];
    let mut records = Vec::new();
    for row in reader.rows("the changes before", SQL, &span)?.objects() {
        let citation = answer::citation(&row, "c_");
        let mut record: Recorded =
            serde_json::from_value(Value::Object(row)).map_err(|error| StoreError::Sql {
                act: "cannot read a change".to_owned(),
                message: error.to_string(),
            })?;
        record.citation = citation;
        records.push(record);
    }
    let calls: Vec<(String, String)> = reader
        .rows("who calls whom", CALLS, &[])?
        .rows
        .iter()
        .filter_map(|row| {
            Some((
                row.first()?.as_str()?.to_owned(),
                row.get(1)?.as_str()?.to_owned(),
            ))
        })
        .collect();
    let near = neighbours(service.as_deref(), &calls);
    let mut changes: Vec<Change> = grouped(records)
        .into_iter()
        .filter_map(|records| weigh(&records, moment, &near))
        .collect();
    changes.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    Ok(Changes {
        before: Some(time::rfc3339(moment)),
        service,
        because: found
            .filter(|_| wanted.before.is_none())
            .map(|found| found.because),
        changes,
    })
}

/// The service itself, what it calls, what those call, and who calls it, with how much each counts.
fn neighbours(
    service: Option<&str>,
    calls: &[(String, String)],
) -> BTreeMap<String, (f64, &'static str)> {
    let mut near = BTreeMap::new();
    let Some(service) = service else {
        return near;
    };
    let called = |by: &BTreeSet<String>| -> BTreeSet<String> {
        calls
            .iter()
            .filter(|(caller, _)| by.contains(caller))
            .map(|(_, callee)| callee.clone())
            .collect()
    };
    let own = BTreeSet::from([service.to_owned()]);
    let first = called(&own);
    let second = called(&first);
    for (name, weight, says) in calls
        .iter()
        .filter(|(_, callee)| callee == service)
        .map(|(caller, _)| (caller, 0.5, "it concerns a service that calls this one"))
        .chain(
            second
                .iter()
                .map(|name| (name, 1.0, "it concerns a service two calls away")),
        )
        .chain(
            first
                .iter()
                .map(|name| (name, 2.0, "it concerns a service that this one calls")),
        )
        .chain(
            own.iter()
                .map(|name| (name, 3.0, "it concerns the service itself")),
        )
    {
        near.insert(name.clone(), (weight, says));
    }
    near
}

/// Records of one change: a forge, a pipeline and a cluster each tell of a deployment.
fn grouped(records: Vec<Recorded>) -> Vec<Vec<Recorded>> {
    let mut groups: BTreeMap<(String, String, String), Vec<Vec<Recorded>>> = BTreeMap::new();
    for record in records {
        let what = match &record.release {
            Some(release) => release.clone(),
            None if record.kind == "deploy" => record.version.clone().unwrap_or_default(),
            None => record.object.clone(),
        };
        let group = groups
            .entry((record.kind.clone(), record.service.clone(), what))
            .or_default();
        // The same object changed twice within the hour may be two acts; a deployment is one for two.
        let close = if record.kind == "deploy" {
            7_200_000_000_000
        } else {
            60_000_000_000
        };
        match group.last_mut() {
            Some(last)
                if last
                    .last()
                    .is_some_and(|other| record.ts_ns - other.ts_ns <= close) =>
            {
                last.push(record);
            }
            _ => group.push(vec![record]),
        }
    }
    groups.into_values().flatten().collect()
}

/// How much a change has to do with the service that suffers.
fn relation(
    change: &Recorded,
    near: &BTreeMap<String, (f64, &'static str)>,
) -> Option<(f64, &'static str)> {
    let named = |name: &str| {
        let of = |part: &str| {
            part == name
                || part
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('-'))
        };
        change.service == name || change.object.split(['/', ':', '.', ' ']).any(of)
    };
    near.iter()
        .filter(|(name, _)| named(name))
        .map(|(_, weight)| *weight)
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

fn weigh(
    records: &[Recorded],
    moment: i64,
    near: &BTreeMap<String, (f64, &'static str)>,
) -> Option<Change> {
    let first = records.first()?;
    let last = records.last()?;
    // Going back to an older version runs what ran before: it takes effect when it is rolled out.
    let effect = records
        .iter()
        .filter_map(|record| record.ran_ns)
        .min()
        .filter(|ran| *ran >= first.ts_ns - SLACK)
        .unwrap_or(if first.kind == "deploy" {
            last.ts_ns
        } else {
            first.ts_ns
        });
    let ago = moment - effect;
    if ago < -SLACK {
        return None;
    }
    let (mut score, mut pro, mut against) = (0.0, Vec::new(), Vec::new());
    match relation(first, near) {
        Some((weight, says)) => {
            score += weight;
            pro.push(says.to_owned());
        }
        None => {
            against.push("it concerns neither the service nor anything that it calls".to_owned());
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "hours need no exact nanoseconds"
    )]
    let hours = ago.max(0) as f64 / HOUR;
    score += 3.0 * (-hours / 2.0).exp();
    let minutes = ago / 60_000_000_000;
    if minutes <= 30 {
        pro.push(format!(
            "it took effect {} before",
            time::duration(ago.max(0))
        ));
    } else {
        against.push(format!("it took effect {} before", time::duration(ago)));
    }
    let worst = records.iter().filter_map(|record| record.worst).min();
    let findings = records
        .iter()
        .map(|record| record.findings)
        .max()
        .unwrap_or(0);
    match worst {
        Some(rank @ 0..=2) => {
            score += [4.0, 3.0, 1.0][usize::try_from(rank).unwrap_or(2)];
            pro.push(format!(
                "its release did {findings} things that no release had done, or that are forbidden"
            ));
        }
        _ if first.release.is_some() => against.push("its release did nothing new".to_owned()),
        _ => {}
    }
    if let Some(excused) = records.iter().find_map(|record| record.excused.as_ref()) {
        score -= 2.0;
        against.push(format!("nearer to another change: {excused}"));
    }
    Some(Change {
        id: first.id.clone(),
        kind: first.kind.clone(),
        service: first.service.clone(),
        what: match (&first.release, first.object.is_empty()) {
            (Some(release), _) => release.clone(),
            (None, false) => first.object.clone(),
            (None, true) => [
                first.service.as_str(),
                first.version.as_deref().unwrap_or(""),
            ]
            .join(" "),
        },
        who: records
            .iter()
            .map(|record| record.who.as_str())
            .find(|who| !who.is_empty())
            .unwrap_or_default()
            .to_owned(),
        ts: time::rfc3339(first.ts_ns),
        took_effect: time::rfc3339(effect),
        score: (score * 1000.0).round() / 1000.0,
        pro,
        against,
        records: records
            .iter()
            .skip(1)
            .map(|record| record.id.clone())
            .collect(),
        citations: records
            .iter()
            .filter_map(|record| record.citation.clone())
            .take(4)
            .collect(),
    })
}

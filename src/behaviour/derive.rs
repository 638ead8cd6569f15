//! Fills the rollups: who did what, how often, in steps of five minutes.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::drain::{Miner, Settings};
use crate::model::judgement::Template;
use crate::model::{EvidenceClass, Span, Stamp, id};
use crate::store::{Batch, Param, Reader, Row, StoreError, Writer};

const CLEAR: &str = include_str!("sources/clear.sql");
const SETTLE: &str = include_str!("sources/settle.sql");
const MASKED: &str = include_str!("sources/masked.sql");
const TEMPLATE: &str = include_str!("sources/template.sql");
const INSERT: &str = include_str!("sources/insert.sql");
const RECEIPT: &str = include_str!("sources/receipt.sql");

/// Who did it; these know the tables as they are here.
const SOURCES: &[&str] = &[
    include_str!("sources/placement.sql"),
    include_str!("sources/emitter.sql"),
    include_str!("sources/access_origin.sql"),
];

/// A rollup: its name, the table that it fills, and its question in the portable subset.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// Name of its file.
    pub name: &'static str,
    /// Table that takes the rows, column by column.
    pub table: &'static str,
    /// The question.
    pub sql: &'static str,
}

/// Every stage.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "network",
        table: "behaviour",
        sql: include_str!("stages/network.sql"),
    },
    Stage {
        name: "flow",
        table: "behaviour",
        sql: include_str!("stages/flow.sql"),
    },
    Stage {
        name: "secret",
        table: "behaviour",
        sql: include_str!("stages/secret.sql"),
    },
    Stage {
        name: "privilege",
        table: "behaviour",
        sql: include_str!("stages/privilege.sql"),
    },
    Stage {
        name: "error",
        table: "behaviour",
        sql: include_str!("stages/error.sql"),
    },
    Stage {
        name: "served",
        table: "served",
        sql: include_str!("stages/served.sql"),
    },
    Stage {
        name: "counted",
        table: "served",
        sql: include_str!("stages/counted.sql"),
    },
    Stage {
        name: "quantile",
        table: "quantile",
        sql: include_str!("stages/quantile.sql"),
    },
    Stage {
        name: "outcome",
        table: "outcome",
        sql: include_str!("stages/outcome.sql"),
    },
    Stage {
        name: "latency",
        table: "latency",
        sql: include_str!("stages/latency.sql"),
    },
    Stage {
        name: "presence",
        table: "presence",
        sql: include_str!("stages/presence.sql"),
    },
    Stage {
        name: "masked_log",
        table: "masked_log",
        sql: include_str!("stages/masked_log.sql"),
    },
];

/// Distinct masked messages that templates are mined from; a case with more says so nowhere else than
/// in the templates that are missing, so the bound is far above what real logs have.
const MOST_MESSAGES: i64 = 400_000;

/// Empties and fills the rollups. Needs the links and releases.
///
/// # Errors
/// The engine refuses; the rollups are then as before.
pub fn derive(
    writer: &mut Writer,
    reader: &Reader,
    mut step: impl FnMut(&str),
) -> Result<(), StoreError> {
    in_transaction(writer, |writer| {
        writer.run(CLEAR)?;
        step("who did what");
        for source in SOURCES {
            writer.run(source)?;
        }
        for stage in STAGES {
            step(&format!("behaviour: {}", stage.name));
            run(writer, stage)?;
        }
        Ok(())
    })?;
    step("log templates");
    let messages = reader.rows(
        "masked messages",
        MASKED,
        &[("limit", Param::Int(MOST_MESSAGES))],
    )?;
    let batch = templates(messages.objects());
    writer.transaction(|transaction| transaction.append(batch))?;
    in_transaction(writer, |writer| {
        writer.run(TEMPLATE)?;
        writer.run(SETTLE)
    })
}

fn in_transaction(
    writer: &Writer,
    work: impl FnOnce(&Writer) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    writer.run("BEGIN")?;
    match work(writer) {
        Ok(()) => writer.run("COMMIT"),
        Err(error) => {
            // The first failure is the one worth telling.
            let _ = writer.run("ROLLBACK");
            Err(error)
        }
    }
}

fn run(writer: &Writer, stage: &Stage) -> Result<(), StoreError> {
    let act = format!("cannot roll up {}", stage.name);
    let sql = INSERT
        .replace("{table}", stage.table)
        .replace("{stage}", stage.sql);
    let rows = writer.execute(&act, &sql, &[])?;
    let params = [
        ("stage", Param::from(stage.name)),
        (
            "digest",
            id::hex(&Sha256::digest(stage.sql.as_bytes())).into(),
        ),
        ("rows", i64::try_from(rows).unwrap_or(i64::MAX).into()),
    ];
    writer.execute(&act, RECEIPT, &params).map(|_| ())
}

/// Mines templates, over the messages in the order in which they came up, so that the same evidence
/// gives the same templates. Each service, severity and release has a miner of its own, asked after
/// those of the other releases: in one miner, what a release says anew would blur into a template of
/// what was said before, and not be new.
fn templates(messages: impl Iterator<Item = Row>) -> Batch {
    let mut miners: BTreeMap<(String, String), BTreeMap<String, Miner>> = BTreeMap::new();
    let mut told = Vec::new();
    for row in messages {
        let text = |name: &str| row.get(name).and_then(|cell| cell.as_str()).unwrap_or("");
        let number = |name: &str| row.get(name).and_then(serde_json::Value::as_i64);
        let of = (text("service").to_owned(), text("severity").to_owned());
        let releases = miners.entry(of.clone()).or_default();
        let release = text("release");
        let known = releases
            .iter()
            .filter(|(other, _)| *other != release)
            .find_map(|(other, miner)| Some((other.clone(), miner.matching(text("masked"))?)));
        let (release, template) = known.unwrap_or_else(|| {
            let miner = releases
                .entry(release.to_owned())
                .or_insert_with(|| Miner::new(Settings::default()));
            let weight = number("events").unwrap_or(1).max(1).unsigned_abs();
            (release.to_owned(), miner.train(text("masked"), weight))
        });
        let place = (
            number("file_id").unwrap_or_default(),
            Span::new(
                number("offset").unwrap_or_default().unsigned_abs(),
                number("length").unwrap_or_default().unsigned_abs(),
            ),
            number("first_ns"),
        );
        told.push((of, release, text("masked").to_owned(), template, place));
    }
    let mut batch = Batch::new();
    for (of, release, masked, template, (file, span, first_ns)) in &told {
        let Some(miner) = miners.get(of).and_then(|miners| miners.get(release)) else {
            continue;
        };
        batch.begin(*file, EvidenceClass::Observed);
        batch.push(
            Stamp::new(*span, *first_ns),
            &Template {
                service: Some(of.0.as_str().into()),
                severity: Some(of.1.as_str().into()),
                masked: Some(masked.into()),
                template: Some(miner.text(*template).into()),
                ..Template::default()
            },
        );
    }
    batch
}

//! Fills the derived tables: entities, links, releases.

use std::collections::BTreeMap;

use super::{ALL, Rule};
use crate::store::{Param, Reader, StoreError, Writer};

const CLEAR: &str = include_str!("stages/clear.sql");
const INSERT: &str = include_str!("stages/insert.sql");
const FIRST_PATH: &str = include_str!("stages/first_path.sql");
const KINDS: &str = include_str!("stages/kinds.sql");
const SETTLE: &str = include_str!("stages/settle.sql");
const VERIFY: &str = include_str!("stages/verify.sql");
const COUNT: &str = include_str!("stages/count.sql");
const ENTITIES: &[&str] = &[
    include_str!("stages/entity.sql"),
    include_str!("stages/label.sql"),
];
const RELEASES: &[&str] = &[
    include_str!("stages/release.sql"),
    include_str!("stages/release_entity.sql"),
];

/// Empties and fills the derived tables in one transaction; the tables that loading fills stay.
///
/// # Errors
/// The engine refuses; the derived tables then are as before.
pub fn derive(writer: &mut Writer, mut step: impl FnMut(&str)) -> Result<(), StoreError> {
    writer.run("BEGIN")?;
    let outcome = fill(writer, &mut step);
    match outcome {
        Ok(()) => writer.run("COMMIT"),
        Err(error) => {
            // The first failure is the one worth telling.
            let _ = writer.run("ROLLBACK");
            Err(error)
        }
    }
}

fn fill(writer: &Writer, step: &mut impl FnMut(&str)) -> Result<(), StoreError> {
    writer.run(CLEAR)?;
    writer.run(FIRST_PATH)?;
    step("entities");
    for stage in ENTITIES {
        writer.run(stage)?;
    }
    apply(writer, "", step)?;
    step("releases");
    for stage in RELEASES {
        writer.run(stage)?;
    }
    apply(writer, "released", step)?;
    writer.run(SETTLE)
}

/// Applies the rules of one time.
fn apply(writer: &Writer, when: &str, step: &mut impl FnMut(&str)) -> Result<(), StoreError> {
    let kinds = writer.texts("cannot see which kinds there are", KINDS)?;
    let has = |kind: &str| kinds.iter().any(|known| known == kind);
    for rule in ALL.iter().filter(|rule| rule.header("when") == when) {
        step(rule.name);
        // Between kinds that the case has none of there is nothing to link, and finding that out by
        // the rule itself costs more than all of a small load.
        if has(rule.from()) && has(rule.to()) {
            insert(writer, rule)?;
        }
    }
    Ok(())
}

fn insert(writer: &Writer, rule: &Rule) -> Result<(), StoreError> {
    let act = format!("cannot apply the link rule {}", rule.name);
    let params = [
        ("method", Param::from(rule.name)),
        ("class", rule.class().into()),
        ("weight", rule.header("weight").into()),
        ("one", rule.one().into()),
        ("why", rule.why().into()),
    ];
    let sql = INSERT
        .replace("{rule}", rule.sql)
        .replace("{contradicted}", rule.contradicted());
    writer.execute(&act, &sql, &params).map(|_| ())
}

/// Marks links that an expected signer vouches for, once signatures have been checked.
///
/// # Errors
/// The engine refuses.
pub fn verify(writer: &Writer) -> Result<usize, StoreError> {
    writer.execute("cannot mark verified links", VERIFY, &[])
}

/// Links in the case, by rule.
///
/// # Errors
/// The engine refuses.
pub fn counts(reader: &Reader) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = reader.rows("how many links", COUNT, &[])?.rows;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.first()?.as_str()?.to_owned(), row.get(1)?.as_u64()?)))
        .collect())
}

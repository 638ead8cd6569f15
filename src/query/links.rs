//! The links of some entities, with both values and both citations.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{answer, entity};
use crate::model::link::Class;
use crate::store::{Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/neighbours.sql");

/// A link as every output prints it (DESIGN section 8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Entity that it starts from.
    pub from: String,
    /// Entity that it leads to.
    pub to: String,
    /// Rule that made it.
    pub method: String,
    /// `S`, `I` or `T`.
    pub class: String,
    /// `matched`, `inferred`, `ambiguous`, `contradicted`, …
    pub state: String,
    /// How many targets are equally good, for an ambiguous link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k: Option<i64>,
    /// What each side says.
    pub values: [Option<String>; 2],
    /// One sentence.
    pub why: String,
    /// Where each side says it.
    pub citations: Vec<Value>,
    /// For ranking; not printed.
    #[serde(skip)]
    pub weight: f64,
}

impl Link {
    /// Orders links from weakest to strongest: contradictions first, then by class, ambiguity, weight.
    #[must_use]
    pub fn strength(&self) -> (bool, Class, bool, i64) {
        let sound = self.state != "contradicted";
        let class = Class::parse(&self.class).unwrap_or(Class::T);
        #[expect(clippy::cast_possible_truncation, reason = "weights lie between 0 and 1")]
        let weight = (self.weight * 1e6) as i64;
        (sound, class, self.state != "ambiguous", weight)
    }

    /// The other end.
    #[must_use]
    pub fn other(&self, id: &str) -> &str {
        if self.from == id { &self.to } else { &self.from }
    }
}

/// Every link that has one of `ids` at either end.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, ids: &[String]) -> Result<Vec<Link>, StoreError> {
    let rows = reader.rows("neighbours", SQL, &[("ids", entity::list(ids))])?;
    Ok(rows.objects().map(|row| link(&row)).collect())
}

fn link(row: &Map<String, Value>) -> Link {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let sides = ["from_", "to_"];
    Link {
        from: text("from_id").unwrap_or_default(),
        to: text("to_id").unwrap_or_default(),
        method: text("method").unwrap_or_default(),
        class: text("class").unwrap_or_default(),
        state: text("state").unwrap_or_default(),
        k: row.get("k").and_then(Value::as_i64),
        values: [text("left_value"), text("right_value")],
        why: text("why").unwrap_or_default(),
        citations: sides.iter().filter_map(|side| answer::citation(row, side)).collect(),
        weight: row.get("weight").and_then(Value::as_f64).unwrap_or(0.0),
    }
}

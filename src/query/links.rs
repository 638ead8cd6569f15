//! The links of some entities, with both values and both citations.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::graph::Graph;
use super::{answer, entity, resolve};
use crate::model::id;
use crate::model::link::Class;
use crate::model::rule::Rule;
use crate::store::{Param, Reader, StoreError};

pub(super) const SQL: &str = include_str!("../store/sql/queries/neighbours.sql");

pub(super) const TIES: &str = include_str!("../store/sql/queries/ties.sql");
pub(super) const LOG_TRACE: &str = include_str!("../store/sql/queries/log_trace.sql");
const ASKED_LINKS: &str = include_str!("../links/stages/asked.sql");

/// The rules that are asked for one trace. Their files stand with the other rules.
const ASKED: &[Rule] = &[
    Rule {
        name: "trace_resource",
        sql: include_str!("../links/trace_resource.sql"),
    },
    Rule {
        name: "trace_log",
        sql: include_str!("../links/trace_log.sql"),
    },
];

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
        #[expect(
            clippy::cast_possible_truncation,
            reason = "weights lie between 0 and 1"
        )]
        let weight = (self.weight * 1e6) as i64;
        (sound, class, self.state != "ambiguous", weight)
    }

    /// The other end.
    #[must_use]
    pub fn other(&self, id: &str) -> &str {
        if self.from == id {
            &self.to
        } else {
            &self.from
        }
    }
}

/// A link as far as walking over it needs: no values, no citations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Tie {
    /// Entity that it starts from.
    pub from: String,
    /// Entity that it leads to.
    pub to: String,
    /// Rule that made it.
    pub method: String,
    /// State.
    pub state: String,
}

impl From<&Link> for Tie {
    fn from(link: &Link) -> Self {
        Self {
            from: link.from.clone(),
            to: link.to.clone(),
            method: link.method.clone(),
            state: link.state.clone(),
        }
    }
}

/// Asks for links many times in a row, as a walk does, and for those of one trace only once.
pub struct Neighbours<'r> {
    reader: &'r Reader,
    graph: Option<&'r Graph>,
    traces: RefCell<BTreeMap<u128, Vec<Link>>>,
}

impl<'r> Neighbours<'r> {
    /// Neighbours as `reader` sees them.
    #[must_use]
    pub fn new(reader: &'r Reader) -> Self {
        Self {
            reader,
            graph: None,
            traces: RefCell::default(),
        }
    }

    /// The same with the links that `graph` holds.
    #[must_use]
    pub fn over(reader: &'r Reader, graph: &'r Graph) -> Self {
        Self {
            graph: Some(graph),
            ..Self::new(reader)
        }
    }

    /// Every link that has one of `ids` at either end, for a walk that asks often and shows little.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn ties(&self, ids: &[String]) -> Result<Vec<Tie>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut ties = match self.graph.and_then(|graph| graph.ties(ids)) {
            Some(ties) => ties,
            None => self
                .reader
                .ask("ties", TIES, &[("ids", entity::list(ids))])?,
        };
        ties.extend(self.around_traces(ids)?.iter().map(Tie::from));
        ties.sort();
        Ok(ties)
    }

    /// Every link that has one of `ids` at either end, those that load made and those that are made
    /// when a trace or log record is asked for.
    ///
    /// # Errors
    /// The engine refuses, or the question was withdrawn.
    pub fn links(&self, ids: &[String]) -> Result<Vec<Link>, StoreError> {
        let rows = self
            .reader
            .rows("neighbours", SQL, &[("ids", entity::list(ids))])?;
        let mut links: Vec<Link> = rows.objects().map(|row| link(&row)).collect();
        links.extend(self.around_traces(ids)?);
        Ok(links)
    }

    /// The links that are made when a trace or log record among `ids` is asked for.
    fn around_traces(&self, ids: &[String]) -> Result<Vec<Link>, StoreError> {
        // A trace and one of its records lead to the same links.
        let mut wanted = BTreeSet::new();
        for id in ids {
            wanted.extend(trace(self.reader, id)?);
        }
        let mut links = Vec::new();
        for trace in wanted {
            if !self.traces.borrow().contains_key(&trace) {
                let asked = asked(self.reader, trace)?;
                self.traces.borrow_mut().insert(trace, asked);
            }
            links.extend(
                self.traces.borrow()[&trace]
                    .iter()
                    .filter(|link| ids.contains(&link.from) || ids.contains(&link.to))
                    .cloned(),
            );
        }
        Ok(links)
    }
}

/// Every link that has one of `ids` at either end.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, ids: &[String]) -> Result<Vec<Link>, StoreError> {
    Neighbours::new(reader).links(ids)
}

/// The trace that an id is, or that a log record belongs to.
fn trace(reader: &Reader, id: &str) -> Result<Option<u128>, StoreError> {
    if let Some(hex) = id.strip_prefix("trace:") {
        return Ok(id::trace(hex));
    }
    let Some((file, offset)) = id
        .strip_prefix("log:")
        .and_then(|place| place.split_once(':'))
    else {
        return Ok(None);
    };
    let (Ok(file), Ok(offset)) = (file.parse::<i64>(), offset.parse::<i64>()) else {
        return Ok(None);
    };
    let rows = reader
        .rows(
            "the log's trace",
            LOG_TRACE,
            &[("file", file.into()), ("offset", offset.into())],
        )?
        .rows;
    Ok(rows
        .first()
        .and_then(|row| row.first()?.as_str())
        .and_then(id::trace))
}

fn asked(reader: &Reader, trace: u128) -> Result<Vec<Link>, StoreError> {
    let (hi, lo) = resolve::halves(trace);
    let mut links = Vec::new();
    for rule in ASKED {
        let params = [
            ("hi", Param::from(hi)),
            ("lo", lo.into()),
            ("method", rule.name.into()),
            ("class", rule.class().into()),
            ("weight", rule.header("weight").into()),
            ("why", rule.why().into()),
        ];
        let rows = reader.rows(rule.name, &ASKED_LINKS.replace("{rule}", rule.sql), &params)?;
        links.extend(rows.objects().map(|row| link(&row)));
    }
    Ok(links)
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
        citations: sides
            .iter()
            .filter_map(|side| answer::citation(row, side))
            .collect(),
        weight: row.get("weight").and_then(Value::as_f64).unwrap_or(0.0),
    }
}

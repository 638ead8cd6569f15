//! The whole chain through one entity: what asked for it, what it became, what that did.
//!
//! Hops have ranks, from the request to the running instance. From the start the walk goes up along
//! falling ranks and down along rising ones and never turns: a commit's chain holds its session and
//! its deployments, not the session's other commits. Reviews, attestations, decisions and access
//! events hang on the hops that were found. Then the chain says what it lacks, and which of its
//! links is the weakest, because a chain is believed as far as that one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::entity::{self, Node};
use super::graph::{self, Graph};
use super::links::{Link, Neighbours, Tie};
use super::{answer, completeness, resolve};
use crate::model::time;
use crate::store::{Reader, StoreError};

pub(super) const KINDS: &str = include_str!("../store/sql/queries/kinds.sql");
pub(super) const TRACE: &str = include_str!("../store/sql/queries/trace_node.sql");
pub(super) const BEHAVIOUR: &str = include_str!("../store/sql/queries/behaviour.sql");

/// The hops that carry a chain, from cause to effect.
pub const SPINE: &[&str] = &[
    "request",
    "session",
    "change_request",
    "commit",
    "build",
    "artifact",
    "deployment",
    "instance",
    "resource",
];

/// Kinds that hang on a hop and lead nowhere.
const LEAVES: &[&str] = &[
    "review",
    "attestation",
    "gate_decision",
    "identity",
    "access",
    "change",
    "incident",
];

/// A chain larger than this is cut off, and says so.
const MOST_NODES: usize = 2_000;

/// Access events of one object are told by their first one; this many objects are shown.
const MOST_ACCESS: usize = 40;

/// A hop that the chain lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The hop.
    pub hop: String,
    /// `missing` where the case has others of the kind, `not_collected` where it has none.
    pub state: String,
    /// What cannot be claimed without it.
    pub blocks: Vec<String>,
}

/// A chain as every output prints it (DESIGN section 8).
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
pub struct Chain {
    /// What was asked for.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `C0` to `C3`; the levels above need checked signatures and approvals.
    pub level: String,
    /// The link that the chain is believed as far as.
    pub weakest: Option<Link>,
    /// Hops in order from cause to effect.
    pub nodes: Vec<Node>,
    /// Links between them.
    pub links: Vec<Link>,
    /// What is lacking.
    pub missing: Vec<Missing>,
    /// True where the chain was cut off because it is too large.
    pub truncated: bool,
}

/// The chain through `parts`, called `reference`.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, reference: &str, parts: &[String]) -> Result<Chain, StoreError> {
    let walk = Walk::through(Neighbours::new(reader), parts)?;
    let mut nodes = entity::ask(reader, &walk.seen.iter().cloned().collect::<Vec<_>>())?;
    for id in parts.iter().filter(|id| kind(id) == "trace") {
        nodes.extend(trace(reader, id)?);
    }
    let nodes = thin_access(nodes);
    // Walked without citations; those of what is shown are asked for once.
    let shown: Vec<String> = nodes.iter().map(|node| node.id.clone()).collect();
    let mut links = walk.neighbours.links(&shown)?;
    links.retain(|link| walk.links.contains(&key(link)));
    tell(
        reader,
        reference,
        &walk,
        nodes,
        links,
        &graph::kinds(reader)?,
    )
}

/// The chains of several references at once: walked in memory, and what is shown of all of them asked
/// for together.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask_all(
    reader: &Reader,
    graph: &Graph,
    wanted: &[(String, Vec<String>)],
) -> Result<Vec<Chain>, StoreError> {
    let mut walks = Vec::new();
    for (_, parts) in wanted {
        walks.push(Walk::through(Neighbours::over(reader, graph), parts)?);
    }
    let seen: BTreeSet<&String> = walks.iter().flat_map(|walk| &walk.seen).collect();
    let seen: Vec<String> = seen.into_iter().cloned().collect();
    let known: BTreeMap<String, Node> = entity::ask(reader, &seen)?
        .into_iter()
        .map(|node| (node.id.clone(), node))
        .collect();
    let nodes: Vec<Vec<Node>> = walks
        .iter()
        .map(|walk| {
            thin_access(
                walk.seen
                    .iter()
                    .filter_map(|id| known.get(id).cloned())
                    .collect(),
            )
        })
        .collect();
    let shown: BTreeSet<&String> = nodes.iter().flatten().map(|node| &node.id).collect();
    let shown: Vec<String> = shown.into_iter().cloned().collect();
    let mut cited: BTreeMap<(String, String, String), Link> = BTreeMap::new();
    if !shown.is_empty() {
        let links = Neighbours::over(reader, graph).links(&shown)?;
        cited.extend(links.into_iter().map(|link| (key(&link), link)));
    }
    let mut chains = Vec::new();
    for (((reference, _), walk), nodes) in wanted.iter().zip(&walks).zip(nodes) {
        let links = walk.links.iter().filter_map(|key| cited.get(key).cloned());
        chains.push(tell(
            reader,
            reference,
            walk,
            nodes,
            links.collect(),
            graph.kinds(),
        )?);
    }
    Ok(chains)
}

fn key(link: &Link) -> (String, String, String) {
    (link.from.clone(), link.to.clone(), link.method.clone())
}

/// Puts together what a walk found.
fn tell(
    reader: &Reader,
    reference: &str,
    walk: &Walk<'_>,
    nodes: Vec<Node>,
    mut links: Vec<Link>,
    kinds: &BTreeSet<String>,
) -> Result<Chain, StoreError> {
    let kept: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    links.retain(|link| kept.contains(link.from.as_str()) && kept.contains(link.to.as_str()));
    let mut chain = Chain {
        reference: reference.to_owned(),
        level: String::new(),
        weakest: None,
        nodes,
        links,
        missing: Vec::new(),
        truncated: walk.truncated,
    };
    behaviour(reader, &mut chain)?;
    chain
        .nodes
        .sort_by(|a, b| (rank(&a.kind), &a.ts, &a.id).cmp(&(rank(&b.kind), &b.ts, &b.id)));
    chain
        .links
        .sort_by(|a, b| (&a.from, &a.to, &a.method).cmp(&(&b.from, &b.to, &b.method)));
    chain.missing = completeness::missing(kinds, &chain.nodes);
    chain.weakest = completeness::weakest(&chain).cloned();
    let level = completeness::level(&chain);
    level.clone_into(&mut chain.level);
    Ok(chain)
}

/// The chain through whatever `text` means; `None` where it means nothing or several things.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn through(reader: &Reader, text: &str) -> Result<Option<Chain>, StoreError> {
    match resolve::ask(reader, text)? {
        resolve::Meaning::One { id, parts } => ask(reader, &id, &parts).map(Some),
        _ => Ok(None),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

struct Walk<'r> {
    neighbours: Neighbours<'r>,
    seen: BTreeSet<String>,
    links: BTreeSet<(String, String, String)>,
    truncated: bool,
}

impl<'r> Walk<'r> {
    fn through(neighbours: Neighbours<'r>, parts: &[String]) -> Result<Self, StoreError> {
        let mut walk = Self {
            neighbours,
            seen: BTreeSet::new(),
            links: BTreeSet::new(),
            truncated: false,
        };
        for direction in [Direction::Up, Direction::Down] {
            walk.spine(parts, direction)?;
        }
        // A change request's commits are parts of it, whichever of them was built: what became of one
        // is what became of all.
        let siblings = walk.siblings()?;
        walk.spine(&siblings, Direction::Down)?;
        walk.leaves(parts)?;
        Ok(walk)
    }

    fn spine(&mut self, parts: &[String], direction: Direction) -> Result<(), StoreError> {
        let onward = |from: &str, to: &str| match (spine(from), spine(to), direction) {
            (Some(from), Some(to), Direction::Up) => to < from,
            (Some(from), Some(to), Direction::Down) => to > from,
            // A leaf is a start like any other: its hop is found in both directions.
            (None, Some(_), _) => true,
            _ => false,
        };
        let mut frontier: Vec<String> = parts.to_vec();
        self.seen.extend(parts.iter().cloned());
        let mut walked: BTreeSet<String> = parts.iter().cloned().collect();
        while !frontier.is_empty() {
            let here: BTreeSet<String> = frontier.drain(..).collect();
            for link in self
                .neighbours
                .ties(&here.iter().cloned().collect::<Vec<_>>())?
            {
                for (from, to) in [(&link.from, &link.to), (&link.to, &link.from)] {
                    if kind(to) == "log" {
                        continue;
                    }
                    // A contradicted link is shown where both its ends are here; it leads nowhere.
                    if !here.contains(from)
                        || !onward(kind(from), kind(to))
                        || link.state == "contradicted"
                    {
                        continue;
                    }
                    if walked.len() >= MOST_NODES {
                        self.truncated = true;
                        continue;
                    }
                    if walked.insert(to.clone()) {
                        frontier.push(to.clone());
                    }
                    self.seen.insert(to.clone());
                    self.keep(link.clone());
                }
            }
        }
        Ok(())
    }

    fn siblings(&mut self) -> Result<Vec<String>, StoreError> {
        let requests = self.of(&["change_request"]);
        // A request or session may lead to several changes; only one whose commit is in the chain is
        // this chain's.
        let commits: BTreeSet<String> = self.of(&["commit"]).into_iter().collect();
        let around = self.neighbours.ties(&requests)?;
        let parts =
            |link: &&Tie| kind(&link.from) == "change_request" && kind(&link.to) == "commit";
        let ours: BTreeSet<&str> = around
            .iter()
            .filter(parts)
            .filter(|link| commits.contains(&link.to))
            .map(|link| link.from.as_str())
            .collect();
        let mut siblings = Vec::new();
        for link in around
            .iter()
            .filter(parts)
            .filter(|link| ours.contains(link.from.as_str()))
        {
            if self.seen.insert(link.to.clone()) {
                siblings.push(link.to.clone());
            }
            self.keep(link.clone());
        }
        // What led to those commits belongs to the change as well.
        for link in self.neighbours.ties(&self.of(&["commit"]))? {
            if matches!(kind(&link.from), "session" | "request") && kind(&link.to) == "commit" {
                self.seen.insert(link.from.clone());
                self.keep(link);
            }
        }
        let sessions = self.of(&["session"]);
        for link in self.neighbours.ties(&sessions)? {
            if kind(&link.from) == "request" && kind(&link.to) == "session" {
                self.seen.insert(link.from.clone());
                self.keep(link);
            }
        }
        Ok(siblings)
    }

    fn leaves(&mut self, parts: &[String]) -> Result<(), StoreError> {
        let hops: Vec<String> = self.seen.iter().cloned().collect();
        let mut identities = BTreeSet::new();
        for link in self.neighbours.ties(&hops)? {
            let other = if self.seen.contains(&link.from) {
                &link.to
            } else {
                &link.from
            };
            if LEAVES.contains(&kind(other)) && !matches!(kind(&link.from), "identity") {
                self.seen.insert(other.clone());
                if kind(other) == "identity" {
                    identities.insert(other.clone());
                }
                self.keep(link);
            } else if self.seen.contains(&link.from) && self.seen.contains(&link.to) {
                self.keep(link);
            }
        }
        // An identity ties to each of its access events; only those of this chain's instances count.
        let tied: Vec<String> = identities.into_iter().collect();
        for link in self.neighbours.ties(&tied)? {
            if self.seen.contains(&link.from)
                && (self.seen.contains(&link.to) || parts.contains(&link.to))
            {
                self.keep(link);
            }
        }
        Ok(())
    }

    fn of(&self, kinds: &[&str]) -> Vec<String> {
        self.seen
            .iter()
            .filter(|id| kinds.contains(&kind(id)))
            .cloned()
            .collect()
    }

    fn keep(&mut self, tie: Tie) {
        self.links.insert((tie.from, tie.to, tie.method));
    }
}

/// The kind in front of an id.
#[must_use]
pub fn kind(id: &str) -> &str {
    id.split(':').next().unwrap_or(id)
}

pub(super) fn spine(kind: &str) -> Option<usize> {
    SPINE.iter().position(|known| *known == kind)
}

/// Where a kind stands from cause to effect, leaves beside the hop that they hang on.
fn rank(kind: &str) -> usize {
    const ORDER: &[&str] = &[
        "request",
        "session",
        "change_request",
        "commit",
        "review",
        "build",
        "artifact",
        "attestation",
        "gate_decision",
        "deployment",
        "change",
        "instance",
        "identity",
        "access",
        "resource",
        "trace",
        "behaviour",
        "incident",
    ];
    ORDER
        .iter()
        .position(|known| *known == kind)
        .unwrap_or(ORDER.len())
}

/// Keeps the first access event of each object: which secrets were read matters here, not how often.
fn thin_access(nodes: Vec<Node>) -> Vec<Node> {
    let (mut access, mut rest): (Vec<Node>, Vec<Node>) =
        nodes.into_iter().partition(|node| node.kind == "access");
    access.sort_by(|a, b| (&a.ts, &a.id).cmp(&(&b.ts, &b.id)));
    let mut objects = BTreeSet::new();
    rest.extend(
        access
            .into_iter()
            .filter(|node| objects.insert(node.label.clone()))
            .take(MOST_ACCESS),
    );
    rest
}

/// Adds what the resources did as one node for each service and version.
fn behaviour(reader: &Reader, chain: &mut Chain) -> Result<(), StoreError> {
    let resources: Vec<String> = chain
        .nodes
        .iter()
        .filter_map(|node| node.id.strip_prefix("resource:"))
        .map(str::to_owned)
        .collect();
    if resources.is_empty() {
        return Ok(());
    }
    let rows = reader.rows("behaviour", BEHAVIOUR, &[("ids", entity::list(&resources))])?;
    for row in rows.objects() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("");
        let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or(0);
        let (spans, errors) = (number("spans"), number("errors"));
        let id = format!(
            "behaviour:{}@{}/{}",
            text("service_name"),
            text("service_version"),
            text("deployment_environment_name")
        );
        let mut label = format!(
            "{} {}: {spans} spans, {errors} with errors",
            text("service_name"),
            text("service_version")
        );
        if !text("error_type").is_empty() {
            label = format!("{label}, mostly {}", text("error_type"));
        }
        let cited: Vec<Value> = answer::citation(&row, "c_").into_iter().collect();
        chain.links.push(emitted(&row, &id, &cited));
        chain.nodes.push(Node {
            kind: "behaviour".to_owned(),
            id,
            label,
            ts: row
                .get("first_ns")
                .and_then(Value::as_i64)
                .map(time::rfc3339),
            class: Some("observed".to_owned()),
            citations: cited,
        });
    }
    Ok(())
}

/// A trace is no entity of the case (there are too many); the one that was asked for is a node.
fn trace(reader: &Reader, id: &str) -> Result<Option<Node>, StoreError> {
    let Some(trace) = id.strip_prefix("trace:").and_then(crate::model::id::trace) else {
        return Ok(None);
    };
    let (hi, lo) = resolve::halves(trace);
    let rows = reader.rows("the trace", TRACE, &[("hi", hi.into()), ("lo", lo.into())])?;
    Ok(rows.objects().next().map(|row| {
        let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or(0);
        let root = row.get("root").and_then(Value::as_str).unwrap_or("");
        Node {
            kind: "trace".to_owned(),
            id: id.to_owned(),
            label: format!(
                "{root}: {} spans, {} with errors",
                number("spans"),
                number("errors")
            ),
            ts: row
                .get("first_ns")
                .and_then(Value::as_i64)
                .map(time::rfc3339),
            class: Some("observed".to_owned()),
            citations: answer::citation(&row, "c_").into_iter().collect(),
        }
    }))
}

fn emitted(row: &Map<String, Value>, behaviour: &str, cited: &[Value]) -> Link {
    let resource = row
        .get("resource")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    Link {
        from: format!("resource:{resource}"),
        to: behaviour.to_owned(),
        method: "span_resource".to_owned(),
        class: "I".to_owned(),
        state: "matched".to_owned(),
        k: None,
        values: [Some(resource.clone()), Some(resource)],
        why: "the spans were emitted under this resource".to_owned(),
        citations: cited.to_vec(),
        weight: 0.92,
    }
}

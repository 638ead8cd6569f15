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
use super::links::{Link, Neighbours, Tie};
use super::{answer, resolve};
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

/// The hops that a whole chain has, and what cannot be claimed without each.
const EXPECTED: &[(&str, &[&str])] = &[
    ("request", &["that somebody asked for this change"]),
    (
        "session",
        &[
            "which prompt led to the code",
            "what the agent did on the way",
        ],
    ),
    ("commit", &["which source was built"]),
    ("review", &["that a second person saw the change"]),
    ("build", &["how the artifact was made"]),
    ("artifact", &["which bytes were shipped"]),
    (
        "attestation",
        &["that the artifact came from this source and this run"],
    ),
    ("gate_decision", &["that a gate let the release pass"]),
    ("deployment", &["when and by whom it went live"]),
    ("instance", &["which bytes ran where"]),
    ("behaviour", &["what the release did"]),
];

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
#[derive(Debug, Clone, Serialize)]
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
    let mut walk = Walk::new(reader);
    for direction in [Direction::Up, Direction::Down] {
        walk.spine(parts, direction)?;
    }
    // A change request's commits are parts of it, whichever of them was built: what became of one is
    // what became of all.
    let siblings = walk.siblings()?;
    walk.spine(&siblings, Direction::Down)?;
    walk.leaves(parts)?;
    let mut nodes = entity::ask(reader, &walk.seen.iter().cloned().collect::<Vec<_>>())?;
    for id in parts.iter().filter(|id| kind(id) == "trace") {
        nodes.extend(trace(reader, id)?);
    }
    let mut chain = Chain {
        reference: reference.to_owned(),
        level: String::new(),
        weakest: None,
        nodes: thin_access(nodes),
        links: Vec::new(),
        missing: Vec::new(),
        truncated: walk.truncated,
    };
    let kept: BTreeSet<&str> = chain.nodes.iter().map(|node| node.id.as_str()).collect();
    // Walked without citations; those of what is shown are asked for once.
    let shown: Vec<String> = kept.iter().map(|id| (*id).to_owned()).collect();
    chain.links = walk
        .neighbours
        .links(&shown)?
        .into_iter()
        .filter(|link| {
            let key = (link.from.clone(), link.to.clone(), link.method.clone());
            walk.links.contains(&key)
                && kept.contains(link.from.as_str())
                && kept.contains(link.to.as_str())
        })
        .collect();
    behaviour(reader, &mut chain)?;
    chain
        .nodes
        .sort_by(|a, b| (rank(&a.kind), &a.ts, &a.id).cmp(&(rank(&b.kind), &b.ts, &b.id)));
    chain
        .links
        .sort_by(|a, b| (&a.from, &a.to, &a.method).cmp(&(&b.from, &b.to, &b.method)));
    chain.missing = missing(reader, &chain.nodes)?;
    chain.weakest = weakest(&chain).cloned();
    let level = level(&chain);
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
    fn new(reader: &'r Reader) -> Self {
        Self {
            neighbours: Neighbours::new(reader),
            seen: BTreeSet::new(),
            links: BTreeSet::new(),
            truncated: false,
        }
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

fn spine(kind: &str) -> Option<usize> {
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

fn missing(reader: &Reader, nodes: &[Node]) -> Result<Vec<Missing>, StoreError> {
    let rows = reader.rows("kinds", KINDS, &[])?.rows;
    let collected: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row.first()?.as_str().map(str::to_owned))
        .collect();
    let has = |hop: &str| nodes.iter().any(|node| node.kind == hop);
    Ok(EXPECTED
        .iter()
        .filter(|(hop, _)| !has(hop))
        .map(|(hop, blocks)| Missing {
            hop: (*hop).to_owned(),
            state: if collected.contains(if *hop == "behaviour" { "resource" } else { hop }) {
                "missing"
            } else {
                "not_collected"
            }
            .to_owned(),
            blocks: blocks.iter().map(|text| (*text).to_owned()).collect(),
        })
        .collect())
}

/// The weakest of the links that a chain hangs on. Between two hops the best link counts: a weak hint
/// beside a strong identifier weakens nothing.
fn weakest(chain: &Chain) -> Option<&Link> {
    let mut best: BTreeMap<(&str, &str), &Link> = BTreeMap::new();
    for link in &chain.links {
        let hops = (kind(&link.from), kind(&link.to));
        if spine(hops.0).is_none() || (spine(hops.1).is_none() && hops.1 != "behaviour") {
            continue;
        }
        let place = best
            .entry((link.from.as_str(), link.to.as_str()))
            .or_insert(link);
        if link.strength() > place.strength() {
            *place = link;
        }
    }
    // An entity that several links lead to is as well tied as its best one.
    let mut into: BTreeMap<&str, &Link> = BTreeMap::new();
    for link in best.into_values() {
        let place = into.entry(link.to.as_str()).or_insert(link);
        if link.state == "contradicted"
            || (place.state != "contradicted" && link.strength() > place.strength())
        {
            *place = link;
        }
    }
    into.into_values().min_by(|a, b| {
        a.strength()
            .cmp(&b.strength())
            .then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
    })
}

/// How completely the chain can be told (reference: completeness levels of the design).
fn level(chain: &Chain) -> &'static str {
    let tied = |from: &str, to: &str, class: &str| {
        chain.links.iter().any(|link| {
            kind(&link.from) == from
                && kind(&link.to) == to
                && (class.is_empty() || link.class == class)
                && link.state != "contradicted"
        })
    };
    let has = |hop: &str| chain.nodes.iter().any(|node| node.kind == hop);
    let runs = tied("artifact", "instance", "S") || tied("artifact", "resource", "S");
    if runs && tied("commit", "artifact", "S") && tied("artifact", "attestation", "S") {
        "C3"
    } else if (has("instance") || has("resource")) && has("commit") {
        "C2"
    } else if has("deployment") && (has("instance") || has("resource")) {
        "C1"
    } else {
        "C0"
    }
}

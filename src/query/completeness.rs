//! How completely a chain can be told: what it lacks, its weakest link, its level.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Chain, Missing, kind, spine};
use super::entity::Node;
use super::links::Link;

/// The hops that a whole chain has, and what cannot be claimed without each.
pub(super) const EXPECTED: &[(&str, &[&str])] = &[
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

/// The hops that a whole chain has and this one lacks; `collected` are the kinds that the case has any of.
pub(super) fn missing(collected: &BTreeSet<String>, nodes: &[Node]) -> Vec<Missing> {
    let has = |hop: &str| nodes.iter().any(|node| node.kind == hop);
    EXPECTED
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
        .collect()
}

/// The weakest of the links that a chain hangs on. Between two hops the best link counts: a weak hint
/// beside a strong identifier weakens nothing.
pub(super) fn weakest(chain: &Chain) -> Option<&Link> {
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
pub(super) fn level(chain: &Chain) -> &'static str {
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

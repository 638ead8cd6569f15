//! How two records are linked, or why they are not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::chain::kind;
use super::links::{self, Link, Neighbours};
use crate::store::{Reader, StoreError};

/// Links further apart than this are not looked for.
const MOST_HOPS: usize = 6;
/// Entities looked at on the way; beyond that the search says that it gave up.
const MOST_SEEN: usize = 4_000;

/// A rule that could have linked the two and did not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rejected {
    /// The rule.
    pub method: String,
    /// Why it did not link them.
    pub why: String,
    /// What each side says where the rule linked it to something else, else empty.
    pub values: [Option<String>; 2],
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// The one entity.
    pub from: String,
    /// The other.
    pub to: String,
    /// Direct links.
    pub links: Vec<Link>,
    /// Rules for such a pair that found no link.
    pub rejected: Vec<Rejected>,
    /// The shortest way from one to the other through other records; empty where there is none.
    pub path: Vec<Link>,
}

/// A rule as far as this question needs it: method, kinds of its ends, its sentence.
pub type RuleEnds<'a> = (&'a str, &'a str, &'a str, &'a str);

/// How `from` and `to` are linked. `rules` are the link rules of the program.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(
    reader: &Reader,
    from: &str,
    to: &str,
    rules: &[RuleEnds<'_>],
) -> Result<Why, StoreError> {
    let around = links::ask(reader, &[from.to_owned(), to.to_owned()])?;
    let joins =
        |link: &&Link| (link.from == from && link.to == to) || (link.from == to && link.to == from);
    let direct: Vec<Link> = around.iter().filter(joins).cloned().collect();
    let rejected = rules
        .iter()
        .filter(|(_, a, b, _)| {
            (*a == kind(from) && *b == kind(to)) || (*a == kind(to) && *b == kind(from))
        })
        .filter(|(method, ..)| !direct.iter().any(|link| link.method == *method))
        .map(|rule| reject(rule, from, to, &around))
        .collect();
    let path = if direct.is_empty() {
        path(reader, from, to)?
    } else {
        Vec::new()
    };
    Ok(Why {
        from: from.to_owned(),
        to: to.to_owned(),
        links: direct,
        rejected,
        path,
    })
}

fn reject(rule: &RuleEnds<'_>, from: &str, to: &str, around: &[Link]) -> Rejected {
    let (method, _, _, sentence) = rule;
    let elsewhere = |id: &str| {
        around
            .iter()
            .find(|link| link.method == *method && (link.from == id || link.to == id))
    };
    let side =
        |id: &str| elsewhere(id).and_then(|link| link.values[usize::from(link.to == id)].clone());
    let why = match (elsewhere(from), elsewhere(to)) {
        (Some(link), _) => format!(
            "by this rule {from} belongs to {} instead",
            link.other(from)
        ),
        (None, Some(link)) => format!("by this rule {to} belongs to {} instead", link.other(to)),
        (None, None) => format!("no record states it ({sentence})"),
    };
    Rejected {
        method: (*method).to_owned(),
        why,
        values: [side(from), side(to)],
    }
}

/// The shortest way, breadth first; of several the one whose ids sort first.
fn path(reader: &Reader, from: &str, to: &str) -> Result<Vec<Link>, StoreError> {
    let mut came: BTreeMap<String, Link> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([from.to_owned()]);
    let mut frontier = vec![from.to_owned()];
    let neighbours = Neighbours::new(reader);
    for _ in 0..MOST_HOPS {
        let mut next = BTreeSet::new();
        for link in neighbours.links(&frontier)? {
            for (here, there) in [(&link.from, &link.to), (&link.to, &link.from)] {
                if seen.contains(here) && !seen.contains(there) && !next.contains(there) {
                    came.insert(there.clone(), link.clone());
                    next.insert(there.clone());
                }
            }
        }
        seen.extend(next.iter().cloned());
        if seen.contains(to) {
            return Ok(back(&came, from, to));
        }
        if next.is_empty() || seen.len() > MOST_SEEN {
            break;
        }
        frontier = next.into_iter().collect();
    }
    Ok(Vec::new())
}

fn back(came: &BTreeMap<String, Link>, from: &str, to: &str) -> Vec<Link> {
    let mut path = VecDeque::new();
    let mut at = to.to_owned();
    while at != from {
        let Some(link) = came.get(&at) else { break };
        at = link.other(&at).to_owned();
        path.push_front(link.clone());
    }
    path.into()
}

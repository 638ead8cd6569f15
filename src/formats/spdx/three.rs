//! SPDX 3.0 as JSON-LD.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Bill, MOST_SUBJECTS, asserted};
use crate::formats::read::bom::{Part, digests};
use crate::formats::read::{Cursor, field};
use crate::model::{Span, time};

/// How many licences one element is told with.
const MOST_LICENSES: usize = 32;

/// What elements say of one another.
#[derive(Default)]
struct Graph<'v> {
    by_id: HashMap<&'v str, &'v Value>,
    /// Licences by the element that has them; what was concluded stands before what was declared.
    licenses: HashMap<&'v str, Vec<(u8, &'v str)>>,
    roots: HashSet<&'v str>,
}

/// Reads the elements of a graph.
pub(super) fn bill<'v>(value: &'v Value, bytes: &[u8], all: Span) -> Bill<'v> {
    let elements = value
        .get("@graph")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let graph = Graph::new(elements);
    let mut spans = Vec::new();
    // The text is sound; what is no array has no places.
    let _ = Cursor::new(bytes).each_of("@graph", &mut |cursor| {
        let start = cursor.position();
        cursor.skip()?;
        spans.push(Span::new(
            all.offset + start as u64,
            (cursor.position() - start) as u64,
        ));
        Ok(())
    });
    let document = elements.iter().find(|it| kind(it) == "SpdxDocument");
    let created = elements
        .iter()
        .find(|it| kind(it) == "CreationInfo")
        .and_then(|it| field::text(it, "/created"));
    let mut bill = Bill {
        name: document.and_then(|it| id(it)),
        ts_ns: created.and_then(time::parse),
        subjects: Vec::new(),
        parts: Vec::new(),
        others: Vec::new(),
        broken: Vec::new(),
    };
    let mut others = 0;
    for (at, element) in elements.iter().enumerate() {
        let word = match kind(element) {
            "software_Package" | "Package" | "dataset_DatasetPackage" | "ai_AIPackage" => "library",
            "software_File" | "File" => "file",
            _ => {
                others += 1;
                continue;
            }
        };
        let span = spans.get(at).copied().unwrap_or(all);
        let part = graph.part(element, word);
        if part.name.is_none() && part.purl.is_none() {
            bill.broken.push((span, "an element without a name"));
            continue;
        }
        let is_root = id(element).is_some_and(|id| graph.roots.contains(id));
        if is_root && bill.subjects.len() < MOST_SUBJECTS {
            bill.subjects.push(bill.parts.len());
        }
        bill.parts.push((part, span));
    }
    if others > 0 {
        bill.others
            .push((others, "element that is neither package nor file"));
    }
    bill
}

/// The element's type, which the first drafts called `@type`.
fn kind(element: &Value) -> &str {
    field::text(element, "/type")
        .or_else(|| field::text(element, "/@type"))
        .unwrap_or_default()
}

fn id(element: &Value) -> Option<&str> {
    field::text(element, "/spdxId").or_else(|| field::text(element, "/@id"))
}

/// A property with its profile's name before it, or without.
fn property<'v>(element: &'v Value, name: &str) -> Option<&'v Value> {
    element
        .get(format!("software_{name}"))
        .or_else(|| element.get(name))
}

/// One or several ids.
fn ids(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(id)) => vec![id],
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

impl<'v> Graph<'v> {
    fn new(elements: &'v [Value]) -> Self {
        let mut graph = Self::default();
        for element in elements {
            graph.by_id.extend(id(element).map(|id| (id, element)));
        }
        let mut bills: HashSet<&str> = HashSet::new();
        for element in elements
            .iter()
            .filter(|it| matches!(kind(it), "software_Sbom" | "Sbom" | "SpdxDocument"))
        {
            bills.extend(id(element));
            graph.roots.extend(ids(element.get("rootElement")));
        }
        // A document's root may be the bill.
        graph.roots.retain(|root| !bills.contains(root));
        for element in elements
            .iter()
            .filter(|it| kind(it).ends_with("Relationship"))
        {
            let rank = match field::text(element, "/relationshipType") {
                Some("hasConcludedLicense") => 0,
                Some("hasDeclaredLicense") => 1,
                _ => continue,
            };
            let Some(from) = field::text(element, "/from") else {
                continue;
            };
            for to in ids(element.get("to")) {
                let license = graph.by_id.get(to).copied();
                let text = license.and_then(|it| {
                    let names = [
                        "/simplelicensing_licenseExpression",
                        "/licenseExpression",
                        "/name",
                    ];
                    names.iter().find_map(|at| field::text(it, at))
                });
                let known = graph.licenses.entry(from).or_default();
                if known.len() < MOST_LICENSES {
                    known.extend(text.and_then(asserted).map(|text| (rank, text)));
                }
            }
        }
        graph
    }

    fn part(&self, element: &'v Value, word: &'static str) -> Part<'v> {
        let text = |name: &str| {
            property(element, name)
                .and_then(Value::as_str)
                .and_then(asserted)
        };
        let named = field::list(element, "/externalIdentifier")
            .iter()
            .find_map(|it| {
                let kind = field::text(it, "/externalIdentifierType").unwrap_or_default();
                field::text(it, "/identifier")
                    .filter(|_| kind.eq_ignore_ascii_case("packageUrl") || kind == "purl")
            });
        let purl = text("packageUrl").or(named);
        let sums = field::list(element, "/verifiedUsing").iter();
        let sums = sums.filter_map(|it| {
            Some((
                field::text(it, "/algorithm")?,
                field::text(it, "/hashValue")?,
            ))
        });
        let own = id(element).unwrap_or_default();
        let known = self
            .licenses
            .get(own)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let best = known.iter().map(|(rank, _)| *rank).min();
        let licenses = known.iter().filter(|(rank, _)| Some(*rank) == best);
        let supplier = ids(element.get("suppliedBy"))
            .into_iter()
            .chain(ids(element.get("originatedBy")));
        let supplier = supplier
            .into_iter()
            .find_map(|id| field::text(self.by_id.get(id)?, "/name"));
        Part {
            id: id(element).map(Cow::Borrowed),
            name: text("name").map(Cow::Borrowed),
            version: text("packageVersion").map(Cow::Borrowed),
            purl: purl.map(Cow::Borrowed),
            kind: Some(text("primaryPurpose").unwrap_or(word).into()),
            digests: digests(sums, purl),
            licenses: licenses.map(|(_, text)| Cow::Borrowed(*text)).collect(),
            supplier: supplier.map(Cow::Borrowed),
            scope: None,
        }
    }
}

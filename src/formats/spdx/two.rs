//! SPDX 2.2 and 2.3.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::{Bill, MOST_SUBJECTS, asserted};
use crate::formats::read::bom::{Part, digests};
use crate::formats::read::{Cursor, field};
use crate::model::{Span, time};

/// Reads a document, which GitHub wraps in `sbom`.
pub(super) fn bill<'v>(value: &'v Value, bytes: &[u8], all: Span) -> Bill<'v> {
    let document = value.get("sbom").unwrap_or(value);
    let described: HashSet<&str> = subjects(document).into_iter().collect();
    let mut bill = Bill {
        name: field::text(document, "/documentNamespace"),
        ts_ns: field::text(document, "/creationInfo/created").and_then(time::parse),
        subjects: Vec::new(),
        parts: Vec::new(),
        others: Vec::new(),
        broken: Vec::new(),
    };
    for (name, kind) in [("packages", "library"), ("files", "file")] {
        let spans = places(bytes, all.offset, name, value.get("sbom").is_some());
        let elements = document.get(name).and_then(Value::as_array);
        for (at, element) in elements.into_iter().flatten().enumerate() {
            let span = spans.get(at).copied().unwrap_or(all);
            let part = part(element, kind);
            if part.name.is_none() {
                bill.broken.push((span, "an element without a name"));
                continue;
            }
            if part.id.as_deref().is_some_and(|id| described.contains(id))
                && bill.subjects.len() < MOST_SUBJECTS
            {
                bill.subjects.push(bill.parts.len());
            }
            bill.parts.push((part, span));
        }
    }
    bill
}

/// The ids of what the document describes.
fn subjects(document: &Value) -> Vec<&str> {
    let listed = field::list(document, "/documentDescribes")
        .iter()
        .filter_map(Value::as_str);
    let own = field::text(document, "/SPDXID").unwrap_or("SPDXRef-DOCUMENT");
    let related = field::list(document, "/relationships")
        .iter()
        .filter_map(|relation| {
            let ends =
                ["/spdxElementId", "/relatedSpdxElement"].map(|at| field::text(relation, at));
            match (field::text(relation, "/relationshipType")?, ends) {
                ("DESCRIBES", [Some(from), Some(to)]) if from == own => Some(to),
                ("DESCRIBED_BY", [Some(from), Some(to)]) if to == own => Some(from),
                _ => None,
            }
        });
    listed.chain(related).collect()
}

fn places(bytes: &[u8], base: u64, name: &str, wrapped: bool) -> Vec<Span> {
    let mut found = Vec::new();
    let mut each = |cursor: &mut Cursor<'_>| {
        let start = cursor.position();
        cursor.skip()?;
        found.push(Span::new(
            base + start as u64,
            (cursor.position() - start) as u64,
        ));
        Ok(())
    };
    let mut cursor = Cursor::new(bytes);
    // The text is sound; what is of another type than the specification says has no places.
    let _ = if wrapped {
        cursor.object(|key, cursor| match key {
            "sbom" => cursor.each_of(name, &mut each),
            _ => cursor.skip(),
        })
    } else {
        cursor.each_of(name, &mut each)
    };
    found
}

fn part<'v>(element: &'v Value, kind: &'static str) -> Part<'v> {
    let text = |pointer: &str| field::text(element, pointer).and_then(asserted);
    let purl = field::list(element, "/externalRefs")
        .iter()
        .find_map(|reference| {
            let is_purl =
                field::text(reference, "/referenceType").is_some_and(|it| it.ends_with("purl"));
            field::text(reference, "/referenceLocator").filter(|_| is_purl)
        });
    let sums = field::list(element, "/checksums").iter();
    let sums = sums.filter_map(|sum| {
        Some((
            field::text(sum, "/algorithm")?,
            field::text(sum, "/checksumValue")?,
        ))
    });
    let license = ["/licenseConcluded", "/licenseDeclared"]
        .iter()
        .find_map(|at| text(at));
    let supplier = ["/supplier", "/originator"].iter().find_map(|at| text(at));
    // `Organization: Acme (security@acme.example)`.
    let supplier = supplier.map(|it| it.split_once(": ").map_or(it, |(_, name)| name));
    let purpose = text("/primaryPackagePurpose").map_or(kind, |purpose| purpose);
    Part {
        id: text("/SPDXID").map(Cow::Borrowed),
        name: text("/name")
            .or_else(|| text("/fileName"))
            .map(Cow::Borrowed),
        version: text("/versionInfo").map(Cow::Borrowed),
        purl: purl.map(Cow::Borrowed),
        kind: Some(purpose.into()),
        digests: digests(sums, purl),
        licenses: license.map(Cow::Borrowed).into_iter().collect(),
        supplier: supplier.map(Cow::Borrowed),
        scope: None,
    }
}

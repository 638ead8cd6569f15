//! CycloneDX bills of materials in JSON, versions 1.2 to 1.7 (ECMA-424): `syft -o cyclonedx-json`,
//! `trivy image --format cyclonedx`, `cdxgen`, `cyclonedx-npm`.
//!
//! What the bill describes (`metadata.component`) is an artifact, one row a digest; each component is a
//! part of it. Components hold components: all are told, each cited by the outermost that holds it.
//! Vulnerabilities in the bill are results of a scan: the worst rating gives the level, and an analysis
//! that says not affected, false positive or resolved suppresses it. Hardware and cryptographic assets
//! are components like any other; machine-readable declarations and compositions are passed over.
//!
//! A bill that was the predicate of a signed statement is attested, any other asserted. Many bills give
//! no digest of what they describe, only a name; such a bill is tied to an artifact by its statement or
//! not at all. What it is not: XML or protobuf, or the graph of dependencies.

mod vulnerability;

use std::borrow::Cow;

use serde_json::Value;

use self::vulnerability::Vulnerabilities;
use super::read::bom::{Part, digests, is_attested};
use super::read::json;
use super::read::version::Known;
use super::read::{Cursor, Item, field, values};
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// How deep components may hold components.
const DEPTH: usize = 64;

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "CycloneDX",
    newest: &[(1, 7)],
};

/// CycloneDX in JSON.
pub struct Cyclonedx;

impl Format for Cyclonedx {
    fn name(&self) -> &'static str {
        "cyclonedx"
    }

    fn about(&self) -> &'static str {
        "CycloneDX bills of materials: syft IMAGE -o cyclonedx-json, trivy image --format cyclonedx IMAGE"
    }

    fn unit(&self) -> &'static str {
        "component"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["artifact", "component", "scan_result"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`bomFormat` `CycloneDX`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
 "metadata":{"timestamp":"2026-03-03T14:02:07Z","component":{"type":"container","name":"ghcr.io/acme/shop"}},
 "components":[{"type":"library","name":"left-pad","version":"1.3.0","purl":"pkg:npm/left-pad@1.3.0"}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let bill = |value: &Value| {
            field::text(value, "/bomFormat") == Some("CycloneDX")
                || (has(value, &["specVersion", "components"])
                    && field::text(value, "/$schema").is_some_and(|it| it.contains("cyclonedx")))
        };
        if peek.any(bill) { CERTAIN } else { NO }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let attested = is_attested(chunk.path);
        for item in values::<serde::de::IgnoredAny>(chunk) {
            let (span, why) = match item {
                Item::Value(_, span, bytes) => match json::value(bytes) {
                    Ok(value) if value.is_object() => {
                        bill(&value, bytes, span, attested, sink);
                        continue;
                    }
                    Ok(_) => (span, "no object".to_owned()),
                    Err(why) => (span, why),
                },
                Item::Broken(span, why) => (span, why),
            };
            sink.read(1);
            sink.reject(span, &why);
        }
    }
}

/// Where the elements of a member stand.
fn places(bytes: &[u8], base: u64, name: &str) -> Vec<Span> {
    let mut found = Vec::new();
    // The text is sound; what is of another type than the schema says has no places.
    let _ = Cursor::new(bytes).each_of(name, &mut |cursor| {
        let start = cursor.position();
        cursor.skip()?;
        found.push(Span::new(
            base + start as u64,
            (cursor.position() - start) as u64,
        ));
        Ok(())
    });
    found
}

fn bill(value: &Value, bytes: &[u8], all: Span, attested: bool, sink: &mut dyn Sink) {
    let ts_ns = field::text(value, "/metadata/timestamp").and_then(time::parse);
    let class = attested.then_some(EvidenceClass::Attested);
    let stamp = |span: Span| Stamp {
        class,
        ..Stamp::new(span, ts_ns)
    };
    VERSIONS.hold(field::text(value, "/specVersion"), sink);
    let serial = field::text(value, "/serialNumber");
    let version = value.get("version").and_then(Value::as_i64);
    let name = match (serial, version) {
        (Some(serial), Some(version)) => Some(format!("{serial}/{version}")),
        (serial, _) => serial.map(str::to_owned),
    };
    let subject = value
        .pointer("/metadata/component")
        .filter(|it| it.is_object())
        .map(part);
    if let Some(subject) = &subject {
        sink.read(1);
        for row in subject.artifacts() {
            sink.record(stamp(all), &row);
        }
        sink.keep(1);
    }
    let spans = places(bytes, all.offset, "components");
    let inner = value
        .pointer("/metadata/component")
        .map(|it| field::list(it, "/components"));
    let inner = inner
        .unwrap_or_default()
        .iter()
        .map(|component| (component, all));
    let outer = field::list(value, "/components").iter().enumerate();
    let outer = outer.map(|(at, component)| (component, spans.get(at).copied().unwrap_or(all)));
    // Depth first, in the order of the bill.
    let mut pending: Vec<(&Value, Span, usize)> =
        inner.chain(outer).map(|(it, span)| (it, span, 0)).collect();
    pending.reverse();
    while let Some((component, span, depth)) = pending.pop() {
        sink.read(1);
        if !component.is_object() || component.get("name").is_none() {
            sink.reject(span, "a component without a name");
            continue;
        }
        let own = part(component);
        sink.record(
            stamp(span),
            &own.component(name.as_deref(), subject.as_ref()),
        );
        sink.keep(1);
        let held = field::list(component, "/components");
        if depth < DEPTH {
            pending.extend(held.iter().rev().map(|it| (it, span, depth + 1)));
        } else if !held.is_empty() {
            sink.read(1);
            sink.reject(span, "components are nested too deep");
        }
    }
    let spans = places(bytes, all.offset, "vulnerabilities");
    let vulnerabilities = Vulnerabilities::new(value);
    for (at, one) in field::list(value, "/vulnerabilities").iter().enumerate() {
        let span = spans.get(at).copied().unwrap_or(all);
        sink.read(1);
        sink.record(stamp(span), &vulnerabilities.row(one));
        sink.keep(1);
    }
}

/// A component.
fn part(value: &Value) -> Part<'_> {
    let text = |pointer: &str| field::cell(value, pointer);
    let name = match (text("/group"), text("/name")) {
        (Some(group), Some(name)) => Some(Cow::Owned(format!("{group}/{name}"))),
        (_, name) => name,
    };
    let hashes = field::list(value, "/hashes").iter();
    let hashes = hashes
        .filter_map(|hash| Some((field::text(hash, "/alg")?, field::text(hash, "/content")?)));
    let licenses = field::list(value, "/licenses")
        .iter()
        .filter_map(|license| {
            let names = ["/expression", "/license/id", "/license/name"];
            names.iter().find_map(|at| field::cell(license, at))
        });
    Part {
        id: text("/bom-ref"),
        name,
        version: text("/version"),
        digests: digests(hashes, field::text(value, "/purl")),
        purl: text("/purl"),
        kind: text("/type"),
        licenses: licenses.collect(),
        supplier: text("/supplier/name")
            .or_else(|| text("/publisher"))
            .or_else(|| text("/author")),
        scope: text("/scope"),
    }
}

#[cfg(test)]
mod tests;

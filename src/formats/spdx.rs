//! SPDX bills of materials in JSON: versions 2.2 and 2.3, and 3.0 as JSON-LD (ISO/IEC 5962 and its
//! successor). `syft -o spdx-json`, `trivy --format spdx-json`, `gh api repos/O/R/dependency-graph/sbom`
//! (which wraps the document in `sbom`).
//!
//! 2.x keeps packages, files and relationships apart; what the document describes is in
//! `documentDescribes` or in a `DESCRIBES` relationship. 3.0 is one `@graph` of elements whose
//! properties carry their profile's name (`software_packageVersion`); what a bill is about is its
//! `rootElement`, and supplier and licence stand in elements of their own. Both become the same rows:
//! what is described is an artifact, every other package and file a part of it.
//!
//! `NOASSERTION` and `NONE` say nothing and are left out. A bill that was the predicate of a signed
//! statement is attested, any other asserted. What it is not: tag-value, RDF/XML or YAML.

#[cfg(test)]
mod tests;
mod three;
mod two;

use serde_json::Value;

use super::read::bom::{Part, is_attested};
use super::read::json;
use super::read::version::Known;
use super::read::{Item, field, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// How many elements a document may describe; any more are parts.
const MOST_SUBJECTS: usize = 64;

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "SPDX",
    newest: &[(2, 3), (3, 0)],
};

/// SPDX in JSON.
pub struct Spdx;

impl Format for Spdx {
    fn name(&self) -> &'static str {
        "spdx"
    }

    fn about(&self) -> &'static str {
        "SPDX bills of materials: syft IMAGE -o spdx-json, gh api repos/OWNER/REPO/dependency-graph/sbom"
    }

    fn unit(&self) -> &'static str {
        "element"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["artifact", "component"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`spdxVersion` `SPDX-2…`, or an `@context` of `spdx.org/rdf/3`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"shop",
 "creationInfo":{"created":"2026-03-03T14:02:07Z","creators":["Tool: syft"]},
 "packages":[{"SPDXID":"SPDXRef-a","name":"left-pad","versionInfo":"1.3.0"}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let two = |value: &Value| {
            let value = value.get("sbom").unwrap_or(value);
            field::text(value, "/spdxVersion").is_some_and(|it| it.starts_with("SPDX-2"))
        };
        let context = |value: &Value| {
            let context = value.get("@context").map(Value::to_string);
            context.is_some_and(|it| it.contains("spdx.org/rdf/3"))
        };
        let graph = |value: &Value| {
            let typed =
                |it: &Value| field::text(it, "/type").is_some_and(|it| it.starts_with("software_"));
            value
                .get("@graph")
                .and_then(Value::as_array)
                .is_some_and(|graph| graph.iter().any(typed))
        };
        if peek.any(two) || peek.any(context) {
            CERTAIN
        } else if peek.any(graph) {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let class = is_attested(chunk.path).then_some(EvidenceClass::Attested);
        for item in values::<serde::de::IgnoredAny>(chunk) {
            let (span, why) = match item {
                Item::Value(_, span, bytes) => match json::value(bytes) {
                    Ok(value) => match document(&value, bytes, span) {
                        Ok(bill) => {
                            VERSIONS.hold(stated(&value), sink);
                            bill.push(class, sink);
                            continue;
                        }
                        Err(why) => (span, why.to_owned()),
                    },
                    Err(why) => (span, why),
                },
                Item::Broken(span, why) => (span, why),
            };
            sink.read(1);
            sink.reject(span, &why);
        }
    }
}

/// What states the version: a member of 2, the address of the context of 3.
fn stated(value: &Value) -> Option<&str> {
    let places = ["/spdxVersion", "/sbom/spdxVersion", "/@context"];
    let listed = field::list(value, "/@context").iter();
    let of_spdx = |text: &&str| text.contains("spdx.org/rdf/");
    let context = || listed.filter_map(Value::as_str).find(of_spdx);
    places
        .iter()
        .find_map(|at| field::text(value, at))
        .or_else(context)
}

fn document<'v>(value: &'v Value, bytes: &[u8], span: Span) -> Result<Bill<'v>, &'static str> {
    if value.get("@graph").is_some() {
        Ok(three::bill(value, bytes, span))
    } else if value.pointer("/sbom/spdxVersion").is_some() || value.get("spdxVersion").is_some() {
        Ok(two::bill(value, bytes, span))
    } else {
        Err("neither `spdxVersion` nor `@graph`")
    }
}

/// A document of either version.
struct Bill<'v> {
    /// Identity of the document.
    name: Option<&'v str>,
    ts_ns: Option<i64>,
    /// What it describes, by place among the parts.
    subjects: Vec<usize>,
    parts: Vec<(Part<'v>, Span)>,
    /// Elements that are no parts, by rule.
    others: Vec<(u64, &'static str)>,
    /// Broken elements.
    broken: Vec<(Span, &'static str)>,
}

impl Bill<'_> {
    fn push(&self, class: Option<EvidenceClass>, sink: &mut dyn Sink) {
        let subject = self
            .subjects
            .first()
            .and_then(|at| self.parts.get(*at))
            .map(|(part, _)| part);
        for (at, (part, span)) in self.parts.iter().enumerate() {
            let stamp = Stamp {
                class,
                ..Stamp::new(*span, self.ts_ns)
            };
            sink.read(1);
            if self.subjects.contains(&at) {
                for row in part.artifacts() {
                    sink.record(stamp, &row);
                }
            } else {
                sink.record(stamp, &part.component(self.name, subject));
            }
            sink.keep(1);
        }
        for (count, rule) in &self.others {
            sink.read(*count);
            sink.ignore(*count, rule);
        }
        for (span, why) in &self.broken {
            sink.read(1);
            sink.reject(*span, why);
        }
    }
}

/// A text that asserts something.
fn asserted(text: &str) -> Option<&str> {
    (!matches!(text, "" | "NOASSERTION" | "NONE")).then_some(text)
}

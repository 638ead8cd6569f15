//! SARIF 2.1.0 (OASIS): results of static analysis, secret scanning and vulnerability scanning, from
//! `codeql database analyze --format=sarif-latest`, `semgrep --sarif`, `gosec -fmt=sarif`, `trivy
//! --format sarif`, and `gh api …/code-scanning/analyses/ID -H 'Accept: application/sarif+json'`.
//!
//! Each result becomes a row. A result leaves out what its rule says: the level comes from the result,
//! else from the run's override, else from the rule's default, else it is `warning` (3.27.10); a
//! message may be an id into the rule's strings with arguments for `{0}` (3.11). Paths are given
//! relative to their base where the base has an address of its own. Suppressed is a result with a
//! suppression in force: accepted, or without a status (3.35.3); writers disagree where some are in
//! force and others are rejected or under review, and one in force suffices here.
//!
//! Quirks: `runs` may be null or empty, `results` absent; a byte-order mark; tools write 2.0 or
//! release-candidate schemas. A run without `versionControlProvenance` does not say what it looked at:
//! then the rows name no commit. What it is not: a judgement; these are a tool's own words.

mod result;
mod run;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::run::Run;
use super::read::json;
use super::read::version::Known;
use super::read::{Cursor, Item, field, values};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span};

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "SARIF",
    newest: &[(2, 1)],
};

/// SARIF logs.
pub struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn about(&self) -> &'static str {
        "SARIF 2.1.0 scan results: codeql database analyze --format=sarif-latest, semgrep --sarif, trivy --format sarif"
    }

    fn unit(&self) -> &'static str {
        "result"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["scan_result"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`runs` with a tool's `driver` and `version` 2…, or a `$schema` of SARIF"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"semgrep"}},"results":[
 {"ruleId":"sql-injection","level":"error","message":{"text":"Query from input"},
  "locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/pay.rs"},"region":{"startLine":7}}}]}]}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let Some(value) = peek.first() else { return NO };
        let schema = field::text(value, "/$schema").is_some_and(|it| it.contains("sarif"));
        let driver = value.pointer("/runs/0/tool/driver").is_some();
        let version = field::text(value, "/version").is_some_and(|it| it.starts_with('2'));
        match (schema || driver, version && has(value, &["runs"])) {
            (true, true) => CERTAIN,
            (true, false) if schema || has(value, &["version"]) => LIKELY,
            _ => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        for item in values::<serde::de::IgnoredAny>(chunk) {
            match item {
                Item::Value(_, span, bytes) => {
                    if let Err(why) = log(bytes, span, sink) {
                        sink.read(1);
                        sink.reject(span, &why);
                    }
                }
                Item::Broken(span, why) => {
                    sink.read(1);
                    sink.reject(span, &why);
                }
            }
        }
    }
}

/// Where each result stands, run by run.
type Places = Vec<Vec<Span>>;

fn log(bytes: &[u8], span: Span, sink: &mut dyn Sink) -> Result<(), String> {
    let value: Value = json::value(bytes)?;
    if value.get("runs").is_none() {
        return Err("no `runs`".to_owned());
    }
    VERSIONS.hold(field::text(&value, "/version"), sink);
    let places = places(bytes, span.offset);
    for (at, run) in field::list(&value, "/runs").iter().enumerate() {
        let spans = places.get(at).map(Vec::as_slice).unwrap_or_default();
        Run::new(run).push(spans, span, sink);
    }
    Ok(())
}

/// The places of the results. The text is sound, so the walk ends early only in what is of another
/// type than the schema says, and then results are cited by their log.
fn places(bytes: &[u8], base: u64) -> Places {
    let mut found: Places = Vec::new();
    let mut cursor = Cursor::new(bytes);
    let _ = cursor.each_of("runs", &mut |cursor| {
        found.push(Vec::new());
        cursor.each_of("results", &mut |cursor| {
            let start = cursor.position();
            cursor.skip()?;
            let span = Span::new(base + start as u64, (cursor.position() - start) as u64);
            found.last_mut().into_iter().for_each(|run| run.push(span));
            Ok(())
        })
    });
    found
}

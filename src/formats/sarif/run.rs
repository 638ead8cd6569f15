//! A run: what its results leave out.

use std::collections::HashMap;

use serde_json::Value;

use super::result;
use crate::formats::read::field;
use crate::model::delivery::ScanResult;
use crate::model::{Sink, Span, Stamp, id, time};

/// How many rules a run is searched for by id.
const MOST_RULES: usize = 200_000;

/// A run and its rules.
pub(super) struct Run<'v> {
    run: &'v Value,
    rules: HashMap<&'v str, &'v Value>,
}

impl<'v> Run<'v> {
    pub(super) fn new(run: &'v Value) -> Self {
        let driver = field::list(run, "/tool/driver/rules").iter();
        let extensions = field::list(run, "/tool/extensions");
        let others = extensions
            .iter()
            .flat_map(|part| field::list(part, "/rules"));
        let rules = driver.chain(others).take(MOST_RULES);
        let rules = rules.filter_map(|rule| Some((field::text(rule, "/id")?, rule)));
        // Of rules with one id the first counts.
        let mut by_id = HashMap::new();
        for (id, rule) in rules {
            by_id.entry(id).or_insert(rule);
        }
        Self { run, rules: by_id }
    }

    /// The rule that a result names: by place, in the driver or an extension, or by id. The id of a
    /// result may be a rule's id with a path behind it.
    pub(super) fn rule_of(&self, result: &Value) -> Option<&'v Value> {
        let index = |pointer: &str| {
            let index = result.pointer(pointer).and_then(Value::as_u64)?;
            usize::try_from(index).ok()
        };
        let place = index("/ruleIndex").or_else(|| index("/rule/index"));
        let part = match index("/rule/toolComponent/index") {
            Some(part) => self.run.pointer("/tool/extensions")?.get(part),
            None => self.run.pointer("/tool/driver"),
        };
        let by_place = || part?.get("rules")?.get(place?);
        by_place().or_else(|| {
            let id = rule_id(result)?;
            let id = [Some(id), id.rsplit_once('/').map(|(before, _)| before)];
            id.into_iter()
                .flatten()
                .find_map(|id| self.rules.get(id).copied())
        })
    }

    /// Pushes a row for each result. `spans` has their places, `all` that of the log.
    pub(super) fn push(&self, spans: &[Span], all: Span, sink: &mut dyn Sink) {
        let run = self.run;
        let ts_ns = ["/invocations/0/endTimeUtc", "/invocations/0/startTimeUtc"]
            .iter()
            .find_map(|at| time::parse(field::text(run, at)?));
        let version = [
            "/tool/driver/semanticVersion",
            "/tool/driver/version",
            "/tool/driver/dottedQuadFileVersion",
        ]
        .iter()
        .find_map(|at| field::cell(run, at));
        let automation = ["/automationDetails/id", "/automationDetails/guid"]
            .iter()
            .find_map(|at| field::cell(run, at));
        let source = run.pointer("/versionControlProvenance/0");
        let text = |key: &str| source.and_then(|source| field::text(source, key));
        let repository = text("/repositoryUri").and_then(id::repository);
        let sha = text("/revisionId").and_then(id::commit);
        for (at, value) in field::list(run, "/results").iter().enumerate() {
            let span = spans.get(at).copied().unwrap_or(all);
            sink.read(1);
            if !value.is_object() {
                sink.reject(span, "the result is no object");
                continue;
            }
            let row = ScanResult {
                tool: field::cell(run, "/tool/driver/name"),
                tool_version: version.clone(),
                repository: repository.as_deref().map(Into::into),
                sha: sha.as_deref().map(Into::into),
                branch: text("/branch").map(Into::into),
                automation_id: automation.clone(),
                ..result::row(value, self)
            };
            sink.record(Stamp::new(span, ts_ns), &row);
            sink.keep(1);
        }
    }

    /// The address of a base, as far as the run states one.
    pub(super) fn base(&self, name: &str) -> Option<String> {
        let bases = self.run.get("originalUriBaseIds")?;
        let mut parts = Vec::new();
        let mut name = name;
        // A base may stand on another; a circle ends the search.
        for _ in 0..8 {
            let base = bases.get(name)?;
            parts.push(field::text(base, "/uri").unwrap_or_default());
            match field::text(base, "/uriBaseId") {
                Some(next) => name = next,
                None => break,
            }
        }
        parts.reverse();
        Some(parts.concat())
    }

    /// The run itself.
    pub(super) fn value(&self) -> &'v Value {
        self.run
    }
}

/// The id of the rule that a result names.
pub(super) fn rule_id(result: &Value) -> Option<&str> {
    field::text(result, "/ruleId").or_else(|| field::text(result, "/rule/id"))
}

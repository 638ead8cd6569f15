//! Sigma rules, compiled to DuckDB SQL.
//!
//! Sigma is what detection rules are shared in, and it names no engine. Here each rule becomes one
//! SELECT over the events that a case already holds, so that shared rules and the team's own policy
//! run in the same engine, over the same rows, and every hit leads to its bytes. The reference is
//! specification 2.1.0 (SigmaHQ/sigma-specification, 2025-08-02): detections, keywords, conditions,
//! modifiers, filters and correlations.
//!
//! Three things decide the design. *Nothing is weakened*: what cannot be said in SQL or RE2 is a
//! [`Refusal`] with its reason and place, and a rule whose log source has no table is listed as not
//! evaluable, because a rule that silently never fires looks like health. *No third value*: a field
//! is a list of values, empty where absent, so that each comparison is true or false and `not` means
//! not; an absent field, a null and an empty text stay three things. *Rules are untrusted*: text of a
//! rule reaches SQL only through `literal`, everything is bounded, patterns run in linear time.
//!
//! Why no parser crate: `rsigma-parser` 0.23 (MIT) asks for Rust 1.95 where this project promises
//! 1.91, and its grammar crate `pest_derive` turns on a feature of `memchr` for build scripts, which
//! rebuilds DuckDB (25 minutes). The syntax is small; serde-saphyr, already here, reads the YAML. As
//! oracles, `sigma-rust` runs beside the tests and `rsigma-eval` once gave the expected hits.
//!
//! Where the two read the specification differently from here, the specification decides: `exists`
//! is about presence, null included; `true` is the text `true`; `base64offset` drops the characters
//! that depend on neighbours; `windash` takes all five dashes for one another. `neq` needs the field.
//! Of filters, text, example and tools disagree whether `condition: selection` takes out or keeps; so
//! only `not …` is taken, which every tool reads as taking out, and the other form is refused.
//!
//! What it is not: an event pipeline (a case is loaded whole; windows look back over all of it), nor
//! a place for field pipelines beyond the names in [`mapping`]; `expand` is refused for want of one.

pub mod compile;
pub mod condition;
pub mod correlation;
pub mod field;
pub mod literal;
pub mod mapping;
pub mod modifiers;
pub mod network;
pub mod parse;
mod refusal;
pub mod regex;
#[cfg(test)]
mod tests;
pub mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use correlation::Correlation;
use mapping::{LogSource, Mapping};
use parse::{Document, Filter, Head, Rule};
pub use refusal::{Reason, Refusal, Result};

/// Bytes of a file of rules at most.
pub const MAX_FILE: usize = 8 << 20;
/// Documents at most, over all files.
pub const MAX_DOCUMENTS: usize = 50_000;
/// Correlations of correlations at most, one inside the other.
const MAX_DEPTH: usize = 4;
/// Part of the digest: changes when the same rule comes to mean something else.
const VERSION: &str = "sigma-sql 1";

/// A rule that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// `id`, else `name`, else the title.
    pub id: String,
    /// `title`.
    pub title: String,
    /// `critical`, `high`, `medium`, `low` or `info`; `medium` where the rule gives none.
    pub level: &'static str,
    /// `tags`, such as `attack.t1078`.
    pub tags: Vec<String>,
    /// The file that it came from.
    pub path: String,
    /// Names of the mappings that it reads; one, or for a correlation those of its rules.
    pub log_sources: Vec<&'static str>,
    /// Titles of the filters at work in it.
    pub filters: Vec<String>,
    /// For a correlation, what `c0`, `c1`, … mean; `None` for a rule over single events.
    pub groups: Option<Vec<String>>,
    /// One SELECT: `file_id`, `"offset"`, `length`, `ts_ns`; for a correlation then a text column for
    /// each group, `c0`, `c1`, …, and `matched`, the count or measure. Ordered by time.
    pub sql: String,
    /// SHA-256, in hex, over title, level and statement.
    pub digest: String,
}

/// A rule that is not run, with the file that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left<T> {
    /// The file.
    pub path: String,
    /// The title, or the file and the number of the document.
    pub name: String,
    /// Why.
    pub why: T,
}

/// What became of every document that was given; each is in exactly one list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rules to run, in the order given.
    pub rules: Vec<Compiled>,
    /// Rules that were refused.
    pub refused: Vec<Left<Refusal>>,
    /// Rules whose log source has no table here.
    pub not_evaluable: Vec<Left<LogSource>>,
    /// Rules that only serve correlations and do not report on their own.
    pub parts: Vec<Left<()>>,
    /// Filters, each at work in the rules that list it.
    pub filters: Vec<Left<()>>,
}

/// Compiles rules against the tables of a case.
///
/// `files` are paths and texts, YAML of one or more documents each. Give them in a fixed order.
pub fn load<P: AsRef<str>, T: AsRef<str>>(files: impl Iterator<Item = (P, T)>) -> Loaded {
    load_with(mapping::ALL, files)
}

/// [`load`] with other mappings.
pub fn load_with<P: AsRef<str>, T: AsRef<str>>(
    mappings: &[Mapping],
    files: impl Iterator<Item = (P, T)>,
) -> Loaded {
    let mut loader = Loader {
        mappings,
        out: Loaded::default(),
        rules: Vec::new(),
        correlations: Vec::new(),
        filters: Vec::new(),
        names: BTreeMap::new(),
        broken: Vec::new(),
        taken: 0,
    };
    for (path, text) in files {
        loader.read(path.as_ref(), text.as_ref());
    }
    loader.finish()
}

/// The statement that counts the events of `mapping` into which no rule can see, because their
/// original text is no JSON. Report it beside the hits: those events were not judged.
#[must_use]
pub fn unreadable(mapping: &Mapping) -> String {
    let values = [
        ("relation", mapping.relation),
        ("filter", mapping.filter),
        ("document", mapping.document),
    ];
    literal::fill(include_str!("sql/unreadable.sql"), &values)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Rule(usize),
    Correlation(usize),
}

/// Why a rule cannot serve a correlation.
enum Stop {
    Refused(Refusal),
    NoTable(LogSource),
}

struct Loader<'m> {
    mappings: &'m [Mapping],
    out: Loaded,
    rules: Vec<(usize, Rule)>,
    correlations: Vec<(usize, Head, Correlation)>,
    filters: Vec<Filter>,
    names: BTreeMap<String, Node>,
    /// Filters that were refused: title, and the rules that they name.
    broken: Vec<(String, Vec<String>)>,
    taken: usize,
}

impl Loader<'_> {
    fn refuse(&mut self, path: &str, name: String, why: Refusal) {
        let path = path.to_owned();
        self.out.refused.push(Left { path, name, why });
    }

    fn read(&mut self, path: &str, text: &str) {
        if text.len() > MAX_FILE {
            let why = Reason::TooLarge(format!("a file beyond {MAX_FILE} bytes"));
            self.refuse(path, path.to_owned(), Refusal::new(why, ""));
            return;
        }
        for parsed in parse::documents(path, text) {
            self.taken += 1;
            let document = if self.taken > MAX_DOCUMENTS {
                let why = Reason::TooLarge(format!("more than {MAX_DOCUMENTS} rules"));
                Err(Refusal::new(why, ""))
            } else {
                parsed.document.and_then(|document| self.register(document))
            };
            if let Err(why) = document {
                if let Some(targets) = parsed.filter_of {
                    self.broken.push((parsed.name.clone(), targets));
                }
                self.refuse(path, parsed.name, why);
            }
        }
    }

    fn register(&mut self, document: Document) -> Result<()> {
        let (head, node) = match &document {
            Document::Rule(rule) => (&rule.head, Some(Node::Rule(self.rules.len()))),
            Document::Correlation(head, _) => {
                (head, Some(Node::Correlation(self.correlations.len())))
            }
            Document::Filter(filter) => (&filter.head, None),
        };
        if let Some(node) = node {
            let names: BTreeSet<_> = [&head.id, &head.name].into_iter().flatten().collect();
            if let Some(twice) = names.iter().find(|name| self.names.contains_key(**name)) {
                return Err(Refusal::new(
                    Reason::Malformed(format!("{twice:?} names another rule too")),
                    "id",
                ));
            }
            for name in names {
                self.names.insert(name.clone(), node);
            }
        }
        match document {
            Document::Rule(rule) => self.rules.push((self.taken, rule)),
            Document::Correlation(head, correlation) => {
                self.correlations.push((self.taken, head, correlation));
            }
            Document::Filter(filter) => self.filters.push(filter),
        }
        Ok(())
    }

    fn finish(mut self) -> Loaded {
        self.check_filters();
        let serving: BTreeSet<usize> = self
            .correlations
            .iter()
            .filter(|(_, _, correlation)| !correlation.generate)
            .flat_map(|(_, _, correlation)| &correlation.rules)
            .filter_map(|name| match self.names.get(name) {
                Some(Node::Rule(index)) => Some(*index),
                _ => None,
            })
            .collect();
        let inner: BTreeSet<usize> = self
            .correlations
            .iter()
            .flat_map(|(_, _, correlation)| &correlation.rules)
            .filter_map(|name| match self.names.get(name) {
                Some(Node::Correlation(index)) => Some(*index),
                _ => None,
            })
            .collect();
        let mut done: Vec<(usize, Compiled)> = Vec::new();
        for index in 0..self.rules.len() {
            let (order, rule) = &self.rules[index];
            let (order, head) = (*order, rule.head.clone());
            let result = self.rule(index, &[]);
            let standalone = !serving.contains(&index);
            done.extend(
                self.settle(&head, result, standalone, None)
                    .map(|compiled| (order, compiled)),
            );
        }
        for index in 0..self.correlations.len() {
            let (order, head, correlation) = &self.correlations[index];
            let (order, head, groups) = (*order, head.clone(), correlation.group_by.clone());
            let result = self.top(index);
            let standalone = !inner.contains(&index);
            done.extend(
                self.settle(&head, result, standalone, Some(groups))
                    .map(|compiled| (order, compiled)),
            );
        }
        done.sort_by_key(|(order, _)| *order);
        self.out.rules = done.into_iter().map(|(_, compiled)| compiled).collect();
        self.out
    }

    /// A filter that takes nothing out anywhere is a mistake of its writer, and refused.
    fn check_filters(&mut self) {
        let mut kept = Vec::new();
        for filter in std::mem::take(&mut self.filters) {
            let is_found = |name: &String| self.rules.iter().any(|(_, rule)| rule.head.is(name));
            let (path, name) = (filter.head.path.clone(), filter.head.title.clone());
            if let Some(unknown) = filter.rules.iter().find(|name| !is_found(name)) {
                let why = Refusal::new(Reason::Reference(unknown.clone()), "filter.rules");
                self.broken.push((name.clone(), filter.rules.clone()));
                self.refuse(&path, name, why);
            } else {
                self.out.filters.push(Left {
                    path,
                    name,
                    why: (),
                });
                kept.push(filter);
            }
        }
        self.filters = kept;
    }

    fn settle(
        &mut self,
        head: &Head,
        result: std::result::Result<Built, Stop>,
        standalone: bool,
        groups: Option<Vec<String>>,
    ) -> Option<Compiled> {
        let (path, name) = (head.path.clone(), head.title.clone());
        match result {
            Err(Stop::Refused(why)) => self.refuse(&path, name, why),
            Err(Stop::NoTable(why)) => self.out.not_evaluable.push(Left { path, name, why }),
            Ok(_) if !standalone => self.out.parts.push(Left {
                path,
                name,
                why: (),
            }),
            Ok(built) => return Some(compiled(head, built, groups)),
        }
        None
    }

    /// The events of a rule, with `columns`.
    fn rule(&self, index: usize, columns: &[String]) -> std::result::Result<Built, Stop> {
        let (_, rule) = &self.rules[index];
        let named =
            |names: &[String]| names.is_empty() || names.iter().any(|name| rule.head.is(name));
        if let Some((title, _)) = self.broken.iter().find(|(_, names)| named(names)) {
            let why = Reason::Reference(format!("its filter {title:?} was refused"));
            return Err(Stop::Refused(Refusal::new(why, "filter")));
        }
        let Some(mapping) = self
            .mappings
            .iter()
            .find(|mapping| mapping.takes(&rule.source))
        else {
            return Err(Stop::NoTable(rule.source.clone()));
        };
        let filters: Vec<_> = self
            .filters
            .iter()
            .filter(|filter| named(&filter.rules) && filter.source.takes(&rule.source))
            .collect();
        let sql = compile::events(rule, &filters, mapping, columns).map_err(Stop::Refused)?;
        Ok(Built {
            sql,
            log_sources: BTreeSet::from([mapping.name]),
            filters: filters
                .iter()
                .map(|filter| filter.head.title.clone())
                .collect(),
            is_whole: false,
        })
    }

    /// The events at which a correlation begins to hold. `extra` are fields that an outer one asks
    /// for; without an outer one its own groups are shown.
    fn correlation(
        &self,
        index: usize,
        extra: Option<&[String]>,
        depth: usize,
    ) -> std::result::Result<Built, Stop> {
        let refuse = |what: String| {
            Stop::Refused(Refusal::new(Reason::Reference(what), "correlation.rules"))
        };
        if depth > MAX_DEPTH {
            return Err(refuse(format!(
                "correlations deeper than {MAX_DEPTH}, or in a circle"
            )));
        }
        let (_, _, correlation) = &self.correlations[index];
        let mut built = Built::default();
        let mut events = Vec::new();
        let mut count = 0;
        for reference in &correlation.rules {
            let Some(node) = self.names.get(reference) else {
                return Err(refuse(reference.clone()));
            };
            let head = match node {
                Node::Rule(rule) => &self.rules[*rule].1.head,
                Node::Correlation(other) => &self.correlations[*other].1,
            };
            let names: Vec<&str> = [&head.name, &head.id]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let columns = correlation.columns(&names, extra.unwrap_or_default());
            let columns = columns.map_err(|why| Stop::Refused(why.inside("correlation")))?;
            count = columns.len();
            let inner = match node {
                Node::Rule(rule) => self.rule(*rule, &columns),
                Node::Correlation(other) => self.correlation(*other, Some(&columns), depth + 1),
            };
            let inner = inner.map_err(|stop| match stop {
                Stop::Refused(why) => refuse(format!("{reference:?} was refused: {why}")),
                no_table @ Stop::NoTable(_) => no_table,
            })?;
            events.push(inner.sql);
            built.log_sources.extend(inner.log_sources);
            built.filters.extend(inner.filters);
        }
        let groups = correlation.group_by.len();
        let shown = match extra {
            None => 0..groups,
            Some(_) => groups + correlation.fields.len()..count,
        };
        built.sql = correlation
            .sql(&events, shown, count)
            .map_err(Stop::Refused)?;
        Ok(built)
    }

    fn top(&self, index: usize) -> std::result::Result<Built, Stop> {
        let mut built = self.correlation(index, None, 1)?;
        let groups = self.correlations[index].2.group_by.len();
        let columns = literal::columns((0..groups).map(|index| format!("c{index}")));
        let order = literal::columns((0..groups).map(|index| format!("c{index} NULLS FIRST")));
        let values = [
            ("columns", columns.as_str()),
            ("correlation", &built.sql),
            ("order", &order),
        ];
        built.sql = literal::fill(include_str!("sql/groups.sql"), &values);
        built.is_whole = true;
        Ok(built)
    }
}

#[derive(Default)]
struct Built {
    sql: String,
    log_sources: BTreeSet<&'static str>,
    filters: BTreeSet<String>,
    is_whole: bool,
}

fn compiled(head: &Head, built: Built, groups: Option<Vec<String>>) -> Compiled {
    let sql = if built.is_whole {
        built.sql
    } else {
        literal::fill(include_str!("sql/rule.sql"), &[("events", &built.sql)])
    };
    let mut hash = Sha256::new();
    for part in [VERSION, &head.title, head.level, &sql] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut digest = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(digest, "{byte:02x}");
    }
    Compiled {
        id: head
            .id
            .clone()
            .or_else(|| head.name.clone())
            .unwrap_or_else(|| head.title.clone()),
        title: head.title.clone(),
        level: head.level,
        tags: head.tags.clone(),
        path: head.path.clone(),
        log_sources: built.log_sources.into_iter().collect(),
        filters: built.filters.into_iter().collect(),
        groups,
        sql,
        digest,
    }
}

//! What a declared export looks like, and how it is read.

use std::collections::HashSet;

use regex::Regex;

use super::cell::Rule;
use super::row::{Fields, Mapping, Row};
use super::{DECLARED, csv, json};
use crate::formats::read::json::Outcome;
use crate::formats::{Chunk, Framing, Likelihood, NO, Peek};
use crate::model::{Sink, Span, Stamp};

/// Lines that a pattern must match for a file to be recognised.
const LINES: usize = 20;
/// Longest text that says by what a file is known, in characters.
pub(super) const SIGNS: usize = 100;

/// A declared export.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) kind: Kind,
    pub(super) recognise: Recognise,
    pub(super) time: Option<Rule>,
    pub(super) mapping: Mapping,
}

/// CSV or JSON.
#[derive(Debug)]
pub(super) enum Kind {
    Csv {
        delimiter: u8,
        /// Names of the columns where there is no line that names them.
        columns: Vec<String>,
        /// True where no field holds a line break.
        one_line: bool,
    },
    Json {
        /// Members that hold the records.
        records: Vec<String>,
    },
}

/// By what a file is known.
#[derive(Debug, Default)]
pub(super) struct Recognise {
    /// Names that a header or a record has.
    pub(super) keys: Vec<String>,
    /// What every line matches.
    pub(super) pattern: Option<Regex>,
}

/// What reading a chunk remembers.
#[derive(Default)]
pub(super) struct Told {
    series: HashSet<u64>,
}

impl Layout {
    /// The tables that it fills.
    pub(super) fn tables(&self) -> &'static [&'static str] {
        match &self.mapping {
            Mapping::Row { table, .. } => std::slice::from_ref(&table.name),
            Mapping::Metric(_) => &["metric_series", "metric_point"],
        }
    }

    pub(super) fn framing(&self) -> Framing {
        match &self.kind {
            Kind::Csv { one_line: true, .. } => Framing::Lines,
            // A quoted field may hold a line break, so only the whole shows where records end.
            Kind::Csv { .. } => Framing::Whole,
            Kind::Json { .. } => Framing::Json,
        }
    }

    /// By what a file is known, in a line.
    pub(super) fn signs(&self) -> String {
        let what = match &self.kind {
            Kind::Csv { .. } => "columns",
            Kind::Json { .. } => "keys",
        };
        let keys = self.recognise.keys.join("`, `");
        let keys = (!keys.is_empty()).then(|| format!("the {what} `{keys}`"));
        let pattern = self.recognise.pattern.as_ref();
        let pattern = pattern.map(|pattern| format!("lines that match `{pattern}`"));
        let parts: Vec<String> = keys.into_iter().chain(pattern).collect();
        let signs = parts.join(", ").replace(char::is_control, " ");
        match signs.char_indices().nth(SIGNS) {
            Some((end, _)) => format!("{}…", signs.get(..end).unwrap_or_default()),
            None => signs,
        }
    }

    pub(super) fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let keys = &self.recognise.keys;
        let named = match &self.kind {
            _ if keys.is_empty() => true,
            Kind::Csv {
                delimiter, columns, ..
            } => {
                let header = csv::header(peek.head, *delimiter, columns);
                header.is_some_and(|header| keys.iter().all(|key| header.contains(key)))
            }
            Kind::Json { records } => json::share(peek, records, keys) >= 50,
        };
        let matched = self.recognise.pattern.as_ref().is_none_or(|pattern| {
            let full = peek.head.len() < 64 * 1024;
            let mut lines: Vec<&str> = peek.lines().take(LINES + 1).collect();
            if !full || peek.head.ends_with(b"\n") {
                lines.pop();
            }
            let lines: Vec<&str> = lines
                .into_iter()
                .filter(|line| !line.trim().is_empty())
                .collect();
            !lines.is_empty()
                && lines
                    .iter()
                    .all(|line| pattern.is_match(line.trim_end_matches('\r')))
        });
        if named && matched && !peek.head.is_empty() {
            DECLARED
        } else {
            NO
        }
    }

    pub(super) fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut told = Told::default();
        let taken = self.taken();
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        match &self.kind {
            Kind::Csv {
                delimiter, columns, ..
            } => {
                csv::read(chunk, *delimiter, columns, sink, |record, span, sink| {
                    self.record(record, span, &taken, &mut told, sink)
                });
            }
            Kind::Json { records } => {
                json::read(chunk, records, sink, |record, span, sink| {
                    self.record(record, span, &taken, &mut told, sink)
                });
            }
        }
    }

    /// The fields that some column takes.
    fn taken(&self) -> Vec<String> {
        let rules = match &self.mapping {
            Mapping::Row { rules, .. } => rules.iter().flatten().collect(),
            Mapping::Metric(_) => Vec::new(),
        };
        let names = rules.into_iter().chain(&self.time).flat_map(Rule::names);
        names.map(str::to_owned).collect()
    }

    fn record(
        &self,
        record: &dyn Fields,
        span: Span,
        taken: &[&str],
        told: &mut Told,
        sink: &mut dyn Sink,
    ) -> Outcome {
        let written = self
            .time
            .as_ref()
            .and_then(|rule| Some((rule, rule.text(record)?)));
        let ts_ns = written.as_ref().map(|(rule, text)| rule.clock.read(text));
        if let (Some(None), Some((_, text))) = (ts_ns, written) {
            let text: String = text.chars().take(60).collect();
            return Outcome::Rejected(format!("the time `{text}` is not of the declared form"));
        }
        let ts_ns = ts_ns.flatten();
        let stamp = Stamp::new(span, ts_ns);
        match &self.mapping {
            Mapping::Row { table, rules } => {
                let row = Row::new(table, rules, record, taken);
                if row.is_empty() {
                    return Outcome::Rejected("no declared field is there".to_owned());
                }
                sink.record(stamp, &row);
            }
            Mapping::Metric(metric) => {
                if metric.push(record, stamp, &mut told.series, sink) == 0 {
                    return Outcome::Ignored("no number");
                }
            }
        }
        Outcome::Kept
    }
}

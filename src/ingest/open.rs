//! A file of the present group: what is known of it before its transaction ends.

use std::sync::Arc;

use super::report::FileReport;
use super::workers::{FileWork, Pool};
use crate::model::ledger::{EvidenceFile, Ignored};
use crate::model::{Span, Stamp};

/// Where a member was found.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) sha256: String,
    pub(super) span: Span,
    pub(super) depth: usize,
}

/// What became of a file that needs no parser, or the sentence about one that has one.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub(super) state: &'static str,
    pub(super) note: Option<String>,
    pub(super) likelihood: u8,
}

/// A file of the present group.
pub(super) struct Open {
    pub(super) path: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) parent: Option<Parent>,
    pub(super) verdict: Verdict,
    pub(super) work: Option<Arc<FileWork>>,
}

impl Open {
    pub(super) fn report(&self) -> FileReport {
        let mut report = FileReport {
            path: self.path.clone(),
            sha256: self.sha256.clone(),
            bytes: self.bytes,
            format: None,
            read: 0,
            kept: 0,
            rejected: 0,
            ignored: 0,
            state: self.verdict.state.to_owned(),
            note: self.note(),
        };
        if let Some(work) = &self.work {
            let tally = work.tally();
            report.format = Some(work.format.name().to_owned());
            (report.read, report.kept, report.rejected) = (tally.read, tally.kept, tally.rejected);
            report.ignored = tally.ignored.values().sum();
        }
        report
    }

    /// What is to be said of it: how it was taken, and that it is of a newer version than what is known.
    fn note(&self) -> Option<String> {
        let tally = self.work.as_ref().map(|work| work.tally());
        let newer = tally.iter().flat_map(|tally| tally.newer.values());
        let told: Vec<String> = self
            .verdict
            .note
            .iter()
            .cloned()
            .chain(newer.map(ToString::to_string))
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The files that were found inside this one, in the order in which they stand there.
    pub(super) fn take_nested(&self) -> Vec<(String, Parent, Vec<u8>)> {
        let Some(work) = &self.work else {
            return Vec::new();
        };
        let mut nested = std::mem::take(&mut work.tally().nested);
        nested.sort_by(|a, b| (a.span, &a.name).cmp(&(b.span, &b.name)));
        let depth = self.parent.as_ref().map_or(0, |parent| parent.depth) + 1;
        let place = |nested: crate::model::Nested| {
            let parent = Parent {
                sha256: self.sha256.clone(),
                span: nested.span,
                depth,
            };
            (
                format!("{}!{}", self.path, nested.name),
                parent,
                nested.bytes,
            )
        };
        nested.into_iter().map(place).collect()
    }

    pub(super) fn store(&self, report: &FileReport, pool: &Pool) {
        let count = |n: u64| i64::try_from(n).ok();
        let parent = self.parent.as_ref();
        let id = if self.sha256.is_empty() {
            0
        } else {
            crate::model::id::file_id(&self.sha256)
        };
        let row = EvidenceFile {
            sha256: (!self.sha256.is_empty()).then(|| self.sha256.as_str().into()),
            path: Some(self.path.as_str().into()),
            bytes: count(self.bytes),
            format: report.format.as_deref().map(Into::into),
            likelihood: Some(self.verdict.likelihood.into()),
            state: Some(self.verdict.state.into()),
            note: report.note.as_deref().map(Into::into),
            read: count(report.read),
            kept: count(report.kept),
            rejected: count(report.rejected),
            ignored: count(report.ignored),
            parent_sha256: parent.map(|parent| parent.sha256.as_str().into()),
            parent_offset: parent.and_then(|parent| count(parent.span.offset)),
            parent_length: parent.and_then(|parent| count(parent.span.length)),
            ..EvidenceFile::default()
        };
        let stamp = Stamp::new(Span::new(0, self.bytes), None);
        pool.record(id, stamp, &row);
        if let Some(work) = &self.work {
            for (rule, units) in &work.tally().ignored {
                let row = Ignored {
                    format: Some(work.format.name().into()),
                    rule: Some((*rule).into()),
                    units: count(*units),
                    ..Ignored::default()
                };
                pool.record(id, stamp, &row);
            }
        }
    }
}

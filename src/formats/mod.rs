//! One file per export format.
//!
//! A format says what it is called, by what it is recognised and with which example, how likely it
//! is that some bytes are of its kind, and how to read them: it pushes records with citations into a [`Sink`] and never sees the database, so it
//! can be tested with a vector. Recognition is by content alone (an extension is a hint that users
//! get wrong): every format scores the head of the file and the best score wins.
//!
//! Parsing is stateless between chunks: a large file is cut at record boundaries and its chunks are
//! read on several threads, in any order. Whatever needs more than one record (pairing a request
//! with its response, a session's first and last turn) is a view's business, not a parser's.
//!
//! To add a format: docs/adding.md, whose example is compiled and run by a test. What it is not: a
//! place for joins, verdicts, or guesses about other files.

mod agent_session;
mod agent_trace;
mod ai_audit;
mod argo_cd;
mod asff;
mod azure_activity;
mod cdevents;
mod chainloop_session;
mod checksums;
mod claude_session;
mod cloudtrail;
mod cloudwatch_logs;
mod codex_session;
mod container_log;
mod copilot_session;
mod cyclonedx;
pub mod declared;
mod dsse;
mod entire_checkpoint;
mod falco;
mod flow_json;
mod flux_event;
mod forge_event;
mod gcp_audit;
mod gemini_session;
mod gh_pr;
mod gh_run;
mod git_ai_notes;
mod git_bundle;
mod git_fast_export;
mod git_log;
mod git_log_json;
mod git_objects;
mod git_patch;
mod github_audit;
mod github_event;
mod go_test;
mod helm;
mod hubble;
mod in_toto_statement;
mod inspektor_gadget;
mod jaeger;
mod journald;
mod json_log;
mod junit;
mod k8s_audit;
mod k8s_objects;
mod loki;
mod ocsf;
mod otlp_json;
mod otlp_protobuf;
mod peek;
mod plain_log;
mod prometheus;
mod prometheus_text;
pub mod read;
mod sarif;
mod sigstore_bundle;
mod spdx;
mod specstory;
mod tetragon;
mod vault_audit;
mod vpc_flow;
mod zipkin;

pub use peek::{Peek, has};

pub use self::declared::Declared;

use crate::model::{EvidenceClass, Sink, Span};

/// How sure a format is that some bytes are of its kind, from 0 to 100.
pub type Likelihood = u8;

/// Not this format.
pub const NO: Likelihood = 0;
/// Would read it if nothing better claims it (plain text, any JSON lines).
pub const FALLBACK: Likelihood = 10;
/// Some signs, none of them telling.
pub const PERHAPS: Likelihood = 40;
/// The usual keys are there.
pub const LIKELY: Likelihood = 70;
/// A magic number, media type or schema name says so.
pub const CERTAIN: Likelihood = 95;

/// How a file may be cut into chunks that are parsed apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// JSON values one after another, one a line or pretty-printed; cut between values.
    Json,
    /// Text lines, each its own record; cut after a newline.
    Lines,
    /// Not cut: the format needs all bytes at once.
    Whole,
}

/// A piece of a file, cut at a record boundary.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where they start in the file.
    pub offset: u64,
    /// True for the last piece: an unfinished record at its end is torn, not continued.
    pub last: bool,
    /// Path in the bundle. A hint only, for what a file does not say itself (a pod's name).
    pub path: &'a str,
    /// The first bytes of the file, up to 64 KiB, for facts that only its head states.
    pub head: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The bytes that stand at `span` of the file, as far as the chunk has them.
    #[must_use]
    pub fn slice(&self, span: Span) -> &'a [u8] {
        let place = |offset: u64| {
            let inside = usize::try_from(offset.saturating_sub(self.offset));
            inside.unwrap_or(usize::MAX).min(self.bytes.len())
        };
        let start = place(span.offset);
        let end = place(span.offset.saturating_add(span.length));
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The same as a chunk of its own.
    #[must_use]
    pub fn part(&self, span: Span) -> Self {
        Self {
            bytes: self.slice(span),
            offset: span.offset,
            ..*self
        }
    }
}

/// An export format.
pub trait Format: Sync {
    /// `snake_case`; shown on screen and in `shipwake list formats`.
    fn name(&self) -> &'static str;
    /// One line: which tool writes it, and by which command a user gets it.
    fn about(&self) -> &'static str;
    /// What is counted as one record, singular: `span`, `commit`, `event`.
    fn unit(&self) -> &'static str;
    /// The tables that it fills.
    fn tables(&self) -> &'static [&'static str];
    /// Who stands behind its records, unless a record says otherwise.
    fn class(&self) -> EvidenceClass;
    /// How it may be cut.
    fn framing(&self) -> Framing;
    /// By what content it is recognised, in a few words for people: keys, first bytes, a header line.
    fn signs(&self) -> &'static str;
    /// The smallest whole file that is recognised and gives a record. Bytes, for some formats are no
    /// text; most are.
    fn example(&self) -> &'static [u8];
    /// How likely the file is of this kind.
    fn sniff(&self, peek: &Peek<'_>) -> Likelihood;
    /// Reads one chunk.
    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink);
}

/// Every format, in the order in which `list formats` shows them.
pub const ALL: &[&dyn Format] = &[
    &git_log::GitLog,
    &git_patch::GitPatch,
    &git_log_json::GitLogJson,
    &git_fast_export::GitFastExport,
    &git_bundle::GitBundle,
    &git_objects::GitObjects,
    &git_ai_notes::GitAiNotes,
    &claude_session::ClaudeSession,
    &codex_session::CodexSession,
    &gemini_session::GeminiSession,
    &copilot_session::CopilotSession,
    &agent_session::AgentSession,
    &specstory::Specstory,
    &chainloop_session::ChainloopSession,
    &entire_checkpoint::EntireCheckpoint,
    &agent_trace::AgentTrace,
    &github_event::GithubEvent,
    &gh_run::GhRun,
    &gh_pr::GhPr,
    &github_audit::GithubAudit,
    &forge_event::ForgeEvent,
    &cdevents::CdEvents,
    &dsse::Dsse,
    &sigstore_bundle::SigstoreBundle,
    &in_toto_statement::InTotoStatement,
    &argo_cd::ArgoCd,
    &flux_event::FluxEvent,
    &helm::Helm,
    &azure_activity::AzureActivity,
    &checksums::Checksums,
    &cyclonedx::Cyclonedx,
    &spdx::Spdx,
    &junit::Junit,
    &go_test::GoTest,
    &sarif::Sarif,
    &k8s_audit::K8sAudit,
    &k8s_objects::K8sObjects,
    &vault_audit::VaultAudit,
    &cloudtrail::Cloudtrail,
    &gcp_audit::GcpAudit,
    &ai_audit::AiAudit,
    &vpc_flow::VpcFlow,
    &flow_json::FlowJson,
    &asff::Asff,
    &ocsf::Ocsf,
    &hubble::Hubble,
    &tetragon::Tetragon,
    &falco::Falco,
    &inspektor_gadget::InspektorGadget,
    &otlp_json::OtlpJson,
    &otlp_protobuf::OtlpProtobuf,
    &jaeger::Jaeger,
    &zipkin::Zipkin,
    &prometheus::Prometheus,
    &prometheus_text::PrometheusText,
    &container_log::ContainerLog,
    &journald::Journald,
    &journald::JournaldExport,
    &loki::Loki,
    &cloudwatch_logs::CloudwatchLogs,
    &cloudwatch_logs::CloudwatchTail,
    &json_log::JsonLog,
    &plain_log::PlainLog,
];

/// What sniffing found.
#[derive(Clone)]
pub struct Sniffed {
    /// The winner; `None` where nothing claims the bytes.
    pub format: Option<&'static dyn Format>,
    /// The winner's likelihood.
    pub likelihood: Likelihood,
    /// Other formats with the same likelihood; the first in [`ALL`] won.
    pub ties: Vec<&'static str>,
}

/// Lets every format score the head of a file; the best likelihood wins, ties are reported.
#[must_use]
pub fn sniff(path: &str, head: &[u8]) -> Sniffed {
    sniff_with(&[], path, head)
}

/// The same with declared formats before those of the program.
#[must_use]
pub fn sniff_with(declared: &[&'static Declared], path: &str, head: &[u8]) -> Sniffed {
    let peek = Peek::new(path, head);
    let mut best = Sniffed {
        format: None,
        likelihood: NO,
        ties: Vec::new(),
    };
    let declared = declared.iter().map(|one| *one as &dyn Format);
    for format in declared.chain(ALL.iter().copied()) {
        let likelihood = format.sniff(&peek);
        if likelihood > best.likelihood {
            best = Sniffed {
                format: Some(format),
                likelihood,
                ties: Vec::new(),
            };
        } else if likelihood == best.likelihood && likelihood > NO {
            best.ties.push(format.name());
        }
    }
    best
}

/// The format of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|format| format.name() == name)
}

// The example of docs/adding.md, which is no format of ours.
#[cfg(test)]
#[path = "tests/slipway.rs"]
mod slipway;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

//! The vocabulary every other room speaks: ids, times, citations, records, links, scope.
//!
//! Why a room of its own: a parser, a link rule and a pane must mean the same thing by
//! "commit" or "digest", and the only way to keep that true is to spell it once. Canonical
//! forms (what equality means for a commit, a repository, a digest, a trace) live in [`id`];
//! every table of the case is declared once, as a [`record`], and the database columns, the
//! public views and the documentation are made from that declaration.
//!
//! What it is not: no input or output, no database, no terminal. Nothing here can fail in an
//! interesting way, so nothing here returns a rich error.

pub mod citation;
pub mod code;
pub mod decision;
pub mod delivery;
pub mod finding;
pub mod floor;
pub mod gap;
pub mod id;
pub mod judgement;
pub mod ledger;
pub mod link;
pub mod record;
pub mod rule;
pub mod runtime;
pub mod signature;
pub mod sink;
pub mod time;
pub mod verdict;

pub use citation::{Citation, Span};
pub use floor::Floor;
pub use record::{Column, Kind, Record, Table};
pub use sink::{EvidenceClass, Nested, Newer, Sink, Stamp};

/// Every table whose rows cite evidence, in the order in which they are documented and created.
pub const TABLES: &[&Table] = &[
    &code::REQUEST,
    &code::SESSION,
    &code::TURN,
    &code::COMMIT,
    &code::GIT_OBJECT,
    &code::GIT_REF,
    &code::COMMIT_FILE,
    &code::DIFF_HUNK,
    &code::ATTRIBUTION,
    &code::CHANGE_REQUEST,
    &code::REVIEW,
    &delivery::BUILD,
    &delivery::JOB,
    &delivery::ARTIFACT,
    &delivery::ATTESTATION,
    &delivery::ATTESTATION_SUBJECT,
    &delivery::CHANGE,
    &delivery::CHANGE_STATUS,
    &delivery::GATE_DECISION,
    &delivery::INSTANCE,
    &delivery::COMPONENT,
    &delivery::TEST_RESULT,
    &delivery::SCAN_RESULT,
    &runtime::RESOURCE,
    &runtime::SPAN,
    &runtime::SPAN_EVENT,
    &runtime::LOG,
    &runtime::METRIC_SERIES,
    &runtime::METRIC_POINT,
    &runtime::ACCESS,
    &runtime::IDENTITY,
    &runtime::INCIDENT,
    &ledger::EVIDENCE_FILE,
    &ledger::REJECT,
    &ledger::IGNORED,
    &judgement::SIGNATURE,
    &judgement::TEMPLATE,
    &judgement::FINDING,
    &judgement::GAP,
    &judgement::VERDICT,
];

//! Typed questions: one file each, with its parameters, its row, and its `.sql` file.
//!
//! A pane and a subcommand that show the same thing ask the same question here; neither knows SQL
//! nor the other. Answers are bounded, carry citations, and come in an order that does not depend on
//! how the case was loaded.

pub mod about;
pub mod access_matrix;
pub mod answer;
pub mod chain;
pub mod changes;
pub mod commits;
mod completeness;
pub mod console;
pub mod contrast;
pub mod deployments;
pub mod detail;
pub mod entity;
pub mod files;
pub mod filter;
pub mod finder;
pub mod findings;
pub mod floor;
pub mod gap_matrix;
pub mod gaps;
pub mod graph;
pub mod instances;
pub mod latency;
pub mod links;
pub mod listing;
pub mod metrics;
mod moment;
pub mod moments;
pub mod reconstructability;
pub mod rejects;
pub mod releases;
pub mod resolve;
pub mod service_map;
pub mod shared;
pub mod signatures;
pub mod timeline;
pub mod verdict;
pub mod why;

pub use crate::store::{Reader, Rows, StoreError};

/// Every question with its SQL, for the test that binds them all; lists are in [`listing::ALL`].
pub const ALL: &[(&str, &str)] = &[
    ("releases", releases::SQL),
    ("changes", changes::SQL),
    ("calls", changes::CALLS),
    ("moment", moment::SQL),
    ("burst", moment::BURST),
    ("findings", findings::SQL),
    ("finding", findings::ONE),
    ("findings_standing", findings::STANDING),
    ("contrast", contrast::SQL),
    ("contrast_exposure", contrast::EXPOSURE),
    ("access_matrix", access_matrix::SQL),
    ("metrics", metrics::SQL),
    ("template_examples", detail::EXAMPLES),
    ("releases_of", about::SQL),
    ("release_at_stake", about::AT_STAKE),
    ("verdict", verdict::SQL),
    ("commits", commits::SQL),
    ("deployments", deployments::SQL),
    ("files", files::SQL),
    ("instances", instances::SQL),
    ("floor", floor::SQL),
    ("reconstructability", reconstructability::SQL),
    ("gap matrix", gap_matrix::SQL),
    ("gaps", gaps::SQL),
    ("who calls whom", service_map::SQL),
    ("latency", latency::SQL),
    ("signatures", signatures::SQL),
    ("shared", shared::SQL),
    ("rejects", rejects::SQL),
    ("resolve", resolve::SQL),
    ("entities", entity::SQL),
    ("neighbours", links::SQL),
    ("ties", links::TIES),
    ("all_ties", graph::SQL),
    ("log_trace", links::LOG_TRACE),
    ("kinds", chain::KINDS),
    ("behaviour", chain::BEHAVIOUR),
    ("trace_node", chain::TRACE),
    ("trace_resources", resolve::TRACE),
    ("lines", resolve::LINES),
    ("release_parts", resolve::RELEASE),
    ("finder", finder::SQL),
    ("timeline", timeline::STEPS),
    ("markers", timeline::MARKERS),
    ("span_of_time", timeline::EXTENT),
    ("place", detail::PLACE),
    ("release", detail::ONE_RELEASE),
    ("commit_files", detail::FILES),
    ("commit_hunks", detail::HUNKS),
    ("commit_lines", detail::LINES),
    ("session_turns", detail::TURNS),
    ("build_jobs", detail::JOBS),
    ("deployment_statuses", detail::STATUSES),
    ("attestation_subjects", detail::SUBJECTS),
    ("instance_sightings", detail::SIGHTINGS),
    ("trace_spans", detail::SPANS),
];

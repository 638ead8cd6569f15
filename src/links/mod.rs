//! Why two records belong together: one SQL file per rule.
//!
//! A rule is a question over the tables whose answer is pairs of entities, the two values that made
//! the pair, and the two places where they stand. Its header says from what to what, by which
//! method, in which class and with which weight; so the rule's file *is* its documentation, and
//! `why` can quote it. The engine adds what is the same for all: states, ambiguity, the choice of
//! one citation where several records say the same.
//!
//! Most rules are applied when evidence is loaded; `when: released` marks those that need the releases,
//! which are derived from the others. A rule whose header says `when: asked` would make
//! a link per log record; it is asked for one trace when somebody looks at it.
//!
//! What it is not: a judge. A link says that two values are equal, not that anybody vouches for
//! them; whether a signature backs it is the trust room's to say.

mod derive;

pub use crate::model::rule::Rule;
pub use derive::{counts, derive, verify};

/// Every rule, in the order in which `list links` shows them and in which they are applied: rules that
/// recover what a squash or rebase lost begin with `recovered_` and look at the links made before.
pub const ALL: &[Rule] = &[
    Rule {
        name: "commit_session_note",
        sql: include_str!("commit_session_note.sql"),
    },
    Rule {
        name: "commit_session_checkpoint",
        sql: include_str!("commit_session_checkpoint.sql"),
    },
    Rule {
        name: "commit_session_stated",
        sql: include_str!("commit_session_stated.sql"),
    },
    Rule {
        name: "commit_session_trailer",
        sql: include_str!("commit_session_trailer.sql"),
    },
    Rule {
        name: "commit_session_base",
        sql: include_str!("commit_session_base.sql"),
    },
    Rule {
        name: "commit_session_files",
        sql: include_str!("commit_session_files.sql"),
    },
    Rule {
        name: "request_session",
        sql: include_str!("request_session.sql"),
    },
    Rule {
        name: "request_change_request",
        sql: include_str!("request_change_request.sql"),
    },
    Rule {
        name: "request_commit",
        sql: include_str!("request_commit.sql"),
    },
    Rule {
        name: "session_change_request",
        sql: include_str!("session_change_request.sql"),
    },
    Rule {
        name: "commit_change_request",
        sql: include_str!("commit_change_request.sql"),
    },
    Rule {
        name: "commit_change_request_number",
        sql: include_str!("commit_change_request_number.sql"),
    },
    Rule {
        name: "commit_change_request_branch",
        sql: include_str!("commit_change_request_branch.sql"),
    },
    Rule {
        name: "recovered_session_key",
        sql: include_str!("recovered_session_key.sql"),
    },
    Rule {
        name: "recovered_checkpoint",
        sql: include_str!("recovered_checkpoint.sql"),
    },
    Rule {
        name: "recovered_patch",
        sql: include_str!("recovered_patch.sql"),
    },
    Rule {
        name: "recovered_author",
        sql: include_str!("recovered_author.sql"),
    },
    Rule {
        name: "recovered_squash",
        sql: include_str!("recovered_squash.sql"),
    },
    Rule {
        name: "review_change_request",
        sql: include_str!("review_change_request.sql"),
    },
    Rule {
        name: "review_commit",
        sql: include_str!("review_commit.sql"),
    },
    Rule {
        name: "commit_build",
        sql: include_str!("commit_build.sql"),
    },
    Rule {
        name: "build_artifact",
        sql: include_str!("build_artifact.sql"),
    },
    Rule {
        name: "artifact_commit",
        sql: include_str!("artifact_commit.sql"),
    },
    Rule {
        name: "artifact_attestation",
        sql: include_str!("artifact_attestation.sql"),
    },
    Rule {
        name: "gate_build",
        sql: include_str!("gate_build.sql"),
    },
    Rule {
        name: "gate_deployment",
        sql: include_str!("gate_deployment.sql"),
    },
    Rule {
        name: "build_deployment",
        sql: include_str!("build_deployment.sql"),
    },
    Rule {
        name: "artifact_deployment",
        sql: include_str!("artifact_deployment.sql"),
    },
    Rule {
        name: "deployment_commit",
        sql: include_str!("deployment_commit.sql"),
    },
    Rule {
        name: "deployment_commit_tag",
        sql: include_str!("deployment_commit_tag.sql"),
    },
    Rule {
        name: "deployment_instance",
        sql: include_str!("deployment_instance.sql"),
    },
    Rule {
        name: "deployment_instance_version",
        sql: include_str!("deployment_instance_version.sql"),
    },
    Rule {
        name: "instance_artifact",
        sql: include_str!("instance_artifact.sql"),
    },
    Rule {
        name: "resource_instance",
        sql: include_str!("resource_instance.sql"),
    },
    Rule {
        name: "resource_artifact",
        sql: include_str!("resource_artifact.sql"),
    },
    Rule {
        name: "resource_deployment",
        sql: include_str!("resource_deployment.sql"),
    },
    Rule {
        name: "resource_commit",
        sql: include_str!("resource_commit.sql"),
    },
    Rule {
        name: "identity_instance",
        sql: include_str!("identity_instance.sql"),
    },
    Rule {
        name: "access_identity",
        sql: include_str!("access_identity.sql"),
    },
    Rule {
        name: "access_instance",
        sql: include_str!("access_instance.sql"),
    },
    Rule {
        name: "change_identity",
        sql: include_str!("change_identity.sql"),
    },
    Rule {
        name: "release_commit",
        sql: include_str!("release_commit.sql"),
    },
    Rule {
        name: "release_artifact",
        sql: include_str!("release_artifact.sql"),
    },
    Rule {
        name: "release_deployment",
        sql: include_str!("release_deployment.sql"),
    },
    Rule {
        name: "trace_resource",
        sql: include_str!("trace_resource.sql"),
    },
    Rule {
        name: "trace_log",
        sql: include_str!("trace_log.sql"),
    },
];

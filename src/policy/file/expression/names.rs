//! The names that expressions may use: a closed table, so that a misspelt name is a mistake when the
//! file is read and not a criterion that never fires.

use super::{Scope, Type};

/// A name that expressions may use.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// As written, with its dots.
    pub path: &'static str,
    /// What its value is.
    pub kind: Type,
    /// Where it is known.
    pub scopes: &'static [Scope],
    /// One line for documentation and help.
    pub says: &'static str,
}

const ALL: &[Scope] = &[Scope::Criterion, Scope::Gate, Scope::Behaviour];
const RELEASE: &[Scope] = &[Scope::Criterion, Scope::Gate];
const CRITERION: &[Scope] = &[Scope::Criterion];
const BEHAVIOUR: &[Scope] = &[Scope::Behaviour];

const fn name(
    path: &'static str,
    kind: Type,
    scopes: &'static [Scope],
    says: &'static str,
) -> Name {
    Name {
        path,
        kind,
        scopes,
        says,
    }
}

/// Every name, for the reader and for help.
#[rustfmt::skip]
pub const NAMES: &[Name] = &[
    name("as_of", Type::Time, ALL, "the time of judging: `--as-of`, or the last time in the evidence"),
    name("deploy.started", Type::Time, ALL, "when the rollout began"),
    name("deploy.finished", Type::Time, ALL, "when the rollout ended"),
    name("service", Type::Text, ALL, "the service's name"),
    name("environment", Type::Text, ALL, "the environment's name"),
    name("release.version", Type::Text, RELEASE, "the release's version"),
    name("tier", Type::Text, ALL, "the release's tier after escalation: `tier == 'critical'`"),
    name("change.kind", Type::Text, RELEASE, "deploy, config, flag, data, iam, schema, model"),
    name("commit.ai_lines", Type::Number, RELEASE, "added lines attributed to a model, over the release's commits"),
    name("commit.lines", Type::Number, RELEASE, "added lines over the release's commits"),
    name("chain_level", Type::Level, RELEASE, "how completely the chain is linked, C0 to C5"),
    name("autonomy", Type::Text, RELEASE, "attended or unattended"),
    name("reads_secret", Type::Truth, RELEASE, "true where the service was seen reading a secret"),
    name("internet_exposed", Type::Truth, RELEASE, "true where the service answers the internet"),
    name("tier.chain_min", Type::Level, CRITERION, "the tier's lowest chain level"),
    name("tier.instance_coverage", Type::Number, CRITERION, "the tier's share of instances that must have telemetry, 0 to 1"),
    name("tier.min_requests", Type::Number, CRITERION, "the tier's fewest requests for a judgement"),
    name("tier.sample_review", Type::Number, CRITERION, "the tier's share of releases that a person reviews, 0 to 1"),
    name("tier.soak", Type::Duration, CRITERION, "how long the tier watches a release"),
    name("coverage", Type::Number, CRITERION, "instances with telemetry per running instance, 0 to 1"),
    name("requests", Type::Number, CRITERION, "requests answered by the release"),
    name("instances", Type::Number, ALL, "instances of the release; of a behaviour, those that showed it"),
    name("instance_digest_mixed", Type::Truth, CRITERION, "true where instances of one service and environment run different digests"),
    name("left_behind", Type::Truth, CRITERION, "true where an instance runs the former digest after the rollout"),
    name("telemetry_silent", Type::Truth, CRITERION, "true where an instance that should speak is silent"),
    name("worst_severity", Type::Severity, CRITERION, "the highest severity among the release's findings"),
    name("severity", Type::Number, BEHAVIOUR, "OpenTelemetry severity number of a log line, 1 to 24; 17 is ERROR"),
    name("unexplained", Type::Truth, BEHAVIOUR, "true where the release's diff does not explain the behaviour"),
    name("explained_by_diff", Type::Truth, BEHAVIOUR, "true where the release's diff explains the behaviour"),
    name("events", Type::Number, BEHAVIOUR, "how often it was seen"),
    name("blocks", Type::Number, BEHAVIOUR, "distinct five-minute blocks in which it was seen"),
    name("start_up", Type::Truth, BEHAVIOUR, "true where it was seen only while instances warmed up"),
    name("family", Type::Text, BEHAVIOUR, "secret, network, privilege, …"),
    name("verb", Type::Text, BEHAVIOUR, "what was done: read, create, connect"),
    name("result", Type::Text, BEHAVIOUR, "success, denied or error"),
    name("principal", Type::Text, BEHAVIOUR, "who acted"),
    name("principal_kind", Type::Text, BEHAVIOUR, "service_account, role, bot, agent, user"),
    name("object", Type::Text, BEHAVIOUR, "what it was done to"),
    name("is_grant", Type::Truth, BEHAVIOUR, "true where a right was given, false where one was used"),
    name("first_seen", Type::Time, BEHAVIOUR, "when it was first seen"),
    name("last_seen", Type::Time, BEHAVIOUR, "when it was last seen"),
];

/// The name `path`, where `scope` knows it.
pub(super) fn find(path: &str, scope: Scope) -> Option<&'static Name> {
    NAMES
        .iter()
        .find(|name| name.path == path && name.scopes.contains(&scope))
}

/// The paths that `scope` knows.
pub(super) fn known<'k>(scope: Scope) -> impl Iterator<Item = &'k str> {
    NAMES
        .iter()
        .filter(move |name| name.scopes.contains(&scope))
        .map(|name| name.path)
}

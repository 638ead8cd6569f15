//! GitHub's audit log of an organisation or enterprise: who changed what, who was let in, what ran.
//! Source: docs.github.com, "Audit log events for your organization" and "Using the audit log API".
//!
//! Met as the array that the API gives, as the JSON lines of the log's streaming and of its export,
//! and as data lakes spell it: `at_sign_timestamp` for `@timestamp`, times as text without a zone
//! (UTC), parameters under `data`. Times are milliseconds. Git events (`git.clone`) are only there
//! where they were asked for, and `actor_ip` only where its disclosure is switched on. The unit is
//! the event; each becomes an `access`. Writes to members, roles, rules and secrets become a
//! `change` too, workflow runs a `build`, and what let code pass a gate a `gate_decision`.
//!
//! What it is not: webhooks, which carry whole objects and a `sender`.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{API_ACTIVITY, AUTHENTICATION, USER_ACCESS_MANAGEMENT};
use super::read::event::{Event, attributes, events, likely};
use super::read::field::text;
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::decision::Decision;
use crate::model::delivery::{Build, Change, GateDecision};
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{EvidenceClass, Sink, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("github"));

/// Events of GitHub's audit log.
pub struct GithubAudit;

impl Format for GithubAudit {
    fn name(&self) -> &'static str {
        "github_audit"
    }

    fn about(&self) -> &'static str {
        "GitHub audit log: `gh api --paginate /orgs/ORG/audit-log?include=all`, its export or streaming"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change", "build", "gate_decision"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "an `action` such as `repo.create`, with two of `_document_id`, `actor_ip`, `created_at`, `org`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"@timestamp":1772546527000,"_document_id":"d-1","action":"protected_branch.policy_override",
 "actor":"ines","org":"acme","repo":"acme/shop"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &[], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::default(), sink, unit);
    }
}

/// Members that hardly any other format has beside an action.
const SIGNS: [&str; 10] = [
    "@timestamp",
    "at_sign_timestamp",
    "_document_id",
    "created_at",
    "operation_type",
    "org",
    "business",
    "actor_ip",
    "actor_location",
    "programmatic_access_type",
];

fn judge(value: &Value) -> Likelihood {
    let is_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
    let is_action = text(value, "/action").is_some_and(|action| action.bytes().all(is_name));
    let is_actor = value.get("actor").is_none_or(Value::is_string);
    let is_webhook = value.get("sender").is_some();
    let signs = SIGNS
        .iter()
        .filter(|sign| value.get(**sign).is_some())
        .count();
    let is_dated = value.get("_document_id").is_some()
        && (value.get("@timestamp").is_some() || value.get("at_sign_timestamp").is_some());
    match (is_action && is_actor && !is_webhook, signs) {
        (true, _) if is_dated => CERTAIN,
        (true, 2..) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(action) = event.text("/action") else {
        return Outcome::Rejected("not an audit event: it has no action".to_owned());
    };
    let call = Call {
        event: *event,
        action,
        ts_ns: instant(event),
    };
    sink.record(event.stamp(call.ts_ns), &call.access());
    if let Some(change) = call.change() {
        sink.record(event.stamp(call.ts_ns), &change);
    }
    if let Some(build) = call.build() {
        sink.record(event.stamp(call.ts_ns), &build);
    }
    if let Some(decision) = call.decision() {
        sink.record(event.stamp(call.ts_ns), &decision);
    }
    Outcome::Kept
}

/// When it happened: milliseconds, or text where a data lake rewrote them.
fn instant(event: &Event<'_>) -> Option<i64> {
    let written = |pointer: &str| match event.get(pointer)? {
        Value::Number(number) => time::millis(number.as_i64().or_else(|| whole_number(number))?),
        Value::String(text) => time::parse(text),
        _ => None,
    };
    [
        "/@timestamp",
        "/at_sign_timestamp",
        "/created_at",
        "/p_event_time",
    ]
    .into_iter()
    .find_map(written)
}

/// Some exporters write integers as floats.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked before the cast"
)]
fn whole_number(number: &serde_json::Number) -> Option<i64> {
    let value = number.as_f64()?;
    (value.abs() < 9e15).then_some(value as i64)
}

/// One event and its action.
struct Call<'a> {
    event: Event<'a>,
    action: &'a str,
    ts_ns: Option<i64>,
}

impl<'a> Call<'a> {
    /// A parameter, which some exports keep under `data`.
    fn parameter(&self, name: &str) -> Option<&'a str> {
        let (own, kept) = (format!("/{name}"), format!("/data/{name}"));
        self.event.any(&[&own, &kept])
    }

    fn id(&self, name: &str) -> Text<'a> {
        let (own, kept) = (format!("/{name}"), format!("/data/{name}"));
        self.event.key(&own).or_else(|| self.event.key(&kept))
    }

    fn full_name(&self) -> Option<&'a str> {
        self.parameter("repo")
            .or_else(|| self.parameter("repository"))
    }

    fn repository(&self) -> Option<String> {
        id::repository(self.full_name()?)
    }

    fn is_about(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.action.contains(word))
    }

    fn is_read(&self) -> bool {
        matches!(self.event.text("/operation_type"), Some("access"))
            || matches!(self.action, "git.clone" | "git.fetch")
            || self.is_about(&["download"])
    }

    /// A secret was written, or handed to a job.
    fn is_secret(&self) -> bool {
        self.is_about(&["actions_secret", "codespaces_secret", "dependabot_secret"])
            || (self.action == "workflows.prepared_workflow_job" && self.secrets().is_some())
    }

    /// Names of the secrets that a job was given.
    fn secrets(&self) -> Option<String> {
        let names = self
            .event
            .list("/secrets_passed")
            .iter()
            .filter_map(Value::as_str);
        let names: Vec<&str> = names.collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// Who may do what was changed.
    fn is_privilege(&self) -> bool {
        const ABOUT: [&str; 15] = [
            "member",
            "team.",
            "role",
            "personal_access_token",
            "oauth_",
            "integration_installation",
            "deploy_key",
            "public_key",
            "moderators",
            "invite",
            "saml",
            "two_factor",
            "owner",
            "transfer",
            "workflow_permissions",
        ];
        !self.is_read() && (self.is_about(&ABOUT) || matches!(self.action, "repo.access"))
    }

    /// Rules that code passes, and what runs beside it.
    fn is_config(&self) -> bool {
        const ABOUT: [&str; 11] = [
            "protected_branch.",
            "ruleset",
            "environment.",
            "hook.",
            "ip_allow_list",
            "enable",
            "disable",
            "secret_scanning",
            "advanced_security",
            "variable",
            "self_hosted_runner",
        ];
        const EVENTS: [&str; 2] = ["policy_override", "rejected_ref_update"];
        !self.is_read() && self.is_about(&ABOUT) && !self.is_about(&EVENTS)
    }

    /// Somebody gained a right.
    fn grants(&self) -> bool {
        const GIVES: [&str; 7] = [
            ".add",
            ".invite",
            "invite_",
            ".update_member",
            ".create",
            ".grant",
            ".update_repository_permission",
        ];
        self.is_privilege() && self.is_about(&GIVES) && self.parameter("user").is_some()
    }

    fn is_login(&self) -> bool {
        self.is_about(&["login", "sso_response"])
    }

    fn access(&self) -> Access<'a> {
        let event = &self.event;
        let kind = match () {
            () if self.is_secret() => "secret",
            () if self.is_privilege() => "privilege",
            () if self.action.starts_with("ip_allow_list") => "network",
            () => "api",
        };
        let class = match () {
            () if self.is_login() => AUTHENTICATION,
            () if self.grants() => USER_ACCESS_MANAGEMENT,
            () => API_ACTIVITY,
        };
        let is_denied = self.is_about(&["failed_login", "rejected", "blocked", "denied"]);
        Access {
            kind: Some(kind.into()),
            provider: PROVIDER,
            event_id: event.cell("/_document_id"),
            class_uid: Some(class),
            principal: event.cell("/actor"),
            object: self.object(),
            verb: Some(self.action.into()),
            result: Some(if is_denied { "denied" } else { "success" }.into()),
            source_address: event.cell("/actor_ip"),
            user_agent: event.cell("/user_agent"),
            account: event.first(&["/org", "/business"]),
            grantee: self
                .parameter("user")
                .filter(|_| self.grants())
                .map(Cow::from),
            granted: self.granted().filter(|_| self.grants()),
            is_read: Some(self.is_read()),
            attributes: self.attributes(),
            event: event.whole(),
            ..Default::default()
        }
    }

    /// `github.com/owner/name`, with the secret's name where there is one; the team, the
    /// organisation.
    fn object(&self) -> Text<'a> {
        let secret = self
            .secrets()
            .or_else(|| self.parameter("key").map(str::to_owned))
            .filter(|_| self.is_secret());
        let place = self
            .repository()
            .or_else(|| self.event.any(&["/org", "/business"]).map(str::to_owned));
        match (secret, place) {
            (Some(secret), Some(place)) => Some(format!("{place}/{secret}").into()),
            (Some(only), None) => Some(only.into()),
            (None, place) => self
                .parameter("team")
                .map(Cow::from)
                .filter(|_| self.is_about(&["team."]))
                .or(place.map(Cow::from)),
        }
    }

    fn granted(&self) -> Text<'a> {
        ["permission", "role", "team", "name"]
            .iter()
            .find_map(|name| self.parameter(name))
            .map(Cow::from)
            .or(Some(self.action.into()))
    }

    fn attributes(&self) -> Text<'static> {
        let event = &self.event;
        attributes(json!({
            "operation_type": event.text("/operation_type"),
            "programmatic_access_type": event.text("/programmatic_access_type"),
            "hashed_token": event.text("/hashed_token"),
            "actor_is_bot": event.flag("/actor_is_bot"),
            "actor_is_agent": event.flag("/actor_is_agent"),
            "external_identity": event.text("/external_identity_nameid"),
            "country": event.text("/actor_location/country_code"),
            "user": self.parameter("user"),
            "branch": self.parameter("branch"),
            "transport": event.text("/transport_protocol_name"),
            "url": self.parameter("url").or_else(|| event.any(&["/config/url", "/data/config/url"])),
            "workflow_run_id": self.id("workflow_run_id"),
        }))
    }

    fn change(&self) -> Option<Change<'a>> {
        let kind = match () {
            () if self.is_config()
                || (self.is_secret() && self.action != "workflows.prepared_workflow_job") =>
            {
                "config"
            }
            () if self.is_privilege() => "iam",
            () => return None,
        };
        Some(Change {
            kind: Some(kind.into()),
            provider: PROVIDER,
            change_id: self.event.cell("/_document_id"),
            repository: self.repository().map(Cow::from),
            environment: self
                .parameter("environment")
                .or_else(|| self.parameter("environment_name"))
                .map(Cow::from),
            action: Some(self.action.into()),
            acted_as: self.event.cell("/actor"),
            object: self
                .parameter("ruleset_name")
                .map(Cow::from)
                .or_else(|| self.object()),
            started_ns: self.ts_ns,
            ..Default::default()
        })
    }

    fn build(&self) -> Option<Build<'a>> {
        let status = match self.action {
            "workflows.completed_workflow_run" => "completed",
            "workflows.created_workflow_run" => "queued",
            _ => return None,
        };
        let instant = |name: &str| self.parameter(name).and_then(time::parse);
        Some(Build {
            provider: PROVIDER,
            repository: self.repository().map(Cow::from),
            run_id: Some(self.id("workflow_run_id")?),
            attempt: self.event.int("/run_attempt"),
            workflow: self.parameter("name").map(Cow::from),
            event: self.parameter("event").map(Cow::from),
            sha: self.event.commit("/head_sha"),
            branch: self.parameter("head_branch").map(Cow::from),
            status: Some(status.into()),
            conclusion: self.parameter("conclusion").map(Cow::from),
            actor: self.event.cell("/actor"),
            started_ns: instant("started_at"),
            finished_ns: instant("completed_at"),
            ..Default::default()
        })
    }

    fn decision(&self) -> Option<GateDecision<'a>> {
        let decision = match self.action {
            "workflows.approve_workflow_job" => Decision::Approved,
            "workflows.reject_workflow_job" => Decision::Rejected,
            "protected_branch.policy_override" => Decision::Bypassed,
            "protected_branch.rejected_ref_update" => Decision::Failed,
            _ => return None,
        };
        let run_id = self.id("workflow_run_id");
        let sha = self
            .event
            .commit("/head_sha")
            .or_else(|| self.event.commit("/after"));
        let gate = ["environment", "environment_name", "branch", "name"];
        Some(GateDecision {
            gate: gate
                .iter()
                .find_map(|name| self.parameter(name))
                .map(Cow::from),
            repository: self.repository().map(Cow::from),
            subject: sha.clone().or_else(|| run_id.clone()),
            run_id,
            sha,
            environment: self
                .parameter("environment")
                .or_else(|| self.parameter("environment_name"))
                .map(Cow::from),
            decision: Some(decision.token().into()),
            approver: self.event.cell("/actor"),
            comment: self.parameter("comment").map(Cow::from),
            ..Default::default()
        })
    }
}

#[cfg(test)]
mod tests;

//! Audit logs of organisations at Anthropic and OpenAI: who made which key, let whom in, changed
//! which setting. Source: Anthropic's Compliance API (activity feed) and OpenAI's "List audit logs".
//!
//! Met as the page that the API gives (`{"object": "list", "data": […]}`) and one event a line.
//! OpenAI's times are whole seconds and its details stand under the event's name, with dots or underscores
//! (`api_key.created`, `api_key_created`); Anthropic's events are flat. The unit is the event; each
//! becomes an `access`, and what alters keys, roles or settings a `change` too.
//!
//! What it is not: transcripts, usage or costs.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::Holders;
use super::read::class::{ACCOUNT_CHANGE, API_ACTIVITY, AUTHENTICATION, USER_ACCESS_MANAGEMENT};
use super::read::event::{Event, attributes, events, likely};
use super::read::field::text;
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::delivery::Change;
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{EvidenceClass, Sink, time};

/// Audit events of organisations at AI providers.
pub struct AiAudit;

impl Format for AiAudit {
    fn name(&self) -> &'static str {
        "ai_audit"
    }

    fn about(&self) -> &'static str {
        "Anthropic or OpenAI organisation audit log: curl https://api.openai.com/v1/organization/audit_logs, or the Compliance API's activities"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`type`, `actor.type` and an `id` of `audit_log…` or `activity_…`, or `organization_id`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"id":"audit_log-1","object":"organization.audit_log","type":"api_key.created","effective_at":1772546527,
 "actor":{"type":"session","session":{"user":{"email":"ines@acme.example"}}},
 "api_key_created":{"id":"key-1"}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &["data"], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let pages = Holders {
            beside: Some("has_more"),
            ..Holders::of(&["data"])
        };
        events(chunk, &pages, sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_id = |prefix: &str| text(value, "/id").is_some_and(|id| id.starts_with(prefix));
    let is_actor = text(value, "/actor/type").is_some() && text(value, "/type").is_some();
    let is_openai = has(value, &["effective_at"])
        && (is_id("audit_log") || text(value, "/object") == Some("organization.audit_log"));
    let is_anthropic = has(value, &["organization_id", "created_at"])
        && text(value, "/actor/type").is_some_and(|kind| kind.ends_with("_actor"));
    match (is_actor, is_openai || is_id("activity_"), is_anthropic) {
        (true, true, _) => CERTAIN,
        (true, false, true) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(kind) = event.text("/type") else {
        return Outcome::Rejected("not an audit event: it has no type".to_owned());
    };
    if event.get("/actor").is_none() {
        return Outcome::Rejected("an audit event without an actor".to_owned());
    }
    // Some writers spell the event's name as it is, others with underscores.
    let dotted = format!("/{kind}");
    let detail = match event.get(&dotted) {
        Some(_) => dotted,
        None => format!("/{}", kind.replace('.', "_")),
    };
    let act = Act {
        event: *event,
        kind,
        detail,
    };
    sink.record(event.stamp(act.time()), &act.access());
    if let Some(change) = act.change() {
        sink.record(event.stamp(act.time()), &change);
    }
    Outcome::Kept
}

struct Act<'a> {
    event: Event<'a>,
    kind: &'a str,
    /// Where OpenAI keeps the event's own members.
    detail: String,
}

impl<'a> Act<'a> {
    fn is_openai(&self) -> bool {
        self.event.get("/effective_at").is_some()
    }

    fn provider(&self) -> &'static str {
        if self.is_openai() {
            "openai"
        } else {
            "anthropic"
        }
    }

    fn time(&self) -> Option<i64> {
        let seconds = || self.event.int("/effective_at").and_then(time::seconds);
        self.event.instant(&["/created_at"]).or_else(seconds)
    }

    /// A member of the event, wherever its provider keeps it.
    fn member(&self, name: &str) -> Option<&'a str> {
        let (own, nested) = (
            format!("{}/{name}", self.detail),
            format!("{}/data/{name}", self.detail),
        );
        self.event.any(&[&own, &nested, &format!("/{name}")])
    }

    fn is_about(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.kind.contains(word))
    }

    fn is_login(&self) -> bool {
        self.is_about(&["login", "logout", "signed_in", "sso_"])
    }

    fn is_key(&self) -> bool {
        self.is_about(&[
            "api_key",
            "service_key",
            "certificate",
            "secret",
            "credential",
        ])
    }

    fn kind(&self) -> &'static str {
        const PRIVILEGE: [&str; 10] = [
            "role",
            "invite",
            "user_deleted",
            "user.",
            "service_account",
            "owner",
            "scim",
            "sso",
            "group",
            "permission",
        ];
        match () {
            () if self.is_about(&["ip_allowlist", "ip_restriction", "tunnel"]) => "network",
            () if self.is_key() || self.is_login() || self.is_about(&PRIVILEGE) => "privilege",
            () => "api",
        }
    }

    fn is_read(&self) -> bool {
        self.is_about(&["viewed", "listed", "downloaded", "exported", "accessed"])
            || self.is_login()
    }

    /// What the event is about, by whichever member names it.
    fn object(&self) -> Text<'a> {
        const AT: [&str; 9] = [
            "resource_id",
            "api_key_id",
            "mcp_server_name",
            "claude_chat_id",
            "claude_artifact_id",
            "target_id",
            "deleted_user_email",
            "integration_type",
            "project_id",
        ];
        let named = self
            .event
            .text(&format!("{}/id", self.detail))
            .or_else(|| AT.iter().find_map(|name| self.member(name)));
        named
            .or_else(|| self.event.any(&["/project/id", "/organization_id"]))
            .map(Cow::from)
    }

    fn principal(&self) -> Text<'a> {
        self.event.first(&[
            "/actor/email_address",
            "/actor/session/user/email",
            "/actor/api_key/user/email",
            "/actor/api_key/service_account/id",
            "/actor/api_key/id",
            "/actor/api_key_id",
            "/actor/user_id",
            "/actor/session/user/id",
            "/actor/type",
        ])
    }

    fn grants(&self) -> bool {
        let gives = [
            "created",
            "added",
            "granted",
            "updated",
            "sent",
            "transferred",
        ];
        self.kind() == "privilege"
            && !self.is_login()
            && gives.iter().any(|word| self.kind.ends_with(word))
    }

    fn grantee(&self) -> Text<'a> {
        [
            "principal_id",
            "target_id",
            "email",
            "invited_email",
            "user_id",
        ]
        .iter()
        .find_map(|name| self.member(name))
        .map(Cow::from)
        .or_else(|| self.object().filter(|_| self.is_key()))
    }

    /// The role, or a key's scopes.
    fn granted(&self) -> Text<'a> {
        let scopes = [
            format!("{}/data/scopes", self.detail),
            format!("{}/changes_requested/scopes", self.detail),
        ];
        let scopes = scopes
            .iter()
            .map(|at| self.event.list(at))
            .find(|list| !list.is_empty());
        let scopes = scopes.map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" ")
        });
        // OpenAI only names the role inside the assignment's id.
        let assigned = || {
            let (_, rest) = self
                .event
                .text(&format!("{}/id", self.detail))?
                .split_once("role_assignment_")?;
            rest.split("__").next()
        };
        self.member("role")
            .or_else(assigned)
            .map(Cow::from)
            .or(scopes.filter(|scopes| !scopes.is_empty()).map(Cow::from))
            .or(Some(self.kind.into()))
    }

    fn access(&self) -> Access<'a> {
        let grants = self.grants();
        let failed = self.is_about(&["failed", "denied", "rejected"]);
        let class = match () {
            () if self.is_login() => AUTHENTICATION,
            () if grants => USER_ACCESS_MANAGEMENT,
            () if self.kind() == "privilege" => ACCOUNT_CHANGE,
            () => API_ACTIVITY,
        };
        Access {
            kind: Some(self.kind().into()),
            provider: Some(self.provider().into()),
            event_id: self.event.cell("/id"),
            class_uid: Some(class),
            principal: self.principal(),
            object: self.object(),
            verb: Some(self.kind.into()),
            result: Some(if failed { "denied" } else { "success" }.into()),
            error: self
                .member("error_message")
                .or_else(|| self.member("error_code"))
                .map(Cow::from),
            source_address: self
                .event
                .first(&["/actor/ip_address", "/actor/session/ip_address"]),
            user_agent: self
                .event
                .first(&["/actor/user_agent", "/actor/session/user_agent"]),
            account: self.event.first(&["/organization_id", "/project/id"]),
            grantee: self.grantee().filter(|_| grants),
            granted: self.granted().filter(|_| grants),
            is_read: Some(self.is_read()),
            attributes: attributes(json!({
                "actor": self.event.text("/actor/type"),
                "name": self.member("name"),
                "key": self.event.any(&["/actor/api_key/id", "/actor/api_key_id"]),
                "country": self.event.text("/actor/session/ip_address_details/country"),
                "details": self.event.get(&self.detail),
                "updates": self.event.get("/updates"),
                "audience": self.event.get("/audience"),
            })),
            event: self.event.whole(),
            ..Default::default()
        }
    }

    fn change(&self) -> Option<Change<'a>> {
        const CONFIG: [&str; 10] = [
            "ip_allowlist",
            "ip_restriction",
            "settings",
            "organization.updated",
            "project.",
            "rate_limit",
            "mcp_server",
            "integration",
            "external_key",
            "sharing",
        ];
        let kind = match () {
            () if self.is_read() || self.is_about(&["failed"]) => return None,
            () if self.kind() == "privilege" => "iam",
            () if self.is_about(&CONFIG) => "config",
            () => return None,
        };
        Some(Change {
            kind: Some(kind.into()),
            provider: Some(self.provider().into()),
            change_id: self.event.cell("/id"),
            action: Some(self.kind.into()),
            acted_as: self.principal(),
            object: self.object(),
            description: self.member("name").map(Cow::from),
            started_ns: self.time(),
            ..Default::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn read(event: &Value) -> Seen {
        parse(&AiAudit, "audit.json", event.to_string().as_bytes())
    }

    fn openai(kind: &str, detail: Value) -> Value {
        let mut event = json!({"id": "audit_log-1", "object": "organization.audit_log", "type": kind, "effective_at": 1_793_714_400,
            "actor": {"type": "session", "session": {"user": {"id": "user-1", "email": "mara@lumen.example"}, "ip_address": "192.0.2.7", "user_agent": "curl"}}});
        event[kind.replace('.', "_")] = detail;
        event
    }

    #[test]
    fn details_are_found_under_either_spelling() {
        let mut event = openai("api_key.created", json!({"id": "key-1"}));
        let detail = event["api_key_created"].take();
        event["api_key.created"] = detail;
        cells(read(&event).of("access")[0], &[("object", "key-1")]);
    }

    fn cells(row: &std::collections::BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
        for (column, value) in expected {
            assert_eq!(
                row.get(column).map(String::as_str),
                Some(*value),
                "{column}"
            );
        }
    }

    #[test]
    fn a_key_that_was_made() {
        let seen = read(&openai(
            "api_key.created",
            json!({"id": "key-1", "data": {"name": "ci", "scopes": ["models:read", "all"]}}),
        ));
        cells(
            seen.of("access")[0],
            &[
                ("kind", "privilege"),
                ("provider", "openai"),
                ("event_id", "audit_log-1"),
                ("class_uid", "3005"),
                ("principal", "mara@lumen.example"),
                ("object", "key-1"),
                ("verb", "api_key.created"),
                ("result", "success"),
                ("source_address", "192.0.2.7"),
                ("grantee", "key-1"),
                ("granted", "models:read all"),
            ],
        );
        cells(
            seen.of("change")[0],
            &[("kind", "iam"), ("description", "ci")],
        );
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.000000000Z"]);
    }

    #[test]
    fn roles_logins_and_networks() {
        let seen = read(&openai(
            "role.assignment.created",
            json!({"id": "role_assignment_role-api-organization-owner__api-organization__org-1_user-9", "principal_id": "user-9"}),
        ));
        cells(
            seen.of("access")[0],
            &[
                ("grantee", "user-9"),
                ("granted", "role-api-organization-owner"),
            ],
        );
        let seen = read(&openai(
            "login.failed",
            json!({"error_code": "invalid_credentials", "error_message": "no"}),
        ));
        cells(
            seen.of("access")[0],
            &[("class_uid", "3002"), ("result", "denied"), ("error", "no")],
        );
        assert!(seen.of("change").is_empty());
        let seen = read(&openai("ip_allowlist.deleted", json!({"id": "ipallow-1"})));
        cells(seen.of("access")[0], &[("kind", "network")]);
        cells(
            seen.of("change")[0],
            &[("kind", "config"), ("object", "ipallow-1")],
        );
    }

    #[test]
    fn flat_events_and_pages() {
        let event = json!({"id": "activity_1", "created_at": "2026-11-03T14:00:00Z", "organization_id": "org_1", "type": "role_assignment_granted", "target_id": "user_9", "role": "admin",
            "actor": {"type": "user_actor", "email_address": "mara@lumen.example", "ip_address": "192.0.2.7"}});
        let page = json!({"data": [event, {"id": "activity_2"}], "has_more": false, "first_id": "activity_1"});
        assert_eq!(sniff(&AiAudit, page.to_string().as_bytes()), CERTAIN);
        let seen = read(&page);
        cells(
            seen.of("access")[0],
            &[
                ("provider", "anthropic"),
                ("grantee", "user_9"),
                ("granted", "admin"),
                ("account", "org_1"),
                ("object", "user_9"),
            ],
        );
        assert_eq!(seen.rejects.len(), 1);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(
            &AiAudit,
            openai("api_key.created", json!({"id": 7, "data": []}))
                .to_string()
                .as_bytes(),
        );
    }

    #[test]
    fn real_samples_are_read() {
        let mut read = 0;
        for (path, bytes) in samples("ai-audit") {
            assert!(sniff(&AiAudit, &bytes) >= LIKELY, "{path}");
            let seen = parse(&AiAudit, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            let lines = bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .count();
            assert_eq!(
                (seen.kept, seen.of("access").len()),
                (lines as u64, lines),
                "{path}"
            );
            read += seen.read;
        }
        assert!(read == 0 || read == 71, "{read}");
    }
}

//! The audit log of Vault and OpenBao: which secret, policy or login was touched, by which token.
//! Source: the audit broker's JSON formatter of OpenBao and the audit pages of Vault's manual.
//!
//! Every call is logged twice, as `request` before it runs and as `response` after, with one
//! `request.id`. The response repeats the request and adds the outcome, so it alone becomes the
//! `access`, and the request is ignored by rule. A request whose response was never written (the
//! server died in between) is thus in the raw bytes only. A login also tells who the new token is:
//! an `identity`.
//!
//! Met as JSON lines, as pretty-printed values one after another, and with a prefix before each
//! line (the file device's `prefix` option). Secret values are HMACs with a salt of their device:
//! equal within one log, useless elsewhere; none is kept here.
//!
//! What it is not: Vault's server log, or the lease store.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::class::{API_ACTIVITY, AUTHENTICATION};
use super::read::field::{cell, text};
use super::read::json::{Outcome, explain};
use super::read::whole;
use super::read::{Holders, elements, lines};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::{Access, Identity};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Audit entries of Vault or OpenBao.
pub struct VaultAudit;

impl Format for VaultAudit {
    fn name(&self) -> &'static str {
        "vault_audit"
    }

    fn about(&self) -> &'static str {
        "Vault or OpenBao audit log: the file that `vault audit enable file file_path=…` names"
    }

    fn unit(&self) -> &'static str {
        "entry"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "identity"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`type` `request` or `response`, and `request` with `id`, `operation` and `path`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"time":"2026-03-03T14:02:07Z","type":"response","auth":{"display_name":"kubernetes-shop-checkout"},
 "request":{"id":"r-1","operation":"read","path":"secret/data/pay"},"response":{}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if !peek.values.is_empty() {
            let likely = |wanted: Likelihood| peek.share(|value| judge(value) >= wanted) >= 50;
            return [CERTAIN, LIKELY]
                .into_iter()
                .find(|wanted| likely(*wanted))
                .unwrap_or(NO);
        }
        let of_line = |line: &str| {
            serde_json::from_str(after_prefix(line)?)
                .ok()
                .map(|value| judge(&value))
        };
        peek.lines().take(8).filter_map(of_line).max().unwrap_or(NO)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let head = chunk
            .head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(chunk.head)
            .trim_ascii_start();
        if matches!(head.first(), None | Some(b'{' | b'[')) {
            elements(chunk, &Holders::default(), sink, |element, sink| {
                let read = element.read::<Value>();
                read.map_or_else(Outcome::Rejected, |it| entry(&it, element.span, sink))
            });
        } else {
            prefixed(chunk, sink);
        }
    }
}

fn judge(value: &Value) -> Likelihood {
    let paired = matches!(text(value, "/type"), Some("request" | "response"));
    let called = value
        .get("request")
        .is_some_and(|request| has(request, &["id", "operation", "path"]));
    match (paired && called, has(value, &["time", "auth"])) {
        (true, true) => CERTAIN,
        (true, false) => LIKELY,
        _ => NO,
    }
}

/// The JSON of a line that begins with something else.
fn after_prefix(line: &str) -> Option<&str> {
    line.get(line.find('{')?..)
}

/// Reads a log whose lines have a prefix. A line without JSON is broken.
fn prefixed(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    for (line, span) in lines(chunk).filter(|(line, _)| !line.trim().is_empty()) {
        let json = after_prefix(&line).ok_or_else(|| "a line without an entry".to_owned());
        let read = json
            .and_then(|json| serde_json::from_str::<Value>(json).map_err(|error| explain(&error)));
        sink.read(1);
        read.map_or_else(Outcome::Rejected, |it| entry(&it, span, sink))
            .tally(span, sink);
    }
}

fn entry(entry: &Value, span: Span, sink: &mut dyn Sink) -> Outcome {
    match text(entry, "/type") {
        Some("response") => {}
        Some("request") if entry.get("request").is_some() => {
            return Outcome::Ignored("request of a request-response pair");
        }
        _ => {
            return Outcome::Rejected(
                "not an audit entry: its type is neither request nor response".into(),
            );
        }
    }
    let Some(path) = text(entry, "/request/path") else {
        return Outcome::Rejected("a response without a request path".into());
    };
    let stamp = Stamp::new(span, text(entry, "/time").and_then(time::parse));
    let call = Call::new(entry, path);
    sink.record(stamp, &call.access());
    if let Some(identity) = call.identity() {
        sink.record(stamp, &identity);
    }
    Outcome::Kept
}

/// One call and the token that made it.
struct Call<'v> {
    entry: &'v Value,
    path: &'v str,
    /// A login has no token yet: the response carries the one that it got.
    auth: &'v Value,
}

impl<'v> Call<'v> {
    fn new(entry: &'v Value, path: &'v str) -> Self {
        let named = |auth: &&Value| has(auth, &["display_name"]) || has(auth, &["entity_id"]);
        let auth = [entry.get("auth"), entry.pointer("/response/auth")]
            .into_iter()
            .flatten()
            .find(named);
        Self {
            entry,
            path,
            auth: auth.unwrap_or(&Value::Null),
        }
    }

    fn access(&self) -> Access<'v> {
        let request = |pointer| cell(self.entry, pointer);
        Access {
            kind: Some(self.kind().into()),
            provider: Some("vault".into()),
            event_id: request("/request/id"),
            class_uid: Some(if self.is_login() {
                AUTHENTICATION
            } else {
                API_ACTIVITY
            }),
            principal: self.principal(),
            on_behalf_of: self.on_behalf_of(),
            object: Some(format!("{}{}", self.namespace().unwrap_or_default(), self.path).into()),
            verb: request("/request/operation"),
            result: Some(self.result().into()),
            // The response's own text is hashed.
            error: text(self.entry, "/error").map(|error| error.trim().into()),
            source_address: request("/request/remote_address"),
            user_agent: ["user-agent", "User-Agent"]
                .iter()
                .find_map(|name| cell(self.entry.pointer("/request/headers")?.get(name)?, "/0")),
            region: self
                .namespace()
                .map(|namespace| namespace.trim_end_matches('/').into()),
            k8s_pod_name: cell(self.auth, "/metadata/pod_name"),
            service_account: self.service_account().map(Cow::from),
            is_read: text(self.entry, "/request/operation")
                .map(|operation| matches!(operation, "read" | "list" | "help")),
            attributes: self.attributes(),
            event: whole(&self.entry.to_string()).map(|text| text.to_owned().into()),
            ..Default::default()
        }
    }

    /// Who a login turned out to be, where it is not a person.
    fn identity(&self) -> Option<Identity<'v>> {
        let service_account = self.service_account();
        let is_known = service_account.is_some() || self.role().is_some();
        (self.is_login() && self.result() == "success" && is_known).then(|| Identity {
            provider: Some("vault".into()),
            principal: self.principal(),
            kind: Some(
                if service_account.is_some() {
                    "service_account"
                } else {
                    "role"
                }
                .into(),
            ),
            service_account: service_account.map(Cow::from),
            grants: self.policies().map(Cow::from),
            ..Default::default()
        })
    }

    fn principal(&self) -> Text<'v> {
        cell(self.auth, "/display_name").or_else(|| cell(self.auth, "/entity_id"))
    }

    fn role(&self) -> Text<'v> {
        cell(self.auth, "/metadata/role").or_else(|| cell(self.auth, "/metadata/role_name"))
    }

    fn on_behalf_of(&self) -> Text<'v> {
        self.role()
            .or_else(|| self.service_account().map(Cow::from))
            .or_else(|| cell(self.auth, "/metadata/username"))
    }

    /// `namespace/name` of the Kubernetes service account that logged in.
    fn service_account(&self) -> Option<String> {
        let of = |field: &str| text(self.auth.get("metadata")?, field);
        Some(format!(
            "{}/{}",
            of("/service_account_namespace")?,
            of("/service_account_name")?
        ))
    }

    /// Vault's own namespace, with the slash at its end; the root has none.
    fn namespace(&self) -> Option<&'v str> {
        text(self.entry, "/request/namespace/path")
    }

    fn policies(&self) -> Option<String> {
        let names: Vec<&str> = self
            .auth
            .get("policies")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    fn is_login(&self) -> bool {
        self.path
            .strip_prefix("auth/")
            .is_some_and(|path| path.split('/').skip(1).any(|part| part == "login"))
    }

    fn writes(&self) -> bool {
        matches!(
            text(self.entry, "/request/operation"),
            Some("create" | "update" | "patch" | "delete")
        )
    }

    /// Mounts under `auth/`, `sys/` and `identity/` hold no secrets; any other mount does.
    fn kind(&self) -> &'static str {
        let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| self.path.starts_with(prefix));
        if !under(&["auth/", "sys/", "identity/"]) {
            return "secret";
        }
        let guarded = under(&["auth/token/create", "sys/polic", "sys/auth", "identity/"]);
        if self.is_login() || (guarded && self.writes()) {
            "privilege"
        } else {
            "api"
        }
    }

    fn result(&self) -> &'static str {
        let refused = self
            .entry
            .pointer("/auth/policy_results/allowed")
            .and_then(Value::as_bool)
            == Some(false);
        match text(self.entry, "/error").or_else(|| text(self.entry, "/response/data/error")) {
            Some(error) if error.contains("permission denied") => "denied",
            _ if refused => "denied",
            Some(_) => "error",
            None => "success",
        }
    }

    fn attributes(&self) -> Text<'v> {
        let mut attributes = json!({
            "mount_type": text(self.entry, "/request/mount_type"),
            "mount_point": text(self.entry, "/request/mount_point"),
            "policies": self.auth.get("policies"),
            "granting_policies": self.entry.pointer("/auth/policy_results/granting_policies"),
            "accessor": text(self.auth, "/accessor"),
            "entity_id": text(self.auth, "/entity_id"),
            "token_type": text(self.auth, "/token_type"),
            "lease_id": text(self.entry, "/response/secret/lease_id"),
        });
        attributes
            .as_object_mut()?
            .retain(|_, value| !value.is_null());
        Some(attributes.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    /// A response of a token of the service account `shop/basket`, and what is different about it.
    fn response(operation: &str, path: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut entry = json!({
            "time": "2026-11-03T14:00:00.123456789Z", "type": "response",
            "auth": {
                "accessor": "hmac-sha256:aa", "client_token": "hmac-sha256:bb", "display_name": "kubernetes-shop-basket",
                "policies": ["default", "basket-read"], "token_type": "service", "entity_id": "e-1",
                "policy_results": {"allowed": true, "granting_policies": [{"name": "basket-read", "type": "acl"}]},
                "metadata": {"role": "basket", "service_account_name": "basket", "service_account_namespace": "shop"}
            },
            "request": {"id": "r-1", "operation": operation, "path": path, "mount_type": "kv",
                "namespace": {"id": "root"}, "remote_address": "10.0.0.9"},
            "response": {"data": {"password": "hmac-sha256:cc"}}
        });
        change(&mut entry);
        entry
    }

    fn read(entry: &Value) -> Seen {
        parse(&VaultAudit, "audit.log", entry.to_string().as_bytes())
    }

    #[test]
    fn a_secret_that_was_read() {
        let seen = read(&response("read", "secret/data/basket/db", |_| {}));
        let row = seen.of("access")[0];
        for (column, expected) in [
            ("kind", "secret"),
            ("provider", "vault"),
            ("event_id", "r-1"),
            ("principal", "kubernetes-shop-basket"),
            ("on_behalf_of", "basket"),
            ("service_account", "shop/basket"),
            ("object", "secret/data/basket/db"),
            ("verb", "read"),
            ("result", "success"),
            ("source_address", "10.0.0.9"),
            ("is_read", "true"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123456789Z"]);
        assert!(
            !row["attributes"].contains("hmac-sha256:cc"),
            "no value is kept, not even hashed"
        );
        assert!(seen.of("identity").is_empty(), "reading is no login");
    }

    #[test]
    fn the_kind_follows_the_path() {
        let kind = |operation: &str, path: &str| {
            read(&response(operation, path, |_| {})).of("access")[0]["kind"].clone()
        };
        assert_eq!(kind("update", "transit/decrypt/pay"), "secret");
        assert_eq!(kind("update", "auth/kubernetes/login"), "privilege");
        assert_eq!(kind("update", "auth/userpass/login/mara"), "privilege");
        assert_eq!(kind("update", "sys/policies/acl/admin"), "privilege");
        assert_eq!(kind("read", "sys/policies/acl/admin"), "api");
        assert_eq!(kind("read", "auth/token/lookup-self"), "api");
    }

    #[test]
    fn a_refused_call_may_lack_its_token() {
        let seen = read(&response("read", "secret/data/pay", |entry| {
            entry["error"] = json!("1 error occurred:\n\t* permission denied\n\n");
            entry["auth"] = json!(null);
        }));
        let row = seen.of("access")[0];
        assert_eq!(
            (row["result"].as_str(), row.contains_key("principal")),
            ("denied", false)
        );
        assert!(row["error"].ends_with("permission denied"));
        let other = read(&response("read", "secret/data/pay", |entry| {
            entry["error"] = json!("backend down");
        }));
        assert_eq!(other.of("access")[0]["result"], "error");
        let by_policy = read(&response("read", "x/y", |entry| {
            entry["auth"]["policy_results"]["allowed"] = json!(false);
        }));
        assert_eq!(by_policy.of("access")[0]["result"], "denied");
    }

    #[test]
    fn a_login_tells_who_the_token_is() {
        let seen = read(&response("update", "auth/kubernetes/login", |entry| {
            let auth = entry["auth"].take();
            entry["response"]["auth"] = auth;
            entry["auth"] = json!({"token_type": "default"});
        }));
        let row = seen.of("identity")[0];
        assert_eq!(
            (row["principal"].as_str(), row["service_account"].as_str()),
            ("kubernetes-shop-basket", "shop/basket")
        );
        assert_eq!(
            (row["grants"].as_str(), row["kind"].as_str()),
            ("default basket-read", "service_account")
        );
        assert_eq!(seen.of("access")[0]["class_uid"], "3002");
    }

    #[test]
    fn a_namespace_is_part_of_the_object() {
        let seen = read(&response("list", "kv/metadata", |entry| {
            entry["request"]["namespace"] = json!({"id": "n", "path": "team-a/"});
        }));
        let row = seen.of("access")[0];
        assert_eq!(
            (row["object"].as_str(), row["region"].as_str()),
            ("team-a/kv/metadata", "team-a")
        );
    }

    #[test]
    fn only_the_response_of_a_pair_counts() {
        let request = response("read", "secret/data/x", |entry| {
            entry["type"] = json!("request");
        });
        let pretty = format!(
            "{request:#}\n{:#}\n{{\"type\":\"hello\"}}",
            response("read", "secret/data/x", |_| {})
        );
        assert_eq!(sniff(&VaultAudit, pretty.as_bytes()), CERTAIN);
        let seen = parse(&VaultAudit, "audit.log", pretty.as_bytes());
        assert_eq!(
            (
                seen.kept,
                seen.ignored["request of a request-response pair"],
                seen.rejects.len()
            ),
            (1, 1, 1)
        );
    }

    #[test]
    fn lines_may_have_a_prefix() {
        let line = response("read", "secret/data/x", |_| {});
        let log = format!("@vault: {line}\n@vault: {line}\n@vault: rotated\n@vault: {{\"ty\n");
        assert_eq!(sniff(&VaultAudit, log.as_bytes()), CERTAIN);
        let seen = parse(&VaultAudit, "audit.log", log.as_bytes());
        assert_eq!((seen.kept, seen.rejects.len()), (2, 2));
    }

    #[test]
    fn an_array_of_entries_is_read() {
        let entry = response("read", "secret/data/x", |_| {});
        let seen = parse(
            &VaultAudit,
            "audit.json",
            format!("[{entry},\n {entry}, {{\"ty").as_bytes(),
        );
        assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        let entry = response("update", "auth/kubernetes/login", |_| {}).to_string();
        for bytes in [
            entry.clone(),
            format!("p: {entry}\n"),
            format!("[{entry}, 7]"),
        ]
        .map(String::into_bytes)
        {
            for end in 0..bytes.len() {
                parse(&VaultAudit, "x", &bytes[..end]);
            }
            for at in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[at] ^= 0x15;
                parse(&VaultAudit, "x", &flipped);
            }
        }
    }

    #[test]
    fn a_collector_s_rewriting_of_the_log_is_not_the_log() {
        for (path, bytes) in samples("vault-audit") {
            assert_eq!(sniff(&VaultAudit, &bytes), NO, "{path}");
        }
    }
}

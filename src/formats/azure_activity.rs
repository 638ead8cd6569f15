//! Azure's logs of who did what: the activity log of subscriptions, Entra's sign-ins and audit, Key
//! Vault's audit events. Source: Azure Monitor's common schema of resource logs, the activity log's
//! event schema, and Entra's log schemas.
//!
//! Met as what an export writes (`{"records": […]}`, or one record a line), as the array of `az
//! monitor activity-log list` (names as `{"value", "localizedValue"}`), as Microsoft Graph's audit
//! objects, and with keys in lower case after a round through a data lake. `properties` and
//! `identity` may be objects or text that holds one; the case of resource ids varies. The unit is
//! the record; each becomes an `access`, a successful write a `change` too.
//!
//! One operation is logged as it starts, is accepted and ends; the earlier stages are ignored by
//! rule. AKS puts its clusters' audit events into the same stream; they make the rows of
//! `k8s_audit`, and a file that holds nothing else is that format's.
//!
//! What it is not: metrics, or resource logs of other categories, which are passed over.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::read::class::{API_ACTIVITY, AUTHENTICATION, USER_ACCESS_MANAGEMENT};
use super::read::event::{Event, attributes, events, likely};
use super::read::field::text;
use super::read::json::{Outcome, explain};
use super::read::{Holders, apiserver};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::Change;
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{EvidenceClass, Sink};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("azure"));

/// Records of Azure Monitor and Entra.
pub struct AzureActivity;

impl Format for AzureActivity {
    fn name(&self) -> &'static str {
        "azure_activity"
    }

    fn about(&self) -> &'static str {
        "Azure activity, Entra and Key Vault logs: az monitor activity-log list, or a diagnostic setting's export"
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change", "instance"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`operationName` and `resourceId` or `correlationId`; or the keys of Entra's sign-ins"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"time":"2026-03-03T14:02:07Z","operationName":"MICROSOFT.WEB/SITES/WRITE","category":"Administrative",
 "resourceId":"/SUBSCRIPTIONS/S-1/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.WEB/SITES/CHECKOUT",
 "resultType":"Success","callerIpAddress":"192.0.2.7","correlationId":"c-1"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &LISTS, judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::of(&LISTS), sink, unit);
    }
}

/// Members that hold a list of records.
const LISTS: [&str; 2] = ["records", "value"];

/// Names in the spelling that is read here; others are matched to them without their case.
const KEYS: [&str; 14] = [
    "operationName",
    "resourceId",
    "category",
    "callerIpAddress",
    "correlationId",
    "resultType",
    "resultSignature",
    "resultDescription",
    "tenantId",
    "properties",
    "identity",
    "time",
    "eventTimestamp",
    "level",
];

/// Categories of a cluster's control plane.
fn is_cluster(category: &str) -> bool {
    category.starts_with("kube-") || category == "guard"
}

fn judge(value: &Value) -> Likelihood {
    let Some(members) = value.as_object() else {
        return NO;
    };
    let has = |name: &str| members.keys().any(|key| key.eq_ignore_ascii_case(name));
    let category = text(value, "/category")
        .or_else(|| text(value, "/category/value"))
        .unwrap_or_default();
    if is_cluster(category) {
        return NO;
    }
    let is_graph = has("activityDisplayName") && has("initiatedBy") && has("targetResources");
    let is_signin = has("userPrincipalName") && has("appDisplayName") && has("createdDateTime");
    let is_named =
        has("operationName") && (has("time") || has("eventTimestamp") || has("eventTime"));
    let is_placed = has("resourceId") || has("correlationId") || has("tenantId");
    match (is_named && is_placed, is_graph || is_signin) {
        (true, _) if has("category") => CERTAIN,
        (true, _) | (_, true) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let value = spelled(event.value);
    let read = Event {
        value: &value,
        ..*event
    };
    let act = Act { event: read };
    if let Some(log) = read
        .text("/properties/log")
        .filter(|_| is_cluster(act.category()))
    {
        if !log.trim_start().starts_with('{') {
            return Outcome::Ignored("log line of another component");
        }
        return match serde_json::from_str::<apiserver::Event<'_>>(log) {
            Ok(audit) => apiserver::record(&audit, log, event.span, sink),
            Err(error) => Outcome::Rejected(explain(&error)),
        };
    }
    if act.operation().is_none() {
        return Outcome::Rejected("not an activity: it has no operationName".to_owned());
    }
    if act.is_earlier_stage() {
        return Outcome::Ignored("earlier stage of an operation");
    }
    sink.record(read.stamp(act.time()), &act.access());
    if let Some(change) = act.change() {
        sink.record(read.stamp(act.time()), &change);
    }
    Outcome::Kept
}

/// The record with its names in one spelling and what was text inside it opened.
fn spelled(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    let renamed = members.map(|(key, value)| {
        let name = KEYS
            .iter()
            .find(|name| name.eq_ignore_ascii_case(key))
            .map_or(key.as_str(), |name| name);
        let opened = value
            .as_str()
            .filter(|text| matches!(name, "properties" | "identity") && text.starts_with('{'))
            .and_then(|text| serde_json::from_str(text).ok());
        (name.to_owned(), opened.unwrap_or_else(|| value.clone()))
    });
    Value::Object(renamed.collect::<Map<_, _>>())
}

struct Act<'a> {
    event: Event<'a>,
}

impl<'a> Act<'a> {
    fn category(&self) -> &'a str {
        self.event
            .any(&["/category", "/category/value"])
            .unwrap_or_default()
    }

    fn operation(&self) -> Option<&'a str> {
        const AT: [&str; 6] = [
            "/operationName",
            "/operationName/value",
            "/activityDisplayName",
            "/properties/activityDisplayName",
            "/properties/operationName",
            "/operationName/localizedValue",
        ];
        let named = self.event.any(&AT);
        named.or_else(|| {
            self.event
                .text("/createdDateTime")
                .map(|_| "Sign-in activity")
        })
    }

    fn lower(&self) -> String {
        self.operation().unwrap_or_default().to_ascii_lowercase()
    }

    fn time(&self) -> Option<i64> {
        self.event.instant(&[
            "/time",
            "/eventTimestamp",
            "/activityDateTime",
            "/createdDateTime",
            "/eventTime",
            "/properties/activityDateTime",
            "/properties/createdDateTime",
        ])
    }

    fn status(&self) -> &'a str {
        self.event
            .any(&[
                "/status/value",
                "/resultType",
                "/properties/result",
                "/result",
                "/resultSignature",
            ])
            .unwrap_or_default()
    }

    /// Starting and being accepted come before the end, under one correlation id.
    fn is_earlier_stage(&self) -> bool {
        matches!(
            self.status(),
            "Start" | "Started" | "Accept" | "Accepted" | "In Progress" | "InProgress"
        )
    }

    fn is_sign_in(&self) -> bool {
        self.category().contains("SignIn") || self.operation() == Some("Sign-in activity")
    }

    fn error_code(&self) -> Option<i64> {
        let told = ["/properties/status/errorCode", "/status/errorCode"]
            .iter()
            .find_map(|at| self.event.int(at));
        told.or_else(|| self.event.int("/resultType")).or_else(|| {
            self.event
                .int("/properties/httpStatusCode")
                .filter(|code| *code >= 400)
        })
    }

    fn result(&self) -> &'static str {
        let word = self.status().to_ascii_lowercase();
        let is_unauthorized = ["unauthorized", "forbidden", "denied"].iter().any(|sign| {
            word.contains(sign)
                || self
                    .event
                    .text("/resultSignature")
                    .is_some_and(|text| text.to_ascii_lowercase().contains(sign))
        });
        match self.error_code() {
            _ if is_unauthorized => "denied",
            Some(401 | 403) => "denied",
            Some(code) if code != 0 && self.is_sign_in() => "denied",
            Some(code) if code != 0 => "error",
            _ if word.starts_with("fail") || word == "error" => "error",
            _ => "success",
        }
    }

    fn principal(&self) -> Text<'a> {
        const AT: [&str; 16] = [
            "/caller",
            "/properties/initiatedBy/user/userPrincipalName",
            "/properties/initiatedBy/app/displayName",
            "/properties/initiatedBy/app/servicePrincipalName",
            "/initiatedBy/user/userPrincipalName",
            "/initiatedBy/app/displayName",
            "/properties/userPrincipalName",
            "/userPrincipalName",
            "/properties/servicePrincipalName",
            "/identity/claims/http:~1~1schemas.xmlsoap.org~1ws~12005~105~1identity~1claims~1upn",
            "/identity/claim/upn",
            "/identity/claim/http:~1~1schemas.xmlsoap.org~1ws~12005~105~1identity~1claims~1upn",
            "/identity/claims/appid",
            "/identity/claim/appid",
            "/identity/userPrincipalName",
            "/identity/authorization/evidence/principalId",
        ];
        self.event
            .first(&AT)
            .or_else(|| self.event.cell("/identity"))
    }

    fn resource(&self) -> Option<&'a str> {
        self.event.any(&["/resourceId", "/resources/0/id"])
    }

    fn target(&self) -> Option<&'a str> {
        self.event.any(&[
            "/properties/targetResources/0/displayName",
            "/properties/targetResources/0/userPrincipalName",
            "/targetResources/0/displayName",
            "/targetResources/0/userPrincipalName",
            "/properties/targetResources/0/id",
        ])
    }

    /// A secret's address, the target of an administrator's act, the application signed in to, or
    /// the resource in lower case: Azure writes one id in several.
    fn object(&self) -> Text<'a> {
        let secret = self
            .event
            .text("/properties/id")
            .filter(|_| self.is_vault());
        let secret = secret.map(|id| id.split_once("://").map_or(id, |(_, rest)| rest));
        let signed_in = || {
            self.event
                .any(&["/properties/resourceDisplayName", "/resourceDisplayName"])
                .filter(|_| self.is_sign_in())
        };
        secret
            .or_else(signed_in)
            .or_else(|| self.target())
            .map(Cow::from)
            .or_else(|| self.resource().map(|id| id.to_lowercase().into()))
    }

    fn is_vault(&self) -> bool {
        self.category() == "AuditEvent"
            && self
                .resource()
                .is_some_and(|id| id.to_ascii_lowercase().contains("microsoft.keyvault"))
    }

    fn is_read(&self) -> bool {
        let operation = self.lower();
        let vault = [
            "secretget",
            "secretlist",
            "keyget",
            "certificateget",
            "vaultget",
            "decrypt",
            "unwrapkey",
        ];
        operation.ends_with("/read")
            || operation.contains("/list")
            || vault.iter().any(|name| operation.starts_with(name))
            || self.is_sign_in()
    }

    fn is_grant(&self) -> bool {
        let operation = self.lower();
        let gives = [
            "roleassignments/write",
            "add member to role",
            "add app role assignment",
            "add eligible member",
            "consent to application",
            "elevateaccess",
            "elevated their access",
            "add owner to",
            "add delegated permission",
        ];
        gives.iter().any(|name| operation.contains(name))
    }

    fn is_privilege(&self) -> bool {
        const ABOUT: [&str; 15] = [
            "microsoft.authorization/",
            "role",
            "service principal",
            "application",
            "policy",
            "credential",
            "federation",
            "domain",
            "invite",
            "password",
            "add member",
            "authentication",
            "owner",
            "listkeys",
            "regeneratekey",
        ];
        let operation = self.lower();
        self.is_sign_in()
            || self.is_grant()
            || (!operation.ends_with("/read") && ABOUT.iter().any(|word| operation.contains(word)))
    }

    fn kind(&self) -> &'static str {
        let operation = self.lower();
        match () {
            () if self.is_vault() => "secret",
            () if self.is_privilege() => "privilege",
            () if operation.starts_with("microsoft.network/") && !self.is_read() => "network",
            () => "api",
        }
    }

    fn granted(&self) -> Text<'a> {
        const AT: [&str; 3] = [
            "/properties/targetResources/0/modifiedProperties/1/newValue",
            "/identity/authorization/evidence/role",
            "/authorization/role",
        ];
        self.event
            .first(&AT)
            .map(|role| role.trim_matches('"').to_owned().into())
            .or_else(|| self.operation().map(Cow::from))
    }

    fn access(&self) -> Access<'a> {
        let grants = self.is_grant();
        let class = match () {
            () if self.is_sign_in() => AUTHENTICATION,
            () if grants => USER_ACCESS_MANAGEMENT,
            () => API_ACTIVITY,
        };
        Access {
            kind: Some(self.kind().into()),
            provider: PROVIDER,
            event_id: self.event_id(),
            class_uid: Some(class),
            principal: self.principal(),
            on_behalf_of: self.event.first(&[
                "/properties/servicePrincipalId",
                "/identity/authorization/evidence/principalId",
            ]),
            object: self.object(),
            verb: self.operation().map(Cow::from),
            result: Some(self.result().into()),
            error: self
                .event
                .first(&[
                    "/properties/status/failureReason",
                    "/resultDescription",
                    "/properties/statusMessage",
                    "/properties/resultReason",
                ])
                .filter(|_| self.result() != "success"),
            source_address: self.event.first(&[
                "/callerIpAddress",
                "/httpRequest/clientIpAddress",
                "/httpRequest/clientRequestIp",
                "/properties/ipAddress",
                "/ipAddress",
                "/properties/initiatedBy/user/ipAddress",
            ]),
            user_agent: self.event.first(&[
                "/properties/userAgent",
                "/userAgent",
                "/properties/clientInfo",
            ]),
            account: self
                .event
                .first(&["/subscriptionId", "/tenantId"])
                .or_else(|| self.subscription()),
            region: self.event.cell("/location"),
            grantee: self
                .target()
                .filter(|_| grants)
                .map(|name| name.replace(' ', "_").into()),
            granted: self.granted().filter(|_| grants),
            is_read: Some(self.is_read()),
            attributes: attributes(json!({
                "category": Some(self.category()).filter(|category| !category.is_empty()),
                "correlationId": self.event.text("/correlationId"),
                "resourceId": self.resource(),
                "errorCode": self.error_code().filter(|code| *code != 0),
                "application": self.event.any(&["/properties/appDisplayName", "/appDisplayName"]),
                "clientAppId": self.event.any(&["/properties/appId", "/appId", "/identity/claims/appid"]),
                "authenticationProtocol": self.event.text("/properties/authenticationProtocol"),
                "scope": self.event.any(&["/identity/authorization/scope", "/authorization/scope"]),
            })),
            event: self.event.whole(),
            ..Default::default()
        }
    }

    /// A correlation id is no event's own: all operations of one deployment share it.
    fn event_id(&self) -> Text<'a> {
        self.event
            .first(&["/eventDataId", "/properties/id", "/id"])
            .filter(|_| !self.is_vault())
    }

    fn change_id(&self) -> Text<'a> {
        let shared = || {
            let correlation = self.event.text("/correlationId")?;
            let what = self.object().unwrap_or_default();
            Some(format!("{correlation}/{}/{what}", self.lower()).into())
        };
        self.event_id().or_else(shared)
    }

    fn subscription(&self) -> Text<'a> {
        let id = self.resource()?;
        let mut parts = id
            .split('/')
            .skip_while(|part| !part.eq_ignore_ascii_case("subscriptions"));
        parts.nth(1).map(Cow::from)
    }

    fn change(&self) -> Option<Change<'a>> {
        if self.is_read() || self.result() != "success" {
            return None;
        }
        let operation = self.lower();
        let writes = [
            "/write",
            "/delete",
            "/deploy/action",
            "/publish/action",
            "/restart/action",
            "/slotsswap/action",
        ]
        .iter()
        .any(|ending| operation.ends_with(ending));
        let runs = [
            "microsoft.web/sites",
            "microsoft.app/containerapps",
            "microsoft.containerinstance/containergroups",
            "microsoft.compute/virtualmachinescalesets",
        ];
        let kind = match () {
            () if writes && runs.iter().any(|name| operation.starts_with(name)) => "deploy",
            () if self.is_privilege() => "iam",
            () if writes || self.event.text("/properties/operationType").is_some() => "config",
            () => return None,
        };
        let is_deploy = kind == "deploy";
        let action = match () {
            () if is_deploy && operation.ends_with("/delete") => "delete",
            () if is_deploy && operation.ends_with("/restart/action") => "restart",
            () if is_deploy => "deploy",
            () => self.operation()?,
        };
        Some(Change {
            kind: Some(kind.into()),
            provider: PROVIDER,
            change_id: self.change_id(),
            service: self
                .resource()
                .and_then(|id| id.rsplit('/').next())
                .filter(|_| is_deploy)
                .map(|name| name.to_lowercase().into()),
            action: Some(action.into()),
            acted_as: self.principal(),
            object: self.object(),
            description: self.event.first(&[
                "/operationName/localizedValue",
                "/properties/activityDisplayName",
            ]),
            started_ns: self.time(),
            ..Default::default()
        })
    }
}

#[cfg(test)]
mod tests;

//! Google Cloud audit logs: who called which method on what, with what result. Source: Cloud
//! Logging's `LogEntry` and `google.cloud.audit.AuditLog`.
//!
//! Met as the array of `gcloud logging read --format=json`, as the JSON lines of a sink's bucket, as
//! `{"entries": […]}`, and as data lakes spell it (`at_sign_type`, `callerIP`, keys of the entry in
//! lower case, the payload without its entry). The unit is the entry. Each becomes an `access`;
//! successful calls that alter the project become a `change`.
//!
//! A long operation is logged when it begins and when it ends, under one `operation.id`: the
//! beginning is the `access`, the end only a `change_status`. Entries of GKE (`k8s.io`) tell of
//! requests to a cluster's API server and are put back into that server's own form, so that they
//! make the rows of `k8s_audit`; the whole event is kept in that form too. Data access is off by
//! default in most projects: that nothing was read does not follow from nothing being logged.
//!
//! What it is not: other log entries, whose payload is text or an application's.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::read::class::{API_ACTIVITY, USER_ACCESS_MANAGEMENT};
use super::read::event::{Event, attributes, events, likely};
use super::read::field::text;
use super::read::json::{Outcome, explain};
use super::read::{Holders, apiserver};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::delivery::{Change, ChangeStatus};
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{EvidenceClass, Sink, id};

/// Requests longer than this are left to the whole event.
const REQUEST_LIMIT: usize = 4096;

/// Members of bindings that are told.
const MEMBERS: usize = 64;

const PROVIDER: Text<'static> = Some(Cow::Borrowed("gcp"));

/// Entries of Google Cloud's audit logs.
pub struct GcpAudit;

impl Format for GcpAudit {
    fn name(&self) -> &'static str {
        "gcp_audit"
    }

    fn about(&self) -> &'static str {
        "Google Cloud audit logs: gcloud logging read 'logName:cloudaudit.googleapis.com' --format=json"
    }

    fn unit(&self) -> &'static str {
        "entry"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["access", "change", "change_status", "instance"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`protoPayload` of type `…audit.AuditLog`, or a `logName` of `cloudaudit`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"insertId":"i-1","logName":"projects/acme-shop/logs/cloudaudit.googleapis.com%2Factivity",
 "timestamp":"2026-03-03T14:02:07Z","protoPayload":{"serviceName":"run.googleapis.com",
  "methodName":"google.cloud.run.v2.Services.UpdateService",
  "resourceName":"projects/acme-shop/locations/europe-west1/services/checkout",
  "authenticationInfo":{"principalEmail":"ines@acme.example"}}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &["entries"], judge)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(chunk, &Holders::of(&["entries"]), sink, unit);
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_log = ["/logName", "/logname"]
        .iter()
        .any(|at| text(value, at).is_some_and(|name| name.contains("cloudaudit")));
    let Some(payload) = value
        .get("protoPayload")
        .filter(|payload| payload.is_object())
    else {
        return if is_log { LIKELY } else { NO };
    };
    let is_typed = ["/@type", "/at_sign_type"]
        .iter()
        .any(|at| text(payload, at).is_some_and(|kind| kind.ends_with("audit.AuditLog")));
    let is_shaped = ["methodName", "serviceName", "authenticationInfo"]
        .iter()
        .filter(|key| payload.get(**key).is_some())
        .count()
        >= 2;
    match (is_typed || is_log, is_shaped) {
        (true, _) => CERTAIN,
        (false, true) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let payload = match event
        .get("/protoPayload")
        .or_else(|| event.get("/protopayload"))
    {
        Some(payload) if payload.is_object() => payload,
        None if has(event.value, &["methodName"]) => event.value,
        None if ["/jsonPayload", "/textPayload"]
            .iter()
            .any(|at| event.get(at).is_some()) =>
        {
            return Outcome::Ignored("log entry that is no audit record");
        }
        _ => return Outcome::Rejected("not an audit entry: it has no protoPayload".to_owned()),
    };
    let call = Call {
        entry: *event,
        payload: Event {
            value: payload,
            ..*event
        },
    };
    if call.payload.text("/methodName").is_none()
        && call.payload.text("/resourceName").is_none()
        && call.payload.get("/authenticationInfo").is_none()
    {
        return Outcome::Rejected("an audit entry without its method".to_owned());
    }
    if call.payload.text("/serviceName") == Some("k8s.io") {
        return call.cluster(sink);
    }
    if call.is_end() {
        if call.is_read() {
            return Outcome::Ignored("end of an operation");
        }
        call.status(sink);
        return Outcome::Kept;
    }
    sink.record(event.stamp(call.time()), &call.access());
    if let Some(change) = call.change() {
        sink.record(event.stamp(call.time()), &change);
    }
    Outcome::Kept
}

/// One entry and its payload.
struct Call<'a> {
    entry: Event<'a>,
    payload: Event<'a>,
}

impl<'a> Call<'a> {
    fn time(&self) -> Option<i64> {
        self.entry.instant(&[
            "/timestamp",
            "/p_event_time",
            "/receiveTimestamp",
            "/receivetimestamp",
        ])
    }

    fn entry_id(&self) -> Text<'a> {
        self.entry.first(&["/insertId", "/insertid"])
    }

    fn operation_id(&self) -> Text<'a> {
        self.entry.cell("/operation/id")
    }

    /// The end of an operation whose beginning is an entry of its own.
    fn is_end(&self) -> bool {
        self.entry.flag("/operation/last") == Some(true)
            && self.entry.flag("/operation/first") != Some(true)
    }

    fn log_name(&self) -> &'a str {
        self.entry
            .any(&["/logName", "/logname"])
            .unwrap_or_default()
    }

    fn service(&self) -> &'a str {
        let name = self.payload.text("/serviceName").unwrap_or_default();
        name.strip_suffix(".googleapis.com").unwrap_or(name)
    }

    fn method(&self) -> &'a str {
        self.payload.text("/methodName").unwrap_or_default()
    }

    /// The last part of the method: `CreateService`, `insert`.
    fn operation(&self) -> &'a str {
        self.method().rsplit('.').next().unwrap_or_default()
    }

    fn is_about(&self, words: &[&str]) -> bool {
        let method = self.method().to_ascii_lowercase();
        words.iter().any(|word| method.contains(word))
    }

    fn is_read(&self) -> bool {
        const READING: [&str; 12] = [
            "get",
            "list",
            "search",
            "read",
            "access",
            "lookup",
            "check",
            "query",
            "fetch",
            "batchget",
            "aggregatedlist",
            "test",
        ];
        let operation = self.operation().to_ascii_lowercase();
        READING.iter().any(|verb| operation.starts_with(verb))
    }

    fn result(&self) -> &'static str {
        let refused = self
            .payload
            .list("/authorizationInfo")
            .iter()
            .any(|one| one.get("granted").and_then(Value::as_bool) == Some(false));
        match self.payload.int("/status/code") {
            Some(7 | 16) => "denied",
            None | Some(0) if refused => "denied",
            None | Some(0) => "success",
            Some(_) => "error",
        }
    }

    fn principal(&self) -> Text<'a> {
        self.payload.first(&[
            "/authenticationInfo/principalEmail",
            "/authenticationInfo/principalSubject",
        ])
    }

    /// Who stands behind the principal: a workload's identity, or whoever took the account's place.
    fn on_behalf_of(&self) -> Text<'a> {
        const AT: [&str; 3] = [
            "/authenticationInfo/serviceAccountDelegationInfo/0/principalSubject",
            "/authenticationInfo/serviceAccountDelegationInfo/0/firstPartyPrincipal/principalEmail",
            "/authenticationInfo/principalSubject",
        ];
        self.payload.first(&AT)
    }

    /// `namespace/name` out of GKE's two spellings: `…svc.id.goog[shop/till]`, `…/ns/shop/sa/till`.
    fn service_account(&self) -> Option<String> {
        let subject = self.on_behalf_of()?;
        if let Some((_, rest)) = subject.split_once(".svc.id.goog[") {
            return Some(rest.trim_end_matches(']').to_owned());
        }
        let (_, rest) = subject.split_once("/ns/")?;
        let (namespace, name) = rest.split_once("/sa/")?;
        Some(format!("{namespace}/{name}"))
    }

    fn kind(&self) -> &'static str {
        let writes = !self.is_read();
        let of_identity = matches!(self.service(), "iam" | "iap" | "clientauthconfig") && writes;
        match self.service() {
            "secretmanager" => "secret",
            "cloudkms" if self.is_about(&["decrypt"]) => "secret",
            "iamcredentials" => "privilege",
            _ if writes
                && self.is_about(&[
                    "iampolicy",
                    "iampermission",
                    "serviceaccountkey",
                    "groupmember",
                    "ownershipinvite",
                    "apikeys",
                    "authorizeuser",
                ]) =>
            {
                "privilege"
            }
            _ if of_identity => "privilege",
            "dns" if writes => "network",
            _ if writes
                && self.is_about(&[
                    "firewall",
                    "ingressrule",
                    "routes.",
                    "subnetwork",
                    "networks.",
                    "vpntunnel",
                    "forwardingrule",
                ]) =>
            {
                "network"
            }
            _ => "api",
        }
    }

    /// Bindings that the call added: members and roles.
    fn granted(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        const AT: [&str; 3] = [
            "/serviceData/policyDelta/bindingDeltas",
            "/metadata/policyDelta/bindingDeltas",
            "/servicedata_v1_iam/policyDelta/bindingDeltas",
        ];
        let deltas = AT
            .iter()
            .map(|at| self.payload.list(at))
            .find(|list| !list.is_empty())
            .unwrap_or_default();
        let added = deltas
            .iter()
            .filter(|delta| text(delta, "/action") == Some("ADD"))
            .take(MEMBERS);
        let (mut members, mut roles) = (Vec::new(), Vec::new());
        for delta in added {
            members.extend(text(delta, "/member").filter(|member| !members.contains(member)));
            roles.extend(text(delta, "/role").filter(|role| !roles.contains(role)));
        }
        (members, roles)
    }

    fn object(&self) -> Text<'a> {
        self.payload
            .cell("/resourceName")
            .or_else(|| self.payload.cell("/authorizationInfo/0/resource"))
            .or_else(|| self.payload.cell("/serviceName"))
    }

    fn account(&self) -> Text<'a> {
        self.entry.cell("/resource/labels/project_id").or_else(|| {
            self.log_name()
                .split("/logs/")
                .next()
                .filter(|name| !name.is_empty())
                .map(Cow::from)
        })
    }

    fn access(&self) -> Access<'a> {
        let (members, roles) = self.granted();
        let grants = !members.is_empty();
        let request = self
            .payload
            .get("/request")
            .filter(|request| request.to_string().len() <= REQUEST_LIMIT);
        Access {
            kind: Some(self.kind().into()),
            provider: PROVIDER,
            event_id: self.entry_id(),
            class_uid: Some(if grants {
                USER_ACCESS_MANAGEMENT
            } else {
                API_ACTIVITY
            }),
            principal: self.principal(),
            on_behalf_of: self.on_behalf_of(),
            object: self.object(),
            verb: self.payload.cell("/methodName"),
            result: Some(self.result().into()),
            error: self
                .payload
                .cell("/status/message")
                .filter(|_| self.result() != "success"),
            source_address: self
                .payload
                .first(&["/requestMetadata/callerIp", "/requestMetadata/callerIP"]),
            user_agent: self
                .payload
                .cell("/requestMetadata/callerSuppliedUserAgent"),
            account: self.account(),
            region: self.entry.first(&[
                "/resource/labels/location",
                "/resource/labels/zone",
                "/resource/labels/region",
            ]),
            service_account: self.service_account().map(Cow::from),
            grantee: grants.then(|| members.join(" ").into()),
            granted: grants.then(|| roles.join(" ").into()),
            is_read: Some(self.is_read()),
            attributes: attributes(json!({
                "serviceName": self.payload.text("/serviceName"),
                "permissions": self.permissions(),
                "serviceAccountKeyName": self.payload.text("/authenticationInfo/serviceAccountKeyName"),
                "resourceType": self.entry.text("/resource/type"),
                "operation": self.entry.text("/operation/id"),
                "log": self.log_name().rsplit("%2F").next().filter(|name| !name.is_empty()),
                "request": request,
            })),
            event: self.entry.whole(),
            ..Default::default()
        }
    }

    fn permissions(&self) -> Option<Vec<&'a str>> {
        let listed = self.payload.list("/authorizationInfo").iter().take(MEMBERS);
        let names: Vec<&str> = listed.filter_map(|one| text(one, "/permission")).collect();
        (!names.is_empty()).then_some(names)
    }

    /// The image of a Cloud Run service or job, in either version of its API.
    fn image(&self) -> Option<&'a str> {
        const AT: [&str; 4] = [
            "/request/service/spec/template/spec/containers/0/image",
            "/request/service/template/containers/0/image",
            "/request/job/template/template/containers/0/image",
            "/request/function/buildConfig/source/storageSource/object",
        ];
        self.payload.any(&AT)
    }

    fn change(&self) -> Option<Change<'a>> {
        if self.is_read() || self.result() != "success" {
            return None;
        }
        let operation = self.operation();
        let is_put = ["Create", "Replace", "Update", "Deploy"]
            .iter()
            .any(|verb| operation.starts_with(verb));
        let is_run = matches!(self.service(), "run" | "cloudfunctions" | "appengine")
            && is_put
            && ["Service", "Function", "Version", "Job"]
                .iter()
                .any(|what| operation.ends_with(what));
        let kind = match self.kind() {
            _ if is_run => "deploy",
            "privilege" if !matches!(self.service(), "iamcredentials") => "iam",
            _ if self.log_name().ends_with("activity") => "config",
            _ => return None,
        };
        let image = self.image().filter(|_| is_run);
        let name = self
            .payload
            .text("/resourceName")
            .and_then(|name| name.rsplit('/').next());
        let name = name.or_else(|| {
            self.entry.any(&[
                "/resource/labels/service_name",
                "/resource/labels/function_name",
            ])
        });
        Some(Change {
            kind: Some(kind.into()),
            provider: PROVIDER,
            change_id: self.operation_id().or_else(|| self.entry_id()),
            service: name.filter(|_| is_run).map(Cow::from),
            version: image.and_then(|image| id::image(image).1).map(Cow::from),
            digest: image.and_then(id::digest).map(Cow::from),
            image: image.map(Cow::from),
            action: Some(if is_run { "deploy" } else { operation }.into()),
            acted_as: self.principal(),
            requested_by: self.on_behalf_of(),
            object: self.object(),
            started_ns: self.time(),
            ..Default::default()
        })
    }

    fn status(&self, sink: &mut dyn Sink) {
        let status = ChangeStatus {
            provider: PROVIDER,
            change_id: self.operation_id(),
            status_id: self.entry_id(),
            state: Some(
                if self.result() == "success" {
                    "success"
                } else {
                    "failure"
                }
                .into(),
            ),
            description: self.payload.first(&["/status/message", "/methodName"]),
            actor: self.principal(),
            ..Default::default()
        };
        sink.record(self.entry.stamp(self.time()), &status);
    }

    /// A request to a cluster's API server, in that server's own form.
    fn cluster(&self, sink: &mut dyn Sink) -> Outcome {
        if self.is_end() {
            return Outcome::Ignored("end of an operation");
        }
        let event = self.audit_event().to_string();
        match serde_json::from_str::<apiserver::Event<'_>>(&event) {
            Ok(read) => apiserver::record(&read, &event, self.entry.span, sink),
            Err(error) => Outcome::Rejected(explain(&error)),
        }
    }

    fn audit_event(&self) -> Value {
        // io.k8s.core.v1.pods.exec.create: group, version, resource, maybe a subresource, verb.
        let parts: Vec<&str> = self.method().split('.').collect();
        let is_version = |part: &&str| {
            part.starts_with('v')
                && part
                    .get(1..2)
                    .is_some_and(|digit| digit.bytes().all(|b| b.is_ascii_digit()))
        };
        let after = parts
            .iter()
            .position(is_version)
            .map_or(parts.len(), |at| at + 1);
        let path = parts.get(after..).unwrap_or_default();
        let (resource, subresource) = match path {
            [resource, subresource, _] => (Some(*resource), Some(*subresource)),
            [resource, _] => (Some(*resource), None),
            _ => (None, None),
        };
        let name = self.payload.text("/resourceName").unwrap_or_default();
        let mut segments = name.split('/');
        let namespace = segments
            .by_ref()
            .find(|part| *part == "namespaces")
            .and_then(|_| segments.next());
        let object = resource.and_then(|resource| {
            let mut segments = name.split('/');
            segments.find(|part| *part == resource)?;
            segments.next()
        });
        let code = match self.payload.int("/status/code") {
            None | Some(0) => 200,
            Some(7) => 403,
            Some(16) => 401,
            Some(5) => 404,
            Some(6 | 10) => 409,
            Some(_) => 500,
        };
        json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "stage": "ResponseComplete",
            "auditID": self.operation_id().or_else(|| self.entry_id()),
            "verb": parts.last(),
            "requestURI": name,
            "user": {"username": self.principal()},
            "sourceIPs": self.payload.text("/requestMetadata/callerIp").map(|address| [address]),
            "userAgent": self.payload.text("/requestMetadata/callerSuppliedUserAgent"),
            "objectRef": {"resource": resource, "subresource": subresource, "namespace": namespace, "name": object},
            "responseStatus": {"code": code, "message": self.payload.text("/status/message")},
            "requestObject": self.payload.get("/request"),
            "responseObject": self.payload.get("/response"),
            "requestReceivedTimestamp": self.entry.text("/timestamp"),
            "annotations": self.entry.get("/labels"),
        })
    }
}

#[cfg(test)]
mod tests;

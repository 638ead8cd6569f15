//! One `access` per event.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::event::Event;
use crate::formats::read::class::{API_ACTIVITY, AUTHENTICATION, USER_ACCESS_MANAGEMENT};
use crate::formats::read::whole;
use crate::model::record::Text;
use crate::model::runtime::Access;
use crate::model::{Sink, Span, Stamp};

/// Parameters longer than this are left to the raw bytes.
const PARAMETERS_LIMIT: usize = 4096;

/// Pushes the call.
pub(super) fn record(event: &Event, span: Span, sink: &mut dyn Sink) {
    let account = event
        .cell("/recipientAccountId")
        .or_else(|| event.cell("/userIdentity/accountId"));
    let text = event.to_json();
    let access = Access {
        kind: Some(kind(event).into()),
        provider: Some("aws".into()),
        event_id: event.cell("/eventID"),
        class_uid: Some(class(event)),
        principal: event.principal(),
        on_behalf_of: event.cell("/userIdentity/sessionContext/sessionIssuer/arn"),
        object: event.object(),
        verb: Some(verb(event).into()),
        result: Some(event.result().into()),
        error: error(event),
        source_address: event.cell("/sourceIPAddress"),
        user_agent: event.cell("/userAgent"),
        account,
        region: event.cell("/awsRegion"),
        k8s_pod_name: event.session_tag("kubernetes-pod-name").map(Cow::from),
        service_account: service_account(event).map(Cow::from),
        grantee: grantee(event).map(Cow::from),
        granted: granted(event).map(Cow::from),
        is_read: Some(event.is_read()),
        attributes: attributes(event).map(Cow::from),
        event: whole(&text).map(Cow::from),
        ..Default::default()
    };
    sink.record(Stamp::new(span, event.time()), &access);
}

/// `secretsmanager:GetSecretValue`, as policies write an action.
fn verb(event: &Event) -> String {
    match event.service() {
        "" => event.operation().to_owned(),
        service => format!("{service}:{}", event.operation()),
    }
}

fn kind(event: &Event) -> &'static str {
    const SECRET: [&str; 5] = [
        "CreateSecret",
        "UpdateSecret",
        "DeleteSecret",
        "RestoreSecret",
        "RotateSecret",
    ];
    const NETWORK: [&str; 7] = [
        "SecurityGroup",
        "NetworkAcl",
        "Route",
        "Gateway",
        "VpcPeering",
        "VpcEndpoint",
        "TrafficMirror",
    ];
    const PRIVILEGE: [&str; 4] = ["Policy", "Permission", "Grant", "Acl"];
    let (operation, writes) = (event.operation(), !event.is_read());
    let speaks_of = |words: &[&str]| writes && words.iter().any(|word| operation.contains(word));
    match (event.service(), operation) {
        ("kms", "Decrypt") | ("ec2", "GetPasswordData") => "secret",
        ("secretsmanager", _) if SECRET.contains(&operation) => "secret",
        ("secretsmanager", _) if operation.ends_with("SecretValue") => "secret",
        ("ssm", _) if is_secure_parameter(event) => "secret",
        ("sts", "GetFederationToken" | "GetSessionToken") | ("signin", "ConsoleLogin") => {
            "privilege"
        }
        ("sts", _) if operation.starts_with("AssumeRole") => "privilege",
        ("iam", _) if writes => "privilege",
        _ if speaks_of(&NETWORK) => "network",
        _ if speaks_of(&PRIVILEGE) => "privilege",
        _ => "api",
    }
}

/// True where the call gives rights to somebody.
fn grants(event: &Event) -> bool {
    let gives = |operation: &str| {
        ["Attach", "Put", "Add", "Create", "Update"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    };
    let about = |operation: &str| {
        [
            "RolePolicy",
            "UserPolicy",
            "GroupPolicy",
            "UserToGroup",
            "Grant",
            "Permission",
        ]
        .iter()
        .any(|what| operation.contains(what))
            || operation == "UpdateAssumeRolePolicy"
    };
    kind(event) == "privilege" && gives(event.operation()) && about(event.operation())
}

fn grantee(event: &Event) -> Option<&str> {
    [
        "roleName",
        "userName",
        "groupName",
        "granteePrincipal",
        "principal",
    ]
    .iter()
    .filter(|_| grants(event))
    .find_map(|name| event.parameter(name))
}

fn granted(event: &Event) -> Option<&str> {
    let policy = ["policyArn", "policyName"]
        .iter()
        .find_map(|name| event.parameter(name))
        .or_else(|| {
            event
                .parameter("groupName")
                .filter(|_| event.parameter("userName").is_some())
        });
    policy.or(Some(event.operation())).filter(|_| grants(event))
}

/// True where a parameter is read in clear or written as a secret.
fn is_secure_parameter(event: &Event) -> bool {
    let decrypts = event
        .value("/requestParameters/withDecryption")
        .and_then(Value::as_bool)
        == Some(true);
    decrypts
        || (event.operation() == "PutParameter" && event.parameter("type") == Some("SecureString"))
}

fn class(event: &Event) -> i64 {
    match (event.service(), event.operation()) {
        ("signin", "ConsoleLogin") => AUTHENTICATION,
        ("iam", operation)
            if !event.is_read()
                && (operation.ends_with("Policy") || operation.ends_with("UserToGroup")) =>
        {
            USER_ACCESS_MANAGEMENT
        }
        _ => API_ACTIVITY,
    }
}

fn error(event: &Event) -> Text<'_> {
    match (event.text("/errorCode"), event.cell("/errorMessage")) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}").into()),
        (Some(code), None) => Some(code.into()),
        (None, message) => message,
    }
}

/// `namespace/name` of the Kubernetes service account that called: a web identity's name, or the
/// tags of EKS Pod Identity.
fn service_account(event: &Event) -> Option<String> {
    let federated = event
        .text("/userIdentity/userName")
        .and_then(|name| name.strip_prefix("system:serviceaccount:")?.split_once(':'));
    let tagged = || {
        event
            .session_tag("kubernetes-namespace")
            .zip(event.session_tag("kubernetes-service-account"))
    };
    federated
        .or_else(tagged)
        .map(|(namespace, name)| format!("{namespace}/{name}"))
}

fn attributes(event: &Event) -> Option<String> {
    let parameters = event
        .value("/requestParameters")
        .filter(|parameters| parameters.to_string().len() <= PARAMETERS_LIMIT);
    let issued = event
        .text("/responseElements/credentials/accessKeyId")
        .or_else(|| event.text("/responseElements/accessKey/accessKeyId"));
    let mut attributes = json!({
        "requestParameters": parameters,
        "accessKeyId": event.text("/userIdentity/accessKeyId"),
        "issuedAccessKeyId": issued,
        "assumedRole": event.text("/responseElements/assumedRoleUser/arn"),
        "userType": event.text("/userIdentity/type"),
        "invokedBy": event.text("/userIdentity/invokedBy"),
        "mfaAuthenticated": event.text("/userIdentity/sessionContext/attributes/mfaAuthenticated"),
        "eventType": event.text("/eventType").filter(|kind| *kind != "AwsApiCall"),
        "sharedEventID": event.text("/sharedEventID"),
        "vpcEndpointId": event.text("/vpcEndpointId"),
    });
    let members = attributes.as_object_mut()?;
    members.retain(|_, value| !value.is_null());
    (!members.is_empty()).then(|| attributes.to_string())
}

//! Successful calls that alter what runs or who may do what.

use std::borrow::Cow;

use base64::Engine as _;
use serde_json::Value;

use super::event::Event;
use crate::model::delivery::Change;
use crate::model::{Sink, Span, Stamp, id};

/// Pushes the change that the call made, if it made one.
pub(super) fn record(event: &Event, span: Span, sink: &mut dyn Sink) {
    let is_rehearsal = event
        .value("/requestParameters/dryRun")
        .and_then(Value::as_bool)
        == Some(true);
    if event.is_read() || is_rehearsal || event.result() != "success" {
        return;
    }
    let change = match (event.service(), event.operation()) {
        ("iam", _) => Change {
            kind: Some("iam".into()),
            object: event.object(),
            ..Default::default()
        },
        ("ssm", "PutParameter") => Change {
            kind: Some("config".into()),
            object: event.object(),
            ..Default::default()
        },
        ("ecs", "CreateService" | "UpdateService") => service(event),
        ("ecs", "RegisterTaskDefinition") => task_definition(event),
        ("lambda", "CreateFunction" | "UpdateFunctionCode" | "UpdateAlias") => {
            function(event, "deploy")
        }
        ("lambda", "UpdateFunctionConfiguration") => function(event, "config"),
        _ => return,
    };
    let change = Change {
        provider: Some("aws".into()),
        change_id: event.cell("/eventID"),
        action: change.action.or_else(|| Some(event.operation().into())),
        acted_as: event.principal(),
        requested_by: event.cell("/userIdentity/sessionContext/sourceIdentity"),
        started_ns: event.time(),
        ..change
    };
    sink.record(Stamp::new(span, event.time()), &change);
}

/// An ECS service that got another task definition, or another number of tasks.
fn service(event: &Event) -> Change<'_> {
    let name = event
        .parameter("service")
        .or_else(|| event.parameter("serviceName"))
        .map(last_of_arn);
    let cluster = event.parameter("cluster").map_or("default", last_of_arn);
    let version = event.parameter("taskDefinition").map(last_of_arn);
    let parameters = event.value("/requestParameters").unwrap_or(&Value::Null);
    let action = match version {
        None if parameters
            .get("forceNewDeployment")
            .and_then(Value::as_bool)
            == Some(true) =>
        {
            Some("restart")
        }
        None if parameters.get("desiredCount").is_some() => Some("scale"),
        _ => None,
    };
    Change {
        kind: Some("deploy".into()),
        service: name.map(Cow::from),
        version: version.map(Cow::from),
        action: action.map(Cow::from),
        object: name.map(|name| format!("services/{cluster}/{name}").into()),
        ..Default::default()
    }
}

/// A task definition: not a deploy, but the only place that tells which image `family:revision` is.
fn task_definition(event: &Event) -> Change<'_> {
    let family = event.parameter("family");
    let revision = event
        .value("/responseElements/taskDefinition/revision")
        .and_then(Value::as_i64);
    let version = family
        .zip(revision)
        .map(|(family, revision)| format!("{family}:{revision}"));
    let image = event.text("/requestParameters/containerDefinitions/0/image");
    Change {
        kind: Some("config".into()),
        service: family.map(Cow::from),
        object: version
            .as_ref()
            .map(|version| format!("task-definitions/{version}").into()),
        version: version.map(Cow::from),
        digest: image.and_then(id::digest).map(Cow::from),
        image: image.map(Cow::from),
        ..Default::default()
    }
}

/// A Lambda function whose code, alias or settings changed.
fn function<'v>(event: &'v Event, kind: &'v str) -> Change<'v> {
    let name = event.parameter("functionName").map(function_name);
    let image = event
        .parameter("imageUri")
        .or_else(|| event.text("/requestParameters/code/imageUri"));
    let versions = [
        "/responseElements/functionVersion",
        "/responseElements/version",
    ];
    // `$LATEST` names no version.
    let version = versions
        .iter()
        .find_map(|pointer| event.text(pointer))
        .filter(|version| !version.starts_with('$'));
    let code = || {
        event
            .text("/responseElements/codeSha256")
            .and_then(code_digest)
    };
    Change {
        kind: Some(kind.into()),
        service: name.map(Cow::from),
        version: version.map(Cow::from),
        digest: image.and_then(id::digest).or_else(code).map(Cow::from),
        image: image.map(Cow::from),
        object: name.map(|name| format!("functions/{name}").into()),
        ..Default::default()
    }
}

/// The digest of a function's code: hex for an image, base64 for an archive.
fn code_digest(text: &str) -> Option<String> {
    let decoded = || base64::engine::general_purpose::STANDARD.decode(text).ok();
    id::digest(text).or_else(|| id::digest_of("sha256", &id::hex(&decoded()?)))
}

/// `checkout:42` of `arn:aws:ecs:…:task-definition/checkout:42`.
fn last_of_arn(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The name in a function's ARN, which may end in a qualifier.
fn function_name(text: &str) -> &str {
    text.split_once(":function:")
        .map_or(text, |(_, name)| name)
        .split(':')
        .next()
        .unwrap_or(text)
}

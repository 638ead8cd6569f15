//! One event, with its spelling evened out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::formats::read::field::text;
use crate::model::record::Text;
use crate::model::time;

/// Keys that Athena's tables give in lower case.
const KEYS: [&str; 17] = [
    "eventID",
    "eventTime",
    "eventSource",
    "eventName",
    "eventType",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "userIdentity",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "readOnly",
    "recipientAccountId",
    "sharedEventID",
    "vpcEndpointId",
];

/// Parameters that name what a call is about, the telling ones first. Others are known by the
/// ending of their name.
const OBJECTS: [&str; 14] = [
    "secretId",
    "roleArn",
    "functionName",
    "roleName",
    "userName",
    "groupName",
    "policyName",
    "service",
    "serviceName",
    "family",
    "taskDefinition",
    "name",
    "path",
    "cluster",
];

/// One event.
pub(super) struct Event(Value);

impl Event {
    /// The event as JSON text, with what an export wrote as text inside it spelled out.
    pub(super) fn to_json(&self) -> String {
        self.0.to_string()
    }

    /// The event, if it is one.
    pub(super) fn new(mut value: Value) -> Option<Self> {
        let members = value.as_object_mut()?;
        if !members.contains_key("eventName") {
            spell_out(members);
        }
        for key in ["requestParameters", "responseElements"] {
            let written = members.get(key).and_then(Value::as_str);
            if let Some(parsed) = written.and_then(|text| serde_json::from_str(text).ok()) {
                members.insert(key.to_owned(), parsed);
            }
        }
        let is_notification =
            text(&value, "/eventSource").is_some_and(|source| source.starts_with("aws:"));
        (text(&value, "/eventName").is_some() && !is_notification).then_some(Self(value))
    }

    /// The value at a JSON pointer.
    pub(super) fn value(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer).filter(|value| !value.is_null())
    }

    /// The text at a JSON pointer, absent where empty.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        text(&self.0, pointer)
    }

    /// The text at a JSON pointer as a cell.
    pub(super) fn cell(&self, pointer: &str) -> Text<'_> {
        self.text(pointer).map(Cow::from)
    }

    /// A parameter of the call that is text.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        text(self.value("/requestParameters")?.get(name)?, "")
    }

    /// When the call was made. Some pipelines keep the time under a name of their own only.
    pub(super) fn time(&self) -> Option<i64> {
        self.text("/eventTime")
            .or_else(|| self.text("/@timestamp"))
            .and_then(time::parse)
    }

    /// `secretsmanager` of `secretsmanager.amazonaws.com`.
    pub(super) fn service(&self) -> &str {
        self.text("/eventSource")
            .and_then(|source| source.split('.').next())
            .unwrap_or_default()
    }

    /// The API's name without the date that Lambda and CloudFront append: `UpdateFunctionCode` of
    /// `UpdateFunctionCode20150331v2`.
    pub(super) fn operation(&self) -> &str {
        let name = self.text("/eventName").unwrap_or_default();
        let dated = name.strip_suffix("v2").unwrap_or(name);
        let stem = dated.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        if dated.len() - stem.len() >= 8 {
            stem
        } else {
            name
        }
    }

    /// Who called: the ARN where there is one, else the name, the id, or the service.
    pub(super) fn principal(&self) -> Text<'_> {
        let identity = self.value("/userIdentity")?;
        let names = [
            "/arn",
            "/userName",
            "/principalId",
            "/invokedBy",
            "/accountId",
            "/type",
        ];
        names
            .iter()
            .find_map(|name| text(identity, name))
            .map(Cow::from)
    }

    /// `success`, `denied` or `error`.
    pub(super) fn result(&self) -> &'static str {
        const REFUSALS: [&str; 5] = [
            "AccessDenied",
            "UnauthorizedOperation",
            "NotAuthorized",
            "Forbidden",
            "UnauthorizedAccess",
        ];
        let refused_login = self.text("/responseElements/ConsoleLogin") == Some("Failure");
        match self.text("/errorCode") {
            Some(code) if REFUSALS.iter().any(|refusal| code.contains(refusal)) => "denied",
            _ if refused_login => "denied",
            Some(_) => "error",
            None => "success",
        }
    }

    /// True where the call changes nothing; judged by its name where the event does not say.
    pub(super) fn is_read(&self) -> bool {
        const READING: [&str; 7] = [
            "Get", "List", "Describe", "BatchGet", "Head", "Lookup", "Search",
        ];
        match self.value("/readOnly") {
            Some(Value::Bool(read_only)) => *read_only,
            Some(Value::String(read_only)) => read_only == "true",
            _ => READING
                .iter()
                .any(|verb| self.operation().starts_with(verb)),
        }
    }

    /// What the call was about: a secret, a role, `bucket/key`; else the first resource that the
    /// event lists or its refusal names, else the service.
    pub(super) fn object(&self) -> Text<'_> {
        let named = || {
            OBJECTS
                .iter()
                .find_map(|name| self.parameter(name))
                .or_else(|| self.identified())
        };
        let listed = || {
            self.text("/resources/0/ARN")
                .or_else(|| self.text("/resources/0/arn"))
        };
        let single = || {
            self.encrypted()
                .or_else(named)
                .or_else(listed)
                .or_else(|| self.refused())
        };
        let several = self.several().or_else(|| self.stored()).map(Cow::from);
        several.or_else(|| {
            single()
                .or_else(|| self.text("/eventSource"))
                .map(Cow::from)
        })
    }

    /// The names of a call about several things.
    fn several(&self) -> Option<String> {
        let parameters = self.value("/requestParameters")?;
        let listed = |name: &&str| {
            parameters
                .get(name)?
                .as_array()
                .filter(|names| !names.is_empty())
        };
        let names = ["names", "secretIdList", "instanceIds"]
            .iter()
            .find_map(listed)?;
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        Some(names.join(" "))
    }

    /// `bucket/key`.
    fn stored(&self) -> Option<String> {
        let bucket = self.parameter("bucketName")?;
        Some(
            self.parameter("key")
                .map_or_else(|| bucket.to_owned(), |key| format!("{bucket}/{key}")),
        )
    }

    /// The first parameter that is an id, a name or an ARN.
    fn identified(&self) -> Option<&str> {
        let parameters = self.value("/requestParameters")?.as_object()?;
        let identifies = |name: &str| {
            ["Id", "Name", "Arn", "Identifier"]
                .iter()
                .any(|ending| name.ends_with(ending))
        };
        let mut named = parameters.iter().filter(|(name, _)| identifies(name));
        named.find_map(|(_, value)| text(value, ""))
    }

    /// The resource of a refused call, whose parameters AWS leaves out: `… on resource: arn:…`.
    fn refused(&self) -> Option<&str> {
        let (_, resource) = self.text("/errorMessage")?.split_once("on resource: ")?;
        resource.split_whitespace().next()
    }

    /// The resource whose value a key decrypts: encryption contexts carry its ARN.
    fn encrypted(&self) -> Option<&str> {
        let context = self
            .value("/requestParameters/encryptionContext")?
            .as_object()?;
        context
            .values()
            .filter_map(Value::as_str)
            .find(|value| value.starts_with("arn:"))
    }

    /// A session tag that the caller hands to the role: EKS Pod Identity names the pod so.
    pub(super) fn session_tag(&self, key: &str) -> Option<&str> {
        let tags = self.value("/requestParameters/tags")?.as_array()?;
        text(
            tags.iter().find(|tag| text(tag, "/key") == Some(key))?,
            "/value",
        )
    }
}

fn spell_out(members: &mut Map<String, Value>) {
    for key in KEYS {
        if let Some(value) = members.remove(&key.to_ascii_lowercase()) {
            members.insert(key.to_owned(), value);
        }
    }
}

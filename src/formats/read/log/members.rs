//! What the names of members say: a dictionary of the habits of logging libraries.
//!
//! Names are compared with case and punctuation folded away, behind their wrapper's name where a
//! wrapper matters: `trace.id`, `traceId` and `{"trace":{"id":…}}` are all `traceid`.

/// What a member may say.
#[derive(Clone, Copy)]
pub enum Role {
    Time,
    Severity,
    Body,
    Trace,
    Span,
    Service,
    Pod,
    Host,
    Scope,
    Event,
}

/// A member's name without case and punctuation, behind its wrapper's.
pub fn fold(prefix: &str, key: &str) -> String {
    let letters = key.chars().take(64).filter(char::is_ascii_alphanumeric);
    prefix
        .chars()
        .chain(letters.map(|c| c.to_ascii_lowercase()))
        .collect()
}

/// What a folded name says, and how telling it is among the names that say the same.
pub fn role(name: &str) -> Option<(Role, u8)> {
    Some(match name {
        "time" | "timestamp" | "ts" | "t" | "datetime" | "asctime" | "timeunixnano" => {
            (Role::Time, 0)
        }
        "instant" | "timemillis" | "timeiso8601" | "timelocal" | "starttime" | "startedat"
        | "eventtime" | "date" => (Role::Time, 1),
        "level" | "severity" | "lvl" | "loglevel" | "levelname" | "severitytext" => {
            (Role::Severity, 0)
        }
        "l" | "s" | "severitynumber" => (Role::Severity, 1),
        "msg" | "message" | "body" | "shortmessage" | "textpayload" => (Role::Body, 0),
        "log" | "m" | "logmessage" | "renderedmessage" | "event" | "text" => (Role::Body, 1),
        "mt" | "messagetemplate" | "fullmessage" => (Role::Body, 2),
        "traceid" | "oteltraceid" | "logginggoogleapiscomtrace" => (Role::Trace, 0),
        "trace" | "ddtraceid" | "xraytraceid" | "xb3traceid" | "tr" | "traceparent" => {
            (Role::Trace, 1)
        }
        "spanid" | "otelspanid" | "logginggoogleapiscomspanid" => (Role::Span, 0),
        "ddspanid" | "xb3spanid" | "sp" => (Role::Span, 1),
        "service" | "servicename" | "otelservicename" | "ddservice" => (Role::Service, 0),
        "app" | "appname" | "application" | "applicationname" | "appkubernetesioname" => {
            (Role::Service, 1)
        }
        "podname" | "k8spodname" | "kubernetespodname" | "pod" | "k8spod" | "kubernetespod" => {
            (Role::Pod, 0)
        }
        "hostname" | "host" => (Role::Host, 1),
        "logger" | "loggername" | "loglogger" | "scopename" => (Role::Scope, 0),
        "target" | "category" | "sourcecontext" | "name" => (Role::Scope, 1),
        "eventname" => (Role::Event, 0),
        _ if name.ends_with("timestamp") => (Role::Time, 2),
        _ => return None,
    })
}

/// Objects whose members are read like the record's own: what their members' names are read
/// behind, and how much less telling they are for standing there.
pub fn wrapper(name: &str) -> Option<(&'static str, u8)> {
    Some(match name {
        "trace" => ("trace", 4),
        "span" => ("span", 4),
        "log" => ("log", 4),
        "logger" => ("logger", 4),
        "service" => ("service", 4),
        "otel" => ("otel", 4),
        "dd" => ("dd", 4),
        "k8s" | "kubernetes" => ("kubernetes", 4),
        "pod" | "k8spod" | "kubernetespod" => ("pod", 4),
        "fields" | "jsonpayload" | "contextmap" | "mdc" | "context" | "attributes"
        | "properties" | "extra" | "resource" | "labels" | "kuberneteslabels" | "source" => ("", 8),
        _ => return None,
    })
}

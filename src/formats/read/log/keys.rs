//! What the names of members say: a dictionary of the habits of logging libraries.
//!
//! Names are compared with case and punctuation folded away, behind their wrapper's name where a
//! wrapper matters: `trace.id`, `traceId` and `{"trace":{"id":…}}` are all `traceid`.

/// What a member may say.
#[derive(Clone, Copy)]
pub(super) enum Role {
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
pub(super) fn fold(prefix: &str, key: &str) -> String {
    let letters = key.chars().take(64).filter(char::is_ascii_alphanumeric);
    prefix
        .chars()
        .chain(letters.map(|c| c.to_ascii_lowercase()))
        .collect()
}

/// What a folded name says, and how telling it is among the names that say the same.
pub(super) fn role(name: &str) -> Option<(Role, u8)> {
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
pub(super) fn wrapper(name: &str) -> Option<(&'static str, u8)> {
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

/// The OpenTelemetry severity number of a level: a word of any logging library, or the integers of
/// bunyan and pino. OpenTelemetry's own steps (`DEBUG2`) count on from the word.
pub(in crate::formats) fn severity(level: &str) -> Option<i64> {
    let level = level.trim();
    if let Ok(number) = level.parse::<i64>() {
        return matches!(number, 10 | 20 | 30 | 40 | 50 | 60).then(|| (number / 10 - 1) * 4 + 1);
    }
    let word = level.trim_end_matches(|c: char| c.is_ascii_digit());
    let step = match level.strip_prefix(word) {
        Some("2") => 1,
        Some("3") => 2,
        Some("4") => 3,
        _ => 0,
    };
    let base = match word.to_ascii_lowercase().as_str() {
        "trace" | "trc" | "t" | "verbose" | "silly" | "finest" | "finer" => 1,
        "debug" | "dbg" | "d" | "fine" => 5,
        "info" | "inf" | "i" | "information" | "informational" | "config" => 9,
        "notice" => 10,
        "warn" | "warning" | "wrn" | "w" => 13,
        "error" | "err" | "e" | "severe" => 17,
        "fatal" | "ftl" | "f" | "critical" | "crit" | "panic" | "dpanic" => 21,
        "alert" => 22,
        "emergency" | "emerg" => 24,
        _ => return None,
    };
    Some(if matches!(base, 1 | 5 | 9 | 13 | 17 | 21) {
        base + step
    } else {
        base
    })
}

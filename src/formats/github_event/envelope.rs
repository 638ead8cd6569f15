//! Stored deliveries: a payload wrapped with the event's name, which GitHub sends as the header
//! `X-GitHub-Event` and not in the payload.
//!
//! Met are `{"event", "payload"}` and its spellings, GitHub's own list of hook deliveries
//! (`request.payload`), its events API (`type`, `repo`, `payload`) and the `github` context of a
//! workflow (`event_name`, `event`). The payload's shape tells its kind, so the name is not needed.

use std::borrow::Cow;

use serde_json::Value;

/// Where a payload may stand, as an object or as text that holds one.
const PAYLOADS: &[&str] = &[
    "/payload",
    "/body",
    "/request/payload",
    "/request/body",
    "/event",
];

/// Keys that only a wrapper has beside the payload; a deployment has a `payload` of its own.
const NAMES: &[&str] = &[
    "event",
    "event-name",
    "event-type",
    "x-github-event",
    "github-event",
    "headers",
    "request",
    "type",
];

/// The payload of a stored delivery; `None` where `value` is no such thing.
pub fn payload(value: &Value) -> Option<Cow<'_, Value>> {
    let is_name =
        |key: &String| NAMES.contains(&key.to_ascii_lowercase().replace('_', "-").as_str());
    if !value.as_object()?.keys().any(is_name) {
        return None;
    }
    PAYLOADS
        .iter()
        .find_map(|pointer| match value.pointer(pointer)? {
            object @ Value::Object(_) => Some(Cow::Borrowed(object)),
            Value::String(text) if text.starts_with('{') => {
                serde_json::from_str(text).ok().map(Cow::Owned)
            }
            _ => None,
        })
}

//! Lines whose form has a name: each dialect is one function in [`DIALECTS`].
//!
//! A dialect is claimed only where the whole opening of a line fits it, since every line that none
//! claims is still read as text. All that a dialect tells beyond a column goes to the attributes, by
//! OpenTelemetry's names. A line may be wrapped in another form (a syslog header before JSON), but a
//! form is never looked for inside itself.
//!
//! What it is not: a place for forms of one program alone; those stay text, with their level and ids.

mod access;
mod apache_error;
mod klog;
mod logfmt;
mod syslog;

pub use self::syslog::level as syslog_level;

use serde_json::{Map, Value};

use super::object;
use crate::model::runtime::Log;

/// What a line says, and when it says that it happened.
pub type Read<'t> = (Option<i64>, Log<'t>);

/// Reads a line of one dialect.
type Reader = fn(&str) -> Option<Read<'_>>;

/// The dialects, the more telling ones first.
const DIALECTS: &[Reader] = &[klog::read, access::read, apache_error::read, logfmt::read];

/// What `text` says in a dialect; `None` where it is of none.
pub fn read(text: &str) -> Option<Read<'_>> {
    syslog::read(text).or_else(|| first(text))
}

/// The same for the message inside a wrapper, which may be a JSON record too.
pub fn inner(text: &str) -> Option<Read<'_>> {
    object::message(text).or_else(|| read(text))
}

/// The same for the message behind a syslog header, which is no header again: a line of nothing but
/// headers would be read once for each.
fn payload(text: &str) -> Option<Read<'_>> {
    object::message(text).or_else(|| first(text))
}

fn first(text: &str) -> Option<Read<'_>> {
    DIALECTS.iter().find_map(|read| read(text))
}

/// A JSON object out of what there is.
fn object_of<'v>(members: impl IntoIterator<Item = (&'v str, Option<Value>)>) -> Option<String> {
    let members = members.into_iter();
    let object: Map<String, Value> = members
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect();
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

/// Text, unless it is empty or the dash that stands for nothing.
fn said(text: &str) -> Option<Value> {
    (!matches!(text, "" | "-")).then(|| text.into())
}

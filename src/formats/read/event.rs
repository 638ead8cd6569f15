//! Events as most systems export them: JSON objects, one a line, in an array or in a list object.
//!
//! Audit logs, alerts and notifications differ in their fields and agree in everything else: each is
//! one object with its own bytes, loosely typed, read field by field. What a field's absence or odd
//! type costs is that field.

use serde_json::Value;

use super::field;
use super::github::field as loose;
use super::json::Outcome;
use super::{Element, Holders, TEXT_LIMIT, elements, whole};
use crate::formats::{CERTAIN, Chunk, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::record::Text;
use crate::model::{Sink, Span, Stamp, time};

/// One event and where it stands.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// The object.
    pub value: &'a Value,
    /// Its own bytes as text.
    pub raw: &'a str,
    /// Where they stand.
    pub span: Span,
}

impl<'a> Event<'a> {
    /// The value at `pointer`, unless it is null.
    pub fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.value.pointer(pointer).filter(|value| !value.is_null())
    }

    /// The text at `pointer`, absent where empty.
    pub fn text(&self, pointer: &str) -> Option<&'a str> {
        field::text(self.value, pointer)
    }

    /// The same as a cell.
    pub fn cell(&self, pointer: &str) -> Text<'a> {
        field::cell(self.value, pointer)
    }

    /// The first text that is there.
    pub fn any(&self, pointers: &[&str]) -> Option<&'a str> {
        pointers.iter().find_map(|pointer| self.text(pointer))
    }

    /// The same as a cell.
    pub fn first(&self, pointers: &[&str]) -> Text<'a> {
        pointers.iter().find_map(|pointer| self.cell(pointer))
    }

    /// An id, whether it is written as a number or as text.
    pub fn key(&self, pointer: &str) -> Text<'a> {
        loose::key(self.value, pointer)
    }

    /// An integer, whether it is written as a number or as text.
    pub fn int(&self, pointer: &str) -> Option<i64> {
        loose::int(self.value, pointer)
    }

    /// A truth value.
    pub fn flag(&self, pointer: &str) -> Option<bool> {
        self.value.pointer(pointer)?.as_bool()
    }

    /// A full commit id.
    pub fn commit(&self, pointer: &str) -> Text<'static> {
        loose::commit(self.value, pointer)
    }

    /// The elements of an array; none where there is no array.
    pub fn list(&self, pointer: &str) -> &'a [Value] {
        field::list(self.value, pointer)
    }

    /// The first of these texts that is a time.
    pub fn instant(&self, pointers: &[&str]) -> Option<i64> {
        pointers
            .iter()
            .find_map(|pointer| time::parse(self.text(pointer)?))
    }

    /// A record of this event that happened at `ts_ns`.
    pub fn stamp(&self, ts_ns: Option<i64>) -> Stamp {
        Stamp::new(self.span, ts_ns)
    }

    /// The whole event, unless it is too long.
    pub fn whole(&self) -> Text<'a> {
        whole(self.raw).map(Into::into)
    }
}

/// Calls `each` with every event of `chunk` and keeps the accounts: an event is a unit.
pub fn events(
    chunk: &Chunk<'_>,
    holders: &Holders<'_>,
    sink: &mut dyn Sink,
    each: impl Fn(&Event<'_>, &mut dyn Sink) -> Outcome,
) {
    elements(chunk, holders, sink, |element, sink| {
        of_element(element, sink, &each)
    });
}

/// Calls `each` with the event that `element` is.
pub fn of_element(
    element: &Element<'_>,
    sink: &mut dyn Sink,
    each: impl Fn(&Event<'_>, &mut dyn Sink) -> Outcome,
) -> Outcome {
    match element.read::<Value>() {
        Ok(value) if value.is_object() => {
            let event = Event {
                value: &value,
                raw: element.text(),
                span: element.span,
            };
            each(&event, sink)
        }
        Ok(_) => Outcome::Rejected("not an object".to_owned()),
        Err(why) => Outcome::Rejected(why),
    }
}

/// The best likelihood that at least half of the file's first events reach. `lists` are the members
/// of an object that may hold events.
pub fn likely(peek: &Peek<'_>, lists: &[&str], judge: fn(&Value) -> Likelihood) -> Likelihood {
    let of = |value: &Value| {
        let held = lists.iter().find_map(|key| value.get(key)?.as_array());
        held.map_or_else(
            || judge(value),
            |held| held.iter().take(12).map(judge).max().unwrap_or(NO),
        )
    };
    [CERTAIN, LIKELY, PERHAPS]
        .into_iter()
        .find(|wanted| peek.share(|value| of(value) >= *wanted) >= 50)
        .unwrap_or(NO)
}

/// `members` as the text of a JSON cell, without those that are null; absent where nothing is left,
/// or too much.
pub fn attributes(mut members: Value) -> Text<'static> {
    let object = members.as_object_mut()?;
    object.retain(|_, value| !value.is_null());
    if object.is_empty() {
        return None;
    }
    let text = members.to_string();
    (text.len() <= TEXT_LIMIT).then_some(text.into())
}

/// `host:port` as every network access names whom it reached. An address of IPv6 gets brackets, so
/// that its last group is not taken for a port; a name loses the dot at its end.
pub fn peer(host: &str, port: Option<i64>) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_bare = host.contains(':') && !host.starts_with('[');
    let host = if is_bare {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match port.filter(|port| *port > 0) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn peers_have_one_spelling() {
        assert_eq!(peer("pay.example.", Some(443)), "pay.example:443");
        assert_eq!(peer("2001:db8::1", Some(443)), "[2001:db8::1]:443");
        assert_eq!(peer("2001:db8::1", None), "[2001:db8::1]");
        assert_eq!(peer("10.0.0.1", Some(0)), "10.0.0.1");
    }

    #[test]
    fn attributes_hold_what_is_there() {
        assert_eq!(
            attributes(json!({"a": 1, "b": null})).as_deref(),
            Some("{\"a\":1}")
        );
        assert_eq!(attributes(json!({"b": null})), None);
        assert_eq!(attributes(json!({"a": "x".repeat(TEXT_LIMIT)})), None);
    }
}

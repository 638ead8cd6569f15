//! Records of a JSON export: one a line, in arrays, or under a member.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::row::Fields;
use crate::formats::read::json::{Outcome, value};
use crate::formats::read::{Holders, elements};
use crate::formats::{Chunk, Peek};
use crate::model::{Sink, Span};

/// How many of the first records have all of these fields, in percent.
pub(super) fn share(peek: &Peek<'_>, records: &[String], keys: &[String]) -> usize {
    let fits = |value: &Value| keys.iter().all(|key| of(value, key).is_some());
    let held = |value: &Value| {
        let lists = records
            .iter()
            .filter_map(|name| value.get(name)?.as_array());
        lists.flatten().next().is_some_and(fits)
    };
    peek.share(|value| fits(value) || held(value))
}

/// Calls `each` for every record of the chunk and keeps the accounts.
pub(super) fn read(
    chunk: &Chunk<'_>,
    records: &[String],
    sink: &mut dyn Sink,
    mut each: impl FnMut(&dyn Fields, Span, &mut dyn Sink) -> Outcome,
) {
    let members: Vec<&str> = records.iter().map(String::as_str).collect();
    elements(
        chunk,
        &Holders::of(&members),
        sink,
        |element, sink| match value(element.bytes) {
            Ok(value) if value.is_object() => each(&Object(&value), element.span, sink),
            Ok(_) => Outcome::Rejected("no object".to_owned()),
            Err(why) => Outcome::Rejected(why),
        },
    );
}

/// The field of a record: a member, a JSON pointer, or a path with dots.
fn of<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    if name.starts_with('/') {
        return value.pointer(name);
    }
    value.get(name).or_else(|| {
        let mut parts = name.split('.');
        let first = value.get(parts.next()?)?;
        name.contains('.').then_some(())?;
        parts.try_fold(first, |value, part| value.get(part))
    })
}

/// One record.
struct Object<'v>(&'v Value);

impl Fields for Object<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let value = of(self.0, name).filter(|value| !value.is_null())?;
        Some(Cow::Borrowed(value))
    }

    fn rest(&self, taken: &[&str], object: &mut Map<String, Value>) {
        for (name, value) in self.0.as_object().into_iter().flatten() {
            if !taken.contains(&name.as_str()) {
                object.insert(name.clone(), value.clone());
            }
        }
    }
}

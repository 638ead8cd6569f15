//! Lines of both generations under one form, and what only several lines together tell.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::item;
use crate::formats::read::field;
use crate::model::{Span, time};

/// The types of a wrapped line.
pub(super) const TYPES: [&str; 5] = [
    "session_meta",
    "response_item",
    "compacted",
    "turn_context",
    "event_msg",
];

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The session's first line.
    Meta,
    /// A message, call, result or reasoning.
    Item,
    /// What the agent may do in the turn that follows.
    Context,
    /// The history in short.
    Compacted,
    /// What the client showed.
    Event,
    /// An inner state of the first generation.
    State,
    /// Something newer.
    Unknown,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) kind: Kind,
    /// What it says; of a line of the first generation, the whole line.
    pub(super) payload: Value,
    timestamp: Option<String>,
}

impl Line {
    pub(super) fn new(mut value: Value) -> Result<Self, String> {
        if !value.is_object() {
            return Err("no object".to_owned());
        }
        let timestamp = field::text(&value, "/timestamp").map(str::to_owned);
        let name = field::text(&value, "/type").unwrap_or_default();
        let kind = match name {
            "session_meta" => Kind::Meta,
            "response_item" => Kind::Item,
            "turn_context" => Kind::Context,
            "compacted" => Kind::Compacted,
            "event_msg" => Kind::Event,
            "" if value.get("record_type").is_some() => Kind::State,
            "" if value.get("id").is_some() && value.get("timestamp").is_some() => Kind::Meta,
            "" => return Err("neither `type` nor the members of a first line".to_owned()),
            name if value.get("payload").is_none() && item::is_known(name) => Kind::Item,
            _ => Kind::Unknown,
        };
        let wrapped = TYPES.contains(&name);
        let payload = match value.get_mut("payload") {
            Some(payload) if payload.is_object() => payload.take(),
            _ if wrapped => return Err("a line without `payload`".to_owned()),
            _ => value,
        };
        Ok(Self {
            kind,
            payload,
            timestamp,
        })
    }

    pub(super) fn time(&self) -> Option<i64> {
        time::parse(self.timestamp.as_deref()?)
    }

    fn type_name(&self) -> &str {
        field::text(&self.payload, "/type").unwrap_or_default()
    }
}

/// Tokens in and out.
pub(super) type Usage = (Option<i64>, Option<i64>);

/// What became of a token count.
pub(super) enum Told {
    /// It counts no tokens.
    Unset,
    /// It repeats the one before.
    Again,
    /// It is given on the reply before it.
    OnReply,
    /// There is no reply in the chunk to give it on.
    Alone(Usage),
}

/// What the lines of a chunk tell together.
#[derive(Default)]
pub(super) struct Lines<'l> {
    has_messages: bool,
    outputs: HashSet<&'l str>,
    /// Usage by the place of the reply's first line.
    by_reply: HashMap<usize, Usage>,
    /// What became of each count, by its place.
    counts: HashMap<usize, Told>,
}

impl<'l> Lines<'l> {
    pub(super) fn new(lines: &'l [(Line, Span)]) -> Self {
        let mut found = Self::default();
        let (mut reply, mut total) = (None, None);
        for (at, (line, _)) in lines.iter().enumerate() {
            match (line.kind, line.type_name()) {
                (Kind::Item, name) => {
                    found.has_messages |= name == "message";
                    if name.ends_with("_output") {
                        found.outputs.extend(field::text(&line.payload, "/call_id"));
                    }
                    if reply.is_none() && item::is_reply(&line.payload) {
                        reply = Some(at);
                    }
                }
                (Kind::Event, "token_count") => {
                    let told = found.count(&line.payload, &mut reply, &mut total);
                    found.counts.insert(at, told);
                }
                _ => {}
            }
        }
        found
    }

    fn count(
        &mut self,
        payload: &'l Value,
        reply: &mut Option<usize>,
        total: &mut Option<&'l Value>,
    ) -> Told {
        let Some(last) = payload.pointer("/info/last_token_usage") else {
            return Told::Unset;
        };
        let sum = payload.pointer("/info/total_token_usage");
        if sum.is_some() && *total == sum {
            return Told::Again;
        }
        *total = sum;
        let number = |key: &str| last.get(key).and_then(Value::as_i64);
        let usage = (number("input_tokens"), number("output_tokens"));
        match reply.take() {
            Some(at) => {
                self.by_reply.insert(at, usage);
                Told::OnReply
            }
            None => Told::Alone(usage),
        }
    }

    /// True where messages are told by items, so that events only repeat them.
    pub(super) fn has_messages(&self) -> bool {
        self.has_messages
    }

    /// True where an item has the output of this call.
    pub(super) fn has_output_of(&self, call_id: &str) -> bool {
        self.outputs.contains(call_id)
    }

    /// The tokens of the reply that begins with the line at `at`.
    pub(super) fn usage_of(&self, at: usize) -> Option<Usage> {
        self.by_reply.get(&at).copied()
    }

    /// What became of the count at `at`.
    pub(super) fn usage_at(&self, at: usize) -> &Told {
        self.counts.get(&at).unwrap_or(&Told::Unset)
    }
}

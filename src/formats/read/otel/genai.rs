//! Spans of generative AI clients and agents (OpenTelemetry `gen_ai.*`, in development), as turns of a
//! session.
//!
//! A span becomes turns only where it names its conversation (`gen_ai.conversation.id`), which is the
//! agent's session. What is told in several places counts once. A model's reply is told by the span
//! that asked the model (`chat`, `generate_content`, `text_completion`); the spans around it
//! (`invoke_agent`) sum up its tokens, so theirs are left out. Every request repeats the conversation
//! so far: of its messages only those after the model's last answer are new. A tool call is announced
//! by the reply, told by its own span (`execute_tool`) and repeated with its result in the next
//! request: the span counts. Messages are an opt-in; without them a reply still has its model and
//! tokens. The span itself is kept with all its attributes.
//!
//! The agent's own process says it, so turns are asserted.

use std::borrow::Cow;

use serde_json::Value;

use super::Context;
use super::span::{SpanAttributes, SpanKey as Key, SpanParts};
use crate::formats::read::agent::{Call, Talk, calls, said, tool};
use crate::formats::read::{bounded, field};
use crate::model::code::Turn;
use crate::model::{Sink, Span, Stamp};

/// What a span tells of a session.
pub struct Told {
    talk: Talk<'static>,
    turns: Vec<Turn<'static>>,
    ended_ns: Option<i64>,
}

impl Told {
    /// What a span that ended then tells, if it is of a conversation.
    pub fn of(span: &SpanParts<'_>, context: &Context<'_>, ended_ns: Option<i64>) -> Option<Self> {
        let attributes = &span.attributes;
        let text = |keys: &[Key]| attributes.text(keys).map(|text| text.clone().into_owned());
        let session_id = text(&[Key::Conversation])?;
        let operation = text(&[Key::Operation])?;
        let agent = text(&[Key::AgentName]);
        let agent = agent
            .as_deref()
            .or(context.service_name)
            .unwrap_or("unknown");
        let mut talk = Talk::new(tool(agent), Some(session_id.into()));
        let model = text(&[Key::ResponseModel, Key::RequestModel]);
        talk.row.model = model.clone().map(Into::into);
        talk.row.version = text(&[Key::AgentVersion]).map(Into::into);
        let base = Turn {
            turn_id: span.span_id.map(|id| format!("{id:016x}").into()),
            parent_id: span.parent_span_id.map(|id| format!("{id:016x}").into()),
            model: model.map(Into::into),
            ..talk.turn()
        };
        let turns = match operation.as_str() {
            "execute_tool" => executed(&base, attributes, span.status_code == Some("error")),
            "chat" | "generate_content" | "text_completion" => replied(&base, attributes),
            _ => Vec::new(),
        };
        Some(Self {
            talk,
            turns,
            ended_ns,
        })
    }

    /// Pushes the turns and the session.
    pub fn push(mut self, at: Span, started_ns: Option<i64>, sink: &mut dyn Sink) {
        self.talk.see(at, started_ns);
        self.talk.see(at, self.ended_ns);
        let stamp = Stamp::new(at, started_ns).asserted();
        for (turn, block) in self.turns.into_iter().zip(0..) {
            let turn = Turn {
                block: Some(block),
                ..turn
            };
            sink.record(stamp, &turn);
        }
        sink.record(stamp, &self.talk.row);
    }
}

/// A tool's call and what came of it.
fn executed(
    base: &Turn<'static>,
    attributes: &SpanAttributes<'_>,
    failed: bool,
) -> Vec<Turn<'static>> {
    let text = |key: Key| attributes.words(&[key]).map(str::to_owned);
    let name = text(Key::ToolName);
    let input = text(Key::ToolArguments).unwrap_or_default();
    let call = Call::of_text(name.as_deref().unwrap_or_default(), &input).into_owned();
    let base = Turn {
        call_id: text(Key::ToolCallId).map(Into::into),
        ..base.clone()
    };
    let mut turns = calls(&base, name.map(Into::into), call);
    let result = text(Key::ToolResult);
    if result.is_some() || failed {
        turns.push(Turn {
            role: Some("user".into()),
            kind: Some("tool_result".into()),
            text: result.map(|text| bounded(&text).to_owned().into()),
            is_error: Some(failed),
            ..base
        });
    }
    turns
}

/// What was asked anew, and the model's reply.
fn replied(base: &Turn<'static>, attributes: &SpanAttributes<'_>) -> Vec<Turn<'static>> {
    let list = |key: Key| {
        let words = attributes.words(&[key]);
        let value = words.and_then(|words| serde_json::from_str::<Value>(words).ok());
        match value {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        }
    };
    let asked = list(Key::InputMessages);
    let is_answer =
        |message: &Value| matches!(field::text(message, "/role"), Some("assistant" | "model"));
    let new = asked.iter().rposition(is_answer).map_or(0, |at| at + 1);
    let mut turns = Vec::new();
    for message in asked.iter().skip(new) {
        if field::text(message, "/role") == Some("user") {
            turns.extend(spoken(base, message, "user"));
        }
    }
    let mut replies: Vec<Turn<'static>> = Vec::new();
    for message in &list(Key::OutputMessages) {
        replies.extend(spoken(base, message, "assistant"));
    }
    if replies.is_empty() {
        replies.push(Turn {
            role: Some("assistant".into()),
            kind: Some("text".into()),
            ..base.clone()
        });
    }
    if let Some(first) = replies.first_mut() {
        first.input_tokens = attributes.int(&[Key::InputTokens, Key::PromptTokens]);
        first.output_tokens = attributes.int(&[Key::OutputTokens, Key::CompletionTokens]);
    }
    let id = attributes
        .text(&[Key::ResponseId])
        .map(|id| id.clone().into_owned());
    for turn in &mut replies {
        turn.message_id = id.clone().map(Into::into);
    }
    turns.extend(replies);
    turns
}

/// What a message says in words; its tool calls have spans of their own.
fn spoken(base: &Turn<'static>, message: &Value, role: &'static str) -> Vec<Turn<'static>> {
    let turn = |kind: &'static str, text: Cow<'_, str>| Turn {
        role: Some(role.into()),
        kind: Some(kind.into()),
        text: Some(text.into_owned().into()),
        ..base.clone()
    };
    let kind = if role == "user" { "prompt" } else { "text" };
    let Some(parts) = message.get("parts").and_then(Value::as_array) else {
        // Before 1.37 a message had its text in `content`.
        let text = message.get("content").and_then(said);
        return text.map(|text| turn(kind, text)).into_iter().collect();
    };
    let parts = parts
        .iter()
        .filter_map(|part| match field::text(part, "/type")? {
            "text" => Some(turn(kind, said(part.get("content")?)?)),
            "reasoning" => Some(turn("thinking", said(part.get("content")?)?)),
            _ => None,
        });
    parts.collect()
}

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

use super::traces::{SpanAttributes, SpanKey as Key};
use crate::formats::read::agent::{Call, Talk, calls, said, tool};
use crate::formats::read::{bounded, field};
use crate::model::code::Turn;
use crate::model::{Sink, Span, Stamp};

/// What a span tells of a session.
pub(super) struct Told {
    talk: Talk<'static>,
    turns: Vec<Turn<'static>>,
    ended_ns: Option<i64>,
}

/// What the span says apart from its attributes.
pub(super) struct Around<'a> {
    pub(super) span_id: u64,
    pub(super) parent_span_id: Option<u64>,
    pub(super) service_name: Option<&'a str>,
    pub(super) failed: bool,
    pub(super) ended_ns: Option<i64>,
}

impl Told {
    /// What a span tells, if it is of a conversation.
    pub(super) fn of(attributes: &SpanAttributes<'_>, around: &Around<'_>) -> Option<Self> {
        let text = |keys: &[Key]| attributes.text(keys).map(|text| text.clone().into_owned());
        let session_id = text(&[Key::Conversation])?;
        let operation = text(&[Key::Operation])?;
        let agent = text(&[Key::AgentName]);
        let agent = agent
            .as_deref()
            .or(around.service_name)
            .unwrap_or("unknown");
        let mut talk = Talk::new(tool(agent), Some(session_id.into()));
        let model = text(&[Key::ResponseModel, Key::RequestModel]);
        talk.row.model = model.clone().map(Into::into);
        talk.row.version = text(&[Key::AgentVersion]).map(Into::into);
        let base = Turn {
            turn_id: Some(format!("{:016x}", around.span_id).into()),
            parent_id: around.parent_span_id.map(|id| format!("{id:016x}").into()),
            model: model.map(Into::into),
            ..talk.turn()
        };
        let turns = match operation.as_str() {
            "execute_tool" => executed(&base, attributes, around.failed),
            "chat" | "generate_content" | "text_completion" => replied(&base, attributes),
            _ => Vec::new(),
        };
        Some(Self {
            talk,
            turns,
            ended_ns: around.ended_ns,
        })
    }

    /// Pushes the turns and the session.
    pub(super) fn push(mut self, at: Span, started_ns: Option<i64>, sink: &mut dyn Sink) {
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

#[cfg(test)]
mod tests {
    use crate::formats::otlp_json::OtlpJson;
    use crate::formats::testing::{Seen, parse};
    use crate::model::EvidenceClass;

    fn span(id: u64, attributes: &[(&str, &str)], more: &str) -> String {
        let list: Vec<String> = attributes
            .iter()
            .map(|(key, value)| {
                let value = match value.parse::<i64>() {
                    Ok(number) => format!(r#"{{"intValue":"{number}"}}"#),
                    Err(_) => format!(
                        r#"{{"stringValue":{}}}"#,
                        serde_json::to_string(value).unwrap()
                    ),
                };
                format!(r#"{{"key":"{key}","value":{value}}}"#)
            })
            .collect();
        format!(
            r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{id:016x}","parentSpanId":"00000000000000ff","name":"x","startTimeUnixNano":"1772359200000000000","endTimeUnixNano":"1772359201000000000",{more}"attributes":[{}]}}"#,
            list.join(",")
        )
    }

    fn read(spans: &[String]) -> Seen {
        let resource =
            r#"{"attributes":[{"key":"service.name","value":{"stringValue":"helper"}}]}"#;
        let text = format!(
            r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
            spans.join(",")
        );
        parse(&OtlpJson, "x", text.as_bytes())
    }

    fn told(seen: &Seen) -> Vec<String> {
        let keys = [
            "kind",
            "name",
            "text",
            "call_id",
            "is_error",
            "input_tokens",
            "output_tokens",
            "message_id",
        ];
        let rows = seen.of("turn");
        rows.iter()
            .map(|row| {
                keys.map(|key| row.get(key).cloned().unwrap_or_default())
                    .join("|")
            })
            .collect()
    }

    const ASKED: &str = r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"old"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"shell"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ok"}]},{"role":"user","parts":[{"type":"text","content":"SHOP-142"}]}]"#;
    const REPLY: &str = r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"Done."},{"type":"tool_call","id":"c2","name":"edit"}],"finish_reason":"stop"}]"#;

    #[test]
    fn what_is_told_twice_counts_once() {
        let common = [
            ("gen_ai.conversation.id", "s-1"),
            ("gen_ai.agent.name", "Claude Code"),
        ];
        let with = |more: &[(&'static str, &'static str)]| [&common[..], more].concat();
        let seen = read(&[
            span(
                1,
                &with(&[
                    ("gen_ai.operation.name", "invoke_agent"),
                    ("gen_ai.usage.input_tokens", "100"),
                    ("gen_ai.usage.output_tokens", "7"),
                ]),
                "",
            ),
            span(
                2,
                &with(&[
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.request.model", "opus"),
                    ("gen_ai.response.model", "opus-4"),
                    ("gen_ai.response.id", "m1"),
                    ("gen_ai.usage.input_tokens", "100"),
                    ("gen_ai.usage.output_tokens", "7"),
                    ("gen_ai.input.messages", ASKED),
                    ("gen_ai.output.messages", REPLY),
                ]),
                "",
            ),
            span(
                3,
                &with(&[
                    ("gen_ai.operation.name", "execute_tool"),
                    ("gen_ai.tool.name", "edit"),
                    ("gen_ai.tool.call.id", "c2"),
                    (
                        "gen_ai.tool.call.arguments",
                        r#"{"file_path":"src/pay.rs"}"#,
                    ),
                ]),
                r#""status":{"code":2},"#,
            ),
        ]);
        assert_eq!(
            told(&seen),
            [
                "prompt||SHOP-142|||||",
                "thinking||hm|||100|7|m1",
                "text||Done.|||||m1",
                "tool_call|edit|src/pay.rs|c2||||",
                "tool_result|||c2|true|||",
            ]
        );
        assert_eq!((seen.read, seen.kept, seen.of("span").len()), (3, 3, 3));
        let row = seen.of("session")[1];
        assert_eq!(
            (&*row["tool"], &*row["session_id"], &*row["model"]),
            ("claude", "s-1", "opus-4")
        );
        assert!(
            seen.classes("turn")
                .iter()
                .all(|class| *class == Some(EvidenceClass::Asserted))
        );
        assert_eq!(seen.classes("span"), [None; 3]);
        assert!(seen.of("span")[1]["attributes"].contains(r#""gen_ai.usage.input_tokens":100"#));
        let call = seen.of("turn")[3];
        assert_eq!(
            (&*call["file_path"], &*call["is_write"], &*call["parent_id"]),
            ("src/pay.rs", "true", "00000000000000ff")
        );
    }

    #[test]
    fn a_reply_without_messages_still_costs() {
        let seen = read(&[
            span(
                1,
                &[
                    ("gen_ai.conversation.id", "s"),
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.usage.prompt_tokens", "5"),
                ],
                "",
            ),
            span(
                2,
                &[
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.usage.input_tokens", "5"),
                ],
                "",
            ),
            span(
                3,
                &[
                    ("gen_ai.conversation.id", "s"),
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.input.messages", "[{"),
                ],
                "",
            ),
        ]);
        assert_eq!(told(&seen), ["text|||||5||", "text|||||||"]);
        assert_eq!(seen.of("session")[0]["tool"], "helper");
    }
}

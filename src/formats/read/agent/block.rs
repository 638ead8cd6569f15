//! Content blocks: the parts of a message in the form that most agents took over from one API: text,
//! thinking, tool use, tool result.

use std::borrow::Cow;

use serde_json::Value;

use super::{Call, calls, filled, said};
use crate::formats::read::field;
use crate::model::code::Turn;

/// The turns of a message that `role` said; `base` has what holds of all of them.
pub fn blocks<'a>(base: &Turn<'a>, role: &'a str, content: &'a Value) -> Vec<Turn<'a>> {
    match content {
        Value::Array(list) => list
            .iter()
            .flat_map(|block| of(base, role, block))
            .collect(),
        one => of(base, role, one),
    }
}

/// What kind of speech a text of `role` is.
pub fn spoken(role: &str) -> &'static str {
    match role {
        "user" | "human" => "prompt",
        "assistant" | "model" | "agent" => "text",
        _ => "system",
    }
}

fn of<'a>(base: &Turn<'a>, role: &'a str, block: &'a Value) -> Vec<Turn<'a>> {
    let text = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| field::text(block, key));
        found.map(Cow::Borrowed)
    };
    let base = Turn {
        role: Some(role.into()),
        ..base.clone()
    };
    match field::text(block, "/type").unwrap_or_default() {
        "thinking" | "redacted_thinking" | "reasoning" => {
            let thought = ["/thinking", "/text"]
                .iter()
                .find_map(|key| field::text(block, key));
            let turn = |text| Turn {
                kind: Some("thinking".into()),
                text: Some(text),
                ..base
            };
            thought.and_then(filled).map(turn).into_iter().collect()
        }
        "tool_use" | "toolCall" | "tool_call" | "server_tool_use" | "mcp_tool_use" => {
            let name = text(&["/name", "/toolName"]);
            let input = ["input", "arguments", "args"]
                .iter()
                .find_map(|key| block.get(*key))
                .unwrap_or(&Value::Null);
            let call = Call::new(name.as_deref().unwrap_or_default(), input);
            let base = Turn {
                call_id: text(&["/id", "/toolCallId"]),
                ..base
            };
            calls(&base, name, call)
        }
        kind if kind.ends_with("tool_result") || kind == "toolResult" => vec![Turn {
            kind: Some("tool_result".into()),
            call_id: text(&["/tool_use_id", "/toolCallId"]),
            text: block.get("content").and_then(said),
            is_error: block
                .get("is_error")
                .or_else(|| block.get("isError"))
                .and_then(Value::as_bool),
            ..base
        }],
        _ => {
            let turn = |text| Turn {
                kind: Some(spoken(role).into()),
                text: Some(text),
                ..base
            };
            said(block).map(turn).into_iter().collect()
        }
    }
}

//! Items: messages, reasoning, calls and their results.

use std::borrow::Cow;

use serde_json::Value;

use crate::formats::read::agent::{Call, calls, filled, said};
use crate::formats::read::{cut, field};
use crate::model::code::Turn;

/// What the client puts into the user's mouth begins so.
const GENERATED: [&str; 12] = [
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<turn_aborted>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<skill>",
    "<INSTRUCTIONS>",
    "<model_switch>",
    "<apps_instructions>",
    "# AGENTS.md instructions",
];

/// How far into an output its exit code is looked for, in bytes.
const CODE_WITHIN: usize = 512;

/// True for the name of an item, which a line of the first generation has as its own type.
pub(super) fn is_known(name: &str) -> bool {
    matches!(
        name,
        "message" | "reasoning" | "ghost_snapshot" | "compaction"
    ) || name.ends_with("_call")
        || name.ends_with("_output")
}

/// True for an item of the model's own that becomes a turn.
pub(super) fn is_reply(item: &Value) -> bool {
    match field::text(item, "/type").unwrap_or_default() {
        "message" => {
            field::text(item, "/role") == Some("assistant")
                && item
                    .get("content")
                    .is_some_and(|content| said(content).is_some())
        }
        "reasoning" => thought(item).is_some(),
        name => name.ends_with("_call"),
    }
}

/// What kind of speech a text is: only what a person typed is a prompt.
pub(super) fn spoken(role: &str, text: &str) -> &'static str {
    let text = text.trim_start();
    match role {
        "assistant" => "text",
        "user" if GENERATED.iter().any(|opening| text.starts_with(opening)) => "system",
        "user" => "prompt",
        _ => "system",
    }
}

/// The turns of an item, or the rule that passes it over.
pub(super) fn turns<'a>(base: &Turn<'a>, item: &'a Value) -> Result<Vec<Turn<'a>>, &'static str> {
    let kind = field::text(item, "/type").unwrap_or_default();
    Ok(match kind {
        "message" => {
            let role = field::text(item, "/role").unwrap_or_default();
            let text = item
                .get("content")
                .and_then(said)
                .ok_or("message without text")?;
            vec![Turn {
                role: Some(if role == "developer" { "system" } else { role }.into()),
                kind: Some(spoken(role, &text).into()),
                message_id: field::cell(item, "/id"),
                text: Some(text),
                ..base.clone()
            }]
        }
        "reasoning" => {
            let text = thought(item).ok_or("encrypted reasoning")?;
            vec![Turn {
                role: Some("assistant".into()),
                kind: Some("thinking".into()),
                text: Some(text),
                ..base.clone()
            }]
        }
        "ghost_snapshot" => return Err("snapshot"),
        "compaction" | "compaction_summary" => return Err("encrypted compaction"),
        name if name.ends_with("_output") => vec![result(base, item)],
        name if name.ends_with("_call") => call(base, item, name),
        _ => return Err("unknown type of item"),
    })
}

/// The text of reasoning: its summary, or in open models all of it.
fn thought(item: &Value) -> Option<Cow<'_, str>> {
    let parts = ["summary", "content"];
    parts.iter().find_map(|part| said(item.get(*part)?))
}

fn call<'a>(base: &Turn<'a>, item: &'a Value, kind: &'a str) -> Vec<Turn<'a>> {
    let name = field::text(item, "/name").unwrap_or_else(|| kind.trim_end_matches("_call"));
    // An MCP server's tool has its server beside it.
    let name = match field::text(item, "/namespace") {
        Some(server) => Cow::Owned(format!("{server}{name}")),
        None => Cow::Borrowed(name),
    };
    let input = ["arguments", "input", "action"]
        .iter()
        .find_map(|key| item.get(*key).filter(|value| !value.is_null()))
        .unwrap_or(&Value::Null);
    let call = Call::new(&name, input);
    calls(base, Some(name), call)
}

fn result<'a>(base: &Turn<'a>, item: &'a Value) -> Turn<'a> {
    let output = item.get("output").or_else(|| item.get("tools"));
    let output = output.unwrap_or(&Value::Null);
    let (text, is_error) = match output {
        Value::String(text) => outcome(text),
        Value::Object(_) => {
            let failed = output.get("success").and_then(Value::as_bool).map(|it| !it);
            (said(output), failed)
        }
        other => (said(other), None),
    };
    Turn {
        role: Some("user".into()),
        kind: Some("tool_result".into()),
        text,
        is_error,
        ..base.clone()
    }
}

/// The text of an output, and whether it says that the tool failed.
fn outcome(text: &str) -> (Option<Cow<'_, str>>, Option<bool>) {
    let wrapped = text.trim_start().starts_with('{');
    let value = || serde_json::from_str::<Value>(text).ok();
    if let Some(value) = wrapped.then(value).flatten() {
        let code = value.pointer("/metadata/exit_code").and_then(Value::as_i64);
        if let (Some(code), Some(inner)) = (code, value.get("output")) {
            let inner = said(inner).map(|text| Cow::Owned(text.into_owned()));
            return (inner, Some(code != 0));
        }
    }
    let code = cut(text, CODE_WITHIN).lines().find_map(|line| {
        let code = line
            .strip_prefix("Exit code: ")
            .or_else(|| line.strip_prefix("Process exited with code "))?;
        code.trim().parse::<i64>().ok()
    });
    (filled(text), code.map(|code| code != 0))
}

/// The result that only the event of a call's end tells.
pub(super) fn ended<'a>(base: &Turn<'a>, event: &'a Value) -> Turn<'a> {
    let flag = |key: &str| event.get(key).and_then(Value::as_bool).map(|it| !it);
    let code = event.get("exit_code").and_then(Value::as_i64);
    let outputs = [
        "aggregated_output",
        "formatted_output",
        "stdout",
        "stderr",
        "result",
    ];
    let text = outputs.iter().find_map(|key| said(event.get(*key)?));
    let command = || {
        let words = event
            .get("command")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str);
        let words: Vec<&str> = words.collect();
        filled(&words.join(" ")).map(|text| Cow::Owned(text.into_owned()))
    };
    Turn {
        role: Some("user".into()),
        kind: Some("tool_result".into()),
        text: text.or_else(command),
        is_error: code.map(|code| code != 0).or_else(|| flag("success")),
        ..base.clone()
    }
}

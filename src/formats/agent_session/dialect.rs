//! The words of each agent.

use std::borrow::Cow;

use serde_json::Value;

use crate::formats::read::agent::{Call, Talk, blocks, calls, filled, first, said, spoken};
use crate::formats::read::field;
use crate::formats::{CERTAIN, LIKELY, Likelihood, PERHAPS, Peek, has};
use crate::model::code::Turn;

/// Whose records they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Cursor,
    Droid,
    Pi,
    Windsurf,
    Continue,
}

/// Turns, or the rule that passes the record over.
type Told<'a> = Result<Vec<Turn<'a>>, &'static str>;

impl Dialect {
    /// The dialect that the head of a file is in, and how sure that is.
    pub(super) fn of(peek: &Peek<'_>) -> Option<(Self, Likelihood)> {
        let kind = |value: &Value| field::text(value, "/type").unwrap_or_default().to_owned();
        let typed = |value: &Value, name: &str| kind(value) == name;
        let message = |value: &Value| {
            let content = value.pointer("/message/content");
            let has_content = content.is_some_and(|it| it.is_array() || it.is_string());
            has_content && value.pointer("/message/role").is_some_and(Value::is_string)
        };
        let droid = |value: &Value| {
            typed(value, "session_start")
                && has(value, &["id"])
                && (has(value, &["cwd"]) || has(value, &["title"]))
        };
        let pi = |value: &Value| typed(value, "session") && has(value, &["version", "id", "cwd"]);
        let line = |value: &Value| {
            typed(value, "message") && message(value) && has(value, &["id", "timestamp"])
        };
        let windsurf = |value: &Value| {
            let kind = kind(value);
            !kind.is_empty()
                && value.get("status").is_some_and(Value::is_string)
                && value.get(&*kind).is_some_and(Value::is_object)
        };
        let cursor = |value: &Value| {
            let known = matches!(
                field::text(value, "/role"),
                Some("user" | "assistant" | "system")
            );
            let content = value.pointer("/message/content");
            let others = ["type", "uuid", "sessionId", "timestamp"];
            known && content.is_some() && !others.iter().any(|key| value.get(*key).is_some())
        };
        let continued = |value: &Value| {
            value.get("history").is_some_and(Value::is_array)
                && has(value, &["sessionId"])
                && (has(value, &["workspaceDirectory"]) || has(value, &["title"]))
        };
        if peek.any(droid) {
            Some((Self::Droid, CERTAIN))
        } else if peek.any(pi) {
            Some((Self::Pi, CERTAIN))
        } else if peek.first().is_some_and(continued) {
            Some((Self::Continue, CERTAIN))
        } else if peek.share(windsurf) >= 50 {
            Some((Self::Windsurf, LIKELY))
        } else if peek.share(cursor) >= 50 {
            Some((Self::Cursor, LIKELY))
        } else if peek.share(line) >= 50 {
            let is_pi = |value: &Value| {
                line(value)
                    && (has(value, &["parentId"]) || value.pointer("/message/provider").is_some())
            };
            Some((
                if peek.any(is_pi) {
                    Self::Pi
                } else {
                    Self::Droid
                },
                PERHAPS,
            ))
        } else {
            None
        }
    }

    /// The agent's name as git-ai has it.
    pub(super) fn tool(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::Droid => "droid",
            Self::Pi => "pi",
            Self::Windsurf => "windsurf",
            Self::Continue => "continue-cli",
        }
    }

    /// True for the record that tells of the session as a whole.
    pub(super) fn is_opening(self, value: &Value) -> bool {
        let kind = field::text(value, "/type").unwrap_or_default();
        match self {
            Self::Droid => kind == "session_start",
            Self::Pi => kind == "session",
            Self::Continue => value.get("history").is_some(),
            Self::Cursor | Self::Windsurf => false,
        }
    }

    /// The turns of a record.
    pub(super) fn turns<'a>(self, value: &'a Value, talk: &mut Talk<'_>) -> Told<'a> {
        let base = Turn {
            turn_id: field::cell(value, "/id"),
            parent_id: field::cell(value, "/parentId"),
            ..owned(talk)
        };
        match self {
            Self::Windsurf => windsurf(&base, value),
            Self::Continue => continued(&base, value),
            Self::Cursor => {
                let role = field::text(value, "/role").ok_or("record without a role")?;
                Ok(message(base, role, value, talk))
            }
            Self::Droid | Self::Pi => match field::text(value, "/type").unwrap_or_default() {
                "message" => {
                    let role =
                        field::text(value, "/message/role").ok_or("record without a role")?;
                    Ok(message(base, role, value, talk))
                }
                "compaction" | "compaction_state" => Ok(summary(base, value)),
                "model_change" => {
                    let model = field::text(value, "/modelId").map(str::to_owned);
                    first(&mut talk.row.model, model);
                    Err("change of model")
                }
                _ => Err("record of the client"),
            },
        }
    }
}

/// A turn of the session that borrows nothing of it.
fn owned<'a>(talk: &Talk<'_>) -> Turn<'a> {
    let text =
        |cell: &Option<Cow<'_, str>>| cell.as_deref().map(|text| Cow::Owned(text.to_owned()));
    Turn {
        tool: text(&talk.row.tool),
        session_id: text(&talk.row.session_id),
        is_sidechain: Some(false),
        ..Turn::default()
    }
}

fn summary<'a>(base: Turn<'a>, value: &'a Value) -> Vec<Turn<'a>> {
    let text = ["/summary", "/summaryText"]
        .iter()
        .find_map(|at| field::text(value, at));
    let turn = |text| Turn {
        role: Some("system".into()),
        kind: Some("summary".into()),
        text: Some(text),
        ..base
    };
    text.and_then(filled).map(turn).into_iter().collect()
}

/// A message with content blocks.
fn message<'a>(
    base: Turn<'a>,
    role: &'a str,
    value: &'a Value,
    talk: &mut Talk<'_>,
) -> Vec<Turn<'a>> {
    let Some(message) = value.get("message") else {
        return Vec::new();
    };
    let model = field::text(message, "/model");
    first(&mut talk.row.model, model.map(str::to_owned));
    let base = Turn {
        model: model.map(Cow::Borrowed),
        message_id: field::cell(message, "/responseId"),
        ..base
    };
    let content = message.get("content").unwrap_or(&Value::Null);
    let mut turns = match role {
        "toolResult" => vec![Turn {
            role: Some("user".into()),
            kind: Some("tool_result".into()),
            call_id: field::cell(message, "/toolCallId"),
            text: said(content),
            is_error: message.get("isError").and_then(Value::as_bool),
            ..base
        }],
        "bashExecution" => {
            let command = field::text(message, "/command").and_then(filled);
            let call = Turn {
                role: Some("user".into()),
                kind: Some("tool_call".into()),
                name: Some("bash".into()),
                text: command,
                is_write: Some(false),
                ..base
            };
            vec![call]
        }
        role => blocks(&base, role, content),
    };
    for turn in &mut turns {
        turn.text = turn.text.take().map(asked);
    }
    if let Some(first) = turns.first_mut() {
        let tokens = |keys: &[&str]| {
            let number = |key: &&str| message.get("usage")?.get(*key)?.as_i64();
            keys.iter().filter_map(number).reduce(i64::saturating_add)
        };
        first.input_tokens = tokens(&["input", "cacheRead", "cacheWrite"]);
        first.output_tokens = tokens(&["output"]);
    }
    turns
}

/// The text inside `<user_query>`.
fn asked(text: Cow<'_, str>) -> Cow<'_, str> {
    fn inside(text: &str) -> Option<&str> {
        let text = text.trim().strip_prefix("<user_query>")?;
        Some(text.strip_suffix("</user_query>")?.trim())
    }
    match text {
        Cow::Borrowed(text) => inside(text).unwrap_or(text).into(),
        Cow::Owned(text) => inside(&text).map(str::to_owned).unwrap_or(text).into(),
    }
}

/// What the agent did is the type; how it went is told in the same record.
fn windsurf<'a>(base: &Turn<'a>, value: &'a Value) -> Told<'a> {
    let kind = field::text(value, "/type").ok_or("record without a type")?;
    let step = value.get(kind).unwrap_or(&Value::Null);
    let speech = |role: &'static str, pointer: &str| {
        let turn = |text| Turn {
            role: Some(role.into()),
            kind: Some(spoken(role).into()),
            text: Some(text),
            ..base.clone()
        };
        let text = field::text(step, pointer).and_then(filled);
        text.map(turn).into_iter().collect()
    };
    Ok(match kind {
        "user_input" => speech("user", "/user_response"),
        "planner_response" => speech("assistant", "/response"),
        _ => {
            let mut turns = calls(base, Some(kind.into()), Call::new(kind, step));
            let output = ["output", "content", "result"]
                .iter()
                .find_map(|key| said(step.get(*key)?));
            let code = step.get("exit_code").and_then(Value::as_i64);
            let failed = code.map(|code| code != 0);
            let failed = failed.or_else(|| field::text(value, "/status").map(|it| it == "error"));
            if output.is_some() || code.is_some() {
                turns.push(Turn {
                    role: Some("user".into()),
                    kind: Some("tool_result".into()),
                    text: output,
                    is_error: failed,
                    ..base.clone()
                });
            }
            turns
        }
    })
}

/// A message with its calls in the form of the completions API, and their states beside it.
fn continued<'a>(base: &Turn<'a>, value: &'a Value) -> Told<'a> {
    let message = value.get("message").ok_or("record without a message")?;
    let role = field::text(message, "/role").ok_or("record without a role")?;
    let is_result = role == "tool";
    let states = field::list(value, "/toolCallStates");
    let content = message.get("content").and_then(said);
    let mut turns: Vec<Turn<'a>> = content
        .map(|text| Turn {
            role: Some(if is_result { "user" } else { role }.into()),
            kind: Some(
                if is_result {
                    "tool_result"
                } else {
                    spoken(role)
                }
                .into(),
            ),
            call_id: field::cell(message, "/toolCallId"),
            text: Some(text),
            ..base.clone()
        })
        .into_iter()
        .collect();
    for call in field::list(message, "/toolCalls") {
        let id = field::text(call, "/id");
        let name = field::cell(call, "/function/name");
        let input = call.pointer("/function/arguments").unwrap_or(&Value::Null);
        let base = Turn {
            call_id: id.map(Cow::Borrowed),
            ..base.clone()
        };
        let done = Call::new(name.as_deref().unwrap_or_default(), input);
        turns.extend(calls(&base, name, done));
        let state = states
            .iter()
            .find(|state| id.is_some() && field::text(state, "/toolCallId") == id);
        let result = state.and_then(|state| Some((state, said(state.get("output")?)?)));
        turns.extend(result.map(|(state, text)| Turn {
            role: Some("user".into()),
            kind: Some("tool_result".into()),
            is_error: field::text(state, "/status").map(|it| it != "done"),
            text: Some(text),
            ..base
        }));
    }
    Ok(turns)
}

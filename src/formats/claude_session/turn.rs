//! Turns: what each block of a message, or a system line, says.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::words::{Block, Input, Line};
use crate::formats::read::{bounded, raw};
use crate::model::code::Turn;

/// What the client puts into the user's mouth begins so.
const GENERATED: [&str; 10] = [
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<local-command-caveat>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<system-reminder>",
    "<task-notification>",
    "<user-prompt-submit-hook>",
    "[Request interrupted by user",
    "Caveat: The messages below were generated",
];

/// One turn per block; none where the content is empty, `None` where there is no content at all.
pub(super) fn of_message<'t>(line: &'t Line<'_>) -> Option<Vec<Turn<'t>>> {
    let message = line.message.as_ref()?;
    let mut blocks = message.content.map(Block::all).unwrap_or_default();
    if blocks.is_empty() && message.usage.is_some() {
        // A line that was stripped of its text still says what the reply cost.
        blocks.push(Block::default());
    }
    if blocks.is_empty() && message.content.is_none() {
        return None;
    }
    let role = message.role.as_deref().unwrap_or(line.kind());
    let base = Turn {
        role: Some(role.into()),
        model: message.model().map(Cow::Borrowed),
        message_id: borrowed(message.id.as_ref()),
        ..of_line(line)
    };
    let turns = blocks.into_iter().zip(0..).map(|(block, at)| {
        let base = Turn {
            block: Some(at),
            ..base.clone()
        };
        of_block(base, block, line)
    });
    Some(turns.collect())
}

/// The text of a system line, or the commands that it reports; none where it has neither.
pub(super) fn of_system<'t>(line: &'t Line<'_>) -> Vec<Turn<'t>> {
    let hooks = line
        .hook_infos
        .iter()
        .flatten()
        .filter_map(|hook| hook.command.as_deref());
    let commands: Vec<&str> = hooks.collect();
    let said = line.content.as_deref().map(Cow::Borrowed);
    let text = said.or_else(|| (!commands.is_empty()).then(|| commands.join("\n").into()));
    let turn = |text| Turn {
        block: Some(0),
        role: Some("system".into()),
        kind: Some("system".into()),
        name: borrowed(line.subtype.as_ref()),
        text: Some(text),
        ..of_line(line)
    };
    text.map(turn).into_iter().collect()
}

/// What the line itself says of its turns.
fn of_line<'t>(line: &'t Line<'_>) -> Turn<'t> {
    Turn {
        tool: Some(super::session::TOOL.into()),
        session_id: borrowed(line.session_id.as_ref()),
        turn_id: borrowed(line.uuid.as_ref()),
        parent_id: borrowed(line.parent_uuid.as_ref()),
        is_sidechain: Some(line.is_sidechain),
        ..Turn::default()
    }
}

fn of_block<'t>(base: Turn<'t>, block: Block<'t>, line: &'t Line<'_>) -> Turn<'t> {
    let kind = block.kind.clone().unwrap_or_default();
    match kind.as_ref() {
        "thinking" | "redacted_thinking" => Turn {
            kind: Some("thinking".into()),
            text: block.thinking,
            ..base
        },
        "tool_use" | "server_tool_use" | "mcp_tool_use" => of_call(base, block),
        kind if kind.ends_with("tool_result") => {
            let text = block
                .content
                .and_then(flat)
                .or_else(|| borrowed(line.tool_use_result.as_ref()));
            Turn {
                kind: Some("tool_result".into()),
                call_id: block.tool_use_id,
                is_error: Some(block.is_error),
                text,
                ..base
            }
        }
        _ => {
            let text = block.text.or_else(|| placeholder(&kind));
            let kind = spoken(
                line,
                base.role.as_deref(),
                text.as_deref().unwrap_or_default(),
            );
            Turn {
                kind: Some(kind.into()),
                text,
                ..base
            }
        }
    }
}

fn of_call<'t>(base: Turn<'t>, block: Block<'t>) -> Turn<'t> {
    let input = block
        .input
        .and_then(|raw| serde_json::from_str::<Input<'_>>(raw.get()).ok());
    let input = input.unwrap_or_default();
    let searched = match (input.pattern, input.path) {
        (Some(pattern), Some(path)) => Some(format!("{pattern} in {path}").into()),
        (pattern, path) => pattern.or(path),
    };
    let file_path = input.file_path;
    let url = input.url;
    let text = input
        .command
        .or_else(|| file_path.clone())
        .or_else(|| url.clone());
    let text = text.or(input.query).or(searched).or(input.description);
    let writes = |name: &str| matches!(name, "Edit" | "Write" | "MultiEdit" | "NotebookEdit");
    let is_write = file_path.is_some() && block.name.as_deref().is_some_and(writes);
    Turn {
        is_write: Some(is_write),
        kind: Some("tool_call".into()),
        name: block.name,
        call_id: block.id,
        text: text.or(input.prompt).or(input.plan).or(input.skill),
        input: block.input.and_then(raw::json).map(Cow::Borrowed),
        file_path,
        url,
        ..base
    }
}

/// What kind of speech a text is: only what a person typed is a prompt.
fn spoken(line: &Line<'_>, role: Option<&str>, text: &str) -> &'static str {
    let text = text.trim_start();
    if line.is_compact_summary {
        "summary"
    } else if role != Some("user") {
        "text"
    } else if line.is_meta || GENERATED.iter().any(|opening| text.starts_with(opening)) {
        "system"
    } else if line.is_sidechain {
        // A subagent is asked by its agent.
        "text"
    } else {
        "prompt"
    }
}

/// The text of a tool's result: a string, or a list of blocks.
fn flat(content: &RawValue) -> Option<Cow<'_, str>> {
    let mut blocks = Block::all(content).into_iter();
    let mut text = said(blocks.next()?)?;
    for more in blocks.filter_map(said) {
        let text = text.to_mut();
        text.push('\n');
        text.push_str(&more);
    }
    Some(match text {
        Cow::Owned(text) => bounded(&text).to_owned().into(),
        Cow::Borrowed(text) => text.into(),
    })
}

fn said(block: Block<'_>) -> Option<Cow<'_, str>> {
    let kind = block.kind.unwrap_or_default();
    block.text.or_else(|| placeholder(&kind))
}

/// Stands for what is no text, such as a picture.
fn placeholder(kind: &str) -> Option<Cow<'static, str>> {
    (!matches!(kind, "" | "text")).then(|| format!("[{kind}]").into())
}

fn borrowed<'t>(cell: Option<&'t Cow<'_, str>>) -> Option<Cow<'t, str>> {
    cell.map(|text| Cow::Borrowed(text.as_ref()))
}

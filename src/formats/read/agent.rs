//! Coding agents: what their transcripts have in common, whoever writes them.
//!
//! Every agent tells of sessions, prompts, answers, tool calls and results; they differ in the words
//! around them. A format reads the words; here is what several of them must read alike: an agent's
//! name as git-ai's session keys have it (so that a note, a checkpoint and a transcript name the same
//! session), what a tool call does in a few words, which files it writes, and the session row that
//! the turns of a chunk add up to.

mod block;
mod call;

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

pub use self::block::{blocks, spoken};
pub use self::call::Call;
use super::bounded;
use super::json::Outcome;
use crate::model::code::{Session, Turn};
use crate::model::record::Text;
use crate::model::{Sink, Span, Stamp, id};

/// An agent's name as git-ai spells it in session keys, from any product name: `Claude Code`,
/// `claude-code`, `Codex CLI`. A name that is not known is given in lower case with dashes.
pub fn tool(name: &str) -> Cow<'static, str> {
    let plain: String = name
        .trim()
        .to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let known = match plain.as_str() {
        "claude" | "claude-code" | "claude-cli" | "anthropic-claude-code" => "claude",
        "codex" | "codex-cli" | "codex-cli-rs" | "openai-codex" => "codex",
        "gemini" | "gemini-cli" => "gemini",
        "cursor" | "cursor-cli" | "cursor-agent" => "cursor",
        "copilot" | "github-copilot" | "github-copilot-chat" => "github-copilot",
        "copilot-cli" | "github-copilot-cli" => "github-copilot-cli",
        "droid" | "factory-droid" | "factory-droid-cli" => "droid",
        "windsurf" | "codeium-windsurf" => "windsurf",
        "continue" | "continue-cli" => "continue-cli",
        "opencode" | "open-code" => "opencode",
        "amp" | "amp-cli" | "sourcegraph-amp" => "amp",
        "pi" | "pi-coding-agent" => "pi",
        _ => return plain.into(),
    };
    known.into()
}

/// The text of a message's content: a string, a list of parts, or one part. What is no text is named
/// in brackets.
pub fn said(content: &Value) -> Option<Cow<'_, str>> {
    match content {
        Value::String(text) => filled(text),
        Value::Array(parts) => {
            let parts: Vec<Cow<'_, str>> = parts.iter().filter_map(said).collect();
            match parts.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                more => Some(bounded(&more.join("\n")).to_owned().into()),
            }
        }
        Value::Object(part) => {
            let text = ["text", "content", "output", "value"];
            let found = text.iter().find_map(|key| said(part.get(*key)?));
            let kind = part.get("type").and_then(Value::as_str);
            let placeholder = || {
                let kind = kind.filter(|kind| !kind.contains("text"))?;
                Some(format!("[{}]", bounded(kind)).into())
            };
            found.or_else(placeholder)
        }
        _ => None,
    }
}

/// A text that says something, bounded.
pub fn filled(text: &str) -> Option<Cow<'_, str>> {
    (!text.trim().is_empty()).then(|| bounded(text).into())
}

/// The session that the records of a chunk belong to, as far as the chunk tells of it.
pub struct Talk<'t> {
    /// The row; what a format learns of the session goes here.
    pub row: Session<'t>,
    span: Option<Span>,
}

impl<'t> Talk<'t> {
    /// A session of `tool`, whose id may be unknown: then its turns have none, and it has no row.
    pub fn new(tool: impl Into<Cow<'t, str>>, id: Option<Cow<'t, str>>) -> Self {
        let tool = tool.into();
        let row = Session {
            session_hash: id.as_deref().map(|id| id::session_hash(&tool, id).into()),
            tool: Some(tool),
            session_id: id,
            ..Session::default()
        };
        Self { row, span: None }
    }

    /// Takes note of a record of the session.
    pub fn see(&mut self, span: Span, ts_ns: Option<i64>) {
        self.span.get_or_insert(span);
        if let Some(ts) = ts_ns {
            let row = &mut self.row;
            row.started_ns = Some(row.started_ns.map_or(ts, |started| started.min(ts)));
            row.ended_ns = Some(row.ended_ns.map_or(ts, |ended| ended.max(ts)));
        }
    }

    /// A turn of the session, with nothing in it yet.
    pub fn turn<'a>(&self) -> Turn<'a>
    where
        't: 'a,
    {
        Turn {
            tool: self.row.tool.clone(),
            session_id: self.row.session_id.clone(),
            is_sidechain: Some(false),
            ..Turn::default()
        }
    }

    /// Hands over the session's row, if any record was seen and its id is known.
    pub fn push(self, sink: &mut dyn Sink) {
        if let (Some(span), true) = (self.span, self.row.session_id.is_some()) {
            sink.record(Stamp::new(span, self.row.started_ns), &self.row);
        }
    }
}

/// The sessions of a chunk that may tell of several, in the order in which they appear.
pub struct Talks<'t> {
    tool: &'static str,
    told: Vec<Talk<'t>>,
    by_id: HashMap<Option<String>, usize>,
}

impl<'t> Talks<'t> {
    /// Sessions of `tool`.
    pub fn new(tool: &'static str) -> Self {
        Self {
            tool,
            told: Vec::new(),
            by_id: HashMap::new(),
        }
    }

    /// The session of this id.
    pub fn of(&mut self, id: Option<&str>) -> &mut Talk<'t> {
        let new = self.told.len();
        let at = *self.by_id.entry(id.map(str::to_owned)).or_insert(new);
        if at == new {
            let id = id.map(|id| Cow::Owned(bounded(id).to_owned()));
            self.told.push(Talk::new(self.tool, id));
        }
        &mut self.told[at]
    }

    /// Hands over the rows.
    pub fn push(self, sink: &mut dyn Sink) {
        for talk in self.told {
            talk.push(sink);
        }
    }
}

/// A turn like `base` that `role` says.
pub fn turn<'a>(base: &Turn<'a>, role: &'a str, kind: &'a str, text: Text<'a>) -> Turn<'a> {
    Turn {
        role: Some(role.into()),
        kind: Some(kind.into()),
        text,
        ..base.clone()
    }
}

/// Hands over the turns of one record, their blocks numbered. Tokens belong on the first.
pub fn tell(stamp: Stamp, turns: Vec<Turn<'_>>, sink: &mut dyn Sink) -> Outcome {
    if turns.is_empty() {
        return Outcome::Ignored("record without text");
    }
    for (turn, block) in turns.into_iter().zip(0..) {
        let turn = Turn {
            block: Some(block),
            ..turn
        };
        sink.record(stamp, &turn);
    }
    Outcome::Kept
}

/// The turns of a tool call: the call itself, and one for each further file that it writes.
pub fn calls<'a>(base: &Turn<'a>, name: Option<Cow<'a, str>>, call: Call<'a>) -> Vec<Turn<'a>> {
    let writes = call.writes;
    let head = Turn {
        role: Some("assistant".into()),
        kind: Some("tool_call".into()),
        name,
        text: call.text,
        input: call.input,
        file_path: call.file_path,
        url: call.url,
        is_write: Some(writes),
        ..base.clone()
    };
    let mut turns = vec![head];
    turns.extend(call.more.into_iter().map(|path| Turn {
        role: Some("assistant".into()),
        kind: Some("file_edit".into()),
        file_path: Some(path),
        is_write: Some(true),
        call_id: base.call_id.clone(),
        ..base.clone()
    }));
    turns
}

/// Fills `cell` with the first text that is not empty.
pub fn first<'t>(cell: &mut Option<Cow<'t, str>>, text: Option<impl Into<Cow<'t, str>>>) {
    if cell.is_none() {
        *cell = text.map(Into::into).filter(|text| !text.is_empty());
    }
}

/// A session id out of a file's path: the last UUID in it, else its name without extensions.
pub fn id_of_path(path: &str) -> Option<&str> {
    let is_uuid = |text: &str| {
        let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
        let fits = |(at, byte): (usize, u8)| {
            let hex = byte.is_ascii_hexdigit();
            if dash(at) { byte == b'-' } else { hex }
        };
        text.len() == 36 && text.bytes().enumerate().all(fits)
    };
    let last = path.len().checked_sub(36);
    let uuid = last.and_then(|last| {
        let starts = (0..=last).rev();
        let mut found = starts.filter_map(|start| path.get(start..start + 36));
        found.find(|text| is_uuid(text))
    });
    let name = path.rsplit(['/', '\\', '!']).next()?;
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    uuid.or_else(|| Some(stem).filter(|stem| !stem.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_agent_has_one_name() {
        for (name, expected) in [
            ("Claude Code", "claude"),
            ("claude-code", "claude"),
            ("Codex CLI", "codex"),
            ("codex_cli_rs", "codex"),
            ("Factory Droid CLI", "droid"),
            ("GitHub Copilot", "github-copilot"),
            ("DeepSeek TUI", "deepseek-tui"),
        ] {
            assert_eq!(tool(name), expected, "{name}");
        }
    }

    #[test]
    fn content_is_text_wherever_it_stands() {
        for (content, expected) in [
            (json!("a"), Some("a")),
            (json!(["a", {"type": "text", "text": "b"}]), Some("a\nb")),
            (
                json!([{"type": "input_image", "url": "x"}]),
                Some("[input_image]"),
            ),
            (json!([{"functionResponse": 1}]), None),
            (
                json!({"output": {"content": [{"text": "deep"}]}}),
                Some("deep"),
            ),
            (json!("  "), None),
            (json!(null), None),
        ] {
            assert_eq!(said(&content).as_deref(), expected, "{content}");
        }
    }

    #[test]
    fn a_path_may_hold_the_id() {
        let uuid = "0199a213-81c0-7800-8aa1-bbab2a035a53";
        let path = format!("x/rollout-2025-10-02T11-00-00-{uuid}.jsonl");
        assert_eq!(id_of_path(&path), Some(uuid));
        assert_eq!(id_of_path("a.tar!b/session-abc.jsonl"), Some("session-abc"));
        assert_eq!(id_of_path("é/.x"), None);
    }
}

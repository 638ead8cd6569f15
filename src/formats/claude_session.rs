//! Claude Code transcripts: what a coding agent was asked, answered and did.
//!
//! `~/.claude/projects/<directory>/<session>.jsonl`, one JSON object a line, appended while the
//! agent works; a subagent has a file of its own (`<session>/subagents/agent-*.jsonl`) or, in older
//! versions, lines with `isSidechain`. While it runs, its agent's file reports each of its messages
//! (`progress` lines with `agent_progress`); they are read as the subagent's own lines, because its
//! file may be missing and its commands ran all the same. The format is undocumented; this follows
//! the lines that versions 1.0 to 2.1 write.
//!
//! Each content block of a message becomes a turn, cited by its line, because only the line says
//! who and when. Each session that a chunk mentions becomes one row, cited by the first line that
//! mentions it, with what the chunk knows of it; a view joins the rows of several chunks and files.
//! The working directory names no repository, so none is given except by a pull request's link.
//!
//! A reply is written as several lines that repeat its `usage`, and the early ones were written
//! while it was still streaming. So tokens are given once per reply, on its first block, with the
//! last counts that the chunk has. Input counts what was read from and written to the prompt cache
//! as well. A reply that a chunk border divides is counted on both sides.
//!
//! Resumed and forked sessions copy lines: a `uuid` is read once per chunk, and copies in other
//! files keep their `turn_id`, by which a view can tell them.
//!
//! Sessions that were fetched from the service stand in one document, `{"loglines": [line, …]}`; its
//! lines lack `uuid` and `sessionId`. They are read and cited like lines of a file.
//!
//! What it is not: a witness. Everything here, tool results included, is the agent's own account.

mod session;
#[cfg(test)]
mod tests;
mod turn;
mod words;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use self::session::Sessions;
use self::words::{Line, Usage};
use super::read::json::Outcome;
use super::read::{self, Item};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Claude Code transcripts.
pub struct ClaudeSession;

impl Format for ClaudeSession {
    fn name(&self) -> &'static str {
        "claude_session"
    }

    fn about(&self) -> &'static str {
        "Claude Code transcripts: copy ~/.claude/projects/<directory>/<session>.jsonl"
    }

    fn unit(&self) -> &'static str {
        "line"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["session", "turn"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "lines with `type`, `sessionId`, `uuid` and, for `user` and `assistant`, `message`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"type":"user","sessionId":"s-1","uuid":"u-1","parentUuid":null,"cwd":"/w/shop",
 "timestamp":"2026-03-03T14:02:07Z","message":{"role":"user","content":"Charge once"}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let message =
            |value: &Value| matches!(kind(value), "user" | "assistant") && has(value, &["message"]);
        let told = |value: &Value| {
            let known =
                message(value) || matches!(kind(value), "system" | "progress" | "attachment");
            known && has(value, &["sessionId", "uuid"])
        };
        // Lines that stand before the first message of many files.
        let opening = |value: &Value| match kind(value) {
            "summary" => has(value, &["summary", "leafUuid"]),
            "file-history-snapshot" => has(value, &["messageId", "snapshot"]),
            "queue-operation" | "last-prompt" | "permission-mode" => has(value, &["sessionId"]),
            _ => false,
        };
        // Lines that other tools have stripped of what they did not need.
        let stripped = |value: &Value| {
            let usage = value
                .get("message")
                .is_some_and(|message| has(message, &["role", "usage"]));
            has(value, &["timestamp"]) && (message(value) || (usage && has(value, &["sessionId"])))
        };
        // A session that was fetched from the service is one document.
        let documents = peek.values.iter().filter_map(|value| value.get("loglines"));
        let mut fetched = documents.filter_map(Value::as_array).flatten();
        if peek.any(told) {
            CERTAIN
        } else if peek.any(opening) || fetched.any(|line| told(line) || stripped(line)) {
            LIKELY
        } else if peek.share(stripped) >= 50 {
            PERHAPS
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let lines = lines(chunk, sink);
        let mut transcript = Transcript {
            usage: usage(&lines),
            ..Transcript::default()
        };
        let mut notes = Vec::new();
        for (line, span) in &lines {
            transcript.sessions.see(line, *span);
            if line.is_note() {
                notes.push((line, *span));
            } else {
                transcript.read(line, *span, sink).tally(*span, sink);
            }
        }
        let strays = notes
            .iter()
            .filter(|(line, _)| transcript.sessions.is_stray(line));
        let strays = strays.count();
        for (line, span) in &notes {
            transcript.sessions.note(line, strays).tally(*span, sink);
        }
        transcript.sessions.push(sink);
    }
}

fn kind(value: &Value) -> &str {
    value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The lines of the chunk; what is none is rejected at once.
fn lines<'a>(chunk: &Chunk<'a>, sink: &mut dyn Sink) -> Vec<(Line<'a>, Span)> {
    let mut lines = Vec::new();
    for item in read::values::<Line<'a>>(chunk) {
        let (line, span) = match item {
            Item::Value(line, span, _) => (line, span),
            Item::Broken(span, why) => {
                sink.read(1);
                sink.reject(span, &why);
                continue;
            }
        };
        let Some(document) = &line.loglines else {
            sink.read(1);
            lines.push((line.unfolded(), span));
            continue;
        };
        for part in document {
            sink.read(1);
            let text = part.get();
            let span = read::raw::place(chunk.bytes, chunk.offset, text.as_bytes());
            match serde_json::from_str::<Line<'a>>(text) {
                Ok(line) => lines.push((line.unfolded(), span)),
                Err(_) => sink.reject(span, "no line of a transcript"),
            }
        }
    }
    lines
}

/// The last usage that the chunk has for each reply.
fn usage<'t>(lines: &'t [(Line<'_>, Span)]) -> HashMap<&'t str, Usage> {
    let messages = lines.iter().filter_map(|(line, _)| line.message.as_ref());
    messages
        .filter_map(|message| Some((message.id.as_deref()?, message.usage?)))
        .collect()
}

/// What reading one chunk remembers from line to line.
#[derive(Default)]
struct Transcript<'t> {
    sessions: Sessions<'t>,
    /// Usage of the replies whose first line is still to come.
    usage: HashMap<&'t str, Usage>,
    /// The `uuid`s of the lines that were kept.
    told: HashSet<&'t str>,
}

impl<'t> Transcript<'t> {
    fn read(&mut self, line: &'t Line<'_>, span: Span, sink: &mut dyn Sink) -> Outcome {
        let uuid = line.uuid.as_deref();
        if uuid.is_some_and(|uuid| self.told.contains(uuid)) {
            return Outcome::Ignored("repeated line");
        }
        let mut turns = match line.kind() {
            "user" | "assistant" => match turn::of_message(line) {
                Some(turns) => turns,
                None => return Outcome::Rejected("a message without content".to_owned()),
            },
            "system" => turn::of_system(line),
            "progress" => return Outcome::Ignored("progress"),
            "file-history-snapshot" => return Outcome::Ignored("file snapshot"),
            "queue-operation" => return Outcome::Ignored("queued input"),
            _ => return Outcome::Ignored("unknown type of line"),
        };
        let Some(first) = turns.first_mut() else {
            return Outcome::Ignored("line without text");
        };
        if let Some(usage) = self.tokens(line) {
            first.input_tokens = usage.input();
            first.output_tokens = usage.output_tokens;
        }
        let stamp = Stamp::new(span, line.timestamp.as_deref().and_then(time::parse));
        for turn in &turns {
            sink.record(stamp, turn);
        }
        self.told.extend(uuid);
        Outcome::Kept
    }

    /// The usage to give on this line: that of its reply, once.
    fn tokens(&mut self, line: &'t Line<'_>) -> Option<Usage> {
        let message = line.message.as_ref()?;
        match message.id.as_deref() {
            Some(id) => self.usage.remove(id),
            None => message.usage,
        }
    }
}

//! Sessions of agents that write one message a record and little else: Cursor, Droid, Pi, Windsurf
//! and Continue. They share one file because they differ only in the words around a message.
//!
//! - Cursor, `~/.cursor/projects/<p>/agent-transcripts/<id>/<id>.jsonl`: `{role, message{content}}`; no
//!   id, no time, no tool results. The prompt stands inside `<user_query>`.
//! - Droid (Factory), `~/.factory/sessions/<p>/<id>.jsonl`: `session_start`, then `message` lines.
//! - Pi, `~/.pi/agent/sessions/<p>/<time>_<id>.jsonl`: `session`, then `message` lines; a tool's result
//!   is a message of its own, and lines form a tree (`parentId`).
//! - Windsurf, `~/.windsurf/transcripts/<id>.jsonl`: `{type, status, <type>{…}}`; no id, no time.
//! - Continue, `~/.continue/sessions/<id>.json`: one object with `history`; no times.
//!
//! None is documented; this follows files of 2025 and 2026. Where the lines do not name the session,
//! its path does. A session without times cannot be placed on a timeline; its turns keep their order
//! in the file. What it is not: a witness.

mod dialect;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::dialect::Dialect;
use super::read::agent::{Talk, first, id_of_path, tell};
use super::read::json::{self, Outcome};
use super::read::{Holders, elements, field};
use super::{Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink, Stamp, time};

const HISTORY: Holders<'_> = Holders {
    members: &["history"],
    beside: Some("sessionId"),
    label: Some("sessionId"),
};

/// Sessions of Cursor, Droid, Pi, Windsurf and Continue.
pub struct AgentSession;

impl Format for AgentSession {
    fn name(&self) -> &'static str {
        "agent_session"
    }

    fn about(&self) -> &'static str {
        "sessions of Cursor (~/.cursor/projects/*/agent-transcripts), Droid (~/.factory/sessions), \
         Pi (~/.pi/agent/sessions), Windsurf (~/.windsurf/transcripts), Continue (~/.continue/sessions)"
    }

    fn unit(&self) -> &'static str {
        "record"
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
        "`type` `session_start`, `session` or `message`; `role` and `message`; `sessionId` and `history`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"type":"session_start","id":"s-1","title":"Charge once","cwd":"/w/shop"}
{"type":"message","id":"m1","timestamp":"2026-03-03T14:02:07Z",
 "message":{"role":"user","content":[{"type":"text","text":"Charge once"}]}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        Dialect::of(peek).map_or(NO, |(_, likelihood)| likelihood)
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let head = Peek::new(chunk.path, chunk.head);
        // Whatever is asked to be read is read as something.
        let dialect = Dialect::of(&head).map_or(Dialect::Droid, |(dialect, _)| dialect);
        let opening = head.values.iter().find(|value| dialect.is_opening(value));
        let text = |pointer: &str| opening.and_then(|value| field::text(value, pointer));
        let stated = ["/id", "/sessionId"].iter().find_map(|at| text(at));
        let id = stated.or_else(|| id_of_path(chunk.path));
        let mut talk = Talk::new(dialect.tool(), id.map(|id| Cow::Owned(id.to_owned())));
        if chunk.offset == 0 {
            let row = &mut talk.row;
            first(
                &mut row.title,
                ["/title", "/sessionTitle"].iter().find_map(|at| text(at)),
            );
            first(
                &mut row.cwd,
                ["/cwd", "/workspaceDirectory"]
                    .iter()
                    .find_map(|at| text(at)),
            );
            first(&mut row.operator, text("/owner"));
        }
        elements(chunk, &HISTORY, sink, |element, sink| {
            let value = match json::value(element.bytes) {
                Ok(value) if value.is_object() => value,
                Ok(_) => return Outcome::Rejected("no object".to_owned()),
                Err(why) => return Outcome::Rejected(why),
            };
            let ts_ns = field::text(&value, "/timestamp").and_then(time::parse);
            talk.see(element.span, ts_ns);
            if dialect.is_opening(&value) {
                return Outcome::Kept;
            }
            match dialect.turns(&value, &mut talk) {
                Ok(turns) => tell(Stamp::new(element.span, ts_ns), turns, sink),
                Err(rule) => Outcome::Ignored(rule),
            }
        });
        talk.push(sink);
    }
}

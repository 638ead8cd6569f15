//! Codex CLI rollouts: what the agent was asked, answered and did, and what it was allowed to do.
//!
//! `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<uuid>.jsonl` and `archived_sessions/`, one JSON
//! object a line, after the protocol types of the agent's source (`protocol.rs`, `models.rs`, 2025 to
//! 2026). There are two generations. Since September 2025 a line is `{timestamp, type, payload}` with
//! five types and more to come; before, a line was the bare item without a time, after a first line
//! with `id`, `timestamp`, `instructions` and `git`, and with `record_type: state` lines in between.
//!
//! The commit of `session_meta.git` is the one that was checked out at the start: the parent of the
//! work. What a person sees is written twice, as an item and as an event; the item counts. Token
//! counts are events of their own: `last_token_usage` is the delta, `total_token_usage` the sum, and
//! the same pair is told again whenever rate limits change. The delta is given on the reply that it
//! follows. Reasoning is mostly encrypted; only its summary is text. Arguments are JSON inside a
//! string. Few rollouts hold exit codes but in the text of an output, so they are looked for there.
//! `turn_context` states the granted privilege (approval policy, sandbox, network) and is kept as a
//! turn of its own, with all that it says in `input`.
//!
//! The session's id stands in the first line only; a later chunk takes it from the head of the file,
//! or else from the path. A forked session copies the lines of the one before it under its own id;
//! nothing tells the copies. What it is not: a witness. All of it is the agent's own account.

mod item;
mod line;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use self::line::{Kind, Line, Lines};
use super::read::agent::{Talk, filled, first, id_of_path, tell};
use super::read::json::{self, Outcome};
use super::read::{self, Item, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek, has};
use crate::model::code::Turn;
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

const TOOL: &str = "codex";

/// Codex CLI rollouts of both generations.
pub struct CodexSession;

impl Format for CodexSession {
    fn name(&self) -> &'static str {
        "codex_session"
    }

    fn about(&self) -> &'static str {
        "Codex CLI rollouts: copy ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl"
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
        "`payload` beside a `type` such as `session_meta`, `response_item` or `event_msg`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"timestamp":"2026-03-03T14:02:07Z","type":"session_meta",
 "payload":{"id":"s-1","timestamp":"2026-03-03T14:02:07Z","cwd":"/w/shop"}}
{"timestamp":"2026-03-03T14:02:09Z","type":"response_item",
 "payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Charge once"}]}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let text = |value: &Value, key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let wrapped = |value: &Value| {
            let typed = line::TYPES.contains(&text(value, "type").as_str());
            typed && value.get("payload").is_some_and(Value::is_object)
        };
        let opening = |value: &Value| {
            let bare = value.get("type").is_none() && value.get("payload").is_none();
            bare && has(value, &["id", "timestamp", "instructions"])
        };
        let bare = |value: &Value| {
            let known = matches!(
                text(value, "type").as_str(),
                "function_call" | "function_call_output" | "local_shell_call" | "reasoning"
            );
            text(value, "record_type") == "state"
                || (known && !has(value, &["payload"]))
                || (text(value, "type") == "message"
                    && value.get("content").is_some_and(Value::is_array)
                    && has(value, &["role"]))
        };
        let named = |value: &Value| {
            wrapped(value) && text(value, "type") == "session_meta" && {
                value.pointer("/payload/id").is_some() || has(value, &["timestamp"])
            }
        };
        let opened = peek.first().is_some_and(opening);
        if peek.any(named) || (opened && peek.any(bare)) {
            CERTAIN
        } else if peek.share(wrapped) >= 50 {
            LIKELY
        } else if opened && peek.values.len() == 1 {
            PERHAPS
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let read = lines(chunk, sink);
        let lines = Lines::new(&read);
        let mut rollout = Rollout::new(chunk);
        for (at, (line, span)) in read.iter().enumerate() {
            let ts_ns = line.time();
            rollout.talk.see(*span, ts_ns);
            let stamp = Stamp::new(*span, ts_ns);
            rollout
                .read(line, &lines, at, stamp, sink)
                .tally(*span, sink);
        }
        rollout.talk.push(sink);
    }
}

/// The lines of the chunk; what is none is rejected at once.
fn lines(chunk: &Chunk<'_>, sink: &mut dyn Sink) -> Vec<(Line, Span)> {
    let mut found = Vec::new();
    for item in read::values::<IgnoredAny>(chunk) {
        sink.read(1);
        match item {
            Item::Value(_, span, bytes) => match json::value(bytes).and_then(Line::new) {
                Ok(line) => found.push((line, span)),
                Err(why) => sink.reject(span, &why),
            },
            Item::Broken(span, why) => sink.reject(span, &why),
        }
    }
    found
}

/// What reading a chunk remembers from line to line.
struct Rollout<'t> {
    talk: Talk<'t>,
    /// Model of the turn at hand.
    model: Option<String>,
    /// True in a subagent's rollout.
    is_sidechain: bool,
}

impl<'t> Rollout<'t> {
    fn new(chunk: &Chunk<'t>) -> Self {
        let head = Peek::new(chunk.path, chunk.head);
        let opening = head.values.iter().take(4).find_map(|value| {
            let line = Line::new(value.clone()).ok()?;
            (line.kind == Kind::Meta).then_some(line)
        });
        let stated = opening.as_ref().and_then(|line| {
            let id = field::text(&line.payload, "/id");
            id.or_else(|| field::text(&line.payload, "/session_id"))
                .map(|id| id.to_owned().into())
        });
        let id = stated.or_else(|| id_of_path(chunk.path).map(Cow::Borrowed));
        let is_sidechain =
            opening.is_some_and(|line| line.payload.pointer("/source/subagent").is_some());
        Self {
            talk: Talk::new(TOOL, id),
            model: None,
            is_sidechain,
        }
    }

    fn read<'a>(
        &mut self,
        line: &'a Line,
        lines: &Lines<'a>,
        at: usize,
        stamp: Stamp,
        sink: &mut dyn Sink,
    ) -> Outcome {
        let payload = &line.payload;
        match line.kind {
            Kind::Meta => {
                self.meta(payload);
                Outcome::Kept
            }
            Kind::State => Outcome::Ignored("state"),
            Kind::Unknown => Outcome::Ignored("unknown type of line"),
            Kind::Context => {
                let turn = self.context(payload);
                tell(stamp, vec![turn], sink)
            }
            Kind::Compacted => {
                let text = field::text(payload, "/message").and_then(filled);
                let turn = Turn {
                    role: Some("system".into()),
                    kind: Some("summary".into()),
                    text,
                    ..self.turn(payload)
                };
                match turn.text {
                    Some(_) => tell(stamp, vec![turn], sink),
                    None => Outcome::Ignored("compaction without text"),
                }
            }
            Kind::Item => {
                let mut turns = match item::turns(&self.turn(payload), payload) {
                    Ok(turns) => turns,
                    Err(rule) => return Outcome::Ignored(rule),
                };
                if let (Some(first), Some(usage)) = (turns.first_mut(), lines.usage_of(at)) {
                    (first.input_tokens, first.output_tokens) = usage;
                }
                tell(stamp, turns, sink)
            }
            Kind::Event => self.event(payload, lines, at, stamp, sink),
        }
    }

    fn event<'a>(
        &mut self,
        payload: &'a Value,
        lines: &Lines<'a>,
        at: usize,
        stamp: Stamp,
        sink: &mut dyn Sink,
    ) -> Outcome {
        const TWICE: Outcome = Outcome::Ignored("told by an item too");
        let kind = field::text(payload, "/type").unwrap_or_default();
        let call_id = field::text(payload, "/call_id");
        let base = self.turn(payload);
        let said = |role: &'static str, kind: &'static str, key: &str| Turn {
            role: Some(role.into()),
            kind: Some(kind.into()),
            text: field::text(payload, key).and_then(filled),
            ..base.clone()
        };
        let turn = match kind {
            "user_message" | "agent_message" if lines.has_messages() => return TWICE,
            "user_message" => {
                let turn = said("user", "prompt", "/message");
                let kind = item::spoken("user", turn.text.as_deref().unwrap_or_default());
                Turn {
                    kind: Some(kind.into()),
                    ..turn
                }
            }
            "agent_message" => said("assistant", "text", "/message"),
            "agent_reasoning" | "agent_reasoning_raw_content" => return TWICE,
            "token_count" => match *lines.usage_at(at) {
                line::Told::Unset => return Outcome::Ignored("rate limits"),
                line::Told::Again => return Outcome::Ignored("repeated token counts"),
                line::Told::OnReply => {
                    return Outcome::Ignored("token counts, given on their reply");
                }
                line::Told::Alone((input, output)) => {
                    let turn = Turn {
                        role: Some("assistant".into()),
                        kind: Some("system".into()),
                        name: Some("token_count".into()),
                        input_tokens: input,
                        output_tokens: output,
                        ..base
                    };
                    return tell(stamp, vec![turn], sink);
                }
            },
            "exec_command_end" | "patch_apply_end" | "mcp_tool_call_end" => {
                if call_id.is_some_and(|id| lines.has_output_of(id)) {
                    return TWICE;
                }
                item::ended(&base, payload)
            }
            "turn_aborted" => Turn {
                name: Some("turn_aborted".into()),
                ..said("system", "system", "/reason")
            },
            "error" | "stream_error" | "warning" => Turn {
                name: field::cell(payload, "/type"),
                ..said("system", "system", "/message")
            },
            "thread_name_updated" => {
                let title = field::text(payload, "/thread_name").map(str::to_owned);
                first(&mut self.talk.row.title, title);
                return Outcome::Kept;
            }
            _ => return Outcome::Ignored("event of the client"),
        };
        match turn.text {
            Some(_) => tell(stamp, vec![turn], sink),
            None => Outcome::Ignored("record without text"),
        }
    }

    /// Takes the facts of the session from its first line.
    fn meta(&mut self, payload: &Value) {
        let row = &mut self.talk.row;
        let text = |pointer: &str| field::text(payload, pointer).map(str::to_owned);
        first(&mut row.version, text("/cli_version"));
        first(&mut row.cwd, text("/cwd"));
        first(&mut row.branch, text("/git/branch"));
        let repository = text("/git/repository_url").and_then(|url| id::repository(&url));
        first(&mut row.repository, repository);
        let base = text("/git/commit_hash").and_then(|sha| id::commit(&sha));
        first(&mut row.base_sha, base);
        if let Some(started) = text("/timestamp").and_then(|text| time::parse(&text)) {
            row.started_ns = Some(row.started_ns.map_or(started, |known| known.min(started)));
        }
        let keys = [
            "agent_nickname",
            "agent_role",
            "forked_from_id",
            "model_provider",
            "originator",
            "source",
        ];
        let facts: serde_json::Map<String, Value> = keys
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), payload.get(*key)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        if !facts.is_empty() && row.attributes.is_none() {
            row.attributes = Some(Value::Object(facts).to_string().into());
        }
    }

    /// What the agent may do from here on.
    fn context<'a>(&mut self, payload: &'a Value) -> Turn<'a>
    where
        't: 'a,
    {
        let text = |pointers: &[&str]| {
            let mut found = pointers.iter().filter_map(|at| field::text(payload, at));
            found.next()
        };
        self.model = text(&["/model"]).map(str::to_owned);
        first(&mut self.talk.row.model, self.model.clone());
        first(&mut self.talk.row.cwd, text(&["/cwd"]).map(str::to_owned));
        let approval = text(&["/approval_policy"]);
        let sandbox = text(&[
            "/sandbox_policy/type",
            "/sandbox_policy/mode",
            "/sandbox_policy",
        ]);
        let network = payload.pointer("/sandbox_policy/network_access");
        let network = network.is_some_and(|it| {
            it.as_bool() == Some(true) || it.as_str().is_some_and(|word| word == "enabled")
        });
        let words = [
            approval.map(|word| format!("approval {word}")),
            sandbox.map(|word| format!("sandbox {word}")),
            network.then(|| "network access".to_owned()),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        let input = Some(payload.to_string()).filter(|text| text.len() <= read::TEXT_LIMIT);
        Turn {
            role: Some("system".into()),
            kind: Some("system".into()),
            name: Some("turn_context".into()),
            text: Some(words.join(", ").into()).filter(|text: &Cow<'_, str>| !text.is_empty()),
            input: input.map(Into::into),
            ..self.turn(payload)
        }
    }

    /// A turn with what holds of all turns.
    fn turn<'a>(&self, payload: &'a Value) -> Turn<'a>
    where
        't: 'a,
    {
        Turn {
            turn_id: field::cell(payload, "/id"),
            call_id: field::cell(payload, "/call_id"),
            model: self.model.clone().map(Into::into),
            is_sidechain: Some(self.is_sidechain),
            ..self.talk.turn()
        }
    }
}

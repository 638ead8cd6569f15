//! GitHub Copilot sessions, in three forms.
//!
//! The event stream of the CLI (`~/.copilot/session-state/<id>/events.jsonl`) and of VS Code's agent
//! (`GitHub.copilot-chat/transcripts/<id>.jsonl`): JSON lines `{type, data, id, timestamp, parentId}`
//! that open with `session.start`. And VS Code's *Chat: Export Chat…* or `chatSessions/<id>.json`: one
//! object with `requests`, times in milliseconds. None is documented; this follows versions of 2025
//! and 2026.
//!
//! A tool call is announced in the message (`toolRequests`) and told when it starts
//! (`tool.execution_start`): only what started counts. VS Code and the CLI are two tools to git-ai
//! (`github-copilot`, `github-copilot-cli`); the first line tells them apart. What it is not: a witness.

use std::borrow::Cow;

use serde_json::Value;

use super::read::agent::{Call, Talk, calls, filled, first, id_of_path, said, tell, turn};
use super::read::json::{self, Outcome};
use super::read::{Element, Holders, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::code::Turn;
use crate::model::{EvidenceClass, Sink, Stamp, id, time};

const REQUESTS: Holders<'_> = Holders {
    members: &["requests"],
    beside: Some("responderUsername"),
    label: Some("sessionId"),
};

/// GitHub Copilot sessions.
pub struct CopilotSession;

impl Format for CopilotSession {
    fn name(&self) -> &'static str {
        "copilot_session"
    }

    fn about(&self) -> &'static str {
        "GitHub Copilot sessions: copy ~/.copilot/session-state/<id>/events.jsonl, or Chat: Export Chat… in VS Code"
    }

    fn unit(&self) -> &'static str {
        "event"
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
        "`data` beside a `type` such as `session.start` or `user.message`; `requests` and `responderUsername`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"type":"session.start","data":{"sessionId":"s-1","context":{"cwd":"/w/shop","repository":"acme/shop"}},
 "id":"e1","timestamp":"2026-03-03T14:02:07Z"}
{"type":"user.message","data":{"content":"Charge once"},"id":"e2","timestamp":"2026-03-03T14:02:09Z"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let event = |value: &Value| {
            let kind = field::text(value, "/type").unwrap_or_default();
            let known = [
                "session.",
                "user.message",
                "assistant.",
                "tool.execution_",
                "subagent.",
            ];
            known.iter().any(|start| kind.starts_with(start))
                && value.get("data").is_some_and(Value::is_object)
                && has(value, &["id", "timestamp"])
        };
        let opening = |value: &Value| {
            event(value) && field::text(value, "/type").is_some_and(|it| it.starts_with("session."))
        };
        let exported = |value: &Value| {
            value.get("requests").is_some_and(Value::is_array)
                && (has(value, &["responderUsername"]) || has(value, &["requesterUsername"]))
        };
        if peek.any(opening) || peek.any(exported) {
            CERTAIN
        } else if peek.share(event) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let head = Peek::new(chunk.path, chunk.head);
        let at = |pointer: &str| {
            let mut values = head.values.iter();
            values.find_map(|value| field::text(value, pointer))
        };
        let stated = at("/data/sessionId").or_else(|| at("/sessionId"));
        let in_editor = at("/data/vscodeVersion").is_some() || at("/responderUsername").is_some();
        let tool = if in_editor {
            "github-copilot"
        } else {
            "github-copilot-cli"
        };
        let id = stated
            .or_else(|| named(chunk.path))
            .map(|id| Cow::Owned(id.to_owned()));
        let mut talk = Talk::new(tool, id);
        elements(chunk, &REQUESTS, sink, |element, sink| {
            match json::value(element.bytes) {
                Ok(value) if value.get("requestId").is_some() || element.label.is_some() => {
                    request(&value, element, &mut talk, sink)
                }
                Ok(value) => event(&value, element, &mut talk, sink),
                Err(why) => Outcome::Rejected(why),
            }
        });
        talk.push(sink);
    }
}

/// The session id in a path: `<id>/events.jsonl` or `<id>.jsonl`.
fn named(path: &str) -> Option<&str> {
    let folder = path
        .strip_suffix("/events.jsonl")
        .and_then(|path| path.rsplit('/').next());
    folder.or_else(|| id_of_path(path))
}

fn event(
    value: &Value,
    element: &Element<'_>,
    talk: &mut Talk<'_>,
    sink: &mut dyn Sink,
) -> Outcome {
    let (Some(kind), Some(data)) = (field::text(value, "/type"), value.get("data")) else {
        return Outcome::Rejected("neither `type` nor `data`".to_owned());
    };
    let ts_ns = field::text(value, "/timestamp").and_then(time::parse);
    talk.see(element.span, ts_ns);
    let text = |pointer: &str| field::text(data, pointer).map(str::to_owned);
    let model = ["/model", "/modelId", "/newModel", "/selectedModel"]
        .iter()
        .find_map(|at| field::text(data, at));
    first(&mut talk.row.model, model.map(str::to_owned));
    let base = Turn {
        turn_id: field::cell(value, "/id"),
        parent_id: field::cell(value, "/parentId"),
        call_id: field::cell(data, "/toolCallId"),
        model: model.map(Cow::Borrowed),
        message_id: field::cell(data, "/messageId"),
        is_sidechain: Some(data.get("parentToolCallId").is_some_and(|it| !it.is_null())),
        ..talk.turn()
    };
    let said = |role: &'static str, kind: &'static str, key: &str| {
        let text = data.get(key).and_then(said)?;
        Some(turn(&base, role, kind, Some(text)))
    };
    let turns: Vec<Turn<'_>> = match kind {
        "session.start" | "session.resume" => {
            let row = &mut talk.row;
            first(&mut row.version, text("/copilotVersion"));
            first(&mut row.cwd, text("/context/cwd"));
            first(&mut row.branch, text("/context/branch"));
            let repository = text("/context/repository").and_then(|it| id::repository(&it));
            first(&mut row.repository, repository);
            return Outcome::Kept;
        }
        "user.message" => said("user", "prompt", "content").into_iter().collect(),
        "assistant.message" => {
            let mut turns: Vec<Turn<'_>> = said("assistant", "thinking", "reasoningText")
                .into_iter()
                .chain(said("assistant", "text", "content"))
                .collect();
            if let Some(first) = turns.first_mut() {
                first.output_tokens = data.get("outputTokens").and_then(Value::as_i64);
            }
            turns
        }
        "assistant.reasoning" => said("assistant", "thinking", "content")
            .into_iter()
            .collect(),
        "tool.execution_start" => {
            let name = field::cell(data, "/toolName");
            let input = data.get("arguments").unwrap_or(&Value::Null);
            let call = Call::new(name.as_deref().unwrap_or_default(), input);
            calls(&base, name, call)
        }
        "tool.execution_complete" => {
            let error = || data.pointer("/error/message").and_then(self::said);
            let text = data.get("result").and_then(self::said).or_else(error);
            vec![Turn {
                name: field::cell(data, "/toolName"),
                is_error: data.get("success").and_then(Value::as_bool).map(|it| !it),
                ..turn(&base, "user", "tool_result", text)
            }]
        }
        "session.error" | "session.warning" | "session.info" | "abort" => {
            let turn =
                said("system", "system", "message").or_else(|| said("system", "system", "reason"));
            turn.into_iter()
                .map(|turn| Turn {
                    name: Some(kind.into()),
                    ..turn
                })
                .collect()
        }
        "session.compaction_complete" => said("system", "summary", "summaryContent")
            .into_iter()
            .collect(),
        _ => return Outcome::Ignored("event of the client"),
    };
    tell(Stamp::new(element.span, ts_ns), turns, sink)
}

/// A request of an exported chat with its answer.
fn request(
    value: &Value,
    element: &Element<'_>,
    talk: &mut Talk<'_>,
    sink: &mut dyn Sink,
) -> Outcome {
    let ts_ns = value
        .get("timestamp")
        .and_then(Value::as_i64)
        .and_then(time::millis);
    talk.see(element.span, ts_ns);
    let model = field::text(value, "/modelId");
    first(&mut talk.row.model, model.map(str::to_owned));
    let base = Turn {
        turn_id: field::cell(value, "/requestId"),
        message_id: field::cell(value, "/responseId"),
        model: model.map(Cow::Borrowed),
        ..talk.turn()
    };
    let asked = value.get("message").and_then(said);
    let mut turns: Vec<Turn<'_>> = asked
        .map(|text| turn(&base, "user", "prompt", Some(text)))
        .into_iter()
        .collect();
    for part in field::list(value, "/response") {
        turns.extend(answer(&base, part));
    }
    tell(Stamp::new(element.span, ts_ns), turns, sink)
}

/// Where a call says what it did, the plainest first.
const DONE: [&str; 6] = [
    "/toolSpecificData/commandLine/original",
    "/toolSpecificData/command",
    "/pastTenseMessage/value",
    "/pastTenseMessage",
    "/invocationMessage/value",
    "/invocationMessage",
];

fn answer<'a>(base: &Turn<'a>, part: &'a Value) -> Option<Turn<'a>> {
    let says = |kind: &'static str, text| turn(base, "assistant", kind, text);
    let text = |pointers: &[&str]| {
        let found = pointers.iter().find_map(|at| field::text(part, at));
        found.and_then(filled)
    };
    let answer = match field::text(part, "/kind").unwrap_or_default() {
        "" | "markdownContent" | "markdownVuln" => {
            says("text", text(&["/value", "/content/value"]))
        }
        "thinking" => says("thinking", part.get("value").and_then(said)),
        "toolInvocationSerialized" | "toolInvocation" => Turn {
            name: field::cell(part, "/toolId"),
            call_id: field::cell(part, "/toolCallId"),
            is_write: Some(false),
            ..says("tool_call", text(&DONE))
        },
        "textEditGroup" | "notebookEditGroup" => {
            let path = text(&["/uri/fsPath", "/uri/path"]);
            Turn {
                name: field::cell(part, "/kind"),
                file_path: path.clone(),
                is_write: Some(true),
                ..says("tool_call", path)
            }
        }
        _ => return None,
    };
    answer.text.is_some().then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, Seen, samples};

    const EVENTS: &str = r#"{"type":"session.start","data":{"sessionId":"s-1","producer":"copilot-agent","copilotVersion":"0.47.0","startTime":"2026-03-01T10:00:00Z","context":{"cwd":"/w/shop","branch":"main","repository":"acme/shop"}},"id":"e1","timestamp":"2026-03-01T10:00:00Z","parentId":null}
{"type":"user.message","data":{"content":"SHOP-142: charge once"},"id":"e2","timestamp":"2026-03-01T10:00:01Z","parentId":"e1"}
{"type":"assistant.message","data":{"messageId":"m1","content":"On it.","outputTokens":9,"toolRequests":[{"toolCallId":"c1","name":"edit","arguments":{}}],"model":"gpt-5"},"id":"e3","timestamp":"2026-03-01T10:00:02Z","parentId":"e2"}
{"type":"tool.execution_start","data":{"toolCallId":"c1","toolName":"edit","arguments":{"path":"src/pay.rs","new_str":"x"}},"id":"e4","timestamp":"2026-03-01T10:00:03Z","parentId":"e3"}
{"type":"tool.execution_complete","data":{"toolCallId":"c1","success":false,"error":{"message":"no match"}},"id":"e5","timestamp":"2026-03-01T10:00:04Z","parentId":"e4"}
{"type":"assistant.turn_end","data":{"turnId":"0"},"id":"e6","timestamp":"2026-03-01T10:00:05Z","parentId":"e5"}
{"type":"later","id":"e7"}
"#;

    const EXPORT: &str = r#"{"requesterUsername":"ada","responderUsername":"GitHub Copilot","sessionId":"s-2","requests":[
{"requestId":"r1","responseId":"p1","timestamp":1772359200000,"modelId":"copilot/gpt-5","message":{"text":"charge once","parts":[]},
 "response":[{"value":"Editing."},{"kind":"toolInvocationSerialized","toolId":"run","toolCallId":"c1","toolSpecificData":{"commandLine":{"original":"cargo test"}}},
 {"kind":"textEditGroup","uri":{"fsPath":"/w/shop/src/pay.rs"},"edits":[]},{"kind":"undoStop"}]}]}"#;

    fn told(seen: &Seen) -> Vec<String> {
        seen.told("turn", &["kind", "name", "text", "file_path", "is_error"])
    }

    #[test]
    fn an_event_stream_is_read() {
        assert_eq!(testing::sniff(&CopilotSession, EVENTS.as_bytes()), CERTAIN);
        let seen = testing::parse(&CopilotSession, "x", EVENTS.as_bytes());
        assert_eq!(
            told(&seen),
            [
                "prompt||SHOP-142: charge once||",
                "text||On it.||",
                "tool_call|edit|src/pay.rs|src/pay.rs|",
                "tool_result||no match||true",
            ]
        );
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (7, 5, 1));
        let row = seen.of("session")[0];
        assert_eq!(
            (
                &*row["tool"],
                &*row["session_id"],
                &*row["repository"],
                &*row["cwd"]
            ),
            (
                "github-copilot-cli",
                "s-1",
                "github.com/acme/shop",
                "/w/shop"
            )
        );
        assert_eq!(seen.of("turn")[2]["is_write"], "true");
        assert_eq!(seen.of("turn")[1]["output_tokens"], "9");
    }

    #[test]
    fn an_exported_chat_is_read() {
        assert_eq!(testing::sniff(&CopilotSession, EXPORT.as_bytes()), CERTAIN);
        let seen = testing::parse(&CopilotSession, "chat.json", EXPORT.as_bytes());
        assert_eq!(
            told(&seen),
            [
                "prompt||charge once||",
                "text||Editing.||",
                "tool_call|run|cargo test||",
                "tool_call|textEditGroup|/w/shop/src/pay.rs|/w/shop/src/pay.rs|",
            ]
        );
        let row = seen.of("session")[0];
        assert_eq!(
            (&*row["tool"], &*row["session_id"]),
            ("github-copilot", "s-2")
        );
        assert_eq!(seen.times("turn")[0], "2026-03-01T10:00:00.000000000Z");
    }

    #[test]
    fn a_path_names_the_session() {
        assert_eq!(named("a/s-9/events.jsonl"), Some("s-9"));
        assert_eq!(named("a/s-9.jsonl"), Some("s-9"));
    }

    #[test]
    fn a_file_may_end_anywhere() {
        for text in [EVENTS, EXPORT] {
            for end in 0..text.len() {
                let _ = testing::parse(&CopilotSession, "x", &text.as_bytes()[..end]);
            }
            let mut bytes = text.as_bytes().to_vec();
            for at in 0..bytes.len() {
                bytes[at] ^= 0x15;
                let _ = testing::parse(&CopilotSession, "x", &bytes);
                bytes[at] ^= 0x15;
            }
        }
    }

    #[test]
    fn samples_are_read_whole() {
        for (path, bytes) in samples("agent-sessions/copilot") {
            let format = crate::formats::sniff(&path, &bytes).format.unwrap();
            assert_eq!(format.name(), "copilot_session", "{path}");
            let seen = testing::parse(&CopilotSession, &path, &bytes);
            assert_eq!((seen.read, seen.rejects.len()), (5, 0), "{path}");
            assert_eq!(seen.of("session")[0]["tool"], "github-copilot");
        }
    }
}

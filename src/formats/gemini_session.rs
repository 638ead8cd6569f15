//! Gemini CLI sessions: `~/.gemini/tmp/<project>/chats/session-*.json`, one object with `messages`, or
//! since 2026 JSON lines: a header, the messages, and updates (`$set`, `$rewindTo`). Entire's
//! checkpoints hold either under the name `full.jsonl`. Undocumented; this follows the files of
//! versions 0.1 to 0.3x.
//!
//! A message is written again as its tool calls end, under the same `id`: of the lines of a chunk the
//! last one counts. A tool call holds its own result. `tokens.input` counts the cached part too;
//! thoughts are billed as output and are added to it. The project is told by a hash only, so there is
//! no working directory and no repository. What it is not: a witness.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::read::agent::{Call, Talks, calls, filled, first, id_of_path, said, tell, turn};
use super::read::json::{self, Outcome};
use super::read::{self, Element, Holders, Item, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek, has};
use crate::model::code::Turn;
use crate::model::{EvidenceClass, Sink, Stamp, time};

const MESSAGES: Holders<'_> = Holders {
    members: &["messages"],
    beside: Some("projectHash"),
    label: Some("sessionId"),
};

/// Gemini CLI sessions.
pub struct GeminiSession;

impl Format for GeminiSession {
    fn name(&self) -> &'static str {
        "gemini_session"
    }

    fn about(&self) -> &'static str {
        "Gemini CLI sessions: copy ~/.gemini/tmp/<project>/chats/session-*"
    }

    fn unit(&self) -> &'static str {
        "message"
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
        "`sessionId` with `projectHash`; messages of `type` `user` or `gemini`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"sessionId":"s-1","projectHash":"00ff","startTime":"2026-03-03T14:02:07Z","messages":[
 {"id":"m1","timestamp":"2026-03-03T14:02:09Z","type":"user","content":"Charge once"}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let header = |value: &Value| has(value, &["sessionId", "projectHash"]);
        let message = |value: &Value| {
            let kind = field::text(value, "/type");
            matches!(kind, Some("user" | "gemini"))
                && has(value, &["id", "timestamp", "content"])
                && !has(value, &["uuid"])
        };
        let answer =
            |value: &Value| message(value) && field::text(value, "/type") == Some("gemini");
        if peek.any(header) {
            CERTAIN
        } else if peek.any(answer) {
            LIKELY
        } else if peek.share(message) >= 50 {
            PERHAPS
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let head = Peek::new(chunk.path, chunk.head);
        let stated = head
            .values
            .iter()
            .find_map(|value| field::text(value, "/sessionId"));
        let id = stated.or_else(|| id_of_path(chunk.path));
        let latest = latest(chunk);
        let mut talks = Talks::new("gemini");
        elements(chunk, &MESSAGES, sink, |element, sink| {
            let id = element.label.or(id);
            match json::value(element.bytes) {
                Ok(value) => one(&value, element, id, &latest, &mut talks, sink),
                Err(why) => Outcome::Rejected(why),
            }
        });
        talks.push(sink);
    }
}

/// Where the last line of each message starts.
fn latest(chunk: &Chunk<'_>) -> HashMap<String, u64> {
    let mut found = HashMap::new();
    for item in read::values::<IgnoredAny>(chunk) {
        let Item::Value(_, span, bytes) = item else {
            continue;
        };
        // A whole session on its own has no messages to tell apart.
        if memchr::memmem::find(
            bytes.get(..256.min(bytes.len())).unwrap_or_default(),
            b"projectHash",
        )
        .is_some()
        {
            continue;
        }
        let id = json::value(bytes).ok().and_then(|value| {
            let id = field::text(&value, "/id")?;
            Some(id.to_owned())
        });
        found.extend(id.map(|id| (id, span.offset)));
    }
    found
}

fn one(
    value: &Value,
    element: &Element<'_>,
    id: Option<&str>,
    latest: &HashMap<String, u64>,
    talks: &mut Talks<'_>,
    sink: &mut dyn Sink,
) -> Outcome {
    if !value.is_object() {
        return Outcome::Rejected("no object".to_owned());
    }
    let ts_ns = field::text(value, "/timestamp").and_then(time::parse);
    let talk = talks.of(id);
    if value.get("projectHash").is_some() {
        let started = field::text(value, "/startTime").and_then(time::parse);
        talk.see(element.span, started);
        return Outcome::Kept;
    }
    if value.get("$set").is_some() || value.get("$rewindTo").is_some() {
        return Outcome::Ignored("update of the session");
    }
    let Some(kind) = field::text(value, "/type") else {
        return Outcome::Rejected("a message without `type`".to_owned());
    };
    let turn_id = field::text(value, "/id");
    let later = turn_id.and_then(|id| latest.get(id));
    if later.is_some_and(|offset| *offset > element.span.offset) {
        return Outcome::Ignored("written again later");
    }
    talk.see(element.span, ts_ns);
    let model = field::text(value, "/model").map(str::to_owned);
    first(&mut talk.row.model, model);
    let base = Turn {
        turn_id: turn_id.map(Cow::Borrowed),
        model: field::cell(value, "/model"),
        ..talk.turn()
    };
    let mut turns = turns(&base, kind, value);
    if let Some(first) = turns.first_mut() {
        let tokens = |keys: &[&str]| {
            let number = |key: &&str| value.get("tokens")?.get(*key)?.as_i64();
            keys.iter().filter_map(number).reduce(i64::saturating_add)
        };
        first.input_tokens = tokens(&["input", "tool"]);
        first.output_tokens = tokens(&["output", "thoughts"]);
    }
    tell(Stamp::new(element.span, ts_ns), turns, sink)
}

fn turns<'a>(base: &Turn<'a>, kind: &'a str, value: &'a Value) -> Vec<Turn<'a>> {
    let (role, spoken) = match kind {
        "user" => ("user", "prompt"),
        "gemini" => ("assistant", "text"),
        _ => ("system", "system"),
    };
    let says = |kind, text: Cow<'a, str>| turn(base, role, kind, Some(text));
    let thoughts = field::list(value, "/thoughts")
        .iter()
        .filter_map(|thought| {
            let words = ["/subject", "/description"].map(|at| field::text(thought, at));
            let words: Vec<&str> = words.into_iter().flatten().collect();
            let text = filled(&words.join(": "))?.into_owned();
            Some(says("thinking", text.into()))
        });
    let mut turns: Vec<Turn<'a>> = thoughts.collect();
    turns.extend(value.get("content").and_then(said).map(|text| Turn {
        name: (role == "system").then(|| kind.into()),
        ..says(spoken, text)
    }));
    for call in field::list(value, "/toolCalls") {
        let name = field::cell(call, "/name");
        let base = Turn {
            call_id: field::cell(call, "/id"),
            ..base.clone()
        };
        let done = Call::new(
            name.as_deref().unwrap_or_default(),
            call.get("args").unwrap_or(&Value::Null),
        );
        turns.extend(calls(&base, name, done));
        turns.extend(result(&base, call));
    }
    turns
}

/// The result that a call holds.
fn result<'a>(base: &Turn<'a>, call: &'a Value) -> Option<Turn<'a>> {
    let answers = field::list(call, "/result").iter().filter_map(|part| {
        let response = part.pointer("/functionResponse/response");
        let error = || response?.get("error").and_then(said);
        response
            .and_then(said)
            .or_else(error)
            .or_else(|| said(part))
    });
    let answers: Vec<Cow<'_, str>> = answers.collect();
    let text = match answers.as_slice() {
        [] => field::cell(call, "/resultDisplay"),
        [one] => Some(one.clone()),
        more => Some(read::bounded(&more.join("\n")).to_owned().into()),
    };
    let status = field::text(call, "/status");
    (text.is_some() || status.is_some()).then(|| Turn {
        is_error: status.map(|status| status != "success"),
        ..turn(base, "user", "tool_result", text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, Seen, samples};
    use crate::model::id;

    const SESSION: &str = r#"{
 "sessionId": "aaaa-1", "projectHash": "00ff", "startTime": "2026-03-01T10:00:00.000Z", "lastUpdated": "2026-03-01T10:00:09.000Z",
 "messages": [
  {"id":"m1","timestamp":"2026-03-01T10:00:01.000Z","type":"user","content":[{"text":"SHOP-142"},{"text":"charge once"}]},
  {"id":"m2","timestamp":"2026-03-01T10:00:02.000Z","type":"gemini","content":"","model":"gemini-2.5-pro",
   "thoughts":[{"subject":"Plan","description":"read first","timestamp":"2026-03-01T10:00:02.000Z"}],
   "tokens":{"input":100,"output":10,"cached":90,"thoughts":5,"tool":0,"total":115},
   "toolCalls":[{"id":"t1","name":"write_file","args":{"file_path":"src/pay.rs","content":"x"},"status":"success",
     "result":[{"functionResponse":{"id":"t1","name":"write_file","response":{"output":"done"}}}]},
    {"id":"t2","name":"run_shell_command","args":{"command":"cargo test"},"status":"error",
     "result":[{"functionResponse":{"response":{"error":"exit 1"}}}]}]},
  {"id":"m3","timestamp":"2026-03-01T10:00:03.000Z","type":"info","content":"Request cancelled."}
 ]}"#;

    fn told(seen: &Seen) -> Vec<String> {
        seen.told(
            "turn",
            &[
                "kind",
                "text",
                "call_id",
                "is_error",
                "input_tokens",
                "output_tokens",
            ],
        )
    }

    #[test]
    fn a_session_is_read() {
        assert_eq!(testing::sniff(&GeminiSession, SESSION.as_bytes()), CERTAIN);
        let seen = testing::parse(&GeminiSession, "x", SESSION.as_bytes());
        assert_eq!(
            told(&seen),
            [
                "prompt|SHOP-142\ncharge once||||",
                "thinking|Plan: read first|||100|15",
                "tool_call|src/pay.rs|t1|||",
                "tool_result|done|t1|false||",
                "tool_call|cargo test|t2|||",
                "tool_result|exit 1|t2|true||",
                "system|Request cancelled.||||",
            ]
        );
        assert_eq!((seen.read, seen.kept), (3, 3));
        let row = seen.of("session")[0];
        assert_eq!(
            (&*row["session_id"], &*row["model"], &*row["session_hash"]),
            (
                "aaaa-1",
                "gemini-2.5-pro",
                &*id::session_hash("gemini", "aaaa-1")
            )
        );
        let write = seen.of("turn")[2];
        assert_eq!(
            (&*write["file_path"], &*write["is_write"]),
            ("src/pay.rs", "true")
        );
        let cited = seen.rows[0].1.span;
        let start = usize::try_from(cited.offset).unwrap();
        assert!(SESSION[start..].starts_with(r#"{"id":"m1""#));
    }

    #[test]
    fn of_a_message_that_is_written_again_the_last_counts() {
        let text = r#"{"sessionId":"s","projectHash":"0","startTime":"2026-03-01T10:00:00Z"}
{"id":"m1","timestamp":"2026-03-01T10:00:01Z","type":"gemini","content":"a"}
{"id":"m1","timestamp":"2026-03-01T10:00:01Z","type":"gemini","content":"a b"}
{"$set":{"lastUpdated":"2026-03-01T10:00:02Z"}}
{"id":"m2","type":"gemini"}
{"id":"m3","content":"x"}
"#;
        let seen = testing::parse(&GeminiSession, "x", text.as_bytes());
        assert_eq!(told(&seen), ["text|a b||||"]);
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (6, 2, 1));
        assert_eq!(seen.ignored["written again later"], 1);
        assert_eq!(seen.of("session")[0]["session_id"], "s");
    }

    #[test]
    fn a_file_may_end_anywhere() {
        for end in 0..SESSION.len() {
            let _ = testing::parse(&GeminiSession, "x", &SESSION.as_bytes()[..end]);
        }
        let mut bytes = SESSION.as_bytes().to_vec();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = testing::parse(&GeminiSession, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }

    #[test]
    fn samples_are_read_whole() {
        for (path, bytes) in samples("agent-sessions/gemini-cli") {
            let head = &bytes[..bytes.len().min(64 * 1024)];
            let format = crate::formats::sniff(&path, head).format.unwrap();
            assert_eq!(format.name(), "gemini_session", "{path}");
            let seen = testing::parse(&GeminiSession, &path, &bytes);
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            let messages = value["messages"].as_array().unwrap();
            assert_eq!(seen.read, messages.len() as u64, "{path}");
            assert!(seen.rejects.is_empty() && seen.ignored.is_empty(), "{path}");
            let total = |key: &str| -> i64 {
                let tokens = messages.iter().filter_map(|it| it["tokens"][key].as_i64());
                tokens.sum()
            };
            let sum = |key: &str| -> i64 {
                let cells = seen
                    .of("turn")
                    .into_iter()
                    .filter_map(|row| row.get(key).cloned());
                cells.map(|text| text.parse::<i64>().unwrap()).sum()
            };
            assert_eq!(
                sum("input_tokens") + sum("output_tokens"),
                total("total"),
                "{path}"
            );
        }
    }
}

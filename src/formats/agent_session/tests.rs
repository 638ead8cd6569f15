use super::*;
use crate::formats::testing::{self, Row, Seen, samples};
use crate::formats::{CERTAIN, LIKELY};

const CURSOR: &str = r#"{"role":"user","message":{"content":[{"type":"text","text":"<user_query>\nSHOP-142: charge once\n</user_query>"}]}}
{"role":"assistant","message":{"content":[{"type":"text","text":"Editing."},{"type":"tool_use","name":"Write","input":{"path":"/w/pay.rs","contents":"x"}}]}}
"#;

const DROID: &str = r#"{"type":"session_start","id":"d-1","title":"Charge once","owner":"ada","cwd":"/w/shop"}
{"type":"message","id":"m1","timestamp":"2026-03-01T10:00:01.000Z","message":{"role":"user","content":[{"type":"text","text":"go"}]}}
{"type":"message","id":"m2","timestamp":"2026-03-01T10:00:02.000Z","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use","id":"c1","name":"ApplyPatch","input":{"input":"*** Begin Patch\n*** Update File: a.rs\n*** Update File: b.rs\n*** End Patch"}}]}}
{"type":"message","id":"m3","timestamp":"2026-03-01T10:00:03.000Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"ok","is_error":false}]}}
{"type":"todo_state","id":"t1","timestamp":"2026-03-01T10:00:04.000Z"}
"#;

const PI: &str = r#"{"type":"session","version":3,"id":"p-1","timestamp":"2026-03-01T10:00:00.000Z","cwd":"/w"}
{"type":"message","id":"a","parentId":null,"timestamp":"2026-03-01T10:00:01.000Z","message":{"role":"user","content":"go"}}
{"type":"message","id":"b","parentId":"a","timestamp":"2026-03-01T10:00:02.000Z","message":{"role":"assistant","model":"m","content":[{"type":"toolCall","id":"c1","name":"edit","arguments":{"path":"a.rs"}}],"usage":{"input":3,"output":2,"cacheRead":4,"cacheWrite":0}}}
{"type":"message","id":"c","parentId":"b","timestamp":"2026-03-01T10:00:03.000Z","message":{"role":"toolResult","toolCallId":"c1","toolName":"edit","content":[{"type":"text","text":"done"}],"isError":true}}
{"type":"model_change","id":"d","modelId":"n"}
"#;

const WINDSURF: &str = r#"{"status":"done","type":"user_input","user_input":{"user_response":"go"}}
{"status":"done","type":"planner_response","planner_response":{"response":"Going."}}
{"status":"done","type":"run_command","run_command":{"command":"cargo test","cwd":"/w","exit_code":101,"output":"1 failed"}}
{"status":"done","type":"code_action","code_action":{"path":"file:///w/a.rs","new_content":"x"}}
"#;

const CONTINUE: &str = r#"{"sessionId":"c-1","title":"Charge once","workspaceDirectory":"/w/shop","history":[
 {"message":{"role":"user","content":"go"},"contextItems":[]},
 {"message":{"role":"assistant","content":"Reading.","toolCalls":[{"id":"t1","type":"function","function":{"name":"Read","arguments":"{\"filepath\":\"/w/a.rs\"}"}}]},
  "toolCallStates":[{"toolCallId":"t1","status":"done","output":[{"content":"fn a()"}]}]}]}"#;

fn read(text: &str) -> Seen {
    testing::parse(&AgentSession, "x/s-7.jsonl", text.as_bytes())
}

fn told(seen: &Seen) -> Vec<String> {
    let cell = |row: &Row, key| {
        row.get(key)
            .cloned()
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let turns = seen.of("turn");
    turns
        .iter()
        .map(|row| {
            ["kind", "name", "text", "file_path", "is_error"]
                .map(|key| cell(row, key))
                .join("|")
        })
        .collect()
}

fn session(seen: &Seen) -> (String, String) {
    let row = seen.of("session")[0];
    (row["tool"].clone(), row["session_id"].clone())
}

fn named(tool: &str, id: &str) -> (String, String) {
    (tool.to_owned(), id.to_owned())
}

#[test]
fn cursor_names_its_session_by_the_path() {
    assert_eq!(testing::sniff(&AgentSession, CURSOR.as_bytes()), LIKELY);
    let seen = read(CURSOR);
    assert_eq!(
        told(&seen),
        [
            "prompt||SHOP-142: charge once||",
            "text||Editing.||",
            "tool_call|Write|/w/pay.rs|/w/pay.rs|"
        ]
    );
    assert_eq!(session(&seen), named("cursor", "s-7"));
    assert_eq!(
        (
            &*seen.of("turn")[2]["is_write"],
            seen.times("turn")[0].as_str()
        ),
        ("true", "")
    );
}

#[test]
fn droid_is_read() {
    assert_eq!(testing::sniff(&AgentSession, DROID.as_bytes()), CERTAIN);
    let seen = read(DROID);
    assert_eq!(
        told(&seen),
        [
            "prompt||go||",
            "thinking||hm||",
            "tool_call|ApplyPatch|*** Begin Patch|a.rs|",
            "file_edit|||b.rs|",
            "tool_result||ok||false",
        ]
    );
    assert_eq!(session(&seen), named("droid", "d-1"));
    let row = seen.of("session")[0];
    assert_eq!(
        (&*row["title"], &*row["operator"], &*row["cwd"]),
        ("Charge once", "ada", "/w/shop")
    );
    assert_eq!((seen.read, seen.kept), (5, 4));
}

#[test]
fn pi_is_read() {
    assert_eq!(testing::sniff(&AgentSession, PI.as_bytes()), CERTAIN);
    let seen = read(PI);
    assert_eq!(
        told(&seen),
        [
            "prompt||go||",
            "tool_call|edit|a.rs|a.rs|",
            "tool_result||done||true"
        ]
    );
    assert_eq!(session(&seen), named("pi", "p-1"));
    let call = seen.of("turn")[1];
    assert_eq!(
        (
            &*call["input_tokens"],
            &*call["output_tokens"],
            &*call["parent_id"]
        ),
        ("7", "2", "a")
    );
    assert_eq!(seen.ignored["change of model"], 1);
}

#[test]
fn windsurf_is_read() {
    assert_eq!(testing::sniff(&AgentSession, WINDSURF.as_bytes()), LIKELY);
    let seen = read(WINDSURF);
    assert_eq!(
        told(&seen),
        [
            "prompt||go||",
            "text||Going.||",
            "tool_call|run_command|cargo test||",
            "tool_result||1 failed||true",
            "tool_call|code_action|file:///w/a.rs|file:///w/a.rs|",
        ]
    );
    assert_eq!(session(&seen), named("windsurf", "s-7"));
}

#[test]
fn continue_is_read() {
    assert_eq!(testing::sniff(&AgentSession, CONTINUE.as_bytes()), CERTAIN);
    let seen = read(CONTINUE);
    assert_eq!(
        told(&seen),
        [
            "prompt||go||",
            "text||Reading.||",
            "tool_call|Read|/w/a.rs|/w/a.rs|",
            "tool_result||fn a()||false"
        ]
    );
    assert_eq!(session(&seen), named("continue-cli", "c-1"));
    assert_eq!(seen.of("session")[0]["title"], "Charge once");
}

#[test]
fn a_file_may_end_anywhere() {
    for text in [CURSOR, DROID, PI, WINDSURF, CONTINUE] {
        for end in 0..text.len() {
            let _ = read(text.get(..end).unwrap_or_default());
        }
        let mut bytes = text.as_bytes().to_vec();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = testing::parse(&AgentSession, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }
}

#[test]
fn samples_are_read_whole() {
    let files = samples("agent-sessions/other-agents")
        .into_iter()
        .chain(samples("agent-sessions/cursor"));
    for (path, bytes) in files {
        if path.contains("opencode") || path.contains("gemini") {
            continue;
        }
        let format = crate::formats::sniff(&path, &bytes).format.unwrap();
        assert_eq!(format.name(), "agent_session", "{path}");
        let seen = testing::parse(&AgentSession, &path, &bytes);
        assert!(seen.rejects.is_empty(), "{path}");
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .count() as u64;
        if !path.contains("continue") {
            assert_eq!(seen.read, lines, "{path}");
        }
        assert_eq!(seen.of("session").len(), 1, "{path}");
        assert!(
            seen.of("turn").iter().any(|row| row["kind"] == "prompt"),
            "{path}"
        );
    }
}

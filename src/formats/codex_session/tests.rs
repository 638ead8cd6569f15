use super::*;
use crate::formats::testing::{self, Seen};

const ID: &str = "0199a213-81c0-7800-8aa1-bbab2a035a53";
const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

fn line(second: u32, kind: &str, payload: &str) -> String {
    format!(
        "{{\"timestamp\":\"2026-03-01T10:00:{second:02}.500Z\",\"type\":\"{kind}\",\"payload\":{payload}}}\n"
    )
}

fn rollout() -> String {
    let meta = format!(
        r#"{{"id":"{ID}","timestamp":"2026-03-01T09:59:59.000Z","cwd":"/w/shop","originator":"codex_cli_rs","cli_version":"0.99.0","source":"cli","model_provider":"openai",
        "git":{{"commit_hash":"{SHA}","branch":"main","repository_url":"git@github.com:Acme/Shop.git"}}}}"#
    );
    let usage = |input: u32, output: u32, all: u32| {
        format!(
            r#"{{"type":"token_count","info":{{"last_token_usage":{{"input_tokens":{input},"cached_input_tokens":5,"output_tokens":{output}}},"total_token_usage":{{"total_tokens":{all}}}}},"rate_limits":null}}"#
        )
    };
    [
        line(0, "session_meta", &meta),
        line(1, "turn_context", r#"{"cwd":"/w/shop","model":"gpt-5-codex","approval_policy":"never","sandbox_policy":{"type":"workspace-write","network_access":true,"writable_roots":["/w"]}}"#),
        line(2, "response_item", r#"{"type":"message","role":"developer","content":[{"type":"input_text","text":"be brief"}]}"#),
        line(3, "response_item", r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>\n</environment_context>"}]}"#),
        line(4, "response_item", r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"SHOP-142: charge once"},{"type":"input_image","image_url":"data:"}]}"#),
        line(5, "event_msg", r#"{"type":"user_message","message":"SHOP-142: charge once"}"#),
        line(6, "response_item", r#"{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}"#),
        line(7, "response_item", r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"look first"}],"encrypted_content":"gAAA"}"#),
        line(8, "event_msg", r#"{"type":"agent_reasoning","text":"look first"}"#),
        line(9, "response_item", r#"{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"cargo test\"],\"workdir\":\"/w/shop\"}","call_id":"c1"}"#),
        line(10, "event_msg", &usage(100, 20, 120)),
        line(11, "event_msg", &usage(100, 20, 120)),
        line(12, "response_item", r#"{"type":"function_call_output","call_id":"c1","output":"{\"output\":\"1 failed\",\"metadata\":{\"exit_code\":101}}"}"#),
        line(13, "event_msg", r#"{"type":"exec_command_end","call_id":"c1","exit_code":101,"stdout":"1 failed"}"#),
        line(14, "response_item", r#"{"type":"custom_tool_call","name":"apply_patch","call_id":"c2","status":"completed","input":"*** Begin Patch\n*** Update File: src/pay.rs\n@@\n-a\n+b\n*** Add File: src/once.rs\n+x\n*** End Patch"}"#),
        line(15, "response_item", r#"{"type":"custom_tool_call_output","call_id":"c2","output":"Exit code: 0\nWall time: 1 seconds\nOutput:\nSuccess"}"#),
        line(16, "response_item", r#"{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"Done."}]}"#),
        line(17, "event_msg", r#"{"type":"agent_message","message":"Done."}"#),
        line(18, "event_msg", &usage(130, 7, 257)),
        line(19, "event_msg", r#"{"type":"token_count","info":null,"rate_limits":{}}"#),
        line(20, "compacted", r#"{"message":"we charged once"}"#),
        line(21, "event_msg", r#"{"type":"turn_aborted","reason":"interrupted"}"#),
        line(22, "event_msg", r#"{"type":"exec_command_end","call_id":"c9","exit_code":1,"command":["ls"],"aggregated_output":""}"#),
        line(23, "response_item", r#"{"type":"web_search_call","status":"completed","action":{"type":"search","query":"idempotency key"}}"#),
        line(24, "world_state", r#"{"full":true}"#),
    ]
    .concat()
}

fn read(text: &str) -> Seen {
    testing::parse(&CodexSession, "rollout.jsonl", text.as_bytes())
}

/// Kind, name, text, file of every turn.
fn told(seen: &Seen) -> Vec<String> {
    let cell = |row: &testing::Row, key| row.get(key).cloned().unwrap_or_default();
    let turns = seen.of("turn");
    let words = turns.iter().map(|row| {
        let parts = ["kind", "name", "text", "file_path"].map(|key| cell(row, key));
        let [kind, name, text, file] = parts;
        let text = text.lines().next().unwrap_or_default().to_owned();
        format!("{kind}|{name}|{text}|{file}")
    });
    words.collect()
}

#[test]
fn a_rollout_is_read_once() {
    let text = rollout();
    assert_eq!(testing::sniff(&CodexSession, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        told(&seen),
        [
            "system|turn_context|approval never, sandbox workspace-write, network access|",
            "system||be brief|",
            "system||<environment_context>|",
            "prompt||SHOP-142: charge once|",
            "thinking||look first|",
            "tool_call|shell|cargo test|",
            "tool_result||1 failed|",
            "tool_call|apply_patch|*** Begin Patch|src/pay.rs",
            "file_edit|||src/once.rs",
            "tool_result||Exit code: 0|",
            "text||Done.|",
            "summary||we charged once|",
            "system|turn_aborted|interrupted|",
            "tool_result||ls|",
            "tool_call|web_search|idempotency key|",
        ]
    );
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (25, 15, 0));
    assert_eq!(seen.ignored["told by an item too"], 4);
    assert_eq!(seen.ignored["encrypted reasoning"], 1);
    assert_eq!(seen.ignored["repeated token counts"], 1);
    assert_eq!(seen.ignored["token counts, given on their reply"], 2);
    assert_eq!(seen.ignored["rate limits"], 1);
    assert_eq!(seen.ignored["unknown type of line"], 1);
}

#[test]
fn tokens_add_up_and_errors_are_told() {
    let seen = read(&rollout());
    let sum = |key: &str| -> i64 {
        let cells = seen
            .of("turn")
            .into_iter()
            .filter_map(|row| row.get(key).cloned());
        cells.map(|text| text.parse::<i64>().unwrap()).sum()
    };
    assert_eq!((sum("input_tokens"), sum("output_tokens")), (230, 27));
    let turns = seen.of("turn");
    let thinking = turns.iter().find(|row| row["kind"] == "thinking").unwrap();
    assert_eq!(thinking["input_tokens"], "100");
    let errors: Vec<&str> = turns
        .iter()
        .filter(|row| row["kind"] == "tool_result")
        .map(|row| row["is_error"].as_str())
        .collect();
    assert_eq!(errors, ["true", "false", "true"]);
    let patch = turns
        .iter()
        .find(|row| row.get("name").is_some_and(|it| it == "apply_patch"))
        .unwrap();
    assert_eq!((&*patch["is_write"], &*patch["call_id"]), ("true", "c2"));
    let shell = turns
        .iter()
        .find(|row| row.get("name").is_some_and(|it| it == "shell"))
        .unwrap();
    assert_eq!(
        shell["input"],
        r#"{"command":["bash","-lc","cargo test"],"workdir":"/w/shop"}"#
    );
    assert_eq!(
        (&*shell["is_write"], &*shell["model"]),
        ("false", "gpt-5-codex")
    );
}

#[test]
fn the_session_states_where_it_began() {
    let text = rollout();
    let seen = read(&text);
    let row = seen.of("session")[0];
    for (key, expected) in [
        ("tool", "codex"),
        ("session_id", ID),
        ("session_hash", &*id::session_hash("codex", ID)),
        ("version", "0.99.0"),
        ("model", "gpt-5-codex"),
        ("cwd", "/w/shop"),
        ("branch", "main"),
        ("repository", "github.com/acme/shop"),
        ("base_sha", SHA),
        (
            "attributes",
            r#"{"model_provider":"openai","originator":"codex_cli_rs","source":"cli"}"#,
        ),
    ] {
        assert_eq!(row[key], expected, "{key}");
    }
    assert_eq!(seen.times("session"), ["2026-03-01T09:59:59.000000000Z"]);
    assert_eq!(
        row["ended_ns"].parse::<i64>().ok(),
        time::parse("2026-03-01T10:00:24.5Z")
    );
    assert!(seen.of("turn").iter().all(|row| row["session_id"] == ID));
}

#[test]
fn the_first_generation_has_bare_items_without_times() {
    let text = format!(
        r#"{{"id":"{ID}","timestamp":"2025-08-01T10:00:00.000Z","instructions":null,"git":{{"commit_hash":"{SHA}"}}}}
{{"record_type":"state"}}
{{"type":"message","id":null,"role":"user","content":[{{"type":"input_text","text":"go"}}]}}
{{"type":"reasoning","id":"rs_1","summary":[]}}
{{"type":"local_shell_call","call_id":"c1","status":"completed","action":{{"type":"exec","command":["sh","-c","ls"]}}}}
{{"type":"function_call_output","call_id":"c1","output":{{"content":"a.rs","success":false}}}}
"#
    );
    assert_eq!(testing::sniff(&CodexSession, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        told(&seen),
        [
            "prompt||go|",
            "tool_call|local_shell|ls|",
            "tool_result||a.rs|"
        ]
    );
    assert_eq!(seen.times("turn"), ["", "", ""]);
    assert_eq!(seen.times("session"), ["2025-08-01T10:00:00.000000000Z"]);
    assert_eq!(seen.of("session")[0]["base_sha"], SHA);
    assert_eq!(seen.of("turn")[2]["is_error"], "true");
}

#[test]
fn only_events_are_taken_where_there_are_no_items() {
    let text = [
        line(1, "event_msg", r#"{"type":"user_message","message":"go"}"#),
        line(
            2,
            "event_msg",
            r#"{"type":"agent_message","message":"gone"}"#,
        ),
        line(
            3,
            "event_msg",
            r#"{"type":"token_count","info":{"last_token_usage":{"input_tokens":3}}}"#,
        ),
    ]
    .concat();
    assert_eq!(testing::sniff(&CodexSession, text.as_bytes()), LIKELY);
    let path = format!("a/rollout-2026-03-01T10-00-00-{ID}.jsonl");
    let seen = testing::parse(&CodexSession, &path, text.as_bytes());
    assert_eq!(
        told(&seen),
        ["prompt||go|", "text||gone|", "system|token_count||"]
    );
    assert_eq!(seen.of("session")[0]["session_id"], ID);
}

#[test]
fn a_later_chunk_knows_its_session_from_the_head() {
    let text = rollout();
    let cut = text.find("{\"timestamp\":\"2026-03-01T10:00:09").unwrap();
    let mut seen = Seen::default();
    let chunk = Chunk {
        bytes: &text.as_bytes()[cut..],
        offset: cut as u64,
        last: true,
        path: "x.jsonl",
        head: text.as_bytes(),
    };
    CodexSession.parse(&chunk, &mut seen);
    assert_eq!(seen.of("session")[0]["session_id"], ID);
    assert!(!seen.of("session")[0].contains_key("base_sha"));
    assert!(
        seen.rows
            .iter()
            .all(|(_, stamp, _)| stamp.span.offset >= cut as u64)
    );
}

#[test]
fn broken_lines_cost_themselves() {
    let text = format!(
        "{}{{\"type\":\"response_item\"}}\n[1]\n{{\"a\":1}}\n{}{{\"type\":\"resp",
        line(
            1,
            "event_msg",
            r#"{"type":"user_message","message":"a \ud83d"}"#
        ),
        line(2, "event_msg", r#"{"type":"agent_message","message":"b"}"#),
    );
    let seen = read(&text);
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (6, 2, 4));
    assert_eq!(seen.of("turn")[0]["text"], "a \u{fffd}");
}

#[test]
fn a_file_may_end_anywhere() {
    let text = rollout();
    for end in (0..text.len()).step_by(7) {
        let _ = testing::parse(&CodexSession, "x", &text.as_bytes()[..end]);
    }
    let mut bytes = text.into_bytes();
    for at in (0..bytes.len()).step_by(11) {
        bytes[at] ^= 0x15;
        let _ = testing::parse(&CodexSession, "x", &bytes);
        bytes[at] ^= 0x15;
    }
}

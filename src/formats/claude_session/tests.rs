//! Fixtures for each quirk of transcripts, and the real samples.

use super::ClaudeSession;
use crate::formats::testing::{self, Row, Seen, parse, sniff, torn_and_flipped};
use crate::formats::{CERTAIN, LIKELY, NO, PERHAPS};

const SESSION: &str = "0f1e2d3c-0000-4000-8000-00000000cafe";

fn read(lines: &[String]) -> Seen {
    parse(
        &ClaudeSession,
        "transcript.jsonl",
        lines.join("\n").as_bytes(),
    )
}

/// A line of the session with the usual keys; `rest` goes before them.
fn line(uuid: &str, second: u8, rest: &str) -> String {
    format!(
        r#"{{{rest},"uuid":"{uuid}","parentUuid":null,"sessionId":"{SESSION}","timestamp":"2025-11-03T14:02:{second:02}.000Z","cwd":"/work/shop","gitBranch":"basket","version":"2.1.0","isSidechain":false}}"#
    )
}

fn user(uuid: &str, second: u8, content: &str) -> String {
    line(
        uuid,
        second,
        &format!(r#""type":"user","message":{{"role":"user","content":{content}}}"#),
    )
}

fn reply(uuid: &str, second: u8, id: &str, tokens: u8, block: &str) -> String {
    let usage = format!(
        r#"{{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":{tokens}}}"#
    );
    let message = format!(
        r#"{{"id":"{id}","role":"assistant","model":"claude-x-1","content":[{block}],"usage":{usage}}}"#
    );
    line(
        uuid,
        second,
        &format!(r#""type":"assistant","message":{message}"#),
    )
}

fn call(name: &str, input: &str) -> Row {
    let block = format!(r#"{{"type":"tool_use","id":"toolu_1","name":"{name}","input":{input}}}"#);
    read(&[reply("a", 1, "m", 1, &block)]).of("turn")[0].clone()
}

#[test]
fn a_conversation_becomes_turns_and_a_session() {
    let seen = read(&[
        user("u1", 1, r#""Add a basket""#),
        reply(
            "a1",
            2,
            "m1",
            1,
            r#"{"type":"thinking","thinking":"Hm.","signature":"x"}"#,
        ),
        reply("a2", 3, "m1", 2, r#"{"type":"text","text":"I add it."}"#),
        reply(
            "a3",
            4,
            "m1",
            57,
            r#"{"type":"tool_use","id":"toolu_9","name":"Bash","input":{"command":"git push","description":"Push"}}"#,
        ),
        user(
            "u2",
            5,
            r#"[{"type":"tool_result","tool_use_id":"toolu_9","content":"denied","is_error":true}]"#,
        ),
    ]);
    let kinds: Vec<&str> = seen
        .of("turn")
        .iter()
        .map(|row| row["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["prompt", "thinking", "text", "tool_call", "tool_result"]
    );
    let turns = seen.of("turn");
    assert_eq!(
        (turns[0]["text"].as_str(), turns[0]["role"].as_str()),
        ("Add a basket", "user")
    );
    assert_eq!(
        (turns[0]["turn_id"].as_str(), turns[0]["block"].as_str()),
        ("u1", "0")
    );
    assert_eq!(
        (turns[3]["name"].as_str(), turns[3]["text"].as_str()),
        ("Bash", "git push")
    );
    assert_eq!(turns[3]["call_id"], turns[4]["call_id"]);
    assert_eq!(
        (turns[4]["text"].as_str(), turns[4]["is_error"].as_str()),
        ("denied", "true")
    );
    assert!(
        turns
            .iter()
            .all(|row| row["session_id"] == SESSION && row["tool"] == "claude")
    );
    let session = seen.of("session")[0];
    assert_eq!(
        session["session_hash"],
        crate::model::id::session_hash("claude", SESSION)
    );
    assert_eq!(
        (session["cwd"].as_str(), session["branch"].as_str()),
        ("/work/shop", "basket")
    );
    assert_eq!(
        (session["model"].as_str(), session["version"].as_str()),
        ("claude-x-1", "2.1.0")
    );
    assert_eq!(seen.times("session"), ["2025-11-03T14:02:01.000000000Z"]);
    let lasted: i64 =
        session["ended_ns"].parse::<i64>().unwrap() - session["started_ns"].parse::<i64>().unwrap();
    assert_eq!(lasted, 4_000_000_000);
    assert!(
        !session.contains_key("repository"),
        "a directory names no repository"
    );
}

#[test]
fn tokens_are_counted_once_per_reply_and_in_full() {
    let text = r#"{"type":"text","text":"x"},{"type":"text","text":"y"}"#;
    let seen = read(&[
        reply("a", 1, "m1", 1, text),
        reply("b", 2, "m1", 57, text),
        reply("c", 3, "m2", 5, text),
    ]);
    let tokens = |row: &&Row| {
        (
            row.get("input_tokens").cloned(),
            row.get("output_tokens").cloned(),
        )
    };
    let counted: Vec<_> = seen.of("turn").iter().map(tokens).collect();
    let some = |n: &str| (Some("123".to_owned()), Some(n.to_owned()));
    let none = (None, None);
    assert_eq!(
        counted,
        [
            some("57"),
            none.clone(),
            none.clone(),
            none.clone(),
            some("5"),
            none
        ]
    );
}

#[test]
fn only_what_a_person_typed_is_a_prompt() {
    let kind = |line: String| read(&[line]).of("turn")[0]["kind"].clone();
    let said = |rest: &str| {
        kind(line(
            "u",
            1,
            &format!(r#"{rest}"type":"user","message":{{"content":"hello"}}"#),
        ))
    };
    assert_eq!(said(""), "prompt");
    assert_eq!(said(r#""isMeta":true,"#), "system");
    assert_eq!(said(r#""isCompactSummary":true,"#), "summary");
    assert_eq!(
        kind(user(
            "u",
            1,
            r#"[{"type":"text","text":"[Request interrupted by user]"}]"#
        )),
        "system"
    );
    assert_eq!(
        kind(user(
            "u",
            1,
            r#""<local-command-stdout>x</local-command-stdout>""#
        )),
        "system"
    );
    assert_eq!(
        kind(user("u", 1, r#""<command-name>/review</command-name>""#)),
        "prompt"
    );
    let aside =
        user("u", 1, r#""look for it""#).replace(r#""isSidechain":false"#, r#""isSidechain":true"#);
    let row = read(&[aside]).of("turn")[0].clone();
    assert_eq!(
        (row["kind"].as_str(), row["is_sidechain"].as_str()),
        ("text", "true")
    );
}

#[test]
fn calls_say_what_they_touch() {
    for (tool, key) in [
        ("Edit", "file_path"),
        ("Write", "file_path"),
        ("Read", "file_path"),
        ("MultiEdit", "file_path"),
        ("NotebookEdit", "notebook_path"),
    ] {
        let row = call(
            tool,
            &format!(r#"{{"{key}":"/work/a.rs","old_string":"x"}}"#),
        );
        assert_eq!(
            (row["file_path"].as_str(), row["text"].as_str()),
            ("/work/a.rs", "/work/a.rs")
        );
        assert_eq!(
            row["input"],
            format!(r#"{{"{key}":"/work/a.rs","old_string":"x"}}"#)
        );
    }
    let fetch = call(
        "WebFetch",
        r#"{"url":"https://example.org/","prompt":"read"}"#,
    );
    assert_eq!(
        (fetch["url"].as_str(), fetch["text"].as_str()),
        ("https://example.org/", "https://example.org/")
    );
    assert_eq!(call("WebSearch", r#"{"query":"basket"}"#)["text"], "basket");
    assert_eq!(
        call("Grep", r#"{"pattern":"fn add","path":"src"}"#)["text"],
        "fn add in src"
    );
    assert_eq!(
        call("Task", r#"{"description":"Find it","prompt":"Long"}"#)["text"],
        "Find it"
    );
    assert!(!call("mcp__shop__list", r#"{"limit":3}"#).contains_key("text"));
    assert!(
        !call(
            "Write",
            &format!(r#"{{"file_path":"a","content":"{}"}}"#, "x".repeat(70_000))
        )
        .contains_key("input")
    );
}

#[test]
fn results_come_as_text_lists_or_beside_the_block() {
    let result = |content: &str, beside: &str| {
        let content = format!(r#"[{{"type":"tool_result","tool_use_id":"t"{content}}}]"#);
        let line = user("u", 1, &content).replacen('{', &format!("{{{beside}"), 1);
        read(&[line]).of("turn")[0]
            .get("text")
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(result(r#","content":"plain""#, ""), "plain");
    let list = r#","content":[{"type":"text","text":"a"},{"type":"image","source":{}},{"type":"text","text":"b"}]"#;
    assert_eq!(result(list, ""), "a\n[image]\nb");
    assert_eq!(
        result("", r#""toolUseResult":"Error: gone","#),
        "Error: gone"
    );
    assert_eq!(result("", r#""toolUseResult":{"stdout":"x"},"#), "");
}

#[test]
fn glued_torn_and_repeated_lines_cost_only_themselves() {
    let first = user("u1", 1, r#""one""#);
    let text = format!(
        "{first}{}\n{first}\n{}",
        user("u2", 2, r#""two""#),
        &first[..60]
    );
    let seen = parse(&ClaudeSession, "x", text.as_bytes());
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 2, 1));
    assert_eq!(seen.ignored["repeated line"], 1);
    assert!(seen.rejects[0].1.contains("cut off"));
    assert_eq!(seen.rows[1].1.span.offset, first.len() as u64);
}

#[test]
fn notes_give_titles_and_the_pull_request() {
    let summary = |text: &str, leaf: &str| {
        format!(r#"{{"type":"summary","summary":"{text}","leafUuid":"{leaf}"}}"#)
    };
    let prompt = user("u1", 1, r#""x""#);
    let title = |lines: &[String]| {
        read(lines).of("session")[0]
            .get("title")
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(
        title(&[summary("Basket", "gone"), prompt.clone()]),
        "Basket"
    );
    assert_eq!(
        title(&[
            summary("A", "gone"),
            summary("B", "gone too"),
            prompt.clone()
        ]),
        ""
    );
    assert_eq!(
        title(&[summary("A", "gone"), summary("B", "u1"), prompt.clone()]),
        "B"
    );
    let chosen =
        format!(r#"{{"type":"custom-title","customTitle":"Mine","sessionId":"{SESSION}"}}"#);
    let given = format!(r#"{{"type":"ai-title","aiTitle":"Its","sessionId":"{SESSION}"}}"#);
    assert_eq!(
        title(&[chosen, given, summary("B", "u1"), prompt.clone()]),
        "Mine"
    );
    let link = format!(
        r#"{{"type":"pr-link","sessionId":"{SESSION}","prNumber":7,"prUrl":"https://github.com/Acme/Shop/pull/7","prRepository":"Acme/Shop"}}"#
    );
    let seen = read(&[prompt, link]);
    assert_eq!(
        seen.of("session")[0]["change_request_url"],
        "https://github.com/Acme/Shop/pull/7"
    );
    assert_eq!(seen.of("session")[0]["repository"], "github.com/acme/shop");
    let alone = read(&[summary("A", "gone")]);
    assert_eq!(alone.ignored["note on a session elsewhere"], 1);
}

#[test]
fn what_is_no_turn_is_passed_over_by_name() {
    let seen = read(&[
        r#"{"type":"file-history-snapshot","messageId":"m","snapshot":{},"isSnapshotUpdate":false}"#.into(),
        line("p", 1, r#""type":"progress","data":{"type":"bash_progress"}"#),
        line("q", 2, r#""type":"progress","data":{"type":"agent_progress"}"#),
        line("d", 3, r#""type":"system","subtype":"turn_duration","durationMs":12"#),
        line("h", 4, r#""type":"system","subtype":"stop_hook_summary","hookInfos":[{"command":"make lint"}]"#),
        line("c", 5, r#""type":"system","subtype":"compact_boundary","content":"Conversation compacted""#),
        line("n", 6, r#""type":"never-seen""#),
        format!(r#"{{"type":"queue-operation","operation":"enqueue","sessionId":"{SESSION}"}}"#),
        line("w", 7, r#""type":"user","message":"error""#),
        line("v", 8, r#""type":"user","message":{"role":"user","contents":[]}"#),
        "42".into(),
    ]);
    let ignored: Vec<_> = seen.ignored.iter().map(|(rule, n)| (*rule, *n)).collect();
    let expected = [
        ("file snapshot", 1),
        ("line without text", 1),
        ("progress", 2),
        ("queued input", 1),
        ("unknown type of line", 1),
    ];
    assert_eq!(ignored, expected);
    let texts: Vec<&str> = seen
        .of("turn")
        .iter()
        .map(|row| row["text"].as_str())
        .collect();
    assert_eq!(texts, ["make lint", "Conversation compacted"]);
    assert_eq!(seen.rejects.len(), 3);
    assert_eq!(seen.of("session").len(), 1);
}

/// A line that reports a message of a subagent.
fn report(uuid: &str, second: u8, told: &str, message: &str) -> String {
    let data = format!(
        r#"{{"type":"agent_progress","agentId":"a6","prompt":"Look","message":{{"uuid":"{told}","timestamp":"2025-11-03T14:01:00.000Z",{message}}}}}"#
    );
    line(uuid, second, &format!(r#""type":"progress","data":{data}"#))
}

#[test]
fn what_a_subagent_did_is_read_from_its_agent_s_reports() {
    let asked =
        r#""type":"user","message":{"role":"user","content":[{"type":"text","text":"Look"}]}"#;
    let ran = r#""type":"assistant","message":{"id":"m9","role":"assistant","model":"claude-y-1","usage":{"output_tokens":7},
        "content":[{"type":"tool_use","id":"toolu_9","name":"Bash","input":{"command":"rm -r dist"}}]}"#;
    let told = r#""type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_9","content":"gone"}]}"#;
    let seen = read(&[
        report("p1", 1, "s1", asked),
        report("p2", 2, "s2", &ran.replace('\n', " ")),
        report("p3", 3, "s3", told),
        report("p4", 4, "s3", told),
        user("u1", 5, r#""Thanks""#),
    ]);
    assert_eq!((seen.kept, seen.ignored["repeated line"]), (4, 1));
    let rows = seen.of("turn");
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["text", "tool_call", "tool_result", "prompt"]);
    for (column, expected) in [
        ("turn_id", "s2"),
        ("session_id", SESSION),
        ("is_sidechain", "true"),
        ("text", "rm -r dist"),
        ("call_id", "toolu_9"),
        ("model", "claude-y-1"),
        ("output_tokens", "7"),
    ] {
        assert_eq!(rows[1][column], expected, "{column}");
    }
    assert_eq!(rows[3]["is_sidechain"], "false");
    assert_eq!(seen.times("turn")[1], "2025-11-03T14:01:00.000000000Z");
    assert!(
        !seen.of("session")[0].contains_key("model"),
        "a subagent's model is not the session's"
    );
    let deep = r#"{"type":"progress","data":{"type":"agent_progress","message":"#.repeat(50_000);
    assert_eq!(read(&[deep]).kept, 0);
}

#[test]
fn odd_types_and_cut_characters_lose_nothing_else() {
    let odd = r#"{"type":"user","sessionId":7,"uuid":"u","timestamp":null,"isMeta":"no","version":{},"message":{"content":"caf\ud83d"}}"#;
    let seen = read(&[odd.to_owned()]);
    assert!(seen.of("turn")[0]["text"].starts_with("caf"));
    assert_eq!(
        (seen.times("turn").as_slice(), seen.of("session").len()),
        (&[String::new()][..], 0)
    );
    let synthetic =
        reply("a", 1, "m", 1, r#"{"type":"text","text":"x"}"#).replace("claude-x-1", "<synthetic>");
    assert!(!read(&[synthetic]).of("turn")[0].contains_key("model"));
    let stripped = r#"{"timestamp":"2025-11-03T14:02:07Z","sessionId":"s","message":{"role":"assistant","id":"m","model":"c","usage":{"input_tokens":4,"output_tokens":2}}}"#;
    assert_eq!(
        read(&[stripped.to_owned()]).of("turn")[0]["input_tokens"],
        "4"
    );
}

#[test]
fn transcripts_are_told_from_other_json() {
    assert_eq!(
        sniff(&ClaudeSession, user("u", 1, r#""x""#).as_bytes()),
        CERTAIN
    );
    assert_eq!(
        sniff(
            &ClaudeSession,
            br#"{"type":"summary","summary":"x","leafUuid":"y"}"#
        ),
        LIKELY
    );
    assert_eq!(
        sniff(
            &ClaudeSession,
            br#"{"type":"user","message":{"content":"x"},"timestamp":"y"}"#
        ),
        PERHAPS
    );
    for other in [
        &br#"{"role":"user","message":{"content":[]}}"#[..],
        br#"{"type":"message","message":{"role":"user"},"timestamp":"x"}"#,
        b"text",
    ] {
        assert_eq!(sniff(&ClaudeSession, other), NO);
    }
}

#[test]
fn hostile_bytes_neither_panic_nor_go_missing() {
    let fixture = [
        r#"{"type":"summary","summary":"x","leafUuid":"u"}"#.to_owned(),
        reply(
            "a",
            1,
            "m",
            1,
            r#"{"type":"tool_use","id":1,"name":"Bash","input":[]},7,"x""#,
        ),
        user("u", 2, r#"[{"type":"tool_result","content":[[],{}]}]"#),
    ]
    .join("\n");
    for end in 0..=fixture.len() {
        let mut bytes = fixture.as_bytes()[..end].to_vec();
        parse(&ClaudeSession, "x", &bytes);
        if let Some(byte) = bytes.get_mut(end / 2) {
            *byte ^= 0x55;
        }
        parse(&ClaudeSession, "x", &bytes);
    }
}

/// The tool calls of a file, counted without this format.
fn calls_in(bytes: &[u8]) -> usize {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    let told = |value: serde_json::Value| match value["type"].as_str() {
        Some("progress") => value["data"]["message"].clone(),
        _ => value,
    };
    let blocks = values
        .map_while(Result::ok)
        .map(told)
        .filter(|value| value["type"] == "assistant");
    let calls = blocks.map(|value| {
        let content = value["message"]["content"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        content
            .iter()
            .filter(|block| block["type"] == "tool_use")
            .count()
    });
    calls.sum()
}

#[test]
fn a_fetched_session_is_read_line_by_line() {
    let line = |kind: &str, text: &str| {
        format!(
            r#"{{"type":"{kind}","timestamp":"2025-11-03T14:02:07Z","message":{{"role":"{kind}","content":"{text}"}}}}"#
        )
    };
    let (ask, told) = (line("user", "Add a basket"), line("assistant", "Done."));
    let document = format!("{{\"loglines\": [\n  {ask},\n  {told}, 7]}}\n");
    let bytes = document.as_bytes();
    assert_eq!(sniff(&ClaudeSession, bytes), LIKELY);
    assert_eq!(sniff(&ClaudeSession, br#"{"loglines":[{"a":1}]}"#), NO);
    let seen = parse(&ClaudeSession, "session.json", bytes);
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (3, 2, 1));
    let texts: Vec<&str> = seen.of("turn").iter().map(|row| &*row["text"]).collect();
    assert_eq!(texts, ["Add a basket", "Done."]);
    let turns = seen.rows.iter().filter(|(table, ..)| *table == "turn");
    let cited = turns.map(|(_, stamp, _)| {
        let start = usize::try_from(stamp.span.offset).unwrap();
        &document[start..start + usize::try_from(stamp.span.length).unwrap()]
    });
    assert_eq!(cited.collect::<Vec<_>>(), [&ask, &told]);
    torn_and_flipped(&ClaudeSession, bytes);
}

#[test]
fn the_samples_are_read_whole() {
    let mut files = testing::samples("agent-sessions/claude-code");
    // One document, not lines: `tests/labels.rs` holds that it is read.
    files.retain(|(path, _)| !path.ends_with("sample_session.json"));
    let checkpoints = testing::samples("entire-checkpoints").into_iter();
    files.extend(checkpoints.filter(|(path, _)| path.ends_with("full.jsonl")));
    for (path, bytes) in files {
        assert!(sniff(&ClaudeSession, &bytes) >= PERHAPS, "{path}");
        let seen = parse(&ClaudeSession, &path, &bytes);
        let lines = bytes
            .split(|b| *b == b'\n')
            .filter(|line| !line.trim_ascii().is_empty());
        assert!(seen.read >= lines.count() as u64, "{path}");
        if path.ends_with("edge_cases.jsonl") {
            // Four lines of it are no lines of a transcript, or messages without content.
            assert_eq!(seen.rejects.len(), 4, "{:?}", seen.rejects);
            continue;
        }
        assert_eq!(seen.rejects.len(), 0, "{path}: {:?}", seen.rejects);
        let calls = seen
            .of("turn")
            .iter()
            .filter(|row| row["kind"] == "tool_call")
            .count();
        assert_eq!(calls, calls_in(&bytes), "{path}");
    }
}

#[test]
fn the_transcripts_of_other_agents_are_left_alone() {
    for folder in [
        "copilot",
        "cursor",
        "gemini-cli",
        "other-agents",
        "chainloop",
        "specstory",
    ] {
        for (path, bytes) in testing::samples(&format!("agent-sessions/{folder}")) {
            assert_eq!(sniff(&ClaudeSession, &bytes), NO, "{path}");
        }
    }
}

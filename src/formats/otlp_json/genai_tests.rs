//! What becomes of spans of a conversation.

use crate::formats::otlp_json::OtlpJson;
use crate::formats::testing::{Seen, parse};
use crate::model::EvidenceClass;

fn span(id: u64, attributes: &[(&str, &str)], more: &str) -> String {
    let list: Vec<String> = attributes
        .iter()
        .map(|(key, value)| {
            let value = match value.parse::<i64>() {
                Ok(number) => format!(r#"{{"intValue":"{number}"}}"#),
                Err(_) => format!(
                    r#"{{"stringValue":{}}}"#,
                    serde_json::to_string(value).unwrap()
                ),
            };
            format!(r#"{{"key":"{key}","value":{value}}}"#)
        })
        .collect();
    format!(
        r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{id:016x}","parentSpanId":"00000000000000ff","name":"x","startTimeUnixNano":"1772359200000000000","endTimeUnixNano":"1772359201000000000",{more}"attributes":[{}]}}"#,
        list.join(",")
    )
}

fn read(spans: &[String]) -> Seen {
    let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"helper"}}]}"#;
    let text = format!(
        r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    parse(&OtlpJson, "x", text.as_bytes())
}

fn told(seen: &Seen) -> Vec<String> {
    seen.told(
        "turn",
        &[
            "kind",
            "name",
            "text",
            "call_id",
            "is_error",
            "input_tokens",
            "output_tokens",
            "message_id",
        ],
    )
}

const ASKED: &str = r#"[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"old"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"shell"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ok"}]},{"role":"user","parts":[{"type":"text","content":"SHOP-142"}]}]"#;
const REPLY: &str = r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"Done."},{"type":"tool_call","id":"c2","name":"edit"}],"finish_reason":"stop"}]"#;

#[test]
fn what_is_told_twice_counts_once() {
    let common = [
        ("gen_ai.conversation.id", "s-1"),
        ("gen_ai.agent.name", "Claude Code"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&common[..], more].concat();
    let seen = read(&[
        span(
            1,
            &with(&[
                ("gen_ai.operation.name", "invoke_agent"),
                ("gen_ai.usage.input_tokens", "100"),
                ("gen_ai.usage.output_tokens", "7"),
            ]),
            "",
        ),
        span(
            2,
            &with(&[
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.request.model", "opus"),
                ("gen_ai.response.model", "opus-4"),
                ("gen_ai.response.id", "m1"),
                ("gen_ai.usage.input_tokens", "100"),
                ("gen_ai.usage.output_tokens", "7"),
                ("gen_ai.input.messages", ASKED),
                ("gen_ai.output.messages", REPLY),
            ]),
            "",
        ),
        span(
            3,
            &with(&[
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.tool.name", "edit"),
                ("gen_ai.tool.call.id", "c2"),
                (
                    "gen_ai.tool.call.arguments",
                    r#"{"file_path":"src/pay.rs"}"#,
                ),
            ]),
            r#""status":{"code":2},"#,
        ),
    ]);
    assert_eq!(
        told(&seen),
        [
            "prompt||SHOP-142|||||",
            "thinking||hm|||100|7|m1",
            "text||Done.|||||m1",
            "tool_call|edit|src/pay.rs|c2||||",
            "tool_result|||c2|true|||",
        ]
    );
    assert_eq!((seen.read, seen.kept, seen.of("span").len()), (3, 3, 3));
    let row = seen.of("session")[1];
    assert_eq!(
        (&*row["tool"], &*row["session_id"], &*row["model"]),
        ("claude", "s-1", "opus-4")
    );
    assert!(
        seen.classes("turn")
            .iter()
            .all(|class| *class == Some(EvidenceClass::Asserted))
    );
    assert_eq!(seen.classes("span"), [None; 3]);
    assert!(seen.of("span")[1]["attributes"].contains(r#""gen_ai.usage.input_tokens":100"#));
    let call = seen.of("turn")[3];
    assert_eq!(
        (&*call["file_path"], &*call["is_write"], &*call["parent_id"]),
        ("src/pay.rs", "true", "00000000000000ff")
    );
}

#[test]
fn a_reply_without_messages_still_costs() {
    let seen = read(&[
        span(
            1,
            &[
                ("gen_ai.conversation.id", "s"),
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.usage.prompt_tokens", "5"),
            ],
            "",
        ),
        span(
            2,
            &[
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.usage.input_tokens", "5"),
            ],
            "",
        ),
        span(
            3,
            &[
                ("gen_ai.conversation.id", "s"),
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.input.messages", "[{"),
            ],
            "",
        ),
    ]);
    assert_eq!(told(&seen), ["text|||||5||", "text|||||||"]);
    assert_eq!(seen.of("session")[0]["tool"], "helper");
}

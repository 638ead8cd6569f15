//! Agent Trace records (`cursor/agent-trace`, v0.1.0): which agent or person wrote which lines.
//!
//! `.agent-trace/traces.jsonl`, one record a line, or a single record. Source: the specification, its
//! schema and its reference hooks. A record names files, in each file conversations, in each
//! conversation ranges of lines; each range becomes a row. `vcs.revision` is HEAD at the time of the
//! edit, so it is an *ancestor* of the commit that holds the lines: it goes to `base_sha`, and `sha`
//! stays empty. Which commit holds them is for a link to find, by file, time and descent.
//!
//! Quirks of real writers: the reference hook writes `"version":"1.0"`, which its schema refuses, and
//! pseudo paths (`.sessions`, `.shell-history`, `.unknown`) for what is no edit; without a position it
//! gives lines 1 to n; Windows writes back-slashes. A flat dialect has one range a line and absolute
//! paths (`"schema":"agent-trace/v0.1.0"`), edits outside the repository among them. A revision of jj,
//! Mercurial or Subversion is no git commit and is left out. What it is not: proof; a hook beside the
//! agent writes it.

mod record;

use serde_json::Value;

use super::read::agent::tool;
use super::read::json::{self, Outcome};
use super::read::version::Known;
use super::read::{Element, Holders, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::code::{Attribution, Session, Turn};
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "Agent Trace",
    newest: &[(0, 1), (1, 0)],
};

/// Agent Trace records.
pub struct AgentTrace;

impl Format for AgentTrace {
    fn name(&self) -> &'static str {
        "agent_trace"
    }

    fn about(&self) -> &'static str {
        "Agent Trace records: copy .agent-trace/traces.jsonl of the repository"
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["attribution", "session", "turn"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`version` and `files` with `conversations`; or a `schema` of `agent-trace/…`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"version":"1.0","id":"t-1","timestamp":"2026-03-03T14:02:07Z","tool":{"name":"claude-code"},
 "vcs":{"type":"git","revision":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345"},
 "files":[{"path":"src/pay.rs","conversations":[
  {"contributor":{"type":"ai"},"ranges":[{"start_line":3,"end_line":9}]}]}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let flat = |value: &Value| {
            field::text(value, "/schema").is_some_and(|it| it.starts_with("agent-trace/"))
        };
        let record = |value: &Value| {
            let files = value.get("files").and_then(Value::as_array);
            let traced = |file: &Value| file.get("conversations").is_some_and(Value::is_array);
            has(value, &["version"]) && files.is_some_and(|files| files.iter().any(traced))
        };
        let empty = |value: &Value| {
            has(value, &["version", "id", "timestamp", "files"])
                && (has(value, &["tool"]) || has(value, &["vcs"]))
        };
        if peek.share(flat) >= 50 || peek.any(record) {
            CERTAIN
        } else if peek.share(empty) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        elements(
            chunk,
            &Holders::default(),
            sink,
            |element, sink| match json::value(element.bytes) {
                Ok(value) if value.get("files").is_some_and(Value::is_array) => {
                    VERSIONS.hold(field::text(&value, "/version"), sink);
                    nested(&value, element, sink)
                }
                Ok(value) if value.get("file_path").is_some() => {
                    VERSIONS.hold(field::text(&value, "/schema"), sink);
                    flat(&value, element, sink)
                }
                Ok(_) => Outcome::Rejected("neither `files` nor `file_path`".to_owned()),
                Err(why) => Outcome::Rejected(why),
            },
        );
    }
}

/// What a record says of all its ranges.
struct Context<'a> {
    stamp: Stamp,
    tool: Option<String>,
    session_id: Option<&'a str>,
    base_sha: Option<String>,
    version: Option<&'a str>,
}

impl<'a> Context<'a> {
    fn new(value: &'a Value, span: Span) -> Self {
        let ts_ns = field::text(value, "/timestamp").and_then(time::parse);
        let vcs = field::text(value, "/vcs/type").unwrap_or("git");
        let revision = field::text(value, "/vcs/revision").filter(|_| vcs == "git");
        let ids = [
            "/metadata/session_id",
            "/metadata/conversation_id",
            "/session_id",
            "/conversation_id",
        ];
        Self {
            stamp: Stamp::new(span, ts_ns),
            tool: field::text(value, "/tool/name").map(|name| tool(name).into_owned()),
            session_id: ids.iter().find_map(|at| field::text(value, at)),
            base_sha: revision.and_then(id::commit),
            version: field::text(value, "/tool/version"),
        }
    }

    /// The row of the session, where there is a key to it.
    fn session(&self, session_id: &str, model: Option<&str>, sink: &mut dyn Sink) {
        let Some(tool) = self.tool.as_deref() else {
            return;
        };
        let row = Session {
            tool: Some(tool.into()),
            session_id: Some(session_id.into()),
            session_hash: Some(id::session_hash(tool, session_id).into()),
            model: model.map(Into::into),
            version: self.version.map(Into::into),
            base_sha: self.base_sha.as_deref().map(Into::into),
            ..Session::default()
        };
        sink.record(self.stamp, &row);
    }
}

fn nested(value: &Value, element: &Element<'_>, sink: &mut dyn Sink) -> Outcome {
    let context = Context::new(value, element.span);
    let mut sessions: Vec<&str> = Vec::new();
    let mut rows = 0;
    for (range, span) in record::ranges(value, element) {
        let span = span.unwrap_or(element.span);
        let session_id = context.session_id.or(range.session_id);
        let model = range.model;
        if let Some(session_id) = session_id
            && !sessions.contains(&session_id)
            && sessions.len() < record::MOST_SESSIONS
        {
            sessions.push(session_id);
            context.session(session_id, model, sink);
        }
        if let Some(pseudo) = record::pseudo(range.path) {
            rows += u64::from(pseudo_turn(pseudo, value, &context, session_id, sink));
            continue;
        }
        let path = range.path.replace('\\', "/");
        let row = Attribution {
            path: Some(path.into()),
            line_start: range.lines.0,
            line_end: range.lines.1,
            author_kind: Some(record::author(range.author).into()),
            tool: context.tool.as_deref().map(Into::into),
            session_id: session_id.map(Into::into),
            model: model.map(Into::into),
            base_sha: context.base_sha.as_deref().map(Into::into),
            ..Attribution::default()
        };
        sink.record(
            Stamp {
                span,
                ..context.stamp
            },
            &row,
        );
        rows += 1;
    }
    if rows == 0 && sessions.is_empty() {
        return Outcome::Ignored("record without a range");
    }
    Outcome::Kept
}

/// What the reference hook notes under a pseudo path: a command that the agent ran.
fn pseudo_turn(
    path: &str,
    value: &Value,
    context: &Context<'_>,
    session_id: Option<&str>,
    sink: &mut dyn Sink,
) -> bool {
    let command = field::cell(value, "/metadata/command").filter(|_| path == ".shell-history");
    let Some(command) = command else { return false };
    let row = Turn {
        tool: context.tool.as_deref().map(Into::into),
        session_id: session_id.map(Into::into),
        turn_id: field::cell(value, "/id"),
        block: Some(0),
        role: Some("assistant".into()),
        kind: Some("tool_call".into()),
        name: Some("shell".into()),
        call_id: field::cell(value, "/metadata/tool_use_id"),
        text: Some(command),
        is_write: Some(false),
        ..Turn::default()
    };
    sink.record(context.stamp, &row);
    true
}

/// The dialect with one range a line. Its `tool` is the agent's tool, and the agent is named by the
/// form of the call's id at best.
fn flat(value: &Value, element: &Element<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(path) = field::text(value, "/file_path") else {
        return Outcome::Rejected("`file_path` is no text".to_owned());
    };
    let mut context = Context::new(value, element.span);
    let by_claude = field::text(value, "/tool_use_id").is_some_and(|it| it.starts_with("toolu_"));
    context.tool = context
        .tool
        .or_else(|| by_claude.then(|| "claude".to_owned()));
    let number = |key: &str| value.get(key).and_then(Value::as_i64);
    let row = Attribution {
        path: Some(path.replace('\\', "/").into()),
        line_start: number("start_line"),
        line_end: number("end_line"),
        author_kind: Some("ai".into()),
        tool: context.tool.as_deref().map(Into::into),
        session_id: context.session_id.map(Into::into),
        model: field::cell(value, "/model_id"),
        base_sha: context.base_sha.as_deref().map(Into::into),
        ..Attribution::default()
    };
    sink.record(context.stamp, &row);
    Outcome::Kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

    fn record() -> String {
        format!(
            r#"{{"version":"1.0","id":"i1","timestamp":"2026-03-01T10:00:00Z","vcs":{{"type":"git","revision":"{SHA}"}},
 "tool":{{"name":"claude-code","version":"2.1"}},
 "files":[
  {{"path":"src\\pay.rs","conversations":[
    {{"url":"https://x.example/c/s-1?t=1","contributor":{{"type":"ai","model_id":"anthropic/opus"}},
      "ranges":[{{"start_line":3,"end_line":9,"content_hash":"murmur3:1"}},{{"start_line":20,"end_line":20,"contributor":{{"type":"human"}}}}]}},
    {{"contributor":{{"type":"mixed"}},"ranges":[{{"start_line":30,"end_line":31}}]}}]}},
  {{"path":".sessions","conversations":[{{"contributor":{{"type":"ai"}},"ranges":[{{"start_line":1,"end_line":1}}]}}]}}]}}"#
        )
    }

    fn told(seen: &Seen) -> Vec<String> {
        seen.told(
            "attribution",
            &[
                "path",
                "line_start",
                "line_end",
                "author_kind",
                "tool",
                "session_id",
                "model",
                "base_sha",
            ],
        )
    }

    #[test]
    fn ranges_hold_at_a_descendant_of_the_revision() {
        let text = record();
        assert_eq!(sniff(&AgentTrace, text.as_bytes()), CERTAIN);
        let seen = parse(&AgentTrace, "x", text.as_bytes());
        assert_eq!(
            told(&seen),
            [
                format!("src/pay.rs|3|9|ai|claude|s-1|anthropic/opus|{SHA}"),
                format!("src/pay.rs|20|20|human|claude|s-1||{SHA}"),
                format!("src/pay.rs|30|31|mixed|claude|||{SHA}"),
            ]
        );
        assert!(!seen.of("attribution")[0].contains_key("sha"));
        let row = seen.of("session")[0];
        assert_eq!(
            (
                &*row["session_id"],
                &*row["base_sha"],
                &*row["session_hash"]
            ),
            ("s-1", SHA, &*id::session_hash("claude", "s-1"))
        );
        assert!(!row.contains_key("started_ns"));
        let span = seen.rows[1].1.span;
        let start = usize::try_from(span.offset).unwrap();
        assert!(text[start..].starts_with(r#"{"start_line":3"#));
        assert_eq!(
            seen.times("attribution")[0],
            "2026-03-01T10:00:00.000000000Z"
        );
    }

    #[test]
    fn pseudo_paths_are_no_files() {
        let text = r#"{"version":"0.1.0","id":"i","timestamp":"2026-03-01T10:00:00Z","tool":{"name":"cursor"},"metadata":{"conversation_id":"c9","command":"cargo test"},
            "files":[{"path":".shell-history","conversations":[{"contributor":{"type":"ai"},"ranges":[{"start_line":1,"end_line":1}]}]}]}
            {"version":"0.1.0","id":"i","timestamp":"x","tool":{},"files":[]}"#;
        let seen = parse(&AgentTrace, "x", text.as_bytes());
        assert!(seen.of("attribution").is_empty());
        let turn = seen.of("turn")[0];
        assert_eq!((&*turn["text"], &*turn["session_id"]), ("cargo test", "c9"));
        assert_eq!((seen.kept, seen.ignored["record without a range"]), (1, 1));
    }

    #[test]
    fn a_revision_of_another_system_is_no_commit() {
        let text = record().replace(r#""type":"git""#, r#""type":"jj""#);
        let seen = parse(&AgentTrace, "x", text.as_bytes());
        assert!(!seen.of("attribution")[0].contains_key("base_sha"));
    }

    #[test]
    fn the_flat_dialect_is_read() {
        let text = r#"{"schema":"agent-trace/v0.1.0","session_id":"s-2","file_path":"/w/a.rs","start_line":7,"end_line":8,"tool":"Edit","tool_use_id":"toolu_1","timestamp":"2026-03-01T10:00:00+00:00"}
{"schema":"agent-trace/v0.1.0","file_path":5}
{"schema":"agent-trace/v0.1.0"}
"#;
        assert_eq!(sniff(&AgentTrace, text.as_bytes()), CERTAIN);
        let seen = parse(&AgentTrace, "x", text.as_bytes());
        assert_eq!(told(&seen), ["/w/a.rs|7|8|ai|claude|s-2||"]);
        assert_eq!(seen.rejects.len(), 2);
    }

    #[test]
    fn a_file_may_end_anywhere() {
        let text = record();
        for end in 0..text.len() {
            let _ = parse(&AgentTrace, "x", &text.as_bytes()[..end]);
        }
        let mut bytes = text.into_bytes();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = parse(&AgentTrace, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }

    #[test]
    fn samples_are_read_whole() {
        let mut rows = 0;
        for (path, bytes) in samples("agent-trace") {
            let format = crate::formats::sniff(&path, &bytes).format.unwrap();
            assert_eq!(format.name(), "agent_trace", "{path}");
            let seen = parse(&AgentTrace, &path, &bytes);
            assert!(seen.rejects.is_empty() && seen.ignored.is_empty(), "{path}");
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(
                seen.of("attribution").len(),
                text.matches("\"start_line\"").count(),
                "{path}"
            );
            rows += seen.of("attribution").len();
        }
        assert!(rows == 0 || rows > 20, "{rows}");
    }
}

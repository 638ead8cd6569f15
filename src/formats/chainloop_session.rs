//! Chainloop evidence of an AI coding session (`CHAINLOOP_AI_CODING_SESSION`, schema 0.1): the one
//! session export that states its own commits.
//!
//! Source: `chainloop-dev/chainloop`, its JSON schema and test data. A document is the evidence with
//! `schema` and `chainloop.material.evidence.id` around `data`, or bare `data`. It gives one session,
//! the commits that it made (full ids, or an abbreviated id and a subject), and per file who wrote it:
//! ranges hold at `commit_end`. `commit_start` is the first of the session's own commits in some
//! documents and the parent of its work in others; only where it is none of `commits` is it the base.
//!
//! `raw_session` holds the agent's own transcript, one list a thread; each becomes a file of its own,
//! so that whoever wrote it is read by its own format and tokens are counted there. `usage` is a sum
//! and stays among the session's attributes. The digest of this document is a material of a Chainloop
//! attestation, which makes it attested where such a one is in the case; by itself it is asserted.
//! `CHAINLOOP_AI_AGENT_CONFIG` is counted and passed over.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::read::agent::tool;
use super::read::json::{self, Outcome};
use super::read::version::Known;
use super::read::{Cursor, Element, Holders, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::code::{Attribution, Session};
use crate::model::{EvidenceClass, Nested, Sink, Span, Stamp, id, time};

const ID: &str = "chainloop.material.evidence.id";
const CONFIG: Outcome = Outcome::Ignored("agent configuration");

/// Members of the session that are kept as they are.
const FACTS: [&str; 7] = [
    "usage",
    "tools_used",
    "conversation",
    "subagents",
    "warnings",
    "model",
    "schema_version",
];

/// The newest versions that are known.
const VERSIONS: Known = Known {
    what: "Chainloop AI coding session",
    newest: &[(0, 1), (1, 0)],
};

/// Chainloop AI coding sessions.
pub struct ChainloopSession;

impl Format for ChainloopSession {
    fn name(&self) -> &'static str {
        "chainloop_session"
    }

    fn about(&self) -> &'static str {
        "Chainloop AI coding sessions: chainloop artifact download --digest DIGEST of the material CHAINLOOP_AI_CODING_SESSION"
    }

    fn unit(&self) -> &'static str {
        "document"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["session", "attribution"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a material id `CHAINLOOP_AI_…` or a `schema` of schemas.chainloop.dev"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"schema":"https://schemas.chainloop.dev/aicodingsession/0.1/ai-coding-session.schema.json","data":{
 "schema_version":"v1","agent":{"name":"claude-code"},
 "session":{"id":"s-1","started_at":"2026-03-03T14:02:07Z"},
 "git_context":{"repository":"git@git.acme.example:acme/shop.git","commit_end":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345"}}}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let Some(value) = peek.first() else { return NO };
        let named = value.get(ID).and_then(Value::as_str);
        let schema = field::text(value, "/schema").unwrap_or_default();
        let bare = has(value, &["schema_version", "agent", "session"])
            && value.pointer("/session/started_at").is_some();
        let config = has(value, &["agent", "config_hash", "config_files"]);
        if named.is_some_and(|it| it.starts_with("CHAINLOOP_AI_"))
            || schema.starts_with("https://schemas.chainloop.dev/ai")
        {
            CERTAIN
        } else if bare || config {
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
                Ok(value) => document(&value, element, sink),
                Err(why) => Outcome::Rejected(why),
            },
        );
    }
}

fn document(value: &Value, element: &Element<'_>, sink: &mut dyn Sink) -> Outcome {
    let data = value.get("data").unwrap_or(value);
    if data.get("config_hash").is_some() || data.get("config_files").is_some() {
        return CONFIG;
    }
    let (Some(session_id), Some(agent)) = (
        field::text(data, "/session/id"),
        field::text(data, "/agent/name"),
    ) else {
        return Outcome::Rejected("no `session.id` or no `agent.name`".to_owned());
    };
    VERSIONS.hold(field::text(data, "/schema_version"), sink);
    let agent = tool(agent);
    let at = |pointer: &str| field::text(data, pointer).and_then(time::parse);
    let started_ns = at("/session/started_at");
    let commits: Vec<String> = field::list(data, "/git_context/commits")
        .iter()
        .filter_map(|commit| id::commit_prefix(commit.as_str()?.split_whitespace().next()?))
        .collect();
    let commit = |pointer: &str| field::text(data, pointer).and_then(id::commit);
    let own = |sha: &String| {
        commits
            .iter()
            .any(|commit| sha.starts_with(commit.as_str()))
    };
    let (start, end) = (
        commit("/git_context/commit_start"),
        commit("/git_context/commit_end"),
    );
    let facts: Map<String, Value> = FACTS
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), data.get(*key)?.clone())))
        .collect();
    let row = Session {
        session_hash: Some(id::session_hash(&agent, session_id).into()),
        tool: Some(agent.clone()),
        session_id: Some(session_id.into()),
        title: field::cell(data, "/session/slug"),
        model: field::cell(data, "/model/primary"),
        version: field::cell(data, "/agent/version"),
        cwd: field::cell(data, "/git_context/work_dir"),
        repository: field::text(data, "/git_context/repository")
            .and_then(id::repository)
            .map(Into::into),
        branch: field::cell(data, "/git_context/branch"),
        base_sha: start.filter(|sha| !own(sha)).map(Into::into),
        started_ns,
        ended_ns: at("/session/ended_at"),
        commits: (!commits.is_empty()).then(|| commits.join(" ").into()),
        attributes: (!facts.is_empty()).then(|| Value::Object(facts).to_string().into()),
        ..Session::default()
    };
    sink.record(Stamp::new(element.span, started_ns), &row);
    let stamp = Stamp::new(element.span, at("/session/ended_at").or(started_ns));
    for file in field::list(data, "/code_changes/files") {
        files(file, &agent, session_id, end.as_deref(), stamp, sink);
    }
    threads(element, sink);
    Outcome::Kept
}

/// Who wrote a file, as far as the document says.
fn files(
    file: &Value,
    agent: &str,
    session_id: &str,
    end: Option<&str>,
    stamp: Stamp,
    sink: &mut dyn Sink,
) {
    let (Some(path), Some(kind)) = (
        field::text(file, "/path"),
        field::text(file, "/attribution"),
    ) else {
        return;
    };
    let by_agent = kind == "ai" || kind == "mixed";
    let other = field::text(file, "/session_ids/0").unwrap_or(session_id);
    let row = |lines: (Option<i64>, Option<i64>)| Attribution {
        sha: end.map(Into::into),
        path: Some(path.into()),
        line_start: lines.0,
        line_end: lines.1,
        author_kind: Some(
            if by_agent || kind == "human" {
                kind
            } else {
                "unknown"
            }
            .into(),
        ),
        tool: by_agent.then(|| agent.into()),
        session_id: by_agent.then(|| other.into()),
        ..Attribution::default()
    };
    let ranges = field::list(file, "/line_ranges");
    if ranges.is_empty() {
        sink.record(stamp, &row((None, None)));
    }
    for range in ranges {
        let number = |key: &str| range.get(key).and_then(Value::as_i64);
        sink.record(stamp, &row((number("start"), number("end"))));
    }
}

/// Hands over each thread of the agent's own transcript as lines.
fn threads(element: &Element<'_>, sink: &mut dyn Sink) {
    let mut found: Vec<(String, Vec<u8>, Span)> = Vec::new();
    let mut cursor = Cursor::new(element.bytes);
    // The text is sound; the walk ends early only where a member is no object.
    let _ = cursor.object(|key, cursor| match (key, cursor.peek()) {
        ("raw_session", Some(b'{')) => raw(cursor, element, &mut found),
        ("data", Some(b'{')) => cursor.object(|key, cursor| match (key, cursor.peek()) {
            ("raw_session", Some(b'{')) => raw(cursor, element, &mut found),
            _ => cursor.skip(),
        }),
        _ => cursor.skip(),
    });
    for (name, bytes, span) in found {
        sink.nested(Nested { name, bytes, span });
    }
}

/// The threads of `raw_session`: their records one a line, which is how the agent wrote them.
fn raw(
    cursor: &mut Cursor<'_>,
    element: &Element<'_>,
    found: &mut Vec<(String, Vec<u8>, Span)>,
) -> Result<(), super::read::cursor::Stop> {
    cursor.object(|thread, cursor| {
        if cursor.peek() != Some(b'[') {
            return cursor.skip();
        }
        let start = cursor.position();
        let mut lines = Vec::new();
        cursor.array(|cursor| {
            let record: &RawValue = cursor.value()?;
            lines.extend_from_slice(record.get().as_bytes());
            lines.push(b'\n');
            Ok(())
        })?;
        let span = Span::new(
            element.span.offset + start as u64,
            (cursor.position() - start) as u64,
        );
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let thread: String = thread.chars().filter(|c| plain(*c)).take(64).collect();
        let name = element.nested_name(&format!("raw_session-{thread}"));
        if !lines.is_empty() {
            found.push((name, lines, span));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{parse, samples, sniff};

    const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

    fn document() -> String {
        format!(
            r#"{{"schema":"https://schemas.chainloop.dev/aicodingsession/0.1/ai-coding-session.schema.json","{ID}":"CHAINLOOP_AI_CODING_SESSION","data":{{
 "schema_version":"v1","agent":{{"name":"claude-code","version":"2.1.9"}},
 "session":{{"id":"aaaa-1","slug":"keen-fox","started_at":"2026-03-01T10:00:00.5Z","ended_at":"2026-03-01T10:10:00Z","duration_seconds":600}},
 "git_context":{{"repository":"git@github.com:Acme/Shop.git","branch":"once","work_dir":"/w/shop","commit_start":"{}","commit_end":"{SHA}","commits":["5ca1ab1 Charge once"],"commit_count":1}},
 "code_changes":{{"files":[{{"path":"src/pay.rs","status":"modified","attribution":"ai","line_ranges":[{{"start":6,"end":9}},{{"start":12,"end":12}}]}},
   {{"path":"README.md","status":"modified","attribution":"human"}},{{"path":"go.mod","status":"created"}}]}},
 "model":{{"primary":"opus"}},"usage":{{"input_tokens":8}},
 "raw_session":{{"main":[{{"type":"user","uuid":"u1","sessionId":"aaaa-1","message":{{"role":"user","content":"go"}}}}, {{"type":"summary"}}],"agent-1":[],"x":5}}}}}}"#,
            "b".repeat(40)
        )
    }

    #[test]
    fn a_session_states_its_own_commits() {
        let text = document();
        assert_eq!(sniff(&ChainloopSession, text.as_bytes()), CERTAIN);
        let seen = parse(&ChainloopSession, "x", text.as_bytes());
        let row = seen.of("session")[0];
        for (key, expected) in [
            ("tool", "claude"),
            ("session_id", "aaaa-1"),
            ("title", "keen-fox"),
            ("model", "opus"),
            ("repository", "github.com/acme/shop"),
            ("base_sha", &*"b".repeat(40)),
            ("commits", "5ca1ab1"),
        ] {
            assert_eq!(row[key], expected, "{key}");
        }
        assert_eq!(seen.times("session"), ["2026-03-01T10:00:00.500000000Z"]);
        let rows = seen.told(
            "attribution",
            &[
                "sha",
                "path",
                "line_start",
                "line_end",
                "author_kind",
                "session_id",
            ],
        );
        assert_eq!(
            rows,
            [
                format!("{SHA}|src/pay.rs|6|9|ai|aaaa-1"),
                format!("{SHA}|src/pay.rs|12|12|ai|aaaa-1"),
                format!("{SHA}|README.md|||human|"),
            ]
        );
    }

    #[test]
    fn threads_become_files_of_their_own() {
        let text = document();
        let seen = parse(&ChainloopSession, "x", text.as_bytes());
        let [nested] = seen.nested.as_slice() else {
            panic!("{}", seen.nested.len());
        };
        assert_eq!(nested.name, "raw_session-main");
        let format = crate::formats::sniff("x", &nested.bytes).format.unwrap();
        assert_eq!(format.name(), "claude_session");
        let inside = parse(format, "x!raw_session-main", &nested.bytes);
        assert_eq!(inside.of("session")[0]["session_id"], "aaaa-1");
        let start = usize::try_from(nested.span.offset).unwrap();
        assert!(text[start..].starts_with(r#"[{"type":"user""#));
    }

    #[test]
    fn a_base_that_is_an_own_commit_is_none() {
        let text = document().replace(&"b".repeat(40), SHA);
        let seen = parse(&ChainloopSession, "x", text.as_bytes());
        assert!(!seen.of("session")[0].contains_key("base_sha"));
    }

    #[test]
    fn a_file_may_end_anywhere() {
        let text = document();
        for end in 0..text.len() {
            let _ = parse(&ChainloopSession, "x", &text.as_bytes()[..end]);
        }
        let mut bytes = text.into_bytes();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = parse(&ChainloopSession, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }

    #[test]
    fn samples_are_read_or_rejected_as_the_schema_says() {
        let mut sessions = 0;
        for (path, bytes) in samples("agent-sessions/chainloop") {
            let name = path.rsplit('/').next().unwrap();
            let format = crate::formats::sniff(&path, &bytes)
                .format
                .map(Format::name);
            let is_schema = name.contains("schema.json");
            // Lacks what tells it from any other document.
            let is_bare = matches!(
                name,
                "ai_coding_session_missing_required.json" | "ai_agent_config_missing_agent.json"
            );
            let expected = (!is_schema && !is_bare).then_some("chainloop_session");
            assert_eq!(format, expected, "{path}");
            if format.is_some() {
                let seen = parse(&ChainloopSession, &path, &bytes);
                let is_config = name.contains("agent") && name.contains("config");
                let config = seen.ignored.contains_key("agent configuration");
                assert_eq!((seen.read, config), (1, is_config), "{path}");
                assert_eq!(seen.of("session").len(), usize::from(!is_config), "{path}");
                sessions += seen.of("session").len();
            }
        }
        assert!(matches!(sessions, 0 | 4), "{sessions}");
    }
}

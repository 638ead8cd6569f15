//! Entire checkpoints: which agent session stood behind a commit.
//!
//! The branch `entire/checkpoints/v1` (`git archive entire/checkpoints/v1`, or a worktree of it) has a
//! folder per checkpoint, `<id[:2]>/<id[2:]>/metadata.json`, and per session `N/metadata.json` beside
//! its transcript `N/full.jsonl`. Source: `entireio/cli`, and 22 such documents of its own repository.
//! A commit's trailer `Entire-Checkpoint: <12 hex>` names the folder; the session's document names the
//! session, so together they tie a transcript to a commit.
//!
//! The transcript is the whole session so far; `transcript_lines_at_start` says where this checkpoint's
//! part begins. The checkpoint's own document names its sessions by path only: it is counted and
//! passed over, for all that it says stands in theirs. `content_hash.txt` is read as a checksum.
//! Attribution is in numbers of lines, not in ranges, and stays among the session's attributes. What
//! it is not: a witness; the agent's hooks write it.

use serde_json::{Map, Value};

use super::read::agent::tool;
use super::read::json::{self, Outcome};
use super::read::{Element, Holders, elements, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::code::Session;
use crate::model::{EvidenceClass, Sink, Stamp, id, time};

/// Members that are kept as they are.
const FACTS: [&str; 10] = [
    "strategy",
    "checkpoints_count",
    "files_touched",
    "transcript_path",
    "transcript_identifier_at_start",
    "transcript_lines_at_start",
    "checkpoint_transcript_start",
    "token_usage",
    "initial_attribution",
    "summary",
];

/// `metadata.json` of Entire's checkpoints.
pub struct EntireCheckpoint;

impl Format for EntireCheckpoint {
    fn name(&self) -> &'static str {
        "entire_checkpoint"
    }

    fn about(&self) -> &'static str {
        "Entire checkpoints: git archive entire/checkpoints/v1 (metadata.json; transcripts are read as what they are)"
    }

    fn unit(&self) -> &'static str {
        "document"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["session"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`checkpoint_id` with `strategy` and `files_touched`, or with `session_id`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"checkpoint_id":"b15d3b4e29e9","session_id":"s-1","strategy":"manual-commit","agent":"Claude Code",
 "created_at":"2026-03-03T14:02:07Z","branch":"main","files_touched":["src/pay.rs"]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let Some(value) = peek.first() else { return NO };
        let named = field::text(value, "/checkpoint_id").is_some_and(is_checkpoint);
        match (named, has(value, &["strategy", "files_touched"])) {
            (true, true) => CERTAIN,
            (true, false) if has(value, &["session_id"]) => LIKELY,
            _ => NO,
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

/// True for 12 hex digits, or the longer ids of newer versions.
fn is_checkpoint(text: &str) -> bool {
    (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn document(value: &Value, element: &Element<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(checkpoint) = field::text(value, "/checkpoint_id") else {
        return Outcome::Rejected("no `checkpoint_id`".to_owned());
    };
    let Some(session_id) = field::text(value, "/session_id") else {
        let is_summary = value.get("sessions").is_some();
        return if is_summary {
            Outcome::Ignored("checkpoint as a whole, its sessions have documents of their own")
        } else {
            Outcome::Rejected("no `session_id`".to_owned())
        };
    };
    let agent = tool(field::text(value, "/agent").unwrap_or("claude"));
    let facts: Map<String, Value> = FACTS
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), value.get(*key)?.clone())))
        .collect();
    let ts_ns = field::text(value, "/created_at").and_then(time::parse);
    let row = Session {
        session_hash: Some(id::session_hash(&agent, session_id).into()),
        tool: Some(agent),
        session_id: Some(session_id.into()),
        model: field::cell(value, "/model"),
        branch: field::cell(value, "/branch"),
        checkpoint_id: Some(checkpoint.into()),
        // When the checkpoint was made is not when the session began or ended.
        attributes: Some(Value::Object(facts).to_string().into()),
        ..Session::default()
    };
    sink.record(Stamp::new(element.span, ts_ns), &row);
    Outcome::Kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{parse, samples, sniff};

    const SESSION: &str = r#"{
  "cli_version": "0.4.1",
  "checkpoint_id": "b15d3b4e29e9",
  "session_id": "aaaa-1",
  "strategy": "manual-commit",
  "created_at": "2026-03-01T10:00:00.510275Z",
  "branch": "main",
  "files_touched": ["src/pay.rs"],
  "agent": "Claude Code",
  "transcript_lines_at_start": 46,
  "initial_attribution": {"agent_lines": 8, "agent_percentage": 100},
  "new": 1
}"#;

    #[test]
    fn a_sessions_document_ties_it_to_the_checkpoint() {
        assert_eq!(sniff(&EntireCheckpoint, SESSION.as_bytes()), CERTAIN);
        let seen = parse(&EntireCheckpoint, "x", SESSION.as_bytes());
        let row = seen.of("session")[0];
        for (key, expected) in [
            ("tool", "claude"),
            ("session_id", "aaaa-1"),
            ("session_hash", &*id::session_hash("claude", "aaaa-1")),
            ("checkpoint_id", "b15d3b4e29e9"),
            ("branch", "main"),
            (
                "attributes",
                r#"{"strategy":"manual-commit","files_touched":["src/pay.rs"],"transcript_lines_at_start":46,"initial_attribution":{"agent_lines":8,"agent_percentage":100}}"#,
            ),
        ] {
            assert_eq!(row[key], expected, "{key}");
        }
        assert!(!row.contains_key("started_ns"));
        assert_eq!(seen.times("session"), ["2026-03-01T10:00:00.510275000Z"]);
    }

    #[test]
    fn the_checkpoints_own_document_is_passed_over() {
        let text = r#"{"checkpoint_id":"b15d3b4e29e9","strategy":"x","files_touched":[],"sessions":[{"metadata":"/b1/x"}]}
            {"checkpoint_id":"b15d3b4e29e9"} {"session_id":"a"} 7"#;
        assert_eq!(sniff(&EntireCheckpoint, text.as_bytes()), CERTAIN);
        let seen = parse(&EntireCheckpoint, "x", text.as_bytes());
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 0, 3));
    }

    #[test]
    fn samples_are_told_apart_from_their_transcripts() {
        let (mut sessions, mut wholes) = (0, 0);
        for (path, bytes) in samples("entire-checkpoints") {
            let head = &bytes[..bytes.len().min(64 * 1024)];
            let format = crate::formats::sniff(&path, head).format.map(Format::name);
            let expected = match path.rsplit('/').next().unwrap() {
                "metadata.json" => Some("entire_checkpoint"),
                "full.jsonl" => Some("claude_session"),
                "content_hash.txt" => Some("checksums"),
                _ => None,
            };
            assert_eq!(format, expected, "{path}");
            if expected == Some("entire_checkpoint") {
                let seen = parse(&EntireCheckpoint, &path, &bytes);
                assert!(seen.rejects.is_empty(), "{path}");
                sessions += seen.of("session").len();
                wholes += seen.ignored.len();
            }
        }
        assert!(
            (sessions, wholes) == (11, 11) || sessions + wholes == 0,
            "{sessions} {wholes}"
        );
    }
}

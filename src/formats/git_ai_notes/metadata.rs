//! The JSON half of a note: who the keys of the attestation text stand for.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::session_hash;
use crate::formats::read::Cursor;
use crate::model::code::Attribution;
use crate::model::{Span, id};

/// What the JSON object says.
#[derive(Default)]
pub(super) struct Metadata {
    /// The schema and its version.
    pub(super) schema: Option<String>,
    /// The commit that the line numbers hold at.
    pub(super) base_commit: Option<String>,
    /// Records of `sessions` and of the older `prompts`, by key.
    pub(super) agents: BTreeMap<String, Agent>,
    /// Bytes up to the object's end.
    pub(super) length: usize,
    humans: HashMap<String, Option<String>>,
}

/// An agent session, and where its record stands.
pub(super) struct Agent {
    /// The agent's own session id.
    pub(super) id: Option<String>,
    /// Model.
    pub(super) model: Option<String>,
    /// The person who ran it: an address or a bare name, or nothing.
    pub(super) human: Option<String>,
    /// The record's bytes.
    pub(super) span: Span,
    tool: Option<String>,
}

impl Agent {
    fn new(record: &Value, span: Span) -> Self {
        let text = |pointer| {
            record
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Self {
            tool: text("/agent_id/tool").map(|tool| tool.to_lowercase()),
            id: text("/agent_id/id"),
            model: text("/agent_id/model"),
            human: text("/human_author"),
            span,
        }
    }

    /// The agent's name in lower case.
    pub(super) fn tool(&self) -> Option<&str> {
        self.tool.as_deref()
    }
}

impl Metadata {
    /// Reads the object that `json` starts with; `offset` is where `json` starts in the file.
    pub(super) fn read(json: &[u8], offset: u64) -> Result<Self, String> {
        let mut metadata = Self::default();
        let mut cursor = Cursor::new(json);
        let read = cursor.object(|key, cursor| match key {
            "schema_version" => {
                let value: Value = cursor.value()?;
                metadata.schema = value.as_str().map(str::to_owned);
                Ok(())
            }
            "base_commit_sha" => {
                let value: Value = cursor.value()?;
                metadata.base_commit = value.as_str().and_then(id::commit);
                Ok(())
            }
            "sessions" | "prompts" => cursor.object(|key, cursor| {
                let start = cursor.position();
                let record: Value = cursor.value()?;
                let length = cursor.position().saturating_sub(start);
                let span = Span::new(offset + start as u64, length as u64);
                metadata
                    .agents
                    .insert(key.to_owned(), Agent::new(&record, span));
                Ok(())
            }),
            "humans" => cursor.object(|key, cursor| {
                let record: Value = cursor.value()?;
                let author = record
                    .get("author")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                metadata.humans.insert(key.to_owned(), author);
                Ok(())
            }),
            _ => cursor.skip(),
        });
        read.map_err(|stop| format!("metadata: {}", stop.why))?;
        metadata.length = cursor.position();
        Ok(metadata)
    }

    /// What an entry's key says of its lines: a row without commit, path and range.
    pub(super) fn attribution<'a>(&'a self, key: &'a str) -> Attribution<'a> {
        if key.starts_with("h_") {
            let human = self.humans.get(key);
            return Attribution {
                author_kind: Some("human".into()),
                human: human.and_then(|author| author.as_deref().map(Into::into)),
                dangling: Some(human.is_none()),
                ..Attribution::default()
            };
        }
        // `s_…::t_…` names a step of the session; records are per session.
        let key = key.split_once("::").map_or(key, |(session, _)| session);
        let agent = self.agents.get(key);
        Attribution {
            author_kind: Some(
                if agent.is_some() || is_agent_key(key) {
                    "ai"
                } else {
                    "unknown"
                }
                .into(),
            ),
            session_hash: Some(session_hash(key)),
            tool: agent.and_then(Agent::tool).map(Into::into),
            session_id: agent.and_then(|agent| agent.id.as_deref().map(Into::into)),
            model: agent.and_then(|agent| agent.model.as_deref().map(Into::into)),
            human: agent.and_then(|agent| agent.human.as_deref().map(Into::into)),
            dangling: Some(agent.is_none()),
            ..Attribution::default()
        }
    }
}

/// Keys that git-ai gives to agents: sessions, hashes of 7 (oldest) or 16 digits, and the bare
/// `ai_agent` that it writes where it knows no more.
fn is_agent_key(key: &str) -> bool {
    let hash = key.len() >= 7 && key.bytes().all(|b| b.is_ascii_hexdigit());
    hash || key.starts_with("s_") || key.starts_with("ai_")
}

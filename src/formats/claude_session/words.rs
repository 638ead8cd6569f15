//! The words of a transcript: its lines, messages and content blocks as they are written.
//!
//! Fields are read leniently: one of another type than usual is taken as absent, because versions
//! differ and a turn must not be lost over a field that hardly matters.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::formats::read::raw;

/// One line.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Line<'a> {
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) subtype: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) uuid: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) parent_uuid: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) session_id: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) cwd: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) git_branch: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) version: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_sidechain: bool,
    #[serde(deserialize_with = "flag")]
    pub(super) is_meta: bool,
    #[serde(deserialize_with = "flag")]
    pub(super) is_compact_summary: bool,
    #[serde(borrow, deserialize_with = "part")]
    pub(super) message: Option<Message<'a>>,
    /// The result of a tool as the client saw it; taken where it is plain text.
    #[serde(borrow, deserialize_with = "text")]
    pub(super) tool_use_result: Option<Cow<'a, str>>,
    /// Text of a system line.
    #[serde(borrow, deserialize_with = "text")]
    pub(super) content: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "part")]
    pub(super) hook_infos: Option<Vec<Hook<'a>>>,
    #[serde(borrow, deserialize_with = "part")]
    data: Option<Progress<'a>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) summary: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) leaf_uuid: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) custom_title: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) ai_title: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) pr_url: Option<Cow<'a, str>>,
    /// The lines, where this is a whole session in one document.
    #[serde(borrow, deserialize_with = "part")]
    pub(super) loglines: Option<Vec<&'a RawValue>>,
}

impl Line<'_> {
    /// The type; where a tool has stripped it, the role says as much.
    pub(super) fn kind(&self) -> &str {
        let role = || {
            self.message
                .as_ref()
                .and_then(|message| message.role.as_deref())
        };
        self.kind.as_deref().or_else(role).unwrap_or_default()
    }

    /// True for a line that is about a session rather than part of it.
    pub(super) fn is_note(&self) -> bool {
        matches!(
            self.kind(),
            "summary" | "pr-link" | "custom-title" | "ai-title"
        )
    }
}

impl Line<'_> {
    /// A line that reports what a subagent said or did becomes what the subagent's own file has in
    /// its place; any other line stays as it is.
    pub(super) fn unfolded(self) -> Self {
        let reported = self.data.as_ref().and_then(Progress::reported);
        let Some(line) = reported.filter(|_| self.kind() == "progress") else {
            return self;
        };
        Self {
            is_sidechain: true,
            session_id: self.session_id,
            cwd: self.cwd,
            git_branch: self.git_branch,
            version: self.version,
            uuid: line.uuid.or(self.uuid),
            timestamp: line.timestamp.or(self.timestamp),
            ..line
        }
    }
}

/// A message as the API has it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow, deserialize_with = "text")]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) role: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(deserialize_with = "part")]
    pub(super) usage: Option<Usage>,
}

impl Message<'_> {
    /// The model that answered; the client's own notices carry `<synthetic>`.
    pub(super) fn model(&self) -> Option<&str> {
        self.model
            .as_deref()
            .filter(|model| *model != "<synthetic>")
    }
}

/// What a reply cost.
#[expect(clippy::struct_field_names, reason = "the names are those of the API")]
#[derive(Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
}

impl Usage {
    /// All tokens that went in, cached or not.
    pub(super) fn input(&self) -> Option<i64> {
        let parts = [
            self.input_tokens,
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
        ];
        parts.into_iter().flatten().reduce(i64::saturating_add)
    }
}

/// One block of a message's content.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Block<'a> {
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    pub(super) kind: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) text: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) thinking: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) tool_use_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_error: bool,
}

impl<'a> Block<'a> {
    /// The blocks of a message: a string is one block of text, and so is a string in a list.
    pub(super) fn all(content: &'a RawValue) -> Vec<Self> {
        if let Some(text) = raw::text(content) {
            return vec![Self {
                text: Some(text),
                ..Self::default()
            }];
        }
        let list: Vec<&RawValue> = serde_json::from_str(content.get()).unwrap_or_default();
        let block = |raw: &'a RawValue| match raw::text(raw) {
            Some(text) => Self {
                text: Some(text),
                ..Self::default()
            },
            None => serde_json::from_str(raw.get()).unwrap_or_default(),
        };
        list.into_iter().map(block).collect()
    }
}

/// The fields of a tool's input that say in a few words what it is asked to do.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Input<'a> {
    #[serde(borrow, deserialize_with = "text")]
    pub(super) command: Option<Cow<'a, str>>,
    #[serde(alias = "notebook_path", borrow, deserialize_with = "text")]
    pub(super) file_path: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) url: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) query: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) pattern: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) path: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) description: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) prompt: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) plan: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) skill: Option<Cow<'a, str>>,
}

/// A command that the client ran around the agent's work.
#[derive(Deserialize)]
pub(super) struct Hook<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    pub(super) command: Option<Cow<'a, str>>,
}

/// What a line reports of something that still runs.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Progress<'a> {
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
    // Kept as text: a line inside a line inside a line must not nest without end.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl<'a> Progress<'a> {
    /// The subagent's line.
    fn reported(&self) -> Option<Line<'a>> {
        let message = self
            .message
            .filter(|_| self.kind.as_deref() == Some("agent_progress"))?;
        let line: Line<'a> = serde_json::from_str(message.get()).ok()?;
        line.message.is_some().then_some(line)
    }
}

/// A string, or nothing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(raw::text)
}

/// `true`, or false.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    <&RawValue>::deserialize(deserializer).map(|raw| raw.get() == "true")
}

/// A part of the expected shape, or nothing.
fn part<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw = <&'de RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

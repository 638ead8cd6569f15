//! Sessions: what the lines of a chunk say about the session that they belong to.

use std::borrow::Cow;
use std::collections::HashMap;

use super::words::{Line, Message};
use crate::formats::read::json::Outcome;
use crate::model::code::Session;
use crate::model::{Sink, Span, Stamp, id, time};

/// The agent's name, as git-ai's session keys have it.
pub(super) const TOOL: &str = "claude";

/// The sessions of a chunk, in the order in which they appear.
#[derive(Default)]
pub(super) struct Sessions<'t> {
    told: Vec<Told<'t>>,
    by_id: HashMap<&'t str, usize>,
    /// Which session a line belongs to, by the line's `uuid`.
    by_line: HashMap<&'t str, usize>,
}

/// A session, the line that first mentions it, and how its title was come by.
struct Told<'t> {
    row: Session<'t>,
    span: Span,
    title: Title,
}

/// Where a title comes from; a later one is taken before an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Title {
    None,
    Summary,
    Generated,
    Chosen,
}

impl<'t> Sessions<'t> {
    /// Takes from a line what it says about its session.
    pub(super) fn see(&mut self, line: &'t Line<'_>, span: Span) {
        let Some(id) = line.session_id.as_deref() else {
            return;
        };
        let at = *self.by_id.entry(id).or_insert(self.told.len());
        if at == self.told.len() {
            let row = Session {
                tool: Some(TOOL.into()),
                session_id: Some(id.into()),
                session_hash: Some(id::session_hash(TOOL, id).into()),
                ..Session::default()
            };
            self.told.push(Told {
                row,
                span,
                title: Title::None,
            });
        }
        self.by_line
            .extend(line.uuid.as_deref().map(|uuid| (uuid, at)));
        let Some(Told { row, .. }) = self.told.get_mut(at) else {
            return;
        };
        if let Some(ts) = line.timestamp.as_deref().and_then(time::parse) {
            row.started_ns = Some(row.started_ns.map_or(ts, |started| started.min(ts)));
            row.ended_ns = Some(row.ended_ns.map_or(ts, |ended| ended.max(ts)));
        }
        first(&mut row.cwd, line.cwd.as_deref());
        first(&mut row.branch, line.git_branch.as_deref());
        first(&mut row.version, line.version.as_deref());
        // A subagent may be of another model.
        let message = line.message.as_ref().filter(|_| !line.is_sidechain);
        first(&mut row.model, message.and_then(Message::model));
    }

    /// Takes a title or a pull request's link from a line that is about a session; `strays` is how
    /// many summaries of the chunk are tied to no line.
    pub(super) fn note(&mut self, line: &'t Line<'_>, strays: usize) -> Outcome {
        const ELSEWHERE: Outcome = Outcome::Ignored("note on a session elsewhere");
        let Some(at) = self.about(line, strays) else {
            return ELSEWHERE;
        };
        let Some(told) = self.told.get_mut(at) else {
            return ELSEWHERE;
        };
        let titles = [
            (Title::Chosen, line.custom_title.as_deref()),
            (Title::Generated, line.ai_title.as_deref()),
            (Title::Summary, line.summary.as_deref()),
        ];
        for (title, text) in titles {
            if let Some(text) = text
                && title >= told.title
            {
                told.title = title;
                told.row.title = Some(text.into());
            }
        }
        if let Some(url) = line.pr_url.as_deref() {
            told.row.change_request_url = Some(url.into());
            // Elsewhere the path does not tell where the repository's name ends.
            if url.starts_with("https://github.com/") {
                told.row.repository = id::repository(url).map(Cow::Owned);
            }
        }
        Outcome::Kept
    }

    /// The session that a note is about: the one that it names, the one that has the line which it
    /// names, or the only one there is. Files open with the summaries of other sessions too, so a
    /// summary that is tied to no line counts only where it is the only such.
    fn about(&self, line: &Line<'_>, strays: usize) -> Option<usize> {
        let named = line
            .session_id
            .as_deref()
            .and_then(|id| self.by_id.get(id).copied());
        let alone = || self.told.len() == 1 && !(strays > 1 && self.is_stray(line));
        named
            .or_else(|| self.leaf(line))
            .or_else(|| alone().then_some(0))
    }

    /// True for a summary that is tied to no line of the chunk.
    pub(super) fn is_stray(&self, line: &Line<'_>) -> bool {
        line.summary.is_some() && self.leaf(line).is_none()
    }

    /// The session that has the line which a summary names.
    fn leaf(&self, line: &Line<'_>) -> Option<usize> {
        self.by_line.get(line.leaf_uuid.as_deref()?).copied()
    }

    /// Hands over the rows.
    pub(super) fn push(self, sink: &mut dyn Sink) {
        for told in self.told {
            sink.record(Stamp::new(told.span, told.row.started_ns), &told.row);
        }
    }
}

/// Fills `cell` with the first text that is not empty.
fn first<'t>(cell: &mut Option<Cow<'t, str>>, text: Option<&'t str>) {
    if cell.is_none() {
        *cell = text.filter(|text| !text.is_empty()).map(Cow::Borrowed);
    }
}

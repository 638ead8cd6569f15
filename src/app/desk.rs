//! What a pane may use and ask for. It is all that a pane knows of the rest.

use std::sync::Arc;

use super::scope::{Scope, Target};
use crate::model::time;
use crate::query::chain::Chain;
use crate::query::listing::Ask;
use crate::store::Lanes;

/// Wakes the screen when an answer has arrived.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Reads original bytes: SHA-256, offset, length. Called on a lane, never on the screen's thread.
pub type Bytes = Arc<dyn Fn(&str, u64, u64) -> Result<Vec<u8>, String> + Send + Sync>;

/// What a pane asks the workbench to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Look at this from now on.
    Pivot(Target),
    /// This is under the cursor now.
    Select(Option<Target>),
    /// Look at this window of time; `None` is all of it.
    Window(Option<(i64, i64)>),
    /// Show the original bytes: SHA-256, offset, length, and what they are.
    Raw(Place),
    /// Show the bytes in a program of the reader's own.
    Elsewhere(Place, Viewer),
    /// Show a list narrowed by a filter.
    Rows {
        /// The list's name.
        list: &'static str,
        /// The filter; empty for all rows.
        filter: String,
    },
    /// Count the rows of a list by a field.
    Counts(Counting),
    /// Take the layout of this number.
    Layout(usize),
    /// Put this on the clipboard.
    Copy(String),
    /// Do what a key would do.
    Act(super::Action),
    /// Close the overlay on top.
    Close,
    /// Say this in the footer.
    Say(String),
}

/// Rows that are to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counting {
    /// Position of the list.
    pub list: usize,
    /// What it is asked for.
    pub ask: Ask,
    /// The field to begin with, where one is meant.
    pub field: Option<&'static str>,
}

/// A program of the reader's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// What reads.
    Pager,
    /// What writes, too.
    Editor,
}

impl Viewer {
    /// The environment's variable that names it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Pager => "$PAGER",
            Self::Editor => "$EDITOR",
        }
    }
}

/// A place in the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path in the bundle.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

impl Place {
    /// The place in a citation as the contracts print it.
    #[must_use]
    pub fn of(citation: &serde_json::Value) -> Option<Self> {
        Some(Self {
            file: citation["file"].as_str()?.to_owned(),
            sha256: citation["sha256"].as_str()?.to_owned(),
            offset: citation["offset"].as_u64()?,
            length: citation["length"].as_u64()?,
        })
    }
}

/// A pane's surroundings.
pub struct Desk<'a> {
    /// Where questions go.
    pub lanes: &'a Lanes,
    /// Called when an answer is there.
    pub wake: Wake,
    /// Original bytes.
    pub bytes: Bytes,
    /// What all panes look at.
    pub scope: &'a Scope,
    /// The chain through the scope's entity, once it is known.
    pub chain: Option<&'a Chain>,
    /// The time that the evidence covers.
    pub extent: Option<(i64, i64)>,
    /// What panes asked for, in order.
    pub requests: Vec<Request>,
}

impl Desk<'_> {
    /// Leaves a request.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// The ids of the chain, where lists should show only those.
    #[must_use]
    pub fn related(&self) -> Option<Vec<String>> {
        let chain = self
            .chain
            .filter(|_| self.scope.related && self.scope.entity.is_some())?;
        // At a high trust floor nothing may be left of the chain but what it is the chain of.
        let entity = self.scope.entity.iter().map(|target| target.id.clone());
        let nodes = chain.nodes.iter().map(|node| node.id.clone());
        Some(entity.chain(nodes).collect())
    }

    /// The ids of the chain, whether or not lists show only those.
    #[must_use]
    pub fn nodes(&self) -> Vec<String> {
        let chain = self.chain.filter(|_| self.scope.entity.is_some());
        let nodes = chain.into_iter().flat_map(|chain| &chain.nodes);
        nodes.map(|node| node.id.clone()).collect()
    }

    /// The time in which the chain lived, with a margin; what the timeline shows unless another window
    /// is asked for.
    #[must_use]
    pub fn around(&self) -> Option<(i64, i64)> {
        const MARGIN: i64 = 3_600 * time::SECOND;
        let (first, last) = self.extent?;
        let lived = |kind: &str| {
            matches!(
                kind,
                "deployment" | "instance" | "behaviour" | "access" | "trace"
            )
        };
        let nodes = || {
            self.chain
                .into_iter()
                .flat_map(|chain| &chain.nodes)
                .filter(|node| lived(&node.kind))
        };
        let times = || nodes().filter_map(|node| time::parse(node.ts.as_deref()?));
        let (from, to) = (
            times().min()?.saturating_sub(MARGIN).max(first),
            times().max()?.saturating_add(2 * MARGIN).min(last),
        );
        (from < to).then_some((from, to))
    }

    /// The window of time that panes show.
    #[must_use]
    pub fn window(&self) -> Option<(i64, i64)> {
        self.scope.window
    }
}

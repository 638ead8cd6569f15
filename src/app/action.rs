//! Everything that can be done with a key, in one table.

macro_rules! actions {
    ($($group:literal { $($(#[doc = $doc:literal])+ $variant:ident $name:literal $short:literal,)+ })+) => {
        /// Something that can be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($($(#[doc = $doc])+ $variant,)+)+
        }

        /// Every action with its name in `keys.toml`, its word in the footer, its sentence and group.
        pub const ALL: &[Entry] = &[
            $($(Entry { action: Action::$variant, name: $name, short: $short, about: concat!($($doc),+), group: $group },)+)+
        ];
    };
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Name in `keys.toml` and in the palette.
    pub name: &'static str,
    /// One word for the footer.
    pub short: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Where help shows it.
    pub group: &'static str,
}

actions! {
    "Move" {
        /// Next row, or onward in time.
        Down "down" "down",
        /// Previous row.
        Up "up" "up",
        /// Left: previous node of the chain, earlier in the timeline.
        Left "left" "left",
        /// Right: next node of the chain, later in the timeline.
        Right "right" "right",
        /// One page down.
        PageDown "page_down" "page",
        /// One page up.
        PageUp "page_up" "page",
        /// First row.
        First "first" "first",
        /// Last row.
        Last "last" "last",
        /// Next pane.
        NextPane "next_pane" "pane",
        /// Previous pane.
        PreviousPane "previous_pane" "pane",
    }
    "Investigate" {
        /// Pivot to what is selected; fold or unfold where that is what there is to do.
        Open "open" "pivot",
        /// One level back: close what is open, then widen the scope.
        Escape "escape" "back",
        /// Back in history.
        Back "back" "back",
        /// Forward in history.
        Forward "forward" "forward",
        /// Find anything by name.
        Find "find" "find",
        /// Search in this pane.
        Search "search" "search",
        /// Next match.
        NextMatch "next_match" "next",
        /// Previous match.
        PreviousMatch "previous_match" "previous",
        /// Original bytes of what is selected.
        Raw "raw" "raw",
        /// The same in your pager.
        Pager "pager" "pager",
        /// The same in your editor.
        Editor "editor" "editor",
        /// Why it is linked: go to the why pane.
        Why "why" "why",
        /// Logs of what is selected.
        Logs "logs" "logs",
        /// The logs of the span under the cursor and of all below it.
        LogsBelow "logs_below" "its logs",
        /// Traces of what is selected.
        Traces "traces" "traces",
        /// Show all rows, or only those of the chain.
        Related "related" "all/chain",
        /// The trust floor: every link counts, only matched ones, only verified ones.
        TrustFloor "trust_floor" "trust",
        /// The next row that says that something failed.
        NextError "next_error" "error",
        /// The row before that says that something failed.
        PreviousError "previous_error" "error",
        /// The next row of the same trace.
        NextSame "next_same" "same trace",
        /// The row before of the same trace.
        PreviousSame "previous_same" "same trace",
        /// The record among all rows, without filter and chain.
        Context "context" "context",
        /// Only rows with the cell under the cursor.
        FilterIn "filter_in" "only these",
        /// Only rows without the cell under the cursor.
        FilterOut "filter_out" "not these",
        /// Count the rows by a field: which values there are, and how many rows have each.
        Counts "counts" "counts",
        /// Copy the id of what is selected.
        Copy "copy" "copy",
    }
    "Lists" {
        /// List the releases.
        Releases "list_releases" "releases",
        /// List the commits.
        Commits "list_commits" "commits",
        /// List the agent sessions.
        Sessions "list_sessions" "sessions",
        /// List the builds.
        Builds "list_builds" "builds",
        /// List the attestations.
        Attestations "list_attestations" "attestations",
        /// List the deployments.
        Deployments "list_deployments" "deployments",
        /// List the instances.
        Instances "list_instances" "instances",
        /// List the traces.
        TraceList "list_traces" "traces",
        /// List the log records.
        LogList "list_logs" "logs",
        /// List the access events.
        AccessList "list_access" "access",
        /// List the findings, worst first.
        Findings "list_findings" "findings",
        /// List the log templates: kinds of messages, what is new first.
        Templates "list_templates" "templates",
        /// List the gaps: what the evidence of each release should hold and does not.
        GapList "list_gaps" "gaps",
        /// List what the release has in common with others: commits, sessions, builders, secrets.
        SharedList "list_shared" "shared",
    }
    "Judgement" {
        /// The verdict of the release in question, as an argument.
        Verdict "verdict" "verdict",
        /// Behaviour A|B: what the release does that others of its service do not.
        Behaviour "behaviour" "A|B",
        /// Access matrix: who used which secret, host or right.
        AccessMatrix "access_matrix" "matrix",
        /// Metrics: error share and p95 of each operation over time.
        Metrics "metrics" "metrics",
        /// What changed before, most likely cause first.
        Changes "changes" "changes",
        /// Gap matrix: which evidence each release should have and has not.
        GapMatrix "gap_matrix" "gaps",
        /// Service map: who calls whom, how often, and what failed.
        ServiceMap "service_map" "services",
        /// Latency: how many requests took how long over time.
        Latency "latency" "latency",
    }
    "Time" {
        /// Begin to brush a window in the timeline; open narrows to it.
        Brush "brush" "brush",
        /// Half the time window.
        ZoomIn "zoom_in" "closer",
        /// Twice the time window.
        ZoomOut "zoom_out" "wider",
        /// Jump to a time that is typed, or by name: deploy, baseline, since rollback.
        Jump "jump" "time",
        /// The whole time again.
        AllTime "all_time" "all time",
        /// Next change in the timeline.
        NextChange "next_change" "change",
        /// Previous change in the timeline.
        PreviousChange "previous_change" "change",
    }
    "Screen" {
        /// Another layout: which panes stand side by side.
        Layouts "layouts" "layouts",
        /// The pane wider.
        Wider "wider" "wider",
        /// The pane narrower.
        Narrower "narrower" "narrower",
        /// The timeline taller.
        Taller "taller" "taller",
        /// The timeline lower.
        Lower "lower" "lower",
        /// Give the pane the whole screen, or give it back.
        Zoom "zoom" "zoom",
        /// Pin the pane: it stays as it is.
        Pin "pin" "pin",
        /// Go to the list.
        FocusList "focus_list" "list",
        /// Go to the detail.
        FocusDetail "focus_detail" "detail",
        /// Go to the chain.
        FocusChain "focus_chain" "chain",
        /// Go to the timeline.
        FocusTimeline "focus_timeline" "timeline",
        /// Every action by name.
        Palette "palette" "actions",
        /// Ask the case in SQL.
        Console "console" "SQL",
        /// What every key does.
        Help "help" "help",
        /// Next theme.
        Theme "theme" "theme",
        /// The mouse: clicks and wheel are the screen's, or the terminal's own to select text.
        Mouse "mouse" "mouse",
        /// Draw everything again.
        Redraw "redraw" "redraw",
        /// Cancel what runs; leave where nothing does.
        Interrupt "interrupt" "cancel",
        /// Stop and give the terminal to the shell, until `fg` goes on.
        Suspend "suspend" "suspend",
        /// Leave.
        Quit "quit" "quit",
    }
}

impl Action {
    /// Its row.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // The macro makes the enum and the table from one list, in one order.
        &ALL[self as usize]
    }

    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.action)
    }

    /// The list that the action switches to, as its position among the lists.
    #[must_use]
    pub fn list(self) -> Option<usize> {
        (Self::Releases as usize..=Self::SharedList as usize)
            .contains(&(self as usize))
            .then(|| self as usize - Self::Releases as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::listing;

    #[test]
    fn every_action_finds_its_row_and_every_list_its_action() {
        for entry in ALL {
            assert_eq!(entry.action.entry().name, entry.name);
            assert_eq!(Action::named(entry.name), Some(entry.action));
        }
        for (place, list) in listing::ALL.iter().enumerate() {
            let action = Action::named(&format!("list_{}", list.name)).unwrap();
            assert_eq!(action.list(), Some(place));
        }
    }
}

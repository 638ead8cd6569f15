//! The gap matrix: releases down, the evidence that each should have across; what is missing, and why.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Look, Pane, Spec, draw_waiting, stepped};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::gap::Gap;
use crate::query::gap_matrix::{self, Matrix};
use crate::ui::frame::Frame;
use crate::ui::grid::Grid;
use crate::ui::pen::Pen;
use crate::ui::scroll::Scroll;
use crate::ui::state;
use crate::ui::table;
use crate::ui::theme::Role;

/// The board of gaps.
pub static SPEC: Spec = Spec {
    name: "gaps",
    about: "Gap matrix: which evidence each release should have and has not, why, and how to get it",
    actions: &[Action::Right, Action::Open, Action::Raw, Action::Escape],
};

/// Rows below the matrix that tell of the cell under the cursor.
const WORDS: u16 = 5;

/// State of the board of gaps.
pub struct GapsPane {
    data: Loader<Matrix>,
    floor: Option<crate::model::Floor>,
    scroll: Scroll,
    column: usize,
}

impl Default for GapsPane {
    fn default() -> Self {
        Self {
            data: Loader::new("gap_matrix"),
            floor: None,
            scroll: Scroll::default(),
            column: 0,
        }
    }
}

impl GapsPane {
    fn gaps(&self) -> &[Gap] {
        let here = (self.scroll.selected, self.column);
        let matrix = self.data.ready();
        matrix
            .and_then(|matrix| matrix.cells.get(&here))
            .map_or(&[], Vec::as_slice)
    }
}

impl Pane for GapsPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let floor = Some(desk.lanes.floor());
        if self.floor == floor && self.data.failure().is_none() {
            return;
        }
        self.floor = floor;
        self.data.ask(desk, gap_matrix::ask);
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.data.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let (releases, expected) = self.data.ready().map_or((0, 0), |matrix| {
            (matrix.releases.len(), matrix.expected.len())
        });
        if stepped(&mut self.scroll, action, releases) {
            return true;
        }
        match action {
            Action::Right => self.column = (self.column + 1).min(expected.saturating_sub(1)),
            Action::Left => self.column = self.column.saturating_sub(1),
            Action::Open => {
                if let Some(target) = self.selection() {
                    desk.request(Request::Pivot(target));
                }
            }
            Action::Raw => {
                let cited = self.gaps().iter().find_map(|gap| gap.citations.first());
                match cited.and_then(Place::of) {
                    Some(place) => desk.request(Request::Raw(place)),
                    None => desk.request(Request::Say("nothing is missing here".to_owned())),
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let total = self.data.ready().map_or(0, |matrix| matrix.releases.len());
        let position = match total {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            title: "what is missing, by release",
            focused: look.focused,
            pinned: look.pinned,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        if self.data.ready().is_none() {
            draw_waiting(&self.data, "what is missing", inner, buf, look);
        } else if total == 0 {
            look.nothing("not_collected", "no record tells of a release")
                .render(inner, buf, look.theme);
        } else {
            self.draw_matrix(inner, buf, look);
        }
        None
    }

    fn selection(&self) -> Option<Target> {
        let (_, id) = self.data.ready()?.releases.get(self.scroll.selected)?;
        Some(Target::new(format!("release:{id}"), id.clone()))
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

impl GapsPane {
    fn draw_matrix(&mut self, inner: Rect, buf: &mut Buffer, look: Look<'_>) {
        let words = if inner.height > 12 { WORDS } else { 0 };
        let [above, below] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(words)]).areas(inner);
        let Some(matrix) = self.data.ready() else {
            return;
        };
        // A decision's column is as wide as the others.
        let short = |hop: &String| hop.trim_end_matches("_decision").replace('_', " ");
        let across: Vec<String> = matrix.expected.iter().map(short).collect();
        let mut scroll = self.scroll;
        let more = Grid {
            heads: ["began", "release"],
            short: 5,
            things: &matrix.releases,
            across: &across,
            column: self.column,
            cell: &|release, column| match matrix.cells.get(&(release, column)) {
                Some(gaps) => missing(gaps, look),
                None => (look.theme.glyphs.plain.to_owned(), Role::Dim),
            },
            focused: look.focused,
        }
        .render(above, buf, look.theme, &mut scroll);
        self.scroll = scroll;
        if words > 0 {
            self.draw_words(below, more, buf, look);
        }
    }

    fn draw_words(&self, area: Rect, more: usize, buf: &mut Buffer, look: Look<'_>) {
        let mut pen = Pen::new(area, buf, look.theme);
        pen.rule(0, 0, area.width, look.theme.glyphs.faint[0], Role::Border);
        let wide = area.width.saturating_sub(1);
        let release = self
            .selection()
            .map(|target| target.label)
            .unwrap_or_default();
        let expected = self
            .data
            .ready()
            .and_then(|all| all.expected.get(self.column));
        let expected = expected
            .map(|hop| hop.replace('_', " "))
            .unwrap_or_default();
        let right = match more {
            0 => String::new(),
            more => format!("   {more} more columns to the right"),
        };
        let head = format!("{release}  {expected}{right}");
        pen.text(1, 1, wide, &head, Role::Title);
        let gaps = self.gaps();
        let Some(gap) = gaps.first() else {
            let said = format!(
                "nothing is known to be missing; {} means that",
                look.theme.glyphs.plain
            );
            pen.text(1, 2, wide, &said, Role::Dim);
            return;
        };
        let others = match gaps.len() {
            1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        let why = format!("{}: {}{others}", gap.state.replace('_', " "), gap.why);
        let blocks = format!("blocks: {}", gap.blocks.join("; "));
        let how = format!("to get it: {}", gap.how_to_get);
        for (row, line) in (2..).zip([why, blocks, how]) {
            pen.text(1, row, wide, &line, Role::Text);
        }
    }
}

/// A cell of what is missing: the state's glyph, and a word that fits.
fn missing(gaps: &[Gap], look: Look<'_>) -> (String, Role) {
    let state = gaps.first().map_or("", |gap| gap.state.as_str());
    let mark = state::mark(state, look.theme.glyphs);
    let word = match state {
        "never_produced" => "never",
        "not_exported" => "not here",
        "sampled_out" => "sampled",
        other => other,
    };
    (format!("{} {word}", mark.glyph), mark.role)
}

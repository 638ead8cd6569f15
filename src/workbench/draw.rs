//! Where everything stands, and the lines around the panes.

use std::cell::Cell as Shared;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Focus, Workbench};
use crate::app::layout::Class;
use crate::app::{Action, Guide};
use crate::model::{Floor, time};
use crate::panes::Look;
use crate::ui::cell::Cell;
use crate::ui::pen::Pen;
use crate::ui::state;
use crate::ui::text;
use crate::ui::theme::Role;

thread_local! {
    /// The class of the screen as it was drawn last: whether a pivot has to change the focus to be
    /// seen depends on it.
    static CLASS: Shared<Class> = const { Shared::new(Class::Three) };
}

/// True where list and detail share one place.
pub(super) fn one_at_a_time(workbench: &Workbench) -> bool {
    CLASS.get() == Class::One || workbench.zoomed
}

/// Actions that are worth a place in every footer.
const EVERYWHERE: &[Action] = &[Action::NextPane, Action::Back, Action::Help, Action::Quit];

impl Workbench {
    /// Draws the whole screen; gives the place of the text cursor where there is one.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let class = Class::of(area.width, area.height);
        CLASS.set(class);
        self.places.clear();
        let theme = self.theme.clone();
        Pen::new(area, buf, &theme).clear(Role::Surface);
        if class == Class::TooSmall {
            let mut pen = Pen::new(area, buf, &theme);
            pen.text(
                0,
                0,
                area.width,
                "shipwake needs 60 x 15 or more",
                Role::Text,
            );
            return None;
        }
        let (chain, timeline) = match (class, area.height) {
            (Class::One, 0..30) => (2, 3),
            (Class::One | Class::Portrait, _) | (_, 0..32) => (2, 6),
            _ => (3, 8),
        };
        // Whatever somebody chose, there is more of the panes than of the timeline.
        let timeline = self.sizes.timeline.unwrap_or(timeline).min(area.height / 2);
        self.timeline_rows = timeline;
        let steps = self.guide.as_ref().and_then(Guide::text);
        let [header, crumbs, strip, main, below, hint, footer] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(chain),
            Constraint::Fill(1),
            Constraint::Length(if self.zoomed { 0 } else { timeline }),
            Constraint::Length(u16::from(steps.is_some())),
            Constraint::Length(1),
        ])
        .areas(area);
        self.draw_header(header, buf);
        self.draw_crumbs(crumbs, buf);
        let mut cursor = self.draw_pane(Focus::Chain, strip, buf);
        for (focus, place) in self.places(class, main) {
            cursor = self.draw_pane(focus, place, buf).or(cursor);
        }
        self.draw_pane(Focus::Timeline, below, buf);
        if let Some(steps) = steps {
            Pen::new(hint, buf, &theme).text(
                1,
                0,
                hint.width.saturating_sub(1),
                &steps,
                Role::Accent,
            );
        }
        self.draw_footer(footer, buf);
        let look = Look {
            theme: &theme,
            focused: true,
            pinned: false,
            beat: self.beat,
            is_loading: self.load.is_some(),
        };
        for overlay in &mut self.overlays {
            cursor = overlay.draw(area, buf, look);
        }
        cursor
    }

    fn places(&self, class: Class, main: Rect) -> Vec<(Focus, Rect)> {
        if self.panes.board.is_some() && !(self.zoomed && self.focus == Focus::Timeline) {
            return vec![(Focus::Board, main)];
        }
        // One place: whichever of the three has, or last had, the focus.
        let single = match self.focus {
            Focus::Detail | Focus::Why => self.focus,
            _ => Focus::List,
        };
        if self.zoomed && self.focus == Focus::Timeline {
            return vec![(Focus::Timeline, main)];
        }
        if self.zoomed {
            return vec![(single, main)];
        }
        let most = match class {
            Class::Three => 3,
            Class::Two | Class::Portrait => 2,
            Class::One | Class::TooSmall => 1,
        };
        let columns = self.sizes.fitting(most, single.part());
        let shares = columns.iter().map(|column| Constraint::Fill(column.share));
        let layout = match class {
            Class::Portrait => Layout::vertical(shares),
            _ => Layout::horizontal(shares),
        };
        let places = layout.split(main);
        columns
            .iter()
            .zip(places.iter().copied())
            .map(|(column, place)| (Focus::from(column.pane), place))
            .collect()
    }

    fn draw_pane(&mut self, focus: Focus, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.places.push((focus, area));
        let theme = self.theme.clone();
        let focused = self.focus == focus && self.overlays.is_empty();
        let look = Look {
            theme: &theme,
            focused,
            pinned: self.pinned.contains(&focus),
            beat: self.beat,
            is_loading: self.load.is_some(),
        };
        self.panes
            .get(focus)
            .draw(area, buf, look)
            .filter(|_| focused)
    }

    fn draw_header(&self, area: Rect, buf: &mut Buffer) {
        let window = match (
            self.scope().window,
            self.world.extent.ready().copied().flatten(),
        ) {
            (Some((from, to)), _) => format!("{} to {} UTC", time::short(from), time::short(to)),
            (None, Some((from, to))) => format!(
                "all time, {} to {} UTC",
                &time::short(from)[..10],
                &time::short(to)[..10]
            ),
            (None, None) => "no time yet".to_owned(),
        };
        let mut cells = vec![
            Cell::new(" shipwake ", Role::Accent),
            Cell::new(self.title.as_str(), Role::Title),
            Cell::new("  ", Role::Dim),
            Cell::new(window, Role::Dim),
            match self.world.lanes.floor() {
                Floor::Any => Cell::new("  trust: any", Role::Dim),
                floor => Cell::new(format!("  trust: {}", floor.word()), Role::Warn),
            },
        ];
        if self.scope().entity.is_some() {
            cells.push(Cell::new(
                if self.scope().related {
                    "  rows: chain"
                } else {
                    "  rows: all"
                },
                Role::Info,
            ));
        }
        if let Some(load) = &self.load {
            cells.push(Cell::new(format!("  loading {load}"), Role::Warn));
        }
        let mut pen = Pen::new(area, buf, &self.theme);
        let found = self.standing(if area.width < 100 { 1 } else { 3 });
        let wide: usize = found.iter().map(|cell| text::width(&cell.text)).sum();
        let wide = u16::try_from(wide).unwrap_or(0).min(area.width / 2);
        let left = area.width - wide;
        pen.cells(0, 0, left, &cells);
        pen.cells(left, 0, wide, &found);
    }

    /// The findings that stand, worst first: so many severities each, the rest together.
    fn standing(&self, severities: usize) -> Vec<Cell<'static>> {
        let Some(standing) = self.world.standing.ready().filter(|all| !all.is_empty()) else {
            return Vec::new();
        };
        let mut cells: Vec<Cell<'static>> = standing
            .iter()
            .take(severities)
            .map(|(severity, count)| {
                let mark = state::mark(severity, self.theme.glyphs);
                Cell::new(format!("  {} {count} {}", mark.glyph, mark.word), mark.role)
            })
            .collect();
        let rest: i64 = standing.iter().skip(severities).map(|(_, n)| n).sum();
        let word = if severities > 1 { " findings" } else { "" };
        cells.push(match rest {
            0 => Cell::new(format!("{word} "), Role::Dim),
            rest => Cell::new(format!("  +{rest}{word} "), Role::Dim),
        });
        cells
    }

    fn draw_crumbs(&self, area: Rect, buf: &mut Buffer) {
        let (behind, ahead) = self.world.history.depth();
        let mut pen = Pen::new(area, buf, &self.theme);
        let steps = match (behind, ahead) {
            (0, 0) => String::new(),
            _ => format!("{behind} back, {ahead} ahead "),
        };
        let room = usize::from(area.width).saturating_sub(text::width(&steps) + 3);
        let trail: Vec<_> = self.world.history.trail().collect();
        let mut shown: Vec<Cell<'_>> = Vec::new();
        let mut used = 0;
        // The newest crumbs are the ones that matter; older ones go first.
        for (back, target) in trail.iter().rev().enumerate() {
            let label = format!("{} {}", target.kind(), text::truncate(&target.label, 36));
            used += text::width(&label) + 3;
            if used > room && back > 0 {
                shown.insert(0, Cell::new("… ", Role::Dim));
                break;
            }
            if back > 0 {
                shown.insert(0, Cell::new(" › ", Role::Dim));
            }
            shown.insert(
                0,
                Cell::new(label, if back == 0 { Role::Text } else { Role::Dim }),
            );
        }
        if shown.is_empty() {
            shown.push(Cell::new("everything", Role::Dim));
        }
        let left = pen.cells(1, 0, area.width.saturating_sub(1), &shown);
        let free = area.width.saturating_sub(left + 2);
        if usize::from(free) >= text::width(&steps) {
            pen.text_right(0, 0, free, &steps, Role::Dim);
        }
    }

    fn draw_footer(&mut self, area: Rect, buf: &mut Buffer) {
        let mut pen = Pen::new(area, buf, &self.theme);
        if let Some(message) = &self.message {
            pen.text(1, 0, area.width, message, Role::Info);
            return;
        }
        let spec = self.panes.get(self.focus).spec();
        let mut cells = vec![Cell::new(format!(" {} ", spec.name), Role::Title)];
        for action in spec.actions.iter().chain(EVERYWHERE) {
            let keys = self.preferences.keymap.keys(*action);
            let Some(key) = keys.first() else { continue };
            cells.push(Cell::new(format!(" {key}"), Role::Key));
            cells.push(Cell::new(format!(" {} ", action.entry().short), Role::Dim));
        }
        pen.cells(0, 0, area.width, &cells);
    }
}

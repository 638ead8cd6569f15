//! The finder: anything in the case, by parts of its name.

use std::sync::Arc;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Line, Look, Pane, Spec};
use crate::app::key::Code;
use crate::app::{Action, Desk, Key, Loader, Request, Target};
use crate::query::finder;
use crate::query::resolve::Candidate;
use crate::ui::cell::Cell;
use crate::ui::overlay::{Input, Match, Matches, Popup};
use crate::ui::scroll::Scroll;
use crate::ui::theme::Role;

/// The finder overlay.
pub static SPEC: Spec = Spec {
    name: "finder",
    about: "Find anything by parts of its name: commits, sessions, builds, pods, releases, tickets",
    actions: &[],
};

/// Matches that are kept; nobody reads further down.
const MOST: usize = 200;

struct Found {
    target: Target,
    text: String,
    indices: Vec<usize>,
}

/// State of the finder.
pub struct FinderPane {
    all: Loader<Arc<Vec<Candidate>>>,
    found: Loader<(usize, Vec<Found>)>,
    line: Line,
    scroll: Scroll,
}

impl Default for FinderPane {
    fn default() -> Self {
        Self {
            all: Loader::new("finder-all"),
            found: Loader::new("finder"),
            line: Line::default(),
            scroll: Scroll::default(),
        }
    }
}

impl FinderPane {
    fn search(&mut self, desk: &Desk<'_>) {
        let Some(all) = self.all.ready().map(Arc::clone) else {
            return;
        };
        let needle = self.line.text.clone();
        self.scroll = Scroll::default();
        // Matching is work, and work is done on a lane.
        self.found.ask(desk, move |_| Ok(best(&all, &needle)));
    }
}

fn best(all: &[Candidate], needle: &str) -> (usize, Vec<Found>) {
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut scored: Vec<(i64, usize, String, Vec<usize>)> = Vec::new();
    for (at, candidate) in all.iter().enumerate() {
        let key = candidate.id.split_once(':').map_or("", |(_, key)| key);
        // The key is found by, but shown only as far as it helps.
        let text = format!(
            "{}  {}",
            candidate.label,
            key.chars().take(60).collect::<String>()
        );
        if needle.is_empty() {
            scored.push((0, at, text, Vec::new()));
        } else if let Some((score, indices)) = words(&matcher, &text, needle) {
            scored.push((score, at, text, indices));
        }
        if needle.is_empty() && scored.len() >= MOST {
            break;
        }
    }
    scored.sort_by_key(|(score, at, ..)| (std::cmp::Reverse(*score), *at));
    let total = if needle.is_empty() {
        all.len()
    } else {
        scored.len()
    };
    let found = scored.into_iter().take(MOST).map(|(_, at, text, indices)| {
        let candidate = &all[at];
        Found {
            target: Target::new(candidate.id.clone(), candidate.label.clone()),
            text,
            indices,
        }
    });
    (total, found.collect())
}

/// Every word must be found; the score is the sum.
fn words(matcher: &SkimMatcherV2, text: &str, needle: &str) -> Option<(i64, Vec<usize>)> {
    let (mut total, mut indices) = (0, Vec::new());
    for word in needle.split_whitespace() {
        let (score, places) = matcher.fuzzy_indices(text, word)?;
        total += score;
        indices.extend(places);
    }
    indices.sort_unstable();
    indices.dedup();
    Some((total, indices))
}

impl Pane for FinderPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        self.all
            .ask(desk, |reader| finder::ask(reader).map(Arc::new));
    }

    fn poll(&mut self, desk: &mut Desk<'_>) -> bool {
        if self.all.poll() {
            self.search(desk);
            return true;
        }
        self.found.poll()
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn typed(&mut self, key: Key, desk: &mut Desk<'_>) -> bool {
        let total = self.found.ready().map_or(0, |(_, found)| found.len());
        match (key.code, key.ctrl) {
            (Code::Esc, _) => desk.request(Request::Close),
            (Code::Down, _) | (Code::Char('n'), true) => self.scroll.step(1, total),
            (Code::Up, _) | (Code::Char('p'), true) => self.scroll.step(-1, total),
            (Code::PageDown, _) => self.scroll.step(10, total),
            (Code::PageUp, _) => self.scroll.step(-10, total),
            (Code::Enter, _) => {
                if let Some(found) = self
                    .found
                    .ready()
                    .and_then(|(_, found)| found.get(self.scroll.selected))
                {
                    desk.request(Request::Close);
                    desk.request(Request::Pivot(found.target.clone()));
                }
            }
            (Code::Char('c'), true) => return false,
            _ => {
                if self.line.take(key) {
                    self.search(desk);
                }
            }
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let found = self.found.ready();
        let note = found.map_or("loading".to_owned(), |(total, _)| format!("{total} found"));
        let popup = Popup {
            title: "find",
            hint: "enter pivots, esc closes",
            note: &note,
            width: 110,
            height: area.height.saturating_sub(6).min(30),
        };
        let inner = popup.render(area, buf, look.theme);
        let [top, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        let position = Input {
            prompt: "> ",
            text: &self.line.text,
            cursor: self.line.cursor,
            placeholder: "sha, pod, ticket, title, session, release …",
        }
        .render(top, buf, look.theme);
        if let Some((_, found)) = found {
            let height = usize::from(rest.height);
            let mut scroll = self.scroll;
            scroll.fit(height, found.len());
            let window = scroll.window(height);
            let rows: Vec<Match<'_>> = found
                [window.start.min(found.len())..window.end.min(found.len())]
                .iter()
                .map(|found| Match {
                    text: &found.text,
                    indices: &found.indices,
                    note: Cell::new(found.target.kind().to_owned(), Role::Accent),
                    disabled: false,
                })
                .collect();
            Matches {
                rows: &rows,
                first: window.start,
                total: found.len(),
            }
            .render(rest, buf, look.theme, &mut scroll);
        }
        position
    }

    fn is_slow(&self) -> bool {
        self.all.slow().is_some()
    }
}

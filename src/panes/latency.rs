//! Latency over time: how many requests took how long, as a map in shades.
//!
//! A percentile says that the slow ones became slower; the map says whether all of them did, or whether a second
//! kind appeared that waits for something. Enter leads from a place on the map to its traces.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec, Subject, draw_waiting};
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::time;
use crate::query::latency::{self, Latency};
use crate::ui::frame::Frame;
use crate::ui::heat::{Bin, Heat};

/// The latency board.
pub static SPEC: Spec = Spec {
    name: "latency",
    about: "Latency: how many requests of the service took how long over time, as a heat map",
    actions: &[Action::Open, Action::Left, Action::Up, Action::Escape],
};

/// State of the latency board.
pub struct LatencyPane {
    data: Loader<Option<Latency>>,
    asked: Option<(Subject, Option<(i64, i64)>)>,
    /// The step and the range under the cursor.
    at: (usize, usize),
}

impl Default for LatencyPane {
    fn default() -> Self {
        Self {
            data: Loader::new("latency"),
            asked: None,
            at: (0, 0),
        }
    }
}

impl LatencyPane {
    fn latency(&self) -> Option<&Latency> {
        self.data.ready()?.as_ref()
    }

    /// The traces of the requests under the cursor.
    fn open(&self, desk: &mut Desk<'_>) {
        let Some(latency) = self.latency() else {
            return;
        };
        let (step, range) = self.at;
        let Some(range) = latency.ranges.get(range) else {
            return;
        };
        let service = latency.release.split('@').next().unwrap_or_default();
        let filter = crate::query::filter::with("", "service", service, true);
        let filter = format!(
            "{filter} duration>={}us duration<{}us",
            range.from_ns / 1_000,
            range.to_ns / 1_000
        );
        desk.request(Request::Window(Some(latency.step(step))));
        desk.request(Request::Rows {
            list: "traces",
            filter,
        });
    }

    /// To the fullest place of the slowest range: there is something to look at.
    fn look_at_slowest(&mut self) {
        let Some(ranges) = self.latency().map(|latency| &latency.ranges) else {
            return;
        };
        let range = ranges.len().saturating_sub(1);
        let steps = ranges.get(range).map_or(&[][..], |range| &range.requests);
        let step = (0..steps.len()).max_by_key(|step| (steps[*step], std::cmp::Reverse(*step)));
        self.at = (step.unwrap_or(0), range);
    }
}

impl Pane for LatencyPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let window = desk.window().or_else(|| desk.around()).or(desk.extent);
        let asked = (Subject::of(desk), window);
        if self.asked.as_ref() == Some(&asked) && self.data.failure().is_none() {
            return;
        }
        self.asked = Some(asked.clone());
        let (subject, window) = asked;
        self.data.ask(desk, move |reader| {
            let release = subject.release(reader)?;
            let asked = release.zip(window);
            asked
                .map(|(id, window)| latency::ask(reader, &id, window))
                .transpose()
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        let fresh = self.data.poll();
        if fresh {
            self.look_at_slowest();
        }
        fresh
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let ranges = self.latency().map_or(0, |latency| latency.ranges.len());
        let (step, range) = self.at;
        self.at = match action {
            Action::Left => (step.saturating_sub(1), range),
            Action::Right => ((step + 1).min(latency::STEPS - 1), range),
            Action::Up => (step, (range + 1).min(ranges.saturating_sub(1))),
            Action::Down => (step, range.saturating_sub(1)),
            Action::First => (0, range),
            Action::Last => (latency::STEPS - 1, range),
            Action::Open => {
                self.open(desk);
                return true;
            }
            _ => return false,
        };
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let title = self.latency().map_or("latency".to_owned(), |latency| {
            let service = latency.release.split('@').next().unwrap_or_default();
            format!(
                "latency of {service}, in steps of {}",
                time::duration(latency.step_ns)
            )
        });
        let position = self.latency().map_or(String::new(), |latency| {
            format!("{} UTC", time::short(latency.step(self.at.0).0))
        });
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        match self.data.ready() {
            None => draw_waiting(&self.data, "latency", inner, buf, look),
            Some(None) => look
                .nothing("absent", "no release is known")
                .render(inner, buf, look.theme),
            Some(Some(latency)) if latency.ranges.is_empty() => look
                .nothing(
                    "not_collected",
                    "no span of this service tells of requests in this window",
                )
                .render(inner, buf, look.theme),
            Some(Some(latency)) => draw_map(latency, self.at, inner, buf, look),
        }
        None
    }

    fn selection(&self) -> Option<Target> {
        let release = &self.latency()?.release;
        Some(Target::new(format!("release:{release}"), release.clone()))
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

fn draw_map(latency: &Latency, at: (usize, usize), area: Rect, buf: &mut Buffer, look: Look<'_>) {
    let bins: Vec<Bin<'_>> = latency
        .ranges
        .iter()
        .map(|range| Bin {
            from_ns: range.from_ns,
            to_ns: range.to_ns,
            counts: &range.requests,
            errors: &range.errors,
        })
        .collect();
    // What other services did would hide what this one did.
    let service = latency.release.split('@').next().unwrap_or_default();
    let marks: Vec<(usize, &str)> = latency
        .markers
        .iter()
        .filter(|marker| marker.label.contains(service) || marker.id.contains(service))
        .filter_map(|marker| {
            let since = marker.ts_ns.checked_sub(latency.window.0)?;
            let step = usize::try_from(since / latency.step_ns.max(1)).ok()?;
            Some((step, marker.label.as_str()))
        })
        .collect();
    Heat {
        columns: latency::STEPS,
        bins: &bins,
        marks: &marks,
        cursor: Some(at),
    }
    .render(area, buf, look.theme);
}

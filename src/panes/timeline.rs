//! The timeline: how much happened, how much failed, and what changed, over one axis of time.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec};
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::time;
use crate::query::timeline::{self, Timeline};
use crate::ui::axis::Axis;
use crate::ui::frame::Frame;
use crate::ui::histogram::Series;
use crate::ui::load::Load;
use crate::ui::theme::Role;
use crate::ui::timeline::{self as drawn, Event, Lane, Marker};

/// The timeline pane.
pub static SPEC: Spec = Spec {
    name: "timeline",
    about: "Spans, errors and logs over time, with the changes among them; brush it to narrow every pane",
    actions: &[
        Action::Left,
        Action::Right,
        Action::NextChange,
        Action::Brush,
        Action::ZoomIn,
        Action::AllTime,
    ],
};

/// Steps that are asked for: about the columns of a wide screen.
const STEPS: usize = 160;

/// State of the timeline pane.
pub struct TimelinePane {
    data: Loader<Timeline>,
    window: Option<(i64, i64)>,
    at: Option<i64>,
    anchor: Option<i64>,
    related: Option<Vec<String>>,
    /// Where time runs, as it was drawn last.
    plot: Rect,
}

impl Default for TimelinePane {
    fn default() -> Self {
        Self {
            data: Loader::new("timeline"),
            window: None,
            at: None,
            anchor: None,
            related: None,
            plot: Rect::default(),
        }
    }
}

impl TimelinePane {
    fn step(&self) -> i64 {
        self.window
            .map_or(1, |(from, to)| ((to - from) / 160).max(1))
    }

    fn move_to(&mut self, at: i64, desk: &mut Desk<'_>) {
        let Some((from, to)) = self.window else {
            return;
        };
        self.at = Some(at.clamp(from, to - 1));
        let near = self.data.ready().and_then(|data| {
            data.markers
                .iter()
                .find(|marker| Some(marker.ts_ns) == self.at)
        });
        if let Some(marker) = near {
            desk.request(Request::Say(format!(
                "{}  {}",
                time::short(marker.ts_ns),
                marker.label
            )));
            desk.request(Request::Select(Some(Target::new(
                marker.id.clone(),
                marker.label.clone(),
            ))));
        } else if let Some(at) = self.at {
            desk.request(Request::Say(time::short(at)));
        }
    }

    fn change(&self, forward: bool) -> Option<i64> {
        let at = self.at.or(self.window.map(|(from, _)| from))?;
        let times = || {
            self.data
                .ready()
                .into_iter()
                .flat_map(|data| data.markers.iter().map(|marker| marker.ts_ns))
        };
        if forward {
            times().filter(|ts| *ts > at).min()
        } else {
            times().filter(|ts| *ts < at).max()
        }
    }

    fn zoom(&self, factor: f64, desk: &mut Desk<'_>) {
        let Some((from, to)) = self.window else {
            return;
        };
        let centre = self.at.unwrap_or(from + (to - from) / 2);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a window needs no precision"
        )]
        let half = (((to - from) as f64) * factor / 2.0) as i64;
        let (first, last) = desk.extent.unwrap_or((from, to));
        let window = (
            centre.saturating_sub(half.max(500_000)).max(first),
            centre.saturating_add(half.max(500_000)).min(last),
        );
        desk.request(Request::Window(if window == (first, last) {
            None
        } else {
            Some(window)
        }));
    }
}

impl Pane for TimelinePane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let window = desk.window().or_else(|| desk.around()).or(desk.extent);
        let related = desk.related();
        if window == self.window && related == self.related && self.data.ready().is_some() {
            return;
        }
        if window != self.window {
            self.anchor = None;
        }
        self.window = window;
        self.related.clone_from(&related);
        if let Some((from, to)) = window {
            self.at = self.at.filter(|at| (from..to).contains(at));
            self.data.ask(desk, move |reader| {
                timeline::ask(reader, from, to, STEPS, related.as_deref())
            });
        }
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.data.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let Some((from, to)) = self.window else {
            return false;
        };
        let at = self.at.unwrap_or(from + (to - from) / 2);
        match action {
            Action::Right | Action::Down => self.move_to(at + self.step(), desk),
            Action::Left | Action::Up => self.move_to(at - self.step(), desk),
            Action::PageDown => self.move_to(at + 10 * self.step(), desk),
            Action::PageUp => self.move_to(at - 10 * self.step(), desk),
            Action::First => self.move_to(from, desk),
            Action::Last => self.move_to(to - 1, desk),
            Action::NextChange | Action::PreviousChange => {
                if let Some(at) = self.change(action == Action::NextChange) {
                    self.move_to(at, desk);
                }
            }
            Action::Brush => {
                self.anchor = if self.anchor.is_some() {
                    None
                } else {
                    Some(at)
                }
            }
            Action::Open => match (self.anchor.take(), self.at) {
                (Some(anchor), Some(at)) if anchor != at => desk.request(Request::Window(Some((
                    anchor.min(at),
                    anchor.max(at) + self.step(),
                )))),
                _ => {
                    let marker = self.data.ready().and_then(|data| {
                        data.markers
                            .iter()
                            .find(|marker| Some(marker.ts_ns) == self.at)
                    });
                    match marker {
                        Some(marker) => desk.request(Request::Pivot(Target::new(
                            marker.id.clone(),
                            marker.label.clone(),
                        ))),
                        None => self.zoom(0.25, desk),
                    }
                }
            },
            Action::Escape if self.anchor.is_some() => self.anchor = None,
            Action::ZoomIn => self.zoom(0.5, desk),
            Action::ZoomOut => self.zoom(2.0, desk),
            _ => return false,
        }
        true
    }

    /// Goes to the time that is pointed at: that of a change, where one is near.
    fn click(&mut self, at: Position, desk: &mut Desk<'_>) {
        let Some(data) = self.data.ready().filter(|_| self.plot.contains(at)) else {
            return;
        };
        let axis = Axis {
            from_ns: data.since,
            to_ns: data.until,
            width: self.plot.width,
        };
        let column = at.x - self.plot.x;
        let near = |ts: &i64| axis.column(*ts).is_some_and(|it| it.abs_diff(column) <= 1);
        let marker = data.markers.iter().map(|marker| marker.ts_ns).find(near);
        let to = marker.unwrap_or_else(|| axis.time(column));
        self.move_to(to, desk);
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let title = self.window.map_or("timeline".to_owned(), |(from, to)| {
            format!(
                "{} to {} UTC  ({})",
                time::short(from),
                time::short(to),
                time::duration(to - from)
            )
        });
        let note = if self.anchor.is_some() {
            "brushing: move, then enter"
        } else {
            ""
        };
        // A strip of few rows spends none of them on a border.
        let inner = if area.height > 4 {
            Frame {
                title: &title,
                focused: look.focused,
                pinned: look.pinned,
                note,
                position: "",
                ..Frame::default()
            }
            .render(area, buf, look.theme)
        } else {
            area
        };
        let Some(data) = self.data.ready() else {
            match self.data.failure() {
                Some(message) => Load::Failed {
                    message,
                    hint: "Press ctrl-l to ask again",
                }
                .render(inner, buf, look.theme),
                None => look
                    .nothing("absent", "nothing in the evidence has a time yet")
                    .render(inner, buf, look.theme),
            }
            return None;
        };
        let series = Columns::of(data, usize::from(inner.width.saturating_sub(18)).max(1));
        let spans = format!("{}", data.steps.iter().map(|step| step.spans).sum::<i64>());
        let logs = format!("{}", data.steps.iter().map(|step| step.logs).sum::<i64>());
        let mut lanes = vec![Lane {
            limit: None,
            label: "spans",
            scale: &spans,
            series: Series::Outcomes(&series.spans),
            max: None,
            role: Role::Series,
        }];
        if inner.height >= 5 {
            lanes.push(Lane {
                limit: None,
                label: "errors",
                scale: "",
                series: Series::Values(&series.errors),
                max: None,
                role: Role::Bad,
            });
        }
        if inner.height >= 4 {
            lanes.push(Lane {
                limit: None,
                label: "logs",
                scale: &logs,
                series: Series::Outcomes(&series.logs),
                max: None,
                role: Role::Series,
            });
        }
        let markers: Vec<Marker> = data
            .markers
            .iter()
            .map(|marker| Marker {
                at_ns: marker.ts_ns,
                event: event(marker),
            })
            .collect();
        let brush = self
            .anchor
            .zip(self.at)
            .map(|(anchor, at)| (anchor.min(at), anchor.max(at)));
        let at_ns = self.at.filter(|_| look.focused);
        let timeline = drawn::Timeline {
            from_ns: data.since,
            to_ns: data.until,
            lanes: &lanes,
            markers: &markers,
            brush,
            at_ns,
        };
        self.plot = timeline.plot(inner);
        timeline.render(inner, buf, look.theme);
        None
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

fn event(marker: &timeline::Marker) -> Event {
    match (marker.rollback, marker.kind.as_str()) {
        (true, _) => Event::Rollback,
        (_, "deployment") => Event::Change,
        (_, "incident" | "finding") => Event::Finding,
        _ => Event::Flag,
    }
}

/// The steps gathered into the columns that there is room for.
struct Columns {
    spans: Vec<Option<(f64, f64)>>,
    errors: Vec<Option<f64>>,
    logs: Vec<Option<(f64, f64)>>,
}

impl Columns {
    #[expect(clippy::cast_precision_loss, reason = "bars need no precision")]
    fn of(data: &Timeline, width: usize) -> Self {
        let mut sums = vec![(0i64, 0i64, 0i64, 0i64); width];
        for step in &data.steps {
            let place = usize::try_from(step.step)
                .unwrap_or(0)
                .min(data.count.saturating_sub(1))
                * width
                / data.count.max(1);
            if let Some(sum) = sums.get_mut(place) {
                sum.0 += step.spans;
                sum.1 += step.errors;
                sum.2 += step.logs;
                sum.3 += step.loud;
            }
        }
        Self {
            spans: sums
                .iter()
                .map(|s| Some(((s.0 - s.1) as f64, s.1 as f64)))
                .collect(),
            errors: sums.iter().map(|s| Some(s.1 as f64)).collect(),
            logs: sums
                .iter()
                .map(|s| Some(((s.2 - s.3) as f64, s.3 as f64)))
                .collect(),
        }
    }
}

//! Metrics: the share of errors and the 95th percentile of each operation over time, with what is usual.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{Look, Pane, Spec, Subject, draw_waiting, stepped};
use crate::app::desk::Place;
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::model::time;
use crate::query::metrics::{self, Band, Metrics, Operation, Point};
use crate::ui::cell::Cell;
use crate::ui::frame::Frame;
use crate::ui::histogram::Series;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::table::{self, Column, Table, Width};
use crate::ui::theme::Role;
use crate::ui::timeline::{Event, Lane, Marker, Timeline};

/// The metrics board.
pub static SPEC: Spec = Spec {
    name: "metrics",
    about: "Metrics: error share and p95 of each operation over time, with the usual band and the changes",
    actions: &[Action::Down, Action::Open, Action::Raw, Action::Escape],
};

/// State of the metrics board.
pub struct MetricsPane {
    data: Loader<Option<Metrics>>,
    asked: Option<(Subject, Option<(i64, i64)>)>,
    scroll: Scroll,
}

impl Default for MetricsPane {
    fn default() -> Self {
        Self {
            data: Loader::new("metrics"),
            asked: None,
            scroll: Scroll::default(),
        }
    }
}

impl MetricsPane {
    fn metrics(&self) -> Option<&Metrics> {
        self.data.ready()?.as_ref()
    }

    fn operation(&self) -> Option<&Operation> {
        self.metrics()?.operations.get(self.scroll.selected)
    }

    /// Where the worst five minutes of the release are told.
    fn place(&self) -> Option<Place> {
        let points = self.operation()?.points.iter();
        let worst = points.filter(|point| point.is_own).max_by(|a, b| {
            let share = |point: &Point| point.share().unwrap_or(-1.0);
            share(a).total_cmp(&share(b))
        })?;
        Place::of(worst.citation.as_ref()?)
    }
}

impl Pane for MetricsPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let asked = (Subject::of(desk), desk.window());
        if self.asked.as_ref() == Some(&asked) && self.data.failure().is_none() {
            return;
        }
        self.asked = Some(asked.clone());
        let (subject, window) = asked;
        self.data.ask(desk, move |reader| {
            let release = subject.release(reader)?;
            release
                .map(|id| metrics::ask(reader, &id, window))
                .transpose()
        });
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.data.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.metrics().map_or(0, |metrics| metrics.operations.len());
        if stepped(&mut self.scroll, action, total) {
            return true;
        }
        match action {
            Action::Open => desk.request(Request::Act(Action::Traces)),
            Action::Raw => match self.place() {
                Some(place) => desk.request(Request::Raw(place)),
                None => desk.request(Request::Say(
                    "no record of the release is behind it".to_owned(),
                )),
            },
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let title = self.metrics().map_or("metrics".to_owned(), |metrics| {
            let (from, to) = metrics.window;
            format!(
                "metrics of {}, {} to {} UTC",
                metrics.release,
                time::short(from).get(5..16).unwrap_or_default(),
                time::short(to).get(5..16).unwrap_or_default()
            )
        });
        let note = format!(
            "{} outside median ± 1.4826 MAD of other releases",
            look.theme.glyphs.errors
        );
        let total = self.metrics().map_or(0, |metrics| metrics.operations.len());
        let position = match total {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            title: &title,
            focused: look.focused,
            pinned: look.pinned,
            note: &note,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        match self.data.ready() {
            None => draw_waiting(&self.data, "metrics", inner, buf, look),
            Some(None) => look
                .nothing("absent", "no release is known")
                .render(inner, buf, look.theme),
            Some(Some(metrics)) if metrics.operations.is_empty() => look
                .nothing(
                    "not_collected",
                    "no span or metric of this service tells of requests",
                )
                .render(inner, buf, look.theme),
            Some(Some(_)) => self.draw_all(inner, buf, look),
        }
        None
    }

    fn selection(&self) -> Option<Target> {
        let release = &self.metrics()?.release;
        Some(Target::new(format!("release:{release}"), release.clone()))
    }

    fn is_slow(&self) -> bool {
        self.data.slow().is_some()
    }
}

impl MetricsPane {
    fn draw_all(&mut self, inner: Rect, buf: &mut Buffer, look: Look<'_>) {
        let Some(metrics) = self.data.ready().and_then(Option::as_ref) else {
            return;
        };
        let total = metrics.operations.len();
        let rows = u16::try_from(total).unwrap_or(u16::MAX).saturating_add(1);
        let [above, below] = Layout::vertical([
            Constraint::Length(rows.min(inner.height / 3).max(3)),
            Constraint::Fill(1),
        ])
        .areas(inner);
        let columns = [
            Column::new("operation", Width::Fill(1)),
            Column::new("told by", Width::Fixed(7)),
            Column::right("requests", Width::Fixed(8)),
            Column::right("errors", Width::Fixed(8)),
            Column::right("usual", Width::Fixed(14)),
            Column::new("", Width::Fixed(9)),
        ];
        let height = usize::from(above.height.saturating_sub(1));
        self.scroll.fit(height, total);
        let window = self.scroll.window(height);
        let window = window.start.min(total)..window.end.min(total);
        let cells: Vec<Vec<Cell<'_>>> = metrics.operations[window.clone()]
            .iter()
            .map(|one| row(one, look))
            .collect();
        let mut scroll = self.scroll;
        Table {
            columns: &columns,
            rows: &cells,
            first: window.start,
            total: Some(total),
            sort: None,
            chosen: None,
            cursor: Cursor::of(look.focused),
            hidden: None,
        }
        .render(above, buf, look.theme, &mut scroll);
        if let Some(one) = metrics.operations.get(scroll.selected) {
            draw_charts(metrics, one, below, buf, look);
        }
        self.scroll = scroll;
    }
}

fn row<'a>(one: &'a Operation, look: Look<'_>) -> Vec<Cell<'a>> {
    let glyphs = look.theme.glyphs;
    let own = || one.points.iter().filter(|point| point.is_own);
    let requests: i64 = own().filter_map(|point| point.requests).sum();
    let errors: i64 = own().filter_map(|point| point.errors).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
    let share = (requests > 0).then(|| errors as f64 / requests as f64);
    let (usual, mark) = match (one.errors, share) {
        (None, _) => (
            "too few".to_owned(),
            Cell::new(format!("{} unknown", glyphs.open), Role::Unknown),
        ),
        (Some(band), None) => (
            words(band, percent),
            Cell::new(format!("{} absent", glyphs.absent), Role::Unknown),
        ),
        (Some(band), Some(share)) if share > band.upper() => (
            words(band, percent),
            Cell::new(format!("{} above", glyphs.ascending), Role::Bad),
        ),
        (Some(band), Some(_)) => (
            words(band, percent),
            Cell::new(format!("{} usual", glyphs.equal), Role::Dim),
        ),
    };
    vec![
        Cell::new(one.name.as_str(), Role::Text),
        Cell::new(one.source.as_str(), Role::Dim),
        Cell::new(requests.to_string(), Role::Text),
        Cell::new(share.map_or("none".to_owned(), percent), Role::Text),
        Cell::new(usual, Role::Dim),
        mark,
    ]
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn seconds(value: f64) -> String {
    if value < 1.0 {
        format!("{:.0} ms", value * 1e3)
    } else {
        format!("{value:.1} s")
    }
}

fn words(band: Band, unit: fn(f64) -> String) -> String {
    format!(
        "{} ± {}",
        unit(band.median).replace(" %", ""),
        unit(band.spread)
    )
}

fn draw_charts(metrics: &Metrics, one: &Operation, area: Rect, buf: &mut Buffer, look: Look<'_>) {
    let (from_ns, to_ns) = metrics.window;
    let empty = Timeline {
        from_ns,
        to_ns,
        ..Timeline::default()
    };
    let width = usize::from(empty.plot(area).width).max(1);
    let shares = columns(one, metrics.window, width, Point::share, one.errors);
    let times = columns(one, metrics.window, width, Point::p95, one.p95);
    let most = |series: &[Option<(f64, f64)>], unit: fn(f64) -> String| {
        let top = series
            .iter()
            .flatten()
            .map(|(usual, out)| usual + out)
            .fold(0.0, f64::max);
        format!("to {}", unit(top))
    };
    let (errors_scale, p95_scale) = (most(&shares, percent), most(&times, seconds));
    let lanes = [
        Lane {
            label: "errors",
            scale: &errors_scale,
            series: Series::Outcomes(&shares),
            limit: one.errors.map(Band::upper),
            max: None,
            role: Role::Series,
        },
        Lane {
            label: "p95",
            scale: &p95_scale,
            series: Series::Outcomes(&times),
            limit: one.p95.map(Band::upper),
            max: None,
            role: Role::Series,
        },
    ];
    // What other services did is in the timeline below; here it would hide what this one did.
    let service = metrics.release.split('@').next().unwrap_or_default();
    let markers: Vec<Marker> = metrics
        .markers
        .iter()
        .filter(|marker| marker.label.contains(service) || marker.id.contains(service))
        .map(|marker| Marker {
            at_ns: marker.ts_ns,
            event: match (marker.rollback, marker.kind.as_str()) {
                (true, _) => Event::Rollback,
                (_, "deployment") => Event::Change,
                (_, "incident" | "finding") => Event::Finding,
                _ => Event::Flag,
            },
        })
        .collect();
    Timeline {
        lanes: &lanes,
        markers: &markers,
        ..empty
    }
    .render(area, buf, look.theme);
}

/// The highest value that each column covers: what lies in the band, and what lies outside.
fn columns(
    one: &Operation,
    (from, to): (i64, i64),
    width: usize,
    value: fn(&Point) -> Option<f64>,
    band: Option<Band>,
) -> Vec<Option<(f64, f64)>> {
    let mut columns: Vec<Option<f64>> = vec![None; width];
    let span = (i128::from(to) - i128::from(from)).max(1);
    let column = |at: i64| {
        let at = (i128::from(at) - i128::from(from)) * i128::try_from(width).unwrap_or(1) / span;
        usize::try_from(at.max(0)).unwrap_or(0).min(width - 1)
    };
    let within =
        |point: &&Point| point.block_ns.saturating_add(metrics::STEP) > from && point.block_ns < to;
    for point in one.points.iter().filter(within) {
        let Some(value) = value(point) else { continue };
        // Five minutes are as wide as they are, where the time is stretched.
        let first = column(point.block_ns);
        let last = column(point.block_ns.saturating_add(metrics::STEP - 1));
        for place in columns.iter_mut().take(last + 1).skip(first) {
            *place = Some(place.map_or(value, |before| before.max(value)));
        }
    }
    let split = |value: f64| match band {
        Some(band) if value > band.upper() => (0.0, value),
        _ => (value, 0.0),
    };
    columns.into_iter().map(|value| value.map(split)).collect()
}

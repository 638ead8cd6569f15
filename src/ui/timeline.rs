//! The shared strip of time: what happened, over how the service did.
//!
//! ```text
//! changes     ▲        [ ▲   ◆  ] ●▼
//! errors      ▁▁▁▁░░▁▁▁▁▁▁▁▁▁▁▄▇██▅▁▁▁
//! p99         ▂▂▂▂░░▂▂▂▃▂▂▂▃▃▃▆▇▇▆▃▂▂▂
//! 2026-11-03  │13:50   │14:00   │14:10
//! ```
//!
//! Lanes lie over one axis, so whatever stands in one column happened at the same time. A brushed
//! range has a ground and two brackets; a gap in a lane is a hatch, never an empty stretch.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::axis::{self, Axis};
use super::cell::Cell;
use super::glyphs::Glyphs;
use super::histogram::{self, Histogram, Series};
use super::pen::Pen;
use super::text;
use super::theme::{Role, Theme};

/// From this width on, lanes have labels.
const LABELLED: u16 = 40;
/// Columns of a label: as many as a date.
const LABEL: u16 = 10;
/// Blank columns after a label.
const GAP: u16 = 2;

/// What happened at an instant, from the least to the most telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A flag was switched.
    Flag,
    /// A change went live.
    Change,
    /// A finding begins.
    Finding,
    /// A change was rolled back.
    Rollback,
}

/// An event at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// When, in nanoseconds.
    pub at_ns: i64,
    /// What.
    pub event: Event,
}

/// A series over the time of the strip.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lane<'a> {
    /// What it counts.
    pub label: &'a str,
    /// What its highest bar stands for, in words: `max 31/min`.
    pub scale: &'a str,
    /// The buckets, which cover the strip's time in equal parts.
    pub series: Series<'a>,
    /// What the highest bar stands for; the highest bucket where it is not given.
    pub max: Option<f64>,
    /// A value that is marked by a line: the upper end of what is usual.
    pub limit: Option<f64>,
    /// The role of its bars.
    pub role: Role,
}

/// Lanes and markers over one axis of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeline<'a> {
    /// First instant, in nanoseconds.
    pub from_ns: i64,
    /// Last instant.
    pub to_ns: i64,
    /// The lanes, the most important first.
    pub lanes: &'a [Lane<'a>],
    /// The markers, in any order.
    pub markers: &'a [Marker],
    /// The brushed range.
    pub brush: Option<(i64, i64)>,
    /// The selected instant.
    pub at_ns: Option<i64>,
}

impl Event {
    /// Every event with its word.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Change, "change"),
        (Self::Rollback, "rollback"),
        (Self::Flag, "flag"),
        (Self::Finding, "finding"),
    ];

    /// The shape.
    #[must_use]
    pub fn glyph(self, glyphs: &Glyphs) -> &'static str {
        match self {
            Self::Flag => glyphs.flag,
            Self::Change => glyphs.change,
            Self::Finding => glyphs.finding,
            Self::Rollback => glyphs.rollback,
        }
    }

    /// The role.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Flag => Role::Info,
            Self::Change => Role::Accent,
            Self::Finding => Role::Bad,
            Self::Rollback => Role::Warn,
        }
    }
}

/// The shapes of the strip with their words, for a frame or a help text.
#[must_use]
pub fn legend(glyphs: &Glyphs) -> Vec<Cell<'static>> {
    let events = Event::ALL
        .iter()
        .map(|(event, word)| (event.glyph(glyphs), *word, event.role()));
    let others = [
        (glyphs.errors, "errors", Role::Bad),
        (glyphs.gap, "no data", Role::Unknown),
    ];
    let cells = events
        .chain(others)
        .map(|(shape, word, role)| Cell::new(format!("{shape} {word}  "), role));
    cells.collect()
}

impl Timeline<'_> {
    /// The part of an area in which time runs, for finding the instant under a column.
    #[must_use]
    pub fn plot(&self, area: Rect) -> Rect {
        let label = if area.width >= LABELLED {
            LABEL + GAP
        } else {
            0
        };
        Rect {
            x: area.x.saturating_add(label),
            width: area.width - label,
            ..area
        }
    }

    /// The axis of an area.
    #[must_use]
    pub fn axis(&self, area: Rect) -> Axis {
        Axis {
            from_ns: self.from_ns,
            to_ns: self.to_ns,
            width: self.plot(area).width,
        }
    }

    /// Draws the strip.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let area = area.intersection(buf.area);
        let (plot, axis) = (self.plot(area), self.axis(area));
        let label = plot.x - area.x;
        let mut pen = Pen::new(area, buf, theme);
        let rows = Rows::of(area.height);
        let brush = self.brush.and_then(|(from, to)| axis.columns(from, to));
        if let Some((x, width)) = brush {
            // First, because a bar may need a ground of its own.
            pen.tint(label + x, 0, width, u16::MAX, Role::Brush);
        }
        self.draw_lanes(&mut pen, label, rows);
        self.draw_markers(&mut pen.part(label, 0, plot.width, 1), axis);
        if rows.head == 1 {
            pen.text(0, 0, label.saturating_sub(GAP), "changes", Role::Dim);
        }
        if rows.foot == 1 {
            let y = area.height - 1;
            pen.text(
                0,
                y,
                label.saturating_sub(GAP),
                &axis::date(self.from_ns),
                Role::Header,
            );
            Axis::draw(
                &mut pen.part(label, y, plot.width, 1),
                0,
                &axis.clock_ticks(),
            );
        }
        let mut plot = pen.part(label, 0, plot.width, area.height);
        draw_brackets(&mut plot, brush);
        draw_hairline(&mut plot, self.at_ns.and_then(|at| axis.column(at)));
    }

    fn draw_lanes(&self, pen: &mut Pen<'_>, label: u16, rows: Rows) {
        let count = u16::try_from(self.lanes.len())
            .unwrap_or(u16::MAX)
            .min(rows.lanes);
        let mut y = rows.head;
        for (index, lane) in (0..count).zip(self.lanes) {
            let height = rows.lanes / count + u16::from(index < rows.lanes % count);
            let width = pen.width().saturating_sub(label);
            lane.histogram()
                .draw(&mut pen.part(label, y, width, height));
            lane.draw_limit(&mut pen.part(label, y, width, height));
            let is_last = index + 1 == count;
            let left_out = self.lanes.len() - usize::from(count);
            let mut name = lane.label.to_owned();
            if is_last && left_out > 0 {
                name = format!(
                    "{} +{left_out}",
                    text::truncate(lane.label, usize::from(LABEL - 3))
                );
            }
            pen.text(0, y, label.saturating_sub(GAP), &name, Role::Text);
            if height > 1 {
                pen.text(0, y + 1, label.saturating_sub(GAP), lane.scale, Role::Dim);
            }
            y += height;
        }
    }

    /// One shape a column, the most telling; a sign beside it says that there were more.
    fn draw_markers(&self, pen: &mut Pen<'_>, axis: Axis) {
        let mut columns: Vec<(u16, Event)> = self
            .markers
            .iter()
            .filter_map(|marker| Some((axis.column(marker.at_ns)?, marker.event)))
            .collect();
        columns.sort_unstable();
        for group in columns.chunk_by(|one, other| one.0 == other.0) {
            let Some(&(x, event)) = group.last() else {
                continue;
            };
            pen.glyph(x, 0, event.glyph(pen.glyphs()), event.role());
            let next_is_free = !columns.iter().any(|(column, _)| *column == x + 1);
            if group.len() > 1 && next_is_free {
                pen.glyph(x + 1, 0, pen.glyphs().several, Role::Dim);
            }
        }
    }
}

/// The ends of the brushed range, where nothing else stands.
fn draw_brackets(pen: &mut Pen<'_>, brush: Option<(u16, u16)>) {
    let Some((first, width)) = brush else { return };
    let ends = [first, first + width - 1];
    for (x, bracket) in ends.into_iter().zip(pen.glyphs().brush) {
        if pen.is_blank(x, 0) {
            pen.glyph(x, 0, bracket, Role::Key);
        }
    }
}

/// The selected instant, through what is empty.
fn draw_hairline(pen: &mut Pen<'_>, column: Option<u16>) {
    let Some(x) = column else { return };
    for y in 0..pen.height() {
        if pen.is_blank(x, y) {
            pen.glyph(x, y, pen.glyphs().hairline, Role::Accent);
        }
    }
}

impl<'a> Lane<'a> {
    /// A line at the limit, behind the bars.
    fn draw_limit(&self, pen: &mut Pen<'_>) {
        let max = self.max.unwrap_or_else(|| self.series.peak());
        let Some(limit) = self.limit.filter(|limit| *limit < max) else {
            return;
        };
        let eighths = histogram::eighths(limit, max, usize::from(pen.height()));
        let above = u16::try_from(eighths / 8).unwrap_or(u16::MAX);
        let Some(y) = pen.height().checked_sub(above.saturating_add(1)) else {
            return;
        };
        for x in 0..pen.width() {
            if pen.is_blank(x, y) {
                pen.glyph(x, y, pen.glyphs().faint[0], Role::Dim);
            }
        }
    }

    fn histogram(&self) -> Histogram<'a> {
        Histogram {
            series: self.series,
            max: self.max,
            role: self.role,
        }
    }
}

/// How the rows of a strip are given out; the lanes come first where there are few.
#[derive(Debug, Clone, Copy)]
struct Rows {
    head: u16,
    lanes: u16,
    foot: u16,
}

impl Rows {
    fn of(height: u16) -> Self {
        let (head, foot) = (u16::from(height >= 3), u16::from(height >= 2));
        Self {
            head,
            lanes: height - head - foot,
            foot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time;
    use crate::ui::testing::{at_every_size, draw, lines};

    fn at(clock: &str) -> i64 {
        time::parse(&format!("2026-11-03T{clock}Z")).unwrap_or_else(|| panic!("{clock}"))
    }

    fn series() -> Vec<Option<(f64, f64)>> {
        let mut buckets: Vec<_> = (0..30)
            .map(|i| Some((4.0, if (15..20).contains(&i) { 4.0 } else { 0.0 })))
            .collect();
        buckets[4] = None;
        buckets[5] = None;
        buckets
    }

    fn markers() -> Vec<Marker> {
        let events = [
            ("13:50:00", Event::Change),
            ("14:00:00", Event::Change),
            ("14:00:10", Event::Flag),
        ];
        let later = [
            ("14:02:00", Event::Finding),
            ("14:05:00", Event::Rollback),
            ("19:00:00", Event::Rollback),
        ];
        events
            .into_iter()
            .chain(later)
            .map(|(clock, event)| Marker {
                at_ns: at(clock),
                event,
            })
            .collect()
    }

    #[test]
    fn everything_in_a_column_happened_at_the_same_time() {
        let (series, markers) = (series(), markers());
        let latency: Vec<_> = (0..30)
            .map(|i| Some(if (15..20).contains(&i) { 8.0 } else { 2.0 }))
            .collect();
        let lanes = [
            Lane {
                limit: None,
                label: "requests",
                scale: "max 8/min",
                series: Series::Outcomes(&series),
                max: None,
                role: Role::Series,
            },
            Lane {
                limit: None,
                label: "p99",
                scale: "",
                series: Series::Values(&latency),
                max: None,
                role: Role::Series,
            },
        ];
        let timeline = Timeline {
            from_ns: at("13:45:00"),
            to_ns: at("14:15:00"),
            lanes: &lanes,
            markers: &markers,
            brush: Some((at("13:59:00"), at("14:03:30"))),
            at_ns: Some(at("14:10:00")),
        };
        let buf = draw(42, 5, |area, buf, theme| timeline.render(area, buf, theme));
        assert_eq!(
            lines(&buf),
            [
                "changes          ▲        [▲+●] ▼    ┊",
                "requests                   █████     ┊",
                "max 8/min   ████░░█████████▓▓▓▓▓██████████",
                "p99         ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂█████▂▂▂▂▂▂▂▂▂▂",
                "2026-11-03       │13:50    │14:00    ┊",
            ]
        );
    }

    #[test]
    fn little_room_goes_to_the_lanes() {
        let series = series();
        let lane = Lane {
            limit: None,
            label: "requests",
            scale: "",
            series: Series::Outcomes(&series),
            max: None,
            role: Role::Series,
        };
        let lanes = [lane, lane, lane];
        let timeline = Timeline {
            from_ns: at("13:45:00"),
            to_ns: at("14:15:00"),
            lanes: &lanes,
            ..Timeline::default()
        };
        let show = |height| {
            lines(&draw(40, height, |area, buf, theme| {
                timeline.render(area, buf, theme);
            }))
        };
        assert_eq!(show(1).len(), 1);
        assert!(show(1)[0].starts_with("reques… +2  ▄▄▄"), "{:?}", show(1));
        assert!(show(2)[1].starts_with("2026-11-03"));
        assert!(show(3)[0].starts_with("changes"));
    }

    #[test]
    fn the_legend_has_a_word_for_every_shape() {
        let words: String = legend(&crate::ui::glyphs::UNICODE)
            .iter()
            .map(|cell| cell.text.clone())
            .collect();
        assert_eq!(
            words,
            "▲ change  ▼ rollback  ◆ flag  ● finding  ▓ errors  ░ no data  "
        );
    }

    #[test]
    fn any_size_will_do() {
        let (series, markers) = (series(), markers());
        let lane = Lane {
            limit: None,
            label: "数\u{1b}",
            scale: "m",
            series: Series::Outcomes(&series),
            max: None,
            role: Role::Series,
        };
        let lanes = [lane; 4];
        at_every_size(|area, buf, theme| {
            for (from_ns, to_ns) in [
                (at("13:45:00"), at("14:15:00")),
                (0, 0),
                (5, -5),
                (i64::MIN, i64::MAX),
            ] {
                let brush = Some((at("14:00:00"), at("14:04:00")));
                let timeline = Timeline {
                    from_ns,
                    to_ns,
                    lanes: &lanes,
                    markers: &markers,
                    brush,
                    at_ns: Some(0),
                };
                timeline.render(area, buf, theme);
                Timeline {
                    lanes: &[],
                    ..timeline
                }
                .render(area, buf, theme);
            }
        });
    }
}

//! An axis of time: which column an instant falls in, and which instants deserve a label.
//!
//! Every picture over time (timeline, histogram, waterfall) asks the same axis, so a marker stands
//! exactly above its bar. Arithmetic is in 128 bits: evidence may name any two instants.

use super::pen::Pen;
use super::text;
use super::theme::Role;
use crate::model::time;

const MINUTE: i64 = 60 * time::SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MILLI: i64 = time::SECOND / 1_000;

/// Steps between labels that people read easily.
const STEPS: &[i64] = &[
    MILLI,
    5 * MILLI,
    10 * MILLI,
    50 * MILLI,
    100 * MILLI,
    500 * MILLI,
    time::SECOND,
    5 * time::SECOND,
    10 * time::SECOND,
    30 * time::SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    365 * DAY,
];

/// Blank columns between two labels.
const BETWEEN: usize = 3;

/// A range of time laid over columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// First instant, in nanoseconds.
    pub from_ns: i64,
    /// Last instant.
    pub to_ns: i64,
    /// Columns.
    pub width: u16,
}

/// A labelled column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The column.
    pub column: u16,
    /// The label.
    pub label: String,
}

impl Axis {
    /// The column of an instant; none outside the range.
    #[must_use]
    pub fn column(&self, at_ns: i64) -> Option<u16> {
        if self.width == 0 || at_ns < self.from_ns || at_ns > self.to_ns {
            return None;
        }
        Some(
            u16::try_from(self.scaled(at_ns, 1))
                .unwrap_or(u16::MAX)
                .min(self.width - 1),
        )
    }

    /// The first instant of a column.
    #[must_use]
    pub fn time(&self, column: u16) -> i64 {
        let width = i128::from(self.width.max(1));
        let into = (self.length() * i128::from(column.min(self.width)) + width - 1) / width;
        i64::try_from(i128::from(self.from_ns) + into).unwrap_or(i64::MAX)
    }

    /// The columns of a range, as far as they are in sight: first, and how many.
    #[must_use]
    pub fn columns(&self, from_ns: i64, to_ns: i64) -> Option<(u16, u16)> {
        if from_ns > to_ns {
            return None;
        }
        let first = self.column(from_ns.max(self.from_ns))?;
        let last = self.column(to_ns.min(self.to_ns))?;
        Some((first, last.checked_sub(first)? + 1))
    }

    /// How many eighths of a column lie before an instant, within the axis.
    #[must_use]
    pub fn eighths(&self, at_ns: i64) -> u32 {
        let all = u32::from(self.width) * 8;
        u32::try_from(self.scaled(at_ns, 8).max(0))
            .unwrap_or(all)
            .min(all)
    }

    /// Labels in UTC, as many as fit: `14:05`, and the date where a day begins.
    #[must_use]
    pub fn clock_ticks(&self) -> Vec<Tick> {
        let fits = |step: &&i64| self.fits(**step, clock_label(0, **step).len());
        let Some(&step) = STEPS.iter().find(fits) else {
            return Vec::new();
        };
        self.ticks(
            step,
            self.from_ns.div_euclid(step).saturating_mul(step),
            |at| clock_label(at, step),
        )
    }

    /// Labels that count from the start of the axis: `0`, `40.0 ms`.
    #[must_use]
    pub fn duration_ticks(&self) -> Vec<Tick> {
        let steps = std::iter::successors(Some(1_i64), |power| power.checked_mul(10));
        let mut steps = steps.flat_map(|power| [1, 2, 5].map(|digit| power.saturating_mul(digit)));
        let Some(step) = steps.find(|step| self.fits(*step, 10)) else {
            return Vec::new();
        };
        self.ticks(step, self.from_ns, |at| {
            match at.saturating_sub(self.from_ns) {
                0 => "0".to_owned(),
                into => time::duration(into),
            }
        })
    }

    /// Draws labels, each behind a mark at its exact column.
    pub(crate) fn draw(pen: &mut Pen<'_>, y: u16, ticks: &[Tick]) {
        let mut free = 0;
        for tick in ticks {
            let width = u16::try_from(text::width(&tick.label))
                .unwrap_or(u16::MAX)
                .saturating_add(1);
            let end = tick.column.saturating_add(width);
            if tick.column >= free && end <= pen.width() {
                pen.glyph(tick.column, y, pen.glyphs().tick, Role::Border);
                pen.text(tick.column + 1, y, width, &tick.label, Role::Header);
                free = end.saturating_add(1);
            }
        }
    }

    fn length(&self) -> i128 {
        (i128::from(self.to_ns) - i128::from(self.from_ns)).max(1)
    }

    fn scaled(&self, at_ns: i64, parts: i128) -> i128 {
        (i128::from(at_ns) - i128::from(self.from_ns)) * i128::from(self.width) * parts
            / self.length()
    }

    fn fits(&self, step: i64, label: usize) -> bool {
        let labels = self.length() / i128::from(step.max(1));
        let each = i128::try_from(label + BETWEEN).unwrap_or(i128::MAX);
        labels.saturating_mul(each) <= i128::from(self.width)
    }

    fn ticks(&self, step: i64, first: i64, label: impl Fn(i64) -> String) -> Vec<Tick> {
        let instants = std::iter::successors(Some(first), |at| at.checked_add(step));
        let instants = instants
            .skip_while(|at| *at < self.from_ns)
            .take_while(|at| *at <= self.to_ns);
        instants
            .filter_map(|at| {
                Some(Tick {
                    column: self.column(at)?,
                    label: label(at),
                })
            })
            .collect()
    }
}

/// The day of an instant in UTC.
#[must_use]
pub fn date(at_ns: i64) -> String {
    part(&time::short(at_ns), 0..10)
}

fn clock_label(at_ns: i64, step: i64) -> String {
    let full = time::short(at_ns);
    match step {
        _ if step >= 30 * DAY => part(&full, 0..7),
        _ if step >= DAY || at_ns.rem_euclid(DAY) == 0 => part(&full, 5..10),
        _ if step >= MINUTE => part(&full, 11..16),
        _ if step >= time::SECOND => part(&full, 11..19),
        _ => part(&time::clock(at_ns), 6..12),
    }
}

fn part(text: &str, range: std::ops::Range<usize>) -> String {
    text.get(range).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i64 {
        time::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn labels(ticks: &[Tick]) -> String {
        let shown: Vec<_> = ticks
            .iter()
            .map(|tick| format!("{}:{}", tick.column, tick.label))
            .collect();
        shown.join(" ")
    }

    #[test]
    fn clocks_are_labelled_at_round_times() {
        let axis = Axis {
            from_ns: at("2026-11-03T13:52:00Z"),
            to_ns: at("2026-11-03T14:32:00Z"),
            width: 40,
        };
        assert_eq!(
            labels(&axis.clock_ticks()),
            "8:14:00 18:14:10 28:14:20 38:14:30"
        );
        let night = Axis {
            from_ns: at("2026-11-03T20:00:00Z"),
            to_ns: at("2026-11-04T08:00:00Z"),
            width: 36,
        };
        assert_eq!(
            labels(&night.clock_ticks()),
            "3:21:00 12:11-04 21:03:00 30:06:00"
        );
        let second = Axis {
            from_ns: at("2026-11-03T20:00:00Z"),
            to_ns: at("2026-11-03T20:00:01Z"),
            width: 20,
        };
        assert_eq!(
            labels(&second.clock_ticks()),
            "0:00.000 10:00.500 19:01.000"
        );
    }

    #[test]
    fn durations_count_from_the_start() {
        let axis = Axis {
            from_ns: 7,
            to_ns: 7 + 100_000_000,
            width: 40,
        };
        assert_eq!(labels(&axis.duration_ticks()), "0:0 20:50.0 ms 39:100.0 ms");
    }

    #[test]
    fn ranges_are_cut_to_what_is_in_sight() {
        let axis = Axis {
            from_ns: 100,
            to_ns: 200,
            width: 10,
        };
        assert_eq!(axis.columns(0, 120), Some((0, 3)));
        assert_eq!(axis.columns(150, 999), Some((5, 5)));
        assert_eq!(axis.columns(300, 400), None);
        assert_eq!(axis.columns(150, 120), None);
        assert_eq!(
            (axis.eighths(0), axis.eighths(150), axis.eighths(999)),
            (0, 40, 80)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_two_instants_will_do(from_ns: i64, to_ns: i64, width: u16, instant: i64) {
            let axis = Axis { from_ns, to_ns, width };
            prop_assert!(axis.column(instant).is_none_or(|column| column < width));
            prop_assert!(axis.eighths(instant) <= u32::from(width) * 8);
            prop_assert!(axis.clock_ticks().len() <= usize::from(width) + 2);
            prop_assert!(axis.duration_ticks().len() <= usize::from(width) + 2);
        }

        #[test]
        fn a_column_begins_in_itself(from_ns in -1_000_000_i64..1_000_000, length in 500_i64..1_000_000, width in 1_u16..500, column: u16) {
            let axis = Axis { from_ns, to_ns: from_ns + length, width };
            let column = column % width;
            prop_assert_eq!(axis.column(axis.time(column)), Some(column));
        }
    }
}

//! Bars over a range: one series, of values or of good and bad counts.
//!
//! A column shows the highest bucket that it covers, so that a peak survives narrowing. A gap is
//! not zero: where no data exists a hatch says so, and where the value is zero nothing is drawn.
//! Errors stand at the foot of a bar, in a shape of their own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use super::theme::{Role, Theme};

/// Buckets of equal length, in order. `None` is a bucket without data.
#[derive(Debug, Clone, Copy)]
pub enum Series<'a> {
    /// One value each.
    Values(&'a [Option<f64>]),
    /// How many were good, and how many were errors.
    Outcomes(&'a [Option<(f64, f64)>]),
}

/// Bars of one series.
#[derive(Debug, Clone, Copy, Default)]
pub struct Histogram<'a> {
    /// The buckets.
    pub series: Series<'a>,
    /// What the highest bar stands for; the highest bucket where it is not given.
    pub max: Option<f64>,
    /// The role of bars.
    pub role: Role,
}

/// The height of a bar: all of it, and the part of it that is errors.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Level {
    all: f64,
    errors: f64,
}

impl Default for Series<'_> {
    fn default() -> Self {
        Self::Values(&[])
    }
}

impl Series<'_> {
    /// How many buckets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Outcomes(outcomes) => outcomes.len(),
        }
    }

    /// True where there are no buckets at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The highest bucket; zero where there is none.
    #[must_use]
    pub fn peak(&self) -> f64 {
        (0..self.len())
            .filter_map(|index| self.level(index))
            .fold(0.0, |peak, level| level.all.max(peak))
    }

    fn level(&self, index: usize) -> Option<Level> {
        let (all, errors) = match self {
            Self::Values(values) => ((*values.get(index)?)?, 0.0),
            Self::Outcomes(outcomes) => {
                let (good, errors) = (*outcomes.get(index)?)?;
                (good.max(0.0) + errors.max(0.0), errors.max(0.0))
            }
        };
        (!all.is_nan() && !errors.is_nan()).then_some(Level {
            all: all.max(0.0),
            errors,
        })
    }

    /// The highest level among the buckets that a column covers.
    fn column(&self, column: usize, width: usize) -> Option<Level> {
        let at = |column: usize| column.saturating_mul(self.len()) / width.max(1);
        let buckets = at(column)..at(column + 1).max(at(column) + 1);
        buckets
            .filter_map(|index| self.level(index))
            .reduce(|one, other| Level {
                all: one.all.max(other.all),
                errors: one.errors.max(other.errors),
            })
    }
}

impl Histogram<'_> {
    /// Draws the bars over the whole area.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.draw(&mut Pen::new(area, buf, theme));
    }

    pub(crate) fn draw(&self, pen: &mut Pen<'_>) {
        if self.series.is_empty() {
            return;
        }
        let max = self.max.unwrap_or_else(|| self.series.peak());
        let rows = usize::from(pen.height());
        for x in 0..pen.width() {
            match self.series.column(usize::from(x), usize::from(pen.width())) {
                Some(level) => self.draw_bar(
                    pen,
                    x,
                    eighths(level.all, max, rows),
                    eighths(level.errors, max, rows),
                ),
                None => pen.glyph(
                    x,
                    pen.height().saturating_sub(1),
                    pen.glyphs().gap,
                    Role::Unknown,
                ),
            }
        }
    }

    fn draw_bar(&self, pen: &mut Pen<'_>, x: u16, all: usize, errors: usize) {
        for (y, below) in (0..pen.height()).rev().zip((0..).step_by(8)) {
            let all = all.saturating_sub(below).min(8);
            let errors = errors.saturating_sub(below).min(all);
            let glyphs = pen.glyphs();
            let Some(bar) = glyphs.rise(all) else {
                break;
            };
            match glyphs.rise(errors) {
                None => pen.glyph(x, y, bar, self.role),
                Some(_) if errors == 8 => pen.glyph(x, y, glyphs.errors, Role::Bad),
                Some(_) if errors == all => pen.glyph(x, y, bar, Role::Bad),
                Some(foot) if all == 8 && pen.style(self.role).fg.is_some() => {
                    let mut style = pen.style(Role::Bad);
                    style.bg = pen.style(self.role).fg;
                    pen.glyph_styled(x, y, foot, style);
                }
                Some(_) => pen.glyph(x, y, bar, Role::Warn),
            }
        }
    }
}

/// How many eighths of a row a value rises, among `rows` rows; what is above zero always shows.
#[expect(clippy::cast_precision_loss, reason = "a screen has few rows")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before the cast"
)]
pub(crate) fn eighths(value: f64, max: f64, rows: usize) -> usize {
    let full = rows.saturating_mul(8);
    if value <= 0.0 || value.is_nan() || full == 0 {
        return 0;
    }
    if value >= max {
        return full;
    }
    ((value / max * full as f64).round().clamp(1.0, full as f64) as usize).min(full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    fn show(series: Series<'_>, width: u16, height: u16) -> Vec<String> {
        let histogram = Histogram {
            series,
            max: None,
            role: Role::Series,
        };
        lines(&draw(width, height, |area, buf, theme| {
            histogram.render(area, buf, theme);
        }))
    }

    #[test]
    fn bars_zeros_and_gaps_differ() {
        let values = [
            Some(1.0),
            Some(0.0),
            None,
            Some(4.0),
            Some(8.0),
            Some(f64::NAN),
            Some(0.001),
        ];
        assert_eq!(show(Series::Values(&values), 7, 1), ["▁ ░▄█░▁"]);
        assert_eq!(show(Series::Values(&values), 7, 2), ["    █", "▂ ░██░▁"]);
    }

    #[test]
    fn narrowing_keeps_the_peak_and_widening_keeps_the_shape() {
        let values: Vec<_> = (0..100)
            .map(|i| Some(if i == 37 { 9.0 } else { 1.0 }))
            .collect();
        assert_eq!(show(Series::Values(&values), 10, 1), ["▁▁▁█▁▁▁▁▁▁"]);
        assert_eq!(
            show(Series::Values(&[Some(1.0), None, Some(2.0)]), 9, 1),
            ["▄▄▄░░░███"]
        );
    }

    #[test]
    fn errors_stand_at_the_foot_in_their_own_shape() {
        let outcomes = [
            Some((4.0, 0.0)),
            Some((2.0, 2.0)),
            Some((0.0, 4.0)),
            Some((0.0, 1.0)),
        ];
        assert_eq!(show(Series::Outcomes(&outcomes), 4, 2), ["██▓", "█▓▓▄"]);
    }

    #[test]
    fn a_cell_with_both_has_both_colours() {
        let area = Rect::new(0, 0, 1, 1);
        let theme = Theme::builtin("dark").unwrap_or_else(|error| panic!("{error}"));
        let mut buf = Buffer::empty(area);
        let series = Series::Outcomes(&[Some((3.0, 1.0))]);
        Histogram {
            series,
            max: None,
            role: Role::Series,
        }
        .render(area, &mut buf, &theme);
        let cell = &buf[(0, 0)];
        assert_eq!(
            (cell.symbol(), Some(cell.bg)),
            ("▂", theme.style(Role::Series).fg)
        );
    }

    #[test]
    fn any_size_will_do() {
        let wild = [
            Some(f64::INFINITY),
            Some(-3.0),
            Some(f64::NAN),
            None,
            Some(f64::MAX),
            Some(f64::MIN_POSITIVE),
        ];
        at_every_size(|area, buf, theme| {
            for max in [
                None,
                Some(0.0),
                Some(f64::NAN),
                Some(-1.0),
                Some(f64::INFINITY),
            ] {
                Histogram {
                    series: Series::Values(&wild),
                    max,
                    role: Role::Series,
                }
                .render(area, buf, theme);
                let outcomes =
                    Series::Outcomes(&[Some((f64::MAX, f64::MAX)), Some((-1.0, f64::NAN))]);
                Histogram {
                    series: outcomes,
                    max,
                    role: Role::Series,
                }
                .render(area, buf, theme);
            }
            Histogram {
                series: Series::default(),
                max: None,
                role: Role::Series,
            }
            .render(area, buf, theme);
        });
    }
}

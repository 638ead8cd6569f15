//! A small series in a line of text: for a table, a label, the corner of a pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::glyphs::Glyphs;
use super::histogram::{Histogram, Series, eighths};
use super::pen::Pen;
use super::text;
use super::theme::{Role, Theme};

/// A row of bars with a word behind it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sparkline<'a> {
    /// The values, oldest first. `None` is a gap.
    pub values: &'a [Option<f64>],
    /// What the highest bar stands for; the highest value where it is not given.
    pub max: Option<f64>,
    /// What the bars come to, in words: `31/min`.
    pub note: &'a str,
    /// The role of the bars.
    pub role: Role,
}

/// The last values as a text of at most `width` columns.
#[must_use]
pub fn sparkline(
    values: &[Option<f64>],
    max: Option<f64>,
    width: usize,
    glyphs: &Glyphs,
) -> String {
    let shown = values
        .get(values.len().saturating_sub(width)..)
        .unwrap_or_default();
    let max = max.unwrap_or_else(|| Series::Values(values).peak());
    let bar = |value: &Option<f64>| match value.filter(|value| !value.is_nan()) {
        Some(value) => glyphs.rise(eighths(value, max, 1)).unwrap_or(" "),
        None => glyphs.gap,
    };
    shown.iter().map(bar).collect()
}

/// A bar of at most `width` columns for a part of the most.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a bar has few steps")]
pub fn bar(value: usize, most: usize, width: u16, glyphs: &Glyphs) -> String {
    let full = eighths(value as f64, most as f64, usize::from(width));
    let rest = glyphs.growing.get((full % 8).wrapping_sub(1));
    let last = glyphs.growing[7].repeat(full / 8);
    format!("{last}{}", rest.copied().unwrap_or_default())
}

impl Sparkline<'_> {
    /// Draws the bars, one column a value where that fits, and the note at the right.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut pen = Pen::new(area, buf, theme);
        let note = text::width(&text::truncate(self.note, usize::from(pen.width() / 2)));
        let taken = if note > 0 { note + 1 } else { 0 };
        let room = usize::from(pen.width())
            .saturating_sub(taken)
            .min(self.values.len());
        let width = u16::try_from(room).unwrap_or(u16::MAX);
        let height = pen.height();
        let histogram = Histogram {
            series: Series::Values(self.values),
            max: self.max,
            role: self.role,
        };
        histogram.draw(&mut pen.part(0, 0, width, height));
        let foot = height.saturating_sub(1);
        pen.text(
            width.saturating_add(1),
            foot,
            pen.width() / 2,
            self.note,
            Role::Dim,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs;
    use crate::ui::testing::{at_every_size, draw, lines};

    const VALUES: &[Option<f64>] = &[Some(1.0), Some(2.0), None, Some(0.0), Some(8.0)];

    #[test]
    fn as_text() {
        assert_eq!(sparkline(VALUES, None, 9, &glyphs::UNICODE), "▁▂░ █");
        assert_eq!(sparkline(VALUES, Some(16.0), 2, &glyphs::UNICODE), " ▄");
        assert_eq!(sparkline(VALUES, None, 9, &glyphs::ASCII), "_./ #");
        assert_eq!(sparkline(&[], None, 9, &glyphs::UNICODE), "");
    }

    #[test]
    fn bars_and_their_note() {
        let spark = Sparkline {
            values: VALUES,
            note: "8/min",
            ..Sparkline::default()
        };
        let buf = draw(16, 1, |area, buf, theme| spark.render(area, buf, theme));
        assert_eq!(lines(&buf), ["▁▂░ █ 8/min"]);
    }

    #[test]
    fn any_size_will_do() {
        at_every_size(|area, buf, theme| {
            Sparkline {
                values: VALUES,
                note: "8/min\u{7}",
                ..Sparkline::default()
            }
            .render(area, buf, theme);
            Sparkline::default().render(area, buf, theme);
        });
    }
}

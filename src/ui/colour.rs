//! Colours: how they are written, how far apart they look, and what stands for them on a terminal
//! that has fewer.

use ratatui::style::Color;
use serde::Deserialize;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The sixteen named colours, whose look the user's terminal decides.
    Named,
    /// The 256 colours of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// A colour as a theme file writes it: a name (`light-blue`), `#rrggbb`, or a number from 0 to 255.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Paint(pub(crate) Color);

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a colour: a name, \"#rrggbb\" or a number from 0 to 255"
)]
enum Written {
    Index(u8),
    Text(String),
}

impl TryFrom<Written> for Paint {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Index(index) => Ok(Self(Color::Indexed(index))),
            Written::Text(text) => text.parse().map(Self).map_err(|_| {
                format!(
                    "\"{}\" is not a colour: use a name, \"#rrggbb\" or a number from 0 to 255",
                    text.escape_debug()
                )
            }),
        }
    }
}

type Rgb = [u8; 3];

/// The sixteen named colours as xterm shows them, in their order.
const NAMED: [(Color, Rgb); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The six steps of each channel in xterm's colour cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour nearest to this one that a terminal of this depth shows.
#[must_use]
pub fn at_depth(colour: Color, depth: Depth) -> Color {
    let (Color::Rgb(red, green, blue), false) = (colour, depth == Depth::True) else {
        return colour;
    };
    let wanted = [red, green, blue];
    match depth {
        Depth::Named => nearest(wanted, NAMED),
        _ => nearest(wanted, cube().chain(greys())),
    }
}

/// The contrast ratio of WCAG 2, from 1 to 21; none where a colour is the terminal's choice.
#[must_use]
pub fn contrast(one: Color, other: Color) -> Option<f64> {
    let (Color::Rgb(r1, g1, b1), Color::Rgb(r2, g2, b2)) = (one, other) else {
        return None;
    };
    let (one, other) = (luminance([r1, g1, b1]), luminance([r2, g2, b2]));
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

fn cube() -> impl Iterator<Item = (Color, Rgb)> {
    (16..=231_u8).map(|index| {
        let step = |divisor: u8| STEPS[usize::from((index - 16) / divisor % 6)];
        (Color::Indexed(index), [step(36), step(6), step(1)])
    })
}

fn greys() -> impl Iterator<Item = (Color, Rgb)> {
    (232..=255_u8).map(|index| (Color::Indexed(index), [8 + (index - 232) * 10; 3]))
}

fn nearest(wanted: Rgb, choices: impl IntoIterator<Item = (Color, Rgb)>) -> Color {
    let distance = |choice: Rgb| -> u32 {
        let channels = wanted.iter().zip(choice);
        channels
            .map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2))
            .sum()
    };
    choices
        .into_iter()
        .min_by_key(|&(_, rgb)| distance(rgb))
        .map_or(Color::Reset, |(colour, _)| colour)
}

fn luminance(rgb: Rgb) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_spans_one_to_twenty_one() {
        let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
        assert_eq!(contrast(black, black), Some(1.0));
        assert!(contrast(white, black).is_some_and(|ratio| (ratio - 21.0).abs() < 1e-9));
        assert_eq!(contrast(Color::Reset, black), None);
    }

    #[test]
    fn fewer_colours() {
        let orange = Color::Rgb(255, 135, 0);
        assert_eq!(at_depth(orange, Depth::True), orange);
        assert_eq!(at_depth(orange, Depth::Indexed), Color::Indexed(208));
        assert_eq!(
            at_depth(Color::Rgb(250, 10, 10), Depth::Named),
            Color::LightRed
        );
        assert_eq!(
            at_depth(Color::Rgb(18, 18, 18), Depth::Indexed),
            Color::Indexed(233)
        );
        assert_eq!(at_depth(Color::Cyan, Depth::Named), Color::Cyan);
    }
}

//! Colours as a picture writes them: settled, mixed, in hexadecimal.

use std::fmt;

use ratatui::style::Color;

pub(super) type Rgb = [u8; 3];

/// The sixteen named colours as xterm shows them, in its order.
const NAMED: [Rgb; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// A colour in numbers; `open` where it is left to the terminal.
pub(super) fn rgb(colour: Color, open: Rgb) -> Rgb {
    let named = |index: usize| NAMED.get(index).copied().unwrap_or(open);
    let step = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    match colour {
        Color::Reset => open,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Indexed(index @ 0..=15) => named(usize::from(index)),
        Color::Indexed(index @ 16..=231) => {
            [36, 6, 1].map(|divisor| step((index - 16) / divisor % 6))
        }
        Color::Indexed(index) => [8 + (index - 232) * 10; 3],
    }
}

/// Eighths of one colour, the rest of another.
pub(super) fn mix(one: Rgb, other: Rgb, eighths: u16) -> Rgb {
    std::array::from_fn(|channel| {
        let (one, other) = (u16::from(one[channel]), u16::from(other[channel]));
        u8::try_from((one * eighths + other * (8 - eighths) + 4) / 8).unwrap_or(u8::MAX)
    })
}

/// A colour as an attribute has it: `#1e90ff`.
pub(super) struct Hex(pub(super) Rgb);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_every_kind() {
        for (colour, shown) in [
            (Color::Reset, "#010203"),
            (Color::LightBlue, "#5c5cff"),
            (Color::Indexed(1), "#cd0000"),
            (Color::Indexed(16), "#000000"),
            (Color::Indexed(208), "#ff8700"),
            (Color::Indexed(231), "#ffffff"),
            (Color::Indexed(232), "#080808"),
            (Color::Indexed(255), "#eeeeee"),
            (Color::Rgb(1, 10, 255), "#010aff"),
        ] {
            assert_eq!(Hex(rgb(colour, [1, 2, 3])).to_string(), shown);
        }
        assert_eq!(mix([0, 255, 10], [8, 255, 0], 8), [0, 255, 10]);
        assert_eq!(mix([0, 255, 10], [8, 255, 0], 4), [4, 255, 5]);
    }
}

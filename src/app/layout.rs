//! Where panes stand, by the size of the screen.

/// How many panes fit side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// List, detail and why side by side, timeline below: 160 columns and more.
    Three,
    /// List and detail, timeline below: 100 to 159.
    Two,
    /// One of them, a strip of timeline below: 60 to 99.
    One,
    /// Narrow and tall: list above detail.
    Portrait,
    /// Too small for anything but a line that says so.
    TooSmall,
}

impl Class {
    /// The class of a screen of `width` by `height` cells.
    #[must_use]
    pub fn of(width: u16, height: u16) -> Self {
        match (width, height) {
            (0..60, 46..) if width >= 40 => Self::Portrait,
            (0..60, _) | (_, 0..15) => Self::TooSmall,
            (60..=84, 46..) => Self::Portrait,
            (60..100, _) => Self::One,
            (100..160, _) => Self::Two,
            _ => Self::Three,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_of_the_design() {
        assert_eq!(Class::of(80, 24), Class::One);
        assert_eq!(Class::of(120, 36), Class::Two);
        assert_eq!(Class::of(160, 45), Class::Three);
        assert_eq!(Class::of(50, 50), Class::Portrait);
        assert_eq!(Class::of(59, 14), Class::TooSmall);
        assert_eq!(Class::of(10, 10), Class::TooSmall);
    }
}

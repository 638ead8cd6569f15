//! What a mouse did, in words of our own. Everything has a key as well; a mouse only points.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// The first button was pressed.
    Click,
    /// The wheel was turned away: what is above comes into sight.
    WheelUp,
    /// The wheel was turned near.
    WheelDown,
}

/// A gesture and where it was made, in cells of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// The gesture.
    pub gesture: Gesture,
    /// Column, from the left.
    pub column: u16,
    /// Row, from the top.
    pub row: u16,
}

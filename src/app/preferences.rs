//! What somebody may set up for themselves.

use super::keymap::Keymap;
use super::layout::Layouts;

/// Keys and layouts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Which key does what.
    pub keymap: Keymap,
    /// Which layouts there are.
    pub layouts: Layouts,
}

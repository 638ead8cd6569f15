//! Where somebody is in a case: what a session leaves behind, so that the next one goes on there.
//!
//! Lists, boards and layouts stand by name, because numbers change between versions. What is no longer known is left
//! out when it is read again, never guessed.

use serde::{Deserialize, Serialize};

/// A place in a case, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Whereabouts {
    /// The entity that was pivoted to: id and label.
    pub entity: Option<(String, String)>,
    /// The window of time, in nanoseconds.
    pub window: Option<(i64, i64)>,
    /// The list.
    pub list: String,
    /// Its filter.
    pub filter: String,
    /// Whether rows are those of the chain.
    pub related: bool,
    /// The board.
    pub board: Option<String>,
    /// The layout.
    pub layout: String,
}

//! What all panes look at: one entity, one window of time.

/// Something that can be pivoted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `kind:natural-key`.
    pub id: String,
    /// What people call it.
    pub label: String,
}

impl Target {
    /// A target.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
        }
    }

    /// The kind in front of the id.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.id.split(':').next().unwrap_or("")
    }
}

/// The scope: replaced as a whole by a pivot, never changed in place by a pane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The entity that was pivoted to.
    pub entity: Option<Target>,
    /// The window of time, in nanoseconds; `None` is all of it.
    pub window: Option<(i64, i64)>,
    /// Position of the list that is shown.
    pub list: usize,
    /// True where lists show only what belongs to the entity's chain.
    pub related: bool,
    /// The board that stands in the place of list and detail, by name.
    pub board: Option<&'static str>,
}

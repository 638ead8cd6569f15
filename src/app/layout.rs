//! Where panes stand: by the size of the screen, and by the layout that somebody chose.

use serde::Deserialize;

use crate::query::listing;

const DEFAULT: &str = include_str!("../config/layouts.toml");

/// The most rows of a timeline; more would leave nothing for what it is the timeline of.
const MOST_ROWS: u16 = 40;

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
            (0..60, 45..) if width >= 40 => Self::Portrait,
            (0..60, _) | (_, 0..15) => Self::TooSmall,
            (60..=84, 45..) => Self::Portrait,
            (60..100, _) => Self::One,
            (100..160, _) => Self::Two,
            _ => Self::Three,
        }
    }
}

/// A pane that a layout can place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The list.
    List,
    /// The detail.
    Detail,
    /// Why it is linked.
    Why,
}

/// A pane and how wide it is beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The pane.
    pub pane: Part,
    /// Its share of the width, 1 to 100.
    pub share: u16,
}

/// Which panes stand side by side, and what they begin with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// One word.
    pub name: String,
    /// One sentence.
    pub about: String,
    /// The list to begin with.
    pub list: Option<String>,
    /// A board instead of the columns.
    pub board: Option<String>,
    /// From left to right.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Rows of the timeline; by the size of the screen where it is not said.
    pub timeline: Option<u16>,
}

/// Why a file of layouts cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The file is no TOML, or not of this shape.
    #[error("cannot read the layouts: {0}")]
    Toml(String),
    /// A layout that cannot be drawn.
    #[error("layout {name:?}: {problem}")]
    Layout {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    layout: Vec<Layout>,
}

/// The layouts that there are, in the order of their digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layouts {
    all: Vec<Layout>,
}

impl Layouts {
    /// The layouts that the program ships with. `boards` are the names of the boards.
    ///
    /// # Errors
    /// None that a test would not have found: the file is part of the program.
    pub fn builtin(boards: &[&str]) -> Result<Self, LayoutError> {
        Self::default().with(DEFAULT, boards)
    }

    /// These and those of a file; one of the same name takes the place of the other.
    ///
    /// # Errors
    /// The first thing in the file that is wrong.
    pub fn with(mut self, text: &str, boards: &[&str]) -> Result<Self, LayoutError> {
        let file: File =
            toml::from_str(text).map_err(|error| LayoutError::Toml(error.to_string()))?;
        for layout in file.layout {
            layout
                .check(boards)
                .map_err(|problem| LayoutError::Layout {
                    name: layout.name.clone(),
                    problem,
                })?;
            match self.all.iter_mut().find(|it| it.name == layout.name) {
                Some(old) => *old = layout,
                None => self.all.push(layout),
            }
        }
        Ok(self)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Layout] {
        &self.all
    }
}

impl Layout {
    fn check(&self, boards: &[&str]) -> Result<(), String> {
        let shares = self.columns.iter().map(|column| column.share);
        let twice = |at: usize| {
            let pane = self.columns[at].pane;
            self.columns[..at].iter().any(|column| column.pane == pane)
        };
        let known = |name: &String| listing::ALL.iter().any(|list| list.name == name);
        if self.name.is_empty() || self.name.contains(char::is_whitespace) {
            return Err("a name is one word".to_owned());
        }
        if let Some(list) = self.list.as_ref().filter(|list| !known(list)) {
            let names: Vec<&str> = listing::ALL.iter().map(|list| list.name).collect();
            return Err(format!(
                "there is no list {list:?}; there are {}",
                names.join(", ")
            ));
        }
        if let Some(board) = &self.board {
            return match (boards.contains(&board.as_str()), self.columns.is_empty()) {
                (false, _) => Err(format!(
                    "there is no board {board:?}; there are {}",
                    boards.join(", ")
                )),
                (true, false) => Err("a board takes the place of the columns".to_owned()),
                (true, true) => Ok(()),
            };
        }
        if !self.columns.iter().any(|column| column.pane == Part::List) {
            return Err("one of the columns must be the list".to_owned());
        }
        if (0..self.columns.len()).any(twice) {
            return Err("a pane stands twice".to_owned());
        }
        if shares.clone().any(|share| !(1..=100).contains(&share)) {
            return Err("a share is a number from 1 to 100".to_owned());
        }
        match self.timeline {
            Some(rows) if rows > MOST_ROWS => {
                Err(format!("a timeline has at most {MOST_ROWS} rows"))
            }
            _ => Ok(()),
        }
    }
}

/// What somebody moved: the shares of the columns, and the rows of the timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The columns, with their shares.
    pub columns: Vec<Column>,
    /// Rows of the timeline; by the size of the screen where nobody said.
    pub timeline: Option<u16>,
}

/// How far a divider moves at a time, in shares.
const STEP: u16 = 4;
/// The share of a pane that is not among the columns.
const FRESH: u16 = 50;

impl Sizes {
    /// What `layout` begins with.
    #[must_use]
    pub fn of(layout: &Layout) -> Self {
        Self {
            columns: layout.columns.clone(),
            timeline: layout.timeline,
        }
    }

    /// Gives a pane more of the width, or less.
    pub fn widen(&mut self, pane: Part, wider: bool) {
        if let Some(column) = self.columns.iter_mut().find(|column| column.pane == pane) {
            let share = if wider {
                column.share + STEP
            } else {
                column.share.saturating_sub(STEP)
            };
            column.share = share.clamp(STEP, 100);
        }
    }

    /// Gives the timeline another row, or takes one; `rows` is what it has.
    pub fn heighten(&mut self, rows: u16, taller: bool) {
        let rows = if taller {
            rows + 1
        } else {
            rows.saturating_sub(1)
        };
        self.timeline = Some(rows.min(MOST_ROWS));
    }

    /// The columns of which at most `most` fit: the first ones, the last of them giving way to the pane that has
    /// the focus.
    #[must_use]
    pub fn fitting(&self, most: usize, focus: Option<Part>) -> Vec<Column> {
        let mut columns: Vec<Column> = self.columns.iter().take(most).copied().collect();
        let missing = focus.filter(|pane| columns.iter().all(|column| column.pane != *pane));
        if let Some(pane) = missing {
            let share = if columns.len() >= most {
                columns.pop().map_or(FRESH, |column| column.share)
            } else {
                FRESH
            };
            columns.push(Column { pane, share });
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARDS: &[&str] = &["access", "behaviour"];

    fn mistake(text: &str) -> String {
        let layouts = Layouts::default().with(text, BOARDS);
        layouts.unwrap_err().to_string()
    }

    #[test]
    fn the_sizes_of_the_design() {
        assert_eq!(Class::of(80, 24), Class::One);
        assert_eq!(Class::of(120, 36), Class::Two);
        assert_eq!(Class::of(160, 45), Class::Three);
        assert_eq!(Class::of(50, 45), Class::Portrait);
        assert_eq!(Class::of(59, 14), Class::TooSmall);
        assert_eq!(Class::of(10, 10), Class::TooSmall);
    }

    #[test]
    fn a_layout_of_ones_own_takes_the_place_of_its_namesake() {
        let builtin = Layouts::builtin(BOARDS).unwrap();
        let own =
            "[[layout]]\nname = 'logs'\nabout = 'mine'\ncolumns = [{ pane = 'list', share = 1 }]";
        let both = builtin.clone().with(own, BOARDS).unwrap();
        assert_eq!(both.all().len(), builtin.all().len());
        assert!(both.all().iter().any(|layout| layout.about == "mine"));
    }

    #[test]
    fn mistakes_are_named() {
        let layout = |rest: &str| format!("[[layout]]\nname = 'x'\nabout = ''\n{rest}");
        for (rest, problem) in [
            ("", "one of the columns must be the list"),
            (
                "board = 'bored'",
                "there is no board \"bored\"; there are access, behaviour",
            ),
            ("list = 'lugs'", "there is no list \"lugs\""),
            (
                "columns = [{ pane = 'list', share = 0 }]",
                "a number from 1 to 100",
            ),
            (
                "columns = [{ pane = 'list', share = 5 }, { pane = 'list', share = 5 }]",
                "stands twice",
            ),
            (
                "columns = [{ pane = 'lost', share = 5 }]",
                "unknown variant `lost`",
            ),
            ("colour = 'red'", "unknown field `colour`"),
        ] {
            let mistake = mistake(&layout(rest));
            assert!(mistake.contains(problem), "{mistake}");
        }
    }

    #[test]
    fn the_focus_is_always_among_the_columns() {
        let builtin = Layouts::builtin(BOARDS).unwrap();
        for layout in builtin.all().iter().filter(|layout| layout.board.is_none()) {
            for most in 1..=3 {
                for part in [Part::List, Part::Detail, Part::Why] {
                    let columns = Sizes::of(layout).fitting(most, Some(part));
                    assert!(columns.iter().any(|column| column.pane == part));
                    assert!(columns.len() <= most);
                }
            }
        }
    }
}

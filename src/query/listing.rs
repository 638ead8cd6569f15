//! Lists: the rows of one kind, in the scope that the screen shows.
//!
//! A list is one `.sql` file whose header names its title, its columns, what an empty list means, and the fields
//! that a [filter](super::filter) can ask for; the list pane shows whatever is registered here. `{filter}` is
//! where the filter's predicate goes; its values are parameters and never part of the text. `{also}` is where the
//! field goes whose values are [counted](counts); a list that gathers records counts in `matching`, before they
//! are gathered, and says how behind `-- counted:`.

mod counts;
mod page;

use serde_json::Value;

use super::{about, entity, filter};
use crate::model::id;
use crate::store::{Param, Reader, StoreError};

pub use counts::{Counts, counts};
pub use page::{From, Key, PAGE, Page, page};

/// A list as its file writes it.
#[derive(Debug)]
pub struct List {
    /// Short name; the kind in plural.
    pub name: &'static str,
    /// The whole file.
    pub sql: &'static str,
}

/// How wide a column is: so many cells, or what is left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// So many cells.
    Fixed(u16),
    /// So many cells, where that leaves enough for what takes the rest.
    Spare(u16),
    /// What is left over.
    Rest,
}

/// Every list, in the order of the keys that switch to it.
pub const ALL: &[List] = &[
    List {
        name: "releases",
        sql: include_str!("../store/sql/queries/list_releases.sql"),
    },
    List {
        name: "commits",
        sql: include_str!("../store/sql/queries/list_commits.sql"),
    },
    List {
        name: "sessions",
        sql: include_str!("../store/sql/queries/list_sessions.sql"),
    },
    List {
        name: "builds",
        sql: include_str!("../store/sql/queries/list_builds.sql"),
    },
    List {
        name: "attestations",
        sql: include_str!("../store/sql/queries/list_attestations.sql"),
    },
    List {
        name: "deployments",
        sql: include_str!("../store/sql/queries/list_deployments.sql"),
    },
    List {
        name: "instances",
        sql: include_str!("../store/sql/queries/list_instances.sql"),
    },
    List {
        name: "traces",
        sql: include_str!("../store/sql/queries/list_traces.sql"),
    },
    List {
        name: "logs",
        sql: include_str!("../store/sql/queries/list_logs.sql"),
    },
    List {
        name: "access",
        sql: include_str!("../store/sql/queries/list_access.sql"),
    },
    List {
        name: "findings",
        sql: include_str!("../store/sql/queries/list_findings.sql"),
    },
    List {
        name: "templates",
        sql: include_str!("../store/sql/queries/list_templates.sql"),
    },
    List {
        name: "gaps",
        sql: include_str!("../store/sql/queries/list_gaps.sql"),
    },
    List {
        name: "shared",
        sql: include_str!("../store/sql/queries/list_shared.sql"),
    },
];

impl List {
    /// What a line at the head of the file says.
    fn header(&self, key: &str) -> &'static str {
        let find = |line: &'static str| {
            line.strip_prefix("-- ")?
                .split_once(": ")
                .filter(|(k, _)| *k == key)
                .map(|(_, v)| v)
        };
        self.sql.lines().find_map(find).unwrap_or("")
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.header("title")
    }

    /// Why it may be empty.
    #[must_use]
    pub fn empty(&self) -> &'static str {
        self.header("empty")
    }

    /// What people call a row, where one column or its id says that alone.
    #[must_use]
    pub fn label(&self, row: &[Value]) -> Option<String> {
        let name = self.header("label");
        if name == "id" {
            let (_, key) = row.first()?.as_str()?.split_once(':')?;
            return Some(key.to_owned());
        }
        let at = self.columns().position(|(title, _)| title == name)?;
        row.get(at + 2).map(shown)
    }

    /// The shown columns: title and width. They are the answer's columns from the third on.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Width)> {
        self.header("columns").split(" | ").filter_map(|column| {
            let (title, width) = column.rsplit_once(' ')?;
            let width = match width.strip_suffix('?') {
                Some(cells) => cells.parse().map_or(Width::Rest, Width::Spare),
                None => width.parse().map_or(Width::Rest, Width::Fixed),
            };
            Some((title, width))
        })
    }

    /// True where the list may have millions of rows and is asked for page by page.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.sql.contains("\n-- rows\n")
    }

    /// The releases that `ask` is about, in lists that know releases.
    fn releases(&self, reader: &Reader, ask: &Ask) -> Result<Param, StoreError> {
        let Some(target) = ask
            .entity
            .as_ref()
            .filter(|_| self.sql.contains("$releases"))
        else {
            return Ok(Param::Null);
        };
        let related: &[String] = ask.ids.as_deref().unwrap_or_default();
        Ok(match about::releases(reader, target, related)? {
            // What belongs to nothing narrows nothing.
            releases if releases.is_empty() && related.is_empty() => Param::Null,
            releases => entity::list(&releases),
        })
    }

    /// The position in [`ALL`] of the list that shows entities of `kind`.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<usize> {
        ALL.iter().position(|list| {
            list.name.strip_suffix('s').unwrap_or(list.name) == kind || list.name == kind
        })
    }
}

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Only these entities (and what belongs to them); `None` means all.
    pub ids: Option<Vec<String>>,
    /// Only what belongs to the release of this entity, in lists that know releases.
    pub entity: Option<String>,
    /// Only this trace.
    pub trace: Option<u128>,
    /// From this time on.
    pub since: Option<i64>,
    /// Before this time.
    pub until: Option<i64>,
    /// Only rows for which this filter holds ([`filter`](super::filter)).
    pub filter: String,
}

/// Whether `filter` can be asked of `list`.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(list: &List, filter: &str) -> Result<(), filter::Mistake> {
    let parsed = filter::parse(filter)?;
    if parsed.is_empty() {
        return Ok(());
    }
    parsed.compile(&filter::Fields::of(list.sql)).map(|_| ())
}

/// The trace in an entity's id.
#[must_use]
pub fn trace_of(entity: &str) -> Option<u128> {
    id::trace(entity.strip_prefix("trace:")?)
}

/// A shown cell.
#[must_use]
pub fn shown(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

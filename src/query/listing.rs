//! Lists: the rows of one kind, in the scope that the screen shows.
//!
//! A list is one `.sql` file whose header names its title, its columns and what an empty list means;
//! the list pane shows whatever is registered here.

use serde_json::Value;

use super::{about, entity, resolve};
use crate::model::id;
use crate::store::{Param, Reader, Rows, StoreError};

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
    /// Only rows that contain this text.
    pub text: Option<String>,
    /// At most this many rows.
    pub limit: u32,
}

/// The rows of `list`. Each has the entity's id first, its time second, then the shown columns.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, list: &List, ask: &Ask) -> Result<Rows, StoreError> {
    let resources = ask.ids.as_ref().map(|ids| {
        let hex: Vec<String> = ids
            .iter()
            .filter_map(|id| id.strip_prefix("resource:"))
            .map(str::to_owned)
            .collect();
        entity::list(&hex)
    });
    let halves = ask.trace.map(resolve::halves);
    // A trace is narrower than the resources that speak in it.
    let resources = if halves.is_some() { None } else { resources };
    let releases = match &ask.entity {
        Some(entity) if list.sql.contains("$releases") => {
            let related = ask.ids.as_deref().unwrap_or_default();
            match about::releases(reader, entity, related)? {
                // What belongs to nothing narrows nothing.
                releases if releases.is_empty() && related.is_empty() => Param::Null,
                releases => entity::list(&releases),
            }
        }
        _ => Param::Null,
    };
    let params = [
        ("releases", releases),
        (
            "ids",
            ask.ids
                .as_ref()
                .map_or(Param::Null, |ids| entity::list(ids)),
        ),
        ("resources", resources.unwrap_or(Param::Null)),
        ("hi", halves.map(|(hi, _)| hi).into()),
        ("lo", halves.map(|(_, lo)| lo).into()),
        ("since", ask.since.into()),
        ("until", ask.until.into()),
        ("text", ask.text.clone().into()),
        ("limit", Param::Int(i64::from(ask.limit))),
    ];
    reader.rows(list.name, list.sql, &params)
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

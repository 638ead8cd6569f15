//! `case.toml`: what the case is called and who made it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::CaseError;
use crate::model::{id, time};

pub(super) const NAME: &str = "case.toml";

/// The contents of `case.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Identifies the case; 16 hex digits.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Who made it.
    pub investigator: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Version of the program that made it.
    pub tool_version: String,
    /// Time zone in which people want to see times; evidence is always stored in UTC.
    pub display_zone: String,
}

impl Manifest {
    pub(super) fn new(title: &str, root: &Path) -> Self {
        let created = time::rfc3339(super::now_ns());
        let seed = format!("{created} {}", root.display());
        Self {
            id: id::sha256_hex(seed.as_bytes())[..16].to_owned(),
            title: title.to_owned(),
            investigator: investigator(),
            created,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            display_zone: "UTC".to_owned(),
        }
    }

    pub(super) fn read(root: &Path) -> Result<Self, CaseError> {
        let path = root.join(NAME);
        let text = fs::read_to_string(&path).map_err(CaseError::io("read", &path))?;
        toml::from_str(&text).map_err(|error| CaseError::Unreadable {
            path,
            why: error.to_string(),
        })
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), CaseError> {
        let path = root.join(NAME);
        let text = toml::to_string(self).map_err(|error| CaseError::Unreadable {
            path: path.clone(),
            why: error.to_string(),
        })?;
        fs::write(&path, text).map_err(CaseError::io("write", &path))
    }
}

/// The name of the person at the keyboard, as the system knows it.
pub(super) fn investigator() -> String {
    ["SHIPWAKE_INVESTIGATOR", "USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

//! What a load did, as `load` prints it (DESIGN section 8).

use std::collections::BTreeMap;

use serde::Serialize;

/// One file of the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileReport {
    /// Path in the bundle.
    pub path: String,
    /// SHA-256 of its bytes; empty where it could not be read.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Format that read it.
    pub format: Option<String>,
    /// Units met.
    pub read: u64,
    /// Units understood.
    pub kept: u64,
    /// Units that are broken.
    pub rejected: u64,
    /// Units passed over by a rule.
    pub ignored: u64,
    /// `loaded`, `present`, `duplicate`, or why not.
    pub state: String,
    /// One sentence on a state that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A whole load.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Every file met, by path.
    pub files: Vec<FileReport>,
    /// Rows that were added, by table.
    pub tables: BTreeMap<String, u64>,
    /// Links in the case, by rule.
    pub links: BTreeMap<String, u64>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl Report {
    /// True where nothing at all is in the case from these files.
    #[must_use]
    pub fn is_fruitless(&self) -> bool {
        !self.files.iter().any(|file| {
            matches!(
                file.state.as_str(),
                "loaded" | "container" | "present" | "duplicate"
            ) || file.kept > 0
        })
    }

    /// One line that counts what did not go well; `None` where all did.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        for file in &self.files {
            if !matches!(
                file.state.as_str(),
                "loaded" | "container" | "present" | "duplicate"
            ) {
                *states.entry(&file.state).or_default() += 1;
            }
        }
        let rejected: u64 = self.files.iter().map(|file| file.rejected).sum();
        let mut parts: Vec<String> = states
            .iter()
            .map(|(state, n)| format!("{n} {}", state.replace('_', " ")))
            .collect();
        if rejected > 0 {
            parts.push(format!(
                "{rejected} rejected {}",
                if rejected == 1 { "record" } else { "records" }
            ));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

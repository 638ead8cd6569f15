//! Where a fact stands in the evidence: a file, an offset, a length.

use serde::Serialize;

/// A range of bytes inside one evidence file. `offset` and `length` count bytes from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Span {
    /// The range that starts at `offset` and is `length` bytes long.
    #[must_use]
    pub fn new(offset: u64, length: u64) -> Self {
        Self { offset, length }
    }
}

/// A citation as every output prints it (DESIGN section 8): the path the file had in the bundle,
/// the SHA-256 of its bytes, and the range. `shipwake raw CASE SHA:OFFSET:LENGTH` prints the bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Citation {
    /// Path in the bundle, `archive!member` inside archives and envelopes.
    pub file: String,
    /// Lower-case hexadecimal SHA-256 of the whole file.
    pub sha256: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Citation {
    /// The form that `shipwake raw` takes.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}:{}:{}", self.sha256, self.offset, self.length)
    }
}

/// The citation in the columns `{prefix}file`, `{prefix}sha256`, `{prefix}offset`, `{prefix}length` of
/// an answer, as the contracts print it.
#[must_use]
pub fn of_row(
    row: &serde_json::Map<String, serde_json::Value>,
    prefix: &str,
) -> Option<serde_json::Value> {
    let cell = |name: &str| {
        row.get(&format!("{prefix}{name}"))
            .filter(|value| !value.is_null())
    };
    Some(serde_json::json!({
        "file": cell("file")?,
        "sha256": cell("sha256")?,
        "offset": cell("offset")?,
        "length": cell("length")?,
    }))
}

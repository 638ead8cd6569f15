//! The files being written.

use std::collections::BTreeMap;

use serde_json::Value;

/// Path below `sample-data/`, and content.
#[derive(Default)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Files {
    /// A file of these bytes.
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let before = self.0.insert(path.to_owned(), bytes.into());
        assert!(before.is_none(), "{path} is written twice");
    }

    /// A JSON document, pretty-printed as `kubectl` and `jq` do.
    pub fn document(&mut self, path: &str, value: &Value) {
        self.put(path, format!("{value:#}\n"));
    }

    /// JSON values, one a line.
    pub fn lines<'a>(&mut self, path: &str, values: impl IntoIterator<Item = &'a Value>) {
        let text: String = values
            .into_iter()
            .map(|value| format!("{value}\n"))
            .collect();
        self.put(path, text);
    }
}

//! The journal: what was done to the case, in order, each line bound to the one before it.
//!
//! A line is a JSON object on one line. `prev` is the SHA-256 of the line before it (without its
//! line end), the first line's is 64 zeros, so that a changed or removed line shows. A chain alone
//! can be rebuilt by whoever can write the file: reports print its head so that it is anchored
//! outside.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CaseError;
use crate::model::{id, time};

/// Its file in a case.
pub(super) const NAME: &str = "journal.jsonl";

const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Position, from 1.
    pub seq: u64,
    /// When, RFC 3339 UTC.
    pub time: String,
    /// Who.
    pub who: String,
    /// On which machine.
    pub host: String,
    /// Version of the program.
    pub tool_version: String,
    /// What was done: `load`, `note`, `export`.
    pub act: String,
    /// What went in.
    pub inputs: Value,
    /// What came out.
    pub outputs: Value,
    /// SHA-256 of the line before.
    pub prev: String,
}

/// What checking the chain found.
#[derive(Debug, Clone, Serialize)]
pub struct ChainState {
    /// Lines.
    pub entries: u64,
    /// SHA-256 of the last line.
    pub head: String,
    /// `intact`, or what is wrong with the first line that does not fit.
    pub state: String,
}

/// The journal of one case.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(super) fn at(root: &Path) -> Self {
        Self {
            path: root.join(NAME),
        }
    }

    /// Appends one entry and makes it durable.
    ///
    /// # Errors
    /// The file cannot be locked, read or written.
    pub fn append(&self, act: &str, inputs: Value, outputs: Value) -> Result<Entry, CaseError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)
            .map_err(CaseError::io("open", &self.path))?;
        // Two processes may add notes at once; the lock makes read-last-then-append one step.
        file.lock().map_err(CaseError::io("lock", &self.path))?;
        let (seq, prev, torn) = self.last(&file)?;
        let entry = Entry {
            seq: seq + 1,
            time: time::rfc3339(super::now_ns()),
            who: super::manifest::investigator(),
            host: host(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            act: act.to_owned(),
            inputs,
            outputs,
            prev,
        };
        let mut line = if torn { "\n".to_owned() } else { String::new() };
        line.push_str(
            &serde_json::to_string(&entry).map_err(|error| self.unreadable(&error.to_string()))?,
        );
        line.push('\n');
        (&file)
            .write_all(line.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(CaseError::io("append to", &self.path))?;
        Ok(entry)
    }

    /// Every entry that can be read, in order; a torn last line is left out.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, CaseError> {
        Ok(self
            .lines()?
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// Walks the chain from the first line.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn check(&self) -> Result<ChainState, CaseError> {
        let mut state = ChainState {
            entries: 0,
            head: FIRST.to_owned(),
            state: "intact".to_owned(),
        };
        for line in self.lines()? {
            let number = state.entries + 1;
            let Ok(entry) = serde_json::from_str::<Entry>(&line) else {
                state.state = format!("line {number} is no entry");
                break;
            };
            if entry.prev != state.head || entry.seq != number {
                state.state = format!("line {number} does not follow the line before it");
                break;
            }
            state = ChainState {
                entries: number,
                head: id::sha256_hex(line.as_bytes()),
                ..state
            };
        }
        Ok(state)
    }

    fn lines(&self) -> Result<Vec<String>, CaseError> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(text
                .lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(CaseError::io("read", &self.path)(error)),
        }
    }

    /// The last entry's number, its line's digest, and whether the file ends inside a line, as after
    /// a kill in the middle of a write.
    fn last(&self, file: &File) -> Result<(u64, String, bool), CaseError> {
        let mut reader = BufReader::new(file);
        let (mut seq, mut digest, mut torn) = (0, FIRST.to_owned(), false);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader
                .read_until(b'\n', &mut line)
                .map_err(CaseError::io("read", &self.path))?;
            if read == 0 {
                return Ok((seq, digest, torn));
            }
            torn = line.last() != Some(&b'\n');
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            if let Ok(entry) = serde_json::from_slice::<Entry>(text) {
                (seq, digest) = (entry.seq, id::sha256_hex(text));
            }
        }
    }

    fn unreadable(&self, why: &str) -> CaseError {
        CaseError::Unreadable {
            path: self.path.clone(),
            why: why.to_owned(),
        }
    }
}

fn host() -> String {
    std::env::var("HOSTNAME")
        .ok()
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path());
        (folder, journal)
    }

    #[test]
    fn entries_are_chained_and_a_changed_one_shows() {
        let (_folder, journal) = journal();
        for act in ["load", "note", "load"] {
            journal.append(act, json!({}), json!({"n": 1})).unwrap();
        }
        let state = journal.check().unwrap();
        assert_eq!((state.entries, state.state.as_str()), (3, "intact"));

        let text = std::fs::read_to_string(&journal.path)
            .unwrap()
            .replacen("\"note\"", "\"nope\"", 1);
        std::fs::write(&journal.path, text).unwrap();
        assert_eq!(
            journal.check().unwrap().state,
            "line 3 does not follow the line before it"
        );
    }

    #[test]
    fn a_torn_line_is_passed_over_by_the_next_entry() {
        let (_folder, journal) = journal();
        journal.append("load", json!({}), json!({})).unwrap();
        let mut text = std::fs::read_to_string(&journal.path).unwrap();
        text.push_str("{\"seq\":2,\"ti");
        std::fs::write(&journal.path, text).unwrap();
        let entry = journal.append("load", json!({}), json!({})).unwrap();
        assert_eq!(entry.seq, 2);
        assert_eq!(journal.entries().unwrap().len(), 2);
    }
}

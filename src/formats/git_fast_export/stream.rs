//! The commands of a stream, one at a time.

use std::borrow::Cow;

use super::{Ident, Place};
use crate::formats::read::git::paths::{quoted, unquote};

/// One command.
pub(super) enum Command<'a> {
    Commit(Box<Commit<'a>>),
    Reset {
        name: Cow<'a, str>,
        from: Option<&'a str>,
    },
    Blob {
        mark: Option<&'a str>,
        data: Place,
    },
    /// A tag, a feature, progress and the like.
    Other,
    Broken(&'static str),
}

/// A commit in the words of the stream.
#[derive(Default)]
pub(super) struct Commit<'a> {
    /// The ref that it was reached from.
    pub(super) name: Cow<'a, str>,
    pub(super) mark: Option<&'a str>,
    /// The id that it has in the repository.
    pub(super) original: Option<&'a str>,
    pub(super) author: Option<Ident>,
    pub(super) committer: Option<Ident>,
    pub(super) message: &'a [u8],
    pub(super) from: Option<&'a str>,
    pub(super) merges: Vec<&'a str>,
    pub(super) entries: Vec<Entry<'a>>,
    /// What is wrong with it.
    pub(super) fault: Option<&'static str>,
}

/// A changed file.
pub(super) struct Entry<'a> {
    pub(super) path: String,
    pub(super) old_path: Option<String>,
    pub(super) status: Option<&'static str>,
    pub(super) blob: Option<Blob<'a>>,
    /// Where its line stands.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Where a file's content is.
#[derive(Clone, Copy)]
pub(super) enum Blob<'a> {
    Mark(&'a str),
    Inline(Place),
}

/// The commands of a stream with the bytes that they stand in.
pub(super) struct Commands<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Commands<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The line here without its newline; the stream stays.
    fn peek(&self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        rest.get(..end)
    }

    fn pass(&mut self) {
        let length = self.peek().map_or(0, <[u8]>::len);
        self.at = (self.at + length + 1).min(self.bytes.len());
    }

    /// The rest of the line here, if it begins with `word`; then the stream goes on.
    fn take(&mut self, word: &str) -> Option<&'a [u8]> {
        let rest = self.peek()?.strip_prefix(word.as_bytes())?;
        self.pass();
        Some(rest)
    }

    fn take_text(&mut self, word: &str) -> Option<&'a str> {
        let rest = self.peek()?.strip_prefix(word.as_bytes())?;
        let text = std::str::from_utf8(rest).ok()?;
        self.pass();
        Some(text.trim())
    }

    /// The counted bytes that follow `data <n>`, or up to a delimiter.
    fn data(&mut self) -> Result<Place, &'static str> {
        let count = self.take_text("data ").ok_or("expected `data`")?;
        let start = self.at;
        if let Some(delimiter) = count.strip_prefix("<<") {
            while let Some(line) = self.peek() {
                let end = self.at;
                self.pass();
                if line == delimiter.as_bytes() {
                    return Ok((start, end));
                }
            }
            return Err("the data is cut off");
        }
        let count: usize = count.parse().map_err(|_| "`data` without a count")?;
        let end = start
            .checked_add(count)
            .filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            self.at = self.bytes.len();
            return Err("the data is cut off");
        };
        self.at = end;
        // One newline may follow.
        if self.bytes.get(end) == Some(&b'\n') {
            self.at += 1;
        }
        Ok((start, end))
    }

    fn command(&mut self) -> Command<'a> {
        if let Some(name) = self.take("commit ") {
            let name = String::from_utf8_lossy(name);
            return Command::Commit(Box::new(self.commit(name)));
        }
        if let Some(name) = self.take("reset ") {
            let from = self.take_text("from ");
            return Command::Reset {
                name: String::from_utf8_lossy(name),
                from,
            };
        }
        if self.peek() == Some(b"blob") {
            self.pass();
            let mark = self.take_text("mark ");
            let _ = self.take("original-oid ");
            return match self.data() {
                Ok(data) => Command::Blob { mark, data },
                Err(why) => Command::Broken(why),
            };
        }
        if self.take("tag ").is_some() {
            let heads = ["mark ", "from ", "original-oid ", "tagger "];
            while heads.iter().any(|head| self.take(head).is_some()) {}
            return match self.data() {
                Ok(_) => Command::Other,
                Err(why) => Command::Broken(why),
            };
        }
        let line = self.peek().unwrap_or_default();
        let known = [
            "feature ",
            "option ",
            "progress ",
            "checkpoint",
            "done",
            "alias",
            "#",
        ];
        let is_known =
            line.is_empty() || known.iter().any(|word| line.starts_with(word.as_bytes()));
        if is_known {
            self.pass();
            return Command::Other;
        }
        // Goes on at the next line that opens a command.
        self.pass();
        let opens = |line: &[u8]| {
            line == b"blob"
                || ["commit refs/", "reset refs/", "tag "]
                    .iter()
                    .any(|it| line.starts_with(it.as_bytes()))
        };
        while self.peek().is_some_and(|line| !opens(line)) {
            self.pass();
        }
        Command::Broken("no command of a stream")
    }

    fn commit(&mut self, name: Cow<'a, str>) -> Commit<'a> {
        let mut commit = Commit {
            name,
            mark: self.take_text("mark "),
            original: self.take_text("original-oid "),
            ..Commit::default()
        };
        commit.author = self.take("author ").map(Ident::parse);
        commit.committer = self.take("committer ").map(Ident::parse);
        if commit.committer.is_none() {
            commit.fault = Some("no line names a committer");
        }
        while self.take("gpgsig ").is_some() {
            if let Err(why) = self.data() {
                commit.fault = Some(why);
            }
        }
        let _ = self.take("encoding ");
        match self.data() {
            Ok((start, end)) => commit.message = self.bytes.get(start..end).unwrap_or_default(),
            Err(why) => commit.fault = commit.fault.or(Some(why)),
        }
        commit.from = self.take_text("from ");
        while let Some(merge) = self.take_text("merge ") {
            commit.merges.push(merge);
        }
        while let Some(line) = self.peek() {
            let start = self.at;
            let Some(mut entry) = change(line) else { break };
            self.pass();
            if matches!(entry.blob, Some(Blob::Mark("inline"))) {
                match self.data() {
                    Ok(place) => entry.blob = Some(Blob::Inline(place)),
                    Err(why) => commit.fault = Some(why),
                }
            }
            (entry.start, entry.end) = (start, start + line.len());
            if !entry.path.is_empty() {
                commit.entries.push(entry);
            }
        }
        commit
    }
}

impl<'a> Iterator for Commands<'a> {
    type Item = (Command<'a>, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        self.peek()?;
        let command = self.command();
        Some((command, start, self.at.max(start)))
    }
}

/// The change that a line states. `deleteall` has no path.
fn change(line: &[u8]) -> Option<Entry<'_>> {
    let entry = |path: String, status| Entry {
        path,
        old_path: None,
        status,
        blob: None,
        start: 0,
        end: 0,
    };
    if line == b"deleteall" {
        return Some(entry(String::new(), None));
    }
    let (kind, rest) = line.split_at_checked(2)?;
    let lossy = |bytes: &[u8]| unquote(&String::from_utf8_lossy(bytes)).into_owned();
    let word = |bytes: &'_ [u8]| memchr::memchr(b' ', bytes);
    match kind {
        b"M " => {
            let mode = word(rest)?;
            let rest = rest.get(mode + 1..)?;
            let blob = word(rest)?;
            let (name, path) = (
                std::str::from_utf8(rest.get(..blob)?).ok()?,
                rest.get(blob + 1..)?,
            );
            Some(Entry {
                blob: Some(Blob::Mark(name)),
                ..entry(lossy(path), None)
            })
        }
        b"D " => Some(entry(lossy(rest), Some("deleted"))),
        b"N " => {
            let blob = word(rest)?;
            let (name, target) = (
                std::str::from_utf8(rest.get(..blob)?).ok()?,
                rest.get(blob + 1..)?,
            );
            Some(Entry {
                blob: Some(Blob::Mark(name)),
                ..entry(lossy(target), None)
            })
        }
        b"R " | b"C " => {
            let text = String::from_utf8_lossy(rest);
            let (old, new) = if let Some((old, new)) = quoted(&text) {
                (old, new.trim_start().to_owned())
            } else {
                let (old, new) = text.split_once(' ')?;
                (old.to_owned(), new.to_owned())
            };
            let new = unquote(&new).into_owned();
            let renamed = kind == b"R ";
            Some(Entry {
                old_path: renamed.then_some(old),
                ..entry(new, Some(if renamed { "renamed" } else { "added" }))
            })
        }
        _ => None,
    }
}

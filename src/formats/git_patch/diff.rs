//! Unified diffs as git prints them: one section a file, extended headers, hunks.
//!
//! Hunks are read by the counts in their `@@` line, never by what a line looks like: a deleted line
//! `-- x` reads `--- x`, and a mail ends in `-- `.

use std::iter::Peekable;

use super::text::{Line, lines};
use crate::formats::read::git::files::FileChange;
use crate::formats::read::git::paths::{quoted, unquote};

/// What a diff says of one file.
pub(super) struct FileDiff {
    /// First byte of its section.
    pub(super) start: usize,
    /// The byte after its section.
    pub(super) end: usize,
    /// Path, status and counts.
    pub(super) change: FileChange,
    /// Its hunks; none for a combined diff, which has several old sides.
    pub(super) hunks: Vec<Hunk>,
    /// What is wrong with it.
    pub(super) fault: Option<&'static str>,
    combined: bool,
    binary: bool,
}

/// One hunk.
pub(super) struct Hunk {
    /// First byte of its `@@` line.
    pub(super) start: usize,
    /// First byte of its lines.
    pub(super) body: usize,
    /// The byte after its last line.
    pub(super) end: usize,
    /// First line and number of lines of the old side.
    pub(super) old: (i64, i64),
    /// First line and number of lines of the new side.
    pub(super) new: (i64, i64),
    /// Text after the second `@@`.
    pub(super) heading: String,
    additions: i64,
    deletions: i64,
}

/// The sections of the diff that starts at `from`.
pub(super) fn read(bytes: &[u8], from: usize) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut rest = lines(bytes, from).peekable();
    while let Some(line) = rest.next() {
        if let Some(file) = FileDiff::open(&line) {
            files.push(file);
        } else if let Some(file) = files.last_mut() {
            file.take(&line, &mut rest);
        }
    }
    files.iter_mut().for_each(FileDiff::close);
    files
}

impl FileDiff {
    fn open(line: &Line<'_>) -> Option<Self> {
        let text = line.text();
        let names = text.strip_prefix("diff --")?;
        let (kind, names) = names.split_once(' ')?;
        let path = match kind {
            "git" => same_path(names),
            "cc" | "combined" => Some(unquote(names).into_owned()),
            _ => return None,
        };
        Some(Self {
            start: line.start,
            end: line.end,
            change: FileChange::new(path.unwrap_or_default(), None),
            hunks: Vec::new(),
            fault: None,
            combined: kind != "git",
            binary: false,
        })
    }

    /// Takes a line that belongs to this file, and with a `@@` line its whole hunk.
    fn take<'a>(&mut self, line: &Line<'a>, rest: &mut Peekable<impl Iterator<Item = Line<'a>>>) {
        let opened = if self.combined {
            None
        } else {
            Hunk::open(line)
        };
        if let Some(mut hunk) = opened {
            let complete = hunk.take(rest);
            if !complete {
                self.fault = Some("a hunk is cut off");
            }
            self.end = hunk.end;
            self.hunks.push(hunk);
        } else if self.hunks.is_empty() && !line.is_blank() {
            self.header(&line.text());
            self.end = line.end;
        }
    }

    fn header(&mut self, line: &str) {
        let change = &mut self.change;
        if line.starts_with("new file mode ") {
            change.status = Some("added");
        } else if line.starts_with("deleted file mode ") {
            change.status = Some("deleted");
        } else if let Some(old) = line.strip_prefix("rename from ") {
            change.old_path = Some(unquote(old).into_owned());
            change.status = Some("renamed");
        } else if let Some(new) = line.strip_prefix("rename to ") {
            change.path = unquote(new).into_owned();
        } else if let Some(new) = line.strip_prefix("copy to ") {
            change.path = unquote(new).into_owned();
            change.status = Some("added");
        } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
            self.binary = true;
        } else if let Some(side) = line
            .strip_prefix("--- ")
            .or_else(|| line.strip_prefix("+++ "))
            && change.path.is_empty()
            && side != "/dev/null"
        {
            let side = unquote(side.trim_end_matches('\t'));
            without_prefix(&side).clone_into(&mut change.path);
        }
    }

    /// Draws the conclusions that need the whole section.
    fn close(&mut self) {
        if self.change.path.is_empty() {
            self.fault = Some("a diff that names no file");
        }
        self.change.status = self.change.status.or(Some("modified"));
        if !self.combined && !self.binary {
            let sum =
                |count: fn(&Hunk) -> i64| self.hunks.iter().map(count).fold(0, i64::saturating_add);
            self.change.additions = Some(sum(|hunk| hunk.additions));
            self.change.deletions = Some(sum(|hunk| hunk.deletions));
        }
    }
}

/// The path of `a/x b/x`, where both sides are the same; a move names its paths in headers of its
/// own. Two equal sides mean `--no-prefix`.
fn same_path(names: &str) -> Option<String> {
    if let Some((old, rest)) = quoted(names) {
        return common(&old, &unquote(rest.strip_prefix(' ')?));
    }
    let middle = names.len() / 2;
    common(
        names.get(..middle)?,
        names.get(middle..)?.strip_prefix(' ')?,
    )
}

fn common(old: &str, new: &str) -> Option<String> {
    if old == new {
        return Some(old.to_owned());
    }
    let (old, new) = (old.split_once('/')?.1, new.split_once('/')?.1);
    (old == new).then(|| new.to_owned())
}

fn without_prefix(side: &str) -> &str {
    side.split_once('/')
        .filter(|(prefix, _)| prefix.len() == 1)
        .map_or(side, |(_, path)| path)
}

impl Hunk {
    fn open(line: &Line<'_>) -> Option<Self> {
        let text = line.text();
        let (old, rest) = text.strip_prefix("@@ -")?.split_once(" +")?;
        let (new, heading) = rest.split_once(" @@")?;
        Some(Self {
            start: line.start,
            body: line.end,
            end: line.end,
            old: side(old)?,
            new: side(new)?,
            heading: heading.trim().to_owned(),
            additions: 0,
            deletions: 0,
        })
    }

    /// Takes the lines that the counts call for; false where they run out.
    fn take<'a>(&mut self, rest: &mut Peekable<impl Iterator<Item = Line<'a>>>) -> bool {
        let (mut old, mut new) = (self.old.1, self.new.1);
        let mut wanted = |line: &Line<'_>| match line.bytes.first() {
            // Editors strip the blank of an empty context line.
            Some(b' ') | None if old > 0 && new > 0 => {
                (old, new) = (old - 1, new - 1);
                true
            }
            Some(b'-') if old > 0 => {
                old -= 1;
                self.deletions += 1;
                true
            }
            Some(b'+') if new > 0 => {
                new -= 1;
                self.additions += 1;
                true
            }
            mark => mark == Some(&b'\\'),
        };
        while let Some(line) = rest.next_if(&mut wanted) {
            self.end = line.end;
        }
        old == 0 && new == 0
    }
}

/// `12,5`, or `12` for one line.
fn side(text: &str) -> Option<(i64, i64)> {
    let (start, lines) = text.split_once(',').unwrap_or((text, "1"));
    Some((
        i64::from(start.parse::<u32>().ok()?),
        i64::from(lines.parse::<u32>().ok()?),
    ))
}

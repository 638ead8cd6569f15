//! Small diffs by hand, and what follows from them: git's text, line counts, added ranges, an
//! editor's edits. Everything that speaks of a change is derived from one text, so it agrees.
//!
//! The hand-written form has the paths and the old line numbers only:
//!
//! ```text
//! === path/of/file.rs [new]
//! @@ 31 heading
//!  context
//! -removed
//! +added
//! ```

use std::fmt::Write as _;

use super::ids;

/// A changed file.
pub struct FileDiff {
    /// Path.
    pub path: &'static str,
    /// True where the commit creates it.
    pub created: bool,
    /// What changed in it.
    pub hunks: Vec<Hunk>,
}

/// A changed place in a file.
pub struct Hunk {
    /// First line on the old side, 0 in a new file.
    pub old_start: usize,
    /// First line on the new side.
    pub new_start: usize,
    /// Text after the second `@@`.
    pub heading: &'static str,
    /// Lines with their ` `, `+` or `-`.
    pub lines: Vec<&'static str>,
}

/// Reads the hand-written form.
pub fn parse(text: &'static str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            let path = name.strip_suffix(" new");
            files.push(FileDiff {
                path: path.unwrap_or(name),
                created: path.is_some(),
                hunks: Vec::new(),
            });
            continue;
        }
        let file = files.last_mut().expect("a path comes first");
        if let Some(place) = line.strip_prefix("@@ ") {
            file.open_hunk(place);
        } else {
            // An unchanged empty line, whose one blank editors strip.
            let line = if line.is_empty() { " " } else { line };
            file.hunks
                .last_mut()
                .expect("a place comes before its lines")
                .lines
                .push(line);
        }
    }
    files
}

impl FileDiff {
    fn open_hunk(&mut self, place: &'static str) {
        let (start, heading) = place.split_once(' ').unwrap_or((place, ""));
        let old_start: usize = start.parse().expect("a line number");
        let (added, removed) = self.counts();
        let new_start = if self.created {
            1
        } else {
            old_start + added - removed
        };
        self.hunks.push(Hunk {
            old_start,
            new_start,
            heading,
            lines: Vec::new(),
        });
    }

    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        let count = |mark| {
            self.hunks
                .iter()
                .flat_map(|hunk| &hunk.lines)
                .filter(|line| line.starts_with(mark))
                .count()
        };
        (count('+'), count('-'))
    }

    /// Ranges of added lines at the commit, from 1, inclusive.
    pub fn added(&self) -> Vec<(usize, usize)> {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for hunk in &self.hunks {
            let mut number = hunk.new_start;
            for line in &hunk.lines {
                match line.as_bytes().first() {
                    Some(b'-') => continue,
                    Some(b'+') => match ranges.last_mut() {
                        Some((_, last)) if *last + 1 == number => *last = number,
                        _ => ranges.push((number, number)),
                    },
                    _ => {}
                }
                number += 1;
            }
        }
        ranges
    }

    /// As `git log -p` prints it. `commit` seeds the blob ids.
    pub fn patch(&self, commit: &str) -> String {
        let path = self.path;
        let blob = |side: &str| ids::sha(&format!("blob {side} {commit} {path}"))[..9].to_owned();
        let mut text = format!("diff --git a/{path} b/{path}\n");
        text += &if self.created {
            format!(
                "new file mode 100644\nindex 000000000..{}\n--- /dev/null\n+++ b/{path}\n",
                blob("new")
            )
        } else {
            format!(
                "index {}..{} 100644\n--- a/{path}\n+++ b/{path}\n",
                blob("old"),
                blob("new")
            )
        };
        for hunk in &self.hunks {
            text += &hunk.patch();
        }
        text
    }
}

impl Hunk {
    /// Lines of the file before, without marks.
    pub fn before(&self) -> Vec<&'static str> {
        self.side('+')
    }

    /// Lines of the file after, without marks.
    pub fn after(&self) -> Vec<&'static str> {
        self.side('-')
    }

    fn side(&self, other: char) -> Vec<&'static str> {
        let kept = self.lines.iter().filter(|line| !line.starts_with(other));
        kept.map(|line| line.get(1..).unwrap_or("")).collect()
    }

    fn patch(&self) -> String {
        let range = |start: usize, count: usize| match count {
            1 => start.to_string(),
            _ => format!("{start},{count}"),
        };
        let old = range(self.old_start, self.before().len());
        let new = range(self.new_start, self.after().len());
        let blank = if self.heading.is_empty() { "" } else { " " };
        let mut text = format!("@@ -{old} +{new} @@{blank}{}\n", self.heading);
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}
